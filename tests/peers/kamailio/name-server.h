/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NameServer: a name server in the loop of the test, at port 53 of 127.0.0.1, for tests with a network and mounts of their own. */
#pragma once

#include <stdint.h>

typedef struct NameRecord {
    const char *name;    /* "_sip._udp.example.net" */
    const char *address; /* of A; or, with a port, the host of SRV */
    uint16_t port;       /* 0: an A record */
    uint16_t priority;   /* of SRV: the least is tried first */
} NameRecord;

typedef struct NameServer NameServer;

/* All that it knows, until a record without a name. Everything else does not exist. */
NameServer *name_server_new(const NameRecord *records);
NameServer *name_server_free(NameServer *server);
