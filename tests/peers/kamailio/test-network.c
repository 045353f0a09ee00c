/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network that changes, and name servers: in namespaces of their own, where that hurts nobody. */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "providers/sip/line.h"
#include "tests/peers/kamailio/name-server.h"
#include "tests/peers/kamailio/registrar.h"
#include "tests/unit/run.h"

/* The loopback device gets a further address (NULL: none), and is up or down. */
static void change_network(const char *address, bool up) {
    _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = { .ifr_name = "lo" };
    struct sockaddr_in *in = (struct sockaddr_in *) &request.ifr_addr;

    if (address) {
        g_strlcpy(request.ifr_name, "lo:1", sizeof(request.ifr_name));
        in->sin_family = AF_INET;
        inet_pton(AF_INET, address, &in->sin_addr);
        ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &request), 0);
        return;
    }
    request.ifr_flags = up ? IFF_UP | IFF_RUNNING : 0;
    ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &request), 0);
}

static void set_up(void) {
    const KamailioOptions options = { 0 };

    ck_assert_msg(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) == 0, "%m");
    change_network(NULL, true);
    registrar_begin(&options);
}

/* Whatever asks name servers asks the test's own. */
static void use_name_server(void) {
    g_autofree char *path = g_build_filename(kamailio_folder(kamailio), "resolv.conf", NULL);

    ck_assert(g_file_set_contents(path, "nameserver 127.0.0.1\n", -1, NULL));
    ck_assert_msg(mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0, "%m");
}

START_TEST(another_network_registers_anew) {
    const Line *line = registrar_add_user("alice");
    unsigned before;

    AWAIT(is_in_service(line));
    before = kamailio_count(kamailio, "REGISTER");
    change_network("10.11.12.13", true);
    AWAIT(kamailio_count(kamailio, "REGISTER") > before);
    sip_stage_pass(1000);
    ck_assert(is_in_service(line));
    ck_assert_uint_le(kamailio_count(kamailio, "REGISTER"), before + 2);
}
END_TEST

/* It waits for its next try; but a network that comes is a reason not to. */
START_TEST(a_line_comes_back_with_the_network) {
    const Line *line;

    change_network(NULL, false);
    line = registrar_add_user("alice");
    sip_stage_pass(8000); /* long enough for the pauses to have become long */
    ck_assert(!is_in_service(line));
    change_network(NULL, true);
    AWAIT_WITHIN(SOON_S, is_in_service(line));
}
END_TEST

/* ---- Names ---- */

static Line *add_line_at(const char *domain) {
    return sip_stage_add_line("alice", "Registrar", domain, "User", "alice", "PasswordFile", password_file, "Domain", "lab.test", NULL);
}

/* Name servers that know this lead to the registrar. */
static void await_service_by(const NameRecord *records) {
    NameServer *server;
    const Line *line;

    use_name_server();
    server = name_server_new(records);
    line = add_line_at("example.net");
    AWAIT(is_in_service(line));
    name_server_free(server);
}

START_TEST(who_serves_a_domain_is_asked_of_name_servers) {
    const NameRecord records[] = {
        { "_sip._udp.example.net", "sip1.example.net", kamailio_port(kamailio), 10 },
        { "sip1.example.net", kamailio_host(kamailio), 0, 0 },
        { 0 },
    };

    await_service_by(records);
}
END_TEST

START_TEST(the_second_server_takes_the_place_of_a_dead_one) {
    const NameRecord records[] = {
        { "_sip._udp.example.net", "dead.example.net", 9, 10 },
        { "_sip._udp.example.net", "sip2.example.net", kamailio_port(kamailio), 20 },
        { "dead.example.net", kamailio_host(kamailio), 0, 0 },
        { "sip2.example.net", kamailio_host(kamailio), 0, 0 },
        { 0 },
    };

    await_service_by(records);
}
END_TEST

/* The stack goes on to the next server after half a minute, unless it was told the address of the silent one. */
START_TEST(a_silent_server_is_not_the_only_one) {
    _cleanup_close_ int silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const NameRecord records[] = {
        { "_sip._udp.example.net", "silent.example.net", 5070, 10 },
        { "_sip._udp.example.net", "sip2.example.net", kamailio_port(kamailio), 20 },
        { "silent.example.net", "127.0.0.1", 0, 0 },
        { "sip2.example.net", kamailio_host(kamailio), 0, 0 },
        { 0 },
    };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(5070), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    NameServer *server;
    Line *line;

    ck_assert_int_eq(bind(silent, (struct sockaddr *) &address, sizeof(address)), 0);
    use_name_server();
    server = name_server_new(records);
    line = add_line_at("example.net");
    await_reason(line, "example.net does not answer");
    ck_assert_str_eq(sip_line_next_hop(line_provider_data(line)), "sip:example.net");
    name_server_free(server);
}
END_TEST

START_TEST(a_domain_that_nobody_knows_is_told) {
    const NameRecord records[] = { { 0 } };
    NameServer *server;

    use_name_server();
    server = name_server_new(records);
    await_reason(add_line_at("example.net"), "the name example.net is not found");
    name_server_free(server);
}
END_TEST

START_TEST(name_servers_that_are_silent_are_told) {
    use_name_server();
    await_reason(add_line_at("example.net"), "no name server tells the address of example.net");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("network");
    TCase *tcase = tcase_create("namespace");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, registrar_end);
    tcase_add_test(tcase, another_network_registers_anew);
    tcase_add_test(tcase, a_line_comes_back_with_the_network);
    tcase_add_test(tcase, who_serves_a_domain_is_asked_of_name_servers);
    tcase_add_test(tcase, the_second_server_takes_the_place_of_a_dead_one);
    tcase_add_test(tcase, a_silent_server_is_not_the_only_one);
    tcase_add_test(tcase, a_domain_that_nobody_knows_is_told);
    tcase_add_test(tcase, name_servers_that_are_silent_are_told);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
