/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digits: one end sends them, each in its time, and the far end hears them one by one. */
#pragma once

#include "providers/loopback/network.h"

typedef struct DigitSender DigitSender;

/* What the digits do. `done` may free the sender. */
typedef struct DigitSenderOps {
    void (*heard)(void *owner, char digit); /* the far end can hear it now: 0-9 A-D * # */
    void (*done)(void *owner);              /* the last one was sent */
} DigitSenderOps;

/* Sends nothing yet. */
DigitSender *digit_sender_new(Network *network, unsigned duration_ms, unsigned gap_ms, const DigitSenderOps *ops, void *owner);
DigitSender *digit_sender_free(DigitSender *sender);

#define DIGITS_WAITING_MAX 2048

/* Sends these after those that it sends already: 0-9 A-D a-d * #, ',' for a pause of a second, '!' for a hook flash. What would
 * make more wait than that is lost. */
void digit_sender_add(DigitSender *sender, const char *digits);

/* The digit as it is heard, or 0 for what nobody hears. */
char digit_heard_as(char c);
