/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pads of our own at the ends of elements of GStreamer. */
#include "providers/media/pad.h"

static GstPad *find(GstElement *element, const char *name) {
    GstPad *pad = gst_element_get_static_pad(element, name);

    return pad ? pad : gst_element_request_pad_simple(element, name);
}

static GstPad *own(GstPad *pad) {
    gst_object_ref_sink(pad);
    gst_pad_set_active(pad, TRUE);
    return pad;
}

GstPad *pad_into(GstElement *element, const char *name) {
    g_autoptr(GstPad) theirs = find(element, name);
    GstPad *ours = own(gst_pad_new("in", GST_PAD_SRC));

    return theirs && gst_pad_link(ours, theirs) == GST_PAD_LINK_OK ? ours : pad_free(ours);
}

/* It takes one caps after the other: without a template it would only take those that came first. */
static GstPad *make_sink(GstPadChainFunction function, void *userdata) {
    static GstStaticPadTemplate all = GST_STATIC_PAD_TEMPLATE("out", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
    GstPad *ours = own(gst_pad_new_from_static_template(&all, "out"));

    gst_pad_set_element_private(ours, userdata);
    gst_pad_set_chain_function(ours, function);
    return ours;
}

GstPad *pad_out_of(GstElement *element, const char *name, GstPadChainFunction function, void *userdata) {
    g_autoptr(GstPad) theirs = find(element, name);
    GstPad *ours = make_sink(function, userdata);

    return theirs && gst_pad_link(theirs, ours) == GST_PAD_LINK_OK ? ours : pad_free(ours);
}

static void on_gone(void *ours) {
    pad_free(ours);
}

GstPad *pad_behind(GstPad *theirs, GstPadChainFunction function, void *userdata) {
    GstPad *ours = make_sink(function, userdata);

    if (gst_pad_link(theirs, ours) != GST_PAD_LINK_OK)
        return pad_free(ours);
    g_object_set_data_full(G_OBJECT(theirs), "callbus-behind", ours, on_gone);
    return ours;
}

void pad_set_latency(GstPad *pad, GstClockTime latency) {
    gst_pad_push_event(pad, gst_event_new_latency(latency));
}

GstPad *pad_free(GstPad *pad) {
    if (!pad)
        return NULL;
    gst_pad_set_active(pad, FALSE);
    gst_object_unref(pad);
    return NULL;
}

bool pad_begin(GstPad *pad, const char *caps_text) {
    g_autoptr(GstCaps) caps = gst_caps_from_string(caps_text);
    GstSegment segment;

    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pad, gst_event_new_stream_start("voice"));
    return caps && gst_pad_push_event(pad, gst_event_new_caps(caps)) && gst_pad_push_event(pad, gst_event_new_segment(&segment));
}
