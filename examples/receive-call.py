#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Waits for a call, answers it, and stays until the caller hangs up.

    receive-call.py LINE               such as: receive-call.py loop1

Who has opened a line as owner is given the calls that come in on it; if several have, one of them is chosen, and the others
see nothing of the call. GLib's object manager shows the lines and our own handles as objects, and keeps their properties up
to date."""

import sys

from gi.repository import Gio, GLib

LINE, CALL = "org.callbus1.Line", "org.callbus1.Call"


def say(text):
    print(text, flush=True)


def on_added(objects, added):
    call = added.get_interface(CALL)
    if not call:
        return
    number, name, presentation = call.get_cached_property("Caller").unpack()
    say(f"call from {number if presentation == 'allowed' else presentation}: {call.get_object_path()}")
    # Not call.Answer(): that would wait here, and no signal would be looked at meanwhile.
    call.call("Answer", None, Gio.DBusCallFlags.NONE, -1, None, on_answered)


def on_answered(call, result):
    try:
        call.call_finish(result)
        say("answered")
    except GLib.Error as error:
        say(f"can't answer: {error.message}")
        loop.quit()


def on_changed(objects, changed_object, proxy, changed, invalidated):
    if proxy.get_interface_name() == CALL and changed.unpack().get("State") in ("disconnected", "idle"):
        say("the caller has hung up")
        # We leave the bus, and with us goes our handle: nobody has to clear the call.
        loop.quit()


if len(sys.argv) != 2:
    sys.exit("usage: receive-call.py LINE")
loop = GLib.MainLoop()
objects = Gio.DBusObjectManagerClient.new_for_bus_sync(
    Gio.BusType.SESSION, Gio.DBusObjectManagerClientFlags.NONE, "org.callbus1", "/org/callbus1", None, None, None)
objects.connect("object-added", on_added)
objects.connect("interface-proxy-properties-changed", on_changed)
line = objects.get_interface(f"/org/callbus1/line/{sys.argv[1]}", LINE)
if not line:
    sys.exit(f"there is no line {sys.argv[1]}")
line.Open("(sasa{sv})", "owner", [], {})
say(f"waiting for a call on {sys.argv[1]}")
loop.run()
