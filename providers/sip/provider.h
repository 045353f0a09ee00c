/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sip: lines of any SIP registrar or PBX, and lines that call each other directly. */
#pragma once

#include <glib.h>

#include "service/cleanup.h"
#include "service/provider.h"

typedef struct Sip Sip;
typedef struct Guests Guests;         /* guests.h */
typedef struct SipPool SipPool;       /* stack.h */
typedef struct TlsFolders TlsFolders; /* tls-folder.h */

extern const ProviderOps sip_ops;

/* What provider_new() takes as `data`. */
Sip *sip_new(void);

/* After provider_free(). */
Sip *sip_free(Sip *sip);
DEFINE_CLEANUP(Sip *, sip_free)

/* For the other parts of the provider. */
Provider *sip_provider(const Sip *sip);
GPtrArray *sip_lines(const Sip *sip); /* of SipLine */
SipPool *sip_pool(const Sip *sip);
Guests *sip_guests(const Sip *sip);
TlsFolders *sip_tls_folders(const Sip *sip);
