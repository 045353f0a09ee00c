/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipDialog: a handle of NUA, its credentials, and what it sends. */
#include "providers/sip/stack-private.h"

#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip_status.h>
#include <string.h>

#include "providers/sip/credential.h"
#include "providers/sip/digest.h"

/* A BYE waits no longer for the answer to something else. */
#define HURRY_MS 250

#define OWN_HEADERS(dialog) TAG_IF((dialog)->headers, SIPTAG_HEADER_STR((dialog)->headers))

/* ---- Life ---- */

SipDialog *dialog_new_for(SipStack *stack, nua_handle_t *handle) {
    SipDialog *dialog = g_new0(SipDialog, 1);

    dialog->stack = stack;
    dialog->handle = handle;
    nua_handle_bind(handle, dialog);
    g_hash_table_add(stack->dialogs, dialog);
    return dialog;
}

SipDialog *sip_dialog_new(SipStack *stack, const SipDialogConfig *config, SipObserver observer, void *userdata) {
    SipDialog *dialog;
    nua_handle_t *handle;

    if (!stack->nua || stack->is_down)
        return NULL;
    handle = nua_handle(stack->nua, NULL,
                        TAG_IF(config->from, SIPTAG_FROM_STR(config->from)),
                        TAG_IF(config->to, SIPTAG_TO_STR(config->to)),
                        TAG_IF(config->contact_user, NUTAG_M_USERNAME(config->contact_user)),
                        TAG_IF(config->route, NUTAG_INITIAL_ROUTE_STR(config->route)),
                        TAG_END());
    if (!handle)
        return NULL;
    if (config->next_hop)
        nua_set_hparams(handle, NUTAG_PROXY(config->next_hop), TAG_END());
    nua_set_hparams(handle, SIPTAG_ALLOW_STR(DIALOG_METHODS), TAG_END());
    dialog = dialog_new_for(stack, handle);
    dialog->observer = observer;
    dialog->userdata = userdata;
    dialog->next_hop = g_strdup(config->next_hop);
    dialog->headers = g_strdup(config->headers);
    dialog->contact_user = g_strdup(config->contact_user);
    return dialog;
}

static void stop_hurry(SipDialog *dialog) {
    if (dialog->hurry > 0)
        g_source_remove(dialog->hurry);
    dialog->hurry = 0;
    g_clear_pointer(&dialog->parting, g_free);
}

SipDialog *sip_dialog_free(SipDialog *dialog) {
    if (!dialog)
        return NULL;
    if (dialog->gone)
        *dialog->gone = true;
    stop_hurry(dialog);
    renewal_free(dialog->renewal);
    path_clear(&dialog->path);
    g_free(dialog->next_hop);
    if (dialog->handle)
        nua_handle_destroy(dialog->handle);
    g_hash_table_remove(dialog->stack->dialogs, dialog);
    g_free(dialog->call_id);
    g_free(dialog->local_tag);
    g_free(dialog->remote_tag);
    sip_dialog_set_credentials(dialog, NULL);
    g_free(dialog->contact_user);
    g_free(dialog->headers);
    g_strfreev(dialog->answered_realms);
    g_strfreev(dialog->accepted_realms);
    g_free(dialog);
    return NULL;
}

void sip_dialog_take(SipDialog *dialog, const SipDialogConfig *config, SipObserver observer, void *userdata) {
    dialog->observer = observer;
    dialog->userdata = userdata;
    if (!config)
        return;
    g_free(dialog->contact_user);
    g_free(dialog->headers);
    dialog->contact_user = g_strdup(config->contact_user);
    dialog->headers = g_strdup(config->headers);
    nua_set_hparams(dialog->handle, SIPTAG_ALLOW_STR(DIALOG_METHODS),
                    TAG_IF(config->contact_user, NUTAG_M_USERNAME(config->contact_user)),
                    TAG_IF(config->session_expires_s > 0, NUTAG_SESSION_TIMER(config->session_expires_s)),
                    TAG_END());
}

