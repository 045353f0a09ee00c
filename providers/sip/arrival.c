/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrival: by the user part of the Request-URI, which was our Contact. */
#include "providers/sip/arrival.h"

#include "providers/sip/mwi.h"
#include "providers/sip/offer.h"
#include "providers/sip/replace.h"

static int on_invite(Desk *desk, SipDialog *dialog, const SipEvent *event) {
    if (event->sip->sip_replaces)
        return replace_arrives(desk, dialog, event);
    return offer_arrives(desk, dialog, event);
}

static Desk *find(Sip *sip, const SipStack *stack, const char *user) {
    GPtrArray *lines = sip_lines(sip);

    for (guint i = 0; i < lines->len; i++) {
        if (sip_line_is_for(g_ptr_array_index(lines, i), stack, user))
            return sip_line_desk(g_ptr_array_index(lines, i));
    }
    return NULL;
}

int arrival(SipStack *stack, SipDialog *dialog, const SipEvent *event, void *userdata) {
    Desk *desk = find(userdata, stack, sip_event_user(event));

    switch ((int) event->method) {
    case sip_method_invite:
        if (!event->sip)
            return 400;
        return desk ? on_invite(desk, dialog, event) : 404;
    case sip_method_options:
        return 200;
    case sip_method_notify:
        return desk && sip_line_is_from_network(desk->line, event) && mwi_take(desk->line, event) ? 200 : 481;
    case sip_method_info:
    case sip_method_refer:
    case sip_method_update:
        return 481;
    default:
        return 501;
    }
}
