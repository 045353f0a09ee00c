/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keyed hash: SipHash-1-3, of Aumasson and Bernstein. */
#include "service/keyed-hash.h"

#include <string.h>
#include <sys/random.h>

typedef struct Sip {
    uint64_t a, b, c, d;
} Sip;

static uint64_t rotate(uint64_t x, unsigned bits) {
    return x << bits | x >> (64 - bits);
}

static void mix(Sip *sip) {
    sip->a += sip->b;
    sip->c += sip->d;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a = rotate(sip->a, 32);
    sip->c += sip->b;
    sip->a += sip->d;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->c = rotate(sip->c, 32);
}

static void take(Sip *sip, uint64_t word) {
    sip->d ^= word;
    mix(sip);
    sip->a ^= word;
}

/* Of at most 8 bytes, the first being the lowest, on any machine. */
static uint64_t word_of(const uint8_t *bytes, size_t n) {
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++)
        word |= (uint64_t) bytes[i] << 8 * i;
    return word;
}

uint64_t keyed_hash_by(const uint64_t key[static 2], const void *data, size_t size) {
    const uint8_t *bytes = data;
    Sip sip = {
        .a = key[0] ^ UINT64_C(0x736f6d6570736575),
        .b = key[1] ^ UINT64_C(0x646f72616e646f6d),
        .c = key[0] ^ UINT64_C(0x6c7967656e657261),
        .d = key[1] ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = size / 8 * 8;

    for (size_t i = 0; i < whole; i += 8)
        take(&sip, word_of(bytes + i, 8));
    take(&sip, (uint64_t) size << 56 | word_of(bytes + whole, size - whole));
    sip.c ^= 0xff;
    for (unsigned i = 0; i < 3; i++)
        mix(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

/* Without random bytes from the kernel nothing else would be safe either. */
static const uint64_t *secret(void) {
    static uint64_t key[2];
    static gsize done = 0;

    if (g_once_init_enter(&done)) {
        ssize_t n = getrandom(key, sizeof(key), 0);

        g_assert(n == sizeof(key));
        g_once_init_leave(&done, 1);
    }
    return key;
}

guint keyed_hash_of_text(gconstpointer text) {
    uint64_t hash = keyed_hash_by(secret(), text, strlen(text));

    return (guint) (hash ^ hash >> 32);
}
