/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MediaStream, as the media and the mixers know it. */
#pragma once

#include "providers/media/media-internal.h"
#include "providers/media/voice.h"

enum {
    LEVEL_FRAMES = 5, /* 100 ms */
};

/* The power of the last frames. */
typedef struct Meter {
    double powers[LEVEL_FRAMES];
    unsigned next;
} Meter;

typedef enum GenerationKind {
    GENERATION_NONE,
    GENERATION_DIGITS,
    GENERATION_TONE,
} GenerationKind;

struct MediaStream {
    Media *media;
    uint64_t number;
    MediaObserver observer;
    void *userdata;
    /* Digits or a tone, as the main loop knows it: what ended may not be told yet. */
    GenerationKind generation;
    unsigned generations;
    char *device;       /* as it was chosen */
    /* Below: with the engine's lock held. */
    Voice *voice;
    bool early, muted;
    unsigned volume;
    Outlet *outlet;
    Mixer *mixer;
    Frame heard, said;
    Meter level_in, level_out;
    bool sends_digits;  /* told at their end, with the number of the generation */
    unsigned digits_generation, tone_generation;
    Tone tone;
    unsigned tone_left_ms;
    Melody melody;
    unsigned silence_told; /* seconds */
};

double meter_level(const Meter *meter);

/* In the engine's thread, in this order: */
void stream_hear(MediaStream *stream);                  /* into heard */
void stream_say(MediaStream *stream, const Frame *own); /* the device's voice, or what the mixer makes for it */
void stream_play(MediaStream *stream);                  /* what was heard */
void stream_watch(MediaStream *stream, int64_t now);
bool stream_needs_source(const MediaStream *stream);

/* In the main loop, without the lock. */
void stream_deliver(MediaStream *stream, const News *news);
void stream_cancel_generation(MediaStream *stream);
