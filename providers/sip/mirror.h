/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Mirror: answers one INVITE of our own in place of the peer. The stack knows dialogs only that it began or was called in, and goes its own
 * way with their requests, one after the other; so it is led to believe that it begins one.
 */
#pragma once

#include "service/cleanup.h"

typedef struct Mirror Mirror;

/* At that numeric address of ours. What the peer would say in its 200, in whole lines. NULL: there is no way to listen. */
Mirror *mirror_new(const char *address, const char *call_id, const char *headers);
Mirror *mirror_free(Mirror *mirror);

const char *mirror_uri(const Mirror *mirror);
