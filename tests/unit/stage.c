/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stage: the service, a network that does nothing by itself, and who watches. */
#include "tests/unit/stage.h"

#include <string.h>

Manager *manager;
Provider *provider;
Line *line0, *line1, *drop_line;
Limits stage_limits;
int stage_start_error;

static GString *story, *heard; /* by the clients, by the network */
static RequestId newest;
static Call *newest_call, *newest_conference;
static const ProviderOps ops;

/* ---- The network ---- */

static int ask_network(const char *what, Call *call, RequestId request) {
    int r = stage_start_error;

    g_string_append_printf(heard, "%s%s", heard->len > 0 ? " " : "", what);
    newest = request;
    newest_call = call;
    stage_start_error = 0;
    return -r;
}

static int on_start(Provider *unused, RequestId request) {
    return ask_network("start", NULL, request);
}

static int on_stop(Provider *unused, RequestId request) {
    return ask_network("stop", NULL, request);
}

static int on_check_address(Line *line, const char *address, const char **ret_hint) {
    if (strcmp(address, "nowhere") != 0)
        return 0;
    *ret_hint = "go somewhere";
    return -EINVAL;
}

static int on_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    return ask_network("dial", call, request);
}

#define DEFINE_PLAIN(name)                                   \
    static int on_##name(Call *call, RequestId request) {    \
        return ask_network(#name, call, request);            \
    }

DEFINE_PLAIN(accept)
DEFINE_PLAIN(answer)
DEFINE_PLAIN(hold)
DEFINE_PLAIN(unhold)
DEFINE_PLAIN(remove_from_conference)
DEFINE_PLAIN(secure)

static int on_redirect(Call *call, const char *address, RequestId request) {
    return ask_network("redirect", call, request);
}

static int on_drop(Call *call, RejectReason reason, RequestId request) {
    return ask_network("drop", call, request);
}

static int on_swap_hold(Call *call, Call *held, RequestId request) {
    return ask_network("swap", call, request);
}

static int on_blind_transfer(Call *call, const char *address, RequestId request) {
    return ask_network("blind_transfer", call, request);
}

static int on_setup_transfer(Call *call, Call *consultation, const DialParams *params, RequestId request) {
    return ask_network(params->address[0] ? "setup_transfer" : "setup_transfer()", consultation, request);
}

static int on_complete_transfer(Call *call, Call *consultation, Call *conference, RequestId request) {
    newest_conference = conference;
    return ask_network(conference ? "complete_conference" : "complete_transfer", consultation, request);
}

static int on_setup_conference(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                               RequestId request) {
    newest_conference = conference;
    return ask_network(call ? "setup_conference" : "line_conference", consultation, request);
}

static int on_prepare_add_to_conference(Call *conference, Call *consultation, const DialParams *params, RequestId request) {
    return ask_network("prepare_add", consultation, request);
}

static int on_add_to_conference(Call *conference, Call *call, RequestId request) {
    return ask_network("add", call, request);
}

static int on_park(Call *call, const char *address, RequestId request) {
    return ask_network("park", call, request);
}

static int on_unpark(Line *line, Call *call, const char *address, RequestId request) {
    return ask_network("unpark", call, request);
}

static int on_pickup(Line *line, Call *call, const char *address, const char *group, RequestId request) {
    return ask_network("pickup", call, request);
}

static int on_forward(Line *line, const ForwardRule *rules, size_t n_rules, RequestId request) {
    g_autofree char *what = g_strdup_printf("forward(%u)", (unsigned) n_rules);

    return ask_network(what, NULL, request);
}

static int on_complete_call(Call *call, CompletionMode mode, RequestId request) {
    return ask_network(completion_mode_to_string(mode), call, request);
}

static int on_cancel_completion(Line *line, const char *completion_id, RequestId request) {
    return ask_network("cancel_completion", NULL, request);
}

static int on_dial_digits(Call *call, const char *digits, bool more, RequestId request) {
    g_autofree char *what = g_strdup_printf("dial_digits(%s%s)", digits, more ? "..." : "");

    return ask_network(what, call, request);
}

