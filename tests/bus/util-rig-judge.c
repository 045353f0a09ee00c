/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rig: what is judged after each restart. */
#include "tests/bus/util-rig-internal.h"

#include <stdio.h>
#include <string.h>

#define PAGE 500

/* ---- After the end, and after the start ---- */

void rig_settle(Rig *rig) {
    uint64_t deadline = bus_deadline();
    for (guint i = 0; i < ACTORS; i++)
        while (rig->actors[i].under_way > 0) {
            ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "a request has no answer; the log:\n%s",
                          bus_service_log(rig->bus));
            rig_turn(rig, 5);
        }
}

/* The bus answers for who is gone, after all that was on its way. */
void rig_hear_last_words(Rig *rig) {
    for (guint i = 0; i < ACTORS; i++)
        actor_ask(&rig->actors[i], NULL, CALLBUS_PATH, DBUS_PEER_INTERFACE ".Ping", "");
    rig_settle(rig);
    for (guint i = 0; i < ACTORS; i++) {
        rig->actors[i].resumed = 0;
        rig->actors[i].awaits_resumed = rig->actors[i].stale = true;
    }
    rig->figures.restarts++;
}

void rig_forget(Rig *rig) {
    g_hash_table_remove_all(rig->dialled);
    g_hash_table_remove_all(rig->paths_of_tokens);
    g_hash_table_remove_all(rig->calls_of_tokens);
    for (guint i = 0; i < ACTORS; i++) {
        rig->actors[i].awaits_resumed = false;
        for (guint j = 0; j < rig->actors[i].order->len; j++)
            ((Known *) rig->actors[i].order->pdata[j])->gone = true;
    }
}

static void await_resumed(Rig *rig) {
    uint64_t deadline = bus_deadline();
    for (guint i = 0; i < ACTORS; i++) {
        Actor *actor = &rig->actors[i];
        while (actor->awaits_resumed && actor->resumed == 0) {
            ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "an actor is not told of the restart; the log:\n%s",
                          bus_service_log(rig->bus));
            rig_turn(rig, 5);
        }
        actor_ask(actor, NULL, CALLBUS_PATH, DBUS_PEER_INTERFACE ".Ping", "");
        rig_settle(rig);
        ck_assert_uint_eq(actor->resumed, actor->awaits_resumed);
        actor->awaits_resumed = false;
    }
}

/* ---- Handles ---- */

/* A provider that is a process of its own may still have what was up. */
static bool goes_on(const char *was, const char *is, const char *cause) {
    bool over = strcmp(is, "\"idle\"") == 0 || strcmp(is, "\"disconnected\"") == 0;
    if (over || !rig_calls_go_on())
        return false;
    return strcmp(was, "\"disconnected\"") != 0 && (strcmp(cause, "\"\"") == 0 || strcmp(is, "\"busy\"") == 0);
}

static void judge_end(Rig *rig, const Known *known, const char *is, const char *is_cause) {
    bool told = known->announced, was_over = known_is_over(known);
    const char *was = known_value(known, "State"), *cause = known_value(known, "DisconnectCause");
    if (goes_on(was, is, is_cause)) {
        rig->figures.gone_on++;
        return;
    }
    ck_assert_msg(strcmp(is, "\"idle\"") == 0 || strcmp(is, "\"disconnected\"") == 0, "%s is %s after a restart", known->path, is);
    ck_assert_msg(strcmp(is_cause, "\"\"") != 0, "%s has ended without a cause", known->path);
    ck_assert_msg(!told || !was_over || strcmp(cause, is_cause) == 0, "%s (%s), told as %s, ended with %s and has %s", known->path,
                  known_value(known, "Address"), was, cause, is_cause);
    rig->figures.ended_by_restart += !was_over && strcmp(is_cause, "\"service-restarted\"") == 0;
}

/* A conference or a transfer gives it another Call ID, and says so. Where calls go on, it may have been two of them by now. */
static bool is_same_call(const Known *known, const char *id, const char *related) {
    const char *was = known_value(known, "CallId");
    return known->shares_id || strcmp(was, id) == 0 || strcmp(was, related) == 0 ||
           (rig_calls_go_on() && strcmp(related, "\"\"") != 0);
}

