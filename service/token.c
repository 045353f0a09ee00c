/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tokens: who dials twice with the same token gets the same call. */
#include "service/token.h"

#include <string.h>

#include "service/call.h"
#include "service/keyed-hash.h"
#include "service/line.h"
#include "service/manager.h"

#define HOUR_USEC (INT64_C(3600) * G_USEC_PER_SEC)
#define TOKEN_LIFE_USEC (24 * HOUR_USEC)

struct Tokens {
    GHashTable *by_key; /* Token, as its own key */
    GQueue by_age;
    GHashTable *counts; /* uid -> how many */
    unsigned per_user;
};

struct Token {
    Tokens *tokens;
    uint32_t uid;
    const Line *line;
    char *text, *arguments;
    int64_t born_usec; /* monotonic */
    Call *call;        /* cleared when the call is forgotten */
    uint64_t call_number;
    JournalMark mark;
    bool pending;
    GArray *waiting;
    GList link;
};

static int token_write(Database *database, void *object) {
    const Token *token = object;
    const TokenRow row = {
        .id = token->mark.id,
        .uid = token->uid,
        .line = line_name(token->line),
        .text = token->text,
        .arguments = token->arguments,
        .call = token->call_number,
        .born = g_get_real_time() - (g_get_monotonic_time() - token->born_usec),
    };

    return row_write(database, &token_table, &row);
}

const JournalKind token_kept = { .write = token_write, .erase = "DELETE FROM token WHERE id=?", .for_restart = true };

static Journal *journal_of(const Token *token) {
    return manager_journal(line_manager(token->line));
}

static unsigned token_hash(const void *key) {
    const Token *token = key;

    return keyed_hash_of_text(token->text) ^ token->uid ^ g_direct_hash(token->line);
}

static gboolean token_equal(const void *a, const void *b) {
    const Token *x = a, *y = b;

    return x->uid == y->uid && x->line == y->line && strcmp(x->text, y->text) == 0;
}

Tokens *tokens_new(unsigned per_user) {
    Tokens *tokens = g_new0(Tokens, 1);

    tokens->by_key = g_hash_table_new(token_hash, token_equal);
    tokens->counts = g_hash_table_new(NULL, NULL);
    tokens->per_user = per_user;
    return tokens;
}

static void count(Tokens *tokens, uint32_t uid, int change) {
    int now = GPOINTER_TO_INT(g_hash_table_lookup(tokens->counts, GUINT_TO_POINTER(uid))) + change;

    if (now > 0)
        g_hash_table_insert(tokens->counts, GUINT_TO_POINTER(uid), GINT_TO_POINTER(now));
    else
        g_hash_table_remove(tokens->counts, GUINT_TO_POINTER(uid));
}

static void token_free(Token *token) {
    if (token->call)
        call_set_weak(token->call, NULL);
    journal_erase(journal_of(token), &token->mark, &token_kept);
    g_hash_table_remove(token->tokens->by_key, token);
    g_queue_unlink(&token->tokens->by_age, &token->link);
    count(token->tokens, token->uid, -1);
    g_clear_pointer(&token->waiting, g_array_unref);
    g_free(token->text);
    g_free(token->arguments);
    g_free(token);
}

Tokens *tokens_free(Tokens *tokens) {
    if (!tokens)
        return NULL;
    while (!g_queue_is_empty(&tokens->by_age))
        token_free(g_queue_peek_head(&tokens->by_age));
    g_hash_table_unref(tokens->by_key);
    g_hash_table_unref(tokens->counts);
    g_free(tokens);
    return NULL;
}

static void forget_old(Tokens *tokens) {
    int64_t oldest = g_get_monotonic_time() - TOKEN_LIFE_USEC;

    for (GList *i = tokens->by_age.head; i && ((Token *) i->data)->born_usec < oldest;) {
        Token *token = i->data;

        i = i->next;
        if (!token->pending)
            token_free(token);
    }
}

