/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Offers and answers of one voice. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "providers/sip/sdp-voice.h"
#include "providers/sip/sdp.h"
#include "tests/unit/run.h"
#include "tests/unit/sdp-ours.h"

#define HEAD(address) "v=0\r\no=peer 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN " address "\r\nt=0 0\r\n"
#define PEER HEAD("IP4 192.0.2.9")
#define VOICE "m=audio 5000 RTP/AVP 0\r\n"
#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC"
#define SUITE_80 "AES_CM_128_HMAC_SHA1_80"
#define SUITE_32 "AES_CM_128_HMAC_SHA1_32"

/* ---- What we offer ---- */

START_TEST(an_offer_says_what_we_bring) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = sdp_make_offer(sdp, &ours);

    ck_assert_str_eq(offer,
                     "v=0\r\no=- 77 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
                     "m=audio 4000 RTP/AVP 96 9 8 0 101 102\r\n"
                     "a=rtpmap:96 opus/48000/2\r\na=rtpmap:9 G722/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
                     "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
                     "a=rtpmap:102 telephone-event/48000\r\na=fmtp:102 0-16\r\n"
                     "a=ptime:20\r\na=rtcp-mux\r\na=sendrecv\r\n");
}
END_TEST

START_TEST(an_offer_by_ipv6) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = NULL;
    SdpLocal local = ours;

    local.address = "fe80::1%lo";
    offer = sdp_make_offer(sdp, &local);
    ck_assert_ptr_nonnull(strstr(offer, "o=- 77 1 IN IP6 fe80::1\r\n"));
    ck_assert_ptr_nonnull(strstr(offer, "c=IN IP6 fe80::1\r\n"));
}
END_TEST

static const struct {
    bool sends, receives;
    const char *says;
} directions[] = {
    { true, true, "a=sendrecv\r\n" },
    { true, false, "a=sendonly\r\n" },
    { false, true, "a=recvonly\r\n" },
    { false, false, "a=inactive\r\n" },
};

START_TEST(an_offer_has_a_direction) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = NULL;
    SdpLocal local = ours;

    local.sends = directions[_i].sends;
    local.receives = directions[_i].receives;
    offer = sdp_make_offer(sdp, &local);
    ck_assert_ptr_nonnull(strstr(offer, directions[_i].says));
}
END_TEST

START_TEST(the_version_rises_only_with_a_change) {
    static const char *const versions[] = { "o=- 77 1 ", "o=- 77 1 ", "o=- 77 2 ", "o=- 77 3 ", "o=- 77 3 " };
    static const bool held[] = { false, false, true, false, false };
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    SdpLocal local = ours;

    for (size_t i = 0; i < G_N_ELEMENTS(held); i++) {
        g_autofree char *offer = NULL;

        local.receives = !held[i];
        offer = sdp_make_offer(sdp, &local);
        ck_assert_msg(strstr(offer, versions[i]), "offer %zu: %s", i, offer);
    }
}
END_TEST

/* ---- What we are answered ---- */

