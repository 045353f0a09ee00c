#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do dbus/*.xml and the service show the same interfaces? Both ways: what `callbusd --introspect` prints, and what the
running service answers on a private bus. Comments and the order of members do not count. TAP.

usage: check-introspection.py CALLBUSD CALLBUSCTL XML..."""

import contextlib
import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET

NAME = "org.callbus1"
MANAGER = "/org/callbus1"
DEADLINE_S = 60

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <policy context="default"><allow send_destination="*"/><allow eavesdrop="false"/><allow own="*"/></policy>
</busconfig>
"""


def annotations(element):
    return "".join(sorted(f" {a.get('name')}={a.get('value')}" for a in element.findall("annotation")))


def argument(arg, member):
    direction = arg.get("direction", "in" if member == "method" else "out")
    return f"    {direction} {arg.get('type')} {arg.get('name', '')}{annotations(arg)}".rstrip()


def interfaces(text):
    """The interfaces of ours in an introspection document, each as a text that is equal if they are."""
    found = {}
    for interface in ET.fromstring(text).iter("interface"):
        if not interface.get("name").startswith(NAME + "."):
            continue
        members = []
        for member in interface:
            if member.tag == "annotation":
                continue
            type_and_access = "".join(f" {member.get(key)}" for key in ("type", "access") if member.get(key))
            lines = [f"  {member.tag} {member.get('name')}{type_and_access}{annotations(member)}"]
            members.append("\n".join(lines + [argument(arg, member.tag) for arg in member.findall("arg")]))
        found[interface.get("name")] = f"{interface.get('name')}{annotations(interface)}\n" + "\n".join(sorted(members))
    return found


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def process(*command):
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=DEADLINE_S)


@contextlib.contextmanager
def private_bus():
    """A bus of our own; its address goes to the environment."""
    with tempfile.TemporaryDirectory(prefix="callbus.", dir="/tmp") as folder:
        config = pathlib.Path(folder, "bus.conf")
        config.write_text(BUS_CONFIG.format(folder=folder))
        with process("dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1") as bus:
            os.environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
            yield folder


@contextlib.contextmanager
def service(callbusd, folder, *options):
    """A running service that has its name."""
    folders = [f"{folder}/{name}" for name in ("config", "state")]
    for path in folders:
        os.makedirs(path, exist_ok=True)
    with process(callbusd, "--session", "--config", folders[0], "--state", folders[1], *options) as child:
        run("gdbus", "wait", "--session", f"--timeout={DEADLINE_S}", NAME)
        yield child


def show(path):
    return run("gdbus", "introspect", "--session", "--dest", NAME, "--object-path", path, "--xml")


def handle_path():
    """The path of the one call handle there is: a service in debug mode shows it to all of its user."""
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        child = re.search(r'<node name="([^"]+/call/[^"]+)"', show(MANAGER + "/client"))
        if child:
            return f"{MANAGER}/client/{child[1]}"
        time.sleep(0.05)
    raise RuntimeError("no call handle shows up")


class Tap:
    def __init__(self, plan):
        self.count = self.failed = 0
        print(f"1..{plan}")

    def compare(self, what, expected, text):
        seen = interfaces(text)
        self.count += 1
        difference = [line for name in sorted(expected.keys() | seen.keys())
                      for line in difflib.unified_diff(expected.get(name, "").splitlines(),
                                                       seen.get(name, "").splitlines(),
                                                       f"dbus/{name}.xml", what, n=0, lineterm="")]
        if difference or not expected:
            self.failed += 1
            print(f"not ok {self.count} - {what} shows what dbus/*.xml says")
            print("\n".join("# " + line for line in difference))
        else:
            print(f"ok {self.count} - {what} shows what dbus/*.xml says", flush=True)


def main():
    callbusd, callbusctl, *files = sys.argv[1:]
    documented = {}
    for file in files:
        documented.update(interfaces(pathlib.Path(file).read_text()))

    def only(*nouns):
        return {f"{NAME}.{noun}": documented[f"{NAME}.{noun}"] for noun in nouns}

    tap = Tap(5)
    tap.compare("callbusd --introspect", documented, run(callbusd, "--introspect"))
    with private_bus() as folder:
        with service(callbusd, folder):
            tap.compare(MANAGER, only("Manager", "CallLog"), show(MANAGER))
        with service(callbusd, folder, "--debug"):
            tap.compare(f"{MANAGER} in debug mode", only("Manager", "CallLog", "Debug"), show(MANAGER))
            tap.compare("a line", only("Line"), show(f"{MANAGER}/line/loop0"))
            with process(callbusctl, "dial", "loop0", "answer"):
                tap.compare("a call", only("Call"), show(handle_path()))
    return tap.failed > 0


sys.exit(main())
