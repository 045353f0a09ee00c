/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What networks call their calls: calls are found by it, each client its own handles. */
#include "service/network-id.h"

#include "tests/unit/stage.h"

static Client *a, *b;
static Call *first, *second;

static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(a, line0, OPEN_MONITOR);
    first = comes_in(line0, "x");
    second = comes_in(line0, "y");
    forget_story();
}

static void expect_found(Client *client, const char *kind, const char *id, unsigned n) {
    GPtrArray *handles = client_find_network_id(client, kind, id);

    ck_assert_uint_eq(handles->len, n);
    for (unsigned i = 1; i < n; i++)
        ck_assert_uint_lt(handle_number(handles->pdata[i - 1]), handle_number(handles->pdata[i]));
    g_ptr_array_unref(handles);
}

START_TEST(peers_may_choose_the_same) {
    provider_report_network_id(second, "sip-call-id", "1@x");
    provider_report_network_id(first, "sip-call-id", "1@x");
    provider_report_network_id(first, "session-id", "1@x");
    expect_story("a~2[NetworkIds] a~1[NetworkIds]");
    expect_found(a, "sip-call-id", "1@x", 2);
    expect_found(a, "session-id", "1@x", 1);
    expect_found(b, "sip-call-id", "1@x", 0);
    expect_found(a, "sip-call-id", "2@x", 0);
}
END_TEST

START_TEST(a_new_id_replaces_the_old) {
    provider_report_network_id(first, "sip-call-id", "1@x");
    provider_report_network_id(first, "sip-call-id", "1@x");
    provider_report_network_id(first, "sip-call-id", "2@x");
    expect_found(a, "sip-call-id", "1@x", 0);
    expect_found(a, "sip-call-id", "2@x", 1);
    ck_assert_ptr_null(manager_find_network_id(manager, "sip-call-id", "1@x"));
}
END_TEST

START_TEST(it_goes_with_its_call) {
    provider_report_network_id(first, "sip-call-id", "1@x");
    provider_report_ended(first, CAUSE_NORMAL, NULL);
    expect_found(a, "sip-call-id", "1@x", 1);
    handle_release(client_find_handle(a, 1));
    expect_found(a, "sip-call-id", "1@x", 0);
}
END_TEST

START_TEST(there_are_only_so_many) {
    for (int i = 0; i < 100; i++) {
        g_autofree char *kind = g_strdup_printf("kind-%d", i);

        provider_report_network_id(first, kind, "1@x");
    }
    ck_assert_uint_lt(g_hash_table_size(call_network_ids(first)), 100);
    ck_assert_uint_gt(g_hash_table_size(call_network_ids(first)), 3);
    provider_report_network_id(first, "kind-0", "2@x");
    ck_assert_str_eq(g_hash_table_lookup(call_network_ids(first), "kind-0"), "2@x");
}
END_TEST

START_TEST(it_is_one_line) {
    provider_report_network_id(first, "sip\ncall", "1@x");
    provider_report_network_id(first, "sip-call-id", "1\nx");
    ck_assert_ptr_null(call_network_ids(first));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("network id");
    TCase *tcase = stage_case(suite, "network id");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, peers_may_choose_the_same);
    tcase_add_test(tcase, a_new_id_replaces_the_old);
    tcase_add_test(tcase, it_goes_with_its_call);
    tcase_add_test(tcase, there_are_only_so_many);
    tcase_add_test(tcase, it_is_one_line);
    return run_suite(suite);
}
