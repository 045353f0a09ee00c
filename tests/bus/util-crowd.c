/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thousands of connections in one process. */
#include "tests/bus/util-crowd.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct Crowd {
    Bus *bus;
    GPtrArray *members;
    GHashTable *states; /* state -> how many handles are in it */
    int epoll;
};

/* ---- What a member hears ---- */

static HandleFacts *facts_of(Member *member, const char *path) {
    HandleFacts *facts = g_hash_table_lookup(member->handles, path);
    if (!facts) {
        facts = g_new0(HandleFacts, 1);
        g_hash_table_insert(member->handles, g_strdup(path), facts);
    }
    return facts;
}

static void count_state(Member *member, const char *state, int change) {
    GHashTable *states = member->crowd->states;
    int count = GPOINTER_TO_INT(g_hash_table_lookup(states, state)) + change;
    g_hash_table_replace(states, g_strdup(state), GINT_TO_POINTER(count));
}

/* Reads State and Sequence out of a{sv}. True: there was a Sequence. */
static bool read_facts(Member *member, sd_bus_message *message, HandleFacts *facts, uint64_t *ret_sequence) {
    const char *key, *text;
    bool found = false;
    ck_assert_int_ge(sd_bus_message_enter_container(message, 'a', "{sv}"), 0);
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        ck_assert_int_gt(sd_bus_message_read_basic(message, 's', &key), 0);
        if (g_str_equal(key, "State")) {
            ck_assert_int_gt(sd_bus_message_read(message, "v", "s", &text), 0);
            count_state(member, facts->state, -1);
            count_state(member, text, +1);
            g_strlcpy(facts->state, text, sizeof(facts->state));
        } else if (g_str_equal(key, "Sequence")) {
            ck_assert_int_gt(sd_bus_message_read(message, "v", "t", ret_sequence), 0);
            found = true;
        } else {
            ck_assert_int_ge(sd_bus_message_skip(message, "v"), 0);
        }
        ck_assert_int_ge(sd_bus_message_exit_container(message), 0);
    }
    ck_assert_int_ge(sd_bus_message_exit_container(message), 0);
    return found;
}

static void on_changed(Member *member, sd_bus_message *message) {
    HandleFacts *facts = facts_of(member, sd_bus_message_get_path(message));
    uint64_t sequence = 0;
    member->changed++;
    facts->signals++;
    ck_assert_int_ge(sd_bus_message_skip(message, "s"), 0);
    ck_assert(read_facts(member, message, facts, &sequence));
    ck_assert_uint_gt(sequence, facts->sequence);
    if (sequence != facts->sequence + 1) {
        facts->gap = true;
        member->gap_untold |= member->lost_times == 0;
    }
    facts->sequence = sequence;
}

static void on_added(Member *member, sd_bus_message *message) {
    const char *path, *interface;
    ck_assert_int_gt(sd_bus_message_read_basic(message, 'o', &path), 0);
    ck_assert_int_gt(sd_bus_message_enter_container(message, 'a', "{sa{sv}}"), 0);
    ck_assert_int_gt(sd_bus_message_enter_container(message, 'e', "sa{sv}"), 0);
    ck_assert_int_gt(sd_bus_message_read_basic(message, 's', &interface), 0);
    if (!g_str_equal(interface, CALLBUS_CALL_INTERFACE))
        return;
    member->added++;
    read_facts(member, message, facts_of(member, path), &facts_of(member, path)->sequence);
}

