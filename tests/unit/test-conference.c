/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 19: a conference is a call of its own; membership counts when the provider confirms it. */
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle, *conference, *second;
static Call *call;
static const DialOrder order = { .address = "102" };

/* a talks. */
static void set_up(void) {
    a = arrives("a");
    handle = talks_as(a, line0, "first");
    call = handle_call(handle);
}

/* a's call is in a conference now, for which it consults; nothing of it is left in the story. */
static void confers(void) {
    ASK(a, handle_setup_conference, handle, &order);
    conference_begins(last_request(), "conf", "second");
    conference = client_find_handle_on(a, last_conference());
    second = client_find_handle_on(a, last_call());
    provider_report_joined(call, handle_call(conference));
    provider_report_event(handle_call(second), CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    forget_story();
}

static void joins(Handle *participant) {
    ASK(a, handle_add_to_conference, conference, participant);
    provider_report_joined(handle_call(participant), handle_call(conference));
    provider_report_event(handle_call(conference), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    forget_story();
}

static unsigned participants(void) {
    return call_participants(handle_call(conference))->length;
}

/* ---- Beginning ---- */

START_TEST(it_begins_with_two_calls) {
    ASK(a, handle_setup_conference, handle, &order);
    expect_asked("setup_conference");
    conference_begins(last_request(), "conf", "second");
    provider_report_joined(call, last_conference());
    expect_story("a=done(2,3) a+2(on-hold-pending-conference) a+3(dialing) a~1[State=conferenced Conference]");
    ck_assert_int_eq(call_kind(last_conference()), CALL_KIND_CONFERENCE);
    ck_assert_int_eq(call_origin(last_conference()), ORIGIN_CONFERENCE);
    ck_assert_int_eq(call_direction(last_conference()), DIRECTION_NONE);
    ck_assert_str_eq(call_call_id(last_conference()), "conf");
    ck_assert_str_eq(call_related_call_id(last_call()), "conf");
    ck_assert_ptr_eq(call_conference(call), last_conference());
}
END_TEST

START_TEST(it_begins_from_a_line) {
    b = arrives("b");
    ASK(b, line_setup_conference, line0, b, &order);
    expect_asked("line_conference");
    conference_begins(last_request(), "conf", "second");
    expect_story("b=done(1,2) b+1(on-hold-pending-conference) b+2(dialing)");
    ck_assert_ptr_nonnull(client_find_open(b, line0));
    stage_start_error = 5;
    ASK(b, line_setup_conference, line0, b, &order);
    ASK(b, line_setup_conference, adds_line("poor", 0, false, OPERATION_BIT(OPERATION_SETUP_CONFERENCE)), b, &order);
    expect_story("b=ProviderFailed b=NotSupported");
}
END_TEST

START_TEST(it_may_fail) {
    ASK(a, handle_setup_conference, handle, &order);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    stage_start_error = 5;
    ASK(a, handle_setup_conference, handle, &order);
    expect_story("a=LineBusy a=ProviderFailed");
    ck_assert_uint_eq(client_count_handles(a), 1);
    ck_assert_uint_eq(line_calls(line0)->length, 1);
}
END_TEST

START_TEST(a_full_line_has_no_conference) {
    Client *c = arrives("c");

    talks(c, line1);
    expect_refusal(line_setup_conference(line1, c, &order, (Done) {}), REFUSAL_LINE_BUSY);
}
END_TEST

/* ---- Adding ---- */

START_TEST(a_call_is_added) {
    confers();
    ck_assert_uint_eq(participants(), 1);
    ASK(a, handle_add_to_conference, conference, second);
    expect_asked("add");
    ck_assert_uint_eq(participants(), 1);
    provider_report_joined(handle_call(second), handle_call(conference));
    provider_report_event(handle_call(conference), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a=done a~3[State=conferenced Conference] a~2[State=connected]");
    ck_assert_uint_eq(participants(), 2);
}
END_TEST

START_TEST(one_more_is_prepared) {
    confers();
    joins(second);
    ASK(a, handle_prepare_add_to_conference, conference, &order);
    expect_asked("prepare_add");
    begins(last_request(), CALL_EVENT_DIALING, "third", "conf");
    provider_report_event(handle_call(conference), CALL_EVENT_HELD_FOR_CONFERENCE, STATE_DETAIL_NONE);
    expect_story("a=done(4) a+4(dialing) a~2[State=on-hold-pending-conference]");
}
END_TEST

START_TEST(adding_may_fail) {
    confers();
    ASK(a, handle_add_to_conference, conference, second);
    refuses(last_request(), REFUSAL_CONFERENCE_FULL);
    stage_start_error = 5;
    ASK(a, handle_add_to_conference, conference, second);
    expect_story("a=ConferenceFull a=ProviderFailed");
    joins(second);
    ASK(a, handle_prepare_add_to_conference, conference, &order);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    stage_start_error = 5;
    ASK(a, handle_prepare_add_to_conference, conference, &order);
    expect_story("a=LineBusy a=ProviderFailed");
}
END_TEST

START_TEST(it_can_be_full) {
    Handle *third, *fourth;

    confers();
    joins(second);
    third = talks(a, line0);
    fourth = talks(a, line0);
    provider_report_event(handle_call(conference), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    joins(third);
    expect_refusal(handle_prepare_add_to_conference(conference, &order, (Done) {}), REFUSAL_CONFERENCE_FULL);
    provider_report_event(handle_call(conference), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_refusal(handle_add_to_conference(conference, fourth, (Done) {}), REFUSAL_CONFERENCE_FULL);
}
END_TEST

START_TEST(not_everything_can_be_added) {
    Handle *elsewhere, *other, *dialling;

    confers();
    elsewhere = talks(a, drop_line);
    ASK(a, line_setup_conference, line0, a, &order);
    conference_begins(last_request(), "other", "x");
    other = client_find_handle_on(a, last_conference());
    dialling = client_find_handle_on(a, last_call());
    forget_story();
    ASK(a, handle_add_to_conference, conference, elsewhere);
    ASK(a, handle_add_to_conference, conference, other);
    ASK(a, handle_add_to_conference, conference, conference);
    ASK(a, handle_add_to_conference, conference, handle);
    ASK(a, handle_add_to_conference, conference, dialling);
    ASK(a, handle_add_to_conference, second, handle);
    ASK(a, handle_prepare_add_to_conference, second, &order);
    expect_story("a=InvalidState a=InvalidState a=InvalidState a=InvalidState a=InvalidState a=NotConference a=NotConference");
    expect_asked("");
}
END_TEST

static const CallEvent addable[] = { CALL_EVENT_PROCEEDING, CALL_EVENT_RINGBACK, CALL_EVENT_CONNECTED };

START_TEST(what_is_on_its_way_can_be_added) {
    Call *third;

    confers();
    ASK(a, line_dial, line0, a, &order);
    third = last_call();
    dialled(last_request(), "third");
    provider_report_event(third, addable[_i], STATE_DETAIL_NONE);
    joins(client_find_handle_on(a, third));
    ck_assert_int_eq(call_state(third), CALL_STATE_CONFERENCED);
}
END_TEST

START_TEST(what_is_held_can_be_added_and_what_is_over_can_not) {
    Handle *held, *over;

    confers();
    held = talks(a, line0);
    over = talks(a, line0);
    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    provider_report_ended(handle_call(over), CAUSE_NORMAL, NULL);
    joins(held);
    provider_report_event(handle_call(conference), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_refusal(handle_add_to_conference(conference, over, (Done) {}), REFUSAL_INVALID_STATE);
}
END_TEST

/* The conference comes back, so the line needs room for one more active call; but what joins makes room. */
START_TEST(what_is_held_is_added_where_there_is_room) {
    Line *narrow = adds_line("narrow", 2, false, 0);
    Handle *active, *held;

    ASK(a, line_setup_conference, narrow, a, &order);
    conference_begins(last_request(), "conf", "x");
    conference = client_find_handle_on(a, last_conference());
    held = talks(a, narrow);
    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    active = talks(a, narrow);
    expect_refusal(handle_add_to_conference(conference, held, (Done) {}), REFUSAL_LINE_BUSY);
    provider_report_ended(handle_call(active), CAUSE_NORMAL, NULL);
    ASK(a, handle_add_to_conference, conference, held);
    expect_refusal(line_dial(narrow, a, &order, (Done) {}), REFUSAL_LINE_BUSY);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    active = talks(a, narrow);
    joins(active);
    ck_assert_uint_eq(line_active_calls(narrow), 3); /* the consultation, the conference and its participant */
}
END_TEST

/* Nobody is too fast for a limit. */
START_TEST(what_is_under_way_counts) {
    Line *small = adds_line("small", 1, false, 0), *middle = adds_line("middle", 2, false, 0);
    Handle *held;

    handle = talks_as(a, small, "first");
    call = handle_call(handle);
    confers();
    joins(second);
    ASK(a, handle_remove_from_conference, handle);
    ASK(a, handle_remove_from_conference, second);
    expect_story("a=LineBusy");

    held = talks_as(a, middle, "held");
    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    handle = talks_as(a, middle, "other");
    call = handle_call(handle);
    confers();
    joins(second);
    provider_report_event(handle_call(conference), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    talks_as(a, middle, "third");
    forget_story();
    ASK(a, handle_add_to_conference, conference, held);
    ASK(a, line_dial, middle, a, &order);
    expect_story("a=LineBusy");
}
END_TEST

START_TEST(a_line_may_have_no_limit_of_participants) {
    const LineInfo info = { .name = "wide", .addresses = (const char *const[]) { "1", NULL }, .media_modes = MEDIA_ALL };
    Line *wide = NULL;

    ck_assert_int_eq(provider_add_line(provider, &info, &wide), 0);
    ASK(a, line_setup_conference, wide, a, &order);
    conference_begins(last_request(), NULL, NULL);
    conference = client_find_handle_on(a, last_conference());
    for (int i = 0; i < 5; i++) {
        joins(talks(a, wide));
        provider_report_event(handle_call(conference), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    }
    ck_assert_uint_eq(participants(), 5);
    forget_story();
}
END_TEST

START_TEST(what_is_prepared_is_checked) {
    static const DialOrder bad = { .address = "nowhere" }, own = { .address = "100" }, code = { .address = "*21" };
    Handle *held;

    expect_refusal(handle_setup_conference(handle, &bad, (Done) {}), REFUSAL_INVALID_ADDRESS);
    expect_refusal(handle_setup_conference(handle, &own, (Done) {}), REFUSAL_INVALID_ADDRESS);
    expect_refusal(line_setup_conference(line0, a, &code, (Done) {}), REFUSAL_NOT_SUPPORTED);
    confers();
    joins(second);
    expect_refusal(handle_prepare_add_to_conference(conference, &bad, (Done) {}), REFUSAL_INVALID_ADDRESS);
    expect_refusal(handle_prepare_add_to_conference(conference, &own, (Done) {}), REFUSAL_INVALID_ADDRESS);

    held = talks(a, line1);
    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_refusal(line_setup_conference(line1, a, &order, (Done) {}), REFUSAL_LINE_BUSY);
    provider_report_event(handle_call(held), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    ASK(a, handle_setup_conference, held, &order);
    conference_begins(last_request(), "narrow", "x");
    provider_report_joined(handle_call(held), last_conference());
    provider_report_event(last_conference(), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    provider_report_event(last_call(), CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    provider_report_event(last_call(), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    forget_story();
    expect_refusal(handle_prepare_add_to_conference(client_find_handle_on(a, last_conference()), &order, (Done) {}),
                   REFUSAL_LINE_BUSY);
    expect_refusal(handle_remove_from_conference(held, (Done) {}), REFUSAL_LINE_BUSY);
}
END_TEST

START_TEST(both_have_to_be_owned) {
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    confers();
    expect_granted(handle_set_privilege(client_find_handle_on(b, handle_call(conference)), "owner"));
    expect_refusal(handle_add_to_conference(client_find_handle_on(b, handle_call(conference)),
                                            client_find_handle_on(b, handle_call(second)), (Done) {}),
                   REFUSAL_NOT_OWNER);
}
END_TEST

/* ---- Leaving ---- */

START_TEST(a_participant_is_removed) {
    confers();
    joins(second);
    ASK(a, handle_remove_from_conference, second);
    expect_asked("remove_from_conference");
    provider_report_event(handle_call(second), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    completes(last_request());
    expect_story("a=done a~3[State=on-hold Conference]");
    ck_assert_uint_eq(participants(), 1);
    ck_assert_ptr_null(call_conference(handle_call(second)));
    stage_start_error = 5;
    ASK(a, handle_remove_from_conference, handle);
    ASK(a, handle_remove_from_conference, second);
    expect_story("a=ProviderFailed a=InvalidState");
}
END_TEST

START_TEST(a_participant_goes_by_itself) {
    confers();
    joins(second);
    provider_report_ended(handle_call(second), CAUSE_NORMAL, NULL);
    provider_report_event(call, CALL_EVENT_LEFT, STATE_DETAIL_NONE);
    provider_report_ended(handle_call(conference), CAUSE_NORMAL, NULL);
    expect_story("a~3[State=disconnected DisconnectCause=normal Conference] a~1[State=connected Conference] "
                 "a~2[State=idle DisconnectCause=normal]");
}
END_TEST

START_TEST(a_drop_ends_all) {
    confers();
    joins(second);
    ASK(a, handle_drop, conference, REJECT_NONE);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    provider_report_ended(handle_call(second), CAUSE_NORMAL, NULL);
    provider_report_ended(handle_call(conference), CAUSE_NORMAL, NULL);
    completes(last_request());
    expect_story("a=done a~1[State=idle DisconnectCause=normal Conference] a~3[State=idle DisconnectCause=normal Conference] "
                 "a~2[State=idle DisconnectCause=normal]");
}
END_TEST

/* The provider forgot to say so. */
START_TEST(who_is_left_behind_goes_on) {
    confers();
    joins(second);
    provider_report_ended(handle_call(conference), CAUSE_NORMAL, NULL);
    expect_story("a~2[State=idle DisconnectCause=normal] a~1[State=connected Conference] a~3[State=connected Conference]");
}
END_TEST

/* ---- What is told and does not fit ---- */

START_TEST(nobody_joins_what_is_none) {
    Handle *elsewhere;

    confers();
    elsewhere = talks(a, drop_line);
    provider_report_joined(handle_call(second), call);
    provider_report_joined(handle_call(elsewhere), handle_call(conference));
    provider_report_joined(handle_call(conference), handle_call(conference));
    provider_report_joined(call, handle_call(conference));
    provider_report_event(handle_call(second), CALL_EVENT_JOINED, STATE_DETAIL_NONE);
    provider_report_event(handle_call(second), CALL_EVENT_LEFT, STATE_DETAIL_NONE);
    expect_story("");
    ASK(a, line_dial, line0, a, &order);
    provider_report_joined(last_call(), handle_call(conference));
    dialled(last_request(), "x");
    provider_report_joined(last_call(), handle_call(conference));
    expect_story("a=done(5) a+5(dialing)");
    ck_assert_uint_eq(participants(), 1);
}
END_TEST

START_TEST(nobody_joins_what_is_over_or_not_there_yet) {
    Handle *third;

    confers();
    third = talks(a, line0);
    ASK(a, handle_setup_conference, third, &order);
    provider_report_joined(handle_call(third), last_conference());
    refuses(last_request(), REFUSAL_LINE_BUSY);
    provider_report_ended(call, CAUSE_NORMAL, NULL);
    provider_report_ended(handle_call(conference), CAUSE_NORMAL, NULL);
    provider_report_joined(handle_call(third), handle_call(conference));
    ck_assert_int_eq(call_state(handle_call(third)), CALL_STATE_CONNECTED);
}
END_TEST

START_TEST(a_conference_that_begins_in_nonsense_waits) {
    const CallStart starts[][2] = {
        { { .event = CALL_EVENT_ENDED, .reason = 77 }, { .event = CALL_EVENT_OFFERED } },
        { { .event = CALL_EVENT_RINGBACK, .detail = 77 }, { .event = CALL_EVENT_HELD_FOR_CONFERENCE, .detail = 77 } },
    };

    ASK(a, handle_setup_conference, handle, &order);
    provider_complete_calls(provider, last_request(), starts[_i]);
    expect_story("a=done(2,3) a+2(on-hold-pending-conference) a+3(dialing)");
    ck_assert_int_eq(call_state_detail(last_conference()), STATE_DETAIL_NONE);
    ck_assert_int_eq(call_state_detail(last_call()), STATE_DETAIL_NONE);
}
END_TEST

/* ---- Who is in it ---- */

static void expect_conference_calls(Handle *of, unsigned n) {
    GPtrArray *handles = NULL;

    expect_granted(handle_get_conference_calls(of, &handles));
    ck_assert_uint_eq(handles->len, n);
    ck_assert_int_eq(call_kind(handle_call(handles->pdata[0])), CALL_KIND_CONFERENCE);
    if (n > 1)
        ck_assert_ptr_eq(handle_call(handles->pdata[1]), call);
    g_ptr_array_unref(handles);
}

START_TEST(its_calls_are_told_to_who_asks) {
    GPtrArray *handles = NULL;

    b = arrives("b");
    opens(b, line0, OPEN_OWNER);
    confers();
    joins(second);
    expect_conference_calls(conference, 3);
    expect_conference_calls(handle, 3);
    expect_refusal(handle_get_conference_calls(talks(a, line0), &handles), REFUSAL_NO_CONFERENCE);
    expect_granted(handle_handoff(second, "b"));
    expect_story("a~3[Owners=2 OwnerApps=,] b+1(conferenced)");
    expect_conference_calls(client_find_handle(b, 1), 3);
    expect_story("b+2(connected) b~1[Conference] b+3(conferenced)");
    ck_assert_int_eq(handle_privilege(client_find_handle(b, 2)), PRIVILEGE_MONITOR);
}
END_TEST

START_TEST(what_the_holder_does_not_see_is_no_conference_for_it) {
    b = arrives("b");
    opens(b, line0, OPEN_OWNER);
    confers();
    expect_granted(handle_handoff(handle, "b"));
    expect_granted(handle_handoff(conference, "b"));
    expect_story("b+1(conferenced) a~1[Owners=2 OwnerApps=,] a~2[Owners=2 OwnerApps=,] b+2(on-hold-pending-conference) "
                 "b~1[Conference]");
    handle_release(client_find_handle(b, 2));
    expect_story("b-2 b~1[Conference] a~2[Owners=1 OwnerApps=]");
}
END_TEST

START_TEST(a_conference_goes_with_its_line) {
    confers();
    joins(second);
    provider_report_line_state(line0, LINE_REMOVED, "gone");
    expect_story("a:closed(line0) a-1 a-2 a-3");
    line0 = NULL;
}
END_TEST

int main(void) {
    Suite *suite = suite_create("conference");
    TCase *tcase = stage_case(suite, "conference");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, it_begins_with_two_calls);
    tcase_add_test(tcase, it_begins_from_a_line);
    tcase_add_test(tcase, it_may_fail);
    tcase_add_test(tcase, a_full_line_has_no_conference);
    tcase_add_test(tcase, a_call_is_added);
    tcase_add_test(tcase, one_more_is_prepared);
    tcase_add_test(tcase, adding_may_fail);
    tcase_add_test(tcase, it_can_be_full);
    tcase_add_test(tcase, not_everything_can_be_added);
    tcase_add_loop_test(tcase, what_is_on_its_way_can_be_added, 0, G_N_ELEMENTS(addable));
    tcase_add_test(tcase, what_is_held_can_be_added_and_what_is_over_can_not);
    tcase_add_test(tcase, what_is_held_is_added_where_there_is_room);
    tcase_add_test(tcase, what_is_under_way_counts);
    tcase_add_test(tcase, a_line_may_have_no_limit_of_participants);
    tcase_add_test(tcase, what_is_prepared_is_checked);
    tcase_add_test(tcase, both_have_to_be_owned);
    tcase_add_test(tcase, a_participant_is_removed);
    tcase_add_test(tcase, a_participant_goes_by_itself);
    tcase_add_test(tcase, a_drop_ends_all);
    tcase_add_test(tcase, who_is_left_behind_goes_on);
    tcase_add_test(tcase, nobody_joins_what_is_none);
    tcase_add_test(tcase, nobody_joins_what_is_over_or_not_there_yet);
    tcase_add_loop_test(tcase, a_conference_that_begins_in_nonsense_waits, 0, 2);
    tcase_add_test(tcase, its_calls_are_told_to_who_asks);
    tcase_add_test(tcase, what_the_holder_does_not_see_is_no_conference_for_it);
    tcase_add_test(tcase, a_conference_goes_with_its_line);
    return run_suite(suite);
}