/* An answer to an offer of everything: what it means. */
static const struct {
    const char *answer;
    int r;
    Codec codec;
    uint8_t payload, digits;
    unsigned ptime;
    uint16_t rtcp_port;
    bool sends, receives, is_held;
} answers[] = {
    { PEER "m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n", 0, CODEC_PCMA, 8, 101, 20, 5001, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 0\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 96 102\r\na=rtpmap:96 OPUS/48000/2\r\na=rtpmap:102 telephone-event/48000\r\n", 0, CODEC_OPUS, 96, 102, 20,
      5001, true, true, false },
    /* Digits at another clock than the voice's are better than none. */
    { PEER "m=audio 5000 RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n", 0, CODEC_OPUS, 96, 101, 20,
      5001, true, true, false },
    /* The first that both know. */
    { PEER "m=audio 5000 RTP/AVP 3 18 9 0\r\n", 0, CODEC_G722, 9, 0, 20, 5001, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=ptime:30\r\na=rtcp:6000\r\n", 0, CODEC_PCMU, 0, 0, 30, 6000, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=ptime:60\r\na=maxptime:40\r\n", 0, CODEC_PCMU, 0, 0, 40, 5001, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=ptime:99999999999999\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=ptime:3\r\n", 0, CODEC_PCMU, 0, 0, 10, 5001, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=ptime:200\r\n", 0, CODEC_PCMU, 0, 0, 60, 5001, true, true, false },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=rtcp-mux\r\na=rtcp:6000\r\n", 0, CODEC_PCMU, 0, 0, 20, 5000, true, true, false },
    { PEER "m=audio 65535 RTP/AVP 0\r\n", 0, CODEC_PCMU, 0, 0, 20, 65535, true, true, false },
    /* Held. */
    { PEER "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, false, true, true },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=inactive\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, false, false, true },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=recvonly\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, true, false, false },
    { PEER "a=sendonly\r\nm=audio 5000 RTP/AVP 0\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, false, true, true },
    { HEAD("IP4 0.0.0.0") "m=audio 5000 RTP/AVP 0\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, false, true, true },
    { PEER "m=audio 5000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", 0, CODEC_PCMU, 0, 0, 20, 5001, false, true, true },
    /* Not for us. */
    { PEER "m=audio 0 RTP/AVP 0\r\n", .r = -ENOTSUP },
    { PEER "m=audio 5000 RTP/AVP 18 3\r\n", .r = -ENOTSUP },
    { PEER "m=audio 5000 RTP/AVP 97\r\na=rtpmap:97 opus/48000\r\n", .r = -ENOTSUP },
    { PEER "m=audio 5000 RTP/AVP 97\r\na=rtpmap:97 PCMU/16000\r\n", .r = -ENOTSUP },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=rtpmap:0 speex/8000\r\n", .r = -ENOTSUP },
    /* No answer to that. */
    { PEER "m=video 5000 RTP/AVP 31\r\n", .r = -EPROTO },
    { PEER "m=audio 5000 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\n", .r = -EPROTO },
    { PEER, .r = -EPROTO },
    { PEER "m=audio 5000 RTP/SAVP 0\r\na=crypto:1 " SUITE_80 " inline:" KEY_A "\r\n", .r = -EPROTO },
    { PEER "m=audio 5000 udp 0\r\n", .r = -EPROTO },
    { HEAD("IP4 224.2.17.12/127") "m=audio 5000 RTP/AVP 0\r\n", .r = -EPROTO },
    { HEAD("IP4 255.255.255.255") "m=audio 5000 RTP/AVP 0\r\n", .r = -EPROTO },
    { HEAD("IP4 host.example.org") "m=audio 5000 RTP/AVP 0\r\n", .r = -EPROTO },
    { HEAD("IP6 2001:db8::9") "m=audio 5000 RTP/AVP 0\r\n", .r = -EPROTO },
    /* No SDP. */
    { "", .r = -EBADMSG },
    { "nonsense", .r = -EBADMSG },
    { PEER "m=audio 70000 RTP/AVP 0\r\n", .r = -EBADMSG },
    { PEER "m=audio 5000 RT\xa1/AVP 0\r\n", .r = -EBADMSG },
    { PEER "m=audio 5000 RTP/AVP /0\r\n", .r = -EBADMSG },
    { PEER "m=audio 5000 RTP/AVP\r\n", .r = -EBADMSG },
    { PEER "m=audio 5000\r\n", .r = -EBADMSG },
    { PEER "m=\r\n", .r = -EBADMSG },
    { PEER "c=IN IP4\r\n", .r = -EBADMSG },
    { "v=0\r\n", .r = -EBADMSG },
    { "v=1\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n", .r = -EBADMSG },
    { "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n", .r = -EBADMSG },
};

START_TEST(answers_mean_something) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = sdp_make_offer(sdp, &ours);
    MediaAgreement agreement = { .port = 1 };

    ck_assert_int_eq(sdp_take_answer(sdp, answers[_i].answer, &agreement), answers[_i].r);
    if (answers[_i].r < 0) {
        ck_assert_uint_eq(agreement.port, 1);
        return;
    }
    ck_assert_uint_eq(agreement.codec, answers[_i].codec);
    ck_assert_uint_eq(agreement.payload, answers[_i].payload);
    ck_assert_uint_eq(agreement.telephone_event, answers[_i].digits);
    ck_assert_uint_eq(agreement.ptime_ms, answers[_i].ptime);
    ck_assert_uint_eq(agreement.rtcp_port, answers[_i].rtcp_port);
    ck_assert_int_eq(agreement.sends, answers[_i].sends);
    ck_assert_int_eq(agreement.receives, answers[_i].receives);
    ck_assert_int_eq(agreement.local.suite, SRTP_NONE);
    ck_assert_int_eq(sdp_is_held_by_peer(sdp), answers[_i].is_held);
}
END_TEST

START_TEST(an_answer_needs_an_offer) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=audio 5000 RTP/AVP 0\r\n", &agreement), -EPROTO);
}
END_TEST

START_TEST(an_answer_may_come_twice) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = sdp_make_offer(sdp, &ours);
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=audio 5000 RTP/AVP 0\r\n", &agreement), 0);
    ck_assert_int_eq(sdp_take_answer(sdp, HEAD("IP4 192.0.2.10") "m=audio 5002 RTP/AVP 8\r\n", &agreement), 0);
    ck_assert_str_eq(agreement.address, "192.0.2.10");
    ck_assert_uint_eq(agreement.port, 5002);
    ck_assert_int_eq(agreement.codec, CODEC_PCMA);
}
END_TEST

