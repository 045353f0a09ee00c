/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SDP: any text as an offer, as an answer, and as both in one call. The first byte tells how we encrypt. */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "providers/sip/sdp.h"
#include "tests/fuzz/fuzz.h"

static const Codec codecs[] = { CODEC_OPUS, CODEC_G722, CODEC_PCMA, CODEC_PCMU };

static SdpLocal local_of(uint8_t byte) {
    return (SdpLocal){
        .address = byte & 4 ? "2001:db8::1" : "192.0.2.1",
        .port = 4000,
        .codecs = codecs,
        .n_codecs = G_N_ELEMENTS(codecs),
        .encryption = byte % (SDP_ENCRYPTION_REQUIRED + 1),
        .sends = !(byte & 8),
        .receives = !(byte & 16),
        .session = 1,
    };
}

static void check_heard(const MediaAgreement *agreement) {
    bool has_voice = false;

    must(agreement->n_heard <= MEDIA_HEARD_MAX, "%zu numbers", agreement->n_heard);
    for (size_t i = 0; i < agreement->n_heard; i++) {
        const MediaFormat *format = &agreement->heard[i];

        must(format->payload < 128 && format->codec >= 0 && format->codec < _CODEC_MAX, "payload %u that comes", format->payload);
        has_voice |= !format->is_event && format->codec == agreement->codec;
        for (size_t j = 0; j < i; j++)
            must(format->payload != agreement->heard[j].payload, "payload %u twice", format->payload);
    }
    must(has_voice, "the voice that is sent would not be heard");
}

static void check_agreement(const SdpLocal *local, const MediaAgreement *agreement) {
    uint8_t bytes[sizeof(struct in6_addr)];

    must(inet_pton(strchr(local->address, ':') ? AF_INET6 : AF_INET, agreement->address, bytes) == 1, "to '%s'", agreement->address);
    must(agreement->port > 0 && agreement->rtcp_port > 0, "no port");
    must(agreement->payload < 128 && agreement->telephone_event < 128, "payload %u", agreement->payload);
    must(agreement->codec >= 0 && agreement->codec < _CODEC_MAX, "codec %d", agreement->codec);
    check_heard(agreement);
    must(agreement->ptime_ms >= 10 && agreement->ptime_ms <= 60, "%u ms", agreement->ptime_ms);
    must((!agreement->sends || local->sends) && (!agreement->receives || local->receives), "more than we wanted");
    must(agreement->local.suite == agreement->remote.suite, "one is encrypted, the other is not");
    must(local->encryption != SDP_ENCRYPTION_REQUIRED || agreement->local.suite != SRTP_NONE, "it is not encrypted");
    must(local->encryption != SDP_ENCRYPTION_NONE || agreement->local.suite == SRTP_NONE, "it is encrypted");
}

static void check_ours(const char *text, size_t input) {
    must(g_str_has_prefix(text, "v=0\r\no=- 1 "), "we say '%s'", text);
    must(g_str_has_suffix(text, "\r\n") && !strstr(text, "\r\n\r\n") && !strstr(text, "\nb="), "we say '%s'", text);
    must(strlen(text) < 2 * input + 2048, "%zu bytes for %zu", strlen(text), input);
}

/* What answers an offer is understood by whoever offers. */
static void check_answered(const SdpLocal *local, const char *offer) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *answer = NULL, *again = NULL, *next = NULL;
    MediaAgreement agreement, second;
    int r = sdp_answer(sdp, local, offer, &answer, &agreement);

    if (r < 0) {
        must(!answer && (r == -EBADMSG || r == -ENOTSUP), "it ends with %d", r);
        return;
    }
    check_agreement(local, &agreement);
    check_ours(answer, strlen(offer));
    must(sdp_answer(sdp, local, offer, &again, &second) == 0 && strcmp(answer, again) == 0, "the same again is '%s'", again);
    next = sdp_make_offer(sdp, local);
    check_ours(next, strlen(offer));
    sdp_take_answer(sdp, offer, &second);
}

static void check_taken(const SdpLocal *local, const char *answer) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = sdp_make_offer(sdp, local), *back = NULL;
    MediaAgreement agreement;
    int r;

    check_ours(offer, 0);
    r = sdp_take_answer(sdp, answer, &agreement);
    if (r == 0)
        check_agreement(local, &agreement);
    else
        must(r == -EBADMSG || r == -ENOTSUP || r == -EPROTO, "it ends with %d", r);
    if (sdp_answer(sdp, local, answer, &back, &agreement) == 0)
        check_agreement(local, &agreement);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = size > 0 ? fuzz_text(data + 1, size - 1) : NULL;
    SdpLocal local;

    if (!text)
        return 0;
    local = local_of(data[0]);
    check_answered(&local, text);
    check_taken(&local, text);
    return 0;
}
