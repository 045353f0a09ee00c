/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A spy: a client that sees the very bytes of what it is sent. */
#include "tests/bus/util-spy.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HUNG_MS = 30000, FIXED_SIZE = 16, FRAME_MAX = 1024 * 1024 };

/* Where things are in a message; and fields of its header. */
enum { AT_TYPE = 1, AT_BODY_SIZE = 4, AT_SERIAL = 8, AT_FIELDS_SIZE = 12 };
enum { FIELD_REPLY_SERIAL = 5, FIELD_DESTINATION = 6 };

struct Spy {
    sd_bus *bus;
    int fd;
    GByteArray *signals;
};

Spy *spy_new(sd_bus *bus) {
    Spy *spy = g_new0(Spy, 1);

    /* What is there already is read by the one who asked for it. */
    while (sd_bus_process(bus, NULL) > 0)
        continue;
    *spy = (Spy) { .bus = bus, .fd = sd_bus_get_fd(bus), .signals = g_byte_array_new() };
    ck_assert_int_ge(spy->fd, 0);
    return spy;
}

Spy *spy_free(Spy *spy) {
    if (!spy)
        return NULL;
    sd_bus_close_unref(spy->bus);
    g_byte_array_unref(spy->signals);
    g_free(spy);
    return NULL;
}

sd_bus *spy_bus(Spy *spy) {
    return spy->bus;
}

/* ---- Bytes ---- */

static uint32_t number_at(const uint8_t *frame, size_t at) {
    uint32_t number;

    memcpy(&number, frame + at, sizeof(number));
    return number;
}

static size_t size_of_frame(const uint8_t *fixed) {
    ck_assert_uint_eq(fixed[0], G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'l' : 'B');
    return FIXED_SIZE + (number_at(fixed, AT_FIELDS_SIZE) + 7) / 8 * 8 + number_at(fixed, AT_BODY_SIZE);
}

static void read_bytes(Spy *spy, uint8_t *bytes, size_t size) {
    while (size > 0) {
        struct pollfd waited = { .fd = spy->fd, .events = POLLIN };
        ssize_t n = read(spy->fd, bytes, size);

        if (n < 0 && errno == EAGAIN) {
            ck_assert_msg(poll(&waited, 1, HUNG_MS) > 0, "nothing comes; the log:\n%s", bus_service_log(t));
            continue;
        }
        ck_assert_msg(n > 0, "the bus has closed the connection");
        bytes += n;
        size -= (size_t) n;
    }
}

static GByteArray *read_frame(Spy *spy) {
    GByteArray *frame = g_byte_array_sized_new(1024);
    size_t size;

    g_byte_array_set_size(frame, FIXED_SIZE);
    read_bytes(spy, frame->data, FIXED_SIZE);
    size = size_of_frame(frame->data);
    ck_assert_uint_le(size, FRAME_MAX);
    g_byte_array_set_size(frame, size);
    read_bytes(spy, frame->data + FIXED_SIZE, size - FIXED_SIZE);
    return frame;
}

/* The field that tells which message is answered; NULL: it answers none. */
static uint8_t *find_reply_serial(GByteArray *frame) {
    static const uint8_t head[] = { FIELD_REPLY_SERIAL, 1, 'u', 0 };
    size_t end = FIXED_SIZE + number_at(frame->data, AT_FIELDS_SIZE);

    for (size_t at = FIXED_SIZE; at + 8 <= end; at += 8)
        if (memcmp(frame->data + at, head, sizeof(head)) == 0)
            return frame->data + at + sizeof(head);
    return NULL;
}

/* ---- Pings, which want an answer from everybody ---- */

static void append_field(GByteArray *frame, uint8_t code, char type, uint32_t number) {
    const uint8_t head[] = { code, 1, (uint8_t) type, 0 };

    g_byte_array_append(frame, head, sizeof(head));
    g_byte_array_append(frame, (const uint8_t *) &number, sizeof(number));
}

static void answer(Spy *spy, const GByteArray *question) {
    static const uint8_t zeros[8];
    const char *name = bus_service_name(t);
    uint8_t fixed[FIXED_SIZE] = { question->data[0], SD_BUS_MESSAGE_METHOD_RETURN, 1, 1 };
    uint32_t serial = UINT32_MAX, fields_size = (uint32_t) (2 * 8 + strlen(name) + 1);
    g_autoptr(GByteArray) frame = g_byte_array_new();

    memcpy(fixed + AT_SERIAL, &serial, sizeof(serial));
    memcpy(fixed + AT_FIELDS_SIZE, &fields_size, sizeof(fields_size));
    g_byte_array_append(frame, fixed, sizeof(fixed));
    append_field(frame, FIELD_REPLY_SERIAL, 'u', number_at(question->data, AT_SERIAL));
    append_field(frame, FIELD_DESTINATION, 's', (uint32_t) strlen(name));
    g_byte_array_append(frame, (const uint8_t *) name, (guint) strlen(name) + 1);
    g_byte_array_append(frame, zeros, (8 - frame->len % 8) % 8);
    ck_assert_int_eq(write(spy->fd, frame->data, frame->len), frame->len);
}

/* ---- Asking ---- */

/* Until an answer comes. */
static GByteArray *read_answer(Spy *spy) {
    for (;;) {
        GByteArray *frame = read_frame(spy);

        switch (frame->data[AT_TYPE]) {
        case SD_BUS_MESSAGE_METHOD_CALL:
            answer(spy, frame);
            break;
        case SD_BUS_MESSAGE_SIGNAL:
            g_byte_array_append(spy->signals, frame->data, frame->len);
            break;
        default:
            return frame;
        }
        g_byte_array_unref(frame);
    }
}

static uint64_t nsec_now(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

GByteArray *spy_ask(Spy *spy, sd_bus_message *m, uint64_t *ret_nsec) {
    static const uint8_t zeros[4];
    uint64_t began = nsec_now(), cookie = 0;
    GByteArray *frame;
    uint8_t *serial;
    uint32_t asked;

    ck_assert_int_ge(sd_bus_send(spy->bus, m, &cookie), 0);
    ck_assert_int_ge(sd_bus_flush(spy->bus), 0);
    frame = read_answer(spy);
    *ret_nsec = nsec_now() - began;
    serial = find_reply_serial(frame);
    ck_assert_ptr_nonnull(serial);
    asked = (uint32_t) cookie;
    ck_assert_int_eq(memcmp(serial, &asked, sizeof(asked)), 0);
    memcpy(serial, zeros, sizeof(zeros));
    memcpy(frame->data + AT_SERIAL, zeros, sizeof(zeros));
    return frame;
}

GByteArray *spy_take_signals(Spy *spy) {
    GByteArray *signals = spy->signals;

    spy->signals = g_byte_array_new();
    return signals;
}
