#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What `meson install` puts where, and whether those who read it can: the buses, polkit, the service manager, a compiler. TAP.

usage: test-install.py BUILD SOURCE LIBRARY      (the library that callbusd is made of)"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from tap import check, check_equal, main, run, test

EXPOSURE = 5  # of 100, as systemd-analyze security tells
EXPOSURE_WITH_NETWORK = 11  # the network alone is 10 of them
# What a unit may need of the system, which is not in our folder.
UNITS = ["basic.target", "dbus.socket", "multi-user.target", "shutdown.target", "sysinit.target"]
DTD = "/usr/share/polkit-1/policyconfig-1.dtd"
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <include>{policy}</include>
  <policy context="default"><allow user="*"/></policy>
</busconfig>
"""


class Stage:
    """A folder into which everything was installed."""

    def __init__(self, build, source, library):
        self.build, self.source, self.archive = pathlib.Path(build).absolute(), pathlib.Path(source).absolute(), library
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="install-test."))
        self.root = self.folder / "root"
        run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", self.root)
        told = json.loads(run("meson", "introspect", "--buildoptions", build))
        self.options = {option["name"]: option["value"] for option in told}

    def close(self):
        shutil.rmtree(self.folder)

    def files(self):
        return [path for path in self.root.rglob("*") if path.is_file()]

    def find(self, end):
        """The one file whose path ends so."""
        found = [path for path in self.files() if str(path).endswith("/" + end)]
        check_equal(len(found), 1, end, "among", *self.files())
        return found[0]

    def installed(self, path):
        """The path as it is to be on the system."""
        return "/" + str(path.relative_to(self.root))

    def command(self):
        """The command line of the units."""
        return self.installed(self.find("callbusd")) + " --"

    def unit_folder(self, unit, spoil=""):
        """A folder with the unit, the text appended, and what a unit needs of the system."""
        units = pathlib.Path(tempfile.mkdtemp(dir=self.folder)) / "lib/systemd/system"
        units.mkdir(parents=True)
        for name in UNITS:
            (units / name).write_text("[Socket]\nListenStream=/run/bus\n" if name.endswith(".socket") else "[Unit]\n")
        (units / "dbus.service").write_text("[Service]\nExecStart=/bin/sh\n")
        daemon = self.find("libexec/callbusd")
        text = unit.read_text().replace(self.installed(daemon.parent), str(daemon.parent))
        text = re.sub(r"/\S+/callbus-provider-%i", "/bin/sh", text)
        (units / self.instance(unit)).write_text(text + spoil)
        return units

    @staticmethod
    def instance(unit):
        """Of a template, the one that there always is."""
        return unit.name.replace("@.", "@loopback.")

    def verify(self, unit, spoil="", user=False):
        """What systemd-analyze has against the unit."""
        units = self.unit_folder(unit, spoil)
        environment = os.environ | {"XDG_RUNTIME_DIR": str(units), "SYSTEMD_UNIT_PATH": str(units)}
        command = ["systemd-analyze", "--user" if user else "--system", "verify", "--man=no", str(units / self.instance(unit))]
        done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment, timeout=60, check=False)
        return done.stdout + (f"exit status {done.returncode}" if done.returncode else "")

    def exposure(self, unit, more=""):
        """Of 100."""
        said = run("systemd-analyze", "security", "--offline=true", "--no-pager", self.unit_folder(unit, more) / self.instance(unit))
        found = re.search(r"Overall exposure level for .*: ([0-9.]+)", said)
        check(found, said)
        print("#", found[0])
        return round(float(found[1]) * 10)

    def start_bus(self, policy):
        """Whether a dbus-daemon starts with the policy, and what it says."""
        config = self.folder / "bus.conf"
        config.write_text(BUS_CONFIG.format(folder=self.folder, policy=policy))
        bus = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile", "--print-address=1"],
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started = bus.stdout.readline() != ""
        bus.kill()
        return started, bus.communicate()[1]


@test
def everything_is_in_its_place(stage):
    for end in ("bin/callbusctl", "libexec/callbusd", "systemd/system/callbusd.service", "systemd/user/callbusd.service",
                "dbus-1/system.d/org.callbus1.conf", "dbus-1/system-services/org.callbus1.service",
                "dbus-1/services/org.callbus1.service", "sysusers.d/callbus.conf", "tmpfiles.d/callbus.conf",
                "man/man8/callbusd.8", "man/man5/callbusd.conf.5", "man/man5/org.callbus1.5", "man/man1/callbusctl.1",
                "bash-completion/completions/callbusctl", "zsh/site-functions/_callbusctl",
                "applications/callbusctl-open.desktop", "pkgconfig/callbus-provider.pc"):
        stage.find(end)
    for xml in stage.source.glob("dbus/org.callbus1.*.xml"):
        stage.find("dbus-1/interfaces/" + xml.name)
    for policy in stage.source.glob("dbus/*.policy"):
        stage.find("polkit-1/actions/" + policy.name)


@test
def a_prefix_of_ones_own_keeps_everything_inside(stage):
    prefix = stage.options["prefix"]
    if prefix != "/usr":
        outside = [path for path in map(stage.installed, stage.files()) if not path.startswith(prefix + "/")]
        check_equal(outside, [])


@test
def nothing_that_is_installed_names_where_it_was_made(stage):
    for path in stage.files():
        if path.suffix in (".service", ".conf", ".pc", ".policy", ".desktop"):
            text = path.read_text()
            for place in stage.build, stage.source, stage.root:
                check(str(place) not in text, path, "names", place)
            check(not re.search(r"@\w+@", text), path, "has a word that was not replaced")


@test
def the_activation_files_and_units_name_the_installed_program(stage):
    system, session = stage.command() + "system", stage.command() + "session"
    for end, command in (("systemd/system/callbusd.service", "ExecStart=" + system),
                         ("systemd/user/callbusd.service", "ExecStart=" + session),
                         ("dbus-1/system-services/org.callbus1.service", "Exec=" + system),
                         ("dbus-1/services/org.callbus1.service", "Exec=" + session)):
        check(command in stage.find(end).read_text().splitlines(), end, "has no line", command)
    for end in "dbus-1/system-services/org.callbus1.service", "dbus-1/services/org.callbus1.service":
        check("SystemdService=callbusd.service" in stage.find(end).read_text().splitlines(), end)


@test
def every_xml_file_is_well_formed(stage):
    files = [path for path in stage.files() if path.suffix in (".xml", ".policy") or "dbus-1/system.d" in str(path)]
    run("xmllint", "--noout", "--nonet", *files)


@test
def polkit_knows_the_form_of_the_actions(stage):
    for policy in (path for path in stage.files() if path.suffix == ".policy"):
        if os.path.exists(DTD):
            run("xmllint", "--noout", "--nonet", "--dtdvalid", DTD, policy)


@test
def a_bus_takes_the_policy(stage):
    started, said = stage.start_bus(stage.find("dbus-1/system.d/org.callbus1.conf"))
    check(started, said)
    said = [line for line in said.splitlines() if 'Unknown username "callbus"' not in line and "fd limit" not in line]
    check_equal(said, [])


@test
def a_bus_does_not_take_a_policy_with_a_mistake(stage):
    spoiled = stage.folder / "spoiled.conf"
    spoiled.write_text(stage.find("dbus-1/system.d/org.callbus1.conf").read_text().replace("send_type=", "send_kind="))
    started, said = stage.start_bus(spoiled)
    check(not started and "send_kind" in said, said)


@test
def the_service_manager_takes_the_unit_of_the_system(stage):
    check_equal(stage.verify(stage.find("systemd/system/callbusd.service")), "")


@test
def the_service_manager_takes_the_unit_of_a_user(stage):
    check_equal(stage.verify(stage.find("systemd/user/callbusd.service"), user=True), "")


@test
def a_mistake_in_a_unit_is_seen(stage):
    said = stage.verify(stage.find("systemd/system/callbusd.service"), spoil="Wishes=many\n")
    check("Wishes" in said, said)


@test
def the_service_manager_takes_the_unit_of_providers(stage):
    unit = stage.find("systemd/system/callbus-provider@.service")
    check_equal(stage.verify(unit), "")
    check("Wishes" in stage.verify(unit, spoil="Wishes=many\n"))
    check_equal(stage.verify(unit, spoil=stage.find("callbus-provider@loopback.service.d/no-network.conf").read_text()), "")


@test
def the_system_service_is_hardly_exposed(stage):
    check(stage.exposure(stage.find("systemd/system/callbusd.service")) <= EXPOSURE)


@test
def providers_are_exposed_by_their_network_alone(stage):
    unit = stage.find("systemd/system/callbus-provider@.service")
    check(stage.exposure(unit) <= EXPOSURE_WITH_NETWORK)
    check(stage.exposure(unit, stage.find("callbus-provider@loopback.service.d/no-network.conf").read_text()) <= EXPOSURE)


@test
def the_service_is_alone_with_what_providers_need(stage):
    """They find its socket while it is started again, and are not ended with it."""
    service = stage.find("systemd/system/callbusd.service").read_text().splitlines()
    provider = stage.find("systemd/system/callbus-provider@.service").read_text()
    check({"RuntimeDirectory=callbus", "RuntimeDirectoryPreserve=restart"} <= set(service), *service)
    check("ADDRESS=unix:path=%t/callbus/providers\n" in provider)
    check(not re.search("(?m)^(PartOf|BindsTo|Requires|Wants)=", provider), provider)
    check("KillMode=process\n" in stage.find("systemd/user/callbusd.service").read_text())


@test
def the_system_service_listens_nowhere(stage):
    check_equal([path for path in stage.files() if path.suffix == ".socket"], [])
    check("RestrictAddressFamilies=AF_UNIX\n" in stage.find("systemd/system/callbusd.service").read_text())


def flags_for(stage, what):
    """As a provider's own build asks for them: --cflags or --libs."""
    prefix = stage.options["prefix"]
    pc = stage.folder / "callbus-provider.pc"
    text = stage.find("pkgconfig/callbus-provider.pc").read_text()
    check(f"prefix={prefix}\n" in text, text)
    pc.write_text(text.replace(f"prefix={prefix}\n", f"prefix={stage.root}{prefix}\n"))
    return run("pkg-config", what, pc).split()


