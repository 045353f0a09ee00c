/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Network: a provider of random behaviour. What it reports is told to the reference at the same time. */
#include <errno.h>

#include "tests/model/clock.h"
#include "tests/model/random.h"
#include "tests/model/world.h"

/* ---- Down: everything is written down; some is refused at once ---- */

static int hear(RefRequestKind kind, Operation operation, Call *call, RequestId id, bool flag) {
    if (world.n_heard == STARTS)
        wrong("the network was asked for more than a step can cause");
    if (id == 0)
        wrong("a request without a number");
    world.heard[world.n_heard++] = (Asked) {
        .id = id,
        .kind = kind,
        .operation = operation,
        .call = call,
        .flag = flag,
        .refused = ref.start_fails,
    };
    return ref.start_fails ? -EIO : 0;
}

static RequestId run_request;

static int on_start(Provider *provider, RequestId request) {
    run_request = request;
    return 0;
}

static int on_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    if (call_line(call) != line || call_state(call) != CALL_STATE_UNKNOWN || !*params->address)
        wrong("dial() got a call that is not new");
    return hear(REQUEST_DIAL, _OPERATION_MAX, call, request, false);
}

#define DEFINE_PLAIN(name, operation)                                       \
    static int on_##name(Call *call, RequestId request) {                   \
        return hear(REQUEST_OPERATION, operation, call, request, false);    \
    }

DEFINE_PLAIN(accept, OPERATION_ACCEPT)
DEFINE_PLAIN(answer, OPERATION_ANSWER)
DEFINE_PLAIN(hold, OPERATION_HOLD)
DEFINE_PLAIN(unhold, OPERATION_UNHOLD)

static int on_redirect(Call *call, const char *address, RequestId request) {
    return hear(REQUEST_OPERATION, OPERATION_REDIRECT, call, request, false);
}

static int on_drop(Call *call, RejectReason reason, RequestId request) {
    return hear(REQUEST_OPERATION, OPERATION_DROP, call, request, false);
}

static int on_swap_hold(Call *call, Call *held, RequestId request) {
    return hear(REQUEST_OPERATION, OPERATION_SWAP_HOLD, call, request, false);
}

static int on_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    return hear(REQUEST_OPERATION, OPERATION_SEND_DIGITS, call, request, *digits);
}

static int on_monitor_digits(Call *call, bool enable, RequestId request) {
    return hear(REQUEST_OPERATION, OPERATION_MONITOR_DIGITS, call, request, enable);
}

static int on_mute(Call *call, bool mute, RequestId request) {
    return hear(REQUEST_OPERATION, OPERATION_MUTE, call, request, mute);
}

static GVariant *on_media_stats(Call *call) {
    return g_variant_new_parsed("{'frames': <uint64 1>}");
}

const ProviderOps network_ops = {
    .name = "model",
    .start = on_start,
    .stop = on_start,
    .dial = on_dial,
    .accept = on_accept,
    .answer = on_answer,
    .redirect = on_redirect,
    .drop = on_drop,
    .hold = on_hold,
    .unhold = on_unhold,
    .swap_hold = on_swap_hold,
    .send_digits = on_send_digits,
    .monitor_digits = on_monitor_digits,
    .mute = on_mute,
    .media_stats = on_media_stats,
};

/* Rule: the network is asked exactly what the reference says it must be asked. */
void network_bind(void) {
    if (world.n_heard != ref.n_starts)
        wrong("the network was asked %u operations, and not %u", world.n_heard, ref.n_starts);
    for (unsigned i = 0; i < world.n_heard; i++) {
        Asked *asked = &world.heard[i];
        const RefStart *start = &ref.starts[i];

        if (asked->kind != start->kind || asked->operation != start->operation)
            wrong("the network was asked for operation %d, and not %d", asked->operation, start->operation);
        if (asked->refused)
            continue;
        asked->slot = start->call;
        asked->born = ref.calls[start->call].born;
        if (asked->kind == REQUEST_DIAL) {
            world.calls[asked->slot] = asked->call;
            call_set_provider_data(asked->call, &world);
        } else if (world.calls[asked->slot] != asked->call) {
            wrong("the network was asked for operation %d on the wrong call", asked->operation);
        }
        if (start->request != NOTHING)
            ref.requests[start->request].id = asked->id;
        if (world.n_pending == PENDING)
            wrong("too much is under way");
        world.pending[world.n_pending++] = *asked;
    }
    world.n_heard = ref.n_starts = 0;
}