static void on_removed(Member *member, sd_bus_message *message) {
    const char *path;
    ck_assert_int_gt(sd_bus_message_read_basic(message, 'o', &path), 0);
    member->removed++;
    facts_of(member, path)->removed = true;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Member *member = userdata;
    uint64_t lost;
    if (sd_bus_message_is_signal(message, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged") &&
        g_str_has_prefix(sd_bus_message_get_path(message), CALLBUS_CLIENT_PATH "/"))
        on_changed(member, message);
    else if (sd_bus_message_is_signal(message, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded"))
        on_added(member, message);
    else if (sd_bus_message_is_signal(message, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesRemoved"))
        on_removed(member, message);
    else if (sd_bus_message_is_signal(message, CALLBUS_MANAGER_INTERFACE, "EventsLost")) {
        ck_assert_int_gt(sd_bus_message_read(message, "t", &lost), 0);
        member->lost_times++;
        member->lost += lost;
    }
    return 0;
}

static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Member *member = userdata;
    const char *path;
    member->answered++;
    if (sd_bus_message_is_method_error(message, NULL)) {
        member->refused++;
    } else if (g_strcmp0(sd_bus_message_get_signature(message, true), "o") == 0) {
        ck_assert_int_gt(sd_bus_message_read_basic(message, 'o', &path), 0);
        g_free(member->last_path);
        member->last_path = g_strdup(path);
    }
    return 1;
}

/* ---- Members ---- */

static void facts_free(void *data) {
    g_free(data);
}

static Member *member_new(Crowd *crowd) {
    Member *member = g_new0(Member, 1);
    const char *name;
    *member = (Member){
        .crowd = crowd,
        .bare = bare_new(crowd->bus),
        .handles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, facts_free),
    };
    ck_assert_int_ge(sd_bus_get_unique_name(member->bare, &name), 0);
    ck_assert_int_ge(sd_bus_add_filter(member->bare, NULL, on_message, member), 0);
    member->name = g_strdup(name);
    return member;
}

static void forget_handles(Member *member) {
    GHashTableIter iter;
    void *facts;
    g_hash_table_iter_init(&iter, member->handles);
    while (g_hash_table_iter_next(&iter, NULL, &facts))
        count_state(member, ((HandleFacts *) facts)->state, -1);
    g_hash_table_remove_all(member->handles);
}

static void member_free(Member *member) {
    forget_handles(member);
    bare_free(member->bare);
    g_hash_table_unref(member->handles);
    g_free(member->name);
    g_free(member->last_path);
    g_free(member);
}

void member_ask(Member *member, const char *path, const char *member_name, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message =
        bare_messagev(member->bare, path, member_name, types, arguments);
    va_end(arguments);
    member->asked++;
    ck_assert_int_ge(sd_bus_call_async(member->bare, NULL, message, on_answer, member, UINT64_MAX), 0);
}

/* What came with an answer is not on the socket any more, where it would be seen. */
static void drain(Member *member) {
    int r;
    while ((r = sd_bus_process(member->bare, NULL)) > 0)
        ;
    ck_assert_msg(r == 0, "%s lost its connection: %s", member->name, strerror(-r));
}

sd_bus_message *member_call(Member *member, const char *path, const char *member_name, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    sd_bus_message *answer = bare_callv(member->bare, path, member_name, types, arguments);
    va_end(arguments);
    drain(member);
    return answer;
}

void member_settle(Member *member) {
    sd_bus_message_unref(member_call(member, CALLBUS_PATH, DBUS_PEER_INTERFACE ".Ping", ""));
}

char **member_list_calls(Member *member) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = member_call(member, CALLBUS_PATH, "ListCalls", "");
    GPtrArray *paths = g_ptr_array_new();
    const char *path;
    ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "(osss)"), 0);
    while (sd_bus_message_read(answer, "(osss)", &path, NULL, NULL, NULL) > 0)
        g_ptr_array_add(paths, g_strdup(path));
    g_ptr_array_add(paths, NULL);
    return (char **) g_ptr_array_free(paths, FALSE);
}