void sip_dialog_set_headers(SipDialog *dialog, const char *headers) {
    char *copy = g_strdup(headers);

    g_free(dialog->headers);
    dialog->headers = copy;
}

SipStack *sip_dialog_stack(const SipDialog *dialog) {
    return dialog->stack;
}

/* ---- Names ---- */

const char *sip_dialog_call_id(const SipDialog *dialog) {
    return dialog->call_id;
}

const char *sip_dialog_local_tag(const SipDialog *dialog) {
    return dialog->local_tag;
}

const char *sip_dialog_remote_tag(const SipDialog *dialog) {
    return dialog->remote_tag;
}

static void learn(char **text, const char *from) {
    if (!from || g_strcmp0(*text, from) == 0)
        return;
    g_free(*text);
    *text = g_strdup(from);
}

void dialog_learn(SipDialog *dialog, const sip_t *sip, bool from_peer) {
    if (!sip || !sip->sip_from || !sip->sip_to)
        return;
    if (!dialog->takes_update && dialog->handle && sip->sip_allow && sip_is_allowed(sip->sip_allow, SIP_METHOD_UPDATE)) {
        dialog->takes_update = true;
        nua_set_hparams(dialog->handle, NUTAG_UPDATE_REFRESH(1), TAG_END());
    }
    if (sip->sip_call_id)
        learn(&dialog->call_id, sip->sip_call_id->i_id);
    learn(from_peer ? &dialog->remote_tag : &dialog->local_tag, sip->sip_from->a_tag);
    learn(from_peer ? &dialog->local_tag : &dialog->remote_tag, sip->sip_to->a_tag);
    path_learn(&dialog->path, sip);
    if (dialog->next_hop && dialog->path.has_routes && !dialog->is_aimed && dialog->handle)
        dialog_aim(dialog);
}

/* ---- What waits for an answer ---- */

void dialog_note_answer(SipDialog *dialog, sip_method_t method) {
    bool waited = method == sip_method_notify || method == sip_method_refer || method == sip_method_info || method == sip_method_options;

    if (waited && dialog->waiting > 0)
        dialog->waiting--;
    if (dialog->waiting == 0)
        stop_hurry(dialog);
}

