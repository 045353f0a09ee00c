/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What goes between the service and a provider process: each struct there and back, and what is refused. */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>

#include "bus/error-name.h"
#include "providers/wire/codec.h"
#include "providers/wire/error.h"
#include "providers/wire/method.h"
#include "providers/wire/names.h"
#include "providers/wire/socket.h"
#include "providers/wire/words.h"
#include "service/cleanup.h"
#include "tests/unit/run.h"

static sd_bus *bus;
static sd_bus_message *m;
static WireKeep *keep;
static char *why;

static void set_up(void) {
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    ck_assert_int_eq(wire_open(fds[0], /* server= */ false, &bus), 0);
    close(fds[1]);
    ck_assert_int_ge(sd_bus_message_new_method_call(bus, &m, NULL, "/", "a.b", "C"), 0);
    keep = wire_keep_new();
    why = NULL;
}

static void tear_down(void) {
    g_ptr_array_unref(keep);
    sd_bus_message_unref(m);
    sd_bus_close_unref(bus);
    g_free(why);
}

/* What was appended can be read now. */
static void turn(void) {
    ck_assert_int_eq(sd_bus_message_seal(m, 1, 0), 0);
}

static void assert_party(const PartyInfo *party, const char *number, const char *name, Presentation presentation) {
    ck_assert(party);
    ck_assert_pstr_eq(party->number, number);
    ck_assert_pstr_eq(party->name, name);
    ck_assert_int_eq(party->presentation, presentation);
}

START_TEST(a_line_is_told_with_all_that_it_has) {
    const LineInfo info = {
        .label = "Büro", .addresses = (const char *const[]) { "100", "sip:a@b", NULL },
        .media_modes = MEDIA_BIT(MEDIA_VIDEO) | MEDIA_BIT(MEDIA_UNKNOWN), .call_id = true, .close_drop = true,
        .max_active_calls = 2, .max_held_calls = 3, .max_conference_parties = 4, .answer_mode = ANSWER_MODE_HOLD,
        .without = OPERATION_BIT(OPERATION_PARK) | OPERATION_BIT(OPERATION_CANCEL_COMPLETION), .pickup_group = "sales",
        .emergency_numbers = (const char *const[]) { "112", NULL },
    };
    LineInfo got;

    ck_assert_int_ge(wire_append_line_info(m, &info), 0);
    turn();
    ck_assert_int_eq(wire_read_line_info(m, keep, &got, &why), 0);
    ck_assert_str_eq(got.label, "Büro");
    ck_assert_str_eq(got.addresses[1], "sip:a@b");
    ck_assert_ptr_null(got.addresses[2]);
    ck_assert_uint_eq(got.media_modes, info.media_modes);
    ck_assert(got.call_id && got.close_drop);
    ck_assert_uint_eq(got.max_active_calls + 10 * got.max_held_calls + 100 * got.max_conference_parties, 432);
    ck_assert_int_eq(got.answer_mode, ANSWER_MODE_HOLD);
    ck_assert_uint_eq(got.without, info.without);
    ck_assert_str_eq(got.pickup_group, "sales");
    ck_assert_str_eq(got.emergency_numbers[0], "112");
}
END_TEST

START_TEST(a_line_of_which_nothing_is_told_has_voice) {
    LineInfo got;

    sd_bus_message_append(m, "a{sv}", 0);
    turn();
    ck_assert_int_eq(wire_read_line_info(m, keep, &got, &why), 0);
    ck_assert_str_eq(got.label, "");
    ck_assert_ptr_null(got.addresses[0]);
    ck_assert_uint_eq(got.media_modes, MEDIA_BIT(MEDIA_INTERACTIVE_VOICE));
    ck_assert_ptr_null(got.pickup_group);
    ck_assert_ptr_null(got.emergency_numbers);
}
END_TEST

START_TEST(what_is_dialled) {
    const DialParams params = {
        .address = "101", .media_mode = MEDIA_VIDEO, .hide_caller_id = true, .no_answer_timeout_s = 7,
        .user_user_info = (const uint8_t *) "\0x", .user_user_info_size = 2,
    };
    DialParams got;

    ck_assert_int_ge(wire_append_dial_params(m, &params), 0);
    turn();
    ck_assert_int_eq(wire_read_dial_params(m, keep, &got, &why), 0);
    ck_assert_str_eq(got.address, "101");
    ck_assert_int_eq(got.media_mode, MEDIA_VIDEO);
    ck_assert(got.hide_caller_id);
    ck_assert_uint_eq(got.no_answer_timeout_s, 7);
    ck_assert_mem_eq(got.user_user_info, "\0x", 2);
}
END_TEST

