/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network: what it is asked. Everything is written down, and done some other time or never (see network-done.c). */
#include "tests/model/network.h"

#include <errno.h>

#include "tests/model/world.h"

/* ---- Down: everything is written down; some is refused at once ---- */

static int hear(Asked asked) {
    if (world.killed)
        return 0;
    if (world.n_heard == STARTS)
        wrong("the network was asked for more than a step can cause");
    if (asked.id == 0)
        wrong("a request without a number");
    asked.refused = ref.start_fails;
    world.heard[world.n_heard++] = asked;
    return ref.start_fails ? -EIO : 0;
}

static RequestId run_request;

static int on_start(Provider *provider, RequestId request) {
    run_request = request;
    return 0;
}

static int on_check_address(Line *line, const char *address, const char **ret_hint) {
    if (!g_str_equal(address, "nowhere"))
        return 0;
    *ret_hint = "go somewhere";
    return -EINVAL;
}

static void judge_new(Line *line, Call *call, CallKind kind) {
    if (call_line(call) != line || call_state(call) != CALL_STATE_UNKNOWN || call_kind(call) != kind)
        wrong("the network gets a call to make that is not new");
}

static int on_dial(Line *line, Call *call, const DialParams *params, RequestId id) {
    judge_new(line, call, CALL_KIND_PLAIN);
    if (!*params->address)
        wrong("the network is to dial nothing");
    return hear((Asked) { .id = id, .kind = REQUEST_PLACE, .operation = OPERATION_DIAL, .call = call });
}

static int on_setup_transfer(Call *call, Call *consultation, const DialParams *params, RequestId id) {
    judge_new(call_line(call), consultation, CALL_KIND_PLAIN);
    return hear((Asked) {
        .id = id, .kind = REQUEST_PLACE, .operation = OPERATION_SETUP_TRANSFER, .call = consultation, .from = call });
}

static int on_setup_conference(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                               RequestId id) {
    judge_new(line, conference, CALL_KIND_CONFERENCE);
    judge_new(line, consultation, CALL_KIND_PLAIN);
    return hear((Asked) {
        .id = id,
        .kind = REQUEST_PLACE,
        .operation = OPERATION_SETUP_CONFERENCE,
        .call = conference,
        .other = consultation,
        .from = call,
    });
}

static int on_prepare_add_to_conference(Call *conference, Call *consultation, const DialParams *params, RequestId id) {
    judge_new(call_line(conference), consultation, CALL_KIND_PLAIN);
    return hear((Asked) { .id = id,
                          .kind = REQUEST_PLACE,
                          .operation = OPERATION_PREPARE_ADD_TO_CONFERENCE,
                          .call = consultation,
                          .from = conference });
}

static int on_complete_transfer(Call *call, Call *consultation, Call *conference, RequestId id) {
    if (!conference)
        return hear((Asked) { .id = id, .operation = OPERATION_COMPLETE_TRANSFER, .call = call, .other = consultation });
    judge_new(call_line(call), conference, CALL_KIND_CONFERENCE);
    return hear((Asked) {
        .id = id, .kind = REQUEST_PLACE, .operation = OPERATION_COMPLETE_TRANSFER, .call = conference, .from = call });
}

static int on_unpark(Line *line, Call *call, const char *address, RequestId id) {
    judge_new(line, call, CALL_KIND_PLAIN);
    return hear((Asked) { .id = id, .kind = REQUEST_PLACE, .operation = OPERATION_UNPARK, .call = call });
}

static int on_pickup(Line *line, Call *call, const char *address, const char *group, RequestId id) {
    judge_new(line, call, CALL_KIND_PLAIN);
    return hear((Asked) { .id = id, .kind = REQUEST_PLACE, .operation = OPERATION_PICKUP, .call = call });
}

static int index_of(const Line *line) {
    for (int i = 0; i < LINES; i++)
        if (world.lines[i] == line)
            return i;
    wrong("the network is asked about a line that it took away");
}

static int on_forward(Line *line, const ForwardRule *rules, size_t n_rules, RequestId id) {
    return hear((Asked) { .id = id, .operation = OPERATION_FORWARD, .line = index_of(line) });
}

static int on_cancel_completion(Line *line, const char *completion_id, RequestId id) {
    return hear((Asked) { .id = id, .operation = OPERATION_CANCEL_COMPLETION, .line = index_of(line) });
}

#define DEFINE(name, op, ...)                                                               \
    static int on_##name(Call *call __VA_OPT__(, ) __VA_ARGS__, RequestId id) {             \
        return hear((Asked) { .id = id, .operation = op, .call = call });                   \
    }

DEFINE(accept, OPERATION_ACCEPT)
DEFINE(answer, OPERATION_ANSWER)
DEFINE(hold, OPERATION_HOLD)
DEFINE(unhold, OPERATION_UNHOLD)
DEFINE(secure, OPERATION_SECURE)
DEFINE(remove_from_conference, OPERATION_REMOVE_FROM_CONFERENCE)
DEFINE(redirect, OPERATION_REDIRECT, const char *address)
DEFINE(blind_transfer, OPERATION_BLIND_TRANSFER, const char *address)
DEFINE(park, OPERATION_PARK, const char *address)
DEFINE(drop, OPERATION_DROP, RejectReason reason)
DEFINE(complete_call, OPERATION_COMPLETE_CALL, CompletionMode mode)
DEFINE(dial_digits, OPERATION_DIAL_DIGITS, const char *digits, bool more)
DEFINE(send_digits, OPERATION_SEND_DIGITS, const char *digits, unsigned duration_ms, unsigned gap_ms)
DEFINE(send_tone, OPERATION_SEND_TONE, Tone tone, unsigned ms)
DEFINE(monitor_digits, OPERATION_MONITOR_DIGITS, bool enable)
DEFINE(mute, OPERATION_MUTE, bool mute)
DEFINE(set_audio, choice->device ? OPERATION_SET_AUDIO_DEVICE : OPERATION_SET_VOLUME, const AudioChoice *choice)
DEFINE(send_user_user_info, OPERATION_SEND_USER_USER_INFO, const uint8_t *data, size_t size)

