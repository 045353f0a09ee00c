/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines: how they are described, what comes in on them, and how much of it. */
#include "service/priority.h"
#include "service/recipient.h"
#include "tests/unit/stage.h"

/* ---- Descriptions ---- */

static int add(const char *name, uint32_t media_modes) {
    const LineInfo info = { .name = name, .media_modes = media_modes };
    Line *line = NULL;

    return provider_add_line(provider, &info, &line);
}

START_TEST(a_line_needs_a_name) {
    static const char *const wrong[] = { NULL, "", "a b", "a-b", "a/b", "ü", "a.b", "line0\n" };
    g_autofree char *longest = g_strnfill(64, 'a'), *longer = g_strnfill(65, 'a');

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        ck_assert_int_eq(add(wrong[i], MEDIA_ALL), -EINVAL);
    ck_assert_int_eq(add(longer, MEDIA_ALL), -EINVAL);
    ck_assert_int_eq(add(longest, MEDIA_ALL), 0);
    ck_assert_int_eq(add("A_z_09", MEDIA_ALL), 0);
    ck_assert_int_eq(add("line0", MEDIA_ALL), -EEXIST);
}
END_TEST

START_TEST(a_line_needs_a_media_mode) {
    ck_assert_int_eq(add("a", 0), -EINVAL);
    ck_assert_int_eq(add("a", MEDIA_BIT(_MEDIA_MAX)), -EINVAL);
    ck_assert_int_eq(add("a", MEDIA_BIT(MEDIA_TDD)), 0);
    ck_assert_ptr_nonnull(manager_find_line(manager, "a"));
}
END_TEST

START_TEST(a_line_tells_what_it_can) {
    const Operations all = OPERATION_BIT(_OPERATION_MAX) - 1;

    ck_assert_uint_eq(line_abilities(line0), all);
    ck_assert(line_is_emergency_number(line0, "112"));
    ck_assert(!line_is_emergency_number(line0, "1123") && !line_is_emergency_number(line0, ""));
}
END_TEST

/* ---- What comes in ---- */

START_TEST(a_call_has_what_came_with_it) {
    const uint8_t user_user_info[] = { 1, 2, 3 };
    const IncomingInfo info = {
        .call_id = "abc",
        .media_mode = MEDIA_VIDEO,
        .origin = ORIGIN_INTERNAL,
        .reason = REASON_FWD_BUSY,
        .caller = { "555", "Eve", PRESENTATION_ALLOWED },
        .called = { "100", NULL, PRESENTATION_ALLOWED },
        .redirecting = { "101", NULL, PRESENTATION_ALLOWED },
        .redirection = { "102", NULL, PRESENTATION_ALLOWED },
        .user_user_info = user_user_info,
        .user_user_info_size = sizeof(user_user_info),
    };
    Call *call = provider_report_incoming(line0, &info);

    ck_assert_str_eq(call_call_id(call), "abc");
    ck_assert_int_eq(call_media_mode(call), MEDIA_VIDEO);
    ck_assert_int_eq(call_origin(call), ORIGIN_INTERNAL);
    ck_assert_int_eq(call_reason(call), REASON_FWD_BUSY);
    ck_assert_int_eq(call_direction(call), DIRECTION_IN);
    ck_assert_str_eq(call_address(call), "555");
    ck_assert_str_eq(call_party(call, PARTY_CALLER).name, "Eve");
    ck_assert_str_eq(call_party(call, PARTY_CALLED).number, "100");
    ck_assert_str_eq(call_party(call, PARTY_REDIRECTING).number, "101");
    ck_assert_str_eq(call_party(call, PARTY_REDIRECTION).number, "102");
    ck_assert_uint_eq(g_bytes_get_size(call_user_user_info(call)), 3);
    ck_assert(call_timestamp(call, CALL_CREATED) > 0 && call_timestamp(call, CALL_CONNECTED) == 0);
}
END_TEST

