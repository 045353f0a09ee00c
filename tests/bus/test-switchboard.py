#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls on lines of examples/provider-switchboard.py, a provider in Python that the service starts by itself; what becomes of them
when either is killed. TAP.

usage: test-switchboard.py CALLBUSD CALLBUSCTL [WORD]...         (only the tests whose name contains one of the words)"""

import os
import pathlib
import signal
import sys

sys.dont_write_bytecode = True
from callbusctl_stage import check, check_equal, run_tests  # pylint: disable=wrong-import-position

PROGRAM = pathlib.Path(__file__).absolute().parents[2] / "examples/provider-switchboard.py"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def wait_for_lines(stage):
    stage.wait_until(lambda: {line["State"] for line in stage.ok("lines", "--json=short").json()} == {"in-service"}, "all lines in service")


def with_desks(stage):
    """The service, with three lines of the switchboard."""
    programs, lines = stage.folder / "programs", stage.folder / "config/lines.d"
    programs.mkdir()
    lines.mkdir()
    (programs / "callbus-provider-switchboard").symlink_to(PROGRAM)
    stage.environment |= {"CALLBUS_PROVIDERS": str(programs), "PYTHONDONTWRITEBYTECODE": "1"}
    stage.stop_service()
    for i in range(3):
        (lines / f"desk{i}.conf").write_text(f"[Line]\nName=desk{i}\nProvider=switchboard\nAddresses={20 + i}\n")
    stage.start_service()
    wait_for_lines(stage)


def without_desks(stage):
    """The service, which could have some."""
    with_desks(stage)
    stage.stop_service()
    for i in range(3):
        (stage.folder / f"config/lines.d/desk{i}.conf").unlink()
    stage.start_service()


def provider(stage):
    """Its process."""
    found = [int(path.parent.name) for path in pathlib.Path("/proc").glob("[0-9]*/cmdline")
             if str(stage.folder).encode() + b"/programs/callbus-provider" in path.read_bytes()]
    return found[0] if found else None


def answer(stage, line):
    """It rings there soon."""
    stage.wait_until(lambda: any(name.startswith(line + "/") and state == "offering" for name, state in stage.states().items()), line)
    stage.ok("answer", "--detach", line)


def connect(stage, line, number, other):
    """The Call ID of two that talk."""
    call_id = stage.ok("dial", "--detach", line, number).out.strip()
    answer(stage, other)
    stage.wait_until(lambda: stage.states()[f"{line}/{number}"] == "connected", "connected")
    return call_id


@test
def it_is_started_when_a_line_needs_it(stage):
    without_desks(stage)
    check_equal(provider(stage), None)
    for i in range(2):
        stage.ok("line", "add", f"desk{i}", "switchboard", f"Addresses={20 + i}")
    wait_for_lines(stage)
    stage.connect("desk0", "21", "desk1")
    stage.ok("hold", "desk0")
    check_equal(stage.states(), {"desk0/21": "on-hold", "desk1/20": "connected"})
    stage.ok("line", "remove", "desk1")
    stage.wait_until(lambda: stage.calls() == [], "the calls end with the line")
    check_equal(stage.ok("lines", "--quiet").out.split(), ["desk0", "loop0", "loop1", "loop2", "mute0"])


@test
def people_call_each_other_on_it(stage):
    with_desks(stage)
    call_id = connect(stage, "desk0", "21", "desk1")
    check_equal({call["CallId"] for call in stage.calls()}, {call_id})
    stage.ok("hold", "desk0")
    check_equal(stage.states(), {"desk0/21": "on-hold", "desk1/20": "connected"})
    stage.ok("unhold", "desk0")
    stage.ok("transfer", "--consult", "desk0", "22")
    answer(stage, "desk2")
    stage.ok("transfer", "desk0")
    stage.wait_until(lambda: stage.states() == {"desk1/22": "connected", "desk2/21": "connected"} or
                     set(stage.states().values()) == {"connected"} and len(stage.calls()) == 2, "the others talk")
    stage.ok("hangup", "desk1")
    check_equal(stage.calls(), [])


@test
def three_make_a_conference(stage):
    with_desks(stage)
    connect(stage, "desk0", "21", "desk1")
    stage.ok("hold", "desk0")
    connect(stage, "desk0", "22", "desk2")
    stage.ok("conference", "desk0/21", "desk0/22")
    states = stage.states()
    check_equal((states["desk0/21"], states["desk0/22"], states["desk0/conference"]), ("conferenced", "conferenced", "connected"))
    stage.ok("hangup", "desk0/conference")
    check_equal(stage.calls(), [])


@test
def a_killed_provider_comes_back_without_its_calls(stage):
    with_desks(stage)
    connect(stage, "desk0", "21", "desk1")
    stage.connect("loop0", "101", "loop1")
    killed = provider(stage)
    os.kill(killed, signal.SIGKILL)
    stage.wait_until(lambda: set(stage.states()) == {"loop0/101", "loop1/100"}, "the calls of others go on")
    wait_for_lines(stage)
    check(provider(stage) not in (None, killed), "it was not started again")
    connect(stage, "desk0", "21", "desk1")


@test
def a_killed_service_finds_the_calls(stage):
    with_desks(stage)
    call_id = connect(stage, "desk0", "21", "desk1")
    stage.ok("hold", "desk1")
    pid = provider(stage)
    stage.service.kill()
    stage.service.wait()
    stage.start_service()
    wait_for_lines(stage)
    check_equal(provider(stage), pid)
    check_equal(stage.states(), {"desk0/21": "connected", "desk1/20": "on-hold"})
    check_equal({call["CallId"] for call in stage.calls()}, {call_id})
    stage.ok("unhold", "desk1")
    stage.ok("hangup", "desk0")
    check_equal(stage.calls(), [])


@test
def a_line_is_added_at_run_time(stage):
    with_desks(stage)
    stage.fails(1, "line", "add", "desk9", "switchboard", "Addresses=29", "Colour=red", says="Colour")
    stage.ok("line", "add", "desk9", "switchboard", "Addresses=29")
    wait_for_lines(stage)
    connect(stage, "desk0", "29", "desk9")
    stage.ok("line", "remove", "desk9")
    stage.wait_until(lambda: "connected" not in stage.states().values(), "the call is over")


@test
def it_ends_with_the_service(stage):
    with_desks(stage)
    connect(stage, "desk0", "21", "desk1")
    check(provider(stage))
    stage.stop_service()
    stage.wait_until(lambda: provider(stage) is None, "it has left")
    stage.start_service()


run_tests(TESTS, __doc__)
