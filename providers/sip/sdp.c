/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SDP: the negotiation of one voice. */
#include "providers/sip/sdp.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "providers/sip/sdp-voice.h"

#define PAYLOADS 128
#define PAYLOAD_DYNAMIC 96
#define TELEPHONE_EVENTS "0-16" /* the digits, and the flash */

/* The payloads that we like to give. */
static const uint8_t dynamic_payloads[_CODEC_MAX] = { [CODEC_OPUS] = 96 };

/* The clock rates that digits may have, which are those of the codecs. */
static const struct {
    unsigned rate;
    uint8_t payload;
} digit_clocks[] = {
    { 8000, 101 },
    { 48000, 102 },
};

#define N_CLOCKS G_N_ELEMENTS(digit_clocks)

struct Sdp {
    GPtrArray *lines; /* the m-lines of the session, of SdpLine; NULL before the first */
    guint at;         /* which of them is the voice */

    /* What the payloads mean in this session: once said, they mean it for good. -1: none yet. */
    int payloads[_CODEC_MAX], digits[N_CLOCKS];
    bool taken[PAYLOADS];

    SrtpKey keys[_SRTP_MAX]; /* SRTP_NONE as long as there is none */

    char *said; /* what we said last, but for the version */
    uint64_t version;

    /* Our last offer. */
    bool offered, sends, receives;
    SdpEncryption encryption;
    uint32_t codecs; /* a bit each */
    int family;

    bool is_held;
    char address[INET6_ADDRSTRLEN]; /* the peer's, of the agreement that was given last */
};

Sdp *sdp_new(void) {
    Sdp *sdp = g_new0(Sdp, 1);

    for (size_t i = 0; i < _CODEC_MAX; i++)
        sdp->payloads[i] = -1;
    for (size_t i = 0; i < N_CLOCKS; i++)
        sdp->digits[i] = -1;
    return sdp;
}

Sdp *sdp_free(Sdp *sdp) {
    if (!sdp)
        return NULL;
    if (sdp->lines)
        g_ptr_array_unref(sdp->lines);
    g_free(sdp->said);
    explicit_bzero(sdp->keys, sizeof(sdp->keys));
    g_free(sdp);
    return NULL;
}

bool sdp_is_held_by_peer(const Sdp *sdp) {
    return sdp->is_held;
}

/* ---- Payloads ---- */

static uint8_t take_payload(Sdp *sdp, int *slot, uint8_t liked) {
    if (*slot >= 0)
        return (uint8_t) *slot;
    for (uint8_t next = PAYLOAD_DYNAMIC; sdp->taken[liked] && next < PAYLOADS; next++)
        liked = next;
    *slot = liked;
    sdp->taken[liked] = true;
    return liked;
}

static uint8_t payload_of(Sdp *sdp, Codec codec) {
    int fixed = codec_static_payload(codec);

    return fixed >= 0 ? (uint8_t) fixed : take_payload(sdp, &sdp->payloads[codec], dynamic_payloads[codec]);
}

static size_t clock_of(Codec codec) {
    for (size_t i = 0; i < N_CLOCKS; i++)
        if (digit_clocks[i].rate == codec_clock_rate(codec))
            return i;
    g_assert_not_reached();
}

/* What the peer's payloads mean, ours will mean, too. */
static void learn_payloads(Sdp *sdp, const SdpLine *line) {
    for (size_t i = line->n_formats; i-- > 0;) {
        const SdpFormat *format = &line->format[i];

        sdp->taken[format->payload] = true;
        if (!format->telephone_event)
            sdp->payloads[format->codec] = format->payload;
        for (size_t j = 0; format->telephone_event && j < N_CLOCKS; j++)
            if (digit_clocks[j].rate == format->rate)
                sdp->digits[j] = format->payload;
    }
}

/* ---- What we say ---- */

static const SrtpKey *key_of(Sdp *sdp, SrtpSuite suite) {
    if (sdp->keys[suite].suite == SRTP_NONE)
        crypto_make_key(suite, &sdp->keys[suite]);
    return &sdp->keys[suite];
}

static int family_of(const char *address) {
    return strchr(address, ':') ? AF_INET6 : AF_INET;
}

static void add_crypto(GString *text, unsigned tag, const SrtpKey *key) {
    CryptoLine line = { .tag = tag, .key = *key };
    g_autofree char *value = crypto_format(&line);

    g_string_append_printf(text, "a=crypto:%s\r\n", value);
}

static void add_direction(GString *text, bool sends, bool receives) {
    static const char *const names[2][2] = { { "inactive", "recvonly" }, { "sendonly", "sendrecv" } };

    g_string_append_printf(text, "a=%s\r\n", names[sends][receives]);
}

