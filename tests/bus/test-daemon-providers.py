#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""callbusd and the programs of its providers: where their socket is, who keeps it, and how they are started. TAP.

usage: test-daemon-providers.py CALLBUSD [WORD]...      (only the tests whose name contains one of the words)
CALLBUS_TEST_PROVIDERS names the folder of the program callbus-provider-rogue, which does as it should unless it is told otherwise."""

import array
import fcntl
import os
import pathlib
import resource
import signal
import socket
import stat
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from daemon_stage import (  # pylint: disable=wrong-import-position
    DEADLINE_S, check, check_equal, run_tests, wait_until)

TESTS = []
PROVIDERS = os.environ["CALLBUS_TEST_PROVIDERS"]


def test(function):
    TESTS.append(function)
    return function


def start(stage, **environment):
    stage.write_line("rogue0", Provider="rogue")
    return stage.start(**{"CALLBUS_PROVIDERS": PROVIDERS} | environment)


def property_of(stage, name):
    return stage.busctl("get-property", "org.callbus1", "/org/callbus1/line/rogue0", "org.callbus1.Line", name).strip()


def await_state(stage, state):
    wait_until(lambda: property_of(stage, "State") == f's "{state}"', "the line is", state)


def holder(folder, name="rogue"):
    """The number of the process that has the lock, or 0."""
    try:
        with open(folder / f"{name}.lock", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return 0
            except BlockingIOError:
                return int(lock.read() or 0)
    except FileNotFoundError:
        return 0


def run_folder(stage):
    return stage.state / "run"


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK")


# ---- Where the socket is ----


@test
def without_providers_there_is_no_socket(stage):
    stage.start(XDG_RUNTIME_DIR=str(stage.folder / "runtime")).stop()
    check(not run_folder(stage).exists() and not (stage.folder / "runtime").exists())


@test
def it_is_nobody_elses(stage):
    service = start(stage)
    await_state(stage, "in-service")
    folder, place = run_folder(stage).stat(), (run_folder(stage) / "providers").stat()
    check_equal((stat.S_IMODE(folder.st_mode), stat.S_IMODE(place.st_mode)), (0o700, 0o600))
    service.stop()
    check(not (run_folder(stage) / "providers").exists(), "the socket is left")
    wait_until(lambda: holder(run_folder(stage)) == 0, "the provider has ended")


@test
def without_descriptors_who_comes_has_to_wait(stage):
    service = start(stage)
    await_state(stage, "in-service")
    before = cpu_seconds(service.pid)
    used = {int(number) for number in os.listdir(f"/proc/{service.pid}/fd")}
    limits = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (min(set(range(len(used) + 1)) - used), limits[1]))
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(str(run_folder(stage) / "providers"))
        visitor.send(b"\0AUTH EXTERNAL\r\n")
        time.sleep(3)
        check(cpu_seconds(service.pid) - before < 1, "the service does nothing but look")
        check("A provider can't be let in (Too many open files)" in service.said())
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, limits)
        visitor.settimeout(60)
        check_equal(visitor.recv(4), b"DATA")
    service.stop()


@test
def each_bus_has_its_own(stage):
    runtime = stage.folder / "runtime"
    runtime.mkdir(mode=0o700)
    service = start(stage, XDG_RUNTIME_DIR=str(runtime))
    await_state(stage, "in-service")
    other = start(stage, XDG_RUNTIME_DIR=str(runtime), DBUS_SESSION_BUS_ADDRESS=stage.start_other_bus())
    check_equal(len(list((runtime / "callbus").iterdir())), 2)
    check_equal(len({holder(folder) for folder in (runtime / "callbus").iterdir()} - {0}), 2)
    other.stop()
    await_state(stage, "in-service")
    service.stop()


@test
def a_path_may_be_too_long_for_a_socket(stage):
    stage.state = stage.folder / ("long" * 30)
    service = start(stage, TMPDIR=str(stage.folder))
    await_state(stage, "in-service")
    check(not (run_folder(stage) / "providers").exists())
    check_equal(len(list(stage.folder.glob("callbus-*/*/providers"))), 1)
    service.stop()


@test
def a_folder_of_others_is_not_used(stage):
    runtime = stage.folder / "runtime"
    runtime.mkdir()
    runtime.chmod(0o777)
    service = start(stage, RUNTIME_DIRECTORY=str(runtime))
    await_state(stage, "in-service")
    check((run_folder(stage) / "providers").exists())
    service.stop()


@test
def what_a_dead_service_left_is_replaced(stage):
    run_folder(stage).mkdir(parents=True, mode=0o700)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(run_folder(stage) / "providers"))
    service = start(stage)
    await_state(stage, "in-service")
    service.stop()


@test
def a_second_service_takes_nothing_from_the_first(stage):
    service = start(stage)
    await_state(stage, "in-service")
    pid = holder(run_folder(stage))
    second = stage.launch(CALLBUS_PROVIDERS=PROVIDERS)
    check_equal(second.end(), 69, second.said())
    check_equal(holder(run_folder(stage)), pid)
    await_state(stage, "in-service")
    service.stop()


# ---- Who keeps it ----


def receive_kept(service):
    """The descriptor that the service gives its manager to keep."""
    while True:
        said, extra, _, _ = service.notify.recvmsg(4096, socket.CMSG_LEN(4 * 16))
        for _, _, data in extra:
            descriptors = array.array("i", data[:len(data) // 4 * 4])
            check("FDSTORE=1" in said.decode() and "FDNAME=callbus-providers" in said.decode(), said)
            return descriptors[0]


@test
def the_manager_of_services_keeps_it(stage):
    stage.write_line("rogue0", Provider="rogue")
    first = stage.launch(CALLBUS_PROVIDERS=PROVIDERS)
    kept = receive_kept(first)
    first.expect("READY=1")
    await_state(stage, "in-service")
    pid, inode = holder(run_folder(stage)), (run_folder(stage) / "providers").stat().st_ino
    first.signal(signal.SIGKILL)
    first.end()
    with socket.socket(socket.AF_UNIX) as early:
        early.connect(str(run_folder(stage) / "providers"))  # whoever comes now waits
    environment = stage.environment | {"CALLBUS_PROVIDERS": PROVIDERS, "LISTEN_FDS": "1", "LISTEN_FDNAMES": "callbus-providers"}
    arguments = ["sh", "-c", f'exec 3<&{kept}; LISTEN_PID=$$ exec "$@"', "sh", stage.callbusd, "--session", *stage.folders()]
    with subprocess.Popen(arguments, env=environment, pass_fds=[kept], stderr=subprocess.PIPE, text=True) as second:
        wait_until(stage.has_name, "the second has the name")
        await_state(stage, "in-service")
        check_equal(((run_folder(stage) / "providers").stat().st_ino, holder(run_folder(stage))), (inode, pid))
        second.send_signal(signal.SIGTERM)
        check_equal(second.wait(DEADLINE_S), 0, second.stderr.read())
    os.close(kept)


# ---- How they are started ----


@test
def a_program_that_is_missing_is_told(stage):
    stage.write_line("rogue0", Provider="rogue")
    service = stage.start(CALLBUS_PROVIDERS=str(stage.folder))
    check("provider rogue is not installed (package callbus-rogue)" in property_of(stage, "StateReason"), property_of(stage, "StateReason"))
    service.stop()


@test
def one_that_never_says_a_word_is_told(stage):
    program = stage.folder / "callbus-provider-rogue"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    stage.write_line("rogue0", Provider="rogue")
    service = stage.start(CALLBUS_PROVIDERS=str(stage.folder))
    wait_until(lambda: "failed; it is started again in" in property_of(stage, "StateReason"), "it is tried less often")
    service.stop()


@test
def the_service_does_not_wait_for_one_that_hangs(stage):
    program = stage.folder / "callbus-provider-rogue"
    program.write_text("#!/bin/sh\nexec sleep 300\n")
    program.chmod(0o755)
    stage.write_line("rogue0", Provider="rogue")
    service = stage.start(CALLBUS_PROVIDERS=str(stage.folder))
    check_equal(property_of(stage, "StateReason"), 's "provider rogue is starting"')
    pid = holder(run_folder(stage))
    wait_until(lambda: "does not connect" in property_of(stage, "StateReason"), "it is given up")
    wait_until(lambda: holder(run_folder(stage)) not in (0, pid), "it is killed, and started again")
    service.stop()
    wait_until(lambda: holder(run_folder(stage)) == 0, "what had not connected has ended")


@test
def it_has_the_signals_that_programs_have(stage):
    """What the service blocks or ignores, for itself or as it was started, is not passed on; nor is what belongs to its manager."""
    program = stage.folder / "callbus-provider-rogue"
    program.write_text(f'#!/bin/sh\n(grep -E "^Sig(Blk|Ign)" /proc/self/status; env | grep -E "^(NOTIFY|LISTEN|WATCHDOG)") >{stage.folder}/seen\n'
                       f'exec {PROVIDERS}/callbus-provider-rogue\n')
    program.chmod(0o755)
    stage.write_line("rogue0", Provider="rogue")
    usual_handler = signal.signal(signal.SIGQUIT, signal.SIG_IGN)  # as a shell does to what runs in its background
    service = stage.start(CALLBUS_PROVIDERS=str(stage.folder))
    signal.signal(signal.SIGQUIT, usual_handler)
    await_state(stage, "in-service")
    seen = dict(row.split(":") for row in (stage.folder / "seen").read_text().splitlines())
    usual = (1 << 31) - 1  # the others are those of the C library
    check_equal({name: int(mask, 16) & usual for name, mask in seen.items()}, {"SigBlk": 0, "SigIgn": 0})
    service.stop()


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
