/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order of events on the loopback network, by a clock of our own. */
#include "providers/loopback/network.h"
#include "tests/unit/run.h"

#define MANY 2000

typedef struct Mark {
    NetworkEvent event;
    int id;
    int64_t due;
    struct Mark *again; /* to be sent on its way when this one happens */
    bool cancels;       /* the other one is cancelled instead */
} Mark;

static int64_t now;
static Network *network;
static int seen[MANY + 1], n_seen;

static int64_t clock_of_ours(void) {
    return now;
}

static void on_mark(NetworkEvent *event) {
    Mark *mark = NETWORK_EVENT_OWNER(event, Mark, event);

    ck_assert(!network_event_waits(event));
    ck_assert_int_le(n_seen, MANY);
    ck_assert_int_le(mark->due, now);
    seen[n_seen++] = mark->id;
    if (mark->again && mark->cancels)
        network_cancel(network, &mark->again->event);
    else if (mark->again)
        network_after(network, &mark->again->event, 0, on_mark);
}

static void set_up(void) {
    now = 1000;
    n_seen = 0;
    network = network_new(NULL, clock_of_ours);
}

static void tear_down(void) {
    network_free(network);
}

static void send(Mark *mark, int id, uint64_t usec) {
    mark->id = id;
    network_after(network, &mark->event, usec, on_mark);
}

static void expect_seen(const int *ids, int n) {
    ck_assert_int_eq(n_seen, n);
    for (int i = 0; i < n; i++)
        ck_assert_int_eq(seen[i], ids[i]);
    n_seen = 0;
}

#define EXPECT_SEEN(...) expect_seen((const int[]) { __VA_ARGS__ }, (int) G_N_ELEMENTS(((const int[]) { __VA_ARGS__ })))

START_TEST(nothing_happens_inside_the_call) {
    Mark mark = {};

    send(&mark, 1, 0);
    ck_assert_int_eq(n_seen, 0);
    ck_assert(network_event_waits(&mark.event));
    ck_assert_uint_eq(network_run(network), 1);
    EXPECT_SEEN(1);
    ck_assert_uint_eq(network_run(network), 0);
}
END_TEST

START_TEST(equals_keep_their_order) {
    Mark marks[6] = {};

    send(&marks[0], 0, 0);
    send(&marks[1], 1, 50);
    send(&marks[2], 2, 0);
    send(&marks[3], 3, 50);
    send(&marks[4], 4, 0);
    send(&marks[5], 5, 50);
    now += 50;
    ck_assert_uint_eq(network_run(network), 6);
    EXPECT_SEEN(0, 2, 4, 1, 3, 5);
}
END_TEST

START_TEST(what_was_due_earlier_comes_first) {
    Mark later = {}, at_once = {};

    send(&later, 1, 10);
    now += 20;
    send(&at_once, 2, 0);
    network_run(network);
    EXPECT_SEEN(1, 2);
}
END_TEST

START_TEST(not_before_its_time) {
    Mark mark = {};

    send(&mark, 1, 100);
    now += 99;
    ck_assert_uint_eq(network_run(network), 0);
    now += 1;
    ck_assert_uint_eq(network_run(network), 1);
    EXPECT_SEEN(1);
}
END_TEST

START_TEST(what_an_event_causes_waits_for_the_next_turn) {
    Mark first = {}, second = { .id = 2 };

    first.again = &second;
    second.again = &first;
    send(&first, 1, 0);
    ck_assert_uint_eq(network_run(network), 1);
    ck_assert_uint_eq(network_run(network), 1);
    ck_assert_uint_eq(network_run(network), 1);
    EXPECT_SEEN(1, 2, 1);
}
END_TEST

START_TEST(cancelled_ones_do_not_happen) {
    Mark marks[5] = {};

    for (int i = 0; i < 5; i++)
        send(&marks[i], i, i % 2 ? 0 : 10);
    network_cancel(network, &marks[1].event);
    network_cancel(network, &marks[2].event);
    network_cancel(network, &marks[2].event);
    ck_assert(!network_event_waits(&marks[1].event));
    now += 10;
    network_run(network);
    EXPECT_SEEN(3, 0, 4);
}
END_TEST

START_TEST(an_event_may_cancel_the_next) {
    Mark next = {}, first = { .again = &next, .cancels = true };

    send(&first, 1, 0);
    send(&next, 2, 0);
    ck_assert_uint_eq(network_run(network), 1);
    EXPECT_SEEN(1);
}
END_TEST

