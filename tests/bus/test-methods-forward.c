/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forward: rules as they are set and read, who is told of them, and who is not. */
#include "tests/bus/util-calls.h"

#include <string.h>

#define RULES "a(sssu)"

static const char *rules(Client *client, const char *line) {
    return get_text(client, line, "Forwarding");
}

START_TEST(rules_are_read_as_they_were_set) {
    Client *alice = bus_client(t);
    client_open(alice, "loop0", "none");
    client_forward(alice, "loop0", 3, "busy", "", "102", 0, "no-answ-internal", "", "", 4, "uncond-specific", "101", "answer", 0);
    ck_assert_str_eq(rules(alice, LINE("loop0")),
                     "[(\"busy\", \"\", \"102\", 0), (\"no-answ-internal\", \"\", \"\", 4), "
                     "(\"uncond-specific\", \"101\", \"answer\", 0)]");
    client_forward(alice, "loop0", 1, "uncond", "", "102", 0);
    ck_assert_str_eq(rules(alice, LINE("loop0")), "[(\"uncond\", \"\", \"102\", 0)]");
    client_forward(alice, "loop0", 0);
    ck_assert_str_eq(rules(alice, LINE("loop0")), "[]");
    client_forward(alice, "loop0", 0);
}
END_TEST

START_TEST(every_condition_and_its_other_name) {
    static const struct {
        const char *given, *shown;
    } names[] = {{"uncond", "uncond"},    {"busy", "busy"},           {"no-answ", "no-answ"},
                 {"busy-na", "busy-na"}, {"no-answer", "no-answ"}, {"busy-no-answer", "busy-na"}};
    static const struct {
        const char *ending, *filter;
    } endings[] = {{"", ""}, {"-internal", ""}, {"-external", ""}, {"-specific", "101"}};
    Client *alice = bus_client(t);
    client_open(alice, "loop0", "none");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(endings); k++) {
            g_autofree char *given = g_strconcat(names[i].given, endings[k].ending, NULL);
            g_autofree char *shown = g_strdup_printf("[(\"%s%s\", \"%s\", \"102\", 2)]", names[i].shown,
                                                     endings[k].ending, endings[k].filter);
            client_forward(alice, "loop0", 1, given, endings[k].filter, "102", 2);
            ck_assert_str_eq(rules(alice, LINE("loop0")), shown);
        }
}
END_TEST

START_TEST(bad_rules_change_nothing) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    g_autofree char *long_address = g_strnfill(257, '1');
    const char *line = LINE("loop0");
    expect_error(bob, "LineNotOpen", line, "Forward", RULES, 0);
    expect_error(bob, DBUS_ERROR_INVALID_ARGS, line, "Forward", RULES, 1, "never", "", "102", 0);
    client_open(alice, "loop0", "monitor");
    client_forward(alice, "loop0", 1, "busy", "", "102", 0);
    g_autofree char *before = bus_snapshot(t);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, line, "Forward", RULES, 1, "", "", "102", 0);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, line, "Forward", RULES, 2, "busy", "", "102", 0, "Busy", "", "102", 0);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, line, "Forward", RULES, 1, "busy", "101", "102", 0);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, line, "Forward", RULES, 1, "busy-specific", "", "102", 0);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, line, "Forward", RULES, 1, "no-answ", "", "102", 61);
    expect_error(alice, "InvalidAddress", line, "Forward", RULES, 1, "busy", "", "100", 0);
    expect_error(alice, "InvalidAddress", line, "Forward", RULES, 1, "busy", "", "1\n2", 0);
    expect_error(alice, "InvalidAddress", line, "Forward", RULES, 1, "busy", "", long_address, 0);
    expect_error(alice, "InvalidAddress", line, "Forward", RULES, 1, "busy-specific", "1\n2", "102", 0);
    expect_error(alice, "NotSupported", line, "Forward", RULES, 1, "busy-specific", "*31#", "102", 0);
    expect_error(alice, "NotSupported", line, "Forward", RULES, 1, "busy", "", "*21#", 0);
    expect_unchanged(t, before);
}
END_TEST

