#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What dbus/org.callbus1.conf allows, as several users see it on a system bus. Root only. TAP.

usage: test-bus-policy.py dbus-daemon|dbus-broker CALLBUSD POLICY"""

import os
import shutil
import signal
import subprocess
import sys
import time

import system_bus
from tap import check, check_equal, main, test

NAME, PATH = "org.callbus1", "/org/callbus1"
OURS = ["Manager", "Line", "Call", "CallLog", "Debug"]
STANDARD = ["Properties", "ObjectManager", "Introspectable", "Peer"]
PEER = ("/", "org.freedesktop.DBus.Peer", "Ping")
STATS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Debug.Stats", "GetConnectionStats")
SIGNAL = (PATH, "org.callbus1.Manager", "Resumed")


class Stage:
    """A fresh bus for each test, on which an actor plays the service."""

    def __init__(self, kind, callbusd, policy):
        self.kind, self.callbusd, self.policy = kind, callbusd, policy
        self.bus = None

    def start(self):
        if self.bus:
            self.close()
        self.bus = system_bus.SystemBus(self.kind, self.policy)
        return self.bus

    def start_with_service(self):
        bus = self.start()
        service = bus.actor("callbus")
        check_equal(service.get("own", NAME), [1])
        return bus, service

    def start_callbusd(self):
        """The real one; it is copied, as its user need not be able to reach where it was built."""
        bus = self.start()
        program, state, config = (bus.folder / name for name in ("callbusd", "state", "config"))
        shutil.copy(self.callbusd, program)
        config.mkdir()
        state.mkdir(0o700)
        shutil.chown(state, "callbus", "callbus")
        environment = {"PATH": os.environ["PATH"], "DBUS_SYSTEM_BUS_ADDRESS": bus.address}
        environment |= {name: text for name, text in os.environ.items() if name.endswith("SAN_OPTIONS")}
        with open(bus.folder / "callbusd.log", "wb") as log:
            bus.processes.append(subprocess.Popen(
                [str(program), "--system", "--config", str(config), "--state", str(state)], user="callbus", group="callbus",
                extra_groups=[], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd="/"))
        root = bus.actor("root")
        system_bus.wait_until(lambda: root.tell("call", NAME, *PEER) == {"reply": []}, "callbusd answers")
        return bus, root

    def close(self):
        self.bus.close()
        self.bus = None


@test
def only_the_user_of_the_service_can_own_its_name(stage):
    bus = stage.start()
    for user in "root", "nobody", "daemon":
        check_equal(bus.actor(user).refused("own", NAME), "AccessDenied", user)
    service = bus.actor("callbus")
    check_equal(service.refused("own", "org.callbus2"), "AccessDenied")
    check_equal(service.get("own", NAME), [1])


@test
def everybody_can_call_our_interfaces(stage):
    bus, _ = stage.start_with_service()
    for user in "root", "nobody", "daemon", "callbus":
        actor = bus.actor(user)
        for interface in [f"{NAME}.{word}" for word in OURS] + [f"org.freedesktop.DBus.{word}" for word in STANDARD]:
            error = actor.refused("call", NAME, PATH, interface, "Something")
            check(error and error != "AccessDenied", user, interface, error)


@test
def no_other_interface_can_be_called(stage):
    bus, service = stage.start_with_service()
    for user in "root", "nobody":
        actor = bus.actor(user)
        for destination in NAME, service.name:
            for interface in "org.example.Other", "org.freedesktop.DBus.Debug.Stats", None:
                error = actor.refused("call", destination, PATH, interface, "Something")
                check_equal(error, "AccessDenied", user, destination, interface)


@test
def the_way_to_other_clients_is_not_opened(stage):
    bus, _ = stage.start_with_service()
    nobody, other = bus.actor("nobody"), bus.actor("daemon")
    for interface in "org.callbus1.Call", "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.Peer":
        check_equal(nobody.refused("call", other.name, "/", interface, "Ping"), "AccessDenied", interface)


@test
def nobody_can_send_a_signal_to_the_service(stage):
    bus, service = stage.start_with_service()
    for user in "nobody", "daemon", "root":
        forger = bus.actor(user)
        for destination in NAME, service.name:
            forger.get("emit", destination, "/org/freedesktop/PolicyKit1/Authority",
                       "org.freedesktop.PolicyKit1.Authority", "Changed")
            # Those that may be called, too.
            for interface in [f"{NAME}.{word}" for word in OURS] + [f"org.freedesktop.DBus.{word}" for word in STANDARD]:
                forger.get("emit", destination, PATH, interface, "Resumed")
    check_equal(service.get("heard"), [])


@test
def answers_reach_the_service(stage):
    bus, service = stage.start_with_service()
    for user in "nobody", "daemon", "root":
        client = bus.actor(user)
        check_equal(service.tell("call", client.name, *PEER), {"reply": []}, user)
        client.get("be_busy")
        check_equal(service.tell("call", client.name, *PEER), {"error": "org.example.Error.Busy"}, user)


@test
def what_is_broadcast_reaches_the_service(stage):
    bus, service = stage.start_with_service()
    other = bus.actor("daemon")
    other.get("emit", None, "/org/example", "org.example.Modem", "Added")
    check_equal(service.get("heard"), [[other.name, "/org/example", "org.example.Modem.Added"]])


@test
def signals_of_the_service_reach_whom_they_are_for(stage):
    bus, service = stage.start_with_service()
    clients = [bus.actor(user) for user in ("nobody", "daemon", "root")]
    heard = [service.name, PATH, "org.callbus1.Manager.Resumed"]
    for client in clients:
        service.get("emit", client.name, *SIGNAL)
        check_equal([other.get("heard") for other in clients], [[heard] if other is client else [] for other in clients])
    service.get("emit", None, *SIGNAL)
    check_equal([client.get("heard") for client in clients], [[heard]] * 3)


@test
def the_service_can_ask_whether_a_client_reads(stage):
    bus, service = stage.start_with_service()
    for user in "nobody", "daemon", "root":
        client = bus.actor(user)
        check_equal(service.get("call", client.name, *PEER), [])
        check_equal(service.refused("call", client.name, "/", "org.freedesktop.DBus.Peer", "GetMachineId"), "AccessDenied")
        check_equal(service.refused("call", client.name, "/", "org.example.Other", "Ping"), "AccessDenied")


@test
def the_service_can_ask_what_lies_unread_if_the_bus_tells(stage):
    bus, service = stage.start_with_service()
    client = bus.actor("nobody")
    check_equal(client.refused("call", *STATS, f"('{client.name}',)"), "AccessDenied")
    if stage.kind == "dbus-broker":
        # It has quotas for each user instead, so the service does without.
        check(service.refused("call", *STATS, f"('{client.name}',)"), "dbus-broker tells by now: say so in the manual")
    else:
        check("OutgoingBytes" in service.get("call", *STATS, f"('{client.name}',)")[0])
        check_equal(service.refused("call", *STATS[:3], "GetStats"), "AccessDenied")


@test
def nobody_can_answer_for_somebody_else(stage):
    bus, service = stage.start_with_service()
    forger, client = bus.actor("nobody"), bus.actor("daemon")
    client.process.send_signal(signal.SIGSTOP)
    service.begin("who_answers", client.name, *PEER)
    time.sleep(0.2)
    forger.get("forge_reply", service.name, 50)
    client.process.send_signal(signal.SIGCONT)
    check_equal(service.answer(), {"reply": client.name})


@test
def nobody_can_listen_in(stage):
    bus, _ = stage.start_with_service()
    monitoring = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Monitoring", "BecomeMonitor")
    for user in "nobody", "callbus":
        check_equal(bus.actor(user).refused("call", *monitoring, "(@as [], uint32 0)"), "AccessDenied")


@test
def the_service_itself_works_behind_the_policy(stage):
    bus, root = stage.start_callbusd()
    stranger = bus.actor("nobody")
    for client in root, stranger:
        check(client.get("call", NAME, PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"))
        check("<node" in client.get("call", NAME, PATH, "org.freedesktop.DBus.Introspectable", "Introspect")[0])
        client.get("call", NAME, PATH, "org.callbus1.Manager", "ListLines")
        check(client.get("call", NAME, PATH, "org.freedesktop.DBus.Properties", "Get", "('org.callbus1.Manager', 'Version')"))
    path = root.get("call", NAME, "/org/callbus1/line/loop0", "org.callbus1.Line", "Dial", "('echo', @a{sv} {})")[0]
    root.get("call", NAME, PATH, "org.callbus1.Manager", "ListCalls")  # what it had to tell came before this answer
    heard = root.get("heard")
    check([PATH, "org.freedesktop.DBus.ObjectManager.InterfacesAdded"] in [signal[1:] for signal in heard], *heard)
    check_equal(stranger.refused("call", NAME, path, "org.callbus1.Call", "Drop", "(@a{sv} {},)"), "UnknownObject")
    check_equal([signal for signal in stranger.get("heard") if path in signal or "Call" in signal[2]], [])


def begin():
    system_bus.enter()
    stage = Stage(*sys.argv[1:])
    try:
        return main(stage)
    finally:
        if stage.bus:
            stage.close()


if __name__ == "__main__":
    sys.exit(begin())
