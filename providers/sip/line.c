/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipLine: the account and its token. */
#include "providers/sip/line.h"

#include "service/log.h"

struct SipLine {
    Sip *sip;
    Line *token;
    SipAccount *account;
    bool is_in_service;
    SipLineGone gone;
    void *gone_userdata;
    guint closing;
};

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
    line_set_provider_data(line->token, line);
    *ret = line;
    return NULL;
}

SipLine *sip_line_free(SipLine *line) {
    if (!line)
        return NULL;
    if (line->closing != 0)
        g_source_remove(line->closing);
    sip_account_free(line->account);
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
