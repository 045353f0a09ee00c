#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each fault that is planted in a provider is found by the conformance suite, and by the right words. TAP.

usage: test-faults.py PROGRAM..., each named after its fault
"""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from faults import FAULTS


def name_of(program):
    return os.path.basename(program).removeprefix("silence-")


def judge(program):
    fault = FAULTS[name_of(program)]
    env = dict(os.environ, CK_RUN_CASE=fault.case)
    output = subprocess.run([program], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
                            encoding="utf-8", errors="replace").stdout
    found = [line for line in output.splitlines() if line.startswith("not ok") and fault.says in line]
    return bool(found), output


def main():
    programs = sys.argv[1:]
    print(f"1..{len(programs)}")
    missing = set(FAULTS) - {name_of(program) for program in programs}
    if missing:
        sys.exit(f"not built: {missing}")
    with ThreadPoolExecutor(max_workers=2) as pool:
        for i, (program, (found, output)) in enumerate(zip(programs, pool.map(judge, programs)), 1):
            print(f"{'ok' if found else 'not ok'} {i} - a provider with the fault {name_of(program)} is found out")
            for line in [] if found else output.splitlines():
                print(f"# {line}")


main()
