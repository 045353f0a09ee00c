/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two user agents on one loopback address: what they tell their observers. */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "providers/sip/stack.h"
#include "tests/unit/run.h"

#define OFFER                                                                                                    \
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"

/* Patience with a machine that does much else. */
#define PATIENCE_S 20

typedef struct Side {
    SipDialog *dialog;
    int status;     /* of the last response */
    char *sdp;      /* that came last */
    char *header;
    bool is_ready, is_over, was_cancelled;
    const char *challenge; /* how an INFO is answered; NULL: 200 */
    unsigned infos;
} Side;

static SipPool *pool;
static SipStack *stacks[2];
static Side caller, called;
static char *arrived_user;
static int arrival_status;

static void on_event(SipDialog *dialog, const SipEvent *event, void *userdata) {
    Side *side = userdata;
    g_autofree char *sdp = sip_event_body(event, "application/sdp");

    if (event->kind == SIP_EVENT_RESPONSE)
        side->status = event->status;
    if (sdp) {
        g_free(side->sdp);
        side->sdp = TAKE_PTR(sdp);
    }
    if (event->kind == SIP_EVENT_RESPONSE && event->method == sip_method_invite && event->status / 100 == 2)
        sip_dialog_ack(dialog, NULL);
    if (event->kind == SIP_EVENT_REQUEST && event->method == sip_method_info) {
        side->infos++;
        sip_dialog_respond(dialog, side->challenge ? 401 : 200, NULL, NULL, side->challenge);
    }
    side->is_ready = side->is_ready || event->kind == SIP_EVENT_READY;
    side->is_over = side->is_over || event->kind == SIP_EVENT_OVER;
    side->was_cancelled = side->was_cancelled || (event->kind == SIP_EVENT_REQUEST && event->method == sip_method_cancel);
}

static int on_arrival(SipStack *stack, SipDialog *dialog, const SipEvent *event, void *userdata) {
    SipDialogConfig config = { .contact_user = "token2", .headers = "X-Of-Called: yes\n" };

    if (arrival_status > 0)
        return arrival_status;
    arrived_user = g_strdup(sip_event_user(event));
    called.header = g_strdup(sip_event_header(event, "X-Of-Caller"));
    called.sdp = sip_event_body(event, "application/sdp");
    called.dialog = dialog;
    sip_dialog_take(dialog, &config, on_event, &called);
    sip_dialog_respond(dialog, 180, NULL, NULL, NULL);
    return 0;
}

#define WAIT_FOR(condition)                                                      \
    do {                                                                         \
        gint64 until = g_get_monotonic_time() + PATIENCE_S * G_USEC_PER_SEC;     \
        while (!(condition) && g_get_monotonic_time() < until)                   \
            g_main_context_iteration(NULL, TRUE);                                \
        ck_assert_msg(condition, "never: " #condition);                          \
    } while (0)

static gboolean keep_turning(void *userdata) {
    return G_SOURCE_CONTINUE;
}

static void begin(void) {
    SipListen listen = { .address = "127.0.0.1" };

    g_timeout_add(50, keep_turning, NULL);
    pool = sip_pool_new(on_arrival, NULL);
    stacks[0] = sip_pool_get(pool, &listen);
    ck_assert_ptr_nonnull(stacks[0]);
    listen.address = "127.0.0.2";
    stacks[1] = sip_pool_get(pool, &listen);
    ck_assert_ptr_nonnull(stacks[1]);
}

static void end(void) {
    sip_dialog_free(caller.dialog);
    sip_dialog_free(called.dialog);
    sip_stack_unref(stacks[0]);
    sip_stack_unref(stacks[1]);
    sip_pool_free(pool);
    g_free(caller.sdp);
    g_free(called.sdp);
    g_free(called.header);
    g_free(arrived_user);
}

static void call_by(const char *next_hop) {
    g_autofree char *to = g_strdup_printf("<sip:token2@127.0.0.2:%u>", sip_stack_port(stacks[1]));
    SipDialogConfig config = {
        .from = "<sip:alice@127.0.0.1>", .to = to, .contact_user = "token1", .headers = "X-Of-Caller: 7\n", .next_hop = next_hop
    };
    SipInvite invite = { .sdp = OFFER };

    caller.dialog = sip_dialog_new(stacks[0], &config, on_event, &caller);
    sip_dialog_invite(caller.dialog, &invite);
}

static void call(void) {
    call_by(NULL);
}

START_TEST(a_call_is_told_at_both_ends) {
    SipBody answer = { "application/sdp", OFFER }, digits = { "application/dtmf-relay", "Signal=5\r\nDuration=100\r\n" };

    call();
    WAIT_FOR(caller.status == 180);
    ck_assert_str_eq(arrived_user, "token2");
    ck_assert_str_eq(called.header, "7");
    ck_assert_str_eq(called.sdp, OFFER);
    sip_dialog_respond(called.dialog, 200, NULL, &answer, NULL);
    WAIT_FOR(caller.is_ready && called.is_ready);
    ck_assert_int_eq(caller.status, 200);
    ck_assert_str_eq(caller.sdp, OFFER);
    ck_assert_str_eq(sip_dialog_call_id(caller.dialog), sip_dialog_call_id(called.dialog));
    ck_assert_str_eq(sip_dialog_local_tag(caller.dialog), sip_dialog_remote_tag(called.dialog));
    ck_assert_str_eq(sip_dialog_remote_tag(caller.dialog), sip_dialog_local_tag(called.dialog));
    caller.status = 0;
    sip_dialog_info(caller.dialog, &digits, NULL);
    WAIT_FOR(caller.status == 200);
    sip_dialog_bye(called.dialog, NULL);
    WAIT_FOR(caller.is_over && called.is_over);
}
END_TEST

START_TEST(a_call_is_cancelled) {
    call();
    WAIT_FOR(caller.status == 180);
    sip_dialog_cancel(caller.dialog, NULL);
    WAIT_FOR(called.was_cancelled && called.is_over && caller.status == 487);
}
END_TEST

START_TEST(an_unknown_number_is_refused_with_the_status_of_the_observer) {
    arrival_status = 404;
    call();
    WAIT_FOR(caller.status == 404);
}
END_TEST

static int bind_proxy(uint16_t *ret_port) {
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000003) };
    socklen_t size = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *) &in, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &in, &size), 0);
    *ret_port = ntohs(in.sin_port);
    return fd;
}

