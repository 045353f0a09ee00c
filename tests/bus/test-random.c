/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whatever clients ask of calls together, in whatever order and all at once: each request has one answer, of those that are
 * documented; what everybody sees fits together when it is quiet; and nothing stays of clients that are gone. The number of the
 * test is the seed: the same requests again.
 */
#include "tests/bus/util-scene.h"

#include <stdlib.h>
#include <string.h>

enum {
    CLIENTS = 4,
    HANDLES_MAX = 24, /* beyond, clients tidy up */
    ROUNDS = 60,
    ROUNDS_SANITIZED = 15,
    SEEDS = 24,
};

#ifdef __SANITIZE_ADDRESS__
enum { ROUND_COUNT = ROUNDS_SANITIZED };
#else
enum { ROUND_COUNT = ROUNDS };
#endif

static const char *const line_names[] = {"loop0", "loop1", "loop2", "mute0"};

typedef struct Chaos {
    GRand *random;
    Client *clients[CLIENTS];
    Client *watcher; /* monitor of all lines */
    GPtrArray *handles[CLIENTS]; /* paths */
    GPtrArray *texts; /* places and completion ids that were given */
} Chaos;

#define PICK(chaos, array) ((array)[pick((chaos), G_N_ELEMENTS(array))])

static guint pick(const Chaos *chaos, guint n) {
    return (guint) g_rand_int_range(chaos->random, 0, (gint32) n);
}

/* ---- Handles ---- */

static GPtrArray *paths_of(Client *client) {
    sd_bus_message *answer = client_call(client, CALLBUS_PATH, "ListCalls", "");
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const char *path;
    ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "(osss)"), 0);
    while (sd_bus_message_read(answer, "(osss)", &path, NULL, NULL, NULL) > 0)
        g_ptr_array_add(paths, g_strdup(path));
    return paths;
}

static void list_handles(Chaos *chaos, guint i) {
    g_clear_pointer(&chaos->handles[i], g_ptr_array_unref);
    chaos->handles[i] = paths_of(chaos->clients[i]);
}

static const char *any_handle(const Chaos *chaos, guint i) {
    GPtrArray *handles = chaos->handles[i];
    return handles->len > 0 ? handles->pdata[pick(chaos, handles->len)] : "/";
}

static const char *any_text(const Chaos *chaos) {
    return chaos->texts->len > 0 ? chaos->texts->pdata[pick(chaos, chaos->texts->len)] : "4711";
}

/* ---- Requests ---- */

static const char *any_address(const Chaos *chaos) {
    static const char *const addresses[] = {"100", "101", "102", "200", "100", "101", "102", "answer?ring=0",
                                            "answer?ring=0&talk=30ms", "busy", "reject", "no-answer?ring=60m", "", "4711"};
    return PICK(chaos, addresses);
}

static const char *any_line(const Chaos *chaos) {
    return bus_keep_text(t, g_strconcat(CALLBUS_LINE_PATH "/", PICK(chaos, line_names), NULL));
}

static uint64_t send_forward(const Chaos *chaos, Client *client) {
    static const char *const conditions[] = {"uncond", "busy", "no-answ", "busy-na-internal"};
    if (pick(chaos, 3) > 0)
        return client_send(client, any_line(chaos), "Forward", "a(sssu)", 0);
    return client_send(client, any_line(chaos), "Forward", "a(sssu)", 1, PICK(chaos, conditions), "", any_address(chaos), 1);
}

static uint64_t send_to_line(const Chaos *chaos, Client *client) {
    static const char *const privileges[] = {"none", "monitor", "owner", "owner+monitor", "owner+monitor"};
    const char *line = any_line(chaos);
    switch (pick(chaos, 12)) {
    case 0: return client_send(client, line, "Open", "sasa{sv}", PICK(chaos, privileges), 0, 0);
    case 1: return client_send(client, line, pick(chaos, 4) ? "GetNewCalls" : "Close", "");
    case 2: return client_send(client, line, "SetupConference", "a{sv}", 1, "address", "s", any_address(chaos));
    case 3: return client_send(client, line, "Pickup", "ss", pick(chaos, 2) ? "" : any_address(chaos), pick(chaos, 2) ? "" : "loop");
    case 4: return client_send(client, line, "Unpark", "s", any_text(chaos));
    case 5: return client_send(client, line, "CancelCompletion", "s", any_text(chaos));
    case 6: return send_forward(chaos, client);
    default: return client_send(client, line, "Dial", "sa{sv}", any_address(chaos), 0);
    }
}

