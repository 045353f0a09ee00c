#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What people type to see and to erase what became of calls: callbusctl log, with a real service. TAP.

usage: test-callbusctl-log.py CALLBUSD CALLBUSCTL [WORD]...  (only the tests whose name contains one of the words)"""

import csv
import io
import json
import re
import signal
import sys

sys.dont_write_bytecode = True
from callbusctl_stage import check, check_equal, run_tests  # pylint: disable=wrong-import-position

RED, PLAIN = "\x1b[0;1;31m", "\x1b[0m"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def ring(stage, line, address):
    """A call that rings and is given up."""
    process = stage.start("dial", line, address)
    process.expect("ringing")
    process.send_signal(signal.SIGINT)
    process.end()


def make_calls(stage):
    stage.run("dial", "loop0", "hangup?ring=0&talk=1s")
    stage.run("dial", "loop0", "congestion")
    stage.run("dial", "loop1", "reject")
    ring(stage, "loop0", "101")


def rows(out):
    """Of a table: the words of each row, without the day and the time of it."""
    return [re.sub(r"^\S+ \S+ +", "", row).split() for row in out.splitlines() if re.match(r"\d{4}-|today ", row)]


def ids(stage, *options):
    return stage.ok("log", "--quiet", *options).out.split()


@test
def the_log_is_a_table(stage):
    check_equal(stage.ok("log").out, "No calls.\n")
    make_calls(stage)
    out = stage.ok("log").out
    lines = out.splitlines()
    check(re.fullmatch(r"TIME +WHO +LINE +OUTCOME +DURATION", lines[0]), out)
    seen = rows(out)
    check(re.fullmatch("[1-9]s", seen[-1].pop()), out)
    check_equal(sorted(seen[:2]), sorted([["←", "100", "loop1", "missed", "-"], ["→", "101", "loop0", "cancelled", "-"]]))
    check_equal(seen[2:], [["→", "reject", "loop1", "rejected", "-"], ["→", "congestion", "loop0", "failed", "(congestion)", "-"],
                           ["→", "hangup?ring=0&talk=1s", "loop0", "answered"]])
    check_equal(lines[-2:], ["", "5 calls listed."])
    check(all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", row) for row in lines[1:6]), out)
    check("\x1b" not in out, out)
    check_equal(rows(stage.ok("log", "--reverse").out), rows(out)[::-1])
    check_equal(len(stage.ok("log", "--no-legend").out.splitlines()), 5)
    ascii_only = stage.ok("log", "--missed", LANG="C", LC_ALL="C").out
    check("<-" in ascii_only and ascii_only.isascii(), ascii_only)


@test
def missed_calls_stand_out_on_a_terminal(stage):
    make_calls(stage)
    status, shown = stage.on_terminal("log")
    check_equal(status, 0)
    missed = [row for row in shown.splitlines() if "missed" in row]
    check_equal(len(missed), 1)
    check(f"{RED}missed{PLAIN}" in missed[0] and f"{RED}100{PLAIN}" in missed[0], repr(missed[0]))
    check(missed[0].startswith("today "), repr(missed[0]))
    check(RED not in "".join(row for row in shown.splitlines() if "missed" not in row), repr(shown))
    _, bare = stage.on_terminal("log", NO_COLOR="1")
    check("missed" in bare and "\x1b" not in bare, repr(bare))
    _, narrow = stage.on_terminal("log", columns=40)
    check(all(len(re.sub(r"\x1b\[[0-9;]*m", "", row)) <= 45 for row in narrow.splitlines()), narrow)


@test
def options_choose(stage):
    make_calls(stage)
    def words(*options):
        return sorted(" ".join(row[1:4]) for row in rows(stage.ok("log", *options).out))

    check_equal(words("--missed"), ["100 loop1 missed"])
    check_equal(words("--outcome=rejected"), ["reject loop1 rejected"])
    check_equal(words("--direction", "in"), ["100 loop1 missed"])
    check_equal(words("--line=loop1"), ["100 loop1 missed", "reject loop1 rejected"])
    check_equal(words("--number", "1-0-0"), ["100 loop1 missed"])
    check_equal(words("--line=loop1", "--outcome=rejected", "--direction=out"), ["reject loop1 rejected"])
    check_equal(len(words("--since=-1h")), 5)
    check_equal(len(words("--since", "today", "--until=+1h")), 5)
    check_equal(words("--until=-1h"), [])
    check_equal(len(words("--since=2020-01-01", "--until", "2099-12-31 23:59")), 5)
    check_equal(len(words("--all")), 5)


@test
def only_so_many_are_shown(stage):
    for _ in range(3):
        stage.run("dial", "loop0", "reject")
    out = stage.ok("log", "-n", "2").out
    check_equal(out.splitlines()[-2:], ["2 calls listed.", "There are older ones: say --lines=all, or --since=."])
    check_equal(len(rows(stage.ok("log", "--lines=3").out)), 3)
    check("older" not in stage.ok("log", "--lines=3").out)
    check("older" not in stage.ok("log", "--lines=all").out)
    check_equal(stage.ok("log", "-n2", "--reverse", "-q").out.split(), ids(stage)[:2][::-1])


@test
def the_log_is_json(stage):
    make_calls(stage)
    entries = stage.ok("log", "--json=short").json()
    check_equal([entry["outcome"] for entry in entries[2:]], ["rejected", "failed", "answered"])
    check_equal(stage.ok("log", "--json=pretty").json(), entries)
    check_equal(stage.ok("log", "-j", "-n1").json(), entries[:1])
    check_equal([str(entry["id"]) for entry in entries], ids(stage))
    check_equal(stage.ok("log", "--json=short", "--until=2000-01-01").out, "[]\n")


@test
def the_log_is_exported(stage):
    make_calls(stage)
    stage.run("dial", "loop0", "+49 30 12,34")
    entries = stage.ok("log", "--json=short").json()
    check_equal(stage.ok("log", "--export=json").json(), entries)
    check_equal(stage.ok("log", "--export=json", "--missed").json(), [e for e in entries if e["outcome"] == "missed"])
    check_equal(stage.ok("log", "--export=json", "--until=2000-01-01").json(), [])
    text = stage.ok("log", "--export=csv").out
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    check_equal([row["id"] for row in table], [str(entry["id"]) for entry in entries])
    check_equal([row["number"].lstrip("'") for row in table], [entry["number"] for entry in entries])
    check_equal(float(table[-1]["duration"]), round(entries[-1]["duration"] / 1e6 - 0.0005, 3))
    check_equal(len(stage.ok("log", "--export=csv", "--lines=2").out.splitlines()), 3)


@test
def the_log_is_followed(stage):
    stage.run("dial", "loop0", "reject")
    process = stage.start("log", "--follow")
    process.expect("reject .*rejected")
    stage.run("dial", "loop0", "congestion")
    process.expect(r"^\d{4}-\S+ \S+  → +congestion +loop0 +failed \(congestion\) +-$")
    stage.stop_service()
    stage.start_service()
    stage.run("dial", "loop0", "bad")
    process.expect("→ +bad +loop0 +failed")
    process.send_signal(signal.SIGINT)
    status, text = process.end()
    check_equal((status, len(text.splitlines())), (0, 3), text)


@test
def the_log_is_followed_as_json(stage):
    stage.run("dial", "loop0", "congestion")
    stage.run("dial", "loop0", "bad")
    process = stage.start("log", "-f", "--json=short", "--outcome=failed", "-n", "1")
    check_equal(json.loads(process.expect(r"^\{.*\}$")[0])["number"], "bad")
    stage.run("dial", "loop0", "reject")
    stage.run("dial", "loop0", "congestion")
    check_equal(json.loads(process.expect(r"^\{.*\}$")[0])["number"], "congestion")
    process.send_signal(signal.SIGTERM)
    status, text = process.end()
    check_equal((status, len(text.splitlines())), (0, 2), text)


@test
def entries_are_erased(stage):
    make_calls(stage)
    everything = ids(stage)
    stage.fails(2, "log", "--remove", everything[0], says="say --yes")
    stage.fails(2, "log", "--clear", says="all entries of the call log: say --yes")
    check_equal(ids(stage), everything)
    check_equal(stage.ok("log", "--remove", "--yes", everything[0], everything[2]).out, "2 entries removed.\n")
    check_equal(ids(stage), [everything[1], *everything[3:]])
    stage.fails(1, "log", "--remove", "--yes", everything[0], says="there is no such entry")
    check_equal(stage.ok("log", "--clear", "--outcome=answered", "--yes").out, "1 entry removed.\n")
    check_equal(stage.ok("log", "--clear", "--yes", "--json=short").json(), {"removed": 2})
    check_equal(ids(stage), [])


@test
def erasing_asks_first(stage):
    make_calls(stage)
    for answer, left in [("n", 5), ("", 5), ("yes", 4)]:
        process = stage.start_on_terminal("log", "--remove", ids(stage)[0])
        process.expect(r"Remove this entry, for good\? \[y/N\] ")
        process.press(answer + "\n")
        check_equal(process.end()[0], 0 if left == 4 else 1)
        check_equal(len(ids(stage)), left)
    process = stage.start_on_terminal("log", "--clear", "--missed")
    process.expect(r"Remove the entries of the call log that fit, for good\? \[y/N\] ")
    process.press("n\n")
    process.expect("nothing was removed")


@test
def what_is_wrong_is_said(stage):
    for words, says in [
            (("--since=foo",), "--since does not understand 'foo': say today"),
            (("--until", "2026-13-01"), "--until does not understand"),
            (("--lines=few",), "--lines wants a number or all, not 'few'"),
            (("--outcome=lost",), "'lost' is no outcome: use answered"),
            (("--direction=up",), "'up' is no direction"),
            (("--missed", "--outcome=busy"), "say only one of them"),
            (("--export=xml",), "--export wants json or csv"),
            (("--export=csv", "--follow"), "do not go together"),
            (("--reverse", "-f"), "--reverse is for the table"),
            (("--remove",), "--remove wants the ids"),
            (("--remove", "--yes", "x1"), "'x1' is no id"),
            (("17",), "wants no argument")]:
        stage.fails(2, "log", *words, says=says)
    stage.fails(2, "calls", "--since=today", says="'calls' takes no --since")
    stage.fails(2, "lines", "--yes", says="'lines' takes no --yes")
    stage.stop_service()
    stage.fails(1, "log", says="cannot read the call log: callbusd is not running")
    stage.fails(1, "log", "--clear", "--yes", says="cannot remove entries of the call log: callbusd is not running")


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
