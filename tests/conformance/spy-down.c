/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spy, downwards: each operation is written down before the provider gets it. */
#include <check.h>

#include "tests/conformance/adapter.h"
#include "tests/conformance/spy-internal.h"

const ProviderOps *spy_real;

static Pending *begin(Kind kind, RequestId request, Call *call) {
    Pending *operation = g_new0(Pending, 1);
    RequestId *key = g_new(RequestId, 1);

    ck_assert_msg(request != 0 && !g_hash_table_contains(spy_pending, &request), "%s has a request of its own",
                  kind_to_string(kind));
    *key = request;
    operation->kind = kind;
    operation->call = call;
    g_hash_table_insert(spy_pending, key, operation);
    spy_depth++;
    return operation;
}

/* The operation makes one more call, which nobody may speak of before it is complete. */
static void makes(Pending *operation, Line *line, Call *call) {
    Known *record = g_new0(Known, 1);

    record->line = line;
    record->making = true;
    g_hash_table_insert(spy_known, call, record);
    operation->made[operation->n_made++] = call;
    operation->line = line;
}

static int end(RequestId request, int r) {
    Pending *operation = g_hash_table_lookup(spy_pending, &request);

    spy_depth--;
    ck_assert_int_le(r, 0);
    if (r == 0)
        return 0;
    for (unsigned i = 0; i < operation->n_made; i++)
        g_hash_table_remove(spy_known, operation->made[i]);
    g_hash_table_remove(spy_pending, &request);
    return r;
}

static CallEvent begin_of(const DialParams *params) {
    return params->address[0] ? CALL_EVENT_DIALING : CALL_EVENT_DIAL_TONE;
}

/* Of a provider that is a process of its own, the service shows the lines at once. */
static int spy_start(Provider *provider, RequestId request) {
    unsigned depth;
    int r;

    begin(KIND_START, request, NULL);
    depth = spy_depth;
    if (adapter.find_ops)
        spy_depth = 0;
    r = spy_real->start(provider, request);
    spy_depth = depth;
    return end(request, r);
}

static int spy_stop(Provider *provider, RequestId request) {
    begin(KIND_STOP, request, NULL);
    return end(request, spy_real->stop(provider, request));
}

static int spy_add_line(Provider *provider, const LineConfig *config, RequestId request) {
    begin(KIND_ADD_LINE, request, NULL);
    return end(request, spy_real->add_line(provider, config, request));
}

static int spy_remove_line(Line *line, RequestId request) {
    begin(KIND_REMOVE_LINE, request, NULL)->line = line;
    return end(request, spy_real->remove_line(line, request));
}

static int spy_check_address(Line *line, const char *address, const char **ret_hint) {
    const char *hint = NULL;
    int r;

    spy_depth++;
    r = spy_real->check_address(line, address, &hint);
    spy_depth--;
    ck_assert_msg(r == 0 || r == -EINVAL, "check_address() gave %d", r);
    ck_assert_msg(r == 0 || (hint && *hint), "check_address() refused '%s' without a hint", address);
    if (r < 0)
        *ret_hint = hint;
    return r;
}

static int spy_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    Pending *operation = begin(KIND_DIAL, request, NULL);

    makes(operation, line, call);
    operation->begin = CALL_EVENT_DIALING;
    return end(request, spy_real->dial(line, call, params, request));
}

#define DEFINE_PLAIN(name, kind)                              \
    static int spy_##name(Call *call, RequestId request) {    \
        begin(kind, request, call);                           \
        return end(request, spy_real->name(call, request));   \
    }

DEFINE_PLAIN(accept, KIND_ACCEPT)
DEFINE_PLAIN(answer, KIND_ANSWER)
DEFINE_PLAIN(hold, KIND_HOLD)
DEFINE_PLAIN(unhold, KIND_UNHOLD)
DEFINE_PLAIN(remove_from_conference, KIND_REMOVE)
DEFINE_PLAIN(secure, KIND_SECURE)

