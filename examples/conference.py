#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls two people, and joins them and us in a conference, until one of them hangs up.

    conference.py LINE ADDRESS ADDRESS          such as: conference.py loop0 101 102

SetupConference() makes two calls of a connected one: the conference, which is a call of its own, and a consultation, to talk
to the next party before it joins. AddToConference() lets it in; all are then "conferenced", and report one Call ID.
PrepareAddToConference() of the conference would give the consultation for one more. With one party left the conference is
over, and that call is an ordinary one again."""

import sys

from gi.repository import Gio, GLib

NAME, LINE, CALL = "org.callbus1", "org.callbus1.Line", "org.callbus1.Call"
states = {}  # of each call, by its path


def say(text):
    print(text, flush=True)


def invoke(path, interface, method, signature, *arguments):
    """Calls the method, and returns what it returns."""
    try:
        result = bus.call_sync(NAME, path, interface, method, GLib.Variant(signature, arguments), None,
                               Gio.DBusCallFlags.NONE, -1, None).unpack()
        return result[0] if len(result) == 1 else result
    except GLib.Error as error:
        sys.exit(f"can't {method}: {error.message}")


def on_changed(bus, sender, path, interface, signal, parameters):
    _, changed, _ = parameters.unpack()
    states[path] = changed.get("State", states.get(path))


def wait_until(call, wanted):
    while states.get(call) != wanted:
        if states.get(call) in ("idle", "disconnected", "busy"):
            sys.exit(f"{call} is {states[call]}")
        GLib.MainContext.default().iteration(True)


if len(sys.argv) != 4:
    sys.exit("usage: conference.py LINE ADDRESS ADDRESS")
line, first, second = sys.argv[1:]
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.signal_subscribe(NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", None, CALL, Gio.DBusSignalFlags.NONE,
                     on_changed)

call = invoke(f"/org/callbus1/line/{line}", LINE, "Dial", "(sa{sv})", first, {})
say(f"Dial {first}")
wait_until(call, "connected")
conference, consultation = invoke(call, CALL, "SetupConference", "(sa{sv})", second, {})
say(f"SetupConference {second}")
wait_until(consultation, "connected")
invoke(conference, CALL, "AddToConference", "(o)", consultation)
for path in invoke(conference, CALL, "GetConferenceCalls", "()"):  # the conference first, then who takes part
    say(f"in the conference: {path}")
wait_until(conference, "connected")
say("we are three")
wait_until(conference, "idle")
say("the conference is over")  # we leave the bus, and the call that is left ends with us
