/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Kamailio: a registrar and proxy of its own for each test, on a loopback address of its own.
 *
 * Users alice, bob and carol have the password "secret"; "nobody" is unknown (404), "banned" is refused (403 Ask Your Provider), "brief" has to
 * take two minutes (423), "later" is asked to come back in 3 s once (503), "mute" gets no answer. Bob is told of 3 voice messages whenever he registers.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "service/cleanup.h"

#define KAMAILIO_PASSWORD "secret"

/* What certificate it shows. */
typedef enum KamailioCertificate {
    KAMAILIO_NO_TLS,
    KAMAILIO_GOOD,       /* of lab.test, by the authority of kamailio_ca_file() */
    KAMAILIO_OTHER_NAME, /* of other.test */
    KAMAILIO_OTHER_CA,   /* by one that nobody trusts */
    KAMAILIO_EXPIRED,
} KamailioCertificate;

typedef struct KamailioOptions {
    bool sha256; /* digest by SHA-256, not MD5 */
    bool ipv6;   /* on ::1 */
    KamailioCertificate certificate;
} KamailioOptions;

typedef struct Kamailio Kamailio;

/* Fails the test if it does not start. It ends with the process that started it, in any case. */
Kamailio *kamailio_start(const KamailioOptions *options);
Kamailio *kamailio_free(Kamailio *kamailio);
DEFINE_CLEANUP(Kamailio *, kamailio_free)

/* Ends it, as if it had crashed: all that was registered is forgotten; and starts it again at the same place. */
void kamailio_kill(Kamailio *kamailio);
void kamailio_start_again(Kamailio *kamailio);

const char *kamailio_host(const Kamailio *kamailio); /* "127.1.2.3" or "[::1]" */
uint16_t kamailio_port(const Kamailio *kamailio);    /* of UDP and TCP */
uint16_t kamailio_tls_port(const Kamailio *kamailio);
const char *kamailio_ca_file(const Kamailio *kamailio);
const char *kamailio_folder(const Kamailio *kamailio); /* temporary, for what else a test needs */

/* How many requests of a method it has logged, not counting what UDP repeats. */
unsigned kamailio_count(const Kamailio *kamailio, const char *method);
