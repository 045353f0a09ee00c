#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The clients of examples/, each in C and in Python: what they say, and what becomes of the calls. TAP.

usage: test-examples.py CALLBUSD PYTHON-FOLDER C-FOLDER [WORD]...   (only the tests whose name contains one of the words)"""

import os
import pathlib
import subprocess
import sys
import time
import traceback

from gi.repository import Gio, GLib

from callbusctl_stage import DEADLINE_S, Process, Stage, check, check_equal

NAME, PATH, LINE, CALL = "org.callbus1", "/org/callbus1", "org.callbus1.Line", "org.callbus1.Call"
ID = r"[0-9a-f]{32}"
HANDLE = r"/org/callbus1/client/1_\d+/call/\d+_\d+"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Phone:
    """Somebody else on the bus: the far ends."""

    def __init__(self, stage):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.bus = Gio.DBusConnection.new_for_address_sync(stage.environment["DBUS_SESSION_BUS_ADDRESS"], flags, None, None)
        self.name = self.bus.get_unique_name()

    def invoke(self, path, interface, method, signature, *arguments, name=NAME):
        return self.bus.call_sync(name, path, interface, method, GLib.Variant(signature, arguments), None,
                                  Gio.DBusCallFlags.NONE, DEADLINE_S * 1000, None).unpack()

    def open(self, line, *media_modes, offer=True):
        options = {"offer": GLib.Variant("b", offer)}
        self.invoke(f"{PATH}/line/{line}", LINE, "Open", "(sasa{sv})", "owner", media_modes, options)

    def take_name(self, name):
        self.invoke("/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "(su)", name, 0, name="org.freedesktop.DBus")

    def dial(self, line, address):
        return self.invoke(f"{PATH}/line/{line}", LINE, "Dial", "(sa{sv})", address, {})[0]

    def do(self, call, method, signature="()", *arguments):
        self.invoke(call, CALL, method, signature, *arguments)

    def drop(self, call):
        self.do(call, "Drop", "(a{sv})", {})

    def calls(self):
        """The properties of all handles, by their paths."""
        objects = self.invoke(PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "()")[0]
        return {path: interfaces[CALL] for path, interfaces in objects.items() if CALL in interfaces}

    def call_on(self, line, state):
        """Waits for one, not yet idle, in that state; its path."""
        deadline = time.monotonic() + DEADLINE_S
        while True:
            calls = self.calls()
            for path, properties in calls.items():
                if properties["Line"] == f"{PATH}/line/{line}" and properties["State"] == state:
                    return path
            check(time.monotonic() < deadline, f"no call on {line} is {state}:",
                  [(properties["Line"], properties["State"]) for properties in calls.values()])
            time.sleep(0.01)

    def read(self, call, *names):
        properties = self.calls()[call]
        return [properties[name] for name in names] if len(names) > 1 else properties[names[0]]

    def wait_for(self, call, name, condition):
        deadline = time.monotonic() + DEADLINE_S
        while not condition(self.read(call, name)):
            check(time.monotonic() < deadline, f"{name} stays", self.read(call, name))
            time.sleep(0.01)


class Play:
    """A bus with the service, the example, and the phone."""

    def __init__(self, callbusd, folder, suffix):
        self.stage = Stage(callbusd, None)
        self.folder, self.suffix = folder, suffix
        self.phone = None

    def begin(self):
        self.stage.start_service()
        self.phone = Phone(self.stage)

    def start(self, name, *arguments):
        popen = subprocess.Popen([self.folder / (name + self.suffix), *arguments], env=self.stage.environment,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        process = Process(popen, os.dup(popen.stdout.fileno()))
        popen.stdout.close()
        self.stage.processes.append(process)
        return process

    def close(self):
        if self.phone:
            self.phone.bus.close_sync(None)
        self.stage.close()


def check_ended(example):
    status, text = example.end()
    check_equal(status, 0, text)


@test
def make_a_call(play, phone):
    phone.open("loop1")
    example = play.start("make-call", "loop0", "101")
    example.expect(rf"^dialled 101 on loop0: {HANDLE}$")
    call = phone.call_on("loop1", "offering")
    example.expect("^ringback$")
    phone.do(call, "Answer")
    example.expect("^connected$")
    phone.drop(call)
    example.expect("^disconnected: normal$")
    example.expect("^idle$")
    check_ended(example)


@test
def make_a_call_that_finds_nobody(play, phone):
    for address, states in (("busy", ["busy: busy", "idle"]), ("reject", ["disconnected: rejected", "idle"])):
        example = play.start("make-call", "loop0", address)
        for state in states:
            example.expect(f"^{state}")
        check_ended(example)


@test
def receive_a_call(play, phone):
    example = play.start("receive-call", "loop1")
    example.expect("^waiting for a call on loop1$")
    call = phone.dial("loop0", "101")
    example.expect(f"^call from 100: {HANDLE}$")
    example.expect("^answered$")
    phone.wait_for(call, "State", lambda state: state == "connected")
    phone.drop(call)
    example.expect("^the caller has hung up$")
    check_ended(example)


@test
def transfer_a_call(play, phone):
    phone.open("loop1")
    phone.open("loop2")
    example = play.start("transfer-call", "loop0", "101", "102")
    first = phone.call_on("loop1", "offering")
    phone.do(first, "Answer")
    example.expect("^101 is on hold$")
    call_id = phone.read(first, "CallId")
    second = phone.call_on("loop2", "offering")
    phone.do(second, "Answer")
    example.expect("^talking to 102$")
    example.expect("^101 and 102 are connected$")
    check_ended(example)
    for call, other in ((first, "102"), (second, "101")):
        state, connected, redirecting, now = phone.read(call, "State", "Connected", "Redirecting", "CallId")
        check_equal((state, connected[0], redirecting[0], now), ("connected", other, "100", call_id), call)
        phone.wait_for(call, "MediaStats", lambda stats, other=other: stats.get("hearing") == [other])


@test
def create_a_conference(play, phone):
    phone.open("loop1")
    phone.open("loop2")
    example = play.start("conference", "loop0", "101", "102")
    first = phone.call_on("loop1", "offering")
    phone.do(first, "Answer")
    example.expect("^SetupConference 102$")
    second = phone.call_on("loop2", "offering")
    phone.do(second, "Answer")
    for _ in range(3):
        example.expect(f"^in the conference: {HANDLE}$")
    example.expect("^we are three$")
    check_equal(phone.read(first, "State", "CallId"), phone.read(second, "State", "CallId"))
    check_equal(phone.read(first, "State"), "connected")
    phone.wait_for(first, "MediaStats", lambda stats: sorted(stats.get("hearing", [])) == ["100", "102"])
    phone.drop(first)
    example.expect("^the conference is over$")
    check_ended(example)
    phone.wait_for(second, "State", lambda state: state == "disconnected")


@test
def hand_off_a_call(play, phone):
    phone.take_name("org.example.Phone")
    for target in (phone.name, "org.example.Phone", "media:g3-fax"):
        example = play.start("hand-off", "loop1", target)
        example.expect("^waiting for a call on loop1$")
        # The call, one of voice, is given to the example. By media mode it is handed to whom it could have been offered.
        phone.open("loop1", "g3-fax", offer=target.startswith("media:"))
        call = phone.dial("loop0", "101")
        call_id = example.expect(f"^answered {HANDLE}, Call ID ({ID})$")[1]
        example.expect(f"^handed to {target}$")
        check_ended(example)
        ours = phone.call_on("loop1", "connected")
        check_equal(phone.read(ours, "Privilege", "Owners", "CallId"), ["owner", 1, call_id])
        phone.drop(call)
        phone.drop(ours)
        phone.invoke(f"{PATH}/line/loop1", LINE, "Close", "()")


@test
def log_an_ended_call(play, phone):
    example = play.start("call-log", "loop0")
    example.expect("^line loop0 is open$")
    call = phone.dial("loop0", "hangup?ring=0&talk=200ms")
    phone.wait_for(call, "State", lambda state: state == "disconnected")
    phone.drop(call)
    example.expect(r"^entry: out hangup\S*, \d+\.\d s, normal")
    phone.drop(phone.dial("loop0", "101"))
    example.expect(r"^entry: out 101, not connected, normal")


def main():
    callbusd, python_folder, c_folder = (pathlib.Path(path).resolve() for path in sys.argv[1:4])
    words = sys.argv[4:]
    plays = [(function, folder, suffix) for function in TESTS for folder, suffix in ((c_folder, ""), (python_folder, ".py"))
             if not words or any(word in function.__name__ for word in words)]
    failed = 0
    print(f"1..{len(plays)}", flush=True)
    for number, (function, folder, suffix) in enumerate(plays, 1):
        play = Play(callbusd, folder, suffix)
        name = f"{function.__name__}, in {'Python' if suffix else 'C'}"
        try:
            play.begin()
            function(play, play.phone)
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}", flush=True)
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), flush=True)
        finally:
            play.close()
    return failed > 0


sys.exit(main())
