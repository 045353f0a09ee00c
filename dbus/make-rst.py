#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the manual page of the D-Bus interfaces: the frame, with what dbus/*.xml say in the place of its line ".. interfaces".

usage: make-rst.py FRAME XML... >PAGE

The comment before each member of an interface is the member's text: its name with a colon, then a line "@argument: text" for
each argument, then paragraphs. Lines that are indented more go on with the line before them."""

import pathlib
import re
import sys
import xml.etree.ElementTree as ET

TITLES = {"Manager": "THE SERVICE", "Line": "A LINE", "Call": "A CALL HANDLE", "CallLog": "THE CALL LOG", "Debug": "FOR TESTS",
          "Provider": "WHAT THE SERVICE ASKS", "ProviderHost": "WHAT THE PROVIDER TELLS"}
# A line that begins so is an item of a list: an option of an a{sv}, a word that is a value, an error.
OPTION = re.compile(r'"[a-z-]+" [a-z{}()]+[:,]')
VALUE = re.compile(r'"[a-z-]+": ')
ERROR = re.compile(r"org\.")


def escape(text):
    text = re.sub(r"([\\*`|])", r"\\\1", text)
    text = re.sub(r"_(?!\w)", r"\\_", text)
    text = re.sub(r"@(\w+)", r"*\1*", text)
    return re.sub(r"\b([A-Z]\w+)\(\)", r"**\1**\\ ()", text)


def indent(lines, by="    "):
    return [by + line if line else "" for line in lines]


def itemize(lines, item):
    """The lines as rst: what stands before the first item as a paragraph, then the list."""
    before, items = [], []
    for line in map(str.strip, lines):
        if item.match(line) and not (items and items[-1][-1].endswith(",")):
            items.append([line])
        else:
            (items[-1] if items else before).append(line)
    result = [escape(" ".join(before)), ""] if before else []
    for words in items:
        result += ["- " + escape(" ".join(words)), ""]
    return result


def paragraph(lines):
    if lines[0].startswith("Errors:"):
        told = lines[0].removeprefix("Errors:").strip()
        return itemize(["Errors:"] + [told] * bool(told) + lines[1:], ERROR)
    if VALUE.match(lines[0]):
        return itemize(lines, VALUE)
    if lines[0].startswith("- "):
        return [escape(line) for line in lines] + [""]
    return [escape(" ".join(lines)), ""]


class Text:
    """What a comment says."""

    def __init__(self, comment):
        lines = comment.expandtabs().strip("\n").splitlines()
        margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        lines = [line[margin:].rstrip() for line in lines]
        self.name = lines.pop(0).removesuffix(":")
        self.arguments, self.paragraphs = {}, [[]]
        argument = None
        for line in lines:
            start = re.match(r"@(\w+): ?(.*)", line)
            if start and not self.paragraphs[-1] and len(self.paragraphs) == 1:
                argument = self.arguments[start[1]] = [start[2]]
            elif not line:
                argument = None
                if self.paragraphs[-1]:
                    self.paragraphs.append([])
            elif argument is not None:
                argument.append(line.strip())
            else:
                self.paragraphs[-1].append(line)

    def body(self):
        return [line for lines in self.paragraphs if lines for line in paragraph(lines)]

    def argument(self, name):
        if name not in self.arguments:
            raise ValueError(f"{self.name}: the argument {name} is not told of")
        return itemize(self.arguments[name], OPTION)


def described(root):
    """Each element with the comment before it."""
    comment = None
    for child in root:
        if child.tag is ET.Comment:
            comment = child.text
        else:
            yield child, Text(comment) if comment else None
            comment = None


def arguments(member, direction):
    return ", ".join(f"{arg.get('type')} {arg.get('name')}" for arg in member.findall("arg")
                     if arg.get("direction", "out") == direction)


def heading(member, text):
    name = member.get("name")
    if member.tag == "property":
        notes = {"false": "no change signal", "const": "never changes"}
        told = " ".join(text.body()).lower()
        found = [notes[a.get("value")] for a in member.findall("annotation") if a.get("name").endswith("EmitsChangedSignal")]
        return f"{name} {member.get('type')}" + "".join(f" ({note})" for note in found if note not in told)
    results = arguments(member, "out")
    if member.tag == "signal":
        return f"{name} ({results})"
    return f"{name} ({arguments(member, 'in')})" + (f" -> {results}" if results else "")


def describe(member, text):
    if text is None or text.name != member.get("name"):
        raise ValueError(f"{member.get('name')}: the comment before it is not about it")
    lines = []
    for arg in member.findall("arg"):
        lines += [f"*{arg.get('name')}*"] + indent(text.argument(arg.get("name")))
    return [escape(heading(member, text))] + indent(lines + text.body())


def section(interface, text):
    title = TITLES[text.name.rsplit(".", 1)[1]]
    summary = escape(" ".join(text.arguments["short_description"]))
    lines = [title, "=" * len(title), "", f"Interface **{text.name}**. {summary}", ""] + text.body()
    members = list(described(interface))
    for tag, plural in (("method", "Methods"), ("signal", "Signals"), ("property", "Properties")):
        found = [line for member, text in members if member.tag == tag for line in describe(member, text)]
        if found:
            lines += [plural, "-" * len(plural), ""] + found
    return lines


def parse(path):
    return ET.parse(path, ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))).getroot()


def main():
    frame, *files = sys.argv[1:]
    found = {}
    for path in files:
        for interface, text in described(parse(path)):
            if interface.tag == "interface":
                found[interface.get("name").rsplit(".", 1)[1]] = section(interface, text)
    sections = [line for noun in TITLES for line in found.pop(noun, [])]
    if found:
        raise ValueError(f"no title for {', '.join(found)}")
    print(pathlib.Path(frame).read_text().replace(".. interfaces\n", "\n".join(sections)), end="")


main()
