#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Takes one file out of a text that is written around it: all blocks of code that bear its name, in their order.

usage: extract.py TEXT NAME
"""
import sys


def blocks(lines, name):
    """The lines between ``` LANGUAGE NAME and ```."""
    inside = False
    for line in lines:
        if line.startswith("```"):
            inside = not inside and line.split()[1:] == [name]
        elif inside:
            yield line


def main():
    text, name = sys.argv[1:]
    with open(text, encoding="utf-8") as lines:
        code = list(blocks(lines, name))
    if not code:
        sys.exit(f"{text} has no block of code for {name}")
    sys.stdout.writelines(code)


main()
