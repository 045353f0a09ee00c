/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the calls of a request appear, and what is in their way: limits of requests, of handles and of lines. */
#include <string.h>

#include "service/token.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;
static const DialOrder order = { .address = "102" };

static void set_up(void) {
    a = arrives("a");
    b = arrives("b");
    handle = talks(a, line0);
}

/* ---- Requests ---- */

/* As many requests as a client may have. */
static void be_busy(void) {
    for (unsigned i = 0; i < stage_limits.requests_per_client; i++)
        ASK(a, handle_mute, handle, true);
    forget_story();
}

START_TEST(every_method_counts_requests) {
    static const uint8_t data[1];
    Handle *held = talks(a, line0), *offered, *conference, *busy;
    g_auto(GStrv) answers = NULL;

    opens(a, line0, OPEN_OWNER);
    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    offered = client_find_handle_on(a, comes_in(line0, "in"));
    ASK(a, line_setup_conference, line0, a, &order);
    conference_begins(last_request(), "conf", "x");
    conference = client_find_handle_on(a, last_conference());
    busy = client_find_handle_on(a, last_call());
    provider_report_event(last_call(), CALL_EVENT_BUSY, STATE_DETAIL_NONE);
    be_busy();
    ASK(a, line_dial, line0, a, &order);
    ASK(a, line_pickup, line0, a, "101", "");
    ASK(a, line_unpark, line0, a, "70");
    ASK(a, line_setup_conference, line0, a, &order);
    ASK(a, line_forward, line0, a, NULL, 0);
    ASK(a, line_cancel_completion, line0, a, "c-1");
    ASK(a, handle_accept, offered);
    ASK(a, handle_answer, offered);
    ASK(a, handle_redirect, offered, "102");
    ASK(a, handle_drop, handle, REJECT_NONE);
    ASK(a, handle_hold, handle);
    ASK(a, handle_unhold, held);
    ASK(a, handle_swap_hold, handle, held);
    ASK(a, handle_blind_transfer, handle, "102");
    ASK(a, handle_setup_transfer, handle, &order);
    ASK(a, handle_complete_transfer, held, handle, TRANSFER_TRANSFER);
    ASK(a, handle_complete_transfer, held, handle, TRANSFER_CONFERENCE);
    ASK(a, handle_setup_conference, handle, &order);
    ASK(a, handle_add_to_conference, conference, handle);
    ASK(a, handle_park, handle, "");
    ASK(a, handle_complete_call, busy, COMPLETION_CAMP_ON);
    ASK(a, handle_send_digits, handle, "1", 80, 40);
    ASK(a, handle_send_tone, handle, TONE_BEEP, 100);
    ASK(a, handle_send_user_user_info, handle, data, 1);
    ASK(a, handle_mute, handle, false);
    ASK(a, handle_secure, handle);
    expect_asked("");
    answers = g_strsplit(stage_story(), " ", -1);
    for (int i = 0; answers[i]; i++)
        ck_assert_msg(strcmp(answers[i], "a=LimitsExceeded") == 0, "the method number %d: %s", i + 1, answers[i]);
    ck_assert_uint_eq(g_strv_length(answers), 26);
    forget_story();
}
END_TEST

