/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Path: what has to be known of a call's dialog to go on with it in another handle, or from another address (RFC 3261, 12): who is who,
 * the way to the peer, and the number of the last request.
 */
#pragma once

#include <sofia-sip/sip.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Path {
    char *local, *remote; /* "\"Alice\" <sip:alice@example.org>;tag=1" */
    char *routes;         /* Record-Route as whoever began the dialog would have got it, a header in one line; NULL: none */
    char *first_route;    /* the URI of the first one on the way to the peer; NULL: none */
    char *target;         /* the URI of the peer's Contact */
    uint32_t number;      /* the highest CSeq of ours that was answered */
    bool has_routes;      /* they are known, and stay */
} Path;

void path_clear(Path *path);

/* What a message of the peer tells. */
void path_learn(Path *path, const sip_t *sip);

/* Is all of it known? */
bool path_is_whole(const Path *path);

/* A CSeq that none of our requests in this dialog has had. */
uint32_t path_next_number(const Path *path);
