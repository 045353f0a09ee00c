/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switchboard of examples/, a program in Python, before the suite. Its path is the argument of this one. */
#include "tests/conformance/adapter.h"
#include "tests/conformance/process.h"
#include "tests/conformance/suite.h"

#define A(name) OPERATION_BIT(OPERATION_##name)
#define ADDRESSES(...) ((const char *const[]) { __VA_ARGS__, NULL })
#define COMMON .label = "Test", .media_modes = MEDIA_ALL, .close_drop = true

static const char *program;

static void *make(void) {
    const LineConfig lines[] = {
        { .info = { .name = "desk0", .addresses = ADDRESSES("20"), .call_id = true, COMMON } },
        { .info = { .name = "desk1", .addresses = ADDRESSES("21"), .call_id = true, COMMON } },
        { .info = { .name = "desk2", .addresses = ADDRESSES("22"), .call_id = true, COMMON } },
        { .info = { .name = "plain0", .addresses = ADDRESSES("30"), COMMON } },
        { .info = { .name = "small0", .addresses = ADDRESSES("40"), .call_id = true, .max_active_calls = 1, COMMON } },
        { .info = { .name = "drop0", .addresses = ADDRESSES("50"), .call_id = true, .answer_mode = ANSWER_MODE_DROP, COMMON } },
        { .info = { .name = "hold0", .addresses = ADDRESSES("51"), .call_id = true, .answer_mode = ANSWER_MODE_HOLD, COMMON } },
    };

    return process_make(program, "switchboard", lines, G_N_ELEMENTS(lines));
}

const Adapter adapter = {
    .name = "switchboard",
    .find_ops = process_ops,
    .abilities = A(DIAL) | A(ACCEPT) | A(ANSWER) | A(REDIRECT) | A(DROP) | A(HOLD) | A(UNHOLD) | A(SWAP_HOLD) | A(BLIND_TRANSFER) |
                 A(SETUP_TRANSFER) | A(COMPLETE_TRANSFER) | A(SETUP_CONFERENCE) | A(PREPARE_ADD_TO_CONFERENCE) |
                 A(ADD_TO_CONFERENCE) | A(REMOVE_FROM_CONFERENCE) | A(GET_CONFERENCE_CALLS) | A(DIAL_DIGITS) | A(SEND_DIGITS) | A(MONITOR_DIGITS) |
                 A(GATHER_DIGITS) | A(SEND_TONE) | A(SEND_USER_USER_INFO) | A(MUTE) | A(SECURE),
    .traits = TRAIT_THIRD_LINE | TRAIT_PLAIN_LINE | TRAIT_SMALL_LINE | TRAIT_ANSWER_MODES | TRAIT_CALL_ID | TRAIT_NAMES |
              TRAIT_HIDING | TRAIT_USER_USER_INFO | TRAIT_PATIENCE | TRAIT_BELL | TRAIT_FAR_HOLD | TRAIT_INCOMING |
              TRAIT_LINE_STATE | TRAIT_MALFORMED | TRAIT_MORE_LINES,
    .make = make,
    .unmake = process_unmake,
    .lines = { "desk0", "desk1", "desk2" },
    .addresses = { "20", "21", "22" },
    .plain_line = "plain0",
    .plain_address = "30",
    .small_line = "small0",
    .small_address = "40",
    .drop_line = "drop0",
    .drop_address = "50",
    .hold_line = "hold0",
    .hold_address = "51",
    .nobody = "99",
    .malformed = "nobody@example.org",
    .more_line = "more0",
    .more_address = "60",
    .more_settings = ADDRESSES("Addresses", "60"),
    .bad_settings = ADDRESSES("Addresses", "61", "Colour", "red"),
    .timeout_s = 30,
};

int main(int argc, char **argv) {
    program = argc == 2 ? argv[1] : "callbus-provider-switchboard";
    return run_conformance();
}
