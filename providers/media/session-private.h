/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of a Session: session.c makes it, session-work.c is of the threads that do so; session-network.c is its end at the sockets,
 * session-frames.c the other one; session-arrival.c looks at what comes, session-peer.c at what the rtpbin must not see of it.
 */
#pragma once

#include <gst/gst.h>

#include "providers/media/fifo.h"
#include "providers/media/inlet.h"
#include "providers/media/pump.h"
#include "providers/media/session.h"

enum {
    EVENT_SIZE = 4,            /* bytes of a telephone event */
    EVENT_END = 0x80,
    CONCEALED_MAX = 3,         /* frames that are made up, one after the other */
};

/* A way to and from the peer. */
typedef struct Door {
    GstPad *in, *out;          /* ours */
    GSocket *socket;           /* NULL: it was left */
    Inlet *inlet;
} Door;

/* From packets of one codec to frames. */
typedef struct Ear {
    Session *session;
    Pump *pump;                /* NULL: none came yet, or it can't be made */
} Ear;

struct Session {
    MediaAgreement agreement;  /* without its address */
    Filter *filter;
    GMutex telling;            /* held while a digit is told */
    GMutex sending;            /* and while something is sent: of the sockets and inlets, and the one below */
    bool listens;              /* it is to hear what comes */
    int is_made;               /* atomic: it can */
    GMutex counting;           /* of the one below */
    SessionCounts past;        /* of sources of the peer that are forgotten */
    SessionDigit on_digit;     /* NULL: nobody is told any more */
    void *userdata;
    GstClock *clock;
    GstClockTime begun;        /* by it: what is said and heard then has the time 0 */
    unsigned jitter_ms;
    GstElement *pipeline, *bin;
    Door doors[_CHANNEL_MAX];
    GstPad *say, *digits;      /* ours; digits NULL: the peer takes none */
    GMutex opening;            /* while one of these is opened */
    Ear ears[_CODEC_MAX];
    GMutex working;            /* of the three below */
    GQueue words;              /* what is to be said */
    bool has_worker, is_closed;
    bool is_begun;             /* the thread that has it knows: its making */
    GObject *rtp;              /* the rtpbin's session: it counts; atomic, NULL: it is not made yet */
    GstClockTime next;         /* when the next frame is said */
    uint32_t event_at;         /* timestamp of the digit */
    uint32_t event_gone;       /* of its duration: what the events before this one said */
    uint32_t heard_at;         /* of the event of the peer that came last; the thread that brings them alone has these */
    uint8_t heard_code;
    bool heard_end;            /* also if none came yet */
    GMutex hearing;            /* of the two below */
    Fifo heard;
    size_t piece;              /* samples that come at once, as packets are long */
    bool is_hearing;           /* enough came, and it has not run dry since */
    unsigned ahead_frames;
    Frame last;                /* that was heard, */
    unsigned concealed;        /* and how often since */
    int sources, has_failed;   /* atomic */
};

/* What is said and heard now is of that time. */
GstClockTime session_time(const Session *session);

/* The work of threads: it is made, says what is given here, in that order, and is unmade. Takes the buffer. */
void session_begin_work(Session *session);
void session_say_buffer(Session *session, GstBuffer *buffer, bool is_digit);
void session_end_work(Session *session);
void session_clear_words(Session *session);
void session_make(Session *session);
void session_unmake(Session *session);

/* The ends of the pipeline. False: the parts do not fit. */
bool session_make_doors(Session *session);
void session_begin_doors(Session *session);
void session_open_doors(Session *session); /* now it can hear */
void session_leave_network(Session *session);
bool session_make_ends(Session *session);
bool session_make_ear(Session *session);
void session_begin_ends(Session *session);

/* Watches what comes through its elements. */
void session_watch_peer(Session *session);
void session_watch_sources(Session *session, GObject *rtp);

/* Threads of GStreamer: a pad of the rtpbin, a message, something to be heard. */
void session_on_pad(GstElement *bin, GstPad *pad, void *userdata);
GstBusSyncReply session_on_message(GstBus *bus, GstMessage *message, void *userdata);
void session_on_heard(GstBuffer *buffer, void *userdata);