START_TEST(nonsense_that_comes_with_a_call_is_unknown) {
    static const int nonsense[] = { -1, -EINVAL, 31, 32, 64, 77, 1000, INT32_MAX };
    static const uint8_t much[200];

    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        const IncomingInfo info = {
            .media_mode = nonsense[i],
            .origin = nonsense[i],
            .reason = nonsense[i],
            .caller = { .number = "\xff", .presentation = nonsense[i] },
            .user_user_info = much,
            .user_user_info_size = sizeof(much),
        };
        Call *call = provider_report_incoming(line0, &info);

        ck_assert_int_eq(call_media_mode(call), MEDIA_UNKNOWN);
        ck_assert_int_eq(call_origin(call), ORIGIN_UNKNOWN);
        ck_assert_int_eq(call_reason(call), REASON_UNKNOWN);
        ck_assert_int_eq(call_party(call, PARTY_CALLER).presentation, PRESENTATION_UNKNOWN);
        ck_assert(g_utf8_validate(call_address(call), -1, NULL));
        ck_assert_str_eq(call_call_id(call), "");
        ck_assert_uint_eq(g_bytes_get_size(call_user_user_info(call)), USER_USER_INFO_MAX);
    }
}
END_TEST

START_TEST(a_full_line_takes_no_call) {
    Call *call = comes_in(line1, "a");

    ck_assert_ptr_nonnull(call);
    ck_assert_ptr_null(comes_in(line1, "b"));
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    ck_assert_ptr_nonnull(comes_in(line1, "b"));
}
END_TEST

START_TEST(a_line_out_of_service_takes_no_call) {
    Client *a = arrives("a");
    const DialOrder order = { .address = "101" };

    provider_report_line_state(line0, LINE_OUT_OF_SERVICE, "no carrier");
    ck_assert_ptr_null(comes_in(line0, "a"));
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=LineOutOfService");
    provider_report_line_state(line0, LINE_IN_SERVICE, "");
    ck_assert_ptr_nonnull(comes_in(line0, "a"));
}
END_TEST

START_TEST(a_nonsense_state_is_ignored) {
    provider_report_line_state(line0, 77, "x");
    provider_report_line_state(line0, -EINVAL, "x");
    ck_assert_int_eq(line_state(line0), LINE_IN_SERVICE);
    ck_assert_str_eq(line_state_reason(line0), "");
}
END_TEST

START_TEST(one_call_id_is_one_group) {
    Call *first = comes_in(line0, "x"), *second = comes_in(drop_line, "x"), *third = comes_in(line0, "y");

    ck_assert_uint_eq(manager_find_calls(manager, "x")->length, 2);
    provider_report_call_id(third, "x", "y");
    ck_assert_uint_eq(manager_find_calls(manager, "x")->length, 3);
    ck_assert_ptr_null(manager_find_calls(manager, "y"));
    ck_assert_str_eq(call_related_call_id(third), "y");
    provider_report_call_id(third, "", NULL);
    provider_report_ended(first, CAUSE_NORMAL, NULL);
    provider_report_ended(second, CAUSE_NORMAL, NULL);
    ck_assert_ptr_null(manager_find_calls(manager, "x"));
    ck_assert_ptr_null(manager_find_calls(manager, ""));
}
END_TEST

START_TEST(the_bell_has_a_mode_that_can_be_shown) {
    static const char *const nonsense[] = { NULL, "", "\xff" };
    Client *a = arrives("a");

    opens(a, line0, OPEN_NONE);
    provider_report_ring(line0, "distinctive-1", 1);
    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++)
        provider_report_ring(line0, nonsense[i], 2);
    expect_story("a:rang(distinctive-1,1) a:rang(normal,2) a:rang(normal,2) a:rang(normal,2)");
}
END_TEST

