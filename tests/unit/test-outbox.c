/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client is told, in which order and in how many messages (rules 2 and 17). */
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;
static Call *call;

/* a talks; b monitors the line and may own. */
static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks(a, line0);
    call = handle_call(handle);
}

static void set_data(const char *data) {
    expect_granted(handle_set_call_data(handle, (const uint8_t *) data, strlen(data)));
}

static void set_number(const char *number) {
    provider_report_party(call, PARTY_CONNECTED, &(PartyInfo) { .number = number });
}

START_TEST(nothing_is_told_before_its_turn) {
    set_data("1");
    expect_unflushed("");
    expect_story("a~1[CallData] b~1[CallData]");
    expect_story("");
}
END_TEST

START_TEST(changes_of_one_turn_travel_together) {
    set_data("1");
    set_number("5");
    provider_report_call_id(call, "other", "call");
    set_data("2");
    expect_story("a~1[CallId RelatedCallId Connected CallData] b~1[CallId RelatedCallId Connected CallData]");
}
END_TEST

/* The network may give back what it was told. */
START_TEST(ids_may_be_those_that_are_replaced) {
    provider_report_call_id(call, "new", call_call_id(call));
    ck_assert_str_eq(call_related_call_id(call), "call");
    provider_report_call_id(call, call_related_call_id(call), call_call_id(call));
    ck_assert_str_eq(call_call_id(call), "call");
    ck_assert_str_eq(call_related_call_id(call), "new");
    provider_report_call_id(call, "newer", call_related_call_id(call));
    ck_assert_str_eq(call_related_call_id(call), "new");
    forget_story();
}
END_TEST

/* What the network says that is no text, or too much of it, is nothing new. */
START_TEST(what_is_no_text_is_not_told) {
    g_autofree char *longer = g_strnfill(TEXT_MAX + 1, 'x');
    const char *const nonsense[] = { "\xff", longer, "\xff" };

    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        provider_report_call_id(call, nonsense[i], nonsense[i]);
        expect_story(i == 0 ? "a~1[CallId] b~1[CallId]" : "");
        ck_assert_str_eq(call_call_id(call), "");
    }
    call_set_address(call, "");
    forget_story();
    call_set_address(call, longer);
    expect_story("");
}
END_TEST

START_TEST(what_did_not_change_is_not_told) {
    set_data("1");
    set_number("5");
    provider_report_network_id(call, "sip-call-id", "x");
    expect_story("a~1[NetworkIds Connected CallData] b~1[NetworkIds Connected CallData]");
    set_data("1");
    set_number("5");
    provider_report_network_id(call, "sip-call-id", "x");
    provider_report_call_id(call, "call", NULL);
    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    expect_granted(handle_set_privilege(handle, "owner"));
    expect_granted(handle_handoff(handle, "a"));
    expect_story("");
}
END_TEST

/* What all are told comes to each after what waits for it. */
START_TEST(what_waits_is_told_before_news_of_the_line) {
    set_data("1");
    provider_report_messages_waiting(line0, 2);
    expect_unflushed("a~1[CallData] b~1[CallData] *:messages(line0,2)");
}
END_TEST

START_TEST(each_state_is_told_by_itself) {
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_story("a~1[State=on-hold] b~1[State=on-hold] a~1[State=connected] b~1[State=connected] "
                 "a~1[State=on-hold] b~1[State=on-hold]");
}
END_TEST

START_TEST(other_changes_travel_with_the_state_before_them) {
    set_data("1");
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    set_number("5");
    provider_report_event(call, CALL_EVENT_RESUMED, STATE_DETAIL_ACTIVE_HELD);
    expect_unflushed("a~1[State=on-hold Connected CallData] b~1[State=on-hold Connected CallData]");
    expect_story("a~1[State=connected StateDetail] b~1[State=connected StateDetail]");
}
END_TEST

START_TEST(a_detail_is_no_state) {
    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_ACTIVE_HELD);
    provider_report_event(call, CALL_EVENT_CONNECTED, STATE_DETAIL_ACTIVE);
    expect_story("a~1[StateDetail] b~1[StateDetail]");
}
END_TEST

