/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* World: set-up, clients, and patience. */
#include "tests/conformance/world.h"

#include <string.h>

#include "service/line-store.h"

static Manager *manager;
static Provider *provider;
static void *network;
static LineStore *store;
static Settings *settings;
static guint tick;
static int64_t deadline;
static GPtrArray *persons, *answers;
static bool stopped;

/* ---- Patience ---- */

void world_begin_wait(void) {
    deadline = g_get_monotonic_time() + adapter.timeout_s * G_USEC_PER_SEC;
}

void world_turn(const char *what) {
    ck_assert_msg(g_get_monotonic_time() < deadline, "waited in vain for: %s", what);
    g_main_context_iteration(NULL, TRUE);
    manager_flush(manager);
}

void world_poll(void) {
    g_main_context_iteration(NULL, FALSE);
    manager_flush(manager);
}

void world_pause(void) {
    world_begin_wait();
    world_turn("anything");
}

/* Wakes the loop, so that a wait can end when nothing happens. */
static gboolean on_tick(void *userdata) {
    return G_SOURCE_CONTINUE;
}

/* ---- What is told ---- */

static Seen *find_seen(const Handle *handle) {
    const Person *person = client_data(handle_client(handle));

    for (unsigned i = 0; i < person->seen->len; i++) {
        Seen *seen = person->seen->pdata[i];

        if (seen->handle == handle)
            return seen;
    }
    ck_abort_msg("something was told of a handle that its client does not have");
}

static void append(GString *text, const char *word, const char *separator, const char *more) {
    if (text->len > 0)
        g_string_append_c(text, ' ');
    g_string_append(text, word);
    if (more && *more)
        g_string_append_printf(text, "%s%s", separator, more);
}

/* Not every network has states on the way, so those are left out. */
static void write_state(Seen *seen) {
    const Call *call = handle_call(seen->handle);
    CallState state = call_state(call);
    StateDetail detail = call_state_detail(call);
    bool told = detail == STATE_DETAIL_ACTIVE_HELD;

    if (state == CALL_STATE_PROCEEDING || state == CALL_STATE_DIAL_TONE)
        return;
    if (call_state_is_live(state))
        append(seen->states, call_state_to_string(state), "/", told ? state_detail_to_string(detail) : NULL);
    else
        append(seen->states, call_state_to_string(state), ":", disconnect_cause_to_string(call_cause(call)));
}

static void on_handle_added(Handle *handle, void *userdata) {
    const Person *person = client_data(handle_client(handle));
    Seen *seen = g_new0(Seen, 1);

    seen->handle = handle;
    seen->number = handle_number(handle);
    seen->call_id = g_strdup(call_call_id(handle_call(handle)));
    seen->states = g_string_new(NULL);
    seen->digits = g_string_new(NULL);
    seen->outcomes = g_string_new(NULL);
    seen->tones = g_string_new(NULL);
    seen->gathered = g_string_new(NULL);
    g_ptr_array_add(person->seen, seen);
    write_state(seen);
}

static void on_handle_changed(Handle *handle, uint64_t properties, void *userdata) {
    Seen *seen = find_seen(handle);

    if (properties & (CALL_PROPERTY_BIT(CALL_PROPERTY_STATE) | CALL_PROPERTY_BIT(CALL_PROPERTY_STATE_DETAIL)))
        write_state(seen);
}

static void on_handle_removed(Client *client, uint64_t epoch, uint64_t number, void *userdata) {
    const Person *person = client_data(client);

    for (unsigned i = 0; i < person->seen->len; i++) {
        Seen *seen = person->seen->pdata[i];

        if (seen->number == number)
            seen->handle = NULL;
    }
}

static void on_digit_received(Handle *handle, char digit, uint64_t usec, void *userdata) {
    g_string_append_c(find_seen(handle)->digits, digit);
}

static void on_digits_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    append(find_seen(handle)->outcomes, digits_outcome_to_string(outcome), "", NULL);
}

static void on_tone_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    append(find_seen(handle)->tones, digits_outcome_to_string(outcome), "", NULL);
}

static void on_digits_gathered(Handle *handle, const char *digits, GatherReason reason, void *userdata) {
    append(find_seen(handle)->gathered, digits, ":", gather_reason_to_string(reason));
}

static void on_call_requested(Client *client, const CallWish *wish, void *userdata) {
}

static void on_events_lost(Client *client, uint64_t count, void *userdata) {
    ck_abort_msg("events were lost");
}

static void on_line_closed(Client *client, Line *line, const char *reason, void *userdata) {
    const Person *person = client_data(client);

    append(person->closed, line_name(line), ":", reason);
}

