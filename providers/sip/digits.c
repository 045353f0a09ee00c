/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digits: one generation at a time, of each call. */
#include "providers/sip/digits.h"

#include <errno.h>
#include <string.h>

#include "providers/sip/uui.h"

#define PAUSE_MS 1000

/* What is still to be said by INFO. */
struct DigitQueue {
    SipCall *call;
    char *digits;
    const char *next;
    unsigned duration_ms, gap_ms;
    bool is_silent; /* the peer holds us: nothing goes out, but the time passes */
    guint timer;
};

/* ---- What is told ---- */

static void tell(SipCall *call, unsigned sound, DigitsOutcome outcome) {
    if (!(call->sounds & sound))
        return;
    call->sounds &= ~sound;
    if (!call->call)
        return;
    if (sound == SOUND_DIGITS)
        provider_report_digits_sent(call->call, outcome);
    else
        provider_report_tone_sent(call->call, outcome);
}

/* What was cancelled was told when it was. */
void digits_on_sent(SipCall *call, DigitsOutcome outcome) {
    SipCall *speaker = call->speaks_for ? call->speaks_for : call;

    if (outcome != DIGITS_DONE)
        return;
    call->speaks_for = NULL;
    tell(speaker, SOUND_DIGITS, outcome);
}

void digits_on_tone_sent(SipCall *call, DigitsOutcome outcome) {
    SipCall *speaker = call->speaks_for ? call->speaks_for : call;

    if (outcome != DIGITS_DONE)
        return;
    call->speaks_for = NULL;
    tell(speaker, SOUND_TONE, outcome);
}

static void free_queue(SipCall *call) {
    struct DigitQueue *queue = call->digits;

    call->digits = NULL;
    if (!queue)
        return;
    if (queue->timer > 0)
        g_source_remove(queue->timer);
    g_free(queue->digits);
    g_free(queue);
}

/* The streams say that they were cancelled, too: by then it was told. */
static void quieten(SipCall *call, unsigned sounds) {
    free_queue(call);
    call->speaks_for = NULL;
    if (!call->stream || !call->has_agreed)
        return;
    if (sounds & SOUND_DIGITS)
        media_stream_send_digits(call->stream, "", 0, 0);
    if (sounds & SOUND_TONE)
        media_stream_send_tone(call->stream, TONE_NONE, 0);
}

void digits_stop(SipCall *call) {
    unsigned sounds = call->sounds;

    free_queue(call);
    tell(call, SOUND_DIGITS, DIGITS_CANCEL);
    tell(call, SOUND_TONE, DIGITS_CANCEL);
    if (sounds == 0)
        return;
    quieten(call, sounds);
    for (GList *link = call->members.head; link; link = link->next)
        quieten(link->data, sounds);
}

/* ---- INFO ---- */

static void say_one(struct DigitQueue *queue, char digit) {
    g_autofree char *body = g_strdup_printf("Signal=%c\r\nDuration=%u\r\n", digit, queue->duration_ms);
    SipCall *call = queue->call;

    if (call->dialog)
        sip_dialog_info(call->dialog, &(SipBody) { "application/dtmf-relay", body }, NULL);
}

static gboolean on_next(void *userdata) {
    struct DigitQueue *queue = userdata;
    SipCall *call = queue->call;
    char digit = *queue->next;
    unsigned wait_ms = digit == ',' ? PAUSE_MS : queue->duration_ms + queue->gap_ms;

    queue->timer = 0;
    if (digit == '\0') {
        free_queue(call);
        digits_on_sent(call, DIGITS_DONE);
        return G_SOURCE_REMOVE;
    }
    queue->next++;
    if (digit != ',' && !queue->is_silent)
        say_one(queue, digit);
    queue->timer = g_timeout_add(wait_ms, on_next, queue);
    return G_SOURCE_REMOVE;
}

static void say_by_info(SipCall *call, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    struct DigitQueue *queue = g_new0(struct DigitQueue, 1);

    queue->call = call;
    queue->digits = g_strdup(digits);
    queue->next = queue->digits;
    queue->duration_ms = duration_ms;
    queue->gap_ms = gap_ms;
    queue->is_silent = !call->agreed.sends;
    call->digits = queue;
    queue->timer = g_timeout_add(1, on_next, queue);
}

/* The peer knows no such digits, and the rest would fare no better. */
void digits_on_info_refused(SipCall *call) {
    SipCall *speaker = call->speaks_for ? call->speaks_for : call;

    if (!call->digits)
        return;
    free_queue(call);
    call->speaks_for = NULL;
    tell(speaker, SOUND_DIGITS, DIGITS_CANCEL);
}

/* ---- What owners do ---- */

static Refusal *say(SipCall *call, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    bool by_info = sip_line_account(call->desk->line)->dtmf == SIP_DTMF_INFO;
    int r = by_info || !call->agreed.sends ? -EOPNOTSUPP : media_stream_send_digits(call->stream, digits, duration_ms, gap_ms);

    if (r == -EOPNOTSUPP) {
        say_by_info(call, digits, duration_ms, gap_ms);
        return NULL;
    }
    if (r < 0)
        return refuse(REFUSAL_PROVIDER_FAILED, "The digits can't be sent: %s", g_strerror(-r));
    return NULL;
}

