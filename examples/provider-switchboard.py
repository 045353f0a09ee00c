#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A provider of telephone lines in a process of its own: a little switchboard, whose lines call each other.

    CALLBUS_PROVIDER_ADDRESS=unix:path=... provider-switchboard.py          see docs/provider-processes.md

It can do most of what a line can do, but nobody ever says anything on it: it has no media. The methods at the end are what the
service asks for; callbus_provider.py has the wire to the service, and switchboard_calls.py what lines and calls are. When the
service goes away the calls stay up, and the next one is told of them."""

import os
import secrets
import sys

from callbus_provider import OF_PROVIDER, InvalidArgs, Later, Refusal, Service, named
from switchboard_calls import DIALLED, HELD, PAUSE_MS, RINGING, Call, Line, as_number

NAME = "switchboard"
RING_MS = 5000
NOBODY = ("", "", "")


class Switchboard:
    def __init__(self, address):
        self.lines, self.calls, self.lost = {}, {}, {}  # by name, by number; and those that ended while no service heard of it
        self.service = Service(address, NAME, self)

    def recall(self):
        return list(self.lost.items()) + [call.recall() for call in self.calls.values()]

    def welcomed(self):
        self.lost.clear()

    # ---- Finding ----

    def line(self, name):
        if name not in self.lines:
            raise Refusal("LineOutOfService", f"The switchboard has no line {name}")
        return self.lines[name]

    def serving(self, name):
        line = self.line(name)
        if line.state != "in-service":
            raise Refusal("LineOutOfService", f"Line {name} is out of service: {line.state_reason}")
        return line

    def call(self, number, *states):
        """One that is in one of the states."""
        call = self.calls.get(number)
        if not call or (states and call.state not in states):
            raise Refusal("InvalidState", f"Meanwhile the call is {call.state if call else 'over'}; it would have to be {', '.join(states)}")
        return call

    def calls_on(self, name):
        return [call for call in self.calls.values() if call.line and call.line.name == name]

    def line_of(self, number):
        return next((line for line in self.lines.values() if number in line.numbers), None)

    def party_of(self, number):
        line = self.line_of(number)
        return (number, line.label if line else "", "allowed")

    # ---- How calls begin ----

    def add(self, line, number, state, call_id=None, **facts):
        call = self.calls[number] = Call(self.service, line, number, state, call_id, **facts)
        return call

    def add_dialled(self, line, number, params, related=""):
        unknown = set(params) - {"address", "media-mode", "hide-caller-id", "no-answer-timeout", "user-user-info"}
        if unknown:
            raise InvalidArgs(f"{min(unknown)}: not known to the switchboard")
        address = params.get("address", "")
        to = as_number(address) if address else ""
        call = self.add(line, number, "dialing" if to else "dial-tone", address=address,
                        media_mode=params.get("media-mode", "interactive-voice"), hidden=params.get("hide-caller-id", False),
                        user_user_info=bytes(params.get("user-user-info", b"")), patience_s=params.get("no-answer-timeout", 0))
        call.related, call.dialled = related, None if to else ""
        call.parties = {"caller": line.party()} | ({"called": self.party_of(to)} if to else {})
        return call

    def go(self, call):
        if call.state == "dialing" and call.dialled is None:
            self.place(call, as_number(call.address))

    def place(self, caller, number, called=None, by=NOBODY, sender=None, reason="direct", on_taken=None):
        """Finds whom it is for. `called` is the number that was dialled first, `sender` the line that sent it on."""
        line = self.line_of(number)
        if not line:
            self.end(caller, "bad-address", "nobody has this number")
        elif line in (caller.line, sender) or any(call.secured for call in self.calls_on(line.name)):
            self.be_busy(caller)
        elif line.state != "in-service":
            self.end(caller, "unreachable", "the called line is out of service")
        elif caller.media_mode not in line.media_modes:
            self.end(caller, "incompatible", "the called line lacks the media mode")
        else:
            self.offer(caller, line, self.party_of(called or number), by, reason, on_taken)

    def offer(self, caller, line, called, by, reason, on_taken):
        call = self.add(line, OF_PROVIDER | secrets.randbits(62), "offering", caller.call_id, direction="in", reason=reason,
                        origin="internal" if caller.line else "external", media_mode=caller.media_mode)
        call.link(caller)
        call.parties = {"caller": caller.own_party(), "called": called}
        if by != NOBODY:
            call.parties |= {"redirecting": by, "redirection": line.party()}
        call.told_ids = (call.ids()[0], "")
        info = named(call_id=call.ids()[0], media_mode=call.media_mode, origin=call.origin, reason=reason,
                     user_user_info=caller.user_user_info, **call.parties)
        self.service.ask("Incoming", "(sta{sv})", (line.name, call.number, info), lambda answer: self.on_offered(call, answer, on_taken))
        call.tell_ids()

    def on_offered(self, call, answer, on_taken):
        """The service has it, or has no room for it. It may have gone on meanwhile. No answer: the next service is told of it."""
        if on_taken:
            on_taken(call, answer and answer[0])
        if call.over or call.state not in RINGING or not answer:
            return
        caller = call.peer
        if not answer[0]:
            self.forget(call)
            self.be_busy(caller)
            return
        self.ring(call, 1)
        if caller.state == "dialing":
            if caller.patience_s:
                caller.after("patience", caller.patience_s * 1000, self.end_both, caller, "no-answer", "cancelled")
            caller.enter("ringback")

    def ring(self, call, count):
        self.service.tell("Ring", "(ssu)", call.line.name, "normal", count)
        call.after("bell", RING_MS, self.ring, call, count + 1)

    def be_busy(self, caller):
        """Who has dialled hears a tone, others just lose the call."""
        if caller.line and caller.state in DIALLED:
            caller.stop("patience")
            caller.enter("busy", "station")
        else:
            self.end(caller, "busy")

    def connect(self, call):
        for end in (call, call.peer):
            end.stop("bell", "patience")
            end.talks = True
        for end in (call, call.peer):
            end.tell_party("connected", end.peer.own_party())
            end.tell_ids()
            if end.state in DIALLED + RINGING:
                end.enter("connected")
            else:
                end.tell_detail()

    # ---- How they end ----

    def forget(self, call):
        """Takes it out of everything. Its end is for others to tell."""
        call.silence()
        call.over = True
        call.stop(*list(call.timers))
        call.part()
        call.end_consultation()
        if call.first:
            call.first.end_consultation()
        self.leave(call)
        self.calls.pop(call.number, None)

    def end(self, call, cause, text=""):
        conference = call.conference
        if not self.service.connection and call.line:
            self.lost[call.number] = named(line=call.line.name, state="disconnected", cause=cause, provider_cause=text)
        self.forget(call)
        call.tell("Ended", "(tss)", cause, text)
        if conference:
            self.shrink(conference)

    def end_both(self, call, cause, cause_there):
        peer = call.part()
        self.end(call, cause)
        if peer:
            self.end(peer, cause_there)

    def hang_up(self, call, cause="normal"):
        self.end_both(call, cause, "cancelled" if call.peer and call.peer.state in RINGING else "normal")

    def drop(self, call, reason=""):
        held = call.first
        if call.is_conference:
            self.end_conference(call, self.hang_up)
        elif call.state in RINGING and reason == "busy":
            caller = call.part()
            self.end(call, "normal")
            if caller:
                self.be_busy(caller)
        else:
            self.end_both(call, "normal", "rejected" if call.state in RINGING else
                          "cancelled" if call.peer and call.peer.state in RINGING else "normal")
        self.give_back(held)

    def fail(self, call, cause="provider-failed"):
        """The line under it is gone, or the service stops."""
        conference = call if call.is_conference else call.conference
        if conference:
            self.end_conference(conference, lambda call: self.fail(call, cause), cause)
        else:
            self.end_both(call, cause, cause if cause == "service-restarted" else self.cause_beyond(call))

    def fail_all(self, calls, cause="provider-failed"):
        for call in list(calls):
            if not call.over:
                self.fail(call, cause)

    @staticmethod
    def cause_beyond(call):
        return "unreachable" if call.state in RINGING else "out-of-order" if call.talks else "cancelled"

    # ---- Hold ----

    def hold(self, call, event="held"):
        call.silence()
        call.enter(event)
        if call.peer:
            call.peer.tell_detail()

    def resume(self, call):
        call.enter("resumed")
        if call.peer:
            call.peer.tell_detail()

    def give_back(self, held):
        """What was held for a consultation that is over."""
        if not held or held.state not in HELD:
            return
        if held.is_conference and not held.established:
            self.dissolve(held)
        else:
            self.resume(held)

    def put_aside(self, answered):
        """What answering does to the other call of the line."""
        mode = answered.line.info.get("answer-mode", "none")
        for call in self.calls_on(answered.line.name):
            if mode == "none" or call is answered or call.over or call.state != "connected":
                continue
            if mode == "hold":
                self.hold(call)
            else:
                self.drop(call)

    # ---- Conference ----

    def join(self, conference, call):
        call.end_consultation()
        if call.first:
            call.first.end_consultation()
        conference.hidden |= call.hidden
        call.conference, call.state = conference, "conferenced"
        conference.participants.append(call)
        conference.established |= len(conference.participants) > 1
        call.tell("Joined", "(tt)", conference.number)
        call.tell_ids()
        if call.peer:
            call.peer.tell_detail()

    @staticmethod
    def leave(call):
        conference, call.conference = call.conference, None
        if conference:
            conference.participants.remove(call)

    def shrink(self, conference):
        n = len(conference.participants)
        if not conference.over and (n == 0 or (n == 1 and not conference.consultation)):
            self.dissolve(conference)

    def let_last_go(self, conference):
        for call in list(conference.participants):
            self.leave(call)
            call.enter("left")
            call.tell_ids()

    def dissolve(self, conference):
        self.let_last_go(conference)
        self.end(conference, "normal")

    def end_conference(self, conference, end_one, cause="normal"):
        conference.over = True
        for call in list(conference.participants):
            self.leave(call)
            end_one(call)
        self.end(conference, cause)

    def check_room(self, line, n):
        most = line.info.get("max-conference-parties", 0)
        if most and n > most:
            raise Refusal("ConferenceFull", f"A conference of this line has at most {most} participants; one would have to leave first")

    # ---- What the service asks: the process and its lines ----

    def Start(self, epoch, wanted):
        if wanted.get("default-lines"):
            for i in range(3):
                self.AddLine(f"desk{i}", {"label": f"Desk {i} ({20 + i})", "addresses": [str(20 + i)],
                                         "call-id": True, "close-drop": True}, {}, "")

    def Stop(self):
        self.fail_all(self.calls.values(), "service-restarted")

    def AddLine(self, name, info, settings, source):
        if settings:
            raise InvalidArgs(f"{min(settings)}: the switchboard has no settings of its own")
        line = self.lines.get(name)
        if not line or line.asked != info:
            line = self.replace(Line(name, info))
        self.service.tell("LineAdded", "(sa{sv})", name, named(**line.info))
        if line.state != "in-service":
            self.service.tell("LineState", "(sss)", name, line.state, line.state_reason)

    def replace(self, line):
        for number in line.numbers:
            if (self.line_of(number) or line).name != line.name:
                raise InvalidArgs(f"Addresses: {number} is another line's already")
        for call in self.calls_on(line.name):
            call.line = line
        self.lines[line.name] = line
        return line

    def RemoveLine(self, name):
        self.DebugLineState(name, "removed", "")

    def DebugLineState(self, name, state, reason):
        line = self.line(name)
        line.state, line.state_reason = state, reason
        if state == "removed":
            self.remove(line)
        self.service.tell("LineState", "(sss)", name, state, reason)
        if state == "out-of-service":
            self.fail_all(self.calls_on(name))

    def remove(self, line):
        """Its calls are void with it: the far ends hear of it, the service knows."""
        for call in self.calls_on(line.name):
            cause, peer = self.cause_beyond(call), call.part()
            call.line = None
            self.forget(call)
            if peer and peer.line != line:
                self.end(peer, cause)
        del self.lines[line.name]

    def Adopted(self):
        """Nothing is to be done: what the service does not know it drops."""

    def DebugIncoming(self, name, number):
        caller, later = Call(self.service, None, 0, "dialing", outside=number), Later()
        line = self.serving(name)
        self.place(caller, line.numbers[0], on_taken=lambda call, taken: later.answer(call.ids()[0]) if taken else
                   later.refuse(Refusal("LineBusy", "The line takes no more calls now; one of its calls would have to end first")))
        if not caller.peer:
            raise Refusal("LineBusy", "One of the line's calls is not to be disturbed; it would have to end first")
        return later

    # ---- One call ----

    def Dial(self, name, number, params):
        call = self.add_dialled(self.serving(name), number, params)
        yield (call.begin("dialing"),)
        self.go(call)

    def Accept(self, number):
        self.call(number, "offering").enter("accepted")

    def Answer(self, number):
        call = self.call(number, *RINGING)
        self.put_aside(call)
        self.call(number)  # its caller may have been one of the calls that were dropped for it
        self.connect(call)

    def Redirect(self, number, address):
        call, to = self.call(number, "offering"), as_number(address)
        caller, called, line = call.part(), call.parties["called"][0], call.line
        self.forget(call)
        yield ("forwarded",)
        caller.tell_moved(line.party(), self.party_of(to))
        self.place(caller, to, called, line.party(), line, "redirect")

    def Drop(self, number, reason):
        call = self.calls.get(number)
        if call:
            self.drop(call, reason)

    def Hold(self, number):
        self.hold(self.call(number, "connected"))

    def Unhold(self, number):
        call = self.call(number, *HELD)
        consultation = call.consultation
        call.end_consultation()
        if consultation:
            self.drop(consultation)
        self.call(number, *HELD)  # it may have been at the other end of its own consultation
        if call.is_conference and not call.established:
            self.let_last_go(call)
            self.forget(call)
            yield ("normal",)
        else:
            self.resume(call)
            yield ("",)

    def SwapHold(self, number, held_number):
        call, held = self.call(number, "connected"), self.call(held_number, *HELD)
        event = "held"  # but of a call and its consultation, the one that waits does so for the transfer or the conference
        if call.consultation == held or held.consultation == call:
            first = call if call.consultation == held else held
            event = "held-for-transfer" if not first.is_conference else "held-for-conference" if first == call else "held"
        self.hold(call, event)
        self.resume(held)

    def DialDigits(self, number, digits, more):
        call = self.call(number, "dial-tone", "dialing")
        if call.dialled is None:
            raise Refusal("InvalidState", "The number of this call is complete; it would have to be in dial tone")
        if not more:
            as_number(call.dialled + digits)
        call.dialled += digits
        if call.state == "dial-tone" and call.dialled:
            call.enter("dialing")
        if not more:
            call.address, call.dialled = call.dialled, None
            call.tell_party("called", self.party_of(as_number(call.address)))
        yield ()
        self.go(call)

    def SendDigits(self, number, digits, duration_ms, gap_ms):
        call = self.call(number, "connected", "conferenced")
        call.silence()
        if digits:
            call.sound = "DigitsSent"
            call.after("sound", PAUSE_MS if digits[0] == "," else duration_ms, call.send, digits.upper(), duration_ms, gap_ms)

    def SendTone(self, number, tone, ms):
        call = self.call(number, "connected")
        call.silence()
        if tone != "none" and ms:
            call.sound = "ToneSent"
            call.after("sound", ms, call.silence, "done")

    def MonitorDigits(self, number, enable):
        self.call(number).listens = enable

    def Mute(self, number, mute):
        self.call(number).muted = mute

    def Secure(self, number):
        self.call(number, "connected").secured = True

    def SendUserUserInfo(self, number, data):
        peer = self.call(number, *RINGING, "ringback", "connected").peer
        if peer:
            peer.tell("UserUserInfo", "(tay)", bytes(data))

    # ---- Several calls ----

    def hand_over(self, call):
        """Its far end, to be connected with somebody else."""
        if call.is_conference or not call.talks:
            raise Refusal("TargetNotFound", "Nobody is at the other end of the call now; it would have to be connected with somebody")
        return call.peer

    def BlindTransfer(self, number, address):
        call, to = self.call(number, "connected"), as_number(address)
        peer, by, line, held = self.hand_over(call), call.own_party(), call.line, call.first
        self.forget(call)
        yield ("normal",)
        self.give_back(held)
        peer.tell_ids()
        peer.tell_moved(by, self.party_of(to), "transfer")
        self.place(peer, to, None, by, line, "transfer")

    def SetupTransfer(self, number, consultation_number, params):
        call = self.call(number, "connected")
        consultation = self.add_dialled(call.line, consultation_number, params, call.ids()[0])
        call.consult(consultation)
        yield (consultation.begin(consultation.state),)
        self.hold(call, "held-for-transfer")
        self.go(consultation)

    def CompleteTransfer(self, number, consultation_number, conference_number):
        call = self.call(number, *HELD)
        consultation = self.call(consultation_number, "connected", "ringback", "busy")
        if call.line != consultation.line or call is consultation or call.is_conference or consultation.is_conference:
            raise Refusal("InvalidState", "The consultation has to be another call of the same line, and none of them a conference")
        if conference_number:
            self.check_ringing(consultation)
            self.check_room(call.line, 2)
            conference = self.add_conference(call.line, conference_number, "connected")
            yield ("", conference.begin("connected"))
            self.join(conference, call)
            self.join(conference, consultation)
            return
        if call.peer is consultation:
            raise Refusal("InvalidState", "The two calls are connected with each other; they would have to have others")
        yield from self.transfer(call, consultation)

    def transfer(self, call, consultation):
        first, second, talks = self.hand_over(call), consultation.peer, consultation.talks
        if consultation.state == "connected":
            self.hand_over(consultation)
        by_first, by_second, call_id = call.own_party(), consultation.own_party(), call.call_id
        to = second.own_party() if second else self.party_of(as_number(consultation.address))
        held = [each for each in (call.first, consultation.first) if each not in (call, consultation)]
        self.forget(call)
        self.forget(consultation)
        yield ("normal", {})
        first.tell_moved(by_first, to, "transfer")
        if not second:
            self.end(first, "busy")
        elif first.line or second.line:
            first.link(second)
            second.tell_moved(by_second, to, "transfer")
            self.meet(first, second, talks, call_id)
        for each in held:
            self.give_back(each)

    def meet(self, first, second, talks, call_id):
        """Both have the first one's Call ID from now on. If the second one still rings, the first one waits for it."""
        if second.call_id != call_id:
            second.related, second.call_id = second.call_id, call_id
        second.tell_ids()
        if talks:
            self.connect(first)
        else:
            second.tell_party("caller", first.own_party())
            first.tell_detail()

    # ---- Conferences ----

    def add_conference(self, line, number, state):
        conference = self.add(line, number, state, is_conference=True, origin="conference", direction="none")
        conference.parties = {"caller": line.party()}
        return conference

    @staticmethod
    def check_ringing(call):
        if call.state == "busy":
            raise Refusal("InvalidState", "A call to somebody who is busy can't join a conference; it would have to ring")

    def SetupConference(self, name, number, conference_number, consultation_number, params):
        line, call = self.serving(name), self.call(number, "connected") if number else None
        if call and call.is_conference:
            raise Refusal("InvalidState", "A conference can't join another one")
        as_number(params["address"]) if params.get("address") else None
        conference = self.add_conference(line, conference_number, "on-hold-pending-conference")
        consultation = self.add_dialled(line, consultation_number, params, conference.ids()[0])
        conference.consult(consultation)
        yield (conference.begin("held-for-conference"), consultation.begin(consultation.state))
        if call:
            self.join(conference, call)
        self.go(consultation)

    def PrepareAddToConference(self, conference_number, consultation_number, params):
        conference = self.call(conference_number, "connected")
        self.check_room(conference.line, len(conference.participants) + 1)
        consultation = self.add_dialled(conference.line, consultation_number, params, conference.ids()[0])
        conference.consult(consultation)
        yield (consultation.begin(consultation.state),)
        self.hold(conference, "held-for-conference")
        self.go(consultation)

    def AddToConference(self, conference_number, number):
        conference, call = self.call(conference_number, *HELD), self.call(number, "connected", "ringback", *HELD)
        if call.is_conference or not conference.is_conference or call.line != conference.line:
            raise Refusal("InvalidState", "Only a call of the same line that is no conference can join a conference")
        self.check_room(conference.line, len(conference.participants) + 1)
        conference.end_consultation()
        self.join(conference, call)
        conference.established = True
        self.resume(conference)

    def RemoveFromConference(self, number):
        call = self.call(number, "conferenced")
        conference = call.conference
        self.leave(call)
        self.hold(call)
        call.tell_ids()
        self.shrink(conference)


if "CALLBUS_PROVIDER_ADDRESS" not in os.environ:
    sys.exit("provider-switchboard.py: the service starts it, and tells it $CALLBUS_PROVIDER_ADDRESS")
Switchboard(os.environ["CALLBUS_PROVIDER_ADDRESS"]).service.run()