static void add_codec(GString *text, uint8_t payload, Codec codec) {
    g_string_append_printf(text, "a=rtpmap:%u %s/%u", payload, codec_to_string(codec), codec_clock_rate(codec));
    if (codec_channels(codec) > 1)
        g_string_append_printf(text, "/%u", codec_channels(codec));
    g_string_append(text, "\r\n");
}

static void add_digits(GString *text, uint8_t payload, unsigned rate) {
    g_string_append_printf(text, "a=rtpmap:%u telephone-event/%u\r\na=fmtp:%u " TELEPHONE_EVENTS "\r\n", payload, rate, payload);
}

/* The part of a description that follows the o= line; `voice` is our m-line and its attributes, the others are refused. */
static char *make_rest(const SdpLocal *local, GPtrArray *lines, guint at, const char *voice) {
    bool v6 = family_of(local->address) == AF_INET6;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "IN %s %.*s\r\ns=-\r\nc=IN %s %.*s\r\nt=0 0\r\n", v6 ? "IP6" : "IP4",
                           (int) strcspn(local->address, "%"), local->address, v6 ? "IP6" : "IP4",
                           (int) strcspn(local->address, "%"), local->address);
    for (guint i = 0; i < (lines ? lines->len : 1); i++) {
        const SdpLine *line = lines ? g_ptr_array_index(lines, i) : NULL;

        if (i == at)
            g_string_append(text, voice);
        else
            g_string_append_printf(text, "m=%s 0 %s %s\r\n", line->type, line->proto, line->formats);
    }
    return g_string_free(text, FALSE);
}

/* Takes `rest`. The version rises if it is another one than the last. */
static char *say(Sdp *sdp, const SdpLocal *local, char *rest) {
    g_autofree char *now = g_strdup_printf("%" PRIu64 " %s", local->session, rest);
    char *text;

    if (!sdp->said || !g_str_equal(sdp->said, now)) {
        sdp->version++;
        g_free(sdp->said);
        sdp->said = g_steal_pointer(&now);
    }
    text = g_strdup_printf("v=0\r\no=- %" PRIu64 " %" PRIu64 " %s", local->session, sdp->version, rest);
    g_free(rest);
    return text;
}

/* Is SRTP that of RTP/SAVP? Also if it was so in this call before. */
static bool offers_secure(const Sdp *sdp, const SdpLocal *local) {
    const SdpLine *line = sdp->lines ? g_ptr_array_index(sdp->lines, sdp->at) : NULL;

    return local->encryption == SDP_ENCRYPTION_REQUIRED ||
           (local->encryption == SDP_ENCRYPTION_OFFERED && line && g_str_equal(line->proto, "RTP/SAVP"));
}

static char *make_offered_voice(Sdp *sdp, const SdpLocal *local) {
    GString *text = g_string_new(NULL), *maps = g_string_new(NULL);
    bool clocks[N_CLOCKS] = { false };

    g_string_append_printf(text, "m=audio %u %s", local->port, offers_secure(sdp, local) ? "RTP/SAVP" : "RTP/AVP");
    for (size_t i = 0; i < local->n_codecs; i++) {
        uint8_t payload = payload_of(sdp, local->codecs[i]);

        g_string_append_printf(text, " %u", payload);
        add_codec(maps, payload, local->codecs[i]);
        clocks[clock_of(local->codecs[i])] = true;
    }
    for (size_t i = 0; i < N_CLOCKS; i++) {
        uint8_t payload;

        if (!clocks[i])
            continue;
        payload = take_payload(sdp, &sdp->digits[i], digit_clocks[i].payload);
        g_string_append_printf(text, " %u", payload);
        add_digits(maps, payload, digit_clocks[i].rate);
    }
    g_string_append_printf(text, "\r\n%sa=ptime:20\r\na=rtcp-mux\r\n", maps->str);
    g_string_free(maps, TRUE);
    if (local->encryption != SDP_ENCRYPTION_NONE)
        for (SrtpSuite suite = SRTP_NONE + 1; suite < _SRTP_MAX; suite++)
            add_crypto(text, suite, key_of(sdp, suite));
    add_direction(text, local->sends, local->receives);
    return g_string_free(text, FALSE);
}

static uint32_t codec_set(const SdpLocal *local) {
    uint32_t set = 0;

    for (size_t i = 0; i < local->n_codecs; i++)
        set |= UINT32_C(1) << local->codecs[i];
    return set;
}

char *sdp_make_offer(Sdp *sdp, const SdpLocal *local) {
    g_autofree char *voice = NULL;

    g_assert(local->n_codecs > 0);
    voice = make_offered_voice(sdp, local);
    sdp->offered = true;
    sdp->sends = local->sends;
    sdp->receives = local->receives;
    sdp->encryption = local->encryption;
    sdp->codecs = codec_set(local);
    sdp->family = family_of(local->address);
    return say(sdp, local, make_rest(local, sdp->lines, sdp->at, voice));
}

