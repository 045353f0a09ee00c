#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes a call, and tells how it goes until it is over.

    make-call.py LINE ADDRESS          such as: make-call.py loop0 101

Dial() gives us a handle, of which we are the owner; all that happens to the call is told by PropertiesChanged from the
handle's path. When the far end has hung up, the call is "disconnected" until we drop it, and then "idle", for good. A call
that we alone own ends with us, so Ctrl-C hangs up."""

import sys

from gi.repository import Gio, GLib

NAME, LINE, CALL = "org.callbus1", "org.callbus1.Line", "org.callbus1.Call"


def invoke(path, interface, method, arguments=None):
    """Calls the method, and returns what it returns."""
    try:
        result = bus.call_sync(NAME, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, -1, None).unpack()
        return result[0] if len(result) == 1 else result
    except GLib.Error as error:
        sys.exit(f"can't {method}: {error.message}")


def on_changed(bus, sender, path, interface, signal, parameters):
    _, changed, _ = parameters.unpack()
    if path != call or "State" not in changed:
        return
    state, cause = changed["State"], changed.get("DisconnectCause")
    print(f"{state}: {cause}" if cause else state, flush=True)
    if state in ("disconnected", "busy"):  # the far end or the network has ended the call: clear it
        invoke(call, CALL, "Drop", GLib.Variant("(a{sv})", ({},)))
    if state == "idle":
        loop.quit()


if len(sys.argv) != 3:
    sys.exit("usage: make-call.py LINE ADDRESS")
line, address = sys.argv[1:]
loop = GLib.MainLoop()
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.signal_subscribe(NAME, "org.freedesktop.DBus.Properties", "PropertiesChanged", None, CALL, Gio.DBusSignalFlags.NONE,
                     on_changed)
# The reply tells the path of our handle. Signals are not looked at before the loop runs, so none is missed.
call = invoke(f"/org/callbus1/line/{line}", LINE, "Dial", GLib.Variant("(sa{sv})", (address, {})))
print(f"dialled {address} on {line}: {call}", flush=True)
loop.run()