static int on_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    return ask_network(digits, call, request);
}

static int on_send_tone(Call *call, Tone tone, unsigned ms, RequestId request) {
    return ask_network(tone == TONE_NONE ? "silence" : tone_to_string(tone), call, request);
}

static int on_monitor_digits(Call *call, bool enable, RequestId request) {
    return ask_network(enable ? "listen" : "ignore", call, request);
}

static int on_set_audio(Call *call, const AudioChoice *choice, RequestId request) {
    return ask_network(choice->device ? "audio-device" : "volume", call, request);
}

static int on_mute(Call *call, bool mute, RequestId request) {
    return ask_network(mute ? "mute" : "unmute", call, request);
}

static int on_send_user_user_info(Call *call, const uint8_t *data, size_t size, RequestId request) {
    return ask_network("user_user_info", call, request);
}

static const ProviderOps ops = {
    .name = "stage",
    .is_local = true,
    .adopt = stage_has_still,
    .start = on_start,
    .stop = on_stop,
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
};

void expect_asked(const char *expected) {
    ck_assert_str_eq(heard->str, expected);
    g_string_truncate(heard, 0);
}

RequestId last_request(void) {
    return newest;
}

Call *last_call(void) {
    return newest_call;
}

Call *last_conference(void) {
    return newest_conference;
}

Call *comes_in(Line *line, const char *call_id) {
    IncomingInfo info = { .call_id = call_id, .caller.number = "555", .origin = ORIGIN_EXTERNAL };

    return provider_report_incoming(line, &info);
}

void completes(RequestId request) {
    provider_complete(provider, request, NULL, NULL);
}

void refuses(RequestId request, RefusalCode code) {
    provider_complete(provider, request, refuse(code, "the network says no"), NULL);
}

void completes_with(RequestId request, const char *text) {
    provider_complete(provider, request, NULL, text);
}

void ends_by(Call *call, Call *consultation, RequestId request, DisconnectCause cause, const char *text) {
    provider_complete_by_end(call, consultation, request, cause, text);
}

void dialled(RequestId request, const char *call_id) {
    begins(request, CALL_EVENT_DIALING, call_id, NULL);
}

void begins(RequestId request, CallEvent event, const char *call_id, const char *related_call_id) {
    const PartyInfo caller = { .number = "100" };
    const CallStart start = { .event = event, .call_id = call_id, .related_call_id = related_call_id, .caller = &caller };

    provider_complete_calls(provider, request, &start);
}

void conference_begins(RequestId request, const char *call_id, const char *consultation_id) {
    const CallStart starts[] = {
        { .event = CALL_EVENT_HELD_FOR_CONFERENCE, .call_id = call_id },
        { .event = CALL_EVENT_DIALING, .call_id = consultation_id, .related_call_id = call_id },
    };

    provider_complete_calls(provider, request, starts);
}

/* ---- The story ---- */

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void tell(const char *format, ...) {
    va_list ap;

    if (story->len > 0)
        g_string_append_c(story, ' ');
    va_start(ap, format);
    g_string_append_vprintf(story, format, ap);
    va_end(ap);
}

static const char *name_of(const Handle *handle) {
    return client_name(handle_client(handle));
}

static char *owner_apps(Call *call) {
    g_autoptr(GPtrArray) apps = g_ptr_array_new();

    for (GList *i = call_handles(call)->head; i; i = i->next)
        if (handle_privilege(i->data) == PRIVILEGE_OWNER)
            g_ptr_array_add(apps, (char *) handle_app_id(i->data));
    g_ptr_array_add(apps, NULL);
    return g_strjoinv(",", (char **) apps->pdata);
}

