/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lab: a Kamailio, which is lab.test, with a telephone at it that is Carol's and answers. They are there until the input ends. Tells
 * where the Kamailio is, and the file with the authority of its certificate.
 *
 * usage: lab
 */
#include <check.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/bus/util-folder.h"
#include "tests/peers/baresip.h"
#include "tests/peers/kamailio/kamailio.h"

static const char *folder;

/* The rigs complain as tests do. */
START_TEST(there_is_a_lab) {
    const KamailioOptions options = { .certificate = KAMAILIO_GOOD };
    Kamailio *kamailio;
    Baresip *carol;
    g_autofree char *proxy = NULL;
    char byte;

    peers_begin(folder);
    kamailio = kamailio_start(&options);
    proxy = g_strdup_printf(";outbound=\"sip:%s:%u\"", kamailio_host(kamailio), kamailio_port(kamailio));
    carol = baresip_start(&(BaresipOptions){ .user = "carol", .answers = true, .registrar = "lab.test", .parameters = proxy,
                                             .password = KAMAILIO_PASSWORD });
    printf("%s %s\n", kamailio_host(kamailio), kamailio_ca_file(kamailio));
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    baresip_free(carol);
    peers_end();
    kamailio_free(kamailio);
}
END_TEST

int main(void) {
    g_autofree char *path = folder_new();
    Suite *suite = suite_create("lab");
    TCase *tcase = tcase_create("lab");
    SRunner *runner = srunner_create(suite);
    int n_failed;

    folder = path;
    if (!folder)
        return EXIT_FAILURE;
    tcase_add_test(tcase, there_is_a_lab);
    suite_add_tcase(suite, tcase);
    srunner_set_fork_status(runner, CK_NOFORK); /* it lasts as long as it is wanted */
    srunner_run_all(runner, CK_SILENT);
    n_failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    folder_end();
    return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
