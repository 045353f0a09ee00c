/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sink: where the voices of calls are heard. */
#include "providers/media/sink.h"

#include <errno.h>
#include <glib.h>

#include "providers/media/device.h"
#include "providers/media/wav.h"

struct Sink {
    Place place;
    Sum sum;
    WavWriter *writer;
    Device *device;
};

int sink_new(const Place *place, Sink **ret) {
    WavWriter *writer = NULL;
    Sink *sink;
    int r;

    if (place->kind == PLACE_FILE) {
        r = wav_writer_new(place->name, &writer);
        if (r < 0)
            return r;
    }
    sink = g_new0(Sink, 1);
    sink->place = *place;
    sink->place.name = g_strdup(place->name);
    sink->writer = writer;
    if (place_is_device(place))
        sink->device = device_open(place->name, false);
    *ret = sink;
    return 0;
}

Sink *sink_free(Sink *sink) {
    if (!sink)
        return NULL;
    wav_writer_free(sink->writer);
    device_close(sink->device);
    place_done(&sink->place);
    g_free(sink);
    return NULL;
}

const Place *sink_place(const Sink *sink) {
    return &sink->place;
}

const char *sink_name(const Sink *sink) {
    const char *name = sink->device ? device_name(sink->device) : sink->place.name;

    return name ? name : "";
}

void sink_put(Sink *sink, const Frame *frame) {
    sum_add(&sink->sum, frame);
}

static int write_frame(Sink *sink, const Frame *frame) {
    int r = wav_writer_put(sink->writer, frame);

    if (r < 0)
        sink->writer = wav_writer_free(sink->writer);
    return r;
}

int sink_play(Sink *sink, Frame *ret) {
    sum_get(&sink->sum, ret);
    sink->sum = (Sum) {};
    if (sink->writer)
        return write_frame(sink, ret);
    if (!sink->device)
        return 0;
    device_put(sink->device, ret);
    return device_has_failed(sink->device) ? -ENODEV : 0;
}
