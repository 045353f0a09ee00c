#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls somebody, asks a third party whether they want to speak to them, and connects the two.

    transfer-call.py LINE ADDRESS TARGET          such as: transfer-call.py loop0 101 102

SetupTransfer() holds the call and gives a second one, the consultation. When that one has been answered, CompleteTransfer()
connects the two far ends to each other, and both of our calls are idle. To give up instead, one drops the consultation: the
first call is then connected again by itself."""

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
    sys.exit("usage: transfer-call.py LINE ADDRESS TARGET")
line, address, target = sys.argv[1:]
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.signal_subscribe(NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", None, CALL, Gio.DBusSignalFlags.NONE,
                     on_changed)

call = invoke(f"/org/callbus1/line/{line}", LINE, "Dial", "(sa{sv})", address, {})
say(f"Dial {address}: {call}")
wait_until(call, "connected")
consultation = invoke(call, CALL, "SetupTransfer", "(sa{sv})", target, {})
say(f"SetupTransfer {target}: {consultation}")
wait_until(call, "on-hold-pending-transfer")
say(f"{address} is on hold")
wait_until(consultation, "connected")
say(f"talking to {target}")
invoke(call, CALL, "CompleteTransfer", "(os)", consultation, "transfer")
wait_until(call, "idle")
wait_until(consultation, "idle")
say(f"{address} and {target} are connected")
