/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pump: some elements of GStreamer in a row, without a thread and without a clock. */
#include "providers/media/pump.h"

#include <errno.h>

#include "providers/media/pad.h"
#include "service/log.h"

struct Pump {
    GstElement *bin;
    GstPad *in, *out;
    PumpOutput output;
    void *userdata;
};

static GstFlowReturn on_buffer(GstPad *pad, GstObject *parent, GstBuffer *buffer) {
    Pump *pump = gst_pad_get_element_private(pad);

    pump->output(buffer, pump->userdata);
    gst_buffer_unref(buffer);
    return GST_FLOW_OK;
}

static bool start(Pump *pump, const char *caps) {
    pump->in = pad_into(pump->bin, "sink");
    pump->out = pad_out_of(pump->bin, "src", on_buffer, pump);
    return pump->in && pump->out && gst_element_set_state(pump->bin, GST_STATE_PLAYING) == GST_STATE_CHANGE_SUCCESS &&
        pad_begin(pump->in, caps);
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
    if (!start(pump, caps)) {
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
    pad_free(pump->in);
    pad_free(pump->out);
    gst_object_unref(pump->bin);
    g_free(pump);
    return NULL;
}

int pump_push(Pump *pump, GstBuffer *buffer) {
    return gst_pad_push(pump->in, buffer) == GST_FLOW_OK ? 0 : -EIO;
}

void pump_tell(Pump *pump, GstEvent *event) {
    gst_pad_push_event(pump->in, event);
}

void pump_watch(Pump *pump, const char *name, GstPadProbeCallback probe) {
    g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(pump->bin), name);
    g_autoptr(GstPad) pad = element ? gst_element_get_static_pad(element, "sink") : NULL;

    if (pad)
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, probe, NULL, NULL);
}

void pump_set_latency(Pump *pump, GstClockTime latency) {
    pad_set_latency(pump->out, latency);
}