static void judge_handle(Rig *rig, Known *known, GHashTable *values) {
    static const char *const kept[] = {"Line", "Address", "Direction", "Comment", "CreatedTimestamp"};
    const char *was = known_value(known, "State"), *is = g_hash_table_lookup(values, "State");
    bool told = known->announced, idle = strcmp(was, "\"idle\"") == 0;
    ck_assert_msg(!idle || strcmp(is, was) == 0, "%s was idle and is %s", known->path, is);
    judge_end(rig, known, is, g_hash_table_lookup(values, "DisconnectCause"));
    for (size_t i = 0; told && i < G_N_ELEMENTS(kept); i++)
        ck_assert_msg(strcmp(known_value(known, kept[i]), g_hash_table_lookup(values, kept[i])) == 0, "%s: %s was %s, is %s",
                      known->path, kept[i], known_value(known, kept[i]), (const char *) g_hash_table_lookup(values, kept[i]));
    ck_assert_msg(!told || is_same_call(known, g_hash_table_lookup(values, "CallId"), g_hash_table_lookup(values, "RelatedCallId")),
                  "%s was the call %s and is %s, before %s", known->path, known_value(known, "CallId"),
                  (const char *) g_hash_table_lookup(values, "CallId"), (const char *) g_hash_table_lookup(values, "RelatedCallId"));
}

/* A handle of a call that was made and never told of is a handle all the same. */
static void meet_handle(Actor *actor, const char *path, GHashTable *values, GHashTable *seen) {
    Known *known = g_hash_table_lookup(actor->known, path);
    if (!known) {
        known = known_new(actor, path);
        known->again = true;
        known->met = rig_calls_go_on();
    }
    ck_assert_msg(!known->gone, "%s is there again", path);
    judge_handle(actor->rig, known, values);
    known_learn(actor->rig, known, values, /* told= */ false);
    known->announced = true;
    g_hash_table_add(seen, known);
}

static void judge_handles(Actor *actor) {
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer =
        bare_call(actor->bare, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
    const char *path, *interface;
    ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "{oa{sa{sv}}}"), 0);
    while (sd_bus_message_enter_container(answer, 'e', "oa{sa{sv}}") > 0) {
        ck_assert_int_gt(sd_bus_message_read(answer, "o", &path), 0);
        ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "{sa{sv}}"), 0);
        while (sd_bus_message_enter_container(answer, 'e', "sa{sv}") > 0) {
            ck_assert_int_gt(sd_bus_message_read(answer, "s", &interface), 0);
            g_autoptr(GHashTable) values = properties_read(answer, NULL);
            if (strcmp(interface, CALLBUS_CALL_INTERFACE) == 0)
                meet_handle(actor, path, values, seen);
            ck_assert_int_ge(sd_bus_message_exit_container(answer), 0);
        }
        ck_assert_int_ge(sd_bus_message_exit_container(answer), 0);
        ck_assert_int_ge(sd_bus_message_exit_container(answer), 0);
    }
    actor->stale = false;
    for (guint i = 0; i < actor->order->len; i++) {
        Known *known = actor->order->pdata[i];
        bool there = g_hash_table_contains(seen, known);
        ck_assert_msg(there || known->gone || known->released, "%s is lost", known->path);
        known->gone = !there;
        known->released = false;
        actor->rig->figures.handles += there;
    }
}

/* ---- Ids, and tokens ---- */

static void judge_ids(Actor *actor) {
    Rig *rig = actor->rig;
    for (guint i = 0; i < actor->order->len; i++) {
        Known *known = actor->order->pdata[i];
        const char *id = known_value(known, "CallId");
        void *born;
        if (known->shares_id || g_hash_table_contains(rig->shared_ids, id) || strlen(id) <= 2)
            continue;
        if (g_hash_table_lookup_extended(rig->first_seen, id, NULL, &born))
            ck_assert_msg(known->again || rig_calls_go_on() || GPOINTER_TO_UINT(born) == known->born, "the Call ID %s of %s is used again: %u, %u", id,
                          known->path, GPOINTER_TO_UINT(born), known->born);
        else if (!known->again)
            g_hash_table_insert(rig->first_seen, g_strdup(id), GUINT_TO_POINTER(known->born));
    }
    rig->figures.calls = g_hash_table_size(rig->first_seen);
}

