#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.callbus1.CallLog on a private bus: what it tells, to whom, and after a crash.

usage: test-call-log.py CALLBUSD CALLBUSCTL [WORD...]
"""

import json
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from callbusctl_stage import DEADLINE_S, check, check_equal, run_tests  # pylint: disable=wrong-import-position

LOG = ["org.callbus1", "/org/callbus1", "org.callbus1.CallLog"]
ALICE, BOB = (pwd.getpwnam(name).pw_uid for name in ("daemon", "bin"))  # any two users that are not root
KEYS = ["id", "call-id", "line", "direction", "outcome", "cause", "number", "name", "presentation", "media-mode", "emergency",
        "started", "connected", "ended", "duration"]

# Subscribes, says so, and prints the id of each entry that it is told of.
SUBSCRIBER = """
from gi.repository import Gio, GLib
import sys
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
bus.signal_subscribe(None, "org.callbus1.CallLog", "EntryAdded", None, None, Gio.DBusSignalFlags.NO_MATCH_RULE,
                     lambda *a: print(a[5].unpack()[0], flush=True))
for enable in sys.argv[2:]:
    bus.call_sync("org.callbus1", "/org/callbus1", "org.callbus1.CallLog", "Subscribe",
                  GLib.Variant("(b)", (enable == "yes",)), None, 0, -1, None)
