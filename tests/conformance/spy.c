/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Spy, upwards: the contract's rules on order, one judgement per rule. */
#include "tests/conformance/spy.h"

#include <check.h>
#include <string.h>

#include "service/call.h"
#include "service/line.h"
#include "tests/conformance/adapter.h"
#include "tests/conformance/spy-internal.h"

#define EVENT_BIT(event) (1u << (event))
#define BIT(name) EVENT_BIT(CALL_EVENT_##name)

/* Before these what sounds on the call is reported as over. */
#define SILENT (BIT(ENDED) | BIT(HELD) | BIT(HELD_FOR_TRANSFER) | BIT(HELD_FOR_CONFERENCE))

/* The way in which an operation succeeds. */
typedef enum Way {
    WAY_DONE,  /* provider_complete() */
    WAY_CALLS, /* provider_complete_calls() */
    WAY_END,   /* provider_complete_by_end() */
} Way;

/* What has to be reported of the call, and of the second one, before the operation may be complete; how it is complete;
 * what is to be reported after it, at once, of the call and of the second one; and the cause, where it is complete by an end. */
static const struct {
    const char *name;
    unsigned effects, effects_on_other;
    Way way;
    bool owes, other_owes;
    CallEvent owed;
    DisconnectCause cause;
} rules[_KIND_MAX] = {
    [KIND_START] = { "start" },
    [KIND_STOP] = { "stop" },
    [KIND_DIAL] = { "dial", .way = WAY_CALLS },
    [KIND_ACCEPT] = { "accept", BIT(ACCEPTED) },
    [KIND_ANSWER] = { "answer", BIT(CONNECTED) },
    [KIND_REDIRECT] = { "redirect", .way = WAY_END, .cause = CAUSE_FORWARDED },
    [KIND_DROP] = { "drop", BIT(ENDED) },
    [KIND_HOLD] = { "hold", BIT(HELD) },
    [KIND_UNHOLD] = { "unhold", BIT(RESUMED), .cause = CAUSE_NORMAL },
    [KIND_SWAP_HOLD] = { "swap_hold", .effects_on_other = BIT(RESUMED) },
    [KIND_BLIND_TRANSFER] = { "blind_transfer", .way = WAY_END, .cause = CAUSE_NORMAL },
    [KIND_SETUP_TRANSFER] = { "setup_transfer", .way = WAY_CALLS, .owes = true, .owed = CALL_EVENT_HELD_FOR_TRANSFER },
    [KIND_COMPLETE_TRANSFER] = { "complete_transfer", .way = WAY_END, .owes = true, .other_owes = true,
                                 .owed = CALL_EVENT_JOINED, .cause = CAUSE_NORMAL },
    [KIND_SETUP_CONFERENCE] = { "setup_conference", .way = WAY_CALLS, .owes = true, .owed = CALL_EVENT_JOINED },
    [KIND_PREPARE_ADD] = { "prepare_add_to_conference", .way = WAY_CALLS, .owes = true,
                           .owed = CALL_EVENT_HELD_FOR_CONFERENCE },
    [KIND_ADD] = { "add_to_conference", BIT(RESUMED), BIT(JOINED) },
    [KIND_REMOVE] = { "remove_from_conference", BIT(HELD) },
    [KIND_PARK] = { "park", .way = WAY_END, .cause = CAUSE_NORMAL },
    [KIND_UNPARK] = { "unpark", .way = WAY_CALLS },
    [KIND_PICKUP] = { "pickup", .way = WAY_CALLS },
    [KIND_FORWARD] = { "forward" },
    [KIND_COMPLETE_CALL] = { "complete_call", .cause = CAUSE_NORMAL },
    [KIND_CANCEL_COMPLETION] = { "cancel_completion" },
    [KIND_DIAL_DIGITS] = { "dial_digits" },
    [KIND_SEND_DIGITS] = { "send_digits" },
    [KIND_SEND_TONE] = { "send_tone" },
    [KIND_MONITOR_DIGITS] = { "monitor_digits" },
    [KIND_MUTE] = { "mute" },
    [KIND_SET_AUDIO] = { "set_audio" },
    [KIND_SEND_USER_USER_INFO] = { "send_user_user_info" },
    [KIND_SECURE] = { "secure" },
    [KIND_ADD_LINE] = { "add_line" },
    [KIND_REMOVE_LINE] = { "remove_line" },
    [KIND_DEBUG_INCOMING] = { "debug_incoming", BIT(OFFERED) },
    [KIND_DEBUG_LINE_STATE] = { "debug_line_state" },
};

