#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Does docs/provider-processes.md say what dbus/*.xml say, and does its exchange of messages happen so? TAP.

usage: test-provider-processes.py TEXT PROGRAM"""

import ast
import pathlib
import re
import sys
import tempfile

from gi.repository import GLib
from util_service import Child, Service, interface, wait

TYPES = {str: "s", bool: "b", int: "u", tuple: "(sss)", list: "as"}
# Names in the text that are no method of the two interfaces.
# Ping is of org.freedesktop.DBus.Peer, RequestTimeoutSec of callbusd.conf.
OTHERS = {"Capabilities", "StateReason", "ProviderFailed", "TargetNotFound", "Timeout", "Ping", "RequestTimeoutSec"}


class Exchange:
    """The messages of the text, played with a provider."""

    def __init__(self, service):
        self.service, self.names, self.answers = service, {}, []
        service.on_answer = self.answers.append

    def value(self, text):
        """Names stand for what is seen in their place first, "..." for anything."""
        tree = ast.parse(re.sub(r", \.\.\.}", ", ...: ...}", text.strip() or "()"), mode="eval").body
        return self.build(tree)

    def build(self, node):
        if isinstance(node, ast.Call):
            return node.func.id, tuple(map(self.build, node.args))
        if isinstance(node, ast.Dict):
            return dict(zip(map(self.build, node.keys), map(self.build, node.values)))
        if isinstance(node, (ast.List, ast.Tuple)):
            return (list if isinstance(node, ast.List) else tuple)(map(self.build, node.elts))
        return node if isinstance(node, ast.Name) else ast.literal_eval(node)

    def fits(self, told, seen):
        if told is ...:
            return True
        if isinstance(told, ast.Name):
            return self.names.setdefault(told.id, seen) == seen
        if isinstance(told, dict):
            return ((... in told or set(told) == set(seen)) and
                    all(key in seen and self.fits(value, seen[key]) for key, value in told.items() if key is not ...))
        if isinstance(told, list) and ... in told:
            return all(value in seen for value in told if value is not ...)
        if isinstance(told, (list, tuple)):
            return len(told) == len(seen) and all(map(self.fits, told, seen))
        return told == seen

    def known(self, told):
        """What the service sends: names are what they stand for by now; and an a{sv} has types."""
        if isinstance(told, ast.Name):
            return self.names[told.id]
        if isinstance(told, dict):
            return {key: GLib.Variant(TYPES[type(value)], value) for key, value in told.items()}
        return told

    def play(self, line):
        who, _, text = line.partition(" ")
        if line.startswith("(the service is killed"):
            self.service.die()
            self.service.listen()
        elif who == "service>":
            method, arguments = self.value(text)
            self.service.send(method, *map(self.known, arguments))
        elif who == "provider>":
            wait(line, lambda: self.service.told)
            seen = self.service.told.pop(0)
            assert self.fits(self.value(text), seen), f"{line}, not {seen}"
        elif who == "provider=":
            wait(line, lambda: self.answers)
            seen = self.answers.pop(0)
            error = re.fullmatch(r" *error (\w+)", text)
            told = [f"org.callbus1.Error.{error[1]}"] if error else self.value(text)
            assert self.fits(told if told == () or error else (told,), seen), f"{line}, not {seen}"
            early = text.strip().startswith("{")
            assert early or not self.service.told, f"{self.service.told} before {line}"
        else:
            assert who == "service=" and self.value(text) in (1, True), f"{line}: what is that?"


def every_name_is_one_of_the_interfaces(text, program):
    methods = {method.name for name in ("Provider", "ProviderHost") for method in interface(f"org.callbus1.{name}").methods}
    named = set(re.findall(r"`([A-Z][a-z]+\w*)`", text))
    assert named - methods == OTHERS, f"not there: {named - methods - OTHERS}"
    assert methods <= named, f"not told of: {methods - named}"


def every_word_in_quotes_is_one_of_them(text, program):
    known = " ".join(path.read_text() for path in pathlib.Path(sys.argv[1]).absolute().parents[1].glob("dbus/*.xml"))
    prose = re.sub(r"(?s)```.*?```", "", text)
    words = set(re.findall(r'"([a-z-]+)"', prose))
    assert len(words) > 5 and not [word for word in words if f'"{word}"' not in known], words


def the_exchange_happens_so(text, program):
    lines = [line for block in re.findall(r"(?s)```exchange\n(.*?)```", text) for line in block.splitlines()]
    assert len(lines) > 40
    with tempfile.TemporaryDirectory(prefix="callbus.", dir="/tmp") as folder:
        service = Service(folder)
        exchange = Exchange(service)
        with Child(program, service.address):
            for line in lines:
                exchange.play(line)


def main():
    text, failed = pathlib.Path(sys.argv[1]).read_text(), 0
    tests = [every_name_is_one_of_the_interfaces, every_word_in_quotes_is_one_of_them, the_exchange_happens_so]
    print(f"1..{len(tests)}")
    for count, test in enumerate(tests, 1):
        try:
            test(text, sys.argv[2])
            print(f"ok {count} - {test.__name__.replace('_', ' ')}")
        except AssertionError as error:
            failed += 1
            print(f"not ok {count} - {test.__name__.replace('_', ' ')}\n# {error}")
    return failed > 0


sys.exit(main())
