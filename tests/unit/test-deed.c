/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deeds: for which of them a judge is asked, when, and that nothing comes of what he does not allow. */
#include <string.h>

#include "service/deed.h"
#include "tests/unit/stage.h"

static const char *const names[_DEED_MAX] = {
    "dial", "dial-costly", "dial-emergency", "control", "monitor", "forward", "configure", "read-log", "erase-log",
};

static Client *a;
static GString *judged;
static Deed forbidden;   /* _DEED_MAX: none */
static RefusalCode code; /* how it is forbidden */

static Refusal *judge(Client *client, Deed deed, const Line *line, void *userdata) {
    ck_assert_ptr_eq(userdata, &judged);
    g_string_append_printf(judged, "%s%s:%s(%s)", judged->len > 0 ? " " : "", client_name(client), names[deed],
                           line ? line_name(line) : "");
    return deed == forbidden ? refuse(code, "no") : NULL;
}

static void set_up(void) {
    judged = g_string_new(NULL);
    forbidden = _DEED_MAX;
    code = REFUSAL_ACCESS_DENIED;
    a = arrives("a");
    manager_set_judge(manager, judge, &judged);
}

static void tear_down(void) {
    manager_set_judge(manager, NULL, NULL);
    g_string_free(judged, TRUE);
}

static void expect_judged(const char *expected) {
    ck_assert_str_eq(judged->str, expected);
    g_string_truncate(judged, 0);
}

static const struct {
    OpenPrivilege privilege;
    const char *judged;
} openings[] = {
    { OPEN_NONE, "" },
    { OPEN_OWNER, "a:control(line0)" },
    { OPEN_MONITOR, "a:monitor(line0)" },
    { OPEN_OWNER_MONITOR, "a:control(line0) a:monitor(line0)" },
};

START_TEST(what_a_line_is_opened_for_is_judged) {
    opens(a, line0, openings[_i].privilege);
    expect_judged(openings[_i].judged);
}
END_TEST

START_TEST(who_may_not_watch_has_not_opened_the_line) {
    OpenOptions options = { .privilege = OPEN_OWNER_MONITOR, .media_modes = MEDIA_ALL };
    _cleanup_(refusal_freep) Refusal *refusal = NULL;

    forbidden = DEED_MONITOR;
    refusal = line_open(line0, a, &options);
    ck_assert_ptr_nonnull(refusal);
    ck_assert_ptr_null(client_find_open(a, line0));
}
END_TEST

START_TEST(a_dial_is_judged_last_of_all_but_limits) {
    DialOrder order = { .address = "102", .comment = "" };
    g_autofree char *long_text = g_strnfill(TEXT_MAX + 1, 'x');

    forbidden = DEED_DIAL;
    order.comment = long_text;
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=TooBig");
    expect_judged("");
    order.comment = "";
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=AccessDenied");
    expect_judged("a:dial(line0)");
    expect_asked("");
    ck_assert_uint_eq(line_active_calls(line0), 0);
    ck_assert_ptr_null(client_find_open(a, line0));
}
END_TEST

/* Who judges may need time: the network is not asked meanwhile, and a token is not used up. */
START_TEST(what_waits_changes_nothing) {
    DialOrder order = { .address = "102", .token = "t" };

    forbidden = DEED_DIAL;
    code = REFUSAL_WAITING;
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=Waiting");
    expect_asked("");
    ck_assert_ptr_null(client_find_open(a, line0));
    forbidden = _DEED_MAX;
    ASK(a, line_dial, line0, a, &order);
    expect_asked("dial");
    expect_judged("a:dial(line0) a:dial(line0)");
}
END_TEST

START_TEST(nobody_judges_an_emergency) {
    const char *const *number = line_emergency_numbers(line0);
    DialOrder order = { .address = number[0] };

    ck_assert_ptr_nonnull(number[0]);
    ASK(a, line_dial, line0, a, &order);
    expect_asked("dial");
    expect_judged("");
}
END_TEST

