#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Is what the documents show true? Runs the commands of their ```console blocks, each block on a bus of its own with a
service in debug mode, and compares what they print; "…" in a document stands for anything. TAP.

usage: test-handbook.py CALLBUSD FOLDERS DOCUMENT...      (FOLDERS: for the commands, with ":" between them)

A command that only looks is run again until it shows what it should: what was begun in the background takes its time."""

import os
import pathlib
import re
import subprocess
import sys
import time
import traceback

from callbusctl_stage import DEADLINE_S, Output, Stage, check

LOOKS = re.compile(r"busctl --user (get-property|tree|introspect)|callbusctl (lines|line|calls|show|conference)\b")
END = "--- end of the command ---"


def blocks(document):
    """The commands of each block, with what they print, and the heading above."""
    text = pathlib.Path(document).read_text()
    for match in re.finditer(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        heading = re.findall("^#+ (.*)", text[:match.start()], re.MULTILINE)[-1]
        parts = re.split(r"^\$ ", match[1], flags=re.MULTILINE)[1:]
        yield heading, [part.split("\n", 1) for part in parts]


def pattern(expected):
    return "".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", expected))


class Shell:
    def __init__(self, stage, folders):
        environment = stage.environment | {"PATH": f"{folders}:{os.environ['PATH']}", "COLUMNS": "120", "SYSTEMD_COLORS": "0"}
        self.popen = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=environment, start_new_session=True)
        self.output = Output(self.popen.stdout.fileno())

    def run(self, command):
        self.popen.stdin.write(f"{command}\necho '{END}'\n".encode())
        self.popen.stdin.flush()
        begin = self.output.position
        end = self.output.expect(f"^{END}\n").start()
        return self.output.text[begin:end]

    def close(self):
        """What it left in the background ends with the bus."""
        self.popen.stdin.close()
        self.popen.wait(DEADLINE_S)
        self.popen.stdout.close()


def play(shell, command, expected):
    deadline = time.monotonic() + (10 if LOOKS.match(command) else 0)
    while True:
        printed = shell.run(command)
        if re.fullmatch(pattern(expected), printed):
            return
        check(time.monotonic() < deadline, f"$ {command}\nprinted:\n{printed}expected:\n{expected}")
        time.sleep(0.05)


def play_block(callbusd, folders, commands):
    stage = Stage(callbusd, None)
    shell = None
    try:
        stage.start_service()
        shell = Shell(stage, folders)
        for command, expected in commands:
            play(shell, command, expected)
    finally:
        stage.close()
        if shell:
            shell.close()


def main():
    callbusd, folders, *documents = sys.argv[1:]
    folders = ":".join(os.path.abspath(folder) for folder in folders.split(":"))
    found = [(document, *block) for document in documents for block in blocks(document)]
    failed = not found
    print(f"1..{len(found)}", flush=True)
    for number, (document, heading, commands) in enumerate(found, 1):
        name = f"{pathlib.Path(document).name}: {heading}"
        try:
            play_block(os.path.abspath(callbusd), folders, commands)
            print(f"ok {number} - {name}", flush=True)
        except Exception:  # pylint: disable=broad-except
            failed = True
            print(f"not ok {number} - {name}", flush=True)
            print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
    return failed


sys.exit(main())
