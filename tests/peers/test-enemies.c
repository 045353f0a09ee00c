/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others try with a line that has a password, and with one behind a proxy. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/peers/sip-bus.h"
#include "tests/peers/sipp.h"

#define DIGEST(realm) "Digest realm=\"" realm "\", nonce=\"n\", qop=\"auth\""
#define CHALLENGE(realm) "WWW-Authenticate: " DIGEST(realm)

/* "desk" is called directly, and knows a realm; "trunk" has a proxy, PEER_SECOND, and "strict" takes only the calls of that. */
static void set_up(void) {
    g_autofree char *account = NULL, *desk = NULL, *trunk = NULL, *strict = NULL;

    sip_bus_prepare();
    account = g_strdup_printf("Listen=%s:5060\nPasswordFile=@PASSWORD@\n", peer_address(PEER_OURS));
    desk = g_strconcat("Realm=bait\n", account, NULL);
    trunk = g_strdup_printf("Proxy=%s:5060\n%s", peer_address(PEER_SECOND), account);
    strict = g_strdup_printf("Callers=network\n%s", trunk);
    sip_bus_begin((const char *const[]) { "desk", desk, "trunk", trunk, "strict", strict, NULL });
}

static Peer *calls(const char *user, unsigned address, const char *const *steps) {
    g_autofree char *target = desk_target();

    return sipp_start(&(SippOptions) { .steps = steps, .address = address, .target = target, .user = user });
}

/* ---- The password ---- */

/* With what we answer a challenge somebody can try passwords at home, as many as he likes. */
START_TEST(who_calls_gets_no_proof_of_the_password) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "< BYE",
                                         "> 401 Unauthorized\n" CHALLENGE("bait"), "wait 500", NULL };
    Client *alice = owner_of(DESK);
    Peer *enemy = calls("desk", PEER_FIRST, steps);
    const char *call = await_handle(alice);
    g_autofree char *messages = NULL;

    client_call(alice, call, "Answer", "");
    await_state(alice, call, "connected");
    PASS(200);
    client_drop(alice, call);
    await_state(alice, call, "idle");
    sip_bus_await_end(enemy);
    messages = sipp_messages(enemy);
    ck_assert_ptr_nonnull(strstr(messages, "bait"));
    ck_assert_ptr_null(strstr(messages, "Authorization: "));
}
END_TEST

START_TEST(nor_does_whoever_we_are_sent_to) {
    g_autofree char *second = sipp_uri(PEER_SECOND, "other"), *moved = g_strdup_printf("> 302 Moved\nContact: <%s>", second);
    g_autofree char *first = sipp_uri(PEER_FIRST, "sipp"), *messages = NULL;
    const char *const steps[] = { "< INVITE", moved, "< ACK", NULL };
    static const char *const bait[] = { "< INVITE", "> 401 Unauthorized\n" CHALLENGE("bait"), "< ACK", NULL };
    Peer *enemy = sipp_start(&(SippOptions) { .steps = bait, .address = PEER_SECOND });
    Peer *friend = sipp_start(&(SippOptions) { .steps = steps, .address = PEER_FIRST });
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, first);

    await_string(alice, call, "ProviderCause", "SIP 401 Unauthorized");
    sip_bus_await_end(friend);
    sip_bus_await_end(enemy);
    messages = sipp_messages(enemy);
    ck_assert_ptr_null(strstr(messages, "Authorization: "));
}
END_TEST

#define ASKED(status, challenge) "< INVITE", "> " status " Asked\n" challenge, "< ACK"
#define ASKED_BY_PROXY(realm) ASKED("407", "Proxy-Authenticate: " DIGEST(realm))
#define ASKED_BY_CALLED(realm) ASKED("401", CHALLENGE(realm))
#define DECLINED "< INVITE", "> 603 Decline", "< ACK"

