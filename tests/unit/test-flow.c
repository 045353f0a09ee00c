/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The budget of bytes that a client has not read. */
#include <glib.h>
#include <string.h>

#include "interfaces/flow.h"
#include "tests/unit/run.h"

#define KIB UINT64_C(1024)

static const FlowLimits limits = {
    .window = 8 * KIB,
    .stall = 32 * KIB,
    .limit = 128 * KIB,
    .user = 512 * KIB,
    .all = 2048 * KIB,
};

static FlowGroup users[2], all;

static void set_up(void) {
    memset(users, 0, sizeof(users));
    memset(&all, 0, sizeof(all));
}

static Flow *flow_of(unsigned user) {
    Flow *flow = g_new(Flow, 1);

    flow_init(flow, &limits, &users[user], &all);
    return flow;
}

static void flow_ends(Flow *flow) {
    flow_done(flow);
    g_free(flow);
}

/* Sends while it may, asking as it should; gives how much that was. */
static uint64_t send_all(Flow *flow, uint64_t size, unsigned times) {
    uint64_t before = flow->sent;

    for (unsigned i = 0; i < times; i++)
        if (flow_admit(flow) && flow_charge(flow, size))
            flow_pinged(flow);
    return flow->sent - before;
}

/* Reads all that was sent, and says so as often as it is asked. */
static void read_all(Flow *flow) {
    while (flow->pinged && flow_answered(flow))
        flow_pinged(flow);
}

static void expect_group(const FlowGroup *group, uint64_t unread, unsigned pinged) {
    ck_assert_uint_eq(group->unread, unread);
    ck_assert_uint_eq(group->pinged, pinged);
}

START_TEST(it_is_asked_when_the_window_is_over) {
    Flow *flow = flow_of(0);

    ck_assert(!flow_charge(flow, 5 * KIB));
    ck_assert(!flow_charge(flow, 3 * KIB)); /* exactly the window */
    ck_assert(flow_charge(flow, 1));
    flow_pinged(flow);
    ck_assert(!flow_charge(flow, 20 * KIB)); /* once is enough */
    expect_group(&users[0], 28 * KIB + 1, 1);
    expect_group(&all, 28 * KIB + 1, 1);
    flow_ends(flow);
}
END_TEST

START_TEST(an_answer_covers_what_was_sent_before_the_question) {
    Flow *flow = flow_of(0);

    flow_charge(flow, 20 * KIB);
    flow_pinged(flow);
    flow_charge(flow, 300);
    ck_assert(!flow_answered(flow));
    ck_assert_uint_eq(flow_unread(flow), 300);
    expect_group(&all, 300, 0);
    flow_ends(flow);
}
END_TEST

START_TEST(it_is_asked_again_if_much_came_meanwhile) {
    Flow *flow = flow_of(0);

    flow_charge(flow, 20 * KIB);
    flow_pinged(flow);
    flow_charge(flow, 8 * KIB + 1);
    ck_assert(flow_answered(flow));
    flow_pinged(flow);
    ck_assert(!flow_answered(flow));
    expect_group(&all, 0, 0);
    flow_ends(flow);
}
END_TEST

START_TEST(an_answer_to_nothing_means_nothing) {
    Flow *flow = flow_of(0);

    flow_charge(flow, 50);
    ck_assert(!flow_answered(flow));
    expect_group(&all, 50, 0);
    flow_ends(flow);
}
END_TEST

/* What comes of its requests would be lost: they wait before that. */
START_TEST(its_requests_wait_before_anything_is_lost) {
    Flow *flow = flow_of(0);
    uint64_t doubtful = 0, stalled = 0;

    while (flow_admit(flow)) {
        if (flow_charge(flow, 512))
            flow_pinged(flow);
        if (doubtful == 0 && flow_is_doubtful(flow))
            doubtful = flow_unread(flow);
        if (stalled == 0 && flow_is_stalled(flow))
            stalled = flow_unread(flow);
    }
    ck_assert_uint_eq(doubtful, 16 * KIB + 512);
    ck_assert_uint_eq(stalled, 32 * KIB + 512);
    ck_assert_uint_ge(flow_unread(flow), limits.limit);
    ck_assert_uint_le(flow_unread(flow), limits.limit + limits.window + 1024);
    ck_assert(flow_is_stalled(flow));
    flow_ends(flow);
}
END_TEST

