/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media: what all voices of a process share. */
#include "providers/media/media-internal.h"

#include <errno.h>
#include <gst/gst.h>
#include <string.h>

#include "providers/media/devices.h"
#include "providers/media/mixer-internal.h"
#include "providers/media/stream-internal.h"
#include "service/log.h"

enum {
    PORT_MIN_USUAL = 16384,
    PORT_MAX_USUAL = 32767,
    JITTER_MS_USUAL = 60,
    JITTER_MS_MAX = 500,
};

static void hear_all(Media *media) {
    for (guint i = 0; i < media->streams->len; i++)
        stream_hear(media->streams->pdata[i]);
}

static void say_all(Media *media, const Frame *own) {
    const Frame silence = {};

    for (guint i = 0; i < media->mixers->len; i++)
        mixer_mix(media->mixers->pdata[i], own);
    for (guint i = 0; i < media->streams->len; i++) {
        MediaStream *stream = media->streams->pdata[i];

        if (!stream->mixer)
            stream_say(stream, stream->muted || stream->early ? &silence : own);
    }
}

static void ring(Media *media) {
    Frame frame;

    if (!media->ring)
        return;
    melody_make_ring(&media->ring_melody, &frame);
    sink_put(media->ring->sink, &frame);
}

/* Outlet NULL: to all. */
static void tell_failure(Media *media, const Outlet *outlet, const char *why) {
    for (guint i = 0; i < media->streams->len; i++) {
        const MediaStream *stream = media->streams->pdata[i];

        if (!outlet || stream->outlet == outlet)
            media_tell(media, (News) { NEWS_FAILED, stream->number, .why = why });
    }
}

static void play_all(Media *media) {
    Sum all = {};
    Frame frame;

    for (guint i = 0; i < media->streams->len; i++)
        stream_play(media->streams->pdata[i]);
    ring(media);
    for (guint i = 0; i < media->outlets->len; i++) {
        Outlet *outlet = media->outlets->pdata[i];

        if (sink_play(outlet->sink, &frame) < 0)
            tell_failure(media, outlet, "the sound can't be played");
        sum_add(&all, &frame);
    }
    sum_get(&all, &media->played);
}

static bool needs_source(const Media *media) {
    for (guint i = 0; i < media->streams->len; i++)
        if (stream_needs_source(media->streams->pdata[i]))
            return true;
    return false;
}

/* Our own voice, without what came out of our own loudspeakers. */
static void take_own(Media *media, Frame *ret) {
    const char *why;

    source_set_needed(media->source, needs_source(media));
    source_take(media->source, ret);
    why = source_take_failure(media->source);
    if (why)
        tell_failure(media, NULL, why);
    if (media->echo) {
        echo_play(media->echo, &media->played);
        echo_clean(media->echo, ret);
    }
}

static void on_tick(void *userdata) {
    Media *media = userdata;
    int64_t now = g_get_monotonic_time();
    Frame own;

    hear_all(media);
    take_own(media, &own);
    say_all(media, &own);
    play_all(media);
    for (guint i = 0; i < media->streams->len; i++)
        stream_watch(media->streams->pdata[i], now);
}

void media_update_busy(Media *media) {
    engine_set_busy(media->engine, media->streams->len > 0 || media->ring);
}

void media_tell(Media *media, News news) {
    g_queue_push_tail(&media->news, g_memdup2(&news, sizeof(news)));
    g_source_set_ready_time(media->mailbox, 0);
}

static MediaStream *find_stream(Media *media, uint64_t number) {
    for (guint i = 0; i < media->streams->len; i++) {
        MediaStream *stream = media->streams->pdata[i];

        if (stream->number == number)
            return stream;
    }
    return NULL;
}

/* One at a time: what is told may be the end of others, and of all. */
static News *take_news(Media *media, MediaStream **ret) {
    News *news;

    engine_lock(media->engine);
    news = g_queue_pop_head(&media->news);
    *ret = news ? find_stream(media, news->stream) : NULL;
    engine_unlock(media->engine);
    return news;
}

static gboolean on_mail(GSource *source, GSourceFunc callback, void *userdata) {
    Media *media = userdata;
    MediaStream *stream;

    g_source_set_ready_time(source, -1);
    while (!g_source_is_destroyed(source)) {
        g_autofree News *news = take_news(media, &stream);

        if (!news)
            break;
        if (stream)
            stream_deliver(stream, news);
    }
    return G_SOURCE_CONTINUE;
}

static GSource *mailbox_new(Media *media) {
    static GSourceFuncs functions = { .dispatch = on_mail };
    GSource *source = g_source_new(&functions, sizeof(GSource));

    g_source_set_static_name(source, "media");
    g_source_set_callback(source, G_SOURCE_FUNC(on_mail), media, NULL);
    g_source_attach(source, g_main_context_get_thread_default());
    return source;
}

static int parse_places(Media *media, const MediaConfig *config, char **ret_why) {
    int r;

    r = place_parse(config->input, true, &media->input, ret_why);
    if (r >= 0)
        r = place_parse(config->output, false, &media->output, ret_why);
    if (r >= 0)
        r = place_parse(config->ringer, false, &media->ringer, ret_why);
    return r;
}