Token *tokens_find(Tokens *tokens, uint32_t uid, const Line *line, const char *text) {
    Token key = { .uid = uid, .line = line, .text = (char *) text };

    forget_old(tokens);
    return g_hash_table_lookup(tokens->by_key, &key);
}

static void insert(Token *token) {
    token->link.data = token;
    g_hash_table_add(token->tokens->by_key, token);
    g_queue_push_tail_link(&token->tokens->by_age, &token->link);
    count(token->tokens, token->uid, +1);
}

Token *tokens_add(Tokens *tokens, uint32_t uid, const Line *line, const char *text, const char *arguments) {
    unsigned used = GPOINTER_TO_UINT(g_hash_table_lookup(tokens->counts, GUINT_TO_POINTER(uid)));
    Token *token;

    if (used >= tokens->per_user)
        return NULL;
    token = g_new0(Token, 1);
    *token = (Token) {
        .tokens = tokens,
        .uid = uid,
        .line = line,
        .text = g_strdup(text),
        .arguments = g_strdup(arguments),
        .born_usec = g_get_monotonic_time(),
        .pending = true,
        .mark.id = manager_next_number(line_manager(line)),
    };
    insert(token);
    return token;
}

/* A clock that was set back lets it live longer, at most as long as a new one; set ahead, it leaves an hour to dial again in. */
static int64_t age_of(const TokenRow *row) {
    return CLAMP(g_get_real_time() - row->born, 0, TOKEN_LIFE_USEC - HOUR_USEC);
}

Token *tokens_restore(Tokens *tokens, const Line *line, const TokenRow *row, Call *call) {
    Token *token;

    if (tokens_find(tokens, row->uid, line, row->text))
        return NULL;
    token = g_new0(Token, 1);
    *token = (Token) {
        .tokens = tokens,
        .uid = row->uid,
        .line = line,
        .text = g_strdup(row->text),
        .arguments = g_strdup(row->arguments),
        .born_usec = g_get_monotonic_time() - age_of(row),
        .call_number = row->call,
        .mark = { .id = row->id, .stored = true },
    };
    insert(token);
    if (call)
        call_set_weak(call, &token->call);
    return token;
}

void token_intend(Token *token, const Call *call) {
    token->call_number = call_number(call);
    journal_touch(journal_of(token), &token->mark, &token_kept, token);
}

const char *token_arguments(const Token *token) {
    return token->arguments;
}

Call *token_call(const Token *token) {
    return token->call;
}

bool token_is_pending(const Token *token) {
    return token->pending;
}

void token_wait(Token *token, RequestId request) {
    if (!token->waiting)
        token->waiting = g_array_new(FALSE, FALSE, sizeof(RequestId));
    g_array_append_val(token->waiting, request);
}

GArray *token_take_waiting(Token *token) {
    return g_steal_pointer(&token->waiting) ?: g_array_new(FALSE, FALSE, sizeof(RequestId));
}

void token_set_call(Token *token, Call *call) {
    token->pending = false;
    call_set_weak(call, &token->call);
}

void token_fail(Token *token, Manager *manager, const Refusal *refusal) {
    g_autoptr(GArray) waiting = token_take_waiting(token);

    token_free(token);
    for (unsigned i = 0; i < waiting->len; i++) {
        Request *request = request_find(manager, g_array_index(waiting, RequestId, i));

        if (request)
            request_finish(request, refusal_copy(refusal), NULL);
    }
}

void tokens_forget_line(Tokens *tokens, Manager *manager, const Line *line) {
    _cleanup_(refusal_freep) Refusal *refusal =
        refuse(REFUSAL_LINE_OUT_OF_SERVICE, "The line was taken away before it could dial");

    for (GList *i = tokens->by_age.head; i;) {
        Token *token = i->data;

        i = i->next;
        if (token->line == line)
            token_fail(token, manager, refusal);
    }
}
