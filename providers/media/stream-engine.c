/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MediaStream: what the engine does with it, every 20 ms, with the lock held. */
#include "providers/media/mixer-internal.h"
#include "providers/media/stream-internal.h"

enum {
    SILENCE_STEP = 5, /* seconds between what is told of a silence */
};

static void measure(Meter *meter, const Frame *frame) {
    meter->powers[meter->next++ % LEVEL_FRAMES] = frame_power(frame);
}

double meter_level(const Meter *meter) {
    double sum = 0;

    for (size_t i = 0; i < LEVEL_FRAMES; i++)
        sum += meter->powers[i];
    return power_to_level(sum / LEVEL_FRAMES);
}

void stream_hear(MediaStream *stream) {
    voice_hear(stream->voice, &stream->heard);
    measure(&stream->level_in, &stream->heard);
}

static void make_tone(MediaStream *stream, Frame *ret) {
    melody_make_tone(&stream->melody, stream->tone, ret);
    if (stream->tone_left_ms > FRAME_MS) {
        stream->tone_left_ms -= FRAME_MS;
        return;
    }
    stream->tone = TONE_NONE;
    media_tell(stream->media, (News) { NEWS_TONE_SENT, stream->number, .value = stream->tone_generation });
}

void stream_say(MediaStream *stream, const Frame *own) {
    stream->said = *own;
    if (stream->tone != TONE_NONE)
        make_tone(stream, &stream->said);
    measure(&stream->level_out, &stream->said);
    voice_say(stream->voice, &stream->said);
    if (stream->sends_digits && !voice_has_digits(stream->voice)) {
        stream->sends_digits = false;
        media_tell(stream->media, (News) { NEWS_DIGITS_SENT, stream->number, .value = stream->digits_generation });
    }
}

void stream_play(MediaStream *stream) {
    Frame frame = stream->heard;

    if (!stream->outlet || (stream->mixer && !mixer_is_local(stream->mixer)))
        return;
    frame_scale(&frame, stream->volume);
    sink_put(stream->outlet->sink, &frame);
}

void stream_watch(MediaStream *stream, int64_t now) {
    unsigned seconds = (unsigned) (voice_silent_for(stream->voice, now) / G_USEC_PER_SEC);

    voice_watch(stream->voice, now);
    seconds -= seconds % SILENCE_STEP;
    if (seconds > stream->silence_told)
        media_tell(stream->media, (News) { NEWS_SILENCE, stream->number, .value = seconds });
    stream->silence_told = seconds;
}

/* The microphone is not open before the call is, and not while it is held. A muted one stays: it is wanted again at once. */
bool stream_needs_source(const MediaStream *stream) {
    return !stream->early && voice_sends(stream->voice) && (!stream->mixer || mixer_is_local(stream->mixer));
}
