/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Way: from the name of a server to an address, and our own on the way there (RFC 3263). */
#pragma once

#include <glib.h>
#include <sys/socket.h>

#include "providers/sip/account.h"
#include "providers/sip/trouble.h"

typedef struct Way {
    struct sockaddr_storage to;
    socklen_t size;
    bool is_service; /* service records lead there */
} Way;

/* All there are, in the order in which they are to be tried; free with g_array_unref(). TROUBLE_NONE: at least one. Blocks: for threads
 * other than the main loop's. */
Trouble way_find(const SipHost *host, SipTransport transport, GArray **ret);

/* Numeric, to be freed. way_local() is NULL where there is no way. */
char *way_address(const Way *way);
uint16_t way_port(const Way *way);
char *way_local(const Way *way);

/* Our own on the way to that numeric address, or to anybody of IPv4 or IPv6; to be freed. NULL: there is no way. */
char *way_local_towards(const char *address);
char *way_local_usual(bool is_ipv6);
