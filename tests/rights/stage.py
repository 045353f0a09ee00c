# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private system bus with callbusd on it, clients of several users in this one process, and a polkit that says what it is told."""

import contextlib
import grp
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

DEADLINE_S = int(os.environ.get("DEADLINE", "60"))

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.PolicyKit1"/>
    <allow send_destination="org.callbus1"/>
  </policy>
  <policy user="root">
    <allow own="org.freedesktop.PolicyKit1"/>
    <allow own="org.callbus1"/>
    <allow send_type="method_call" send_interface="org.freedesktop.DBus.Peer" send_member="Ping" send_destination="*"/>
  </policy>
  {more}
</busconfig>
"""

LINES_OPEN = {"home": "Addresses=300\nEmergencyNumbers=112\nCountryCode=49\nPickupGroup=g\n", "away": "Addresses=301\nCountryCode=49\n"}
# Whatever ends this process ends what it started.
MORTAL = ["setpriv", "--pdeathsig", "KILL"]

MANAGER, LINE, CALL = "org.callbus1.Manager", "org.callbus1.Line", "org.callbus1.Call"
ROOT_PATH = "/org/callbus1"


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


def check_equal(seen, expected, *what):
    check(seen == expected, *what, f"\nseen:     {seen!r}\nexpected: {expected!r}")


def until(condition, what="it", seconds=DEADLINE_S):
    """Runs the loop until something is true."""
    context, deadline = GLib.MainContext.default(), time.monotonic() + seconds
    timer = GLib.timeout_add(5, lambda: True)
    try:
        while not condition():
            check(time.monotonic() < deadline, f"{what} did not happen")
            context.iteration(True)
    finally:
        GLib.source_remove(timer)


def let_pass(seconds):
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end)


def uid_of(user):
    return pwd.getpwnam(user).pw_uid


def connect(address, user, groups=()):
    """A connection of that user: the bus looks at whoever connects, so this process is that user for a moment."""
    uid = uid_of(user)
    os.setgroups([grp.getgrnam(group).gr_gid for group in groups])
    os.setegid(pwd.getpwnam(user).pw_gid)
    os.seteuid(uid)
    try:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    finally:
        os.seteuid(0)
        os.setegid(0)
    connection.set_exit_on_close(False)
    return connection


class Reply:
    """What comes of a call, once it is there: `error` is the last part of its name, "" for a success."""

    def __init__(self):
        self.done, self.error, self.text, self.values = False, None, "", ()

    def wait(self, seconds=DEADLINE_S):
        until(lambda: self.done, "a reply", seconds)
        return self

    def ok(self):
        self.wait()
        check(self.error == "", "refused:", self.error, self.text)
        return self.values[0] if len(self.values) == 1 else self.values


class Client:
    def __init__(self, address, user, groups=()):
        self.user = user
        self.connection = connect(address, user, groups)
        self.name = self.connection.get_unique_name()

    def begin(self, path, interface, method, signature="()", *arguments, interactive=False, to="org.callbus1"):
        reply = Reply()
        flags = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if interactive else Gio.DBusCallFlags.NONE

        def on_done(connection, result):
            try:
                reply.values = connection.call_finish(result).unpack()
                reply.error = ""
            except GLib.Error as error:
                reply.error = (Gio.DBusError.get_remote_error(error) or error.message).rsplit(".", 1)[-1]
                Gio.DBusError.strip_remote_error(error)
                reply.text = error.message
            reply.done = True

        self.connection.call(to, path, interface, method, GLib.Variant(signature, arguments), None, flags,
                             600 * 1000, None, on_done)
        return reply

    def line(self, line, method, signature="()", *arguments, **options):
        return self.begin(f"{ROOT_PATH}/line/{line}", LINE, method, signature, *arguments, **options)

    def call(self, path, method, signature="()", *arguments, **options):
        return self.begin(path, CALL, method, signature, *arguments, **options)

    def manager(self, method, signature="()", *arguments, **options):
        return self.begin(ROOT_PATH, MANAGER, method, signature, *arguments, **options)

    def open(self, line, privilege, **options):
        return self.line(line, "Open", "(sasa{sv})", privilege, [], {"offer": GLib.Variant("b", False)}, **options)

    def dial(self, line, address, params=None, **options):
        return self.line(line, "Dial", "(sa{sv})", address, params or {}, **options)

    def get(self, path, name, interface=CALL):
        return self.begin(path, "org.freedesktop.DBus.Properties", "Get", "(ss)", interface, name).ok()

    def objects(self):
        return self.begin(ROOT_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects").ok()

    def wait_state(self, path, state):
        until(lambda: self.get(path, "State") == state, f"{path} being {state}")

    def close(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)


POLKIT_XML = """<node><interface name="org.freedesktop.PolicyKit1.Authority">
  <method name="CheckAuthorization"><arg type="(sa{sv})" direction="in"/><arg type="s" direction="in"/>
    <arg type="a{ss}" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="(bba{ss})" direction="out"/></method>
  <method name="CancelCheckAuthorization"><arg type="s" direction="in"/></method>
