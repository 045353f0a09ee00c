/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A relay in a thread of its own. sd-bus doesn't tell the size of a message; its stream does. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/bench/tap.h"

#define CHUNK 65536

/* The fixed part of a header: byte order, type, flags, version, length of the body, serial, length of the
 * fields. */
enum {
    TYPE_OFFSET = 1,
    BODY_OFFSET = 4,
    FIELDS_OFFSET = 12,
    HEADER_SIZE = 16,
    FIELD_MEMBER = 3,
};

typedef struct Stream {
    Tap *tap;
    int from, to;
    bool sent;
    GByteArray *pending; /* not yet a whole message */
} Stream;

struct Tap {
    pthread_t thread;
    GMutex lock;
    GArray *messages; /* under the lock */
    Stream streams[2];
};

static uint32_t u32_at(const uint8_t *data) {
    uint32_t value;
    memcpy(&value, data, sizeof(value));
    return value;
}

static size_t align(size_t offset, size_t to) {
    return (offset + to - 1) / to * to;
}

/* Fields are (yv) with a basic type each: strings, paths and numbers with 4 bytes of length or value,
 * signatures with one. The member comes early: what can't be followed is left. */
static void read_member(const uint8_t *data, size_t end, TapMessage *message) {
    for (size_t at = HEADER_SIZE; at + 8 < end; at = align(at, 8)) {
        uint8_t field = data[at];
        char type = (char) data[at + 2];
        if (type == 'g') {
            at += 4 + 1 + data[at + 4] + 1U;
            continue;
        }
        if (field == FIELD_MEMBER)
            g_strlcpy(message->member, (const char *) data + at + 8, sizeof(message->member));
        at += type == 'u' ? 8 : 8 + u32_at(data + at + 4) + 1U;
    }
}

/* The size of the message at the beginning of `data`, 0 if it isn't all there. */
static size_t message_size(const uint8_t *data, size_t size, size_t *ret_fields_end) {
    if (size < HEADER_SIZE)
        return 0;
    *ret_fields_end = HEADER_SIZE + u32_at(data + FIELDS_OFFSET);
    size_t whole = align(*ret_fields_end, 8) + u32_at(data + BODY_OFFSET);
    return whole <= size ? whole : 0;
}

/* Before the first message there are lines of text. The second byte tells: a type is never a letter. */
static size_t text_size(const uint8_t *data, size_t size) {
    if (size < 2 || (data[0] != '\0' && data[1] <= TAP_SIGNAL))
        return 0;
    const uint8_t *end = memchr(data, '\n', size);
    return end ? (size_t) (end - data) + 1 : 0;
}

static void digest(Stream *stream) {
    size_t used = 0, size, fields_end;
    const uint8_t *data = stream->pending->data;
    while ((size = text_size(data + used, stream->pending->len - used)) > 0)
        used += size;
    while ((size = message_size(data + used, stream->pending->len - used, &fields_end)) > 0) {
        TapMessage message = { .sent = stream->sent,
                               .type = data[used + TYPE_OFFSET],
                               .size = (uint32_t) size };
        read_member(data + used, fields_end, &message);
        g_mutex_lock(&stream->tap->lock);
        g_array_append_val(stream->tap->messages, message);
        g_mutex_unlock(&stream->tap->lock);
        used += size;
    }
    if (used > 0)
        g_byte_array_remove_range(stream->pending, 0, (unsigned) used);
}

static bool relay(Stream *stream) {
    uint8_t chunk[CHUNK];
    ssize_t n = read(stream->from, chunk, sizeof(chunk));
    if (n <= 0)
        return false;
    /* Known before it is delivered: who has received a message finds it in the trace. */
    g_byte_array_append(stream->pending, chunk, (unsigned) n);
    digest(stream);
    for (ssize_t written = 0; written < n;) {
        ssize_t w = send(stream->to, chunk + written, (size_t) (n - written), MSG_NOSIGNAL);
        if (w < 0)
            return false;
        written += w;
    }
    return true;
}

static void *relay_main(void *userdata) {
    Tap *tap = userdata;
    struct pollfd fds[2];
    for (int i = 0; i < 2; i++)
        fds[i] = (struct pollfd){ .fd = tap->streams[i].from, .events = POLLIN };
    for (bool open = true; open && poll(fds, 2, -1) > 0;)
        for (int i = 0; i < 2 && open; i++)
            if (fds[i].revents)
                open = relay(&tap->streams[i]);
    /* The other side sees the end too. */
    for (int i = 0; i < 2; i++)
        shutdown(tap->streams[i].from, SHUT_RDWR);
    return NULL;
}

static int connect_to(const char *path) {
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (struct sockaddr *) &address, sizeof(address)) == 0)
        return fd;
    int r = -errno;
    close(fd);
    return r;
}

int tap_open(const char *socket_path, Tap **ret, int *ret_fd) {
    int pair[2];
    _cleanup_close_ int bus = connect_to(socket_path);
    if (bus < 0)
        return bus;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;

    Tap *tap = g_new0(Tap, 1);
    g_mutex_init(&tap->lock);
    tap->messages = g_array_new(false, false, sizeof(TapMessage));
    tap->streams[0] = (Stream){
        .tap = tap, .from = pair[1], .to = bus, .sent = true, .pending = g_byte_array_new()
    };
    tap->streams[1] = (Stream){ .tap = tap, .from = bus, .to = pair[1], .pending = g_byte_array_new() };
    bus = -1;
    pthread_create(&tap->thread, NULL, relay_main, tap);
    *ret = tap;
    *ret_fd = pair[0];
    return 0;
}

Tap *tap_close(Tap *tap) {
    shutdown(tap->streams[0].from, SHUT_RDWR);
    pthread_join(tap->thread, NULL);
    for (int i = 0; i < 2; i++) {
        close(tap->streams[i].from);
        g_byte_array_unref(tap->streams[i].pending);
    }
    g_array_unref(tap->messages);
    g_mutex_clear(&tap->lock);
    g_free(tap);
    return NULL;
}

GArray *tap_take(Tap *tap) {
    GArray *fresh = g_array_new(false, false, sizeof(TapMessage));
    g_mutex_lock(&tap->lock);
    GArray *taken = tap->messages;
    tap->messages = fresh;
    g_mutex_unlock(&tap->lock);
    return taken;
}