static uint64_t send_to_call(const Chaos *chaos, guint i) {
    static const char *const modes[] = {"camp-on", "callback", "intrude", "message"};
    Client *client = chaos->clients[i];
    const char *path = any_handle(chaos, i), *other = any_handle(chaos, i);
    switch (pick(chaos, 16)) {
    case 0: return client_send(client, path, CALLBUS_CALL_INTERFACE ".Answer", "");
    case 1: return client_send(client, path, CALLBUS_CALL_INTERFACE ".Answer", "");
    case 2: return client_send(client, path, CALLBUS_CALL_INTERFACE ".BlindTransfer", "s", any_address(chaos));
    case 3: return client_send(client, path, CALLBUS_CALL_INTERFACE ".SetupTransfer", "sa{sv}", any_address(chaos), 0);
    case 4: return client_send(client, path, CALLBUS_CALL_INTERFACE ".SetupConference", "sa{sv}", any_address(chaos), 0);
    case 5: return client_send(client, path, CALLBUS_CALL_INTERFACE ".CompleteTransfer", "os", other, pick(chaos, 2) ? "transfer" : "conference");
    case 6: return client_send(client, path, CALLBUS_CALL_INTERFACE ".AddToConference", "o", other);
    case 7: return client_send(client, path, CALLBUS_CALL_INTERFACE ".SwapHold", "o", other);
    case 8: return client_send(client, path, CALLBUS_CALL_INTERFACE ".CompleteCall", "s", PICK(chaos, modes));
    case 9: return client_send(client, path, CALLBUS_CALL_INTERFACE ".Handoff", "s", client_name(chaos->clients[pick(chaos, CLIENTS)]));
    case 10: return client_send(client, path, CALLBUS_CALL_INTERFACE ".Redirect", "s", any_address(chaos));
    default: break;
    }
    if (g_str_equal(path, "/"))
        return send_to_line(chaos, client);
    return methods[pick(chaos, (guint) method_count)].send(client, path, other);
}

/* Nothing else may be the answer. */
static void check_answer(Chaos *chaos, Client *client, uint64_t request) {
    static const char *const never[] = {CALLBUS_ERROR_PREFIX "ProviderFailed", CALLBUS_ERROR_PREFIX "Timeout",
                                        SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_FAILED, SD_BUS_ERROR_UNKNOWN_METHOD};
    sd_bus_message *answer = client_await(client, request);
    const sd_bus_error *error = sd_bus_message_get_error(answer);
    const char *type = NULL, *text = NULL;
    for (size_t i = 0; error && i < G_N_ELEMENTS(never); i++)
        ck_assert_msg(!g_str_equal(error->name, never[i]), "%s", answer_text(client, answer));
    if (!error && sd_bus_message_peek_type(answer, &(char){0}, &type) > 0 &&
        sd_bus_message_has_signature(answer, "s") > 0 && sd_bus_message_read(answer, "s", &text) > 0)
        g_ptr_array_add(chaos->texts, g_strdup(text));
}

/* ---- One round: all ask at once, or one after the other ---- */

typedef struct Asked {
    Client *client;
    uint64_t request;
} Asked;

static void ask(Chaos *chaos, GArray *asked) {
    for (guint i = 0; i < CLIENTS; i++) {
        for (guint k = pick(chaos, 4); k > 0; k--) {
            bool of_call = chaos->handles[i]->len > 0 && pick(chaos, 4) > 0;
            Asked one = {chaos->clients[i], of_call ? send_to_call(chaos, i) : send_to_line(chaos, chaos->clients[i])};
            g_array_append_val(asked, one);
        }
        client_reach_bus(chaos->clients[i]);
    }
}

static void tidy_up(Chaos *chaos, guint i) {
    for (guint k = 0; k < chaos->handles[i]->len; k++) {
        const char *path = chaos->handles[i]->pdata[k];
        if (pick(chaos, 2))
            client_try(chaos->clients[i], path, "Drop", "a{sv}", 0);
        client_try(chaos->clients[i], path, "Release", "");
    }
}

static void begin_client(Chaos *chaos, guint i) {
    chaos->clients[i] = bus_client(t);
    client_open(chaos->clients[i], line_names[i % G_N_ELEMENTS(line_names)], "owner+monitor");
}

