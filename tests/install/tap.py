# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the installation have in common: a list of tests, checks, and a report in TAP."""

import subprocess
import sys
import traceback

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


def check_equal(seen, expected, *what):
    check(seen == expected, *what, f"\nseen:     {seen!r}\nexpected: {expected!r}")


def run(*arguments, status=0, **options):
    """Runs a program to its end, and returns what it said on both outputs."""
    options = {"stdin": subprocess.DEVNULL, "timeout": 120} | options
    done = subprocess.run([str(word) for word in arguments], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)
    check(status is None or done.returncode == status, *arguments, f"ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def main(stage):
    """Runs every test with the stage, tells its outcome and returns whether one failed."""
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, function in enumerate(TESTS, 1):
        name = function.__name__.replace("_", " ")
        try:
            function(stage)
            print(f"ok {number} - {name}")
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name}")
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="")
        sys.stdout.flush()
    return failed > 0
