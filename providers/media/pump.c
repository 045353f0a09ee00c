/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pump: some elements of GStreamer in a row, without a thread and without a clock. */
#include "providers/media/pump.h"

#include <errno.h>

#include "service/log.h"

struct Pump {
    GstElement *bin;
    GstPad *in, *out; /* ours: linked to the bin's */
    PumpOutput output;
    void *userdata;
};

static GstFlowReturn on_buffer(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    Pump *pump = gst_pad_get_element_private(pad);

    pump->output(buffer, pump->userdata);
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

static bool link_pads(Pump *pump) {
    g_autoptr(GstPad) sink = gst_element_get_static_pad(pump->bin, "sink");
    g_autoptr(GstPad) src = gst_element_get_static_pad(pump->bin, "src");

    if (!sink || !src)
        return false;
    gst_pad_set_element_private(pump->out, pump);
    gst_pad_set_chain_function(pump->out, on_buffer);
    return gst_pad_link(pump->in, sink) == GST_PAD_LINK_OK && gst_pad_link(src, pump->out) == GST_PAD_LINK_OK;
}

static bool start(Pump *pump, const char *caps_text) {
    g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text);
    GstSegment segment;

    if (!caps || !gst_pad_set_active(pump->out, TRUE) || !gst_pad_set_active(pump->in, TRUE) ||
        gst_element_set_state(pump->bin, GST_STATE_PLAYING) != GST_STATE_CHANGE_SUCCESS)
        return false;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pump->in, gst_event_new_stream_start("voice"));
    return gst_pad_push_event(pump->in, gst_event_new_caps(caps)) &&
        gst_pad_push_event(pump->in, gst_event_new_segment(&segment));
}

int pump_new(const char *elements, const char *caps, PumpOutput output, void *userdata, Pump **ret) {
    g_autoptr(GError) error = NULL;
    GstElement *bin = gst_parse_bin_from_description_full(elements, TRUE, NULL, GST_PARSE_FLAG_FATAL_ERRORS, &error);
    Pump *pump;

    if (!bin) {
        log_warning("can't use %s of GStreamer: %s", elements, error->message);
        return -EOPNOTSUPP;
    }
    pump = g_new0(Pump, 1);
    pump->output = output;
    pump->userdata = userdata;
    pump->bin = gst_object_ref_sink(bin);
    pump->in = gst_pad_new("in", GST_PAD_SRC);
    pump->out = gst_pad_new("out", GST_PAD_SINK);
    gst_object_ref_sink(pump->in);
    gst_object_ref_sink(pump->out);
    if (!link_pads(pump) || !start(pump, caps)) {
        log_warning("%s of GStreamer don't take %s", elements, caps);
        pump_free(pump);
        return -EOPNOTSUPP;
    }
    *ret = pump;
    return 0;
}

Pump *pump_free(Pump *pump) {
    if (!pump)
        return NULL;
    gst_element_set_state(pump->bin, GST_STATE_NULL);
    gst_pad_set_active(pump->in, FALSE);
    gst_pad_set_active(pump->out, FALSE);
    gst_object_unref(pump->in);
    gst_object_unref(pump->out);
    gst_object_unref(pump->bin);
    g_free(pump);
    return NULL;
}

int pump_push(Pump *pump, GstBuffer *buffer) {
    return gst_pad_push(pump->in, buffer) == GST_FLOW_OK ? 0 : -EIO;
}

void pump_set_latency(Pump *pump, GstClockTime latency) {
    gst_pad_push_event(pump->out, gst_event_new_latency(latency));
}
