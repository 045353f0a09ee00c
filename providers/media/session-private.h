/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of a Session: session.c makes it, session-arrival.c looks at what comes, session-peer.c at what the
 * rtpbin must not see of it, session-frames.c is its other end.
 */
#pragma once

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include "providers/media/fifo.h"
#include "providers/media/session.h"

enum {
    EVENT_SIZE = 4,            /* bytes of a telephone event */
    EVENT_END = 0x80,
    CONCEALED_MAX = 3,         /* frames that are made up, one after the other */
};

struct Session {
    MediaAgreement agreement;  /* without its address */
    Filter *filter;
    GMutex telling;            /* held while a digit is told */
    GMutex aiming;             /* and while the outputs are aimed */
    GMutex counting;           /* of the one below */
    SessionCounts past;        /* of sources of the peer that are forgotten */
    SessionDigit on_digit;     /* NULL: nobody is told any more */
    void *userdata;
    GstElement *pipeline, *bin, *rtcp_muxed;
    GstElement *out[_CHANNEL_MAX];
    GstAppSrc *say, *digits;
    GstAppSink *hear;
    GObject *rtp;              /* the rtpbin's session: it counts */
    GstClockTime next;         /* when the next frame is said */
    uint32_t event_at;         /* timestamp of the digit */
    uint32_t event_gone;       /* of its duration: what the events before this one said */
    uint32_t heard_at, heard_until; /* of the event of the peer that came last; the thread that brings them alone has these */
    uint8_t heard_code;
    bool heard_end, goes_on;
    Fifo heard;
    bool is_hearing;           /* enough came, and it has not run dry since */
    unsigned ahead_frames;
    size_t piece;              /* samples that come at once, as packets are long */
    Frame last;                /* that was heard, */
    unsigned concealed;        /* and how often since */
    int sources, has_failed;   /* atomic */
};

/* Watches what comes through its elements. */
void session_watch_arrival(Session *session);
void session_watch_peer(Session *session);
void session_watch_sources(Session *session);

/* Threads of GStreamer: a packet of the peer, a pad of the rtpbin. */
GstPadProbeReturn session_on_rtp(GstPad *pad, GstPadProbeInfo *info, void *userdata);
GstPadProbeReturn session_on_rtcp(GstPad *pad, GstPadProbeInfo *info, void *userdata);
void session_on_pad(GstElement *bin, GstPad *pad, void *userdata);
GstBusSyncReply session_on_message(GstBus *bus, GstMessage *message, void *userdata);
