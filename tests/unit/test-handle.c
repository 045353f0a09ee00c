/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One client's view of a call: its privilege, what it keeps there, and how the calls of others are found. */
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;
static Call *call;

/* a talks; b watches and may own. */
static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks_as(a, line0, "call");
    call = handle_call(handle);
}

/* ---- Privilege ---- */

START_TEST(a_monitor_becomes_owner_and_back) {
    Handle *other = client_find_handle(b, 1);

    expect_granted(handle_set_privilege(other, "owner"));
    expect_granted(handle_set_privilege(other, "owner"));
    expect_story("b~1[Privilege=owner Owners=2 OwnerApps=,] a~1[Owners=2 OwnerApps=,]");
    expect_granted(handle_set_privilege(other, "monitor"));
    expect_granted(handle_set_privilege(other, "monitor"));
    expect_story("b~1[Privilege=monitor Owners=1 OwnerApps=] a~1[Owners=1 OwnerApps=]");
}
END_TEST

START_TEST(a_sole_owner_stays_one) {
    expect_refusal(handle_set_privilege(handle, "monitor"), REFUSAL_INVALID_STATE);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_refusal(handle_set_privilege(handle, "monitor"), REFUSAL_INVALID_STATE);
    ASK(a, handle_drop, handle, REJECT_NONE);
    expect_granted(handle_set_privilege(handle, "monitor"));
    forget_story();
}
END_TEST

START_TEST(who_may_not_own_does_not) {
    opens(b, line0, OPEN_MONITOR);
    expect_refusal(handle_set_privilege(client_find_handle(b, 1), "owner"), REFUSAL_INVALID_PRIVILEGE);
    expect_refusal(handle_set_privilege(handle, "king"), REFUSAL_INVALID_PRIVILEGE);
    expect_story("");
}
END_TEST

START_TEST(on_owner_lost_is_for_owners) {
    expect_refusal(handle_set_on_owner_lost(client_find_handle(b, 1), ON_OWNER_LOST_KEEP), REFUSAL_NOT_OWNER);
    expect_granted(handle_set_on_owner_lost(handle, ON_OWNER_LOST_KEEP));
    ck_assert_int_eq(handle_on_owner_lost(handle), ON_OWNER_LOST_KEEP);
    client_vanish(a);
    expect_asked("");
    forget_story();
}
END_TEST

/* ---- Data ---- */

static GVariant *app_data(const char *text) {
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    if (text)
        g_variant_builder_add(&builder, "{sv}", "note", g_variant_new_string(text));
    return g_variant_builder_end(&builder);
}

START_TEST(app_data_is_private) {
    g_autofree char *much = g_strnfill(APP_DATA_MAX, 'x');

    expect_granted(handle_set_app_data(handle, app_data(NULL)));
    expect_story("");
    expect_granted(handle_set_app_data(handle, app_data("one")));
    expect_granted(handle_set_app_data(handle, app_data("one")));
    expect_story("a~1[AppData]");
    expect_granted(handle_set_app_data(handle, app_data("two")));
    expect_story("a~1[AppData]");
    expect_refusal(handle_set_app_data(handle, app_data(much)), REFUSAL_TOO_BIG);
    ck_assert_uint_eq(g_variant_n_children(handle_app_data(handle)), 1);
    ck_assert_ptr_null(handle_app_data(client_find_handle(b, 1)));
    expect_granted(handle_set_app_data(handle, app_data(NULL)));
    ck_assert_ptr_null(handle_app_data(handle));
    expect_granted(handle_set_app_data(handle, app_data("three")));
    forget_story();
}
END_TEST

START_TEST(call_data_is_shared) {
    static const uint8_t data[CALL_DATA_MAX + 1];

    expect_granted(handle_set_call_data(handle, data, CALL_DATA_MAX));
    expect_granted(handle_set_call_data(handle, data, CALL_DATA_MAX));
    expect_story("a~1[CallData] b~1[CallData]");
    expect_refusal(handle_set_call_data(handle, data, sizeof(data)), REFUSAL_TOO_BIG);
    expect_refusal(handle_set_call_data(client_find_handle(b, 1), data, 1), REFUSAL_NOT_OWNER);
    expect_granted(handle_set_call_data(handle, NULL, 0));
    ck_assert_ptr_null(call_call_data(call));
    forget_story();
}
END_TEST

/* ---- Finding ---- */