START_TEST(network_ids_are_text) {
    g_autofree char *much = g_strnfill(TEXT_MAX + 1, 'x');
    Call *call = comes_in(line0, "x");

    provider_report_network_id(call, NULL, "a");
    provider_report_network_id(call, "sip-call-id", NULL);
    provider_report_network_id(call, "sip-call-id", "\xff");
    provider_report_network_id(call, "", "a");
    provider_report_network_id(call, "sip-call-id", much);
    ck_assert_ptr_null(call_network_ids(call));
    provider_report_network_id(call, "sip-call-id", "a");
    provider_report_network_id(call, "sip-call-id", "b");
    provider_report_network_id(call, "session-id", much + 1);
    ck_assert_str_eq(g_hash_table_lookup(call_network_ids(call), "sip-call-id"), "b");
    ck_assert_uint_eq(g_hash_table_size(call_network_ids(call)), 2);
}
END_TEST

/* ---- Limits ---- */

/* Only what has media counts, and each limit is one. */
START_TEST(a_line_can_be_full) {
    const DialOrder order = { .address = "101" };
    Client *a = arrives("a");
    Handle *handle = talks(a, line1);

    ck_assert_uint_eq(line_active_calls(line1), 1);
    ASK(a, line_dial, line1, a, &order);
    expect_story("a=LineBusy");
    provider_report_event(handle_call(handle), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    ck_assert_uint_eq(line_active_calls(line1), 0);
    ck_assert_uint_eq(line_held_calls(line1), 1);
    handle = talks(a, line1);
    ASK(a, handle_hold, handle);
    ASK(a, handle_unhold, client_find_handle(a, 1));
    expect_story("a=LineBusy a=LineBusy");
    ASK(a, handle_swap_hold, handle, client_find_handle(a, 1));
    expect_asked("swap");
}
END_TEST

static Client *full_client(void) {
    Client *a = arrives("a");

    opens(a, line0, OPEN_MONITOR);
    for (int i = 0; i < 4; i++)
        talks(a, line0);
    ck_assert_uint_eq(client_count_handles(a), 4);
    return a;
}

/* Drops the call of that handle: it is idle. */
static void end_call(Client *client, uint64_t number) {
    Handle *handle = client_find_handle(client, number);

    ASK(client, handle_drop, handle, REJECT_NONE);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    manager_flush(manager);
}

START_TEST(the_oldest_idle_handle_makes_room) {
    Client *a = full_client();

    end_call(a, 3);
    end_call(a, 2);
    check_story("a=done a~3[State=idle DisconnectCause=normal] a=done a~2[State=idle DisconnectCause=normal]", true);
    comes_in(line0, "x");
    comes_in(line0, "x");
    comes_in(line0, "x");
    expect_story("a?1 a-3 a+5(offering) a-2 a+6(offering)");
}
END_TEST

/* An ended call makes no other ended one go, and none that is given now makes another go that was given now. */
START_TEST(new_calls_do_not_replace_each_other) {
    Client *a = full_client(), *b = arrives("b");
    g_autoptr(GPtrArray) handles = NULL;

    opens(b, line0, OPEN_MONITOR);
    expect_granted(line_get_new_calls(line0, b, &handles));
    manager_flush(manager);
    end_call(a, 1);
    end_call(a, 2);
    handle_release(client_find_handle(b, 1));
    handle_release(client_find_handle(b, 2));
    handle_release(client_find_handle(b, 3));
    manager_flush(manager);
    check_story("b+1(connected) b+2(connected) b+3(connected) b+4(connected) a=done a~1[State=idle DisconnectCause=normal] "
                "b~1[State=idle DisconnectCause=normal] a=done a~2[State=idle DisconnectCause=normal] "
                "b~2[State=idle DisconnectCause=normal] b-1 b-2 b-3", true);
    /* b holds one of four; two that ended and one that is live are new to it. */
    comes_in(line0, "x");
    expect_story("a-1 a+5(offering) b+5(offering)");
    g_clear_pointer(&handles, g_ptr_array_unref);
    expect_granted(line_get_new_calls(line0, b, &handles));
    ck_assert_uint_eq(handles->len, 2);
    for (unsigned i = 0; i < handles->len; i++)
        ck_assert_ptr_eq(client_find_handle(b, handle_number(handles->pdata[i])), handles->pdata[i]);
    expect_story("b+6(connected) b+7(idle)");
    /* b has one that ended, and no room for another that did. */
    handle_release(client_find_handle(b, 6));
    manager_flush(manager);
    end_call(a, 3);
    comes_in(line0, "y");
    expect_story("b-6 a=done a~3[State=idle DisconnectCause=normal] a-2 a+6(offering) b+8(offering)");
    g_clear_pointer(&handles, g_ptr_array_unref);
    expect_granted(line_get_new_calls(line0, b, &handles));
    ck_assert_uint_eq(handles->len, 0);
    expect_story("b?1");
}
END_TEST

/* ---- Found by the model ---- */

START_TEST(what_the_room_costs_is_told_after_the_reply) {
    Client *a = full_client();

    end_call(a, 2);
    forget_story();
    ASK(a, line_dial, line0, a, &(DialOrder) { .address = "101" });
    dialled(last_request(), "z");
    expect_story("a=done(5) a-2 a+5(dialing)");
}
END_TEST

START_TEST(what_needs_no_network_no_line_lacks) {
    Line *line = adds_line("poor", 0, false, ~UINT64_C(0));

    ck_assert_uint_eq(line_abilities(line),
                      OPERATION_BIT(OPERATION_DIAL) | OPERATION_BIT(OPERATION_DROP) | OPERATION_BIT(OPERATION_HANDOFF) |
                          OPERATION_BIT(OPERATION_SET_PRIVILEGE) | OPERATION_BIT(OPERATION_SET_ON_OWNER_LOST) |
                          OPERATION_BIT(OPERATION_SET_MEDIA_MODE) | OPERATION_BIT(OPERATION_SET_CALL_DATA) |
                          OPERATION_BIT(OPERATION_SET_APP_DATA) | OPERATION_BIT(OPERATION_RELEASE));
}
END_TEST

START_TEST(rules_are_told_once) {
    const ForwardRule rule = { .condition = FORWARD_BUSY, .filter = "", .destination = "102" };
    Client *a = arrives("a");

    opens(a, line0, OPEN_OWNER);
    provider_report_forwarding(line0, &rule, 1);
    opens(a, line0, OPEN_MONITOR);
    expect_story("a:forwarding(line0,1)");
}
END_TEST

START_TEST(the_same_dial_again_tells_the_rules) {
    const ForwardRule rule = { .condition = FORWARD_BUSY, .filter = "", .destination = "102" };
    const DialOrder order = { .address = "101", .token = "t" };
    Client *a = arrives("a"), *b = arrives("b"), *c = arrives("c");

    provider_report_forwarding(line0, &rule, 1);
    ASK(a, line_dial, line0, a, &order);
    ASK(b, line_dial, line0, b, &order);
    dialled(last_request(), "z");
    ASK(c, line_dial, line0, c, &order);
    expect_story("a=done(1) a+1(dialing) a:forwarding(line0,1) b=done(1) b+1(dialing) b:forwarding(line0,1) "
                 "c=done(1) c+1(dialing) c:forwarding(line0,1) a~1[Owners=3 OwnerApps=,,] b~1[Owners=3 OwnerApps=,,]");
}
END_TEST

/* The line itself can't be done without, media modes neither. */
START_TEST(what_a_line_lacks_comes_before_its_state) {
    Line *line = adds_line("poor", 0, false, OPERATION_BIT(OPERATION_PICKUP));
    Client *a = arrives("a");

    provider_report_line_state(line, LINE_OUT_OF_SERVICE, "");
    ASK(a, line_pickup, line, a, "", "");
    ASK(a, line_unpark, line, a, "*7");
    ASK(a, line_unpark, line, a, "7");
    ASK(a, line_setup_conference, line, a, &(DialOrder) { .address = "*7" });
    expect_story("a=NotSupported a=NotSupported a=LineOutOfService a=NotSupported");
}
END_TEST

/* A conference and its participant: both handles end with the line, and nothing is told of them before. */
START_TEST(a_line_that_goes_tells_nothing_of_its_conferences) {
    Client *a = arrives("a");
    Handle *handle = talks(a, line0);

    ASK(a, handle_setup_conference, handle, &(DialOrder) { .address = "102" });
    conference_begins(last_request(), "k", "l");
    provider_report_joined(handle_call(handle), last_conference());
    manager_flush(manager);
    forget_story();
    provider_report_line_state(line0, LINE_REMOVED, "");
    expect_story("a:closed(line0) a-1 a-2 a-3");
    line0 = NULL;
}
END_TEST

/* A client that has no room for a conference, and nobody for one. */
START_TEST(who_is_busy_comes_before_the_limits) {
    Client *a = arrives("a");
    Handle *handle = talks(a, line0);

    ASK(a, handle_setup_transfer, handle, &(DialOrder) { .address = "102" });
    begins(last_request(), CALL_EVENT_BUSY, "k", "l");
    provider_report_event(handle_call(handle), CALL_EVENT_HELD_FOR_TRANSFER, STATE_DETAIL_NONE);
    talks(a, line0);
    talks(a, line0);
    forget_story();
    ASK(a, handle_complete_transfer, handle, client_find_handle(a, 2), TRANSFER_CONFERENCE);
    expect_story("a=InvalidState");
}
END_TEST

/* Somebody who has several names counts by the best of them. */
START_TEST(the_best_of_its_names_counts) {
    static const char *const list[] = { "org.best", "org.good", NULL };
    OpenOptions other = { .privilege = OPEN_NONE, .app_id = "org.none" }, good = other, best = other;
    Client *a = arrives("a"), *b = arrives("b");

    good.app_id = "org.good";
    best.app_id = "org.best";
    manager_set_priorities(manager, priorities_new(NULL));
    expect_granted(priorities_set(manager_priorities(manager), MEDIA_INTERACTIVE_VOICE, list));
    expect_granted(line_open(line0, a, &good));
    client_register_recipient(a, true);
    expect_granted(line_open(line0, b, &other));
    expect_granted(line_open(line1, b, &best));
    expect_granted(line_open(drop_line, b, &other));
    client_register_recipient(b, true);
    expect_granted(manager_request_call(manager, &(CallWish) { .address = "102" }));
    expect_story("b:wish(102)");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("line");
    TCase *tcase;

    stage_limits = limits_default;
    stage_limits.handles_per_client = 4;
    tcase = stage_case(suite, "line");
    tcase_add_test(tcase, a_line_needs_a_name);
    tcase_add_test(tcase, a_line_needs_a_media_mode);
    tcase_add_test(tcase, a_line_tells_what_it_can);
    tcase_add_test(tcase, a_call_has_what_came_with_it);
    tcase_add_test(tcase, nonsense_that_comes_with_a_call_is_unknown);
    tcase_add_test(tcase, a_full_line_takes_no_call);
    tcase_add_test(tcase, a_line_out_of_service_takes_no_call);
    tcase_add_test(tcase, a_nonsense_state_is_ignored);
    tcase_add_test(tcase, one_call_id_is_one_group);
    tcase_add_test(tcase, the_bell_has_a_mode_that_can_be_shown);
    tcase_add_test(tcase, network_ids_are_text);
    tcase_add_test(tcase, a_line_can_be_full);
    tcase_add_test(tcase, the_oldest_idle_handle_makes_room);
    tcase_add_test(tcase, new_calls_do_not_replace_each_other);
    tcase_add_test(tcase, what_the_room_costs_is_told_after_the_reply);
    tcase_add_test(tcase, what_needs_no_network_no_line_lacks);
    tcase_add_test(tcase, rules_are_told_once);
    tcase_add_test(tcase, the_same_dial_again_tells_the_rules);
    tcase_add_test(tcase, what_a_line_lacks_comes_before_its_state);
    tcase_add_test(tcase, who_is_busy_comes_before_the_limits);
    tcase_add_test(tcase, the_best_of_its_names_counts);
    tcase_add_test(tcase, a_line_that_goes_tells_nothing_of_its_conferences);
    return run_suite(suite);
}
