/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of clients on one of their calls. */
#include <string.h>

#include "service/completion.h"
#include "service/conference.h"
#include "service/digits.h"
#include "service/gather.h"
#include "service/pickup.h"
#include "service/transfer.h"
#include "tests/model/random.h"
#include "tests/model/world.h"

/* ---- What asks the network ---- */

static const uint8_t bytes[] = { 1, 2, 3 };

static Refusal *operate(Handle *handle, Operation operation, bool flag, Done done) {
    switch ((int) operation) {
    case OPERATION_ACCEPT:
        return handle_accept(handle, done);
    case OPERATION_ANSWER:
        return handle_answer(handle, done);
    case OPERATION_REDIRECT:
        return handle_redirect(handle, flag ? "102" : "nowhere", done);
    case OPERATION_DROP:
        return handle_drop(handle, flag ? REJECT_BUSY : REJECT_NONE, done);
    case OPERATION_HOLD:
        return handle_hold(handle, done);
    case OPERATION_UNHOLD:
        return handle_unhold(handle, done);
    case OPERATION_BLIND_TRANSFER:
        return handle_blind_transfer(handle, flag ? "102" : "100", done);
    case OPERATION_REMOVE_FROM_CONFERENCE:
        return handle_remove_from_conference(handle, done);
    case OPERATION_PARK:
        return handle_park(handle, flag ? "" : "1\n2", done);
    case OPERATION_COMPLETE_CALL:
        return handle_complete_call(handle, flag ? COMPLETION_CALLBACK : COMPLETION_CAMP_ON, done);
    case OPERATION_DIAL_DIGITS:
        return handle_dial_digits(handle, flag ? "1;" : "2", done);
    case OPERATION_SEND_DIGITS:
        return handle_send_digits(handle, flag ? "12#" : "", 80, 40, done);
    case OPERATION_SEND_TONE:
        return handle_send_tone(handle, TONE_BEEP, flag ? 100 : 0, done);
    case OPERATION_SEND_USER_USER_INFO:
        return handle_send_user_user_info(handle, bytes, sizeof(bytes), done);
    case OPERATION_MUTE:
        return handle_mute(handle, flag, done);
    case OPERATION_SET_AUDIO_DEVICE:
        return handle_set_audio_device(handle, flag ? "headset" : "", done);
    case OPERATION_SET_VOLUME:
        return handle_set_volume(handle, flag ? 50 : VOLUME_MAX + 1, done);
    case OPERATION_SECURE:
        return handle_secure(handle, done);
    default:
        wrong("operation %d is none of the network's", operation);
    }
}

static void step_operate(int client, int call, Operation operation) {
    Handle *handle = real_handle(client, call);
    bool flag = chance(80);
    Question *question;
    Done done = ask(client, 0, &question);

    question->with_text = operation == OPERATION_PARK || operation == OPERATION_COMPLETE_CALL;
    story_add(" %d", flag);
    judge(ref_operate(client, call, operation, question->number, flag), operate(handle, operation, flag, done), question);
}

static void step_swap_hold(int client, int call) {
    int held = some_partner(client, call, 1 << CALL_STATE_ON_HOLD | 1 << CALL_STATE_ON_HOLD_PENDING_TRANSFER);
    Question *question;
    Done done = ask(client, 0, &question);

    story_add(" with c%d", held);
    judge(ref_swap_hold(client, call, held, question->number),
          handle_swap_hold(real_handle(client, call), real_handle(client, held), done), question);
}

static void step_add(int client, int conference) {
    int call = some_partner(client, conference, 1 << CALL_STATE_CONNECTED | 1 << CALL_STATE_ON_HOLD | 1 << CALL_STATE_RINGBACK);
    Question *question;
    Done done = ask(client, 0, &question);

    story_add(" of c%d", call);
    judge(ref_add_to_conference(client, conference, call, question->number),
          handle_add_to_conference(real_handle(client, conference), real_handle(client, call), done), question);
}

/* ---- What the rules do by themselves ---- */

