# SPDX-License-Identifier: LGPL-2.1-or-later
"""The wire between a provider in Python and the service: for provider-*.py to build on. See docs/provider-processes.md.

A provider is an object with a method for each method of org.callbus1.Provider that it has, named as that. recall() gives the calls
for Hello, and welcomed() is called when that was answered. What such a method tells precedes its answer; what it makes is answered first, and reported on after.
So a method that has more to tell after its answer is a generator: it yields the answer, and goes on. One that can't answer yet
returns a Later."""

import sys

from gi.repository import Gio, GLib

PROVIDER, PROVIDER_PATH = "org.callbus1.Provider", "/org/callbus1/provider"
HOST, HOST_PATH = "org.callbus1.ProviderHost", "/org/callbus1/host"
VERSION = 1
OF_PROVIDER = 1 << 62  # is in the number of each call that a provider names
LONELY_S = 180  # with no service for so long, calls are of no use to anybody
TYPES = {str: "s", bool: "b", int: "u", bytes: "ay", tuple: "(sss)", list: "as"}

# What may be asked: the arguments, and the answer.
METHODS = {
    "Start": ("t a{sv}", ""), "Stop": ("", ""), "AddLine": ("s a{sv} a{ss} s", ""), "RemoveLine": ("s", ""), "Adopted": ("", ""),
    "Dial": ("s t a{sv}", "a{sv}"), "Accept": ("t", ""), "Answer": ("t", ""), "Redirect": ("t s", "s"), "Drop": ("t s", ""),
    "Hold": ("t", ""), "Unhold": ("t", "s"), "SwapHold": ("t t", ""), "BlindTransfer": ("t s", "s"),
    "SetupTransfer": ("t t a{sv}", "a{sv}"), "CompleteTransfer": ("t t t", "s a{sv}"),
    "SetupConference": ("s t t t a{sv}", "a{sv} a{sv}"), "PrepareAddToConference": ("t t a{sv}", "a{sv}"),
    "AddToConference": ("t t", ""), "RemoveFromConference": ("t", ""), "Park": ("t s", "s s"), "Unpark": ("s t s", "a{sv}"),
    "Pickup": ("s t s s", "a{sv}"), "Forward": ("s a(sssu)", ""), "CompleteCall": ("t s", "s s"), "CancelCompletion": ("s s", ""),
    "DialDigits": ("t s b", ""), "SendDigits": ("t s u u", ""), "SendTone": ("t s u", ""), "MonitorDigits": ("t b", ""),
    "Mute": ("t b", ""), "SetAudio": ("t a{sv}", ""), "SendUserUserInfo": ("t ay", ""), "Secure": ("t", ""),
    "RefreshMediaStats": ("t", ""), "DebugIncoming": ("s s", "s"), "DebugLineState": ("s s s", ""),
}
EVERYBODY = ("Start", "Stop", "AddLine", "RemoveLine", "Adopted")  # the others are abilities


class Refusal(Exception):
    """Something can't be done: the name of the error, and words for people."""

    def __init__(self, error, text):
        super().__init__(text)
        self.error = error if "." in error else f"org.callbus1.Error.{error}"


class InvalidArgs(Refusal):
    def __init__(self, text):
        super().__init__("org.freedesktop.DBus.Error.InvalidArgs", text)


class Later:
    """An answer that is not known yet."""

    def answer(self, *values):
        self.invocation.return_value(GLib.Variant(self.signature, values))

    def refuse(self, refusal):
        self.invocation.return_dbus_error(refusal.error, str(refusal))

    def begin(self, invocation, signature):
        self.invocation, self.signature = invocation, signature


def named(**values):
    """An a{sv}, without what is empty. Its keys have dashes."""
    return {key.replace("_", "-"): value if isinstance(value, GLib.Variant) else GLib.Variant(TYPES[type(value)], value)
            for key, value in values.items() if value or value is False}


def interface_of(provider):
    """What the provider has, as introspection data: calls of anything else are answered for us."""
    methods = ""
    for name, sides in METHODS.items():
        if hasattr(provider, name):
            arguments = [f"<arg type='{kind}' direction='{way}'/>" for way, kinds in zip(("in", "out"), sides) for kind in kinds.split()]
            methods += f"<method name='{name}'>{''.join(arguments)}</method>"
    return Gio.DBusNodeInfo.new_for_xml(f"<node><interface name='{PROVIDER}'>{methods}</interface></node>").interfaces[0]


