/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Tokens: who dials twice with the same token gets the same call (rule 20).
 *
 * A token is good for 24 hours per user and line, over restarts of the service too; after one for an hour at least, whatever the
 * clock says.
 */
#pragma once

#include <glib.h>

#include "service/journal.h"
#include "service/request.h"
#include "service/rows.h"

/* At most so many tokens per user. */
Tokens *tokens_new(unsigned per_user);
Tokens *tokens_free(Tokens *tokens);

/* The token, if it is known and still good. */
Token *tokens_find(Tokens *tokens, uint32_t uid, const Line *line, const char *text);

/* A new one, for a dial that is under way. NULL: the user has as many as a user may have. `arguments` says what was asked for. */
Token *tokens_add(Tokens *tokens, uint32_t uid, const Line *line, const char *text, const char *arguments);

/* Made from what was kept of it, with its call, if that is still there. NULL: there is such a token. */
Token *tokens_restore(Tokens *tokens, const Line *line, const TokenRow *row, Call *call);

extern const JournalKind token_kept;

/* The call is about to be dialled: from now on a repetition never makes another one. */
void token_intend(Token *token, const Call *call);

/* The dial came to nothing: the token is free again. Those who wait for it get the refusal. */
void token_fail(Token *token, Manager *manager, const Refusal *refusal);

/* The dial gave this call. Those who wait are answered through give(). */
void token_set_call(Token *token, Call *call);

const char *token_arguments(const Token *token);
Call *token_call(const Token *token); /* NULL: forgotten, or not there yet */
bool token_is_pending(const Token *token);

/* One more request that waits for the dial under way. */
void token_wait(Token *token, RequestId request);

/* Those who wait, to be answered now; the token forgets them. */
GArray *token_take_waiting(Token *token); /* of RequestId */

/* The line is gone, and its tokens with it: those who wait are refused. */
void tokens_forget_line(Tokens *tokens, Manager *manager, const Line *line);
