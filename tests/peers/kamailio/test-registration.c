/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines at a registrar that nobody here wrote: in service when all is well, and else told what is wrong, within seconds. */
#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/peers/kamailio/registrar.h"
#include "tests/unit/run.h"

static void set_up(void) {
    const KamailioOptions options = { 0 };

    registrar_begin(&options);
}

static void set_up_sha256(void) {
    const KamailioOptions options = { .sha256 = true };

    registrar_begin(&options);
}

static void set_up_ipv6(void) {
    const KamailioOptions options = { .ipv6 = true };

    registrar_begin(&options);
}

/* ---- All is well ---- */

START_TEST(a_line_with_the_right_password_is_in_service) {
    const Line *line = registrar_add_user("alice");

    ck_assert(says(line, "is being asked to register"));
    AWAIT(is_in_service(line));
    ck_assert_str_eq(line_state_reason(line), "");
    ck_assert_uint_eq(kamailio_count(kamailio, "REGISTER"), 2);
}
END_TEST

START_TEST(by_tcp_too) {
    const Line *line = sip_stage_add_line("alice", "Registrar", registrar, "User", "alice", "PasswordFile", password_file, "Domain",
                                          "lab.test", "Transport", "tcp", NULL);

    AWAIT(is_in_service(line));
}
END_TEST

START_TEST(by_a_name_that_the_system_knows) {
    g_autofree char *server = g_strdup_printf("sip:lab.test:%u", kamailio_port(kamailio));
    const Line *line = sip_stage_add_line("alice", "Registrar", server, "User", "alice", "PasswordFile", password_file, NULL);

    AWAIT(is_in_service(line));
}
END_TEST

START_TEST(through_a_proxy) {
    const Line *line = sip_stage_add_line("alice", "Registrar", "lab.test", "Proxy", registrar, "User", "alice", "PasswordFile",
                                          password_file, NULL);

    AWAIT(is_in_service(line));
}
END_TEST

START_TEST(several_accounts_share_a_registrar) {
    const Line *alice = registrar_add_user("alice"), *bob = registrar_add_user("bob"), *carol = registrar_add_user("carol");

    AWAIT(is_in_service(alice) && is_in_service(bob) && is_in_service(carol));
}
END_TEST

START_TEST(at_the_end_the_registrar_forgets_us) {
    Line *alice = registrar_add_user("alice"), *bob = registrar_add_user("bob");
    unsigned before;

    AWAIT(is_in_service(alice) && is_in_service(bob));
    before = kamailio_count(kamailio, "REGISTER");
    sip_stage_remove_line(alice);
    AWAIT(!manager_find_line(sip_stage_manager(), "alice"));
    AWAIT(kamailio_count(kamailio, "REGISTER") > before);
    ck_assert(is_in_service(bob));
}
END_TEST

/* ---- Time ---- */

START_TEST(a_registration_is_refreshed) {
    const Line *line = sip_stage_add_line("alice", "Registrar", registrar, "User", "alice", "PasswordFile", password_file, "Domain",
                                          "lab.test", "Expires", "5", NULL);

    AWAIT(is_in_service(line));
    AWAIT(kamailio_count(kamailio, "REGISTER") >= 5);
    ck_assert(is_in_service(line));
}
END_TEST

START_TEST(a_registrar_may_want_a_longer_time) {
    const Line *line = sip_stage_add_line("brief", "Registrar", registrar, "User", "brief", "PasswordFile", password_file, "Domain",
                                          "lab.test", "Expires", "60", NULL);

    AWAIT(is_in_service(line));
}
END_TEST

START_TEST(a_registrar_that_asks_for_patience_gets_it) {
    const Line *line = registrar_add_user("later");
    int64_t asked;

    await_reason(line, "SIP 503 Come Back Later");
    asked = g_get_monotonic_time();
    ck_assert_uint_eq(kamailio_count(kamailio, "REGISTER"), 1);
    AWAIT(is_in_service(line));
    ck_assert_int_ge(g_get_monotonic_time() - asked, 2900000);
}
END_TEST

