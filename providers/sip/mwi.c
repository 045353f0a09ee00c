/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mwi: a subscription, and a small body of text. */
#include "providers/sip/mwi.h"

#include <string.h>

#define EXPIRES_S 3600
#define COUNT_MAX 9999
#define TYPE "application/simple-message-summary"

struct Mwi {
    SipLine *line;
    SipDialog *dialog;
};

/* The rest of a line that begins so, without spaces; NULL: it does not. */
static const char *after_key(const char *line, const char *key) {
    size_t n = strlen(key);

    if (g_ascii_strncasecmp(line, key, n) != 0)
        return NULL;
    line += n + strspn(line + n, " \t");
    if (*line != ':')
        return NULL;
    line++;
    return line + strspn(line, " \t");
}

bool mwi_parse(const char *body, unsigned *ret) {
    g_auto(GStrv) lines = g_strsplit(body, "\n", 64);
    const char *value;
    int waiting = -1;
    bool counted = false;

    for (char **line = lines; *line; line++) {
        value = after_key(*line, "Messages-Waiting");
        if (value)
            waiting = g_ascii_strncasecmp(value, "yes", 3) == 0;
        value = after_key(*line, "Voice-Message");
        if (value && g_ascii_isdigit(value[0])) {
            *ret = (unsigned) MIN(g_ascii_strtoull(value, NULL, 10), COUNT_MAX);
            counted = true;
        }
    }
    if (waiting < 0)
        return false;
    if (!counted)
        *ret = (unsigned) waiting;
    return true;
}

bool mwi_take(SipLine *line, const SipEvent *event) {
    const sip_event_t *package = event->sip ? event->sip->sip_event : NULL;
    g_autofree char *body = NULL;
    unsigned count;

    if (event->method != sip_method_notify || !package || g_ascii_strcasecmp(package->o_type, "message-summary") != 0)
        return false;
    body = sip_event_body(event, TYPE);
    if (body && mwi_parse(body, &count))
        provider_report_messages_waiting(sip_line_token(line), count);
    return true;
}

static void on_event(SipDialog *dialog, const SipEvent *event, void *userdata) {
    Mwi *mwi = userdata;

    if (event->kind == SIP_EVENT_REQUEST && event->status == 100)
        sip_dialog_respond(dialog, mwi_take(mwi->line, event) ? 200 : 489, NULL, NULL, NULL);
    else if (event->kind == SIP_EVENT_REQUEST)
        mwi_take(mwi->line, event);
    else if (event->kind == SIP_EVENT_RESPONSE && event->status >= 300)
        mwi->dialog = sip_dialog_free(mwi->dialog);
}

Mwi *mwi_new(SipLine *line) {
    Mwi *mwi = g_new0(Mwi, 1);
    g_autofree char *address = g_strdup_printf("<%s>", sip_line_address(line));
    const SipDialogConfig config = { .from = address, .to = address, .contact_user = sip_line_contact(line),
                                     .next_hop = sip_line_next_hop(line) };

    mwi->line = line;
    mwi->dialog = sip_dialog_new(sip_line_stack(line), &config, on_event, mwi);
    if (mwi->dialog) {
        sip_line_give_credentials(line, mwi->dialog);
        sip_dialog_subscribe(mwi->dialog, "message-summary", TYPE, EXPIRES_S);
    }
    return mwi;
}

Mwi *mwi_free(Mwi *mwi) {
    if (mwi)
        sip_dialog_free(mwi->dialog);
    g_free(mwi);
    return NULL;
}