/* A line goes, at once or while requests wait, and is back in the next round. */
static uint64_t send_line_state(const Chaos *chaos, const char *line, const char *state) {
    return client_send(chaos->watcher, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss", line, state, "");
}

static void play_round(Chaos *chaos) {
    g_autoptr(GArray) asked = g_array_new(FALSE, FALSE, sizeof(Asked));
    bool at_once = pick(chaos, 2), line_goes = pick(chaos, 12) == 0;
    const char *line = PICK(chaos, line_names);
    uint64_t gone = 0;
    for (guint i = 0; i < CLIENTS; i++) {
        list_handles(chaos, i);
        if (chaos->handles[i]->len > HANDLES_MAX)
            tidy_up(chaos, i);
        list_handles(chaos, i);
    }
    if (at_once)
        bus_freeze(t);
    ask(chaos, asked);
    if (line_goes)
        gone = send_line_state(chaos, line, "out-of-service");
    if (at_once)
        bus_thaw(t);
    for (guint k = 0; k < asked->len; k++)
        check_answer(chaos, g_array_index(asked, Asked, k).client, g_array_index(asked, Asked, k).request);
    if (line_goes) {
        client_await_success(chaos->watcher, gone);
        client_await_success(chaos->watcher, send_line_state(chaos, line, "in-service"));
    }
    if (pick(chaos, 20) == 0) {
        guint i = pick(chaos, CLIENTS);
        client_kill(chaos->clients[i]);
        begin_client(chaos, i);
    }
}

/* ---- What fits together ---- */

static bool is_state(Client *watcher, const char *path, const char *state) {
    return g_str_equal(known_state(watcher, path), state);
}

static const char *unquoted(const char *text) {
    return bus_keep_text(t, g_strndup(text + 1, strlen(text) - 2));
}

/* A participant names its conference, and has its Call ID; nobody else does. All as signals told it up to this moment. */
static void check_participant(Client *watcher, const char *path) {
    const char *conference = unquoted(known_text(watcher, path, "Conference"));
    if (!is_state(watcher, path, "conferenced")) {
        ck_assert_msg(g_str_equal(conference, "/"), "%s is %s and in a conference", path, known_state(watcher, path));
        return;
    }
    ck_assert_msg(known_alive(watcher, conference), "%s is conferenced, but in %s", path, conference);
    ck_assert_str_eq(known_text(watcher, conference, "Origin"), "\"conference\"");
    ck_assert_str_eq(known_text(watcher, conference, "CallId"), known_text(watcher, path, "CallId"));
    ck_assert_str_eq(known_text(watcher, conference, "Line"), known_text(watcher, path, "Line"));
    ck_assert(!is_state(watcher, conference, "idle"));
}

static bool is_active(Client *watcher, const char *path) {
    const char *state = known_state(watcher, path);
    return !g_str_has_prefix(state, "on-hold") && !g_str_equal(state, "idle") && !g_str_equal(state, "disconnected");
}

/* Do the counts of the line tell what the watcher knows? Scripts with a clock run on while one asks. */
static bool counts_fit(Client *watcher, const char *line, const GPtrArray *paths) {
    g_autofree char *quoted = g_strdup_printf("\"%s\"", line);
    guint64 active = get_number(watcher, line, "ActiveCalls"), held = get_number(watcher, line, "HeldCalls");
    for (guint i = 0; i < paths->len; i++) {
        if (!g_str_equal(known_text(watcher, paths->pdata[i], "Line"), quoted))
            continue;
        active -= is_active(watcher, paths->pdata[i]);
        held -= g_str_has_prefix(known_state(watcher, paths->pdata[i]), "on-hold");
    }
    return active == 0 && held == 0;
}

static bool all_fits(Client *watcher) {
    g_autoptr(GPtrArray) paths = paths_of(watcher);
    for (guint i = 0; i < paths->len; i++)
        check_participant(watcher, paths->pdata[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(line_names); i++) {
        g_autofree char *line = g_strconcat(CALLBUS_LINE_PATH "/", line_names[i], NULL);
        if (!counts_fit(watcher, line, paths))
            return false;
    }
    return true;
}

static void check_all(Chaos *chaos) {
    bus_barrier(t);
    AWAIT(t, all_fits(chaos->watcher));
    client_call(chaos->watcher, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
}

/* ---- Rule 15 ---- */

static const char *refusal_of(Client *client, uint64_t request) {
    const sd_bus_error *error = sd_bus_message_get_error(client_await(client, request));
    if (!error)
        return "";
    return g_str_has_prefix(error->name, CALLBUS_ERROR_PREFIX) ? error->name + strlen(CALLBUS_ERROR_PREFIX) : error->name;
}

static bool takes_a_handle(const Method *method) {
    return strchr(method->types, 'o');
}

/* Features tell whether it is refused for want of privilege, ability or state; unless the call went on meanwhile. */
static void probe(Chaos *chaos, guint i) {
    Client *client = chaos->clients[i];
    const Method *method = &methods[pick(chaos, (guint) method_count)];
    list_handles(chaos, i);
    const char *path = any_handle(chaos, i);
    if (g_str_equal(path, "/") || takes_a_handle(method))
        return;
    bus_barrier(t);
    const char *state = known_state(client, path), *features = known_text(client, path, "Features");
    g_autofree char *word = g_strdup_printf("\"%s\"", method->name);
    bool listed = strstr(features, word);
    guint start = client_event_count(client);
    uint64_t request = method->send(client, path, "/");
    const char *refusal = refusal_of(client, request);
    bool refused = g_str_equal(refusal, "NotOwner") || g_str_equal(refusal, "NotSupported") ||
                   g_str_equal(refusal, "InvalidState") || g_str_equal(refusal, "NotConference") ||
                   g_str_equal(refusal, "NoConference");
    for (int k = (int) start; refused == listed && k < answer_place(client, request); k++) {
        const Event *event = client_event(client, (guint) k);
        if (event->kind == EVENT_SIGNAL && g_strcmp0(event->path, path) == 0)
            return;
    }
    ck_assert_msg(refused != listed, "%s of %s in %s is %slisted in Features: '%s'", method->name, path, state,
                  listed ? "" : "not ", refusal);
}

/* ---- The end ---- */

/* What rings for nobody, and what was released, is the watcher's to let go of; one may make way for a callback. */
static bool is_quiet_without(Client *watcher) {
    for (size_t i = 0; i < G_N_ELEMENTS(line_names); i++) {
        client_open(watcher, line_names[i], "owner+monitor");
        client_get_new_calls(watcher, line_names[i]);
    }
    g_autoptr(GPtrArray) paths = paths_of(watcher);
    for (guint i = 0; i < paths->len; i++) {
        client_try(watcher, paths->pdata[i], "SetPrivilege", "s", "owner");
        client_try(watcher, paths->pdata[i], "Drop", "a{sv}", 0);
    }
    return get_number(watcher, CALLBUS_PATH, "InCall") == 0 && get_number(watcher, CALLBUS_PATH, "Ringing") == 0;
}

static void end_all(Chaos *chaos) {
    for (guint i = 0; i < CLIENTS; i++)
        client_kill(chaos->clients[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(line_names); i++) {
        const char *line = bus_keep_text(t, g_strconcat(CALLBUS_LINE_PATH "/", line_names[i], NULL));
        AWAIT(t, get_number(chaos->watcher, line, "Opens") == 1);
        client_call(chaos->watcher, line, "Forward", "a(sssu)", 0);
    }
    AWAIT(t, is_quiet_without(chaos->watcher));
}

START_TEST(whatever_clients_ask) {
    Chaos chaos = {.random = g_rand_new_with_seed((guint32) _i), .texts = g_ptr_array_new_with_free_func(g_free)};
    chaos.watcher = bus_client(t);
    for (size_t i = 0; i < G_N_ELEMENTS(line_names); i++)
        client_open(chaos.watcher, line_names[i], "monitor");
    for (guint i = 0; i < CLIENTS; i++)
        begin_client(&chaos, i);
    for (guint round = 0; round < ROUND_COUNT; round++) {
        play_round(&chaos);
        probe(&chaos, pick(&chaos, CLIENTS));
        if (round % 4 == 0)
            check_all(&chaos);
    }
    end_all(&chaos);
    for (guint i = 0; i < CLIENTS; i++)
        g_clear_pointer(&chaos.handles[i], g_ptr_array_unref);
    g_ptr_array_unref(chaos.texts);
    g_rand_free(chaos.random);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("random");
    TCase *tcase = bus_case(suite, "whatever clients ask");
    const char *seed = g_getenv("CALLBUS_TEST_SEED"); /* that one alone */
    int first = seed ? atoi(seed) : 0;
    tcase_add_loop_test(tcase, whatever_clients_ask, first, seed ? first + 1 : SEEDS);
    return bus_main(suite);
}
