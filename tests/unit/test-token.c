/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 20: who dials twice with the same token gets the same call, never a second one. */
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

#define HOUR (INT64_C(3600) * G_USEC_PER_SEC)

static DialOrder order;

static void set_up(void) {
    order = (DialOrder) { .address = "101", .token = "t" };
}

/* Dials, and the line takes it. */
static Call *dials(Client *client, Line *line) {
    Call *call;

    ASK(client, line_dial, line, client, &order);
    expect_asked("dial");
    call = last_call();
    dialled(last_request(), "x");
    return call;
}

START_TEST(the_same_client_gets_the_same_path) {
    Client *a = arrives("a");

    dials(a, line0);
    expect_story("a=done(1) a+1(dialing)");
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=done(1)");
    expect_asked("");
}
END_TEST

START_TEST(another_client_of_the_user_becomes_an_owner) {
    Client *a = arrives("a"), *b = arrives("b");
    Call *call = dials(a, line0);

    expect_story("a=done(1) a+1(dialing)");
    ASK(b, line_dial, line0, b, &order);
    expect_story("b=done(1) a~1[Owners=2 OwnerApps=,] b+1(dialing)");
    ck_assert_uint_eq(call_owners(call), 2);
    expect_asked("");
}
END_TEST

START_TEST(a_monitor_keeps_its_path_and_becomes_an_owner) {
    Client *a = arrives("a"), *b = arrives("b");

    opens(b, line0, OPEN_MONITOR);
    dials(a, line0);
    expect_story("a=done(1) a+1(dialing) b+1(dialing)");
    ASK(b, line_dial, line0, b, &order);
    expect_story("b=done(1) b~1[Privilege=owner Owners=2 OwnerApps=,] a~1[Owners=2 OwnerApps=,]");
}
END_TEST

START_TEST(users_and_lines_have_tokens_of_their_own) {
    Client *a = arrives("a"), *other_user = arrives("A");

    dials(a, line0);
    dials(other_user, line0);
    dials(a, drop_line);
    expect_story("a=done(1) A=done(1) a+1(dialing) a=done(2) A+1(dialing) a+2(dialing)");
}
END_TEST

static const struct {
    const char *what;
    DialOrder order;
} others[] = {
    { "address", { .address = "102" } },
    { "media mode", { .address = "101", .media_mode = MEDIA_VIDEO } },
    { "called party", { .address = "101", .called_party = "Bob" } },
    { "comment", { .address = "101", .comment = "x" } },
    { "hidden caller", { .address = "101", .hide_caller_id = true } },
    { "time-out", { .address = "101", .no_answer_timeout_s = 5 } },
    { "user-user info", { .address = "101", .user_user_info = (const uint8_t *) "u", .user_user_info_size = 1 } },
    { "call data", { .address = "101", .call_data = (const uint8_t *) "u", .call_data_size = 1 } },
    { "loss", { .address = "101", .on_owner_lost = ON_OWNER_LOST_KEEP } },
};

START_TEST(other_arguments_conflict) {
    Client *a = arrives("a");

    dials(a, line0);
    expect_story("a=done(1) a+1(dialing)");
    order = others[_i].order;
    order.token = "t";
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=Conflict");
    expect_asked("");
}
END_TEST

START_TEST(absent_and_empty_are_the_same_argument) {
    Client *a = arrives("a");

    dials(a, line0);
    order.comment = order.called_party = "";
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=done(1) a+1(dialing) a=done(1)");
}
END_TEST

START_TEST(an_empty_token_is_none) {
    Client *a = arrives("a");

    order.token = "";
    dials(a, line0);
    dials(a, line0);
    expect_story("a=done(1) a+1(dialing) a=done(2) a+2(dialing)");
}
END_TEST

