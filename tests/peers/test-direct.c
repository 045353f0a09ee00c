/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines without a registrar: in service as long as there is an address to be called at. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "providers/sip/line.h"
#include "tests/peers/sip-stage.h"
#include "tests/unit/run.h"

/* Of this process alone: others may have port 5060 elsewhere. */
static char own[INET_ADDRSTRLEN];

static void set_up(void) {
    unsigned pid = (unsigned) getpid();

    g_snprintf(own, sizeof(own), "127.%u.%u.%u", 144 + (pid >> 14) % 100, (pid >> 7) % 128, 1 + pid % 128);
    sip_stage_begin();
}

static bool is_in_service(const Line *line) {
    return line_state(line) == LINE_IN_SERVICE;
}

/* Whether anybody answers there. */
static bool answers(const char *address, uint16_t port) {
    static const char text[] = "OPTIONS sip:me SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKping\r\nFrom: <sip:a@b>;tag=1\r\n"
                               "To: <sip:me>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char answer[2048];

    inet_pton(AF_INET, address, &to.sin_addr);
    ck_assert_int_eq(sendto(fd, text, strlen(text), 0, (struct sockaddr *) &to, sizeof(to)), (ssize_t) strlen(text));
    sip_stage_wait(SIP_STAGE_PATIENCE_S);
    while (sip_stage_turn())
        if (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
            return true;
    return false;
}

START_TEST(a_line_is_called_at_its_address) {
    Line *line = sip_stage_add_line("alice", "Listen", own, "User", "alice", NULL);
    const SipLine *sip_line = line_provider_data(line);
    g_autofree char *address = g_strdup_printf("sip:alice@%s:5060", own);

    ck_assert(is_in_service(line));
    ck_assert_uint_eq(sip_stack_port(sip_line_stack(sip_line)), 5060);
    ck_assert_str_eq(sip_line_address(sip_line), address);
    ck_assert(sip_line_is_for(sip_line, sip_line_stack(sip_line), "alice"));
    ck_assert(!sip_line_is_for(sip_line, sip_line_stack(sip_line), "bob"));
    ck_assert(answers(own, 5060));
}
END_TEST

START_TEST(lines_share_an_address) {
    Line *alice = sip_stage_add_line("alice", "Listen", own, "User", "alice", NULL);
    Line *bob = sip_stage_add_line("bob", "Listen", own, "User", "bob", NULL);

    ck_assert(is_in_service(alice) && is_in_service(bob));
    ck_assert_ptr_eq(sip_line_stack(line_provider_data(alice)), sip_line_stack(line_provider_data(bob)));
}
END_TEST

START_TEST(an_address_of_others_is_told) {
    const Line *line = sip_stage_add_line("alice", "Listen", "192.0.2.1", NULL);

    ck_assert(!is_in_service(line));
    ck_assert_msg(strstr(line_state_reason(line), "the address that Listen= names can't be used"), "%s", line_state_reason(line));
}
END_TEST

/* A port that nobody else has, for as long as it is open. */
static int take_port(const char *address, char **ret_where) {
    struct sockaddr_in in = { .sin_family = AF_INET };
    socklen_t size = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, address, &in.sin_addr);
    ck_assert_int_eq(bind(fd, (struct sockaddr *) &in, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &in, &size), 0);
    *ret_where = g_strdup_printf("%s:%u", address, ntohs(in.sin_port));
    return fd;
}

START_TEST(a_line_takes_its_port_once_it_is_free) {
    g_autofree char *where = NULL;
    int fd = take_port(own, &where);
    const Line *line = sip_stage_add_line("alice", "Listen", where, NULL);

    ck_assert(!is_in_service(line));
    close(fd);
    AWAIT(is_in_service(line));
    ck_assert_str_eq(line_state_reason(line), "");
}
END_TEST

/* Nobody could call back. */
START_TEST(a_line_that_listens_everywhere_is_somewhere) {
    g_autofree char *where = NULL;
    int fd = take_port("0.0.0.0", &where);
    const Line *line = sip_stage_add_line("alice", "Listen", where, "User", "alice", NULL);
    const char *address;

    close(fd);
    AWAIT(is_in_service(line));
    address = sip_line_address(line_provider_data(line));
    ck_assert_msg(g_str_has_prefix(address, "sip:alice@") && !strstr(address, "0.0.0.0"), "%s", address);
    ck_assert_msg(g_str_has_suffix(address, strchr(where, ':')), "%s", address);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("direct");
    TCase *tcase = tcase_create("listen");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, sip_stage_end);
    tcase_add_test(tcase, a_line_is_called_at_its_address);
    tcase_add_test(tcase, lines_share_an_address);
    tcase_add_test(tcase, an_address_of_others_is_told);
    tcase_add_test(tcase, a_line_takes_its_port_once_it_is_free);
    tcase_add_test(tcase, a_line_that_listens_everywhere_is_somewhere);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
