/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cipher: SRTP and SRTCP (RFC 3711) one way, with a key that both ends agreed on. */
#pragma once

#include "providers/media/stream.h"
#include "providers/media/transport.h"

typedef struct Cipher Cipher;

/* Valid during the call only. */
typedef void (*CipherOutput)(Channel channel, const uint8_t *data, size_t size, void *userdata);

const char *srtp_suite_to_string(SrtpSuite suite); /* as in SDP; "none" */

/* -EOPNOTSUPP: it is not installed. */
int cipher_new(const SrtpKey *key, bool protects, CipherOutput output, void *userdata, Cipher **ret);
Cipher *cipher_free(Cipher *cipher);

/* What it makes of it comes out before this is over; nothing does of what is not of the peer. */
void cipher_put(Cipher *cipher, Channel channel, const uint8_t *data, size_t size);
