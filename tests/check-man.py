#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Are the manual pages well-formed, and do they tell of all that there is, and of nothing else? Commands, options, exit
status, settings, members of the interfaces, errors. TAP.

usage: check-man.py TOP CALLBUSD CALLBUSCTL PAGE..."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

WIDTH = 80
NAME_OF_OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][a-z-]*")
Item = collections.namedtuple("Item", "section part term text")


def run(*command):
    """What it says, and what it complains of."""
    environment = {"LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": str(WIDTH), "MANPAGER": "cat", "GROFF_NO_SGR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=os.environ | environment)
    return done.stdout, done.stderr.splitlines() + [f"{command[0]}: status {done.returncode}"] * bool(done.returncode)


def complaints(page):
    shown, bad = run("man", "--warnings=w", "-E", "UTF-8", "-l", page)
    lines = re.sub(".\b", "", shown).splitlines()
    bad += run("groff", "-ww", "-man", "-Tutf8", "-Kutf8", "-z", page)[1]
    bad += [f"wider than {WIDTH}: {line}" for line in lines if len(line) > WIDTH]
    bad += [f"not replaced: {line}" for line in lines if re.search("@[A-Z]+@", line)]
    return bad if len(lines) > 20 else bad + ["nothing is shown"]


def plain(line):
    """A line of roff as people read it."""
    for escape, text in ((r"\-", "-"), (r"\(aq", "'"), (r"\(dq", '"'), (r"\&", ""), (r"\ ", " "), (r"\e", "\\")):
        line = line.replace(escape, text)
    return re.sub(r"\\f.", "", line)


def items(page):
    """What the lists of a page tell of."""
    found, section, part, tag = [], "", "", False
    for line in pathlib.Path(page).read_text().splitlines():
        macro, _, rest = line.partition(" ")
        if macro == ".SH":
            section, part = plain(rest), ""
        elif macro == ".SS":
            part = plain(rest)
        elif tag and macro in (".B", ".BI"):
            found.append(Item(section, part, plain(rest).strip(), []))
        elif found and not line.startswith("."):
            found[-1].text.append(plain(line))
        tag = macro == ".TP"
    return found


def terms(page, *sections):
    return [item.term for item in items(page) if item.section in sections]


def option_names(lines):
    return {name for line in lines for name in NAME_OF_OPTION.findall(line)}


def help_of(program):
    """The lines of its help that tell of an option, a command (with its arguments), an exit status."""
    text = run(program, "--help")[0]
    options = option_names(line[:26] for line in re.findall(r"^ {2,6}-.*", text, re.MULTILINE))
    commands = {line.strip() for line in re.findall(r"^  ([a-z]\S*(?: (?:--[a-z]+|add|remove|[A-Z\[.|][^a-z ]*))*) {2,}\S", text, re.MULTILINE)}
    tail = text[text.index("Exit status:"):]
    statuses = set(re.findall(r"(?:^|  |: |; )(\d+) ", tail.replace("\n", "  ")))
    return options, commands, statuses


Limit = collections.namedtuple("Limit", "key group session system least most what")


def limits(top):
    """The table of service/limit.c."""
    rows = re.findall(r'{ "(\w+)", OF(\w*)\(.*?\), (\d+), (\d+), (\d+), (\d+), "(.*?)" }', (top / "service/limit.c").read_text())
    return [Limit(key, "Line" if scope else "Service", *others) for key, scope, *others in rows]


def settings(top):
    """The keys that the tables know: group, key, least, most. A key of [Providers] is a provider's name: the page tells of ours."""
    source = "".join((top / name).read_text() for name in ("service/settings.c", "service/line-setting.c"))
    known = re.findall(r'{ "(\w+)", "(\w+)", SETTING_(\w+), .*, (\d+), (\d+) }', source)
    known += [("Providers", name, "PROVIDER", "0", "0") for name in ("Loopback", "Sip")]
    return known + [(limit.group, limit.key, "NUMBER", limit.least, limit.most) for limit in limits(top)]


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def judge(self, what, bad):
        self.count += 1
        self.failed += bool(bad)
        print(f"{'not ok' if bad else 'ok'} {self.count} - {what}")
        for line in bad:
            print(f"# {line}")

    def same(self, what, page, program):
        """Both ways; and there must be something."""
        page, program = set(page), set(program)
        bad = [f"only in the page: {name}" for name in sorted(page - program)]
        bad += [f"not in the page: {name}" for name in sorted(program - page)]
        self.judge(what, bad or [] if page else ["there is nothing to look at"])


def check_program(tap, name, program, page):
    options, commands, statuses = help_of(program)
    tap.same(f"{name}: options", option_names(terms(page, "OPTIONS")), options)
    tap.same(f"{name}: exit status", terms(page, "EXIT STATUS"), statuses)
    if commands:
        tap.same(f"{name}: commands", terms(page, "COMMANDS"), commands)


def check_settings(tap, top, page):
    known = settings(top)
    told = {(item.part.strip("[]"), item.term): " ".join(item.text) for item in items(page) if item.term.endswith("=")}
    tap.same("callbusd.conf: keys", told, {(group, key + "=") for group, key, *_ in known})
    tap.judge("callbusd.conf: the range of each number",
              [f"{key} is {least} to {most}" for group, key, kind, least, most in known
               if kind == "NUMBER" and f"{least} to {most}" not in told.get((group, key + "="), "")])
    tap.judge("callbusd.conf: each key has a default, or is needed",
              [key for (_, key), text in told.items() if not re.search(r"[Dd]efault|Needed\.", text)])


def check_sip(tap, top, page):
    """The table of providers/sip/account.c, and the words and numbers of its values."""
    known = re.findall(r'{ "(\w+)", value_\w+, MEMBER', (top / "providers/sip/account.c").read_text())
    told = {item.term: " ".join(item.text) for item in items(page) if item.section == "SETTINGS"}
    tap.same("callbus-provider-sip: keys", told, {key + "=" for key in known})
    tap.judge("callbus-provider-sip: each key has a default, or is needed",
              [key for key, text in told.items() if not re.search(r"[Dd]efault|Needed", text)])


def check_limits(tap, top, page):
    """The table of limits says what the code does, and so do the texts."""
    table, group = set(), ""
    for line in plain(pathlib.Path(page).read_text()).splitlines():
        group = line.strip().strip("[]") if re.fullmatch(r"\[\w+\]", line.strip()) else group
        row = re.fullmatch(r"(\w+) +(\d+|-) +(\d+|-) +(\S.*)", line.strip())
        table |= {(group, *row.groups())} if row else set()
    known = limits(top)
    tap.same("callbusd.conf: the table of limits", table,
             {(limit.group, limit.key, "-" if limit.session == "0" else limit.session, limit.system,
               limit.what) for limit in known})
    told = {(item.part.strip("[]"), item.term): " ".join(item.text) for item in items(page) if item.term.endswith("=")}
    bad = []
    for limit in known:
        text = told.get((limit.group, limit.key + "="), "")
        usual = re.search(r"[Dd]efault:? (\w+)(?:; (\d+) on the system bus)?", text)
        session, system = (usual[1], usual[2] or usual[1]) if usual else ("", "")
        bad += [limit.key] * ((session.replace("none", "0"), system) != (limit.session, limit.system))
    tap.judge("callbusd.conf: the usual limits", bad)


def check_interfaces(tap, name, sources, page):
    told = {item.term.split()[0] for item in items(page)}
    text = plain(pathlib.Path(page).read_text())
    members = []
    for path in sources:
        interface = ET.parse(path).getroot().find("interface")
        members += [f"{interface.get('name')}.{child.get('name')}" for child in interface if child.get("name")]
    tap.judge(f"{name}: every member", [name for name in members if name.rsplit(".", 1)[1] not in told] or
              ["no members"] * (not members))
    documented = set(re.findall(r"org\.callbus1\.Error\.(\w+)", "".join(path.read_text() for path in sources)))
    tap.judge(f"{name}: every error", [name for name in documented if f"org.callbus1.Error.{name}" not in text] or
              ["no errors"] * (not documented))


def main():
    top, callbusd, callbusctl = pathlib.Path(sys.argv[1]), *sys.argv[2:4]
    pages = {pathlib.Path(path).name: path for path in sys.argv[4:]}
    tap = Tap()
    for name, page in pages.items():
        tap.judge(f"{name} is rendered without a warning", complaints(page))
    check_program(tap, "callbusd", callbusd, pages["callbusd.8"])
    check_program(tap, "callbusctl", callbusctl, pages["callbusctl.1"])
    check_settings(tap, top, pages["callbusd.conf.5"])
    check_limits(tap, top, pages["callbusd.conf.5"])
    if "callbus-provider-sip.8" in pages:
        check_sip(tap, top, pages["callbus-provider-sip.8"])
    private = sorted(top.glob("dbus/*.Provider*.xml"))
    check_interfaces(tap, "org.callbus1", sorted(set(top.glob("dbus/*.xml")) - set(private)), pages["org.callbus1.5"])
    check_interfaces(tap, "org.callbus1.Provider", private, pages["org.callbus1.Provider.5"])
    print(f"1..{tap.count}")
    return tap.failed > 0


sys.exit(main())
