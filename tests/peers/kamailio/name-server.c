/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NameServer: questions of one name, answers of few kinds (RFC 1035, RFC 2782). */
#include "tests/peers/kamailio/name-server.h"

#include <arpa/inet.h>
#include <check.h>
#include <glib-unix.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TYPE_A = 1,
    TYPE_SRV = 33,
    HEADER = 12,
};

struct NameServer {
    int fd;
    guint source;
    const NameRecord *records;
};

static void put_number(GByteArray *to, unsigned number, unsigned bytes) {
    for (unsigned i = bytes; i > 0; i--) {
        uint8_t byte = (uint8_t) (number >> (8 * (i - 1)));

        g_byte_array_append(to, &byte, 1);
    }
}

static void put_name(GByteArray *to, const char *name) {
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);

    for (char **label = labels; *label; label++) {
        put_number(to, (unsigned) strlen(*label), 1);
        g_byte_array_append(to, (const guint8 *) *label, (guint) strlen(*label));
    }
    put_number(to, 0, 1);
}

/* The name of the question, and where it ends; NULL: it is broken. */
static char *read_name(const uint8_t *message, size_t size, size_t *at) {
    GString *name = g_string_new(NULL);

    while (*at < size && message[*at] != 0 && *at + message[*at] < size) {
        g_string_append_printf(name, "%s%.*s", name->len > 0 ? "." : "", message[*at], (const char *) message + *at + 1);
        *at += message[*at] + 1u;
    }
    (*at)++;
    return g_string_free(name, *at + 4 > size);
}

static void put_record(GByteArray *to, const NameRecord *record) {
    GByteArray *data = g_byte_array_new();

    if (record->port == 0) {
        struct in_addr address;

        inet_pton(AF_INET, record->address, &address);
        g_byte_array_append(data, (const guint8 *) &address, sizeof(address));
    } else {
        put_number(data, record->priority, 2);
        put_number(data, 0, 2);
        put_number(data, record->port, 2);
        put_name(data, record->address);
    }
    put_name(to, record->name);
    put_number(to, record->port == 0 ? TYPE_A : TYPE_SRV, 2);
    put_number(to, 1, 2);
    put_number(to, 60, 4);
    put_number(to, data->len, 2);
    g_byte_array_append(to, data->data, data->len);
    g_byte_array_unref(data);
}

static GByteArray *answer(const NameServer *server, const uint8_t *question, size_t size) {
    size_t at = HEADER;
    g_autofree char *name = read_name(question, size, &at);
    unsigned type = name ? (unsigned) question[at] << 8 | question[at + 1] : 0, n = 0;
    GByteArray *message = g_byte_array_new(), *records = g_byte_array_new();
    bool known = false;

    for (const NameRecord *record = server->records; name && record->name; record++) {
        bool matches = g_ascii_strcasecmp(record->name, name) == 0;

        known = known || matches;
        if (!matches || type != (record->port == 0 ? TYPE_A : TYPE_SRV))
            continue;
        put_record(records, record);
        n++;
    }
    g_byte_array_append(message, question, 2);
    put_number(message, known ? 0x8580 : 0x8583, 2);
    put_number(message, name ? 1 : 0, 2);
    put_number(message, n, 2);
    put_number(message, 0, 4);
    if (name)
        g_byte_array_append(message, question + HEADER, (guint) (at + 4 - HEADER));
    g_byte_array_append(message, records->data, records->len);
    g_byte_array_unref(records);
    return message;
}

static gboolean on_question(int fd, GIOCondition condition, gpointer userdata) {
    uint8_t question[512];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    ssize_t n = recvfrom(fd, question, sizeof(question), MSG_DONTWAIT, (struct sockaddr *) &from, &size);
    GByteArray *message;

    if (n <= HEADER + 4)
        return G_SOURCE_CONTINUE;
    message = answer(userdata, question, (size_t) n);
    ck_assert_int_eq(sendto(fd, message->data, message->len, 0, (struct sockaddr *) &from, size), message->len);
    g_byte_array_unref(message);
    return G_SOURCE_CONTINUE;
}

NameServer *name_server_new(const NameRecord *records) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    NameServer *server = g_new0(NameServer, 1);

    server->records = records;
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_msg(bind(server->fd, (struct sockaddr *) &address, sizeof(address)) == 0, "%m");
    server->source = g_unix_fd_add(server->fd, G_IO_IN, on_question, server);
    return server;
}

NameServer *name_server_free(NameServer *server) {
    g_source_remove(server->source);
    close(server->fd);
    g_free(server);
    return NULL;
}
