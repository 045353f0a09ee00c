/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Farewell: a dialog is kept until its last request is answered, challenges included. */
#include "providers/sip/farewell.h"

#include <stdlib.h>
#include <string.h>

#define REFER_PATIENCE_S 60
#define REFERRER_PATIENCE_S 5

/* Longer than SIP's own patience (64 * T1, 32 s). */
#define LAST_PATIENCE_S 40

typedef struct Farewell {
    SipDialog *dialog;
    char *reason;
    guint timer;
    bool is_referred, said_bye;
} Farewell;

static void finish(Farewell *farewell) {
    if (farewell->timer > 0)
        g_source_remove(farewell->timer);
    sip_dialog_free(farewell->dialog);
    g_free(farewell->reason);
    g_free(farewell);
}

static gboolean on_last(void *userdata) {
    Farewell *farewell = userdata;

    farewell->timer = 0;
    finish(farewell);
    return G_SOURCE_REMOVE;
}

static void wait_for(Farewell *farewell, unsigned seconds, GSourceFunc function) {
    if (farewell->timer > 0)
        g_source_remove(farewell->timer);
    farewell->timer = g_timeout_add_seconds(seconds, function, farewell);
}

static void say_bye(Farewell *farewell) {
    if (farewell->said_bye)
        return;
    farewell->said_bye = true;
    sip_dialog_bye(farewell->dialog, farewell->reason);
    wait_for(farewell, LAST_PATIENCE_S, on_last);
}

static gboolean on_referred_long_ago(void *userdata) {
    Farewell *farewell = userdata;

    farewell->timer = 0;
    say_bye(farewell);
    return G_SOURCE_REMOVE;
}

/* How the call to somebody else went: "SIP/2.0 200 OK". Below 200 it goes on. */
static bool is_final(const SipEvent *event) {
    g_autofree char *fragment = sip_event_body(event, "message/sipfrag");
    const sip_subscription_state_t *state = event->sip ? event->sip->sip_subscription_state : NULL;

    if (state && state->ss_substate && g_ascii_strcasecmp(state->ss_substate, "terminated") == 0)
        return true;
    return fragment && g_str_has_prefix(fragment, "SIP/2.0 ") && atoi(fragment + strlen("SIP/2.0 ")) >= 200;
}

static void on_request(Farewell *farewell, const SipEvent *event) {
    if (event->status == 100)
        sip_dialog_respond(farewell->dialog, event->method == sip_method_notify ? 200 : event->method == sip_method_refer ? 202 : 481, NULL, NULL, NULL);
    if (event->method == sip_method_notify && farewell->is_referred && is_final(event))
        say_bye(farewell);
}

/* The 200 that crossed our CANCEL: we are connected, against both wills. */
static void on_late_answer(Farewell *farewell) {
    sip_dialog_ack(farewell->dialog, NULL);
    say_bye(farewell);
}

static void on_farewell(SipDialog *dialog, const SipEvent *event, void *userdata) {
    Farewell *farewell = userdata;

    if (event->kind == SIP_EVENT_OVER)
        finish(farewell);
    else if (event->kind == SIP_EVENT_REQUEST)
        on_request(farewell, event);
    else if (event->kind == SIP_EVENT_RESPONSE && event->status >= 200) {
        if (event->method == sip_method_invite && event->status < 300)
            on_late_answer(farewell);
        else if (event->method == sip_method_bye || (event->method == sip_method_invite && !farewell->is_referred &&
                                                     !farewell->said_bye))
            finish(farewell);
    }
}

static Farewell *begin(SipDialog *dialog, const char *reason) {
    Farewell *farewell = g_new0(Farewell, 1);

    farewell->dialog = dialog;
    farewell->reason = reason ? g_strconcat("Reason: ", reason, "\n", NULL) : NULL;
    sip_dialog_take(dialog, NULL, on_farewell, farewell);
    return farewell;
}

void farewell_bye(SipDialog *dialog, const char *reason) {
    say_bye(begin(dialog, reason));
}

void farewell_cancel(SipDialog *dialog, const char *reason) {
    Farewell *farewell = begin(dialog, reason);

    sip_dialog_cancel(dialog, farewell->reason);
    wait_for(farewell, LAST_PATIENCE_S, on_last);
}

void farewell_referred(SipDialog *dialog) {
    Farewell *farewell = begin(dialog, NULL);

    farewell->is_referred = true;
    wait_for(farewell, REFER_PATIENCE_S, on_referred_long_ago);
}

void farewell_referred_us(SipDialog *dialog) {
    wait_for(begin(dialog, NULL), REFERRER_PATIENCE_S, on_referred_long_ago);
}

void farewell_end(SipDialog *dialog) {
    sip_dialog_free(dialog);
}