static void on_line_rang(Client *client, Line *line, const char *mode, unsigned count, void *userdata) {
    const Person *person = client_data(client);
    g_autofree char *number = g_strdup_printf("%u", count);

    append(person->rings, mode, ":", number);
}

static void on_line(Line *line, void *userdata) {
}

static void on_line_changed(Line *line, unsigned properties, void *userdata) {
}

static void on_line_changed_for(Client *client, Line *line, unsigned properties, void *userdata) {
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

/* ---- Begin and end ---- */

static void on_ready(const char *failure, void *userdata) {
    ck_assert_msg(!failure, "the provider failed: %s", failure);
    *(bool *) userdata = true;
}

/* Lines are kept nowhere. */
static void begin_store(void) {
    g_autofree char *why = NULL;

    ck_assert_msg(settings_load("/nonexistent", /* required= */ false, &settings, &why) >= 0, "%s", why);
    store = line_store_new(manager, settings, &(LineStoreOptions) {});
}

/* They come when they are registered. */
static bool is_there(const char *name) {
    const Line *line = name ? manager_find_line(manager, name) : NULL;

    return !name || (line && line_state(line) == LINE_IN_SERVICE);
}

static bool are_all_there(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(adapter.lines); i++)
        if (!is_there(adapter.lines[i]))
            return false;
    return is_there(adapter.plain_line) && is_there(adapter.small_line) && is_there(adapter.drop_line) && is_there(adapter.hold_line);
}

void world_begin(void) {
    const ProviderOps *ops;
    bool started = false;

    persons = g_ptr_array_new();
    answers = g_ptr_array_new();
    stopped = false;
    network = adapter.make();
    manager = manager_new(&limits_default);
    manager_set_observer(manager, &observer, NULL);
    ops = adapter.ops ?: adapter.find_ops(network);
    provider = provider_new(manager, spy_on(ops), network);
    tick = g_timeout_add(20, on_tick, NULL);
    manager_start(manager, on_ready, &started);
    AWAIT(started);
    /* One that is a process of its own may come later. What it says of calls waits until it was asked for those that there were. */
    if (ops->adopted)
        ops->adopted(provider);
    AWAIT(are_all_there());
    begin_store();
}

void world_stop(void) {
    bool done = false;

    stopped = true;
    manager_stop(manager, on_ready, &done);
    AWAIT(done);
    ck_assert_msg(spy_count_pending() == 0, "%u operations were never completed", spy_count_pending());
    ck_assert_msg(spy_count_calls() == 0, "%u calls were never ended", spy_count_calls());
}

/* Every request that was ever made has one answer by now. */
static void judge_answers(void) {
    for (unsigned i = 0; i < answers->len; i++) {
        const Answer *answer = answers->pdata[i];

        ck_assert_msg(answer->arrived == 1, "a request has %u answers", answer->arrived);
    }
}

void world_end(void) {
    if (!stopped)
        world_stop();
    judge_answers();
    for (unsigned i = 0; i < persons->len; i++)
        person_leaves(persons->pdata[i]);
    provider_free(provider);
    adapter.unmake(network);
    line_store_free(store);
    settings_free(settings);
    manager_free(manager);
    g_source_remove(tick);
}

Line *world_line(unsigned i) {
    return manager_find_line(manager, adapter.lines[i]);
}

Line *world_find_line(const char *name) {
    return manager_find_line(manager, name);
}

Answer *world_adds_line(Person *person, const char *name, const char *const *keys_and_values) {
    Answer *answer = answer_new();

    return asked(line_store_add(store, person->client, name, provider_name(provider), keys_and_values, answer_by(answer)), answer);
}

Answer *world_removes_line(Person *person, const char *name) {
    Answer *answer = answer_new();

    return asked(line_store_remove(store, person->client, name, answer_by(answer)), answer);
}

Line *world_small_line(void) {
    return manager_find_line(manager, adapter.small_line);
}

Line *world_plain_line(void) {
    return manager_find_line(manager, adapter.plain_line);
}

/* ---- Persons ---- */

Person *person_arrives(const char *name) {
    Person *person = g_new0(Person, 1);

    person->name = name;
    person->seen = g_ptr_array_new();
    person->closed = g_string_new(NULL);
    person->rings = g_string_new(NULL);
    g_ptr_array_add(persons, person);
    ck_assert_int_eq(client_new(manager, name, 1000, person, &person->client), 0);
    return person;
}

void person_opens(Person *person, unsigned line, OpenPrivilege privilege) {
    person_opens_line(person, world_line(line), privilege);
}