#define DEFINE_WITH_ADDRESS(name, kind)                                         \
    static int spy_##name(Call *call, const char *address, RequestId request) { \
        begin(kind, request, call);                                             \
        return end(request, spy_real->name(call, address, request));            \
    }

DEFINE_WITH_ADDRESS(redirect, KIND_REDIRECT)
DEFINE_WITH_ADDRESS(blind_transfer, KIND_BLIND_TRANSFER)
DEFINE_WITH_ADDRESS(park, KIND_PARK)

static int spy_drop(Call *call, RejectReason reason, RequestId request) {
    begin(KIND_DROP, request, call);
    return end(request, spy_real->drop(call, reason, request));
}

static int spy_swap_hold(Call *call, Call *held, RequestId request) {
    begin(KIND_SWAP_HOLD, request, call)->other = held;
    return end(request, spy_real->swap_hold(call, held, request));
}

static int spy_setup_transfer(Call *call, Call *consultation, const DialParams *params, RequestId request) {
    Pending *operation = begin(KIND_SETUP_TRANSFER, request, call);

    makes(operation, call_line(call), consultation);
    operation->begin = begin_of(params);
    return end(request, spy_real->setup_transfer(call, consultation, params, request));
}

static int spy_complete_transfer(Call *call, Call *consultation, Call *conference, RequestId request) {
    Pending *operation = begin(KIND_COMPLETE_TRANSFER, request, call);

    operation->other = consultation;
    if (conference)
        makes(operation, call_line(call), conference);
    operation->begin = CALL_EVENT_CONNECTED;
    return end(request, spy_real->complete_transfer(call, consultation, conference, request));
}

static int spy_setup_conference(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                                RequestId request) {
    Pending *operation = begin(KIND_SETUP_CONFERENCE, request, call);

    ck_assert_msg(!call || call_line(call) == line, "a conference from a call of another line was asked for");
    makes(operation, line, conference);
    makes(operation, line, consultation);
    operation->begin = begin_of(params);
    return end(request, spy_real->setup_conference(line, call, conference, consultation, params, request));
}

static int spy_prepare_add_to_conference(Call *conference, Call *consultation, const DialParams *params, RequestId request) {
    Pending *operation = begin(KIND_PREPARE_ADD, request, conference);

    makes(operation, call_line(conference), consultation);
    operation->begin = begin_of(params);
    return end(request, spy_real->prepare_add_to_conference(conference, consultation, params, request));
}

static int spy_add_to_conference(Call *conference, Call *call, RequestId request) {
    begin(KIND_ADD, request, conference)->other = call;
    return end(request, spy_real->add_to_conference(conference, call, request));
}

static int spy_unpark(Line *line, Call *call, const char *address, RequestId request) {
    Pending *operation = begin(KIND_UNPARK, request, NULL);

    makes(operation, line, call);
    operation->begin = CALL_EVENT_CONNECTED;
    return end(request, spy_real->unpark(line, call, address, request));
}

static int spy_pickup(Line *line, Call *call, const char *address, const char *group, RequestId request) {
    Pending *operation = begin(KIND_PICKUP, request, NULL);

    makes(operation, line, call);
    operation->begin = CALL_EVENT_CONNECTED;
    return end(request, spy_real->pickup(line, call, address, group, request));
}

static int spy_forward(Line *line, const ForwardRule *rules, size_t n_rules, RequestId request) {
    begin(KIND_FORWARD, request, NULL)->line = line;
    return end(request, spy_real->forward(line, rules, n_rules, request));
}

static int spy_complete_call(Call *call, CompletionMode mode, RequestId request) {
    begin(KIND_COMPLETE_CALL, request, call)->mode = mode;
    return end(request, spy_real->complete_call(call, mode, request));
}