START_TEST(only_what_was_offered_is_taken) {
    static const Codec one[] = { CODEC_PCMU };
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = NULL;
    SdpLocal local = ours;
    MediaAgreement agreement;

    local.codecs = one;
    local.n_codecs = 1;
    offer = sdp_make_offer(sdp, &local);
    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=audio 5000 RTP/AVP 8\r\n", &agreement), -ENOTSUP);
    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=audio 5000 RTP/AVP 8 0\r\n", &agreement), 0);
    ck_assert_int_eq(agreement.codec, CODEC_PCMU);
}
END_TEST

START_TEST(who_hears_nothing_from_us_does_not_hold_us) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = NULL;
    SdpLocal local = ours;
    MediaAgreement agreement;

    local.sends = local.receives = false;
    offer = sdp_make_offer(sdp, &local);
    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=audio 5000 RTP/AVP 0\r\na=inactive\r\n", &agreement), 0);
    ck_assert(!sdp_is_held_by_peer(sdp));
    g_free(offer);
    local.sends = true;
    offer = sdp_make_offer(sdp, &local);
    ck_assert_int_eq(sdp_take_answer(sdp, PEER "m=audio 5000 RTP/AVP 0\r\na=recvonly\r\n", &agreement), 0);
    ck_assert(agreement.sends && !agreement.receives);
    ck_assert(!sdp_is_held_by_peer(sdp));
}
END_TEST

/* ---- What we answer ---- */