START_TEST(nothing_waits_without_a_question) {
    Flow *flow = flow_of(0);

    flow_charge(flow, 100 * KIB);
    ck_assert(!flow_is_stalled(flow) && !flow_is_doubtful(flow) && flow_admit(flow));
    flow_pinged(flow);
    ck_assert(flow_is_stalled(flow) && flow_is_doubtful(flow));
    flow_answered(flow);
    ck_assert(!flow_is_stalled(flow) && !flow_is_doubtful(flow));
    flow_ends(flow);
}
END_TEST

START_TEST(one_long_message_cuts_nobody_off) {
    Flow *flow = flow_of(0);

    ck_assert(flow_charge(flow, 400 * KIB));
    flow_pinged(flow);
    ck_assert_uint_eq(send_all(flow, KIB, 100), 100 * KIB);
    read_all(flow);
    ck_assert_uint_eq(flow->lost, 0);
    flow_ends(flow);
}
END_TEST

START_TEST(who_does_not_read_is_cut_off_and_learns_what_it_lost) {
    Flow *flow = flow_of(0);
    uint64_t sent = send_all(flow, KIB, 1000);

    ck_assert(flow->cut_off && flow_is_stalled(flow));
    ck_assert_uint_lt(sent, 140 * KIB);
    ck_assert_uint_eq(flow_resume(flow), 0); /* it has not read yet */
    read_all(flow);
    ck_assert_uint_eq(flow_resume(flow), 1000 - sent / KIB);
    ck_assert_uint_eq(flow_resume(flow), 0); /* told once */
    ck_assert(flow_admit(flow) && !flow_is_stalled(flow));
    expect_group(&all, 0, 0);
    flow_ends(flow);
}
END_TEST

START_TEST(who_reads_is_never_cut_off) {
    Flow *flow = flow_of(0);

    for (unsigned i = 0; i < 100000; i++) {
        if (flow_admit(flow) && flow_charge(flow, 1 + i % 3000))
            flow_pinged(flow);
        if (flow->pinged && i % 3 == 0 && flow_answered(flow))
            flow_pinged(flow);
    }
    ck_assert_uint_eq(flow->lost, 0);
    flow_ends(flow);
}
END_TEST

/* The bus told that it reads, though it never answers. */
START_TEST(what_is_known_from_elsewhere_counts) {
    Flow *flow = flow_of(0);
    uint64_t sent = send_all(flow, KIB, 1000);

    flow_acknowledge(flow, 60 * KIB);
    ck_assert_uint_eq(flow_unread(flow), sent - 60 * KIB);
    flow_acknowledge(flow, 30 * KIB); /* older news */
    flow_acknowledge(flow, sent + 1); /* more than was sent */
    ck_assert_uint_eq(flow_unread(flow), sent - 60 * KIB);
    ck_assert_uint_eq(flow_resume(flow), 0);
    flow_acknowledge(flow, sent);
    ck_assert_uint_eq(flow_resume(flow), 1000 - sent / KIB);
    expect_group(&all, 0, 1); /* it still owes the answer */
    read_all(flow);
    expect_group(&all, 0, 0);
    flow_ends(flow);
}
END_TEST

START_TEST(an_older_answer_takes_nothing_back) {
    Flow *flow = flow_of(0);

    flow_charge(flow, 20 * KIB);
    flow_pinged(flow);
    flow_charge(flow, 20 * KIB);
    flow_acknowledge(flow, 40 * KIB);
    flow_answered(flow);
    ck_assert_uint_eq(flow_unread(flow), 0);
    expect_group(&users[0], 0, 0);
    flow_ends(flow);
}
END_TEST

