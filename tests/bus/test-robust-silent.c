/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients that do not read while much is told to them: what they cost, and what they learn when they read again. */
#include "tests/bus/util-crowd.h"

#define CALLS 8
#define CHANGES FULL_OR(20000, 4000)
#define SILENT 20

/* ---- The flood: calls that are held and retrieved, one request under way for each ---- */

typedef struct Flood {
    sd_bus *bare;
    char *paths[CALLS];
    bool held[CALLS];
    guint left;    /* changes to come */
    guint pending; /* requests under way */
} Flood;

typedef struct Toggle {
    Flood *flood;
    guint call;
} Toggle;

static int on_toggled(sd_bus_message *message, void *userdata, sd_bus_error *ret_error);

static void toggle(Toggle *one) {
    Flood *flood = one->flood;
    flood->left--;
    flood->pending++;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message =
        bare_message(flood->bare, flood->paths[one->call], flood->held[one->call] ? "Unhold" : "Hold", "");
    ck_assert_int_ge(sd_bus_call_async(flood->bare, NULL, message, on_toggled, one, UINT64_MAX), 0);
}

static int on_toggled(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Toggle *one = userdata;
    Flood *flood = one->flood;
    const sd_bus_error *error = sd_bus_message_get_error(message);
    ck_assert_msg(!error, "a change was refused: %s", error ? error->message : "");
    flood->held[one->call] = !flood->held[one->call];
    flood->pending--;
    if (flood->left > 0)
        toggle(one);
    return 1;
}

static char *dial(sd_bus *bare, const char *address) {
    const char *path;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = bare_call(bare, LINE("loop0"), "Dial", "sa{sv}", address, 0);
    ck_assert_int_gt(sd_bus_message_read(answer, "o", &path), 0);
    return g_strdup(path);
}

static bool is_in_state(sd_bus *bare, const char *path, const char *state) {
    const char *now;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer =
        bare_call(bare, path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "State");
    ck_assert_int_gt(sd_bus_message_read(answer, "v", "s", &now), 0);
    return g_str_equal(now, state);
}

static Flood flood_new(Bus *bus) {
    Flood flood = {.bare = bare_new(bus)};
    for (guint i = 0; i < CALLS; i++) {
        flood.paths[i] = dial(flood.bare, "answer?ring=0");
        AWAIT_BARE(flood.bare, is_in_state(flood.bare, flood.paths[i], "connected"));
    }
    return flood;
}

static void flood_run(Flood *flood, guint changes, Crowd *listening) {
    Toggle toggles[CALLS];
    uint64_t begin = (uint64_t) g_get_monotonic_time();
    flood->left = changes;
    for (guint i = 0; i < CALLS; i++) {
        toggles[i] = (Toggle){.flood = flood, .call = i};
        toggle(&toggles[i]);
    }
    uint64_t deadline = bus_deadline() + 60 * G_USEC_PER_SEC;
    while (flood->pending > 0) {
        bare_pump(flood->bare, deadline, "the flood to end", __FILE__, __LINE__);
        if (listening)
            crowd_turn(listening, 0);
    }
    robust_note("%u changes in %u ms", changes, (unsigned) ((uint64_t) g_get_monotonic_time() - begin) / 1000);
}

static void flood_clear(Flood *flood) {
    bare_free(flood->bare);
    for (guint i = 0; i < CALLS; i++)
        g_free(flood->paths[i]);
}

/* ---- What a member was sent, by its own handles ---- */

static void open_all(Crowd *crowd, const char *line, const char *privilege) {
    for (guint i = 0; i < crowd_count(crowd); i++)
        member_ask(crowd_at(crowd, i), line, "Open", "sasa{sv}", privilege, 0, 0);
    crowd_settle(crowd);
    for (guint i = 0; i < crowd_count(crowd); i++)
        member_ask(crowd_at(crowd, i), line, "GetNewCalls", "");
    crowd_settle(crowd);
}

static uint64_t property_number(Member *member, const char *path, const char *property) {
    uint64_t number;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer =
        member_call(member, path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, property);
    ck_assert_int_gt(sd_bus_message_read(answer, "v", "t", &number), 0);
    return number;
}

/* All signals about handles that were ever sent or lost: one that announced each, and those that its Sequence counts. */
static uint64_t signals_of(Member *member) {
    g_auto(GStrv) paths = member_list_calls(member);
    uint64_t sum = 0;
    for (guint i = 0; paths[i]; i++)
        sum += 1 + property_number(member, paths[i], "Sequence");
    return sum;
}

/* What it received and what it was told to have lost is all that there was; and before it was told, nothing was missing. */
static void expect_exact_count(Member *member) {
    uint64_t sent = signals_of(member);
    ck_assert_msg(member->added + member->changed + member->lost == sent,
                  "%s got %" G_GUINT64_FORMAT " signals and lost %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, member->name,
                  member->added + member->changed, member->lost, sent);
    ck_assert(!member->gap_untold);
}

/* GetManagedObjects tells what the dialler reads of its own handles; later events follow without a gap. */
static void expect_truth_again(Crowd *crowd, Member *member, Flood *flood) {
    member_reread(member);
    guint held = 0, seen = 0;
    for (guint i = 0; i < CALLS; i++)
        held += flood->held[i];
    GHashTableIter iter;
    void *facts;
    g_hash_table_iter_init(&iter, member->handles);
    while (g_hash_table_iter_next(&iter, NULL, &facts))
        seen += g_str_equal(((HandleFacts *) facts)->state, "on-hold");
    ck_assert_uint_eq(seen, held);

    uint64_t lost_times = member->lost_times, changed = member->changed;
    flood_run(flood, 4 * CALLS, crowd);
    AWAIT_CROWD(crowd, member->changed == changed + 4 * CALLS);
    ck_assert_uint_eq(member->lost_times, lost_times);
    g_hash_table_iter_init(&iter, member->handles);
    while (g_hash_table_iter_next(&iter, NULL, &facts))
        ck_assert(!((HandleFacts *) facts)->gap);
}