static void step_handoff(int client, int call) {
    int target = chance(90) ? (int) below(CLIENTS) : NOBODY;
    g_autofree char *name = target == NOBODY ? g_strdup("org.nobody") : name_of(target);
    unsigned app = 1 + below(APPS);
    MediaMode media_mode = chance(60) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX);
    Handle *handle = real_handle(client, call);

    switch (below(4)) {
    case 0:
        story_add(" to app %u", app);
        judge(ref_handoff_app(client, call, app), handle_handoff_app(handle, app_name(app)), NULL);
        return;
    case 1:
        story_add(" by media mode %d", media_mode);
        judge(ref_handoff_media(client, call, media_mode), handle_handoff_media(handle, media_mode), NULL);
        return;
    default:
        story_add(" to p%d", target);
        judge(ref_handoff(client, call, target), handle_handoff(handle, name), NULL);
        return;
    }
}

static void step_set_app_data(int client, int call) {
    Handle *handle = real_handle(client, call);
    unsigned data = below(4);
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    if (data > 0)
        g_variant_dict_insert(&dict, "key", "u", data);
    judge(ref_set_app_data(client, call, data), handle_set_app_data(handle, g_variant_dict_end(&dict)), NULL);
}

static void step_set_call_data(int client, int call) {
    unsigned data = below(4);
    uint8_t byte = data;

    judge(ref_set_call_data(client, call, data), handle_set_call_data(real_handle(client, call), &byte, data > 0), NULL);
}

static void step_set_media_mode(int client, int call) {
    MediaMode media_mode = chance(50) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX);

    story_add(" %d", media_mode);
    judge(ref_set_media_mode(client, call, media_mode), handle_set_media_mode(real_handle(client, call), media_mode), NULL);
}

static void step_gather(int client, int call) {
    /* No time is a whole second, nor the sum of others: two things are never due at once (see world.c). */
    static const unsigned times[] = { 0, 1501, 3007, 10013 };
    const RefGather gather = {
        .max = chance(85) ? 1 + below(4) : 0,
        .terminators = (const char *const[]) { "", "#", "*#0" }[below(3)],
        .first_ms = times[below(4)],
        .inter_ms = times[below(4)],
        .refusal = GRANTED,
    };

    story_add(" %u '%s' %u %u", gather.max, gather.terminators, gather.first_ms, gather.inter_ms);
    judge(ref_gather(client, call, &gather),
          handle_gather_digits(real_handle(client, call), gather.max, gather.terminators, gather.first_ms, gather.inter_ms),
          NULL);
}

static unsigned count_added(const Tale *tale) {
    unsigned n = 0;

    for (unsigned i = 0; i < tale->n; i++)
        n += tale->told[i].kind == TOLD_ADDED;
    return n;
}

/* The conference, and then its participants as they joined; those that the client has no room for are missing. */
static void step_get_conference_calls(int client, int call) {
    g_autoptr(GPtrArray) handles = NULL;
    unsigned before = count_added(&ref.clients[client].tale), had = 0;
    int conference = ref.calls[call].kind == CALL_KIND_CONFERENCE ? call : ref.calls[call].conference;
    uint64_t last = ref.clients[client].last_number;

    for (int i = 0; conference != NOTHING && i < CALLS; i++)
        had += ref.calls[i].there && (i == conference || ref.calls[i].conference == conference) &&
               ref.clients[client].handles[i].there;
    judge(ref_get_conference_calls(client, call), handle_get_conference_calls(real_handle(client, call), &handles), NULL);
    judge_reply_first(client, last);
    if (!handles)
        return;
    if (ref.clients[client].handles[conference].there && handle_call(handles->pdata[0]) != world.calls[conference])
        wrong("the first of the conference calls is not the conference");
    if (handles->len != had + count_added(&ref.clients[client].tale) - before)
        wrong("%u conference calls, of which %u were known", handles->len, had);
}

/* ---- Bad arguments ---- */

