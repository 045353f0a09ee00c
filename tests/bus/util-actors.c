/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Actors: clients of random behaviour. */
#include "tests/bus/util-actors.h"

#include <string.h>

#include "tests/bus/util-internal.h"
#include "tests/bus/util-scene.h"
#include "tests/model/random.h"

/* A request that must be refused, as what it is about is nobody's or somebody else's. */
typedef struct Asked {
    uint64_t request;
    bool foreign;
} Asked;

typedef struct Actor {
    Client *client;
    GArray *asked; /* of Asked, since all was quiet */
} Actor;

static Actor actors[ACTORS];
static Bus *bus;
static bool keeps;

static const char *const lines[] = { LINE("loop0"), LINE("loop1"), LINE("loop2"), LINE("mute0") };

static const char *const addresses[] = {
    "100", "101", "102", "200", "answer?ring=0", "echo?ring=1ms", "hangup?ring=0&talk=5ms", "digits?ring=0&send=12#", "busy",
    "no-answer?ring=20ms", "reject", "congestion", "bad", "777", "*21#", "1\n2", "",
};

#define ANY(array) array[below(G_N_ELEMENTS(array))]

/* ---- Asking ---- */

static void note(Actor *actor, uint64_t request, bool foreign) {
    const Asked asked = { request, foreign };

    g_array_append_val(actor->asked, asked);
}

#define ASK(actor, ...) note((actor), client_send((actor)->client, __VA_ARGS__), /* foreign= */ false)

static const char *some_handle(const Actor *actor) {
    const GPtrArray *list = actor->client->shadow_list;

    for (unsigned i = 0; i < 8 && list->len > 0; i++) {
        /* Mostly one of the newest. */
        unsigned back = below(chance(70) ? MIN(list->len, 8) : list->len);
        const Shadow *shadow = list->pdata[list->len - 1 - back];

        if (shadow->alive)
            return shadow->path;
    }
    return NULL;
}

/* ---- Lines ---- */

static void open_line(Actor *actor, const char *line) {
    static const char *const privileges[] = { "none", "monitor", "owner", "owner+monitor" };
    const char *privilege = ANY(privileges);

    if (chance(70))
        ASK(actor, line, "Open", "sasa{sv}", privilege, 0, 0);
    else
        ASK(actor, line, "Open", "sasa{sv}", privilege, 2, "interactive-voice", "video", 2, "offer", "b", chance(50),
            "on-owner-lost", "s", keeps && chance(30) ? "keep" : "drop");
}

/* Maybe once more, and so of a call that somebody else hands over: not at the same time. */
static void dial_with_token(Actor *actor, const char *line) {
    static const char *const tokens[] = { "t1", "t2", "t3" };

    actors_settle();
    ASK(actor, line, "Dial", "sa{sv}", "102", 2, "token", "s", ANY(tokens), "comment", "s", chance(80) ? "one" : "two");
    actors_settle();
}

static void dial(Actor *actor, const char *line) {
    const char *address = ANY(addresses);

    if (chance(60))
        ASK(actor, line, "Dial", "sa{sv}", address, 0);
    else if (keeps && chance(20))
        ASK(actor, line, "Dial", "sa{sv}", address, 1, "on-owner-lost", "s", "keep");
    else
        dial_with_token(actor, line);
}

static void forward(Actor *actor, const char *line) {
    if (chance(50))
        ASK(actor, line, "Forward", "a(sssu)", 0);
    else
        ASK(actor, line, "Forward", "a(sssu)", 2, "busy", "", "102", 0, "no-answ-specific", "100", chance(80) ? "101" : "*1", 2);
}