void person_opens_line(Person *person, Line *line, OpenPrivilege privilege) {
    OpenOptions options = { .privilege = privilege, .media_modes = line_media_modes(line), .offer = true };

    ck_assert_ptr_null(line_open(line, person->client, &options));
}

void person_leaves(Person *person) {
    if (person->client)
        client_vanish(person->client);
    person->client = NULL;
    for (unsigned i = 0; i < person->seen->len; i++)
        ((Seen *) person->seen->pdata[i])->handle = NULL;
}

Seen *person_orders(Person *person, Line *line, const DialOrder *order) {
    Answer *answer = answer_new();
    Seen *seen;

    expect_done(asked(line_dial(line, person->client, order, answer_by(answer)), answer));
    seen = seen_of(answer->handle);
    ck_assert_msg(g_str_has_prefix(seen->states->str, "dialing"), "a dialled call is first %s", seen->states->str);
    return seen;
}

Seen *person_dials(Person *person, unsigned line, const char *address) {
    return person_orders(person, world_line(line), &(DialOrder) { .address = address });
}

Seen *seen_of(Handle *handle) {
    ck_assert_ptr_nonnull(handle);
    manager_flush(manager);
    return find_seen(handle);
}

static Seen *next_call(Person *person) {
    while (person->taken < person->seen->len) {
        Seen *seen = person->seen->pdata[person->taken++];

        if (seen->handle && call_direction(handle_call(seen->handle)) == DIRECTION_IN)
            return seen;
    }
    return NULL;
}

Seen *await_call(Person *person) {
    Seen *seen;

    AWAIT((seen = next_call(person)));
    return seen;
}

/* ---- Requests ---- */

static void on_answer(const Outcome *outcome, void *userdata) {
    Answer *answer = userdata;

    answer->arrived++;
    ck_assert_msg(answer->arrived == 1, "a second answer to one request");
    answer->refused = outcome->refusal != NULL;
    if (outcome->refusal) {
        answer->code = refusal_code(outcome->refusal);
        answer->text = g_strdup(refusal_text(outcome->refusal));
        return;
    }
    answer->text = g_strdup(outcome->text);
    answer->handle = outcome->handle;
    answer->second = outcome->second;
}

Answer *answer_new(void) {
    Answer *answer = g_new0(Answer, 1);

    g_ptr_array_add(answers, answer);
    return answer;
}

Done answer_by(Answer *answer) {
    return (Done) { on_answer, answer };
}

Answer *asked(Refusal *refusal, Answer *answer) {
    if (!refusal)
        return answer;
    ck_assert_msg(answer->arrived == 0, "a request was refused and answered");
    on_answer(&(Outcome) { .refusal = refusal }, answer);
    refusal_free(refusal);
    return answer;
}

void expect_done(Answer *answer) {
    AWAIT(answer->arrived > 0);
    ck_assert_msg(!answer->refused, "refused: %s", answer->text);
}

void expect_refused(Answer *answer, RefusalCode code) {
    AWAIT(answer->arrived > 0);
    ck_assert_msg(answer->refused, "it was not refused");
    ck_assert_msg(answer->code == code, "refused otherwise: %s", answer->text);
}

/* ---- What was told ---- */

void expect_states(const Seen *seen, const char *states) {
    world_begin_wait();
    while (strcmp(seen->states->str, states) != 0) {
        ck_assert_msg(g_str_has_prefix(states, seen->states->str), "states: %s; expected: %s", seen->states->str, states);
        world_turn(states);
    }
}

void expect_last_state(const Seen *seen, const char *state) {
    g_autofree char *end = g_strconcat(" ", state, NULL);

    world_begin_wait();
    while (strcmp(seen->states->str, state) != 0 && !g_str_has_suffix(seen->states->str, end)) {
        g_autofree char *what = g_strdup_printf("%s; states: %s", state, seen->states->str);

        world_turn(what);
    }
}

void expect_party(const Seen *seen, PartyRole role, const char *number, Presentation presentation) {
    AWAIT(strcmp(seen_party(seen, role).number, number) == 0);
    ck_assert_int_eq(seen_party(seen, role).presentation, presentation);
}

Call *seen_call(const Seen *seen) {
    return handle_call(seen->handle);
}

PartyInfo seen_party(const Seen *seen, PartyRole role) {
    return call_party(seen_call(seen), role);
}

void connect_calls(Person *from, unsigned from_line, Person *to, unsigned to_line, Seen **ret_out, Seen **ret_in) {
    *ret_out = person_dials(from, from_line, adapter.addresses[to_line]);
    *ret_in = await_call(to);
    DO(handle_answer, (*ret_in)->handle);
    expect_states(*ret_out, "dialing ringback connected");
    expect_states(*ret_in, "offering connected");
}
