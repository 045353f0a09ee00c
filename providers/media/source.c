/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source: the voice of whoever sits here, or what stands for it. */
#include "providers/media/source.h"

#include <glib.h>

#include "providers/media/device.h"
#include "providers/media/recording.h"
#include "providers/media/tone.h"

struct Source {
    Place place;
    Oscillator oscillator;
    Recording *recording;
    Device *device;
};

Source *source_new(Place *place) {
    Source *source = g_new0(Source, 1);

    source->place = *place;
    *place = (Place) {};
    if (source->place.kind == PLACE_FILE)
        source->recording = recording_open(source->place.name);
    return source;
}

Source *source_free(Source *source) {
    if (!source)
        return NULL;
    recording_close(source->recording);
    device_close(source->device);
    place_done(&source->place);
    g_free(source);
    return NULL;
}

void source_set_needed(Source *source, bool needed) {
    if (!place_is_device(&source->place) || needed == (source->device != NULL))
        return;
    source->device = needed ? device_open(source->place.name, true) : device_close(source->device);
}

void source_take(Source *source, Frame *ret) {
    *ret = (Frame) {};
    if (source->place.kind == PLACE_TONE)
        oscillator_make(&source->oscillator, source->place.hz, source->place.volume, ret);
    else if (source->recording)
        recording_take(source->recording, ret);
    else if (source->device)
        device_take(source->device, ret);
}

const char *source_take_failure(Source *source) {
    if (source->recording && recording_has_failed(source->recording))
        return "the file of sound can't be read";
    if (source->device && device_has_failed(source->device))
        return "the microphone is not there";
    return NULL;
}
