/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Network: events that are due at once stand in a queue, later ones in a binary heap. Nearly all are due at once, and a
 * call that is up has none, so a hundred thousand calls cost a turn of the main loop nothing.
 */
#include "providers/loopback/network.h"

#define IN_QUEUE UINT32_MAX

struct Network {
    GSource *source;
    int64_t (*clock)(void);
    uint64_t serial;
    NetworkEvent *first, *last; /* due at once */
    GPtrArray *heap;            /* due later; element i is at place i + 1 */
};

typedef struct NetworkSource {
    GSource source;
    Network *network;
} NetworkSource;

static bool before(const NetworkEvent *a, const NetworkEvent *b) {
    return a->due != b->due ? a->due < b->due : a->serial < b->serial;
}

static NetworkEvent *heap_at(const Network *network, uint32_t place) {
    return g_ptr_array_index(network->heap, place - 1);
}

static void heap_put(Network *network, uint32_t place, NetworkEvent *event) {
    g_ptr_array_index(network->heap, place - 1) = event;
    event->place = place;
}

static void heap_rise(Network *network, NetworkEvent *event) {
    uint32_t place = event->place;

    for (; place > 1 && before(event, heap_at(network, place / 2)); place /= 2)
        heap_put(network, place, heap_at(network, place / 2));
    heap_put(network, place, event);
}

static void heap_sink(Network *network, NetworkEvent *event) {
    uint32_t place = event->place, size = network->heap->len, child;

    for (; place <= size / 2; place = child) {
        child = place * 2;
        if (child < size && before(heap_at(network, child + 1), heap_at(network, child)))
            child++;
        if (!before(heap_at(network, child), event))
            break;
        heap_put(network, place, heap_at(network, child));
    }
    heap_put(network, place, event);
}

static void heap_add(Network *network, NetworkEvent *event) {
    g_ptr_array_add(network->heap, event);
    event->place = network->heap->len;
    heap_rise(network, event);
}

static void heap_remove(Network *network, NetworkEvent *event) {
    NetworkEvent *last = heap_at(network, network->heap->len);

    g_ptr_array_set_size(network->heap, (int) network->heap->len - 1);
    if (last == event)
        return;
    heap_put(network, event->place, last);
    heap_rise(network, last);
    heap_sink(network, last);
}

static void queue_add(Network *network, NetworkEvent *event) {
    event->place = IN_QUEUE;
    event->previous = network->last;
    event->next = NULL;
    if (network->last)
        network->last->next = event;
    else
        network->first = event;
    network->last = event;
}

static void queue_remove(Network *network, NetworkEvent *event) {
    if (event->previous)
        event->previous->next = event->next;
    else
        network->first = event->next;
    if (event->next)
        event->next->previous = event->previous;
    else
        network->last = event->previous;
}

static NetworkEvent *next_event(const Network *network) {
    NetworkEvent *later = network->heap->len > 0 ? heap_at(network, 1) : NULL;

    if (!network->first || !later)
        return network->first ? network->first : later;
    return before(later, network->first) ? later : network->first;
}

int64_t network_now(const Network *network) {
    return network->clock();
}

void network_after(Network *network, NetworkEvent *event, uint64_t usec, NetworkFire fire) {
    int64_t now = network->clock();

    network_cancel(network, event);
    event->fire = fire;
    event->serial = ++network->serial;
    event->due = usec < (uint64_t) (INT64_MAX - now) ? now + (int64_t) usec : INT64_MAX;
    if (usec == 0)
        queue_add(network, event);
    else
        heap_add(network, event);
}

void network_cancel(Network *network, NetworkEvent *event) {
    if (event->place == IN_QUEUE)
        queue_remove(network, event);
    else if (event->place != 0)
        heap_remove(network, event);
    event->place = 0;
}

bool network_event_waits(const NetworkEvent *event) {
    return event->place != 0;
}

unsigned network_run(Network *network) {
    int64_t now = network->clock();
    uint64_t until = network->serial;
    unsigned n = 0;

    for (NetworkEvent *event; (event = next_event(network)); n++) {
        if (event->due > now || event->serial > until)
            break;
        network_cancel(network, event);
        event->fire(event);
    }
    return n;
}

NetworkEvent *network_take(Network *network) {
    NetworkEvent *event = next_event(network);

    if (event)
        network_cancel(network, event);
    return event;
}

/* Our own prepare() and check() instead of a ready time: to set one writes to the loop's eventfd each time. */
static gboolean on_check(GSource *source) {
    const Network *network = ((NetworkSource *) source)->network;

    if (network->first)
        return TRUE;
    return network->heap->len > 0 && heap_at(network, 1)->due <= network->clock();
}

static gboolean on_prepare(GSource *source, int *ret_timeout) {
    const Network *network = ((NetworkSource *) source)->network;
    int64_t wait;

    *ret_timeout = -1;
    if (on_check(source)) {
        *ret_timeout = 0;
        return TRUE;
    }
    if (network->heap->len > 0) {
        wait = (heap_at(network, 1)->due - network->clock()) / 1000 + 1;
        *ret_timeout = (int) CLAMP(wait, 0, G_MAXINT);
    }
    return FALSE;
}

static gboolean on_dispatch(GSource *source, GSourceFunc callback, void *userdata) {
    network_run(((NetworkSource *) source)->network);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_functions = {
    .prepare = on_prepare,
    .check = on_check,
    .dispatch = on_dispatch,
};

Network *network_new(GMainContext *context, int64_t (*clock)(void)) {
    Network *network = g_new0(Network, 1);

    network->clock = clock;
    network->heap = g_ptr_array_new();
    network->source = g_source_new(&source_functions, sizeof(NetworkSource));
    ((NetworkSource *) network->source)->network = network;
    g_source_set_static_name(network->source, "loopback network");
    g_source_attach(network->source, context);
    return network;
}

Network *network_free(Network *network) {
    if (!network)
        return NULL;
    g_source_destroy(network->source);
    g_source_unref(network->source);
    g_ptr_array_unref(network->heap);
    g_free(network);
    return NULL;
}
