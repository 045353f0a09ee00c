/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pump: some elements of GStreamer in a row, without a thread and without a clock: what is pushed into the first comes out of the
 * last before the push is over. So a call costs no threads, and nothing of it ever blocks.
 */
#pragma once

#include <gst/gst.h>
#include <stdbool.h>

typedef struct Pump Pump;

/* Takes nothing: the buffer is the caller's. */
typedef void (*PumpOutput)(GstBuffer *buffer, void *userdata);

/* The elements as gst-launch has them, and the caps of what is pushed. -EOPNOTSUPP: one is not installed, or does not like the
 * others. */
int pump_new(const char *elements, const char *caps, PumpOutput output, void *userdata, Pump **ret);
Pump *pump_free(Pump *pump);

/* Takes the buffer, or the event. -EIO: an element failed; the next one may do again. */
int pump_push(Pump *pump, GstBuffer *buffer);
void pump_tell(Pump *pump, GstEvent *event);

/* Called with what comes to that element, one of them by its name. */
void pump_watch(Pump *pump, const char *name, GstPadProbeCallback probe);

/* What is behind the last one takes so long. */
void pump_set_latency(Pump *pump, GstClockTime latency);