START_TEST(what_conferences_ask_is_counted_too) {
    Handle *conference;

    ASK(a, handle_setup_conference, handle, &order);
    conference_begins(last_request(), "conf", "x");
    conference = client_find_handle_on(a, last_conference());
    provider_report_joined(handle_call(handle), handle_call(conference));
    provider_report_event(handle_call(conference), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    for (unsigned i = 0; i < stage_limits.requests_per_client; i++)
        ASK(a, handle_mute, conference, true);
    forget_story();
    ASK(a, handle_prepare_add_to_conference, conference, &order);
    ASK(a, handle_remove_from_conference, handle);
    expect_story("a=LimitsExceeded a=LimitsExceeded");
}
END_TEST

START_TEST(dialled_digits_are_counted_too) {
    Handle *consultation;

    ASK(a, handle_setup_transfer, handle, &order);
    begins(last_request(), CALL_EVENT_DIAL_TONE, "second", "call");
    consultation = client_find_handle_on(a, last_call());
    be_busy();
    ASK(a, handle_dial_digits, consultation, "1");
    expect_story("a=LimitsExceeded");
}
END_TEST

/* ---- Handles ---- */

static void fill_up(unsigned free) {
    while (client_count_handles(a) + free < stage_limits.handles_per_client)
        talks(a, line0);
}

START_TEST(there_is_room_for_all_calls_or_none) {
    fill_up(1);
    ASK(a, handle_setup_conference, handle, &order);
    ASK(a, line_setup_conference, line0, a, &order);
    expect_story("a=LimitsExceeded a=LimitsExceeded");
    fill_up(0);
    ASK(a, line_dial, line0, a, &order);
    ASK(a, line_pickup, line0, a, "101", "");
    ASK(a, line_unpark, line0, a, "70");
    ASK(a, handle_setup_transfer, handle, &order);
    expect_story("a=LimitsExceeded a=LimitsExceeded a=LimitsExceeded a=LimitsExceeded");
}
END_TEST

START_TEST(a_conference_wants_room_too) {
    GPtrArray *handles = NULL;
    Handle *conference;

    ASK(a, handle_setup_conference, handle, &order);
    conference_begins(last_request(), "conf", "x");
    conference = client_find_handle_on(a, last_conference());
    provider_report_joined(handle_call(handle), handle_call(conference));
    provider_report_event(handle_call(conference), CALL_EVENT_RESUMED, STATE_DETAIL_NONE);
    opens(b, line0, OPEN_OWNER);
    expect_granted(handle_handoff(handle, "b"));
    fill_up(0);
    ASK(a, handle_prepare_add_to_conference, conference, &order);
    expect_story("a=LimitsExceeded");
    while (client_count_handles(b) < stage_limits.handles_per_client)
        talks(b, line0);
    expect_granted(handle_get_conference_calls(client_find_handle_on(b, handle_call(handle)), &handles));
    ck_assert_uint_eq(handles->len, 1);
    g_ptr_array_unref(handles);
    expect_story("b?1");
}
END_TEST

START_TEST(who_leaves_what_is_to_be_kept_has_it_kept) {
    const DialOrder kept = { .address = "102", .on_owner_lost = ON_OWNER_LOST_KEEP };

    ASK(b, line_dial, line0, b, &kept);
    client_vanish(b);
    dialled(last_request(), "x");
    expect_asked("dial");
    expect_story("b=ClientGone");
}
END_TEST

START_TEST(what_makes_no_calls_is_not_complete_with_some) {
    Call *call = handle_call(handle);

    ASK(a, handle_hold, handle);
    dialled(last_request(), "x");
    completes(last_request());
    ASK(a, handle_setup_transfer, handle, &order);
    ends_by(last_call(), NULL, last_request(), CAUSE_NORMAL, NULL);
    expect_story("a=done");
    begins(last_request(), CALL_EVENT_DIALING, "second", "call");
    ck_assert_int_eq(call_state(call), CALL_STATE_CONNECTED);
    forget_story();
}
END_TEST

START_TEST(room_that_is_gone_meanwhile_is_no_room) {
    Call *call;

    fill_up(1);
    ASK(a, line_dial, line0, a, &order);
    call = last_call();
    opens(a, line0, OPEN_OWNER);
    comes_in(line0, "in");
    forget_story();
    dialled(last_request(), "late");
    expect_story("a=LimitsExceeded");
    expect_asked("drop");
    ck_assert_uint_eq(call_owners(call), 0);
}
END_TEST

START_TEST(an_idle_handle_makes_room) {
    fill_up(1);
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, handle, REJECT_NONE);
    forget_story();
    ASK(a, handle_setup_conference, client_find_handle(a, 2), &order);
    conference_begins(last_request(), "conf", "x");
    ck_assert_ptr_null(client_find_handle(a, 1));
    ck_assert_uint_eq(client_count_handles(a), stage_limits.handles_per_client);
    forget_story();
}
END_TEST

