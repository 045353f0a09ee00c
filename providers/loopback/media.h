/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Media: sound as numbered frames. A bridge joins the ends of one conversation; every 20 ms each end that speaks says one
 * frame, numbered from 1, and each end that hears gets it. No frame is ever made: they are counted from the clock when
 * something changes or somebody asks.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define MEDIA_FRAME_USEC 20000

typedef struct MediaBridge MediaBridge;

/* One end, in a bridge or in none; part of what speaks. `name` is what the others hear it as. Zero is an end that never
 * spoke nor heard. */
typedef struct MediaEnd {
    MediaBridge *bridge;
    struct MediaEnd *next;
    GRefString *name;         /* the end's own reference */
    GRefString *last_speaker; /* whom it heard last */
    uint64_t last_frame;      /* and that frame's number */
    uint64_t spoken, heard;   /* frames */
    bool speaks, hears;
    bool echoed; /* hears itself */
} MediaEnd;

/* A bridge without ends; it goes with its last end. */
MediaBridge *media_bridge_new(int64_t now);

/* Joins, speaking and hearing as told. The end is in no bridge. */
void media_join(MediaBridge *bridge, MediaEnd *end, int64_t now);

/* Leaves the bridge, if in one; the counts stay. */
void media_leave(MediaEnd *end, int64_t now);

void media_set(MediaEnd *end, bool speaks, bool hears, int64_t now);
void media_set_echoed(MediaEnd *end, bool echoed, int64_t now);

/* Leaves, and forgets the names. */
void media_end_clear(MediaEnd *end, int64_t now);

/* The counts up to now. */
void media_settle(MediaBridge *bridge, int64_t now);

/* The counts as a floating a{sv}: frames-spoken t, frames-heard t, hearing as, last-speaker s, last-frame t;
 * NULL before it first joined. */
GVariant *media_stats(MediaEnd *end, int64_t now);