GHashTable *spy_pending, *spy_known;
unsigned spy_depth;

static ProviderOps spied;
static GHashTable *lines;       /* the tokens that are valid */
static GHashTable *completions; /* every completion id that there was */
static unsigned completed;
static bool stopped;

const char *kind_to_string(Kind kind) {
    return rules[kind].name;
}

unsigned spy_count_pending(void) {
    return g_hash_table_size(spy_pending);
}

unsigned spy_count_calls(void) {
    return g_hash_table_size(spy_known);
}

unsigned spy_count_completed(void) {
    return completed;
}

const ProviderOps *spy_on(const ProviderOps *ops) {
    spy_pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    spy_known = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    lines = g_hash_table_new(NULL, NULL);
    completions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    spy_depth = completed = 0;
    stopped = false;
    spied = spy_operations(ops);
    return &spied;
}

/* ---- What holds for every word ---- */

static Known *find(Call *call) {
    return call ? g_hash_table_lookup(spy_known, call) : NULL;
}

static void judge_moment(const char *what) {
    ck_assert_msg(spy_depth == 0, "%s inside an operation", what);
    ck_assert_msg(!stopped, "%s after the provider stopped", what);
}

static Known *judge_call(const char *what, Call *call) {
    Known *record = find(call);

    judge_moment(what);
    ck_assert_msg(record, "%s of a call that the provider should have forgotten", what);
    ck_assert_msg(!record->making, "%s before the operation that makes the call was complete", what);
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

static void judge_party(const PartyInfo *party) {
    if (party && party->presentation == PRESENTATION_WITHHELD)
        ck_assert_msg(!(party->number && *party->number) && !(party->name && *party->name), "a withheld party is named");
}

/* Every pending operation of the call has seen that. */
static void note(Call *call, CallEvent event) {
    GHashTableIter iter;
    Pending *operation;
    bool end = event == CALL_EVENT_ENDED;

    g_hash_table_iter_init(&iter, spy_pending);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &operation)) {
        if (operation->call == call) {
            operation->seen |= EVENT_BIT(event);
            operation->ended |= end;
            operation->call = end ? NULL : call;
        }
        if (operation->other == call) {
            operation->seen_on_other |= EVENT_BIT(event);
            operation->ended |= end;
            operation->other = end ? NULL : call;
        }
    }
}

/* What was promised by the completion of the operation comes first. */
static void judge_debt(Known *record, CallEvent event) {
    ck_assert_msg(!record->owes || event == record->owed || event == CALL_EVENT_ENDED,
                  "%s was told of a call that has to be reported as %s first", call_event_to_string(event),
                  call_event_to_string(record->owed));
    record->owes = false;
}

static void judge_event(Call *call, CallEvent event) {
    Known *record = judge_call("an event", call);

    judge_debt(record, event);
    ck_assert_msg(!(SILENT & EVENT_BIT(event)) || record->sound == SOUND_NONE,
                  "%s of a call whose digits or tone were not reported as over", call_event_to_string(event));
    ck_assert_msg(event != CALL_EVENT_LEFT || record->conference, "a call left a conference that it is not in");
    if (event == CALL_EVENT_LEFT || event == CALL_EVENT_HELD)
        record->conference = NULL;
    note(call, event);
}

static void judge_end(Call *call, DisconnectCause cause) {
    GHashTableIter iter;
    Known *record;

    judge_event(call, CALL_EVENT_ENDED);
    ck_assert_msg(cause > CAUSE_NONE && cause < _CAUSE_MAX, "an end without a cause");
    g_hash_table_remove(spy_known, call);
    g_hash_table_iter_init(&iter, spy_known);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &record))
        ck_assert_msg(record->conference != call, "a conference ended before its participants left it");
}

/* ---- Completions ---- */

static void judge_stop(void) {
    ck_assert_msg(g_hash_table_size(spy_known) == 0, "stop is complete and calls are still up");
    ck_assert_msg(g_hash_table_size(spy_pending) == 1, "stop is complete and other operations are not");
    stopped = true;
}

