#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Is what docs/first-real-call.md shows true? Plays its ```console blocks one after the other, on one bus that starts the service when it
is first asked for, in a home of its own, where lab.test is a Kamailio at which Carol's telephone answers. TAP.

usage: test-first-call.py CALLBUSD FOLDER PROVIDERS LAB NAMES DOCUMENT      (FOLDER: of callbusctl; LAB and NAMES: the program and the
                                                                             library with its names)
       test-first-call.py --shell CALLBUSD FOLDER PROVIDERS LAB NAMES       a shell there, for whoever writes the document"""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "bus"))
# pylint: disable=wrong-import-position
import callbusctl_stage
from callbusctl_stage import DEADLINE_S, Stage, check
from handbook import Shell, blocks, judge

SERVICE = """[D-BUS Service]
Name=org.callbus1
Exec=/usr/bin/env LD_PRELOAD={names} ASAN_OPTIONS=verify_asan_link_order=0 {callbusd} --session
"""


class Home(Stage):
    """A home whose bus starts the service by itself."""

    def __init__(self, callbusd, providers, lab, names):
        self.providers, self.names = providers, names
        self.lab = subprocess.Popen([lab], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.host, self.authority = self.lab.stdout.readline().split()
        super().__init__(callbusd, None)
        shutil.copy(self.authority, self.folder / "lab.pem")

    def start_bus(self):
        services = self.folder / "services"
        services.mkdir()
        (services / "org.callbus1.service").write_text(SERVICE.format(callbusd=self.callbusd, names=self.names))
        callbusctl_stage.BUS_CONFIG = callbusctl_stage.BUS_CONFIG.replace("</busconfig>", f"<servicedir>{services}</servicedir></busconfig>")
        before = dict(os.environ)
        os.environ |= {"HOME": str(self.folder), "CALLBUS_PROVIDERS": self.providers, "CALLBUS_TEST_LAB": self.host}
        os.environ.pop("XDG_CONFIG_HOME", None)
        os.environ.pop("XDG_STATE_HOME", None)
        try:
            return super().start_bus()
        finally:
            os.environ.clear()
            os.environ.update(before)

    def close(self):
        self.lab.stdin.close()
        super().close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.lab.wait(DEADLINE_S)
        self.lab.stdout.close()


def play_block(shell, commands):
    for command, expected in commands:
        shell.play(command, expected)


def main():
    interactive = sys.argv[1] == "--shell"
    callbusd, folder, providers, lab, names, *documents = [os.path.abspath(path) for path in sys.argv[1 + interactive:]]
    home = Home(callbusd, providers, lab, names)
    try:
        if interactive:
            return subprocess.call(["bash", "--norc"], env=home.environment | {"PATH": f"{folder}:{os.environ['PATH']}"}, cwd=home.folder)
        shell = Shell(home, folder)
        found = list(blocks(documents[0]))
        check(found, "there is nothing to play")
        print(f"1..{len(found)}", flush=True)
        results = [judge(number, heading, play_block, shell, commands) for number, (heading, commands) in enumerate(found, 1)]
        return not all(results)
    finally:
        home.close()


sys.exit(main())
