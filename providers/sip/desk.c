/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Desk: the calls of a line. */
#include "providers/sip/desk.h"

#include <string.h>

#include "providers/sip/call.h"
#include "providers/sip/way.h"
#include "service/log.h"

static Media *open_media(const SipAccount *account, const char *name) {
    g_autofree char *why = NULL;
    MediaConfig config = {
        .input = account->audio_input ? account->audio_input : "",
        .output = account->audio_output ? account->audio_output : "",
        .ringer = account->ring_device ? account->ring_device : "",
        .port_min = account->rtp_ports.min,
        .port_max = account->rtp_ports.max,
        .echo_cancel = true,
    };
    Media *media = NULL;

    if (media_new(&config, &media, &why) < 0)
        log_error("sip: line %s has no sound: %s", name, why ? why : "no reason");
    return media;
}

/* One that is not installed must not be offered: the peer might take it, and nobody would hear a word. */
static void choose_codecs(Desk *desk, const char *name) {
    const CodecList *wanted = &sip_line_account(desk->line)->codecs;

    for (size_t i = 0; desk->media && i < wanted->n; i++)
        if (codec_is_here(wanted->codecs[i]))
            desk->codecs.codecs[desk->codecs.n++] = wanted->codecs[i];
    if (!desk->media || desk->codecs.n > 0)
        return;
    log_error("sip: line %s has no sound: none of its codecs is installed", name);
    desk->media = media_free(desk->media);
}

Desk *desk_new(SipLine *line, const LineInfo *info) {
    Desk *desk = g_new0(Desk, 1);

    desk->refs = 1;
    desk->sip = sip_line_sip(line);
    desk->line = line;
    desk->media = open_media(sip_line_account(line), info->name);
    choose_codecs(desk, info->name);
    desk->assigns_call_ids = info->call_id;
    desk->answer_mode = info->answer_mode;
    desk->max_conference_parties = info->max_conference_parties;
    g_queue_init(&desk->calls);
    return desk;
}

/* The service has forgotten the calls already. */
static void void_calls(Desk *desk) {
    for (GList *link = desk->calls.head; link; link = link->next)
        ((SipCall *) link->data)->call = NULL;
    desk_end_calls(desk, CAUSE_PROVIDER_FAILED);
}

Desk *desk_free(Desk *desk) {
    if (!desk)
        return NULL;
    void_calls(desk);
    desk->line = NULL;
    return desk_unref(desk);
}

Desk *desk_ref(Desk *desk) {
    desk->refs++;
    return desk;
}

Desk *desk_unref(Desk *desk) {
    if (!desk || --desk->refs > 0)
        return NULL;
    rules_clear(&desk->rules);
    if (desk->media)
        media_free(desk->media);
    g_free(desk);
    return NULL;
}

Operations desk_missing(const SipAccount *account) {
    Operations missing = 0;

    if (!account->park_code)
        missing |= OPERATION_BIT(OPERATION_PARK);
    if (!account->unpark_code)
        missing |= OPERATION_BIT(OPERATION_UNPARK);
    return missing;
}

/* ---- The end of its calls ---- */

void desk_end_calls(Desk *desk, DisconnectCause cause) {
    SipCall *call;

    while ((call = g_queue_peek_head(&desk->calls)))
        call_hang_up(call->conference ? call->conference : call, cause, NULL);
}

/* ---- Addresses ---- */

const char *desk_domain(const Desk *desk) {
    const char *at = strchr(sip_line_address(desk->line), '@');

    return at ? at + 1 : sip_line_address(desk->line) + strlen("sip:");
}

/* The numeric host of a URI, without brackets; NULL if it is a name. */
static char *numeric_host(const char *uri) {
    const char *at = uri ? strrchr(uri, '@') : NULL;
    const char *host = !uri ? NULL : at ? at + 1 : strchr(uri, ':') ? strchr(uri, ':') + 1 : uri;
    bool bracket = host && host[0] == '[';
    g_autofree char *copy = NULL;

    if (!host)
        return NULL;
    host += bracket;
    copy = g_strndup(host, strcspn(host, bracket ? "]" : ":;?>"));
    return sip_host_is_numeric(copy) ? TAKE_PTR(copy) : NULL;
}

char *desk_media_address(const Desk *desk, const char *target) {
    const char *own = desk->line && sip_line_stack(desk->line) ? sip_stack_address(sip_line_stack(desk->line)) : NULL;
    g_autofree char *host = NULL;
    bool is_ipv6 = own && strchr(own, ':');
    char *address;

    if (own && strcmp(own, "::") != 0 && strcmp(own, "0.0.0.0") != 0)
        return g_strdup(own);
    host = numeric_host(target);
    address = host ? way_local_towards(host) : NULL;
    if (!address)
        address = way_local_usual(is_ipv6);
    return address ? address : g_strdup(is_ipv6 ? "::1" : "127.0.0.1");
}