/* Arguments that are none come first; values that are no good after privilege, ability, kind and state. */
void step_bad_arguments(int client, int call) {
    static const uint8_t too_big[CALL_DATA_MAX + 1];
    Handle *handle = real_handle(client, call);
    Question *question;
    Done done = ask(client, 0, &question);
    RefGather gather = { .max = DIGITS_MAX + 1, .terminators = "", .refusal = REFUSAL_TOO_BIG };
    int refusal;

#define EXPECT(operation, wanted) (refusal = ref_check(client, call, operation), refusal == GRANTED ? wanted : refusal)
    story_begin("p%d c%d bad arguments", client, call);
    switch (below(8)) {
    case 0:
        judge(REFUSAL_INVALID_ARGS, handle_send_digits(handle, "12x", 80, 40, done), question);
        return;
    case 1:
        judge(EXPECT(OPERATION_SET_CALL_DATA, REFUSAL_TOO_BIG), handle_set_call_data(handle, too_big, sizeof(too_big)), question);
        return;
    case 2:
        judge(REFUSAL_INVALID_PRIVILEGE, handle_set_privilege(handle, "king"), question);
        return;
    case 3:
        judge(ref_gather(client, call, &gather), handle_gather_digits(handle, DIGITS_MAX + 1, "", 0, 0), question);
        return;
    case 4:
        judge(REFUSAL_INVALID_ARGS, handle_gather_digits(handle, 3, "x", 0, 0), question);
        return;
    case 5:
        judge(EXPECT(OPERATION_DIAL_DIGITS, REFUSAL_NOT_SUPPORTED), handle_dial_digits(handle, "1*2", done), question);
        return;
    case 6:
        judge(EXPECT(OPERATION_SEND_TONE, REFUSAL_TOO_BIG), handle_send_tone(handle, TONE_BUSY, TONE_MS_MAX + 1, done), question);
        return;
    case 7:
        judge(EXPECT(OPERATION_SEND_USER_USER_INFO, REFUSAL_TOO_BIG),
              handle_send_user_user_info(handle, too_big, USER_USER_INFO_MAX + 1, done), question);
        return;
    }
}

/* ---- All ---- */

static void step_own_work(int client, int call, Operation operation, bool flag) {
    Handle *handle = real_handle(client, call);

    switch ((int) operation) {
    case OPERATION_GET_CONFERENCE_CALLS:
        step_get_conference_calls(client, call);
        return;
    case OPERATION_MONITOR_DIGITS:
        judge(ref_monitor_digits(client, call, flag), handle_monitor_digits(handle, flag), NULL);
        return;
    case OPERATION_GATHER_DIGITS:
        step_gather(client, call);
        return;
    case OPERATION_HANDOFF:
        step_handoff(client, call);
        return;
    case OPERATION_SET_PRIVILEGE:
        judge(ref_set_privilege(client, call, flag), handle_set_privilege(handle, flag ? "owner" : "monitor"), NULL);
        return;
    case OPERATION_SET_ON_OWNER_LOST:
        judge(ref_set_on_owner_lost(client, call, flag), handle_set_on_owner_lost(handle, flag), NULL);
        return;
    case OPERATION_SET_MEDIA_MODE:
        step_set_media_mode(client, call);
        return;
    case OPERATION_SET_CALL_DATA:
        step_set_call_data(client, call);
        return;
    case OPERATION_SET_APP_DATA:
        step_set_app_data(client, call);
        return;
    case OPERATION_RELEASE:
        ref_release_handle(client, call);
        handle_release(handle);
        return;
    default:
        step_operate(client, call, operation);
        return;
    }
}

void step_call(int client, int call, Operation operation) {
    bool flag = chance(50);

    story_begin("p%d c%d %s %d", client, call, operation_to_string(operation), flag);
    switch ((int) operation) {
    case OPERATION_SWAP_HOLD:
        step_swap_hold(client, call);
        return;
    case OPERATION_SETUP_TRANSFER:
    case OPERATION_SETUP_CONFERENCE:
    case OPERATION_PREPARE_ADD_TO_CONFERENCE:
        step_set_up(client, ref.calls[call].line, call, operation);
        return;
    case OPERATION_COMPLETE_TRANSFER:
        step_complete_transfer(client, call);
        return;
    case OPERATION_ADD_TO_CONFERENCE:
        step_add(client, call);
        return;
    default:
        step_own_work(client, call, operation, flag);
        return;
    }
}
