# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method for which a right is needed, and some for which none is: how it comes to be called, and what polkit is asked for it.

A case is: its name, the rights in the order in which they are asked, and a function that makes everything ready and returns
another one, which calls the method. `line` is the name of a line of the client's own, "NAME" with the address of `address_of`."""

import itertools

from gi.repository import GLib

from stage import until

CASES = []
PLACES = itertools.count(1000)
FORWARD = "(a(sssu))"


def case(name, *actions):
    def add(function):
        CASES.append((name, actions, function))
        return function
    return add


def address_of(line):
    """"house03" is 6003, "street03" 8003."""
    return {"h": "60", "s": "80"}[line[0]] + line[-2:]


def connected(client, line, address="echo?ring=0"):
    call = client.dial(line, address).ok()
    client.wait_state(call, "connected")
    return call


def offered(client, helper, line):
    """A call that comes in, which the client owns."""
    client.line(line, "Open", "(sasa{sv})", "owner", [], {}).ok()
    helper.dial("loop0", address_of(line)).ok()
    until(lambda: any(call[2] == "offering" for call in client.manager("ListCalls").ok()), "an offer")
    return next(call[0] for call in client.manager("ListCalls").ok() if call[2] == "offering")


for privilege, rights in (("none", []), ("owner", ["control"]), ("monitor", ["monitor"]), ("owner+monitor", ["control", "monitor"])):
    @case(f"Open {privilege}", *rights)
    def _(client, helper, line, privilege=privilege):
        return lambda: client.open(line, privilege)


@case("GetNewCalls", "monitor")
def _(client, helper, line):
    client.open(line, "owner").ok()
    connected(helper, line)
    return lambda: client.line(line, "GetNewCalls")


for kind, rights, number in (("ordinary", ["dial"], "no-answer"), ("costly", ["dial-costly"], "9900"),
                             ("abroad", ["dial-costly"], "+15551234"), ("emergency", [], "112"),
                             ("emergency of the line", [], "555")):
    @case(f"Dial {kind}", *rights)
    def _(client, helper, line, number=number):
        return lambda: client.dial(line, number)

    @case(f"Line.SetupConference {kind}", *rights)
    def _(client, helper, line, number=number):
        return lambda: client.line(line, "SetupConference", "(a{sv})", {"address": GLib.Variant("s", number)})

    # Only who dials an emergency number has one.
    @case(f"Redirect {kind}", *(rights or ["dial"]))
    def _(client, helper, line, number=number):
        call = offered(client, helper, line)
        return lambda: client.call(call, "Redirect", "(s)", number)

    @case(f"BlindTransfer {kind}", *(rights or ["dial"]))
    def _(client, helper, line, number=number):
        call = connected(client, line)
        return lambda: client.call(call, "BlindTransfer", "(s)", number)

    @case(f"SetupTransfer {kind}", *rights)
    def _(client, helper, line, number=number):
        call = connected(client, line)
        return lambda: client.call(call, "SetupTransfer", "(sa{sv})", number, {})

    @case(f"Call.SetupConference {kind}", *rights)
    def _(client, helper, line, number=number):
        call = connected(client, line)
        return lambda: client.call(call, "SetupConference", "(sa{sv})", number, {})

    @case(f"PrepareAddToConference {kind}", *rights)
    def _(client, helper, line, number=number):
        address = {"address": GLib.Variant("s", "echo?ring=0")}
        conference, first = client.line(line, "SetupConference", "(a{sv})", address).ok()
        client.wait_state(first, "connected")
        client.call(conference, "AddToConference", "(o)", first).ok()
        client.wait_state(conference, "connected")
        return lambda: client.call(conference, "PrepareAddToConference", "(sa{sv})", number, {})


for name, rights, digits in (("ordinary", ["dial"], "101"), ("costly", ["dial-costly"], "99"), ("emergency", [], "112"),
                             ("the beginning of an ordinary number", ["dial"], "10;"),
                             ("the beginning of a costly number", ["dial-costly"], "9;"),
                             ("the beginning of an emergency number", [], "11;")):
    @case(f"DialDigits {name}", *rights)
    def _(client, helper, line, digits=digits):
        call = client.call(connected(client, line), "SetupTransfer", "(sa{sv})", "", {}).ok()
        return lambda: client.call(call, "DialDigits", "(s)", digits)


@case("SetupTransfer without a number", "dial")
def _(client, helper, line):
    call = connected(client, line)
    return lambda: client.call(call, "SetupTransfer", "(sa{sv})", "", {})


@case("Pickup", "control")
def _(client, helper, line):
    helper.open("bell", "none").ok()
    helper.dial("loop0", "399").ok()
    until(lambda: helper.get("/org/callbus1/line/bell", "ActiveCalls", "org.callbus1.Line") > 0, "a bell")
    return lambda: client.line(line, "Pickup", "(ss)", "399", "")


@case("Park")
def _(client, helper, line):
    call = connected(client, line)
    return lambda: client.call(call, "Park", "(s)", "")


@case("Park abroad", "dial-costly")
def _(client, helper, line):
    call = connected(client, line)
    place = f"+1555{next(PLACES)}"
    return lambda: client.call(call, "Park", "(s)", place)


@case("Unpark", "control")
def _(client, helper, line):
    place = helper.call(connected(helper, "loop0"), "Park", "(s)", "").ok()
    return lambda: client.line(line, "Unpark", "(s)", place)


for name, rights, rules in (("nowhere", ["forward"], []), ("do not disturb", ["forward"], [("uncond", "", "", 0)]),
                            ("ordinary", ["forward"], [("busy", "", "101", 0)]),
                            ("costly", ["forward", "dial-costly"], [("busy", "", "101", 0), ("no-answ", "", "9900", 0)])):
    @case(f"Forward {name}", *rights)
    def _(client, helper, line, rules=rules):
        client.open(line, "none").ok()
        return lambda: client.line(line, "Forward", FORWARD, rules)


@case("CompleteCall", "dial")
def _(client, helper, line):
    call = client.dial(line, "busy").ok()
    client.wait_state(call, "busy")
    return lambda: client.call(call, "CompleteCall", "(s)", "callback")


@case("SetAppPriority", "configure")
def _(client, helper, line):
    return lambda: client.manager("SetAppPriority", "(sas)", "video", [f"org.app.{line}"])


@case("AddLine", "configure")
def _(client, helper, line):
    number = next(PLACES)
    return lambda: client.manager("AddLine", "(ssa{ss})", f"new{number}", "loopback", {"Addresses": f"7{number}"})


@case("RemoveLine", "configure")
def _(client, helper, line):
    number = next(PLACES)
    helper.manager("AddLine", "(ssa{ss})", f"new{number}", "loopback", {"Addresses": f"7{number}"}).ok()
    return lambda: client.manager("RemoveLine", "(s)", f"new{number}")


@case("Drop")
def _(client, helper, line):
    call = connected(client, line)
    return lambda: client.call(call, "Drop", "(a{sv})", {})


@case("Answer")
def _(client, helper, line):
    call = offered(client, helper, line)
    return lambda: client.call(call, "Answer")


@case("Close")
def _(client, helper, line):
    client.open(line, "owner").ok()
    return lambda: client.line(line, "Close")
