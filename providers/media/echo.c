/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Echo: takes out of the microphone what the loudspeaker put into the room, by webrtcdsp of GStreamer. */
#include "providers/media/echo.h"

#include <glib.h>

#include "providers/media/fifo.h"
#include "providers/media/pump.h"
#include "service/log.h"

struct Echo {
    Pump *probe, *canceller;
    GstClockTime played, cleaned;
    Fifo clean;
};

static void on_played(GstBuffer *buffer, void *userdata) {
    /* The probe saw it: that is all that it is for. */
}

static void on_clean(GstBuffer *buffer, void *userdata) {
    Echo *echo = userdata;
    GstMapInfo map;

    if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
        return;
    fifo_put(&echo->clean, (const int16_t *) map.data, map.size / sizeof(int16_t));
    gst_buffer_unmap(buffer, &map);
}

/* Both find each other by a name, of which there is one for all of the process. */
Echo *echo_new(void) {
    g_autofree char *name = g_strdup_printf("echo-%08x%08x", g_random_int(), g_random_int());
    g_autofree char *probe = g_strdup_printf("webrtcechoprobe name=%s", name);
    g_autofree char *canceller = g_strdup_printf("webrtcdsp probe=%s delay-agnostic=true extended-filter=true "
                                                 "echo-suppression-level=high gain-control=false", name);
    Echo *echo = g_new0(Echo, 1);

    fifo_init(&echo->clean, 10 * FRAME_SAMPLES);
    if (pump_new(probe, FRAME_CAPS, on_played, echo, &echo->probe) < 0 ||
        pump_new(canceller, FRAME_CAPS, on_clean, echo, &echo->canceller) < 0) {
        log_warning("there is no echo canceller: a headset helps");
        return echo_free(echo);
    }
    /* It waits for the loudspeaker's delay, and finds it out by itself. */
    pump_set_latency(echo->probe, 0);
    return echo;
}

Echo *echo_free(Echo *echo) {
    if (!echo)
        return NULL;
    pump_free(echo->canceller);
    pump_free(echo->probe);
    fifo_done(&echo->clean);
    g_free(echo);
    return NULL;
}

static void push(Pump *pump, GstClockTime *time, const Frame *frame) {
    GstBuffer *buffer = gst_buffer_new_memdup(frame->samples, sizeof(frame->samples));

    GST_BUFFER_PTS(buffer) = *time;
    GST_BUFFER_DURATION(buffer) = FRAME_MS * GST_MSECOND;
    *time += FRAME_MS * GST_MSECOND;
    pump_push(pump, buffer);
}

void echo_play(Echo *echo, const Frame *frame) {
    push(echo->probe, &echo->played, frame);
}

void echo_clean(Echo *echo, Frame *frame) {
    push(echo->canceller, &echo->cleaned, frame);
    *frame = (Frame) {};
    if (echo->clean.filled >= FRAME_SAMPLES)
        fifo_take(&echo->clean, frame->samples, FRAME_SAMPLES);
}