START_TEST(calls_are_found_by_their_id) {
    GPtrArray *found = client_find_calls(b, "call");

    ck_assert_uint_eq(found->len, 1);
    g_ptr_array_unref(found);
    found = client_find_calls(b, "");
    ck_assert_uint_eq(found->len, 0);
    g_ptr_array_unref(found);
    talks_as(a, drop_line, "call");
    found = client_find_calls(a, "call");
    ck_assert_uint_eq(found->len, 2);
    g_ptr_array_unref(found);
    found = client_find_calls(b, "call");
    ck_assert_uint_eq(found->len, 1);
    g_ptr_array_unref(found);
    ck_assert_uint_eq(manager_count_clients(manager), 2);
}
END_TEST

START_TEST(new_calls_are_for_those_who_watch) {
    Client *c = arrives("c");
    GPtrArray *handles = NULL;

    expect_refusal(line_get_new_calls(line0, c, &handles), REFUSAL_LINE_NOT_OPEN);
    opens(c, line0, OPEN_NONE);
    expect_refusal(line_get_new_calls(line0, c, &handles), REFUSAL_INVALID_PRIVILEGE);
    opens(c, line0, OPEN_MONITOR);
    expect_granted(line_get_new_calls(line0, c, &handles));
    ck_assert_uint_eq(handles->len, 1);
    g_ptr_array_unref(handles);
    expect_story("c+1(connected)");
}
END_TEST

START_TEST(a_name_is_one_clients) {
    Client *other = NULL;

    ck_assert_int_eq(client_new(manager, "a", 1000, NULL, &other), -EEXIST);
    ck_assert_ptr_null(client_vanish(NULL));
    ck_assert_ptr_null(client_data(a));
}
END_TEST

START_TEST(the_applications_of_a_line_are_told_to_who_has_it_open) {
    GPtrArray *apps = NULL;

    expect_refusal(line_list_apps(line0, arrives("c"), &apps), REFUSAL_LINE_NOT_OPEN);
    opens_as(b, line0, "org.b", MEDIA_ALL, true);
    expect_granted(line_list_apps(line0, a, &apps));
    ck_assert_uint_eq(apps->len, 3);
    ck_assert_ptr_null(apps->pdata[2]);
    g_ptr_array_unref(apps);
    forget_story();
}
END_TEST

/* ---- Control ---- */