static void on_line(Actor *actor) {
    const char *line = ANY(lines);
    unsigned dice = below(100);

    if (dice < 25)
        open_line(actor, line);
    else if (dice < 29)
        ASK(actor, line, "Close", "");
    else if (dice < 36)
        ASK(actor, line, "GetNewCalls", "");
    else if (dice < 76)
        dial(actor, line);
    else if (dice < 82)
        ASK(actor, line, "SetupConference", "a{sv}", 1, "address", "s", ANY(addresses));
    else if (dice < 88)
        ASK(actor, line, "Pickup", "ss", chance(50) ? "" : "101", chance(50) ? "" : "loop");
    else if (dice < 92)
        ASK(actor, line, "Unpark", "s", "1");
    else if (dice < 96)
        forward(actor, line);
    else if (dice < 98)
        ASK(actor, line, "CancelCompletion", "s", "nothing-1");
    else
        ASK(actor, line, PROPERTIES("GetAll"), "s", CALLBUS_LINE_INTERFACE);
}

/* ---- The Manager ---- */

static void on_manager(Actor *actor) {
    switch (below(8)) {
    case 0:
        ASK(actor, CALLBUS_PATH, "ListCalls", "");
        return;
    case 1:
        ASK(actor, CALLBUS_PATH, "ListLines", "");
        return;
    case 2:
        ASK(actor, CALLBUS_PATH, "org.freedesktop.DBus.ObjectManager.GetManagedObjects", "");
        return;
    case 3:
        ASK(actor, CALLBUS_PATH, "FindCalls", "s", "nobody's");
        return;
    case 4:
        ASK(actor, CALLBUS_PATH, "FindByNetworkId", "ss", "completion-id", "1");
        return;
    case 5:
        ASK(actor, CALLBUS_PATH, "RegisterRecipient", "b", chance(60));
        return;
    case 6:
        ASK(actor, CALLBUS_PATH, "RequestCall", "sa{sv}", "102", 0);
        return;
    case 7:
        ASK(actor, CALLBUS_PATH, "SetAppPriority", "sas", "video", 1, chance(80) ? "org.example.App" : "no name");
        return;
    }
}

/* ---- Calls ---- */

static const Method *some_method(const Actor *actor, const char *path) {
    const Shadow *shadow = shadow_find(actor->client, path);
    const char *features = g_hash_table_lookup(shadow->values, "Features");

    for (unsigned i = 0; i < 10; i++) {
        const Method *method = &methods[below(method_count)];
        g_autofree char *word = g_strdup_printf("\"%s\"", method->name);

        if (chance(10) || (strstr(features, word) && !(g_str_equal(method->name, "Release") && chance(70))))
            return method;
    }
    return &methods[below(method_count)];
}

