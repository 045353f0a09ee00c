/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Causes: tables between SIP, Q.850 and the call model. */
#include "providers/sip/cause.h"

#include <glib.h>
#include <string.h>

#include "providers/sip/reason.h"

#define PHRASE_MAX 128 /* characters of the network's words */

/* By rising status. `rang`: the cause if the far end was ringing, where that makes a difference. */
static const struct {
    int status;
    DisconnectCause cause, rang;
} statuses[] = {
    { 200, CAUSE_NORMAL, CAUSE_NONE },
    { 300, CAUSE_FORWARDED, CAUSE_NONE },
    { 400, CAUSE_UNKNOWN, CAUSE_NONE },
    { 401, CAUSE_REJECTED, CAUSE_NONE },
    { 402, CAUSE_REJECTED, CAUSE_NONE },
    { 403, CAUSE_REJECTED, CAUSE_NONE },
    { 404, CAUSE_BAD_ADDRESS, CAUSE_NONE },
    { 405, CAUSE_UNAVAILABLE, CAUSE_NONE },
    { 406, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 407, CAUSE_REJECTED, CAUSE_NONE },
    { 408, CAUSE_UNREACHABLE, CAUSE_NO_ANSWER },
    { 410, CAUSE_NUMBER_CHANGED, CAUSE_NONE },
    { 415, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 416, CAUSE_BAD_ADDRESS, CAUSE_NONE },
    { 420, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 421, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 424, CAUSE_BAD_ADDRESS, CAUSE_NONE },
    { 433, CAUSE_BLOCKED, CAUSE_NONE },
    { 436, CAUSE_BAD_ADDRESS, CAUSE_NONE },
    { 437, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 480, CAUSE_UNAVAILABLE, CAUSE_NO_ANSWER },
    { 481, CAUSE_TEMPORARY_FAILURE, CAUSE_NONE },
    { 482, CAUSE_UNREACHABLE, CAUSE_NONE },
    { 483, CAUSE_UNREACHABLE, CAUSE_NONE },
    { 484, CAUSE_BAD_ADDRESS, CAUSE_NONE },
    { 485, CAUSE_BAD_ADDRESS, CAUSE_NONE },
    { 486, CAUSE_BUSY, CAUSE_NONE },
    { 487, CAUSE_CANCELLED, CAUSE_NONE },
    { 488, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 491, CAUSE_TEMPORARY_FAILURE, CAUSE_NONE },
    { 493, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 494, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 500, CAUSE_TEMPORARY_FAILURE, CAUSE_NONE },
    { 501, CAUSE_UNAVAILABLE, CAUSE_NONE },
    { 502, CAUSE_OUT_OF_ORDER, CAUSE_NONE },
    { 503, CAUSE_CONGESTION, CAUSE_NONE },
    { 504, CAUSE_UNREACHABLE, CAUSE_NONE },
    { 505, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 513, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 580, CAUSE_QOS_UNAVAILABLE, CAUSE_NONE },
    { 600, CAUSE_BUSY, CAUSE_NONE },
    { 603, CAUSE_REJECTED, CAUSE_NONE },
    { 604, CAUSE_BAD_ADDRESS, CAUSE_NONE },
    { 606, CAUSE_INCOMPATIBLE, CAUSE_NONE },
    { 607, CAUSE_BLOCKED, CAUSE_NONE }, /* RFC 8197 */
    { 608, CAUSE_BLOCKED, CAUSE_NONE }, /* RFC 8688 */
};

/* What is left of an unknown status is its class (RFC 3261, 8.1.3.2); an unknown refusal for good is no busy line, though. */
static const DisconnectCause classes[] = { CAUSE_NONE,    CAUSE_NONE,    CAUSE_NORMAL,  CAUSE_FORWARDED,
                                           CAUSE_UNKNOWN, CAUSE_TEMPORARY_FAILURE, CAUSE_REJECTED };

static const struct {
    int status;
    CallEvent event;
    StateDetail detail;
} tones[] = {
    { 486, CALL_EVENT_BUSY, STATE_DETAIL_STATION },
    { 600, CALL_EVENT_BUSY, STATE_DETAIL_STATION },
    { 502, CALL_EVENT_SPECIAL_INFO, STATE_DETAIL_REORDER },
    { 503, CALL_EVENT_SPECIAL_INFO, STATE_DETAIL_NO_CIRCUIT },
};

/* By rising cause of Q.850. */
static const struct {
    int q850;
    DisconnectCause cause;
} reasons[] = {
    { 1, CAUSE_BAD_ADDRESS },
    { 2, CAUSE_UNREACHABLE },
    { 3, CAUSE_UNREACHABLE },
    { 16, CAUSE_NORMAL },
    { 17, CAUSE_BUSY },
    { 18, CAUSE_NO_ANSWER },
    { 19, CAUSE_NO_ANSWER },
    { 20, CAUSE_UNAVAILABLE },
    { 21, CAUSE_REJECTED },
    { 22, CAUSE_NUMBER_CHANGED },
    { 23, CAUSE_FORWARDED },
    { 24, CAUSE_BLOCKED },
    { 25, CAUSE_UNREACHABLE },
    { 26, CAUSE_ANSWERED_ELSEWHERE },
    { 27, CAUSE_OUT_OF_ORDER },
    { 28, CAUSE_BAD_ADDRESS },
    { 29, CAUSE_REJECTED },
    { 31, CAUSE_NORMAL },
    { 34, CAUSE_CONGESTION },
    { 38, CAUSE_OUT_OF_ORDER },
    { 41, CAUSE_TEMPORARY_FAILURE },
    { 42, CAUSE_CONGESTION },
    { 43, CAUSE_CONGESTION },
    { 44, CAUSE_CONGESTION },
    { 47, CAUSE_CONGESTION },
    { 49, CAUSE_QOS_UNAVAILABLE },
    { 50, CAUSE_UNAVAILABLE },
    { 55, CAUSE_BLOCKED },
    { 57, CAUSE_UNAVAILABLE },
    { 58, CAUSE_UNAVAILABLE },
    { 63, CAUSE_UNAVAILABLE },
    { 65, CAUSE_INCOMPATIBLE },
    { 66, CAUSE_INCOMPATIBLE },
    { 69, CAUSE_UNAVAILABLE },
    { 70, CAUSE_INCOMPATIBLE },
    { 79, CAUSE_INCOMPATIBLE },
    { 87, CAUSE_BLOCKED },
    { 88, CAUSE_INCOMPATIBLE },
    { 102, CAUSE_TEMPORARY_FAILURE },
    { 127, CAUSE_UNKNOWN },
};

