#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What happens while polkit is asked: things change, clients leave, others go on, and somebody tries to answer in its place. TAP.
Needs root, as its clients are several users.

usage: test-waiting.py CALLBUSD [WORD]...   (only the tests whose name contains one of the words)"""

import signal
import sys

from gi.repository import Gio, GLib

from stage import LINE, ROOT_PATH, Client, asking, check, check_equal, connected_call, dial_with_prompt, let_pass, nothing_there, run
from stage import until

TESTS = []
LINES = {"home": "Addresses=300\nEmergencyNumbers=112\nCountryCode=49\nPickupGroup=g\n",
         "club": "Addresses=301\nAllowedUsers=man\nAllowedGroups=mail\n"}
DEBUG = "org.callbus1.Debug"
LAX = """<policy context="mandatory"><allow send_requested_reply="false" send_type="method_return"/>
<allow receive_requested_reply="false" receive_type="method_return"/></policy>"""


def test(function):
    TESTS.append(function)
    return function


def set_line_state(stage, state, line="home"):
    stage.client("root").begin(ROOT_PATH, DEBUG, "SetLineState", "(sss)", line, state, "a test").ok()


# ---- Something else has changed when the answer is there

@test
def the_line_is_removed(stage):
    alice = stage.client("nobody")
    replies = [asking(stage, alice, lambda: alice.dial("home", "101")), alice.open("home", "owner")]
    stage.polkit.wait_open(2)
    set_line_state(stage, "removed")
    stage.polkit.answer_open("yes")
    check_equal([reply.wait().error for reply in replies], ["UnknownObject"] * 2)


@test
def the_line_goes_out_of_service(stage):
    alice = stage.client("nobody")
    reply = asking(stage, alice, lambda: alice.dial("home", "101"))
    set_line_state(stage, "out-of-service")
    stage.polkit.answer_open("yes")
    check_equal(reply.wait().error, "LineOutOfService")
    set_line_state(stage, "in-service")
    nothing_there(stage)


@test
def the_call_ends(stage):
    alice = stage.client("nobody")
    call = connected_call(stage, alice)
    reply = asking(stage, alice, lambda: alice.call(call, "BlindTransfer", "(s)", "101"))
    alice.call(call, "Drop", "(a{sv})", {}).ok()
    stage.polkit.answer_open("yes")
    check_equal(reply.wait().error, "InvalidState")


@test
def the_handle_is_released(stage):
    alice = stage.client("nobody")
    call = connected_call(stage, alice)
    reply = asking(stage, alice, lambda: alice.call(call, "SetupTransfer", "(sa{sv})", "101", {}))
    alice.call(call, "Release").ok()
    stage.polkit.answer_open("yes")
    check_equal(reply.wait().error, "UnknownObject")


@test
def the_line_is_closed(stage):
    alice = stage.client("nobody")
    alice.open("home", "none").ok()
    reply = asking(stage, alice, lambda: alice.line("home", "Forward", "(a(sssu))", [("busy", "", "101", 0)]))
    alice.line("home", "Close").ok()
    stage.polkit.answer_open("yes")
    check_equal(reply.wait().error, "LineNotOpen")
    observer = stage.client("root")
    observer.open("home", "none").ok()
    check_equal(observer.get(f"{ROOT_PATH}/line/home", "Forwarding", LINE), [])


@test
def another_becomes_the_only_owner(stage):
    alice, bob = stage.client("nobody"), stage.client("games")
    stage.polkit.say("yes")
    bob.open("home", "owner").ok()
    call = connected_call(stage, alice)
    reply = asking(stage, alice, lambda: alice.call(call, "BlindTransfer", "(s)", "101"))
    alice.call(call, "Handoff", "(s)", bob.name).ok()
    alice.call(call, "SetPrivilege", "(s)", "monitor").ok()
    stage.polkit.answer_open("yes")
    check_equal(reply.wait().error, "NotOwner")


@test
def the_number_becomes_another_one(stage):
    """What was asked for is "10" and then "100"; meanwhile it has become "0010..."."""
    alice = stage.client("nobody")
    call = connected_call(stage, alice)
    second = alice.call(call, "SetupTransfer", "(sa{sv})", "", {}).ok()
    reply = asking(stage, alice, lambda: alice.call(second, "DialDigits", "(s)", "01;"))
    check_equal(stage.polkit.questions[-1]["action"], "dial")
    stage.polkit.say("yes")
    alice.call(second, "DialDigits", "(s)", "0;").ok()
    stage.polkit.say("no")
    stage.polkit.answer_open("yes")
    check_equal(reply.wait().error, "AccessDenied", reply.text)
    check_equal(alice.get(second, "Address"), "0")


@test
def the_client_leaves(stage):
    for action in ("dial", "open"):
        alice = stage.client("nobody")
        asking(stage, alice, lambda: alice.dial("home", "101") if action == "dial" else alice.open("home", "owner"))
        question = stage.polkit.open[0][0]
        alice.close()
        until(lambda: question["cancellation"] in stage.polkit.cancelled, "a cancellation")
        stage.polkit.answer_open("yes")
        let_pass(0.1)
        nothing_there(stage)


@test
def the_client_leaves_as_the_answer_comes(stage):
    for _ in range(100):
        alice = Client(stage.address, "nobody")
        asking(stage, alice, lambda: alice.dial("home", "101"))
        stage.polkit.answer_open("yes")
        alice.close()
    let_pass(0.2)
    until(lambda: stage.client("root").get(f"{ROOT_PATH}/line/home", "ActiveCalls", LINE) == 0, "the end of the calls")


@test
def a_token_makes_one_call(stage):
    alice = stage.client("nobody")
    params = {"token": GLib.Variant("s", "t1")}
    replies = [asking(stage, alice, lambda: alice.dial("home", "no-answer", params)), alice.dial("home", "no-answer", params)]
    stage.polkit.wait_open(2)
    stage.polkit.answer_open("yes")
    check_equal(len({reply.ok() for reply in replies}), 1)
    check_equal(alice.get(f"{ROOT_PATH}/line/home", "ActiveCalls", LINE), 1)


@test
def a_restart_asks_nobody_again(stage):
    """What a client was allowed to open stays open, as all that it had."""
    alice = stage.client("nobody")
    call = connected_call(stage, alice)
    alice.open("home", "owner").ok()
    asked = len(stage.polkit.questions)
    stage.polkit.say("no")
    stage.service.kill()
    stage.service.wait()
    stage.start()
    check_equal(alice.get(call, "State"), "disconnected")
    check_equal(alice.get(f"{ROOT_PATH}/line/home", "Opens", LINE), 1)
    check_equal(len(stage.polkit.questions), asked)


# ---- An answer is good for what was asked, once

@test
def a_yes_is_for_one_message(stage):
    alice = stage.client("nobody")
    reply = asking(stage, alice, lambda: alice.dial("home", "no-answer"))
    stage.polkit.answer_open("yes")
    reply.ok()
    stage.polkit.say("no")
    check_equal(alice.dial("home", "no-answer").wait().error, "AccessDenied")
    check_equal(len(stage.polkit.questions), 2)


@test
def what_is_asked(stage):
    alice = stage.client("nobody")
    alice.dial("home", "no-answer").ok()
    alice.dial("home", "+15551234", interactive=True).ok()
    alice.open("home", "monitor").ok()
    alice.manager("SetAppPriority", "(sas)", "video", []).ok()
    check_equal([(question["action"], question["details"], question["flags"]) for question in stage.polkit.questions],
                [("dial", {"line": "home", "class": "ordinary"}, 0), ("dial-costly", {"line": "home", "class": "costly"}, 0),
                 ("monitor", {"line": "home"}, 0), ("configure", {}, 0)])
    check_equal({question["client"] for question in stage.polkit.questions}, {alice.name})
    check_equal(len({question["cancellation"] for question in stage.polkit.questions}), 4)


@test
def wrong_requests_ask_nobody(stage):
    """What is wrong in any other way is told first."""
    alice = stage.client("nobody")
    stage.polkit.say("no")
    check_equal(alice.dial("home", "").wait().error, "InvalidAddress")
    check_equal(alice.dial("home", "*21#").wait().error, "NotSupported")
    check_equal(alice.dial("home", "101", {"colour": GLib.Variant("s", "red")}).wait().error, "InvalidArgs")
    check_equal(alice.dial("home", "101", {"comment": GLib.Variant("s", "x" * 300)}).wait().error, "TooBig")
    check_equal(alice.dial("nowhere", "101").wait().error, "UnknownObject")
    check_equal(alice.open("home", "all").wait().error, "InvalidPrivilege")
    check_equal(alice.line("home", "GetNewCalls").wait().error, "LineNotOpen")
    check_equal(alice.line("home", "Forward", "(a(sssu))", [("busy", "", "300", 0)]).wait().error, "LineNotOpen")
    check_equal(alice.manager("SetAppPriority", "(sas)", "video", ["org.a", "org.a"]).wait().error, "InvalidArgs")
    check_equal(stage.polkit.questions, [])


# ---- Whose a line is

@test
def a_line_of_others_does_not_exist(stage):
    """Nor is anybody asked about it."""
    alice = stage.client("nobody")
    for reply in (alice.dial("club", "no-answer"), alice.dial("club", "112"), alice.open("club", "owner")):
        check_equal(reply.wait().error, "UnknownObject")
    check_equal(stage.polkit.questions, [])


@test
def without_polkit_who_is_named_may_all(stage):
    named, member, root = stage.client("man"), stage.client("nobody", ["mail"]), stage.client("root")
    stage.polkit.vanish()
    for client in (named, member, root):
        client.open("club", "owner+monitor").ok()
        client.dial("club", "no-answer").ok()
    check_equal(named.dial("home", "no-answer").wait().error, "AccessDenied")
    check_equal(named.manager("SetAppPriority", "(sas)", "video", []).wait().error, "AccessDenied")
    root.dial("home", "no-answer").ok()
    check_equal(stage.log().count("There is no polkit on this bus"), 1)


@test
def the_log_says_at_the_start_whether_there_is_polkit(stage):
    """Before anybody asks for anything."""
    until(lambda: stage.log().count("There is a polkit on this bus") == 1, "a word in the log")
    stage.service.kill()
    stage.service.wait()
    stage.polkit.vanish()
    stage.start()
    until(lambda: "There is no polkit on this bus" in stage.log(), "a word in the log")
    check_equal(stage.client("nobody").dial("home", "no-answer").wait().error, "AccessDenied")
    check_equal(stage.log().count("There is no polkit on this bus"), 1)


@test
def with_polkit_who_is_named_is_asked_for(stage):
    named = stage.client("man")
    stage.polkit.say("no")
    check_equal(named.dial("club", "no-answer").wait().error, "AccessDenied")
    check_equal(len(stage.polkit.questions), 1)


# ---- How long

@test
def without_a_prompt_there_is_no_time(stage):
    alice = stage.client("nobody")
    reply = asking(stage, alice, lambda: dial_with_prompt(alice))
    question = stage.polkit.open[0][0]
    check_equal(reply.wait().error, "AccessDenied")
    until(lambda: question["cancellation"] in stage.polkit.cancelled, "a cancellation")
    stage.polkit.answer_open("yes")
    let_pass(0.1)
    nothing_there(stage)


# ---- Somebody else answers

def forge(stage, stranger, to, serials, body):
    for serial in serials:
        message = Gio.DBusMessage.new()
        message.set_message_type(Gio.DBusMessageType.METHOD_RETURN)
        message.set_destination(to)
        message.set_reply_serial(serial)
        message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
        message.set_body(body)
        stranger.connection.send_message(message, Gio.DBusSendMessageFlags.NONE)
    stranger.connection.flush_sync(None)


@test
def a_stranger_answers(stage):
    """With the very serial of the question, on a bus that lets everything through."""
    alice, mallory = stage.client("nobody"), stage.client("games")
    reply = asking(stage, alice, lambda: alice.dial("home", "no-answer", interactive=True))
    question = stage.polkit.open[0][0]
    yes = GLib.Variant("((bba{ss}))", ((True, False, {}),))
    forge(stage, mallory, question["sender"], range(question["serial"] - 2, question["serial"] + 3), yes)
    check_equal(reply.wait().error, "AccessDenied", "the stranger was believed")
    check("polkit gives no answer" in reply.text, reply.text)
    nothing_there(stage)


@test
def a_stranger_is_the_bus(stage):
    """Says in the bus' place that it is polkit itself, and then yes: so often that the service still finds it behind the request, and
    before the bus' own word."""
    alice, mallory = stage.client("nobody"), stage.client("games")
    alice.dial("home", "no-answer").ok()
    sender, serial = stage.polkit.questions[-1]["sender"], stage.polkit.questions[-1]["serial"]
    stage.polkit.say("no")
    for question in range(serial + 1, serial + 4):
        stage.service.send_signal(signal.SIGSTOP)
        reply = alice.dial("home", "no-answer")
        alice.begin("/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId", to="org.freedesktop.DBus").ok()
        for _ in range(100):
            forge(stage, mallory, sender, [question], GLib.Variant("(s)", (mallory.name,)))
            forge(stage, mallory, sender, [question + 1], GLib.Variant("((bba{ss}))", ((True, False, {}),)))
        stage.service.send_signal(signal.SIGCONT)
        check_equal(reply.wait().error, "AccessDenied", "the stranger was believed")


@test
def a_stranger_says_that_a_client_is_gone(stage):
    """To the service alone, so that no bus needs to pass on a broadcast in the name of the bus."""
    alice, mallory = stage.client("nobody"), stage.client("games")
    call = connected_call(stage, alice)
    service = alice.begin("/org/freedesktop/DBus", "org.freedesktop.DBus", "GetNameOwner", "(s)", "org.callbus1",
                          to="org.freedesktop.DBus").ok()
    mallory.connection.emit_signal(service, "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged",
                                   GLib.Variant("(sss)", (alice.name, alice.name, "")))
    mallory.connection.flush_sync(None)
    mallory.dial("home", "112").ok()
    check_equal(alice.get(call, "State"), "connected")


sys.exit(run(TESTS, LINES, more=LAX))
