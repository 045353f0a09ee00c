#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A call log for a terminal: how a client of Callbus is written in Python with GLib (package python3-gi).

    call-log.py LINE...

It opens the lines as monitor, so that it is given a handle of its own for every call on them, tells of each state, and
writes an entry when a call is over. It does what it reads from its standard input: "look PATH" (reads any handle's
state), "release" (gives up the handles of ended calls), "quit"."""

import os
import sys

from gi.repository import Gio, GLib

NAME, MANAGER_PATH = "org.callbus1", "/org/callbus1"
LINE_INTERFACE, CALL_INTERFACE = "org.callbus1.Line", "org.callbus1.Call"


def say(text):
    print(text, flush=True)


class CallLog:
    def __init__(self, lines):
        self.loop = GLib.MainLoop()
        self.written = set()
        # The object manager shows the lines and our own handles, and keeps their properties up to date.
        self.objects = Gio.DBusObjectManagerClient.new_for_bus_sync(
            Gio.BusType.SESSION, Gio.DBusObjectManagerClientFlags.NONE, NAME, MANAGER_PATH, None, None, None)
        self.objects.connect("object-added", self.on_object_added)
        self.objects.connect("object-removed", self.on_object_removed)
        self.objects.connect("interface-proxy-properties-changed", self.on_changed)
        self.bus = self.objects.get_connection()
        say(f"I am {self.bus.get_unique_name()}")
        for line in lines:
            proxy = self.objects.get_interface(f"{MANAGER_PATH}/line/{line}", LINE_INTERFACE)
            if not proxy:
                sys.exit(f"there is no line {line}")
            proxy.Open("(sasa{sv})", "monitor", [], {})
            say(f"line {line} is open")
        GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, self.on_input)

    def on_object_added(self, objects, added):
        call = added.get_interface(CALL_INTERFACE)
        if call:
            say(f"new call: {self.describe(call, ('CallId', 'Direction', 'Address', 'State'))}")

    def on_object_removed(self, objects, removed):
        if removed.get_interface(CALL_INTERFACE):
            say(f"gone: {removed.get_object_path()}")

    def on_changed(self, objects, changed_object, call, changed, invalidated):
        if call.get_interface_name() == CALL_INTERFACE and "State" in changed.keys():
            say(f"changed: {self.describe(call)}")
            self.write(call)

    def describe(self, call, names=("State", "DisconnectCause")):
        values = ((name, call.get_cached_property(name).unpack()) for name in names)
        return call.get_object_path() + "".join(f"  {name}={value}" for name, value in values if value)

    def write(self, call):
        """The entry of a call that is over; what it needs is still there to be read."""
        path = call.get_object_path()
        ended = call.get_cached_property("EndedTimestamp").unpack()
        if not ended or path in self.written:
            return
        self.written.add(path)
        connected = call.get_cached_property("ConnectedTimestamp").unpack()
        talked = f"{(ended - connected) / 1e6:.1f} s" if connected else "not connected"
        direction, address = (call.get_cached_property(name).unpack() for name in ("Direction", "Address"))
        say(f"entry: {direction} {address}, {talked}, {call.get_cached_property('DisconnectCause').unpack()}")

    def look(self, path):
        try:
            state = self.bus.call_sync(NAME, path, "org.freedesktop.DBus.Properties", "Get",
                                       GLib.Variant("(ss)", (CALL_INTERFACE, "State")), None,
                                       Gio.DBusCallFlags.NONE, -1, None)
            say(f"I read: {path}  State={state.unpack()[0]}")
        except GLib.Error as error:
            say("refused: " + error.message.removeprefix("GDBus.Error:"))

    def release(self):
        for found in self.objects.get_objects():
            call = found.get_interface(CALL_INTERFACE)
            if call and call.get_cached_property("State").unpack() == "idle":
                call.Release()

    def on_input(self, source, condition):
        text = os.read(source, 4096).decode()
        for line in text.splitlines():
            self.obey(*line.split(" ", 1))
        if not text:
            self.loop.quit()
        return True

    def obey(self, command, argument=""):
        if command == "look":
            self.look(argument)
        elif command == "release":
            self.release()
        elif command == "quit":
            self.loop.quit()
        else:
            say(f'what is "{command}"? look, release, quit')


if len(sys.argv) < 2:
    sys.exit("usage: call-log.py LINE...")
CallLog(sys.argv[1:]).loop.run()
