/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spy: the contract's rules on order, one judgement per rule. */
#include "tests/conformance/spy.h"

#include <check.h>
#include <string.h>

#include "service/line.h"

typedef enum Kind {
    KIND_START,
    KIND_STOP,
    KIND_DIAL,
    KIND_ACCEPT,
    KIND_ANSWER,
    KIND_REDIRECT,
    KIND_DROP,
    KIND_HOLD,
    KIND_UNHOLD,
    KIND_SWAP_HOLD,
    KIND_SEND_DIGITS,
    KIND_MONITOR_DIGITS,
    KIND_MUTE,
    KIND_DEBUG_INCOMING,
    KIND_DEBUG_LINE_STATE,
    _KIND_MAX,
} Kind;

#define EVENT_BIT(event) (1u << (event))

/* What has to be reported of the call (or of the held one) before the operation may be complete. */
static const struct {
    const char *name;
    unsigned effects, effects_on_other;
} rules[_KIND_MAX] = {
    [KIND_START] = { "start" },
    [KIND_STOP] = { "stop" },
    [KIND_DIAL] = { "dial" },
    [KIND_ACCEPT] = { "accept", EVENT_BIT(CALL_EVENT_ACCEPTED) },
    [KIND_ANSWER] = { "answer", EVENT_BIT(CALL_EVENT_CONNECTED) },
    [KIND_REDIRECT] = { "redirect", EVENT_BIT(CALL_EVENT_ENDED) },
    [KIND_DROP] = { "drop", EVENT_BIT(CALL_EVENT_ENDED) },
    [KIND_HOLD] = { "hold", EVENT_BIT(CALL_EVENT_HELD) },
    [KIND_UNHOLD] = { "unhold", EVENT_BIT(CALL_EVENT_RESUMED) },
    [KIND_SWAP_HOLD] = { "swap_hold", EVENT_BIT(CALL_EVENT_HELD), EVENT_BIT(CALL_EVENT_RESUMED) },
    [KIND_SEND_DIGITS] = { "send_digits" },
    [KIND_MONITOR_DIGITS] = { "monitor_digits" },
    [KIND_MUTE] = { "mute" },
    [KIND_DEBUG_INCOMING] = { "debug_incoming", EVENT_BIT(CALL_EVENT_OFFERED) },
    [KIND_DEBUG_LINE_STATE] = { "debug_line_state" },
};

/* An operation that is not complete. */
typedef struct Pending {
    Kind kind;
    Call *call, *other; /* NULL once forgotten */
    Line *line;
    unsigned seen, seen_on_other; /* EVENT_BIT() of what was reported meanwhile */
    DisconnectCause cause;
    bool generates, enables; /* send_digits with digits; monitor_digits */
    bool line_reported;
} Pending;

/* A call that the provider knows. */
typedef struct Known {
    Line *line;
    bool dialling; /* its dial is not complete */
    bool listens, generates;
} Known;

static const ProviderOps *real;
static ProviderOps spied;
static GHashTable *pending; /* RequestId -> Pending */
static GHashTable *known;   /* Call -> Known */
static GHashTable *lines;   /* the tokens that are valid */
static unsigned depth, completed;
static bool stopped;

unsigned spy_count_pending(void) {
    return g_hash_table_size(pending);
}

unsigned spy_count_calls(void) {
    return g_hash_table_size(known);
}

unsigned spy_count_completed(void) {
    return completed;
}

/* ---- Down ---- */

static Pending *begin(Kind kind, RequestId request, Call *call) {
    Pending *operation = g_new0(Pending, 1);
    RequestId *key = g_new(RequestId, 1);

    ck_assert_msg(request != 0 && !g_hash_table_contains(pending, &request), "%s has a request of its own", rules[kind].name);
    *key = request;
    operation->kind = kind;
    operation->call = call;
    g_hash_table_insert(pending, key, operation);
    depth++;
    return operation;
}

static int end(RequestId request, int r) {
    depth--;
    ck_assert_int_le(r, 0);
    if (r < 0)
        g_hash_table_remove(pending, &request);
    return r;
}

static int spy_start(Provider *provider, RequestId request) {
    begin(KIND_START, request, NULL);
    return end(request, real->start(provider, request));
}

static int spy_stop(Provider *provider, RequestId request) {
    begin(KIND_STOP, request, NULL);
    return end(request, real->stop(provider, request));
}

static int spy_check_address(Line *line, const char *address, const char **ret_hint) {
    const char *hint = NULL;
    int r;

    depth++;
    r = real->check_address(line, address, &hint);
    depth--;
    ck_assert_msg(r == 0 || r == -EINVAL, "check_address() gave %d", r);
    ck_assert_msg(r == 0 || (hint && *hint), "check_address() refused '%s' without a hint", address);
    if (r < 0)
        *ret_hint = hint;
    return r;
}

