/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DigitSender: when which digit sounds, in steps of a frame. */
#include "providers/media/digits.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "providers/media/frame.h"

enum {
    SHORTEST_MS = 40, /* of a digit and of a gap: what is shorter, many don't hear */
    PAUSE_MS = 1000,
};

static const char events[] = "0123456789*#ABCD!"; /* RFC 4733, 3.2: by code */

static int code_of(char digit) {
    const char *found = digit ? strchr(events, g_ascii_toupper(digit)) : NULL;

    return found ? (int) (found - events) : -EINVAL;
}

char digit_of_event(int code) {
    return code >= 0 && code < (int) strlen(events) ? events[code] : '\0';
}

static unsigned in_frames(unsigned ms) {
    return (MAX(ms, SHORTEST_MS) + FRAME_MS - 1) / FRAME_MS * FRAME_MS;
}

int digit_sender_start(DigitSender *sender, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    for (const char *c = digits; *c; c++)
        if (*c != ',' && code_of(*c) < 0)
            return -EINVAL;
    digit_sender_stop(sender);
    *sender = (DigitSender) {
        .left = g_strdup(digits),
        .duration_ms = in_frames(duration_ms),
        .gap_ms = in_frames(gap_ms),
    };
    return 0;
}

void digit_sender_stop(DigitSender *sender) {
    g_clear_pointer(&sender->left, g_free);
}

static void next_digit(DigitSender *sender) {
    memmove(sender->left, sender->left + 1, strlen(sender->left));
    sender->elapsed_ms = 0;
}

bool digit_sender_step(DigitSender *sender, DigitStep *ret) {
    unsigned sounding_ms, whole_ms;

    if (!sender->left || sender->left[0] == '\0') {
        digit_sender_stop(sender);
        return false;
    }
    sounding_ms = sender->left[0] == ',' ? 0 : sender->duration_ms;
    whole_ms = sender->left[0] == ',' ? PAUSE_MS : sounding_ms + sender->gap_ms;
    *ret = (DigitStep) {
        .sounds = sender->elapsed_ms < sounding_ms,
        .first = sender->elapsed_ms == 0,
        .last = sender->elapsed_ms + FRAME_MS == sounding_ms,
        .elapsed_ms = sender->elapsed_ms + FRAME_MS,
    };
    if (ret->sounds)
        ret->code = (uint8_t) code_of(sender->left[0]);
    sender->elapsed_ms += FRAME_MS;
    if (sender->elapsed_ms >= whole_ms)
        next_digit(sender);
    return true;
}
