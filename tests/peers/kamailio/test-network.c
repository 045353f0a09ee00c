/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network that changes: in a namespace of its own, where that hurts nobody. */
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

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

    ck_assert_msg(unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0, "%m");
    change_network(NULL, true);
    registrar_begin(&options);
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

int main(void) {
    Suite *suite = suite_create("network");
    TCase *tcase = tcase_create("namespace");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, registrar_end);
    tcase_add_test(tcase, another_network_registers_anew);
    tcase_add_test(tcase, a_line_comes_back_with_the_network);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