static int spy_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    Known *record = g_new0(Known, 1);
    int r;

    record->line = line;
    record->dialling = true;
    g_hash_table_insert(known, call, record);
    begin(KIND_DIAL, request, call)->line = line;
    r = end(request, real->dial(line, call, params, request));
    if (r < 0)
        g_hash_table_remove(known, call);
    return r;
}

static int spy_accept(Call *call, RequestId request) {
    begin(KIND_ACCEPT, request, call);
    return end(request, real->accept(call, request));
}

static int spy_answer(Call *call, RequestId request) {
    begin(KIND_ANSWER, request, call);
    return end(request, real->answer(call, request));
}

static int spy_redirect(Call *call, const char *address, RequestId request) {
    begin(KIND_REDIRECT, request, call);
    return end(request, real->redirect(call, address, request));
}

static int spy_drop(Call *call, RejectReason reason, RequestId request) {
    begin(KIND_DROP, request, call);
    return end(request, real->drop(call, reason, request));
}

static int spy_hold(Call *call, RequestId request) {
    begin(KIND_HOLD, request, call);
    return end(request, real->hold(call, request));
}

static int spy_unhold(Call *call, RequestId request) {
    begin(KIND_UNHOLD, request, call);
    return end(request, real->unhold(call, request));
}

static int spy_swap_hold(Call *call, Call *held, RequestId request) {
    begin(KIND_SWAP_HOLD, request, call)->other = held;
    return end(request, real->swap_hold(call, held, request));
}

static int spy_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    begin(KIND_SEND_DIGITS, request, call)->generates = digits[0] != '\0';
    return end(request, real->send_digits(call, digits, duration_ms, gap_ms, request));
}

static int spy_monitor_digits(Call *call, bool enable, RequestId request) {
    begin(KIND_MONITOR_DIGITS, request, call)->enables = enable;
    return end(request, real->monitor_digits(call, enable, request));
}

static int spy_mute(Call *call, bool mute, RequestId request) {
    begin(KIND_MUTE, request, call);
    return end(request, real->mute(call, mute, request));
}

static GVariant *spy_media_stats(Call *call) {
    GVariant *stats;

    depth++;
    stats = real->media_stats(call);
    depth--;
    ck_assert(!stats || g_variant_is_of_type(stats, G_VARIANT_TYPE_VARDICT));
    return stats;
}

static int spy_debug_incoming(Line *line, const char *from, RequestId request) {
    begin(KIND_DEBUG_INCOMING, request, NULL)->line = line;
    return end(request, real->debug_incoming(line, from, request));
}

static int spy_debug_line_state(Line *line, LineState state, const char *reason, RequestId request) {
    begin(KIND_DEBUG_LINE_STATE, request, NULL)->line = line;
    return end(request, real->debug_line_state(line, state, reason, request));
}

const ProviderOps *spy_on(const ProviderOps *ops) {
    real = ops;
    pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    known = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    lines = g_hash_table_new(NULL, NULL);
    depth = completed = 0;
    stopped = false;
#define SPIED(op) ops->op ? spy_##op : NULL
    spied = (ProviderOps) {
        .name = ops->name,
        .start = spy_start,
        .stop = spy_stop,
        .check_address = SPIED(check_address),
        .dial = spy_dial,
        .accept = SPIED(accept),
        .answer = SPIED(answer),
        .redirect = SPIED(redirect),
        .drop = spy_drop,
        .hold = SPIED(hold),
        .unhold = SPIED(unhold),
        .swap_hold = SPIED(swap_hold),
        .send_digits = SPIED(send_digits),
        .monitor_digits = SPIED(monitor_digits),
        .mute = SPIED(mute),
        .media_stats = SPIED(media_stats),
        .debug_incoming = SPIED(debug_incoming),
        .debug_line_state = SPIED(debug_line_state),
    };
    return &spied;
}

/* ---- Up: what holds for every word ---- */

static void judge_moment(const char *what) {
    ck_assert_msg(depth == 0, "%s inside an operation", what);
    ck_assert_msg(!stopped, "%s after the provider stopped", what);
}

static Known *judge_call(const char *what, Call *call) {
    Known *record = g_hash_table_lookup(known, call);

    judge_moment(what);
    ck_assert_msg(record, "%s of a call that the provider should have forgotten", what);
    ck_assert_msg(!record->dialling, "%s before the dial was complete", what);
    return record;
}

