/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SIPp: a peer that sends exactly what a test says, and fails if it gets anything else. Its scenario is written like this, a step each:
 *
 *     "< INVITE"                            that request comes
 *     "> 183 Session Progress\nsdp"         this answer goes out, with a description of a voice
 *     "> 180 Ringing\nRequire: 100rel\nRSeq: 1"   with further headers
 *     "!> 200 OK\nsdp"                      an answer to the INVITE, although something else came last
 *     "!> 200 OK @two\nsdp"                 another one, as if somebody else had answered it, too
 *     "< ACK"
 *     "wait 200"                            milliseconds
 *     "> BYE\nReason: Q.850;cause=16"       a request of its own in the dialog
 *     "< 200"                               its answer
 *     "<? 100"                              an answer that may come, or not
 *     "< BYE\n?Reason: .*cause=16"          what comes has a header that matches
 *
 * Whatever else comes is not looked at, and fails the test, unless something was repeated, as on a busy machine.
 *
 * As a caller it begins with "> INVITE\nsdp". "sdp" may have other lines behind it, which are then the description itself, but for
 * [local_ip] and so on, which SIPp knows.
 */
#pragma once

#include "tests/peers/peer.h"

typedef struct SippOptions {
    unsigned address;          /* PEER_FIRST and so on; 0 is PEER_FIRST */
    const char *target;        /* of a caller: "127.0.0.1:5060"; NULL: it is called */
    const char *user;          /* of a caller: the user part of whom it calls */
    const char *const *steps;  /* NULL-terminated */
    unsigned calls;            /* 0: 1 */
    unsigned rate;             /* calls per second; 0: 10 */
    unsigned limit;            /* calls at the same time; 0: no limit of ours */
    const char *transport;     /* of SIPp: "u1" (the default), "t1" */
} SippOptions;

#define SIPP_PORT 5060

/* Whoever is called listens at the return. */
Peer *sipp_start(const SippOptions *options);

/* "sip:USER@ADDRESS:PORT", to be freed. */
char *sipp_uri(unsigned address, const char *user);

/* Until all of its calls are over, as they should be. */
void sipp_await(Peer *sipp);

/* How many messages that begin so have come, not counting what UDP repeats. */
unsigned sipp_count(const Peer *sipp, const char *begin);

/* Whether something came that it did not expect; fails the test if so. Of many calls nothing is known. */
bool sipp_is_surprised(const Peer *sipp);
void sipp_expect_no_surprise(const Peer *sipp);

/* All messages that it sent and received so far, to be freed. */
char *sipp_messages(const Peer *sipp);

/* The scenario, as SIPp reads it, to be freed. */
char *sipp_scenario(const char *const *steps, bool is_caller, const char *user);
