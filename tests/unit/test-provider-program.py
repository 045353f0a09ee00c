#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A provider's program by itself: its command line, one of them for each service, and how it ends. TAP.

usage: test-provider-program.py PROGRAM"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "install"))

from tap import check, check_equal, main, test  # pylint: disable=wrong-import-position

PROGRAM = sys.argv[1]
TIMEOUT = 60


class Stage:
    """A folder in which there is no service."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="provider-test.")
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ("CALLBUS_PROVIDER_ADDRESS", "RUNTIME_DIRECTORY", "JOURNAL_STREAM", "NOTIFY_SOCKET")}

    def close(self):
        self.folder.cleanup()

    def start(self, *arguments, socket="socket"):
        environment = self.environment
        if socket:
            environment = environment | {"CALLBUS_PROVIDER_ADDRESS": f"unix:path={self.folder.name}/{socket}"}
        return subprocess.Popen([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=environment)

    def run(self, *arguments, socket="socket"):
        """Exit status, stdout, stderr."""
        with self.start(*arguments, socket=socket) as process:
            out, err = process.communicate(timeout=TIMEOUT)
        return process.returncode, out, err

    def started(self, socket="socket"):
        """One that runs, and so has its lock."""
        before = set(self.locks())
        process = self.start(socket=socket)
        deadline = time.monotonic() + TIMEOUT
        while set(self.locks()) == before and time.monotonic() < deadline:
            time.sleep(0.02)
        check(set(self.locks()) != before, "it makes no lock")
        await_running(process)
        return process

    def locks(self):
        return [path.name for path in pathlib.Path(self.folder.name).glob("loopback-*.lock")]


def await_running(process):
    """It takes SIGTERM for itself, by a signalfd, once it is about to run."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        if int(status.partition("SigBlk:")[2].split()[0], 16) >> signal.SIGTERM - 1 & 1:
            return
        time.sleep(0.02)
    check(False, "it does not run:", process.poll())


def end(process):
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=TIMEOUT)
    return process.returncode, err


@test
def it_says_what_it_is(stage):
    status, out, err = stage.run("--help", socket=None)
    check_equal((status, err), (0, ""))
    check("CALLBUS_PROVIDER_ADDRESS" in out and "loopback" in out, out)
    status, out, err = stage.run("--version", socket=None)
    check_equal((status, out.split()[0], err), (0, "callbus-provider", ""))


@test
def what_it_does_not_understand_is_told(stage):
    check_equal(stage.run("--nothing")[0], 2)
    status, _, err = stage.run("argument")
    check_equal(status, 2)
    check("no arguments" in err, err)


@test
def without_an_address_there_is_nothing_to_do(stage):
    status, _, err = stage.run(socket=None)
    check_equal(status, os.EX_USAGE)
    check_equal(err, "callbus-provider-loopback: CALLBUS_PROVIDER_ADDRESS is not set: callbusd sets it for the providers that it "
                     "starts\n")


@test
def there_is_one_for_each_service(stage):
    first = stage.started()
    status, _, err = stage.run()
    check_equal(status, os.EX_TEMPFAIL)
    check("runs already" in err, err)
    other = stage.started(socket="other")
    check_equal(end(other), (0, ""))
    check_equal(end(first), (0, ""))


@test
def one_that_was_killed_leaves_room(stage):
    process = stage.started(socket="killed")
    process.kill()
    process.communicate(timeout=TIMEOUT)
    again = stage.start(socket="killed")
    await_running(again)
    check_equal(end(again), (0, ""))


def begin():
    stage = Stage()
    try:
        return main(stage)
    finally:
        stage.close()


sys.exit(begin())