START_TEST(a_token_needs_room_for_its_call) {
    const DialOrder with_token = { .address = "102", .token = "t" };

    ASK(b, line_dial, line0, b, &with_token);
    dialled(last_request(), "x");
    fill_up(0);
    ASK(a, line_dial, line0, a, &with_token);
    expect_story("a=LimitsExceeded");
    handle_release(handle);
    ASK(a, line_dial, line0, a, &with_token);
    forget_story();
}
END_TEST

START_TEST(who_waits_for_a_token_is_counted) {
    const DialOrder with_token = { .address = "102", .token = "t" };

    ASK(b, line_dial, line0, b, &with_token);
    be_busy();
    ASK(a, line_dial, line0, a, &with_token);
    expect_story("a=LimitsExceeded");
}
END_TEST

/* One of them is gone, one took too long. */
START_TEST(who_waits_for_a_token_may_have_left) {
    const DialOrder with_token = { .address = "102", .token = "t" };
    Client *c = arrives("c");
    RequestId request;

    ASK(b, line_dial, line0, b, &with_token);
    request = last_request();
    ASK(a, line_dial, line0, a, &with_token);
    ASK(c, line_dial, line0, c, &with_token);
    client_vanish(c);
    if (_i == 1)
        clock_pass(21 * G_TIME_SPAN_SECOND);
    dialled(request, "x");
    expect_story(_i == 0 ? "c=ClientGone b=done(1) a=done(2) b+1(dialing) a+2(dialing)"
                         : "c=ClientGone b=Timeout a=Timeout");
    forget_story();
}
END_TEST

/* ---- Lines ---- */

START_TEST(a_line_has_its_media_modes) {
    const DialOrder video = { .address = "102", .media_mode = MEDIA_VIDEO };
    const LineInfo info = { .name = "voice", .addresses = (const char *const[]) { "1", NULL }, .media_modes = MEDIA_BIT(0) };
    const OpenOptions options = { .privilege = OPEN_OWNER, .media_modes = MEDIA_ALL };
    Line *voice = NULL;

    ck_assert_int_eq(provider_add_line(provider, &info, &voice), 0);
    expect_refusal(line_dial(voice, a, &video, (Done) {}), REFUSAL_NOT_SUPPORTED);
    expect_refusal(handle_setup_transfer(talks(a, voice), &video, (Done) {}), REFUSAL_NOT_SUPPORTED);
    expect_refusal(line_setup_conference(voice, a, &video, (Done) {}), REFUSAL_NOT_SUPPORTED);
    expect_refusal(line_open(voice, a, &options), REFUSAL_NOT_SUPPORTED);
}
END_TEST