/* Who asks, by which line, and what he gets. */
static const struct {
    const char *line;
    unsigned address;
    const char *steps[16], *cause;
    bool proves, proves_to_proxy; /* Authorization, for whoever is called; Proxy-Authorization */
} askers[] = {
    { "desk", PEER_FIRST, { ASKED_BY_CALLED("bait"), DECLINED }, "SIP 603 Decline", .proves = true },
    { "desk", PEER_FIRST, { ASKED_BY_CALLED("other") }, "SIP 401 Asked" },
    { "desk", PEER_FIRST, { ASKED_BY_PROXY("other") }, "SIP 407 Asked" },
    { "trunk", PEER_SECOND, { ASKED_BY_CALLED("[local_ip]"), DECLINED }, "SIP 603 Decline", .proves = true },
    { "trunk", PEER_SECOND, { ASKED_BY_PROXY("[local_ip]"), DECLINED }, "SIP 603 Decline", .proves_to_proxy = true },
    { "trunk", PEER_SECOND, { ASKED_BY_CALLED("bait") }, "SIP 401 Asked" },
    { "trunk", PEER_SECOND, { ASKED_BY_PROXY("bait") }, "SIP 407 Asked" },
    /* The proxy has let it pass: who asks now is behind it, whatever he calls himself. */
    { "trunk", PEER_SECOND, { ASKED_BY_PROXY("[local_ip]"), ASKED_BY_CALLED("[local_ip]") }, "SIP 401 Asked", .proves_to_proxy = true },
};

/* The answer to a challenge is a proof of the password. */
START_TEST(the_password_is_for_the_network_only) {
    Peer *peer = sipp_start(&(SippOptions) { .steps = askers[_i].steps, .address = askers[_i].address });
    g_autofree char *uri = sipp_uri(PEER_FIRST, "sipp"), *messages = NULL;
    Client *alice = owner_of(askers[_i].line);
    const char *call = client_dial(alice, askers[_i].line, uri);

    await_string(alice, call, "ProviderCause", askers[_i].cause);
    sip_bus_await_end(peer);
    messages = sipp_messages(peer);
    ck_assert_int_eq(strstr(messages, "\nAuthorization: ") != NULL, askers[_i].proves);
    ck_assert_int_eq(strstr(messages, "\nProxy-Authorization: ") != NULL, askers[_i].proves_to_proxy);
}
END_TEST

/* A word that is out of date each time is no refusal. */
START_TEST(nobody_is_answered_for_ever) {
    static const char *const steps[] = { "< INVITE", "> 401 A\n" CHALLENGE("bait"), "< ACK",
                                         "< INVITE", "> 401 B\n" CHALLENGE("bait") ", stale=true", "< ACK",
                                         "< INVITE", "> 401 C\n" CHALLENGE("bait") ", stale=true", "< ACK",
                                         "< INVITE", "> 401 Enough\n" CHALLENGE("bait") ", stale=true", "< ACK", NULL };
    g_autofree char *uri = sipp_uri(PEER_FIRST, "sipp");
    Peer *enemy = sipp_start(&(SippOptions) { .steps = steps, .address = PEER_FIRST });
    Client *alice = owner_of(DESK);
    const char *call = client_dial(alice, DESK, uri);

    await_string(alice, call, "ProviderCause", "SIP 401 Enough");
    sip_bus_await_end(enemy);
    ck_assert_uint_eq(sipp_count(enemy, "INVITE "), 4);
}
END_TEST

START_TEST(a_crash_leaves_no_picture_of_it) {
    g_autofree char *path = g_strdup_printf("/proc/%d/limits", (int) provider_pid()), *text = NULL;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_msg(g_regex_match_simple("Max core file size +0 +0 ", text, 0, 0), "%s", text);
}
END_TEST

/* ---- Names ---- */

#define SAYS_POLICE "> INVITE\nP-Asserted-Identity: \"Police\" <sip:110@example.org>\nsdp"

static const struct {
    unsigned address;
    bool counts;
} sayers[] = {
    { PEER_FIRST, false },
    { PEER_SECOND, true },
};

