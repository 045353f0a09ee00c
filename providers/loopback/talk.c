/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talk: the conversations and their bridges. */
#include "providers/loopback/talk.h"

/* ---- The ends of a conversation ---- */

static void visit(GPtrArray *ends, GHashTable *known, End *end) {
    if (end && g_hash_table_add(known, end))
        g_ptr_array_add(ends, end);
}

/* In the order in which they are found, beginning with this one. */
static GPtrArray *find_ends(End *end) {
    g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);
    GPtrArray *ends = g_ptr_array_new();

    visit(ends, known, end);
    for (guint i = 0; i < ends->len; i++) {
        End *found = g_ptr_array_index(ends, i);

        visit(ends, known, found->talks ? found->peer : NULL);
        visit(ends, known, found->through);
        for (GList *link = end_joined(found)->head; link; link = link->next)
            visit(ends, known, link->data);
    }
    return ends;
}

/* Those of a call like most: two, of whom neither has to do with others. */
static bool is_pair(const End *end) {
    return end->talks && end->peer && !end->through && !end->peer->through && !end_joined(end)->head && !end_joined(end->peer)->head;
}

/* ---- Their bridge ---- */

static bool has_mouth(const End *end) {
    return !end->through && (end->phase == END_CONNECTED || end->phase == END_HELD);
}

void talk_update(End *end) {
    bool up = end->phase == END_CONNECTED;

    media_set(&end->media, up && !end->muted, up, network_now(end_network(end)));
}

void talk_hide(End *end) {
    end->hidden = true;
    if (!end->media.name)
        return;
    g_ref_string_release(end->media.name);
    end->media.name = g_ref_string_new("");
}

static void move(MediaEnd *media, MediaBridge *bridge, int64_t now) {
    if (media->bridge == bridge)
        return;
    media_leave(media, now);
    media_join(bridge, media, now);
}

static void move_end(End *end, MediaBridge *bridge, bool echoed) {
    int64_t now = network_now(end_network(end));

    if (end->script && end->talks)
        move(script_media(end->script), bridge, now);
    if (!has_mouth(end)) {
        media_leave(&end->media, now);
        return;
    }
    if (!end->media.name)
        end->media.name = end->hidden ? g_ref_string_new("") : g_ref_string_acquire(loop_line_number(end->line));
    talk_update(end);
    move(&end->media, bridge, now);
    media_set_echoed(&end->media, echoed, now);
}

static bool echoes(const End *end) {
    return end->talks && end->script && script_echoes(end->script);
}

/* A new bridge goes with its last end, so it has to get one. */
static void move_all(GPtrArray *ends, MediaBridge *bridge) {
    bool echoed = false, anybody = false;

    for (guint i = 0; i < ends->len; i++) {
        const End *end = g_ptr_array_index(ends, i);

        echoed = echoed || echoes(end);
        anybody = anybody || has_mouth(end) || (end->script && end->talks);
    }
    if (!bridge && anybody)
        bridge = media_bridge_new(network_now(end_network(g_ptr_array_index(ends, 0))));
    for (guint i = 0; i < ends->len && bridge; i++)
        move_end(g_ptr_array_index(ends, i), bridge, echoed);
}

static MediaBridge *find_bridge(const GPtrArray *ends) {
    for (guint i = 0; i < ends->len; i++) {
        const End *end = g_ptr_array_index(ends, i);

        if (has_mouth(end) && end->media.bridge)
            return end->media.bridge;
    }
    return NULL;
}

static void join_pair(End *end) {
    MediaBridge *bridge = end->media.bridge ?: end->peer->media.bridge;

    if (!bridge)
        bridge = media_bridge_new(network_now(end_network(end)));
    move_end(end, bridge, false);
    move_end(end->peer, bridge, false);
}

void talk_join(End *end) {
    g_autoptr(GPtrArray) ends = NULL;

    if (is_pair(end) && has_mouth(end) && has_mouth(end->peer)) {
        join_pair(end);
        return;
    }
    ends = find_ends(end);
    move_all(ends, find_bridge(ends));
}

void talk_separate(End *end) {
    g_autoptr(GPtrArray) ends = find_ends(end);

    move_all(ends, NULL);
}

/* ---- Through others ---- */

void talk_through(End *end, End *through) {
    if (!through->joined)
        through->joined = g_queue_new();
    g_queue_push_tail(through->joined, end);
    end->through = through;
    end->through_place = through->joined->tail;
}

void talk_leave(End *end) {
    g_queue_delete_link(end->through->joined, end->through_place);
    end->through_place = NULL;
    end->through = NULL;
}

void talk_alone(End *end) {
    End *through = end->through;

    if (!through)
        return;
    talk_leave(end);
    talk_separate(end);
    talk_join(through);
}

void talk_forget(End *end) {
    if (end->through)
        talk_leave(end);
    while (!g_queue_is_empty(end_joined(end))) {
        End *other = g_queue_peek_head(end_joined(end));

        talk_leave(other);
        talk_separate(other);
    }
}