/* What is on its way to be active, or held, takes the place already; what was given up takes none. */
START_TEST(nobody_is_too_fast_for_a_limit) {
    Handle *first, *second;
    RequestId request;

    ASK(a, line_dial, line1, a, &order);
    request = last_request();
    ASK(a, line_dial, line1, a, &order);
    ASK(b, line_pickup, line1, b, "101", "");
    ASK(b, line_unpark, line1, b, "70");
    ASK(b, line_setup_conference, line1, b, &order);
    expect_story("a=LineBusy b=LineBusy b=LineBusy b=LineBusy");
    refuses(request, REFUSAL_LINE_BUSY);
    expect_asked("dial");

    first = talks(a, line1);
    provider_report_event(handle_call(first), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    second = talks(a, line1);
    ASK(a, handle_hold, second);
    ASK(a, handle_setup_transfer, second, &order);
    expect_story("a=LineBusy a=LineBusy");
    ASK(a, handle_drop, second, REJECT_NONE);
    provider_report_ended(handle_call(second), CAUSE_NORMAL, NULL);
    forget_story();
    ASK(a, handle_unhold, first);
    ASK(a, line_dial, line1, a, &order);
    expect_story("a=LineBusy");
    clock_pass(21 * G_TIME_SPAN_SECOND);
    ASK(a, line_dial, line1, a, &order);
    expect_story("a=Timeout");
}
END_TEST

START_TEST(a_call_that_is_to_be_held_takes_the_place) {
    Line *line = adds_line("two", 2, false, 0);
    Handle *calls[] = { talks(a, line), talks(a, line), NULL };

    provider_report_event(handle_call(calls[0]), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    calls[2] = talks(a, line);
    ASK(a, handle_setup_transfer, calls[1], &order);
    ASK(a, handle_hold, calls[2]);
    expect_story("a=LineBusy");
    refuses(last_request(), REFUSAL_LINE_BUSY);
    ASK(a, handle_hold, calls[2]);
    ASK(a, handle_hold, calls[1]);
    expect_story("a=LineBusy a=LineBusy");
}
END_TEST

START_TEST(two_calls_are_not_answered_at_once) {
    Line *line = adds_line("two", 2, false, 0);
    Handle *first, *second;

    opens(a, line, OPEN_OWNER);
    first = client_find_handle_on(a, comes_in(line, "x"));
    second = client_find_handle_on(a, comes_in(line, "y"));
    provider_report_event(handle_call(first), CALL_EVENT_ACCEPTED, STATE_DETAIL_NONE);
    talks(a, line);
    ASK(a, handle_answer, first);
    ASK(a, handle_answer, second);
    expect_story("a=LineBusy");
    provider_report_event(handle_call(first), CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    completes(last_request());
    forget_story();
}
END_TEST

/* The network is asked, and has the last word. */
START_TEST(an_emergency_goes_out_on_a_full_line) {
    Line *line = adds_line("full", 1, false, 0);
    const DialOrder emergency = { .address = "112" };
    Handle *first = talks(a, line), *help;

    ASK(a, line_dial, line, a, &order);
    expect_story("a=LineBusy");
    ASK(a, line_dial, line, a, &emergency);
    refuses(last_request(), REFUSAL_LINE_BUSY);
    expect_story("a=LineBusy");
    ASK(a, line_dial, line, a, &emergency);
    dialled(last_request(), "help");
    help = client_find_handle_on(a, last_call());
    ck_assert(call_emergency(handle_call(help)));
    provider_report_event(handle_call(help), CALL_EVENT_CONNECTED, STATE_DETAIL_NONE);
    ck_assert_uint_eq(line_busy_calls(line), 2);
    ck_assert_int_eq(call_state(handle_call(first)), CALL_STATE_CONNECTED);
    forget_story();
    /* For others it stays full, also with one place free. */
    ASK(a, line_dial, line, a, &order);
    ASK(a, handle_drop, first, REJECT_NONE);
    provider_report_ended(handle_call(first), CAUSE_NORMAL, NULL);
    forget_story();
    ASK(a, line_dial, line, a, &order);
    expect_story("a=LineBusy");
}
END_TEST

/* By its answer mode: what is connected is in the way, is held if there is room, or goes. */
START_TEST(an_answer_finds_the_line_full) {
    static const char *const outcomes[] = { "a=LineBusy", "a=LineBusy", "" };
    const LineInfo info = {
        .name = "full",
        .addresses = (const char *const[]) { "1", NULL },
        .media_modes = MEDIA_ALL,
        .max_active_calls = 1,
        .max_held_calls = 1,
        .answer_mode = (AnswerMode) (_i == 0 ? ANSWER_MODE_NONE : _i == 1 ? ANSWER_MODE_HOLD : ANSWER_MODE_DROP),
    };
    Line *line = NULL;
    Handle *held, *offered;

    ck_assert_int_eq(provider_add_line(provider, &info, &line), 0);
    opens(a, line, OPEN_OWNER);
    held = talks(a, line);
    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    offered = client_find_handle_on(a, comes_in(line, ""));
    talks(a, line);
    ASK(a, handle_answer, offered);
    expect_story(outcomes[_i]);
    if (_i > 0) {
        ASK(a, handle_drop, held, REJECT_NONE);
        provider_report_ended(handle_call(held), CAUSE_NORMAL, NULL);
        forget_story();
        ASK(a, handle_answer, offered);
        expect_asked(_i == 1 ? "answer" : "");
    }
    forget_story();
}
END_TEST

/* Where answering puts others aside, only what rings is in the way. */
START_TEST(a_line_that_holds_takes_calls_while_it_talks) {
    const LineInfo info = {
        .name = "holds",
        .addresses = (const char *const[]) { "1", NULL },
        .media_modes = MEDIA_ALL,
        .max_active_calls = 1,
        .answer_mode = ANSWER_MODE_HOLD,
    };
    Line *line = NULL;

    ck_assert_int_eq(provider_add_line(provider, &info, &line), 0);
    opens(a, line, OPEN_OWNER);
    talks(a, line);
    ck_assert_ptr_nonnull(comes_in(line, ""));
    ck_assert_ptr_null(comes_in(line, ""));
    forget_story();
}
END_TEST

START_TEST(one_participant_is_no_conference) {
    const LineInfo info = {
        .name = "one",
        .addresses = (const char *const[]) { "1", NULL },
        .media_modes = MEDIA_ALL,
        .max_conference_parties = 1,
    };
    Line *line = NULL;
    Handle *held;

    ck_assert_int_eq(provider_add_line(provider, &info, &line), 0);
    held = talks(a, line);
    provider_report_event(handle_call(held), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    expect_refusal(handle_complete_transfer(held, talks(a, line), TRANSFER_CONFERENCE, (Done) {}), REFUSAL_CONFERENCE_FULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("placement");
    TCase *tcase;

    stage_limits = limits_default;
    stage_limits.handles_per_client = 8;
    stage_limits.requests_per_client = 3;
    tcase = stage_case(suite, "placement");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, every_method_counts_requests);
    tcase_add_test(tcase, what_conferences_ask_is_counted_too);
    tcase_add_test(tcase, dialled_digits_are_counted_too);
    tcase_add_test(tcase, there_is_room_for_all_calls_or_none);
    tcase_add_test(tcase, a_conference_wants_room_too);
    tcase_add_test(tcase, who_leaves_what_is_to_be_kept_has_it_kept);
    tcase_add_test(tcase, what_makes_no_calls_is_not_complete_with_some);
    tcase_add_test(tcase, room_that_is_gone_meanwhile_is_no_room);
    tcase_add_test(tcase, an_idle_handle_makes_room);
    tcase_add_test(tcase, a_token_needs_room_for_its_call);
    tcase_add_test(tcase, who_waits_for_a_token_is_counted);
    tcase_add_loop_test(tcase, who_waits_for_a_token_may_have_left, 0, 2);
    tcase_add_test(tcase, a_line_has_its_media_modes);
    tcase_add_test(tcase, nobody_is_too_fast_for_a_limit);
    tcase_add_test(tcase, a_call_that_is_to_be_held_takes_the_place);
    tcase_add_test(tcase, two_calls_are_not_answered_at_once);
    tcase_add_test(tcase, an_emergency_goes_out_on_a_full_line);
    tcase_add_loop_test(tcase, an_answer_finds_the_line_full, 0, 3);
    tcase_add_test(tcase, a_line_that_holds_takes_calls_while_it_talks);
    tcase_add_test(tcase, one_participant_is_no_conference);
    return run_suite(suite);
}
