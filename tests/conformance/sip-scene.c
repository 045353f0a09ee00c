/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipScene: Alice and Bob on their lines, and the peer. */
#include "tests/conformance/sip-scene.h"

#include "tests/conformance/sip-races.h"

SipPeer *peer;

void scene_peer(void) {
    scene_people();
    peer = sip_peer_new(sip_lines_host(), "101");
}

/* A BYE without an answer would hold up the end of the world for a second. */
void leave_peer(void) {
    clear_all();
    sip_peer_part(peer, 60);
    sip_peer_free(peer);
}

/* ---- Alice calls the peer ---- */

Seen *dial_peer(void) {
    Seen *out = person_dials(alice, 0, sip_peer_uri(peer));

    sip_peer_await(peer, "INVITE ", NULL);
    return out;
}

Seen *ring_peer(void) {
    Seen *out = dial_peer();

    sip_peer_respond(peer, "INVITE", 180, NULL, NULL);
    expect_states(out, "dialing ringback");
    return out;
}

Seen *talk_to_peer(void) {
    Seen *out = ring_peer();

    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_await(peer, "ACK ", NULL);
    expect_states(out, "dialing ringback connected");
    return out;
}

/* The peer calls Bob. */
Seen *peer_rings_with(const char *more, const char *sdp) {
    sip_peer_request(peer, "INVITE", more, sdp ? "application/sdp" : NULL, sdp);
    return await_call(bob);
}

Seen *peer_rings(void) {
    Seen *in = peer_rings_with(NULL, PEER_SDP);

    sip_peer_await(peer, "SIP/2.0 180 ", "INVITE");
    return in;
}

Seen *peer_talks(void) {
    Seen *in = peer_rings();

    DO(handle_answer, in->handle);
    sip_peer_await(peer, "SIP/2.0 200 ", "INVITE");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    expect_states(in, "offering connected");
    return in;
}