START_TEST(how_a_call_begins) {
    const PartyInfo anna = { "101", "Anna", PRESENTATION_ALLOWED }, nobody = { NULL, NULL, PRESENTATION_WITHHELD };
    const CallStart start = {
        .event = CALL_EVENT_CONNECTED, .detail = STATE_DETAIL_ACTIVE, .call_id = "aa", .related_call_id = "bb",
        .reason = REASON_UNPARK, .address = "101", .media_mode = MEDIA_TDD, .caller = &anna, .redirection = &nobody,
    };
    CallStart got;

    ck_assert_int_ge(wire_append_start(m, &start), 0);
    turn();
    ck_assert_int_eq(wire_read_start(m, keep, &got, &why), 0);
    ck_assert_int_eq(got.event, CALL_EVENT_CONNECTED);
    ck_assert_int_eq(got.detail, STATE_DETAIL_ACTIVE);
    ck_assert_str_eq(got.call_id, "aa");
    ck_assert_str_eq(got.related_call_id, "bb");
    ck_assert_int_eq(got.reason, REASON_UNPARK);
    ck_assert_str_eq(got.address, "101");
    ck_assert_int_eq(got.media_mode, MEDIA_TDD);
    assert_party(got.caller, "101", "Anna", PRESENTATION_ALLOWED);
    assert_party(got.redirection, NULL, NULL, PRESENTATION_WITHHELD);
    ck_assert_ptr_null(got.called);
}
END_TEST

START_TEST(a_beginning_needs_an_event) {
    CallStart got;

    wire_append_no_start(m);
    turn();
    ck_assert_int_eq(wire_read_start(m, keep, &got, &why), -EINVAL);
    ck_assert_str_eq(why, "A call begins with an event, such as dialing");
}
END_TEST

START_TEST(what_comes_in) {
    const IncomingInfo info = {
        .call_id = "cc", .media_mode = MEDIA_VIDEO, .origin = ORIGIN_EXTERNAL, .reason = REASON_FWD_BUSY,
        .caller = { "101", NULL, PRESENTATION_ALLOWED }, .redirecting = { "102", "Ben", PRESENTATION_UNKNOWN },
    };
    IncomingInfo got;

    ck_assert_int_ge(wire_append_incoming(m, &info), 0);
    turn();
    ck_assert_int_eq(wire_read_incoming(m, keep, &got, &why), 0);
    ck_assert_str_eq(got.call_id, "cc");
    ck_assert_int_eq(got.origin, ORIGIN_EXTERNAL);
    ck_assert_int_eq(got.reason, REASON_FWD_BUSY);
    assert_party(&got.caller, "101", NULL, PRESENTATION_ALLOWED);
    assert_party(&got.redirecting, "102", "Ben", PRESENTATION_UNKNOWN);
    ck_assert_ptr_null(got.called.number);
}
END_TEST

START_TEST(how_it_is_heard) {
    AudioChoice got;

    wire_append_audio_choice(m, &(AudioChoice) { .device = "", .volume = VOLUME_AS_IT_IS });
    wire_append_audio_choice(m, &(AudioChoice) { .device = NULL, .volume = 0 });
    turn();
    ck_assert_int_eq(wire_read_audio_choice(m, keep, &got, &why), 0);
    ck_assert_str_eq(got.device, "");
    ck_assert_uint_eq(got.volume, VOLUME_AS_IT_IS);
    ck_assert_int_eq(wire_read_audio_choice(m, keep, &got, &why), 0);
    ck_assert_ptr_null(got.device);
    ck_assert_uint_eq(got.volume, 0);
}
END_TEST

