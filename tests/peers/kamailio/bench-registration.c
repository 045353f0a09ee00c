/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long a registration takes, through a real registrar with a challenge: by a bare program on the same library that does nothing else,
 * and by a line of the service, from its making to its being in service. Both by turns, on the same machine in the same run.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUA_MAGIC_T void
#define NUA_HMAGIC_T void
#include <sofia-sip/msg_header.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/su_glib.h>
#include <sofia-sip/tport_tag.h>

#include "tests/peers/kamailio/registrar.h"

#define TIMES 300

/* ---- The bare program ---- */

typedef struct Bare {
    su_root_t *root;
    GSource *source;
    nua_t *nua;
    bool is_registered, is_down;
} Bare;

static Bare bare;

static void answer(nua_handle_t *handle, const sip_t *sip) {
    const char *realm = msg_header_find_param(sip->sip_www_authenticate->au_common, "realm=");
    g_autofree char *credentials = g_strdup_printf("Digest:%s:alice:" KAMAILIO_PASSWORD, realm);

    nua_authenticate(handle, NUTAG_AUTH(credentials), TAG_END());
}

static void on_nua(nua_event_t event, int status, char const *phrase, nua_t *nua, void *magic, nua_handle_t *handle, void *of_handle,
                   sip_t const *sip, tagi_t tags[]) {
    if (event == nua_r_shutdown && status >= 200)
        bare.is_down = true;
    if (event != nua_r_register)
        return;
    if (status == 401)
        answer(handle, sip);
    else if (status == 200)
        bare.is_registered = true;
}

static void bare_begin(void) {
    g_autofree char *url = g_strdup_printf("sip:%s:*", kamailio_host(kamailio));

    bare.root = su_glib_root_create(NULL);
    bare.source = su_glib_root_gsource(bare.root);
    g_source_attach(bare.source, NULL);
    bare.nua = nua_create(bare.root, on_nua, NULL, NUTAG_URL(url), NUTAG_MEDIA_ENABLE(0), TAG_END());
    ck_assert_ptr_nonnull(bare.nua);
}

static void bare_end(void) {
    nua_shutdown(bare.nua);
    AWAIT(bare.is_down);
    nua_destroy(bare.nua);
    g_source_destroy(bare.source);
    su_root_destroy(bare.root);
}

static double bare_register(void) {
    g_autofree char *server = g_strdup_printf("sip:%s", registrar);
    nua_handle_t *handle = nua_handle(bare.nua, NULL, SIPTAG_TO_STR("<sip:alice@lab.test>"), SIPTAG_FROM_STR("<sip:alice@lab.test>"),
                                      TAG_END());
    int64_t begun = g_get_monotonic_time();
    double ms;

    bare.is_registered = false;
    nua_register(handle, NUTAG_REGISTRAR(server), TAG_END());
    AWAIT(bare.is_registered);
    ms = (double) (g_get_monotonic_time() - begun) / 1000;
    nua_handle_destroy(handle);
    sip_stage_pass(30);
    return ms;
}

/* ---- A line ---- */

static double line_register(void) {
    int64_t begun = g_get_monotonic_time();
    Line *line = registrar_add_user("alice");
    double ms;

    AWAIT(is_in_service(line));
    ms = (double) (g_get_monotonic_time() - begun) / 1000;
    sip_stage_remove_line(line);
    AWAIT(!manager_find_line(sip_stage_manager(), "alice"));
    return ms;
}

/* ---- Figures ---- */

static int compare(const void *a, const void *b) {
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

static void report(const char *what, double *ms) {
    qsort(ms, TIMES, sizeof(*ms), compare);
    printf("%-34s median %6.2f ms   p95 %6.2f ms   least %6.2f ms\n", what, ms[TIMES / 2], ms[TIMES * 95 / 100], ms[0]);
}

START_TEST(registrations) {
    const KamailioOptions options = { 0 };
    static double bare_ms[TIMES], line_ms[TIMES];
    const Line *keeper;

    registrar_begin(&options);
    bare_begin();
    keeper = registrar_add_user("bob"); /* so that the stack of lines is there all the time, as that of the bare program is */
    AWAIT(is_in_service(keeper));
    for (int i = 0; i < TIMES; i++) {
        bare_ms[i] = bare_register();
        line_ms[i] = line_register();
    }
    report("a bare program on sofia-sip", bare_ms);
    report("a line, from AddLine to in-service", line_ms);
    bare_end();
    registrar_end();
}
END_TEST

/* The set-up is that of tests, and is told by their means if it fails. */
int main(void) {
    Suite *suite = suite_create("registration");
    TCase *tcase = tcase_create("figures");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, registrations);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