/* Its answer was under way when its last owner went. */
START_TEST(nobody_is_answered_for) {
    Call *in;

    opens(b, line0, OPEN_OWNER);
    in = comes_in(line0, "in");
    ASK(b, handle_answer, client_find_handle_on(b, in));
    client_vanish(b);
    forget_story();
    ck_assert_int_eq(call_state(in), CALL_STATE_OFFERING);
    provider_report_event(in, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    expect_asked("drop");
}
END_TEST

START_TEST(a_call_that_was_let_go_while_it_rang_is_dropped_when_it_is_answered) {
    Call *in;

    opens(b, drop_line, OPEN_OWNER);
    in = comes_in(drop_line, "in");
    ASK(b, handle_answer, client_find_handle_on(b, in));
    handle_release(client_find_handle_on(b, in));
    expect_asked("answer");
    provider_report_event(in, CALL_EVENT_CONNECTED, 77);
    expect_asked("drop");
    forget_story();
}
END_TEST

START_TEST(a_drop_may_not_even_start) {
    stage_start_error = 5;
    ASK(a, handle_drop, handle, REJECT_NONE);
    expect_story("a=ProviderFailed");
    provider_report_ended(call, CAUSE_BUSY, NULL);
    expect_story("a~1[State=disconnected DisconnectCause=busy] b~1[State=disconnected DisconnectCause=busy]");
}
END_TEST

START_TEST(swapping_needs_both) {
    Handle *second = talks(a, line0), *elsewhere = talks(a, drop_line);

    ASK(a, handle_swap_hold, handle, second);
    ASK(b, handle_swap_hold, client_find_handle(b, 1), client_find_handle(b, 2));
    provider_report_event(handle_call(elsewhere), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    ASK(a, handle_swap_hold, handle, elsewhere);
    provider_report_event(handle_call(second), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    ASK(a, handle_swap_hold, second, handle);
    stage_start_error = 5;
    ASK(a, handle_swap_hold, handle, second);
    check_story("a=InvalidState b=NotOwner a=InvalidState a=InvalidState a=ProviderFailed", false);
    forget_story();
}
END_TEST

START_TEST(an_offered_call_is_redirected_or_accepted) {
    Call *in;
    Handle *offered;

    in = comes_in(line0, "in");
    offered = client_find_handle_on(b, in);
    forget_story();
    ASK(b, handle_redirect, offered, "nowhere");
    stage_start_error = 5;
    ASK(b, handle_redirect, offered, "102");
    ASK(b, handle_redirect, offered, "102");
    ends_by(in, NULL, last_request(), CAUSE_FORWARDED, NULL);
    ASK(b, handle_redirect, offered, "102");
    ASK(b, handle_accept, offered);
    ASK(b, handle_answer, offered);
    expect_story("b=InvalidAddress b=ProviderFailed b=done b=InvalidState b=InvalidState b=InvalidState "
                 "b~2[State=idle DisconnectCause=forwarded]");
}
END_TEST

START_TEST(what_the_network_says_of_parties) {
    provider_report_party(call, -1, &(PartyInfo) { .number = "1" });
    provider_report_party(call, _PARTY_MAX, &(PartyInfo) { .number = "1" });
    expect_story("");
    provider_report_party(call, PARTY_CONNECTED, &(PartyInfo) { .number = "1" });
    provider_report_party(call, PARTY_CONNECTED, &(PartyInfo) { .number = "1" });
    expect_story("a~1[Connected] b~1[Connected]");
    provider_report_party(call, PARTY_CONNECTED, NULL);
    expect_story("a~1[Connected] b~1[Connected]");
    provider_report_reason(call, 77, REASON_TRANSFER);
    provider_report_reason(call, ORIGIN_INTERNAL, 77);
    expect_story("");
    provider_report_reason(call, ORIGIN_INTERNAL, REASON_TRANSFER);
    expect_story("a~1[Origin Reason] b~1[Origin Reason]");
}
END_TEST

START_TEST(a_nonsense_cause_is_unknown) {
    static const int nonsense[] = { CAUSE_NONE, -1, _CAUSE_MAX, 1000 };

    provider_report_ended(call, nonsense[_i], "words");
    expect_story("a~1[State=disconnected DisconnectCause=unknown ProviderCause=words] "
                 "b~1[State=disconnected DisconnectCause=unknown ProviderCause=words]");
}
END_TEST

START_TEST(a_line_of_no_call_ids_has_none) {
    const LineInfo info = { .name = "mute", .addresses = (const char *const[]) { "1", NULL }, .media_modes = MEDIA_ALL };
    Line *mute = NULL;
    Call *other;

    ck_assert_int_eq(provider_add_line(provider, &info, &mute), 0);
    other = handle_call(talks_as(a, mute, "x"));
    ck_assert_str_eq(call_call_id(other), "");
    provider_report_call_id(other, "y", "z");
    ck_assert_str_eq(call_call_id(other), "");
    ck_assert_str_eq(call_related_call_id(other), "");
}
END_TEST

START_TEST(a_handle_is_of_the_start_that_made_it) {
    Handle *other;

    ck_assert_uint_eq(handle_epoch(handle), manager_epoch(manager));
    manager_set_journal(manager, /* journal= */ NULL, /* epoch= */ 9);
    other = talks(a, line0);
    ck_assert_uint_eq(handle_epoch(other), 9);
    ck_assert_uint_eq(handle_number(other), handle_number(handle) + 1);
    ck_assert_uint_ne(handle_epoch(handle), 9);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("handle");
    TCase *tcase = stage_case(suite, "handle");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, a_monitor_becomes_owner_and_back);
    tcase_add_test(tcase, a_sole_owner_stays_one);
    tcase_add_test(tcase, who_may_not_own_does_not);
    tcase_add_test(tcase, on_owner_lost_is_for_owners);
    tcase_add_test(tcase, app_data_is_private);
    tcase_add_test(tcase, call_data_is_shared);
    tcase_add_test(tcase, calls_are_found_by_their_id);
    tcase_add_test(tcase, new_calls_are_for_those_who_watch);
    tcase_add_test(tcase, a_name_is_one_clients);
    tcase_add_test(tcase, the_applications_of_a_line_are_told_to_who_has_it_open);
    tcase_add_test(tcase, nobody_is_answered_for);
    tcase_add_test(tcase, a_call_that_was_let_go_while_it_rang_is_dropped_when_it_is_answered);
    tcase_add_test(tcase, a_drop_may_not_even_start);
    tcase_add_test(tcase, swapping_needs_both);
    tcase_add_test(tcase, an_offered_call_is_redirected_or_accepted);
    tcase_add_test(tcase, what_the_network_says_of_parties);
    tcase_add_loop_test(tcase, a_nonsense_cause_is_unknown, 0, 4);
    tcase_add_test(tcase, a_line_of_no_call_ids_has_none);
    tcase_add_test(tcase, a_handle_is_of_the_start_that_made_it);
    return run_suite(suite);
}
