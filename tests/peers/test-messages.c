/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages that wait: a line asks for them, and is told when their number changes. */
#include "tests/peers/sip-stage.h"
#include "tests/peers/switch.h"
#include "tests/unit/run.h"

#define TWO "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n"
#define NONE "Messages-Waiting: no\r\n"

static Switch *pbx;

static Line *add_line(int subscribe_status) {
    g_autofree char *server = NULL;

    sip_stage_begin();
    pbx = switch_new("127.0.0.1", subscribe_status, TWO);
    server = g_strdup_printf("127.0.0.1:%u", switch_port(pbx));
    return sip_stage_add_line("alice", "Registrar", server, "User", "alice", NULL);
}

static void tear_down(void) {
    sip_stage_end();
    pbx = switch_free(pbx);
}

START_TEST(they_are_subscribed_to) {
    const Line *line = add_line(202);

    AWAIT(line_messages_waiting(line) == 2);
    switch_notify(pbx, NONE);
    AWAIT(line_messages_waiting(line) == 0);
    switch_notify(pbx, TWO);
    AWAIT(line_messages_waiting(line) == 2);
    AWAIT(switch_count_accepted(pbx) == 3);
    ck_assert_uint_eq(switch_count(pbx, "SUBSCRIBE"), 1);
    tear_down();
}
END_TEST

START_TEST(who_has_none_is_asked_once) {
    const Line *line = add_line(489);

    AWAIT(switch_count(pbx, "SUBSCRIBE") == 1);
    sip_stage_pass(2000);
    ck_assert_int_eq(line_state(line), LINE_IN_SERVICE);
    ck_assert_uint_eq(switch_count(pbx, "SUBSCRIBE"), 1);
    ck_assert_uint_eq(switch_count(pbx, "REGISTER"), 1);
    tear_down();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("messages");
    TCase *tcase = tcase_create("waiting");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, they_are_subscribed_to);
    tcase_add_test(tcase, who_has_none_is_asked_once);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