/* Of all handles of the one who dialled, those with the comment that is the token are of one call. */
static void judge_tokens(Actor *actor) {
    GHashTable *calls = actor->rig->calls_of_tokens;
    for (guint i = 0; i < actor->order->len; i++) {
        Known *known = actor->order->pdata[i];
        g_autofree char *comment = g_strdelimit(g_strdup(known_value(known, "Comment")), "\"", ' ');
        const char *token = g_strstrip(comment), *before = g_hash_table_lookup(calls, token), *id = known_value(known, "CallId");
        Dialled *dialled = g_hash_table_lookup(actor->rig->dialled, token);
        if (!dialled || dialled->actor != actor || known->shares_id)
            continue;
        ck_assert_msg(!before || strcmp(before, id) == 0, "%s has made two calls: %s and %s", token, before, id);
        g_hash_table_insert(calls, g_strdup(token), g_strdup(id));
    }
}

/* The same token again: the call of before, or the error that says so, or the call that never was. */
static void dial_again(Rig *rig, const char *token) {
    Dialled *dialled = g_hash_table_lookup(rig->dialled, token);
    const char *before = g_hash_table_lookup(rig->paths_of_tokens, token), *path;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL, *message =
        bare_message(dialled->actor->bare, dialled->line, "Dial", "sa{sv}", dialled->address, 2, "token", "s", token, "comment",
                     "s", token);
    int r = sd_bus_call(dialled->actor->bare, message, 0, &error, &answer);
    if (r < 0) {
        Known *known = before ? g_hash_table_lookup(dialled->actor->known, before) : NULL;
        ck_assert_msg(sd_bus_error_has_name(&error, "org.callbus1.Error.Conflict"), "%s: %s", token, error.name);
        ck_assert_msg(!known || known->gone, "%s has %s, and is in conflict", token, before);
        return;
    }
    ck_assert_int_gt(sd_bus_message_read(answer, "o", &path), 0);
    if (!g_hash_table_contains(dialled->actor->known, path))
        known_new(dialled->actor, path)->again = true;
    note_token(dialled->actor, token, path);
    rig_turn(rig, 0);
}

static void dial_some_again(Rig *rig) {
    guint n = rig->figures.tokens;
    for (guint i = n > 12 ? n - 12 : 1; i >= 1 && i <= n; i++) {
        g_autofree char *token = g_strdup_printf("token-%u", i);
        if (g_hash_table_contains(rig->dialled, token))
            dial_again(rig, token);
    }
}

/* What is over need not be judged for ever. */
static void release_most(Rig *rig) {
    for (guint i = 0; i < ACTORS; i++)
        for (guint j = 0; j < rig->actors[i].order->len; j++) {
            Known *known = rig->actors[i].order->pdata[j];
            if (known->gone || !known_is_over(known) || g_rand_int_range(rig->rand, 0, 4) == 0)
                continue;
            known->released = true;
            actor_ask(&rig->actors[i], NULL, known->path, "Release", "");
        }
    rig_settle(rig);
}

void rig_judge(Rig *rig) {
    await_resumed(rig);
    for (guint i = 0; i < ACTORS; i++) {
        judge_handles(&rig->actors[i]);
        judge_ids(&rig->actors[i]);
        judge_tokens(&rig->actors[i]);
    }
    dial_some_again(rig);
    release_most(rig);
}

/* ---- The call log ---- */

