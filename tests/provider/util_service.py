# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service of a few lines, for tests of a provider that is a process of its own: it asks for what the test wants, and writes down
what it is told."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

TOP = pathlib.Path(__file__).parent.parent.parent
PROVIDER, PROVIDER_PATH = "org.callbus1.Provider", "/org/callbus1/provider"
DEADLINE_S = 60
context = GLib.MainContext.default()


def interface(name):
    """From dbus/*.xml: what is told in another way is refused, and the test then waits in vain."""
    return Gio.DBusNodeInfo.new_for_xml((TOP / f"dbus/{name}.xml").read_text()).lookup_interface(name)


def wait(what, condition):
    until = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"in vain: {what}")
        if not context.iteration(False):
            time.sleep(0.002)


class Told(list):
    """What was told since it was last looked at."""

    def until(self, method, *beginning):
        """Waits for it, and forgets it with all before it; returns its arguments."""
        def found():
            return next((i for i, (name, arguments) in enumerate(self)
                         if name == method and arguments[:len(beginning)] == beginning), None)
        try:
            wait(f"{method} {beginning}", lambda: found() is not None)
        except AssertionError as error:
            raise AssertionError(f"{error}; there is {self[:]}") from None
        i = found()
        arguments = self[i][1]
        del self[:i + 1]
        return arguments


class Service:
    def __init__(self, folder, takes=True):
        self.address = f"unix:path={folder}/providers"
        self.path = pathlib.Path(folder, "providers")
        self.takes = takes  # calls that come in
        self.hello, self.connection, self.told = None, None, Told()
        self.methods = {method.name: method for method in interface(PROVIDER).methods}
        self.server, self.on_answer = None, None
        self.listen()

    def listen(self):
        self.server = Gio.DBusServer.new_sync(self.address, Gio.DBusServerFlags.NONE, Gio.dbus_generate_guid(), None, None)
        self.server.connect("new-connection", self.on_connection)
        self.server.start()

    def on_connection(self, server, connection):
        self.connection = connection
        connection.register_object("/org/callbus1/host", interface("org.callbus1.ProviderHost"), self.on_told, None, None)
        return True

    def on_told(self, connection, sender, path, name, method, arguments, invocation):
        self.told.append((method, arguments.unpack()))
        if method == "Hello":
            self.hello = arguments.unpack()
        answers = {"Hello": GLib.Variant("(t)", (1,)), "Incoming": GLib.Variant("(b)", (self.takes,))}
        invocation.return_value(answers.get(method))

    def die(self):
        """As if it were killed."""
        self.server.stop()
        self.path.unlink(missing_ok=True)
        connection, self.connection, self.hello = self.connection, None, None
        connection.close_sync(None)

    def send(self, method, *arguments, on_answer=None):
        """What is answered goes to on_answer; or the error's name, in a list by itself."""
        kinds = "".join(arg.signature for arg in self.methods[method].in_args)

        def finish(connection, result):
            try:
                (on_answer or self.on_answer)(connection.call_finish(result).unpack())
            except GLib.Error as error:
                (on_answer or self.on_answer)([Gio.DBusError.get_remote_error(error)])
        self.connection.call(None, PROVIDER_PATH, PROVIDER, method, GLib.Variant(f"({kinds})", arguments), None,
                             Gio.DBusCallFlags.NONE, -1, None, finish)

    def ask(self, method, *arguments):
        """Waits for what is answered."""
        answer = []
        self.send(method, *arguments, on_answer=answer.append)
        wait(f"the answer to {method}", lambda: answer)
        return answer[0]

    def begin(self, **options):
        """What the service does with a provider that has come."""
        wait("Hello", lambda: self.hello)
        return self.ask("Start", 1, {key.replace("_", "-"): GLib.Variant("b", value) for key, value in options.items()})


class Child:
    """A provider that runs. It is ended by the end of the with."""

    def __init__(self, program, address):
        self.process = subprocess.Popen([program], env=os.environ | {"CALLBUS_PROVIDER_ADDRESS": address,
                                                                     "PYTHONDONTWRITEBYTECODE": "1"})

    def __enter__(self):
        return self.process

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(DEADLINE_S)


def run(program, tests):
    """Each with a service and a provider of its own. TAP."""
    failed = 0
    print(f"1..{len(tests)}")
    for count, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            with tempfile.TemporaryDirectory(prefix="callbus.", dir="/tmp") as folder:
                service = Service(folder)
                with Child(program, service.address) as child:
                    test(service, child)
            print(f"ok {count} - {name}", flush=True)
        except Exception as error:  # whatever it is, the other tests go on
            failed += 1
            print(f"not ok {count} - {name}\n# {type(error).__name__}: {error}", flush=True)
    sys.exit(failed > 0)
