#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the conformance suite in each of several programs, and tells a table of what became of its groups: passed, FAILED, and n/a for
what does not apply. Arguments: the provider's program, then NAME=PROGRAM for each column. Fails if one scenario does."""

import concurrent.futures
import os
import re
import subprocess
import sys
import time

RESULT = re.compile(r"(not )?ok \d+ - .*?:(\w+):(\w+): (.*)")
LEFT_OUT = re.compile(r"# not applicable: (\w+): (\w+): (.*)")


class Column:
    """One program, run from begin to end."""

    def __init__(self, name, command):
        begin = time.monotonic()
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.name = name
        self.seconds = time.monotonic() - begin
        self.counts = {}  # group -> [passed, failed, not applicable]
        self.notes = {}   # what is not applicable, and why
        self.failures = []
        for line in done.stdout.splitlines():
            self.take(line)
        if done.returncode != 0 and not self.failures:
            self.failures.append(f"the program itself: {done.returncode}: {done.stderr[-500:]}")

    def count(self, group, what):
        self.counts.setdefault(group, [0, 0, 0])[what] += 1

    def take(self, line):
        if found := RESULT.match(line):
            failed, group, scenario, text = found.groups()
            self.count(group, 1 if failed else 0)
            if failed:
                self.failures.append(f"{group}: {scenario}: {text}")
        elif found := LEFT_OUT.match(line):
            group, scenario, why = found.groups()
            self.count(group, 2)
            self.notes[f"{group}: {scenario}"] = why

    def cell(self, group):
        passed, failed, left_out = self.counts.get(group, (0, 0, 0))
        words = [str(passed)] if passed else []
        words += [f"{failed} FAILED"] if failed else []
        words += [f"{left_out} n/a" if passed or failed else "n/a"] if left_out else []
        return ", ".join(words) or "-"


def print_table(columns):
    groups = list(dict.fromkeys(group for column in columns for group in column.counts))
    rows = [[""] + [column.name for column in columns]]
    rows += [[group] + [column.cell(group) for column in columns] for group in groups]
    totals = [[sum(counts[i] for counts in column.counts.values()) for i in range(3)] for column in columns]
    rows += [[what] + [str(total[i]) for total in totals] for i, what in enumerate(["passed", "failed", "not applicable"])]
    rows += [["seconds"] + [f"{column.seconds:.0f}" for column in columns]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip())


def print_notes(columns):
    """What is left out in all columns alike is told once."""
    whys = {}
    for column in columns:
        for what, why in column.notes.items():
            whys.setdefault((what, why), []).append(column.name)
    print("\nNot applicable:")
    for (what, why), names in whys.items():
        print(f"  {what} ({'all' if len(names) == len(columns) else ', '.join(names)}): {why}")
    failures = [f"  {column.name}: {failure}" for column in columns for failure in column.failures]
    print("\nFailed:" if failures else "\nNothing failed.")
    for failure in failures:
        print(failure)
    return len(failures)


def main():
    provider, programs = sys.argv[1], [argument.split("=", 1) for argument in sys.argv[2:]]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        columns = list(pool.map(lambda column: Column(column[0], [column[1], provider]), programs))
    print_table(columns)
    return 1 if print_notes(columns) else 0


sys.exit(main())