static bool can_speak(const SipCall *call) {
    return call->is_up && call->stream && call->has_agreed && (call->phase == PHASE_CONNECTED || call->phase == PHASE_CONFERENCED);
}

/* A conference's are for all of its members; the first of them tells when they are over. */
static SipCall *first_speaker(SipCall *call) {
    if (!call->is_conference)
        return can_speak(call) ? call : NULL;
    for (GList *link = call->members.head; link; link = link->next) {
        if (can_speak(link->data))
            return link->data;
    }
    return NULL;
}

Refusal *digits_send(SipCall *call, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    SipCall *speaker = first_speaker(call);
    Refusal *refusal;

    if (call->phase != PHASE_CONNECTED && call->phase != PHASE_CONFERENCED)
        return refuse_phase("connected or conferenced");
    digits_stop(call);
    if (!digits[0])
        return NULL;
    if (!speaker)
        return refuse(REFUSAL_INVALID_STATE, "Nobody is there to hear the digits");
    call->sounds |= SOUND_DIGITS;
    speaker->speaks_for = speaker == call ? NULL : call;
    refusal = say(speaker, digits, duration_ms, gap_ms);
    if (refusal) {
        call->sounds &= ~(unsigned) SOUND_DIGITS;
        speaker->speaks_for = NULL;
    }
    for (GList *link = call->members.head; link && !refusal; link = link->next) {
        SipCall *member = link->data;

        if (member != speaker && can_speak(member))
            refusal_free(say(member, digits, duration_ms, gap_ms));
    }
    return refusal;
}

Refusal *digits_send_tone(SipCall *call, Tone tone, unsigned ms) {
    SipCall *speaker = first_speaker(call);
    int r;

    if (call->phase != PHASE_CONNECTED)
        return refuse_phase("connected");
    digits_stop(call);
    if (tone == TONE_NONE || ms == 0)
        return NULL;
    if (!speaker)
        return refuse(REFUSAL_INVALID_STATE, "Nobody is there to hear the tone");
    call->sounds |= SOUND_TONE;
    speaker->speaks_for = speaker == call ? NULL : call;
    r = media_stream_send_tone(speaker->stream, tone, ms);
    if (r == 0)
        return NULL;
    call->sounds &= ~(unsigned) SOUND_TONE;
    speaker->speaks_for = NULL;
    return refuse(REFUSAL_PROVIDER_FAILED, "The tone can't be sent: %s", g_strerror(-r));
}

/* ---- The far end's ---- */

void digits_on_heard(SipCall *call, char digit) {
    char upper = g_ascii_toupper(digit);

    if (!call->call || !strchr("0123456789ABCD*#", upper) || upper == '\0')
        return;
    if (call->listens && (call->phase == PHASE_CONNECTED || call->phase == PHASE_CONFERENCED))
        provider_report_digit(call->call, upper);
    if (call->conference && call->conference->listens && call->conference->call)
        provider_report_digit(call->conference->call, upper);
}

static char digit_of(const char *text) {
    text += strspn(text, " \t");
    if (g_ascii_isdigit(text[0]) && g_ascii_isdigit(text[1])) {
        int event = (text[0] - '0') * 10 + (text[1] - '0');

        return event == 10 ? '*' : event == 11 ? '#' : event >= 12 && event <= 15 ? (char) ('A' + event - 12) : '\0';
    }
    return text[0] && strchr("0123456789ABCDabcd*#", text[0]) ? g_ascii_toupper(text[0]) : '\0';
}

char digits_from_relay(const char *body) {
    while (*body) {
        size_t length = strcspn(body, "\r\n");

        if (g_ascii_strncasecmp(body, "Signal", strlen("Signal")) == 0) {
            const char *sign = memchr(body, '=', length);

            return sign ? digit_of(sign + 1) : '\0';
        }
        body += length;
        body += strspn(body, "\r\n");
    }
    return '\0';
}

char digits_from_plain(const char *body) {
    return digit_of(body);
}

void digits_on_info(SipCall *call, const SipEvent *event) {
    g_autofree char *relay = sip_event_body(event, "application/dtmf-relay"), *plain = sip_event_body(event, "application/dtmf");
    g_autoptr(GBytes) uui = uui_parse(sip_event_header(event, "User-to-User"));
    char digit = relay ? digits_from_relay(relay) : plain ? digits_from_plain(plain) : '\0';

    if (digit || uui || !event->sip->sip_payload)
        sip_dialog_respond(call->dialog, 200, NULL, NULL, NULL);
    else
        sip_dialog_respond(call->dialog, 415, NULL, NULL, "Accept: application/dtmf-relay, application/dtmf\n");
    if (uui && call->call && call->awaits.take == 0)
        provider_report_user_user_info(call->call, g_bytes_get_data(uui, NULL), g_bytes_get_size(uui));
    if (digit)
        digits_on_heard(call, digit);
}