/* An offer, and what our answer to it says from m= on. */
static const struct {
    const char *offer;
    int r;
    const char *answer;
} offers[] = {
    { PEER "m=audio 5000 RTP/AVP 0 8\r\n", 0, "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n" },
    /* The peer's order counts, and its numbers. */
    { PEER "m=audio 5000 RTP/AVP 3 111 0 97\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"
           "a=rtpmap:97 telephone-event/48000\r\na=fmtp:97 0-15\r\na=ptime:40\r\na=rtcp-mux\r\na=sendonly\r\n",
      0,
      "m=audio 4000 RTP/AVP 111 97\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:97 telephone-event/48000\r\na=fmtp:97 0-16\r\n"
      "a=ptime:40\r\na=rtcp-mux\r\na=recvonly\r\n" },
    { PEER "m=audio 5000 RTP/AVP 111 101\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n", 0,
      "m=audio 4000 RTP/AVP 111 101\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
      "a=ptime:20\r\na=sendrecv\r\n" },
    { PEER "m=audio 5000 RTP/AVP 0\r\na=inactive\r\n", 0,
      "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=inactive\r\n" },
    { HEAD("IP4 0.0.0.0") "m=audio 5000 RTP/AVP 0\r\n", 0,
      "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=recvonly\r\n" },
    /* Bandwidths are nothing that we repeat. */
    { PEER "b=AS:64\r\nm=audio 5000 RTP/AVP 0\r\nb=AS:64\r\nb=TIAS:64000\r\n", 0,
      "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n" },
    /* One voice, the first that will do; the others are refused, in their places. */
    { PEER "m=video 5004 RTP/AVP 31 34\r\nm=audio 0 RTP/AVP 0\r\nm=audio 5008 RTP/AVP 18\r\nm=audio 5000 RTP/AVP 8 0\r\n"
           "m=audio 5002 RTP/AVP 0\r\nm=image 5010 udptl t38\r\n",
      0,
      "m=video 0 RTP/AVP 31 34\r\nm=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 18\r\n"
      "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n"
      "m=audio 0 RTP/AVP 0\r\nm=image 0 udptl t38\r\n" },
    /* A key that nobody asked for is no matter; without one there is no RTP/SAVP. */
    { PEER "m=audio 5000 RTP/AVP 0\r\na=crypto:1 " SUITE_80 " inline:" KEY_A "\r\n", 0,
      "m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n" },
    { PEER "m=audio 5000 RTP/SAVP 0\r\na=crypto:1 " SUITE_80 " inline:" KEY_A "\r\n", -ENOTSUP, NULL },
    { PEER "m=audio 5000 RTP/AVP 18\r\n", -ENOTSUP, NULL },
    { PEER "m=audio 0 RTP/AVP 0\r\n", -ENOTSUP, NULL },
    { PEER "m=video 5000 RTP/AVP 31\r\n", -ENOTSUP, NULL },
    { PEER "m=audio 5000 UDP/TLS/RTP/SAVPF 0\r\n", -ENOTSUP, NULL },
    { HEAD("IP6 2001:db8::9") "m=audio 5000 RTP/AVP 0\r\n", -ENOTSUP, NULL },
    { PEER, -ENOTSUP, NULL },
    { "v=0", -EBADMSG, NULL },
};

START_TEST(offers_are_answered) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *answer = NULL, *expected = NULL;
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_answer(sdp, &ours, offers[_i].offer, &answer, &agreement), offers[_i].r);
    if (offers[_i].r < 0) {
        ck_assert_ptr_null(answer);
        return;
    }
    expected = g_strconcat("v=0\r\no=- 77 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n", offers[_i].answer, NULL);
    ck_assert_str_eq(answer, expected);
}
END_TEST

START_TEST(a_refused_offer_changes_nothing) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *first = NULL, *again = NULL, *never = NULL;
    MediaAgreement agreement;

    ck_assert_int_eq(sdp_answer(sdp, &ours, PEER "m=audio 5000 RTP/AVP 0\r\n", &first, &agreement), 0);
    ck_assert_int_eq(sdp_answer(sdp, &ours, PEER "m=audio 5000 RTP/AVP 18\r\na=sendonly\r\n", &never, &agreement), -ENOTSUP);
    ck_assert(!sdp_is_held_by_peer(sdp));
    ck_assert_int_eq(sdp_answer(sdp, &ours, PEER "m=audio 5000 RTP/AVP 0\r\n", &again, &agreement), 0);
    ck_assert_str_eq(first, again);
}
END_TEST

START_TEST(we_hold_a_peer_that_offers_both_ways) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *answer = NULL;
    SdpLocal local = ours;
    MediaAgreement agreement;

    local.receives = false;
    ck_assert_int_eq(sdp_answer(sdp, &local, PEER "m=audio 5000 RTP/AVP 0\r\n", &answer, &agreement), 0);
    ck_assert_ptr_nonnull(strstr(answer, "a=sendonly\r\n"));
    ck_assert(agreement.sends && !agreement.receives && !sdp_is_held_by_peer(sdp));
}
END_TEST

/* What becomes of an offer in which a text comes so often. */
static int answer_many(const char *address, const char *head, const char *text, unsigned times) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *answer = NULL;
    g_autoptr(GString) offer = g_string_new(head);
    SdpLocal local = ours;
    MediaAgreement agreement;

    for (unsigned i = 0; i < times; i++)
        g_string_append(offer, text);
    local.address = address;
    local.encryption = SDP_ENCRYPTION_OFFERED;
    return sdp_answer(sdp, &local, offer->str, &answer, &agreement);
}

