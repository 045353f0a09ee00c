/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rig: actors, what they know, and what they do. What is judged: util-rig-judge.c. */
#include "tests/bus/util-rig-internal.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define UNDER_WAY_MAX 4
#define LIVE_MAX 6

const char *const rig_lines[] = {
    "toll.conf",
    "[Line]\nName=" TOLL_LINE "\nProvider=loopback\nAddresses=900\nDialsPerDay=" G_STRINGIFY(TOLL_DIALS) "\n",
    NULL,
};

/* ---- What an actor knows ---- */

static const char *value(GHashTable *values, const char *name) {
    const char *text = g_hash_table_lookup(values, name);
    return text ? text : "";
}

/* Its Call ID is, or becomes, that of others too: of a conference, of those whom a transfer connects. */
static void note_sharing(Rig *rig, Known *known) {
    static const char *const names[] = {"CallId", "RelatedCallId"};
    known->shares_id |= strstr(known_value(known, "State"), "confer") || known_value(known, "Conference")[1] != '/' ||
                        known_value(known, "Conference")[2] != '"' || strcmp(known_value(known, "RelatedCallId"), "\"\"") != 0;
    for (size_t i = 0; known->shares_id && i < G_N_ELEMENTS(names); i++)
        g_hash_table_add(rig->shared_ids, g_strdup(known_value(known, names[i])));
}

bool rig_calls_go_on(void) {
    return g_strcmp0(g_getenv("CALLBUS_TEST_LOOPBACK"), "process") == 0;
}

void known_learn(Rig *rig, Known *known, GHashTable *values, bool told) {
    uint64_t sequence = g_ascii_strtoull(value(values, "Sequence"), NULL, 10);
    GHashTableIter iter;
    void *name, *text;
    /* It was on its way before what was read. */
    if (told && rig_calls_go_on() && sequence <= known->read)
        return;
    ck_assert_msg(sequence > known->sequence || (sequence == known->sequence && !told), "%s: Sequence %u after %u", known->path,
                  (unsigned) sequence, (unsigned) known->sequence);
    known->sequence = sequence;
    known->read = told ? known->read : sequence;
    g_hash_table_iter_init(&iter, values);
    while (g_hash_table_iter_next(&iter, &name, &text))
        g_hash_table_insert(known->values, g_strdup(name), g_strdup(text));
    note_sharing(rig, known);
}

const char *known_value(const Known *known, const char *name) {
    return value(known->values, name);
}

bool known_is_over(const Known *known) {
    const char *state = known_value(known, "State");
    return strcmp(state, "\"idle\"") == 0 || strcmp(state, "\"disconnected\"") == 0;
}

Known *known_new(Actor *actor, const char *path) {
    Known *known = g_new0(Known, 1);
    known->path = g_strdup(path);
    known->born = actor->rig->figures.restarts;
    known->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    ck_assert_msg(!g_hash_table_contains(actor->known, path), "%s comes a second time", path);
    g_hash_table_insert(actor->known, known->path, known);
    g_ptr_array_add(actor->order, known);
    return known;
}

static void known_free(void *data) {
    Known *known = data;
    g_hash_table_unref(known->values);
    g_free(known->path);
    g_free(known);
}

/* What became of it in a restart has yet to be read. */
static bool is_stale(const Actor *actor, const Known *known) {
    return actor->stale && known->born < actor->rig->figures.restarts;
}

/* ---- What it hears ---- */

static void on_added(Actor *actor, sd_bus_message *message) {
    const char *path, *interface;
    ck_assert_int_gt(sd_bus_message_read(message, "o", &path), 0);
    if (!g_str_has_prefix(path, actor->prefix))
        return;
    Known *known = g_hash_table_lookup(actor->known, path) ?: known_new(actor, path);
    /* It was on its way before what was read. */
    if (known->met) {
        known->met = false;
        return;
    }
    ck_assert_msg(!known->announced, "%s is announced twice", path);
    ck_assert_int_gt(sd_bus_message_enter_container(message, 'a', "{sa{sv}}"), 0);
    ck_assert_int_gt(sd_bus_message_enter_container(message, 'e', "sa{sv}"), 0);
    ck_assert_int_gt(sd_bus_message_read(message, "s", &interface), 0);
    g_autoptr(GHashTable) values = properties_read(message, NULL);
    known_learn(actor->rig, known, values, /* told= */ false);
    known->announced = true;
}

static void on_changed(Actor *actor, sd_bus_message *message) {
    Known *known = g_hash_table_lookup(actor->known, sd_bus_message_get_path(message));
    /* What became of it while the service was down is judged by what is read anew; it may not even have been told of. */
    if (actor->stale && (!known || is_stale(actor, known)))
        return;
    ck_assert_msg(known, "%s changes and is unknown", sd_bus_message_get_path(message));
    ck_assert_int_ge(sd_bus_message_skip(message, "s"), 0);
    g_autoptr(GHashTable) values = properties_read(message, NULL);
    known_learn(actor->rig, known, values, /* told= */ true);
}

