/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which rule of a line is for which call, and how far a call may be sent on. */
#include "providers/loopback/forward.h"
#include "tests/unit/run.h"

static Rules *rules;

static void tear_down(void) {
    rules = rules_free(rules);
}

static void set(const ForwardRule *list, size_t n) {
    rules = rules_new(list, n);
}

static void expect(ForwardWhen when, const char *caller, bool inside, const char *destination) {
    const ForwardRule *rule = rules_find(rules, when, caller, inside);

    ck_assert_int_eq(!rule, !destination);
    if (rule)
        ck_assert_str_eq(rule->destination, destination);
}

START_TEST(each_condition_holds_for_its_calls) {
    static const char *const names[] = { "always", "busy", "unanswered", "busy or unanswered" };

    for (ForwardCondition condition = 0; condition < _FORWARD_MAX; condition++) {
        unsigned kind = condition / 4, who = condition % 4;

        set(&(ForwardRule) { condition, who == 3 ? "5" : "", names[kind], 0 }, 1);
        for (ForwardWhen when = 0; when < _FORWARD_WHEN_MAX; when++) {
            bool holds = kind == when || (kind == 3 && when != FORWARD_ALWAYS);

            expect(when, "5", true, holds && who != 2 ? names[kind] : NULL);
            expect(when, "5", false, holds && who != 1 ? names[kind] : NULL);
            expect(when, "6", true, holds && who < 2 ? names[kind] : NULL);
            expect(when, NULL, false, holds && (who == 0 || who == 2) ? names[kind] : NULL);
        }
        tear_down();
    }
}
END_TEST

START_TEST(the_closest_rule_counts) {
    const ForwardRule list[] = {
        { FORWARD_UNCOND, "", "all", 0 },
        { FORWARD_UNCOND_INTERNAL, "", "inside", 0 },
        { FORWARD_UNCOND_SPECIFIC, "tel:+49-30", "one", 0 },
        { FORWARD_UNCOND_SPECIFIC, "+4930", "never", 0 },
    };
    size_t n;

    set(list, G_N_ELEMENTS(list));
    expect(FORWARD_ALWAYS, "+4930", true, "one");
    expect(FORWARD_ALWAYS, "+49 3-0", false, "one");
    expect(FORWARD_ALWAYS, "7", true, "inside");
    expect(FORWARD_ALWAYS, "7", false, "all");
    expect(FORWARD_WHEN_BUSY, "7", false, NULL);
    ck_assert_str_eq(rules_list(rules, &n)[2].filter, "tel:+49-30");
    ck_assert_uint_eq(n, G_N_ELEMENTS(list));
}
END_TEST

START_TEST(no_rules_are_none) {
    size_t n = 5;

    set(NULL, 0);
    ck_assert_ptr_null(rules);
    expect(FORWARD_ALWAYS, "7", true, NULL);
    ck_assert_ptr_null(rules_list(rules, &n));
    ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(the_network_has_a_number_of_rings) {
    ck_assert_uint_eq(rule_rings(&(ForwardRule) { FORWARD_NO_ANSW, "", "1", 0 }), FORWARD_RINGS);
    ck_assert_uint_eq(rule_rings(&(ForwardRule) { FORWARD_NO_ANSW, "", "1", 7 }), 7);
}
END_TEST

START_TEST(a_trail_has_an_end) {
    Trail *trail = NULL;
    unsigned n = 0;

    ck_assert(!trail_has(trail, "0") && !trail_is_full(trail));
    while (!trail_is_full(trail)) {
        g_autofree char *text = g_strdup_printf("%u", n++);
        GRefString *number = g_ref_string_new(text);

        ck_assert(trail_add(&trail, number));
        ck_assert(trail_has(trail, number) && !trail_has(trail, "x"));
        g_ref_string_release(number);
    }
    ck_assert_uint_ge(n, 8);
    ck_assert(!trail_add(&trail, NULL));
    trail_free(trail);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loopback-forward");
    TCase *tcase = tcase_create("forward");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, each_condition_holds_for_its_calls);
    tcase_add_test(tcase, the_closest_rule_counts);
    tcase_add_test(tcase, no_rules_are_none);
    tcase_add_test(tcase, the_network_has_a_number_of_rings);
    tcase_add_test(tcase, a_trail_has_an_end);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
