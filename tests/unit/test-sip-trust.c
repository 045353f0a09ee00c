/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a far end may send us: a table of targets. */
#include "providers/sip/trust.h"

#include "tests/unit/run.h"

#define OWN "sip:alice@example.org"
#define PEER "192.0.2.7"

static SipAccount *make(const char *transfers) {
    const char *const settings[] = { "Registrar", "sip.example.net:5070", "Proxy", "[2001:db8::1]", "Domain", "example.org", "User", "alice",
                                     "Transfers", transfers, NULL };
    SipAccount *account = NULL;
    char *why = NULL;

    ck_assert_msg(sip_account_new(settings, &account, &why) == 0, "%s", why);
    return account;
}

static const struct {
    const char *target;
    bool allowed;
} targets[] = {
    /* Those of the house, by whatever it is called. */
    { "sip:bob@example.org", true },
    { "sip:bob@EXAMPLE.ORG:5080;transport=tcp", true },
    { "sips:bob@sip.example.net", true },
    { "sip:bob@[2001:db8::1]:5060", true },
    { "sip:bob@192.0.2.7:5090", true },
    { "sip:c00a12f3b4c5d6e7f@192.0.2.7", true },
    { "sip:bob-0x55d0c2ea70@192.0.2.7", true },
    { "sip:example.org", true },
    { "sip:102@example.org", true },
    { "sip:102@example.org;user=phone", true },
    { "sip:999999@example.org", true },

    /* Others. */
    { "sip:bob@other.example", false },
    { "sip:bob@192.0.2.8", false },
    { "sip:bob@[2001:db8::2]", false },
    { "sip:bob@sub.example.org", false },
    { "sip:bob@example.org.other.example", false },
    { "sip:bob@example.org;maddr=192.0.2.9", false },
    { "sip:example.org@other.example", false },
    { "mailto:bob@example.org", false },
    { "http://example.org", false },
    { "nonsense", false },
    { "", false },

    /* What may cost. */
    { "tel:+4930123456", false },
    { "tel:102", false },
    { "sip:+4930123456@example.org", false },
    { "sip:%2B4930123456@example.org", false },
    { "sip:%252B4930123456@example.org", false },
    { "sip:004930123456@example.org", false },
    { "sip:0@example.org", false },
    { "sip:01901@example.org", false },
    { "sip:%30190%31@example.org", false },
    { "sip:0-1901@example.org", false },
    { "sip:-.01901@example.org", false },
    { "sip:9011441234567@example.org", false },
    { "sip:9.0.1.1.4.4.1@example.org", false },
    { "sip:9(00)555@example.org", false },
    { "sip:1234567@example.org", false },
    { "sip:1234567@192.0.2.7", false },
    { "sip:123w9004930123@example.org", false },
    { "sip:12,9004930123@example.org", false },
    { "sip:12;phone-context=+49@example.org", false },
    { "sip:004930123x1@example.org", false },
    { "sip:1-900-flowers@example.org;user=phone", false },
    { "sip:bob:secret@example.org", false },
    { "sip:%EF%BC%90%EF%BC%90%EF%BC%94%EF%BC%99@example.org", false },
    { "sip:...@example.org", false },

    /* What does harm. */
    { "sip:*21*0049301234#@example.org", false },
    { "sip:%2A72@example.org", false },
    { "sip:112@example.org", false },
    { "sip:9-1-1@example.org", false },
};

START_TEST(a_target_is_known_or_not) {
    _cleanup_(sip_account_freep) SipAccount *account = make("known");

    ck_assert_msg(trust_allows(account, OWN, PEER, targets[_i].target) == targets[_i].allowed, "%s", targets[_i].target);
}
END_TEST

START_TEST(a_setting_says_all_or_none) {
    _cleanup_(sip_account_freep) SipAccount *all = make("accept"), *none = make("refuse");

    ck_assert(trust_allows(all, OWN, PEER, targets[_i].target));
    ck_assert(!trust_allows(none, OWN, PEER, targets[_i].target));
}
END_TEST

/* It has no registrar and no domain: there is its own machine, and the peer's. */
START_TEST(a_direct_line_knows_two_machines) {
    _cleanup_(sip_account_freep) SipAccount *account = NULL;
    char *why = NULL;

    ck_assert_int_eq(sip_account_new(NULL, &account, &why), 0);
    ck_assert_int_eq(account->transfers, SIP_TRANSFERS_KNOWN);
    ck_assert(trust_allows(account, "sip:192.0.2.1:5060", PEER, "sip:bob@192.0.2.1"));
    ck_assert(trust_allows(account, "sip:[2001:db8::5]:5060", "2001:db8::6", "sip:bob@[2001:db8::6]"));
    ck_assert(trust_allows(account, "sip:192.0.2.1:5060", PEER, "sip:bob@192.0.2.7"));
    ck_assert(!trust_allows(account, "sip:192.0.2.1:5060", PEER, "sip:bob@192.0.2.8"));
    ck_assert(!trust_allows(account, "sip:192.0.2.1:5060", NULL, "sip:bob@192.0.2.7"));
    ck_assert(!trust_allows(account, NULL, NULL, "sip:bob@192.0.2.1"));
}
END_TEST

START_TEST(costs_are_seen_wherever_they_are) {
    ck_assert(trust_sees_costs("sip:+4930123456@other.example"));
    ck_assert(trust_sees_costs("tel:102"));
    ck_assert(!trust_sees_costs("sip:102@other.example"));
    ck_assert(!trust_sees_costs("sip:bob@other.example"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-trust");
    TCase *tests = tcase_create("targets");

    tcase_add_loop_test(tests, a_target_is_known_or_not, 0, G_N_ELEMENTS(targets));
    tcase_add_loop_test(tests, a_setting_says_all_or_none, 0, G_N_ELEMENTS(targets));
    tcase_add_test(tests, a_direct_line_knows_two_machines);
    tcase_add_test(tests, costs_are_seen_wherever_they_are);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
