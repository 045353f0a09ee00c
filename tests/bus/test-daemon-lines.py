#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""callbusd and its lines: those that are added and removed while it runs, and those that their provider refuses. TAP.

usage: test-daemon-lines.py CALLBUSD [WORD]...      (only the tests whose name contains one of the words)
CALLBUS_TEST_PROVIDERS names the folder of callbus-provider-loopback, which then is a process of its own: all is as without."""

import os
import random
import re
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
from daemon_stage import (  # pylint: disable=wrong-import-position
    DEADLINE_S, STATUS_CONFIG, check, check_equal, run_tests, wait_until)

TESTS = []
DEFAULT = {"loop0", "loop1", "loop2", "mute0"}
MANAGER = "org.callbus1.Manager"
PROVIDERS = os.environ.get("CALLBUS_TEST_PROVIDERS", "")


def test(function):
    TESTS.append(function)
    return function


def configure(stage, text=""):
    """callbusd.conf; loopback is where the environment wants it."""
    group = "[Providers]\nLoopback=process\n" if PROVIDERS else "[Providers]\n"
    stage.write(text.replace("[Providers]\n", group) if "[Providers]" in text else group + text)


def start(stage, *arguments):
    if not (stage.config / "callbusd.conf").exists():
        configure(stage)
    if not PROVIDERS:
        return stage.start(*arguments)
    service = stage.start(*arguments, CALLBUS_PROVIDERS=PROVIDERS)
    wait_until(lambda: provider_has_come(stage), "the provider")
    return service


def provider_has_come(stage):
    """The service does not wait for it for ever."""
    out = re.findall(r'"(\w+)" "\w+" "out-of-service"', stage.manager(MANAGER, "ListLines"))
    return DEFAULT <= stage.listed() and not any("is starting" in property_of(stage, line, "StateReason") for line in out)


def ask(stage, member, *arguments):
    """The error, "" if there is none."""
    done = subprocess.run(["busctl", f"--address={stage.address}", "call", "org.callbus1", "/org/callbus1", MANAGER, member,
                           *arguments], text=True, capture_output=True, timeout=DEADLINE_S, check=False)
    return done.stderr.strip()


def add(stage, name, provider="loopback", **settings):
    return ask(stage, "AddLine", "ssa{ss}", name, provider, str(len(settings)), *[part for row in settings.items() for part in row])


def remove(stage, name):
    return ask(stage, "RemoveLine", "s", name)


def property_of(stage, line, name):
    return stage.busctl("get-property", "org.callbus1", f"/org/callbus1/line/{line}", "org.callbus1.Line", name).strip()


def files(stage):
    return sorted(file.name for file in (stage.state / "lines.d").iterdir())


# ---- Adding and removing ----


@test
def a_line_is_added_and_removed(stage):
    service = start(stage)
    check_equal(add(stage, "desk", Addresses="555", Label="The desk"), "")
    check_equal(stage.listed(), DEFAULT | {"desk"})
    check_equal(property_of(stage, "desk", "Label"), 's "The desk"')
    check_equal(property_of(stage, "desk", "State"), 's "in-service"')
    check_equal(files(stage), ["desk.conf"])
    check_equal((stage.state / "lines.d/desk.conf").stat().st_mode & 0o077, 0)
    check_equal(remove(stage, "desk"), "")
    check_equal(stage.listed(), DEFAULT)
    check_equal(files(stage), [])
    # Its name and its number are free again.
    check_equal(add(stage, "desk", Addresses="555"), "")
    check_equal(remove(stage, "desk"), "")
    service.stop()


@test
def it_is_there_again_after_a_restart(stage):
    service = start(stage)
    for name, number in (("one", "555"), ("two", "556"), ("three", "557")):
        check_equal(add(stage, name, Addresses=number, CallId="no"), "")
    check_equal(remove(stage, "two"), "")
    service.signal(signal.SIGKILL)
    check_equal(service.end(), -signal.SIGKILL)
    service = start(stage)
    check_equal(stage.listed(), DEFAULT | {"one", "three"})
    check_equal(property_of(stage, "three", "Addresses"), 'as 1 "557"')
    check_equal(remove(stage, "one"), "")
    service.stop()
    service = start(stage)
    check_equal(stage.listed(), DEFAULT | {"three"})
    service.stop()


@test
def calls_of_it_end_with_it(stage):
    service = start(stage, "--debug")
    check_equal(add(stage, "desk", Addresses="555"), "")
    stage.manager("org.callbus1.Debug", "Incoming", "ss", "desk", "5551234")
    wait_until(lambda: stage.busctl("get-property", "org.callbus1", "/org/callbus1", MANAGER, "Ringing") == "b true\n", "Ringing")
    check_equal(remove(stage, "desk"), "")
    check_equal(stage.busctl("get-property", "org.callbus1", "/org/callbus1", MANAGER, "Ringing"), "b false\n")
    service.stop()


@test
def what_is_wrong_is_told_and_nothing_is_added(stage):
    stage.write_line("a", Name="office", Addresses="600")
    configure(stage, "[Providers]\nSip=off\n")
    service = start(stage)
    for name, provider, settings, *says in (
            ("a b", "loopback", {"Addresses": "555"}, "Name: 'a b' is not 1 to 64"),
            ("desk", "loopback", {}, "key Addresses is missing"),
            ("desk", "loopback", {"Addresses": "555", "CallId": "2"}, "CallId: '2' is not yes or no"),
            ("desk", "loopback", {"Addresses": "555", "Password": "x"}, "Password: no password", "PasswordFile="),
            ("desk", "loopback", {"Addresses": "555", "Colour": "x"}, "Colour: loopback lines have no such setting"),
            ("desk", "loopback", {"Addresses": "100"}, "is another line's already"),
            ("desk", "loopback", {"Addresses": "busy"}, "scripted far end"),
            ("loop0", "loopback", {"Addresses": "555"}, "There is a line loop0 already"),
            ("office", "loopback", {"Addresses": "555"}, "There is a line office already"),
            ("desk", "Sip", {"User": "5"}, "Provider: 'Sip' is no provider"),
            ("desk", "sip", {"User": "5"}, "Provider sip is off: see \\[Providers\\]")):
        error = add(stage, name, provider, **settings)
        for word in says:
            check(re.search(word, error), f"no {word!r} in", error)
    check_equal(stage.listed(), DEFAULT | {"office"})
    check(not (stage.state / "lines.d").exists() or not files(stage), "something is left")
    # Whoever is refused can mend it.
    check_equal(add(stage, "desk", Addresses="555"), "")
    service.stop()


@test
def only_what_was_added_can_be_removed(stage):
    stage.write_line("a", Name="office", Addresses="600")
    service = start(stage)
    check(re.search("was not added at run time: .*lines.d/a.conf", remove(stage, "office")), "office")
    check("callbusd.conf" in remove(stage, "loop0"), "loop0")
    check("There is no line 'nothing'" in remove(stage, "nothing"), "nothing")
    check_equal(stage.listed(), DEFAULT | {"office"})
    service.stop()


@test
def there_is_an_end_to_it(stage):
    service = start(stage)
    for number in range(256):
        check_equal(add(stage, f"line{number}", Addresses=str(1000 + number)), "")
    check("There are 256 added lines" in add(stage, "more", Addresses="555"), "one more")
    check_equal(remove(stage, "line7"), "")
    check_equal(add(stage, "more", Addresses="555"), "")
    service.stop()


# ---- What is kept ----


def change_until_it_dies(stage, number, acknowledged):
    """Adds lines, and removes every third again. Returns the one of which nobody knows what became of it."""
    while True:
        number += 1
        name = f"line{number}"
        if add(stage, name, Addresses=str(1000 + number)):
            return name
        acknowledged.add(name)
        if number % 3 == 0:
            if remove(stage, name):
                return name
            acknowledged.discard(name)


@test
def killed_at_any_moment_it_has_what_it_acknowledged(stage):
    acknowledged, unknown = set(), set()
    dice = random.Random(os.environ.get("CALLBUS_TEST_SEED", "1"))
    for life in range(8):
        service = start(stage)
        check_equal(stage.listed() - DEFAULT - unknown, acknowledged - unknown, "in life", life)
        killer = threading.Timer(dice.uniform(0.02, 0.3), service.signal, [signal.SIGKILL])
        killer.start()
        unknown.add(change_until_it_dies(stage, life * 1000, acknowledged))
        killer.join()
        service.end()
    start(stage).stop()


@test
def what_cannot_be_kept_is_not_added(stage):
    service = start(stage)
    (stage.state / "lines.d").touch()
    check("The line can't be kept" in add(stage, "desk", Addresses="555"), "a file in place of the folder")
    check_equal(stage.listed(), DEFAULT)
    (stage.state / "lines.d").unlink()
    check_equal(add(stage, "desk", Addresses="555"), "")
    service.stop()


@test
def without_storage_nothing_is_kept(stage):
    configure(stage, "[Journal]\nStorage=none\n")
    service = start(stage)
    check_equal(add(stage, "desk", Addresses="555"), "")
    check_equal(stage.listed(), DEFAULT | {"desk"})
    service.stop()
    check_equal([file.name for file in stage.state.iterdir() if file.name != "run"], ["epoch"])
    service = start(stage)
    check_equal(stage.listed(), DEFAULT)
    service.stop()


@test
def a_damaged_file_costs_one_line_only(stage):
    service = start(stage)
    check_equal(add(stage, "one", Addresses="555"), "")
    check_equal(add(stage, "two", Addresses="556"), "")
    service.stop()
    (stage.state / "lines.d/one.conf").write_text("[Line]\nName=")
    stage.write_line("a", Name="three", Addresses="557")
    (stage.state / "lines.d/three.conf").write_text("[Line]\nName=three\nAddresses=558\n")
    service = start(stage)
    check_equal(stage.listed(), DEFAULT | {"two", "three"})
    check_equal(property_of(stage, "three", "Addresses"), 'as 1 "557"')
    check(re.search(r"lines\.d/one\.conf.*: the line is left out", service.said()), service.said())
    check(re.search(r"lines\.d/three\.conf: 'three' is that of the line in .*a\.conf", service.said()), service.said())
    service.stop()


# ---- Lines that their provider refuses ----


@test
def a_refused_line_is_there_to_tell_why(stage):
    stage.write_line("a", Name="office", Addresses="busy")
    service = start(stage)
    check_equal(stage.listed(), DEFAULT | {"office"})
    check_equal(property_of(stage, "office", "State"), 's "out-of-service"')
    check("scripted far end" in property_of(stage, "office", "StateReason"), property_of(stage, "office", "StateReason"))
    check(re.search(r"lines\.d/a\.conf.*scripted", service.said()), service.said())
    dialled = subprocess.run(["busctl", f"--address={stage.address}", "call", "org.callbus1", "/org/callbus1/line/office",
                              "org.callbus1.Line", "Dial", "sa{sv}", "100", "0"], text=True, capture_output=True, check=False)
    check("out of service" in dialled.stderr or "out-of-service" in dialled.stderr, dialled.stderr)
    check("was not added at run time" in remove(stage, "office"), "it can be removed")
    service.stop()


@test
def a_refused_line_that_was_added_can_be_removed(stage):
    (stage.state / "lines.d").mkdir(parents=True)
    (stage.state / "lines.d/desk.conf").write_text("[Line]\nName=desk\nAddresses=555\n[Loopback]\nColour=red\n")
    service = start(stage)
    check("Colour: loopback lines have no such setting" in property_of(stage, "desk", "StateReason"), "the reason")
    check_equal(remove(stage, "desk"), "")
    check_equal(stage.listed(), DEFAULT)
    check_equal(files(stage), [])
    service.stop()


@test
def a_password_in_a_file_is_refused(stage):
    (stage.lines / "a.conf").write_text("[Line]\nName=a\nProvider=sip\n[Sip]\nUser=a\nPassword=secret\n")
    stage.fails(STATUS_CONFIG, r"a\.conf:6: Password: no password may stand here", "PasswordFile=")
    (stage.lines / "a.conf").unlink()
    (stage.state / "lines.d").mkdir(parents=True)
    (stage.state / "lines.d/a.conf").write_text("[Line]\nName=a\nAddresses=5\nPassword=secret\n")
    service = start(stage)
    check_equal(stage.listed(), DEFAULT)
    check("secret" not in service.said(), service.said())
    service.stop()


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
