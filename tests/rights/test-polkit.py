#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The polkit of this machine, with our actions and a rule, on a private bus. TAP. Needs root, as its clients are several users and
polkit is shown other folders than those of the machine.

usage: test-polkit.py CALLBUSD POLICY CALLBUSCTL"""

import os
import pathlib
import pty
import pwd
import re
import select
import subprocess
import sys
import time

from gi.repository import Gio, GLib

from stage import DEADLINE_S, LINES_OPEN, MORTAL, Stage, check, check_equal, uid_of, until

POLKITD = "/usr/lib/polkit-1/polkitd"
SERVICE_USER = "backup"
RULES = """polkit.addRule(function(action, subject) {
    if (action.id == "org.callbus1.dial" && subject.user == "games")
        return action.lookup("line") == "home" ? polkit.Result.YES : polkit.Result.NO;
    if (action.id == "org.callbus1.dial-costly" && subject.user == "games")
        return action.lookup("class") == "costly" ? polkit.Result.YES : polkit.Result.NO;
    if (action.id == "org.callbus1.dial-costly" && subject.user == "lp")
        return action.lookup("line") == "home" ? polkit.Result.AUTH_SELF_KEEP : polkit.Result.NO;
    if (action.id == "org.callbus1.dial" && subject.user == "lp")
        return polkit.Result.AUTH_SELF;
    if (subject.user == "man")
        return polkit.Result.NO;
});
"""
BUS = """<policy user="polkitd"><allow own="org.freedesktop.PolicyKit1"/><allow send_destination="*"/></policy>
<policy user="backup"><allow own="org.callbus1"/>
<allow send_type="method_call" send_interface="org.freedesktop.DBus.Peer" send_member="Ping" send_destination="*"/></policy>"""

# Whom the rule lets do something, whom it forbids all, and of whom it says nothing: no session is known here, so allow_any counts.
EXPECTED = [
    ("games", "dial", "home", "no-answer", ""),
    ("games", "dial", "away", "no-answer", "a rule of polkit"),
    ("games", "dial", "home", "+15551234", ""),
    ("games", "open", "home", "owner", "somebody would have to give a password"),
    ("games", "open", "home", "monitor", "a rule of polkit"),
    ("games", "open", "home", "none", ""),
    ("man", "dial", "home", "no-answer", "a rule of polkit"),
    ("man", "dial", "home", "+15551234", "a rule of polkit"),
    ("man", "dial", "home", "112", ""),
    ("nobody", "dial", "home", "no-answer", "somebody would have to give a password"),
    ("nobody", "dial", "home", "112", ""),
    ("root", "dial", "home", "no-answer", ""),
    ("root", "open", "away", "owner+monitor", ""),
]


AUTHORITY = ("org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority")
AGENT_XML = """<node><interface name="org.freedesktop.PolicyKit1.AuthenticationAgent">
  <method name="BeginAuthentication"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="a{ss}" direction="in"/><arg type="s" direction="in"/><arg type="a(sa{sv})" direction="in"/></method>
  <method name="CancelAuthentication"><arg type="s" direction="in"/></method>