/* Only the network may say who somebody is. */
START_TEST(a_stranger_is_not_who_he_says) {
    static const char *const steps[] = { SAYS_POLICE, "<? 100", "< 180", "< 603", "> ACK", NULL };
    Client *alice = owner_of("trunk");
    Peer *peer = calls("trunk", sayers[_i].address, steps);
    const char *call = await_handle(alice), *caller = get_text(alice, call, "Caller");

    ck_assert_msg((strstr(caller, "Police") != NULL) == sayers[_i].counts, "%s", caller);
    client_drop(alice, call);
    sip_bus_await_end(peer);
}
END_TEST

START_TEST(a_strict_line_takes_calls_of_its_network_only) {
    static const char *const forbidden[] = { "> INVITE\nsdp", "<? 100", "< 403", "> ACK", NULL };
    static const char *const fine[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 603", "> ACK", NULL };
    Client *alice = owner_of("strict");

    sip_bus_await_end(calls("strict", PEER_FIRST, forbidden));
    client_barrier(alice);
    ck_assert(!client_has_new_handle(alice));
    Peer *proxy = calls("strict", PEER_SECOND, fine);
    client_drop(alice, await_handle(alice));
    sip_bus_await_end(proxy);
}
END_TEST

/* ---- Floods ---- */

#ifdef __SANITIZE_ADDRESS__ /* which keeps what is freed */
#define GROWTH_COUNTS false
#else
#define GROWTH_COUNTS true
#endif

enum {
    FLOOD = 9000,    /* requests: ten KiB each, for half a minute */
    FLOOD_MIB = 64,  /* less than that */
    CROWD = 200,     /* connections */
    CROWD_MAX = 100,
    RINGING = 200,   /* calls a second */
    HEARD_MAX = 300, /* of which so many at most are told in a minute */
};

static uint64_t memory_mib(void) {
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int) provider_pid()), *text = NULL;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    return g_ascii_strtoull(strstr(text, "VmRSS:") + strlen("VmRSS:"), NULL, 10) / 1024;
}

static unsigned count_descriptors(void) {
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int) provider_pid());
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned n = 0;

    while (dir && g_dir_read_name(dir))
        n++;
    return n;
}

static int enemy_socket(int type) {
    struct sockaddr_in in = { .sin_family = AF_INET };
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, peer_address(PEER_FIRST), &in.sin_addr);
    ck_assert_int_eq(bind(fd, (struct sockaddr *) &in, sizeof(in)), 0);
    in.sin_port = htons(5060);
    inet_pton(AF_INET, peer_address(PEER_OURS), &in.sin_addr);
    ck_assert_int_eq(connect(fd, (struct sockaddr *) &in, sizeof(in)), 0);
    return fd;
}

/* Sends it as fast as it is answered, or nearly so: what the kernel throws away costs nobody anything. */
static void flood(int fd, const char *method) {
    char answer[4096];

    for (unsigned i = 0; i < FLOOD; i++) {
        g_autofree char *text = g_strdup_printf("%s sip:desk@%s SIP/2.0\r\nVia: SIP/2.0/UDP enemy;branch=z9hG4bK%u;rport\r\nFrom: <sip:e@x>;tag=%u\r\n"
                                                "To: <sip:desk@x>\r\nCall-ID: flood-%u\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
                                                method, peer_address(PEER_OURS), i, i, i, method);
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

        (void) !send(fd, text, strlen(text), 0);
        if (i % 8 == 7 && poll(&poll_fd, 1, 100) > 0)
            while (recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0)
                ;
    }
}

static const char *const flooding[] = { "OPTIONS", "REGISTER" };

/* What is answered has to be remembered, but not at any price. */
START_TEST(a_flood_leaves_no_traces) {
    Client *alice = owner_of(DESK);
    uint64_t before = memory_mib();
    int fd = enemy_socket(SOCK_DGRAM);

    flood(fd, flooding[_i]);
    if (GROWTH_COUNTS)
        AWAIT(t, memory_mib() < before + FLOOD_MIB);
    close(fd);
    ck_assert_str_eq(get_string(alice, LINE(DESK), "State"), "in-service");
}
END_TEST

