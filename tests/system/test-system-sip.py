#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The provider of SIP lines as a unit of a real service manager, in a container: lines, a password, calls that are heard. TAP.

The tests build on each other, in their order. scripts/test-system runs them.

usage: test-system-sip.py BUS ROOT PACKAGES      (more is ignored)"""

import pathlib
import re
import shutil
import statistics
import struct
import subprocess
import sys
import time
import wave

from container import Container, HERE
from system_bus import wait_until
from tap import check, check_equal, main, test

NAME, PATH = "org.callbus1", "/org/callbus1"
CALL, LINE = NAME + ".Call", NAME + ".Line"
PROVIDER = "callbus-provider@sip.service"
REMEDY = "provider sip is not running: systemctl start callbus-provider@sip"
CACHE = "/var/cache/callbus-provider/sip"
PASSWORD = "open-sesame-1704"
SOON_S = 10
TONES = {"one": 500, "two": 800}  # of whom it is, in Hz
ADDRESSES = {"one": "127.0.0.2", "two": "127.0.0.3"}
TALK_S = 1.5


class Stage(Container):
    def __init__(self, _bus, root, packages):
        super().__init__(root)
        (self.root / "packages").mkdir()
        for name in "callbus", "callbus-sip", "callbusctl":
            package, = pathlib.Path(packages).glob(f"{name}_*.deb")
            shutil.copy(package, self.root / "packages")
        shutil.copy(HERE / "registrar.py", self.root / "opt")
        self.names = sorted(f"/packages/{path.name}" for path in (self.root / "packages").iterdir())
        self.registrar = None

    def write_line(self, name, **settings):
        keys = "".join(f"{key}={value}\n" for key, value in settings.items())
        self.write(f"/etc/callbus/lines.d/{name}.conf", f"[Line]\nName={name}\nProvider=sip\n\n[Sip]\n{keys}")

    def write_lines(self, **more):
        for line, address in ADDRESSES.items():
            self.write_line(line, Listen=f"{address}:5060", User=line, AudioInput=f"tone:{TONES[line]},0.5",
                            AudioOutput=f"file:{CACHE}/{line}-%s.wav", RtpPorts="20000-20100", **more)
        self.restart()

    def property_of(self, name, line):
        return self.root_actor().get("call", NAME, f"{PATH}/line/{line}", "org.freedesktop.DBus.Properties", "Get",
                                     f"('{LINE}', '{name}')")[0]

    def root_actor(self):
        return self.actors[0] if self.actors else self.actor("root")

    def await_line(self, *lines):
        for line in lines:
            wait_until(lambda line=line: self.property_of("State", line) == "in-service",
                       f"{line} is in service: {self.property_of('StateReason', line)}")

    def add_line(self, *words, status=0):
        """What it says, and how long it takes."""
        begin = time.monotonic()
        said = self.run("callbusctl", "--system", "line", "add", *words, status=status)
        return said, time.monotonic() - begin

    def start_registrar(self, address):
        self.registrar = subprocess.Popen(self.command("python3", "-u", "/opt/registrar.py", address, PASSWORD),
                                          stdout=subprocess.PIPE, text=True)
        check_equal(self.registrar.stdout.readline(), "ready\n")

    def shut_down(self):
        if self.registrar:
            self.registrar.kill()
            self.registrar.wait()
            self.registrar.stdout.close()
        super().shut_down()

    def provider_restart(self):
        self.run("systemctl", "restart", PROVIDER)
        self.await_active(unit=PROVIDER)


class Talk:
    """Two clients, one at each line, and their call."""

    def __init__(self, stage):
        self.stage = stage
        stage.root_actor()
        while len(stage.actors) > 1:
            stage.actors.pop().end()
        stage.run("sh", "-c", f"rm -f {CACHE}/*.wav")
        self.one, self.two = stage.actor("root"), stage.actor("root")
        self.open(self.two, "two")
        self.out = self.at_line(self.one, "one", "Dial", f"('sip:two@{ADDRESSES['two']}', @a{{sv}} {{}})")[0]
        wait_until(lambda: self.handles(self.two), "it rings at the other line")
        self.incoming = self.handles(self.two)[0]
        self.two.get("call", NAME, self.incoming, CALL, "Answer")
        self.await_state("connected")

    @staticmethod
    def at_line(actor, line, member, *arguments):
        return actor.get("call", NAME, f"{PATH}/line/{line}", LINE, member, *arguments)

    def open(self, actor, line):
        self.at_line(actor, line, "Open", "('owner', @as [], @a{sv} {})")

    @staticmethod
    def handles(actor):
        objects = actor.get("call", NAME, PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
        return [path for path, interfaces in objects.items() if CALL in interfaces]

    @staticmethod
    def get(actor, call, name):
        return actor.get("call", NAME, call, "org.freedesktop.DBus.Properties", "Get", f"('{CALL}', '{name}')")[0]

    def seen(self, name):
        """A property as each end has it."""
        return [self.get(self.one, self.out, name), self.get(self.two, self.incoming, name)]

    def await_state(self, *states):
        wait_until(lambda: all(state in states for state in self.seen("State")), f"both ends are {states}")

    def drop(self):
        self.one.get("call", NAME, self.out, CALL, "Drop", "(@a{sv} {},)")
        self.await_state("disconnected", "idle")

    def end(self):
        for actor in self.one, self.two:
            actor.end()
            self.stage.actors.remove(actor)

    def heard(self, line):
        """Length in seconds and pitch in Hz of what was heard at that line; what a busy machine lost is no other pitch."""
        path, = (self.stage.root / CACHE.lstrip("/")).glob(f"{line}-*.wav")
        with wave.open(str(path)) as file:
            check_equal((file.getnchannels(), file.getsampwidth()), (1, 2))
            rate, data = file.getframerate(), file.readframes(file.getnframes())
        samples = struct.unpack(f"<{len(data) // 2}h", data)
        loud = [sample for sample in samples if abs(sample) > 300]
        check(len(loud) > rate / 2, line, "hears next to nothing:", len(loud), "of", len(samples), "samples")
        rises = [at for at, (before, after) in enumerate(zip(samples, samples[1:])) if before < 0 <= after]
        period = statistics.mean(sorted(b - a for a, b in zip(rises, rises[1:]))[len(rises) // 4:len(rises) * 3 // 4])
        print(f"# {line} heard {rate / period:.0f} Hz for {len(samples) / rate:.1f} s, {len(loud) * 100 // len(samples)} % of it loud")
        return len(samples) / rate, rate / period

    def drop_and_listen(self, least_s):
        """Each heard the other, for so long."""
        self.drop()
        for line, other in ("one", "two"), ("two", "one"):
            length, pitch = self.heard(line)
            check(abs(pitch - TONES[other]) < 15 and length >= least_s, line, "heard", pitch, "for", length)
        self.end()


@test
def the_system_boots(stage):
    stage.boot()


@test
def installing_starts_the_service_and_no_provider(stage):
    stage.run("dpkg", "-i", *stage.names)
    check_equal(stage.show("ActiveState"), "active")
    check_equal(stage.run("systemctl", "is-active", PROVIDER, status=None).strip(), "inactive")
    check("sip" in stage.run("/usr/libexec/callbus/callbus-provider-sip", "--help"))


@test
def a_line_without_its_provider_is_refused_with_the_remedy(stage):
    for _ in range(2):
        said, took = stage.add_line("desk", "sip", "Listen=127.0.0.4", status=1)
        check(REMEDY in said and took < SOON_S, said, f"after {took:.1f} s")
    check("desk" not in stage.run("callbusctl", "--system", "lines"))


@test
def a_line_of_the_configuration_tells_the_remedy(stage):
    stage.write_lines()
    wait_until(lambda: stage.property_of("StateReason", "one") == REMEDY, "that is told")


@test
def the_remedy_helps(stage):
    stage.run("systemctl", "start", "callbus-provider@sip")
    stage.await_line("one", "two")
    status = stage.status_of(stage.main_pid(PROVIDER))
    check_equal(status["Uid"].split(), [stage.run("id", "-u", "callbus-provider").strip()] * 4)
    check_equal((status["NoNewPrivs"], status["Seccomp"], int(status["CapEff"], 16)), ("1", "2", 0))


@test
def a_line_comes_and_goes_while_it_runs(stage):
    stage.add_line("desk", "sip", "Listen=127.0.0.4")
    stage.await_line("desk")
    stage.provider_restart()
    stage.await_line("desk")
    stage.run("callbusctl", "--system", "line", "remove", "desk")
    check("desk" not in stage.run("callbusctl", "--system", "lines"))


@test
def two_lines_hear_each_other(stage):
    talk = Talk(stage)
    time.sleep(TALK_S)
    talk.drop_and_listen(TALK_S / 2)


@test
def the_packages_have_each_codec_and_its_encryption(stage):
    for codec in "opus", "PCMA", "PCMU":
        stage.write_lines(Codecs=codec, Encryption="required")
        stage.await_line("one", "two")
        talk = Talk(stage)
        wait_until(lambda call=talk: call.seen("Encrypted") == [True, True], f"{codec} is encrypted")
        time.sleep(TALK_S)
        talk.drop_and_listen(TALK_S / 2)
    stage.write_lines()
    stage.await_line("one", "two")


@test
def a_talk_goes_on_when_the_service_is_killed(stage):
    talk = Talk(stage)
    pid, provider = stage.main_pid(), stage.main_pid(PROVIDER)
    ids = talk.seen("CallId")
    time.sleep(TALK_S)
    stage.kill("KILL")
    killed = time.monotonic()
    stage.await_active(but=pid)
    talk.await_state("connected")
    print(f"# the calls are there again after {time.monotonic() - killed:.2f} s")
    check_equal((stage.main_pid(PROVIDER), talk.seen("CallId")), (provider, ids), "not the same")
    time.sleep(TALK_S)
    talk.one.get("call", NAME, talk.out, CALL, "Hold")
    wait_until(lambda: talk.seen("State")[0] == "on-hold", "it can be held")
    talk.one.get("call", NAME, talk.out, CALL, "Unhold")
    wait_until(lambda: talk.seen("State")[0] == "connected", "and taken back")
    talk.drop_and_listen(2 * TALK_S)


@test
def a_killed_provider_is_started_again_and_its_calls_are_over(stage):
    talk = Talk(stage)
    provider, service = stage.main_pid(PROVIDER), stage.main_pid()
    stage.kill("KILL", PROVIDER)
    talk.await_state("disconnected")
    check_equal(talk.seen("DisconnectCause"), ["provider-failed"] * 2)
    stage.await_active(but=provider, unit=PROVIDER)
    stage.await_line("one", "two")
    check_equal(stage.main_pid(), service)
    talk.end()
    talk = Talk(stage)
    talk.drop()
    talk.end()


@test
def a_password_is_a_credential(stage):
    stage.start_registrar("127.0.0.9")
    stage.write_line("office", Registrar="127.0.0.9", User="office", PasswordCredential="office", Listen="127.0.0.5")
    stage.restart()
    wait_until(lambda: "LoadCredential=" in stage.property_of("StateReason", "office"), "it is told what is missing")
    stage.write("/etc/callbus/office.password", PASSWORD + "\n")
    (stage.root / "etc/callbus/office.password").chmod(0o600)
    stage.write(f"/etc/systemd/system/{PROVIDER}.d/password.conf", "[Service]\nLoadCredential=office:/etc/callbus/office.password\n")
    stage.run("systemctl", "daemon-reload")
    stage.provider_restart()
    stage.await_line("office")
    for user in "bob", "callbus":
        said = stage.run("sh", "-c", f"cat /run/credentials/{PROVIDER}/office /etc/callbus/office.password 2>&1", user=user, status=1)
        check_equal(said.count("Permission denied"), 2, said)


@test
def the_journal_has_neither_passwords_nor_numbers_nor_troubles(stage):
    said = stage.journal("-u", PROVIDER)
    check("connected" in said, said)
    check(PASSWORD not in said and not re.search(r"sip:\w+@", said), said)
    check_equal(re.findall(r"(?i).*(?:gstreamer|gst_|no element|orc:|missing).*", said), [])


@test
def removing_takes_the_provider_away(stage):
    stage.run("systemctl", "enable", PROVIDER)
    stage.run("dpkg", "-r", "callbus-sip")
    check_equal(stage.run("systemctl", "is-active", PROVIDER, status=None).strip(), "inactive")
    check("out-of-service" in stage.run("callbusctl", "--system", "lines"))
    stage.run("dpkg", "-P", "callbus-sip", "callbus", "callbusctl")
    check(not (stage.root / CACHE.lstrip("/")).exists(), "the cache is left")


def start():
    stage = Stage(*sys.argv[1:4])
    try:
        return main(stage)
    finally:
        stage.shut_down()


sys.exit(start())
