/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A registrar is asked now and then, and one that has stopped is noticed long before the registration ends. */
#include "providers/sip/registration.h"
#include "tests/peers/sip-stage.h"
#include "tests/peers/switch.h"
#include "tests/unit/run.h"

static Switch *pbx;

static Line *add_line(bool knows_options, const char *keepalive) {
    g_autofree char *server = NULL;
    Line *line;

    sip_stage_begin();
    pbx = switch_new("127.0.0.1", 489, "");
    switch_set_options(pbx, knows_options);
    server = g_strdup_printf("127.0.0.1:%u", switch_port(pbx));
    line = sip_stage_add_line("alice", "Registrar", server, "User", "alice", "Keepalive", keepalive, NULL);
    AWAIT(line_state(line) == LINE_IN_SERVICE);
    return line;
}

static void tear_down(void) {
    sip_stage_end();
    pbx = switch_free(pbx);
}

START_TEST(a_registrar_that_stops_is_noticed) {
    const Line *line = add_line(true, "5");

    AWAIT(switch_count(pbx, "OPTIONS") >= 2);
    ck_assert_uint_eq(switch_count(pbx, "REGISTER"), 1);
    switch_set_quiet(pbx, true);
    AWAIT(line_state(line) == LINE_OUT_OF_SERVICE);
    ck_assert_msg(strstr(line_state_reason(line), "answer"), "%s", line_state_reason(line));
    switch_set_quiet(pbx, false);
    AWAIT(line_state(line) == LINE_IN_SERVICE);
    tear_down();
}
END_TEST

/* It has better things to do. */
START_TEST(who_never_answers_is_not_blamed) {
    const Line *line = add_line(false, "5");

    AWAIT(switch_count(pbx, "OPTIONS") > 0);
    sip_stage_pass(12000);
    ck_assert_int_eq(line_state(line), LINE_IN_SERVICE);
    ck_assert_uint_eq(switch_count(pbx, "REGISTER"), 1);
    tear_down();
}
END_TEST

START_TEST(who_wants_none_asks_nothing) {
    const Line *line = add_line(true, "0");

    sip_stage_pass(1000);
    ck_assert_int_eq(line_state(line), LINE_IN_SERVICE);
    ck_assert_uint_eq(switch_count(pbx, "OPTIONS"), 0);
    tear_down();
}
END_TEST

static const struct {
    unsigned granted_s, refresh_s;
} refreshes[] = { { 0, 1 }, { 1, 1 }, { 60, 30 }, { 240, 120 }, { 600, 120 }, { 86400, 120 } };

START_TEST(a_registration_is_refreshed_in_time_and_often) {
    ck_assert_uint_eq(registration_refresh_s(refreshes[_i].granted_s), refreshes[_i].refresh_s);
}
END_TEST

/* It answers everything, but knows nothing of us any more: it hears of us again. */
START_TEST(a_registrar_that_forgets_is_reminded) {
    const Line *line = add_line(true, "0");

    switch_set_granted(pbx, 4);
    sip_line_wake(line_provider_data(line));
    AWAIT(switch_count(pbx, "REGISTER") >= 5);
    ck_assert_int_eq(line_state(line), LINE_IN_SERVICE);
    tear_down();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("keepalive");
    TCase *tcase = tcase_create("registrar");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_registrar_that_stops_is_noticed);
    tcase_add_test(tcase, who_never_answers_is_not_blamed);
    tcase_add_test(tcase, who_wants_none_asks_nothing);
    tcase_add_loop_test(tcase, a_registration_is_refreshed_in_time_and_often, 0, G_N_ELEMENTS(refreshes));
    tcase_add_test(tcase, a_registrar_that_forgets_is_reminded);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
