#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Has the net holes? Plants one bug at a time in a copy of service/, and demands that the model finds it.

usage: plant.py TOP [NUMBER...]

Each bug replaces a text that must be there exactly once: one that is not there any more is a failure of its own. The copy is
outside of the tree and is removed at the end. Prints, for each bug, in how many steps of which story it shows; and that story
has to replay. TAP.
"""
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

STEPS = 4000000

# What goes wrong, where, the text, and what stands there instead.
BUGS = [
    ("an operation that needs an owner does not", "call-state.c",
     '[OPERATION_HOLD] = { "Hold", IN(CONNECTED), "connected", BOTH, true, true }',
     '[OPERATION_HOLD] = { "Hold", IN(CONNECTED), "connected", BOTH, false, true }'),
    ("a held call can be answered by the network again", "call-state.c",
     "[CALL_EVENT_CONNECTED] = { \"connected\", IN_SETUP | IN_RINGING |",
     "[CALL_EVENT_CONNECTED] = { \"connected\", IN_SETUP | IN_RINGING | IN_HELD |"),
    ("a participant stays one after it left", "call.c",
     "    call_touch(call, changed);\n    leave_conference(call);", "    call_touch(call, changed);"),
    ("participants outlive their conference", "call.c",
     "CALL_EVENT_LEFT, STATE_DETAIL_NONE);", "CALL_EVENT_HELD, STATE_DETAIL_NONE);"),
    ("the end of a participant of a dropped conference is not ours", "call.c",
     "call->kind == CALL_KIND_CONFERENCE || (call_conference(call) && call_conference(call)->dropping)",
     "call->kind == CALL_KIND_CONFERENCE || (call_conference(call) && false)"),
    ("nobody clears what ended without an owner", "call.c",
     "if (call->owners == 0 && call->state == CALL_STATE_DISCONNECTED)", "if (false)"),
    ("a ringing call is dropped with its last handle", "call.c",
     "!call->dialled_kept && !call->kept && !ringing)", "!call->dialled_kept && !call->kept && (!ringing || true))"),
    ("who is left alone while it rings is answered for nobody", "call.c",
     "call->orphaned = call->owners == 0 && on_owner_lost == ON_OWNER_LOST_DROP;", "call->orphaned = false;"),
    ("what is so of the media outlives them", "call.c", "        call_forget_media(call);\n", "        call->muted = false;\n"),
    ("a new volume is told to nobody", "call-facts.c", "    call_touch(call, BIT(VOLUME));\n", ""),
    ("a volume can be asked of a call that is over", "call-state.c", '{ "SetVolume", IN_LIVE,', '{ "SetVolume", IN_ANY,'),
    ("the oldest idle handle does not go", "client.c",
     "handle_release(g_queue_peek_head(&client->idle));", "handle_release(g_queue_peek_tail(&client->idle));"),
    ("one more than the most participants", "conference.c",
     "call_participants(conference)->length < max)", "call_participants(conference)->length <= max)"),
    ("a token is good for two days", "token.c",
     "g_get_monotonic_time() - TOKEN_LIFE_USEC;", "g_get_monotonic_time() - 2 * TOKEN_LIFE_USEC;"),
    ("a terminator does not end the gathering", "gather.c",
     "if (gathering->terminators & digit_bit(digit))", "if (gathering->terminators & digit_bit(digit) && gathering->max > 1)"),
    ("a replaced gathering is not told so", "gather.c",
     "    gathering_cancel(call_gathering(call));\n", "    if (call_gathering(call))\n        gathering_free(call_gathering(call));\n"),
    ("a raised privilege is not counted", "handle.c",
     "call_change_owners(handle->call, /* owners= */ +1, /* monitors= */ -1);\n        handle->privilege = PRIVILEGE_OWNER;",
     "handle->privilege = PRIVILEGE_OWNER;"),
    ("a signal of its own is not counted", "handle.c",
     "    outbox_flush(handle->client);\n    handle->sequence++;", "    outbox_flush(handle->client);"),
    ("the holder of a conference is not told", "handle.c",
     "    outbox_add(handle);\n    touch_participants(client, call);", "    outbox_add(handle);"),
    ("new calls are told of before the reply", "line.c",
     "    give_new_calls(line, client, is_live_conference, handles);\n    give_new_calls(line, client, is_live_plain, handles);\n",
     "    give_new_calls(line, client, is_live_plain, handles);\n    give_new_calls(line, client, is_live_conference, handles);\n"),
    ("priorities are not asked", "line.c",
     "return a_rank != b_rank ? a_rank < b_rank : open_place(a) < open_place(b);",
     "return open_place(a) < open_place(b);"),
    ("the rules of a line are nobody's secret", "open.c",
     "    if (!open->told && line_forwarding(open->line)->n > 0)", "    if (false)"),
    ("of two answers both are asked for", "operations.c",
     "    if (request_pending(call, OPERATION_ANSWER))", "    if (false)"),
    ("one state hides another", "outbox.c",
     "bool second_state = properties & STATE && (entry->added || entry->changed & STATE);", "bool second_state = false;"),
    ("the call comes before its reply", "placement.c",
     "    begin_consultation(request, &placement);\n",
     "    begin_consultation(request, &placement);\n    if (client)\n        outbox_flush(client);\n"),
    ("the end of a tone is that of digits", "provider.c",
     "call_generates_tone(call) == tone ? call_generator(call) : NULL", "call_generator(call)"),
    ("the consultation outlives its transfer", "provider.c",
     "        call_end_by_us(consultation, cause);", "        call_end(consultation, cause, NULL);"),
    ("the last recipient is asked, not the first", "recipient.c",
     "(best && rank >= best_rank))", "(best && rank > best_rank))"),
    ("one request too many", "request.c",
     "g_queue_get_length(client_requests(client)) >= limits", "g_queue_get_length(client_requests(client)) > limits"),
    ("a drop has not worked though the call ended", "request.c",
     "        else if (request->operation != OPERATION_DROP)", "        else"),
    ("who left is not answered", "request.c",
     "        leave_client(request);\n        request_answer(request, &(Outcome) { .refusal = refusal });",
     "        leave_client(request);"),
    ("a consultation may be on another line", "transfer.c",
     "    if (call_line(other) != call_line(call))", "    if (false && call_line(other) != call_line(call))"),
    ("what an application keeps is not written down", "handle.c",
     "    keep(handle);\n    outbox_touch(handle, CALL_PROPERTY_BIT(CALL_PROPERTY_APP_DATA));",
     "    outbox_touch(handle, CALL_PROPERTY_BIT(CALL_PROPERTY_APP_DATA));"),
    ("numbers of signals are used again after a restart", "handle.c",
     "return manager_epoch(client_manager(client)) << 32;", "return 0;"),
    ("the row of a call outlives it", "call.c", "    call_keep_no_more(call);\n",
     "    journal_forget(manager_journal(line_manager(call->line)), &call->mark);\n"),
    ("a new Call ID is not written down", "call-facts.c", "(BIT(CALL_ID) | BIT(RELATED_CALL_ID)", "(BIT(RELATED_CALL_ID)"),
    ("a call that a restart ended has another cause", "call-restart.c",
     "call_end(call, CAUSE_SERVICE_RESTARTED,", "call_end(call, CAUSE_PROVIDER_FAILED,"),
    ("what happens in a recovery is told at once", "outbox.c", "if (!outbox->queued || outbox->held)", "if (!outbox->queued)"),
    ("an open has another place after a restart", "open.c", ".place = row->place,", ".place = line_next_place(line),"),
    ("a token is forgotten by a restart", "token.c", ".text = g_strdup(row->text),", '.text = g_strdup(""),'),
]


def copy_tree(top, target):
    shutil.copytree(top, target, symlinks=True, ignore=shutil.ignore_patterns(".git", "build", "__pycache__"))


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")


class Field:
    """The copy, and the model that is built from it."""

    def __init__(self, top, folder):
        self.tree = folder / "tree"
        self.build = folder / "build"
        copy_tree(top, self.tree)
        setup = run("meson", "setup", "-Dtests=true", "--buildtype=release", str(self.build), str(self.tree))
        if setup.returncode:
            sys.exit(setup.stdout)

    def make(self):
        made = run("ninja", "-C", str(self.build), "tests/model/model")
        return made.stdout if made.returncode else None

    def play(self, steps):
        return run(str(self.build / "tests/model/model"), "--steps", str(steps))

    def replay(self, log):
        """The script that a failure left in its log."""
        path = self.build / "story"
        path.write_text(log)
        return run(str(self.build / "tests/model/model"), "--replay", str(path))

    def plant(self, file, old, new):
        """Returns what undoes it."""
        path = self.tree / "service" / file
        text = path.read_text()
        if text.count(old) != 1:
            return None
        path.write_text(text.replace(old, new))
        return lambda: path.write_text(text)


def wrongs(output):
    return re.findall(r"# wrong: (.*)", output)


def what_was_found(output):
    enough = re.search(r"# (\d+) steps of (\d+) are enough", output)
    wrong = wrongs(output)
    seed = re.search(r"# seed \d+, world .*: (.*)", output)
    words = wrong[-1] if wrong else seed.group(1) if seed else "?"
    return f"{enough.group(1)} steps of {enough.group(2)}: {words}" if enough else words


def try_bug(field, name, file, old, new):
    """What is wrong with the net, or None; and a comment."""
    undo = field.plant(file, old, new)
    if not undo:
        return f"the text is not in {file} once: {old!r}", ""
    try:
        failure = field.make()
        if failure:
            return f"it does not build:\n{failure}", ""
        played = field.play(STEPS)
        if played.returncode == 0:
            return "the model did not find it", ""
        again = field.replay(played.stdout)
        if again.returncode == 0 or wrongs(again.stdout)[-1:] != wrongs(played.stdout)[-1:]:
            return f"its script does not replay:\n{played.stdout}\n{again.stdout}", ""
        return None, what_was_found(played.stdout)
    finally:
        undo()


def main():
    top = pathlib.Path(sys.argv[1]).resolve()
    chosen = [int(number) for number in sys.argv[2:]] or range(1, len(BUGS) + 1)
    failed = False
    # So that the copy is removed then, too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    print(f"1..{len(chosen) + 1}", flush=True)
    with tempfile.TemporaryDirectory(prefix="callbus-plant-") as folder:
        field = Field(top, pathlib.Path(folder))
        failure = field.make()
        sound = failure is None and field.play(200000).returncode == 0
        print(f"{'ok' if sound else 'not ok'} 1 - without a bug there is nothing to be found", flush=True)
        if not sound:
            sys.exit(1)
        for place, number in enumerate(chosen):
            name, file, old, new = BUGS[number - 1]
            problem, found = try_bug(field, name, file, old, new)
            failed |= problem is not None
            print(f"{'not ok' if problem else 'ok'} {place + 2} - bug {number}, {file}: {name}", flush=True)
            for line in (problem or found).splitlines():
                print(f"#   {line}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