/* ---- What the peer says ---- */

/* The first voice of the line that we may use. */
static const SdpFormat *choose_format(const SdpLine *line, uint32_t codecs) {
    for (size_t i = 0; i < line->n_formats; i++)
        if (!line->format[i].telephone_event && (codecs & (UINT32_C(1) << line->format[i].codec)))
            return &line->format[i];
    return NULL;
}

static void fill_agreement(Sdp *sdp, const SdpLine *line, const SdpFormat *format, bool sends, bool receives, MediaAgreement *ret) {
    const SdpFormat *digits = sdp_line_find_telephone_event(line, format->rate);

    g_strlcpy(sdp->address, line->address, sizeof(sdp->address));
    *ret = (MediaAgreement){
        .address = sdp->address,
        .port = line->port,
        .rtcp_port = line->rtcp_port,
        .rtcp_mux = line->rtcp_mux,
        .codec = format->codec,
        .payload = format->payload,
        .telephone_event = digits ? digits->payload : 0,
        .ptime_ms = line->ptime_ms,
        .sends = sends && line->receives,
        .receives = receives && line->sends,
    };
}

/* A number means what it was said to mean first. */
static void hear(MediaAgreement *agreement, uint8_t payload, bool is_event, Codec codec) {
    for (size_t i = 0; i < agreement->n_heard; i++)
        if (agreement->heard[i].payload == payload)
            return;
    if (agreement->n_heard < MEDIA_HEARD_MAX)
        agreement->heard[agreement->n_heard++] = (MediaFormat) { payload, is_event, codec };
}

/* The voice of a format, or that whose clock its digits have: those that go with ours may say another one. -EINVAL: none of the offer's. */
static Codec codec_of(const SdpLine *line, uint32_t codecs, Codec ours, const SdpFormat *format) {
    if (!format->telephone_event)
        return codecs & (UINT32_C(1) << format->codec) ? format->codec : _CODEC_INVALID;
    if (format == sdp_line_find_telephone_event(line, codec_clock_rate(ours)))
        return ours;
    for (size_t i = 0; i < line->n_formats; i++)
        if (!line->format[i].telephone_event && (codecs & (UINT32_C(1) << line->format[i].codec)) && line->format[i].rate == format->rate)
            return line->format[i].codec;
    return _CODEC_INVALID;
}

/* Our number for what the answer has in that format; its own, if we gave none. */
static uint8_t own_payload(Sdp *sdp, const SdpFormat *format) {
    if (!format->telephone_event)
        return payload_of(sdp, format->codec);
    for (size_t i = 0; i < N_CLOCKS; i++)
        if (digit_clocks[i].rate == format->rate && sdp->digits[i] >= 0)
            return (uint8_t) sdp->digits[i];
    return format->payload;
}

static void hear_formats(Sdp *sdp, const SdpLine *line, bool own, bool events, MediaAgreement *agreement) {
    for (size_t i = 0; i < line->n_formats; i++) {
        const SdpFormat *format = &line->format[i];
        Codec codec = codec_of(line, sdp->codecs, agreement->codec, format);

        if (codec >= 0 && format->telephone_event == events)
            hear(agreement, own ? own_payload(sdp, format) : format->payload, events, codec);
    }
}

/* All that the answer has may come, with the numbers of our offer. There are peers that send with their own: as good, if they mean
 * nothing else here. */
static void hear_answered(Sdp *sdp, const SdpLine *line, MediaAgreement *agreement) {
    hear(agreement, payload_of(sdp, agreement->codec), /* is_event= */ false, agreement->codec);
    for (int theirs = 0; theirs < 2; theirs++)
        for (int events = 0; events < 2; events++)
            hear_formats(sdp, line, !theirs, events, agreement);
}

/* The key of the answer, and ours that it goes with; SRTP_NONE in both if there is none and none is needed. */
static int match_answered_crypto(Sdp *sdp, const SdpLine *line, MediaAgreement *ret) {
    const CryptoLine *crypto = line->n_crypto > 0 ? &line->crypto[0] : NULL;

    if (sdp->encryption == SDP_ENCRYPTION_NONE)
        return line->secure ? -EPROTO : 0;
    if (!crypto)
        return sdp->encryption == SDP_ENCRYPTION_REQUIRED || line->secure ? -EPROTO : 0;

    /* The tags of an offer are the numbers of the suites. */
    if (crypto->tag != crypto->key.suite)
        return -EPROTO;
    ret->local = *key_of(sdp, crypto->key.suite);
    ret->remote = crypto->key;
    return 0;
}

