/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DigitSender: when which digit sounds, in steps of a frame. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct DigitSender {
    char *left;           /* the first is the one that sounds; NULL: nothing to do */
    unsigned duration_ms, gap_ms;
    unsigned elapsed_ms;  /* of the digit and the gap after it */
} DigitSender;

typedef struct DigitStep {
    uint8_t code;         /* of RFC 4733 */
    bool sounds;          /* else it is a gap */
    bool first, last;     /* step of the digit */
    unsigned elapsed_ms;  /* at the end of this step */
} DigitStep;

/* -EINVAL: there is something else among them. */
int digit_sender_start(DigitSender *sender, const char *digits, unsigned duration_ms, unsigned gap_ms);
void digit_sender_stop(DigitSender *sender);

/* The next 20 ms. False: it is over. */
bool digit_sender_step(DigitSender *sender, DigitStep *ret);

/* 0: none. */
char digit_of_event(int code);