class Service:
    """The other end of the socket. It comes and goes."""

    def __init__(self, address, name, provider):
        self.address, self.name, self.provider = address, name, provider
        self.interface = interface_of(provider)
        self.abilities = [method for method in METHODS if method not in EVERYBODY and hasattr(provider, method)]
        self.connection, self.stopping = None, False
        self.loop = GLib.MainLoop()
        self.lost, self.lonely = 0, 0

    def run(self):
        """Until it tells us to stop."""
        self.begin_to_wait()
        self.loop.run()

    def connect(self):
        Gio.DBusConnection.new_for_address(self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT, None, None, self.on_connected)
        return GLib.SOURCE_REMOVE

    def on_connected(self, source, result):
        try:
            self.connection = Gio.DBusConnection.new_for_address_finish(result)
        except GLib.Error:
            self.wait()
            return
        self.connection.connect("closed", self.on_closed)
        self.connection.register_object(PROVIDER_PATH, self.interface, self.on_method, None, None)
        self.ask("Hello", "(usasa{sv}a(ta{sv}))", (VERSION, self.name, self.abilities, named(local=True), self.provider.recall()), self.on_welcome)

    def on_welcome(self, answer):
        if answer:
            GLib.source_remove(self.lonely)
            self.lonely = 0
            self.provider.welcomed()
        elif self.connection and not self.connection.is_closed():
            sys.exit(f"{self.name}: the service does not want us")

    def on_closed(self, connection, vanished, error):
        self.connection = None
        if self.stopping:
            self.loop.quit()
            return
        self.begin_to_wait()

    def begin_to_wait(self):
        if not self.lonely:
            self.lost, self.lonely = GLib.get_monotonic_time(), GLib.timeout_add_seconds(LONELY_S, self.give_up)
        self.wait()

    def wait(self):
        """Not for long at first: the service may be back in a moment."""
        alone_s = (GLib.get_monotonic_time() - self.lost) / 1e6
        GLib.timeout_add(20 if alone_s < 5 else 1000, self.connect)

    def give_up(self):
        sys.exit(f"{self.name}: there is no service")

    def on_method(self, connection, sender, path, interface, method, arguments, invocation):
        """What a method of the provider tells before it yields its answer (or ends) precedes it, the rest follows it."""
        later = Later()
        later.begin(invocation, f"({METHODS[method][1].replace(' ', '')})")
        try:
            work = getattr(self.provider, method)(*arguments.unpack())
            if isinstance(work, Later):
                work.begin(invocation, later.signature)
                return
            answer = next(work) if work else ()
        except Refusal as refusal:
            later.refuse(refusal)
            return
        if method == "Stop":
            self.leave(later)
            return
        later.answer(*answer)
        for _ in work or ():
            pass

    def leave(self, later):
        """Last of all: what the service has asked before it knew that all calls have ended is answered first. It closes the connection."""
        def on_pong(connection, result):
            GLib.timeout_add(20, later.answer)
        self.stopping = True
        self.connection.call(None, HOST_PATH, "org.freedesktop.DBus.Peer", "Ping", None, None, Gio.DBusCallFlags.NONE, -1, None, on_pong)
        GLib.timeout_add(2000, self.loop.quit)

    def ask(self, method, signature, arguments, on_answer):
        """on_answer is given what is answered, or None."""
        def finish(connection, result):
            try:
                on_answer(connection.call_finish(result).unpack())
            except GLib.Error as error:
                print(f"{self.name}: {method}: {error.message}", file=sys.stderr)
                on_answer(None)
        if self.connection:
            self.connection.call(None, HOST_PATH, HOST, method, GLib.Variant(signature, arguments), None, Gio.DBusCallFlags.NONE,
                                 GLib.MAXINT, None, finish)

    def tell(self, method, signature, *arguments):
        """No answer is wanted. While the service is away nothing is lost by it: it will be told how the calls are then."""
        if self.connection:
            self.connection.call(None, HOST_PATH, HOST, method, GLib.Variant(signature, arguments), None, Gio.DBusCallFlags.NONE,
                                 -1, None, None)