</interface></node>"""


class Polkit:
    """Says what `rule` says of a question: yes, no, challenge, error, a Variant of any kind, or nothing (None) as yet."""

    def __init__(self, address):
        self.address = address
        self.connection, self.rule = None, None
        self.questions, self.open, self.cancelled = [], [], []
        self.appear()
        self.say("yes")

    def appear(self):
        self.connection = connect(self.address, "root")
        interface = Gio.DBusNodeInfo.new_for_xml(POLKIT_XML).interfaces[0]
        self.connection.register_object("/org/freedesktop/PolicyKit1/Authority", interface, self.on_call, None, None)
        taken = self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                                          GLib.Variant("(su)", ("org.freedesktop.PolicyKit1", 4)), None, 0, -1, None)
        check_equal(taken.unpack()[0], 1)

    def vanish(self):
        self.connection.close_sync(None)
        self.open = []

    def say(self, what):
        self.rule = what if callable(what) else lambda question: what

    def on_call(self, connection, sender, path, interface, method, parameters, invocation):
        if method == "CancelCheckAuthorization":
            self.cancelled.append(parameters.unpack()[0])
            invocation.return_value(None)
            return
        (kind, subject), action, details, flags, cancellation = parameters.unpack()
        check_equal((kind, list(subject)), ("system-bus-name", ["name"]))
        question = {"client": subject["name"], "action": action.removeprefix("org.callbus1."), "details": details, "flags": flags,
                    "cancellation": cancellation, "sender": sender, "serial": invocation.get_message().get_serial()}
        self.questions.append(question)
        answer = self.rule(question)
        if answer is None:
            self.open.append((question, invocation))
        else:
            self.answer(invocation, answer)

    def answer(self, invocation, answer):
        words = {"yes": (True, False), "no": (False, False), "challenge": (False, True)}
        if answer == "error":
            invocation.return_dbus_error("org.freedesktop.PolicyKit1.Error.Failed", "no")
            return
        body = answer
        if answer in words:
            body = GLib.Variant("((bba{ss}))", ((*words[answer], {}),))
        message = Gio.DBusMessage.new_method_reply(invocation.get_message())
        message.set_body(body)
        self.connection.send_message(message, Gio.DBusSendMessageFlags.NONE)

    def wait_open(self, count):
        until(lambda: len(self.open) >= count, f"{count} questions to polkit")

    def answer_open(self, answer):
        opened, self.open = self.open, []
        for _, invocation in opened:
            self.answer(invocation, answer)


class Stage(contextlib.AbstractContextManager):
    def __init__(self, callbusd, lines, polkit=True, more="", user="root", settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="callbus-rights-"))
        self.folder.chmod(0o755)
        self.callbusd, self.user = callbusd, user
        (self.folder / "bus.conf").write_text(BUS_CONFIG.format(folder=self.folder, more=more))
        (self.folder / "config/lines.d").mkdir(parents=True)
        (self.folder / "config/callbusd.conf").write_text(settings)
        for name, text in lines.items():
            (self.folder / f"config/lines.d/{name}.conf").write_text(f"[Line]\nName={name}\n{text}\n")
        self.address = f"unix:path={self.folder}/bus"
        self.bus = subprocess.Popen([*MORTAL, "dbus-daemon", "--nofork", "--nopidfile", f"--config-file={self.folder}/bus.conf"],
                                    stderr=(self.folder / "bus.log").open("w"))
        until(self.is_listening, "the bus")
        self.clients = []
        self.polkit = Polkit(self.address) if polkit else None
        self.service = None
        self.start()

    def is_listening(self):
        with socket.socket(socket.AF_UNIX) as trial:
            return trial.connect_ex(str(self.folder / "bus")) == 0

    def start(self):
        (self.folder / "state").mkdir(exist_ok=True)
        os.chown(self.folder / "state", uid_of(self.user), -1)
        environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": self.address}
        self.service = subprocess.Popen([*MORTAL, self.callbusd, "--system", "--debug", "--config", self.folder / "config", "--state",
                                         self.folder / "state"], env=environment, stderr=(self.folder / "log").open("w"), user=self.user)
        watcher = self.client("root")
        until(lambda: watcher.begin("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner", "(s)", "org.callbus1",
                                    to="org.freedesktop.DBus").ok(), "callbusd")

    def client(self, user, groups=()):
        client = Client(self.address, user, groups)
        self.clients.append(client)
        return client

    def log(self):
        return (self.folder / "log").read_text()

    def __exit__(self, *unused):
        for client in self.clients:
            client.close()
        self.service.send_signal(signal.SIGTERM)
        status = self.service.wait(DEADLINE_S)
        self.bus.terminate()
        self.bus.wait(DEADLINE_S)
        log = self.log()
        shutil.rmtree(self.folder)
        check(status == 0, f"callbusd ended with {status}:\n{log}")
        check("Sanitizer" not in log and "runtime error" not in log, log)


def nothing_there(stage, line="home"):
    observer = stage.client("root")
    check_equal(observer.get(f"{ROOT_PATH}/line/{line}", "ActiveCalls", LINE), 0)
    observer.close()


def connected_call(stage, client):
    stage.polkit.say("yes")
    call = client.dial("home", "echo?ring=0").ok()
    client.wait_state(call, "connected")
    return call


def asking(stage, client, act):
    """Has polkit asked, and not answer; the reply that is still to come."""
    stage.polkit.say(None)
    reply = act()
    stage.polkit.wait_open(1)
    check(not reply.done, "it did not wait")
    return reply


def calls_for_password(question):
    return None if question["flags"] else "challenge"


def prompting(stage, act):
    """The same with a password: it is being asked for."""
    up = len(stage.polkit.open)
    stage.polkit.say(calls_for_password)
    reply = act()
    stage.polkit.wait_open(up + 1)
    check(stage.polkit.open[-1][0]["flags"] == 1 and not reply.done, "there is no prompt")
    return reply


def dial_with_prompt(client):
    return client.dial("home", "no-answer", interactive=True)


def run(tests, lines, settings=None, more=""):
    """Each on a stage of its own; `settings` are of some of them, by their names. TAP."""
    if os.geteuid() != 0:
        print("1..0 # SKIP not root: clients of several users can't be made")
        return 0
    failed = 0
    words = sys.argv[2:]
    chosen = [function for function in tests if not words or any(word in function.__name__ for word in words)]
    print(f"1..{len(chosen)}")
    for number, function in enumerate(chosen, 1):
        name = function.__name__.replace("_", " ")
        try:
            with Stage(sys.argv[1], lines, more=more, settings=(settings or {}).get(function.__name__, "")) as stage:
                function(stage)
            print(f"ok {number} - {name}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}")
            print("".join(f"# {line}\n" for line in str(error).splitlines()), end="", flush=True)
    return failed > 0
