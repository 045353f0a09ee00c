#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""callbusd and its state folder: the epoch, the database. TAP.

usage: test-daemon-state.py CALLBUSD [WORD]...      (only the tests whose name contains one of the words)"""

import re
import signal
import sqlite3
import sys

sys.dont_write_bytecode = True
from daemon_stage import (  # pylint: disable=wrong-import-position
    STATUS_STATE, check, check_equal, run_tests, wait_until)

TESTS = []


def test(function):
    TESTS.append(function)
    return function


# ---- State ----


@test
def the_state_folder_must_be_one(stage):
    stage.state.touch()
    stage.fails(STATUS_STATE, re.escape(str(stage.state)), "--state")


@test
def a_corrupt_epoch_is_told_and_kept(stage):
    stage.state.mkdir()
    epoch = stage.state / "epoch"
    for text in ("", "\n", "x\n", "-1\n", "5", "5 6\n", "0x5\n", "18446744073709551615\n", "9" * 100 + "\n"):
        epoch.write_text(text)
        stage.fails(STATUS_STATE, re.escape(str(epoch)), "not a number", "greater than any")
        check_equal(epoch.read_text(), text)
    epoch.unlink()
    epoch.mkdir()
    stage.fails(STATUS_STATE, re.escape(str(epoch)))


@test
def the_epoch_rises_by_one_per_start(stage):
    for expected in range(1, 5):
        service = stage.start()
        check_equal((service.epoch(), (stage.state / "epoch").read_text()), (expected, f"{expected}\n"))
        if expected == 2:
            service.signal(signal.SIGKILL)
            check_equal(service.end(), -signal.SIGKILL)
        else:
            service.stop()
    check_equal(sorted(file.name for file in stage.state.iterdir()), ["callbus.db", "epoch"])


@test
def a_second_bus_of_the_user_has_no_database(stage):
    first = stage.start()
    second = stage.start(DBUS_SESSION_BUS_ADDRESS=stage.start_other_bus())
    wait_until(lambda: "event: ready" in second.said(), "ready is logged")
    said = second.said().splitlines()
    check_equal(len(said), 2, second.said())
    check(re.search(r"callbus\.db: .*another callbusd.*--state.*keeps nothing", said[0]), said)
    second.stop()
    check("callbus.db" not in first.said(), first.said())
    first.stop()


@test
def the_database_is_for_its_user_alone(stage):
    service = stage.start()
    for file in stage.state.glob("callbus.db*"):
        check_equal(file.stat().st_mode & 0o077, 0, file)
    service.stop()


@test
def a_damaged_database_is_set_aside(stage):
    stage.state.mkdir()
    (stage.state / "callbus.db").write_bytes(b"no database at all" * 1000)
    service = stage.start()
    check(re.search(r"callbus\.db: damaged.* kept as .*callbus\.db\.damaged-", service.said()), service.said())
    service.stop()
    kept = list(stage.state.glob("callbus.db.damaged-*"))
    check_equal([file.read_bytes()[:18] for file in kept], [b"no database at all"])
    stage.start().stop()
    check_equal(list(stage.state.glob("callbus.db.damaged-*")), kept)


@test
def a_newer_database_is_left_alone(stage):
    stage.start().stop()
    database = sqlite3.connect(stage.state / "callbus.db")
    database.execute("PRAGMA user_version=1000")
    database.close()
    before = (stage.state / "callbus.db").read_bytes()
    stage.fails(STATUS_STATE, r"callbus\.db: a newer callbusd", "--state")
    check((stage.state / "callbus.db").read_bytes() == before, "it was changed")


@test
def a_database_that_is_none_is_told(stage):
    (stage.state / "callbus.db").mkdir(parents=True)
    stage.fails(STATUS_STATE, r"callbus\.db: ", "--state")


@test
def what_the_journal_can_be_is_told(stage):
    stage.refuses("[Journal]\nStorage=memory\n", r"callbusd\.conf:2: ", "'memory' is not one of persistent, none")
    stage.refuses("[Journal]\nDurability=full\n", r"callbusd\.conf:2: ", "'full' is not one of crash, power")
    for text in ("Storage=persistent\nDurability=power\n", "Durability=crash\n"):
        stage.write("[Journal]\n" + text)
        stage.start().stop()
        check((stage.state / "callbus.db").exists(), text)
    (stage.state / "callbus.db").unlink()
    stage.write("[Journal]\nStorage=none\n")
    stage.start().stop()
    check_equal([file.name for file in stage.state.iterdir()], ["epoch"])


if __name__ == "__main__":
    run_tests(TESTS, __doc__)
