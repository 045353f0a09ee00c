/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What people dial as URIs, and back; who is named, user-user information and digits as SIP carries them. */
#include "providers/sip/number.h"

#include <glib.h>
#include <sofia-sip/msg.h>
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

/* What is beyond is left out. */
START_TEST(user_user_information_has_a_limit) {
    g_autofree char *value = g_strnfill(4 * USER_USER_INFO_MAX, '7');
    g_autoptr(GBytes) bytes = uui_parse(value);

    ck_assert_uint_eq(g_bytes_get_size(bytes), USER_USER_INFO_MAX);
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

/* ---- What a message says ---- */

/* An INVITE of Bob's with these header lines. */
static msg_t *read_invite(const char *lines) {
    g_autofree char *text = g_strdup_printf("INVITE sip:us@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n"
                                            "From: \"Bob\" <sip:bob@example.org>;tag=1\r\nTo: <sip:us@example.org>\r\nCall-ID: x\r\n"
                                            "CSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n", lines);
    msg_t *message = msg_make(sip_default_mclass(), 0, text, (ssize_t) strlen(text));

    ck_assert_ptr_nonnull(message);
    return message;
}

static const struct {
    const char *lines;
    bool trusted;
    const char *name, *number;
    Presentation presentation;
} senders[] = {
    { "", false, "Bob", "bob", PRESENTATION_ALLOWED },
    { "Privacy: none\r\n", true, "Bob", "bob", PRESENTATION_ALLOWED },
    { "Privacy: id\r\n", false, "", "", PRESENTATION_WITHHELD },
    { "Privacy: header;user\r\n", false, "", "", PRESENTATION_WITHHELD },
    { "P-Asserted-Identity: \"Ann\" <sip:11@example.org>\r\nPrivacy: id\r\n", true, "", "", PRESENTATION_WITHHELD },
    { "P-Asserted-Identity: \"Ann\" <sip:11@example.org>\r\n", true, "Ann", "11", PRESENTATION_ALLOWED },
    { "P-Asserted-Identity: \"Ann\" <sip:11@example.org>\r\n", false, "Bob", "bob", PRESENTATION_ALLOWED },
    { "Remote-Party-ID: \"Ann\" <sip:11@example.org>;privacy=off\r\n", true, "Ann", "11", PRESENTATION_ALLOWED },
    { "Remote-Party-ID: \"Ann\" <sip:11@example.org>;privacy=full\r\n", true, "", "", PRESENTATION_WITHHELD },
    { "Remote-Party-ID: \"Ann\" <sip:11@example.org>;privacy=full\r\n", false, "Bob", "bob", PRESENTATION_ALLOWED },
};

/* Whoever does not want to be named is not, and who is named by others is so by the network only. */
START_TEST(who_calls_is_who_may_be_named) {
    msg_t *message = read_invite(senders[_i].lines);
    const SipEvent event = { .kind = SIP_EVENT_REQUEST, .phrase = "", .sip = sip_object(message) };
    Party party = { 0 };

    party_of_sender(&party, &event, senders[_i].trusted, "example.org");
    ck_assert_str_eq(party_as_info(&party).name, senders[_i].name);
    ck_assert_str_eq(party_as_info(&party).number, senders[_i].number);
    ck_assert_int_eq(party.presentation, senders[_i].presentation);
    party_clear(&party);
    msg_unref(message);
}
END_TEST

static const struct {
    const char *lines;
    CallReason reason;
    const char *number;
    Presentation presentation;
} senders_on[] = {
    { "Diversion: <sip:22@example.org>;reason=user-busy\r\n", REASON_FWD_BUSY, "22", PRESENTATION_ALLOWED },
    { "Diversion: <sip:22@example.org>;reason=no-answer;privacy=full\r\n", REASON_FWD_NO_ANSWER, "", PRESENTATION_WITHHELD },
};

START_TEST(who_sent_it_on_need_not_be_named) {
    msg_t *message = read_invite(senders_on[_i].lines);
    const SipEvent event = { .kind = SIP_EVENT_REQUEST, .phrase = "", .sip = sip_object(message) };
    Party party = { 0 };
    CallReason reason = REASON_UNKNOWN;

    ck_assert(party_of_diversion(&party, &reason, &event, "example.org"));
    ck_assert_int_eq(reason, senders_on[_i].reason);
    ck_assert_str_eq(party_as_info(&party).number, senders_on[_i].number);
    ck_assert_int_eq(party.presentation, senders_on[_i].presentation);
    party_clear(&party);
    msg_unref(message);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-number");
    TCase *tests = tcase_create("texts");

    tcase_add_loop_test(tests, what_is_dialled_has_a_uri, 0, G_N_ELEMENTS(addresses));
    tcase_add_loop_test(tests, a_uri_is_read_as_a_number, 0, G_N_ELEMENTS(numbers));
    tcase_add_loop_test(tests, who_it_is_is_read_as_it_was_meant, 0, G_N_ELEMENTS(parties));
    tcase_add_loop_test(tests, who_calls_is_who_may_be_named, 0, G_N_ELEMENTS(senders));
    tcase_add_loop_test(tests, who_sent_it_on_need_not_be_named, 0, G_N_ELEMENTS(senders_on));
    tcase_add_test(tests, user_user_information_goes_both_ways);
    tcase_add_test(tests, user_user_information_has_a_limit);
    tcase_add_test(tests, digits_are_read_from_info);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