START_TEST(a_waiting_event_is_moved) {
    Mark a = {}, b = {};

    send(&a, 1, 0);
    send(&b, 2, 0);
    send(&a, 1, 5);
    network_run(network);
    EXPECT_SEEN(2);
    send(&a, 1, 0);
    network_run(network);
    EXPECT_SEEN(1);
    now += 5;
    ck_assert_uint_eq(network_run(network), 0);
}
END_TEST

START_TEST(far_future_never_comes_round) {
    Mark mark = {};

    send(&mark, 1, UINT64_MAX);
    now = INT64_MAX - 1;
    ck_assert_uint_eq(network_run(network), 0);
}
END_TEST

/* Many at random, a third of them cancelled or moved: what happens is sorted, and all of it happens. */
START_TEST(a_heap_of_events_comes_out_sorted) {
    g_autofree Mark *marks = g_new0(Mark, MANY);
    g_autoptr(GRand) random = g_rand_new_with_seed((guint32) _i + 1);
    unsigned waiting = MANY;

    for (int i = 0; i < MANY; i++) {
        uint64_t usec = (uint64_t) g_rand_int_range(random, 0, 200);

        marks[i].due = now + (int64_t) usec;
        send(&marks[i], i, usec);
    }
    for (int i = 0; i < MANY; i += 3) {
        uint64_t usec = (uint64_t) g_rand_int_range(random, 1, 200);

        if (i % 2 == 0) {
            network_cancel(network, &marks[i].event);
            waiting--;
            continue;
        }
        marks[i].due = now + (int64_t) usec;
        send(&marks[i], i, usec);
    }
    for (unsigned run = 0; n_seen < (int) waiting; run++, now++) {
        ck_assert_uint_lt(run, 300);
        network_run(network);
    }
    for (int i = 1; i < n_seen; i++)
        ck_assert_int_le(marks[seen[i - 1]].due, marks[seen[i]].due);
    ck_assert_ptr_null(network_take(network));
}
END_TEST

START_TEST(take_empties_it_in_order) {
    Mark a = {}, b = {};

    send(&a, 1, 500);
    send(&b, 2, 0);
    ck_assert_ptr_eq(network_take(network), &b.event);
    ck_assert_ptr_eq(network_take(network), &a.event);
    ck_assert_ptr_null(network_take(network));
    now += 1000;
    ck_assert_uint_eq(network_run(network), 0);
}
END_TEST

static gboolean on_too_late(void *userdata) {
    *(bool *) userdata = true;
    return G_SOURCE_CONTINUE;
}

/* By the real clock and the real loop: the later one comes last, and the loop sleeps in between. */
START_TEST(the_main_loop_lets_it_happen) {
    Network *real = network_new(NULL, g_get_monotonic_time);
    bool too_late = false;
    guint limit = g_timeout_add_seconds(30, on_too_late, &too_late);
    Mark a = { .id = 1 }, b = { .id = 2 };
    int turns = 0;

    network_after(real, &a.event, 50000, on_mark);
    network_after(real, &b.event, 0, on_mark);
    for (; n_seen < 2 && !too_late; turns++)
        g_main_context_iteration(NULL, TRUE);
    ck_assert(!too_late);
    EXPECT_SEEN(2, 1);
    ck_assert_int_lt(turns, 20);
    g_source_remove(limit);
    network_free(real);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loopback-network");
    TCase *tcase = tcase_create("network");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, nothing_happens_inside_the_call);
    tcase_add_test(tcase, equals_keep_their_order);
    tcase_add_test(tcase, what_was_due_earlier_comes_first);
    tcase_add_test(tcase, not_before_its_time);
    tcase_add_test(tcase, what_an_event_causes_waits_for_the_next_turn);
    tcase_add_test(tcase, cancelled_ones_do_not_happen);
    tcase_add_test(tcase, an_event_may_cancel_the_next);
    tcase_add_test(tcase, a_waiting_event_is_moved);
    tcase_add_test(tcase, far_future_never_comes_round);
    tcase_add_loop_test(tcase, a_heap_of_events_comes_out_sorted, 0, 5);
    tcase_add_test(tcase, take_empties_it_in_order);
    tcase_add_test(tcase, the_main_loop_lets_it_happen);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
