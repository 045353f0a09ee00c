/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dial: the INVITE. */
#include "providers/sip/dial.h"

#include <string.h>

#include "providers/sip/cause.h"
#include "providers/sip/number.h"
#include "providers/sip/progress.h"
#include "providers/sip/uui.h"
#include "providers/sip/talk.h"

#define ANONYMOUS "\"Anonymous\" <sip:anonymous@anonymous.invalid>"

/* ---- Beginning ---- */

static void set_target(SipCall *call, const char *address) {
    g_free(call->target);
    call->target = number_to_uri(address, call_domain(call));
    party_from_address(&call->called, call->target, call_domain(call));
}

void dial_begin(Desk *desk, Call *token, const DialParams *params, const char *related, Beginning *ret) {
    bool dialled = params->address[0] != '\0';
    SipCall *call = sip_call_new(desk, token, dialled ? PHASE_DIALING : PHASE_DIAL_TONE);

    call->is_outgoing = call->was_dialled = true;
    call->is_hidden = params->hide_caller_id;
    call->patience_s = params->no_answer_timeout_s;
    call->media_mode = params->media_mode;
    call->uui = uui_format(params->user_user_info, params->user_user_info_size);
    if (related)
        g_strlcpy(call->related, related, sizeof(call->related));
    party_from_address(&call->own, sip_line_address(desk->line), desk_domain(desk));
    if (dialled)
        set_target(call, params->address);
    *ret = (Beginning) { .call = call, .caller = party_as_info(&call->own), .called = party_as_info(&call->called) };
    ret->start = (CallStart) {
        .event = dialled ? CALL_EVENT_DIALING : CALL_EVENT_DIAL_TONE,
        .detail = dialled ? STATE_DETAIL_NONE : STATE_DETAIL_NORMAL,
        .call_id = call_shown_id(call),
        .related_call_id = call_shown_related(call),
        .reason = REASON_DIRECT,
        .caller = &ret->caller,
        .called = dialled ? &ret->called : NULL,
    };
}

void dial_call(Desk *desk, Call *token, const DialParams *params, RequestId request) {
    Beginning beginning;

    dial_begin(desk, token, params, NULL, &beginning);
    provider_complete_calls(sip_provider(desk->sip), request, &beginning.start);
    dial_go(beginning.call);
}

/* ---- On its way ---- */

/* As RFC 3261 quotes it: other characters stay as they are. */
static char *quote(const char *name) {
    GString *quoted = g_string_new("\"");

    for (; *name; name++)
        g_string_append_printf(quoted, "%s%c", *name == '"' || *name == '\\' ? "\\" : "", *name);
    g_string_append_c(quoted, '"');
    return g_string_free(quoted, FALSE);
}

static char *from_header(const SipCall *call) {
    const SipAccount *account = sip_line_account(call->desk->line);
    g_autofree char *quoted = NULL;

    if (call->is_hidden)
        return g_strdup(ANONYMOUS);
    if (!account->display_name)
        return g_strdup_printf("<%s>", sip_line_address(call->desk->line));
    quoted = quote(account->display_name);
    return g_strdup_printf("%s <%s>", quoted, sip_line_address(call->desk->line));
}

/* Challenges of a proxy's; without one those of whoever was dialled, but not of others to whom we were sent from there. */
static bool may_answer(const SipCall *call, const char *target) {
    return sip_account_has_network(sip_line_account(call->desk->line)) || (!call->travels_for && g_str_equal(target, call->target));
}