static void on_removed(Actor *actor, sd_bus_message *message) {
    const char *path;
    ck_assert_int_gt(sd_bus_message_read(message, "o", &path), 0);
    Known *known = g_hash_table_lookup(actor->known, path);
    if (known)
        known->gone = true;
}

static int on_signal(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Actor *actor = userdata;
    const char *destination = sd_bus_message_get_destination(message);
    if (!destination || !bus_is_service_name(actor->rig->bus, sd_bus_message_get_sender(message)))
        return 0;
    if (sd_bus_message_is_signal(message, CALLBUS_MANAGER_INTERFACE, "Resumed"))
        actor->resumed++;
    else if (actor->awaits_resumed && actor->resumed == 0)
        ck_abort_msg("%s comes before Resumed", sd_bus_message_get_member(message));
    if (sd_bus_message_is_signal(message, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded"))
        on_added(actor, message);
    else if (sd_bus_message_is_signal(message, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesRemoved"))
        on_removed(actor, message);
    else if (sd_bus_message_is_signal(message, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged") &&
             g_str_has_prefix(sd_bus_message_get_path(message), actor->prefix))
        on_changed(actor, message);
    return 0;
}

/* ---- What it asks ---- */

typedef struct Asked {
    Actor *actor;
    char *token; /* of a Dial */
    bool toll;
} Asked;

/* Whoever has released its handle gets another one of the same call. */
void note_token(Actor *actor, const char *token, const char *path) {
    GHashTable *paths = actor->rig->paths_of_tokens;
    const char *before = g_hash_table_lookup(paths, token);
    Known *known = before ? g_hash_table_lookup(actor->known, before) : NULL;
    ck_assert_msg(!known || known->gone || known->released || strcmp(before, path) == 0, "the token %s gives %s, and gave %s",
                  token, path, before);
    g_hash_table_insert(paths, g_strdup(token), g_strdup(path));
}

static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Asked *asked = userdata;
    Actor *actor = asked->actor;
    const char *signature = sd_bus_message_get_signature(message, true), *path;
    bool failed = sd_bus_message_is_method_error(message, NULL);
    actor->under_way--;
    /* It died over it: nobody knows what became of it. */
    if (asked->toll && sd_bus_message_is_method_error(message, "org.freedesktop.DBus.Error.NoReply"))
        actor->rig->tolls_uncertain++;
    for (const char *type = failed ? "" : signature; *type == 'o'; type++) {
        ck_assert_int_gt(sd_bus_message_read_basic(message, 'o', &path), 0);
        if (!g_str_has_prefix(path, actor->prefix))
            continue;
        if (!g_hash_table_contains(actor->known, path))
            known_new(actor, path);
        if (asked->token)
            note_token(actor, asked->token, path);
        actor->rig->tolls += asked->toll;
    }
    g_free(asked->token);
    g_free(asked);
    return 1;
}

void actor_ask(Actor *actor, const char *token, const char *path, const char *member, const char *types, ...) {
    Asked *asked = g_new0(Asked, 1);
    va_list arguments;
    va_start(arguments, types);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = bare_messagev(actor->bare, path, member, types, arguments);
    va_end(arguments);
    *asked = (Asked){.actor = actor, .token = g_strdup(token), .toll = g_str_has_suffix(path, "/" TOLL_LINE)};
    sd_bus_message_set_auto_start(message, false);
    actor->under_way++;
    actor->rig->figures.deeds++;
    ck_assert_int_ge(sd_bus_call_async(actor->bare, NULL, message, on_answer, asked, UINT64_MAX), 0);
}

/* ---- What it does ---- */

static guint dice(Rig *rig, guint sides) {
    return (guint) g_rand_int_range(rig->rand, 0, (gint32) sides);
}

static void do_dial(Actor *actor) {
    static const char *const addresses[] = {"101", "101", "100", "answer?ring=0", "answer?ring=0", "answer?ring=0", "busy",
                                            "no-answer?ring=60m", "reject", "hangup?ring=0&talk=0", "congestion", "digits?ring=0"};
    static const char *const lines[] = {LINE("loop0"), LINE("loop1"), LINE("loop2")};
    Rig *rig = actor->rig;
    const char *address = addresses[dice(rig, G_N_ELEMENTS(addresses))], *line = lines[dice(rig, G_N_ELEMENTS(lines))];
    g_autofree char *token = g_strdup_printf("token-%u", ++rig->figures.tokens);
    Dialled *dialled = g_new0(Dialled, 1);
    *dialled = (Dialled){.actor = actor, .line = line, .address = address};
    g_hash_table_insert(rig->dialled, g_strdup(token), dialled);
    actor_ask(actor, token, line, "Dial", "sa{sv}", address, 2, "token", "s", token, "comment", "s", token);
}

/* Any of its handles in that state, or NULL. */
static Known *find_in_state(Actor *actor, const char *state) {
    guint n = actor->order->len, start = n > 0 ? dice(actor->rig, n) : 0;
    g_autofree char *quoted = g_strdup_printf("\"%s\"", state);
    for (guint i = 0; i < n; i++) {
        Known *known = actor->order->pdata[(start + i) % n];
        if (!known->gone && !known->released && !is_stale(actor, known) && strcmp(known_value(known, "State"), quoted) == 0)
            return known;
    }
    return NULL;
}

static guint count_live(const Actor *actor) {
    guint live = 0;
    for (guint i = 0; i < actor->order->len; i++) {
        const Known *known = actor->order->pdata[i];
        live += !known->gone && !known->released && !is_stale(actor, known) && !known_is_over(known);
    }
    return live;
}

static void do_in_state(Actor *actor, const char *state, const char *member) {
    Known *known = find_in_state(actor, state);
    if (known && strcmp(member, "Drop") == 0)
        actor_ask(actor, NULL, known->path, "Drop", "a{sv}", 0);
    else if (known)
        actor_ask(actor, NULL, known->path, member, "");
}

static void do_release(Actor *actor) {
    Known *known = find_in_state(actor, dice(actor->rig, 3) ? "idle" : "disconnected");
    if (!known)
        return;
    known->released = true;
    actor_ask(actor, NULL, known->path, "Release", "");
}

/* Where dials count, a consultation does, too: there it is left to those who count. */
static void do_consult(Actor *actor) {
    Known *known = find_in_state(actor, "connected");
    const char *member = dice(actor->rig, 2) ? "SetupTransfer" : "SetupConference";
    if (known && !strstr(known_value(known, "Line"), "/" TOLL_LINE))
        actor_ask(actor, NULL, known->path, member, "sa{sv}", "answer?ring=0", 0);
}

static void do_complete(Actor *actor) {
    Known *waiting = find_in_state(actor, "on-hold-pending-transfer"), *conference = find_in_state(actor, "on-hold-pending-conference");
    Known *other = find_in_state(actor, "connected");
    if (waiting && other)
        actor_ask(actor, NULL, waiting->path, "CompleteTransfer", "os", other->path, dice(actor->rig, 2) ? "transfer" : "conference");
    if (conference && other)
        actor_ask(actor, NULL, conference->path, "AddToConference", "o", other->path);
}

static void do_data(Actor *actor) {
    Known *known = find_in_state(actor, "connected");
    if (known && dice(actor->rig, 2))
        actor_ask(actor, NULL, known->path, "SetAppData", "a{sv}", 1, "n", "u", actor->rig->figures.deeds);
    else if (known)
        actor_ask(actor, NULL, known->path, "SetOnOwnerLost", "s", "keep");
}

static void do_park(Actor *actor) {
    Known *known = find_in_state(actor, "connected");
    if (known)
        actor_ask(actor, NULL, known->path, "Park", "s", "");
}

/* Comes, opens a line, and dies. */
static void do_mayfly(Rig *rig) {
    sd_bus *bare = bare_new(rig->bus);
    bare_send(bare, LINE("loop2"), "Open", "sasa{sv}", "monitor", 0, 0);
    bare_send(bare, LINE("loop2"), "Dial", "sa{sv}", "answer?ring=0", 0);
    sd_bus_flush(bare);
    rig->mayflies = g_slist_prepend(rig->mayflies, bare);
    if (g_slist_length(rig->mayflies) > 2) {
        GSList *last = g_slist_last(rig->mayflies);
        bare_free(last->data);
        rig->mayflies = g_slist_delete_link(rig->mayflies, last);
    }
}

static void do_something(Actor *actor) {
    static const char *const droppable[] = {"connected", "on-hold", "busy", "ringback", "disconnected", "offering", "disconnected"};
    Rig *rig = actor->rig;
    switch (dice(rig, 20)) {
    case 0 ... 4:
        if (count_live(actor) < LIVE_MAX)
            do_dial(actor);
        break;
    case 5 ... 6: do_in_state(actor, "offering", "Answer"); break;
    case 7: do_in_state(actor, "connected", "Hold"); break;
    case 8: do_in_state(actor, "on-hold", "Unhold"); break;
    case 9 ... 11: do_in_state(actor, droppable[dice(rig, G_N_ELEMENTS(droppable))], "Drop"); break;
    case 12 ... 13: do_release(actor); break;
    case 14: do_consult(actor); break;
    case 15 ... 16: do_complete(actor); break;
    case 17: do_data(actor); break;
    case 18:
        if (dice(rig, 4) == 0)
            do_mayfly(rig);
        else
            do_park(actor);
        break;
    default:
        if (dice(rig, 6) == 0 && rig->tolls + rig->tolls_uncertain + 2 * ACTORS < TOLL_DIALS)
            actor_ask(actor, NULL, LINE(TOLL_LINE), "Dial", "sa{sv}", "answer?ring=0", 0);
        else if (dice(rig, 3) == 0)
            actor_ask(actor, NULL, LINE("loop2"), "Pickup", "ss", "4711", "");
    }
}

/* ---- Work ---- */

void rig_turn(Rig *rig, int timeout_ms) {
    struct pollfd fds[ACTORS];
    bool progress = false;
    for (guint i = 0; i < ACTORS; i++) {
        int r;
        while ((r = sd_bus_process(rig->actors[i].bare, NULL)) > 0)
            progress = true;
        ck_assert_msg(r == 0, "actor %u lost its connection: %s", i, strerror(-r));
        fds[i] = (struct pollfd){.fd = sd_bus_get_fd(rig->actors[i].bare),
                                 .events = (short) sd_bus_get_events(rig->actors[i].bare)};
    }
    if (!progress && timeout_ms > 0)
        poll(fds, ACTORS, timeout_ms);
}

static void act(Rig *rig) {
    for (guint i = 0; i < ACTORS; i++)
        if (rig->actors[i].under_way < UNDER_WAY_MAX)
            do_something(&rig->actors[i]);
    rig_turn(rig, 1);
}

bool rig_work(Rig *rig, guint deeds) {
    guint until = rig->figures.deeds + deeds;
    for (guint turns = 0; rig->figures.deeds < until && turns < 20 * deeds; turns++) {
        if (bus_service_ended(rig->bus))
            return true;
        act(rig);
    }
    return bus_service_ended(rig->bus);
}

bool rig_work_for(Rig *rig, uint64_t usec) {
    uint64_t until = (uint64_t) g_get_monotonic_time() + usec;
    while ((uint64_t) g_get_monotonic_time() < until) {
        if (bus_service_ended(rig->bus))
            return true;
        act(rig);
    }
    return false;
}

/* ---- Life ---- */

static void actor_init(Actor *actor, Rig *rig) {
    const char *name;
    *actor = (Actor){
        .rig = rig,
        .bare = bare_new(rig->bus),
        .known = g_hash_table_new(g_str_hash, g_str_equal),
        .order = g_ptr_array_new_with_free_func(known_free),
    };
    ck_assert_int_ge(sd_bus_get_unique_name(actor->bare, &name), 0);
    g_autofree char *element = g_strdelimit(g_strdup(name + 1), ".", '_');
    actor->prefix = g_strdup_printf(CALLBUS_CLIENT_PATH "/%s/call/", element);
    ck_assert_int_ge(sd_bus_add_filter(actor->bare, NULL, on_signal, actor), 0);
}

Rig *rig_new(Bus *bus, guint seed) {
    static const char *const lines[ACTORS] = {LINE("loop0"), LINE("loop1")};
    Rig *rig = g_new0(Rig, 1);
    *rig = (Rig){
        .bus = bus,
        .rand = g_rand_new_with_seed(seed),
        .dialled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .paths_of_tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .calls_of_tokens = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .shared_ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .first_seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    for (guint i = 0; i < ACTORS; i++) {
        actor_init(&rig->actors[i], rig);
        actor_ask(&rig->actors[i], NULL, lines[i], "Open", "sasa{sv}", "owner", 0, 0);
        actor_ask(&rig->actors[i], NULL, LINE("loop2"), "Open", "sasa{sv}", "monitor", 0, 0);
    }
    uint64_t deadline = bus_deadline();
    while (rig->actors[0].under_way + rig->actors[1].under_way > 0) {
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "no answer to Open");
        rig_turn(rig, 10);
    }
    return rig;
}

Rig *rig_free(Rig *rig) {
    rig_settle(rig);
    for (guint i = 0; i < ACTORS; i++) {
        bare_free(rig->actors[i].bare);
        g_hash_table_unref(rig->actors[i].known);
        g_ptr_array_unref(rig->actors[i].order);
        g_free(rig->actors[i].prefix);
    }
    for (GSList *i = rig->mayflies; i; i = i->next)
        bare_free(i->data);
    g_slist_free(rig->mayflies);
    g_hash_table_unref(rig->dialled);
    g_hash_table_unref(rig->paths_of_tokens);
    g_hash_table_unref(rig->calls_of_tokens);
    g_hash_table_unref(rig->shared_ids);
    g_hash_table_unref(rig->first_seen);
    g_rand_free(rig->rand);
    g_free(rig);
    return NULL;
}

RigFigures rig_figures(const Rig *rig) {
    return rig->figures;
}