START_TEST(who_leaves_gives_all_back) {
    Flow *first = flow_of(0), *second = flow_of(1);

    send_all(first, KIB, 1000);
    send_all(second, 5 * KIB, 2);
    expect_group(&users[1], 10 * KIB, 1);
    expect_group(&all, flow_unread(first) + 10 * KIB, 2);
    flow_ends(first);
    expect_group(&users[0], 0, 0);
    expect_group(&all, 10 * KIB, 1);
    flow_ends(second);
    expect_group(&all, 0, 0);
    ck_assert_uint_eq(all.flows + users[0].flows + users[1].flows + all.awaited, 0);
}
END_TEST

START_TEST(a_flow_takes_all_along_to_its_user) {
    FlowGroup strangers = {};
    Flow *flow = g_new(Flow, 1);

    flow_init(flow, &limits, &strangers, &all);
    send_all(flow, 5 * KIB, 2);
    flow_set_user(flow, &users[1]);
    expect_group(&strangers, 0, 0);
    ck_assert_uint_eq(strangers.flows, 0);
    expect_group(&users[1], 10 * KIB, 1);
    expect_group(&all, 10 * KIB, 1);
    ck_assert_uint_eq(all.flows, 1);
    flow_ends(flow);
}
END_TEST

/* ---- Many ---- */

enum { CROWD = 200 };

static Flow *crowd[CROWD];

static void gather(unsigned n, unsigned user) {
    for (unsigned i = 0; i < n; i++)
        crowd[i] = flow_of(user);
}

static void disperse(unsigned n) {
    for (unsigned i = 0; i < n; i++)
        flow_ends(crowd[i]);
    ck_assert_uint_eq(all.unread + all.pinged + all.awaited + all.flows, 0);
}

/* The silent share what their user may have: none of them has more than its part. */
START_TEST(silent_flows_of_one_user_share_its_limit) {
    gather(20, 0);
    for (unsigned round = 0; round < 1000; round++)
        for (unsigned i = 0; i < 20; i++)
            send_all(crowd[i], 512, 1);
    ck_assert_uint_le(users[0].unread, limits.user + 20 * 512);
    for (unsigned i = 0; i < 20; i++) {
        ck_assert(crowd[i]->cut_off);
        ck_assert_uint_ge(flow_unread(crowd[i]), limits.user / 20);
        ck_assert_uint_le(flow_unread(crowd[i]), limits.user / 20 + 2 * 512);
    }
    disperse(20);
}
END_TEST

START_TEST(silent_flows_take_nothing_from_another_user) {
    Flow *modest = flow_of(1);

    gather(40, 0);
    for (unsigned round = 0; round < 500; round++)
        for (unsigned i = 0; i < 40; i++)
            send_all(crowd[i], 512, 1);
    ck_assert_uint_le(users[0].unread, limits.user + 40 * 512);
    for (unsigned i = 0; i < 1000; i++) {
        ck_assert(flow_admit(modest));
        send_all(modest, 2 * KIB, 1);
        read_all(modest);
    }
    ck_assert_uint_eq(modest->lost, 0);
    flow_ends(modest);
    disperse(40);
}
END_TEST

/* A crowd that reads loses nothing: requests wait until it has. */
START_TEST(who_reads_in_a_crowd_loses_nothing) {
    uint64_t most = 0;

    gather(CROWD, 0);
    for (unsigned request = 0; request < 300; request++) {
        while (flow_is_crowded(crowd[0]))
            for (unsigned i = 0; i < CROWD; i++)
                read_all(crowd[i]);
        for (unsigned i = 0; i < CROWD; i++)
            send_all(crowd[i], 700, 1);
        most = MAX(most, all.unread);
    }
    for (unsigned i = 0; i < CROWD; i++)
        ck_assert_uint_eq(crowd[i]->lost, 0);
    ck_assert_uint_le(most, limits.user);
    disperse(CROWD);
}
END_TEST

