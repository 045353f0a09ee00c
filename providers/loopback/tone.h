/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tone: one that sounds for some time. */
#pragma once

#include "providers/loopback/network.h"

typedef struct ToneSender ToneSender;

/* `done` may free it. */
ToneSender *tone_sender_new(Network *network, unsigned ms, void (*done)(void *owner), void *owner);
ToneSender *tone_sender_free(ToneSender *sender);
