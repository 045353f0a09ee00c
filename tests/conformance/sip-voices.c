/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voices: what is agreed of them, and whose they are when a call changes its peer, against a peer that says every message by itself. */
#include <string.h>

#include "tests/conformance/sip-races.h"
#include "tests/conformance/sip-scene.h"
#include "tests/conformance/suite.h"

/* ---- Offers ---- */

/* Our offer goes out with the answer to the call: what comes before that is not about it. */
START_TEST(a_prack_before_our_offer_is_no_answer) {
    Seen *in = peer_rings_with("Require: 100rel\r\n", NULL);
    g_autofree char *number = NULL, *cseq = NULL, *rack = NULL;
    Answer *answered;

    sip_peer_await(peer, "SIP/2.0 180 ", "INVITE");
    number = sip_peer_header(peer, "RSeq");
    cseq = sip_peer_header(peer, "CSeq");
    ck_assert_ptr_nonnull(number);
    rack = g_strdup_printf("RAck: %s %s\r\n", number, cseq);
    answered = ASK(handle_answer, in->handle);
    sip_peer_expect_none(peer, "SIP/2.0 200 ", 100);
    sip_peer_request(peer, "PRACK", rack, NULL, NULL);
    while (!strstr(sip_peer_await(peer, "SIP/2.0 200 ", NULL), "\r\nm=audio "))
        ;
    sip_peer_request(peer, "ACK", NULL, "application/sdp", PEER_SDP_HELD);
    expect_done(answered);
    expect_last_state(in, "connected/active-held");
}
END_TEST

void add_voice_cases(Suite *suite) {
    TCase *tcase = world_case(suite, "voices");

    tcase_add_checked_fixture(tcase, scene_peer, leave_peer);
    tcase_add_test(tcase, a_prack_before_our_offer_is_no_answer);
}
