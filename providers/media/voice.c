/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voice: the network's side of one call, over all agreements. */
#include "providers/media/voice.h"

#include <errno.h>
#include <string.h>

#include "providers/media/quality.h"

enum {
    COUNTED_MIN = 4, /* packets: of fewer nobody can say what part was lost */
};

struct Voice {
    Ports ports;
    uint16_t port_min, port_max;
    Filter *filter;
    Session *session;      /* NULL: nothing was agreed yet */
    unsigned jitter_ms;
    SessionDigit on_digit;
    void *userdata;
    MediaAgreement agreement; /* without its address */
    DigitSender digits;
    DigitStep digit;       /* that sounds and has not come to its end */
    int64_t since;         /* when something was first due, monotonic */
    int64_t counted_at;
    SessionCounts before;  /* of sessions that are over */
    SessionCounts last;    /* as they were counted last */
    double bad;            /* the part of the packets that was lost, of late */
};

int voice_new(const char *address, uint16_t min, uint16_t max, unsigned jitter_ms, SessionDigit on_digit, void *userdata,
              Voice **ret) {
    Voice *voice;
    Ports ports;
    int r;

    r = ports_open(address, min, max, &ports);
    if (r < 0)
        return r;
    voice = g_new0(Voice, 1);
    voice->ports = ports;
    voice->port_min = min;
    voice->port_max = max;
    voice->filter = filter_new();
    voice->jitter_ms = jitter_ms;
    voice->on_digit = on_digit;
    voice->userdata = userdata;
    *ret = voice;
    return 0;
}

Voice *voice_free(Voice *voice) {
    if (!voice)
        return NULL;
    session_free(voice->session);
    filter_unref(voice->filter);
    ports_close(&voice->ports);
    digit_sender_stop(&voice->digits);
    explicit_bzero(&voice->agreement, sizeof(voice->agreement));
    g_free(voice);
    return NULL;
}

uint16_t voice_port(const Voice *voice) {
    return voice->ports.port;
}

static bool is_heard_sane(const MediaAgreement *agreement) {
    if (agreement->n_heard > MEDIA_HEARD_MAX)
        return false;
    for (size_t i = 0; i < agreement->n_heard; i++)
        if (agreement->heard[i].payload >= 128 || !codec_to_string(agreement->heard[i].codec))
            return false;
    return true;
}

static bool is_sane(const MediaAgreement *agreement) {
    return agreement->address && codec_to_string(agreement->codec) && agreement->payload < 128 && agreement->telephone_event < 128 &&
        is_heard_sane(agreement) && srtp_suite_to_string(agreement->local.suite) && srtp_suite_to_string(agreement->remote.suite) &&
        (agreement->local.suite == SRTP_NONE) == (agreement->remote.suite == SRTP_NONE);
}

/* Of the same kind as our own address. */
static bool is_reachable(const Voice *voice, const char *address) {
    g_autoptr(GInetAddress) remote = g_inet_address_new_from_string(address);

    return remote && g_inet_address_get_family(remote) == g_socket_get_family(voice->ports.rtp);
}

int voice_prepare(Voice *voice, const MediaAgreement *agreement, Session **ret) {
    int r;

    *ret = NULL;
    if (!is_sane(agreement) || !is_reachable(voice, agreement->address))
        return -EINVAL;
    if (!codec_is_here(agreement->codec))
        return -EOPNOTSUPP;
    r = filter_aim(voice->filter, agreement);
    if (r < 0 || (voice->session && session_fits(voice->session, agreement)))
        return r;
    return session_new(&voice->ports, voice->filter, agreement, voice->jitter_ms, voice->on_digit, voice->userdata, ret);
}

static SessionCounts counts_of(const Voice *voice) {
    SessionCounts counts = voice->session ? session_counts(voice->session) : (SessionCounts) { .round_trip_ms = -1 };

    counts.packets_sent += voice->before.packets_sent;
    counts.bytes_sent += voice->before.bytes_sent;
    counts.packets_received += voice->before.packets_received;
    counts.bytes_received += voice->before.bytes_received;
    counts.packets_lost += voice->before.packets_lost;
    return counts;
}

Session *voice_agree(Voice *voice, const MediaAgreement *agreement, Session *session) {
    Session *before = NULL;

    if (session) {
        voice->before = counts_of(voice);
        before = voice->session;
        voice->session = session;
    }
    if (before || !voice->since || agreement->receives != voice->agreement.receives)
        voice->since = g_get_monotonic_time();
    voice->agreement = *agreement;
    voice->agreement.address = NULL;
    if (!agreement->receives)
        session_flush(voice->session);
    return before;
}

