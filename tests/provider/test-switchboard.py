#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""examples/provider-switchboard.py before a service that is none, over the wire as docs/provider-processes.md has it: what the
conformance suite can't look at, as it needs a service for it. TAP.

usage: test-switchboard.py PROGRAM"""

import sys

from gi.repository import GLib
from util_service import run, wait

OF_PROVIDER = 1 << 62


def dial(service, line, number, address, **params):
    return service.ask("Dial", line, number, {"address": GLib.Variant("s", address)} | params)


def talk(service):
    """desk0 and desk1: the numbers of their calls."""
    service.begin(default_lines=True)
    dial(service, "desk0", 1, "21")
    there = service.told.until("Incoming", "desk1")[1]
    service.told.until("Event", 1, "ringback")
    assert service.ask("Answer", there) == ()
    service.told.until("Event", there, "connected")
    return 1, there


def it_says_who_it_is_and_what_it_can_do(service, child):
    service.begin(default_lines=True)
    version, name, abilities, info, calls = service.hello
    assert (version, name, info, calls) == (1, "switchboard", {"local": True}, [])
    assert {"Dial", "Drop", "SetupTransfer", "AddToConference"} <= set(abilities) and not {"Start", "Park"} & set(abilities)
    for line in ("desk0", "desk1", "desk2"):
        assert service.told.until("LineAdded", line)[1]["media-modes"] == ["interactive-voice"]
    assert not service.told


def a_dial_is_answered_before_it_is_reported_on(service, child):
    service.begin(default_lines=True)
    service.told.clear()
    start, = dial(service, "desk0", 1, "2 1")
    assert start["event"] == "dialing" and len(start["call-id"]) == 32 and start["called"] == ("21", "Desk 1 (21)", "allowed")
    line, there, info = service.told.until("Incoming")
    assert line == "desk1" and there >> 62 == 1 and info["caller"] == ("20", "Desk 0 (20)", "allowed")
    assert info["call-id"] == start["call-id"]
    service.told.until("Ring", "desk1", "normal", 1)
    service.told.until("Event", 1, "ringback")


def effects_are_told_before_the_answer(service, child):
    ours, theirs = talk(service)
    service.told.clear()
    service.ask("Hold", ours)
    assert [told for told in service.told if told[1][0] == ours] == [("Event", (ours, "held", ""))]
    service.told.until("Event", theirs, "connected", "active-held")
    service.ask("Drop", theirs, "")
    assert ("Ended", (theirs, "normal", "")) in service.told


def a_call_that_is_not_taken_is_busy(service, child):
    service.takes = False
    service.begin(default_lines=True)
    dial(service, "desk0", 1, "21")
    there = service.told.until("Incoming")[1]
    service.told.until("Event", 1, "busy")
    assert service.ask("Answer", there) == ["org.callbus1.Error.InvalidState"]
    assert service.ask("Drop", 1, "") == ()
    assert service.told.until("Ended", 1) == (1, "normal", "")


def mistakes_are_refused(service, child):
    service.begin()
    invalid = ["org.freedesktop.DBus.Error.InvalidArgs"]
    addresses = GLib.Variant("as", ["1"])
    assert service.ask("AddLine", "a", {}, {}, "") == invalid
    assert service.ask("AddLine", "a", {"addresses": addresses}, {"Tea": "no"}, "") == invalid
    assert service.ask("AddLine", "a", {"addresses": addresses}, {}, "") == ()
    assert service.ask("AddLine", "b", {"addresses": addresses}, {}, "") == invalid
    assert dial(service, "a", 1, "nobody") == ["org.callbus1.Error.InvalidAddress"]
    assert dial(service, "a", 1, "1", tea=GLib.Variant("b", True)) == invalid
    assert dial(service, "b", 1, "1") == ["org.callbus1.Error.LineOutOfService"]
    assert service.ask("Answer", 4711) == ["org.callbus1.Error.InvalidState"]
    assert service.ask("Park", 1, "") == ["org.freedesktop.DBus.Error.UnknownMethod"]


def a_call_outlives_the_service(service, child):
    ours, theirs = talk(service)
    service.ask("Hold", theirs)
    service.ask("Mute", ours, True)
    service.die()
    service.listen()
    wait("Hello", lambda: service.hello)
    calls = dict(service.hello[4])
    assert set(calls) == {ours, theirs} and calls[ours]["muted"] and calls[ours]["direction"] == "out"
    assert calls[theirs]["state"] == "on-hold" and calls[theirs]["line"] == "desk1" and calls[theirs]["direction"] == "in"
    assert calls[ours]["state"] == "connected" and calls[ours]["call-id"] == calls[theirs]["call-id"]
    service.begin(default_lines=True)
    service.ask("Adopted")
    service.told.clear()
    service.ask("Unhold", theirs)
    service.told.until("Event", theirs, "resumed")
    service.ask("Drop", ours, "")
    service.told.until("Ended", theirs, "normal")


def what_ends_meanwhile_is_told_once(service, child):
    service.begin(default_lines=True)
    dial(service, "desk0", 1, "21", **{"no-answer-timeout": GLib.Variant("u", 1)})
    service.told.until("Event", 1, "ringback")
    service.die()
    GLib.timeout_add(1500, service.listen)
    wait("Hello", lambda: service.hello)
    assert {(call["state"], call["cause"]) for _, call in service.hello[4]} == {("disconnected", "no-answer"), ("disconnected", "cancelled")}
    service.begin()
    service.die()
    service.listen()
    wait("Hello", lambda: service.hello)
    assert service.hello[4] == []


def a_line_that_stays_keeps_its_calls(service, child):
    service.begin()
    numbers = {name: {"addresses": GLib.Variant("as", [number])} for name, number in (("a", "1"), ("b", "2"))}
    for name, info in numbers.items():
        service.ask("AddLine", name, info, {}, "")
    dial(service, "a", 1, "2")
    service.told.until("Event", 1, "ringback")
    service.told.clear()
    assert service.ask("AddLine", "a", numbers["a"], {}, "") == ()
    assert [method for method, _ in service.told] == ["LineAdded"]
    assert service.ask("RemoveLine", "b") == ()
    assert [method for method, _ in service.told[1:]] == ["Ended", "LineState"]


def a_stop_ends_the_calls_and_the_process(service, child):
    ours, theirs = talk(service)
    service.ask("Stop")
    assert {told for told in service.told if told[0] == "Ended"} == {("Ended", (call, "service-restarted", "")) for call in (ours, theirs)}
    assert child.wait(60) == 0


run(sys.argv[1], [it_says_who_it_is_and_what_it_can_do, a_dial_is_answered_before_it_is_reported_on, effects_are_told_before_the_answer,
                  a_call_that_is_not_taken_is_busy, mistakes_are_refused, a_call_outlives_the_service,
                  what_ends_meanwhile_is_told_once, a_line_that_stays_keeps_its_calls, a_stop_ends_the_calls_and_the_process])
