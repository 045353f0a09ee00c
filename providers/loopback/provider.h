/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loopback: lines that call each other, and far ends that act by themselves. The provider contract in executable form.
 *
 * MediaStats of its calls: frames-spoken t, frames-heard t (frames of 20 ms; each end that speaks numbers its own from 1),
 * hearing as (the addresses that this end can hear now, "" for one that withholds its own), last-speaker s and
 * last-frame t (whom it heard last, and the number of that frame). A participant of a conference hears and
 * speaks through the conference, whose own stats then count. Empty until the call was connected.
 *
 * Sound devices, which carry no sound: "speaker" and "headset"; the usual one is none.
 */
#pragma once

#include "service/cleanup.h"
#include "service/provider.h"

typedef struct Loopback Loopback;

/* The pickup group of the default lines. */
#define LOOPBACK_GROUP "loop"

typedef struct LoopbackConfig {
    bool default_lines;    /* loop0 (100), loop1 (101), loop2 (102) and mute0 (200, without Call ID) */
    const LineInfo *lines; /* further ones */
    size_t n_lines;
} LoopbackConfig;

extern const ProviderOps loopback_ops;

/* What provider_new() takes as `data`; copies the config. */
Loopback *loopback_new(const LoopbackConfig *config);

/* They are wanted after all; before it is started. */
void loopback_add_default_lines(Loopback *loopback);

/* After provider_free(). */
Loopback *loopback_free(Loopback *loopback);
DEFINE_CLEANUP(Loopback *, loopback_free)
