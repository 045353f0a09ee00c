#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waits for a call, answers it, and hands it to another application; the call goes on without us.

    hand-off.py LINE TARGET            such as: hand-off.py loop1 org.example.Softphone

TARGET is a bus name, unique or well-known, or "media:" and a media mode, for the application that would be offered such a call
first: media:g3-fax, if it turns out that a fax machine calls. Handoff() makes that one an owner too, with a handle of its own;
then we release ours, which changes nothing for the call. The target must have opened the line as owner. It sees which call its
handle belongs to by the Call ID, which we could also tell it: our path is of no use to it."""

import sys

from gi.repository import Gio, GLib

NAME, PATH, LINE, CALL = "org.callbus1", "/org/callbus1", "org.callbus1.Line", "org.callbus1.Call"
calls = []  # paths and properties of our handles


def say(text):
    print(text, flush=True)


def invoke(path, interface, method, signature, *arguments):
    try:
        bus.call_sync(NAME, path, interface, method, GLib.Variant(signature, arguments), None, Gio.DBusCallFlags.NONE, -1, None)
    except GLib.Error as error:
        sys.exit(f"can't {method}: {error.message}")


def on_added(bus, sender, path, interface, signal, parameters):
    path, interfaces = parameters.unpack()
    if CALL in interfaces:
        calls.append((path, interfaces[CALL]))


if len(sys.argv) != 3:
    sys.exit("usage: hand-off.py LINE TARGET")
line, target = sys.argv[1:]
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.signal_subscribe(NAME, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", PATH, None, Gio.DBusSignalFlags.NONE,
                     on_added)
invoke(f"{PATH}/line/{line}", LINE, "Open", "(sasa{sv})", "owner", [], {})
say(f"waiting for a call on {line}")
while not calls:
    GLib.MainContext.default().iteration(True)
call, properties = calls[0]
invoke(call, CALL, "Answer", "()")
say(f"answered {call}, Call ID {properties['CallId']}")
invoke(call, CALL, "Handoff", "(s)", target)
invoke(call, CALL, "Release", "()")
say(f"handed to {target}")