/* Who is late is not waited for, and counts again when it answers. */
START_TEST(nobody_waits_for_the_late) {
    gather(40, 0);
    for (unsigned i = 0; i < 40; i++)
        send_all(crowd[i], 4 * KIB, 2);
    ck_assert(flow_is_crowded(crowd[0]));
    for (unsigned i = 0; i < 40; i++)
        flow_set_late(crowd[i]);
    ck_assert(!flow_is_crowded(crowd[0]));
    ck_assert_uint_eq(all.awaited, 0);
    flow_answered(crowd[0]);
    flow_set_late(crowd[0]); /* it owes nothing: it is not late */
    ck_assert(!crowd[0]->late);
    disperse(40);
}
END_TEST

START_TEST(one_alone_is_no_crowd) {
    Flow *flow = flow_of(0);

    flow_charge(flow, 500 * KIB);
    flow_pinged(flow);
    ck_assert(!flow_is_crowded(flow));
    ck_assert_uint_eq(all.awaited, limits.stall);
    flow_ends(flow);
}
END_TEST

/* ---- A million random steps ---- */

/* Check writes down each assertion that holds: too slow for so many. */
#define MUST(condition)                          \
    do {                                         \
        if (!(condition))                        \
            ck_abort_msg("not so: " #condition); \
    } while (0)

enum { FLOWS = 24, GROUPS = 3, MESSAGE_MAX = 4096 };

static Flow flows[FLOWS];
static FlowGroup groups[GROUPS];
static unsigned group_of[FLOWS];
static uint64_t said[FLOWS]; /* messages that were not sent, by our own count */

static uint64_t awaited(const Flow *flow) {
    return flow->pinged && !flow->late && !flow->cut_off ? MIN(flow_unread(flow), limits.stall) : 0;
}

static void judge_group(const FlowGroup *group, const FlowGroup *sum) {
    MUST(group->unread == sum->unread);
    MUST(group->awaited == sum->awaited);
    MUST(group->pinged == sum->pinged);
    MUST(group->flows == sum->flows);
}

static void add(FlowGroup *sum, const Flow *flow) {
    sum->unread += flow_unread(flow);
    sum->awaited += awaited(flow);
    sum->pinged += flow->pinged;
    sum->flows++;
}

static void judge_sums(void) {
    FlowGroup sums[GROUPS] = {}, total = {};

    for (unsigned i = 0; i < FLOWS; i++) {
        add(&sums[group_of[i]], &flows[i]);
        add(&total, &flows[i]);
    }
    for (unsigned i = 0; i < GROUPS; i++)
        judge_group(&groups[i], &sums[i]);
    judge_group(&all, &total);
}

/* It is cut off exactly while it has lost something; and it is asked as long as there is more than its window. */
static void judge_one(const Flow *flow) {
    MUST(flow->read <= flow->sent && flow->mark <= flow->sent);
    MUST(flow->cut_off == (flow->lost > 0));
    MUST(!flow->cut_off || flow_is_stalled(flow));
    MUST(flow->pinged || flow_unread(flow) <= limits.window);
    MUST(flow->pinged || !flow->late);
}

static void random_step(GRand *random, unsigned i) {
    Flow *flow = &flows[i];
    uint64_t lost;

    switch (g_rand_int_range(random, 0, 20)) {
    case 0:
        flow_done(flow);
        flow_init(flow, &limits, &groups[group_of[i]], &all);
        said[i] = 0;
        return;
    case 1:
        flow_acknowledge(flow, g_rand_int_range(random, 0, flow->sent + 100));
        return;
    case 2:
        flow_set_late(flow);
        return;
    case 3:
        group_of[i] = g_rand_int_range(random, 0, GROUPS);
        flow_set_user(flow, &groups[group_of[i]]);
        return;
    case 4:
        read_all(flow);
        lost = flow_resume(flow);
        MUST(lost == said[i]);
        said[i] = 0;
        return;
    default:
        if (!flow_admit(flow))
            said[i]++;
        else if (flow_charge(flow, g_rand_int_range(random, 1, MESSAGE_MAX)))
            flow_pinged(flow);
        return;
    }
}

START_TEST(groups_are_the_sums_of_their_flows) {
    GRand *random = g_rand_new_with_seed(20240501);
    unsigned cut_off = 0;

    memset(groups, 0, sizeof(groups));
    for (unsigned i = 0; i < FLOWS; i++) {
        group_of[i] = i % GROUPS;
        flow_init(&flows[i], &limits, &groups[group_of[i]], &all);
    }
    for (unsigned step = 0; step < 1000000; step++) {
        /* Some hardly ever read. */
        unsigned i = g_rand_int_range(random, 0, FLOWS), quiet = i % 4 == 0;

        for (unsigned times = 0; times <= quiet * 40; times++) {
            if (!flow_admit(&flows[i]))
                said[i]++;
            else if (flow_charge(&flows[i], MESSAGE_MAX))
                flow_pinged(&flows[i]);
        }
        random_step(random, i);
        judge_one(&flows[i]);
        cut_off += flows[i].cut_off;
        judge_sums();
        MUST(all.unread <= limits.all + FLOWS * (limits.window + MESSAGE_MAX));
    }
    MUST(cut_off > 10000);
    for (unsigned i = 0; i < FLOWS; i++)
        flow_done(&flows[i]);
    MUST(all.unread + all.pinged + all.awaited + all.flows == 0);
    g_rand_free(random);
}
END_TEST

static void judge_limits(const FlowLimits *usual) {
    ck_assert_uint_lt(usual->window, usual->stall);
    ck_assert_uint_lt(usual->stall, usual->limit);
    ck_assert_uint_lt(usual->limit, usual->user);
    ck_assert_uint_le(usual->user, usual->all);
    /* Far from where the bus stops reading from us. */
    ck_assert_uint_le(usual->all, 127 * KIB * KIB / 2);
}

START_TEST(the_usual_limits_fit_each_other) {
    judge_limits(&flow_limits_session);
    judge_limits(&flow_limits_system);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("flow");
    TCase *tcase = tcase_create("flow");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, it_is_asked_when_the_window_is_over);
    tcase_add_test(tcase, an_answer_covers_what_was_sent_before_the_question);
    tcase_add_test(tcase, it_is_asked_again_if_much_came_meanwhile);
    tcase_add_test(tcase, an_answer_to_nothing_means_nothing);
    tcase_add_test(tcase, its_requests_wait_before_anything_is_lost);
    tcase_add_test(tcase, nothing_waits_without_a_question);
    tcase_add_test(tcase, one_long_message_cuts_nobody_off);
    tcase_add_test(tcase, who_does_not_read_is_cut_off_and_learns_what_it_lost);
    tcase_add_test(tcase, who_reads_is_never_cut_off);
    tcase_add_test(tcase, what_is_known_from_elsewhere_counts);
    tcase_add_test(tcase, an_older_answer_takes_nothing_back);
    tcase_add_test(tcase, who_leaves_gives_all_back);
    tcase_add_test(tcase, a_flow_takes_all_along_to_its_user);
    tcase_add_test(tcase, silent_flows_of_one_user_share_its_limit);
    tcase_add_test(tcase, silent_flows_take_nothing_from_another_user);
    tcase_add_test(tcase, who_reads_in_a_crowd_loses_nothing);
    tcase_add_test(tcase, nobody_waits_for_the_late);
    tcase_add_test(tcase, one_alone_is_no_crowd);
    tcase_add_test(tcase, groups_are_the_sums_of_their_flows);
    tcase_add_test(tcase, the_usual_limits_fit_each_other);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