static void judge_effects(const Pending *operation) {
    const char *name = rules[operation->kind].name;
    unsigned missing = rules[operation->kind].effects & ~operation->seen;
    unsigned missing_on_other = rules[operation->kind].effects_on_other & ~operation->seen_on_other;
    bool of_line = operation->kind == KIND_DEBUG_LINE_STATE || operation->kind == KIND_FORWARD || operation->kind == KIND_REMOVE_LINE;

    ck_assert_msg((missing == 0 && missing_on_other == 0) || (operation->ended && operation->kind != KIND_DROP),
                  "%s is complete before its effect was reported", name);
    ck_assert_msg(operation->kind != KIND_SWAP_HOLD || operation->ended ||
                      operation->seen & (BIT(HELD) | BIT(HELD_FOR_TRANSFER) | BIT(HELD_FOR_CONFERENCE)),
                  "swap_hold is complete before the call was held");
    ck_assert_msg(!of_line || operation->line_reported, "%s is complete before the line was reported", name);
    ck_assert_msg(operation->kind != KIND_START || g_hash_table_size(lines) > 0, "start is complete without any line");
    if (operation->kind == KIND_STOP)
        judge_stop();
}

static void judge_sound(const Pending *operation) {
    Known *record = find(operation->call);

    if (record && operation->kind == KIND_MONITOR_DIGITS)
        record->listens = operation->enables;
    if (!record || (operation->kind != KIND_SEND_DIGITS && operation->kind != KIND_SEND_TONE))
        return;
    ck_assert_msg(record->sound == SOUND_NONE, "%s is complete and what sounded before was not reported as over",
                  rules[operation->kind].name);
    record->sound = operation->sound;
}

/* Completion ids are short words, and none comes twice. */
static void judge_completion_id(const char *id) {
    size_t size = id ? strlen(id) : 0;

    ck_assert_msg(size > 0 && size <= COMPLETION_ID_MAX, "complete_call was completed without an id, or with a long one");
    for (size_t i = 0; i < size; i++)
        ck_assert_msg(g_ascii_isalnum(id[i]) || id[i] == '-', "'%s' is no completion id", id);
    ck_assert_msg(g_hash_table_add(completions, g_strdup(id)), "the completion id %s was there before", id);
}

static void judge_text(const Pending *operation, const char *text) {
    if (operation->kind == KIND_COMPLETE_CALL)
        judge_completion_id(text);
    if (operation->kind == KIND_PARK)
        ck_assert_msg(text && *text, "park was completed without the place");
    if (operation->kind == KIND_DEBUG_INCOMING)
        ck_assert_msg(text, "debug_incoming was completed without its Call ID");
}

static Pending *judge_pending(RequestId request) {
    Pending *operation = g_hash_table_lookup(spy_pending, &request);

    judge_moment("a completion");
    ck_assert_msg(operation, "a completion of nothing, or a second one");
    completed++;
    return operation;
}

static bool ends_its_call(const Pending *operation) {
    if (operation->kind == KIND_COMPLETE_CALL)
        return operation->mode == COMPLETION_CALLBACK || operation->mode == COMPLETION_MESSAGE;
    return rules[operation->kind].way == WAY_END && operation->n_made == 0;
}

/* Back from a consultation, a conference that has one participant only is over. */
static bool may_end(const Pending *operation, const Call *call) {
    return ends_its_call(operation) || (operation->kind == KIND_UNHOLD && call_kind(call) == CALL_KIND_CONFERENCE);
}

#define WRAP(Type, name, ...)                \
    Type __real_##name(__VA_ARGS__);         \
    Type __wrap_##name(__VA_ARGS__);         \
    Type __wrap_##name(__VA_ARGS__)

/* What can only be complete in another way can be so when the call is gone: then it does not matter. */
WRAP(void, provider_complete, Provider *provider, RequestId request, Refusal *refusal, const char *text) {
    Pending *operation = judge_pending(request);

    if (!refusal) {
        ck_assert_msg(operation->n_made == 0, "%s was completed without its calls", rules[operation->kind].name);
        ck_assert_msg(!ends_its_call(operation) || operation->ended, "%s was completed, but not by the end of its call",
                      rules[operation->kind].name);
        judge_effects(operation);
        judge_sound(operation);
        if (!operation->ended)
            judge_text(operation, text);
    }
    for (unsigned i = 0; i < operation->n_made; i++)
        g_hash_table_remove(spy_known, operation->made[i]);
    g_hash_table_remove(spy_pending, &request);
    __real_provider_complete(provider, request, refusal, text);
}

