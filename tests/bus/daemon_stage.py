# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stage of the tests of callbusd as a process: a private bus, folders, services that are watched."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

DEADLINE_S = int(os.environ.get("DEADLINE", "60"))
STATUS_USAGE, STATUS_TAKEN, STATUS_STATE, STATUS_BUS, STATUS_CONFIG = 2, 69, 74, 75, 78
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*"/><allow eavesdrop="false"/><allow own="*"/></policy>
</busconfig>
"""


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


def check_equal(seen, expected, *what):
    check(seen == expected, *what, f"\nseen:     {seen!r}\nexpected: {expected!r}")


def check_one_line(err, *patterns):
    check_equal(len(err.splitlines()), 1, "lines on stderr:", err)
    check(err.startswith("callbusd: ") and err.endswith("\n"), err)
    for pattern in patterns:
        check(re.search(pattern, err), f"no {pattern!r} in", err)


class Service:
    """A callbusd in the background, and what it tells the service manager."""

    def __init__(self, stage, number, arguments, environment):
        self.place = stage.folder / f"notify{number}"
        self.log = stage.folder / f"service{number}.log"
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.place))
        self.notify.settimeout(DEADLINE_S)
        with open(self.log, "wb") as log:
            self.popen = subprocess.Popen([stage.callbusd, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env=stage.environment | environment | {"NOTIFY_SOCKET": str(self.place)})
        self.pid = self.popen.pid

    def expect(self, word):
        """Waits for the word; returns what came before it."""
        before = []
        while True:
            said = self.notify.recv(4096).decode().splitlines()
            if word in said:
                return before
            before += said

    def signal(self, number):
        self.popen.send_signal(number)

    def end(self):
        return self.popen.wait(DEADLINE_S)

    def stop(self):
        self.signal(signal.SIGTERM)
        check_equal(self.end(), 0, "after SIGTERM:", self.said())

    def said(self):
        return self.log.read_text(errors="replace")

    def epoch(self):
        """As logged, which is just after it said that it is ready."""
        wait_until(lambda: "event: ready" in self.said(), "ready is logged")
        return int(re.search(r"event: ready.*epoch: (\d+)\n", self.said())[1])

    def close(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        self.notify.close()


class Stage:
    """A private bus, and folders for the configuration and the state."""

    def __init__(self, callbusd):
        self.callbusd = callbusd
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daemon-test."))
        self.config = self.folder / "config"
        self.state = self.folder / "state"
        self.lines = self.config / "lines.d"
        self.lines.mkdir(parents=True)
        self.address = f"unix:path={self.folder}/bus"
        self.services, self.other_buses = [], []
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/nothing",
        }
        self.environment |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        self.bus = self.start_bus()

    def start_bus(self):
        config = self.folder / "bus.conf"
        config.write_text(BUS_CONFIG.format(folder=self.folder))
        with open(self.folder / "bus.log", "wb") as log:
            bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                                    "--print-address=1"], stdout=subprocess.PIPE, stderr=log)
        check(bus.stdout.readline(), "dbus-daemon did not start:", (self.folder / "bus.log").read_text())
        return bus

    def start_other_bus(self):
        """Of the same user, as each of two graphical sessions has one: its address."""
        address = f"unix:path={self.folder}/bus{len(self.other_buses)}"
        self.other_buses.append(subprocess.Popen(["dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork",
                                                  "--nopidfile", f"--address={address}", "--print-address=1"],
                                                 stdout=subprocess.PIPE))
        check(self.other_buses[-1].stdout.readline(), "another dbus-daemon did not start")
        return address

    def end_bus(self, number=signal.SIGTERM):
        if self.bus.poll() is None:
            self.bus.send_signal(number)
            self.bus.wait(DEADLINE_S)

    def close(self):
        for service in self.services:
            service.close()
        self.end_bus(signal.SIGKILL)
        for bus in self.other_buses:
            bus.kill()
            bus.wait()
        for bus in [self.bus, *self.other_buses]:
            bus.stdout.close()
        shutil.rmtree(self.folder)

    def folders(self):
        return ["--config", str(self.config), "--state", str(self.state)]

    def run(self, *arguments, **environment):
        return subprocess.run([self.callbusd, *arguments], env=self.environment | environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE_S, check=False)

    def fails(self, status, *patterns, arguments=None, **environment):
        """Ends with the status, and complains in exactly one line that has all the patterns."""
        arguments = ["--session", *self.folders()] if arguments is None else arguments
        done = self.run(*arguments, **environment)
        check_equal((done.returncode, done.stdout), (status, ""), *arguments, done.stderr)
        check_one_line(done.stderr, *patterns)

    def launch(self, *arguments, **environment):
        service = Service(self, len(self.services), ["--session", *self.folders(), *arguments], environment)
        self.services.append(service)
        return service

    def start(self, *arguments, **environment):
        """Returns when the service says that it is ready."""
        service = self.launch(*arguments, **environment)
        service.expect("READY=1")
        return service

    def busctl(self, *arguments):
        done = subprocess.run(["busctl", f"--address={self.address}", *arguments], text=True, capture_output=True,
                              timeout=DEADLINE_S, check=False)
        check_equal(done.returncode, 0, "busctl", *arguments, done.stderr)
        return done.stdout

    def manager(self, *arguments):
        return self.busctl("call", "org.callbus1", "/org/callbus1", *arguments)

    def has_name(self):
        return self.busctl("call", "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner", "s",
                           "org.callbus1") == "b true\n"

    def listed(self):
        return set(re.findall(r'"/org/callbus1/line/(\w+)"', self.manager("org.callbus1.Manager", "ListLines")))

    def write(self, text):
        """Of callbusd.conf; bytes are taken as they are."""
        (self.config / "callbusd.conf").write_bytes(text if isinstance(text, bytes) else text.encode())

    def refuses(self, text, *patterns):
        """callbusd.conf with the text is a mistake that is told with the file."""
        self.write(text)
        self.fails(STATUS_CONFIG, re.escape(str(self.config / "callbusd.conf")), *patterns)
        (self.config / "callbusd.conf").unlink()

    def write_line(self, name="a", **keys):
        """A file of lines.d; a key that is None is left out."""
        keys = {"Name": name, "Addresses": "555"} | keys
        rows = [f"{key}={value}\n" for key, value in keys.items() if value is not None]
        (self.lines / f"{name}.conf").write_text("[Line]\n" + "".join(rows))

    def refuses_line(self, *patterns, name="a", **keys):
        self.write_line(name, **keys)
        self.fails(STATUS_CONFIG, re.escape(str(self.lines / f"{name}.conf")), *patterns)
        (self.lines / f"{name}.conf").unlink()


def wait_until(condition, *what):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        check(time.monotonic() < deadline, "never came true:", *what)
        time.sleep(0.01)


def run(number, function, callbusd):
    name = function.__name__.replace("_", " ")
    stage = Stage(callbusd)
    try:
        function(stage)
        print(f"ok {number} - {name}", flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        print(f"not ok {number} - {name}")
        said = "".join(service.said() for service in stage.services)
        for row in (traceback.format_exc() + said).splitlines()[-60:]:
            print("#", row)
        sys.stdout.flush()
        return False
    finally:
        stage.close()


def run_tests(tests, usage):
    if len(sys.argv) < 2:
        sys.exit(usage)
    words = sys.argv[2:]
    chosen = [t for t in tests if not words or any(word in t.__name__ for word in words)]
    results = [run(number, function, sys.argv[1]) for number, function in enumerate(chosen, 1)]
    print(f"1..{len(results)}")
    sys.exit(0 if results and all(results) else 1)
