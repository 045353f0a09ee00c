/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Renewal: the same dialog in a new handle of NUA. The old one goes without a word to the peer: what it says from then on gets lost. */
#include "providers/sip/stack-private.h"

#include <string.h>

#include "service/log.h"

/* Where nobody listens: what is sent there comes to its end at once. */
#define NOWHERE "sip:127.0.0.1:9;transport=udp"
#define NOWHERE_6 "sip:[::1]:9;transport=udp"

struct Renewal {
    Mirror *mirror;
    Renewed renewed;
};

Renewal *renewal_free(Renewal *renewal) {
    if (!renewal)
        return NULL;
    mirror_free(renewal->mirror);
    g_free(renewal);
    return NULL;
}

void renewal_change(Renewal *renewal, Renewed renewed) {
    renewal->renewed = renewed;
}

static const char *address_of(const SipStack *stack) {
    if (!stack->address || strcmp(stack->address, "0.0.0.0") == 0)
        return "127.0.0.1";
    return strcmp(stack->address, "::") == 0 ? "::1" : stack->address;
}

static void abandon(SipStack *stack, nua_handle_t *handle) {
    bool is_ipv6 = strchr(address_of(stack), ':');

    nua_handle_bind(handle, NULL);
    nua_set_hparams(handle, NUTAG_PROXY(is_ipv6 ? NOWHERE_6 : NOWHERE), TAG_END());
    nua_handle_destroy(handle);
}

/* What the peer would say of itself. */
static char *answer_headers(const Path *path) {
    if (!path->routes)
        return g_strdup_printf("Contact: <%s>\r\n", path->target);
    return g_strdup_printf("Record-Route: %s\r\nContact: <%s>\r\n", path->routes, path->target);
}

static nua_handle_t *new_handle(SipDialog *dialog, SipStack *stack, const char *proxy) {
    const Path *path = &dialog->path;
    nua_handle_t *handle = nua_handle(stack->nua, dialog, SIPTAG_FROM_STR(path->local), SIPTAG_TO_STR(path->remote),
                                      TAG_IF(dialog->contact_user, NUTAG_M_USERNAME(dialog->contact_user)), TAG_END());

    if (handle)
        nua_set_hparams(handle, NUTAG_PROXY(proxy), SIPTAG_ALLOW_STR(DIALOG_METHODS),
                        TAG_IF(dialog->takes_update, NUTAG_UPDATE_REFRESH(1)), TAG_END());
    return handle;
}

static void settle_in(SipDialog *dialog, SipStack *stack, nua_handle_t *handle) {
    abandon(dialog->stack, dialog->handle);
    g_hash_table_remove(dialog->stack->dialogs, dialog);
    g_hash_table_add(stack->dialogs, dialog);
    dialog->stack = stack;
    dialog->handle = handle;
    dialog->waiting = 0;
    dialog_forget_challenges(dialog);
}

bool dialog_renew(SipDialog *dialog, SipStack *stack, Renewed renewed) {
    g_autofree char *headers = NULL, *number = NULL;
    nua_handle_t *handle = NULL;
    Mirror *mirror;

    if (!path_is_whole(&dialog->path) || !dialog->call_id || dialog->was_over || dialog->renewal || !stack->nua || stack->is_down ||
        stack->pool->stopping)
        return false;
    headers = answer_headers(&dialog->path);
    mirror = mirror_new(address_of(stack), dialog->call_id, headers);
    if (mirror)
        handle = new_handle(dialog, stack, mirror_uri(mirror));
    if (!handle) {
        mirror_free(mirror);
        return false;
    }
    settle_in(dialog, stack, handle);
    dialog->renewal = g_new0(Renewal, 1);
    *dialog->renewal = (Renewal) { mirror, renewed };
    number = g_strdup_printf("%u INVITE", path_next_number(&dialog->path));
    nua_invite(handle, NUTAG_URL(dialog->path.target), SIPTAG_CALL_ID_STR(dialog->call_id), SIPTAG_CSEQ_STR(number), TAG_END());
    return true;
}

/* A name has the address that it had before: the stack may know no other. */
static bool leads_to(const char *uri, const char *next_hop) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const url_t *url = uri ? url_make(home, uri) : NULL, *hop = next_hop ? url_make(home, next_hop) : NULL;
    bool does = url && hop && url->url_host && hop->url_host && g_ascii_strcasecmp(url->url_host, hop->url_host) == 0;

    su_home_unref(home);
    return does;
}

/* Nobody of the network is between us any more: the peer gets no proof of the password, asked for or not. */
static void keep_password(SipDialog *dialog) {
    sip_dialog_set_credentials(dialog, NULL);
    nua_set_hparams(dialog->handle, NUTAG_AUTH_CACHE(nua_auth_cache_challenged), TAG_END());
}

void dialog_aim(SipDialog *dialog) {
    const char *first = dialog->path.first_route;

    dialog->is_aimed = true;
    if (dialog->next_hop && !first)
        keep_password(dialog);
    nua_set_hparams(dialog->handle, NUTAG_PROXY(leads_to(first, dialog->next_hop) ? dialog->next_hop : first), TAG_END());
}

/* Neither handle has it any more. */
static void fail(SipDialog *dialog, const SipEvent *event) {
    dialog->renewal = renewal_free(dialog->renewal);
    if (dialog->was_over)
        return;
    dialog->was_over = true;
    dialog_deliver(dialog, &(SipEvent) { .kind = SIP_EVENT_OVER, .status = 408, .phrase = event->phrase });
}

bool dialog_on_renewal(SipDialog *dialog, const SipEvent *event) {
    Renewed renewed;

    if (!dialog->renewal)
        return false;
    if (event->kind == SIP_EVENT_RESPONSE && event->status >= 300) {
        fail(dialog, event);
        return true;
    }
    if (event->kind == SIP_EVENT_RESPONSE && event->method == sip_method_invite && event->status / 100 == 2)
        nua_ack(dialog->handle, TAG_END());
    if (event->kind != SIP_EVENT_READY)
        return true;
    log_debug("sip: a dialog is renewed");
    renewed = dialog->renewal->renewed;
    dialog->renewal = renewal_free(dialog->renewal);
    dialog_aim(dialog);
    renewed(dialog);
    return true;
}