/* A cause is told with the state that has it, and not with one that waits to be told. */
START_TEST(a_cause_comes_with_its_state) {
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    provider_report_ended(call, CAUSE_BUSY, "SIP 486 Busy Here");
    expect_story("a~1[State=on-hold] b~1[State=on-hold] "
                 "a~1[State=disconnected DisconnectCause=busy ProviderCause=SIP 486 Busy Here] "
                 "b~1[State=disconnected DisconnectCause=busy ProviderCause=SIP 486 Busy Here]");
}
END_TEST

START_TEST(the_end_without_an_owner_is_two_states) {
    handle_release(handle);
    expect_story("a-1 b~1[Owners=0 OwnerApps=]");
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_story("b~1[State=disconnected DisconnectCause=normal] b~1[State=idle]");
}
END_TEST

START_TEST(muting_ends_with_the_media) {
    ASK(a, handle_mute, handle, true);
    completes(last_request());
    expect_story("a=done a~1[Muted] b~1[Muted]");
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_story("a~1[State=on-hold] b~1[State=on-hold] a~1[State=disconnected DisconnectCause=normal Muted] "
                 "b~1[State=disconnected DisconnectCause=normal Muted]");
}
END_TEST

START_TEST(what_is_so_of_the_media_ends_with_them) {
    provider_report_encrypted(call, true);
    provider_report_encrypted(call, true);
    provider_report_audio(call, "headset", 50);
    expect_story("a~1[Encrypted AudioDevice Volume] b~1[Encrypted AudioDevice Volume]");
    provider_report_audio(call, "headset", 80);
    expect_story("a~1[Volume] b~1[Volume]");
    ck_assert_str_eq(call_audio_device(call), "headset");
    provider_report_audio(call, NULL, VOLUME_USUAL);
    provider_report_audio(call, "\xff", VOLUME_MAX + 1);
    expect_story("a~1[AudioDevice Volume] b~1[AudioDevice Volume]");
    provider_report_audio(call, "speaker", VOLUME_MAX);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_story("a~1[State=disconnected DisconnectCause=normal Encrypted AudioDevice Volume] "
                 "b~1[State=disconnected DisconnectCause=normal Encrypted AudioDevice Volume]");
    ck_assert(!call_encrypted(call));
    ck_assert_str_eq(call_audio_device(call), "");
    ck_assert_uint_eq(call_volume(call), VOLUME_USUAL);
    /* Too late: it has forgotten the call. */
    provider_report_encrypted(call, true);
    provider_report_audio(call, "speaker", 1);
    expect_story("");
}
END_TEST

START_TEST(a_device_and_a_volume_are_asked_of_the_network) {
    g_autofree char *long_name = g_strnfill(TEXT_MAX + 1, 'x');

    ASK(a, handle_set_audio_device, handle, "headset");
    ASK(a, handle_set_volume, handle, VOLUME_MAX);
    ASK(a, handle_set_volume, handle, VOLUME_MAX + 1);
    ASK(a, handle_set_audio_device, handle, long_name);
    expect_asked("audio-device volume");
    completes(last_request());
    expect_story("a=TooBig a=TooBig a=done");
}
END_TEST

/* ---- Several handles of one client ---- */