static void judge_line(const char *what, Line *line) {
    judge_moment(what);
    ck_assert_msg(g_hash_table_contains(lines, line), "%s of a line that was taken away or never added", what);
}

static void judge_call_id(const Line *line, const char *call_id) {
    bool some = call_id && *call_id;

    ck_assert_msg(some == line_has_call_id(line), "Call ID '%s' on line %s, which has %s", some ? call_id : "",
                  line_name(line), some ? "none" : "some");
}

/* Every pending operation of the call has seen that. */
static void note(Call *call, CallEvent event, DisconnectCause cause) {
    GHashTableIter iter;
    Pending *operation;

    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &operation)) {
        if (operation->call == call) {
            operation->seen |= EVENT_BIT(event);
            operation->cause = cause;
        }
        if (operation->other == call)
            operation->seen_on_other |= EVENT_BIT(event);
        if (event == CALL_EVENT_ENDED && operation->call == call)
            operation->call = NULL;
        if (event == CALL_EVENT_ENDED && operation->other == call)
            operation->other = NULL;
    }
}

static void judge_effects(const Pending *operation) {
    unsigned missing = rules[operation->kind].effects & ~operation->seen;
    unsigned missing_on_other = rules[operation->kind].effects_on_other & ~operation->seen_on_other;

    ck_assert_msg(missing == 0 && missing_on_other == 0, "%s is complete before its effect was reported",
                  rules[operation->kind].name);
    ck_assert_msg(operation->kind != KIND_REDIRECT || operation->cause == CAUSE_FORWARDED,
                  "redirect is complete and the call ended with %s", disconnect_cause_to_string(operation->cause));
    ck_assert_msg(operation->kind != KIND_DEBUG_LINE_STATE || operation->line_reported,
                  "debug_line_state is complete before the state was reported");
    ck_assert_msg(operation->kind != KIND_START || g_hash_table_size(lines) > 0, "start is complete without any line");
    if (operation->kind != KIND_STOP)
        return;
    ck_assert_msg(g_hash_table_size(known) == 0, "stop is complete and calls are still up");
    ck_assert_msg(g_hash_table_size(pending) == 1, "stop is complete and other operations are not");
    stopped = true;
}

static void judge_digits(const Pending *operation) {
    Known *record = operation->call ? g_hash_table_lookup(known, operation->call) : NULL;

    if (!record)
        return;
    if (operation->kind == KIND_MONITOR_DIGITS)
        record->listens = operation->enables;
    if (operation->kind != KIND_SEND_DIGITS)
        return;
    ck_assert_msg(!record->generates, "send_digits is complete and the generation before was not reported as over");
    record->generates = operation->generates;
}

static void judge_completion(RequestId request, const Refusal *refusal, Kind *ret_kind) {
    Pending *operation = g_hash_table_lookup(pending, &request);

    judge_moment("a completion");
    ck_assert_msg(operation, "a completion of nothing, or a second one");
    *ret_kind = operation->kind;
    if (!refusal) {
        judge_effects(operation);
        judge_digits(operation);
    } else if (operation->kind == KIND_DIAL && operation->call)
        g_hash_table_remove(known, operation->call);
    g_hash_table_remove(pending, &request);
    completed++;
}

/* ---- Up: the words ---- */

#define WRAP(Type, name, ...)                \
    Type __real_##name(__VA_ARGS__);         \
    Type __wrap_##name(__VA_ARGS__);         \
    Type __wrap_##name(__VA_ARGS__)

WRAP(void, provider_complete, Provider *provider, RequestId request, Refusal *refusal, const char *text) {
    Kind kind;

    judge_completion(request, refusal, &kind);
    ck_assert_msg(kind != KIND_DIAL || refusal, "dial was completed without its Call ID");
    ck_assert_msg(kind != KIND_DEBUG_INCOMING || refusal || text, "debug_incoming was completed without its Call ID");
    __real_provider_complete(provider, request, refusal, text);
}

WRAP(void, provider_complete_dial, Provider *provider, RequestId request, const char *call_id, const PartyInfo *caller,
     const PartyInfo *called) {
    const Pending *operation = g_hash_table_lookup(pending, &request);
    Known *record = operation && operation->call ? g_hash_table_lookup(known, operation->call) : NULL;
    Kind kind;

    judge_completion(request, NULL, &kind);
    ck_assert_int_eq(kind, KIND_DIAL);
    ck_assert_msg(record, "dial was completed for a call that is void");
    record->dialling = false;
    judge_call_id(record->line, call_id);
    __real_provider_complete_dial(provider, request, call_id, caller, called);
}

