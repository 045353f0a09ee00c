# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lines and calls of provider-switchboard.py: what each of them is, and what the service is told of it.

A call here is one end of a conversation. The two ends of a conversation on two lines are two calls, each the other's peer. A
conference is a call, too. Somebody outside, of whom the service knows nothing, is a call without a line."""

import secrets

from gi.repository import GLib

from callbus_provider import InvalidArgs, Refusal, named

PAUSE_MS = 1000
RINGING = ("offering", "accepted")
DIALLED = ("dial-tone", "dialing", "ringback", "busy")  # what was made here, and nobody has answered
HELD = ("on-hold", "on-hold-pending-transfer", "on-hold-pending-conference")
AFTER = {"held": HELD[0], "held-for-transfer": HELD[1], "held-for-conference": HELD[2], "resumed": "connected", "left": "connected"}


def as_number(address):
    number = address.translate(str.maketrans("", "", " -.()"))
    if not (number.isascii() and number.removeprefix("+").isdigit()):
        raise Refusal("InvalidAddress", f"'{address}' is no number of the switchboard: they have digits only")
    return number


class Line:
    def __init__(self, name, info):
        self.name, self.info = name, {"label": name, "media-modes": ["interactive-voice"], "call-id": False} | info
        self.asked = info  # as it was asked for
        self.state, self.state_reason = "in-service", ""
        self.numbers = [as_number(address) for address in info.get("addresses", [])]
        self.label, self.media_modes, self.assigns_ids = (self.info[key] for key in ("label", "media-modes", "call-id"))
        if not self.numbers:
            raise InvalidArgs("Addresses: a line of the switchboard needs a number")

    def party(self):
        return (self.numbers[0], self.label, "allowed")


class Call:
    def __init__(self, service, line, number, state, call_id=None, **facts):
        self.service, self.line, self.number, self.state, self.detail = service, line, number, state, ""
        self.call_id, self.related = call_id or secrets.token_hex(16), ""
        self.told_ids = None
        self.peer, self.talks = None, False  # whether both have been connected
        self.consultation = self.first = None  # who is consulted about it; what it is the consultation about
        self.conference, self.participants, self.established = None, [], False
        self.is_conference = self.hidden = self.muted = self.listens = self.secured = self.over = False
        self.direction, self.origin, self.reason, self.address, self.media_mode = "out", "outbound", "direct", "", "interactive-voice"
        self.parties, self.user_user_info, self.outside = {}, b"", None
        self.dialled, self.patience_s = None, 0
        self.timers, self.sound = {}, None
        self.__dict__.update(facts)

    def tell(self, method, signature, *arguments):
        if self.line:
            self.service.tell(method, signature, self.number, *arguments)

    def enter(self, event, detail=""):
        self.state = AFTER.get(event, event)
        self.detail = self.connected_detail() if self.state == "connected" else detail
        self.tell("Event", "(tss)", event, self.detail)

    def connected_detail(self):
        return "active-held" if self.talks and self.peer and self.peer.state in HELD else "active"

    def tell_detail(self):
        if self.state == "connected" and self.detail != self.connected_detail():
            self.enter("connected")

    def ids(self):
        """Its Call ID and the related one: those of a conference are the conference's, at the far ends too."""
        if not self.line or not self.line.assigns_ids:
            return ("", "")
        conference = self.conference or (self.peer and self.peer.conference)
        return (conference.call_id, self.call_id) if conference else (self.call_id, self.related)

    def tell_ids(self):
        for call in (self, self.peer):
            if call and call.line and call.ids() != call.told_ids:
                call.told_ids = call.ids()
                call.tell("CallId", "(tss)", *call.told_ids)

    def own_party(self):
        if self.hidden:
            return ("", "", "withheld")
        return self.line.party() if self.line else (self.outside, "", "allowed")

    def tell_party(self, role, party):
        self.parties[role] = party
        self.tell("Party", "(ts(sss))", role, party)

    def tell_moved(self, by, to, reason=None):
        """It goes on with somebody else."""
        if reason:
            self.reason = reason
            self.tell("Reason", "(tss)", self.origin, reason)
        self.tell_party("redirection", to)
        self.tell_party("redirecting", by)

    def begin(self, event):
        """As the answer of what made it, after which all is told by itself."""
        self.told_ids = self.ids()
        if self.state == "connected":
            self.detail = self.connected_detail()
        return named(event=event, detail=self.detail, call_id=self.ids()[0], related_call_id=self.ids()[1], reason=self.reason,
                     **self.parties)

    def recall(self):
        """As for Hello."""
        facts = named(line=self.line.name, state=self.state, detail=self.detail, direction=self.direction, call_id=self.ids()[0],
                      related_call_id=self.ids()[1], origin=self.origin, reason=self.reason, address=self.address,
                      media_mode=self.media_mode, is_conference=self.is_conference, muted=self.muted, **self.parties)
        if self.conference:
            facts["conference"] = GLib.Variant("t", self.conference.number)
        return (self.number, facts)

    def link(self, peer):
        self.peer, peer.peer = peer, self

    def part(self):
        """From the far end, which is returned."""
        peer, self.peer, self.talks = self.peer, None, False
        if peer:
            peer.peer, peer.talks = None, False
        return peer

    def consult(self, consultation):
        self.end_consultation()
        self.consultation, consultation.first = consultation, self

    def end_consultation(self):
        """It goes on without; the call for it, if that is up, is one like others."""
        if self.consultation:
            self.consultation.first = self.consultation = None

    def after(self, what, ms, function, *arguments):
        """Once; `what` names the timer."""
        self.stop(what)
        if not self.over:
            self.timers[what] = GLib.timeout_add(ms, self.on_time, what, function, arguments)

    def on_time(self, what, function, arguments):
        del self.timers[what]
        function(*arguments)
        return GLib.SOURCE_REMOVE

    def stop(self, *names):
        for name in names:
            if name in self.timers:
                GLib.source_remove(self.timers.pop(name))

    def silence(self, outcome="cancel"):
        """What sounds is over."""
        self.stop("sound")
        sound, self.sound = self.sound, None
        if sound:
            self.tell(sound, "(ts)", outcome)

    def send(self, digits, duration_ms, gap_ms):
        """The first of them has sounded for so long by now."""
        for call in self.participants if self.is_conference else [self]:
            if call.talks and digits[0] in "0123456789ABCD*#":
                call.peer.hear(digits[0])
        if digits[1:]:
            ms = PAUSE_MS if digits[1] == "," else duration_ms
            self.after("sound", gap_ms + ms, self.send, digits[1:], duration_ms, gap_ms)
        else:
            self.after("sound", gap_ms, self.silence, "done")

    def hear(self, digit):
        for call in (self, self.conference):
            if call and call.listens and call.state in ("connected", "conferenced"):
                call.tell("Digit", "(ts)", digit)