print("ready", flush=True)
GLib.MainLoop().run()
"""

tests = []


def test(function):
    tests.append(function)
    return function


def busctl(stage, *arguments, user=None):
    """What it printed, or the name of the error."""
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user is not None else []
    done = subprocess.run([*become, "busctl", f"--address={stage.environment['DBUS_SESSION_BUS_ADDRESS']}", "--json=short", "call",
                           *arguments], text=True, capture_output=True, timeout=DEADLINE_S, check=False)
    if done.returncode != 0:
        return done.stderr.strip()
    return json.loads(done.stdout)["data"] if done.stdout.strip() else []


def pack(keys):
    """A filter as busctl wants it."""
    types = {str: "s", int: "t", bool: "b"}
    rows = [[key.replace("_", "-"), types[type(value)], str(value).lower() if isinstance(value, bool) else str(value)]
            for key, value in keys.items()]
    return [str(len(rows)), *(word for row in rows for word in row)]


def plain(entry):
    return {key: value["data"] for key, value in entry.items()}


def page(stage, cursor, limit, user=None, **keys):
    answer = busctl(stage, *LOG, "Query", "a{sv}tu", *pack(keys), str(cursor), str(limit), user=user)
    check(isinstance(answer, list), answer)
    return [plain(entry) for entry in answer[0]], answer[1]


def query(stage, user=None, limit=500, **keys):
    entries, cursor = page(stage, 0, limit, user, **keys)
    while cursor:
        more, cursor = page(stage, cursor, limit, user, **keys)
        entries += more
    return entries


def remove_matching(stage, user=None, **keys):
    return busctl(stage, *LOG, "RemoveMatching", "a{sv}", *pack(keys), user=user)


def words(entries):
    return [f"{entry['line']} {entry['direction']} {entry['outcome']} {entry['number']}" for entry in entries]


def make_calls(stage):
    """One of each kind, one after the other."""
    stage.run("dial", "loop0", "hangup?ring=10ms&talk=20ms")
    stage.run("dial", "loop0", "reject")
    stage.run("dial", "loop1", "bad")
    ringing = stage.start("dial", "loop0", "101")
    ringing.expect("ringing")
    ringing.send_signal(signal.SIGINT)
    ringing.end()


@test
def entries_tell_what_became_of_calls(stage):
    make_calls(stage)
    entries = query(stage)
    check_equal(sorted(words(entries)[:2]), ["loop0 out cancelled 101", "loop1 in missed 100"])
    check_equal(words(entries)[2:], ["loop1 out failed bad", "loop0 out rejected reject", "loop0 out answered hangup?ring=10ms&talk=20ms"])
    answered = entries[-1]
    check_equal(sorted(answered), sorted(KEYS + ["user"]))
    check_equal(answered["user"], os.getuid())
    check(20000 <= answered["duration"] < 5000000, answered)
    check(answered["started"] < answered["connected"] < answered["ended"] <= answered["id"], answered)
    check_equal([entry["id"] for entry in entries], sorted((entry["id"] for entry in entries), reverse=True))
    missed = next(entry for entry in entries if entry["outcome"] == "missed")
    check("user" not in missed and missed["connected"] == 0 and missed["duration"] == 0, missed)


@test
def each_filter_finds_its_own(stage):
    make_calls(stage)
    everything = query(stage)
    middle = everything[3]
    check_equal(len(query(stage, line="loop1")), 2)
    check_equal(words(query(stage, number="1 0-0")), ["loop1 in missed 100"])
    check_equal(words(query(stage, direction="in")), ["loop1 in missed 100"])
    check_equal(words(query(stage, outcome="rejected")), ["loop0 out rejected reject"])
    check_equal(query(stage, call_id=middle["call-id"]), [middle])
    check_equal(len(query(stage, media_mode="interactive-voice")), 5)
    check_equal(query(stage, media_mode="video"), [])
    check_equal(query(stage, since=middle["started"]), everything[:4])
    check_equal(query(stage, until=middle["started"]), everything[3:])
    check_equal(query(stage, since=middle["started"], until=middle["started"]), [middle])
    check_equal(words(query(stage, line="loop0", outcome="cancelled", direction="out")), ["loop0 out cancelled 101"])
    check_equal(query(stage, line="nowhere"), [])


@test
def pages_show_all_once(stage):
    for _ in range(7):
        stage.run("dial", "loop0", "reject")
    everything = query(stage)
    check_equal(len(everything), 7)
    check_equal(query(stage, limit=2), everything)
    check_equal(query(stage, limit=7), everything)
    first, cursor = page(stage, 0, 3)
    stage.run("dial", "loop0", "reject")
    busctl(stage, *LOG, "Remove", "at", "1", str(first[-1]["id"]))
    second, cursor = page(stage, cursor, 3)
    third, cursor = page(stage, cursor, 3)
    check_equal((first + second + third, cursor), (everything, 0))


@test
def what_is_wrong_is_said(stage):
    def refused(says, signature, *arguments):
        answer = busctl(stage, *LOG, *signature.split(), *arguments)
        check(isinstance(answer, str) and says in answer, "it says:", answer)

    refused("known are since, until", "Query a{sv}tu 1 colour s red 0 10")
    refused("Unknown outcome 'lost'", "Query a{sv}tu 1 outcome s lost 0 10")
    refused("Unknown direction 'up'", "Query a{sv}tu 1 direction s up 0 10")
    refused("Unknown media mode 'tv'", "Query a{sv}tu 1 media-mode s tv 0 10")
    refused("it must be 't'", "Query a{sv}tu 1 since s now 0 10")
    refused("limit is 0: it must be 1 to 500", "Query a{sv}tu 0 0 0")
    refused("limit is 501: it must be 1 to 500", "Query a{sv}tu 0 0 501")
    refused("The filter is empty", "RemoveMatching a{sv} 0")
    refused("The filter is empty", "RemoveMatching a{sv} 1 since t 0")
    refused("known are since, until", "RemoveMatching a{sv} 1 colour s red")
    refused("at most 500", "Remove at", "501", *["1"] * 501)
    check_equal(busctl(stage, *LOG, "Remove", "at", "500", *["1"] * 500), [0])


@test
def entries_are_removed(stage):
    make_calls(stage)
    everything = query(stage)
    check_equal(busctl(stage, *LOG, "Remove", "at", "3", str(everything[0]["id"]), "7", str(everything[0]["id"])), [1])
    check_equal(query(stage), everything[1:])
    check_equal(remove_matching(stage, outcome="rejected"), [1])
    check_equal(remove_matching(stage, outcome="rejected"), [0])
    check_equal(remove_matching(stage, all=False), [3])
    check_equal(query(stage), [])


@test
def many_are_removed_in_the_background(stage):
    stage.stop_service()
    fill(stage, 3000)
    stage.start_service()
    check_equal(remove_matching(stage, number="4"), [300])
    check_equal(remove_matching(stage, all=False), [2700])
    check_equal(query(stage), [])


def fill(stage, n):
    """As if there had been so many calls; the service must not run."""
    script = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1])
now = int(time.time() * 1000000) - int(sys.argv[2]) * 1000
row = "INSERT INTO log VALUES(?, ?, ?, 'loop0', 'x', 'out', 'answered', 'normal', ?, ?, '', 'allowed', 'interactive-voice', 0, ?, ?, ?, 1)"
db.executemany(row, ((now + i * 1000, f"user:{sys.argv[3]}", int(sys.argv[3]), str(i % 10), str(i % 10), now + i * 1000 - 9,
                      now + i * 1000 - 5, now + i * 1000) for i in range(int(sys.argv[2]))))
db.commit()
"""
    subprocess.run(["/usr/bin/python3", "-c", script, stage.folder / "state/callbus.db", str(n), str(os.getuid())], check=True,
                   timeout=DEADLINE_S)