START_TEST(rules_and_settings) {
    const ForwardRule rules[] = { { FORWARD_BUSY_SPECIFIC, "101", "102", 0 }, { FORWARD_NO_ANSW, NULL, NULL, 5 } };
    const char *const settings[] = { "User", "anna", "Registrar", "", NULL }, *const *pairs;
    const ForwardRule *got;
    size_t n;

    wire_append_rules(m, rules, 2);
    wire_append_pairs(m, settings);
    turn();
    ck_assert_int_eq(wire_read_rules(m, keep, &got, &n, &why), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert_int_eq(got[0].condition, FORWARD_BUSY_SPECIFIC);
    ck_assert_str_eq(got[0].filter, "101");
    ck_assert_str_eq(got[1].destination, "");
    ck_assert_uint_eq(got[1].rings, 5);
    ck_assert_int_eq(wire_read_pairs(m, keep, &pairs), 0);
    ck_assert_str_eq(pairs[1], "anna");
    ck_assert_str_eq(pairs[3], "");
    ck_assert_ptr_null(pairs[4]);
}
END_TEST

START_TEST(calls_of_before) {
    const PartyInfo anna = { "101", "Anna", PRESENTATION_ALLOWED };
    const WireCall calls[] = {
        { .number = 5, .line = "loop0", .state = CALL_STATE_ON_HOLD, .detail = STATE_DETAIL_NONE, .direction = DIRECTION_OUT,
          .call_id = "aa", .origin = ORIGIN_OUTBOUND, .reason = REASON_DIRECT, .address = "101",
          .parties = { [PARTY_CONNECTED] = &anna }, .network_ids = (const char *const[]) { "sip-call-id", "x", NULL },
          .muted = true, .audio_device = "phones", .volume = 0 },
        { .number = CALL_NUMBER_OF_PROVIDER | 7, .line = "loop1", .state = CALL_STATE_DISCONNECTED, .cause = CAUSE_BUSY,
          .provider_cause = "SIP 486", .volume = VOLUME_AS_IT_IS },
    };
    const WireCall *got;
    size_t n;

    ck_assert_int_ge(wire_append_calls(m, calls, 2), 0);
    turn();
    ck_assert_int_eq(wire_read_calls(m, keep, &got, &n, &why), 0);
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(got[0].number, 5);
    ck_assert_int_eq(got[0].state, CALL_STATE_ON_HOLD);
    assert_party(got[0].parties[PARTY_CONNECTED], "101", "Anna", PRESENTATION_ALLOWED);
    ck_assert_str_eq(got[0].network_ids[1], "x");
    ck_assert(got[0].muted && !got[0].encrypted);
    ck_assert_uint_eq(got[0].volume, 0);
    ck_assert_uint_eq(got[1].number, CALL_NUMBER_OF_PROVIDER | 7);
    ck_assert_int_eq(got[1].cause, CAUSE_BUSY);
    ck_assert_str_eq(got[1].provider_cause, "SIP 486");
    ck_assert_uint_eq(got[1].volume, VOLUME_AS_IT_IS);
}
END_TEST

static const struct {
    const char *types, *key, *text, *why;
    bool once;
} wrong_params[] = {
    { "a{sv}", "addres", "1", "Unknown key 'addres': known are address, media-mode, hide-caller-id, no-answer-timeout, user-user-info", true },
    { "a{sv}", "address", "1", "Key 'address' is there twice: give it once", false },
    { "a{sv}", "hide-caller-id", "1", "hide-caller-id has type 's': it must be 'b'", true },
    { "a{sv}", "media-mode", "fax", "media-mode: 'fax' is not one of interactive-voice, automated-voice, data-modem, g3-fax, "
      "g4-fax, digital-data, tdd, video, unknown", true },
};

START_TEST(what_is_wrong_is_refused) {
    DialParams got;

    if (wrong_params[_i].once)
        sd_bus_message_append(m, "a{sv}", 1, wrong_params[_i].key, "s", wrong_params[_i].text);
    else
        sd_bus_message_append(m, "a{sv}", 2, wrong_params[_i].key, "s", "1", wrong_params[_i].key, "s", "1");
    turn();
    ck_assert_int_eq(wire_read_dial_params(m, keep, &got, &why), -EINVAL);
    ck_assert_str_eq(why, wrong_params[_i].why);
}
END_TEST

/* One more than there may be, or as many. */
START_TEST(user_user_information_is_not_too_long) {
    static const uint8_t data[USER_USER_INFO_MAX + 1];
    bool fits = _i == 0;
    DialParams got;

    wire_append_dial_params(m, &(DialParams) { .address = "1", .user_user_info = data, .user_user_info_size = USER_USER_INFO_MAX + !fits });
    turn();
    ck_assert_int_eq(wire_read_dial_params(m, keep, &got, &why), fits ? 0 : -EINVAL);
}
END_TEST

START_TEST(rules_are_not_too_many) {
    ForwardRule rules[FORWARD_RULES_MAX + 1] = {};
    bool fits = _i == 0;
    const ForwardRule *got;
    size_t n;

    wire_append_rules(m, rules, FORWARD_RULES_MAX + !fits);
    turn();
    ck_assert_int_eq(wire_read_rules(m, keep, &got, &n, &why), fits ? 0 : -EINVAL);
}
END_TEST

START_TEST(calls_are_not_too_many) {
    size_t n_calls = WIRE_CALLS_MAX + (size_t) _i, n;
    g_autofree WireCall *calls = g_new(WireCall, n_calls);
    const WireCall *got;

    for (size_t i = 0; i < n_calls; i++)
        calls[i] = (WireCall) { .number = 1 + i, .line = "l", .state = CALL_STATE_CONNECTED, .volume = VOLUME_AS_IT_IS };
    ck_assert_int_ge(wire_append_calls(m, calls, n_calls), 0);
    turn();
    ck_assert_int_eq(wire_read_calls(m, keep, &got, &n, &why), _i == 0 ? 0 : -EINVAL);
}
END_TEST

START_TEST(what_a_later_version_says_is_passed_over) {
    WireStart got;

    sd_bus_message_append(m, "a{sv}", 2, "colour", "(su)", "red", 7, "default-lines", "b", true);
    turn();
    ck_assert_int_eq(wire_read_start_options(m, keep, &got, &why), 0);
    ck_assert(got.default_lines);
}
END_TEST

START_TEST(text_that_is_none_is_made_valid) {
    const char *got = NULL;

    ck_assert_int_ge(wire_append_text(m, "a\xff" "b"), 0);
    turn();
    ck_assert_int_eq(sd_bus_message_read_basic(m, 's', &got), 1);
    ck_assert_str_eq(got, "a\xef\xbf\xbd" "b");
}
END_TEST

START_TEST(refusals_are_errors_and_back) {
    for (RefusalCode i = 0; i < _REFUSAL_MAX; i++) {
        _cleanup_(refusal_freep) Refusal *refusal = NULL;

        if (!error_name(i))
            continue;
        refusal = wire_refusal(&SD_BUS_ERROR_MAKE_CONST(error_name(i), "so"));
        ck_assert_int_eq(refusal_code(refusal), i);
        ck_assert_str_eq(refusal_text(refusal), "so");
    }
}
END_TEST

START_TEST(an_error_of_which_nobody_heard) {
    _cleanup_(refusal_freep) Refusal *refusal = wire_refusal(&SD_BUS_ERROR_MAKE_CONST("org.example.Oops", ""));

    ck_assert_int_eq(refusal_code(refusal), REFUSAL_PROVIDER_FAILED);
    ck_assert_str_eq(refusal_text(refusal), "org.example.Oops");
}
END_TEST

START_TEST(words_go_there_and_back) {
    for (CallEvent i = 0; i < _CALL_EVENT_MAX; i++)
        if (wire_event_to_string(i))
            ck_assert_int_eq(wire_event_from_string(wire_event_to_string(i)), i);
    ck_assert_int_lt((int) wire_event_from_string("ended"), 0);
    for (Tone i = 0; i < _TONE_MAX; i++)
        ck_assert_int_eq(wire_tone_from_string(wire_tone_to_string(i)), i);
    for (RejectReason i = 0; i < _REJECT_MAX; i++)
        ck_assert_int_eq(wire_reject_from_string(wire_reject_to_string(i)), i);
    for (PartyRole i = 0; i < _PARTY_MAX; i++)
        ck_assert_int_eq(wire_party_role_from_string(wire_party_role_to_string(i)), i);
    for (WireMethod i = 0; i < _WIRE_METHOD_MAX; i++)
        ck_assert_int_eq(wire_method_from_string(wire_method_to_string(i)), i);
}
END_TEST

static int nothing(Call *call, RequestId request) {
    return 0;
}

START_TEST(methods_are_functions) {
    ProviderOps ops = { .hold = nothing, .unhold = nothing, .secure = nothing };

    ck_assert_uint_eq(wire_methods_of(&ops), WIRE_METHOD_BIT(WIRE_HOLD) | WIRE_METHOD_BIT(WIRE_UNHOLD) | WIRE_METHOD_BIT(WIRE_SECURE));
    wire_methods_restrict(&ops, WIRE_METHOD_BIT(WIRE_HOLD) | WIRE_METHOD_BIT(WIRE_DIAL));
    ck_assert_uint_eq(wire_methods_of(&ops), WIRE_METHOD_BIT(WIRE_HOLD));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("wire");
    TCase *tcase = tcase_create("wire");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_is_told_with_all_that_it_has);
    tcase_add_test(tcase, a_line_of_which_nothing_is_told_has_voice);
    tcase_add_test(tcase, what_is_dialled);
    tcase_add_test(tcase, how_a_call_begins);
    tcase_add_test(tcase, a_beginning_needs_an_event);
    tcase_add_test(tcase, what_comes_in);
    tcase_add_test(tcase, how_it_is_heard);
    tcase_add_test(tcase, rules_and_settings);
    tcase_add_test(tcase, calls_of_before);
    tcase_add_loop_test(tcase, what_is_wrong_is_refused, 0, G_N_ELEMENTS(wrong_params));
    tcase_add_loop_test(tcase, user_user_information_is_not_too_long, 0, 2);
    tcase_add_loop_test(tcase, rules_are_not_too_many, 0, 2);
    tcase_add_loop_test(tcase, calls_are_not_too_many, 0, 2);
    tcase_add_test(tcase, what_a_later_version_says_is_passed_over);
    tcase_add_test(tcase, text_that_is_none_is_made_valid);
    tcase_add_test(tcase, refusals_are_errors_and_back);
    tcase_add_test(tcase, an_error_of_which_nobody_heard);
    tcase_add_test(tcase, words_go_there_and_back);
    tcase_add_test(tcase, methods_are_functions);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