#define DEFINE_TWO(name, op)                                                                        \
    static int on_##name(Call *call, Call *other, RequestId id) {                                   \
        return hear((Asked) { .id = id, .operation = op, .call = call, .other = other });           \
    }

DEFINE_TWO(swap_hold, OPERATION_SWAP_HOLD)
DEFINE_TWO(add_to_conference, OPERATION_ADD_TO_CONFERENCE)

static GVariant *on_media_stats(Call *call) {
    return g_variant_new_parsed("{'frames': <uint64 1>}");
}

const ProviderOps network_ops = {
    .name = "model",
    .is_local = true,
    .start = on_start,
    .stop = on_start,
    .check_address = on_check_address,
    .dial = on_dial,
    .accept = on_accept,
    .answer = on_answer,
    .redirect = on_redirect,
    .drop = on_drop,
    .hold = on_hold,
    .unhold = on_unhold,
    .swap_hold = on_swap_hold,
    .blind_transfer = on_blind_transfer,
    .setup_transfer = on_setup_transfer,
    .complete_transfer = on_complete_transfer,
    .setup_conference = on_setup_conference,
    .prepare_add_to_conference = on_prepare_add_to_conference,
    .add_to_conference = on_add_to_conference,
    .remove_from_conference = on_remove_from_conference,
    .park = on_park,
    .unpark = on_unpark,
    .pickup = on_pickup,
    .forward = on_forward,
    .complete_call = on_complete_call,
    .cancel_completion = on_cancel_completion,
    .dial_digits = on_dial_digits,
    .send_digits = on_send_digits,
    .send_tone = on_send_tone,
    .monitor_digits = on_monitor_digits,
    .mute = on_mute,
    .set_audio = on_set_audio,
    .send_user_user_info = on_send_user_user_info,
    .secure = on_secure,
    .media_stats = on_media_stats,
};

/* ---- What was asked gets its place in the reference ---- */

/* The call that the network was given is the one of that slot; a new one takes it. */
static void bind_call(Call *call, int slot, bool is_new, uint64_t *ret_born) {
    if ((call != NULL) != (slot != NOTHING))
        wrong("the network was asked for an operation with another number of calls");
    if (!call)
        return;
    if (is_new) {
        world.calls[slot] = call;
        call_set_provider_data(call, &world);
    } else if (world.calls[slot] != call) {
        wrong("the network was asked for an operation on the wrong call");
    }
    *ret_born = ref.calls[slot].born;
}

static void bind_asked(Asked *asked, const RefStart *start) {
    bool makes = asked->kind == REQUEST_PLACE;

    asked->slot = start->call;
    asked->other_slot = start->other;
    asked->from_slot = start->from;
    bind_call(asked->call, asked->slot, makes, &asked->born);
    bind_call(asked->other, asked->other_slot, makes, &asked->other_born);
    bind_call(asked->from, asked->from_slot, /* is_new= */ false, &asked->from_born);
    if (start->request != NOTHING)
        ref.requests[start->request].id = asked->id;
    if (world.n_pending == PENDING)
        wrong("too much is under way");
    world.pending[world.n_pending++] = *asked;
}

/* The network is asked exactly what the reference says it must be asked. */
void network_bind(void) {
    if (world.n_heard != ref.n_starts)
        wrong("the network was asked %u operations, and not %u", world.n_heard, ref.n_starts);
    for (unsigned i = 0; i < world.n_heard; i++) {
        Asked *asked = &world.heard[i];

        if (asked->kind != ref.starts[i].kind || asked->operation != ref.starts[i].operation)
            wrong("the network was asked for operation %d, and not %d", asked->operation, ref.starts[i].operation);
        if (!asked->refused)
            bind_asked(asked, &ref.starts[i]);
    }
    world.n_heard = ref.n_starts = 0;
}

/* ---- Start and stop ---- */

static unsigned ready;

static void on_ready(const char *failure, void *userdata) {
    ready++;
}

static void network_is_ready(void) {
    if (ready > 0)
        wrong("the network was taken to be ready before it was");
    provider_complete(world.provider, run_request, NULL, NULL);
    provider_complete(world.provider, run_request, NULL, NULL);
    if (ready != 1)
        wrong("the network is ready and this was told %u times", ready);
    ready = 0;
}

void network_start(void) {
    manager_start(world.manager, on_ready, NULL);
    network_is_ready();
}

void network_begin(void) {
    network_start();
    for (int i = 0; i < LINES; i++)
        network_add_line(i);
}

void network_stop(void) {
    RefRequest request = { .client = NOBODY, .user = NOBODY, .call = NOTHING, .other = NOTHING, .from = NOTHING, .operation = _OPERATION_MAX };

    ref_ask(request, false);
    manager_stop(world.manager, on_ready, NULL);
}

/* Its own request is the last that is left. */
void network_is_stopped(void) {
    network_is_ready();
    ref.n_requests--;
}
