/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keepalive: asks the registrar now and then how it is (OPTIONS), so that a router on the way does not forget where calls are to go, and so
 * that a registrar which is not there any more is noticed long before the registration ends.
 */
#pragma once

#include "providers/sip/line.h"

typedef struct Keepalive Keepalive;

/* A registrar that used to answer does not. Told once until it answers again. The keepalive may be freed then. */
typedef void (*KeepaliveLost)(void *userdata);

/* For a line that is registered. NULL: the account wants none. */
Keepalive *keepalive_new(SipLine *line, KeepaliveLost lost, void *userdata);
Keepalive *keepalive_free(Keepalive *keepalive);
