#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes one file out of a text that is written around it: all blocks of code that bear its name, in their order.

With a fault, one of faults.py is planted in it.

usage: extract.py TEXT NAME [FAULT]
"""
import sys

from faults import FAULTS


def blocks(lines, name):
    """The lines between ``` LANGUAGE NAME and ```."""
    inside = False
    for line in lines:
        if line.startswith("```"):
            inside = not inside and line.split()[1:] == [name]
        elif inside:
            yield line


def plant(code, fault):
    for old, new in FAULTS[fault].changes:
        if code.count(old) != 1:
            sys.exit(f"{fault}: the code has not exactly one place with: {old}")
        code = code.replace(old, new)
    return code


def main():
    text, name = sys.argv[1:3]
    with open(text, encoding="utf-8") as lines:
        code = "".join(blocks(lines, name))
    if not code:
        sys.exit(f"{text} has no block of code for {name}")
    sys.stdout.write(plant(code, sys.argv[3]) if len(sys.argv) > 3 else code)


main()
