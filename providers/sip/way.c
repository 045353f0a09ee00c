/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Way: SRV records first, as the stack does it, then the name itself, wherever the system knows it from. */
#include "providers/sip/way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <netdb.h>
#include <string.h>

#define WAYS_MAX 8

/* From the documentation networks: nobody is there, but the way to them is the way to anybody. */
#define SOMEWHERE "192.0.2.1"
#define SOMEWHERE_6 "2001:db8::1"

static const struct {
    const char *service, *protocol;
    uint16_t port;
    int type;
} usual[_SIP_TRANSPORT_MAX] = {
    [SIP_TRANSPORT_UDP] = { "sip", "udp", 5060, SOCK_DGRAM },
    [SIP_TRANSPORT_TCP] = { "sip", "tcp", 5060, SOCK_STREAM },
    [SIP_TRANSPORT_TLS] = { "sips", "tcp", 5061, SOCK_STREAM },
};

static Trouble add_addresses(GArray *ways, const char *name, uint16_t port, int type, bool is_service) {
    const struct addrinfo hints = { .ai_socktype = type, .ai_flags = AI_NUMERICSERV };
    g_autofree char *service = g_strdup_printf("%u", port);
    struct addrinfo *list = NULL;
    int r = getaddrinfo(name, service, &hints, &list);

    if (r != 0)
        return r == EAI_NONAME || r == EAI_NODATA || r == EAI_ADDRFAMILY ? TROUBLE_NO_NAME : TROUBLE_NO_DNS;
    for (const struct addrinfo *info = list; info && ways->len < WAYS_MAX; info = info->ai_next) {
        Way way = { .size = (socklen_t) info->ai_addrlen, .is_service = is_service };

        memcpy(&way.to, info->ai_addr, info->ai_addrlen);
        g_array_append_val(ways, way);
    }
    freeaddrinfo(list);
    return TROUBLE_NONE;
}

/* Nothing, where there are no such records or nobody who tells. */
static void add_services(GArray *ways, const char *name, SipTransport transport) {
    GResolver *resolver = g_resolver_get_default();
    GList *targets = g_resolver_lookup_service(resolver, usual[transport].service, usual[transport].protocol, name, NULL, NULL);

    for (const GList *item = targets; item; item = item->next)
        add_addresses(ways, g_srv_target_get_hostname(item->data), g_srv_target_get_port(item->data), usual[transport].type,
                      /* is_service= */ true);
    g_resolver_free_targets(targets);
    g_object_unref(resolver);
}

/* Names of one label, of this machine and of the local network have no services. */
static bool may_have_services(const SipHost *host) {
    return host->port == 0 && !sip_host_is_numeric(host->name) && strchr(host->name, '.') && !g_str_has_suffix(host->name, ".local");
}

Trouble way_find(const SipHost *host, SipTransport transport, GArray **ret) {
    g_autoptr(GArray) ways = g_array_new(FALSE, FALSE, sizeof(Way));
    Trouble trouble = TROUBLE_NONE;

    if (may_have_services(host))
        add_services(ways, host->name, transport);
    if (ways->len == 0)
        trouble = add_addresses(ways, host->name, host->port ? host->port : usual[transport].port, usual[transport].type,
                                /* is_service= */ false);
    if (trouble == TROUBLE_NONE && ways->len == 0)
        trouble = TROUBLE_NO_NAME;
    if (trouble == TROUBLE_NONE)
        *ret = g_steal_pointer(&ways);
    return trouble;
}

static char *numeric(const struct sockaddr_storage *address) {
    char text[INET6_ADDRSTRLEN];

    if (address->ss_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *) address)->sin_addr, text, sizeof(text));
    else
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *) address)->sin6_addr, text, sizeof(text));
    return g_strdup(text);
}

char *way_address(const Way *way) {
    return numeric(&way->to);
}

uint16_t way_port(const Way *way) {
    if (way->to.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *) &way->to)->sin_port);
    return ntohs(((const struct sockaddr_in6 *) &way->to)->sin6_port);
}

/* To connect a datagram socket sends nothing, and tells which address the kernel would send from. */
char *way_local(const Way *way) {
    _cleanup_close_ int fd = socket(way->to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_storage local;
    socklen_t size = sizeof(local);

    if (fd < 0 || connect(fd, (const struct sockaddr *) &way->to, way->size) < 0)
        return NULL;
    if (getsockname(fd, (struct sockaddr *) &local, &size) < 0)
        return NULL;
    return numeric(&local);
}

char *way_local_towards(const char *address) {
    Way way = { 0 };
    struct sockaddr_in *in = (struct sockaddr_in *) &way.to;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &way.to;

    if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons(usual[SIP_TRANSPORT_UDP].port);
        way.size = sizeof(*in);
    } else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(usual[SIP_TRANSPORT_UDP].port);
        way.size = sizeof(*in6);
    } else
        return NULL;
    return way_local(&way);
}

char *way_local_usual(bool is_ipv6) {
    return way_local_towards(is_ipv6 ? SOMEWHERE_6 : SOMEWHERE);
}
