# SPDX-License-Identifier: LGPL-2.1-or-later
"""A system bus of our own, of either kind, with the distribution's configuration and our policy, and actors on it.

Needs root, and a mount namespace of its own, in which the user callbus exists and /run/systemd is empty: enter() makes it."""

import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

from tap import check

HERE = pathlib.Path(__file__).absolute().parent
STOCK = pathlib.Path("/usr/share/dbus-1/system.conf")
SERVICE_ID = 987  # of the user callbus, if there is none
DEADLINE_S = 30


def enter():
    """Goes on in a mount namespace; what is changed there nobody else sees."""
    if os.environ.get("CALLBUS_NAMESPACE") != "1":
        environment = os.environ | {"CALLBUS_NAMESPACE": "1"}
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv], environment)
    os.makedirs("/run/systemd", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run/systemd"], check=True)
    os.makedirs("/run/systemd/journal")


def add_user(folder):
    for name, line in (("passwd", f"callbus:x:{SERVICE_ID}:{SERVICE_ID}::/nonexistent:/usr/sbin/nologin\n"),
                       ("group", f"callbus:x:{SERVICE_ID}:\n")):
        text = pathlib.Path("/etc", name).read_text()
        if not re.search("^callbus:", text, re.M):
            (folder / name).write_text(text + line)
            subprocess.run(["mount", "--bind", str(folder / name), f"/etc/{name}"], check=True)


def wait_until(condition, what):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        check(time.monotonic() < deadline, "waited in vain:", what)
        time.sleep(0.01)


def swallow(journal):
    while journal.recv(65536):
        pass
    journal.close()


class Actor:
    """A client with a process of its own; the command is to run actor.py."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={"PATH": os.environ["PATH"]}, cwd="/", **options)
        self.name = self.answer()["reply"]

    def answer(self):
        line = self.process.stdout.readline()
        check(line, "the actor has ended")
        return json.loads(line)

    def begin(self, *what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def tell(self, *what):
        self.begin(*what)
        return self.answer()

    def get(self, *what):
        answer = self.tell(*what)
        check("reply" in answer, *what, answer)
        return answer["reply"]

    def refused(self, *what):
        """The error that it gets, without its well-known beginnings."""
        error = self.tell(*what).get("error", "")
        return re.sub(r"^org\.(freedesktop\.DBus|callbus1)\.Error\.", "", error)

    def end(self):
        self.process.stdin.close()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()


class SystemBus:
    def __init__(self, kind, policy, limits=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="system-bus."))
        self.folder.chmod(0o755)
        add_user(self.folder)
        shutil.copy(HERE / "actor.py", self.folder)
        self.place = self.folder / "bus"
        self.address = f"unix:path={self.place}"
        self.actors, self.processes = [], []
        self.journal = None
        self.config = self.folder / "bus.conf"
        self.config.write_text(self.configuration(policy, limits))
        {"dbus-daemon": self.start_daemon, "dbus-broker": self.start_broker}[kind]()

    def configuration(self, policy, limits):
        """The distribution's, but for where it listens and how it starts; of the policies of services it has ours alone."""
        text = re.sub(r"<!--.*?-->", "", STOCK.read_text(), flags=re.S)
        text = re.sub(r"<(includedir|include|listen|pidfile|servicehelper)\b.*?</\1>", "", text, flags=re.S)
        text = re.sub(r"<(fork|syslog|standard_system_servicedirs)/>", "", text)
        return text.replace("</busconfig>", f"<listen>{self.address}</listen><include>{policy}</include>{limits}</busconfig>")

    def spawn(self, command, **options):
        log = open(self.folder / "bus.log", "ab")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=options.pop("stdout", log), stderr=log, **options)
        log.close()
        self.processes.append(process)
        return process

    def start_daemon(self):
        bus = self.spawn(["dbus-daemon", f"--config-file={self.config}", "--nofork", "--nopidfile", "--print-address=1"],
                         stdout=subprocess.PIPE)
        check(bus.stdout.readline(), "dbus-daemon did not start:", (self.folder / "bus.log").read_text())
        bus.stdout.close()

    def start_broker(self):
        """Its launcher asks itself where the system bus is, and both want a journal that takes what they log."""
        self.journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.journal.bind("/run/systemd/journal/socket")
        os.chmod("/run/systemd/journal/socket", 0o666)
        threading.Thread(target=swallow, args=[self.journal], daemon=True).start()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.place))
        listener.listen(128)
        self.place.chmod(0o666)
        script = 'exec 3<&"$1"; shift; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"'
        self.spawn(["sh", "-c", script, "sh", str(listener.fileno()), "dbus-broker-launch", "--scope", "system",
                    "--config-file", str(self.config)], pass_fds=[listener.fileno()],
                   env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.address})
        listener.close()

    def actor(self, user):
        command = ["/usr/bin/python3", str(self.folder / "actor.py"), self.address]
        self.actors.append(Actor(command, user=user, group=pwd.getpwnam(user).pw_gid, extra_groups=[]))
        return self.actors[-1]

    def close(self):
        for actor in self.actors:
            actor.end()
        for process in reversed(self.processes):
            process.terminate()
            process.wait(DEADLINE_S)
        if self.journal:
            self.journal.shutdown(socket.SHUT_RDWR)
            os.unlink("/run/systemd/journal/socket")
        shutil.rmtree(self.folder)