START_TEST(handles_are_told_in_the_order_of_events) {
    Handle *second = talks(a, line0);
    Call *other = handle_call(second);

    provider_report_event(other, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_story("a~2[State=on-hold] a~1[State=on-hold] b~2[State=on-hold] b~1[State=on-hold]");
}
END_TEST

/* The second change of the first handle comes after that of the second one. */
START_TEST(a_change_does_not_overtake) {
    Handle *second = talks(a, line0);
    Call *other = handle_call(second);

    set_data("1");
    provider_report_event(other, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    set_data("2");
    expect_unflushed("a~1[CallData] a~2[State=on-hold] b~1[CallData] b~2[State=on-hold]");
    expect_story("a~1[CallData] b~1[CallData]");
}
END_TEST

START_TEST(a_new_handle_comes_after_what_was_before) {
    set_data("1");
    comes_in(line0, "y");
    provider_report_ring(line0, "normal", 1);
    expect_unflushed("b~1[CallData] b+2(offering) b:rang(normal,1) a~1[CallData] a:rang(normal,1)");
}
END_TEST

START_TEST(a_new_handle_has_all_that_happened_to_it) {
    Call *incoming = comes_in(line0, "y");

    provider_report_party(incoming, PARTY_CALLER, &(PartyInfo) { .number = "6" });
    expect_story("b+2(offering)");
    incoming = comes_in(line0, "z");
    provider_report_event(incoming, CALL_EVENT_ACCEPTED, STATE_DETAIL_NONE);
    expect_story("b+3(offering) b~3[State=accepted]");
}
END_TEST

START_TEST(the_end_of_a_handle_comes_last) {
    set_data("1");
    provider_report_event(call, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    handle_release(handle);
    set_number("7");
    expect_unflushed("a~1[State=on-hold CallData]");
    expect_story("b~1[State=on-hold Connected Owners=0 OwnerApps= CallData] a-1");
}
END_TEST

START_TEST(a_handle_that_comes_and_goes_is_told_of_twice) {
    Call *incoming = comes_in(line0, "y");

    handle_release(client_find_handle_on(b, incoming));
    expect_story("b+2(offering) b-2");
}
END_TEST

/* ---- Signals of their own ---- */

START_TEST(a_digit_comes_after_what_was_before) {
    expect_granted(handle_monitor_digits(handle, true));
    set_data("1");
    provider_report_digit(call, '5');
    provider_report_digit(call, 'x');
    set_data("2");
    provider_report_digit(call, '#');
    expect_unflushed("a~1[CallData] a#1:5 a~1[CallData] a#1:#");
    ck_assert_uint_eq(handle_sequence(handle), 5);
}
END_TEST

START_TEST(digits_sent_are_told_to_who_sent_them) {
    ASK(a, handle_send_digits, handle, "12", 80, 40);
    completes(last_request());
    set_data("1");
    provider_report_digits_sent(call, DIGITS_CANCEL);
    provider_report_digits_sent(call, DIGITS_DONE); /* of nothing */
    expect_unflushed("a=done a~1[CallData] a!1:cancel");
}
END_TEST

START_TEST(the_sequence_counts_signals_only) {
    Handle *watching = client_find_handle(b, 1);
    uint64_t before = handle_sequence(handle);

    ck_assert_uint_eq(before, 1); /* connected */
    set_data("1");
    set_number("5");
    ck_assert_uint_eq(handle_sequence(handle), before);
    manager_flush(manager);
    ck_assert_uint_eq(handle_sequence(handle), before + 1);
    expect_granted(handle_set_app_data(watching, g_variant_new_parsed("{'k': <1>}")));
    manager_flush(manager);
    ck_assert_uint_eq(handle_sequence(handle), before + 1);
    ck_assert_uint_eq(handle_sequence(watching), before + 2);
}
END_TEST

/* ---- Owners ---- */

START_TEST(owners_are_told_with_their_apps) {
    const OpenOptions options = { .privilege = OPEN_OWNER_MONITOR, .media_modes = MEDIA_ALL, .app_id = "org.b" };

    expect_granted(line_open(line0, b, &options));
    expect_story("");
    expect_granted(handle_set_privilege(client_find_handle(b, 1), "owner"));
    expect_story("b~1[Privilege=owner Owners=2 OwnerApps=,org.b] a~1[Owners=2 OwnerApps=,org.b]");
    handle_release(handle);
    expect_story("a-1 b~1[Owners=1 OwnerApps=org.b]");
}
END_TEST

START_TEST(another_app_id_is_told) {
    OpenOptions options = { .privilege = OPEN_OWNER, .media_modes = MEDIA_ALL, .app_id = "org.a" };

    set_data("1");
    expect_granted(line_open(line0, a, &options));
    expect_story("a~1[CallData] b~1[CallData] a~1[OwnerApps=org.a] b~1[OwnerApps=org.a]");
    expect_granted(line_open(line0, a, &options));
    expect_story("");
}
END_TEST

/* What waits when an owner goes is told as it was before. */
START_TEST(owners_of_before_are_told_before) {
    Handle *second = talks(a, line0);
    Call *other = handle_call(second);

    set_data("1");
    provider_report_event(other, CALL_EVENT_HELD, STATE_DETAIL_NONE);
    open_close(client_find_open(a, line0));
    expect_story("a~1[CallData] a~2[State=on-hold] b~1[CallData] b~2[State=on-hold] "
                 "a-1 a-2 b~1[Owners=0 OwnerApps=] b~2[Owners=0 OwnerApps=]");
}
END_TEST

/* ---- Who is told nothing ---- */

START_TEST(idle_handles_are_silent_about_what_is_shared) {
    ASK(a, handle_drop, handle, REJECT_NONE);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    expect_story("a=done a~1[State=idle DisconnectCause=normal] b~1[State=idle DisconnectCause=normal]");
    set_data("1");
    expect_granted(handle_handoff(handle, "b"));
    expect_story("b~1[Privilege=owner]");
    handle_release(handle);
    expect_story("a-1");
    expect_granted(handle_set_app_data(client_find_handle(b, 1), g_variant_new_parsed("{'k': <1>}")));
    expect_story("b~1[AppData]");
}
END_TEST

START_TEST(who_left_is_told_nothing) {
    Handle *second = talks(a, line0);

    set_data("1");
    provider_report_event(handle_call(second), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    client_vanish(a);
    expect_story("b~1[CallData] b~2[State=on-hold] b~1[Owners=0 OwnerApps=] b~2[Owners=0 OwnerApps=]");
}
END_TEST

START_TEST(a_line_that_is_lost_says_so_and_no_more) {
    talks(b, line0);
    set_data("1");
    provider_report_line_state(line0, LINE_REMOVED, "unplugged");
    expect_unflushed("a~1[CallData] b~1[CallData] b:closed(line0) a:closed(line0) a-1 b-1 b-2");
}
END_TEST

START_TEST(withheld_handles_are_counted) {
    talks(b, line0);
    talks(b, line0);
    for (int i = 0; i < 3; i++)
        comes_in(line0, "y");
    expect_story("b?2 b+4(offering)");
    ck_assert_uint_eq(line_calls(line0)->length, 6);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("outbox");
    TCase *tcase;

    stage_limits = limits_default;
    stage_limits.handles_per_client = 4;
    tcase = stage_case(suite, "outbox");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, nothing_is_told_before_its_turn);
    tcase_add_test(tcase, changes_of_one_turn_travel_together);
    tcase_add_test(tcase, ids_may_be_those_that_are_replaced);
    tcase_add_test(tcase, what_is_no_text_is_not_told);
    tcase_add_test(tcase, what_did_not_change_is_not_told);
    tcase_add_test(tcase, what_waits_is_told_before_news_of_the_line);
    tcase_add_test(tcase, each_state_is_told_by_itself);
    tcase_add_test(tcase, other_changes_travel_with_the_state_before_them);
    tcase_add_test(tcase, a_detail_is_no_state);
    tcase_add_test(tcase, a_cause_comes_with_its_state);
    tcase_add_test(tcase, the_end_without_an_owner_is_two_states);
    tcase_add_test(tcase, muting_ends_with_the_media);
    tcase_add_test(tcase, what_is_so_of_the_media_ends_with_them);
    tcase_add_test(tcase, a_device_and_a_volume_are_asked_of_the_network);
    tcase_add_test(tcase, handles_are_told_in_the_order_of_events);
    tcase_add_test(tcase, a_change_does_not_overtake);
    tcase_add_test(tcase, a_new_handle_comes_after_what_was_before);
    tcase_add_test(tcase, a_new_handle_has_all_that_happened_to_it);
    tcase_add_test(tcase, the_end_of_a_handle_comes_last);
    tcase_add_test(tcase, a_handle_that_comes_and_goes_is_told_of_twice);
    tcase_add_test(tcase, a_digit_comes_after_what_was_before);
    tcase_add_test(tcase, digits_sent_are_told_to_who_sent_them);
    tcase_add_test(tcase, the_sequence_counts_signals_only);
    tcase_add_test(tcase, owners_are_told_with_their_apps);
    tcase_add_test(tcase, another_app_id_is_told);
    tcase_add_test(tcase, owners_of_before_are_told_before);
    tcase_add_test(tcase, idle_handles_are_silent_about_what_is_shared);
    tcase_add_test(tcase, who_left_is_told_nothing);
    tcase_add_test(tcase, a_line_that_is_lost_says_so_and_no_more);
    tcase_add_test(tcase, withheld_handles_are_counted);
    return run_suite(suite);
}