static void send_bye(SipDialog *dialog) {
    g_autofree char *headers = TAKE_PTR(dialog->parting);

    nua_bye(dialog->handle, OWN_HEADERS(dialog), TAG_IF(headers && *headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

/* The one before it is still not answered, and perhaps never will be: the new handle has none. */
static gboolean on_hurry(void *userdata) {
    SipDialog *dialog = userdata;

    dialog->hurry = 0;
    if (!dialog_renew(dialog, dialog->stack, send_bye))
        g_clear_pointer(&dialog->parting, g_free);
    return G_SOURCE_REMOVE;
}

/* ---- Another address ---- */

static void tell_moved(SipDialog *dialog) {
    dialog_deliver(dialog, &(SipEvent) { .kind = SIP_EVENT_MOVED, .phrase = "" });
}

bool sip_dialog_move(SipDialog *dialog, SipStack *stack) {
    return dialog_renew(dialog, stack, tell_moved);
}

/* ---- Challenges ---- */

void sip_dialog_set_credentials(SipDialog *dialog, const SipCredentials *credentials) {
    static const SipCredentials none;

    if (!credentials)
        credentials = &none;
    g_free(dialog->user);
    dialog->password = credential_free(dialog->password);
    g_strfreev(dialog->realms);
    dialog->user = credentials->user ? digest_escape(credentials->user) : NULL;
    dialog->password = credentials->password ? digest_escape(credentials->password) : NULL;
    dialog->realms = g_strdupv((char **) credentials->realms);
}

const char *const *sip_dialog_realms(const SipDialog *dialog) {
    return (const char *const *) dialog->accepted_realms;
}

void dialog_forget_challenges(SipDialog *dialog) {
    g_clear_pointer(&dialog->answered_realms, g_strfreev);
}

void dialog_note_final(SipDialog *dialog, int status) {
    if (status < 300 && dialog->answered_realms) {
        g_strfreev(dialog->accepted_realms);
        dialog->accepted_realms = TAKE_PTR(dialog->answered_realms);
    }
    dialog_forget_challenges(dialog);
}

/* Has the realm refused what we have? A stale nonce is no refusal. */
static bool was_answered(const SipDialog *dialog, const char *realm, const char *stale) {
    return dialog->answered_realms && g_strv_contains((const char *const *) dialog->answered_realms, realm) &&
           !(stale && g_ascii_strcasecmp(stale, "true") == 0);
}

static void note_answered(SipDialog *dialog, const char *realm) {
    guint n = dialog->answered_realms ? g_strv_length(dialog->answered_realms) : 0;

    dialog->answered_realms = g_renew(char *, dialog->answered_realms, n + 2);
    dialog->answered_realms[n] = g_strdup(realm);
    dialog->answered_realms[n + 1] = NULL;
}

/* Who is behind a proxy that asked can give himself any name, but not ask as the proxy does (RFC 3261, 22.1). */
static bool may_answer(const SipDialog *dialog, int status, const char *realm) {
    if (!dialog->realms)
        return true;
    if (status == 401 && dialog->has_proxy)
        return false;
    for (char **own = dialog->realms; *own; own++)
        if (g_ascii_strcasecmp(*own, realm) == 0)
            return true;
    return false;
}

static bool answer(SipDialog *dialog, int status, const msg_auth_t *challenge) {
    g_autofree char *realm = digest_realm((const char *const *) challenge->au_params);
    const char *quoted = msg_header_find_param(challenge->au_common, "realm=");
    const char *stale = msg_header_find_param(challenge->au_common, "stale=");
    _cleanup_(credential_freep) char *credentials = NULL;

    if (!realm || !quoted || was_answered(dialog, realm, stale) || !may_answer(dialog, status, realm))
        return false;
    credentials = g_strdup_printf("%s:%s:%s:%s", challenge->au_scheme, quoted, dialog->user, dialog->password);
    nua_authenticate(dialog->handle, NUTAG_AUTH(credentials), TAG_END());
    note_answered(dialog, realm);
    dialog->has_proxy |= status == 407;
    return true;
}

/* Several for one realm differ in the algorithm only: NUA takes the first that it knows. */
bool dialog_answer_challenge(SipDialog *dialog, int status, const sip_t *sip) {
    const msg_auth_t *challenge = challenge_find(status, sip);

    return challenge && dialog->user && dialog->password && dialog->handle && answer(dialog, status, challenge);
}

/* ---- Registrations and subscriptions ---- */

/* The stack would wait and ask again without a word; each of its versions calls that by another name. */
#if defined(NUTAG_MAX_RETRY_AFTER)
#define NO_RETRY_AFTER NUTAG_MAX_RETRY_AFTER(0),
#elif defined(NUTAG_RETRY_AFTER_ENABLE)
#define NO_RETRY_AFTER NUTAG_RETRY_AFTER_ENABLE(0),
#else
#define NO_RETRY_AFTER
#endif

void sip_dialog_register(SipDialog *dialog, const char *registrar, unsigned expires_s) {
    g_autofree char *expires = g_strdup_printf("%u", expires_s);

    nua_register(dialog->handle, OWN_HEADERS(dialog), NUTAG_REGISTRAR(registrar), SIPTAG_EXPIRES_STR(expires), NO_RETRY_AFTER
                 NUTAG_OUTBOUND("no-outbound no-validate no-options-keepalive natify use-rport"), NUTAG_KEEPALIVE(0), TAG_END());
}

void sip_dialog_unregister(SipDialog *dialog, const char *registrar) {
    nua_unregister(dialog->handle, OWN_HEADERS(dialog), NUTAG_REGISTRAR(registrar), TAG_END());
}

void sip_dialog_subscribe(SipDialog *dialog, const char *event, const char *accept, unsigned expires_s) {
    g_autofree char *expires = g_strdup_printf("%u", expires_s);

    nua_subscribe(dialog->handle, OWN_HEADERS(dialog), SIPTAG_EVENT_STR(event), SIPTAG_EXPIRES_STR(expires),
                  TAG_IF(accept, SIPTAG_ACCEPT_STR(accept)), TAG_END());
}

/* The values are worked out even where there is no body. */
#define BODY_TAGS(body)                                                                                  \
    TAG_IF((body) && (body)->text, SIPTAG_CONTENT_TYPE_STR((body) ? (body)->type : NULL)),                \
    TAG_IF((body) && (body)->text, SIPTAG_PAYLOAD_STR((body) ? (body)->text : NULL))

void sip_dialog_notify(SipDialog *dialog, const char *event, const char *state, const SipBody *body) {
    dialog->waiting++;
    nua_notify(dialog->handle, OWN_HEADERS(dialog), SIPTAG_EVENT_STR(event), SIPTAG_SUBSCRIPTION_STATE_STR(state), BODY_TAGS(body), TAG_END());
}

/* ---- Calls ---- */

void sip_dialog_invite(SipDialog *dialog, const SipInvite *invite) {
    const SipBody sdp = { "application/sdp", invite->sdp }, *body = &sdp;

    nua_invite(dialog->handle, OWN_HEADERS(dialog),
               TAG_IF(invite->target, NUTAG_URL(invite->target)),
               TAG_IF(invite->session_expires_s > 0, NUTAG_SESSION_TIMER(invite->session_expires_s)),
               TAG_IF(invite->headers, SIPTAG_HEADER_STR(invite->headers)),
               BODY_TAGS(body), TAG_END());
}

void sip_dialog_cancel(SipDialog *dialog, const char *headers) {
    nua_cancel(dialog->handle, OWN_HEADERS(dialog), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

/* The stack sends it as soon as what was asked before is answered. */
void sip_dialog_bye(SipDialog *dialog, const char *headers) {
    stop_hurry(dialog);
    if (dialog->renewal || dialog->waiting > 0)
        dialog->parting = g_strdup(headers ? headers : "");
    if (dialog->renewal) {
        renewal_change(dialog->renewal, send_bye);
        return;
    }
    if (dialog->waiting > 0)
        dialog->hurry = g_timeout_add(HURRY_MS, on_hurry, dialog);
    nua_bye(dialog->handle, OWN_HEADERS(dialog), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

void sip_dialog_ack(SipDialog *dialog, const SipBody *body) {
    nua_ack(dialog->handle, OWN_HEADERS(dialog), BODY_TAGS(body), TAG_END());
}

void sip_dialog_respond(SipDialog *dialog, int status, const char *phrase, const SipBody *body, const char *headers) {
    const char *words = phrase ? phrase : sip_status_phrase(status);
    bool inside = dialog->gone && nua_current_request(dialog->stack->nua);

    nua_respond(dialog->handle, status, words ? words : "Error",
                TAG_IF(inside, NUTAG_WITH_THIS(dialog->stack->nua)),
                TAG_IF(dialog->contact_user, NUTAG_M_USERNAME(dialog->contact_user)),
                OWN_HEADERS(dialog),
                TAG_IF(headers, SIPTAG_HEADER_STR(headers)),
                BODY_TAGS(body), TAG_END());
}

void sip_dialog_refer(SipDialog *dialog, const char *refer_to, const char *headers) {
    dialog->waiting++;
    nua_refer(dialog->handle, OWN_HEADERS(dialog), SIPTAG_REFER_TO_STR(refer_to), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

void sip_dialog_info(SipDialog *dialog, const SipBody *body, const char *headers) {
    dialog->waiting++;
    nua_info(dialog->handle, OWN_HEADERS(dialog), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), BODY_TAGS(body), TAG_END());
}

void sip_dialog_options(SipDialog *dialog) {
    dialog->waiting++;
    nua_options(dialog->handle, OWN_HEADERS(dialog), TAG_END());
}