def compiler_flags(stage):
    return flags_for(stage, "--cflags")


def sanitizers(stage):
    """A program needs the sanitizers that the library was built with."""
    chosen = stage.options["b_sanitize"]
    return [] if chosen == "none" else [f"-fsanitize={chosen}"]


def declared(stage):
    """Every function that the installed headers declare."""
    names = set()
    for header in [*stage.root.rglob("callbus/service/*.h"), *stage.root.rglob("callbus/providers/host/*.h")]:
        code = run("cc", "-std=gnu17", "-fpreprocessed", "-dD", "-E", "-P", "-w", header)
        names |= set(re.findall(r"(?m)^(?!static|#)[A-Za-z][\w \*]*?\b(\w+)\([^;{]*\)[^;{]*;", code))
        for noun in re.findall(r"(?m)^DECLARE_NAMES\((\w+),", code):
            names |= {f"{noun}_to_string", f"{noun}_from_string"}
    return {name for name in names if name.islower()}


@test
def each_header_of_the_contract_stands_by_itself(stage):
    flags = compiler_flags(stage)
    for header in [*stage.root.rglob("callbus/service/*.h"), *stage.root.rglob("callbus/providers/host/*.h")]:
        name = str(header).rpartition("/callbus/")[2]
        source = stage.folder / "header.c"
        source.write_text(f'#include "{name}"\n')
        run("cc", "-std=gnu17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-fsyntax-only", *flags, source)