/* Else a helpline could be flooded with other people's calls. */
START_TEST(a_call_that_is_sent_to_an_emergency_number_is_judged) {
    Handle *handle = talks(a, line0);
    Call *call;

    opens(a, line0, OPEN_OWNER);
    call = comes_in(line0, "in");
    g_string_truncate(judged, 0);
    forbidden = DEED_DIAL;
    expect_refusal(handle_blind_transfer(handle, line_emergency_numbers(line0)[0], (Done) {}), REFUSAL_ACCESS_DENIED);
    expect_judged("a:dial(line0)");
    expect_refusal(handle_redirect(client_find_handle_on(a, call), line_emergency_numbers(line0)[0], (Done) {}), REFUSAL_ACCESS_DENIED);
    expect_judged("a:dial(line0)");
    expect_asked("");
}
END_TEST

/* The line is in a country: numbers of others cost. */
static void is_in_germany(void) {
    LinePolicy *policy = line_policy_new("line0");

    policy->country_code = g_strdup("49");
    manager_set_line_policy(manager, policy);
}

/* Some networks park a call by sending it there. */
START_TEST(a_place_is_judged_where_it_could_be_costly) {
    Handle *handle = talks(a, line0);

    is_in_germany();
    g_string_truncate(judged, 0);
    forbidden = DEED_DIAL_COSTLY;
    expect_refusal(handle_park(handle, "+441234", (Done) {}), REFUSAL_ACCESS_DENIED);
    expect_judged("a:dial-costly(line0)");
    expect_refusal(line_unpark(line0, a, "+441234", (Done) {}), REFUSAL_ACCESS_DENIED);
    expect_judged("a:control(line0) a:dial-costly(line0)");
    expect_refusal(line_pickup(line0, a, "+441234", "", (Done) {}), REFUSAL_ACCESS_DENIED);
    expect_judged("a:control(line0) a:dial-costly(line0)");
    expect_asked("");
    expect_granted(handle_park(handle, "70", (Done) {}));
    expect_judged("");
}
END_TEST

/* As if the owner had dialled that. */
START_TEST(where_the_far_end_sends_a_call_is_judged_if_it_costs) {
    Call *call = handle_call(talks(a, line0));

    is_in_germany();
    g_string_truncate(judged, 0);
    forbidden = DEED_DIAL_COSTLY;
    provider_report_party(call, PARTY_REDIRECTION, &(PartyInfo) { .number = "102" });
    expect_judged("");
    expect_asked("");
    provider_report_party(call, PARTY_REDIRECTION, NULL);
    provider_report_party(call, PARTY_REDIRECTION, &(PartyInfo) { .number = "+441234" });
    expect_judged("a:dial-costly(line0)");
    expect_asked("drop");
}
END_TEST

START_TEST(where_nobody_judges_all_is_allowed) {
    manager_set_judge(manager, NULL, NULL);
    for (Deed deed = 0; deed < _DEED_MAX; deed++)
        ck_assert_ptr_null(deed_check(a, deed, line0));
}
END_TEST

START_TEST(a_deed_is_about_a_line_or_none) {
    ck_assert_ptr_null(deed_check(a, DEED_CONFIGURE, NULL));
    ck_assert_ptr_null(deed_check(a, DEED_CONTROL, line1));
    expect_judged("a:configure() a:control(line1)");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("deed");
    TCase *tcase = stage_case(suite, "deeds");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, what_a_line_is_opened_for_is_judged, 0, G_N_ELEMENTS(openings));
    tcase_add_test(tcase, who_may_not_watch_has_not_opened_the_line);
    tcase_add_test(tcase, a_dial_is_judged_last_of_all_but_limits);
    tcase_add_test(tcase, what_waits_changes_nothing);
    tcase_add_test(tcase, nobody_judges_an_emergency);
    tcase_add_test(tcase, a_call_that_is_sent_to_an_emergency_number_is_judged);
    tcase_add_test(tcase, a_place_is_judged_where_it_could_be_costly);
    tcase_add_test(tcase, where_the_far_end_sends_a_call_is_judged_if_it_costs);
    tcase_add_test(tcase, where_nobody_judges_all_is_allowed);
    tcase_add_test(tcase, a_deed_is_about_a_line_or_none);
    return run_suite(suite);
}