SipDialog *dial_dialog(SipCall *call, const char *target) {
    const SipAccount *account = sip_line_account(call->desk->line);
    g_autofree char *from = from_header(call), *to = g_strdup_printf("<%s>", call->target);
    g_autofree char *route = call->is_inside ? NULL : sip_account_proxy_uri(account), *headers = call_headers(call);
    SipDialogConfig config = {
        .from = from,
        .to = to,
        .contact_user = sip_line_contact(call->desk->line),
        .route = route,
        .next_hop = call->is_inside ? NULL : sip_line_next_hop(call->desk->line),
        .headers = headers,
    };
    SipStack *stack = sip_line_stack(call->desk->line);
    SipDialog *dialog = stack ? sip_dialog_new(stack, &config, call_on_event, call) : NULL;

    if (dialog && may_answer(call, target))
        sip_line_give_credentials(call->desk->line, dialog);
    return dialog;
}

static char *invite_headers(const SipCall *call, const char *more) {
    const SipAccount *account = sip_line_account(call->desk->line);
    GString *headers = g_string_new(NULL);

    if (call->is_hidden)
        g_string_append(headers, "Privacy: id\n");
    if (call->is_hidden && sip_account_has_network(account))
        g_string_append_printf(headers, "P-Preferred-Identity: <%s>\n", sip_line_address(call->desk->line));
    if (call->uui)
        g_string_append_printf(headers, "User-to-User: %s\n", call->uui);
    if (more)
        g_string_append(headers, more);
    return g_string_free(headers, headers->len == 0);
}

/* A direct call goes by the line's own transport, if the URI does not say otherwise. */
static char *request_uri(const SipCall *call, const char *target) {
    const SipAccount *account = sip_line_account(call->desk->line);

    if (sip_account_has_network(account) || account->transport != SIP_TRANSPORT_TCP || strstr(target, ";transport=") || !g_str_has_prefix(target, "sip:"))
        return g_strdup(target);
    return g_strconcat(target, ";transport=tcp", NULL);
}

void dial_invite(SipCall *call, const char *target, const char *more) {
    const SipAccount *account = sip_line_account(call->desk->line);
    g_autofree char *sdp = talk_offer(call), *headers = invite_headers(call, more), *uri = request_uri(call, target);
    SipInvite invite = { uri, sdp, headers, account->session_expires_s };

    call->asks = true;
    sip_dialog_invite(call->dialog, &invite);
}

void dial_go(SipCall *call) {
    int r;

    if (!call->target || call->phase != PHASE_DIALING || call->dialog)
        return;
    r = talk_begin(call);
    if (r < 0) {
        g_autofree char *why = g_strdup_printf("no sound: %s", g_strerror(-r));

        call_finish(call, CAUSE_OUT_OF_ORDER, why);
        return;
    }
    call->dialog = dial_dialog(call, call->target);
    if (call->dialog)
        dial_invite(call, call->target, NULL);
    else
        call_finish(call, CAUSE_BAD_ADDRESS, NULL);
}

/* ---- Digit by digit ---- */

Refusal *dial_digits(SipCall *call, const char *digits, bool more, RequestId request) {
    g_autofree char *number = NULL;
    const char *hint;

    if ((call->phase != PHASE_DIAL_TONE && call->phase != PHASE_DIALING) || call->target)
        return refuse_phase("dial-tone or dialing, its number not yet complete");
    number = g_strconcat(call->dialled ? call->dialled : "", digits, NULL);
    if (strlen(number) > ADDRESS_MAX)
        return refuse(REFUSAL_TOO_BIG, "A number has at most %d characters", ADDRESS_MAX);
    if (!more && number_check(number, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "The number \"%s\" can't be dialled: %s", number, hint);
    if (call->phase == PHASE_DIAL_TONE && number[0])
        call_enter(call, PHASE_DIALING, CALL_EVENT_DIALING);
    g_free(call->dialled);
    call->dialled = g_strdup(number);
    if (!more) {
        set_target(call, number);
        call_tell_party(call, PARTY_CALLED, &call->called);
    }
    provider_complete(call_provider(call), request, /* refusal= */ NULL, /* text= */ NULL);
    if (!more)
        dial_go(call);
    return NULL;
}

void dial_stop_patience(SipCall *call) {
    if (call->patience > 0)
        g_source_remove(call->patience);
    call->patience = 0;
}
