/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keyed hash is what its authors say, and of texts that collide by a usual hash it finds each in its own place. */
#include "service/keyed-hash.h"

#include <stdio.h>

#include "tests/unit/run.h"

/* Of SipHash-1-3 with the key 00 01 ... 0f, of the bytes 00 01 ... as many as the index says; as the reference computes them. */
static const uint64_t vectors[] = {
    UINT64_C(0xabac0158050fc4dc), UINT64_C(0xc9f49bf37d57ca93), UINT64_C(0x82cb9b024dc7d44d), UINT64_C(0x8bf80ab8e7ddf7fb),
    UINT64_C(0xcf75576088d38328), UINT64_C(0xdef9d52f49533b67), UINT64_C(0xc50d2b50c59f22a7), UINT64_C(0xd3927d989bb11140),
    UINT64_C(0x369095118d299a8e), UINT64_C(0x25a48eb36c063de4), UINT64_C(0x79de85ee92ff097f), UINT64_C(0x70c118c1f94dc352),
    UINT64_C(0x78a384b157b4d9a2), UINT64_C(0x306f760c1229ffa7), UINT64_C(0x605aa111c0f95d34), UINT64_C(0xd320d86d2a519956),
    UINT64_C(0xcc4fdd1a7d908b66),
};

START_TEST(it_is_siphash) {
    static const uint64_t key[2] = { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
    uint8_t bytes[G_N_ELEMENTS(vectors)];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = i;
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++)
        ck_assert_uint_eq(keyed_hash_by(key, bytes, i), vectors[i]);
}
END_TEST

START_TEST(the_same_text_has_the_same_hash) {
    char text[] = "sip-call-id\n1@x", again[] = "sip-call-id\n1@x";

    ck_assert_uint_eq(keyed_hash_of_text(text), keyed_hash_of_text(again));
    again[0]++;
    ck_assert_uint_ne(keyed_hash_of_text(text), keyed_hash_of_text(again));
}
END_TEST

/* "bb" and "cA" have the same hash by g_str_hash(), and so has all that is made of them: a peer needs no more than that. */
START_TEST(chosen_texts_are_spread) {
    g_autoptr(GHashTable) hashes = g_hash_table_new(NULL, NULL);
    guint usual = 0;

    for (unsigned i = 0; i < 4096; i++) {
        char text[25];

        for (unsigned bit = 0; bit < 12; bit++) {
            text[2 * bit] = i >> bit & 1 ? 'b' : 'c';
            text[2 * bit + 1] = i >> bit & 1 ? 'b' : 'A';
        }
        text[24] = '\0';
        if (i == 0)
            usual = g_str_hash(text);
        ck_assert_uint_eq(g_str_hash(text), usual);
        g_hash_table_add(hashes, GUINT_TO_POINTER(keyed_hash_of_text(text)));
    }
    ck_assert_uint_gt(g_hash_table_size(hashes), 4000);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("keyed-hash");
    TCase *tcase = tcase_create("keyed-hash");

    tcase_add_test(tcase, it_is_siphash);
    tcase_add_test(tcase, the_same_text_has_the_same_hash);
    tcase_add_test(tcase, chosen_texts_are_spread);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