START_TEST(a_silent_monitor_learns_what_it_missed) {
    Flood flood = flood_new(t);
    Crowd *crowd = crowd_new(t, 2);
    Member *silent = crowd_at(crowd, 0), *reading = crowd_at(crowd, 1);
    open_all(crowd, LINE("loop0"), "monitor");
    Costs costs = costs_begin(t);
    crowd_set_deaf(crowd, 0, true);
    flood_run(&flood, CHANGES, crowd);
    /* New calls too are among what it loses. */
    for (guint i = 0; i < 5; i++)
        g_free(dial(flood.bare, "answer?ring=60m"));
    costs_check(&costs, "one silent", 8192, 32768);
    AWAIT_CROWD(crowd, reading->changed >= CHANGES && reading->added == CALLS + 5);
    ck_assert_uint_eq(reading->lost_times, 0);
    expect_exact_count(reading);

    ck_assert_uint_eq(silent->lost_times, 0);
    crowd_set_deaf(crowd, 0, false);
    AWAIT_CROWD(crowd, silent->lost_times > 0);
    ck_assert_uint_eq(silent->lost_times, 1);
    ck_assert_uint_gt(silent->lost, 0);
    robust_note("of %u signals %u were lost", (unsigned) signals_of(silent), (unsigned) silent->lost);
    expect_exact_count(silent);
    expect_truth_again(crowd, silent, &flood);
    costs_end(&costs);
    crowd_free(crowd);
    flood_clear(&flood);
}
END_TEST

/* As long as it does not read too much, it is told nothing of losses and loses nothing. */
START_TEST(a_slow_reader_loses_nothing) {
    Flood flood = flood_new(t);
    Crowd *crowd = crowd_new(t, 1);
    Member *slow = crowd_at(crowd, 0);
    open_all(crowd, LINE("loop0"), "monitor");
    for (guint round = 0; round < 10; round++) {
        crowd_set_deaf(crowd, 0, true);
        flood_run(&flood, 1000, NULL);
        crowd_set_deaf(crowd, 0, false);
        AWAIT_CROWD(crowd, slow->changed == (round + 1) * 1000);
    }
    ck_assert_uint_eq(slow->lost_times, 0);
    expect_exact_count(slow);
    crowd_free(crowd);
    flood_clear(&flood);
}
END_TEST

START_TEST(many_silent_at_once) {
    Flood flood = flood_new(t);
    Crowd *crowd = crowd_new(t, SILENT + 2);
    open_all(crowd, LINE("loop0"), "monitor");
    Costs costs = costs_begin(t);
    for (guint i = 0; i < SILENT; i++)
        crowd_set_deaf(crowd, i, true);
    flood_run(&flood, CHANGES / 2, crowd);
    costs_check(&costs, "many silent", 8192, 131072);
    for (guint i = SILENT; i < SILENT + 2; i++) {
        AWAIT_CROWD(crowd, crowd_at(crowd, i)->changed == CHANGES / 2);
        ck_assert_uint_eq(crowd_at(crowd, i)->lost_times, 0);
        expect_exact_count(crowd_at(crowd, i));
    }
    for (guint i = 0; i < SILENT; i++) {
        crowd_set_deaf(crowd, i, false);
        AWAIT_CROWD(crowd, crowd_at(crowd, i)->lost_times > 0 || crowd_at(crowd, i)->changed == CHANGES / 2);
        expect_exact_count(crowd_at(crowd, i));
    }
    expect_truth_again(crowd, crowd_at(crowd, 0), &flood);
    costs_end(&costs);
    crowd_free(crowd);
    flood_clear(&flood);
}
END_TEST

/* What the dead did not read is not held against the living. */
START_TEST(silent_ones_that_die_leave_nothing) {
    Flood flood = flood_new(t);
    guint rounds = FULL_OR(8, 3);
    for (guint round = 0; round < rounds; round++) {
        Crowd *dying = crowd_new(t, SILENT);
        open_all(dying, LINE("loop0"), "monitor");
        for (guint i = 0; i < SILENT; i++)
            crowd_set_deaf(dying, i, true);
        flood_run(&flood, 5000, NULL);
        crowd_free(dying);
    }
    Crowd *crowd = crowd_new(t, 50);
    open_all(crowd, LINE("loop0"), "monitor");
    flood_run(&flood, 500, crowd);
    for (guint i = 0; i < 50; i++) {
        AWAIT_CROWD(crowd, crowd_at(crowd, i)->changed == 500);
        ck_assert_uint_eq(crowd_at(crowd, i)->lost_times, 0);
    }
    crowd_free(crowd);
    flood_clear(&flood);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("robust-silent");
    TCase *tcase = bus_case(suite, "silent clients");
    tcase_add_test(tcase, a_silent_monitor_learns_what_it_missed);
    tcase_add_test(tcase, a_slow_reader_loses_nothing);
    tcase_add_test(tcase, many_silent_at_once);
    tcase_add_test(tcase, silent_ones_that_die_leave_nothing);
    return bus_main(suite);
}