WRAP(int, provider_add_line, Provider *provider, const LineInfo *info, Line **ret) {
    int r;

    judge_moment("a line");
    r = __real_provider_add_line(provider, info, ret);
    if (r == 0)
        g_hash_table_add(lines, *ret);
    return r;
}

/* A call that goes with its line has ended, as far as what was asked of it goes. */
static gboolean forget_with_line(void *call, void *record, void *line) {
    if (((Known *) record)->line != line)
        return FALSE;
    note(call, CALL_EVENT_ENDED, CAUSE_FORWARDED);
    return TRUE;
}

WRAP(void, provider_report_line_state, Line *line, LineState state, const char *reason) {
    GHashTableIter iter;
    Pending *operation;

    judge_line("a line state", line);
    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &operation)) {
        if (operation->line == line)
            operation->line_reported = true;
    }
    __real_provider_report_line_state(line, state, reason);
    if (state != LINE_REMOVED)
        return;
    g_hash_table_foreach_remove(known, forget_with_line, line);
    g_hash_table_remove(lines, line);
}

WRAP(void, provider_report_ring, Line *line, const char *mode, unsigned count) {
    judge_line("a ring", line);
    ck_assert_msg(mode && *mode && count > 0, "a ring without mode or count");
    __real_provider_report_ring(line, mode, count);
}

WRAP(Call *, provider_report_incoming, Line *line, const IncomingInfo *info) {
    GHashTableIter iter;
    Pending *operation;
    Known *record;
    Call *call;

    judge_line("an incoming call", line);
    judge_call_id(line, info->call_id);
    call = __real_provider_report_incoming(line, info);
    if (!call)
        return NULL;
    record = g_new0(Known, 1);
    record->line = line;
    g_hash_table_insert(known, call, record);
    g_hash_table_iter_init(&iter, pending);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &operation))
        if (operation->kind == KIND_DEBUG_INCOMING && operation->line == line)
            operation->seen |= EVENT_BIT(CALL_EVENT_OFFERED);
    return call;
}

WRAP(void, provider_report_event, Call *call, CallEvent event, StateDetail detail) {
    judge_call("an event", call);
    ck_assert_msg(event != CALL_EVENT_ENDED && event != CALL_EVENT_CLEARED && event != CALL_EVENT_OFFERED,
                  "an event that is not reported so");
    note(call, event, CAUSE_NONE);
    __real_provider_report_event(call, event, detail);
}

WRAP(void, provider_report_ended, Call *call, DisconnectCause cause, const char *provider_cause) {
    judge_call("an end", call);
    ck_assert_msg(cause > CAUSE_NONE && cause < _CAUSE_MAX, "an end without a cause");
    note(call, CALL_EVENT_ENDED, cause);
    g_hash_table_remove(known, call);
    __real_provider_report_ended(call, cause, provider_cause);
}

WRAP(void, provider_report_call_id, Call *call, const char *call_id, const char *related_call_id) {
    judge_call("a Call ID", call);
    __real_provider_report_call_id(call, call_id, related_call_id);
}

WRAP(void, provider_report_party, Call *call, PartyRole role, const PartyInfo *party) {
    judge_call("a party", call);
    if (party && party->presentation == PRESENTATION_WITHHELD)
        ck_assert_msg(!(party->number && *party->number) && !(party->name && *party->name), "a withheld party is named");
    __real_provider_report_party(call, role, party);
}

WRAP(void, provider_report_reason, Call *call, CallOrigin origin, CallReason reason) {
    judge_call("a reason", call);
    __real_provider_report_reason(call, origin, reason);
}

WRAP(void, provider_report_user_user_info, Call *call, const uint8_t *data, size_t size) {
    judge_call("user-user information", call);
    __real_provider_report_user_user_info(call, data, size);
}

WRAP(void, provider_report_network_id, Call *call, const char *kind, const char *id) {
    judge_call("a network id", call);
    __real_provider_report_network_id(call, kind, id);
}

WRAP(void, provider_report_digit, Call *call, char digit) {
    const Known *record = judge_call("a digit", call);

    ck_assert_msg(record->listens || !real->monitor_digits, "a digit that nobody asked for");
    ck_assert_msg(digit != '\0' && strchr("0123456789ABCD*#", digit), "a digit that is none");
    __real_provider_report_digit(call, digit);
}

WRAP(void, provider_report_digits_sent, Call *call, DigitsOutcome outcome) {
    Known *record = judge_call("an end of digits", call);

    ck_assert_msg(record->generates, "an end of digits that were not sent");
    record->generates = false;
    __real_provider_report_digits_sent(call, outcome);
}
