#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people type to bring several calls together: transfers, conferences, swaps. A real service each. TAP.

usage: test-callbusctl-several.py CALLBUSD CALLBUSCTL [WORD]...  (only the tests whose name contains one of the words)"""

import re
import sys

sys.dont_write_bytecode = True
from callbusctl_stage import check, check_equal, run_tests  # pylint: disable=wrong-import-position

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def two_calls(stage, line="loop0"):
    """Of one line, to 101 and 102, both connected; their Call IDs."""
    return stage.connect(line, "101", "loop1"), stage.connect(line, "102", "loop2")


def conference_of_two(stage, line="loop0"):
    two_calls(stage, line)
    return stage.ok("conference", f"{line}/101", f"{line}/102").out.strip()


def parties(stage, line):
    """Who is connected on the line, as its calls say."""
    return [call["Connected"][0] for call in stage.calls() if call["Line"].endswith("/" + line)]


@test
def a_call_is_sent_away_blindly(stage):
    call_id = stage.connect("loop0", "101", "loop1")
    check_equal(stage.ok("transfer", "loop0", "102").out, "")
    stage.wait_until(lambda: list(stage.states().values()) == ["connected", "offering"], "102 rings")
    stage.ok("answer", "--detach", "loop2")
    check_equal([(c["CallId"], c["State"], c["Owners"]) for c in stage.calls()], [(call_id, "connected", 0)] * 2)
    check_equal((parties(stage, "loop1"), parties(stage, "loop2")), (["102"], ["101"]))
    check("connected (with 102)" in stage.ok("calls", "--no-legend").out.splitlines()[0])
    check(re.search(r"^ *Talks to: 102$", stage.ok("show", "loop1").out, re.MULTILINE))
    check(re.search(r"^ *Came by: transferred by 100$", stage.ok("show", "loop1").out, re.MULTILINE))
    stage.ok("hangup", "loop1/102")
    check_equal(stage.calls(), [])


@test
def a_blind_transfer_is_refused_with_reason(stage):
    stage.connect("loop0", "101", "loop1")
    stage.fails(1, "transfer", "loop0", "100", says="cannot transfer loop0/101: .*itself")
    stage.fails(1, "transfer", "loop0", "*21#", says="cannot transfer loop0/101: .*service code")
    stage.fails(1, "transfer", "loop0", says="nobody was called about loop0/101: say 'callbusctl transfer loop0/101")
    stage.fails(1, "transfer", "loop2", "101", says="no call on line loop2")
    stage.fails(2, "transfer", says="wants CALL")
    stage.ok("hold", "loop0")
    stage.fails(1, "transfer", "loop0", "102", says="no call '102'")
    check_equal((stage.states(), stage.owners()), ({"loop0/101": "on-hold", "loop1/100": "connected"}, [0, 0]))


@test
def a_consultation_comes_before_the_transfer(stage):
    first = stage.connect("loop0", "101", "loop1")
    second = stage.ok("transfer", "--consult", "loop0", "102").out.strip()
    check(re.fullmatch("[0-9a-f]{32}", second) and second != first, second)
    check_equal(stage.states(), {"loop0/101": "on-hold-pending-transfer", "loop1/100": "connected",
                                 "loop0/102": "ringback", "loop2/100": "offering"})
    check_equal(stage.owners(), [0] * 4)
    stage.ok("answer", "--detach", "loop2")
    stage.ok("swap", "loop0")
    check_equal(stage.states()["loop0/101"], "connected")
    stage.ok("swap", "loop0/101", "loop0/102")
    check_equal(stage.states()["loop0/101"], "on-hold-pending-transfer")
    check_equal(stage.ok("transfer", "loop0").out, "")
    check_equal([(c["CallId"], c["State"], c["Owners"]) for c in stage.calls()], [(first, "connected", 0)] * 2)
    check_equal((parties(stage, "loop1"), parties(stage, "loop2")), (["102"], ["101"]))


@test
def a_consultation_is_named_in_many_ways(stage):
    for words in (["loop0/101"], ["loop0/{b}"], ["loop0/101", "loop0/102"], ["loop0/102", "loop0/101"], ["{a}", "{b}"],
                  ["loop0/{a:.8}", "{b:.8}"]):
        first = stage.connect("loop0", "101", "loop1")
        second = stage.ok("transfer", "--consult", "loop0", "102", "--json=short").json()["CallId"]
        stage.ok("answer", "--detach", "loop2")
        stage.ok("transfer", *[word.format(a=first, b=second) for word in words])
        check_equal((parties(stage, "loop1"), parties(stage, "loop2")), (["102"], ["101"]), words)
        stage.ok("hangup", "loop1")
        check_equal(stage.calls(), [])


@test
def a_consultation_is_given_up(stage):
    stage.connect("loop0", "101", "loop1")
    for answered in (False, True):
        for command in (["hangup", "loop0/102"], ["unhold", "loop0/101"]):
            stage.ok("transfer", "--consult", "loop0", "102")
            if answered:
                stage.ok("answer", "--detach", "loop2")
            stage.ok(*command)
            stage.wait_until(lambda: stage.states() == {"loop0/101": "connected", "loop1/100": "connected"}, command)
    check_equal(stage.owners(), [0, 0])


@test
def a_consultation_that_fails_gives_back_the_call(stage):
    stage.connect("loop0", "101", "loop1")
    for address in ("hangup?ring=0&talk=50ms", "bad", "999"):
        stage.ok("transfer", "--consult", "loop0", address)
        stage.wait_until(lambda: stage.states() == {"loop0/101": "connected", "loop1/100": "connected"}, address)
    stage.ok("transfer", "--consult", "loop0", "busy")
    stage.wait_until(lambda: stage.states().get("loop0/busy") == "busy", "busy")
    stage.ok("hangup", "loop0/busy")
    stage.wait_until(lambda: stage.states() == {"loop0/101": "connected", "loop1/100": "connected"}, "busy")
    check_equal(stage.owners(), [0, 0])


@test
def digits_dial_a_consultation(stage):
    stage.connect("loop0", "101", "loop1")
    stage.ok("transfer", "--consult", "loop0")
    check("dial-tone" in stage.states().values())
    stage.ok("digits", "loop0", "10;")
    stage.ok("digits", "loop0/10", "2")
    stage.wait_until(lambda: stage.states().get("loop0/102") == "ringback", "102 rings")
    stage.ok("transfer", "loop0")
    stage.ok("answer", "--detach", "loop2")
    stage.wait_until(lambda: parties(stage, "loop1") == ["102"], "101 talks to 102")


@test
def calls_that_know_nothing_of_each_other_are_joined(stage):
    first, second = two_calls(stage)
    stage.fails(1, "transfer", "loop0/101", "loop0/101", says="the same call is named twice")
    stage.fails(1, "transfer", "loop0/101", "loop2/100", says="calls of several lines")
    stage.fails(1, "transfer", first, says="is 2 calls, say which:")
    check_equal(set(stage.states().values()), {"connected"})
    stage.ok("transfer", first, second)
    check_equal([(c["CallId"], c["State"], c["Owners"]) for c in stage.calls()], [(first, "connected", 0)] * 2)
    stage.ok("hangup", "loop1")
    two_calls(stage)
    stage.ok("hold", "loop0/101")
    stage.ok("hold", "loop0/102")
    stage.ok("transfer", "loop0/101", "loop0/102")
    check_equal((parties(stage, "loop1"), parties(stage, "loop2")), (["102"], ["101"]))


@test
def a_refused_transfer_changes_nothing(stage):
    stage.connect("loop0", "101", "loop1")
    stage.ok("dial", "--detach", "loop0", "no-answer?ring=60m")
    stage.wait_until(lambda: "ringback" in stage.states().values(), "it rings")
    before = stage.states()
    stage.ok("hold", "loop0/101")
    stage.fails(1, "swap", "loop0", says="not one call that talks and one on hold")
    stage.ok("unhold", "loop0/101")
    check_equal(stage.states(), before)
    stage.restart_with_line("poor", "300", "Without=CompleteTransfer;SetupTransfer")
    two_calls(stage, "poor")
    before = stage.states()
    stage.fails(1, "transfer", "poor/101", "poor/102", says="cannot transfer poor/101: Line poor can't do")
    stage.fails(1, "transfer", "--consult", "poor/101", "loop0", says="cannot consult about poor/101")
    check_equal((stage.states(), stage.owners()), (before, [0] * 4))
    out = stage.ok("line", "poor").out
    check(re.search(r"^ +Cannot: transfer --consult$", out, re.MULTILINE), out)


@test
def owners_stay_who_they_are(stage):
    """The softphones of both ends keep their calls, whatever is done beside them."""
    caller = stage.start("dial", "loop0", "101")
    caller.expect("ringing at the far end")
    callee = stage.start("answer", "loop1")
    callee.expect("connected$")
    stage.ok("transfer", "--consult", "loop0/101", "102")
    caller.expect("on hold for a transfer$")
    stage.ok("answer", "--detach", "loop2")
    check_equal([(c["Address"], c["Owners"]) for c in stage.calls() if c["Line"].endswith("loop0")],
                [("101", 1), ("102", 0)])
    stage.ok("transfer", "loop0")
    callee.expect("talks to +102$")
    status, text = caller.end()
    check_equal(status, 0, text)
    check_equal([c["Owners"] for c in stage.calls() if c["Line"].endswith("loop1")], [1])
    callee.send_signal(2)
    check_equal(callee.end()[0], 0)
    stage.wait_until(lambda: stage.calls() == [], "both have hung up")


@test
def a_call_without_an_id_is_transferred(stage):
    check_equal(stage.connect("mute0", "101", "loop1"), "mute0/101")
    check_equal(stage.ok("transfer", "--consult", "mute0", "102").out, "mute0/102\n")
    stage.ok("answer", "--detach", "loop2")
    stage.ok("transfer", "mute0")
    check_equal((parties(stage, "loop1"), parties(stage, "loop2")), (["102"], ["101"]))


@test
def a_conference_is_made_and_listed(stage):
    check_equal(stage.ok("conference").out, "No conferences.\n")
    conference_id = conference_of_two(stage)
    check_equal({c["CallId"] for c in stage.calls()}, {conference_id})
    check_equal((len(stage.calls()), stage.owners()), (5, [0] * 5))
    check_equal(stage.states(), {"loop0/conference": "connected", "loop0/101": "conferenced", "loop0/102": "conferenced",
                                 "loop1/100": "connected", "loop2/100": "connected"})
    rows = stage.ok("conference").out.splitlines()
    check(re.fullmatch(r"CONFERENCE +LINE +STATE +TIME +WITH", rows[0]), rows)
    check(re.fullmatch(conference_id + r" +loop0 +connected +\S+ +101, 102", rows[1]), rows)
    check_equal(rows[2:], ["", "1 conference listed."])
    one, = stage.ok("conference", "--json=pretty").json()
    check_equal((one["CallId"], [p["Address"] for p in one["Participants"]]), (conference_id, ["101", "102"]))
    out = stage.ok("show", "loop0/conference").out
    check(re.search(r"^Participants: 101, 102$", out, re.MULTILINE), out)
    out = stage.ok("show", "loop0/102").out
    check(re.search(r"^ *Conference: loop0/conference$", out, re.MULTILINE), out)
    _, shown = stage.on_terminal("calls", NO_COLOR="1", columns=120)
    check(re.search(r"conference of 2 .*\n├─[0-9a-f]{8} .*\n└─[0-9a-f]{8} ", shown.replace("\r", "")), shown)
    check_equal(stage.ok("-q", "calls").out.splitlines().count("loop0/conference"), 1)


@test
def a_conference_stands_for_its_calls(stage):
    conference_id = conference_of_two(stage)
    stage.ok("hold", "loop0")
    check_equal(stage.states()["loop0/conference"], "on-hold")
    stage.ok("unhold", conference_id[:8])
    check_equal(stage.states()["loop0/conference"], "connected")
    stage.fails(1, "split", "loop0", says="is 2 calls, say which:")
    stage.ok("hangup", conference_id)
    stage.wait_until(lambda: stage.calls() == [], "all have ended")


@test
def a_call_is_split_off(stage):
    conference_of_two(stage)
    stage.connect("loop0", "answer?ring=0")
    stage.ok("conference", "loop0/conference", "loop0/answer?ring=0")
    check_equal(len(stage.ok("conference", "-j").json()[0]["Participants"]), 3)
    stage.ok("split", "loop0/101")
    check_equal((stage.states()["loop0/101"], stage.states()["loop0/conference"]), ("on-hold", "connected"))
    stage.ok("conference", "loop0/101", "loop0/conference")
    check_equal(len(stage.ok("conference", "-j").json()[0]["Participants"]), 3)
    stage.ok("split", "loop0/101")
    stage.ok("split", "loop0/102")
    check_equal(stage.ok("conference").out, "No conferences.\n")
    check_equal([stage.states()[name] for name in ("loop0/101", "loop0/102", "loop0/answer?ring=0")],
                ["on-hold", "on-hold", "connected"])
    stage.fails(1, "split", "loop0/101", says="cannot split off loop0/101")
    check_equal(set(stage.owners()), {0})


@test
def somebody_is_called_to_join(stage):
    stage.connect("loop0", "101", "loop1")
    stage.ok("conference", "--consult", "loop0", "102")
    check_equal(stage.states(), {"loop0/101": "conferenced", "loop0/conference": "on-hold-pending-conference",
                                 "loop0/102": "ringback", "loop1/100": "connected", "loop2/100": "offering"})
    check_equal(set(stage.owners()), {0})
    stage.ok("answer", "--detach", "loop2")
    check_equal(stage.ok("conference", "loop0/conference").out, "")
    check_equal(stage.states()["loop0/conference"], "connected")
    third = stage.ok("conference", "--consult", "loop0", "echo?ring=0").out.strip()
    stage.wait_until(lambda: stage.states()["loop0/echo?ring=0"] == "connected", "echo answers")
    stage.ok("conference", third)
    check_equal(len(stage.ok("conference", "-j").json()[0]["Participants"]), 3)
    check_equal(set(stage.owners()), {0})


@test
def nobody_is_taken_in_by_accident(stage):
    stage.connect("loop0", "101", "loop1")
    stage.ok("conference", "--consult", "loop0", "102")
    stage.ok("hangup", "loop0/102")
    stage.wait_until(lambda: stage.states() == {"loop0/101": "connected", "loop1/100": "connected"}, "all is as it was")
    stage.fails(1, "conference", "loop0", says="nobody was called to join loop0/101: say 'callbusctl conference --consult")
    stage.connect("loop0", "102", "loop2")
    before = stage.states()
    stage.fails(1, "conference", "loop0", says="is 2 calls, say which:")
    stage.fails(1, "conference", "loop0/101", "loop1/100", says="calls of several lines")
    stage.fails(1, "conference", "loop0/101", "loop0/9", says="no call 'loop0/9'")
    stage.fails(2, "conference", "--consult", says="wants CALL")
    check_equal((stage.states(), stage.owners()), (before, [0] * 4))


@test
def a_consultation_becomes_a_conference(stage):
    stage.connect("loop0", "101", "loop1")
    stage.ok("transfer", "--consult", "loop0", "102")
    stage.ok("answer", "--detach", "loop2")
    conference_id = stage.ok("conference", "loop0").out.strip()
    check_equal({c["CallId"] for c in stage.calls()}, {conference_id})
    check_equal(stage.states()["loop0/conference"], "connected")


@test
def a_conference_has_room_for_so_many(stage):
    stage.restart_with_line("small", "300", "MaxConferenceParties=2")
    conference_of_two(stage, "small")
    stage.connect("small", "answer?ring=0")
    before = stage.states()
    stage.fails(1, "conference", "small/conference", "small/answer?ring=0", says="cannot add a call to small/conference")
    check_equal((stage.states(), set(stage.owners())), (before, {0}))


@test
def a_conference_without_an_id_has_a_name(stage):
    two_calls(stage, "mute0")
    check_equal(stage.ok("conference", "mute0/101", "mute0/102").out, "mute0/conference\n")
    check_equal(stage.ok("conference", "--no-legend").out.split()[:3], ["-", "mute0", "connected"])
    stage.ok("split", "mute0/101")
    stage.ok("hangup", "mute0/101")
    stage.ok("hangup", "mute0")
    stage.wait_until(lambda: stage.calls() == [], "all have ended")


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