@test
def what_is_erased_is_gone_from_the_disk(stage):
    stage.run("dial", "loop0", "4711")
    state = stage.folder / "state"
    check(any(b"4711" in file.read_bytes() for file in state.iterdir()), "it never was there")
    check_equal(remove_matching(stage, all=False), [1])
    stage.wait_until(lambda: not any(b"4711" in file.read_bytes() for file in state.iterdir()), "it is overwritten")


@test
def entries_are_kept_over_a_restart(stage):
    make_calls(stage)
    before = query(stage)
    stage.stop_service()
    stage.start_service()
    check_equal(query(stage), before)
    stage.run("dial", "loop0", "reject")
    check_equal(query(stage)[1:], before)


@test
def who_saw_a_call_end_finds_it_once_after_a_crash(stage):
    for number in range(1, 13):
        process = stage.start("dial", "loop0", "hangup?ring=0&talk=10ms" if number % 2 else "reject")
        process.expect("disconnected")
        stage.service.kill()
        stage.service.wait()
        process.end()
        stage.start_service()
        entries = query(stage)
        check_equal(len(entries), number)
        check_equal(len({entry["call-id"] for entry in entries}), number)


@test
def a_call_that_is_up_at_a_crash_has_one_entry(stage):
    stage.ok("dial", "--detach", "loop0", "echo")
    stage.wait_until(lambda: "connected" in stage.states().values(), "connected")
    stage.service.kill()
    stage.service.wait()
    stage.start_service()
    for _ in range(2):
        entries = query(stage)
        check_equal([(entry["outcome"], entry["cause"]) for entry in entries], [("answered", "service-restarted")])
        stage.stop_service()
        stage.start_service()


@test
def without_a_file_it_is_kept_in_memory(stage):
    stage.stop_service()
    (stage.folder / "config/callbusd.conf").write_text("[Journal]\nStorage=none\n")
    stage.start_service()
    stage.run("dial", "loop0", "reject")
    check_equal(words(query(stage)), ["loop0 out rejected reject"])
    stage.stop_service()
    stage.start_service()
    check_equal(query(stage), [])


@test
def settings_are_obeyed(stage):
    stage.run("dial", "loop0", "reject")
    stage.stop_service()
    (stage.folder / "config/callbusd.conf").write_text("[CallLog]\nEnabled=no\n")
    stage.start_service()
    stage.run("dial", "loop0", "bad")
    check_equal(words(query(stage)), ["loop0 out rejected reject"])
    stage.stop_service()
    fill(stage, 30)
    (stage.folder / "config/callbusd.conf").write_text("[CallLog]\nKeepEntries=5\n")
    stage.start_service()
    stage.wait_until(lambda: len(query(stage)) == 5, "only five are kept")


