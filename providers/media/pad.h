/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pads of our own at the ends of elements of GStreamer, without a thread between: what is pushed into one runs through the elements
 * before the push is over, as far as the next thread of theirs, and so does what comes out.
 */
#pragma once

#include <gst/gst.h>
#include <stdbool.h>

/* Linked to that pad of the element, which is asked for if there is none. NULL: there is none, or it does not fit. */
GstPad *pad_into(GstElement *element, const char *name);
GstPad *pad_out_of(GstElement *element, const char *name, GstPadChainFunction function, void *userdata);
GstPad *pad_free(GstPad *pad);

/* To a pad of theirs, and as long as that is there. */
GstPad *pad_behind(GstPad *theirs, GstPadChainFunction function, void *userdata);

/* What is behind takes so long: told to the elements before it. */
void pad_set_latency(GstPad *pad, GstClockTime latency);

/* What elements have to know before anything is pushed. False: they don't take it. */
bool pad_begin(GstPad *pad, const char *caps);