/* One that was made begins as its operation says. */
static void judge_start(const Pending *operation, unsigned i, const CallStart *start, const char *conference_id) {
    Known *record = find(operation->made[i]);
    const char *name = rules[operation->kind].name;
    bool waits = operation->kind == KIND_SETUP_CONFERENCE && i == 0;
    const char *related = operation->call ? call_call_id(operation->call) : NULL;

    ck_assert_msg(record, "%s was completed for a call that is void", name);
    ck_assert_msg(start->event == (waits ? CALL_EVENT_HELD_FOR_CONFERENCE : operation->begin), "%s: call %u begins as %s", name,
                  i + 1, call_event_to_string(start->event));
    judge_call_id(record->line, start->call_id);
    judge_party(start->caller);
    judge_party(start->connected);
    if (operation->kind == KIND_SETUP_CONFERENCE)
        related = i == 1 ? conference_id : NULL;
    if (related && operation->kind != KIND_COMPLETE_TRANSFER)
        ck_assert_msg(g_strcmp0(start->related_call_id ?: "", related) == 0, "%s: the consultation is related to '%s', not '%s'",
                      name, start->related_call_id ?: "", related);
    record->making = false;
}

static void promise(const Pending *operation, Call *call) {
    Known *record = find(call);

    if (!record)
        return;
    record->owes = true;
    record->owed = rules[operation->kind].owed;
}

WRAP(void, provider_complete_calls, Provider *provider, RequestId request, const CallStart *starts) {
    Pending *operation = judge_pending(request);

    ck_assert_msg(operation->n_made > 0, "%s makes no calls", rules[operation->kind].name);
    for (unsigned i = 0; i < operation->n_made; i++)
        judge_start(operation, i, &starts[i], starts[0].call_id);
    if (rules[operation->kind].owes)
        promise(operation, operation->call);
    if (rules[operation->kind].other_owes)
        promise(operation, operation->other);
    g_hash_table_remove(spy_pending, &request);
    __real_provider_complete_calls(provider, request, starts);
}

WRAP(void, provider_complete_by_end, Call *call, Call *consultation, RequestId request, DisconnectCause cause,
     const char *text) {
    Pending *operation = judge_pending(request);

    ck_assert_msg(may_end(operation, call), "%s does not end its call", rules[operation->kind].name);
    ck_assert_msg(operation->call == call && operation->other == consultation, "%s was completed by the end of another call",
                  rules[operation->kind].name);
    ck_assert_msg(cause == rules[operation->kind].cause, "%s was completed with the cause %s", rules[operation->kind].name,
                  disconnect_cause_to_string(cause));
    judge_text(operation, text);
    g_hash_table_remove(spy_pending, &request);
    judge_end(call, cause);
    if (consultation)
        judge_end(consultation, cause);
    __real_provider_complete_by_end(call, consultation, request, cause, text);
}

/* ---- Lines ---- */

WRAP(int, provider_add_line, Provider *provider, const LineInfo *info, Line **ret) {
    int r;

    judge_moment("a line");
    r = __real_provider_add_line(provider, info, ret);
    if (r == 0)
        g_hash_table_add(lines, *ret);
    return r;
}

/* An operation of the kind on the line has seen that the line was reported. */
static void note_line(Line *line, Kind kind) {
    GHashTableIter iter;
    Pending *operation;

    g_hash_table_iter_init(&iter, spy_pending);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &operation))
        if (operation->line == line && operation->kind == kind)
            operation->line_reported = true;
}

/* A call that goes with its line has ended, as far as what was asked of it goes. */
static gboolean forget_with_line(void *call, void *record, void *line) {
    if (((Known *) record)->line != line)
        return FALSE;
    note(call, CALL_EVENT_ENDED);
    return TRUE;
}

WRAP(void, provider_report_line_state, Line *line, LineState state, const char *reason) {
    judge_line("a line state", line);
    note_line(line, KIND_DEBUG_LINE_STATE);
    __real_provider_report_line_state(line, state, reason);
    if (state != LINE_REMOVED)
        return;
    note_line(line, KIND_FORWARD);
    note_line(line, KIND_REMOVE_LINE);
    g_hash_table_foreach_remove(spy_known, forget_with_line, line);
    g_hash_table_remove(lines, line);
}

