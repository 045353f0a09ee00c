#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The polkit actions: a file that polkit understands, the same rights as the service asks for and the manual tells of. TAP.

usage: check-rights.py TOP      or: check-rights.py --parse POLICY     (for the build: prints the file, if it is good)"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ET

ANSWERS = ["no", "yes", "auth_self", "auth_admin", "auth_self_keep", "auth_admin_keep"]
OWNER = "org.freedesktop.policykit.owner"


def complaints_of(action):
    name = action.get("id", "")
    if not re.fullmatch(r"org\.callbus1\.[a-z]+(-[a-z]+)*", name):
        yield f"'{name}' is no name for an action of ours"
    for part in ("description", "message"):
        text = action.findtext(part) or ""
        if not text.strip() or text != " ".join(text.split()):
            yield f"{name}: its {part} is no sentence"
    if set(re.findall(r"\$\((.*?)\)", action.findtext("message") or "")) - {"line", "class"}:
        yield f"{name}: its message shows what the service does not tell"
    for who in ("allow_any", "allow_inactive", "allow_active"):
        if action.findtext("defaults/" + who) not in ANSWERS:
            yield f"{name}: {who} is none of {', '.join(ANSWERS)}"
    if [note.text for note in action.findall("annotate") if note.get("key") == OWNER] != ["unix-user:callbus"]:
        yield f"{name}: the service's user is not the owner, so polkit would not answer it"


def complaints(path):
    try:
        root = ET.parse(path).getroot()
    except ET.ParseError as error:
        return [f"{path}: {error}"]
    actions = root.findall("action")
    bad = [text for action in actions for text in complaints_of(action)]
    names = [action.get("id") for action in actions]
    known = {"vendor", "icon_name", "action"}
    bad += [f"<{child.tag}> is unknown" for child in root if child.tag not in known]
    bad += [f"{name} is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    bad += [f"<{part}> is missing" for part in ("vendor", "icon_name") if not root.findtext(part)]
    if root.tag != "policyconfig" or not actions:
        bad.append("it has no actions")
    return [f"{path}: {text}" for text in bad]


def judge(number, what, bad):
    print(f"{'not ok' if bad else 'ok'} {number} - {what}")
    for line in bad:
        print(f"# {line}")
    return bool(bad)


def main():
    if sys.argv[1] == "--parse":
        bad = complaints(sys.argv[2])
        print("\n".join(bad) if bad else pathlib.Path(sys.argv[2]).read_text(), end="\n" if bad else "",
              file=sys.stderr if bad else sys.stdout)
        return bool(bad)
    top = pathlib.Path(sys.argv[1])
    policy = top / "dbus/org.callbus1.policy"
    actions = {action.get("id") for action in ET.parse(policy).getroot().findall("action")}
    table = re.search(r"deeds\[_DEED_MAX\] = \{(.*?)\n\};", (top / "interfaces/authority.c").read_text(), re.DOTALL).group(1)
    asked = {"org.callbus1." + name for name in re.findall(r'\] = \{ "([a-z-]+)"', table)}
    told = set(re.findall(r"^(org\.callbus1\.[a-z-]+)$", (top / "service/callbusd.8.rst").read_text(), re.MULTILINE))
    documented = set(re.findall(r"org\.callbus1\.[a-z][a-z-]*(?![a-z(-])", "".join(
        path.read_text() for path in top.glob("dbus/org.callbus1.*.xml"))))
    print("1..4")
    failed = judge(1, "polkit understands the file", complaints(policy))
    failed |= judge(2, "an action for each deed, and a deed for each action", sorted(actions ^ asked))
    failed |= judge(3, "the manual tells of each", sorted(actions ^ told))
    failed |= judge(4, "the documentation of the interfaces names none that is not there", sorted(documented - actions))
    return failed


sys.exit(main())
