/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Digest: answers to the challenges of registrars and proxies (RFC 3261, RFC 7616, RFC 8760) with SHA-256 or MD5, instead of
 * the stack's own, which knows MD5 only. The strongest of several challenges is answered.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum DigestAlgorithm {
    DIGEST_NONE, /* one that is unknown here */
    DIGEST_MD5,
    DIGEST_SHA256,
} DigestAlgorithm;

/* A challenge, and what is answered with. NULL text is what was not given. All of it without quotation marks. */
typedef struct DigestChallenge {
    DigestAlgorithm algorithm;
    const char *algorithm_name; /* as the challenge has it; NULL: MD5 */
    bool session;               /* "-sess" */
    const char *realm, *nonce, *opaque;
    bool has_qop, auth, auth_int; /* "auth" and "auth-int" of the qop list */
} DigestChallenge;

/* Tells the stack, once in a process. */
void digest_register(void);

/* Has a challenge as the stack gives it: parameters such as `realm="example.org"`, NULL-terminated. The texts are to be freed with
 * digest_challenge_clear(). False: it is none that can be answered. */
bool digest_challenge_parse(const char *const *parameters, DigestChallenge *ret);
void digest_challenge_clear(DigestChallenge *challenge);

/* Its realm alone, to be freed: NULL. */
char *digest_realm(const char *const *parameters);

/* The response of RFC 7616 3.4.1, in hex, to be freed. */
char *digest_response(const DigestChallenge *challenge, const char *user, const char *password, const char *method, const char *uri,
                      const char *body, size_t body_size, const char *cnonce, unsigned count);

/* A user or a password as the stack takes it in "Digest:REALM:USER:PASSWORD": what would end it there is escaped. To be freed. */
char *digest_escape(const char *text);
