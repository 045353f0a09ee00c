/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MediaStream: the voice of one call. What the main loop does with it; the engine's side is stream-engine.c. */
#include "providers/media/stream-internal.h"

#include <errno.h>
#include <string.h>

#include "providers/media/devices.h"
#include "service/log.h"

static void on_digit(char digit, void *userdata) {
    MediaStream *stream = userdata;

    engine_lock(stream->media->engine);
    media_tell(stream->media, (News) { NEWS_DIGIT, stream->number, .value = (unsigned char) digit });
    engine_unlock(stream->media->engine);
}

int media_stream_new(Media *media, const char *address, const MediaObserver *observer, void *userdata, MediaStream **ret) {
    MediaStream *stream = g_new0(MediaStream, 1);
    int r;

    stream->media = media;
    stream->number = ++media->last_stream;
    stream->observer = *observer;
    stream->userdata = userdata;
    stream->volume = VOLUME_USUAL;
    stream->device = g_strdup("");
    r = voice_new(address, media->port_min, media->port_max, media->jitter_ms, on_digit, stream, &stream->voice);
    if (r < 0) {
        g_free(stream->device);
        g_free(stream);
        return r;
    }
    *ret = stream;
    return 0;
}

static bool is_running(const MediaStream *stream) {
    return voice_is_agreed(stream->voice);
}

MediaStream *media_stream_free(MediaStream *stream) {
    Media *media;

    if (!stream)
        return NULL;
    media = stream->media;
    if (stream->mixer)
        mixer_remove(stream->mixer, stream);
    engine_lock(media->engine);
    g_ptr_array_remove(media->streams, stream);
    media_update_busy(media);
    engine_unlock(media->engine);
    media_leave_outlet(media, stream->outlet);
    voice_free(stream->voice);
    g_free(stream->device);
    g_free(stream);
    return NULL;
}

uint16_t media_stream_port(const MediaStream *stream) {
    return voice_port(stream->voice);
}

int media_stream_move(MediaStream *stream, const char *address) {
    Session *session;
    Ports ports;
    int r = voice_prepare_move(stream->voice, address, &ports, &session);

    if (r < 0)
        return r;
    engine_lock(stream->media->engine);
    session = voice_move(stream->voice, &ports, session);
    engine_unlock(stream->media->engine);
    session_free(session);
    voice_listen(stream->voice);
    ports_close(&ports);
    return 0;
}

static void move_to(MediaStream *stream, Outlet *outlet) {
    Outlet *before;

    engine_lock(stream->media->engine);
    before = stream->outlet;
    stream->outlet = outlet;
    engine_unlock(stream->media->engine);
    media_leave_outlet(stream->media, before);
}

/* The place is opened with the first agreement: a call that nobody takes needs none. */
static void open_outlet(MediaStream *stream) {
    Place place = { .kind = PLACE_DEVICE, .name = stream->device };
    Outlet *outlet;
    int r = media_use_outlet(stream->media, stream->device[0] == '\0' ? &stream->media->output : &place, &outlet);

    move_to(stream, outlet);
    if (r < 0) {
        log_warning("a call can't be heard: %s", strerror(-r));
        engine_lock(stream->media->engine);
        media_tell(stream->media, (News) { NEWS_FAILED, stream->number, .why = "the sound can't be written" });
        engine_unlock(stream->media->engine);
    }
}

int media_stream_agree(MediaStream *stream, const MediaAgreement *agreement) {
    Media *media = stream->media;
    Session *session;
    int r;

    r = voice_prepare(stream->voice, agreement, &session);
    if (r < 0)
        return r;
    if (!agreement->sends)
        stream_cancel_generation(stream);
    if (!is_running(stream))
        open_outlet(stream);
    engine_lock(media->engine);
    if (!is_running(stream))
        g_ptr_array_add(media->streams, stream);
    session = voice_agree(stream->voice, agreement, session);
    media_update_busy(media);
    engine_unlock(media->engine);
    session_free(session);
    voice_listen(stream->voice);
    return 0;
}

void media_stream_set_early(MediaStream *stream, bool early) {
    engine_lock(stream->media->engine);
    stream->early = early;
    engine_unlock(stream->media->engine);
}

void media_stream_mute(MediaStream *stream, bool mute) {
    engine_lock(stream->media->engine);
    stream->muted = mute;
    engine_unlock(stream->media->engine);
}

