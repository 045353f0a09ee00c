/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Direct: lines without a registrar that call each other on a loopback address. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/conformance/sip-races.h"
#include "tests/conformance/sip-way.h"

static char host[16], listen_at[24]; /* of this process: tests run beside each other */

void sip_way_begin(GPtrArray *settings) {
    unsigned pid = (unsigned) getpid();

    g_snprintf(host, sizeof(host), "127.%u.%u.%u", 1 + (pid >> 16) % 15, pid >> 8 & 255, pid & 255);
    g_snprintf(listen_at, sizeof(listen_at), "%s:5060", host);
    g_ptr_array_add(settings, (void *) "Listen");
    g_ptr_array_add(settings, listen_at);
    g_ptr_array_add(settings, (void *) "Domain");
    g_ptr_array_add(settings, host);
}

void sip_way_end(void) {
}

/* The peer of the races speaks UDP, and in the clear. */
void sip_way_add_cases(Suite *suite) {
    if (strcmp(TRANSPORT, "udp") == 0 && !ENCRYPTED) {
        add_race_cases(suite);
        add_edge_cases(suite);
        add_voice_cases(suite);
    } else
        printf("# not applicable: races: all: lacks a peer of that kind\n");
}

const char *sip_lines_host(void) {
    return host;
}