/* Long before the registration is over. */
START_TEST(a_connection_that_is_lost_is_noticed) {
    const Line *line = sip_stage_add_line("alice", "Registrar", registrar, "User", "alice", "PasswordFile", password_file, "Domain",
                                          "lab.test", "Transport", "tcp", NULL);

    AWAIT(is_in_service(line));
    kamailio_kill(kamailio);
    AWAIT(!is_in_service(line));
    kamailio_start_again(kamailio);
    AWAIT(is_in_service(line));
}
END_TEST

START_TEST(a_line_comes_back_after_its_registrar) {
    const Line *line = sip_stage_add_line("alice", "Registrar", registrar, "User", "alice", "PasswordFile", password_file, "Domain",
                                          "lab.test", "Expires", "5", NULL);

    AWAIT(is_in_service(line));
    kamailio_kill(kamailio);
    AWAIT(!is_in_service(line));
    kamailio_start_again(kamailio);
    AWAIT(is_in_service(line));
}
END_TEST

/* ---- Something is wrong ---- */

START_TEST(a_wrong_password_is_told) {
    const Line *line;

    ck_assert(g_file_set_contents(password_file, "wrong", -1, NULL));
    chmod(password_file, 0600);
    line = registrar_add_user("alice");
    await_reason(line, "refuses the password");
    sip_stage_pass(3000);
    ck_assert_uint_le(kamailio_count(kamailio, "REGISTER"), 3);
}
END_TEST

/* The next try would be half a minute later. */
START_TEST(a_password_that_is_put_right_counts_at_once) {
    const Line *line;

    ck_assert(g_file_set_contents(password_file, "wrong", -1, NULL));
    chmod(password_file, 0600);
    line = registrar_add_user("alice");
    await_reason(line, "refuses the password");
    ck_assert(g_file_set_contents(password_file, KAMAILIO_PASSWORD, -1, NULL));
    chmod(password_file, 0600);
    AWAIT_WITHIN(SOON_S, is_in_service(line));
}
END_TEST

START_TEST(no_password_is_told) {
    const Line *line = sip_stage_add_line("alice", "Registrar", registrar, "User", "alice", "Domain", "lab.test", NULL);

    await_reason(line, "asks for a password: set PasswordFile=");
}
END_TEST

START_TEST(a_password_that_all_can_read_is_told) {
    const Line *line;

    ck_assert_int_eq(chmod(password_file, 0644), 0);
    line = registrar_add_user("alice");
    await_reason(line, "can be read by others: chmod 600");
    ck_assert_uint_eq(kamailio_count(kamailio, "REGISTER"), 0);
}
END_TEST

START_TEST(an_unknown_user_is_told) {
    await_reason(registrar_add_user("nobody"), "does not know the user: is User= right? (SIP 404 Not Found)");
}
END_TEST

START_TEST(the_registrars_own_words_are_told) {
    await_reason(registrar_add_user("banned"), "refuses to register the line (SIP 403 Ask Your Provider)");
}
END_TEST

START_TEST(a_name_that_is_not_found_is_told) {
    await_reason(sip_stage_add_line("alice", "Registrar", "nowhere.test:5060", "User", "alice", NULL),
                 "the name nowhere.test is not found");
}
END_TEST

START_TEST(where_nobody_listens_is_told) {
    const char *const transports[] = { "udp", "tcp" };
    g_autofree char *server = g_strdup_printf("%s:9", kamailio_host(kamailio));

    await_reason(sip_stage_add_line("alice", "Registrar", server, "User", "alice", "Transport", transports[_i], NULL),
                 "nobody listens there");
}
END_TEST

START_TEST(silence_is_told) {
    await_reason(registrar_add_user("mute"), "does not answer");
}
END_TEST