/* A value worth telling; NULL: only that it changed. */
static char *value_of(const Handle *handle, CallProperty property) {
    Call *call = handle_call(handle);

    if (property == CALL_PROPERTY_STATE)
        return g_strdup(call_state_to_string(call_state(call)));
    if (property == CALL_PROPERTY_DISCONNECT_CAUSE)
        return g_strdup(disconnect_cause_to_string(call_cause(call)));
    if (property == CALL_PROPERTY_PROVIDER_CAUSE)
        return g_strdup(call_provider_cause(call));
    if (property == CALL_PROPERTY_PRIVILEGE)
        return g_strdup(privilege_to_string(handle_privilege(handle)));
    if (property == CALL_PROPERTY_OWNERS)
        return g_strdup_printf("%u", call_owners(call));
    if (property == CALL_PROPERTY_OWNER_APPS)
        return owner_apps(call);
    return NULL;
}

static void on_handle_added(Handle *handle, void *userdata) {
    tell("%s+%d(%s)", name_of(handle), (int) handle_number(handle), call_state_to_string(call_state(handle_call(handle))));
}

static bool is_told(CallProperty property) {
    return property != CALL_PROPERTY_SEQUENCE && property != CALL_PROPERTY_FEATURES &&
           (property < CALL_PROPERTY_CREATED_TIMESTAMP || property > CALL_PROPERTY_STATE_TIMESTAMP);
}

static void on_handle_changed(Handle *handle, uint64_t properties, void *userdata) {
    g_autoptr(GString) text = g_string_new(NULL);

    for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++) {
        g_autofree char *value = value_of(handle, i);

        if (properties & CALL_PROPERTY_BIT(i) && is_told(i))
            g_string_append_printf(text, "%s%s%s%s", text->len > 0 ? " " : "", call_property_to_string(i), value ? "=" : "",
                                   value ?: "");
    }
    tell("%s~%d[%s]", name_of(handle), (int) handle_number(handle), text->str);
}

static void on_handle_removed(Client *client, uint64_t epoch, uint64_t number, void *userdata) {
    tell("%s-%d", client_name(client), (int) number);
}

static void on_digit_received(Handle *handle, char digit, uint64_t usec, void *userdata) {
    tell("%s#%d:%c", name_of(handle), (int) handle_number(handle), digit);
}

static void on_digits_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    tell("%s!%d:%s", name_of(handle), (int) handle_number(handle), digits_outcome_to_string(outcome));
}

static void on_tone_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    tell("%s^%d:%s", name_of(handle), (int) handle_number(handle), digits_outcome_to_string(outcome));
}

static void on_digits_gathered(Handle *handle, const char *digits, GatherReason reason, void *userdata) {
    tell("%s=%d:%s(%s)", name_of(handle), (int) handle_number(handle), digits, gather_reason_to_string(reason));
}

static void on_call_requested(Client *client, const CallWish *wish, void *userdata) {
    tell("%s:wish(%s)", client_name(client), wish->address);
}

static void on_events_lost(Client *client, uint64_t count, void *userdata) {
    tell("%s?%d", client_name(client), (int) count);
}

static void on_line_closed(Client *client, Line *line, const char *reason, void *userdata) {
    tell("%s:closed(%s)", client_name(client), line_name(line));
}

static void on_line_rang(Client *client, Line *line, const char *mode, unsigned count, void *userdata) {
    tell("%s:rang(%s,%u)", client_name(client), mode, count);
}

static void on_line(Line *line, void *userdata) {
}

static void on_line_changed(Line *line, unsigned properties, void *userdata) {
    if (properties & LINE_PROPERTY_MESSAGES_WAITING)
        tell("*:messages(%s,%u)", line_name(line), line_messages_waiting(line));
}

static void on_line_changed_for(Client *client, Line *line, unsigned properties, void *userdata) {
    if (properties & LINE_PROPERTY_FORWARDING)
        tell("%s:forwarding(%s,%u)", client_name(client), line_name(line), (unsigned) line_forwarding(line)->n);
}

static void on_manager_changed(unsigned properties, void *userdata) {
}