int voice_prepare_move(const Voice *voice, const char *address, Ports *ports, Session **ret) {
    int r = ports_open(address, voice->port_min, voice->port_max, ports);

    *ret = NULL;
    if (r < 0)
        return r;
    if (g_socket_get_family(ports->rtp) != g_socket_get_family(voice->ports.rtp))
        r = -EAFNOSUPPORT;
    else if (voice->session)
        r = session_new(ports, voice->filter, &voice->agreement, voice->jitter_ms, voice->on_digit, voice->userdata, ret);
    if (r < 0)
        ports_close(ports);
    return r;
}

Session *voice_move(Voice *voice, Ports *ports, Session *session) {
    Session *before = voice->session;
    Ports now = *ports;

    voice->before = counts_of(voice);
    voice->session = session;
    *ports = voice->ports;
    voice->ports = now;
    if (session)
        voice->since = g_get_monotonic_time();
    return before;
}

void voice_listen(Voice *voice) {
    if (voice->session)
        session_listen(voice->session);
}

bool voice_is_agreed(const Voice *voice) {
    return voice->session != NULL;
}

bool voice_sends(const Voice *voice) {
    return voice->session && voice->agreement.sends && voice->agreement.port > 0;
}

static bool receives(const Voice *voice) {
    return voice->session && voice->agreement.receives;
}

void voice_hear(Voice *voice, Frame *ret) {
    Frame frame;

    *ret = (Frame) {};
    if (!voice->session)
        return;
    if (!receives(voice))
        session_flush(voice->session);
    else if (session_hear(voice->session, &frame))
        *ret = frame;
}

void voice_say(Voice *voice, const Frame *frame) {
    DigitStep step = {};

    if (!voice_sends(voice) || !session_is_made(voice->session))
        return;
    if (voice_has_digits(voice) && digit_sender_step(&voice->digits, &step) && step.sounds)
        session_dial(voice->session, &step);
    else
        session_say(voice->session, frame);
    voice->digit = step.sounds && !step.last ? step : (DigitStep) {};
}

/* The far end waits for the end of what sounds just now. */
static void end_digit(Voice *voice) {
    DigitStep step = voice->digit;

    if (!step.sounds || !voice->session)
        return;
    step.first = false;
    step.last = true;
    session_dial(voice->session, &step);
    voice->digit = (DigitStep) {};
}

void voice_watch(Voice *voice, int64_t now) {
    SessionCounts counts;
    uint64_t lost, received;
    bool begins = voice->counted_at == 0;

    if (!voice->session || now - voice->counted_at < G_USEC_PER_SEC)
        return;
    voice->counted_at = now;
    if (begins)
        return;
    counts = counts_of(voice);
    lost = counts.packets_lost - MIN(voice->last.packets_lost, counts.packets_lost);
    received = counts.packets_received - MIN(voice->last.packets_received, counts.packets_received);
    if (lost + received >= COUNTED_MIN)
        voice->bad += ((double) lost / (double) (lost + received) - voice->bad) / 4;
    voice->last = counts;
}

int64_t voice_silent_for(const Voice *voice, int64_t now) {
    return receives(voice) ? MAX(now - MAX(filter_heard_at(voice->filter), voice->since), 0) : 0;
}

int voice_start_digits(Voice *voice, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    end_digit(voice);
    digit_sender_stop(&voice->digits);
    if (digits[0] == '\0')
        return 0;
    if (voice->agreement.telephone_event == 0)
        return -EOPNOTSUPP;
    return digit_sender_start(&voice->digits, digits, duration_ms, gap_ms);
}

bool voice_has_digits(const Voice *voice) {
    return voice->digits.left != NULL;
}

static void add(GVariantBuilder *stats, const char *name, GVariant *value) {
    g_variant_builder_add(stats, "{sv}", name, value);
}

void voice_add_stats(const Voice *voice, GVariantBuilder *stats) {
    SessionCounts counts = counts_of(voice);
    g_autofree char *remote = filter_remote(voice->filter);
    double delay_ms = voice->jitter_ms + FRAME_MS + MAX(counts.round_trip_ms, 0) / 2;

    if (voice->session)
        add(stats, "codec", g_variant_new_string(codec_to_string(voice->agreement.codec)));
    add(stats, "packets-sent", g_variant_new_uint64(counts.packets_sent));
    add(stats, "packets-received", g_variant_new_uint64(counts.packets_received));
    add(stats, "packets-lost", g_variant_new_uint64(counts.packets_lost));
    add(stats, "bytes-sent", g_variant_new_uint64(counts.bytes_sent));
    add(stats, "bytes-received", g_variant_new_uint64(counts.bytes_received));
    add(stats, "jitter-ms", g_variant_new_double(counts.jitter_ms));
    if (counts.round_trip_ms >= 0)
        add(stats, "round-trip-ms", g_variant_new_double(counts.round_trip_ms));
    add(stats, "encryption", g_variant_new_string(srtp_suite_to_string(voice->agreement.local.suite)));
    add(stats, "mos", g_variant_new_double(quality_mos(voice->agreement.codec, delay_ms, voice->bad)));
    add(stats, "remote", g_variant_new_string(remote));
}
