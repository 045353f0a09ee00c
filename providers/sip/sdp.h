/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SDP: offers and answers for one voice (RFC 3264, RFC 4568). Pure: text and values in, text and values out.
 */
#pragma once

#include <glib.h>

#include "providers/media/stream.h"
#include "service/cleanup.h"

/* What SRTP is wanted on a line. */
typedef enum SdpEncryption {
    SDP_ENCRYPTION_NONE,     /* RTP/AVP only */
    SDP_ENCRYPTION_OFFERED,  /* RTP/AVP with a key offered: whoever can uses it */
    SDP_ENCRYPTION_REQUIRED, /* RTP/SAVP only */
} SdpEncryption;

/* What we bring. */
typedef struct SdpLocal {
    const char *address; /* numeric */
    uint16_t port;
    const Codec *codecs; /* in order of preference */
    size_t n_codecs;
    SdpEncryption encryption;
    bool sends, receives;
    uint64_t session; /* of the o= line: stays over the call */
} SdpLocal;

/* The negotiation of one call. */
typedef struct Sdp Sdp;

Sdp *sdp_new(void);
Sdp *sdp_free(Sdp *sdp);
DEFINE_CLEANUP(Sdp *, sdp_free)

/* A new offer of ours, to be freed; the version rises if it differs from what was said last. Keys are made once for a call. */
char *sdp_make_offer(Sdp *sdp, const SdpLocal *local);

/* The peer's answer to it. -EBADMSG: no SDP; -ENOTSUP: nothing in common; -EPROTO: it does not fit the offer. */
int sdp_take_answer(Sdp *sdp, const char *text, MediaAgreement *ret);

/* The peer's offer, and our answer to it, to be freed. Errors as above. */
int sdp_answer(Sdp *sdp, const SdpLocal *local, const char *offer, char **ret_answer, MediaAgreement *ret);

/* Does the peer hold us, by what it said last? */
bool sdp_is_held_by_peer(const Sdp *sdp);
