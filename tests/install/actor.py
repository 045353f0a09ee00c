#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client of a bus that does what it is told, a line of JSON each, and answers in the same way. It hears all signals.

usage: actor.py ADDRESS"""

import json
import sys

from gi.repository import Gio, GLib

BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
ANY = Gio.DBusSendMessageFlags.NONE


class Actor:
    def __init__(self, address):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        self.signals = []
        self.bus.signal_subscribe(None, None, None, None, None, Gio.DBusSignalFlags.NONE, self.on_signal)

    def on_signal(self, _bus, sender, path, interface, member, _arguments):
        if sender != BUS[0]:
            self.signals.append([sender, path, f"{interface}.{member}"])

    def send(self, message):
        """The answer: what it holds as text, or an error's name."""
        answer, _ = self.bus.send_message_with_reply_sync(message, ANY, 10000, None)
        if answer.get_message_type() == Gio.DBusMessageType.ERROR:
            return {"error": answer.get_error_name()}
        body = answer.get_body()
        return {"reply": body.unpack() if body else []}

    def do_name(self):
        return {"reply": self.bus.get_unique_name()}

    def do_call(self, destination, path, interface, member, arguments=None):
        message = Gio.DBusMessage.new_method_call(destination, path, interface, member)
        message.set_flags(Gio.DBusMessageFlags.NO_AUTO_START)
        if arguments:
            message.set_body(GLib.Variant.parse(None, arguments, None, None))
        return self.send(message)

    def do_who_answers(self, destination, path, interface, member):
        message = Gio.DBusMessage.new_method_call(destination, path, interface, member)
        answer, _ = self.bus.send_message_with_reply_sync(message, ANY, 10000, None)
        return {"reply": answer.get_sender()}

    def do_own(self, name):
        return self.do_call(*BUS, "RequestName", f"('{name}', uint32 4)")

    def do_emit(self, destination, path, interface, member):
        message = Gio.DBusMessage.new_signal(path, interface, member)
        if destination:
            message.set_destination(destination)
        self.bus.send_message(message, ANY)
        return self.do_call(*BUS, "GetId")  # the bus has seen it then

    def do_forge_reply(self, destination, count):
        """Answers the first requests that it was never asked."""
        for serial in range(1, count + 1):
            message = Gio.DBusMessage()
            message.set_message_type(Gio.DBusMessageType.METHOD_RETURN)
            message.set_destination(destination)
            message.set_reply_serial(serial)
            self.bus.send_message(message, ANY)
        return self.do_call(*BUS, "GetId")

    def on_message(self, _bus, message, incoming):
        if not incoming or message.get_member() != "Ping":
            return message
        self.bus.send_message(Gio.DBusMessage.new_method_error_literal(message, "org.example.Error.Busy", "Later"), ANY)
        return None

    def do_be_busy(self):
        """From now on it answers each Ping with an error."""
        self.bus.add_filter(self.on_message)
        return {"reply": []}

    def do_heard(self):
        """All signals since it was last asked."""
        self.do_call(*BUS, "GetId")
        while GLib.MainContext.default().iteration(False):
            pass
        heard, self.signals = self.signals, []
        return {"reply": heard}


def main():
    actor = Actor(sys.argv[1])
    print(json.dumps(actor.do_name()), flush=True)
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        try:
            answer = getattr(actor, "do_" + what)(*arguments)
        except GLib.Error as error:
            answer = {"error": Gio.DBusError.get_remote_error(error) or str(error)}
        print(json.dumps(answer), flush=True)


main()
