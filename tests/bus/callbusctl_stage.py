# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus with callbusd on it, and callbusctl run there: once, in the background, or on a terminal."""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback

DEADLINE_S = int(os.environ.get("DEADLINE", "60"))

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*"/><allow eavesdrop="false"/><allow own="*"/></policy>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
</busconfig>
"""


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


def check_equal(seen, expected, *what):
    check(seen == expected, *what, f"\nseen:     {seen!r}\nexpected: {expected!r}")


class Output:
    """What a file descriptor says, read as it comes."""

    def __init__(self, fd):
        self.fd = fd
        self.text = ""
        self.position = 0
        self.ended = False

    def read(self, deadline):
        ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other side of a terminal is closed
            data = b""
        self.ended = not data
        self.text += data.decode()
        return True

    def expect(self, pattern):
        """The next match after the last one; waits for it."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            match = re.compile(pattern, re.MULTILINE).search(self.text, self.position)
            if match:
                self.position = match.end()
                return match
            check(not self.ended, f"ended without {pattern!r}:\n{self.text}")
            check(self.read(deadline), f"no {pattern!r} came:\n{self.text}")

    def rest(self):
        deadline = time.monotonic() + DEADLINE_S
        while not self.ended:
            check(self.read(deadline), f"does not end:\n{self.text}")
        return self.text


class Process:
    """A callbusctl in the background."""

    def __init__(self, popen, fd):
        self.popen = popen
        self.pid = popen.pid
        self.output = Output(fd)
        self.expect = self.output.expect

    def send_signal(self, number):
        self.popen.send_signal(number)

    def press(self, keys):
        """Of a process on a terminal."""
        os.write(self.output.fd, keys.encode())

    def end(self):
        """Waits for its end; the status and all that it said."""
        text = self.output.rest()
        return self.popen.wait(DEADLINE_S), text

    def close(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGCONT)
            self.popen.kill()
            self.popen.wait()
        os.close(self.output.fd)


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err

    def json(self):
        return json.loads(self.out)


