#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What waits for polkit, and the passwords that are asked for: how many there are of a user and in all, and that others go on. TAP.
Needs root, as its clients are several users.

usage: test-prompts.py CALLBUSD [WORD]...   (only the tests whose name contains one of the words)"""

import sys

from gi.repository import GLib

from stage import DEADLINE_S, LINES_OPEN, asking, check, check_equal, connected_call, dial_with_prompt, let_pass
from stage import nothing_there, prompting, run, until

TESTS = []
SETTINGS = {"so_many_prompts_as_are_set": "[Service]\nPromptsPerUser=1\nPrompts=3\n",
            "ninety_six_in_all_wait": "[Service]\nPromptsPerUser=24\nPrompts=24\n",
            "what_waited_is_not_counted_again": "[Service]\nMessagesPerSecond=50\n"}
MANY_LINES = {f"desk{number}": f"Addresses={400 + number}\n" for number in range(20)}


def test(function):
    TESTS.append(function)
    return function


def check_limit(reply, *words):
    check_equal(reply.wait().error, "LimitsExceeded", reply.text)
    check(all(word in reply.text for word in words), reply.text)


# ---- Who is asked for a password

@test
def the_call_ends_before_there_is_a_prompt(stage):
    """Then nobody is bothered."""
    alice = stage.client("nobody")
    call = connected_call(stage, alice)
    reply = asking(stage, alice, lambda: alice.call(call, "BlindTransfer", "(s)", "101", interactive=True))
    alice.call(call, "Drop", "(a{sv})", {}).ok()
    stage.polkit.answer_open("challenge")
    check_equal(reply.wait().error, "InvalidState")
    check_equal(stage.polkit.questions[-1]["flags"], 0)


@test
def the_client_leaves_a_prompt(stage):
    alice = stage.client("nobody")
    prompting(stage, lambda: dial_with_prompt(alice))
    question = stage.polkit.open[0][0]
    alice.close()
    until(lambda: question["cancellation"] in stage.polkit.cancelled, "a cancellation")
    stage.polkit.answer_open("yes")
    let_pass(0.1)
    nothing_there(stage)


@test
def a_password_is_asked_for_where_polkit_calls_for_one(stage):
    """And not before; for each deed of a request."""
    alice = stage.client("nobody")
    alice.open("home", "none").ok()
    stage.polkit.say(lambda question: "yes" if question["flags"] else "challenge")
    alice.line("home", "Forward", "(a(sssu))", [("busy", "", "+15551234", 0)], interactive=True).ok()
    seen = [(question["action"], question["flags"]) for question in stage.polkit.questions]
    check_equal(seen, [("forward", 0), ("forward", 1), ("dial-costly", 0), ("dial-costly", 1)])
    check_equal(alice.dial("home", "no-answer").wait().error, "AccessDenied")
    check_equal(len(stage.polkit.questions), 5)


@test
def without_an_agent_there_is_one_prompt(stage):
    """Polkit calls for a password again, as nobody is there to give it."""
    alice = stage.client("nobody")
    stage.polkit.say("challenge")
    reply = dial_with_prompt(alice).wait()
    check_equal(reply.error, "AccessDenied")
    check("there is no agent" in reply.text, reply.text)
    check_equal([question["flags"] for question in stage.polkit.questions], [0, 1])


@test
def a_prompt_has_time(stage):
    """Longer than what nobody is asked for."""
    alice = stage.client("nobody")
    reply = prompting(stage, lambda: dial_with_prompt(alice))
    let_pass(7)
    stage.polkit.answer_open("yes")
    reply.ok()


@test
def a_stop_answers_and_cancels(stage):
    alice = stage.client("nobody")
    reply = prompting(stage, lambda: dial_with_prompt(alice))
    question = stage.polkit.open[0][0]
    stage.service.terminate()
    check_equal(reply.wait().error, "AccessDenied")
    check_equal(stage.service.wait(DEADLINE_S), 0)
    until(lambda: question["cancellation"] in stage.polkit.cancelled, "a cancellation")


# ---- How many wait

@test
def two_of_a_user_have_prompts(stage):
    """From whichever of its programs; and it is told so."""
    alice, again = stage.client("nobody"), stage.client("nobody")
    replies = [prompting(stage, lambda: dial_with_prompt(alice)), prompting(stage, lambda: dial_with_prompt(again))]
    check_limit(dial_with_prompt(again), "PromptsPerUser is 2")
    check_limit(alice.open("home", "owner", interactive=True), "PromptsPerUser is 2")
    check_equal(alice.dial("home", "no-answer").wait().error, "AccessDenied")
    stage.polkit.answer_open("yes")
    for reply in replies:
        reply.ok()
    third = prompting(stage, lambda: dial_with_prompt(alice))
    stage.polkit.answer_open("no")
    check_equal(third.wait().error, "AccessDenied")


@test
def so_many_prompts_as_are_set(stage):
    users = ["nobody", "daemon", "bin"]
    replies = []
    for user in users:
        replies.append(prompting(stage, lambda: dial_with_prompt(stage.client(user))))
        check_limit(dial_with_prompt(stage.client(user)), "PromptsPerUser is 1")
    check_limit(dial_with_prompt(stage.client("sys")), "Prompts is 3")
    stage.polkit.answer_open("yes")
    for reply in replies:
        reply.ok()


@test
def sixteen_in_all_have_prompts(stage):
    users = ["nobody", "daemon", "bin", "sys", "games", "man", "lp", "mail"]
    replies = [prompting(stage, lambda: dial_with_prompt(stage.client(user))) for user in users for _ in range(2)]
    check_limit(dial_with_prompt(stage.client("news")), "Prompts is 16")
    check_equal(stage.client("news").dial("home", "112").wait().error, "")
    check_equal(stage.client("root").dial("home", "no-answer").wait().error, "")
    stage.polkit.answer_open("yes")
    for reply in replies:
        reply.ok()
    last = prompting(stage, lambda: dial_with_prompt(stage.client("news")))
    stage.polkit.answer_open("yes")
    last.ok()


@test
def twenty_lines_are_opened_at_once(stage):
    """As a program does at its start, whether polkit is quick or not; with the usual limits."""
    for says in ("yes", None):
        alice = stage.client("nobody")
        stage.polkit.say(says)
        replies = [alice.open(line, "owner", interactive=True) for line in MANY_LINES]
        if says is None:
            stage.polkit.wait_open(20)
            stage.polkit.answer_open("yes")
        for reply in replies:
            reply.ok()


def questions_at_once(stage, user, count, up=0):
    client = stage.client(user)
    stage.polkit.say(None)
    replies = [client.dial("home", "bad", interactive=True) for _ in range(count)]
    stage.polkit.wait_open(up + count)
    return replies


def check_all_handled(stage, replies):
    stage.polkit.answer_open("yes")
    check_equal({reply.wait().error for reply in replies}, {""}, replies[0].text)


@test
def thirty_two_of_a_user_wait(stage):
    for count in (31, 32):
        check_all_handled(stage, questions_at_once(stage, "nobody", count))
    replies = questions_at_once(stage, "nobody", 32)
    check_limit(stage.client("nobody").dial("home", "no-answer"), "32 requests of your user")
    replies.append(asking(stage, None, lambda: stage.client("games").dial("home", "no-answer")))
    stage.polkit.wait_open(33)
    check_all_handled(stage, replies)


@test
def ninety_six_in_all_wait(stage):
    """And as many prompts as can be set at the same time: the bus itself refuses none of the questions."""
    prompts = [prompting(stage, lambda: dial_with_prompt(stage.client("sys"))) for _ in range(24)]
    replies = questions_at_once(stage, "nobody", 32, 24)
    replies += questions_at_once(stage, "daemon", 32, 56)
    replies += questions_at_once(stage, "bin", 31, 88)
    replies += questions_at_once(stage, "list", 1, 119)
    check_limit(stage.client("list").dial("home", "no-answer"), "96 requests already")
    check_limit(stage.client("nobody").dial("home", "no-answer"), "32 requests of your user")
    check_equal(stage.client("list").dial("home", "112").wait().error, "")
    check_equal(stage.client("root").dial("home", "no-answer").wait().error, "")
    check_all_handled(stage, replies + prompts)
    check("polkit-failed" not in stage.log(), "the bus refused a question")


@test
def what_waited_is_not_counted_again(stage):
    """Not as a message of its user, who has sent all it may meanwhile; and nothing is left of what waited."""
    alice = stage.client("nobody")
    for _ in range(3):
        replies = [asking(stage, alice, lambda: alice.dial("home", "no-answer")), alice.dial("home", "no-answer")]
        stage.polkit.wait_open(2)
        begun = [alice.manager("ListLines") for _ in range(1000)]
        stage.polkit.answer_open("yes")
        begun += [alice.manager("ListLines") for _ in range(1000)]
        check_equal([reply.wait().error for reply in replies], ["", ""])
        until(lambda: all(reply.done for reply in begun), "all replies")
        check("LimitsExceeded" in [reply.error for reply in begun], "it may send more than was thought")
        let_pass(1.5)


@test
def a_big_message_does_not_wait(stage):
    alice = stage.client("nobody")
    modes = ["video"] * 20000
    reply = alice.line("home", "Open", "(sasa{sv})", "owner", modes, {}).wait()
    check_equal(reply.error, "LimitsExceeded", reply.text)
    check_equal(stage.polkit.questions, [])


# ---- Others go on

@test
def nobody_else_is_delayed(stage):
    alice, bob = stage.client("nobody"), stage.client("games")
    call = connected_call(stage, alice)
    first = prompting(stage, lambda: alice.dial("home", "+15551234", interactive=True))
    second = prompting(stage, lambda: alice.open("home", "monitor", interactive=True))
    stage.polkit.say("yes")
    bob.dial("home", "no-answer").ok()
    alice.call(call, "Drop", "(a{sv})", {}).ok()
    alice.dial("home", "112").ok()
    for reply in [alice.open(line, "owner", interactive=True) for line in MANY_LINES]:
        reply.ok()
    check(not first.done and not second.done, "they waited for others")
    stage.polkit.answer_open("no")
    check_equal([first.wait().error, second.wait().error], ["AccessDenied"] * 2)


sys.exit(run(TESTS, LINES_OPEN | MANY_LINES, SETTINGS))