/* What the table of methods has no other arguments for. */
static void vary(Actor *actor, const char *path) {
    const Actor *other = &ANY(actors);
    const char *target = chance(70) && other->client ? client_name(other->client) : chance(50) ? "media:video" : "org.example.App";

    switch (below(8)) {
    case 0:
        ASK(actor, path, "Handoff", "s", target);
        return;
    case 1:
        ASK(actor, path, "SetPrivilege", "s", chance(90) ? "monitor" : "king");
        return;
    case 2:
        ASK(actor, path, "SendDigits", "sa{sv}", chance(50) ? "" : "12,3#", 0);
        return;
    case 3:
        ASK(actor, path, "MonitorDigits", "b", false);
        return;
    case 4:
        ASK(actor, path, "GatherDigits", "usuu", below(3), "", below(5), below(5));
        return;
    case 5:
        ASK(actor, path, "SetOnOwnerLost", "s", keeps && chance(50) ? "keep" : "drop");
        return;
    case 6:
        ASK(actor, path, "DialDigits", "s", "1;");
        return;
    case 7:
        ASK(actor, path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
        return;
    }
}

static void on_call(Actor *actor) {
    const char *path = some_handle(actor), *other = some_handle(actor);
    const Method *method;

    if (!path || !other)
        return;
    if (chance(25)) {
        vary(actor, path);
        return;
    }
    method = some_method(actor, path);
    note(actor, method->send(actor->client, path, other), /* foreign= */ false);
}

/* Somebody else's handle, as if it were one's own. */
static void on_foreign_call(Actor *actor) {
    const Actor *other = &ANY(actors);
    const char *path = other != actor && other->client ? some_handle(other) : NULL;

    if (path)
        note(actor, methods[below(method_count)].send(actor->client, path, path), /* foreign= */ true);
}

/* ---- All ---- */

void actors_begin(Bus *on_bus, uint64_t seed, bool keeping) {
    bus = on_bus;
    keeps = keeping;
    random_seed(seed);
    for (unsigned i = 0; i < ACTORS; i++)
        actors[i] = (Actor) { .asked = g_array_new(FALSE, FALSE, sizeof(Asked)) };
}

static void die(Actor *actor) {
    client_kill(actor->client);
    actor->client = NULL;
    g_array_set_size(actor->asked, 0);
}

void actors_act(void) {
    Actor *actor = &ANY(actors);
    unsigned dice = below(1000);

    if (!actor->client)
        actor->client = bus_client(bus);
    if (dice < 3)
        die(actor);
    else if (dice < 300)
        on_line(actor);
    else if (dice < 340)
        on_manager(actor);
    else if (dice < 370)
        on_foreign_call(actor);
    else
        on_call(actor);
}

void actors_settle(void) {
    for (unsigned i = 0; i < ACTORS; i++) {
        Actor *actor = &actors[i];

        for (unsigned j = 0; j < actor->asked->len; j++) {
            const Asked *asked = &g_array_index(actor->asked, Asked, j);

            if (asked->foreign)
                expect_answer_error(actor->client, asked->request, "org.freedesktop.DBus.Error.UnknownObject");
            else
                client_await(actor->client, asked->request);
        }
        g_array_set_size(actor->asked, 0);
    }
    bus_barrier(bus);
}

void actors_leave(void) {
    for (unsigned i = 0; i < ACTORS; i++) {
        if (actors[i].client)
            die(&actors[i]);
        g_array_free(actors[i].asked, TRUE);
    }
}

void actors_drop_all(Client *client) {
    for (guint i = 0; i < client->shadow_list->len; i++) {
        const Shadow *shadow = client->shadow_list->pdata[i];

        if (!shadow->alive || g_str_equal(known_state(client, shadow->path), "idle"))
            continue;
        client_try(client, shadow->path, "SetPrivilege", "s", "owner");
        client_try(client, shadow->path, "Drop", "a{sv}", 0);
    }
}

/* ---- Features ---- */

/* Refused because of the handle, and not of what else was given. */
static bool is_refused_as_such(const char *error) {
    static const char *const errors[] = { "NotOwner", "NotSupported", "InvalidState", "NotConference", "NoConference" };

    for (size_t i = 0; error && i < G_N_ELEMENTS(errors); i++)
        if (g_str_has_suffix(error, errors[i]))
            return true;
    return false;
}

/* Those that another call is given to may be refused because of that one. */
static bool is_plain(const Method *method) {
    return !strchr(method->types, 'o') && !g_str_equal(method->name, "Release") && !g_str_equal(method->name, "SetPrivilege");
}

/* Had something else changed the handle before the answer came? A refusal changes nothing, so what is said then still holds. */
static bool is_disturbed(const Client *client, guint start, const char *path, uint64_t request) {
    int change = signal_place(client, start, path, "PropertiesChanged");

    return change >= 0 && change < answer_place(client, request);
}

unsigned actors_judge_features(void) {
    Actor *actor = &ANY(actors);
    const char *path = actor->client ? some_handle(actor) : NULL;
    const Method *method = &methods[below(method_count)];
    g_autofree char *word = g_strdup_printf("\"%s\"", method->name), *before = NULL;
    const sd_bus_error *error;
    uint64_t request;
    guint start;

    if (!path || !is_plain(method))
        return 0;
    before = g_strdup(shadow_text(actor->client, path, "Features"));
    start = client_event_count(actor->client);
    request = method->send(actor->client, path, path);
    error = sd_bus_message_get_error(client_await(actor->client, request));
    if (is_disturbed(actor->client, start, path, request))
        return 0;
    if ((strstr(before, word) == NULL) != is_refused_as_such(error ? error->name : NULL))
        ck_abort_msg("%s of %s with Features %s gives %s", method->name, path, before, error ? error->name : "no error");
    return 1;
}
