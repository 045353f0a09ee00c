/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipLine: an account, and what keeps it registered. line_provider_data() of its token. */
#pragma once

#include "providers/sip/account.h"
#include "providers/sip/provider.h"
#include "providers/sip/stack.h"

typedef struct SipLine SipLine;

/* Adds the line to the service, and begins to register. Takes the account if it returns NULL. */
Refusal *sip_line_new(Sip *sip, const LineConfig *config, SipAccount *account, SipLine **ret);

/* Without a word to the service. */
SipLine *sip_line_free(SipLine *line);

/* Unregisters, as far as the registrar lets us in a short time; then tells. */
typedef void (*SipLineGone)(SipLine *line, void *userdata);
void sip_line_close(SipLine *line, SipLineGone gone, void *userdata);

Sip *sip_line_sip(const SipLine *line);
Line *sip_line_token(const SipLine *line);
const SipAccount *sip_line_account(const SipLine *line);
bool sip_line_is_in_service(const SipLine *line);

/* ---- For its calls ---- */

SipStack *sip_line_stack(const SipLine *line);     /* NULL: it can't listen now */
const char *sip_line_contact(const SipLine *line); /* the user part of Contact, which tells its requests from those of others */
const char *sip_line_address(const SipLine *line); /* "sip:alice@example.org" */

/* What it answers challenges with. */
void sip_line_give_credentials(const SipLine *line, SipDialog *dialog);
