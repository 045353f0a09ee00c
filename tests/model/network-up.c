/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network: what happens by itself, sense and nonsense. */
#include "tests/model/network.h"

#include <errno.h>

#include "tests/model/random.h"

/* ---- Calls ---- */

static int some_call(void) {
    int calls[CALLS], n = 0;

    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there && ref.calls[i].at_network)
            calls[n++] = i;
    return n > 0 ? calls[below(n)] : NOTHING;
}

static int some_line(void) {
    int line = below(LINES);

    return ref.lines[line].there ? line : NOTHING;
}

static void step_event(void) {
    int call = some_call();

    if (call == NOTHING)
        return;
    story_begin("network: c%d", call);
    if (chance(3))
        act_event(call, (CallEvent) below(1000), (StateDetail) below(1000));
    else
        act_event(call, below(_CALL_EVENT_MAX), chance(60) ? STATE_DETAIL_NONE : below(_STATE_DETAIL_MAX));
}

static void step_ended(void) {
    int call = some_call();

    if (call == NOTHING)
        return;
    story_begin("network: c%d", call);
    act_ended(call, chance(5) ? 200 : below(_CAUSE_MAX));
}

/* Mostly where it can be. */
static void step_joined(void) {
    int call = some_call(), conference = some_call();

    if (call == NOTHING)
        return;
    for (int i = 0; i < 8 && ref.calls[conference].kind != CALL_KIND_CONFERENCE; i++)
        conference = some_call();
    for (int i = 0; i < 4 && ref.calls[call].line != ref.calls[conference].line; i++)
        call = some_call();
    story_begin("network:");
    act_joined(call, conference);
}

/* Nonsense: by a request that is none, or is another. */
static void step_by_end(void) {
    int call = some_call();
    RequestId id = world.n_pending > 0 && chance(50) ? world.pending[below(world.n_pending)].id : random_next();

    if (call == NOTHING)
        return;
    story_begin("network: c%d", call);
    act_complete_by_end(call, NOTHING, id, CAUSE_NORMAL);
}

static void step_incoming(void) {
    int line = some_line(), call = ref_free_call();
    char call_id[16], number[16];
    unsigned id = below(6);
    MediaMode media_mode = chance(70) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX);
    IncomingInfo info = { .call_id = call_id, .media_mode = media_mode, .reason = REASON_DIRECT, .caller.number = number };
    static const uint8_t too_much[USER_USER_INFO_MAX + 1];
    bool expected;

    if (line == NOTHING || call == NOTHING)
        return;
    g_snprintf(call_id, sizeof(call_id), "id-%u", id);
    g_snprintf(number, sizeof(number), "%u", below(1000));
    if (chance(3)) {
        info.media_mode = media_mode = 77;
        info.origin = 99;
        info.reason = -5;
        info.caller.presentation = 55;
        info.redirecting.number = info.redirection.number = "\xff";
        info.user_user_info = too_much;
        info.user_user_info_size = sizeof(too_much);
    }
    story_begin("network: call c%d comes in on l%d, media mode %d", call, line, media_mode);
    expected = ref_incoming(line, media_mode, id + 1, number, call);
    world.calls[call] = provider_report_incoming(world.lines[line], &info);
    if (expected != (world.calls[call] != NULL))
        wrong("a call that comes in was %s", expected ? "not taken" : "taken");
    if (expected)
        call_set_provider_data(world.calls[call], &world);
}

const char *const network_id_kinds[KINDS] = { "sip-call-id", "session-id" };

static void step_facts(void) {
    int call = some_call();
    unsigned id = below(6), related = below(7), kind = below(KINDS);
    char text[16], related_text[16];
    Call *real;

    if (call == NOTHING)
        return;
    real = world.calls[call];
    g_snprintf(text, sizeof(text), "id-%u", id);
    g_snprintf(related_text, sizeof(related_text), "id-%u", related - 1);
    story_begin("network: facts of c%d", call);
    switch (below(8)) {
    case 0:
        ref_call_id(call, id + 1, related);
        provider_report_call_id(real, text, related > 0 ? related_text : NULL);
        return;
    case 1:
        provider_report_party(real, below(_PARTY_MAX + 1), chance(20) ? NULL : &(PartyInfo) { .number = text });
        return;
    case 2:
        provider_report_reason(real, below(_ORIGIN_MAX + 1), below(_REASON_MAX + 1));
        return;
    case 3:
        provider_report_user_user_info(real, (const uint8_t *) text, below(5));
        return;
    case 4:
        ref.calls[call].network_ids[kind] = id + 1;
        provider_report_network_id(real, network_id_kinds[kind], text);
        provider_report_network_id(real, "no\nkind", "id");
        return;
    case 5:
        g_variant_unref(call_media_stats(real));
        return;
    case 6:
        ref.calls[call].encrypted = chance(50);
        provider_report_encrypted(real, ref.calls[call].encrypted);
        return;
    case 7:
        ref.calls[call].volume = below(VOLUME_MAX + 1);
        ref.calls[call].device = id;
        provider_report_audio(real, id > 0 ? text : "", ref.calls[call].volume);
        provider_report_audio(real, "\xff", VOLUME_MAX + 1);
        return;
    }
}

