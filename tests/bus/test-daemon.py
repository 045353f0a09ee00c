#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""callbusd as a process: command line, configuration, signals, service manager. TAP.

usage: test-daemon.py CALLBUSD [WORD]...      (only the tests whose name contains one of the words)"""

import os
import pathlib
import re
import select
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
from daemon_stage import (  # pylint: disable=wrong-import-position
    STATUS_BUS, STATUS_CONFIG, STATUS_TAKEN, STATUS_USAGE, check, check_equal, check_one_line, run_tests, wait_until)

TESTS = []


def test(function):
    TESTS.append(function)
    return function


# ---- Command line ----


@test
def questions_are_answered_without_a_bus(stage):
    stage.end_bus()
    version, helped, shown = stage.run("--version"), stage.run("--help"), stage.run("--introspect")
    for done in (version, helped, shown, stage.run("-h")):
        check_equal((done.returncode, done.stderr), (0, ""))
    check(re.fullmatch(r"callbusd \d+\S*\n", version.stdout), version.stdout)
    for word in ("--session", "--system", "--config DIR", "--state DIR", "--debug", "--introspect", "--version", "--help"):
        check(word in helped.stdout, word, "is not in", helped.stdout)
    check_equal(stage.run("-h").stdout, helped.stdout)
    for name in ("Manager", "Line", "Call", "Debug"):
        check_equal(shown.stdout.count(f'<interface name="org.callbus1.{name}"'), 1, name, "in", shown.stdout)
    check_equal(shown.stdout.count("<node"), shown.stdout.count("</node>"))


@test
def wrong_options_are_refused(stage):
    stage.fails(STATUS_USAGE, "--help", "--frobnicate", arguments=["--frobnicate"])
    stage.fails(STATUS_USAGE, "--help", "--frobnicate", arguments=["--session", "--frobnicate=1", "--debug"])
    stage.fails(STATUS_USAGE, "--help", "-x", arguments=["-x"])
    stage.fails(STATUS_USAGE, "--help", "-x;", arguments=["--session", "-xy"])
    stage.fails(STATUS_USAGE, "--help", "--config", arguments=["--session", "--config"])
    stage.fails(STATUS_USAGE, "--help", "--debug", arguments=["--session", "--debug=yes"])
    stage.fails(STATUS_USAGE, "--help=1", "no value", arguments=["--help=1"])
    stage.fails(STATUS_USAGE, "--help", "--s", arguments=["--s"])


@test
def exactly_one_bus_must_be_named(stage):
    stage.fails(STATUS_USAGE, "--session or --system", "--help", arguments=[])
    stage.fails(STATUS_USAGE, "--session or --system", "--help", arguments=stage.folders())
    stage.fails(STATUS_USAGE, "--session or --system", "--help", arguments=["--session", "--system"])
    check(not stage.state.exists(), "a state folder was made")


@test
def a_stray_argument_is_refused(stage):
    stage.fails(STATUS_USAGE, "no arguments", "--help", arguments=["--session", "start"])
    stage.fails(STATUS_USAGE, "no arguments", "--help", arguments=["--session", "--", "--debug"])


# ---- Bus ----


@test
def a_taken_name_is_told(stage):
    first = stage.start()
    lost = stage.launch()
    check_equal(lost.end(), STATUS_TAKEN, lost.said())
    check_one_line(lost.said(), r"org\.callbus1", "other callbusd")
    check(stage.has_name(), "the first has lost its name")
    first.stop()


@test
def a_missing_bus_is_told(stage):
    nowhere = f"unix:path={stage.folder}/nowhere"
    stage.fails(STATUS_BUS, "session bus", DBUS_SESSION_BUS_ADDRESS=nowhere)
    stage.fails(STATUS_BUS, "session bus", DBUS_SESSION_BUS_ADDRESS="nonsense")
    stage.fails(STATUS_BUS, "system bus", arguments=["--system", *stage.folders()])


@test
def the_bus_may_go_away(stage):
    for number in (signal.SIGTERM, signal.SIGKILL):
        service = stage.start()
        stage.end_bus(number)
        check_equal(service.end(), STATUS_BUS, service.said())
        lines = service.said().splitlines()
        check_equal(len(lines), 2, service.said())
        check("event: ready" in lines[0] and "bus went away" in lines[1], service.said())
        stage.bus.stdout.close()
        (stage.folder / "bus").unlink(missing_ok=True)
        stage.bus = stage.start_bus()


# ---- Configuration ----


@test
def the_config_folder_must_be_one(stage):
    file = stage.folder / "file"
    file.touch()
    for place in (stage.folder / "missing", file):
        arguments = ["--session", "--config", str(place), "--state", str(stage.state)]
        stage.fails(STATUS_CONFIG, re.escape(str(place)), "--config", arguments=arguments)


@test
def no_file_and_an_empty_one_are_fine(stage):
    for text in (None, "", "\n# only a comment\n\n", "[Service]\n"):
        if text is not None:
            stage.write(text)
        service = stage.start()
        check_equal(stage.listed(), {"loop0", "loop1", "loop2", "mute0"}, repr(text))
        service.stop()


@test
def what_is_no_text_file_is_refused(stage):
    for data in (b"[Service]\n\0\1\2\n", bytes(range(256)), b"[Service]\n# \xff\xfe\n", b"#" * (1024 * 1024 + 1)):
        stage.refuses(data, "UTF-8", "1 MiB")
    stage.refuses(b"#" * (1024 * 1024) + b"\n", "1 MiB")
    stage.write(b"#" * (1024 * 1024 - 1) + b"\n")
    stage.start().stop()
    (stage.config / "callbusd.conf").unlink()
    (stage.config / "callbusd.conf").mkdir()
    stage.fails(STATUS_CONFIG, re.escape(str(stage.config / "callbusd.conf")), "not a readable file")


@test
def what_is_no_key_is_refused(stage):
    stage.refuses("[Service]\n\nnonsense\n", r"callbusd\.conf:3: ", "nonsense")
    stage.refuses("[Service]\n=5\n", r"callbusd\.conf:2: ")
    stage.refuses("# first\nTokensPerUser=5\n[Service]\n", r"callbusd\.conf:2: ", "before any")
    stage.refuses("[Service\n", r"callbusd\.conf:1: ")
    stage.refuses("[]\n", r"callbusd\.conf:1: ")
    stage.refuses("[Service]\r\nnonsense\r\n", r"callbusd\.conf:2: ")


@test
def what_is_unknown_is_told_with_what_is_known(stage):
    stage.refuses("\n[Servise]\nTokensPerUser=5\n", r"callbusd\.conf:2: ", r"\[Servise\]", "known are Service, Journal, CallLog, Loopback")
    stage.refuses("[Line]\n", r"callbusd\.conf:1: ", "known are Service, Journal, CallLog, Loopback")
    stage.refuses("[Service]\n# more\nTokens=5\n", r"callbusd\.conf:3: Tokens: ",
                  "known are RequestTimeoutSec, ClientsPerUser, HandlesPerClient, HandlesPerUser")
    stage.refuses("[Service]\nDefaultLines=no\n", r"callbusd\.conf:2: DefaultLines: ")
    stage.refuses("[Loopback]\ndefaultlines=no\n", r"callbusd\.conf:2: defaultlines: ", "known are DefaultLines")
    stage.refuses_line(r"a\.conf:4: Adresses: ", "Name, Label, Provider, Addresses, EmergencyNumbers, MediaModes",
                       Adresses="5")


@test
def a_wrong_value_is_told_with_its_line(stage):
    for value in ("", "0", "65537", "-1", "1.5", "0x10", "1e3", "99999999999999999999", "many", "5 6", "%s%n", "x" * 3000):
        stage.refuses(f"[Service]\n\nHandlesPerClient={value}\n", r"callbusd\.conf:3: HandlesPerClient: ")
    for value in ("", "maybe", "YES", "2", "yes no"):
        stage.refuses(f"[Loopback]\nDefaultLines={value}\n", r"callbusd\.conf:2: DefaultLines: ", "not yes or no")
    stage.refuses("[Service]\nTokensPerUser=0\n", r"callbusd\.conf:2: ", "from 1 to 1048576")
    stage.refuses_line(r"a\.conf:4: CallId: ", "not yes or no", CallId="perhaps")
    stage.refuses_line(r"a\.conf:4: MaxActiveCalls: ", "from 0 to 100000", MaxActiveCalls="100001")
    stage.refuses_line(r"a\.conf:4: MediaModes: ", "'telepathy'", "interactive-voice", MediaModes="video;telepathy")
    stage.refuses_line(r"a\.conf:4: MediaModes: ", "at least one", MediaModes=" ; ")


@test
def what_is_there_twice_names_both_lines(stage):
    stage.refuses("[Service]\nTokensPerUser=5\n\nTokensPerUser=6\n", r"callbusd\.conf:4: TokensPerUser ", "line 2")
    stage.refuses("[Service]\n[Loopback]\n[Service]\n", r"callbusd\.conf:3: \[Service\] ", "line 1")
    (stage.lines / "a.conf").write_text("[Line]\nName=a\n Name = b\nAddresses=1\n")
    stage.fails(STATUS_CONFIG, r"lines\.d/a\.conf:3: Name ", "line 2")


@test
def a_line_needs_a_good_name_and_a_number(stage):
    for name in ("", "a-b", "a b", "a/b", "é", "x" * 65, "../a"):
        stage.refuses_line(r":\d+: Name: '", "letters", Name=name)
    stage.refuses_line("Addresses is missing", Addresses=None)
    stage.refuses_line("Addresses is missing", Addresses=" ; ;")
    stage.refuses_line(r":\d+: Provider: 'SIP'", "such as loopback", Provider="SIP")
    (stage.lines / "a.conf").touch()
    stage.fails(STATUS_CONFIG, r"lines\.d/a\.conf", "Addresses is missing")
    (stage.lines / "a.conf").rename(stage.lines / "10-a.conf")
    stage.fails(STATUS_CONFIG, r"lines\.d/10-a\.conf", "Name is missing")


@test
def names_and_numbers_are_of_one_line(stage):
    stage.write_line("a", Name="one", Addresses="555;556")
    first = re.escape(str(stage.lines / "a.conf"))
    stage.refuses_line("'one'", first, name="b", Name="one", Addresses="557")
    stage.refuses_line("'556'", first, name="b", Name="two", Addresses="557;556")
    (stage.lines / "a.conf").unlink()
    stage.refuses_line("'555'", Addresses="555;555")


@test
def default_lines_keep_their_names_and_numbers(stage):
    for name in ("loop0", "loop1", "loop2", "mute0"):
        stage.refuses_line(f"'{name}'", "DefaultLines", Name=name)
    for number in ("100", "101", "102", "200"):
        stage.refuses_line(f"'{number}'", "DefaultLines", Addresses=f"555;{number}")


@test
def lines_may_be_all_that_there_is(stage):
    stage.write("[Loopback]\nDefaultLines=no\n")
    stage.write_line("a", Name="loop0", Addresses="100;5", Label="Über uns", MediaModes="video", CallId="no",
                     MaxActiveCalls="2")
    stage.write_line("b", Name="x" * 64, Addresses="200")
    (stage.lines / "c.conf.bak").write_text("no line")
    (stage.lines / ".d.conf").write_text("no line")
    service = stage.start()
    check_equal(stage.listed(), {"loop0", "x" * 64})
    service.stop()


@test
def lines_come_beside_the_default_ones(stage):
    stage.write_line("a")
    service = stage.start()
    check_equal(stage.listed(), {"a", "loop0", "loop1", "loop2", "mute0"})
    service.stop()


@test
def the_folder_of_lines_must_be_one(stage):
    (stage.lines / "a.conf").mkdir()
    stage.fails(STATUS_CONFIG, r"lines\.d/a\.conf", "not a readable file")
    (stage.lines / "a.conf").rmdir()
    (stage.lines / "a.conf").symlink_to(stage.folder / "missing")
    stage.fails(STATUS_CONFIG, r"lines\.d/a\.conf", "not a readable file")
    (stage.lines / "a.conf").unlink()
    stage.lines.rmdir()
    stage.lines.touch()
    stage.fails(STATUS_CONFIG, re.escape(str(stage.lines)), "folder")


def an_unreadable_file_is_told(stage):
    """Root can read everything: registered for others only."""
    stage.write("[Service]\n")
    (stage.config / "callbusd.conf").chmod(0)
    stage.fails(STATUS_CONFIG, re.escape(str(stage.config / "callbusd.conf")), "readable")


if os.geteuid() != 0:
    test(an_unreadable_file_is_told)


# ---- Signals, and the service manager ----


@test
def signals_stop_it(stage):
    for number in (signal.SIGTERM, signal.SIGINT):
        service = stage.start()
        service.signal(number)
        check_equal(service.end(), 0, service.said())
        check(not stage.has_name(), "the name is still there")


@test
def a_signal_before_it_is_ready_stops_it(stage):
    mask = 1 << (signal.SIGTERM - 1)
    service = stage.launch()
    status = pathlib.Path(f"/proc/{service.pid}/status")
    wait_until(lambda: int(re.search(r"SigBlk:\s*(\w+)", status.read_text())[1], 16) & mask, "signals are watched")
    service.signal(signal.SIGTERM)
    check_equal(service.end(), 0, service.said())


@test
def a_call_does_not_keep_it(stage):
    service = stage.start("--debug")
    call = stage.manager("org.callbus1.Debug", "Incoming", "ss", "loop0", "5551234")
    check(re.fullmatch(r's "[0-9a-f]{32}"\n', call), call)
    wait_until(lambda: stage.busctl("get-property", "org.callbus1", "/org/callbus1", "org.callbus1.Manager",
                                    "Ringing") == "b true\n", "Ringing")
    service.stop()
    check(not stage.has_name(), "the name is still there")


@test
def the_service_manager_is_told(stage):
    service = stage.launch()
    check_equal(service.expect("READY=1"), [])
    check(stage.has_name(), "ready without the name")
    service.signal(signal.SIGTERM)
    check_equal(service.expect("STOPPING=1"), [])
    check_equal(service.end(), 0)


@test
def the_watchdog_is_fed(stage):
    service = stage.start(WATCHDOG_USEC="200000")
    for _ in range(3):
        service.expect("WATCHDOG=1")
    service.stop()
    other = stage.start(WATCHDOG_USEC="200000", WATCHDOG_PID="1")
    readable, _, _ = select.select([other.notify], [], [], 0.6)
    check(not readable, "feeds the watchdog of another process")
    other.stop()


@test
def an_idle_one_does_not_spin(stage):
    service = stage.start()
    stage.listed()

    def ticks():
        fields = pathlib.Path(f"/proc/{service.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    try:
        service.popen.wait(1)
    except subprocess.TimeoutExpired:
        pass
    check(ticks() - before <= 2, ticks() - before, "ticks in a second")
    service.stop()


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