static const Observer observer = {
    .handle_added = on_handle_added,
    .handle_changed = on_handle_changed,
    .handle_removed = on_handle_removed,
    .digit_received = on_digit_received,
    .digits_sent = on_digits_sent,
    .tone_sent = on_tone_sent,
    .digits_gathered = on_digits_gathered,
    .call_requested = on_call_requested,
    .events_lost = on_events_lost,
    .line_closed = on_line_closed,
    .line_rang = on_line_rang,
    .line_added = on_line,
    .line_changed = on_line_changed,
    .line_changed_for = on_line_changed_for,
    .line_removed = on_line,
    .manager_changed = on_manager_changed,
};

void check_story(const char *expected, bool flush) {
    if (flush)
        manager_flush(manager);
    stage_commit();
    ck_assert_str_eq(story->str, expected);
    g_string_truncate(story, 0);
}

/* ---- Answers ---- */

static const char *const codes[_REFUSAL_MAX] = {
    [REFUSAL_INVALID_STATE] = "InvalidState",
    [REFUSAL_NOT_OWNER] = "NotOwner",
    [REFUSAL_NOT_SUPPORTED] = "NotSupported",
    [REFUSAL_INVALID_ADDRESS] = "InvalidAddress",
    [REFUSAL_INVALID_PRIVILEGE] = "InvalidPrivilege",
    [REFUSAL_LINE_NOT_OPEN] = "LineNotOpen",
    [REFUSAL_LINE_OUT_OF_SERVICE] = "LineOutOfService",
    [REFUSAL_LINE_BUSY] = "LineBusy",
    [REFUSAL_TARGET_NOT_FOUND] = "TargetNotFound",
    [REFUSAL_TARGET_SELF] = "TargetSelf",
    [REFUSAL_NO_CONFERENCE] = "NoConference",
    [REFUSAL_CONFERENCE_FULL] = "ConferenceFull",
    [REFUSAL_NOT_CONFERENCE] = "NotConference",
    [REFUSAL_INVALID_COMPLETION] = "InvalidCompletion",
    [REFUSAL_TOO_BIG] = "TooBig",
    [REFUSAL_PROVIDER_FAILED] = "ProviderFailed",
    [REFUSAL_TIMEOUT] = "Timeout",
    [REFUSAL_CONFLICT] = "Conflict",
    [REFUSAL_INVALID_ARGS] = "InvalidArgs",
    [REFUSAL_ACCESS_DENIED] = "AccessDenied",
    [REFUSAL_UNKNOWN_OBJECT] = "UnknownObject",
    [REFUSAL_LIMITS_EXCEEDED] = "LimitsExceeded",
    [REFUSAL_IO_ERROR] = "IOError",
    [REFUSAL_CLIENT_GONE] = "ClientGone",
    [REFUSAL_WAITING] = "Waiting",
};

/* The client's name, as it may be gone when the answer comes. */
static void on_done(const Outcome *outcome, void *userdata) {
    g_autofree char *name = userdata;

    if (outcome->refusal)
        tell("%s=%s", name, codes[refusal_code(outcome->refusal)]);
    else if (outcome->second)
        tell("%s=done(%d,%d)", name, (int) handle_number(outcome->handle), (int) handle_number(outcome->second));
    else if (outcome->handle)
        tell("%s=done(%d)", name, (int) handle_number(outcome->handle));
    else if (outcome->text)
        tell("%s=done(%s)", name, outcome->text);
    else
        tell("%s=done", name);
}

Done told(Client *client) {
    return (Done) { on_done, g_strdup(client_name(client)) };
}

void asked(Client *client, Refusal *refusal, Done done) {
    if (!refusal)
        return;
    tell("%s=%s", client_name(client), codes[refusal_code(refusal)]);
    refusal_free(refusal);
    g_free(done.userdata);
}

void expect_refusal(Refusal *refusal, RefusalCode code) {
    ck_assert_msg(refusal != NULL, "was granted and should be refused");
    ck_assert_msg(refusal_code(refusal) == code, "was refused with: %s", refusal_text(refusal));
    refusal_free(refusal);
}

void expect_granted(Refusal *refusal) {
    ck_assert_msg(!refusal, "was refused with: %s", refusal_text(refusal));
}

/* ---- Clients ---- */