START_TEST(an_offer_has_limits) {
    ck_assert_int_eq(answer_many("192.0.2.1", PEER, VOICE, SDP_LINES_MAX), 0);
    ck_assert_int_eq(answer_many("192.0.2.1", PEER, VOICE, SDP_LINES_MAX + 1), -EBADMSG);
    ck_assert_int_eq(answer_many("192.0.2.1", PEER VOICE "a=", "x", SDP_TEXT_MAX / 2), 0);
    ck_assert_int_eq(answer_many("192.0.2.1", PEER VOICE "a=", "x", SDP_TEXT_MAX), -EBADMSG);
    /* Of these, as many count as there is room for; to everybody is to nobody. */
    ck_assert_int_eq(answer_many("192.0.2.1", PEER VOICE, "a=crypto:1 " SUITE_80 " inline:" KEY_A "\r\n", 100), 0);
    ck_assert_int_eq(answer_many("192.0.2.1", PEER "m=audio 5000 RTP/AVP 0", " 0", 1000), 0);
    ck_assert_int_eq(answer_many("2001:db8::1", HEAD("IP6 2001:db8::9"), VOICE, 1), 0);
    ck_assert_int_eq(answer_many("2001:db8::1", HEAD("IP6 ff02::9"), VOICE, 1), -ENOTSUP);
}
END_TEST

/* ---- Keys ---- */

static const struct {
    SdpEncryption encryption;
    const char *offer;
    int r;
    SrtpSuite suite;
    const char *line, *crypto;
} secured[] = {
    { SDP_ENCRYPTION_OFFERED, PEER "m=audio 5000 RTP/SAVP 0\r\na=crypto:7 " SUITE_80 " inline:" KEY_A "|2^20\r\n", 0,
      SRTP_AES_CM_128_HMAC_SHA1_80, "m=audio 4000 RTP/SAVP 0\r\n", "a=crypto:7 " SUITE_80 " inline:" },
    { SDP_ENCRYPTION_REQUIRED, PEER "m=audio 5000 RTP/AVP 0\r\na=crypto:1 " SUITE_32 " inline:" KEY_A "\r\n", 0,
      SRTP_AES_CM_128_HMAC_SHA1_32, "m=audio 4000 RTP/AVP 0\r\n", "a=crypto:1 " SUITE_32 " inline:" },
    { SDP_ENCRYPTION_OFFERED, PEER "m=audio 5000 RTP/AVP 0\r\n", 0, SRTP_NONE, "m=audio 4000 RTP/AVP 0\r\n", NULL },
    { SDP_ENCRYPTION_REQUIRED, PEER "m=audio 5000 RTP/AVP 0\r\n", .r = -ENOTSUP },
    /* The first that we can, of several. */
    { SDP_ENCRYPTION_OFFERED,
      PEER "m=audio 5000 RTP/SAVP 0\r\na=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:" KEY_A KEY_A "\r\n"
           "a=crypto:2 " SUITE_80 " inline:" KEY_A "|1:4\r\na=crypto:3 " SUITE_80 " inline:" KEY_A " UNENCRYPTED_SRTP\r\n"
           "a=crypto:4 " SUITE_80 " inline:" KEY_A ";inline:" KEY_B "\r\na=crypto:5 " SUITE_32 " inline:" KEY_B " WSH=64\r\n",
      0, SRTP_AES_CM_128_HMAC_SHA1_32, "m=audio 4000 RTP/SAVP 0\r\n", "a=crypto:5 " SUITE_32 " inline:" },
    { SDP_ENCRYPTION_OFFERED, PEER "m=audio 5000 RTP/SAVP 0\r\na=crypto:1 " SUITE_80 " inline:short\r\n", .r = -ENOTSUP },
    { SDP_ENCRYPTION_OFFERED, PEER "m=audio 5000 RTP/SAVP 0\r\n", .r = -ENOTSUP },
    /* Both profiles: the first line that will do. */
    { SDP_ENCRYPTION_REQUIRED,
      PEER "m=audio 5002 RTP/AVP 0\r\nm=audio 5000 RTP/SAVP 0\r\na=crypto:1 " SUITE_80 " inline:" KEY_A "\r\n", 0,
      SRTP_AES_CM_128_HMAC_SHA1_80, "m=audio 0 RTP/AVP 0\r\nm=audio 4000 RTP/SAVP 0\r\n", "a=crypto:1 " SUITE_80 " inline:" },
};

