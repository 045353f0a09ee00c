/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media: who speaks, who hears, and how many frames that made. */
#include "providers/loopback/media.h"

struct MediaBridge {
    MediaEnd *ends;
    int64_t origin;   /* frames begin here and at each multiple of 20 ms after it */
    uint64_t settled; /* so many frames are counted */
};

MediaBridge *media_bridge_new(int64_t now) {
    MediaBridge *bridge = g_new0(MediaBridge, 1);

    bridge->origin = now;
    return bridge;
}

static bool is_audible(const MediaEnd *speaker, const MediaEnd *listener) {
    return speaker->speaks && listener->hears && (speaker != listener || speaker->echoed);
}

static void hear(MediaEnd *listener, const MediaEnd *speaker, uint64_t frames) {
    listener->heard += frames;
    listener->last_frame = speaker->spoken;
    if (listener->last_speaker == speaker->name)
        return;
    g_clear_pointer(&listener->last_speaker, g_ref_string_release);
    listener->last_speaker = g_ref_string_acquire(speaker->name);
}

void media_settle(MediaBridge *bridge, int64_t now) {
    uint64_t frames = (uint64_t) (now - bridge->origin) / MEDIA_FRAME_USEC - bridge->settled;

    if (frames == 0)
        return;
    bridge->settled += frames;
    for (MediaEnd *end = bridge->ends; end; end = end->next)
        if (end->speaks)
            end->spoken += frames;
    for (MediaEnd *listener = bridge->ends; listener; listener = listener->next)
        for (MediaEnd *speaker = bridge->ends; speaker; speaker = speaker->next)
            if (is_audible(speaker, listener))
                hear(listener, speaker, frames);
}

void media_join(MediaBridge *bridge, MediaEnd *end, int64_t now) {
    MediaEnd **link;

    media_settle(bridge, now);
    end->bridge = bridge;
    for (link = &bridge->ends; *link; link = &(*link)->next)
        ;
    *link = end;
}

void media_leave(MediaEnd *end, int64_t now) {
    MediaBridge *bridge = end->bridge;
    MediaEnd **link;

    if (!bridge)
        return;
    media_settle(bridge, now);
    for (link = &bridge->ends; *link != end; link = &(*link)->next)
        ;
    *link = end->next;
    end->bridge = NULL;
    end->next = NULL;
    if (!bridge->ends)
        g_free(bridge);
}

void media_set(MediaEnd *end, bool speaks, bool hears, int64_t now) {
    if (end->bridge)
        media_settle(end->bridge, now);
    end->speaks = speaks;
    end->hears = hears;
}

void media_set_echoed(MediaEnd *end, bool echoed, int64_t now) {
    if (end->bridge)
        media_settle(end->bridge, now);
    end->echoed = echoed;
}

void media_end_clear(MediaEnd *end, int64_t now) {
    media_leave(end, now);
    g_clear_pointer(&end->name, g_ref_string_release);
    g_clear_pointer(&end->last_speaker, g_ref_string_release);
}

/* Never joined: there is nothing to tell, and every call is announced so. */
static bool is_untouched(const MediaEnd *end) {
    return !end->bridge && end->spoken == 0 && end->heard == 0;
}

GVariant *media_stats(MediaEnd *end, int64_t now) {
    g_auto(GVariantBuilder) hearing = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_STRING_ARRAY);
    g_auto(GVariantBuilder) stats = G_VARIANT_BUILDER_INIT(G_VARIANT_TYPE_VARDICT);

    if (is_untouched(end))
        return NULL;
    if (end->bridge) {
        media_settle(end->bridge, now);
        for (const MediaEnd *speaker = end->bridge->ends; speaker; speaker = speaker->next)
            if (is_audible(speaker, end))
                g_variant_builder_add(&hearing, "s", speaker->name);
    }
    g_variant_builder_add(&stats, "{sv}", "frames-spoken", g_variant_new_uint64(end->spoken));
    g_variant_builder_add(&stats, "{sv}", "frames-heard", g_variant_new_uint64(end->heard));
    g_variant_builder_add(&stats, "{sv}", "hearing", g_variant_builder_end(&hearing));
    g_variant_builder_add(&stats, "{sv}", "last-speaker", g_variant_new_string(end->last_speaker ? end->last_speaker : ""));
    g_variant_builder_add(&stats, "{sv}", "last-frame", g_variant_new_uint64(end->last_frame));
    return g_variant_builder_end(&stats);
}
