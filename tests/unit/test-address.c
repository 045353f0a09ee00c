/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What may be dialled at all. */
#include <string.h>

#include "service/address.h"
#include "tests/unit/stage.h"

static const char *const good[] = {
    "1",
    "100",
    "+49 30 123-456",
    "tel:+4930123456",
    "sip:alice@example.org",
    "sips:alice@example.org;transport=tls?x=%25",
    "answer?ring=200ms&talk=2s",
    "日本",
    "100%",
    "100%2",
    "%2B49",
    "%2",
    "%252A",   /* is decoded once at most */
    " 1 ",
};

START_TEST(good_addresses_pass) {
    expect_granted(address_check(line0, good[_i]));
    expect_granted(address_check_service_code(good[_i]));
}
END_TEST

static const char *const service_codes[] = {
    "*",
    "#",
    "*21#",
    "*#06#",
    "**21*0190123#",
    "100#",
    "1*2",
    "tel:*21%23",
    "tel:%2A21",
    "tel:%2a21",
    "%23",
    "sip:100%23@example.org",
    "sip:%2A%2A21%2A100%23@example.org",
    "\n*21#",
    "*\xff",
    "\uff0a21\uff03", /* wide ones */
    "21\ufe5f",       /* a small one */
    "tel:\ufe61" "21",
};

/* It is too long in any case: not all of it is looked at. */
START_TEST(no_end_of_an_address_is_looked_for) {
    g_autofree char *much = g_strnfill(1000000, '1');

    much[256] = '#';
    expect_refusal(address_check(line0, much), REFUSAL_NOT_SUPPORTED);
    much[256] = '1';
    much[999999] = '#';
    expect_refusal(address_check(line0, much), REFUSAL_INVALID_ADDRESS);
}
END_TEST

START_TEST(service_codes_are_not_dialled) {
    expect_refusal(address_check(line0, service_codes[_i]), REFUSAL_NOT_SUPPORTED);
    expect_refusal(address_check_service_code(service_codes[_i]), REFUSAL_NOT_SUPPORTED);
}
END_TEST

static const char *const malformed[] = {
    "",
    "\n",
    "1\n2",
    "1\t2",
    "\x01",
    "100\x7f",
    "100\r",
    "1\xc2\x80" "2", /* U+0080 */
    "1\xc2\x9b" "2", /* U+009B */
    "\xff",
    "1\xc3",
    "\xed\xa0\x80",     /* half of a pair */
    "\xc0\xaa",         /* '*' in too many bytes */
    "\xf4\x90\x80\x80", /* past the last character */
    "nowhere",          /* says the network */
};

START_TEST(malformed_addresses_are_refused) {
    expect_refusal(address_check(line0, malformed[_i]), REFUSAL_INVALID_ADDRESS);
}
END_TEST

START_TEST(an_address_has_at_most_256_bytes) {
    char text[300];

    memset(text, '1', sizeof(text));
    text[255] = '\0';
    expect_granted(address_check(line0, text));
    text[255] = '1';
    text[256] = '\0';
    expect_granted(address_check(line0, text));
    text[256] = '1';
    text[257] = '\0';
    expect_refusal(address_check(line0, text), REFUSAL_INVALID_ADDRESS);
    text[100] = '*';
    expect_refusal(address_check(line0, text), REFUSAL_NOT_SUPPORTED);
}
END_TEST

/* It is bytes that count, and a character is not cut. */
START_TEST(the_length_is_in_bytes) {
    g_autoptr(GString) text = g_string_new(NULL);

    while (text->len < 256)
        g_string_append(text, "ü");
    expect_granted(address_check(line0, text->str));
    g_string_append(text, "ü");
    expect_refusal(address_check(line0, text->str), REFUSAL_INVALID_ADDRESS);
}
END_TEST

START_TEST(the_refusal_says_what_would_be_right) {
    static const struct {
        const char *address, *says;
    } rows[] = {
        { "", "empty" }, { "*21#", "service code" }, { "1\n", "control characters" }, { "nowhere", "go somewhere" },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        _cleanup_(refusal_freep) Refusal *refusal = address_check(line0, rows[i].address);

        ck_assert_msg(strstr(refusal_text(refusal), rows[i].says) != NULL, "it says: %s", refusal_text(refusal));
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("address");
    TCase *tcase = stage_case(suite, "address");

    tcase_add_loop_test(tcase, good_addresses_pass, 0, G_N_ELEMENTS(good));
    tcase_add_test(tcase, no_end_of_an_address_is_looked_for);
    tcase_add_loop_test(tcase, service_codes_are_not_dialled, 0, G_N_ELEMENTS(service_codes));
    tcase_add_loop_test(tcase, malformed_addresses_are_refused, 0, G_N_ELEMENTS(malformed));
    tcase_add_test(tcase, an_address_has_at_most_256_bytes);
    tcase_add_test(tcase, the_length_is_in_bytes);
    tcase_add_test(tcase, the_refusal_says_what_would_be_right);
    return run_suite(suite);
}
