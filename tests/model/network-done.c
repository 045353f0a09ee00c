/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network: what it reports of what it was asked to do. */
#include "tests/model/network.h"

#include "tests/model/random.h"

/* ---- Reports ---- */

void act_event(int call, CallEvent event, StateDetail detail) {
    story_add(" %s/%d", call_event_to_string(event) ?: "nonsense", detail);
    ref_event(call, event, detail);
    provider_report_event(world.calls[call], event, detail);
}

void act_joined(int call, int conference) {
    story_add(" c%d joins c%d", call, conference);
    ref_joined(call, conference);
    provider_report_joined(world.calls[call], world.calls[conference]);
}

static void judge_forgotten(int call, bool ended) {
    if (ended && ref.calls[call].there && call_provider_data(world.calls[call]))
        wrong("the network's pointer is still with a call that ended");
}

void act_ended(int call, DisconnectCause cause) {
    bool ends = ref.calls[call].appeared;

    story_add(" ended:%d", cause);
    ref_ended(call, cause);
    provider_report_ended(world.calls[call], cause, chance(30) ? "SIP 486\xff Busy" : NULL);
    judge_forgotten(call, ends);
}

void act_forwarding(int line) {
    const ForwardRule rules[] = {
        { .condition = FORWARD_UNCOND, .filter = "", .destination = "102" },
        { .condition = FORWARD_BUSY_SPECIFIC, .filter = "7", .destination = "", .rings = below(2) },
    };

    provider_report_forwarding(world.lines[line], rules, below(3));
}

/* ---- Completions ---- */

void act_complete(RequestId id, int refusal) {
    story_add(" complete:%d", refusal);
    ref_complete(id, refusal);
    provider_complete(world.provider, id, refusal == GRANTED ? NULL : refuse(refusal, "no"), "text");
}

void act_complete_by_end(int call, int consultation, RequestId id, DisconnectCause cause) {
    Call *real = world.calls[call], *other = consultation == NOTHING ? NULL : world.calls[consultation];

    story_add(" complete by the end of c%d and c%d", call, consultation);
    ref_complete_by_end(call, consultation, id, cause);
    provider_complete_by_end(real, other, id, cause, "text");
}

/* Mostly as the contract says. */
static CallEvent some_first_event(Operation operation, bool conference) {
    static const CallEvent others[] = { CALL_EVENT_DIAL_TONE,    CALL_EVENT_DIALING, CALL_EVENT_PROCEEDING, CALL_EVENT_RINGBACK,
                                        CALL_EVENT_SPECIAL_INFO, CALL_EVENT_BUSY,    CALL_EVENT_CONNECTED,
                                        CALL_EVENT_HELD_FOR_CONFERENCE };

    if (chance(2))
        return chance(50) ? CALL_EVENT_ACCEPTED : 999;
    if (chance(10))
        return others[below(G_N_ELEMENTS(others))];
    if (conference)
        return operation == OPERATION_SETUP_CONFERENCE ? CALL_EVENT_HELD_FOR_CONFERENCE : CALL_EVENT_CONNECTED;
    if (operation == OPERATION_PICKUP || operation == OPERATION_UNPARK)
        return CALL_EVENT_CONNECTED;
    return operation == OPERATION_DIAL || chance(70) ? CALL_EVENT_DIALING : CALL_EVENT_DIAL_TONE;
}