@test
def the_provider_of_the_text_is_built_from_what_is_installed(stage):
    folder = stage.folder / "providers/silence"
    folder.mkdir(parents=True)
    for name in "provider.h", "provider.c":
        code = run(sys.executable, stage.source / "tests/kit/extract.py", stage.source / "docs/writing-a-provider.md",
                   f"providers/silence/{name}")
        (folder / name).write_text(code)
    run("cc", "-std=gnu17", "-Wall", "-Werror", "-fPIC", "-c", f"-I{stage.folder}", *compiler_flags(stage),
        folder / "provider.c", "-o", folder / "provider.o")
    wanted = set(run("nm", "--undefined-only", "--format=just-symbols", folder / "provider.o").split())
    there = set(run("nm", "--defined-only", "--format=just-symbols", stage.archive).split())
    ours = {name for name in wanted if re.match(r"(provider|line|call|refus)", name)}
    check(ours, "it uses nothing of ours:", *wanted)
    check_equal(ours - there, set(), "what callbusd does not have")


@test
def the_library_has_what_the_headers_declare_and_nothing_else(stage):
    said = run("nm", "--dynamic", "--defined-only", "--format=just-symbols", stage.find("libcallbus-provider.so.0.0.0"))
    there = {name.partition("@")[0] for name in said.split() if not name.startswith("CALLBUS_PROVIDER_")}
    check_equal(declared(stage) ^ there, set(), "declared or there, and not both")


@test
def the_provider_of_the_text_is_a_program_with_what_is_installed(stage):
    folder = stage.folder / "providers/silence"
    (folder / "main.c").write_text(run(sys.executable, stage.source / "tests/kit/extract.py",
                                       stage.source / "docs/writing-a-provider.md", "providers/silence/main.c"))
    program = stage.folder / "callbus-provider-silence"
    run("cc", "-std=gnu17", "-Wall", "-Werror", f"-I{stage.folder}", *compiler_flags(stage), *sanitizers(stage),
        folder / "main.c", folder / "provider.c", "-o", program, *flags_for(stage, "--libs"))
    library = stage.find("libcallbus-provider.so.0.0.0").parent
    check_equal(run("env", f"LD_LIBRARY_PATH={library}", program, "--version").split()[0], "callbus-provider")
    check("silence" in run("env", f"LD_LIBRARY_PATH={library}", program, "--help"))


def begin():
    stage = Stage(*sys.argv[1:])
    try:
        return main(stage)
    finally:
        stage.close()


sys.exit(begin())