/* "id direction line" of each entry, and how often. */
static uint64_t read_page(sd_bus *bare, uint64_t cursor, GHashTable *entries, guint *count) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer =
        bare_call(bare, CALLBUS_PATH, "org.callbus1.CallLog.Query", "a{sv}tu", 0, cursor, PAGE);
    uint64_t next;
    ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "a{sv}"), 0);
    while (sd_bus_message_at_end(answer, false) == 0) {
        g_autoptr(GHashTable) entry = properties_read(answer, NULL);
        char *key = g_strdup_printf("%s %s %s", (const char *) g_hash_table_lookup(entry, "call-id"),
                                    (const char *) g_hash_table_lookup(entry, "direction"),
                                    (const char *) g_hash_table_lookup(entry, "line"));
        guint before = GPOINTER_TO_UINT(g_hash_table_lookup(entries, key));
        g_hash_table_insert(entries, key, GUINT_TO_POINTER(before + 1));
        (*count)++;
    }
    ck_assert_int_ge(sd_bus_message_exit_container(answer), 0);
    ck_assert_int_gt(sd_bus_message_read(answer, "t", &next), 0);
    return next;
}

static void expect_one_entry(const Known *known, GHashTable *entries) {
    const char *line = strrchr(known_value(known, "Line"), '/');
    g_autofree char *key = g_strdup_printf("%s %s \"%s", known_value(known, "CallId"), known_value(known, "Direction"),
                                           line ? line + 1 : "");
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(entries, key));
    ck_assert_msg(count == 1, "%s (%s), %s with %s, has %u entries in the call log", known->path, key, known_value(known, "State"),
                  known_value(known, "DisconnectCause"), count);
}

void rig_judge_log(Rig *rig) {
    g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint count = 0;
    uint64_t cursor = 0;
    GHashTableIter iter;
    void *key, *times;
    do
        cursor = read_page(rig->actors[0].bare, cursor, entries, &count);
    while (cursor != 0);
    g_hash_table_iter_init(&iter, entries);
    while (g_hash_table_iter_next(&iter, &key, &times)) {
        g_autofree char *id = g_strndup(key, strcspn(key, " "));
        /* What was written down and never dialled has no Call ID. */
        bool shared = strcmp(id, "\"\"") == 0 || g_hash_table_contains(rig->shared_ids, id);
        ck_assert_msg(GPOINTER_TO_UINT(times) == 1 || shared, "%s is in the call log twice",
                      (const char *) key);
    }
    for (guint i = 0; i < ACTORS; i++)
        for (guint j = 0; j < rig->actors[i].order->len; j++) {
            const Known *known = rig->actors[i].order->pdata[j];
            bool shared = known->shares_id || g_hash_table_contains(rig->shared_ids, known_value(known, "CallId"));
            if (known_is_over(known) && !shared && strcmp(known_value(known, "Direction"), "\"none\"") != 0)
                expect_one_entry(known, entries);
        }
    rig->figures.log_entries = count;
}

/* ---- Tolls, and time ---- */

void rig_spend_tolls(Rig *rig) {
    Actor *actor = &rig->actors[0];
    g_autofree char *why = NULL;
    for (guint i = 0; i < 3 * TOLL_DIALS; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL, *message =
            bare_message(actor->bare, LINE(TOLL_LINE), "Dial", "sa{sv}", "answer?ring=0", 0);
        const char *path;
        if (sd_bus_call(actor->bare, message, 0, &error, &answer) < 0) {
            ck_assert_str_eq(error.name, DBUS_ERROR_LIMITS_EXCEEDED);
            why = g_strdup(error.message);
            break;
        }
        ck_assert_int_gt(sd_bus_message_read(answer, "o", &path), 0);
        if (!g_hash_table_contains(actor->known, path))
            known_new(actor, path);
        rig->tolls++;
        rig_turn(rig, 0);
    }
    /* Those that failed count twice. */
    ck_assert_msg(rig->tolls <= TOLL_DIALS && 2 * (rig->tolls + rig->tolls_uncertain) >= TOLL_DIALS,
                  "%u dials of %u in a day were let through, %u more perhaps; then: %s", rig->tolls, TOLL_DIALS, rig->tolls_uncertain, why);
}

uint64_t rig_first_answer_usec(Rig *rig) {
    uint64_t begin = (uint64_t) g_get_monotonic_time();
    sd_bus_message_unref(bare_call(rig->actors[0].bare, CALLBUS_PATH, "ListCalls", ""));
    return (uint64_t) g_get_monotonic_time() - begin;
}