/* Of the main loop. What comes to its end needs no media any more: only whoever goes last waits for it. */
static unsigned n_medias;

int media_new(const MediaConfig *config, Media **ret, char **ret_why) {
    g_autofree char *why = NULL;
    g_autoptr(GError) error = NULL;
    Media *media = g_new0(Media, 1);
    int r;

    n_medias++;
    media->streams = g_ptr_array_new();
    media->mixers = g_ptr_array_new();
    media->outlets = g_ptr_array_new();
    media->port_min = config->port_min > 0 ? config->port_min : PORT_MIN_USUAL;
    media->port_max = config->port_max > 0 ? config->port_max : PORT_MAX_USUAL;
    media->jitter_ms = config->jitter_ms > 0 ? MIN(config->jitter_ms, JITTER_MS_MAX) : JITTER_MS_USUAL;
    r = parse_places(media, config, &why);
    if (r >= 0 && !gst_init_check(NULL, NULL, &error)) {
        why = g_strdup_printf("GStreamer does not start: %s", error->message);
        r = -ENOSYS;
    }
    if (r >= 0)
        media->engine = engine_new(on_tick, media);
    if (r >= 0 && !media->engine) {
        why = g_strdup("there is no thread for the media");
        r = -EAGAIN;
    }
    if (r < 0) {
        *ret_why = TAKE_PTR(why);
        media_free(media);
        return r;
    }
    if (place_is_device(&media->input) || place_is_device(&media->output) || place_is_device(&media->ringer))
        devices_get(); /* so that they are known when the first call comes */
    if (config->echo_cancel && place_is_device(&media->input))
        media->echo = echo_new();
    media->source = source_new(&media->input);
    media->mailbox = mailbox_new(media);
    *ret = media;
    return 0;
}

Media *media_free(Media *media) {
    if (!media)
        return NULL;
    if (--n_medias == 0)
        session_wait_all();
    engine_free(media->engine);
    if (media->mailbox) {
        g_source_destroy(media->mailbox);
        g_source_unref(media->mailbox);
    }
    g_queue_clear_full(&media->news, g_free);
    source_free(media->source);
    g_ptr_array_unref(media->streams);
    g_ptr_array_unref(media->mixers);
    for (guint i = 0; i < media->outlets->len; i++) {
        Outlet *outlet = media->outlets->pdata[i];

        sink_free(outlet->sink);
        g_free(outlet);
    }
    g_ptr_array_unref(media->outlets);
    echo_free(media->echo);
    place_done(&media->input);
    place_done(&media->output);
    place_done(&media->ringer);
    g_free(media);
    return NULL;
}

static bool is_same_place(const Place *a, const Place *b) {
    return a->kind == b->kind && g_strcmp0(a->name, b->name) == 0;
}

static Outlet *find_outlet(Media *media, const Place *place) {
    for (guint i = 0; i < media->outlets->len; i++) {
        Outlet *outlet = media->outlets->pdata[i];

        if (is_same_place(sink_place(outlet->sink), place))
            return outlet;
    }
    return NULL;
}

/* "%s" of a file's name tells calls apart: by a number that counts them. */
static char *name_of(Media *media, const Place *place) {
    const char *mark = place->kind == PLACE_FILE ? strstr(place->name, "%s") : NULL;

    if (!mark)
        return g_strdup(place->name);
    return g_strdup_printf("%.*s%u%s", (int) (mark - place->name), place->name, ++media->last_file, mark + 2);
}

int media_use_outlet(Media *media, const Place *place, Outlet **ret) {
    g_autofree char *name = name_of(media, place);
    Place real = { .kind = place->kind, .name = name };
    Outlet *outlet;
    Sink *sink;
    int r;

    *ret = NULL;
    if (place->kind == PLACE_NONE)
        return 0;
    outlet = find_outlet(media, &real);
    if (!outlet) {
        r = sink_new(&real, &sink);
        if (r < 0)
            return r;
        outlet = g_new0(Outlet, 1);
        outlet->sink = sink;
        engine_lock(media->engine);
        g_ptr_array_add(media->outlets, outlet);
        engine_unlock(media->engine);
    }
    outlet->users++;
    *ret = outlet;
    return 0;
}

Outlet *media_leave_outlet(Media *media, Outlet *outlet) {
    if (!outlet || --outlet->users > 0)
        return NULL;
    engine_lock(media->engine);
    g_ptr_array_remove(media->outlets, outlet);
    engine_unlock(media->engine);
    sink_free(outlet->sink);
    g_free(outlet);
    return NULL;
}

char **media_list_devices(Media *media) {
    return devices_list(devices_get());
}

void media_ring(Media *media, bool on) {
    Outlet *outlet = NULL, *before;
    int r = 0;

    if (on == (media->ring != NULL))
        return;
    if (on)
        r = media_use_outlet(media, &media->ringer, &outlet);
    if (r < 0)
        log_warning("the bell can't be heard: %s", strerror(-r));
    engine_lock(media->engine);
    before = media->ring;
    media->ring = outlet;
    media->ring_melody = (Melody) {};
    media_update_busy(media);
    engine_unlock(media->engine);
    media_leave_outlet(media, before);
}