/* Somebody who is there, and says nothing, on a port of its own. */
static int open_silence(uint16_t *ret_port) {
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, kamailio_host(kamailio), &address.sin_addr);
    ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, size), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

START_TEST(a_connection_without_a_word_is_told) {
    const char *const transports[] = { "tcp", "tls" };
    uint16_t port;
    _cleanup_close_ int fd = open_silence(&port);
    g_autofree char *server = g_strdup_printf("%s:%u", kamailio_host(kamailio), port);

    await_reason(sip_stage_add_line("alice", "Registrar", server, "User", "alice", "Transport", transports[_i], NULL),
                 "does not answer");
}
END_TEST

/* ---- No storm ---- */

START_TEST(a_registrar_that_says_no_is_left_alone) {
    const Line *banned = registrar_add_user("banned"), *nobody = registrar_add_user("nobody");

    AWAIT(says(banned, "403") && says(nobody, "404"));
    sip_stage_pass(6000);
    ck_assert_uint_eq(kamailio_count(kamailio, "REGISTER"), 2);
}
END_TEST

START_TEST(a_silent_registrar_is_asked_seldom) {
    const Line *line = registrar_add_user("mute");

    await_reason(line, "does not answer");
    sip_stage_pass(6000);
    ck_assert_uint_le(kamailio_count(kamailio, "REGISTER"), 2);
}
END_TEST

/* ---- The program ---- */

static TCase *add_case(Suite *suite, const char *name, void (*begin)(void)) {
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, begin, registrar_end);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("registration");
    TCase *tcase = add_case(suite, "well", set_up);

    tcase_add_test(tcase, a_line_with_the_right_password_is_in_service);
    tcase_add_test(tcase, by_tcp_too);
    tcase_add_test(tcase, by_a_name_that_the_system_knows);
    tcase_add_test(tcase, through_a_proxy);
    tcase_add_test(tcase, several_accounts_share_a_registrar);
    tcase_add_test(tcase, at_the_end_the_registrar_forgets_us);
    tcase = add_case(suite, "sha256", set_up_sha256);
    tcase_add_test(tcase, a_line_with_the_right_password_is_in_service);
    tcase_add_test(tcase, a_wrong_password_is_told);
    tcase = add_case(suite, "ipv6", set_up_ipv6);
    tcase_add_test(tcase, a_line_with_the_right_password_is_in_service);
    tcase_add_test(tcase, by_tcp_too);
    tcase = add_case(suite, "time", set_up);
    tcase_add_test(tcase, a_registration_is_refreshed);
    tcase_add_test(tcase, a_registrar_may_want_a_longer_time);
    tcase_add_test(tcase, a_registrar_that_asks_for_patience_gets_it);
    tcase_add_test(tcase, a_connection_that_is_lost_is_noticed);
    tcase_add_test(tcase, a_line_comes_back_after_its_registrar);
    tcase = add_case(suite, "wrong", set_up);
    tcase_add_test(tcase, a_wrong_password_is_told);
    tcase_add_test(tcase, a_password_that_is_put_right_counts_at_once);
    tcase_add_test(tcase, no_password_is_told);
    tcase_add_test(tcase, a_password_that_all_can_read_is_told);
    tcase_add_test(tcase, an_unknown_user_is_told);
    tcase_add_test(tcase, the_registrars_own_words_are_told);
    tcase_add_test(tcase, a_name_that_is_not_found_is_told);
    tcase_add_loop_test(tcase, where_nobody_listens_is_told, 0, 2);
    tcase_add_test(tcase, silence_is_told);
    tcase_add_loop_test(tcase, a_connection_without_a_word_is_told, 0, 2);
    tcase = add_case(suite, "no storm", set_up);
    tcase_add_test(tcase, a_registrar_that_says_no_is_left_alone);
    tcase_add_test(tcase, a_silent_registrar_is_asked_seldom);
    return run_suite(suite);
}
