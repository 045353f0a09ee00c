/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Switch: reads as much of a message as it needs, and writes the rest down again. */
#include "tests/peers/switch.h"

#include <arpa/inet.h>
#include <check.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct Switch {
    int fd;
    guint source;
    struct sockaddr_in own, peer; /* whoever subscribed last */
    int subscribe_status;
    unsigned granted_s;
    bool is_quiet, knows_options;
    char *body;
    char *to, *from, *call_id, *contact; /* of the subscription, as its SUBSCRIBE had them */
    unsigned cseq, accepted;
    GHashTable *counts; /* of requests, by method */
    GHashTable *seen;   /* methods and Via of those that came: what UDP repeats has both again */
};

/* The header's line without its name, to be freed; NULL: there is none. */
static char *header(const char *message, const char *name) {
    g_autofree char *key = g_strdup_printf("\r\n%s: ", name);
    const char *at = strstr(message, key), *end = at ? strstr(at + 2, "\r\n") : NULL;

    return end ? g_strndup(at + strlen(key), (gsize) (end - at) - strlen(key)) : NULL;
}

static void send_text(const Switch *with, const struct sockaddr_in *to, const char *text) {
    ck_assert_int_eq(sendto(with->fd, text, strlen(text), 0, (const struct sockaddr *) to, sizeof(*to)), (ssize_t) strlen(text));
}

static void answer(const Switch *with, const char *request, const struct sockaddr_in *to, int status, const char *more) {
    g_autofree char *via = header(request, "Via"), *from = header(request, "From"), *dest = header(request, "To");
    g_autofree char *call_id = header(request, "Call-ID"), *cseq = header(request, "CSeq"), *text = NULL;

    text = g_strdup_printf("SIP/2.0 %d Switch Says\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n%s"
                           "Content-Length: 0\r\n\r\n",
                           status, via, from, dest, strstr(dest, ";tag=") ? "" : ";tag=switch", call_id, cseq, more);
    send_text(with, to, text);
}

void switch_notify(Switch *with, const char *body) {
    char address[INET_ADDRSTRLEN];
    g_autofree char *uri = NULL, *text = NULL;

    ck_assert_ptr_nonnull(with->contact);
    inet_ntop(AF_INET, &with->own.sin_addr, address, sizeof(address));
    uri = g_strndup(with->contact + 1, strcspn(with->contact + 1, ">"));
    with->cseq++;
    text = g_strdup_printf("NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%u;branch=z9hG4bKswitch%u\r\nMax-Forwards: 70\r\n"
                           "From: %s;tag=switch\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u NOTIFY\r\nContact: <sip:switch@%s:%u>\r\n"
                           "Event: message-summary\r\nSubscription-State: active;expires=600\r\n"
                           "Content-Type: application/simple-message-summary\r\nContent-Length: %zu\r\n\r\n%s",
                           uri, address, ntohs(with->own.sin_port), with->cseq, with->to, with->from, with->call_id, with->cseq,
                           address, ntohs(with->own.sin_port), strlen(body), body);
    send_text(with, &with->peer, text);
}

static void replace(char **text, char *by) {
    g_free(*text);
    *text = by;
}

static void on_subscribe(Switch *with, const char *message, const struct sockaddr_in *from, bool is_new) {
    char address[INET_ADDRSTRLEN];
    g_autofree char *contact = NULL, *to = header(message, "To");

    inet_ntop(AF_INET, &with->own.sin_addr, address, sizeof(address));
    contact = g_strdup_printf("Contact: <sip:switch@%s:%u>\r\nExpires: 600\r\n", address, ntohs(with->own.sin_port));
    answer(with, message, from, with->subscribe_status, with->subscribe_status < 300 ? contact : "");
    if (!is_new || with->subscribe_status >= 300 || strstr(to, ";tag="))
        return;
    replace(&with->to, g_steal_pointer(&to));
    replace(&with->from, header(message, "From"));
    replace(&with->call_id, header(message, "Call-ID"));
    replace(&with->contact, header(message, "Contact"));
    with->peer = *from;
    switch_notify(with, with->body);
}

/* Whether it is a new one, and not one that is repeated because the answer took its time. */
static bool count_request(Switch *with, const char *method, const char *message) {
    g_autofree char *via = header(message, "Via");
    unsigned *count = g_hash_table_lookup(with->counts, method);

    if (!g_hash_table_add(with->seen, g_strdup_printf("%s %s", method, via)))
        return false;
    if (!count) {
        count = g_new0(unsigned, 1);
        g_hash_table_insert(with->counts, g_strdup(method), count);
    }
    (*count)++;
    return true;
}

static void on_message(Switch *with, const char *message, const struct sockaddr_in *from) {
    g_autofree char *method = g_strndup(message, strcspn(message, " ")), *contact = header(message, "Contact"), *more = NULL;
    bool is_new;

    if (g_str_has_prefix(message, "SIP/2.0 ")) {
        with->accepted += g_str_has_prefix(message, "SIP/2.0 200 ");
        return;
    }
    is_new = count_request(with, method, message);
    more = g_strdup_printf("Contact: %s\r\nExpires: %u\r\n", contact, with->granted_s);
    if (with->is_quiet)
        return;
    if (strcmp(method, "OPTIONS") == 0 && with->knows_options)
        answer(with, message, from, 404, "");
    else if (strcmp(method, "REGISTER") == 0)
        answer(with, message, from, 200, more);
    else if (strcmp(method, "SUBSCRIBE") == 0)
        on_subscribe(with, message, from, is_new);
}

static gboolean on_readable(int fd, GIOCondition condition, gpointer userdata) {
    char buffer[4096];
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    ssize_t n = recvfrom(fd, buffer, sizeof(buffer) - 1, MSG_DONTWAIT, (struct sockaddr *) &from, &size);

    if (n > 8) {
        buffer[n] = '\0';
        on_message(userdata, buffer, &from);
    }
    return G_SOURCE_CONTINUE;
}

Switch *switch_new(const char *address, int subscribe_status, const char *body) {
    Switch *with = g_new0(Switch, 1);
    socklen_t size = sizeof(with->own);

    with->subscribe_status = subscribe_status;
    with->granted_s = 600;
    with->body = g_strdup(body);
    with->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    with->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    with->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    with->own.sin_family = AF_INET;
    inet_pton(AF_INET, address, &with->own.sin_addr);
    ck_assert_int_eq(bind(with->fd, (struct sockaddr *) &with->own, size), 0);
    ck_assert_int_eq(getsockname(with->fd, (struct sockaddr *) &with->own, &size), 0);
    with->source = g_unix_fd_add(with->fd, G_IO_IN, on_readable, with);
    return with;
}

Switch *switch_free(Switch *with) {
    g_source_remove(with->source);
    close(with->fd);
    g_hash_table_unref(with->counts);
    g_hash_table_unref(with->seen);
    g_free(with->body);
    g_free(with->to);
    g_free(with->from);
    g_free(with->call_id);
    g_free(with->contact);
    g_free(with);
    return NULL;
}

void switch_set_options(Switch *with, bool knows) {
    with->knows_options = knows;
}

void switch_set_granted(Switch *with, unsigned seconds) {
    with->granted_s = seconds;
}

void switch_set_quiet(Switch *with, bool quiet) {
    with->is_quiet = quiet;
}

uint16_t switch_port(const Switch *with) {
    return ntohs(with->own.sin_port);
}

unsigned switch_count(const Switch *with, const char *method) {
    const unsigned *count = g_hash_table_lookup(with->counts, method);

    return count ? *count : 0;
}

unsigned switch_count_accepted(const Switch *with) {
    return with->accepted;
}
