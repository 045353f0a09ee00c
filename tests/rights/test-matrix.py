#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every deed, by every kind of user, whatever polkit says: allowed or refused as the table says, and nothing changed by a refusal.
TAP. Needs root, as its clients are several users. Each kind of user has a service of its own, all at the same time.

usage: test-matrix.py CALLBUSD [WORD]...   (only the cases whose name contains one of the words)"""

import os
import subprocess
import sys

from gi.repository import GLib

from cases import CASES, address_of
from stage import MORTAL, Stage, check, check_equal, let_pass, until

NAMED = ["daemon", "bin", "sys", "games", "man", "lp", "mail", "news"]
OTHERS = ["nobody", "uucp", "proxy", "www-data", "backup", "list", "irc", "_apt"]
KINDS = {"root": ["root"], "named": NAMED, "other": OTHERS}
LINES_OF = {"root": "street", "named": "house", "other": "street"}
END = "# all was tried"
GARBAGE = GLib.Variant("(s)", ("yes",))
DENIED = "AccessDenied"


def line_of(kind, number):
    return f"{LINES_OF[kind]}{number:02}"


def lines(kind, count):
    allowed = f"AllowedUsers={';'.join(NAMED)}\n" if kind == "named" else ""
    own = f"{allowed}PickupGroup=g\nCountryCode=49\nCostlyPrefixes=9\nEmergencyNumbers=112;555\n"
    made = {line_of(kind, number): f"Addresses={address_of(line_of(kind, number))}\n{own}" for number in range(count)}
    return made | {"bell": "Addresses=399\nPickupGroup=g\n"}


class Cell:
    """One method, called by one user, on a line of its own."""

    def __init__(self, stage, observer, case, kind, number):
        self.stage, self.observer, self.kind = stage, observer, kind
        self.name, self.actions, prepare = case
        self.line = line_of(kind, number)
        stage.polkit.say("yes")
        self.client, self.helper = stage.client(KINDS[kind][number % len(KINDS[kind])]), stage.client("root")
        self.act = prepare(self.client, self.helper, self.line)
        self.before = self.seen()
        self.questions = len(stage.polkit.questions)
        self.reply = None

    def seen(self):
        """All that somebody could see change, but for the count of frames that are heard."""
        let_pass(0.02)
        all_of = {("priority", "video"): self.observer.manager("GetAppPriority", "(s)", "video").ok()}
        for who in (self.client, self.observer):
            for path, interfaces in who.objects().items():
                if path.endswith("/" + self.line) or "/client/" in path:
                    all_of |= {(who.user, path, name): value for of in interfaces.values() for name, value in of.items()
                               if name != "MediaStats"}
        return all_of

    def asked(self):
        return [question["action"] for question in self.stage.polkit.questions[self.questions:]
                if question["client"] == self.client.name]

    def begin(self):
        self.reply = self.act()

    def expect(self, allowed, asked):
        self.reply.wait()
        what = f"{self.name} by {self.kind}"
        check_equal(self.asked(), list(asked), what)
        check_equal(self.reply.error, "" if allowed else DENIED, what, self.reply.text)
        if not allowed:
            check("org.callbus1." in self.reply.text, self.reply.text)
            after = self.seen()
            changed = {key: (self.before.get(key), after.get(key)) for key in self.before | after
                       if self.before.get(key) != after.get(key)}
            check_equal(changed, {}, what)

    def end(self):
        self.client.close()
        self.helper.close()
        active = lambda: self.observer.get(f"/org/callbus1/line/{self.line}", "ActiveCalls", "org.callbus1.Line")
        until(lambda: active() == 0, f"the end of the calls of {self.name}")
        self.observer.line(self.line, "Forward", "(a(sssu))", []).ok()
        self.observer.manager("SetAppPriority", "(sas)", "video", []).ok()


# What polkit does, given the cell in which it is asked; and does that allow it?
def answer_slowly(cell):
    while not cell.reply.done:
        until(lambda: cell.reply.done or cell.stage.polkit.open)
        let_pass(0.05)
        cell.stage.polkit.answer_open("yes")


def die(cell):
    until(lambda: cell.reply.done or cell.stage.polkit.open)
    cell.stage.polkit.vanish()
    cell.reply.wait()
    cell.stage.polkit.appear()


VERDICTS = {
    "yes": ("yes", None, True), "slow": (None, answer_slowly, True),
    "no": ("no", None, False), "challenge": ("challenge", None, False), "error": ("error", None, False),
    "garbage": (GARBAGE, None, False), "killed": (None, die, False),
}


def test_verdict(stage, observer, case, kind, verdict):
    says, meanwhile, allows = VERDICTS[verdict]
    cell = Cell(stage, observer, case, kind, 0)
    stage.polkit.say(says)
    cell.begin()
    if meanwhile:
        meanwhile(cell)
    asked = [] if kind == "root" else cell.actions if allows else cell.actions[:1]
    try:
        cell.expect(allows or not asked, asked)
    finally:
        cell.end()


def test_absent(stage, observer, case, kind):
    """Without polkit the settings of the line count, and they say nothing of what is about no line."""
    cell = Cell(stage, observer, case, kind, 0)
    stage.polkit.vanish()
    cell.begin()
    cell.reply.wait()
    stage.polkit.appear()
    named = kind == "named" and "configure" not in cell.actions
    try:
        cell.expect(kind == "root" or named or not cell.actions, [])
    finally:
        cell.end()


def test_dead(stage, observer, cases, kind):
    """All of them wait for one that never answers, which takes seconds, so they do it at the same time."""
    cells = [Cell(stage, observer, case, kind, number) for number, case in enumerate(cases)]
    stage.polkit.say(None)
    for cell in cells:
        cell.begin()
    try:
        for cell in cells:
            cell.expect(not cell.actions, cell.actions[:1])
    finally:
        stage.polkit.open = []
        for cell in cells:
            cell.end()


def tests(kind, cases):
    for case in cases:
        for verdict in VERDICTS:
            yield f"{case[0]}: {kind}, {verdict}", test_verdict, (case, kind, verdict)
        yield f"{case[0]}: {kind}, absent", test_absent, (case, kind)


def run_tests(callbusd, made, chosen):
    """Prints lines of TAP without numbers."""
    with Stage(callbusd, made) as stage:
        observer = stage.client("root")
        for line in made:
            observer.open(line, "none").ok()
        for name, function, arguments in chosen:
            try:
                function(stage, observer, *arguments)
                print(f"ok - {name}", flush=True)
            except Exception as error:  # pylint: disable=broad-except
                print(f"not ok - {name}")
                print("".join(f"# {line}\n" for line in str(error).splitlines()), end="", flush=True)
                if not stage.polkit.connection or stage.polkit.connection.is_closed():
                    stage.polkit.appear()


def run_kind(callbusd, kind, words):
    """One line is enough where one is tried after the other, and each is read often."""
    cases = [case for case in CASES if not words or any(word in case[0] for word in words)]
    run_tests(callbusd, lines(kind, 1), tests(kind, cases))
    if kind != "root":
        name = f"{', '.join(case[0] for case in cases)}: {kind}, dead"
        run_tests(callbusd, lines(kind, len(cases)), [(name, test_dead, (cases, kind))])
    print(END)


def number_tests(output, count):
    """Prints what one kind has printed, and tells how many tests and failures there are now."""
    failed, last = 0, ""
    for last in output:
        word, dash, name = last.partition(" - ")
        if dash and word in ("ok", "not ok"):
            count += 1
            failed += word != "ok"
            last = f"{word} {count} - {name}"
        print(last, end="", flush=True)
    if last.strip() != END:
        count, failed = count + 1, failed + 1
        print(f"not ok {count} - all is tried")
    return count, failed


def main():
    if os.geteuid() != 0:
        print("1..0 # SKIP not root: clients of several users can't be made")
        return 0
    if sys.argv[1] == "--kind":
        run_kind(sys.argv[3], sys.argv[2], sys.argv[4:])
        return 0
    failed = count = 0
    workers = [subprocess.Popen([*MORTAL, sys.executable, sys.argv[0], "--kind", kind, *sys.argv[1:]], stdout=subprocess.PIPE, text=True)
               for kind in KINDS]
    for worker in workers:
        count, more = number_tests(worker.stdout, count)
        failed += more
        worker.wait()
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
