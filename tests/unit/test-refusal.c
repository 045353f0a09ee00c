/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusals and parties. */
#include <glib.h>
#include <string.h>

#include "service/party.h"
#include "service/refusal.h"
#include "tests/unit/run.h"

START_TEST(a_refusal_has_its_code_and_text) {
    _cleanup_(refusal_freep) Refusal *refusal = refuse(REFUSAL_LINE_BUSY, "%s has %u calls", "line0", 7u);

    ck_assert_int_eq(refusal_code(refusal), REFUSAL_LINE_BUSY);
    ck_assert_str_eq(refusal_text(refusal), "line0 has 7 calls");
}
END_TEST

/* What was asked for may be in it, and that may be long: what was wrong and what would be right is still there, and no character
 * is cut. */
START_TEST(a_refusal_is_of_bearable_length) {
    GString *umlauts = g_string_new(NULL);
    g_autofree char *text = g_strnfill(100000, 'x');
    _cleanup_(refusal_freep) Refusal *refusal = refuse(REFUSAL_TOO_BIG, "Unknown word '%s': use yes or no", text);

    ck_assert_uint_eq(strlen(refusal_text(refusal)), 512);
    ck_assert(g_str_has_prefix(refusal_text(refusal), "Unknown word 'xxx"));
    ck_assert(g_str_has_suffix(refusal_text(refusal), "xxx': use yes or no"));
    for (int i = 0; i < 1000; i++)
        g_string_append(umlauts, "ü");
    for (int i = 0; i < 2; i++) {
        _cleanup_(refusal_freep) Refusal *other = refuse(REFUSAL_TOO_BIG, "%s%s", i == 0 ? "" : "y", umlauts->str);

        ck_assert_uint_ge(strlen(refusal_text(other)), 510);
        ck_assert_uint_le(strlen(refusal_text(other)), 512);
        ck_assert(g_utf8_validate(refusal_text(other), -1, NULL));
        ck_assert_ptr_null(strstr(refusal_text(other), "\uFFFD"));
    }
    g_string_free(umlauts, TRUE);
}
END_TEST

START_TEST(a_refusal_is_one_line_of_plain_text) {
    static const struct {
        const char *asked, *shown;
    } texts[] = {
        { "a\nb", "a?b" },
        { "\x1b[31m\t", "?[31m?" },
        { "\x7f", "?" },
        { "\xc2\x85", "?" },
        { "right\u202eleft", "right?left" },
        { "\xff", "\uFFFD" },
        { "Gr\u00fc\u00dfe", "Gr\u00fc\u00dfe" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        _cleanup_(refusal_freep) Refusal *refusal = refuse(REFUSAL_INVALID_ARGS, "%s", texts[i].asked);

        ck_assert_str_eq(refusal_text(refusal), texts[i].shown);
    }
}
END_TEST

START_TEST(a_copy_is_another_of_the_same) {
    _cleanup_(refusal_freep) Refusal *refusal = refuse(REFUSAL_LINE_BUSY, "100 %% full"), *copy = refusal_copy(refusal);

    ck_assert_ptr_ne(copy, refusal);
    ck_assert_int_eq(refusal_code(copy), REFUSAL_LINE_BUSY);
    ck_assert_str_eq(refusal_text(copy), "100 % full");
    ck_assert_ptr_null(refusal_copy(NULL));
}
END_TEST

START_TEST(freeing_gives_null) {
    ck_assert_ptr_null(refusal_free(NULL));
    ck_assert_ptr_null(refusal_free(refuse(REFUSAL_CONFLICT, "no")));
    ck_assert_ptr_null(party_unref(NULL));
}
END_TEST

/* ---- Parties ---- */

static void expect_party(const Party *party, const char *number, const char *name, Presentation presentation) {
    PartyInfo info = party_info(party);

    ck_assert_str_eq(info.number, number);
    ck_assert_str_eq(info.name, name);
    ck_assert_int_eq(info.presentation, presentation);
}

START_TEST(a_party_is_as_the_network_says) {
    Party *party = party_new(&(PartyInfo) { "101", "Bärbel", PRESENTATION_ALLOWED });

    expect_party(party, "101", "Bärbel", PRESENTATION_ALLOWED);
    party_unref(party);
}
END_TEST

START_TEST(nothing_known_is_unavailable) {
    ck_assert_ptr_null(party_new(NULL));
    expect_party(NULL, "", "", PRESENTATION_UNAVAILABLE);
}
END_TEST

START_TEST(unknown_text_is_empty) {
    Party *party = party_new(&(PartyInfo) { .presentation = PRESENTATION_UNKNOWN });

    expect_party(party, "", "", PRESENTATION_UNKNOWN);
    party_unref(party);
}
END_TEST

START_TEST(withheld_text_is_dropped) {
    Party *party = party_new(&(PartyInfo) { .number = "101", .name = "Eve", .presentation = PRESENTATION_WITHHELD });

    expect_party(party, "", "", PRESENTATION_WITHHELD);
    party_unref(party);
}
END_TEST

START_TEST(a_nonsense_presentation_is_unknown) {
    static const int nonsense[] = { -1, -EINVAL, _PRESENTATION_MAX, 1000 };

    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        Party *party = party_new(&(PartyInfo) { .number = "1", .presentation = nonsense[i] });

        expect_party(party, "1", "", PRESENTATION_UNKNOWN);
        party_unref(party);
    }
}
END_TEST

