/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipLine: an account, and what keeps it in service. line_provider_data() of its token. */
#pragma once

#include "providers/sip/account.h"
#include "providers/sip/provider.h"
#include "providers/sip/stack.h"

typedef struct Desk Desk; /* desk.h */
typedef struct SipLine SipLine;

/* Adds the line to the service, and begins to register. Takes the account if it returns NULL. */
Refusal *sip_line_new(Sip *sip, const LineConfig *config, SipAccount *account, SipLine **ret);

/* Without a word to the service. */
SipLine *sip_line_free(SipLine *line);

/* The network is another one, or the machine has slept. */
void sip_line_wake(SipLine *line);

/* Unregisters, as far as the registrar lets us in a short time; then tells, but not inside of this call. */
typedef void (*SipLineGone)(SipLine *line, void *userdata);
void sip_line_close(SipLine *line, SipLineGone gone, void *userdata);

Sip *sip_line_sip(const SipLine *line);
Line *sip_line_token(const SipLine *line);
const SipAccount *sip_line_account(const SipLine *line);
bool sip_line_is_in_service(const SipLine *line);

/* For its registration: listens where Listen= says, else on this numeric address. -errno. */
int sip_line_listen(SipLine *line, const char *local);

/* For its registration: the numeric addresses of the registrar or the proxy. */
void sip_line_set_network(SipLine *line, const char *const *addresses);

/* For its registration: the realms that took its password; NULL: it was not asked for this time. */
void sip_line_learn_realms(SipLine *line, const char *const *realms);

/* ---- For its calls ---- */

Desk *sip_line_desk(const SipLine *line);
SipStack *sip_line_stack(const SipLine *line);     /* NULL: it can't listen now */
const char *sip_line_contact(const SipLine *line); /* the user part of Contact, which tells its requests from those of others */
const char *sip_line_address(const SipLine *line); /* "sip:alice@example.org" */
const char *sip_line_next_hop(const SipLine *line); /* of all dialogs: SipDialogConfig; NULL: where the address says */

/* Does a request come from its registrar or its proxy? By the address, as nothing else is hard to make up. */
bool sip_line_is_from_network(const SipLine *line, const SipEvent *event);

/* Is that its network: by Realm=, by the names of its servers, or because its registrar took the password for that? */
bool sip_line_owns_realm(const SipLine *line, const char *realm);

/* What it answers challenges of its network with. */
void sip_line_give_credentials(const SipLine *line, SipDialog *dialog);

/* The same for a dialog that arrived with that request: if it is with the registrar itself, say an exchange. Whoever else calls could
 * ask for our answer to find out the password. */
void sip_line_give_credentials_to(const SipLine *line, SipDialog *dialog, const SipEvent *event);

/* Does a request for that user part, on that stack, go to the line? */
bool sip_line_is_for(const SipLine *line, const SipStack *stack, const char *user);
