/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media, as its streams and mixers know it. */
#pragma once

#include "providers/media/echo.h"
#include "providers/media/engine.h"
#include "providers/media/media.h"
#include "providers/media/mixer.h"
#include "providers/media/sink.h"
#include "providers/media/source.h"
#include "providers/media/tone.h"

/* What the engine has to tell the main loop. */
typedef enum NewsKind {
    NEWS_DIGIT,
    NEWS_DIGITS_SENT,
    NEWS_TONE_SENT,
    NEWS_SILENCE,
    NEWS_FAILED,
} NewsKind;

typedef struct News {
    NewsKind kind;
    uint64_t stream;   /* by its number: it may be gone when it is told */
    unsigned value;    /* the digit, the seconds, or the number of the generation */
    const char *why;   /* static */
} News;

/* A place where something is heard, and by how many. */
typedef struct Outlet {
    Sink *sink;
    unsigned users;
} Outlet;

struct Media {
    Engine *engine;
    Place input, output, ringer;
    uint16_t port_min, port_max;
    unsigned jitter_ms;
    uint64_t last_stream;  /* numbers */
    unsigned last_file;
    GSource *mailbox;      /* of the main loop */
    /* Below: with the engine's lock held. */
    GQueue news;
    GPtrArray *streams, *mixers, *outlets;
    Source *source;
    Echo *echo;            /* NULL: not wanted, or not installed */
    Frame played;          /* all that is heard, a frame ago */
    Outlet *ring;          /* NULL: it does not ring */
    Melody ring_melody;
};

/* Lock held. */
void media_tell(Media *media, News news);
void media_update_busy(Media *media);

/* Main loop, without the lock. "%s" in a file's name is replaced. *ret NULL: nothing is heard. */
int media_use_outlet(Media *media, const Place *place, Outlet **ret);
Outlet *media_leave_outlet(Media *media, Outlet *outlet);