static uint64_t send_many(Client *client, unsigned count) {
    sd_bus_message *m = NULL;
    ck_assert_int_ge(sd_bus_message_new_method_call(client_connection(client), &m, CALLBUS_NAME, LINE("loop0"),
                                                    CALLBUS_LINE_INTERFACE, "Forward"), 0);
    ck_assert_int_ge(sd_bus_message_open_container(m, 'a', "(sssu)"), 0);
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *caller = g_strdup_printf("%u", 2000 + i);
        ck_assert_int_ge(sd_bus_message_append(m, "(sssu)", "uncond-specific", caller, "102", 0), 0);
    }
    ck_assert_int_ge(sd_bus_message_close_container(m), 0);
    uint64_t request = client_send_message(client, m);
    sd_bus_message_unref(m);
    return request;
}

START_TEST(there_are_at_most_64_rules) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    expect_answer_error(bob, send_many(bob, 65), "LineNotOpen");
    client_open(alice, "loop0", "none");
    client_await_success(alice, send_many(alice, 64));
    g_autofree char *before = bus_snapshot(t);
    expect_answer_error(alice, send_many(alice, 65), "TooBig");
    expect_answer_error(alice, send_many(alice, 10000), "TooBig");
    expect_unchanged(t, before);
}
END_TEST

/* Told to those who have the line open, each by itself; to others the line has no rules. */
START_TEST(rules_are_told_to_those_who_have_the_line_open) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    static const char *const rule = "[(\"busy\", \"\", \"102\", 0)]";
    client_open(alice, "loop0", "none");
    client_open(bob, "loop0", "none");
    guint start = client_event_count(bob), carols = client_event_count(carol), alices = client_event_count(alice);
    uint64_t request = client_send(alice, LINE("loop0"), "Forward", RULES, 1, "busy", "", "102", 0);
    client_await_success(alice, request);
    bus_barrier(t);
    int told = change_place(alice, alices, LINE("loop0"), "Forwarding", rule);
    ck_assert_int_ge(told, 0);
    ck_assert_int_lt(told, answer_place(alice, request));
    told = change_place(bob, start, LINE("loop0"), "Forwarding", rule);
    ck_assert_int_ge(told, 0);
    ck_assert_str_eq(sd_bus_message_get_destination(client_event(bob, (guint) told)->message), client_name(bob));
    ck_assert_uint_eq(signal_count(carol, carols, LINE("loop0"), "PropertiesChanged"), 0);
    ck_assert_str_eq(rules(carol, LINE("loop0")), "[]");
    /* The same rules again are no change. */
    start = client_event_count(bob);
    client_forward(alice, "loop0", 1, "busy", "", "102", 0);
    bus_barrier(t);
    ck_assert_uint_eq(signal_count(bob, start, LINE("loop0"), "PropertiesChanged"), 0);
    /* Whoever opens it later is told then. */
    client_open(carol, "loop0", "none");
    bus_barrier(t);
    ck_assert_int_ge(change_place(carol, carols, LINE("loop0"), "Forwarding", rule), 0);
    ck_assert_str_eq(rules(carol, LINE("loop0")), rule);
    /* Whoever closes it is told, too, and before the reply. */
    carols = client_event_count(carol);
    request = client_send(carol, LINE("loop0"), "Close", "");
    client_await_success(carol, request);
    told = change_place(carol, carols, LINE("loop0"), "Forwarding", "[]");
    ck_assert_int_ge(told, 0);
    ck_assert_int_lt(told, answer_place(carol, request));
    ck_assert_str_eq(rules(carol, LINE("loop0")), "[]");
}
END_TEST

START_TEST(messages_that_wait_are_told_to_all) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *call = client_dial(alice, "loop0", "101");
    await_state(alice, call, "ringback");
    guint start = client_event_count(carol);
    client_complete_call(alice, call, "message");
    AWAIT(t, get_number(carol, LINE("loop1"), "MessagesWaiting") == 1);
    bus_barrier(t);
    int told = change_place(carol, start, LINE("loop1"), "MessagesWaiting", "1");
    ck_assert_int_ge(told, 0);
    ck_assert_ptr_null(sd_bus_message_get_destination(client_event(carol, (guint) told)->message));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("methods-forward");
    TCase *tcase = bus_case(suite, "forward");
    tcase_add_test(tcase, rules_are_read_as_they_were_set);
    tcase_add_test(tcase, every_condition_and_its_other_name);
    tcase_add_test(tcase, bad_rules_change_nothing);
    tcase_add_test(tcase, there_are_at_most_64_rules);
    tcase_add_test(tcase, rules_are_told_to_those_who_have_the_line_open);
    tcase_add_test(tcase, messages_that_wait_are_told_to_all);
    return bus_main(suite);
}
