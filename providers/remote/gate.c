/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gate: how long is what a provider process sends? */
#include "providers/remote/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    HEADER_SIZE = 16,       /* the part of it that tells the length of all */
    PORTION = 32 * 1024,
};

/* The line after which there are messages. */
static const char begin[] = "BEGIN\r\n";

typedef enum Phase {
    PHASE_AUTHENTICATES, /* line by line */
    PHASE_BEGINS,        /* it says that it has; sd-bus has to say so too */
    PHASE_SPEAKS,
} Phase;

struct Gate {
    int socket, out;
    Phase phase;
    char line[sizeof(begin)]; /* its first bytes, and how many there are in all */
    size_t n_line;
    uint8_t header[HEADER_SIZE];
    size_t n_header;
    uint64_t size, left; /* of the message that is under way, once its header is there */
    uint64_t n_messages, count;
};

Gate *gate_new(int socket, int *ret_fd) {
    Gate *gate;
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return NULL;
    gate = g_new0(Gate, 1);
    gate->socket = socket;
    gate->out = ends[1];
    *ret_fd = ends[0];
    return gate;
}

static void end(Gate *gate) {
    if (gate->out >= 0)
        close(gate->out);
    gate->out = -1;
}

Gate *gate_free(Gate *gate) {
    if (!gate)
        return NULL;
    end(gate);
    g_free(gate);
    return NULL;
}

bool gate_has_long_hello(const Gate *gate) {
    return gate->n_messages == 0 && gate->left > 0 && gate->size > GATE_MESSAGE_MAX;
}

uint64_t gate_count(const Gate *gate) {
    return gate->count;
}

/* ---- Bytes ---- */

/* 0: there is nothing, or no more. What can't be read any more is at its end. */
static size_t take(Gate *gate, uint8_t *bytes, size_t size) {
    ssize_t n;

    do
        n = read(gate->socket, bytes, size);
    while (n < 0 && errno == EINTR);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        end(gate);
    return n > 0 ? (size_t) n : 0;
}

/* The pipe is empty. It holds twice a portion, but not if this user has a thousand other pipes already (pipe(7)). */
static size_t measure_room(const Gate *gate) {
    int size = fcntl(gate->out, F_GETPIPE_SZ);

    return size > 0 ? MIN((size_t) size, (size_t) PORTION) : 1;
}

/* There is room for it. */
static bool give(Gate *gate, const uint8_t *bytes, size_t size) {
    ssize_t n;

    do
        n = write(gate->out, bytes, size);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t) size;
}

/* ---- Lines ---- */

/* One byte after the other, so that nothing of what follows is read. */
static bool feed_line(Gate *gate, char **ret_why) {
    uint8_t byte;

    while (gate->phase == PHASE_AUTHENTICATES && take(gate, &byte, 1) > 0) {
        if (!give(gate, &byte, 1)) {
            *ret_why = g_strdup("it says too much before it has authenticated");
            return false;
        }
        if (gate->n_line < sizeof(gate->line))
            gate->line[gate->n_line] = (char) byte;
        gate->n_line++;
        if (byte != '\n')
            continue;
        if (gate->n_line == strlen(begin) && memcmp(gate->line, begin, strlen(begin)) == 0)
            gate->phase = PHASE_BEGINS;
        gate->n_line = 0;
    }
    return true;
}

/* ---- Messages ---- */

static uint32_t number_at(const Gate *gate, size_t at) {
    uint32_t number;

    memcpy(&number, gate->header + at, sizeof(number));
    return gate->header[0] == 'l' ? GUINT32_FROM_LE(number) : GUINT32_FROM_BE(number);
}

/* The header is there. */
static bool begin_message(Gate *gate, char **ret_why) {
    const uint64_t max = gate->n_messages == 0 ? GATE_HELLO_MAX : GATE_MESSAGE_MAX;

    if (gate->header[0] != 'l' && gate->header[0] != 'B') {
        *ret_why = g_strdup("it does not speak D-Bus");
        return false;
    }
    gate->size = HEADER_SIZE + (UINT64_C(7) + number_at(gate, 12)) / 8 * 8 + number_at(gate, 4);
    if (gate->size > max) {
        *ret_why = g_strdup_printf("a message of %" G_GUINT64_FORMAT " bytes: at most %" G_GUINT64_FORMAT " are taken", gate->size, max);
        return false;
    }
    gate->count += gate->size;
    gate->left = gate->size - HEADER_SIZE;
    return true;
}

/* Goes from header to header. */
static bool check(Gate *gate, const uint8_t *bytes, size_t size, char **ret_why) {
    while (size > 0) {
        bool in_header = gate->n_header < HEADER_SIZE;
        size_t n = MIN(size, in_header ? HEADER_SIZE - gate->n_header : gate->left);

        if (in_header) {
            memcpy(gate->header + gate->n_header, bytes, n);
            gate->n_header += n;
            if (gate->n_header == HEADER_SIZE && !begin_message(gate, ret_why))
                return false;
        } else {
            gate->left -= n;
        }
        if (gate->n_header == HEADER_SIZE && gate->left == 0) {
            gate->n_header = 0;
            gate->n_messages++;
        }
        bytes += n;
        size -= n;
    }
    return true;
}

static bool feed_messages(Gate *gate, char **ret_why) {
    uint8_t bytes[PORTION];
    size_t n = take(gate, bytes, measure_room(gate));

    if (n == 0)
        return true;
    if (!check(gate, bytes, n, ret_why))
        return false;
    if (give(gate, bytes, n))
        return true;
    *ret_why = g_strdup("what it says can't be passed on");
    return false;
}

bool gate_feed(Gate *gate, bool ready, char **ret_why) {
    int unread = 0;

    if (gate->out < 0 || ioctl(gate->out, FIONREAD, &unread) < 0 || unread > 0)
        return true;
    if (gate->phase == PHASE_AUTHENTICATES)
        return feed_line(gate, ret_why);
    if (!ready) {
        *ret_why = g_strdup("it did not authenticate");
        return false;
    }
    gate->phase = PHASE_SPEAKS;
    return feed_messages(gate, ret_why);
}
