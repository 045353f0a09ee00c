/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mixer: a conference. Each hears all but itself. */
#include "providers/media/mixer-internal.h"

#include "providers/media/stream-internal.h"

Mixer *mixer_new(Media *media) {
    Mixer *mixer = g_new0(Mixer, 1);

    mixer->media = media;
    mixer->streams = g_ptr_array_new();
    mixer->local = true;
    engine_lock(media->engine);
    g_ptr_array_add(media->mixers, mixer);
    engine_unlock(media->engine);
    return mixer;
}

Mixer *mixer_free(Mixer *mixer) {
    if (!mixer)
        return NULL;
    engine_lock(mixer->media->engine);
    for (guint i = 0; i < mixer->streams->len; i++)
        ((MediaStream *) mixer->streams->pdata[i])->mixer = NULL;
    g_ptr_array_remove(mixer->media->mixers, mixer);
    engine_unlock(mixer->media->engine);
    g_ptr_array_unref(mixer->streams);
    g_free(mixer);
    return NULL;
}

void mixer_add(Mixer *mixer, MediaStream *stream) {
    engine_lock(mixer->media->engine);
    if (stream->mixer)
        g_ptr_array_remove(stream->mixer->streams, stream);
    stream->mixer = mixer;
    g_ptr_array_add(mixer->streams, stream);
    engine_unlock(mixer->media->engine);
}

void mixer_remove(Mixer *mixer, MediaStream *stream) {
    engine_lock(mixer->media->engine);
    if (g_ptr_array_remove(mixer->streams, stream))
        stream->mixer = NULL;
    engine_unlock(mixer->media->engine);
}

void mixer_set_local(Mixer *mixer, bool local) {
    engine_lock(mixer->media->engine);
    mixer->local = local;
    engine_unlock(mixer->media->engine);
}

void mixer_mute(Mixer *mixer, bool mute) {
    engine_lock(mixer->media->engine);
    mixer->muted = mute;
    engine_unlock(mixer->media->engine);
}

void mixer_mix(Mixer *mixer, const Frame *own) {
    bool with_own = mixer->local && !mixer->muted;
    Sum all = {};

    for (guint i = 0; i < mixer->streams->len; i++)
        sum_add(&all, &((MediaStream *) mixer->streams->pdata[i])->heard);
    for (guint i = 0; i < mixer->streams->len; i++) {
        MediaStream *stream = mixer->streams->pdata[i];
        Sum others = all;
        Frame frame;

        sum_take_out(&others, &stream->heard);
        if (with_own && !stream->muted)
            sum_add(&others, own);
        sum_get(&others, &frame);
        stream_say(stream, &frame);
    }
}

bool mixer_is_local(const Mixer *mixer) {
    return mixer->local;
}
