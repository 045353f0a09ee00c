/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Crypto: the keys of SRTP as SDP carries them, a=crypto (RFC 4568). Pure, but for the random bits. */
#pragma once

#include "providers/media/stream.h"

/* One line of it. */
typedef struct CryptoLine {
    unsigned tag;
    SrtpKey key;
} CryptoLine;

void crypto_make_key(SrtpSuite suite, SrtpKey *ret);

/* "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|LIFETIME". -EBADMSG: broken. -EOPNOTSUPP: of a kind that we can't: another suite, several keys, a
 * key identifier (MKI), or session parameters that change something. */
int crypto_parse(const char *value, CryptoLine *ret);

/* To be freed. */
char *crypto_format(const CryptoLine *line);