static const char *const own_reasons[_CAUSE_MAX] = {
    [CAUSE_NORMAL] = "Q.850;cause=16;text=\"Normal call clearing\"",
    [CAUSE_REJECTED] = "Q.850;cause=21;text=\"Call rejected\"",
    [CAUSE_ANSWERED_ELSEWHERE] = "SIP;cause=200;text=\"Call completed elsewhere\"",
    [CAUSE_BUSY] = "Q.850;cause=17;text=\"User busy\"",
    [CAUSE_NO_ANSWER] = "Q.850;cause=19;text=\"No answer\"",
    [CAUSE_INCOMPATIBLE] = "Q.850;cause=88;text=\"Incompatible destination\"",
    [CAUSE_OUT_OF_ORDER] = "Q.850;cause=27;text=\"Destination out of order\"",
    [CAUSE_TEMPORARY_FAILURE] = "Q.850;cause=41;text=\"Temporary failure\"",
    [CAUSE_PROVIDER_FAILED] = "Q.850;cause=41;text=\"Temporary failure\"",
    [CAUSE_SERVICE_RESTARTED] = "Q.850;cause=41;text=\"Temporary failure\"",
};

static const struct {
    int status;
    const char *phrase;
} rejections[_REJECT_MAX] = {
    [REJECT_NONE] = { 603, "Decline" },
    [REJECT_BUSY] = { 486, "Busy Here" },
    [REJECT_DECLINED] = { 603, "Decline" },
};

DisconnectCause cause_from_status(int status, bool rang) {
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++)
        if (statuses[i].status == status)
            return rang && statuses[i].rang != CAUSE_NONE ? statuses[i].rang : statuses[i].cause;
    if (status < 0 || (size_t) status / 100 >= G_N_ELEMENTS(classes))
        return CAUSE_UNKNOWN;
    return classes[status / 100];
}

CallEvent cause_tone(int status, StateDetail *ret_detail) {
    for (size_t i = 0; i < G_N_ELEMENTS(tones); i++)
        if (tones[i].status == status) {
            *ret_detail = tones[i].detail;
            return tones[i].event;
        }
    *ret_detail = STATE_DETAIL_NONE;
    return CALL_EVENT_ENDED;
}

static DisconnectCause cause_from_q850(int q850) {
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (reasons[i].q850 == q850)
            return reasons[i].cause;
    return CAUSE_NONE;
}

static DisconnectCause cause_from_one_reason(const Reason *reason) {
    if (reason->protocol == REASON_Q850)
        return cause_from_q850(reason->cause);

    /* 2xx in a CANCEL: the call was not given up, but somebody else got it. */
    if (reason->cause / 100 == 2)
        return CAUSE_ANSWERED_ELSEWHERE;
    return reason->cause < 300 || reason->cause > 699 ? CAUSE_NONE : cause_from_status(reason->cause, /* rang= */ false);
}

DisconnectCause cause_from_reason(const char *reason) {
    Reason one;

    while (reason_next(&reason, &one)) {
        DisconnectCause cause = cause_from_one_reason(&one);

        if (cause != CAUSE_NONE)
            return cause;
    }
    return CAUSE_NONE;
}

const char *cause_to_reason(DisconnectCause cause) {
    return cause > CAUSE_NONE && cause < _CAUSE_MAX ? own_reasons[cause] : NULL;
}

int cause_reject_status(RejectReason reason, const char **ret_phrase) {
    g_assert(reason >= 0 && reason < _REJECT_MAX);
    *ret_phrase = rejections[reason].phrase;
    return rejections[reason].status;
}

/* ---- The network's words ---- */

/* One line of UTF-8, of a length that a person reads. */
static void append_words(GString *text, const char *words) {
    g_autofree char *valid = g_utf8_make_valid(words, -1);
    unsigned n = 0;

    for (const char *c = valid; *c != '\0' && n < PHRASE_MAX; c = g_utf8_next_char(c), n++)
        g_string_append_unichar(text, g_unichar_iscntrl(g_utf8_get_char(c)) ? ' ' : g_utf8_get_char(c));
}

static void append_one(GString *text, const char *protocol, int number, const char *words) {
    g_string_append_printf(text, "%s %d", protocol, number);
    if (!words || *words == '\0')
        return;
    g_string_append_c(text, ' ');
    append_words(text, words);
}

char *cause_text(int status, const char *phrase, const char *reason) {
    GString *text = g_string_new(NULL);
    bool bare = status == 0;
    Reason one;

    if (!bare)
        append_one(text, "SIP", status, phrase);
    if (reason_next(&reason, &one)) {
        g_string_append(text, bare ? "" : " (");
        append_one(text, reason_protocol_to_string(one.protocol), one.cause, one.text);
        g_string_append(text, bare ? "" : ")");
    }
    return g_string_free(text, text->len == 0);
}
