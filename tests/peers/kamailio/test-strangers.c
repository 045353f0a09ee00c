/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes to a line unasked: messages that wait, and packets that nobody should send. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "providers/sip/line.h"
#include "tests/peers/kamailio/registrar.h"
#include "tests/peers/names.h"
#include "tests/unit/run.h"

#define LOOKUP_MS 6000

static void set_up(void) {
    const KamailioOptions options = { 0 };

    registrar_begin(&options);
}

START_TEST(messages_that_wait_are_told_unasked) {
    const Line *bob = registrar_add_user("bob");

    AWAIT(is_in_service(bob));
    AWAIT(line_messages_waiting(bob) == 3);
}
END_TEST

/* A socket that sends to where the line listens. */
static int connect_to(Line *line) {
    const SipStack *stack = sip_line_stack(line_provider_data(line));
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(sip_stack_port(stack)) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, sip_stack_address(stack), &address.sin_addr);
    ck_assert_int_eq(connect(fd, (struct sockaddr *) &address, sizeof(address)), 0);
    return fd;
}

static void send_text(int fd, const char *text) {
    ck_assert_int_eq(send(fd, text, strlen(text), 0), (ssize_t) strlen(text));
}

/* The longest time in which the loop did not turn. */
static int64_t last_turn, longest;

static gboolean on_turn(gpointer userdata) {
    int64_t now = g_get_monotonic_time();

    longest = MAX(longest, now - last_turn);
    last_turn = now;
    return G_SOURCE_CONTINUE;
}

/* The stack would look the name in Via up before it answers what is wrong with the rest. */
START_TEST(a_slow_name_in_a_packet_stops_nobody) {
    static const char trap[] =
        "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP slowhost;branch=z9hG4bKtrap%d\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\n"
        "Call-ID: trap\r\nCSeq: broken\r\n\r\n";
    Line *alice = registrar_add_user("alice");
    const Line *bob;
    _cleanup_close_ int fd = -1;
    int64_t sent;
    guint turn;

    AWAIT(is_in_service(alice));
    names_set_delay(LOOKUP_MS);
    fd = connect_to(alice);
    last_turn = g_get_monotonic_time();
    turn = g_timeout_add(10, on_turn, NULL);
    for (int i = 0; i < 3; i++) {
        g_autofree char *text = g_strdup_printf(trap, i);

        send_text(fd, text);
    }
    sip_stage_pass(200);
    sent = g_get_monotonic_time();
    bob = registrar_add_user("bob");
    AWAIT(is_in_service(bob));
    ck_assert_int_lt(g_get_monotonic_time() - sent, LOOKUP_MS * 1000);
    ck_assert_int_lt(longest, LOOKUP_MS * 1000 / 2);
    ck_assert_uint_eq(names_count_slow(), 0);
    g_source_remove(turn);
}
END_TEST

START_TEST(a_slow_name_server_stops_nobody) {
    const Line *slow, *alice;
    guint turn;

    names_set_delay(LOOKUP_MS);
    last_turn = g_get_monotonic_time();
    turn = g_timeout_add(10, on_turn, NULL);
    slow = sip_stage_add_line("slow", "Registrar", "slow.example.org:5060", "User", "alice", NULL);
    alice = registrar_add_user("alice");
    AWAIT(is_in_service(alice));
    ck_assert(says(slow, "slow.example.org is being asked to register"));
    await_reason(slow, "the name slow.example.org is not found");
    ck_assert_uint_eq(names_count_slow(), 1);
    ck_assert_int_lt(longest, LOOKUP_MS * 1000 / 2);
    g_source_remove(turn);
}
END_TEST

START_TEST(rubbish_is_no_reason_to_fall_silent) {
    Line *alice = registrar_add_user("alice");
    _cleanup_close_ int fd = -1;
    char answer[2048];
    ssize_t n = -1;

    AWAIT(is_in_service(alice));
    fd = connect_to(alice);
    send_text(fd, "\r\n\r\n");
    send_text(fd, "GET / HTTP/1.1\r\n\r\n");
    send_text(fd, "INVITE sip:\xff SIP/2.0\r\n\r\n");
    send_text(fd, "OPTIONS sip:me SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKwell\r\nFrom: <sip:a@b>;tag=1\r\n"
                  "To: <sip:me>\r\nCall-ID: well\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
    sip_stage_wait(SIP_STAGE_PATIENCE_S);
    while (sip_stage_turn()) {
        n = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
        if (n > 0 && strstr((answer[n] = '\0', answer), "Call-ID: well"))
            break;
    }
    ck_assert_msg(n > 0, "no answer");
    ck_assert_msg(g_str_has_prefix(answer, "SIP/2.0 200 "), "%s", answer);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("strangers");
    TCase *tcase = tcase_create("unasked");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, registrar_end);
    tcase_add_test(tcase, messages_that_wait_are_told_unasked);
    tcase_add_test(tcase, a_slow_name_in_a_packet_stops_nobody);
    tcase_add_test(tcase, a_slow_name_server_stops_nobody);
    tcase_add_test(tcase, rubbish_is_no_reason_to_fall_silent);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
