/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Probe: is anybody there? Looks a name up, connects, and looks at a certificate, in a thread of its own, so that nothing waits for it.
 * The SIP stack would find out the same, but tells it late, and not why.
 */
#pragma once

#include "providers/sip/account.h"
#include "providers/sip/trouble.h"

typedef enum ProbeDepth {
    PROBE_WAY,  /* the name, and the way there: nothing is sent but to name servers */
    PROBE_ALL,  /* a connection and, with TLS, the certificate; with UDP an empty line, which SIP ignores */
} ProbeDepth;

/* What is probed. Valid during the call only. */
typedef struct ProbeTarget {
    SipHost host;
    SipTransport transport;
    const char *ca_file; /* NULL: those of the system */
    ProbeDepth depth;
} ProbeTarget;

/* What was found. NULL is what is not known. Valid during the callback only. */
typedef struct ProbeResult {
    Trouble trouble;     /* TROUBLE_NONE: nothing is wrong, as far as that can be told */
    const char *detail;  /* more words */
    const char *address; /* numeric, of who was found or, of those in trouble, asked first */
    uint16_t port;
    bool is_service;     /* service records lead to it */
    const char *local;   /* numeric: our own on the way there */
    const char *const *addresses; /* numeric: all that may be found there */
} ProbeResult;

typedef struct Probe Probe;
typedef void (*ProbeDone)(const ProbeResult *result, void *userdata);

/* Calls back once, from the main loop, within some seconds; the probe is to be freed then, or before: then it does not. */
Probe *probe_new(const ProbeTarget *target, ProbeDone done, void *userdata);
Probe *probe_free(Probe *probe);
DEFINE_CLEANUP(Probe *, probe_free)
