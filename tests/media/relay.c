/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Relay: a network between two phones that sees all, and can be made bad. */
#include "tests/media/relay.h"

#include <arpa/inet.h>
#include <check.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/media/ear.h"
#include "tests/media/phone.h"

enum {
    RTP_HEADER = 12,
    SEEN_MAX = 8000 * 60,
};

struct Relay {
    int fd;
    guint watch;
    struct sockaddr_in to;
    uint16_t port;
    unsigned one_of, shake_ms;
    bool twice;
    uint64_t lost;
    GRand *random;
    GArray *seen;         /* samples */
    GHashTable *waiting;  /* sources of those that are delayed */
};

typedef struct Delayed {
    Relay *relay;
    GBytes *bytes;
} Delayed;

/* G.711: the standard's table, as a formula. */
static int16_t from_mulaw(uint8_t byte) {
    int inverted = ~byte & 0xff, magnitude = ((inverted & 0x0f) << 3) + 0x84;

    magnitude = (magnitude << ((inverted & 0x70) >> 4)) - 0x84;
    return (int16_t) (inverted & 0x80 ? -magnitude : magnitude);
}

static void see(Relay *relay, const uint8_t *data, size_t size) {
    for (size_t i = RTP_HEADER; i < size && relay->seen->len < SEEN_MAX; i++) {
        int16_t sample = from_mulaw(data[i]);

        g_array_append_val(relay->seen, sample);
    }
}

void relay_inject(Relay *relay, const void *data, size_t size) {
    (void) sendto(relay->fd, data, size, 0, (struct sockaddr *) &relay->to, sizeof(relay->to));
}

static gboolean on_delay_over(void *userdata) {
    Delayed *delayed = userdata;
    size_t size;
    const void *data = g_bytes_get_data(delayed->bytes, &size);

    relay_inject(delayed->relay, data, size);
    g_hash_table_remove(delayed->relay->waiting, g_main_current_source());
    g_bytes_unref(delayed->bytes);
    g_free(delayed);
    return G_SOURCE_REMOVE;
}

static void pass_on(Relay *relay, const void *data, size_t size) {
    Delayed *delayed;
    GSource *source;

    if (relay->shake_ms == 0) {
        relay_inject(relay, data, size);
        return;
    }
    delayed = g_new0(Delayed, 1);
    delayed->relay = relay;
    delayed->bytes = g_bytes_new(data, size);
    source = g_timeout_source_new((guint) g_rand_int_range(relay->random, 0, (gint32) relay->shake_ms));
    g_source_set_callback(source, on_delay_over, delayed, NULL);
    g_source_attach(source, NULL);
    g_hash_table_insert(relay->waiting, source, delayed);
    g_source_unref(source);
}

static gboolean on_readable(int fd, GIOCondition condition, void *userdata) {
    Relay *relay = userdata;
    uint8_t data[2048];
    ssize_t size = recv(fd, data, sizeof(data), MSG_DONTWAIT);

    if (size <= RTP_HEADER)
        return G_SOURCE_CONTINUE;
    if (data[1] >= 192 && data[1] <= 223) {
        relay_inject(relay, data, (size_t) size);
        return G_SOURCE_CONTINUE;
    }
    see(relay, data, (size_t) size);
    if (relay->one_of > 0 && g_rand_int_range(relay->random, 0, (gint32) relay->one_of) == 0) {
        relay->lost++;
        return G_SOURCE_CONTINUE;
    }
    pass_on(relay, data, (size_t) size);
    if (relay->twice)
        pass_on(relay, data, (size_t) size);
    return G_SOURCE_CONTINUE;
}

Relay *relay_new(uint16_t to) {
    Relay *relay = g_new0(Relay, 1);
    struct sockaddr_in own = { .sin_family = AF_INET };
    socklen_t length = sizeof(own);

    relay->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(inet_pton(AF_INET, phone_address(), &own.sin_addr), 1);
    ck_assert_int_eq(bind(relay->fd, (struct sockaddr *) &own, sizeof(own)), 0);
    ck_assert_int_eq(getsockname(relay->fd, (struct sockaddr *) &own, &length), 0);
    relay->port = ntohs(own.sin_port);
    relay->to = own;
    relay->to.sin_port = htons(to);
    relay->random = g_rand_new_with_seed(7);
    relay->seen = g_array_new(FALSE, FALSE, sizeof(int16_t));
    relay->waiting = g_hash_table_new(NULL, NULL);
    relay->watch = g_unix_fd_add(relay->fd, G_IO_IN, on_readable, relay);
    return relay;
}

Relay *relay_free(Relay *relay) {
    GHashTableIter iter;
    void *source, *value;

    g_source_remove(relay->watch);
    g_hash_table_iter_init(&iter, relay->waiting);
    while (g_hash_table_iter_next(&iter, &source, &value)) {
        Delayed *delayed = value;

        g_source_destroy(source);
        g_bytes_unref(delayed->bytes);
        g_free(delayed);
    }
    g_hash_table_unref(relay->waiting);
    g_array_unref(relay->seen);
    g_rand_free(relay->random);
    close(relay->fd);
    g_free(relay);
    return NULL;
}

uint16_t relay_port(const Relay *relay) {
    return relay->port;
}

void relay_lose(Relay *relay, unsigned one_of) {
    relay->one_of = one_of;
}

void relay_shake(Relay *relay, unsigned ms) {
    relay->shake_ms = ms;
}

void relay_double(Relay *relay, bool twice) {
    relay->twice = twice;
}

double relay_level_at(Relay *relay, double hz) {
    Ear ear = { .samples = (int16_t *) relay->seen->data, .count = relay->seen->len, .rate = 8000 };

    return ear_level_at(&ear, hz);
}

void relay_forget(Relay *relay) {
    g_array_set_size(relay->seen, 0);
}

uint64_t relay_lost(const Relay *relay) {
    return relay->lost;
}