Client *arrives(const char *name) {
    Client *client = NULL;

    ck_assert_int_eq(client_new(manager, name, g_ascii_isupper(name[0]) ? 1001 : 1000, NULL, &client), 0);
    return client;
}

void opens(Client *client, Line *line, OpenPrivilege privilege) {
    const OpenOptions options = { .privilege = privilege, .media_modes = MEDIA_ALL, .offer = true };

    expect_granted(line_open(line, client, &options));
}

void opens_as(Client *client, Line *line, const char *app_id, uint32_t media_modes, bool offer) {
    const OpenOptions options = { .privilege = OPEN_OWNER, .media_modes = media_modes, .offer = offer, .app_id = app_id };

    expect_granted(line_open(line, client, &options));
}

Handle *talks_as(Client *client, Line *line, const char *call_id) {
    const DialOrder order = { .address = "101" };
    Call *call;

    ASK(client, line_dial, line, client, &order);
    call = last_call();
    dialled(last_request(), call_id);
    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    forget_story();
    return client_find_handle_on(client, call);
}

Handle *consults_about(Handle *handle) {
    const DialOrder order = { .address = "102" };
    Client *client = handle_client(handle);
    Call *consultation;

    ASK(client, handle_setup_transfer, handle, &order);
    consultation = last_call();
    begins(last_request(), CALL_EVENT_DIALING, "second", call_call_id(handle_call(handle)));
    provider_report_event(handle_call(handle), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    provider_report_event(consultation, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    forget_story();
    return client_find_handle_on(client, consultation);
}

Handle *talks(Client *client, Line *line) {
    return talks_as(client, line, "call");
}

const char *stage_story(void) {
    manager_flush(manager);
    return story->str;
}

void forget_story(void) {
    manager_flush(manager);
    g_string_truncate(story, 0);
    g_string_truncate(heard, 0);
}

/* ---- Begin and end ---- */

static void on_ready(const char *failure, void *userdata) {
    ck_assert_msg(!failure, "%s", failure);
}

Line *adds_line(const char *name, unsigned limit, bool close_drop, Operations without) {
    const LineInfo info = {
        .name = name,
        .addresses = (const char *const[]) { "100", NULL },
        .media_modes = MEDIA_ALL,
        .call_id = true,
        .close_drop = close_drop,
        .max_active_calls = limit,
        .max_held_calls = limit,
        .max_conference_parties = 3,
        .without = without,
        .emergency_numbers = (const char *const[]) { "112", NULL },
    };
    Line *line = NULL;

    ck_assert_int_eq(provider_add_line(provider, &info, &line), 0);
    return line;
}

void stage_begin(void) {
    static const Limits none;

    if (memcmp(&stage_limits, &none, sizeof(none)) == 0)
        stage_limits = limits_default;
    story = g_string_new(NULL);
    heard = g_string_new(NULL);
    manager = manager_new(&stage_limits);
    stage_open_journal();
    manager_set_observer(manager, &observer, NULL);
    provider = provider_new(manager, &ops, NULL);
    manager_start(manager, on_ready, NULL);
    completes(last_request());
    line0 = adds_line("line0", 0, false, 0);
    line1 = adds_line("line1", 1, false, 0);
    drop_line = adds_line("drop", 0, true, 0);
    g_string_truncate(heard, 0);
}

void stage_end(void) {
    Client *client;
    GHashTableIter iter;
    void *value;

    for (const char *name = "abcdefghABCD"; *name; name++)
        if ((client = manager_find_client(manager, (char[]) { *name, '\0' })))
            client_vanish(client);
    g_hash_table_iter_init(&iter, manager_requests(manager));
    while (g_hash_table_iter_next(&iter, NULL, &value))
        ck_assert_msg(request_call(value) != NULL, "a request is left that belongs to no call");
    provider_free(provider);
    manager_free(manager);
    g_string_free(story, TRUE);
    g_string_free(heard, TRUE);
}

TCase *stage_case(Suite *suite, const char *name) {
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, stage_begin, stage_end);
    suite_add_tcase(suite, tcase);
    return tcase;
}