static void step_digits(void) {
    int call = some_call();
    char digit = "0123456789ABCD*#xa"[below(18)];

    if (call == NOTHING)
        return;
    if (chance(60)) {
        story_begin("network: c%d hears '%c'", call, digit);
        if (digit != 'x' && digit != 'a')
            ref_digit(call, digit);
        provider_report_digit(world.calls[call], digit);
        return;
    }
    if (chance(50)) {
        story_begin("network: c%d has sent its digits", call);
        ref_digits_sent(call, DIGITS_DONE, /* tone= */ false);
        provider_report_digits_sent(world.calls[call], DIGITS_DONE);
    } else {
        story_begin("network: c%d has sent its tone", call);
        ref_digits_sent(call, DIGITS_CANCEL, /* tone= */ true);
        provider_report_tone_sent(world.calls[call], DIGITS_CANCEL);
    }
}

/* Nobody is told how it forwards when it is gone: it does no longer. */
static void forget_line(int line) {
    world.lines[line] = NULL;
    for (int i = 0; i < CLIENTS; i++)
        world.told_rules[i][line] = 0;
}

static void step_line(void) {
    int line = below(LINES);

    if (!ref.lines[line].there) {
        story_begin("network: l%d is added", line);
        network_add_line(line);
    } else if (chance(20)) {
        story_begin("network: l%d forwards, and has messages", line);
        act_forwarding(line);
        ref.lines[line].messages = below(3);
        provider_report_messages_waiting(world.lines[line], ref.lines[line].messages);
    } else if (chance(30)) {
        unsigned count = 1 + below(9);

        story_begin("network: l%d rings", line);
        ref_ring(line, count);
        provider_report_ring(world.lines[line], "normal", count);
    } else {
        LineState state = chance(20) ? LINE_REMOVED : below(2);

        story_begin("network: l%d is %s", line, line_state_to_string(state));
        provider_report_line_state(world.lines[line], 77, "nonsense");
        ref_line_state(line, state);
        provider_report_line_state(world.lines[line], state, chance(50) ? "" : "because");
        if (state == LINE_REMOVED)
            forget_line(line);
    }
}

void network_add_line(int line) {
    const RefLine *l = &ref.lines[line];
    char name[16];
    const LineInfo info = {
        .name = name,
        .label = name,
        .addresses = (const char *const[]) { "100", NULL },
        .media_modes = l->media_modes,
        .call_id = l->call_id,
        .emergency_numbers = (const char *const[]) { EMERGENCY, NULL },
        .close_drop = l->close_drop,
        .max_active_calls = l->max_active,
        .max_held_calls = l->max_held,
        .max_conference_parties = l->max_parties,
        .answer_mode = l->answer_mode,
        .without = l->without,
    };

    g_snprintf(name, sizeof(name), "line%d", line);
    ref_add_line(line);
    if (provider_add_line(world.provider, &info, &world.lines[line]) < 0)
        wrong("a line can't be added");
    if (provider_add_line(world.provider, &info, &(Line *) { NULL }) != -EEXIST)
        wrong("a line can be added twice");
}

/* A call that was made goes on, as calls do. */
static void step_progress(void) {
    int call = some_call();

    for (int i = 0; i < 6 && call != NOTHING && ref.calls[call].state == CALL_STATE_CONNECTED; i++)
        call = some_call();
    if (call == NOTHING || ref_is_ringing(ref.calls[call].state) || ref_is_held(ref.calls[call].state))
        return;
    story_begin("network: c%d", call);
    act_event(call, chance(60) ? CALL_EVENT_CONNECTED : CALL_EVENT_RINGBACK, STATE_DETAIL_ACTIVE);
}

/* What comes by itself and may make no sense. */
static void step_disorder(void) {
    unsigned dice = below(40);

    if (dice < 16)
        step_event();
    else if (dice < 22)
        step_joined();
    else if (dice < 32)
        step_ended();
    else if (dice < 37)
        step_line();
    else if (dice < 39)
        step_by_end();
    else
        act_complete(random_next(), GRANTED);
}

/* Where so much is under way, it has to come to something. */
void network_step(void) {
    unsigned dice = below(100);

    if (world.n_pending > 0 && (dice < 50 || world.n_pending > 40))
        network_complete(below(world.n_pending));
    else if (dice < 70 && chance(world.disorder))
        step_disorder();
    else if (dice < 70 && ref_free_calls() < 3 && chance(20))
        step_ended();
    else if (dice < 70)
        step_progress();
    else if (dice < 80)
        step_incoming();
    else if (dice < 88)
        step_facts();
    else
        step_digits();
}

bool network_finish_one(void) {
    int call = some_call();

    if (world.n_pending > 0) {
        network_complete(below(world.n_pending));
        return true;
    }
    if (call == NOTHING)
        return false;
    story_begin("network: c%d at last", call);
    if (!ref.calls[call].appeared)
        wrong("c%d waits for a dial that is not under way", call);
    act_ended(call, CAUSE_NORMAL);
    return true;
}
