/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Party: from headers. What a peer says of itself is shown, never believed. */
#include "providers/sip/party.h"

#include <sofia-sip/url.h>
#include <string.h>

#include "providers/sip/number.h"

#define ANONYMOUS "anonymous.invalid"

void party_clear(Party *party) {
    g_free(party->number);
    g_free(party->name);
    *party = (Party) { .presentation = PRESENTATION_UNKNOWN };
}

void party_copy(Party *party, const Party *from) {
    char *number = g_strdup(from->number), *name = g_strdup(from->name);

    party_clear(party);
    *party = (Party) { number, name, from->presentation };
}

PartyInfo party_as_info(const Party *party) {
    return (PartyInfo) { party->number ? party->number : "", party->name ? party->name : "", party->presentation };
}

static void withhold(Party *party) {
    party_clear(party);
    party->presentation = PRESENTATION_WITHHELD;
}

/* Whatever follows a backslash stands for itself (RFC 3261, 25.1). */
static char *unquoted(const char *text, size_t length) {
    GString *name = g_string_sized_new(length);

    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 < length)
            i++;
        g_string_append_c(name, text[i]);
    }
    return g_string_free(name, FALSE);
}

/* A display name comes with its quotation marks. */
static char *name_of(const char *display) {
    g_autofree char *text = g_strdup(display);
    size_t length = text ? strlen(text) : 0;

    if (length >= 2 && text[0] == '"' && text[length - 1] == '"')
        return unquoted(text + 1, length - 2);
    return g_strdup(text ? g_strstrip(text) : "");
}

static void set_from_url(Party *party, const char *display, const url_t *url, const char *domain) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    char *uri = url_as_string(home, url);

    party_clear(party);
    if (!uri || (url->url_host && g_ascii_strcasecmp(url->url_host, ANONYMOUS) == 0))
        party->presentation = PRESENTATION_WITHHELD;
    else {
        party->number = number_from_uri(uri, domain);
        party->name = name_of(display);
        party->presentation = party->number[0] ? PRESENTATION_ALLOWED : PRESENTATION_UNKNOWN;
    }
    su_home_unref(home);
}

void party_from_address(Party *ret, const char *address, const char *domain) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const sip_from_t *from = address ? sip_from_make(home, address) : NULL;

    party_clear(ret);
    if (from)
        set_from_url(ret, from->a_display, from->a_url, domain);
    su_home_unref(home);
}

/* ---- The sender ---- */

static bool wants_privacy(const sip_t *sip) {
    const sip_privacy_t *privacy = sip ? sip_privacy(sip) : NULL;

    for (size_t i = 0; privacy && privacy->priv_values && privacy->priv_values[i]; i++) {
        const char *value = privacy->priv_values[i];

        if (g_ascii_strcasecmp(value, "id") == 0 || g_ascii_strcasecmp(value, "user") == 0 ||
            g_ascii_strcasecmp(value, "header") == 0)
            return true;
    }
    return false;
}

/* The parser knows these by their names only. */
static bool set_from_unknown(Party *party, const SipEvent *event, const char *name, const char *domain) {
    const char *value = sip_event_header(event, name);
    const char *privacy = value ? strstr(value, "privacy=") : NULL;

    if (!value)
        return false;
    if (privacy && !g_str_has_prefix(privacy, "privacy=off"))
        withhold(party);
    else
        party_from_address(party, value, domain);
    return true;
}

void party_of_sender(Party *ret, const SipEvent *event, bool trusted, const char *domain) {
    const sip_t *sip = event->sip;
    bool is_request = sip && sip->sip_request;

    party_clear(ret);
    if (!sip)
        return;
    if (wants_privacy(sip)) {
        withhold(ret);
        return;
    }
    if ((trusted || !is_request) &&
        (set_from_unknown(ret, event, "P-Asserted-Identity", domain) ||
         set_from_unknown(ret, event, "Remote-Party-ID", domain)))
        return;
    if (is_request && sip->sip_from)
        set_from_url(ret, sip->sip_from->a_display, sip->sip_from->a_url, domain);
}

void party_of_called(Party *ret, const SipEvent *event, const char *domain) {
    party_clear(ret);
    if (event->sip && event->sip->sip_to)
        set_from_url(ret, event->sip->sip_to->a_display, event->sip->sip_to->a_url, domain);
}

/* ---- Those between ---- */

static const struct {
    const char *word;
    CallReason reason;
} diversions[] = {
    { "unconditional", REASON_FWD_UNCOND }, { "user-busy", REASON_FWD_BUSY },   { "no-answer", REASON_FWD_NO_ANSWER },
    { "deflection", REASON_REDIRECT },      { "follow-me", REASON_FWD_UNCOND }, { "away", REASON_FWD_UNCOND },
    { "do-not-disturb", REASON_FWD_UNCOND },
};

static CallReason reason_of(const char *value) {
    const char *reason = strstr(value, "reason=");

    if (!reason)
        return REASON_REDIRECT;
    reason += strlen("reason=");
    if (*reason == '"')
        reason++;
    for (size_t i = 0; i < G_N_ELEMENTS(diversions); i++) {
        if (g_ascii_strncasecmp(reason, diversions[i].word, strlen(diversions[i].word)) == 0)
            return diversions[i].reason;
    }
    return REASON_REDIRECT;
}

/* History-Info names whom the call was for before, the last but one; what stands in the URI says why. */
static bool from_history(Party *ret, CallReason *ret_reason, const SipEvent *event, const char *domain) {
    const char *value = sip_event_header(event, "History-Info");
    const char *comma = value ? strchr(value, ',') : NULL;
    g_autofree char *first = comma ? g_strndup(value, (size_t) (comma - value)) : NULL;
    char *headers = first ? strchr(first, '?') : NULL, *end = headers ? strchr(headers, '>') : NULL;

    if (!first)
        return false;
    *ret_reason = headers && strstr(headers, "cause%3D486") ? REASON_FWD_BUSY
                  : headers && strstr(headers, "cause%3D408") ? REASON_FWD_NO_ANSWER
                                                              : REASON_REDIRECT;
    if (end)
        memmove(headers, end, strlen(end) + 1);
    party_from_address(ret, first, domain);
    return true;
}

bool party_of_diversion(Party *ret, CallReason *ret_reason, const SipEvent *event, const char *domain) {
    const char *value = sip_event_header(event, "Diversion");

    if (!value)
        return from_history(ret, ret_reason, event, domain);
    *ret_reason = reason_of(value);
    if (strstr(value, "privacy=full"))
        withhold(ret);
    else
        party_from_address(ret, value, domain);
    return true;
}

bool party_of_referrer(Party *ret, const SipEvent *event, const char *domain) {
    const sip_referred_by_t *by = event->sip ? event->sip->sip_referred_by : NULL;

    if (!by)
        return false;
    set_from_url(ret, by->b_display, by->b_url, domain);
    return true;
}
