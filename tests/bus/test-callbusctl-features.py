#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people type to park, pick up, redirect, forward, complete; for digits and tones, priorities and links; and what
'watch' tells of it. A real service each. TAP.

usage: test-callbusctl-features.py CALLBUSD CALLBUSCTL [WORD]... (only the tests whose name contains one of the words)"""

import json
import re
import signal
import sys

sys.dont_write_bytecode = True
from callbusctl_stage import check, check_equal, run_tests  # pylint: disable=wrong-import-position

TESTS = []

# An application that takes wishes for calls, and says which.
RECIPIENT = """
from gi.repository import Gio, GLib
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.signal_subscribe("org.callbus1", "org.callbus1.Manager", "CallRequested", "/org/callbus1", None, 0,
                     lambda *signal: print("asked for", signal[5].unpack()[0], flush=True))
bus.call_sync("org.callbus1", "/org/callbus1", "org.callbus1.Manager", "RegisterRecipient",
              GLib.Variant("(b)", (True,)), None, 0, -1)
print("ready", flush=True)
GLib.MainLoop().run()
"""


def test(function):
    TESTS.append(function)
    return function


@test
def a_call_is_parked_and_fetched(stage):
    call_id = stage.connect("loop0", "101", "loop1")
    place = stage.ok("park", "loop1").out.strip()
    check(place, "a place was chosen")
    check_equal([(c["State"], c["Owners"]) for c in stage.calls()], [("connected", 0)])
    check("on hold at the far end" in stage.ok("calls").out)
    check_equal(stage.ok("unpark", "loop2", place).out.strip(), call_id)
    check_equal(sorted((c["State"], c["Owners"]) for c in stage.calls()), [("connected", 0)] * 2)
    check(re.search(r"^ *Came by: unparked from 101$", stage.ok("show", "loop2").out, re.MULTILINE))
    check_equal(stage.ok("park", "loop2", "9", "--json=short").json(), {"Place": "9"})
    one = stage.ok("unpark", "loop1", "9", "--json=short").json()
    check_equal((one["CallId"], one["Reason"]), (call_id, "unpark"))
    stage.fails(1, "unpark", "loop2", "9", says="cannot unpark '9' on loop2: ")
    stage.fails(1, "unpark", "loop9", "9", says="no line 'loop9'; 'callbusctl lines'")
    stage.fails(1, "park", "loop2", says="no call on line loop2")
    stage.ok("hangup", "loop1")
    check_equal(stage.calls(), [])


@test
def a_ringing_call_is_picked_up(stage):
    for words in (["101"], ["--group=loop"], ["101", "--group", "loop"]):
        call_id = stage.ok("dial", "--detach", "loop0", "101").out.strip()
        check_equal(stage.ok("pickup", "loop2", *words).out.strip(), call_id)
        stage.wait_until(lambda: sorted(c["State"] for c in stage.calls()) == ["connected"] * 2, "connected")
        check_equal(stage.owners(), [0, 0])
        check(re.search(r"^ *Came by: picked up from 101$", stage.ok("show", "loop2").out, re.MULTILINE))
        stage.ok("hangup", "loop2")
        stage.wait_until(lambda: stage.calls() == [], "both have ended")
    stage.debug("Incoming", "ss", "loop1", "555")
    stage.ok("pickup", "loop1")
    check_equal([c["State"] for c in stage.calls() if c["Address"] == "555"][-1:], ["connected"])
    stage.fails(1, "pickup", "loop2", "101", says="cannot pick up on loop2: ")
    stage.fails(1, "pickup", "loop9", says="no line 'loop9'")
    stage.fails(2, "hold", "loop1", "--group=loop", says="'hold' takes no --group")


@test
def an_incoming_call_is_redirected(stage):
    call_id = stage.ok("dial", "--detach", "loop0", "101").out.strip()
    stage.fails(1, "redirect", "loop1", "*21#", says="cannot redirect loop1/100: ")
    check_equal(stage.ok("redirect", "loop1", "102").out, "")
    stage.wait_until(lambda: stage.states().get("loop2/100") == "offering", "102 rings")
    check_equal(set(stage.owners()), {0})
    out = stage.ok("show", "loop2").out
    check(re.search(r"^ *Came by: redirected by 101$", out, re.MULTILINE), out)
    stage.ok("answer", "--detach", "loop2")
    check_equal({(c["CallId"], c["State"]) for c in stage.calls()}, {(call_id, "connected")})
    stage.fails(1, "redirect", "loop2", "101", says="cannot redirect loop2/100: ")


@test
def a_call_is_turned_down_with_a_reason(stage):
    for reason, status in (("busy", 3), ("declined", 5)):
        caller = stage.start("dial", "loop0", "101")
        caller.expect("ringing at the far end")
        stage.ok("hangup", "loop1", f"--reason={reason}")
        check_equal(caller.end()[0], status, reason)
    stage.ok("dial", "--detach", "loop0", "101")
    stage.fails(1, "hangup", "loop1", "--reason=tired", says="cannot hang up loop1/100: ")
    stage.fails(2, "hold", "loop1", "--reason=busy", says="'hold' takes no --reason")


@test
def a_line_forwards_its_calls(stage):
    check_equal(stage.ok("forward", "loop1").out, "No rules.\n")
    check_equal(stage.ok("forward", "loop1", "busy", "102", "no-answer:4@555", "dnd").out, "")
    rows = stage.ok("forward", "loop1").out.splitlines()
    check_equal([re.split("  +", row.strip()) for row in rows],
                [["WHEN", "CALLERS", "RINGS", "TO"], ["busy", "all", "-", "102"],
                 ["no-answer", "555", "4", "do not disturb"], [""], ["2 rules listed."]])
    check_equal(stage.ok("forward", "loop1", "--json=short").json(),
                [{"Condition": "busy", "Caller": "", "Destination": "102", "Rings": 0},
                 {"Condition": "no-answ-specific", "Caller": "555", "Destination": "", "Rings": 4}])
    check(re.search(r"^Forwarding: busy → 102, no-answer:4@555 → do not disturb$", stage.ok("line", "loop1").out,
                    re.MULTILINE))
    check("in-service, busy → 102, no-answer:4@555 → do not disturb" in stage.ok("lines").out)
    stage.ok("forward", "loop1", "always@internal", "102")
    check_equal(stage.run("dial", "--detach", "loop0", "101").status, 0)
    stage.wait_until(lambda: "loop2/100" in stage.states(), "102 rings")
    check("forwarded by 101" in stage.ok("show", "loop2").out)
    stage.ok("hangup", "loop0")
    stage.ok("forward", "--clear", "loop1")
    check_equal(stage.ok("forward", "loop1", "-j").json(), [])


@test
def nobody_is_to_disturb(stage):
    stage.ok("forward", "loop1", "--dnd")
    check("in-service, always → do not disturb" in stage.ok("lines").out)
    result = stage.run("dial", "loop0", "101")
    check_equal(result.status, 5, result.out)
    check("do-not-disturb" in result.out, result.out)
    stage.ok("forward", "loop1", "--clear")
    check("do not disturb" not in stage.ok("lines").out)


@test
def a_wrong_rule_is_refused(stage):
    stage.fails(2, "forward", "loop1", "bussy", "102", says="'bussy' is no condition; did you mean 'busy'")
    stage.fails(2, "forward", "loop1", "busy", says="where to, after 'busy'")
    stage.fails(2, "forward", "loop1", "busy:3", "102", says="rings are counted")
    stage.fails(2, "forward", "loop1", "--clear", "busy", "102", says="--clear and --dnd stand alone")
    stage.fails(2, "forward", "loop1", "--clear", "--dnd", says="stand alone")
    stage.fails(2, "forward", says="wants LINE")
    stage.fails(2, "dial", "--dnd", "loop0", "101", says="'dial' takes no --dnd")
    stage.fails(1, "forward", "loop1", "always", "101", says="cannot forward loop1: .*itself")
    stage.fails(1, "forward", "loop9", "always", "101", says="no line 'loop9'")
    stage.fails(1, "forward", "../x", "always", "101", says="no line '../x'")
    check_equal(stage.ok("forward", "loop1", "-j").json(), [])


@test
def a_busy_line_calls_back(stage):
    stage.restart_with_line("single", "300", "MaxActiveCalls=1")
    stage.connect("single", "answer?ring=0")
    stage.ok("dial", "--detach", "loop0", "300")
    stage.wait_until(lambda: stage.states().get("loop0/300") == "busy", "busy")
    stage.fails(1, "complete", "loop0", "patience", says="cannot complete loop0/300: ")
    completion = stage.ok("complete", "loop0", "callback").out.strip()
    check(completion, "an id")
    check("loop0/300" not in stage.states())
    stage.ok("cancel", "loop0", completion)
    stage.fails(1, "cancel", "loop0", completion, says=f"cannot cancel '{completion}' on loop0: ")
    stage.fails(1, "cancel", "loop9", completion, says="no line 'loop9'")
    stage.ok("dial", "--detach", "loop0", "300")
    stage.wait_until(lambda: stage.states().get("loop0/300") == "busy", "busy")
    check_equal(list(stage.ok("complete", "loop0", "callback", "--json=short").json()), ["CompletionId"])
    stage.ok("hangup", "single")
    stage.wait_until(lambda: stage.states() == {"loop0/300": "offering"}, "called back")
    check_equal([c["Reason"] for c in stage.calls()], ["call-completion"])


@test
def a_message_waits(stage):
    watch = stage.start("watch")
    watch.expect("^Watching 4 lines")
    stage.ok("dial", "--detach", "loop0", "101")
    stage.ok("complete", "loop0", "message")
    watch.expect(r"loop1 +messages waiting +1$")
    check("in-service, 1 message" in stage.ok("lines").out)
    check(re.search(r"^ *Messages: 1$", stage.ok("line", "loop1").out, re.MULTILINE))


@test
def digits_pause_and_flash(stage):
    stage.connect("loop0", "echo?ring=0")
    stage.ok("digits", "loop0", "1,2!3ABCDabcd*#")
    stage.fails(1, "digits", "loop0", "1;", says="cannot send digits on loop0/echo")
    check_equal([(c["State"], c["Owners"]) for c in stage.calls()], [("connected", 0)])


@test
def digits_are_taken_in(stage):
    stage.connect("loop0", "101", "loop1")
    # It asks for the digits a moment after it has become an owner: they begin with a pause.
    for digits, most, outcome, seen in ((",12#", [], "term-digit", "12#"), (",1234", ["4"], "buffer-full", "1234")):
        gather = stage.start("gather", "loop1", *most, "--json=short")
        stage.wait_until(lambda: stage.owners() == [0, 1], "its owner")
        stage.ok("digits", "loop0", digits)
        status, text = gather.end()
        check_equal((status, json.loads(text)), (0, {"Digits": seen, "Reason": outcome}))
    gather = stage.start("gather", "loop1", "2")
    stage.wait_until(lambda: stage.owners() == [0, 1], "its owner")
    stage.ok("digits", "loop0", ",77")
    check_equal(gather.end(), (0, "77\n"))
    gather = stage.start("gather", "loop1")
    stage.wait_until(lambda: stage.owners() == [0, 1], "its owner")
    stage.ok("digits", "loop0", ",1")
    stage.ok("hangup", "loop1")
    status, text = gather.end()
    check_equal(status, 1, text)
    check("callbusctl: not all digits came" in text, text)
    stage.fails(2, "gather", "loop1", "0", says="'0' is no number of digits from 1 to 1024")


@test
def a_tone_is_sent(stage):
    stage.connect("loop0", "answer?ring=0")
    check_equal(stage.ok("tone", "loop0", "beep", "0.05").out, "")
    stage.fails(1, "tone", "loop0", "bell", says="cannot send a tone on loop0/answer")
    stage.fails(2, "tone", "loop0", "beep", "no", says="no number of seconds")
    stage.fails(2, "tone", "loop0", "beep", "nan", says="no number of seconds")
    stage.fails(2, "tone", "loop0", "beep", "-1", says="no option -1|no number of seconds")
    tone = stage.start("tone", "loop0", "busy", "60")
    stage.wait_until(lambda: stage.owners() == [1], "its owner")
    # It sends the tone a moment after that.
    stage.wait_until(lambda: stage.run("tone", "loop0", "beep", "0.05").status == 0 and tone.popen.poll() is not None, "cut off")
    status, text = tone.end()
    check_equal(status, 1, text)
    check("the tone was cut off" in text, text)
    check_equal([(c["State"], c["Owners"]) for c in stage.calls()], [("connected", 0)])


@test
def a_call_is_muted_and_secured(stage):
    stage.connect("loop0", "101", "loop1")
    stage.ok("mute", "loop0")
    check("muted" in stage.ok("show", "loop0").out)
    stage.ok("unmute", "loop0")
    check("muted" not in stage.ok("show", "loop0").out)
    stage.ok("secure", "loop0")
    stage.ok("dial", "--detach", "loop2", "100")
    stage.wait_until(lambda: stage.states().get("loop2/100") == "busy", "the secured line is busy")


@test
def who_is_first_is_kept(stage):
    check_equal([row.split() for row in stage.ok("priority", "--no-legend").out.splitlines()][:2],
                [["interactive-voice", "-"], ["automated-voice", "-"]])
    check_equal(stage.ok("priority", "video", "org.example.A", "org.example.B").out, "")
    stage.stop_service()
    stage.start_service()
    check_equal(stage.ok("priority", "video").out, "org.example.A\norg.example.B\n")
    check(re.search(r"^video +org\.example\.A org\.example\.B$", stage.ok("priority").out, re.MULTILINE))
    check_equal(stage.ok("priority", "--json=short").json()["video"], ["org.example.A", "org.example.B"])
    stage.ok("priority", "video", "--clear")
    check_equal(stage.ok("priority", "video", "-j").json(), [])
    stage.fails(1, "priority", "smell", says="cannot read who is first for 'smell'")
    stage.fails(1, "priority", "video", ":1.2", says="cannot set who is first for 'video'")
    stage.fails(2, "priority", "--clear", says="--clear wants one MODE")


@test
def a_call_is_handed_to_whoever_has_priority(stage):
    stage.connect("loop0", "101", "loop1")
    stage.fails(1, "handoff", "loop1", "media:video", says="cannot hand off loop1/100: ")
    check_equal(set(stage.owners()), {0})


@test
def a_link_goes_to_the_application_for_it(stage):
    recipient = stage.start_on_terminal("-c", RECIPIENT, program="/usr/bin/python3")
    recipient.expect("ready")
    for uri, asked in (("tel:101", "tel:101"), ("callto:+49%2030", r"\+49 30"), ("SIP:bob@example.org", "sip:bob@example.org")):
        check_equal(stage.ok("open", uri).out, "")
        recipient.expect(f"asked for {asked}")
    check_equal(stage.calls(), [])
    stage.fails(1, "open", "tel:*21%23", says="cannot open 'tel:")
    stage.fails(2, "open", "http://example.org", says="is no tel:, sip:, sips: or callto: link")


@test
def a_link_is_dialled_where_nobody_takes_it(stage):
    stage.debug("SetLineState", "sss", "loop0", "out-of-service", "no signal")
    caller = stage.start("open", "callto:102")
    caller.expect("101 → 102 on line loop1")
    caller.expect("ringing at the far end")
    caller.send_signal(signal.SIGINT)
    check_equal(caller.end()[0], 9)
    check_equal(stage.calls(), [])
    stage.ok("open", "--detach", "tel:102")
    check_equal(stage.owners(), [0, 0])
    stage.fails(1, "open", "tel:*21", says="cannot open|cannot dial|no line dials")
    for line in ("loop1", "loop2", "mute0"):
        stage.debug("SetLineState", "sss", line, "out-of-service", "")
    stage.fails(1, "open", "tel:102", says="no line dials 'tel:102': Line loop0 is out-of-service because no signal")


@test
def watch_tells_the_whole_story(stage):
    watch = stage.start("watch")
    watch.expect("^Watching 4 lines")
    first = stage.connect("loop0", "101", "loop1")
    stage.ok("transfer", "--consult", "loop0", "102")
    watch.expect(r"loop0 .* 100 → 101 +on hold for a transfer$")
    stage.ok("answer", "--detach", "loop2")
    stage.ok("transfer", "loop0")
    watch.expect(r"loop2 .* is now call +" + first)
    watch.expect(r"loop2 .* talks to +101$")
    stage.ok("forward", "loop1", "busy", "102")
    watch.expect(r"loop1 +forwards its calls +busy → 102$")
    stage.ok("forward", "loop1", "--clear")
    watch.expect(r"loop1 +forwards no call now$")
    stage.ok("park", "loop2", "7")
    watch.expect(r"loop1 .* connected +on hold at the far end$")
    stage.ok("unpark", "loop0", "7")
    watch.expect(r"loop0 .* connected +unparked from 102$")


@test
def watch_tells_of_conferences(stage):
    watch = stage.start("watch")
    watch.expect("^Watching 4 lines")
    stage.connect("loop0", "101", "loop1")
    stage.connect("loop0", "102", "loop2")
    stage.ok("conference", "loop0/101", "loop0/102")
    watch.expect(r"loop0 +[0-9a-f]{8} +conference +")
    watch.expect(r"loop0 .* in a conference$")
    stage.ok("split", "loop0/101")
    watch.expect(r"loop0 .* 100 → 101 +on hold$")


@test
def watch_tells_digits_if_asked(stage):
    silent, watch = stage.start("watch"), stage.start("watch", "--digits", "--json=short")
    for process in (silent, watch):
        process.expect("[Ww]atching")
    stage.connect("loop0", "101", "loop1")
    stage.ok("digits", "loop0", "42")
    for digit in "42":
        watch.expect('{"Event":"digit","Text":"%s",.*"Line":"/org/callbus1/line/loop1"' % digit)
    silent.send_signal(signal.SIGINT)
    check("digit" not in silent.end()[1])
    stage.fails(2, "calls", "--digits", says="'calls' takes no --digits")


@test
def names_serve_scripts(stage):
    check_equal(stage.ok("-q", "lines").out.split(), ["loop0", "loop1", "loop2", "mute0"])
    stage.connect("loop0", "101", "loop1")
    stage.connect("mute0", "echo?ring=0")
    check_equal(stage.ok("calls", "-q").out.split("\n")[:-1], ["loop0/101", "loop1/100", "mute0/echo?ring=0"])
    stage.ok("hold", "loop0")
    check_equal(stage.ok("calls", "--quiet", "--state=on-hold").out, "loop0/101\n")
    check_equal([c["Address"] for c in stage.calls("--state=on-hold,offering")], ["101"])
    check_equal(stage.ok("calls", "--state=busy").out, "No calls.\n")
    stage.fails(2, "calls", "--state=bsuy", says="'bsuy' is no state of a call")
    stage.ok("--no-auto-start", "lines")
    stage.stop_service()
    stage.fails(1, "--no-auto-start", "lines", says="cannot reach callbusd: callbusd is not running")


@test
def answering_does_what_the_line_says(stage):
    stage.restart_with_line("swapper", "300", "AnswerMode=hold")
    check(re.search(r"^ *Answering: puts the call that talks on hold$", stage.ok("line", "swapper").out, re.MULTILINE))
    stage.connect("swapper", "echo?ring=0")
    stage.debug("Incoming", "ss", "swapper", "555")
    stage.ok("answer", "--detach", "swapper/555")
    check_equal(stage.states(), {"swapper/echo?ring=0": "on-hold", "swapper/555": "connected"})
    stage.ok("swap", "swapper")
    check_equal(stage.states(), {"swapper/echo?ring=0": "connected", "swapper/555": "on-hold"})


@test
def without_a_service_the_remedy_is_told(stage):
    stage.stop_service()
    for command in (["forward", "loop0"], ["forward", "loop0", "--clear"], ["priority"], ["priority", "video", "a.b"],
                    ["open", "tel:1"], ["pickup", "loop0"], ["unpark", "loop0", "1"], ["cancel", "loop0", "1"],
                    ["redirect", "x", "1"], ["complete", "x", "callback"], ["swap", "x"], ["swap", "x", "y"], ["mute", "x"],
                    ["unmute", "x"], ["secure", "x"], ["gather", "x"], ["tone", "x", "beep"], ["park", "x"],
                    ["transfer", "x"], ["transfer", "x", "y"], ["transfer", "--consult", "x"], ["conference"],
                    ["conference", "x"], ["conference", "x", "y"], ["conference", "--consult", "x"], ["split", "x"]):
        stage.fails(1, *command, says="not running on the session bus; start it with 'callbusd --session'")


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