def subscribe(stage, *enable, user=None):
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user is not None else []
    popen = subprocess.Popen([*become, "/usr/bin/python3", "-c", SUBSCRIBER, stage.environment["DBUS_SESSION_BUS_ADDRESS"], *enable],
                             stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    check_equal(popen.stdout.readline(), "ready\n")
    return popen


def heard(popen, count):
    """All that it heard: so much, and what comes a while after it."""
    first = [popen.stdout.readline() for _ in range(count)]
    time.sleep(0.3)
    popen.kill()
    return [int(row) for row in first + popen.communicate()[0].split()]


@test
def subscribers_are_told(stage):
    one, twice, never = subscribe(stage, "yes"), subscribe(stage, "yes", "yes"), subscribe(stage, "yes", "no")
    stage.run("dial", "loop0", "reject")
    ids = [entry["id"] for entry in query(stage)]
    check_equal([heard(one, len(ids)), heard(twice, len(ids)), heard(never, 0)], [ids, ids, []])
    check_equal([entry["id"] for entry in page(stage, ids[0] + 1, 1)[0]], ids)


# ---- Killed at each point ----

POINTS = re.findall(r'^    "([a-z]+:[a-z-]+)"', (pathlib.Path(__file__).parents[2] / "service/crash-point.c").read_text(), re.MULTILINE)


def launch(stage, point):
    """A service that is killed there, until it is ready or gone."""
    with open(stage.folder / "service.log", "a", encoding="utf-8") as log:
        stage.service = subprocess.Popen(
            [stage.callbusd, "--session", "--config", stage.folder / "config", "--state", stage.folder / "state"],
            env=stage.environment | {"CALLBUS_CRASH_AT": point}, stdout=log, stderr=log)
    stage.wait_until(lambda: stage.service.poll() is not None or has_name(stage), "ready, or gone")


def has_name(stage):
    bus = "org.freedesktop.DBus"
    return busctl(stage, bus, "/", bus, "NameHasOwner", "s", "org.callbus1") == [True]


def dial_and_note(stage, address, given_up=False):
    """The Call ID, if the caller got it, and whether it saw the end."""
    process = stage.start("dial", "loop0", address)
    if given_up:
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
    _, text = process.end()
    call_id = re.search(r"call ([0-9a-f]{32});", text)
    return call_id and call_id[1], bool(re.search(r"^\S+  (ended|disconnected)", text, re.MULTILINE))


@test
def no_entry_is_lost_or_doubled_wherever_it_is_killed(stage):
    seen, ended = [], []
    check(len(POINTS) > 40, POINTS)
    for number, point in enumerate(POINTS):
        stage.stop_service()
        launch(stage, f"{point}:{number % 3 + 1}")
        for address, given_up in [("hangup?ring=0&talk=10ms", False), ("reject", False), ("101", True)]:
            call_id, over = dial_and_note(stage, address, given_up) if stage.service.poll() is None else (None, False)
            seen += [call_id] if call_id else []
            ended += [call_id] if call_id and over else []
        if stage.service.poll() is None:
            stage.service.kill()
        stage.service.wait()
        stage.start_service()
        # What was written down but not dialled any more has no Call ID yet: nobody can have seen it.
        entries = [(entry["call-id"], entry["direction"], entry["line"]) for entry in query(stage) if entry["call-id"]]
        check_equal(len(entries), len(set(entries)), point, "doubled something")
        out = [call_id for call_id, direction, _ in entries if direction == "out"]
        check_equal([call_id for call_id in seen if out.count(call_id) != 1], [], point, "lost or doubled a call")
    check(len(seen) > len(POINTS) and len(ended) > len(POINTS) / 2, "too few calls were seen:", len(seen), len(ended))


# ---- Several users ----

SYSTEM_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow send_type="method_call"/><allow eavesdrop="false"/>
  </policy>
</busconfig>
"""


def begin_system(stage):
    """A bus for all users: `shared` is for Alice and Bob, `private` for Alice alone."""
    stage.stop_service()
    stage.bus.terminate()
    stage.bus.wait(DEADLINE_S)
    stage.bus.stdout.close()
    stage.folder.chmod(0o711)
    config = stage.folder / "system.conf"
    config.write_text(SYSTEM_BUS.format(folder=stage.folder))
    stage.bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"],
                                 stdout=subprocess.PIPE)
    check(stage.bus.stdout.readline(), "dbus-daemon did not start")
    lines = stage.folder / "config/lines.d"
    lines.mkdir()
    for name, address, users in [("shared", 300, f"{ALICE};{BOB}"), ("private", 301, str(ALICE))]:
        (lines / f"{name}.conf").write_text(f"[Line]\nName={name}\nAddresses={address}\nAllowedUsers={users}\n")
    (stage.folder / "config/callbusd.conf").write_text("[Loopback]\nDefaultLines=no\n")
    stage.start_service("--system", DBUS_SYSTEM_BUS_ADDRESS=stage.environment["DBUS_SESSION_BUS_ADDRESS"])


def dial(stage, user, line, address):
    """The caller is gone at once, and so is its call."""
    answer = busctl(stage, "org.callbus1", f"/org/callbus1/line/{line}", "org.callbus1.Line", "Dial", "sa{sv}", address, "0",
                    user=user)
    check(isinstance(answer, list), answer)


def three_calls(stage):
    """Two of Alice, the second to `private`, where nobody takes it; one of Bob."""
    begin_system(stage)
    dial(stage, ALICE, "shared", "answer?ring=10s")
    dial(stage, ALICE, "shared", "301")
    dial(stage, BOB, "shared", "echo?ring=10s")
    stage.wait_until(lambda: len(query(stage, all=True)) == 4, "all calls are over")


@test
def each_user_reads_his_own(stage):
    if os.getuid() != 0:
        return
    three_calls(stage)
    check_equal(sorted(words(query(stage, ALICE))),
                ["private in missed 300", "shared out cancelled 301", "shared out cancelled answer?ring=10s"])
    check_equal(words(query(stage, BOB)), ["shared out cancelled echo?ring=10s"])
    check_equal(words(query(stage)), ["private in missed 300"])
    for user in (ALICE, BOB):
        answer = busctl(stage, *LOG, "Query", "a{sv}tu", *pack({"all": True}), "0", "10", user=user)
        check("denied" in str(answer), answer)
        check_equal(words(query(stage, user, all=False)), words(query(stage, user)))
        check_equal(query(stage, user, number="4711"), [])
    check_equal(query(stage, BOB, line="private"), [])


@test
def each_user_removes_his_own(stage):
    if os.getuid() != 0:
        return
    three_calls(stage)
    ids = [str(entry["id"]) for entry in query(stage, all=True)]
    check_equal(busctl(stage, *LOG, "Remove", "at", str(len(ids)), *ids, user=BOB), [1])
    check_equal(remove_matching(stage, BOB, all=False), [0])
    check(isinstance(remove_matching(stage, BOB, all=True), str), "it is not refused")
    check_equal(len(query(stage, all=True)), 3)
    check_equal(remove_matching(stage, ALICE, outcome="cancelled"), [2])
    check_equal(words(query(stage, all=True)), ["private in missed 300"])
    missed = str(query(stage, all=True)[0]["id"])
    answer = busctl(stage, *LOG, "Remove", "at", "1", missed, user=ALICE)
    check("denied" in str(answer), f"what nobody owned takes a right: {answer}")
    check_equal(remove_matching(stage, ALICE, outcome="missed"), [0])
    check_equal(busctl(stage, *LOG, "Remove", "at", "1", missed, user=BOB), [0])
    check_equal(remove_matching(stage, all=True), [1])


@test
def each_user_hears_of_his_own(stage):
    if os.getuid() != 0:
        return
    begin_system(stage)
    alice, bob, root = subscribe(stage, "yes", user=ALICE), subscribe(stage, "yes", user=BOB), subscribe(stage, "yes")
    dial(stage, ALICE, "shared", "301")
    dial(stage, BOB, "shared", "echo?ring=10s")
    stage.wait_until(lambda: len(query(stage, all=True)) == 3, "all calls are over")
    check_equal([len(heard(popen, count)) for popen, count in ((alice, 2), (bob, 1), (root, 3))], [2, 1, 3])


# A polkit that grants one action, says so, and prints what it is asked.
POLKIT = """
from gi.repository import Gio, GLib
import sys
XML = '<node><interface name="org.freedesktop.PolicyKit1.Authority"><method name="CheckAuthorization"><arg type="(sa{sv})"' \
      ' direction="in"/><arg type="s" direction="in"/><arg type="a{ss}" direction="in"/><arg type="u" direction="in"/><arg type="s"' \
      ' direction="in"/><arg type="(bba{ss})" direction="out"/></method></interface></node>'
flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(sys.argv[1], flags, None, None)
def on_call(connection, sender, path, interface, member, arguments, invocation):
    action = arguments.unpack()[1]
    print(action, flush=True)
    invocation.return_value(GLib.Variant("((bba{ss}))", ((action == sys.argv[2], False, {}),)))
bus.register_object("/org/freedesktop/PolicyKit1/Authority", Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0], on_call, None, None)
bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
              GLib.Variant("(su)", ("org.freedesktop.PolicyKit1", 4)), None, 0, -1, None)
print("ready", flush=True)
GLib.MainLoop().run()
"""


@test
def polkit_gives_the_right_to_read_or_erase_all(stage):
    if os.getuid() != 0:
        return
    three_calls(stage)
    for action, reads, erases in [("org.callbus1.read-log", True, False), ("org.callbus1.erase-log", False, True)]:
        polkit = subprocess.Popen(["/usr/bin/python3", "-c", POLKIT, stage.environment["DBUS_SESSION_BUS_ADDRESS"], action],
                                  stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        check_equal(polkit.stdout.readline(), "ready\n")
        answer = busctl(stage, *LOG, "Query", "a{sv}tu", *pack({"all": True}), "0", "10", user=BOB)
        check_equal(isinstance(answer, list) and len(answer[0]), 4 if reads else False, answer)
        answer = remove_matching(stage, BOB, all=True)
        check_equal(answer if isinstance(answer, list) else False, [4] if erases else False, answer)
        polkit.kill()
        check_equal(polkit.communicate()[0].split(), ["org.callbus1.read-log", "org.callbus1.erase-log"])
    check_equal(query(stage, all=True), [])


if __name__ == "__main__":
    run_tests(tests, __doc__)
