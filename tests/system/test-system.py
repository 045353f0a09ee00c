#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The packages under a real service manager, in a container: activation, sandbox, rights, faults, removal. TAP.

The tests build on each other, in their order. scripts/test-system runs them.

usage: test-system.py BUS ROOT PACKAGES [WORD]...      (of the tests between installing and removing, only those with a WORD)"""

import pathlib
import re
import shutil
import sys
import tempfile
import time

from container import Container, UNIT
from system_bus import wait_until
from tap import check, check_equal, main, run, test, TESTS

NAME, PATH = "org.callbus1", "/org/callbus1"
PROVIDER = "callbus-provider@loopback.service"
LINE = PATH + "/line/loop0"
FIRST = ("a_folder", "the_system_boots", "installing")
SMOKE = pathlib.Path(__file__).absolute().parents[2] / "packaging/debian/tests/smoke"
KILLS = 50
NEWER = "0.1-0upstream2"
FAST = "[Service]\nWatchdogSec=2s\n"
RULES = """polkit.addRule(function(action, subject) {
    if (action.id.indexOf("org.callbus1.") == 0)
        return subject.user == "alice" ? polkit.Result.YES : polkit.Result.NO;
});
"""


class Stage(Container):
    def __init__(self, bus, root, packages):
        super().__init__(root)
        self.bus = bus
        self.place = self.root / "packages"
        self.place.mkdir()
        for package in pathlib.Path(packages).glob("callbus*_*.deb"):
            if not re.search("-(dbgsym|dev|sip)_", package.name):
                shutil.copy(package, self.place)
        self.names = sorted(path.name for path in self.place.iterdir())
        check_equal(len(self.names), 2, *self.names)
        self.newer = self.make_newer()

    def make_newer(self):
        """The same packages with a higher version."""
        folder = self.place / "newer"
        folder.mkdir()
        with tempfile.TemporaryDirectory() as scratch:
            for name in self.names:
                content = pathlib.Path(scratch, name)
                run("dpkg-deb", "-R", self.place / name, content)
                control = content / "DEBIAN/control"
                control.write_text(re.sub("(?m)^Version: .*", f"Version: {NEWER}", control.read_text()))
                run("dpkg-deb", "--root-owner-group", "-b", content, folder / name)
        return [f"/packages/newer/{name}" for name in self.names]

    def packages(self):
        return [f"/packages/{name}" for name in self.names]

    def state(self, package="callbus"):
        path = self.root / "var/lib/dpkg/status"
        found = re.search(rf"(?ms)^Package: {package}\n(?:.+\n)*?Status: (.*?)\n", path.read_text())
        return found[1] if found else "none"

    def lines(self, user):
        return self.run("callbusctl", "--system", "lines", user=user)

    def await_lines(self):
        wait_until(lambda: set(re.findall("(?:in|out-of)-service", self.lines("bob"))) == {"in-service"}, "all lines in service")

    def dial(self, actor, address="echo"):
        return actor.get("call", NAME, LINE, f"{NAME}.Line", "Dial", f"('{address}', @a{{sv}} {{}})")[0]

    def state_of(self, actor, call):
        return actor.get("call", NAME, call, "org.freedesktop.DBus.Properties", "Get", f"('{NAME}.Call', 'State')")[0]

    def add_office(self):
        """A line that only alice may use."""
        self.write("/etc/callbus/lines.d/office.conf", "[Line]\nName=office\nAddresses=300\nAllowedUsers=alice\n")
        self.restart()

    def may_dial(self, user):
        """Whether the user can, and does so for a moment."""
        actor = self.actor(user)
        error = actor.refused("call", NAME, LINE, f"{NAME}.Line", "Dial", "('echo', @a{sv} {})")
        check(error in ("", "AccessDenied"), user, error)
        actor.end()
        self.actors.remove(actor)
        return error == ""


@test
def a_folder_takes_the_packages_and_gives_them_back(stage):
    stage.run_unbooted("dpkg", "-i", *stage.packages())
    check("callbus" in (stage.root / "etc/passwd").read_text(), "there is no user")
    check_equal(stage.state(), "install ok installed")
    check((stage.root / "var/lib/callbus").is_dir() and (stage.root / "etc/callbus/lines.d").is_dir())
    check_equal((stage.root / "var/lib/callbus").stat().st_mode & 0o777, 0o700)
    stage.run_unbooted("dpkg", "-i", *stage.newer)
    stage.run_unbooted("dpkg", "-r", "callbus", "callbusctl")
    check((stage.root / "var/lib/callbus").is_dir(), "removing has removed the state")
    check("all state" in stage.run_unbooted("dpkg", "-P", "callbus", "callbusctl"))
    check_equal(stage.state(), "none")
    left = [path for top in ("etc", "usr", "lib", "var/lib") for path in (stage.root / top).rglob("*callbus*")
            if "dpkg" not in str(path)]
    check_equal(left, [], "left behind")


@test
def the_system_boots(stage):
    stage.boot()


@test
def installing_starts_the_service(stage):
    stage.run("dpkg", "-i", *stage.packages())
    check_equal(stage.show("ActiveState"), "active")
    check_equal(stage.show("UnitFileState"), "enabled")
    check_equal(stage.show("NRestarts"), "0", stage.journal("-u", UNIT))
    wanted = {"dbus-daemon": "dbus-daemon", "dbus-broker": "dbus-broker"}[stage.bus]
    check(wanted in stage.run("sh", "-c", "cat /proc/[0-9]*/comm").split(), "the bus is not", wanted)


@test
def the_first_request_of_an_ordinary_user_starts_it(stage):
    stage.run("systemctl", "stop", UNIT)
    check_equal(stage.show("ActiveState"), "inactive")
    check("loop0" in stage.lines("bob"))
    check_equal(stage.show("ActiveState"), "active")


@test
def the_packages_own_test_passes(stage):
    shutil.copy(SMOKE, stage.place)
    stage.run("sh", "/packages/smoke")
    stage.run("systemctl", "start", UNIT)


@test
def it_runs_as_its_own_user_without_rights(stage):
    status = stage.status_of(stage.main_pid())
    user = stage.run("id", "-u", "callbus").strip()
    check_equal(status["Uid"].split(), [user] * 4)
    for kind in "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb":
        check_equal(int(status[kind], 16), 0, kind)
    check_equal((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))
    limits = stage.run("cat", f"/proc/{stage.main_pid()}/limits")
    check(re.search(r"Max core file size +0 +0 ", limits), limits)


@test
def it_is_shut_in(stage):
    pid = stage.main_pid()
    for kind in "net", "mnt", "ipc", "uts":
        own, first = (stage.run("readlink", f"/proc/{number}/ns/{kind}") for number in (pid, 1))
        check(own != first, "no", kind, "namespace of its own")
    see = ["nsenter", "-t", pid, "-m", "--"]
    for folder in "/usr", "/etc", "/var/lib", "/home", "/root":
        said = stage.run(*see, "sh", "-c", f"touch {folder}/x 2>&1", status=None)
        check(re.search("Read-only|No such|Permission", said), folder, said)
    stage.run(*see, "touch", "/var/lib/callbus/x")
    stage.run("rm", "/var/lib/callbus/x")
    check_equal(stage.run(*see, "ls", "/home").split(), [])
    check("/dev/mem" not in stage.run(*see, "find", "/dev", "-type", "c"))


@test
def only_the_service_reads_its_state(stage):
    check_equal(stage.run("stat", "-c", "%a %U %G", "/var/lib/callbus").strip(), "700 callbus callbus")
    modes = stage.run("find", "/var/lib/callbus", "-type", "f", "-printf", "%m %u %f\n").splitlines()
    check(modes and all(mode.startswith("600 callbus ") for mode in modes), *modes)
    check("Permission denied" in stage.run("ls", "/var/lib/callbus", user="alice", status=2))


@test
def it_listens_nowhere_and_stores_no_descriptor(stage):
    pid = stage.main_pid()
    inodes = set(re.findall(r"socket:\[(\d+)\]", stage.run("sh", "-c", f"readlink /proc/{pid}/fd/*")))
    listening = [line for line in stage.run("cat", f"/proc/{pid}/net/unix").splitlines()[1:]
                 if line.split()[3] == "00010000" and line.split()[6] in inodes]
    check_equal(listening, [])
    check_equal(stage.show("NFileDescriptorStore"), "0")


@test
def nobody_else_can_own_the_name_or_forge_a_signal(stage):
    bob = stage.actor("bob")
    check_equal(bob.refused("own", NAME), "AccessDenied")
    bob.get("emit", NAME, "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority", "Changed")
    stage.await_journal(r"(?i)(rejected send message|denied).*PolicyKit1\.Authority|PolicyKit1\.Authority.*(?i:rejected|denied)",
                        "-b")


@test
def root_may_dial(stage):
    check(stage.may_dial("root"))


@test
def a_rule_of_polkit_lets_one_user_dial_and_another_not(stage):
    stage.write("/etc/polkit-1/rules.d/10-callbus.rules", RULES)
    wait_until(lambda: stage.may_dial("alice"), "alice may dial")
    check(not stage.may_dial("bob"))


@test
def a_line_that_is_not_for_a_user_is_not_there(stage):
    stage.add_office()
    check("office" in stage.lines("alice"))
    check("office" not in stage.lines("bob"))
    bob = stage.actor("bob")
    get = ("org.freedesktop.DBus.Properties", "GetAll", f"('{NAME}.Line',)")
    there, never = (bob.refused("call", NAME, f"{PATH}/line/{name}", *get) for name in ("office", "nowhere"))
    check_equal((there, never), ("UnknownObject", "UnknownObject"))


@test
def a_client_that_stays_gets_its_call_back_when_the_service_was_killed(stage):
    root = stage.actor("root")
    path = stage.dial(root)
    pid = stage.main_pid()
    root.get("heard")
    stage.kill("KILL")
    stage.await_active(but=pid)
    heard = []
    wait_until(lambda: heard.extend(root.get("heard")) or [s for s in heard if s[2] == f"{NAME}.Manager.Resumed"], "Resumed")
    get = ("org.freedesktop.DBus.Properties", "Get")
    check_equal(root.get("call", NAME, path, *get, f"('{NAME}.Call', 'DisconnectCause')"), ["service-restarted"])
    root.get("call", NAME, path, f"{NAME}.Call", "Release")


@test
def a_provider_is_a_unit_of_its_own(stage):
    stage.write("/etc/callbus/callbusd.conf", "[Providers]\nLoopback=process\n")
    stage.restart()
    check("in-service" not in stage.lines("bob").split(), "lines without their provider")
    stage.run("systemctl", "enable", "--now", PROVIDER)
    stage.await_lines()
    pid = stage.main_pid(PROVIDER)
    status = stage.status_of(pid)
    check_equal(status["Uid"].split(), [stage.run("id", "-u", "callbus-provider").strip()] * 4)
    check_equal((status["NoNewPrivs"], status["Seccomp"], int(status["CapEff"], 16)), ("1", "2", 0))
    see = ["nsenter", "-t", pid, "-m", "--", "setpriv", "--reuid=callbus-provider", "--regid=callbus-provider", "--clear-groups"]
    said = stage.run(*see, "sh", "-c", "touch /etc/x /var/lib/callbus/x /run/callbus/x 2>&1; ls /var/lib/callbus 2>&1", status=None)
    check_equal(len(re.findall("Read-only|Permission|No such", said)), 4, said)


@test
def a_stranger_is_no_provider(stage):
    script = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/callbus/providers'); s.send(b'\\0AUTH\\r\\n'); print(s.recv(99))"
    said = stage.run("python3", "-c", script, user="bob", status=None)
    check("REJECTED" not in said, said)
    check("REJECTED" in stage.run("python3", "-c", script, user="callbus-provider"))


@test
def a_killed_provider_is_started_again_and_its_calls_are_over(stage):
    root = stage.actor("root")
    call = stage.dial(root)
    wait_until(lambda: stage.state_of(root, call) == "connected", "the call is connected")
    pid, service = stage.main_pid(PROVIDER), stage.main_pid()
    stage.kill("KILL", PROVIDER)
    wait_until(lambda: stage.state_of(root, call) == "disconnected", "the call is over")
    check_equal(root.get("call", NAME, call, "org.freedesktop.DBus.Properties", "Get", f"('{NAME}.Call', 'DisconnectCause')"),
                ["provider-failed"])
    stage.await_active(but=pid, unit=PROVIDER)
    stage.await_lines()
    check_equal(stage.main_pid(), service, "the service has not noticed")
    wait_until(lambda: stage.state_of(root, stage.dial(root)) in ("dialing", "ringback", "connected"), "it takes calls")


@test
def a_call_of_a_provider_outlives_the_service(stage):
    root = stage.actor("root")
    call = stage.dial(root)
    wait_until(lambda: stage.state_of(root, call) == "connected", "the call is connected")
    pid, provider = stage.main_pid(), stage.main_pid(PROVIDER)
    socket = stage.run("stat", "-c", "%i", "/run/callbus/providers")
    check_equal(stage.show("NFileDescriptorStore"), "1")
    stage.kill("KILL")
    stage.await_active(but=pid)
    stage.await_lines()
    check_equal(stage.main_pid(PROVIDER), provider, "it was not started again")
    check_equal((stage.run("stat", "-c", "%i", "/run/callbus/providers"), stage.show("NFileDescriptorStore")), (socket, "1"))
    check_equal(stage.state_of(root, call), "connected")
    root.get("call", NAME, call, f"{NAME}.Call", "Hold")
    wait_until(lambda: stage.state_of(root, call) == "on-hold", "it can be held")
    root.get("call", NAME, call, f"{NAME}.Call", "Drop", "(@a{sv} {},)")
    wait_until(lambda: stage.state_of(root, call) == "idle", "it ends")


@test
def a_provider_stops_and_starts_with_the_service(stage):
    provider = stage.main_pid(PROVIDER)
    stage.run("systemctl", "stop", UNIT)
    wait_until(lambda: stage.main_pid(PROVIDER) != provider, "it has left")
    time.sleep(2)
    check_equal(stage.show("ActiveState"), "inactive", "the service was started by its provider")
    stage.run("systemctl", "start", UNIT)
    stage.await_lines()
    provider = stage.main_pid(PROVIDER)
    stage.restart()
    stage.await_lines()
    stage.run("systemctl", "disable", "--now", PROVIDER)
    stage.write("/etc/callbus/callbusd.conf", None)
    stage.restart()


@test
def what_hangs_is_started_again(stage):
    # The folder /run of the container is its own: it is written from the inside.
    stage.run("mkdir", "-p", "/run/systemd/system/callbusd.service.d")
    stage.run("sh", "-c", f"printf '{FAST}' >/run/systemd/system/callbusd.service.d/fast.conf")
    stage.run("systemctl", "daemon-reload")
    stage.restart()
    pid = stage.main_pid()
    stage.kill("STOP")
    stage.await_active(but=pid)
    stage.await_journal("Watchdog timeout", "-u", UNIT)
    stage.run("rm", "-r", "/run/systemd/system/callbusd.service.d")
    stage.run("systemctl", "daemon-reload")
    stage.restart()


@test
def it_starts_again_as_often_as_it_is_killed(stage):
    root = stage.actor("root")
    took = []
    for _ in range(KILLS):
        pid = stage.main_pid()
        stage.kill("KILL")
        begin = time.monotonic()
        wait_until(lambda: root.tell("call", NAME, PATH, f"{NAME}.Manager", "ListLines").get("reply"), "it answers")
        took.append(round((time.monotonic() - begin) * 1000))
        stage.await_active(but=pid)
    check(int(stage.show("NRestarts")) >= KILLS, stage.show("NRestarts"))
    took.sort()
    print(f"# from {KILLS} kills to the first answer: p50 {took[KILLS // 2]} ms, longest {took[-1]} ms")


@test
def a_mistake_in_the_configuration_is_told_and_not_tried_again(stage):
    stage.write("/etc/callbus/callbusd.conf", "[Service]\nHandlesPerClient=many\n")
    stage.run("systemctl", "restart", UNIT, status=1)
    wait_until(lambda: stage.show("ActiveState") == "failed", "it gives up")
    check_equal(stage.show("ExecMainStatus"), "78")
    stage.await_journal(r"callbusd\.conf:2: HandlesPerClient", "-u", UNIT)
    stage.write("/etc/callbus/callbusd.conf", None)
    check("loop0" in stage.lines("bob"), "the next request starts it")


@test
def a_state_folder_that_is_of_no_use_is_tried_again_but_not_at_once(stage):
    stage.run("systemctl", "stop", UNIT)
    stage.run("sh", "-c", "cd /var/lib/callbus && mv epoch kept && mkdir epoch")
    stage.run("systemctl", "start", UNIT, status=1)
    time.sleep(3)
    tries = len(re.findall("(?m)^Starting callbusd", stage.journal("-u", UNIT, "--since=-3s")))
    check(tries <= 2, tries, "tries in three seconds")
    stage.run("sh", "-c", "cd /var/lib/callbus && rmdir epoch && mv kept epoch")
    stage.await_active()


@test
def its_journal_has_no_number(stage):
    root = stage.actor("root")
    for number in "5550142", "101":
        root.tell("call", NAME, LINE, f"{NAME}.Line", "Dial", f"('{number}', @a{{sv}} {{}})")
    stage.await_journal("event: ready", "-u", UNIT)
    check("5550142" not in stage.journal("-u", UNIT))
    check_equal(stage.run("journalctl", "--quiet", "-u", UNIT, "--grep=5550142", status=None), "")


@test
def its_lines_in_the_journal_have_a_level(stage):
    check("event: ready" in stage.journal("-u", UNIT, "--priority=6..6"))
    check("event: ready" not in stage.journal("-u", UNIT, "--priority=0..5"))


@test
def without_polkit_root_and_the_users_of_a_line_may_dial(stage):
    stage.run("systemctl", "mask", "--now", "polkit.service")
    stage.run("mv", "/usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service", "/opt")
    stage.run("systemctl", "reload", "dbus.service")
    stage.add_office()
    check(stage.may_dial("root"))
    check(not stage.may_dial("alice"), "alice is named for another line only")
    alice = stage.actor("alice")
    alice.get("call", NAME, f"{PATH}/line/office", f"{NAME}.Line", "Dial", "('echo', @a{sv} {})")
    told = stage.journal("-u", UNIT, f"_PID={stage.main_pid()}").count("no polkit on this bus")
    check_equal(told, 1, "times told that there is no polkit")
    stage.run("mv", "/opt/org.freedesktop.PolicyKit1.service", "/usr/share/dbus-1/system-services")
    stage.run("systemctl", "unmask", "polkit.service")
    stage.run("systemctl", "reload", "dbus.service")
    stage.restart()


@test
def an_upgrade_restarts_it_and_keeps_its_state(stage):
    stage.add_office()
    pid, epoch = stage.main_pid(), stage.run("cat", "/var/lib/callbus/epoch")
    stage.run("dpkg", "-i", *stage.newer)
    check(stage.main_pid() not in (0, pid), "it was not restarted")
    check(int(stage.run("cat", "/var/lib/callbus/epoch")) > int(epoch))
    check("office" in stage.lines("alice"))


@test
def stopping_ends_calls_and_gives_the_name_back(stage):
    root = stage.actor("root")
    stage.dial(root)
    stage.run("systemctl", "stop", UNIT)
    check_equal((stage.show("ActiveState"), stage.show("Result")), ("inactive", "success"))
    check_equal(root.get("call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                         f"('{NAME}',)"), [False])
    stage.run("systemctl", "start", UNIT)
    check_equal(stage.show("ActiveState"), "active")


@test
def removing_stops_it_and_keeps_the_state(stage):
    stage.run("dpkg", "-r", "callbus", "callbusctl")
    check_equal(stage.run("systemctl", "is-active", UNIT, status=None).strip(), "inactive")
    check_equal(stage.actor("root").refused("call", NAME, PATH, "org.freedesktop.DBus.Peer", "Ping") != "", True)
    check((stage.root / "var/lib/callbus/epoch").exists())


@test
def purging_removes_the_state_and_says_so(stage):
    said = stage.run("dpkg", "-P", "callbus")
    check("/var/lib/callbus: the call log and all state" in said, said)
    check(not (stage.root / "var/lib/callbus").exists() and not (stage.root / "etc/callbus").exists())


def start():
    bus, root, packages, *words = sys.argv[1:]
    if words:
        TESTS[:] = [function for function in TESTS
                    if function.__name__.startswith(FIRST) or any(word in function.__name__ for word in words)]
    stage = Stage(bus, root, packages)
    try:
        return main(stage)
    finally:
        stage.shut_down()


sys.exit(start())
