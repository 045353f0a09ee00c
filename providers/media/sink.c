/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sink: where the voices of calls are heard. */
#include "providers/media/sink.h"

#include <glib.h>

#include "providers/media/wav.h"

struct Sink {
    Place place;
    Sum sum;
    WavWriter *writer;
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
    *ret = sink;
    return 0;
}

Sink *sink_free(Sink *sink) {
    if (!sink)
        return NULL;
    wav_writer_free(sink->writer);
    place_done(&sink->place);
    g_free(sink);
    return NULL;
}

const Place *sink_place(const Sink *sink) {
    return &sink->place;
}

void sink_put(Sink *sink, const Frame *frame) {
    sum_add(&sink->sum, frame);
}

int sink_play(Sink *sink) {
    Frame frame;
    int r = 0;

    sum_get(&sink->sum, &frame);
    sink->sum = (Sum) {};
    if (sink->writer)
        r = wav_writer_put(sink->writer, &frame);
    if (r < 0)
        sink->writer = wav_writer_free(sink->writer);
    return r;
}
