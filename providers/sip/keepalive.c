/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keepalive: whatever the answer says, it is one. Registrars that never answer such questions are not blamed for it. */
#include "providers/sip/keepalive.h"

#define PATIENCE_S 4

struct Keepalive {
    SipLine *line;
    KeepaliveLost lost;
    void *userdata;
    SipDialog *dialog; /* of the last question */
    guint tick, patience;
    bool has_answered; /* the last one that was judged */
};

static gboolean on_impatient(void *userdata) {
    Keepalive *keepalive = userdata;
    bool is_lost = keepalive->has_answered;

    keepalive->patience = 0;
    keepalive->has_answered = false;
    if (is_lost)
        keepalive->lost(keepalive->userdata);
    return G_SOURCE_REMOVE;
}

static void stop_patience(Keepalive *keepalive) {
    if (keepalive->patience != 0)
        g_source_remove(keepalive->patience);
    keepalive->patience = 0;
}

/* Without a message it is the stack that gave up: the patience sees to that. */
static void on_event(SipDialog *dialog, const SipEvent *event, void *userdata) {
    Keepalive *keepalive = userdata;

    if (event->kind != SIP_EVENT_RESPONSE || !event->sip)
        return;
    stop_patience(keepalive);
    keepalive->has_answered = true;
}

static void ask(Keepalive *keepalive) {
    g_autofree char *address = g_strdup_printf("<%s>", sip_line_address(keepalive->line));
    g_autofree char *domain = sip_account_domain_uri(sip_line_account(keepalive->line)), *to = g_strdup_printf("<%s>", domain);
    const SipDialogConfig config = { .from = address, .to = to, .contact_user = sip_line_contact(keepalive->line),
                                     .next_hop = sip_line_next_hop(keepalive->line) };

    keepalive->dialog = sip_dialog_free(keepalive->dialog);
    keepalive->dialog = sip_dialog_new(sip_line_stack(keepalive->line), &config, on_event, keepalive);
    if (!keepalive->dialog)
        return;
    sip_dialog_options(keepalive->dialog);
    stop_patience(keepalive);
    keepalive->patience = g_timeout_add_seconds(PATIENCE_S, on_impatient, keepalive);
}

static gboolean on_tick(void *userdata) {
    ask(userdata);
    return G_SOURCE_CONTINUE;
}

Keepalive *keepalive_new(SipLine *line, KeepaliveLost lost, void *userdata) {
    unsigned seconds = sip_line_account(line)->keepalive_s;
    Keepalive *keepalive;

    if (seconds == 0)
        return NULL;
    keepalive = g_new0(Keepalive, 1);
    keepalive->line = line;
    keepalive->lost = lost;
    keepalive->userdata = userdata;
    keepalive->tick = g_timeout_add_seconds(seconds, on_tick, keepalive);
    ask(keepalive);
    return keepalive;
}

Keepalive *keepalive_free(Keepalive *keepalive) {
    if (!keepalive)
        return NULL;
    stop_patience(keepalive);
    g_source_remove(keepalive->tick);
    sip_dialog_free(keepalive->dialog);
    g_free(keepalive);
    return NULL;
}
