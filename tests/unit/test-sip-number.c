/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people dial as URIs, and back; user-user information and digits as SIP carries them. */
#include "providers/sip/number.h"

#include <glib.h>
#include <string.h>

#include "providers/sip/digits.h"
#include "providers/sip/party.h"
#include "providers/sip/uui.h"
#include "tests/unit/run.h"

static const struct {
    const char *dialled, *uri; /* NULL: it can't be dialled */
} addresses[] = {
    { "100", "sip:100@example.org" },
    { "+49 (30) 123-456", "sip:+4930123456@example.org" },
    { "alice", "sip:alice@example.org" },
    { "alice@other.example", "sip:alice@other.example" },
    { "sip:alice@other.example", "sip:alice@other.example" },
    { "sips:alice@other.example;transport=tls", "sips:alice@other.example;transport=tls" },
    { "tel:+49-30-123", "sip:+4930123@example.org;user=phone" },
    { "sip:", NULL },
    { "sip:a@b?Replaces=x", NULL },
    { "sip:nobody at home", NULL },
    { "<sip:a@b>", NULL },
    { "tel:", NULL },
    { "", NULL },
};

START_TEST(what_is_dialled_has_a_uri) {
    g_autofree char *uri = number_to_uri(addresses[_i].dialled, "example.org");
    const char *hint = NULL;

    ck_assert_int_eq(number_check(addresses[_i].dialled, &hint) == 0, addresses[_i].uri != NULL);
    ck_assert_ptr_nonnull(addresses[_i].uri ? "" : hint);
    ck_assert(g_strcmp0(uri, addresses[_i].uri) == 0);
}
END_TEST

static const struct {
    const char *uri, *number;
} numbers[] = {
    { "sip:100@example.org", "100" },           { "sip:100@example.org:5070;transport=tcp", "100" },
    { "sip:100@other.example", "sip:100@other.example" }, { "sip:+4930123@other.example", "+4930123" },
};

START_TEST(a_uri_is_read_as_a_number) {
    g_autofree char *number = number_from_uri(numbers[_i].uri, "example.org:5060");

    ck_assert_str_eq(number, numbers[_i].number);
}
END_TEST

START_TEST(user_user_information_goes_both_ways) {
    static const uint8_t data[] = { 0, 7, 255 };
    g_autofree char *value = uui_format(data, sizeof(data));
    g_autoptr(GBytes) bytes = uui_parse(value);

    ck_assert_str_eq(value, "0007ff;encoding=hex");
    ck_assert_mem_eq(g_bytes_get_data(bytes, NULL), data, sizeof(data));
    ck_assert_ptr_null(uui_format(data, 0));
    ck_assert_ptr_null(uui_parse("abc;encoding=hex"));
    ck_assert_ptr_null(uui_parse("hello"));
    ck_assert_ptr_null(uui_parse(NULL));
}
END_TEST

START_TEST(digits_are_read_from_info) {
    ck_assert_int_eq(digits_from_relay("Signal=5\r\nDuration=160\r\n"), '5');
    ck_assert_int_eq(digits_from_relay("Duration=160\r\nSignal= 11\r\n"), '#');
    ck_assert_int_eq(digits_from_relay("Signal\r\n"), '\0');
    ck_assert_int_eq(digits_from_plain("a"), 'A');
    ck_assert_int_eq(digits_from_plain("?"), '\0');
    ck_assert_int_eq(digits_from_plain(""), '\0');
}
END_TEST

static const struct {
    const char *address, *name, *number;
} parties[] = {
    { "\"Fra\\nk \\\"K\\\" \\\\ \303\234\" <sip:frank@example.org>", "Frank \"K\" \\ \303\234", "frank" },
    { "Frank <sip:frank@example.org>", "Frank", "frank" },
    { "<sip:fr%61nk@example.org>;tag=1", "", "frank" },
    { "\"\" <sip:%2B4930@other.example>", "", "+4930" },
    { "<tel:+49-30-1234;phone-context=x>", "", "+49-30-1234" },
};

START_TEST(who_it_is_is_read_as_it_was_meant) {
    Party party = { 0 };

    party_from_address(&party, parties[_i].address, "example.org");
    ck_assert_str_eq(party.name, parties[_i].name);
    ck_assert_str_eq(party.number, parties[_i].number);
    party_clear(&party);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-number");
    TCase *tests = tcase_create("texts");

    tcase_add_loop_test(tests, what_is_dialled_has_a_uri, 0, G_N_ELEMENTS(addresses));
    tcase_add_loop_test(tests, a_uri_is_read_as_a_number, 0, G_N_ELEMENTS(numbers));
    tcase_add_loop_test(tests, who_it_is_is_read_as_it_was_meant, 0, G_N_ELEMENTS(parties));
    tcase_add_test(tests, user_user_information_goes_both_ways);
    tcase_add_test(tests, digits_are_read_from_info);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