static void keep_lines(Sdp *sdp, GPtrArray *lines, guint at) {
    if (sdp->lines)
        g_ptr_array_unref(sdp->lines);
    sdp->lines = lines;
    sdp->at = at;
}

int sdp_take_answer(Sdp *sdp, const char *text, MediaAgreement *ret) {
    g_autoptr(GPtrArray) lines = sdp_lines_read(text);
    MediaAgreement agreement;
    const SdpFormat *format;
    const SdpLine *line;
    int r;

    if (!lines)
        return -EBADMSG;
    if (!sdp->offered || lines->len != (sdp->lines ? sdp->lines->len : 1))
        return -EPROTO;
    line = g_ptr_array_index(lines, sdp->at);
    if (!g_str_equal(line->type, "audio"))
        return -EPROTO;
    if (line->refused)
        return -ENOTSUP;
    if (!line->usable || line->family != sdp->family)
        return -EPROTO;
    format = choose_format(line, sdp->codecs);
    if (!format)
        return -ENOTSUP;
    fill_agreement(sdp, line, format, sdp->sends, sdp->receives, &agreement);
    hear_answered(sdp, line, &agreement);
    r = match_answered_crypto(sdp, line, &agreement);
    if (r < 0)
        return r;

    /* A peer that was not offered anything to hear does not tell whether it would. */
    if (sdp->sends)
        sdp->is_held = !line->receives;
    keep_lines(sdp, g_steal_pointer(&lines), sdp->at);
    *ret = agreement;
    return 0;
}

/* ---- What we answer ---- */

static bool wants_crypto(const SdpLine *line, SdpEncryption encryption) {
    return encryption != SDP_ENCRYPTION_NONE && line->n_crypto > 0;
}

static bool is_line_fine(const SdpLine *line, const SdpLocal *local) {
    if (!line->usable || line->family != family_of(local->address) || !choose_format(line, codec_set(local)))
        return false;
    if (line->secure || local->encryption == SDP_ENCRYPTION_REQUIRED)
        return wants_crypto(line, local->encryption);
    return true;
}

static char *make_answered_voice(Sdp *sdp, const SdpLocal *local, const SdpLine *line, const MediaAgreement *agreement) {
    const SdpFormat *digits = sdp_line_find_telephone_event(line, codec_clock_rate(agreement->codec));
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "m=audio %u %s %u", local->port, line->proto, agreement->payload);
    if (digits)
        g_string_append_printf(text, " %u", digits->payload);
    g_string_append(text, "\r\n");
    add_codec(text, agreement->payload, agreement->codec);
    if (digits)
        add_digits(text, digits->payload, digits->rate);
    g_string_append_printf(text, "a=ptime:%u\r\n%s", agreement->ptime_ms, agreement->rtcp_mux ? "a=rtcp-mux\r\n" : "");
    if (agreement->local.suite != SRTP_NONE)
        add_crypto(text, line->crypto[0].tag, &agreement->local);
    add_direction(text, agreement->sends, agreement->receives);
    return g_string_free(text, FALSE);
}

/* What we list. */
static void hear_own_answer(MediaAgreement *agreement) {
    hear(agreement, agreement->payload, /* is_event= */ false, agreement->codec);
    if (agreement->telephone_event > 0)
        hear(agreement, agreement->telephone_event, /* is_event= */ true, agreement->codec);
}

static int find_voice(GPtrArray *lines, const SdpLocal *local) {
    for (guint i = 0; i < lines->len; i++)
        if (is_line_fine(g_ptr_array_index(lines, i), local))
            return (int) i;
    return -ENOTSUP;
}

int sdp_answer(Sdp *sdp, const SdpLocal *local, const char *offer, char **ret_answer, MediaAgreement *ret) {
    g_autoptr(GPtrArray) lines = sdp_lines_read(offer);
    g_autofree char *voice = NULL;
    const SdpLine *line;
    int at;

    if (!lines)
        return -EBADMSG;
    at = find_voice(lines, local);
    if (at < 0)
        return at;
    line = g_ptr_array_index(lines, (guint) at);
    fill_agreement(sdp, line, choose_format(line, codec_set(local)), local->sends, local->receives, ret);
    hear_own_answer(ret);
    if (wants_crypto(line, local->encryption)) {
        ret->local = *key_of(sdp, line->crypto[0].key.suite);
        ret->remote = line->crypto[0].key;
    }
    voice = make_answered_voice(sdp, local, line, ret);
    learn_payloads(sdp, line);
    sdp->offered = false;
    sdp->is_held = !line->receives;
    keep_lines(sdp, g_steal_pointer(&lines), (guint) at);
    *ret_answer = say(sdp, local, make_rest(local, sdp->lines, sdp->at, voice));
    return 0;
}