START_TEST(offers_with_keys_are_answered) {
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *answer = NULL;
    SdpLocal local = ours;
    MediaAgreement agreement;

    local.encryption = secured[_i].encryption;
    ck_assert_int_eq(sdp_answer(sdp, &local, secured[_i].offer, &answer, &agreement), secured[_i].r);
    if (secured[_i].r < 0)
        return;
    ck_assert_int_eq(agreement.local.suite, secured[_i].suite);
    ck_assert_int_eq(agreement.remote.suite, secured[_i].suite);
    ck_assert_ptr_nonnull(strstr(answer, secured[_i].line));
    if (secured[_i].crypto)
        ck_assert_ptr_nonnull(strstr(answer, secured[_i].crypto));
    else
        ck_assert_ptr_null(strstr(answer, "a=crypto"));
}
END_TEST

/* The answer to an offer of ours, behind m=audio 5000 and the profile. */
static const struct {
    SdpEncryption encryption;
    const char *profile, *crypto;
    int r;
    SrtpSuite suite;
} key_answers[] = {
    { SDP_ENCRYPTION_OFFERED, "RTP/AVP", "", 0, SRTP_NONE },
    { SDP_ENCRYPTION_OFFERED, "RTP/AVP", "a=crypto:1 " SUITE_80 " inline:" KEY_A "\r\n", 0, SRTP_AES_CM_128_HMAC_SHA1_80 },
    { SDP_ENCRYPTION_OFFERED, "RTP/SAVP", "a=crypto:2 " SUITE_32 " inline:" KEY_A "\r\n", 0, SRTP_AES_CM_128_HMAC_SHA1_32 },
    { SDP_ENCRYPTION_OFFERED, "RTP/SAVP", "", -EPROTO, SRTP_NONE },
    { SDP_ENCRYPTION_REQUIRED, "RTP/SAVP", "a=crypto:1 " SUITE_80 " inline:" KEY_A "\r\n", 0, SRTP_AES_CM_128_HMAC_SHA1_80 },
    { SDP_ENCRYPTION_REQUIRED, "RTP/SAVP", "", -EPROTO, SRTP_NONE },
    { SDP_ENCRYPTION_REQUIRED, "RTP/AVP", "", -EPROTO, SRTP_NONE },
    /* A suite under the tag of another one, and a tag that was not offered. */
    { SDP_ENCRYPTION_REQUIRED, "RTP/SAVP", "a=crypto:2 " SUITE_80 " inline:" KEY_A "\r\n", -EPROTO, SRTP_NONE },
    { SDP_ENCRYPTION_REQUIRED, "RTP/SAVP", "a=crypto:3 " SUITE_80 " inline:" KEY_A "\r\n", -EPROTO, SRTP_NONE },
};

START_TEST(answers_with_keys_are_taken) {
    g_autofree char *answer =
        g_strdup_printf(PEER "m=audio 5000 %s 0\r\n%s", key_answers[_i].profile, key_answers[_i].crypto);
    _cleanup_(sdp_freep) Sdp *sdp = sdp_new();
    g_autofree char *offer = NULL, *again = NULL;
    SdpLocal local = ours;
    MediaAgreement agreement;

    local.encryption = key_answers[_i].encryption;
    offer = sdp_make_offer(sdp, &local);
    ck_assert_ptr_nonnull(strstr(offer, "a=crypto:1 " SUITE_80 " inline:"));
    ck_assert_ptr_nonnull(strstr(offer, "a=crypto:2 " SUITE_32 " inline:"));
    ck_assert_ptr_nonnull(strstr(offer, local.encryption == SDP_ENCRYPTION_REQUIRED ? " RTP/SAVP 96" : " RTP/AVP 96"));
    ck_assert_int_eq(sdp_take_answer(sdp, answer, &agreement), key_answers[_i].r);
    if (key_answers[_i].r < 0)
        return;
    ck_assert_int_eq(agreement.local.suite, key_answers[_i].suite);
    ck_assert_int_eq(agreement.remote.suite, key_answers[_i].suite);

    /* The keys are those of the call: nothing changes, and so neither does the version. */
    again = sdp_make_offer(sdp, &local);
    if (local.encryption == SDP_ENCRYPTION_REQUIRED)
        ck_assert_str_eq(offer, again);
}
END_TEST