static bool is_there(const char *device) {
    g_autoptr(GstDevice) found = devices_find(devices_get(), device, false);

    return found != NULL;
}

int media_stream_set_device(MediaStream *stream, const char *device) {
    Place place = { .kind = PLACE_DEVICE, .name = (char *) device };
    Outlet *outlet;
    int r;

    if (strcmp(device, stream->device) == 0)
        return 0;
    if (device[0] != '\0' && !is_there(device))
        return -ENODEV;
    if (is_running(stream)) {
        r = media_use_outlet(stream->media, device[0] == '\0' ? &stream->media->output : &place, &outlet);
        if (r < 0)
            return r;
        move_to(stream, outlet);
    }
    g_free(stream->device);
    stream->device = g_strdup(device);
    return 0;
}

const char *media_stream_device(const MediaStream *stream) {
    return stream->outlet ? sink_name(stream->outlet->sink) : "";
}

void media_stream_set_volume(MediaStream *stream, unsigned per_cent) {
    engine_lock(stream->media->engine);
    stream->volume = MIN(per_cent, VOLUME_MAX);
    engine_unlock(stream->media->engine);
}

static void tell_generation(MediaStream *stream, DigitsOutcome outcome) {
    GenerationKind kind = stream->generation;

    stream->generation = GENERATION_NONE;
    if (kind == GENERATION_DIGITS && stream->observer.on_digits_sent)
        stream->observer.on_digits_sent(stream, outcome, stream->userdata);
    else if (kind == GENERATION_TONE && stream->observer.on_tone_sent)
        stream->observer.on_tone_sent(stream, outcome, stream->userdata);
}

void stream_cancel_generation(MediaStream *stream) {
    if (stream->generation == GENERATION_NONE)
        return;
    engine_lock(stream->media->engine);
    voice_start_digits(stream->voice, "", 0, 0);
    stream->sends_digits = false;
    stream->tone = TONE_NONE;
    engine_unlock(stream->media->engine);
    tell_generation(stream, DIGITS_CANCEL);
}

int media_stream_send_digits(MediaStream *stream, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    int r;

    stream_cancel_generation(stream);
    if (digits[0] == '\0')
        return 0;
    engine_lock(stream->media->engine);
    r = voice_start_digits(stream->voice, digits, duration_ms, gap_ms);
    if (r >= 0) {
        stream->generation = GENERATION_DIGITS;
        stream->sends_digits = true;
        stream->digits_generation = ++stream->generations;
    }
    engine_unlock(stream->media->engine);
    return r;
}

int media_stream_send_tone(MediaStream *stream, Tone tone, unsigned ms) {
    if (tone < 0 || tone >= _TONE_MAX)
        return -EINVAL;
    stream_cancel_generation(stream);
    if (tone == TONE_NONE || ms == 0)
        return 0;
    engine_lock(stream->media->engine);
    stream->generation = GENERATION_TONE;
    stream->tone_generation = ++stream->generations;
    stream->tone = tone;
    stream->tone_left_ms = ms;
    stream->melody = (Melody) {};
    engine_unlock(stream->media->engine);
    return 0;
}

void stream_deliver(MediaStream *stream, const News *news) {
    const MediaObserver *observer = &stream->observer;

    switch (news->kind) {
    case NEWS_DIGIT:
        if (observer->on_digit)
            observer->on_digit(stream, (char) news->value, stream->userdata);
        break;
    case NEWS_DIGITS_SENT:
    case NEWS_TONE_SENT:
        if (stream->generation != GENERATION_NONE && news->value == stream->generations)
            tell_generation(stream, DIGITS_DONE);
        break;
    case NEWS_SILENCE:
        if (observer->on_silence)
            observer->on_silence(stream, news->value, stream->userdata);
        break;
    case NEWS_FAILED:
        if (observer->on_failed)
            observer->on_failed(stream, news->why, stream->userdata);
        break;
    }
}

GVariant *media_stream_stats(const MediaStream *stream) {
    g_auto(GVariantBuilder) stats = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

    engine_lock(stream->media->engine);
    voice_add_stats(stream->voice, &stats);
    g_variant_builder_add(&stats, "{sv}", "level-in-db", g_variant_new_double(meter_level(&stream->level_in)));
    g_variant_builder_add(&stats, "{sv}", "level-out-db", g_variant_new_double(meter_level(&stream->level_out)));
    engine_unlock(stream->media->engine);
    return g_variant_builder_end(&stats);
}
