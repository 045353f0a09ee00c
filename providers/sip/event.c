/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Event: what a message says, beyond what SIP's parser made of it. */
#include <sofia-sip/msg_mime.h>
#include <sofia-sip/msg_header.h>
#include <string.h>

#include "providers/sip/digest.h"
#include "providers/sip/stack-private.h"

const char *sip_event_user(const SipEvent *event) {
    if (!event->sip || !event->sip->sip_request)
        return NULL;
    return event->sip->sip_request->rq_url->url_user;
}

/* The stack compares what stands there with where it came from. */
const char *sip_event_source(const SipEvent *event) {
    const sip_via_t *via = event->sip && event->sip->sip_request ? event->sip->sip_via : NULL;

    return !via ? NULL : via->v_received ? via->v_received : via->v_host;
}

char *sip_event_reason(const SipEvent *event) {
    su_home_t *home;
    char *text;

    if (!event->sip || !event->sip->sip_reason)
        return NULL;
    home = su_home_new(sizeof(su_home_t));
    text = g_strdup(sip_header_as_string(home, (const sip_header_t *) event->sip->sip_reason));
    su_home_unref(home);
    return text;
}

char *sip_event_contact(const SipEvent *event) {
    su_home_t *home;
    char *text;

    if (!event->sip || !event->sip->sip_contact)
        return NULL;
    home = su_home_new(sizeof(su_home_t));
    text = g_strdup(url_as_string(home, event->sip->sip_contact->m_url));
    su_home_unref(home);
    return text;
}

const char *sip_event_header(const SipEvent *event, const char *name) {
    if (!event->sip)
        return NULL;
    for (const sip_unknown_t *header = event->sip->sip_unknown; header; header = header->un_next) {
        if (header->un_name && g_ascii_strcasecmp(header->un_name, name) == 0)
            return header->un_value;
    }
    return NULL;
}

const msg_auth_t *challenge_find(int status, const sip_t *sip) {
    const msg_auth_t *challenge = !sip ? NULL : status == 401 ? sip->sip_www_authenticate : status == 407 ? sip->sip_proxy_authenticate : NULL;

    while (challenge && g_ascii_strcasecmp(challenge->au_scheme, "Digest") != 0)
        challenge = challenge->au_next;
    return challenge;
}

char *sip_event_realm(const SipEvent *event) {
    const msg_auth_t *challenge = challenge_find(event->status, event->sip);

    return challenge ? digest_realm((const char *const *) challenge->au_params) : NULL;
}

/* "application/sdp;charset=utf-8" is of "application/sdp". */
static bool is_of_type(const char *is, const char *wanted) {
    size_t length = strlen(wanted);

    return is && g_ascii_strncasecmp(is, wanted, length) == 0 && strchr("; \t", is[length]);
}

static char *part_of(const sip_t *sip, const char *type) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    msg_multipart_t *parts = msg_multipart_parse(home, sip->sip_content_type, (msg_payload_t *) sip->sip_payload);
    char *text = NULL;

    for (const msg_multipart_t *part = parts; part && !text; part = part->mp_next) {
        if (part->mp_content_type && part->mp_payload && is_of_type(part->mp_content_type->c_type, type))
            text = g_strndup(part->mp_payload->pl_data, part->mp_payload->pl_len);
    }
    su_home_unref(home);
    return text;
}

char *sip_event_body(const SipEvent *event, const char *type) {
    const sip_t *sip = event->sip;

    if (!sip || !sip->sip_payload || !sip->sip_payload->pl_data || !sip->sip_content_type)
        return NULL;
    if (is_of_type(sip->sip_content_type->c_type, type))
        return g_strndup(sip->sip_payload->pl_data, sip->sip_payload->pl_len);
    if (sip->sip_content_type->c_type && g_ascii_strncasecmp(sip->sip_content_type->c_type, "multipart/", 10) == 0)
        return part_of(sip, type);
    return NULL;
}
