#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Is what the documents show true? Plays their ```console blocks, each on a bus of its own with a service in debug mode. TAP.

usage: test-handbook.py CALLBUSD FOLDERS DOCUMENT...      (FOLDERS: for the commands, with ":" between them)"""

import os
import pathlib
import sys

from callbusctl_stage import Stage
from handbook import Shell, blocks, files, judge


def play_block(callbusd, folders, document, commands):
    stage = Stage(callbusd, None)
    shell = None
    try:
        for name, text in files(document):
            (stage.folder / name).write_text(text)
        stage.start_service()
        shell = Shell(stage, folders)
        for command, expected in commands:
            shell.play(command, expected)
    finally:
        stage.close()
        if shell:
            shell.close()


def main():
    callbusd, folders, *documents = sys.argv[1:]
    folders = ":".join(os.path.abspath(folder) for folder in folders.split(":"))
    found = [(document, *block) for document in documents for block in blocks(document)]
    print(f"1..{len(found)}", flush=True)
    results = [judge(number, f"{pathlib.Path(document).name}: {heading}", play_block, os.path.abspath(callbusd), folders, document,
                     commands)
               for number, (document, heading, commands) in enumerate(found, 1)]
    return not (results and all(results))


sys.exit(main())
