/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipScene: the usual people, and a peer that says every message by itself. */
#pragma once

#include "tests/conformance/scene.h"
#include "tests/conformance/sip-peer.h"

extern SipPeer *peer;

void scene_peer(void);
void leave_peer(void);

/* Alice dials the peer, which has the INVITE, rings, or has answered. */
Seen *dial_peer(void);
Seen *ring_peer(void);
Seen *talk_to_peer(void);

/* The peer calls Bob: with further header lines and that description (NULL: none), and rings there, or is answered. */
Seen *peer_rings_with(const char *more, const char *sdp);
Seen *peer_rings(void);
Seen *peer_talks(void);