</interface></node>"""


class Agent:
    """Of the user lp in this process; knows the password, and says so as root, as the helper of polkit would."""

    def __init__(self, stage):
        self.connection, self.prompts = stage.client("root").connection, []
        interface = Gio.DBusNodeInfo.new_for_xml(AGENT_XML).interfaces[0]
        self.connection.register_object("/agent", interface, self.on_call, None, None)
        process = {"pid": GLib.Variant("u", os.getpid()), "start-time": GLib.Variant("t", 0), "uid": GLib.Variant("i", uid_of("lp"))}
        self.ask("RegisterAuthenticationAgent", "((sa{sv})ss)", ("unix-process", process), "C", "/agent")

    def ask(self, method, signature, *arguments):
        return self.connection.call_sync(*AUTHORITY, method, GLib.Variant(signature, arguments), None, 0, -1, None)

    def on_call(self, connection, sender, path, interface, method, parameters, invocation):
        action, _, _, _, cookie, _ = parameters.unpack()
        self.prompts.append(action.removeprefix("org.callbus1."))
        who = ("unix-user", {"uid": GLib.Variant("u", uid_of("lp"))})
        connection.call(*AUTHORITY, "AuthenticationAgentResponse2", GLib.Variant("(us(sa{sv}))", (0, cookie, who)), None, 0, -1,
                        None, lambda *unused: invocation.return_value(None))


class RealPolkit:
    def __init__(self, stage, policy, owner):
        folder = stage.folder / f"polkit-{owner}"
        (folder / "actions").mkdir(parents=True, exist_ok=True)
        (folder / "rules").mkdir(exist_ok=True)
        text = pathlib.Path(policy).read_text().replace("unix-user:callbus", f"unix-user:{owner}")
        (folder / "actions/org.callbus1.policy").write_text(text)
        (folder / "rules/50-test.rules").write_text(RULES)
        script = f"""mount --bind {folder}/actions /usr/share/polkit-1/actions && mount --bind {folder}/rules /etc/polkit-1/rules.d &&
                     exec {POLKITD}"""
        self.process = subprocess.Popen([*MORTAL, "unshare", "--mount", "--propagation", "private", "sh", "-c", script],
                                        env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": stage.address},
                                        stdout=(folder / "log").open("w"), stderr=subprocess.STDOUT)
        watcher = stage.client("root")
        until(lambda: watcher.begin("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner", "(s)",
                                    "org.freedesktop.PolicyKit1", to="org.freedesktop.DBus").ok(), "polkit")

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE_S)


def rights_are_as_actions_and_rules_say(stage, *unused):
    for user, deed, line, argument, refusal in EXPECTED:
        client = stage.client(user)
        reply = (client.dial if deed == "dial" else client.open)(line, argument).wait()
        what = f"{user}: {deed} {line} {argument}"
        check_equal(reply.error, "AccessDenied" if refusal else "", what, reply.text)
        check(refusal in reply.text, what, reply.text)
        client.close()


def on_a_terminal_a_password_is_asked_for(stage, callbusctl):
    """The agent is started, and its question shows our words; whoever does not know the password gives up."""
    user = pwd.getpwnam("games")
    # Where no session is known polkit never looks for an agent that only is there if there is no other one.
    (stage.folder / "pkttyagent").write_text("#!/bin/sh\nexec /usr/bin/pkttyagent --notify-fd $2\n")
    (stage.folder / "pkttyagent").chmod(0o755)
    pid, terminal = pty.fork()
    if pid == 0:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = stage.address
        os.environ["PATH"] = f"{stage.folder}:{os.environ['PATH']}"
        os.execv(callbusctl, [callbusctl, "--system", "pickup", "home"])
    seen, end = "", time.monotonic() + DEADLINE_S
    while "answer calls of line home" not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                seen += os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                break
    os.kill(pid, 15)
    os.waitpid(pid, 0)
    os.close(terminal)
    check(re.search(r"AUTHENTICATING FOR org\.callbus1\.control", seen), "it says:", seen)
    check("answer calls of line home" in seen, "it says:", seen)


def what_is_kept_is_the_action_and_not_the_line(stage, *unused):
    """So a password for costly calls on one line is good on others, even where a rule says no."""
    agent, client = Agent(stage), stage.client("lp")
    dial = lambda line, number, prompt: client.dial(line, number, interactive=prompt).wait().error
    check_equal(dial("away", "+15551234", True), "AccessDenied")
    check_equal(dial("home", "+15551234", True), "")
    check_equal(dial("home", "+15551234", False), "")
    check_equal(dial("away", "+15551234", False), "")
    check_equal(dial("home", "no-answer", True), "")
    check_equal(dial("home", "no-answer", False), "AccessDenied")
    check_equal(agent.prompts, ["dial-costly", "dial"])


def without_being_the_owner_nothing_is_answered(stage, *unused):
    """So the service's user has to be named in the file."""
    client = stage.client("games")
    reply = client.dial("home", "no-answer").wait()
    check_equal(reply.error, "AccessDenied")
    check("polkit gives no answer" in reply.text, reply.text)


TESTS = [(rights_are_as_actions_and_rules_say, SERVICE_USER), (on_a_terminal_a_password_is_asked_for, SERVICE_USER),
         (what_is_kept_is_the_action_and_not_the_line, SERVICE_USER), (without_being_the_owner_nothing_is_answered, "sys")]


def may_run(program, user):
    return subprocess.run(["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "test", "-x", program],
                          check=False).returncode == 0


def why_not(callbusd):
    if os.geteuid() != 0:
        return "not root: clients of several users can't be made"
    if not os.access(POLKITD, os.X_OK):
        return "no polkit is installed"
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        return "there can be no file systems of its own here"
    return None if may_run(callbusd, SERVICE_USER) else "another user can't run callbusd, as its folder is closed"


def main():
    callbusd, policy, callbusctl = sys.argv[1:4]
    why = why_not(callbusd)
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    failed = 0
    print(f"1..{len(TESTS)}")
    with Stage(callbusd, LINES_OPEN, polkit=False, more=BUS, user=SERVICE_USER) as stage:
        for number, (function, owner) in enumerate(TESTS, 1):
            polkit = RealPolkit(stage, policy, owner)
            try:
                function(stage, callbusctl)
                print(f"ok {number} - {function.__name__.replace('_', ' ')}", flush=True)
            except Exception as error:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} - {function.__name__.replace('_', ' ')}")
                print("".join(f"# {line}\n" for line in str(error).splitlines()), end="", flush=True)
            polkit.stop()
    return failed > 0


sys.exit(main())
