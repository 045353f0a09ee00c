/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registrar: set-up and questions. */
#include "tests/peers/kamailio/registrar.h"

#include <string.h>
#include <sys/stat.h>

#include "tests/peers/names.h"

Kamailio *kamailio;
char *registrar, *password_file;

void registrar_begin(const KamailioOptions *options) {
    kamailio = kamailio_start(options);
    registrar = g_strdup_printf("%s:%u", kamailio_host(kamailio), kamailio_port(kamailio));
    password_file = g_build_filename(kamailio_folder(kamailio), "password", NULL);
    ck_assert(g_file_set_contents(password_file, KAMAILIO_PASSWORD "\n", -1, NULL));
    ck_assert_int_eq(chmod(password_file, 0600), 0);
    names_set_lab(kamailio_host(kamailio));
    sip_stage_begin();
}

void registrar_end(void) {
    sip_stage_end();
    kamailio = kamailio_free(kamailio);
    g_clear_pointer(&registrar, g_free);
    g_clear_pointer(&password_file, g_free);
}

Line *registrar_add_user(const char *user) {
    return sip_stage_add_line(user, "Registrar", registrar, "User", user, "PasswordFile", password_file, "Domain", "lab.test", NULL);
}

bool is_in_service(const Line *line) {
    return line_state(line) == LINE_IN_SERVICE;
}

bool says(const Line *line, const char *words) {
    return line_state(line) == LINE_OUT_OF_SERVICE && strstr(line_state_reason(line), words);
}

void await_reason(const Line *line, const char *words) {
    sip_stage_wait(SOON_S);
    while (!says(line, words) && sip_stage_turn())
        ;
    ck_assert_msg(says(line, words), "instead of '%s': '%s'", words, line_state_reason(line));
}
