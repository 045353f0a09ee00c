/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Path: from the messages of an INVITE, and from those that change the target (RFC 3261, 12.2.2; RFC 3311). */
#include "providers/sip/path.h"

#include <glib.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_util.h>

/* So many of ours may be on their way that were not answered, and that we know nothing of. */
#define NUMBERS_UNKNOWN 100

void path_clear(Path *path) {
    g_free(path->local);
    g_free(path->remote);
    g_free(path->routes);
    g_free(path->first_route);
    g_free(path->target);
    *path = (Path) { 0 };
}

static void keep_header(char **text, const void *header) {
    su_home_t *home = su_home_new(sizeof(su_home_t));

    g_free(*text);
    *text = g_strdup(sip_header_as_string(home, header));
    su_home_unref(home);
}

static void keep_url(char **text, const url_t *url) {
    su_home_t *home = su_home_new(sizeof(su_home_t));

    g_free(*text);
    *text = g_strdup(url_as_string(home, url));
    su_home_unref(home);
}

/* A request's stand in the order of our way; whoever began the dialog gets them the other way round. */
static void keep_routes(Path *path, const sip_record_route_t *routes, bool is_reversed) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    GString *text = g_string_new(NULL);

    for (; routes; routes = routes->r_next) {
        sip_record_route_t one = *routes;
        const char *value;

        one.r_next = NULL;
        value = sip_header_as_string(home, (const sip_header_t *) &one);
        if (is_reversed && text->len > 0)
            g_string_prepend_c(text, ',');
        if (is_reversed)
            g_string_prepend(text, value);
        else
            g_string_append_printf(text, "%s%s", text->len > 0 ? "," : "", value);
        if (!is_reversed || !path->first_route)
            keep_url(&path->first_route, routes->r_url);
    }
    path->has_routes = true;
    path->routes = g_string_free(text, text->len == 0);
    su_home_unref(home);
}

static bool changes_target(const sip_t *sip) {
    sip_method_t method = sip->sip_request ? sip->sip_request->rq_method : sip->sip_cseq->cs_method;
    bool is_taken = sip->sip_request || sip->sip_status->st_status / 100 == 2;

    return is_taken && (method == sip_method_invite || method == sip_method_update) && sip->sip_contact;
}

void path_learn(Path *path, const sip_t *sip) {
    bool is_request = sip->sip_request, is_answer = sip->sip_status && sip->sip_status->st_status >= 200;

    if (!sip->sip_cseq || (!is_request && !is_answer))
        return;
    if (is_answer)
        path->number = MAX(path->number, sip->sip_cseq->cs_seq);
    if (!path->local && (is_request ? sip->sip_to : sip->sip_from)->a_tag)
        keep_header(&path->local, is_request ? sip->sip_to : sip->sip_from);
    if (!changes_target(sip))
        return;
    keep_url(&path->target, sip->sip_contact->m_url);
    if (path->has_routes)
        return;
    keep_header(&path->remote, is_request ? sip->sip_from : sip->sip_to);
    keep_routes(path, sip->sip_record_route, is_request);
}

bool path_is_whole(const Path *path) {
    return path->local && path->remote && path->target;
}

/* The stack begins with the time; what it has sent may be unanswered. */
uint32_t path_next_number(const Path *path) {
    return MAX(path->number, (uint32_t) (sip_now() >> 1) & 0x7ffffff) + NUMBERS_UNKNOWN;
}
