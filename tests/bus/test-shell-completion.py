#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the Tab key offers for callbusctl in bash and zsh, with a real service and without one; and the desktop file. TAP.

usage: test-shell-completion.py CALLBUSD CALLBUSCTL BASH-FILE ZSH-FILE DESKTOP-FILE"""

import configparser
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from callbusctl_stage import DEADLINE_S, check, check_equal, run_tests  # pylint: disable=wrong-import-position

TESTS = []
BASH_FILE, ZSH_FILE, DESKTOP_FILE = sys.argv[3:6] if len(sys.argv) > 5 else (None, None, None)

# The function, called as bash calls it for the line up to the cursor.
DRIVE = r"""
source "$1"
shopt -s extglob
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDS=() rest=$2
while [[ -n $rest ]]; do
    if [[ $rest == [[:space:]]* ]]; then
        rest=${rest##+([[:space:]])}
        [[ -n $rest ]] || COMP_WORDS+=('')
    elif [[ $rest == [:=@]* ]]; then
        COMP_WORDS+=("${rest%%[!:=@]*}")
        rest=${rest##+([:=@])}
    else
        word=${rest%%[[:space:]:=@]*}
        COMP_WORDS+=("$word")
        rest=${rest#"$word"}
    fi
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_callbusctl callbusctl
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
"""


def test(function):
    TESTS.append(function)
    return function


def offered(stage, line):
    """By bash, for what stands before the cursor."""
    done = subprocess.run(["bash", "--norc", "-c", DRIVE, "drive", BASH_FILE, line], text=True, capture_output=True,
                          env=path_to_callbusctl(stage), timeout=DEADLINE_S, check=False)
    check_equal((done.returncode, done.stderr), (0, ""), line)
    return done.stdout.splitlines()


def path_to_callbusctl(stage):
    folder = pathlib.Path(stage.callbusctl).resolve().parent
    return stage.environment | {"PATH": f"{folder}:{os.environ['PATH']}"}


def dial(stage, line, address, state="connected"):
    call_id = stage.ok("dial", "--detach", line, address).out.strip()
    stage.wait_until(lambda: state in [c["State"] for c in stage.calls() if c["CallId"] == call_id], state)
    return call_id


@test
def bash_knows_every_command_and_option(stage):
    text = stage.ok("--help").out
    commands = set(re.findall(r"^  ([a-z]+)\b", text[:text.index("Options:")], re.MULTILINE))
    check_equal(set(offered(stage, "callbusctl ")), commands)
    check_equal(offered(stage, "callbusctl han"), ["hangup", "handoff"])
    check_equal(offered(stage, "callbusctl --system unp"), ["unpark"])
    options = set(re.findall(r"--[a-z-]+", text[text.index("Options:"):text.index("CALL is a")]))
    seen = {option.rstrip("=") for command in ["", *commands] for option in offered(stage, f"callbusctl {command} --")}
    check_equal(seen, options)
    check_equal(offered(stage, "callbusctl transfer --con"), ["--consult"])
    check_equal(offered(stage, "callbusctl hold --con"), [])


@test
def bash_completes_what_has_fixed_words(stage):
    check_equal(offered(stage, "callbusctl --json="), ["short", "pretty", "off"])
    check_equal(offered(stage, "callbusctl --json=sh"), ["short"])
    check_equal(offered(stage, "callbusctl --json p"), ["pretty"])
    check_equal(offered(stage, "callbusctl --json=short lin"), ["lines", "line"])
    check_equal(offered(stage, "callbusctl open "), ["tel:", "sip:", "sips:", "callto:"])
    check_equal(offered(stage, "callbusctl complete x c"), ["camp-on", "callback"])
    check_equal(offered(stage, "callbusctl tone x b"), ["busy", "beep", "billing"])
    check_equal(offered(stage, "callbusctl handoff x media:v"), ["video"])
    check_equal(offered(stage, "callbusctl priority aut"), ["automated-voice"])
    check_equal(offered(stage, "callbusctl forward loop0 no"), ["no-answer"])
    check_equal(offered(stage, "callbusctl forward loop0 busy "), ["dnd"])
    check_equal(offered(stage, "callbusctl forward loop0 busy@in"), ["internal"])
    check_equal(offered(stage, "callbusctl forward loop0 busy:1@"), ["internal", "external"])
    check_equal(offered(stage, "callbusctl lines x"), [])
    check_equal(offered(stage, "callbusctl dial --media-mode=v"), ["video"])
    check_equal(offered(stage, "callbusctl dial --media-mode au"), ["automated-voice"])
    check_equal(offered(stage, "callbusctl line add home "), ["sip", "loopback"])
    check_equal(offered(stage, "callbusctl line add home sip P"), ["PasswordFile="])
    check_equal(offered(stage, "callbusctl line re"), ["remove"])
    check_equal(offered(stage, "callbusctl line add home sip PasswordFile=/etc/hostn"), ["/etc/hostname"])
    check_equal(offered(stage, "callbusctl redial --mi"), ["--missed"])


@test
def bash_completes_lines_and_calls(stage):
    check_equal(offered(stage, "callbusctl dial l"), ["loop0", "loop1", "loop2"])
    check_equal(offered(stage, "callbusctl forward "), ["loop0", "loop1", "loop2", "mute0"])
    check_equal(offered(stage, "callbusctl line remove l"), ["loop0", "loop1", "loop2"])
    check_equal(offered(stage, "callbusctl hangup "), [])
    call_id = dial(stage, "loop0", "answer?ring=0")
    stage.debug("Incoming", "ss", "loop2", "+49 30 1")
    ringing = [c["CallId"] for c in stage.calls("--state=offering")]
    check_equal(offered(stage, "callbusctl hangup "), [call_id[:8], ringing[0][:8]])
    check_equal(offered(stage, "callbusctl answer "), [ringing[0][:8]])
    check_equal(offered(stage, f"callbusctl -q hold {call_id[:2]}"), [call_id[:8]])
    check_equal(offered(stage, "callbusctl unhold "), [])
    check_equal(offered(stage, f"callbusctl audio --volume 50 {call_id[:3]}"), [call_id[:8]])
    stage.debug("Incoming", "ss", "mute0", "+49 30 1")
    check_equal(offered(stage, "callbusctl answer mute"), ["mute0/+49\\ 30\\ 1"])
    check_equal(offered(stage, "callbusctl transfer x mute"), ["mute0/+49\\ 30\\ 1"])
    stage.ok("hangup", "mute0")
    stage.debug("Incoming", "ss", "mute0", "sip:bob@example.org")
    check_equal(offered(stage, "callbusctl answer mute0/sip:b"), ["bob@example.org"])
    check_equal(offered(stage, "callbusctl answer mute0/sip:bob@ex"), ["example.org"])


@test
def without_a_service_nothing_is_offered(stage):
    stage.stop_service()
    for line in ("callbusctl hangup ", "callbusctl dial ", "callbusctl --system answer ", "callbusctl conference x "):
        check_equal(offered(stage, line), [])
    check_equal(offered(stage, "callbusctl unp"), ["unpark"])


def shell(stage, name, *arguments, setup):
    """The shell on a terminal, ready for keys."""
    process = stage.start_on_terminal(*arguments, program=name, columns=200,
                                      **(path_to_callbusctl(stage) | {"TERM": "dumb", "HISTFILE": "/dev/null"}))
    for command in setup:
        process.press(command + "\n")
    process.press("echo rea''dy\n")
    process.expect(r"^ready")
    return process


def type_in(process, keys, shown):
    process.press(keys)
    process.expect(shown)
    process.press("\x15")  # the line is wiped


@test
def bash_on_a_terminal_takes_the_tab_key(stage):
    call_id = dial(stage, "loop0", "answer?ring=0")
    process = shell(stage, "bash", "--norc", "--noprofile", "-i", setup=[f"source {shlex.quote(BASH_FILE)}", "PS1='> '"])
    type_in(process, "callbusctl hang\t", "callbusctl hangup ")
    type_in(process, f"callbusctl hangup {call_id[:3]}\t", f"callbusctl hangup {call_id[:8]} ")
    type_in(process, "callbusctl --json=pr\t", "callbusctl --json=pretty ")
    type_in(process, "callbusctl open te\t101", "callbusctl open tel:101")
    process.press("exit\n")
    process.end()


@test
def zsh_on_a_terminal_takes_the_tab_key(stage):
    done = subprocess.run(["zsh", "-n", ZSH_FILE], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    check_equal((done.returncode, done.stderr), (0, ""))
    call_id = dial(stage, "loop0", "answer?ring=0")
    folder = stage.folder / "zsh"
    folder.mkdir()
    shutil.copy(ZSH_FILE, folder / "_callbusctl")
    setup = [f"fpath=({shlex.quote(str(folder))} $fpath)", f"autoload -Uz compinit; compinit -u -d {folder}/dump",
             "unsetopt zle_bracketed_paste prompt_sp; PROMPT='> '"]
    process = shell(stage, "zsh", "-f", "-i", setup=setup)
    type_in(process, "callbusctl hang\t", "callbusctl hangup ")
    type_in(process, f"callbusctl hangup {call_id[:3]}\t", f"{call_id[:8]} ")
    type_in(process, "callbusctl --json=pr\t", "pretty ")
    type_in(process, "callbusctl dial mu\t", "mute0 ")
    type_in(process, "callbusctl forward loop0 no-a\t:3@int\t", "no-answer:3@internal")
    type_in(process, "callbusctl tone x be\t", "beep ")
    process.press("exit\n")
    process.end()


@test
def the_desktop_file_is_valid(stage):
    done = subprocess.run(["desktop-file-validate", DESKTOP_FILE], capture_output=True, text=True, timeout=DEADLINE_S,
                          check=False)
    check_equal((done.returncode, done.stdout, done.stderr), (0, "", ""))
    desktop = configparser.ConfigParser(interpolation=None, strict=True)
    desktop.optionxform = str
    desktop.read(DESKTOP_FILE)
    entry = desktop["Desktop Entry"]
    check_equal(entry["MimeType"].rstrip(";").split(";"), [f"x-scheme-handler/{s}" for s in ("tel", "sip", "sips", "callto")])
    check_equal(entry["NoDisplay"], "true")
    program, *arguments = shlex.split(entry["Exec"])
    check_equal((pathlib.Path(program).is_absolute(), pathlib.Path(program).name, arguments),
                (True, "callbusctl", ["open", "%u"]))
    stage.fails(2, "open", "mailto:bob@example.org", says="no tel:, sip:, sips: or callto: link")


if __name__ == "__main__":
    run_tests(TESTS, __doc__, 6)