START_TEST(every_call_has_keys_of_its_own) {
    _cleanup_(sdp_freep) Sdp *one = sdp_new(), *two = sdp_new();
    g_autofree char *first = NULL, *second = NULL;
    SdpLocal local = ours;

    local.encryption = SDP_ENCRYPTION_REQUIRED;
    first = sdp_make_offer(one, &local);
    second = sdp_make_offer(two, &local);
    ck_assert_str_ne(first, second);
}
END_TEST

/* ---- Both ends are ours ---- */

START_TEST(two_of_us_agree) {
    _cleanup_(sdp_freep) Sdp *caller = sdp_new(), *called = sdp_new();
    g_autofree char *offer = NULL, *answer = NULL;
    SdpLocal here = ours, there = ours;
    MediaAgreement at_caller, at_called;

    here.encryption = _i;
    there.encryption = SDP_ENCRYPTION_OFFERED;
    there.address = "192.0.2.2";
    there.port = 6000;
    offer = sdp_make_offer(caller, &here);
    ck_assert_int_eq(sdp_answer(called, &there, offer, &answer, &at_called), 0);
    ck_assert_int_eq(sdp_take_answer(caller, answer, &at_caller), 0);
    ck_assert_str_eq(at_caller.address, "192.0.2.2");
    ck_assert_str_eq(at_called.address, "192.0.2.1");
    ck_assert_int_eq(at_caller.codec, CODEC_OPUS);
    ck_assert_int_eq(at_called.codec, CODEC_OPUS);
    ck_assert_uint_eq(at_caller.payload, at_called.payload);
    ck_assert_uint_eq(at_caller.telephone_event, at_called.telephone_event);
    ck_assert(at_caller.rtcp_mux && at_called.rtcp_mux);
    ck_assert_int_eq(at_caller.local.suite, _i == SDP_ENCRYPTION_NONE ? SRTP_NONE : SRTP_AES_CM_128_HMAC_SHA1_80);
    ck_assert_mem_eq(&at_caller.local, &at_called.remote, sizeof(SrtpKey));
    ck_assert_mem_eq(&at_caller.remote, &at_called.local, sizeof(SrtpKey));
}
END_TEST

static TCase *make_offers(void) {
    TCase *tcase = tcase_create("offers");

    tcase_add_test(tcase, an_offer_says_what_we_bring);
    tcase_add_test(tcase, an_offer_by_ipv6);
    tcase_add_loop_test(tcase, an_offer_has_a_direction, 0, G_N_ELEMENTS(directions));
    tcase_add_test(tcase, the_version_rises_only_with_a_change);
    tcase_add_loop_test(tcase, answers_mean_something, 0, G_N_ELEMENTS(answers));
    tcase_add_test(tcase, an_answer_needs_an_offer);
    tcase_add_test(tcase, an_answer_may_come_twice);
    tcase_add_test(tcase, only_what_was_offered_is_taken);
    tcase_add_test(tcase, who_hears_nothing_from_us_does_not_hold_us);
    return tcase;
}

static TCase *make_answers(void) {
    TCase *tcase = tcase_create("answers");

    tcase_add_loop_test(tcase, offers_are_answered, 0, G_N_ELEMENTS(offers));
    tcase_add_test(tcase, a_refused_offer_changes_nothing);
    tcase_add_test(tcase, we_hold_a_peer_that_offers_both_ways);
    tcase_add_test(tcase, an_offer_has_limits);
    return tcase;
}

static TCase *make_keys(void) {
    TCase *tcase = tcase_create("keys");

    tcase_add_loop_test(tcase, offers_with_keys_are_answered, 0, G_N_ELEMENTS(secured));
    tcase_add_loop_test(tcase, answers_with_keys_are_taken, 0, G_N_ELEMENTS(key_answers));
    tcase_add_test(tcase, every_call_has_keys_of_its_own);
    tcase_add_loop_test(tcase, two_of_us_agree, 0, SDP_ENCRYPTION_REQUIRED + 1);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("sip-sdp");

    suite_add_tcase(suite, make_offers());
    suite_add_tcase(suite, make_answers());
    suite_add_tcase(suite, make_keys());
    return run_suite(suite);
}
