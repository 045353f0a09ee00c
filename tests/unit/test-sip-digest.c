/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers to challenges: as RFC 7616 has them, and as the stack asks for them. */
#include <string.h>

#include <sofia-sip/auth_client.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/su_alloc.h>

#include "providers/sip/digest.h"
#include "service/cleanup.h"
#include "tests/unit/run.h"

#define NONCE "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\""
#define CNONCE "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
#define REALM "realm=\"http-auth@example.org\""
#define OPAQUE "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""

static char *respond(const char *const *parameters) {
    DigestChallenge challenge;
    char *response;

    ck_assert(digest_challenge_parse(parameters, &challenge));
    response = digest_response(&challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", "", 0, CNONCE, 1);
    digest_challenge_clear(&challenge);
    return response;
}

START_TEST(the_examples_of_rfc_7616) {
    const char *const md5[] = { REALM, NONCE, OPAQUE, "qop=\"auth, auth-int\"", "algorithm=MD5", NULL };
    const char *const sha256[] = { REALM, NONCE, OPAQUE, "qop=\"auth, auth-int\"", "algorithm=SHA-256", NULL };
    g_autofree char *by_md5 = respond(md5), *by_sha256 = respond(sha256);

    ck_assert_str_eq(by_md5, "8ca523f5e9506fed4657c9700eebdbec");
    ck_assert_str_eq(by_sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}
END_TEST

/* RFC 2069's example, which has neither algorithm nor qop. */
START_TEST(without_algorithm_it_is_plain_md5) {
    const char *const parameters[] = { "realm=\"testrealm@host.com\"", "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"", NULL };
    g_autofree char *response = NULL;
    DigestChallenge challenge;

    ck_assert(digest_challenge_parse(parameters, &challenge));
    response = digest_response(&challenge, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", "", 0, "", 0);
    ck_assert_str_eq(response, "1949323746fe6a43ef61f9606e7febea");
    digest_challenge_clear(&challenge);
}
END_TEST

START_TEST(what_can_not_be_answered_is_no_challenge) {
    const char *const unknown[] = { REALM, NONCE, "algorithm=SHA-512-256", NULL };
    const char *const no_nonce[] = { REALM, "algorithm=MD5", NULL };
    const char *const no_realm[] = { NONCE, NULL };
    const char *const other_qop[] = { REALM, NONCE, "qop=\"other\"", NULL };
    const char *const breakout[] = { REALM, "nonce=\"a\\\", response=\\\"b\"", NULL };
    DigestChallenge challenge;

    ck_assert(!digest_challenge_parse(unknown, &challenge));
    ck_assert(!digest_challenge_parse(no_nonce, &challenge));
    ck_assert(!digest_challenge_parse(no_realm, &challenge));
    ck_assert(!digest_challenge_parse(other_qop, &challenge));
    ck_assert(!digest_challenge_parse(breakout, &challenge));
}
END_TEST

/* The stack's list of those who authenticate, and one 401 after the other. */
typedef struct Stack {
    su_home_t *home;
    auth_client_t *clients;
} Stack;

static Stack stack;

static void set_up(void) {
    digest_register();
    stack.home = su_home_new(sizeof(su_home_t));
    stack.clients = NULL;
}

static void tear_down(void) {
    su_home_unref(stack.home);
}

/* A response with these challenges. */
static int challenge(const char *first, const char *second) {
    sip_www_authenticate_t *header = sip_www_authenticate_make(stack.home, first);

    if (second)
        header->au_next = sip_www_authenticate_make(stack.home, second);
    return auc_challenge(&stack.clients, stack.home, header, sip_authorization_class);
}

static int authenticate(const char *user, const char *password) {
    g_autofree char *safe_user = digest_escape(user), *safe_password = digest_escape(password), *data = NULL;

    data = g_strdup_printf("Digest:\"here\":%s:%s", safe_user, safe_password);
    return auc_credentials(&stack.clients, stack.home, data);
}

/* The next request's header. */
static sip_authorization_t *authorize(void) {
    msg_header_t *header = NULL;
    const url_t *url = (const url_t *) url_hdup(stack.home, (const url_t *) "sip:here.example");

    ck_assert_int_eq(auc_authorization_headers(&stack.clients, stack.home, "REGISTER", url, NULL, &header), 1);
    ck_assert_ptr_nonnull(header);
    return (sip_authorization_t *) header;
}

static char *header_value(const sip_authorization_t *header, const char *name) {
    const char *value = msg_header_find_param(header->au_common, name);

    return value ? msg_unquote_dup(stack.home, value) : NULL;
}

static void check_answer(const sip_authorization_t *header, const char *parameters, const char *user, const char *password) {
    sip_www_authenticate_t *asked = sip_www_authenticate_make(stack.home, parameters);
    g_autofree char *response = NULL;
    const char *nc = msg_header_find_param(header->au_common, "nc=");
    DigestChallenge expected;

    ck_assert(digest_challenge_parse((const char *const *) asked->au_params, &expected));
    response = digest_response(&expected, user, password, "REGISTER", "sip:here.example", "", 0,
                               header_value(header, "cnonce="), nc ? (unsigned) strtoul(nc, NULL, 16) : 0);
    ck_assert_str_eq(header_value(header, "response="), response);
    ck_assert_str_eq(header_value(header, "username="), user);
    digest_challenge_clear(&expected);
}

#define MD5_CHALLENGE "Digest realm=\"here\", nonce=\"abc\""
#define SHA_CHALLENGE "Digest realm=\"here\", nonce=\"abc\", qop=\"auth\", algorithm=SHA-256"

START_TEST(the_stack_answers_with_sha_256) {
    const sip_authorization_t *header;

    ck_assert_int_eq(challenge(SHA_CHALLENGE, NULL), 1);
    ck_assert_int_eq(authenticate("alice", "secret"), 1);
    header = authorize();
    ck_assert_str_eq(header_value(header, "algorithm="), "SHA-256");
    check_answer(header, SHA_CHALLENGE, "alice", "secret");
}
END_TEST

START_TEST(of_two_challenges_the_stronger_counts) {
    bool swapped = _i == 1;

    ck_assert_int_eq(challenge(swapped ? SHA_CHALLENGE : MD5_CHALLENGE, swapped ? MD5_CHALLENGE : SHA_CHALLENGE), 1);
    authenticate("alice", "secret");
    check_answer(authorize(), SHA_CHALLENGE, "alice", "secret");
}
END_TEST

START_TEST(one_that_nobody_knows_does_no_harm) {
    ck_assert_int_eq(challenge("Digest realm=\"here\", nonce=\"abc\", algorithm=SHA-512-256", MD5_CHALLENGE), 1);
    authenticate("alice", "secret");
    check_answer(authorize(), MD5_CHALLENGE, "alice", "secret");
}
END_TEST

START_TEST(a_password_may_have_any_character) {
    ck_assert_int_eq(challenge(SHA_CHALLENGE, NULL), 1);
    ck_assert_int_eq(authenticate("alice", "a:b%3Ac \"ü\\:"), 1);
    check_answer(authorize(), SHA_CHALLENGE, "alice", "a:b%3Ac \"ü\\:");
}
END_TEST

START_TEST(the_same_question_again_is_a_no) {
    challenge(SHA_CHALLENGE, NULL);
    authenticate("alice", "wrong");
    authorize();
    ck_assert_int_eq(challenge("Digest realm=\"here\", nonce=\"def\", qop=\"auth\", algorithm=SHA-256", NULL), 0);
}
END_TEST

START_TEST(a_nonce_that_went_stale_is_renewed) {
    const char *stale = "Digest realm=\"here\", nonce=\"def\", stale=true, qop=\"auth\", algorithm=SHA-256";

    challenge(SHA_CHALLENGE, NULL);
    authenticate("alice", "secret");
    authorize();
    ck_assert_int_eq(challenge(stale, NULL), 1);
    check_answer(authorize(), stale, "alice", "secret");
}
END_TEST

START_TEST(requests_with_one_nonce_are_counted) {
    challenge(SHA_CHALLENGE, NULL);
    authenticate("alice", "secret");
    ck_assert_str_eq(msg_header_find_param(authorize()->au_common, "nc="), "00000001");
    ck_assert_str_eq(msg_header_find_param(authorize()->au_common, "nc="), "00000002");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-digest");
    TCase *pure = tcase_create("pure"), *plugin = tcase_create("plugin");

    tcase_add_test(pure, the_examples_of_rfc_7616);
    tcase_add_test(pure, without_algorithm_it_is_plain_md5);
    tcase_add_test(pure, what_can_not_be_answered_is_no_challenge);
    suite_add_tcase(suite, pure);
    tcase_add_checked_fixture(plugin, set_up, tear_down);
    tcase_add_test(plugin, the_stack_answers_with_sha_256);
    tcase_add_loop_test(plugin, of_two_challenges_the_stronger_counts, 0, 2);
    tcase_add_test(plugin, one_that_nobody_knows_does_no_harm);
    tcase_add_test(plugin, a_password_may_have_any_character);
    tcase_add_test(plugin, the_same_question_again_is_a_no);
    tcase_add_test(plugin, a_nonce_that_went_stale_is_renewed);
    tcase_add_test(plugin, requests_with_one_nonce_are_counted);
    suite_add_tcase(suite, plugin);
    return run_suite(suite);
}
