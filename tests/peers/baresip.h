/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * baresip: a telephone. It says a tone, records what it hears and what it says, and does what it is told over a socket.
 *
 * It sends its sound from 127.0.0.1 whatever its own address is, so it lives there, on a port of its own.
 */
#pragma once

#include "tests/peers/peer.h"
#include "tests/peers/sound.h"

typedef struct Baresip Baresip;

typedef struct BaresipOptions {
    const char *user;
    unsigned hz;             /* of its tone; 0: 440 */
    bool answers;            /* by itself */
    const char *registrar;   /* "127.0.0.1:5060", or NULL */
    const char *password;
    const char *parameters;  /* further ones of its account: ";mediaenc=srtp" */
} BaresipOptions;

/* What its tone has in its own recording, in dBFS. */
#define BARESIP_TONE_DB (-10.0)

Baresip *baresip_start(const BaresipOptions *options);
Baresip *baresip_free(Baresip *baresip); /* ends it */
Peer *baresip_peer(const Baresip *baresip);

const char *baresip_uri(const Baresip *baresip);

/* "dial" with "sip:...", "accept", "hangup", "hold", "resume", "transfer" with an address, "sndcode" with a digit. */
void baresip_command(Baresip *baresip, const char *command, const char *parameters);

/* An event of that type ("CALL_ESTABLISHED") with that text in it (NULL: any), not one that was waited for before. The event, valid until
 * the end of the test. */
const char *baresip_await(Baresip *baresip, const char *type, const char *text);
bool baresip_has_event(Baresip *baresip, const char *type, const char *text);

/* What it heard of its newest call, and said; NULL: nothing. */
Sound *baresip_heard(const Baresip *baresip);
Sound *baresip_said(const Baresip *baresip);