START_TEST(a_token_has_at_most_256_bytes) {
    Client *a = arrives("a");
    g_autofree char *right = g_strnfill(256, 't'), *wrong = g_strnfill(257, 't');

    order.token = right;
    dials(a, line0);
    order.token = wrong;
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=done(1) a=TooBig a+1(dialing)");
}
END_TEST

START_TEST(a_forgotten_call_conflicts) {
    Client *a = arrives("a");
    Call *call = dials(a, line0);

    provider_report_ended(call, CAUSE_BUSY, NULL);
    manager_flush(manager);
    handle_release(client_find_handle(a, 1));
    manager_flush(manager);
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=done(1) a+1(dialing) a~1[State=disconnected DisconnectCause=busy] a-1 a=Conflict");
    expect_asked("");
}
END_TEST

START_TEST(an_ended_call_that_somebody_holds_is_given) {
    Client *a = arrives("a"), *b = arrives("b");
    Call *call = dials(a, line0);

    provider_report_ended(call, CAUSE_BUSY, NULL);
    ASK(a, handle_drop, client_find_handle(a, 1), REJECT_NONE);
    manager_flush(manager);
    ASK(b, line_dial, line0, b, &order);
    expect_story("a=done(1) a+1(dialing) a~1[State=disconnected DisconnectCause=busy] a=done a~1[State=idle] b=done(1) b+1(idle)");
}
END_TEST

/* ---- While the first dial is under way ---- */

START_TEST(a_second_dial_waits_for_the_first) {
    Client *a = arrives("a"), *b = arrives("b");
    RequestId request;

    ASK(a, line_dial, line0, a, &order);
    request = last_request();
    ASK(b, line_dial, line0, b, &order);
    ASK(a, line_dial, line0, a, &order);
    expect_asked("dial");
    expect_story("");
    dialled(request, "x");
    expect_story("a=done(1) b=done(1) a+1(dialing) a=done(1) b+1(dialing)");
}
END_TEST

START_TEST(who_waits_is_refused_with_the_first) {
    Client *a = arrives("a"), *b = arrives("b");

    ASK(a, line_dial, line0, a, &order);
    ASK(b, line_dial, line0, b, &order);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_story("a=LineBusy b=LineBusy");
    /* The token is free again. */
    expect_asked("dial");
    dials(b, line0);
    expect_story("b=done(1) b+1(dialing)");
}
END_TEST

START_TEST(a_dial_that_could_not_start_leaves_the_token_free) {
    Client *a = arrives("a");

    stage_start_error = 5;
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=ProviderFailed");
    expect_asked("dial");
    dials(a, line0);
    expect_story("a=done(1) a+1(dialing)");
}
END_TEST

START_TEST(who_waits_owns_the_call_when_the_first_has_left) {
    Client *a = arrives("a"), *b = arrives("b");

    ASK(a, line_dial, line0, a, &order);
    ASK(b, line_dial, line0, b, &order);
    client_vanish(a);
    expect_asked("dial");
    dialled(last_request(), "x");
    expect_story("a=ClientGone b=done(1) b+1(dialing)");
    expect_asked(""); /* not dropped: it has an owner */
}
END_TEST

START_TEST(when_both_have_left_the_call_is_dropped) {
    Client *a = arrives("a"), *b = arrives("b");
    RequestId request;

    ASK(a, line_dial, line0, a, &order);
    request = last_request();
    ASK(b, line_dial, line0, b, &order);
    client_vanish(a);
    client_vanish(b);
    expect_asked("dial");
    dialled(request, "x");
    expect_asked("drop");
    expect_story("a=ClientGone b=ClientGone");
}
END_TEST

START_TEST(who_waits_is_refused_when_the_line_is_lost) {
    Client *a = arrives("a"), *b = arrives("b");

    ASK(a, line_dial, line0, a, &order);
    ASK(b, line_dial, line0, b, &order);
    provider_report_line_state(line0, LINE_REMOVED, "gone");
    expect_story("a=LineOutOfService b=LineOutOfService");
    ck_assert_uint_eq(g_hash_table_size(manager_requests(manager)), 0);
}
END_TEST