static int spy_cancel_completion(Line *line, const char *completion_id, RequestId request) {
    begin(KIND_CANCEL_COMPLETION, request, NULL)->line = line;
    return end(request, spy_real->cancel_completion(line, completion_id, request));
}

static int spy_dial_digits(Call *call, const char *digits, bool more, RequestId request) {
    begin(KIND_DIAL_DIGITS, request, call);
    return end(request, spy_real->dial_digits(call, digits, more, request));
}

static int spy_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    begin(KIND_SEND_DIGITS, request, call)->sound = digits[0] ? SOUND_DIGITS : SOUND_NONE;
    return end(request, spy_real->send_digits(call, digits, duration_ms, gap_ms, request));
}

static int spy_send_tone(Call *call, Tone tone, unsigned ms, RequestId request) {
    begin(KIND_SEND_TONE, request, call)->sound = tone != TONE_NONE && ms > 0 ? SOUND_TONE : SOUND_NONE;
    return end(request, spy_real->send_tone(call, tone, ms, request));
}

static int spy_monitor_digits(Call *call, bool enable, RequestId request) {
    begin(KIND_MONITOR_DIGITS, request, call)->enables = enable;
    return end(request, spy_real->monitor_digits(call, enable, request));
}

static int spy_mute(Call *call, bool mute, RequestId request) {
    begin(KIND_MUTE, request, call);
    return end(request, spy_real->mute(call, mute, request));
}

static int spy_set_audio(Call *call, const AudioChoice *choice, RequestId request) {
    begin(KIND_SET_AUDIO, request, call);
    return end(request, spy_real->set_audio(call, choice, request));
}

static int spy_send_user_user_info(Call *call, const uint8_t *data, size_t size, RequestId request) {
    begin(KIND_SEND_USER_USER_INFO, request, call);
    return end(request, spy_real->send_user_user_info(call, data, size, request));
}

static GVariant *spy_media_stats(Call *call) {
    GVariant *stats;

    spy_depth++;
    stats = spy_real->media_stats(call);
    spy_depth--;
    ck_assert(!stats || g_variant_is_of_type(stats, G_VARIANT_TYPE_VARDICT));
    return stats;
}

static int spy_debug_incoming(Line *line, const char *from, RequestId request) {
    begin(KIND_DEBUG_INCOMING, request, NULL)->line = line;
    return end(request, spy_real->debug_incoming(line, from, request));
}

static int spy_debug_line_state(Line *line, LineState state, const char *reason, RequestId request) {
    begin(KIND_DEBUG_LINE_STATE, request, NULL)->line = line;
    return end(request, spy_real->debug_line_state(line, state, reason, request));
}

#define SPIED(op) .op = real->op ? spy_##op : NULL

ProviderOps spy_operations(const ProviderOps *real) {
    spy_real = real;
    return (ProviderOps) {
        .name = real->name,
        SPIED(start),
        SPIED(stop),
        SPIED(add_line),
        SPIED(remove_line),
        SPIED(check_address),
        SPIED(dial),
        SPIED(accept),
        SPIED(answer),
        SPIED(redirect),
        SPIED(drop),
        SPIED(hold),
        SPIED(unhold),
        SPIED(swap_hold),
        SPIED(blind_transfer),
        SPIED(setup_transfer),
        SPIED(complete_transfer),
        SPIED(setup_conference),
        SPIED(prepare_add_to_conference),
        SPIED(add_to_conference),
        SPIED(remove_from_conference),
        SPIED(park),
        SPIED(unpark),
        SPIED(pickup),
        SPIED(forward),
        SPIED(complete_call),
        SPIED(cancel_completion),
        SPIED(dial_digits),
        SPIED(send_digits),
        SPIED(send_tone),
        SPIED(monitor_digits),
        SPIED(mute),
        SPIED(set_audio),
        SPIED(send_user_user_info),
        SPIED(secure),
        SPIED(media_stats),
        SPIED(debug_incoming),
        SPIED(debug_line_state),
    };
}
