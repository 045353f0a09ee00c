/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mirror: a datagram socket. What comes to it is ours, so a look at the beginnings of its lines is enough. */
#include "providers/sip/mirror.h"

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

struct Mirror {
    GSocket *socket;
    GSource *source;
    char *call_id, *headers, *uri;
};

/* What an answer repeats (RFC 3261, 8.2.6.2). */
static bool is_repeated(const char *line) {
    static const char *const names[] = { "Via:", "From:", "To:", "Call-ID:", "CSeq:" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strncasecmp(line, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

static char *make_answer(const Mirror *mirror, const char *request) {
    GString *answer = g_string_new("SIP/2.0 200 OK\r\n");
    g_auto(GStrv) lines = g_strsplit(request, "\r\n", 0);

    for (char **line = lines; *line && **line; line++)
        if (is_repeated(*line))
            g_string_append_printf(answer, "%s\r\n", *line);
    g_string_append_printf(answer, "%sContent-Length: 0\r\n\r\n", mirror->headers);
    return g_string_free(answer, FALSE);
}

static gboolean on_readable(GSocket *socket, GIOCondition condition, void *userdata) {
    const Mirror *mirror = userdata;
    g_autoptr(GSocketAddress) from = NULL;
    g_autofree char *answer = NULL;
    char request[8192];
    gssize n = g_socket_receive_from(socket, &from, request, sizeof(request) - 1, NULL, NULL);

    if (n <= 0)
        return G_SOURCE_CONTINUE;
    request[n] = '\0';
    if (!g_str_has_prefix(request, "INVITE ") || !strstr(request, mirror->call_id))
        return G_SOURCE_CONTINUE;
    answer = make_answer(mirror, request);
    g_socket_send_to(socket, from, answer, strlen(answer), NULL, NULL);
    return G_SOURCE_CONTINUE;
}

static GSocket *listen_at(const char *address) {
    g_autoptr(GInetAddress) local = g_inet_address_new_from_string(address);
    g_autoptr(GSocketAddress) any_port = local ? g_inet_socket_address_new(local, 0) : NULL;
    g_autoptr(GSocket) socket = NULL;

    if (local)
        socket = g_socket_new(g_inet_address_get_family(local), G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP, NULL);
    if (!socket || !g_socket_bind(socket, any_port, FALSE, NULL))
        return NULL;
    g_socket_set_blocking(socket, FALSE);
    return g_steal_pointer(&socket);
}

static char *uri_of(GSocket *socket, const char *address) {
    g_autoptr(GSocketAddress) bound = g_socket_get_local_address(socket, NULL);
    unsigned port = bound ? g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound)) : 0;

    return g_strdup_printf(strchr(address, ':') ? "sip:[%s]:%u;transport=udp" : "sip:%s:%u;transport=udp", address, port);
}

Mirror *mirror_new(const char *address, const char *call_id, const char *headers) {
    GSocket *socket = listen_at(address);
    Mirror *mirror;

    if (!socket)
        return NULL;
    mirror = g_new0(Mirror, 1);
    mirror->socket = socket;
    mirror->call_id = g_strdup(call_id);
    mirror->headers = g_strdup(headers);
    mirror->uri = uri_of(socket, address);
    mirror->source = g_socket_create_source(socket, G_IO_IN, NULL);
    g_source_set_callback(mirror->source, (GSourceFunc) (void (*)(void)) on_readable, mirror, NULL);
    g_source_attach(mirror->source, NULL);
    return mirror;
}

Mirror *mirror_free(Mirror *mirror) {
    if (!mirror)
        return NULL;
    g_source_destroy(mirror->source);
    g_source_unref(mirror->source);
    g_object_unref(mirror->socket);
    g_free(mirror->call_id);
    g_free(mirror->headers);
    g_free(mirror->uri);
    g_free(mirror);
    return NULL;
}

const char *mirror_uri(const Mirror *mirror) {
    return mirror->uri;
}
