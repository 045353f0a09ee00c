/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of the model: each name leads to its value and back, and they are the ones that clients are written against. */
#include <glib.h>
#include <string.h>

#include "service/types.h"
#include "tests/unit/run.h"

typedef const char *(*ToString)(int value);
typedef int (*FromString)(const char *name);

/* The functions with int in place of their enumeration. */
#define WORDS(noun, Type, max, ...)                                                      \
    static const char *noun##_string(int value) {                                        \
        return noun##_to_string((Type) value);                                           \
    }                                                                                    \
    static int noun##_value(const char *name) {                                          \
        return (int) noun##_from_string(name);                                           \
    }                                                                                    \
    static const char *const noun##_words[] = { __VA_ARGS__ };                           \
    _Static_assert(G_N_ELEMENTS(noun##_words) == max, "a word for each " #noun);

WORDS(call_state, CallState, _CALL_STATE_MAX, "unknown", "idle", "offering", "accepted", "dial-tone", "dialing", "proceeding",
      "ringback", "busy", "special-info", "connected", "on-hold", "conferenced", "on-hold-pending-conference",
      "on-hold-pending-transfer", "disconnected")
WORDS(state_detail, StateDetail, _STATE_DETAIL_MAX, "", "active", "inactive", "active-held", "inactive-held", "confirmed",
      "normal", "special", "internal", "external", "station", "trunk", "no-circuit", "cust-irreg", "reorder", "unknown",
      "unavail")
WORDS(disconnect_cause, DisconnectCause, _CAUSE_MAX, "", "normal", "unknown", "unavailable", "rejected",
      "answered-elsewhere", "forwarded", "busy", "no-answer", "bad-address", "unreachable", "congestion", "incompatible",
      "no-dial-tone", "number-changed", "out-of-order", "temporary-failure", "qos-unavailable", "blocked", "do-not-disturb",
      "cancelled", "provider-failed", "service-restarted")
WORDS(privilege, Privilege, _PRIVILEGE_MAX, "monitor", "owner")
WORDS(open_privilege, OpenPrivilege, _OPEN_PRIVILEGE_MAX, "none", "monitor", "owner", "owner+monitor")
WORDS(on_owner_lost, OnOwnerLost, _ON_OWNER_LOST_MAX, "drop", "keep")
WORDS(media_mode, MediaMode, _MEDIA_MAX, "interactive-voice", "automated-voice", "data-modem", "g3-fax", "g4-fax",
      "digital-data", "tdd", "video", "unknown")
WORDS(call_origin, CallOrigin, _ORIGIN_MAX, "outbound", "internal", "external", "inbound", "conference", "unknown", "unavail")
WORDS(call_reason, CallReason, _REASON_MAX, "direct", "fwd-busy", "fwd-no-answer", "fwd-uncond", "pickup", "unpark", "redirect",
      "call-completion", "transfer", "reminder", "intrude", "parked", "camped-on", "route-request", "unknown", "unavail")
WORDS(call_direction, CallDirection, _DIRECTION_MAX, "none", "in", "out")
WORDS(call_outcome, CallOutcome, _OUTCOME_MAX, "answered", "missed", "rejected", "busy", "no-answer", "cancelled", "failed",
      "forwarded", "answered-elsewhere", "blocked")
WORDS(presentation, Presentation, _PRESENTATION_MAX, "allowed", "withheld", "unavailable", "unknown")
WORDS(line_state, LineState, _LINE_STATE_MAX, "in-service", "out-of-service", "removed")
WORDS(answer_mode, AnswerMode, _ANSWER_MODE_MAX, "none", "drop", "hold")
WORDS(forward_condition, ForwardCondition, _FORWARD_MAX, "uncond", "uncond-internal", "uncond-external", "uncond-specific",
      "busy", "busy-internal", "busy-external", "busy-specific", "no-answ", "no-answ-internal", "no-answ-external",
      "no-answ-specific", "busy-na", "busy-na-internal", "busy-na-external", "busy-na-specific")
WORDS(completion_mode, CompletionMode, _COMPLETION_MAX, "camp-on", "callback", "intrude", "message")
WORDS(transfer_mode, TransferMode, _TRANSFER_MAX, "transfer", "conference")
WORDS(tone, Tone, _TONE_MAX, "", "ringback", "busy", "beep", "billing")
WORDS(gather_reason, GatherReason, _GATHER_MAX, "buffer-full", "term-digit", "first-timeout", "inter-timeout", "cancel")
WORDS(digits_outcome, DigitsOutcome, _DIGITS_OUTCOME_MAX, "done", "cancel")
WORDS(reject_reason, RejectReason, _REJECT_MAX, NULL, "busy", "declined")
WORDS(call_property, CallProperty, _CALL_PROPERTY_MAX, "CallId", "RelatedCallId", "NetworkIds", "Line", "Address", "State",
      "StateDetail", "DisconnectCause", "ProviderCause", "Privilege", "Features", "Origin", "Reason", "Direction", "MediaMode",
      "Emergency", "Encrypted", "Muted", "Caller", "Called", "Connected", "Redirecting", "Redirection", "CalledParty",
      "Comment", "Owners", "OwnerApps", "Monitors", "MediaStats", "AudioDevice", "Volume", "Conference", "CallData", "AppData",
      "UserUserInfo", "CreatedTimestamp", "ConnectedTimestamp", "EndedTimestamp", "StateTimestamp", "Sequence")

#define ROW(noun) { #noun, noun##_string, noun##_value, noun##_words, G_N_ELEMENTS(noun##_words) }

static const struct {
    const char *noun;
    ToString to_string;
    FromString from_string;
    const char *const *words;
    int n;
} types[] = {
    ROW(call_state),     ROW(state_detail),  ROW(disconnect_cause), ROW(privilege),    ROW(open_privilege), ROW(on_owner_lost),
    ROW(media_mode),     ROW(call_origin),   ROW(call_reason),      ROW(call_direction), ROW(presentation), ROW(line_state),
    ROW(answer_mode),    ROW(digits_outcome), ROW(reject_reason),   ROW(call_property),
    ROW(forward_condition), ROW(completion_mode), ROW(transfer_mode), ROW(tone), ROW(gather_reason),
    ROW(call_outcome),
};

START_TEST(each_value_has_its_word_and_back) {
    for (int i = 0; i < types[_i].n; i++) {
        const char *word = types[_i].words[i];

        ck_assert_pstr_eq(types[_i].to_string(i), word);
        if (word)
            ck_assert_int_eq(types[_i].from_string(word), i);
    }
}
END_TEST

START_TEST(no_other_value_has_a_word) {
    static const int others[] = { -1, -EINVAL, INT32_MIN, INT32_MAX, 255, 1000 };

    ck_assert_ptr_null(types[_i].to_string(types[_i].n));
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        ck_assert_ptr_null(types[_i].to_string(others[i]));
}
END_TEST

START_TEST(no_other_word_has_a_value) {
    ck_assert_int_eq(types[_i].from_string(NULL), -EINVAL);
    ck_assert_int_eq(types[_i].from_string("nonsense"), -EINVAL);
    for (int i = 0; i < types[_i].n; i++) {
        const char *word = types[_i].words[i];
        g_autofree char *longer = word ? g_strconcat(word, "x", NULL) : NULL;
        g_autofree char *shorter = word && *word ? g_strndup(word, strlen(word) - 1) : NULL;
        g_autofree char *other_case = word && *word ? g_ascii_strup(word, -1) : NULL;

        if (longer)
            ck_assert_int_eq(types[_i].from_string(longer), -EINVAL);
        if (shorter && *shorter)
            ck_assert_int_eq(types[_i].from_string(shorter), -EINVAL);
        if (other_case)
            ck_assert_int_eq(types[_i].from_string(other_case), -EINVAL);
    }
}
END_TEST

START_TEST(sets_have_room_for_all_values) {
    ck_assert_int_le(_CALL_PROPERTY_MAX, 64);
    ck_assert_int_le(_MEDIA_MAX, 31);
    ck_assert_uint_eq(MEDIA_ALL, (UINT32_C(1) << _MEDIA_MAX) - 1);
    ck_assert_int_eq(OPEN_OWNER_MONITOR, OPEN_OWNER | OPEN_MONITOR);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("types");
    TCase *tcase = tcase_create("words");

    tcase_add_loop_test(tcase, each_value_has_its_word_and_back, 0, G_N_ELEMENTS(types));
    tcase_add_loop_test(tcase, no_other_value_has_a_word, 0, G_N_ELEMENTS(types));
    tcase_add_loop_test(tcase, no_other_word_has_a_value, 0, G_N_ELEMENTS(types));
    tcase_add_test(tcase, sets_have_room_for_all_values);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