/* ---- Time and limits ---- */

START_TEST(a_token_is_good_for_24_hours) {
    Client *a = arrives("a");

    dials(a, line0);
    clock_pass(24 * HOUR);
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=done(1) a+1(dialing) a=done(1)");
    expect_asked("");
    clock_pass(1);
    dials(a, line0);
    expect_story("a=done(2) a+2(dialing)");
}
END_TEST

/* A dial that is still under way keeps its token, but not those of others. */
START_TEST(a_dial_under_way_keeps_no_other_token) {
    Client *a = arrives("a");
    RequestId slow;

    order.token = "slow";
    ASK(a, line_dial, line0, a, &order);
    slow = last_request();
    expect_asked("dial");
    order.token = "t";
    dials(a, line0);
    clock_pass(25 * HOUR);
    dials(a, line0);
    order.token = "slow";
    ASK(a, line_dial, line0, a, &order);
    expect_asked(""); /* it waits */
    expect_story("a=done(1) a=Timeout a+1(dialing) a=done(2) a+2(dialing)");
    /* Its wait is over, too. */
    clock_pass(25 * HOUR);
    expect_story("a=Timeout");
    refuses(slow, REFUSAL_LINE_BUSY);
    expect_story("");
}
END_TEST

START_TEST(a_user_has_only_so_many_tokens) {
    static const char *const names[] = { "1", "2", "3" };
    Client *a = arrives("a"), *b = arrives("b"), *other_user = arrives("A");

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        order.token = names[i];
        dials(i == 1 ? b : a, line0);
    }
    order.token = "4";
    ASK(b, line_dial, line0, b, &order);
    dials(other_user, line0);
    order.token = NULL;
    dials(b, line0);
    expect_story("a=done(1) b=done(1) a+1(dialing) a=done(2) b=LimitsExceeded A=done(1) b+1(dialing) b=done(2) a+2(dialing) "
                 "A+1(dialing) b+2(dialing)");
    /* The oldest are forgotten in time. */
    clock_pass(25 * HOUR);
    order.token = "4";
    dials(b, line0);
    expect_story("b=done(3) b+3(dialing)");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("token");
    TCase *tcase;

    stage_limits = limits_default;
    stage_limits.tokens_per_user = 3;
    tcase = stage_case(suite, "token");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, the_same_client_gets_the_same_path);
    tcase_add_test(tcase, another_client_of_the_user_becomes_an_owner);
    tcase_add_test(tcase, a_monitor_keeps_its_path_and_becomes_an_owner);
    tcase_add_test(tcase, users_and_lines_have_tokens_of_their_own);
    tcase_add_loop_test(tcase, other_arguments_conflict, 0, G_N_ELEMENTS(others));
    tcase_add_test(tcase, absent_and_empty_are_the_same_argument);
    tcase_add_test(tcase, an_empty_token_is_none);
    tcase_add_test(tcase, a_token_has_at_most_256_bytes);
    tcase_add_test(tcase, a_forgotten_call_conflicts);
    tcase_add_test(tcase, an_ended_call_that_somebody_holds_is_given);
    tcase_add_test(tcase, a_second_dial_waits_for_the_first);
    tcase_add_test(tcase, who_waits_is_refused_with_the_first);
    tcase_add_test(tcase, a_dial_that_could_not_start_leaves_the_token_free);
    tcase_add_test(tcase, who_waits_owns_the_call_when_the_first_has_left);
    tcase_add_test(tcase, when_both_have_left_the_call_is_dropped);
    tcase_add_test(tcase, who_waits_is_refused_when_the_line_is_lost);
    tcase_add_test(tcase, a_token_is_good_for_24_hours);
    tcase_add_test(tcase, a_dial_under_way_keeps_no_other_token);
    tcase_add_test(tcase, a_user_has_only_so_many_tokens);
    return run_suite(suite);
}
