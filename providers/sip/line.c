/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipLine: the account and its token. */
#include "providers/sip/line.h"

#include <string.h>

#include "service/log.h"

#define CONTACT_SIZE 17 /* 64 random bits in hex, with the NUL */

struct SipLine {
    Sip *sip;
    Line *token;
    SipAccount *account;
    SipStack *stack;
    char contact[CONTACT_SIZE];
    char *address;
    bool is_in_service;
    SipLineGone gone;
    void *gone_userdata;
    guint closing;
};

static void listen_for(SipLine *line) {
    const SipAccount *account = line->account;
    SipListen listen = { account->listen.name, account->listen.port, account->transport == SIP_TRANSPORT_TLS, NULL };
    uint64_t contact = (uint64_t) g_random_int() << 32 | g_random_int();

    g_snprintf(line->contact, sizeof(line->contact), "%016" G_GINT64_MODIFIER "x", contact);
    line->stack = sip_pool_get(sip_pool(line->sip), &listen);
    line->address = sip_account_address(account, account->listen.name ? account->listen.name : "127.0.0.1");
}

Refusal *sip_line_new(Sip *sip, const LineConfig *config, SipAccount *account, SipLine **ret) {
    SipLine *line = g_new0(SipLine, 1);
    int r = provider_add_line(sip_provider(sip), &config->info, &line->token);

    if (r < 0) {
        g_free(line);
        if (r == -EEXIST)
            return refuse(REFUSAL_CONFLICT, "There is a line named %s already", config->info.name);
        return refuse(REFUSAL_PROVIDER_FAILED, "Line %s can't be added: %s", config->info.name, g_strerror(-r));
    }
    line->sip = sip;
    line->account = account;
    line->is_in_service = true;
    listen_for(line);
    line_set_provider_data(line->token, line);
    *ret = line;
    return NULL;
}

SipLine *sip_line_free(SipLine *line) {
    if (!line)
        return NULL;
    if (line->closing != 0)
        g_source_remove(line->closing);
    sip_stack_unref(line->stack);
    sip_account_free(line->account);
    g_free(line->address);
    g_free(line);
    return NULL;
}

static gboolean on_closed(gpointer userdata) {
    SipLine *line = userdata;

    line->closing = 0;
    line->gone(line, line->gone_userdata);
    return G_SOURCE_REMOVE;
}

void sip_line_close(SipLine *line, SipLineGone gone, void *userdata) {
    line->is_in_service = false;
    line->gone = gone;
    line->gone_userdata = userdata;
    line->closing = g_idle_add_full(G_PRIORITY_DEFAULT, on_closed, line, NULL);
}

Sip *sip_line_sip(const SipLine *line) {
    return line->sip;
}

Line *sip_line_token(const SipLine *line) {
    return line->token;
}

const SipAccount *sip_line_account(const SipLine *line) {
    return line->account;
}

bool sip_line_is_in_service(const SipLine *line) {
    return line->is_in_service;
}

SipStack *sip_line_stack(const SipLine *line) {
    return line->stack;
}

const char *sip_line_contact(const SipLine *line) {
    return line->contact;
}

const char *sip_line_address(const SipLine *line) {
    return line->address;
}

void sip_line_give_credentials(const SipLine *line, SipDialog *dialog) {
}