class Stage:
    def __init__(self, callbusd, callbusctl):
        self.callbusd = callbusd
        self.callbusctl = callbusctl
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="callbusctl-test."))
        self.processes = []
        self.service = None
        self.bus = self.start_bus()
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.folder}/bus",
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/nothing",
        }
        self.environment |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}

    def start_bus(self):
        config = self.folder / "bus.conf"
        config.write_text(BUS_CONFIG.format(folder=self.folder))
        with open(self.folder / "bus.log", "w", encoding="utf-8") as log:
            bus = subprocess.Popen(
                ["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"],
                stdout=subprocess.PIPE, stderr=log)
        check(bus.stdout.readline(), "dbus-daemon did not start:", (self.folder / "bus.log").read_text())
        return bus

    def start_service(self, kind="--session", **environment):
        """Returns when the service says that it is ready."""
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        path = self.folder / f"notify{len(self.processes)}"
        path.unlink(missing_ok=True)
        notify.bind(str(path))
        notify.settimeout(DEADLINE_S)
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "state").mkdir(exist_ok=True)
        with open(self.folder / "service.log", "a", encoding="utf-8") as log:
            self.service = subprocess.Popen(
                [self.callbusd, kind, "--debug", "--config", self.folder / "config", "--state", self.folder / "state"],
                env=self.environment | environment | {"NOTIFY_SOCKET": str(path)}, stdout=log, stderr=log)
        with notify:
            while b"READY=1" not in notify.recv(4096):
                pass
        path.unlink()

    def stop_service(self):
        if self.service:
            self.service.terminate()
            self.service.wait(DEADLINE_S)
        self.service = None

    def close(self):
        for process in self.processes:
            process.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop_service()
        self.bus.terminate()
        self.bus.wait(DEADLINE_S)
        self.bus.stdout.close()
        shutil.rmtree(self.folder)

    def run(self, *arguments, **environment):
        done = subprocess.run([self.callbusctl, *arguments], env=self.environment | environment, text=True,
                              capture_output=True, timeout=DEADLINE_S, stdin=subprocess.DEVNULL, check=False)
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *arguments, **environment):
        result = self.run(*arguments, **environment)
        check_equal((result.status, result.err), (0, ""), "callbusctl", *arguments)
        return result

    def fails(self, status, *arguments, says=""):
        """Ends with the status, prints nothing, and complains in one line that contains the pattern."""
        result = self.run(*arguments)
        check_equal((result.status, result.out), (status, ""), "callbusctl", *arguments, result.err)
        first = result.err.splitlines()[0] if result.err else ""
        check(first.startswith("callbusctl: ") and re.search(says, first), "callbusctl", *arguments, "said:", result.err)
        return result

    def start(self, *arguments, **environment):
        popen = subprocess.Popen([self.callbusctl, *arguments], env=self.environment | environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process = Process(popen, os.dup(popen.stdout.fileno()))
        popen.stdout.close()
        self.processes.append(process)
        return process

    def start_on_terminal(self, *arguments, columns=80, program=None, **environment):
        """Its output is what the terminal shows; keys are written to the same descriptor."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def take_terminal():
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        popen = subprocess.Popen([program or self.callbusctl, *arguments], env=self.environment | environment, stdin=slave,
                                 stdout=slave, stderr=slave, start_new_session=True, preexec_fn=take_terminal)
        os.close(slave)
        process = Process(popen, master)
        self.processes.append(process)
        return process

    def on_terminal(self, *arguments, columns=80, **environment):
        return self.start_on_terminal(*arguments, columns=columns, **environment).end()

    def busctl(self, *arguments):
        done = subprocess.run(["busctl", f"--address={self.environment['DBUS_SESSION_BUS_ADDRESS']}", *arguments],
                              text=True, capture_output=True, timeout=DEADLINE_S, check=False)
        check_equal(done.returncode, 0, "busctl", *arguments, done.stderr)
        return done.stdout

    def debug(self, method, signature, *arguments):
        return self.busctl("call", "org.callbus1", "/org/callbus1", "org.callbus1.Debug", method, signature, *arguments)

    def process_of(self, name):
        """Of the connection with that name; None: it is gone. The bus is asked, as busctl itself can't tell in a chroot."""
        bus = "org.freedesktop.DBus"
        try:
            answer = self.busctl("call", bus, "/org/freedesktop/DBus", bus, "GetConnectionUnixProcessID", "s", name)
        except AssertionError:
            return None
        return int(answer.split()[1])

    def unique_name(self, process):
        """Of its connection to the bus."""
        for row in self.busctl("list", "--unique", "--no-legend", "--no-pager").splitlines():
            name = row.split()[0]
            if self.process_of(name) == process.pid:
                return name
        raise AssertionError(f"process {process.pid} is not on the bus")

    def handles_of(self, name):
        """How many calls the client has a handle of; the service must be in debug mode."""
        tree = self.busctl("tree", "--list", "--no-pager", "org.callbus1")
        return len([path for path in tree.split() if f"/client/{name.strip(':').replace('.', '_')}/call/" in path])

    def calls(self, *options):
        return self.ok("calls", "--json=short", *options).json()

    def connect(self, line, number, other=None):
        """A call that nobody owns, to another line that is answered or to a far end that answers; its Call ID or name."""
        name = self.ok("dial", "--detach", line, number).out.strip()
        if other:
            self.wait_until(lambda: any(end.startswith(f"{other}/") and state == "offering" for end, state in self.states().items()),
                            "it rings")
            self.ok("answer", "--detach", other)
        self.wait_until(lambda: "connected" in self.states().get(f"{line}/{number}", ""), "connected")
        return name

    def states(self):
        """Of each call that has not ended: by its line and number, the state."""
        return {f"{call['Line'].split('/')[-1]}/{call['Address'] or 'conference'}": call["State"] for call in self.calls()}

    def owners(self):
        return sorted(call["Owners"] for call in self.calls())

    def restart_with_line(self, name, address, *settings):
        """With one more line."""
        self.stop_service()
        folder = self.folder / "config/lines.d"
        folder.mkdir(exist_ok=True)
        rows = ["[Line]", f"Name={name}", f"Addresses={address}", *settings]
        (folder / f"{name}.conf").write_text("\n".join(rows) + "\n")
        self.start_service()

    def wait_until(self, condition, *what):
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            check(time.monotonic() < deadline, "never came true:", *what)
            time.sleep(0.01)


def run_test(number, function, callbusd, callbusctl):
    name = function.__name__.replace("_", " ")
    stage = Stage(callbusd, callbusctl)
    try:
        stage.start_service()
        function(stage)
        print(f"ok {number} - {name}", flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        print(f"not ok {number} - {name}")
        log = stage.folder / "service.log"
        for row in (traceback.format_exc() + (log.read_text() if log.exists() else "")).splitlines()[-60:]:
            print("#", row)
        sys.stdout.flush()
        return False
    finally:
        stage.close()


def run_tests(tests, usage, first_word=3):
    """Those whose name contains one of the words of the command line; TAP."""
    if len(sys.argv) < first_word:
        sys.exit(usage)
    words = sys.argv[first_word:]
    chosen = [t for t in tests if not words or any(word in t.__name__ for word in words)]
    results = [run_test(number, function, *sys.argv[1:3]) for number, function in enumerate(chosen, 1)]
    print(f"1..{len(results)}")
    sys.exit(0 if results and all(results) else 1)
