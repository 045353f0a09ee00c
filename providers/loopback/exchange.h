/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exchange: what all lines of the loopback network share: who has which number, the clock, fresh Call IDs. */
#pragma once

#include "providers/loopback/network.h"
#include "service/provider.h"

typedef struct Exchange Exchange;
typedef struct LoopLine LoopLine;

#define CALL_ID_SIZE 33 /* 128 bits in hex, and the end of the string */

Exchange *exchange_new(void);
Exchange *exchange_free(Exchange *exchange);

Network *exchange_network(const Exchange *exchange);

/* Known from the start on. */
Provider *exchange_provider(const Exchange *exchange);
void exchange_set_provider(Exchange *exchange, Provider *provider);

/* Closed: no call is made any more, and nothing is asked of a line. */
bool exchange_is_closed(const Exchange *exchange);
void exchange_close(Exchange *exchange);

/* The numbers of a line. The string is kept as long as the number is. -EEXIST: another line has it. */
int exchange_add_number(Exchange *exchange, GRefString *number, LoopLine *line);
void exchange_remove_number(Exchange *exchange, const char *number);

/* The line with that number, or NULL. */
LoopLine *exchange_find(const Exchange *exchange, const char *number);

/* A new Call ID. */
void exchange_mint_call_id(Exchange *exchange, char ret[CALL_ID_SIZE]);
GRefString *exchange_new_call_id(Exchange *exchange);

/* What is found by a name: the groups of lines, the places where calls are parked, the completions. Kept by pickup.c, park.c
 * and completion.c. */
typedef enum ExchangeIndex {
    EXCHANGE_GROUPS,
    EXCHANGE_PLACES,
    EXCHANGE_COMPLETIONS,
    _EXCHANGE_INDEX_MAX,
} ExchangeIndex;

GHashTable *exchange_index(const Exchange *exchange, ExchangeIndex index);

/* The next number at which the switch may park a call: each is given once. */
unsigned exchange_next_place(Exchange *exchange);