START_TEST(foreign_text_becomes_valid) {
    Party *party = party_new(&(PartyInfo) { .number = "\xff\xfe" "1", .name = "a\xc3" });
    PartyInfo info = party_info(party);

    ck_assert(g_utf8_validate(info.number, -1, NULL) && g_utf8_validate(info.name, -1, NULL));
    ck_assert_str_eq(info.number, "\xef\xbf\xbd\xef\xbf\xbd" "1");
    ck_assert_str_eq(info.name, "a\xef\xbf\xbd");
    party_unref(party);
}
END_TEST

START_TEST(long_text_is_cut) {
    g_autofree char *much = g_strnfill(5000, 'n');
    Party *party = party_new(&(PartyInfo) { .number = much, .name = much });

    ck_assert_uint_eq(strlen(party_info(party).number), TEXT_MAX);
    ck_assert_uint_eq(strlen(party_info(party).name), TEXT_MAX);
    party_unref(party);
}
END_TEST

/* A character that is cut in two is none. */
START_TEST(text_is_cut_to_valid_text) {
    GString *umlauts = g_string_new("x");
    Party *party;

    while (umlauts->len < 600)
        g_string_append(umlauts, "ü");
    party = party_new(&(PartyInfo) { .name = umlauts->str });
    ck_assert(g_utf8_validate(party_info(party).name, -1, NULL));
    ck_assert(g_str_has_prefix(party_info(party).name, "xüü"));
    party_unref(party);
    g_string_free(umlauts, TRUE);
}
END_TEST

START_TEST(parties_are_equal_if_all_is) {
    const PartyInfo infos[] = {
        { "1", "a", PRESENTATION_ALLOWED }, { "2", "a", PRESENTATION_ALLOWED },     { "1", "b", PRESENTATION_ALLOWED },
        { "1", "a", PRESENTATION_UNKNOWN }, { "", "", PRESENTATION_UNAVAILABLE },   { "1a", "", PRESENTATION_ALLOWED },
        { "", "1a", PRESENTATION_ALLOWED }, { "11", "a", PRESENTATION_ALLOWED },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(infos); i++) {
        Party *a = party_new(&infos[i]);

        for (size_t j = 0; j < G_N_ELEMENTS(infos); j++) {
            Party *b = party_new(&infos[j]);

            ck_assert_int_eq(party_equal(a, b), i == j);
            party_unref(b);
        }
        ck_assert_int_eq(party_equal(a, NULL), i == 4);
        party_unref(a);
    }
    ck_assert(party_equal(NULL, NULL));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("refusal and party");
    TCase *tcase = tcase_create("refusal");

    tcase_add_test(tcase, a_refusal_has_its_code_and_text);
    tcase_add_test(tcase, a_refusal_is_of_bearable_length);
    tcase_add_test(tcase, a_refusal_is_one_line_of_plain_text);
    tcase_add_test(tcase, a_copy_is_another_of_the_same);
    tcase_add_test(tcase, freeing_gives_null);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("party");
    tcase_add_test(tcase, a_party_is_as_the_network_says);
    tcase_add_test(tcase, nothing_known_is_unavailable);
    tcase_add_test(tcase, unknown_text_is_empty);
    tcase_add_test(tcase, withheld_text_is_dropped);
    tcase_add_test(tcase, a_nonsense_presentation_is_unknown);
    tcase_add_test(tcase, foreign_text_becomes_valid);
    tcase_add_test(tcase, long_text_is_cut);
    tcase_add_test(tcase, text_is_cut_to_valid_text);
    tcase_add_test(tcase, parties_are_equal_if_all_is);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
