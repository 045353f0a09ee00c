/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tones, gathered digits, and what else is done to a call that is connected. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

SCENARIO(digits_that_were_heard_are_gathered) {
    ck_assert_ptr_null(handle_gather_digits(theirs->handle, 10, "#", 0, 0));
    DO(handle_send_digits, ours->handle, "12#3", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done") == 0);
    AWAIT(strcmp(theirs->gathered->str, "12#:term-digit") == 0);
    ck_assert_str_eq(theirs->digits->str, "");
    DO(handle_send_digits, ours->handle, "4", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done done") == 0);
}

/* ---- Tones ---- */

SCENARIO(a_tone_ends_by_itself) {
    for (Tone tone = TONE_NONE + 1; tone < _TONE_MAX; tone++)
        DO(handle_send_tone, ours->handle, tone, 20);
    AWAIT(g_str_has_suffix(ours->tones->str, "done"));
    ck_assert_str_eq(theirs->tones->str, "");
}

/* By silence, and by no time. */
SCENARIO(a_tone_is_stopped) {
    DO(handle_send_tone, ours->handle, TONE_BEEP, 60000);
    DO(handle_send_tone, ours->handle, _i == 0 ? TONE_NONE : TONE_BUSY, _i == 0 ? 100 : 0);
    AWAIT(strcmp(ours->tones->str, "cancel") == 0);
    DO(handle_send_tone, ours->handle, TONE_NONE, 0);
    DO(handle_send_tone, ours->handle, TONE_BILLING, 20);
    AWAIT(strcmp(ours->tones->str, "cancel done") == 0);
}

SCENARIO(tones_and_digits_replace_each_other) {
    DO(handle_send_tone, ours->handle, TONE_BEEP, 60000);
    DO(handle_send_digits, ours->handle, "1111111111111111111111111111111111", 500, 500);
    AWAIT(strcmp(ours->tones->str, "cancel") == 0);
    ck_assert_str_eq(ours->outcomes->str, "");
    DO(handle_send_tone, ours->handle, TONE_BEEP, 20);
    AWAIT(strcmp(ours->outcomes->str, "cancel") == 0);
    AWAIT(strcmp(ours->tones->str, "cancel done") == 0);
}

SCENARIO(a_tone_ends_with_hold_and_with_the_call) {
    DO(handle_send_tone, ours->handle, TONE_BEEP, 60000);
    DO(handle_hold, ours->handle);
    AWAIT(strcmp(ours->tones->str, "cancel") == 0);
    DO(handle_unhold, ours->handle);
    DO(handle_send_tone, ours->handle, TONE_BEEP, 60000);
    DO(handle_drop, theirs->handle, REJECT_NONE);
    AWAIT(strcmp(ours->tones->str, "cancel cancel") == 0);
}

/* ---- What else ---- */

SCENARIO(user_user_information_arrives) {
    static const uint8_t info[] = { 0, 7, 255 };
    GBytes *bytes;

    DO(handle_send_user_user_info, ours->handle, info, sizeof(info));
    AWAIT(call_user_user_info(seen_call(theirs)));
    bytes = call_user_user_info(seen_call(theirs));
    ck_assert_uint_eq(g_bytes_get_size(bytes), sizeof(info));
    ck_assert_mem_eq(g_bytes_get_data(bytes, NULL), info, sizeof(info));
    DO(handle_send_user_user_info, theirs->handle, NULL, 0);
}

SCENARIO(a_secured_call_is_not_disturbed) {
    Seen *third;

    DO(handle_secure, theirs->handle);
    third = person_dials(carol, 2, adapter.addresses[1]);
    expect_states(third, "dialing busy");
    ck_assert_uint_eq(bob->seen->len, 1);
    DO(handle_drop, ours->handle, REJECT_NONE);
    DO(handle_drop, theirs->handle, REJECT_NONE);
    third = person_dials(carol, 2, adapter.addresses[1]);
    expect_states(third, "dialing ringback");
}