/* ---- Up ---- */

static void act_event(int call, CallEvent event, StateDetail detail) {
    story_add(" %s/%d", call_event_to_string(event) ?: "nonsense", detail);
    ref_event(call, event, detail);
    provider_report_event(world.calls[call], event, detail);
}

static void act_ended(int call, DisconnectCause cause) {
    bool ends = ref.calls[call].appeared;

    story_add(" ended:%d", cause);
    ref_ended(call, cause);
    provider_report_ended(world.calls[call], cause, chance(30) ? "SIP 486\xff Busy" : NULL);
    if (ends && ref.calls[call].there && call_provider_data(world.calls[call]))
        wrong("the network's pointer is still with a call that ended");
}

static void act_complete(RequestId id, int refusal) {
    story_add(" complete:%d", refusal);
    ref_complete(id, refusal);
    provider_complete(world.provider, id, refusal == GRANTED ? NULL : refuse(refusal, "no"), "text");
}

static void act_complete_dial(RequestId id) {
    char call_id[16];

    g_snprintf(call_id, sizeof(call_id), "id-%u", below(6));
    story_add(" complete:dialled");
    ref_complete_dial(id);
    provider_complete_dial(world.provider, id, chance(10) ? NULL : call_id, &(PartyInfo) { .number = "100" },
                           chance(50) ? &(PartyInfo) { .number = "101", .name = "B" } : NULL);
}

/* Does the network still know the call of that operation? */
static bool is_up(const Asked *asked) {
    const RefCall *call = &ref.calls[asked->slot];

    return call->there && call->at_network && call->born == asked->born;
}

static int some_refusal(void) {
    static const int refusals[] = { REFUSAL_PROVIDER_FAILED, REFUSAL_LINE_BUSY, REFUSAL_INVALID_STATE };

    return refusals[below(G_N_ELEMENTS(refusals))];
}

/* What the network reports when it has done what was asked. */
static void report_effect(const Asked *asked) {
    int call = asked->slot;

    switch (asked->operation) {
    case OPERATION_ACCEPT:
        act_event(call, CALL_EVENT_ACCEPTED, STATE_DETAIL_NONE);
        return;
    case OPERATION_ANSWER:
        act_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_ACTIVE);
        return;
    case OPERATION_REDIRECT:
        act_ended(call, CAUSE_FORWARDED);
        return;
    case OPERATION_DROP:
        act_ended(call, chance(50) ? CAUSE_NORMAL : CAUSE_BUSY);
        return;
    case OPERATION_HOLD:
    case OPERATION_SWAP_HOLD:
        act_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
        return;
    case OPERATION_UNHOLD:
        act_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
        return;
    case OPERATION_SEND_DIGITS:
    case OPERATION_MONITOR_DIGITS:
    case OPERATION_HANDOFF:
    case OPERATION_SET_PRIVILEGE:
    case OPERATION_SET_ON_OWNER_LOST:
    case OPERATION_SET_CALL_DATA:
    case OPERATION_SET_APP_DATA:
    case OPERATION_MUTE:
    case OPERATION_RELEASE:
    case _OPERATION_MAX:
        return;
    }
}

static void forget_asked(unsigned i) {
    world.pending[i] = world.pending[--world.n_pending];
}

