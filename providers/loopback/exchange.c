/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Exchange: numbers, clock and Call IDs. */
#include "providers/loopback/exchange.h"

#include <string.h>
#include <sys/random.h>

#define RANDOM_SIZE 16
#define FIRST_PLACE 701

struct Exchange {
    Provider *provider;
    Network *network;
    GHashTable *numbers; /* GRefString -> LoopLine */
    GHashTable *indexes[_EXCHANGE_INDEX_MAX]; /* a text of what is found -> that */
    unsigned place;
    bool closed;
    uint8_t pool[256]; /* as much as getrandom() gives in one piece */
    size_t pool_left;
};

Exchange *exchange_new(void) {
    Exchange *exchange = g_new0(Exchange, 1);

    exchange->network = network_new(NULL, g_get_monotonic_time);
    exchange->numbers = g_hash_table_new(g_str_hash, g_str_equal);
    exchange->place = FIRST_PLACE;
    for (size_t i = 0; i < _EXCHANGE_INDEX_MAX; i++)
        exchange->indexes[i] = g_hash_table_new(g_str_hash, g_str_equal);
    return exchange;
}

Exchange *exchange_free(Exchange *exchange) {
    if (!exchange)
        return NULL;
    g_assert(g_hash_table_size(exchange->numbers) == 0);
    g_hash_table_unref(exchange->numbers);
    for (size_t i = 0; i < _EXCHANGE_INDEX_MAX; i++) {
        g_assert(g_hash_table_size(exchange->indexes[i]) == 0);
        g_hash_table_unref(exchange->indexes[i]);
    }
    network_free(exchange->network);
    g_free(exchange);
    return NULL;
}

Network *exchange_network(const Exchange *exchange) {
    return exchange->network;
}

Provider *exchange_provider(const Exchange *exchange) {
    return exchange->provider;
}

void exchange_set_provider(Exchange *exchange, Provider *provider) {
    exchange->provider = provider;
}

bool exchange_is_closed(const Exchange *exchange) {
    return exchange->closed;
}

void exchange_close(Exchange *exchange) {
    exchange->closed = true;
}

int exchange_add_number(Exchange *exchange, GRefString *number, LoopLine *line) {
    if (g_hash_table_contains(exchange->numbers, number))
        return -EEXIST;
    g_hash_table_insert(exchange->numbers, number, line);
    return 0;
}

void exchange_remove_number(Exchange *exchange, const char *number) {
    g_hash_table_remove(exchange->numbers, number);
}

LoopLine *exchange_find(const Exchange *exchange, const char *number) {
    return g_hash_table_lookup(exchange->numbers, number);
}

static void fill_pool(Exchange *exchange) {
    ssize_t n;

    do
        n = getrandom(exchange->pool, sizeof(exchange->pool), 0);
    while (n < 0 && errno == EINTR);
    if (n != sizeof(exchange->pool))
        g_error("The kernel has no random numbers: %s", g_strerror(errno));
    exchange->pool_left = sizeof(exchange->pool);
}

void exchange_mint_call_id(Exchange *exchange, char ret[CALL_ID_SIZE]) {
    static const char hex[] = "0123456789abcdef";
    const uint8_t *bytes;

    if (exchange->pool_left < RANDOM_SIZE)
        fill_pool(exchange);
    exchange->pool_left -= RANDOM_SIZE;
    bytes = exchange->pool + exchange->pool_left;
    for (size_t i = 0; i < RANDOM_SIZE; i++) {
        ret[2 * i] = hex[bytes[i] >> 4];
        ret[2 * i + 1] = hex[bytes[i] & 15];
    }
    ret[2 * RANDOM_SIZE] = '\0';
}

GRefString *exchange_new_call_id(Exchange *exchange) {
    char id[CALL_ID_SIZE];

    exchange_mint_call_id(exchange, id);
    return g_ref_string_new(id);
}

GHashTable *exchange_index(const Exchange *exchange, ExchangeIndex index) {
    return exchange->indexes[index];
}

unsigned exchange_next_place(Exchange *exchange) {
    return exchange->place++;
}