/* What the network reports after the calls have begun: those that they began from are held, or joined. */
static void report_beginning(const Asked *asked) {
    int from = asked->from_slot;

    if (from == NOTHING || !network_knows(from, asked->from_born) || chance(15))
        return;
    if (asked->operation == OPERATION_SETUP_TRANSFER)
        act_event(from, CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    else if (asked->operation == OPERATION_PREPARE_ADD_TO_CONFERENCE)
        act_event(from, CALL_EVENT_HELD_FOR_CONFERENCE, STATE_DETAIL_NONE);
    else if (network_knows(asked->slot, asked->born))
        act_joined(from, asked->slot);
}

void act_complete_calls(const Asked *asked) {
    static const PartyInfo caller = { .number = "100" }, called = { .number = "101", .name = "B" };
    CallStart starts[PLACED_MAX];
    RefStartOfCall expected[PLACED_MAX];
    char call_ids[PLACED_MAX][16], related[PLACED_MAX][16];

    story_add(" complete:");
    for (unsigned i = 0; i < PLACED_MAX; i++) {
        bool conference = i == 0 && (asked->operation == OPERATION_SETUP_CONFERENCE ||
                                     asked->operation == OPERATION_COMPLETE_TRANSFER);

        expected[i] = (RefStartOfCall) {
            .event = some_first_event(asked->operation, conference),
            .detail = chance(80) ? STATE_DETAIL_NONE : STATE_DETAIL_ACTIVE,
            .call_id = chance(90) ? 1 + below(6) : 0,
            .related = chance(60) ? 1 + below(6) : 0,
            .address = chance(50) ? "701" : NULL,
            .media_mode = chance(60) ? MEDIA_INTERACTIVE_VOICE : chance(90) ? below(_MEDIA_MAX) : 77,
        };
        g_snprintf(call_ids[i], sizeof(call_ids[i]), "id-%u", expected[i].call_id - 1);
        g_snprintf(related[i], sizeof(related[i]), "id-%u", expected[i].related - 1);
        starts[i] = (CallStart) {
            .event = expected[i].event,
            .detail = expected[i].detail,
            .call_id = expected[i].call_id > 0 ? call_ids[i] : NULL,
            .related_call_id = expected[i].related > 0 ? related[i] : "",
            .reason = below(_REASON_MAX),
            .address = expected[i].address,
            .media_mode = expected[i].media_mode,
            .caller = &caller,
            .called = chance(50) ? &called : NULL,
        };
        if (i == 0 || asked->other)
            story_add(" %s", call_event_to_string(starts[i].event) ?: "nonsense");
    }
    ref_complete_calls(asked->id, expected);
    provider_complete_calls(world.provider, asked->id, starts);
    report_beginning(asked);
}

bool network_knows(int slot, uint64_t born) {
    const RefCall *call = &ref.calls[slot];

    return call->there && call->at_network && call->born == born;
}

static int some_refusal(void) {
    static const int refusals[] = { REFUSAL_PROVIDER_FAILED, REFUSAL_LINE_BUSY, REFUSAL_INVALID_STATE,
                                    REFUSAL_TARGET_NOT_FOUND };

    return refusals[below(G_N_ELEMENTS(refusals))];
}

/* ---- Doing what was asked ---- */

/* The second call of an operation, if the network still knows it. */
static int other_of(const Asked *asked) {
    return asked->other_slot != NOTHING && network_knows(asked->other_slot, asked->other_born) ? asked->other_slot : NOTHING;
}

/* What the network reports when it has done what was asked. */
static void report_effect(const Asked *asked) {
    int call = asked->slot, other = other_of(asked);

    switch ((int) asked->operation) {
    case OPERATION_ACCEPT:
        act_event(call, CALL_EVENT_ACCEPTED, STATE_DETAIL_NONE);
        return;
    case OPERATION_ANSWER:
        act_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_ACTIVE);
        return;
    case OPERATION_DROP:
        act_ended(call, chance(50) ? CAUSE_NORMAL : CAUSE_BUSY);
        return;
    case OPERATION_SWAP_HOLD:
        act_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
        if (other != NOTHING)
            act_event(other, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
        return;
    case OPERATION_HOLD:
    case OPERATION_REMOVE_FROM_CONFERENCE:
        act_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
        return;
    case OPERATION_UNHOLD:
        if (ref_ends_consultation(call) && chance(70))
            act_ended(ref.calls[call].consultation, CAUSE_BUSY);
        act_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
        return;
    case OPERATION_ADD_TO_CONFERENCE:
        if (other != NOTHING)
            act_joined(other, call);
        act_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
        return;
    case OPERATION_DIAL_DIGITS:
        act_event(call, chance(50) ? CALL_EVENT_DIALING : CALL_EVENT_PROCEEDING, STATE_DETAIL_NONE);
        return;
    default:
        return;
    }
}

/* Those that work by the end of their call; completing a call may or may not. */
static bool ends_call(Operation operation) {
    return operation == OPERATION_REDIRECT || operation == OPERATION_BLIND_TRANSFER || operation == OPERATION_PARK ||
           operation == OPERATION_COMPLETE_TRANSFER || (operation == OPERATION_COMPLETE_CALL && chance(50));
}

static void complete_by_end(const Asked *asked) {
    DisconnectCause cause = asked->operation == OPERATION_REDIRECT ? CAUSE_FORWARDED : CAUSE_NORMAL;

    act_complete_by_end(asked->slot, other_of(asked), asked->id, cause);
    /* Nonsense: once more, of a call that is there no longer. */
    if (chance(5))
        act_complete(asked->id, GRANTED);
}

static void forget_asked(unsigned i) {
    world.pending[i] = world.pending[--world.n_pending];
}

static void complete_placement(unsigned i) {
    Asked asked = world.pending[i];

    forget_asked(i);
    if (chance(80))
        act_complete_calls(&asked);
    else
        act_complete(asked.id, chance(90) ? some_refusal() : GRANTED);
}

/* Of a line. */
static void complete_on_line(unsigned i) {
    Asked asked = world.pending[i];
    bool refuses = chance(30);

    if (asked.operation == OPERATION_FORWARD && !refuses && ref.lines[asked.line].there)
        act_forwarding(asked.line);
    forget_asked(i);
    act_complete(asked.id, refuses ? some_refusal() : GRANTED);
}

static void complete_on_call(unsigned i) {
    Asked asked = world.pending[i];
    bool up = network_knows(asked.slot, asked.born);

    if (up && ends_call(asked.operation) && chance(85)) {
        forget_asked(i);
        complete_by_end(&asked);
        return;
    }
    if (up && !asked.reported && chance(85)) {
        report_effect(&asked);
        world.pending[i].reported = true;
        /* Late: the completion comes another time. */
        if (chance(20))
            return;
        asked.reported = true;
    }
    forget_asked(i);
    world.declined = !asked.reported && chance(60);
    act_complete(asked.id, world.declined ? some_refusal() : GRANTED);
    /* Nonsense: once more. */
    if (chance(5))
        act_complete(asked.id, chance(50) ? GRANTED : REFUSAL_PROVIDER_FAILED);
}

void network_complete(unsigned pending) {
    const Asked *asked = &world.pending[pending];

    story_begin("network: c%d %s", asked->call ? asked->slot : NOTHING, operation_to_string(asked->operation));
    if (asked->kind == REQUEST_PLACE)
        complete_placement(pending);
    else if (!asked->call)
        complete_on_line(pending);
    else
        complete_on_call(pending);
}
