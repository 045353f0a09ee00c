#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people type to add and remove a line, to choose where a call is heard, and how to dial. A real service each. TAP.

usage: test-callbusctl-lines.py CALLBUSD CALLBUSCTL [WORD]...   (only the tests whose name contains one of the words)"""

import re
import sys

sys.dont_write_bytecode = True
from callbusctl_stage import check, check_equal, run_tests  # pylint: disable=wrong-import-position

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def shown(stage, *arguments):
    """The rows of a sheet: what stands before the colon, and after it."""
    rows = (row.split(":", 1) for row in stage.ok(*arguments).out.splitlines() if ":" in row)
    return {label.strip(): text.strip() for label, text in rows}


# ---- Lines ----


@test
def a_line_is_added_and_removed(stage):
    check_equal(stage.ok("line", "add", "desk", "loopback", "Addresses=555;556", "Label=The front desk").out, "")
    line = shown(stage, "line", "desk")
    check_equal((line["Label"], line["Address"], line["State"]), ("The front desk", "555, 556", "in-service"))
    stage.connect("loop0", "556", "desk")
    stage.stop_service()
    stage.start_service()
    check("desk" in stage.ok("lines", "--quiet").out.split(), "it is gone")
    check_equal(stage.ok("line", "remove", "desk").out, "")
    check("desk" not in stage.ok("lines", "--quiet").out.split(), "it is still there")
    stage.fails(1, "line", "desk", says="no line 'desk'")


@test
def a_person_is_told_how_it_goes(stage):
    status, text = stage.on_terminal("line", "add", "desk", "loopback", "Addresses=555")
    check_equal((status, text.replace("\r", "")), (0, "Line desk is in-service.\n"))
    check_equal(stage.on_terminal("line", "add", "front", "loopback", "Addresses=556", "--json=short"), (0, ""))


@test
def what_is_wrong_with_a_line_is_told(stage):
    stage.fails(1, "line", "add", "desk", "loopback", says="cannot add line desk: .*Addresses is missing")
    stage.fails(1, "line", "add", "loop0", "loopback", "Addresses=5", says="cannot add line loop0: .*already")
    stage.fails(1, "line", "add", "desk", "loopback", "Addresses=5", "Password=x", says="Password: no password may stand here")
    stage.fails(1, "line", "add", "desk", "fax", says="cannot add line desk: .*fax")
    stage.fails(1, "line", "remove", "loop0", says="cannot remove line loop0: .*not added at run time")
    stage.fails(1, "line", "remove", "desk", says="no line 'desk'")
    stage.fails(2, "line", "add", "desk", "loopback", "Addresses", says="'Addresses' is no KEY=VALUE")
    stage.fails(2, "line", "add", "desk", says="'line' wants NAME")
    stage.fails(2, "line", "loop0", "loop1", says="'line' wants NAME")
    stage.fails(2, "line", says="'line' wants NAME")


@test
def a_line_may_have_the_name_of_a_verb(stage):
    stage.ok("line", "add", "add", "loopback", "Addresses=555")
    stage.ok("line", "add", "remove", "loopback", "Addresses=556")
    check_equal(shown(stage, "line", "add")["Address"], "555")
    check_equal(shown(stage, "line", "remove")["Address"], "556")
    stage.ok("line", "remove", "remove")
    stage.ok("line", "remove", "add")


# ---- Where a call is heard ----


@test
def a_device_and_a_volume_are_chosen(stage):
    stage.connect("loop0", "101", "loop1")
    check_equal(stage.ok("audio", "loop0").out, "no device, volume 100%\n")
    check_equal(stage.ok("audio", "loop0", "--device=headset").out, "")
    check_equal(stage.ok("audio", "loop0", "--volume=80%").out, "")
    check_equal(stage.ok("audio", "loop0").out, "headset, volume 80%\n")
    check_equal(stage.ok("audio", "loop0", "--json=short").json(), {"AudioDevice": "headset", "Volume": 80})
    check_equal(shown(stage, "show", "loop0")["Heard on"], "headset, 80%")
    # The other end is as it was, and the call goes on.
    check_equal(stage.ok("audio", "loop1").out, "no device, volume 100%\n")
    check_equal(stage.owners(), [0, 0])
    stage.ok("audio", "loop0", "--device=", "--volume=200")
    check_equal(stage.ok("audio", "loop0").out, "no device, volume 200%\n")
    stage.fails(1, "audio", "loop0", "--device=gramophone", says="cannot choose the device of loop0/101: .*gramophone")
    for volume in ("201", "-1", "loud", ""):
        stage.fails(2, "audio", "loop0", f"--volume={volume}", says="--volume wants a number from 0 to 200")
    stage.fails(2, "mute", "loop0", "--volume=5", says="'mute' takes no --volume")
    check("audio" in shown(stage, "line", "loop0")["Can do"])


@test
def a_choice_is_seen_by_who_watches(stage):
    stage.connect("loop0", "101", "loop1")
    watch = stage.start("watch")
    watch.expect("Ctrl-C ends")
    stage.ok("audio", "loop0", "--device=speaker", "--volume=50")
    watch.expect("heard +speaker, 50%|heard.*speaker")
    stage.ok("hangup", "loop0")
    watch.expect("ended")
    check("as usual" not in watch.output.text, watch.output.text)


# ---- How to dial ----


@test
def a_call_is_dialled_in_another_way(stage):
    stage.ok("dial", "--detach", "--hide-caller-id", "--media-mode=video", "loop0", "101")
    stage.wait_until(lambda: len(stage.calls()) == 2, "it rings")
    out = next(call for call in stage.calls() if call["Direction"] == "out")
    there = next(call for call in stage.calls() if call["Direction"] == "in")
    check_equal((out["MediaMode"], there["MediaMode"]), ("video", "video"))
    check_equal(there["Caller"], ["", "", "withheld"])
    stage.ok("hangup", "loop0")
    stage.fails(2, "dial", "--media-mode=smell", "loop0", "101", says="'smell' is no media mode")
    stage.fails(2, "hold", "--hide-caller-id", "loop0", says="'hold' takes no --hide-caller-id")


@test
def nobody_waits_for_ever(stage):
    result = stage.run("dial", "--ring-time=1", "loop0", "101")
    check_equal(result.status, 4, result.err)
    for time in ("0", "x", "-5", ""):
        stage.fails(2, "dial", f"--ring-time={time}", "loop0", "101", says="--ring-time wants a number of seconds")


@test
def a_number_is_enough(stage):
    caller = stage.start("dial", "102")
    caller.expect("100 → 102 on line loop0")
    caller.expect("ringing at the far end")
    stage.ok("hangup")
    caller.end()
    stage.restart_with_line("zebra", "555", "Provider=sip")  # whose program is not there
    stage.fails(1, "dial", "102", says="no line dials '102': Line zebra is out-of-service")


@test
def who_is_in_the_log_is_called_again(stage):
    stage.fails(1, "redial", says="no call was dialled; 'callbusctl log' lists all")
    stage.fails(1, "redial", "7", says="no entry 7; 'callbusctl log --full' shows the ids")
    stage.run("dial", "loop1", "reject")
    stage.run("dial", "loop0", "--ring-time=1", "102")
    stage.ok("redial", "--detach")
    check_equal(stage.states(), {"loop0/102": "ringback", "loop2/100": "offering"})
    stage.ok("hangup")
    stage.ok("redial", "--missed", "--detach")
    check_equal(stage.states(), {"loop2/100": "ringback", "loop0/102": "offering"})
    stage.ok("hangup")
    check_equal(stage.run("redial", "--line=loop1").status, 5)
    rejected = stage.ok("log", "--outcome=rejected", "--quiet").out.split()[-1]
    check_equal(stage.run("redial", rejected).status, 5)
    stage.debug("Incoming", "ss", "loop2", "")
    stage.ok("hangup")
    stage.fails(1, "redial", stage.ok("log", "-n1", "--quiet").out.strip(), says="number of that call")
    stage.fails(1, "redial", "--line=mute0", says="no call was dialled on line mute0")
    stage.fails(2, "redial", "loop0", says="'loop0' is no id")
    stage.fails(2, "redial", "1", "--missed", says="either an id, or --missed and --line")


@test
def the_only_call_needs_no_name(stage):
    for command in ("answer", "hangup", "hold", "show"):
        stage.fails(1, command, says="there is no call$")
    stage.debug("Incoming", "ss", "loop2", "555")
    stage.ok("answer", "--detach")
    for command, state in (("hold", "on-hold"), ("unhold", "connected"), ("mute", "connected"), ("unmute", "connected")):
        stage.ok(command)
        check_equal(stage.states(), {"loop2/555": state}, command)
    check_equal(shown(stage, "show")["Line"], "loop2")
    check_equal(stage.ok("audio").out, "no device, volume 100%\n")
    stage.debug("Incoming", "ss", "loop1", "777")
    stage.ok("hold")  # the one that can be held
    refused = stage.fails(1, "hangup", says="there are 2 calls, say which:$")
    check_equal(len(refused.err.splitlines()), 3)
    check_equal(len(stage.states()), 2)


# ---- What networks call a call ----


@test
def what_the_network_calls_it_is_shown(stage):
    stage.ok("dial", "--detach", "loop0", "busy?free=50ms")
    stage.wait_until(lambda: stage.states().get("loop0/busy?free=50ms") == "busy", "it is busy")
    completion = stage.ok("complete", "loop0", "callback").out.strip()
    stage.wait_until(lambda: any(call["NetworkIds"] for call in stage.calls()), "it calls back")
    call = next(call for call in stage.calls() if call["NetworkIds"])
    check_equal(call["NetworkIds"], {"completion-id": completion})
    check_equal(shown(stage, "show", "loop0")["Network IDs"], f"completion-id {completion}")


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