WRAP(void, provider_report_ring, Line *line, const char *mode, unsigned count) {
    judge_line("a ring", line);
    ck_assert_msg(mode && *mode && count > 0, "a ring without mode or count");
    __real_provider_report_ring(line, mode, count);
}

WRAP(void, provider_report_forwarding, Line *line, const ForwardRule *rules_now, size_t n_rules) {
    judge_line("forwarding", line);
    note_line(line, KIND_FORWARD);
    __real_provider_report_forwarding(line, rules_now, n_rules);
}

WRAP(void, provider_report_messages_waiting, Line *line, unsigned count) {
    judge_line("a count of messages", line);
    __real_provider_report_messages_waiting(line, count);
}

/* ---- Calls ---- */

WRAP(Call *, provider_report_incoming, Line *line, const IncomingInfo *info) {
    GHashTableIter iter;
    Pending *operation;
    Known *record;
    Call *call;

    judge_line("an incoming call", line);
    judge_call_id(line, info->call_id);
    judge_party(&info->caller);
    call = __real_provider_report_incoming(line, info);
    /* A process hears later that it was not taken. */
    if (!call && !adapter.find_ops)
        return NULL;
    g_hash_table_iter_init(&iter, spy_pending);
    while (g_hash_table_iter_next(&iter, NULL, (void **) &operation))
        if (operation->kind == KIND_DEBUG_INCOMING)
            operation->seen |= BIT(OFFERED);
    if (!call)
        return NULL;
    record = g_new0(Known, 1);
    record->line = line;
    g_hash_table_insert(spy_known, call, record);
    return call;
}

WRAP(void, provider_report_event, Call *call, CallEvent event, StateDetail detail) {
    ck_assert_msg(!(EVENT_BIT(event) & (BIT(ENDED) | BIT(CLEARED) | BIT(OFFERED) | BIT(JOINED))), "%s is not reported so",
                  call_event_to_string(event));
    judge_event(call, event);
    __real_provider_report_event(call, event, detail);
}

WRAP(void, provider_report_joined, Call *call, Call *conference) {
    Known *record, *other = judge_call("a conference", conference);

    judge_event(call, CALL_EVENT_JOINED);
    record = find(call);
    ck_assert_msg(record->line == other->line, "a call joined a conference of another line");
    ck_assert_msg(!record->conference && !other->conference && call != conference, "a call is in two conferences");
    record->conference = conference;
    __real_provider_report_joined(call, conference);
}

WRAP(void, provider_report_ended, Call *call, DisconnectCause cause, const char *provider_cause) {
    judge_end(call, cause);
    __real_provider_report_ended(call, cause, provider_cause);
}

WRAP(void, provider_report_call_id, Call *call, const char *call_id, const char *related_call_id) {
    judge_call("a Call ID", call);
    __real_provider_report_call_id(call, call_id, related_call_id);
}

WRAP(void, provider_report_party, Call *call, PartyRole role, const PartyInfo *party) {
    judge_call("a party", call);
    judge_party(party);
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

WRAP(void, provider_report_encrypted, Call *call, bool encrypted) {
    judge_call("encryption", call);
    __real_provider_report_encrypted(call, encrypted);
}

WRAP(void, provider_report_audio, Call *call, const char *device, unsigned volume) {
    judge_call("a device", call);
    ck_assert_msg(volume <= VOLUME_MAX, "volume %u is too much", volume);
    __real_provider_report_audio(call, device, volume);
}

WRAP(void, provider_report_digit, Call *call, char digit) {
    const Known *record = judge_call("a digit", call);

    ck_assert_msg(record->listens || !spy_real->monitor_digits, "a digit that nobody asked for");
    ck_assert_msg(digit != '\0' && strchr("0123456789ABCD*#", digit), "a digit that is none");
    __real_provider_report_digit(call, digit);
}

WRAP(void, provider_report_digits_sent, Call *call, DigitsOutcome outcome) {
    Known *record = judge_call("an end of digits", call);

    ck_assert_msg(record->sound == SOUND_DIGITS, "an end of digits that were not sent");
    record->sound = SOUND_NONE;
    __real_provider_report_digits_sent(call, outcome);
}

WRAP(void, provider_report_tone_sent, Call *call, DigitsOutcome outcome) {
    Known *record = judge_call("an end of a tone", call);

    ck_assert_msg(record->sound == SOUND_TONE, "an end of a tone that did not sound");
    record->sound = SOUND_NONE;
    __real_provider_report_tone_sent(call, outcome);
}
