#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every command of callbusctl, on a private bus of its own for each test, with a real service. TAP.

usage: test-callbusctl.py CALLBUSD CALLBUSCTL [WORD]...      (only the tests whose name contains one of the words)"""

import json
import re
import signal
import sys

sys.dont_write_bytecode = True
from callbusctl_stage import check, check_equal, run_tests  # pylint: disable=wrong-import-position

CLOCK = r"^\d\d:\d\d:\d\d  "
ESCAPE = "\x1b"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def talk(stage):
    """A call between two lines, each end with an owner of its own."""
    caller = stage.start("dial", "loop0", "101")
    caller.expect(CLOCK + "ringing at the far end$")
    callee = stage.start("answer", "loop1")
    caller.expect(CLOCK + "connected$")
    callee.expect(CLOCK + "connected$")
    return caller, callee


def leave_call(stage, line="loop0", address="answer"):
    """A connected call that nobody owns; its Call ID, or what else names it."""
    name = stage.ok("dial", "--detach", line, address).out.strip()
    stage.wait_until(lambda: [c["State"] for c in stage.calls()] == ["connected"], "connected")
    return name


@test
def lines_are_listed(stage):
    out = stage.ok("lines").out
    rows = out.splitlines()
    check(re.fullmatch(r"NAME +ADDRESS +PROVIDER +LABEL +ACTIVE +HELD +STATE", rows[0]), out)
    check_equal([row.split()[:3] + row.split()[-1:] for row in rows[1:5]],
                [["loop0", "100", "loopback", "in-service"], ["loop1", "101", "loopback", "in-service"],
                 ["loop2", "102", "loopback", "in-service"], ["mute0", "200", "loopback", "in-service"]])
    check_equal(rows[5:], ["", "4 lines listed."])
    check(ESCAPE not in out, out)
    check_equal(stage.ok().out, out, "without a command")
    bare = stage.ok("--no-legend", "--no-pager", "lines").out
    check_equal([row.split() for row in bare.splitlines()], [row.split() for row in rows[1:5]])


@test
def lines_are_json(stage):
    short, pretty = stage.ok("--json=short", "lines"), stage.ok("lines", "--json", "pretty")
    check_equal(short.json(), pretty.json())
    check_equal(stage.ok("-j", "lines").out, short.out)
    check_equal(len(short.out.splitlines()), 1)
    check(len(pretty.out.splitlines()) > 40, pretty.out)
    check_equal([line["Name"] for line in short.json()], ["loop0", "loop1", "loop2", "mute0"])
    check_equal(stage.ok("--json=off", "lines").out, stage.ok("lines").out)


@test
def a_line_is_shown(stage):
    out = stage.ok("line", "loop0").out
    for pattern in (r"^ *Line: loop0$", r"^ +Address: 100$", r"^ +State: in-service$", r"^ +Calls: 0 active, 0 on hold$",
                    r"^Opened by: 0 applications$", r"^ +Provider: loopback$"):
        check(re.search(pattern, out, re.MULTILINE), pattern, "is not in", out)
    line = stage.ok("line", "loop0", "--json=short").json()
    check_equal((line["Name"], line["Addresses"], line["Opens"], line["ActiveCalls"]), ("loop0", ["100"], 0, 0))
    check("call-id" in line["Capabilities"], line)
    check("call-id" not in stage.ok("line", "mute0", "--json=short").json()["Capabilities"])
    leave_call(stage)
    check_equal(stage.ok("line", "loop0", "--json=short").json()["ActiveCalls"], 1)
    check_equal(stage.ok("lines", "--no-legend").out.splitlines()[0].split()[-3:-1], ["1", "0"])
    stage.fails(1, "line", "loop9", says=r"no line 'loop9'; 'callbusctl lines'")


@test
def wrong_usage_is_refused(stage):
    stage.fails(2, "clals", says="did you mean 'calls'")
    stage.fails(2, "frobnicate", says="--help")
    stage.fails(2, "line", says="wants NAME")
    stage.fails(2, "dial", says="LINE] ADDRESS")
    stage.fails(2, "dial", "loop0", says="'loop0' is a line: whom to call on it")
    stage.fails(2, "calls", "loop0", says="no argument")
    stage.fails(2, "--json=xml", "lines", says="short, pretty or off")
    stage.fails(2, "--json", says="wants a value")
    stage.fails(2, "--frobnicate", "lines", says="no option --frobnicate")
    stage.fails(2, "-x", "lines", says="no option -x")
    stage.fails(2, "--detach=yes", "lines", says="takes no value")
    stage.fails(2, "--session", "--host=localhost", "lines", says="--host")


@test
def help_tells_all(stage):
    out = stage.ok("--help").out
    for word in ("lines", "line NAME", "forward LINE", "priority ", "dial [LINE] ADDRESS", "redial [ID]", "open URI", "answer [CALL]",
                 "pickup LINE", "redirect CALL ADDRESS", "complete CALL MODE", "cancel LINE ID", "calls", "show [CALL]",
                 "watch", "log", "hangup [CALL]", "hold [CALL]", "unhold [CALL]", "swap CALL", "mute [CALL]", "unmute [CALL]",
                 "secure CALL", "digits CALL DIGITS", "gather CALL", "tone CALL TONE", "park CALL", "unpark LINE PLACE",
                 "handoff CALL TARGET", "transfer CALL ADDRESS", "conference CALL", "split CALL", "--json", "--system",
                 "--session", "--host", "--detach", "--consult", "--group", "--reason", "--clear", "--dnd", "--digits", "--all",
                 "--quiet", "--full", "--since", "--until", "--line", "--number", "--missed", "--outcome", "--direction", "--lines",
                 "--reverse", "--follow", "--export", "--remove", "--yes", "--no-legend", "--no-auto-start", "--no-pager", "--version", "Exit status"):
        check(word in out, word, "is not in", out)
    check_equal(stage.ok("-h").out, out)
    check(re.fullmatch(r"callbusctl \d+\.\d+.*\n", stage.ok("--version").out))
    check(max(len(row) for row in out.splitlines()) <= 100, out)


@test
def dial_shows_each_state(stage):
    result = stage.ok("dial", "loop0", "hangup?ring=50ms&talk=1s")
    words = [re.sub(CLOCK, "", row) for row in result.out.splitlines()]
    check(re.fullmatch(r"100 → hangup\S* on line loop0, call [0-9a-f]{32}; Ctrl-C hangs up\.", words[0]), result.out)
    check_equal(words[1:4], ["dialing", "ringing at the far end", "connected"])
    check(re.fullmatch(r"disconnected +normal, after \ds", words[4]), result.out)
    check_equal(words[5:], ["ended"])
    states = [json.loads(row)["State"]
              for row in stage.ok("--json=short", "dial", "loop0", "hangup?ring=0&talk=0").out.splitlines()]
    check_equal([states[0], *states[-3:]], ["dialing", "connected", "disconnected", "idle"])
    check_equal(stage.calls(), [])


@test
def dial_tells_how_the_call_ended(stage):
    for address, status, words in (("busy", 3, "busy"), ("no-answer?ring=50ms", 4, "no-answer"),
                                   ("reject", 5, "rejected"), ("bad", 6, "bad-address"), ("999", 6, "bad-address"),
                                   ("congestion", 7, "congestion"), ("hangup?ring=0&talk=0", 0, "normal"),
                                   ("100", 3, "busy")):
        result = stage.run("dial", "loop0", address)
        check_equal((result.status, result.err), (status, ""), "dial", address, result.out)
        check(words in result.out, words, "is not in", result.out)
        check(re.search(CLOCK + r"ended$", result.out, re.MULTILINE), result.out)
    check_equal(stage.calls(), [])


@test
def dial_says_what_is_refused(stage):
    stage.fails(1, "dial", "loop9", "101", says="no line 'loop9'; 'callbusctl lines'")
    stage.fails(1, "dial", "../x", "101", says="no line '../x'")
    stage.fails(1, "dial", "", "101", says="no line ''")
    stage.fails(1, "dial", "loop0", "", says="cannot dial")
    stage.fails(1, "dial", "loop0", "*21#", says="cannot dial")
    stage.fails(1, "dial", "loop0", "9" * 300, says="cannot dial")
    stage.fails(1, "dial", "loop0", "answer?what=1", says="cannot dial")
    check_equal(stage.calls(), [])


@test
def ctrl_c_ends_the_call(stage):
    for number, address, seen, status in ((signal.SIGINT, "no-answer?ring=60m", "ringing at the far end", 9),
                                          (signal.SIGINT, "answer?ring=0", "connected", 0),
                                          (signal.SIGTERM, "answer?ring=0", "connected", 0)):
        caller = stage.start("dial", "loop0", address)
        caller.expect(CLOCK + seen + "$")
        check_equal(len(stage.calls()), 1)
        caller.send_signal(number)
        ended, text = caller.end()
        check_equal(ended, status, text)
        check(re.search(CLOCK + r"ended", text.splitlines()[-1]), text)
        check_equal(stage.calls(), [])


@test
def a_detached_call_goes_on(stage):
    call_id = leave_call(stage)
    check(re.fullmatch(r"[0-9a-f]{32}", call_id), call_id)
    for _ in range(3):
        check_equal([(c["CallId"], c["Owners"], c["Monitors"]) for c in stage.calls()], [(call_id, 0, 0)])
    check("Owners: 0" in stage.ok("show", call_id).out)
    stage.ok("hangup", call_id[:6])
    check_equal(stage.ok("calls").out, "No calls.\n")
    one = stage.ok("--json=short", "--detach", "dial", "loop0", "answer").json()
    check_equal([c["CallId"] for c in stage.calls()], [one["CallId"]])


@test
def a_call_without_an_id_has_a_name(stage):
    check_equal(leave_call(stage, "mute0"), "mute0/answer")
    check_equal(stage.ok("calls", "--no-legend").out.split()[:3], ["-", "mute0", "out"])
    stage.ok("hold", "mute0/answer")
    stage.ok("unhold", "mute0")
    stage.ok("hangup", "mute0")
    check_equal(stage.calls(), [])


@test
def one_shots_leave_a_call_of_nobody_alive(stage):
    call_id = leave_call(stage, address="echo")
    for command, state in ((["hold", "loop0"], "on-hold"), (["unhold", call_id], "connected"),
                           (["digits", "loop0/echo", "12#"], "connected")):
        stage.ok(*command)
        check_equal([(c["CallId"], c["State"], c["Owners"]) for c in stage.calls()], [(call_id, state, 0)], command)
    stage.fails(1, "unhold", "loop0", says="cannot unhold loop0/echo")
    stage.fails(1, "digits", "loop0", "x", says="cannot send digits on loop0/echo")
    stage.fails(1, "handoff", "loop0", "org.example.Nobody", says="cannot hand off loop0/echo")
    check_equal([(c["State"], c["Owners"]) for c in stage.calls()], [("connected", 0)])


@test
def digits_stays_until_all_are_sent(stage):
    watch = stage.start("watch", "--digits")
    watch.expect("^Watching")
    stage.connect("loop0", "101", "loop1")
    digits = stage.start("digits", "loop0", "0123456789" * 20)
    watch.expect("loop1 .*digit")
    check_equal(stage.owners(), [0, 1])
    stage.ok("hangup", "loop0")
    status, text = digits.end()
    check_equal(status, 1, text)
    check("callbusctl: not all digits were sent" in text, text)


@test
def two_ends_have_one_id(stage):
    caller, callee = talk(stage)
    calls = stage.calls()
    call_id = calls[0]["CallId"]
    check_equal([(c["CallId"], c["State"], c["Owners"], c["Monitors"]) for c in calls],
                [(call_id, "connected", 1, 0)] * 2)
    check_equal([row.split()[1:5] for row in stage.ok("calls", "--no-legend").out.splitlines()],
                [["loop0", "out", "100", "101"], ["loop1", "in", "100", "101"]])
    check(stage.ok("calls").out.endswith("\n2 calls listed.\n"))
    check_equal(len(re.findall(f"Call: {call_id}", stage.ok("show", call_id).out)), 2)
    check_equal(len(stage.ok("show", "loop0", "--json=pretty").json()), 1)
    refused = stage.fails(1, "hold", call_id, says="is 2 calls, say which:")
    check_equal([row.split()[0] for row in refused.err.splitlines()[1:]], ["loop0/101", "loop1/100"])
    stage.ok("hold", "loop0/101")
    stage.fails(1, "hold", "loop0", says="cannot hold loop0/101")
    stage.ok("unhold", "loop0/" + call_id[:8])
    check_equal([(c["State"], c["Owners"]) for c in stage.calls()], [("connected", 1)] * 2)
    stage.ok("hangup", call_id)
    check_equal([caller.end()[0], callee.end()[0]], [0, 0])
    check_equal(stage.calls(), [])


@test
def answering_ends_with_the_call(stage):
    caller, callee = talk(stage)
    callee.send_signal(signal.SIGINT)
    status, text = callee.end()
    check_equal(status, 0, text)
    status, text = caller.end()
    check_equal(status, 0, text)
    check(re.search(CLOCK + r"disconnected +normal", text, re.MULTILINE), text)
    stage.fails(1, "answer", "loop1", says="no call on line loop1")
    stage.fails(1, "answer", "loop9/1", says="no line 'loop9'")
    stage.fails(1, "hangup", "feedface", says="no call 'feedface'; 'callbusctl calls'")


@test
def what_does_not_ring_cannot_be_answered(stage):
    caller, _ = talk(stage)
    stage.fails(1, "answer", "--detach", "loop1", says="cannot answer loop1/100")
    check_equal([(c["State"], c["Owners"]) for c in stage.calls()], [("connected", 1)] * 2)
    check_equal(caller.popen.poll(), None)


@test
def an_answered_call_can_be_left(stage):
    caller = stage.start("dial", "loop0", "101")
    caller.expect("ringing at the far end")
    call_id = stage.ok("answer", "--detach", "loop1").out.strip()
    caller.expect("connected")
    check_equal([(c["CallId"], c["Line"].split("/")[-1], c["Owners"]) for c in stage.calls()],
                [(call_id, "loop0", 1), (call_id, "loop1", 0)])
    stage.ok("hangup", "loop1")
    check_equal(caller.end()[0], 0)


@test
def an_incoming_call_is_turned_down(stage):
    stage.debug("Incoming", "ss", "loop2", "+49 30 123")
    check_equal([(c["State"], c["Direction"], c["Address"]) for c in stage.calls()], [("offering", "in", "+49 30 123")])
    row = stage.ok("calls", "--no-legend").out
    check("+49 30 123" in row and "offering" in row, row)
    stage.ok("hangup", "loop2/+4930123")
    check_equal(stage.calls(), [])


@test
def a_call_is_handed_off(stage):
    _, callee = talk(stage)
    target = stage.unique_name(callee)
    stage.debug("Incoming", "ss", "loop1", "555")
    stage.fails(1, "handoff", "loop1/555", ":1.99999", says="cannot hand off loop1/555")
    check_equal([c["Owners"] for c in stage.calls() if c["Address"] == "555"], [0])
    stage.ok("handoff", "loop1/555", target)
    check_equal([c["Owners"] for c in stage.calls() if c["Address"] == "555"], [1])


@test
def watch_tells_the_story(stage):
    watch = stage.start("watch")
    watch.expect("^Watching 4 lines; Ctrl-C ends.$")
    caller, _ = talk(stage)
    who = CLOCK + r"loop{}  [0-9a-f]{{8}}  100 → 101 +{}"
    for line, words in ((0, "dialing$"), (1, "incoming call$"), (0, "ringing at the far end$")):
        watch.expect(who.format(line, words))
    watch.expect(who.format("[01]", "connected$"))
    watch.expect(who.format("[01]", "connected$"))
    stage.ok("hold", "loop0")
    watch.expect(who.format(0, "on hold$"))
    watch.expect(who.format(1, "connected +on hold at the far end$"))
    stage.ok("unhold", "loop0")
    watch.expect(who.format(0, "connected$"))
    caller.send_signal(signal.SIGINT)
    watch.expect(who.format(0, "ended +normal"))
    watch.expect(who.format(1, "disconnected +normal"))
    watch.expect(who.format(1, "ended$"))
    watch.send_signal(signal.SIGINT)
    status, text = watch.end()
    check_equal(status, 0, text)
    check(ESCAPE not in text, text)


@test
def watch_sees_what_is_there(stage):
    leave_call(stage)
    watch = stage.start("watch", "--no-legend")
    watch.expect(CLOCK + r"loop0  [0-9a-f]{8}  100 → answer +connected +since \d\d:\d\d:\d\d$")
    stage.debug("Incoming", "ss", "loop2", "Eve\u202e")
    watch.expect(CLOCK + r"loop2  [0-9a-f]{8}  Eve[?�] → 102 +incoming call$")
    watch.send_signal(signal.SIGTERM)
    check_equal(watch.end()[0], 0)
    check_equal(len(stage.calls()), 2, "calls after the watch has ended")


@test
def watch_keeps_no_handle_of_what_is_over(stage):
    watch = stage.start("watch")
    watch.expect("^Watching")
    name = stage.unique_name(watch)
    for _ in range(3):
        stage.ok("dial", "loop0", "hangup?ring=0&talk=0")
        watch.expect(CLOCK + ".* ended$")
    stage.wait_until(lambda: stage.handles_of(name) == 0, "all handles released")
    leave_call(stage)
    check_equal(stage.handles_of(name), 1)


@test
def watch_is_json(stage):
    watch = stage.start("watch", "--json=pretty")
    watch.expect('^{"Event":"watching","Lines":4}$')
    check_equal(stage.run("dial", "loop0", "busy").status, 3)
    watch.expect('"State":"idle"')
    watch.send_signal(signal.SIGINT)
    events = [json.loads(row) for row in watch.end()[1].splitlines()]
    calls = [event for event in events if event["Event"] in ("new", "change")]
    check_equal(calls[0]["Event"], "new")
    check_equal([calls[0]["State"], calls[-1]["State"]], ["dialing", "idle"])
    check("busy" in [call["State"] for call in calls], calls)
    check_equal(len({call["CallId"] for call in calls}), 1)


@test
def watch_waits_for_the_service(stage):
    watch = stage.start("watch")
    watch.expect("^Watching 4 lines")
    leave_call(stage)
    watch.expect("connected")
    stage.stop_service()
    watch.expect(CLOCK + "callbusd is gone; waiting")
    stage.start_service()
    watch.expect(CLOCK + "callbusd is there$")
    watch.expect("^Watching 4 lines")
    stage.debug("Incoming", "ss", "loop1", "555")
    watch.expect(r"loop1  [0-9a-f]{8}  555 → 101 +incoming call")
    stage.stop_service()
    early = stage.start("watch")
    early.expect(CLOCK + "callbusd is not running; waiting for it to start$")
    stage.start_service()
    early.expect("^Watching 4 lines")


@test
def watch_says_what_it_missed(stage):
    watch = stage.start("watch")
    watch.expect("^Watching")
    stage.debug("Incoming", "ss", "loop2", "555")
    watch.expect("incoming call")
    watch.send_signal(signal.SIGSTOP)
    for _ in range(450):  # each is worth some kilobytes that are not read
        stage.run("dial", "loop0", "busy")
    stage.ok("hangup", "loop2")
    watch.send_signal(signal.SIGCONT)
    watch.expect(CLOCK + r"missed \d+ events; reading again$")
    watch.expect(r"555 → 102 +(ended|out of sight)")


@test
def lines_come_and_go_in_watch(stage):
    watch = stage.start("watch")
    watch.expect("^Watching")
    caller = stage.start("dial", "loop0", "answer?ring=0")
    caller.expect("connected")
    stage.debug("SetLineState", "sss", "loop1", "out-of-service", "no signal")
    watch.expect(CLOCK + "loop1 +out-of-service +no signal$")
    check("out-of-service (no signal)" in stage.ok("lines").out)
    stage.fails(1, "dial", "loop1", "100", says="cannot dial '100' on loop1")
    stage.debug("SetLineState", "sss", "loop1", "in-service", "")
    watch.expect(CLOCK + "loop1 +in-service$")
    stage.debug("SetLineState", "sss", "loop0", "removed", "unplugged")
    watch.expect(CLOCK + "loop0 .*out of sight")
    watch.expect(CLOCK + "loop0 +line is gone")
    status, text = caller.end()
    check_equal(status, 8, text)
    check("callbusctl: " in text, text)
    stage.fails(1, "line", "loop0", says="no line 'loop0'")


@test
def dial_tells_that_the_service_went(stage):
    caller = stage.start("dial", "loop0", "answer?ring=0")
    caller.expect("connected")
    stage.service.kill()
    stage.service.wait()
    status, text = caller.end()
    check_equal(status, 8, text)
    check("callbusctl: callbusd went away; waiting" in text, text)
    check("callbusctl: callbusd does not come back" in text, text)


@test
def dial_tells_what_a_restart_ended(stage):
    for number in (signal.SIGKILL, signal.SIGTERM):
        caller = stage.start("dial", "loop0", "answer?ring=0")
        caller.expect("connected")
        # It waits for five seconds, which is not for this test to measure.
        caller.send_signal(signal.SIGSTOP)
        stage.service.send_signal(number)
        stage.service.wait(60)
        stage.start_service()
        caller.send_signal(signal.SIGCONT)
        status, text = caller.end()
        check_equal(status, 8, text)
        check(re.search("disconnected +service-restarted", text), text)
        check("does not come back" not in text, text)


@test
def dial_ends_where_nothing_was_kept(stage):
    caller = stage.start("dial", "loop0", "answer?ring=0")
    caller.expect("connected")
    caller.send_signal(signal.SIGSTOP)
    stage.service.kill()
    stage.service.wait(60)
    for file in (stage.folder / "state").glob("callbus.db*"):
        file.unlink()
    stage.start_service()
    caller.send_signal(signal.SIGCONT)
    status, text = caller.end()
    check_equal(status, 8, text)
    check("callbusctl: callbusd does not know the call any more" in text, text)


@test
def watch_goes_on_over_a_restart(stage):
    watch = stage.start("watch")
    watch.expect("^Watching 4 lines")
    caller = stage.start("dial", "loop0", "answer?ring=0")
    watch.expect("connected")
    stage.service.kill()
    stage.service.wait(60)
    watch.expect(CLOCK + "callbusd is gone; waiting for it to come back$")
    stage.start_service()
    watch.expect(CLOCK + "callbusd is there$")
    # The caller may have left before: then it is over.
    watch.expect("100 → answer +(disconnected|ended) +service-restarted")
    watch.expect("^Watching 4 lines")
    caller.end()


@test
def without_a_service_the_remedy_is_told(stage):
    stage.stop_service()
    for command in (["lines"], ["line", "loop0"], ["calls"], ["dial", "loop0", "101"], ["answer", "loop0"], ["show", "x"],
                    ["hangup", "x"], ["hold", "x"], ["unhold", "x"], ["digits", "x", "1"], ["handoff", "x", "y"]):
        stage.fails(1, *command, says="not running on the session bus; start it with 'callbusd --session'")
    stage.fails(1, "--system", "lines", says="cannot reach the system bus")
    address = stage.environment.pop("DBUS_SESSION_BUS_ADDRESS")
    stage.fails(1, "lines", says="cannot reach the session bus.*dbus-run-session")
    stage.environment["DBUS_SESSION_BUS_ADDRESS"] = address


@test
def the_system_bus_is_another(stage):
    stage.stop_service()
    address = stage.environment["DBUS_SESSION_BUS_ADDRESS"]
    stage.start_service("--system", DBUS_SYSTEM_BUS_ADDRESS=address)
    nothing = {"DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={stage.folder}/nothing"}
    check("4 lines listed." in stage.ok("--system", "lines", **nothing).out)
    check_equal(stage.run("lines", **nothing).status, 1)


@test
def a_terminal_gets_colours_and_no_more_than_fits(stage):
    leave_call(stage, address="answer?ring=10ms&talk=60m")
    _, coloured = stage.on_terminal("calls")
    check(ESCAPE + "[0;32mconnected" + ESCAPE + "[0m" in coloured, repr(coloured))
    for wish in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        _, bare = stage.on_terminal("calls", **wish)
        check(ESCAPE not in bare, repr(bare))
    for command in (["lines"], ["calls"]):
        _, narrow = stage.on_terminal(*command, columns=56, NO_COLOR="1")
        check(max(len(row) for row in narrow.splitlines()) <= 56, narrow)
        check("…" in narrow, narrow)
        _, full = stage.on_terminal(*command, "--full", columns=56, NO_COLOR="1")
        check("…" not in full, full)
    _, ascii_only = stage.on_terminal("calls", columns=56, NO_COLOR="1", LANG="C")
    check(ascii_only.isascii() and "..." in ascii_only, repr(ascii_only))


@test
def keys_send_tones_and_hang_up(stage):
    caller = stage.start_on_terminal("dial", "loop0", "echo?ring=0", NO_COLOR="1")
    caller.expect(r"on line loop0, call [0-9a-f]{8}\r$")
    caller.expect("^Keys: q hangs up")
    caller.expect(CLOCK + "connected")
    caller.press("1x2")
    caller.expect(r"tones sent +12?\r$")
    caller.press("q")
    status, text = caller.end()
    check_equal(status, 0, text)
    check("tones cut off" not in text, text)
    check_equal(stage.calls(), [])


@test
def keys_hold_mute_and_change_the_volume(stage):
    caller = stage.start_on_terminal("dial", "loop0", "echo?ring=0", NO_COLOR="1")
    caller.expect(CLOCK + "connected")
    for key, words in (("h", "on hold"), ("h", "connected"), ("m", "muted"), ("m", "no longer muted"), ("+", "volume +110%"),
                       ("-", "volume +100%")):
        caller.press(key)
        caller.expect(CLOCK + words + r"\r$")
    caller.press("h")
    caller.expect(CLOCK + "on hold")
    caller.press("m")
    caller.expect("callbusctl: .*connected")
    caller.press("q")
    check_equal(caller.end()[0], 0)


@test
def a_key_of_ctrl_c_ends_the_call(stage):
    caller = stage.start_on_terminal("dial", "loop0", "no-answer?ring=60m", NO_COLOR="1")
    caller.expect("ringing at the far end")
    caller.press("\x03")
    status, text = caller.end()
    check_equal(status, 9, text)


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
