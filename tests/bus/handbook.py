# SPDX-License-Identifier: LGPL-2.1-or-later
"""Documents whose ```console blocks are played: what is a command, and whether it prints what the document shows. "…" in a document
stands for anything; a command goes on in lines that begin with "> ". A block "```c dial.c" is the file dial.c for the commands."""

import os
import pathlib
import re
import subprocess
import time
import traceback

from callbusctl_stage import DEADLINE_S, Output, check

# A command that only looks is run again until it shows what it should: what was begun in the background takes its time.
LOOKS = re.compile(r"busctl --user (get-property|tree|introspect)|callbusctl (lines|line|calls|show|conference)\b(?! add| remove)")
# What a document shows as it was once, and is another each time: a time, a Call ID, how long people talked.
VARIES = re.compile(r"(…|\b\d\d:\d\d:\d\d\b|\b[0-9a-f]{32}\b|(?<=after )\d+s)")
END = "--- end of the command ---"


def commands(block):
    """The commands of a block, with what they print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        rows = part.splitlines()
        n = 1
        while n < len(rows) and rows[n].startswith("> "):
            n += 1
        command = "\n".join([rows[0]] + [row[2:] for row in rows[1:n]])
        yield command, "".join(row + "\n" for row in rows[n:])


def blocks(document):
    """The commands of each block, and the heading above."""
    text = pathlib.Path(document).read_text()
    for match in re.finditer(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        heading = re.findall("^#+ (.*)", text[:match.start()], re.MULTILINE)[-1]
        yield heading, list(commands(match[1]))


def files(document):
    """The names of the files that the document has, and what is in them."""
    return re.findall(r"^```\w+ ([\w.-]+)\n(.*?)^```", pathlib.Path(document).read_text(), re.MULTILINE | re.DOTALL)


def pattern(expected):
    parts = VARIES.split(expected)
    return "".join(".*" if n % 2 else re.escape(part) for n, part in enumerate(parts))


class Shell:
    def __init__(self, stage, folders):
        environment = stage.environment | {"PATH": f"{folders}:{os.environ['PATH']}", "COLUMNS": "120", "SYSTEMD_COLORS": "0"}
        self.popen = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=environment, cwd=stage.folder, start_new_session=True)
        self.output = Output(self.popen.stdout.fileno())

    def run(self, command):
        self.popen.stdin.write(f"{command}\necho '{END}'\n".encode())
        self.popen.stdin.flush()
        begin = self.output.position
        end = self.output.expect(f"^{END}\n").start()
        return self.output.text[begin:end]

    def play(self, command, expected):
        deadline = time.monotonic() + (DEADLINE_S if LOOKS.match(command) else 0)
        while True:
            printed = self.run(command)
            if re.fullmatch(pattern(expected), printed):
                return
            check(time.monotonic() < deadline, f"$ {command}\nprinted:\n{printed}expected:\n{expected}")
            time.sleep(0.05)

    def close(self):
        """What it left in the background ends with the bus."""
        self.popen.stdin.close()
        self.popen.wait(DEADLINE_S)
        self.popen.stdout.close()


def judge(number, name, play, *arguments):
    """Tells the result in TAP, and whether it is good."""
    try:
        play(*arguments)
        print(f"ok {number} - {name}", flush=True)
        return True
    except Exception:  # pylint: disable=broad-except
        print(f"not ok {number} - {name}", flush=True)
        print("".join("# " + line + "\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
        return False
