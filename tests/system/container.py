# SPDX-License-Identifier: LGPL-2.1-or-later
"""A folder with a Debian in it, as it is and booted by systemd-nspawn, and what is run in there."""

import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).absolute().parent
sys.path.insert(0, str(HERE.parent / "install"))

from system_bus import Actor, DEADLINE_S, wait_until  # pylint: disable=wrong-import-position
from tap import check, run  # pylint: disable=wrong-import-position

NSPAWN = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network"]
BUS = "unix:path=/run/dbus/system_bus_socket"
UNIT = "callbusd.service"


class Container:
    def __init__(self, root):
        self.root = pathlib.Path(root).absolute()
        self.process, self.leader = None, None
        self.actors = []
        shutil.copy(HERE.parent / "install/actor.py", self.root / "opt")

    def run_unbooted(self, *command, status=0):
        return run(*NSPAWN, "--pipe", "-D", self.root, *command, status=status)

    # ---- Booted ----

    def boot(self):
        with open(self.root.with_suffix(".console"), "wb") as log:
            self.process = subprocess.Popen([*NSPAWN, "--boot", "--console=pipe", "-D", str(self.root)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.is_up, "the container has booted")

    def find_leader(self):
        """Its first process; before there is one, systemd-nspawn has a child that prepares it."""
        for pid in pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            if pathlib.Path(f"/proc/{pid}/comm").read_text() == "systemd\n":
                return pid
        return None

    def is_up(self):
        check(self.process.poll() is None, "systemd-nspawn has ended")
        self.leader = self.find_leader()
        if not self.leader:
            return False
        said = subprocess.run(self.command("systemctl", "is-system-running"), stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL, check=False).stdout.strip()
        return said in ("running", "degraded")

    def shut_down(self):
        """As its own power switch would, and by force if that does not help."""
        for actor in self.actors:
            actor.end()
        self.actors = []
        if not self.process:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def command(self, *words, user="root"):
        """The command line that does it inside, as the user."""
        check(self.leader, "the container is not booted")
        who = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return ["nsenter", "-t", self.leader, "-m", "-p", "-u", "-i", "-n", "-C", *who, *map(str, words)]

    def run(self, *words, user="root", status=0):
        return run(*self.command(*words, user=user), status=status, cwd="/")

    def actor(self, user):
        self.actors.append(Actor(self.command("/usr/bin/python3", "/opt/actor.py", BUS, user=user)))
        return self.actors[-1]

    # ---- What is seen and changed there ----

    def show(self, key, unit=UNIT):
        return self.run("systemctl", "show", "-P", key, unit).strip()

    def main_pid(self, unit=UNIT):
        return int(self.show("MainPID", unit))

    def await_active(self, but=0, unit=UNIT):
        """Waits for a main process, another one than that."""
        wait_until(lambda: self.show("ActiveState", unit) == "active" and self.main_pid(unit) not in (0, but), f"{unit} runs")

    def status_of(self, pid):
        """/proc/PID/status as a table."""
        return dict(line.split(":\t", 1) for line in self.run("cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)

    def journal(self, *options):
        self.run("journalctl", "--sync")
        return self.run("journalctl", "--quiet", "--no-pager", "--output=cat", *options)

    def await_journal(self, pattern, *options):
        wait_until(lambda: re.search(pattern, self.journal(*options)), f"the journal says {pattern}")

    def write(self, path, text):
        """Writes a file, or removes it if there is no text."""
        place = self.root / path.lstrip("/")
        if text is None:
            place.unlink()
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(0o644)

    def kill(self, number, unit=UNIT):
        self.run("systemctl", "kill", "--kill-who=main", f"--signal={number}", unit)

    def restart(self):
        self.run("systemctl", "restart", UNIT)
        self.await_active()
        time.sleep(0.1)
        check(self.show("ActiveState") == "active", "the service did not stay")
