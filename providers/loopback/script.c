/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Script: what a scripted far end does, and when. */
#include "providers/loopback/script.h"

#include "providers/loopback/call.h"
#include "providers/loopback/digits.h"
#include "providers/loopback/park.h"

#define DIGIT_MS 80
#define GAP_MS 40
#define FREE_RING_MS 1000 /* one that has become free rings so long */

/* What becomes of a call to it. */
static const struct {
    bool rings;            /* the caller hears it ring; else nothing happens until it acts */
    bool answers;          /* then it answers; else the call ends so: */
    DisconnectCause cause; /* busy is not an end but a state */
} acts[_SCRIPT_MAX] = {
    [SCRIPT_ANSWER] = { true, true },
    [SCRIPT_ECHO] = { true, true },
    [SCRIPT_HANGUP] = { true, true },
    [SCRIPT_DIGITS] = { true, true },
    [SCRIPT_BUSY] = { .cause = CAUSE_BUSY },
    [SCRIPT_NO_ANSWER] = { .rings = true, .cause = CAUSE_NO_ANSWER },
    [SCRIPT_REJECT] = { .cause = CAUSE_REJECTED },
    [SCRIPT_CONGESTION] = { .cause = CAUSE_CONGESTION },
    [SCRIPT_BAD] = { .cause = CAUSE_BAD_ADDRESS },
};

struct Script {
    ScriptKind kind;
    End *end;     /* what it has to do with, */
    Place *place; /* or where it is parked, or neither */
    Network *network;
    NetworkEvent timer; /* the next thing that it does */
    uint32_t talk_ms;
    uint32_t free_ms;  /* it is busy for so long; DESTINATION_FOR_EVER: always */
    int64_t busy_from; /* since then */
    bool connected;
    char *number; /* as it looks from here */
    char *send;
    DigitSender *sender;
    MediaEnd media;
};

static void on_heard(void *owner, char digit) {
    const Script *script = owner;

    if (script->end)
        end_hear_digit(script->end, digit);
}

static void on_sent(void *owner) {
}

static const DigitSenderOps sender_ops = { .heard = on_heard, .done = on_sent };

static void on_over(NetworkEvent *event) {
    Script *script = NETWORK_EVENT_OWNER(event, Script, timer);

    if (script->end) {
        end_far_ends(script->end, acts[script->kind].answers ? CAUSE_NORMAL : acts[script->kind].cause);
        return;
    }
    if (script->place)
        park_script_left(script->place);
    script_free(script);
}

static void on_act(NetworkEvent *event) {
    Script *script = NETWORK_EVENT_OWNER(event, Script, timer);

    if (acts[script->kind].answers)
        end_far_answers(script->end);
    else if (acts[script->kind].cause == CAUSE_BUSY) {
        script->busy_from = network_now(script->network);
        end_far_busy(script->end);
    } else if (acts[script->kind].cause == CAUSE_CONGESTION) {
        if (end_far_congested(script->end))
            network_after(script->network, event, script->talk_ms * UINT64_C(1000), on_over);
    } else
        on_over(event);
}

Script *script_new(Network *network, End *end, const Destination *destination, bool patient) {
    Script *script = script_new_caller(network, destination->name);

    script->kind = destination->script;
    script->end = end;
    script->talk_ms = destination->talk_ms;
    script->free_ms = destination->free_ms;
    if (script->kind == SCRIPT_DIGITS)
        script->send = g_strdup(destination->send);
    if (acts[script->kind].rings)
        end_far_rings(end);
    else if (destination->ring_ms > 0)
        end_far_proceeds(end);
    if (script->kind != SCRIPT_NO_ANSWER || destination->has_ring || !patient)
        network_after(network, &script->timer, destination->ring_ms * UINT64_C(1000), on_act);
    return script;
}

Script *script_new_caller(Network *network, const char *from) {
    Script *script = g_new0(Script, 1);

    script->kind = SCRIPT_CALLER;
    script->network = network;
    script->number = g_strdup(from);
    script->talk_ms = DESTINATION_FOR_EVER;
    return script;
}

Script *script_free(Script *script) {
    if (!script)
        return NULL;
    network_cancel(script->network, &script->timer);
    digit_sender_free(script->sender);
    media_end_clear(&script->media, network_now(script->network));
    g_free(script->number);
    g_free(script->send);
    g_free(script);
    return NULL;
}

void script_set_end(Script *script, End *end) {
    script->end = end;
}

void script_set_place(Script *script, Place *place) {
    script->place = place;
}

/* ---- Busy, and free again ---- */

static void on_free(NetworkEvent *event) {
    Script *script = NETWORK_EVENT_OWNER(event, Script, timer);

    script->kind = SCRIPT_ANSWER;
    network_after(script->network, event, FREE_RING_MS * UINT64_C(1000), on_act);
    end_script_is_free(script->end);
}

bool script_free_in(const Script *script, uint64_t *ret_usec) {
    int64_t free = script->busy_from + script->free_ms * INT64_C(1000), now = network_now(script->network);

    if (script->free_ms == DESTINATION_FOR_EVER)
        return false;
    *ret_usec = free > now ? (uint64_t) (free - now) : 0;
    return true;
}

void script_wait(Script *script) {
    uint64_t usec;

    if (script->kind == SCRIPT_BUSY && script_free_in(script, &usec))
        network_after(script->network, &script->timer, usec, on_free);
}

void script_stop_waiting(Script *script) {
    if (script->kind == SCRIPT_BUSY)
        network_cancel(script->network, &script->timer);
}

void script_party(const Script *script, PartyInfo *ret) {
    bool known = script->number[0] != '\0';

    *ret = (PartyInfo) { script->number, NULL, known ? PRESENTATION_ALLOWED : PRESENTATION_UNAVAILABLE };
}

MediaEnd *script_media(Script *script) {
    return &script->media;
}

bool script_echoes(const Script *script) {
    return script->kind == SCRIPT_ECHO;
}

void script_connected(Script *script) {
    if (script->connected)
        return;
    script->connected = true;
    if (script->talk_ms != DESTINATION_FOR_EVER)
        network_after(script->network, &script->timer, script->talk_ms * UINT64_C(1000), on_over);
    if (script->kind != SCRIPT_DIGITS)
        return;
    script->sender = digit_sender_new(script->network, DIGIT_MS, GAP_MS, &sender_ops, script);
    digit_sender_add(script->sender, script->send);
}

void script_hear_digit(Script *script, char digit) {
    if (script->sender)
        digit_sender_add(script->sender, (char[]) { digit, '\0' });
}