/* INVITE and CANCEL of a call that nobody else has. */
static void ring_and_run(int fd, const char *ours, unsigned number) {
    static const char *const methods[] = { "INVITE", "CANCEL" };

    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        g_autofree char *text = g_strdup_printf("%s sip:desk@%s SIP/2.0\r\nVia: SIP/2.0/UDP enemy;branch=z9hG4bKr%u;rport\r\n"
                                                "From: <sip:e@x>;tag=r%u\r\nTo: <sip:desk@x>\r\nCall-ID: ring-%u\r\nCSeq: 1 %s\r\n"
                                                "Contact: <sip:e@127.0.0.1>\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
                                                methods[i], ours, number, number, number, methods[i]);

        (void) !send(fd, text, strlen(text), MSG_DONTWAIT);
    }
}

/* A process that does so, many times a second, and reads no answer. */
static pid_t start_ringing(unsigned per_second) {
    const char *ours = peer_address(PEER_OURS); /* it goes by the process */
    int fd = enemy_socket(SOCK_DGRAM);
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid > 0) {
        close(fd);
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (unsigned n = 0;; n++) {
        ring_and_run(fd, ours, n);
        if (n % (per_second / 100) == 0)
            usleep(10000);
    }
}

/* Nobody's telephone rings all the time, and who means well is heard. */
START_TEST(who_rings_and_runs_has_to_wait) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "<? 180", "< 200", "> ACK", "wait 100", "> BYE", "< 200", NULL };
    Client *alice = owner_of(DESK);
    pid_t enemy = start_ringing(RINGING);
    unsigned heard = 0;
    const char *call;
    Peer *friend;

    PASS(3000);
    friend = calls("desk", PEER_SECOND, steps);
    for (call = await_handle(alice); !strstr(get_text(alice, call, "Caller"), "sipp"); call = await_handle(alice))
        ck_assert_uint_lt(++heard, HEARD_MAX);
    client_call(alice, call, "Answer", "");
    sip_bus_await_end(friend);
    kill(enemy, SIGKILL);
    waitpid(enemy, NULL, 0);
}
END_TEST

START_TEST(a_crowd_that_says_nothing_is_sent_away) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 100", "> BYE", "< 200", NULL };
    Client *alice = owner_of(DESK);
    int crowd[CROWD];

    for (unsigned i = 0; i < CROWD; i++)
        crowd[i] = enemy_socket(SOCK_STREAM);
    AWAIT(t, count_descriptors() < CROWD_MAX);
    Peer *friend = calls("desk", PEER_SECOND, steps);
    client_call(alice, await_handle(alice), "Answer", "");
    sip_bus_await_end(friend);
    for (unsigned i = 0; i < CROWD; i++)
        close(crowd[i]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("enemies");
    TCase *tcase = sip_bus_case(suite, "password", set_up);

    tcase_add_test(tcase, who_calls_gets_no_proof_of_the_password);
    tcase_add_test(tcase, nor_does_whoever_we_are_sent_to);
    tcase_add_loop_test(tcase, the_password_is_for_the_network_only, 0, G_N_ELEMENTS(askers));
    tcase_add_test(tcase, nobody_is_answered_for_ever);
    tcase_add_test(tcase, a_crash_leaves_no_picture_of_it);
    tcase = sip_bus_case(suite, "names", set_up);
    tcase_add_loop_test(tcase, a_stranger_is_not_who_he_says, 0, G_N_ELEMENTS(sayers));
    tcase_add_test(tcase, a_strict_line_takes_calls_of_its_network_only);
    tcase = sip_bus_case(suite, "floods", set_up);
    tcase_add_loop_test(tcase, a_flood_leaves_no_traces, 0, G_N_ELEMENTS(flooding));
    tcase_add_test(tcase, who_rings_and_runs_has_to_wait);
    tcase_add_test(tcase, a_crowd_that_says_nothing_is_sent_away);
    return bus_main(suite);
}
