/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipPeer: one end of one call by UDP, every message of which the test says itself. */
#pragma once

#include <stdint.h>

typedef struct SipPeer SipPeer;

#define PEER_SDP_OF(codec)                                                                                         \
    "v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP " codec "\r\n"
#define PEER_SDP PEER_SDP_OF("0")
#define PEER_SDP_HELD PEER_SDP "a=sendonly\r\n"
#define PEER_SDP_STRANGE PEER_SDP_OF("99") "a=rtpmap:99 nobody/8000\r\n"

/* On the address of the lines; calls the line with that number. */
SipPeer *sip_peer_new(const char *address, const char *number);
SipPeer *sip_peer_free(SipPeer *peer);

/* What one dials to reach it. */
const char *sip_peer_uri(const SipPeer *peer);

/* Its Contact names that place, and not its own. */
void sip_peer_set_contact(SipPeer *peer, const char *uri);

/* The lines are at another address now. */
void sip_peer_follow(SipPeer *peer, const char *address);

/* Waits for the next message that begins so ("INVITE ", "SIP/2.0 200 ") and, if `method` is not NULL, is of that method by its CSeq. What
 * comes before it is left out. Valid until the next one. */
const char *sip_peer_await(SipPeer *peer, const char *begin, const char *method);

/* The next message is one that begins so. */
const char *sip_peer_expect(SipPeer *peer, const char *begin);

/* Nothing that begins so comes for a while. */
void sip_peer_expect_none(SipPeer *peer, const char *begin, unsigned ms);

/* Takes leave: agrees to every BYE that comes for a while. */
void sip_peer_part(SipPeer *peer, unsigned ms);

/* A response to the last request of that method; `more` are whole header lines, the body is SDP; NULL: none. The tag is ours, but for
 * a fork's ("" for the usual one). */
void sip_peer_respond(SipPeer *peer, const char *method, int status, const char *more, const char *sdp);
void sip_peer_respond_as(SipPeer *peer, const char *tag, const char *method, int status, const char *more, const char *sdp);

/* A request in the dialog, or the INVITE that begins it. An ACK and a CANCEL are of the last INVITE. */
void sip_peer_request(SipPeer *peer, const char *method, const char *more, const char *type, const char *body);

/* The same request once more, as if the answer had been lost. */
void sip_peer_repeat(SipPeer *peer);

/* A whole message by hand: "%h" in it is the place of the peer. */
void sip_peer_say(SipPeer *peer, const char *text);

/* A header of the last message, to be freed; NULL: it has none. */
char *sip_peer_header(const SipPeer *peer, const char *name);