/* A request of that method, or NULL if none came so far. */
static const char *came_to(int proxy, const char *method) {
    static char message[4096];

    if (g_str_has_prefix(message, method))
        return message;
    memset(message, 0, sizeof(message));
    return recv(proxy, message, sizeof(message) - 1, 0) > 0 && g_str_has_prefix(message, method) ? message : NULL;
}

/* Whatever way the first request took, those that follow go by the proxies that have asked for it. */
START_TEST(a_dialog_has_a_way_of_its_own) {
    g_autofree char *first_hop = g_strdup_printf("sip:127.0.0.2:%u", sip_stack_port(stacks[1])), *route = NULL;
    SipBody answer = { "application/sdp", OFFER };
    _cleanup_close_ int proxy = -1;
    uint16_t port;

    proxy = bind_proxy(&port);
    route = g_strdup_printf("Record-Route: <sip:127.0.0.3:%u;lr>\n", port);
    call_by(first_hop);
    WAIT_FOR(caller.status == 180);
    sip_dialog_respond(called.dialog, 200, NULL, &answer, route);
    WAIT_FOR(came_to(proxy, "ACK "));
    ck_assert_ptr_nonnull(strstr(came_to(proxy, "ACK "), "Route: <sip:127.0.0.3"));
    sip_dialog_bye(caller.dialog, NULL);
    WAIT_FOR(came_to(proxy, "BYE "));
    ck_assert_ptr_nonnull(strstr(came_to(proxy, "BYE "), "Route: <sip:127.0.0.3"));
}
END_TEST

/* Without a proxy on its way, whoever was called must not get a proof of the password, which is for the network. */
START_TEST(who_was_called_gets_no_proof_of_the_password) {
    g_autofree char *first_hop = g_strdup_printf("sip:127.0.0.2:%u", sip_stack_port(stacks[1]));
    SipBody answer = { "application/sdp", OFFER }, digits = { "application/dtmf-relay", "Signal=5\r\n" };

    called.challenge = "WWW-Authenticate: Digest realm=\"network\", nonce=\"1\"\n";
    call_by(first_hop);
    sip_dialog_set_credentials(caller.dialog, &(SipCredentials) { "alice", "secret", NULL });
    WAIT_FOR(caller.status == 180);
    sip_dialog_respond(called.dialog, 200, NULL, &answer, NULL);
    WAIT_FOR(caller.is_ready && called.is_ready);
    sip_dialog_info(caller.dialog, &digits, NULL);
    WAIT_FOR(caller.status == 401);
    ck_assert_uint_eq(called.infos, 1);
}
END_TEST

START_TEST(a_stack_is_shared_by_those_who_listen_alike) {
    SipListen listen = { .address = "127.0.0.2" };
    SipStack *again = sip_pool_get(pool, &listen);

    ck_assert_ptr_eq(again, stacks[1]);
    sip_stack_unref(again);
}
END_TEST

static int receive_buffer(int fd) {
    int size = 0;
    socklen_t length = sizeof(size);

    ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &length), 0);
    return size;
}

/* The stack's socket for UDP. */
static int find_socket(uint16_t port) {
    for (int fd = 0; fd < 1024; fd++) {
        struct sockaddr_in in = { 0 };
        socklen_t length = sizeof(in);
        int type = 0;
        socklen_t size = sizeof(type);

        if (getsockname(fd, (struct sockaddr *) &in, &length) == 0 && ntohs(in.sin_port) == port &&
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM)
            return fd;
    }
    ck_abort_msg("no socket at port %u", port);
}

/* Or a burst of calls would be lost while it does something else. */
START_TEST(more_than_usual_may_be_unread) {
    _cleanup_close_ int usual = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_gt(receive_buffer(find_socket(sip_stack_port(stacks[1]))), receive_buffer(usual));
}
END_TEST

START_TEST(an_address_of_others_is_none) {
    SipListen listen = { .address = "192.0.2.1" };

    ck_assert_ptr_null(sip_pool_get(pool, &listen));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-stack");
    TCase *tests = tcase_create("two");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_call_is_told_at_both_ends);
    tcase_add_test(tests, a_call_is_cancelled);
    tcase_add_test(tests, an_unknown_number_is_refused_with_the_status_of_the_observer);
    tcase_add_test(tests, a_dialog_has_a_way_of_its_own);
    tcase_add_test(tests, who_was_called_gets_no_proof_of_the_password);
    tcase_add_test(tests, a_stack_is_shared_by_those_who_listen_alike);
    tcase_add_test(tests, more_than_usual_may_be_unread);
    tcase_add_test(tests, an_address_of_others_is_none);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