void member_reread(Member *member) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer =
        member_call(member, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
    const char *path;
    forget_handles(member);
    ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "{oa{sa{sv}}}"), 0);
    while (sd_bus_message_enter_container(answer, 'e', "oa{sa{sv}}") > 0) {
        ck_assert_int_gt(sd_bus_message_read_basic(answer, 'o', &path), 0);
        if (g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/")) {
            HandleFacts *facts = facts_of(member, path);
            ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "{sa{sv}}"), 0);
            ck_assert_int_gt(sd_bus_message_enter_container(answer, 'e', "sa{sv}"), 0);
            ck_assert_int_ge(sd_bus_message_skip(answer, "s"), 0);
            ck_assert(read_facts(member, answer, facts, &facts->sequence));
            ck_assert_int_ge(sd_bus_message_exit_container(answer), 0);
            ck_assert_int_ge(sd_bus_message_exit_container(answer), 0);
        } else {
            ck_assert_int_gt(sd_bus_message_skip(answer, "a{sa{sv}}"), 0);
        }
        ck_assert_int_ge(sd_bus_message_exit_container(answer), 0);
    }
}

/* ---- The crowd ---- */

static void listen_to(Crowd *crowd, Member *member) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = member};
    ck_assert_int_eq(epoll_ctl(crowd->epoll, EPOLL_CTL_ADD, sd_bus_get_fd(member->bare), &event), 0);
}

Crowd *crowd_new(Bus *bus, guint count) {
    Crowd *crowd = g_new0(Crowd, 1);
    *crowd = (Crowd){.bus = bus, .members = g_ptr_array_new(), .epoll = epoll_create1(EPOLL_CLOEXEC),
                     .states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    ck_assert_int_ge(crowd->epoll, 0);
    for (guint i = 0; i < count; i++) {
        Member *member = member_new(crowd);
        g_ptr_array_add(crowd->members, member);
        listen_to(crowd, member);
    }
    return crowd;
}

Crowd *crowd_free(Crowd *crowd) {
    for (guint i = 0; i < crowd->members->len; i++)
        member_free(crowd->members->pdata[i]);
    g_ptr_array_unref(crowd->members);
    g_hash_table_unref(crowd->states);
    close(crowd->epoll);
    g_free(crowd);
    return NULL;
}

guint crowd_count(const Crowd *crowd) {
    return crowd->members->len;
}

Member *crowd_at(const Crowd *crowd, guint i) {
    return crowd->members->pdata[i];
}

void crowd_replace(Crowd *crowd, guint i) {
    member_free(crowd->members->pdata[i]);
    crowd->members->pdata[i] = member_new(crowd);
    listen_to(crowd, crowd->members->pdata[i]);
}

void crowd_set_deaf(Crowd *crowd, guint i, bool deaf) {
    struct epoll_event event = {.events = deaf ? 0 : EPOLLIN, .data.ptr = crowd_at(crowd, i)};
    ck_assert_int_eq(epoll_ctl(crowd->epoll, EPOLL_CTL_MOD, sd_bus_get_fd(crowd_at(crowd, i)->bare), &event), 0);
}

void crowd_turn(Crowd *crowd, int timeout_ms) {
    struct epoll_event events[256];
    int n = epoll_wait(crowd->epoll, events, G_N_ELEMENTS(events), timeout_ms);
    for (int i = 0; i < n; i++)
        drain(events[i].data.ptr);
}

void crowd_turn_one(Crowd *crowd, guint i) {
    drain(crowd_at(crowd, i));
}

guint crowd_in_state(const Crowd *crowd, const char *state) {
    return GPOINTER_TO_UINT(g_hash_table_lookup(crowd->states, state));
}

uint64_t crowd_asked(const Crowd *crowd) {
    uint64_t sum = 0;
    for (guint i = 0; i < crowd->members->len; i++)
        sum += crowd_at(crowd, i)->asked;
    return sum;
}

uint64_t crowd_answered(const Crowd *crowd) {
    uint64_t sum = 0;
    for (guint i = 0; i < crowd->members->len; i++)
        sum += crowd_at(crowd, i)->answered;
    return sum;
}

void crowd_settle(Crowd *crowd) {
    AWAIT_CROWD(crowd, crowd_answered(crowd) == crowd_asked(crowd));
}
