/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules by which a line sends its calls elsewhere: checked, asked for, and told to those who have the line open. */
#include <string.h>

#include "tests/unit/stage.h"

static Client *a, *b;

static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(a, line0, OPEN_NONE);
}

static const ForwardRule uncond = { .condition = FORWARD_UNCOND, .filter = "", .destination = "102" };

START_TEST(rules_are_told_when_the_network_has_them) {
    ASK(a, line_forward, line0, a, &uncond, 1);
    expect_asked("forward(1)");
    ck_assert_uint_eq(line_forwarding(line0)->n, 0);
    provider_report_forwarding(line0, &uncond, 1);
    completes(last_request());
    expect_story("a:forwarding(line0,1) a=done");
    ck_assert_str_eq(line_forwarding(line0)->rules[0].destination, "102");
    /* Nothing new is not told. */
    provider_report_forwarding(line0, &uncond, 1);
    expect_story("");
    ASK(a, line_forward, line0, a, NULL, 0);
    expect_asked("forward(0)");
    provider_report_forwarding(line0, NULL, 0);
    completes(last_request());
    expect_story("a:forwarding(line0,0) a=done");
}
END_TEST

START_TEST(whoever_opens_the_line_is_told) {
    provider_report_forwarding(line0, &uncond, 1);
    expect_story("a:forwarding(line0,1)");
    opens(b, line0, OPEN_NONE);
    expect_story("b:forwarding(line0,1)");
}
END_TEST

START_TEST(every_difference_is_one) {
    static const ForwardRule others[] = {
        { .condition = FORWARD_BUSY, .destination = "102" },
        { .condition = FORWARD_BUSY, .destination = "102", .rings = 1 },
        { .condition = FORWARD_BUSY, .destination = "103", .rings = 1 },
        { .condition = FORWARD_BUSY, .destination = "103", .rings = 1, .filter = "7" },
        { .condition = FORWARD_BUSY, .destination = NULL, .rings = 1, .filter = "7" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        provider_report_forwarding(line0, &others[i], 1);
        expect_story("a:forwarding(line0,1)");
        provider_report_forwarding(line0, &others[i], 1);
        expect_story("");
    }
    ck_assert_str_eq(line_forwarding(line0)->rules[0].destination, "");
}
END_TEST

START_TEST(nonsense_of_the_network_is_ignored) {
    g_autofree char *longer = g_strnfill(ADDRESS_MAX + 1, '1');
    const ForwardRule nonsense[] = {
        { .condition = 77, .destination = "102" },
        { .destination = "\xff" },
        { .destination = longer },
        { .filter = longer },
    };
    static ForwardRule many[FORWARD_RULES_MAX + 1];

    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++)
        provider_report_forwarding(line0, &nonsense[i], 1);
    provider_report_forwarding(line0, many, G_N_ELEMENTS(many));
    expect_story("");
    ck_assert_uint_eq(line_forwarding(line0)->n, 0);
}
END_TEST

static const struct {
    ForwardRule rule;
    RefusalCode code;
} bad_rules[] = {
    { { FORWARD_UNCOND, "7", "102" }, REFUSAL_INVALID_ARGS },
    { { FORWARD_UNCOND_SPECIFIC, "", "102" }, REFUSAL_INVALID_ARGS },
    { { FORWARD_BUSY_SPECIFIC, "", "102" }, REFUSAL_INVALID_ARGS },
    { { FORWARD_NO_ANSW_SPECIFIC, "", "102" }, REFUSAL_INVALID_ARGS },
    { { FORWARD_BUSY_NA_SPECIFIC, "", "102" }, REFUSAL_INVALID_ARGS },
    { { FORWARD_NO_ANSW, "", "102", FORWARD_RINGS_MAX + 1 }, REFUSAL_INVALID_ARGS },
    { { FORWARD_UNCOND, "", "100" }, REFUSAL_INVALID_ADDRESS },
    { { FORWARD_UNCOND, "", "nowhere" }, REFUSAL_INVALID_ADDRESS },
    { { FORWARD_UNCOND_SPECIFIC, "\n", "102" }, REFUSAL_INVALID_ADDRESS },
    { { FORWARD_UNCOND_SPECIFIC, "\n", "" }, REFUSAL_INVALID_ADDRESS },
    { { FORWARD_UNCOND, "", "*21" }, REFUSAL_NOT_SUPPORTED },
};

START_TEST(there_are_bad_rules) {
    const ForwardRule rules[] = { uncond, bad_rules[_i].rule };

    expect_refusal(line_forward(line0, a, rules, 2, (Done) {}), bad_rules[_i].code);
    expect_asked("");
}
END_TEST

START_TEST(there_are_good_rules) {
    static const ForwardRule rules[] = {
        { FORWARD_UNCOND_SPECIFIC, "7", "102" },
        { FORWARD_UNCOND_SPECIFIC, "7", "" },
        { FORWARD_NO_ANSW_INTERNAL, "", "102", FORWARD_RINGS_MAX },
        { FORWARD_BUSY_EXTERNAL, "", "" },
    };

    ASK(a, line_forward, line0, a, rules, G_N_ELEMENTS(rules));
    expect_asked("forward(4)");
    completes(last_request());
    expect_story("a=done");
}
END_TEST

START_TEST(it_may_be_refused) {
    static ForwardRule many[FORWARD_RULES_MAX + 1];
    Line *poor = adds_line("poor", 0, false, OPERATION_BIT(OPERATION_FORWARD));

    for (size_t i = 0; i < G_N_ELEMENTS(many); i++)
        many[i] = uncond;
    opens(a, poor, OPEN_NONE);
    ASK(b, line_forward, line0, b, &uncond, 1);
    ASK(a, line_forward, poor, a, &uncond, 1);
    ASK(a, line_forward, line0, a, many, G_N_ELEMENTS(many));
    stage_start_error = 5;
    ASK(a, line_forward, line0, a, &uncond, 1);
    ASK(a, line_forward, line0, a, &uncond, 1);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    provider_report_line_state(line0, LINE_OUT_OF_SERVICE, "");
    ASK(a, line_forward, line0, a, &uncond, 1);
    expect_story("b=LineNotOpen a=NotSupported a=TooBig a=ProviderFailed a=LineBusy a=LineOutOfService");
}
END_TEST

START_TEST(messages_are_counted_aloud) {
    provider_report_messages_waiting(line0, 2);
    provider_report_messages_waiting(line0, 2);
    provider_report_messages_waiting(line0, 0);
    expect_story("*:messages(line0,2) *:messages(line0,0)");
    ck_assert_uint_eq(line_messages_waiting(line0), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("forward");
    TCase *tcase = stage_case(suite, "forward");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, rules_are_told_when_the_network_has_them);
    tcase_add_test(tcase, whoever_opens_the_line_is_told);
    tcase_add_test(tcase, every_difference_is_one);
    tcase_add_test(tcase, nonsense_of_the_network_is_ignored);
    tcase_add_loop_test(tcase, there_are_bad_rules, 0, G_N_ELEMENTS(bad_rules));
    tcase_add_test(tcase, there_are_good_rules);
    tcase_add_test(tcase, it_may_be_refused);
    tcase_add_test(tcase, messages_are_counted_aloud);
    return run_suite(suite);
}
