/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Through a proxy: lines that are registered at a Kamailio of this world's own, with a password, and all calls go through it. */
#include <stdio.h>
#include <sys/stat.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/sip-way.h"
#include "tests/conformance/suite.h"
#include "tests/peers/kamailio/kamailio.h"

static Kamailio *kamailio;
static char *registrar, *password_file;

void sip_way_begin(GPtrArray *settings) {
    const KamailioOptions options = { 0 };

    kamailio = kamailio_start(&options);
    registrar = g_strdup_printf("%s:%u", kamailio_host(kamailio), kamailio_port(kamailio));
    password_file = g_build_filename(kamailio_folder(kamailio), "password", NULL);
    ck_assert(g_file_set_contents(password_file, KAMAILIO_PASSWORD "\n", -1, NULL));
    ck_assert_int_eq(chmod(password_file, 0600), 0);
    g_ptr_array_add(settings, (void *) "Registrar");
    g_ptr_array_add(settings, registrar);
    g_ptr_array_add(settings, (void *) "PasswordFile");
    g_ptr_array_add(settings, password_file);
}

void sip_way_end(void) {
    kamailio = kamailio_free(kamailio);
    g_clear_pointer(&registrar, g_free);
    g_clear_pointer(&password_file, g_free);
}

/* Else the other groups would prove nothing of it. One INVITE is challenged, the other one passed on. */
START_TEST(calls_go_through_the_proxy) {
    Seen *out, *in;

    ck_assert_uint_eq(kamailio_count(kamailio, "INVITE"), 0);
    connect_calls(alice, 0, bob, 1, &out, &in);
    AWAIT(kamailio_count(kamailio, "INVITE") == 2);
    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(kamailio_count(kamailio, "BYE") == 1);
}
END_TEST

/* What crosses there is between the proxy and the lines. */
void sip_way_add_cases(Suite *suite) {
    TCase *tcase = world_case(suite, "proxy");

    tcase_add_checked_fixture(tcase, scene_people, NULL);
    tcase_add_test(tcase, calls_go_through_the_proxy);
    printf("# not applicable: races: all: lacks a peer without a proxy\n");
}