static void complete(unsigned i) {
    Asked asked = world.pending[i];

    story_begin("network: c%d %s", asked.slot, operation_to_string(asked.operation) ?: "dial");
    if (asked.kind == REQUEST_DIAL) {
        forget_asked(i);
        if (chance(75))
            act_complete_dial(asked.id);
        else
            act_complete(asked.id, chance(90) ? some_refusal() : GRANTED);
        return;
    }
    if (is_up(&asked) && !asked.reported && chance(85)) {
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

static void step_incoming(void) {
    int line = some_line(), call = ref_free_call();
    char call_id[16], number[16];
    MediaMode media_mode = chance(70) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX);
    IncomingInfo info = { .call_id = call_id, .media_mode = media_mode, .reason = REASON_DIRECT, .caller.number = number };
    static const uint8_t too_much[USER_USER_INFO_MAX + 1];
    bool expected;

    if (line == NOTHING || call == NOTHING)
        return;
    g_snprintf(call_id, sizeof(call_id), "id-%u", below(6));
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
    expected = ref_incoming(line, media_mode, call);
    world.calls[call] = provider_report_incoming(world.lines[line], &info);
    if (expected != (world.calls[call] != NULL))
        wrong("a call that comes in was %s", expected ? "not taken" : "taken");
    if (expected)
        call_set_provider_data(world.calls[call], &world);
}

static void step_facts(void) {
    int call = some_call();
    char text[16];
    Call *real;

    if (call == NOTHING)
        return;
    real = world.calls[call];
    g_snprintf(text, sizeof(text), "id-%u", below(6));
    story_begin("network: facts of c%d", call);
    switch (below(6)) {
    case 0:
        provider_report_call_id(real, chance(10) ? NULL : text, chance(50) ? NULL : "id-9");
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
        provider_report_network_id(real, chance(50) ? "sip-call-id" : "session-id", text);
        return;
    case 5:
        g_variant_unref(call_media_stats(real));
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
    story_begin("network: c%d has sent its digits", call);
    ref_digits_sent(call, DIGITS_DONE);
    provider_report_digits_sent(world.calls[call], DIGITS_DONE);
}

static void step_line(void) {
    int line = below(LINES);

    if (!ref.lines[line].there) {
        story_begin("network: l%d is added", line);
        network_add_line(line);
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
            world.lines[line] = NULL;
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
        .call_id = line != 2,
        .close_drop = l->close_drop,
        .max_active_calls = l->max_active,
        .max_held_calls = l->max_held,
    };

    g_snprintf(name, sizeof(name), "line%d", line);
    ref_add_line(line);
    if (provider_add_line(world.provider, &info, &world.lines[line]) < 0)
        wrong("a line can't be added");
    if (provider_add_line(world.provider, &info, &(Line *) { NULL }) != -EEXIST)
        wrong("a line can be added twice");
}

/* Where so much is under way, it has to come to something. */
void network_step(void) {
    unsigned dice = below(100);

    if (world.n_pending > 0 && (dice < 50 || world.n_pending > 40))
        complete(below(world.n_pending));
    else if (dice < 64)
        step_event();
    else if (dice < 69)
        step_ended();
    else if (dice < 80)
        step_incoming();
    else if (dice < 86)
        step_facts();
    else if (dice < 96)
        step_digits();
    else if (dice < 97)
        step_line();
    else
        act_complete(random_next(), GRANTED);
}

bool network_finish_one(void) {
    int call = some_call();

    if (world.n_pending > 0) {
        complete(below(world.n_pending));
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

void network_begin(void) {
    manager_start(world.manager, on_ready, NULL);
    network_is_ready();
    for (int i = 0; i < LINES; i++)
        network_add_line(i);
}

void network_stop(void) {
    RefRequest request = { .client = NOBODY, .user = NOBODY, .call = NOTHING, .operation = _OPERATION_MAX };

    ref_ask(request, false);
    manager_stop(world.manager, on_ready, NULL);
}

/* Its own request is the last that is left. */
void network_is_stopped(void) {
    network_is_ready();
    ref.n_requests--;
}
