/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TLS: a registrar that proves who it is, and others. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/peers/kamailio/registrar.h"
#include "tests/unit/run.h"

static char *server;

static void begin(KamailioCertificate certificate) {
    const KamailioOptions options = { .certificate = certificate };

    registrar_begin(&options);
    server = g_strdup_printf("lab.test:%u", kamailio_tls_port(kamailio));
}

static void end(void) {
    registrar_end();
    g_clear_pointer(&server, g_free);
}

static Line *add_line(const char *name, const char *ca_file) {
    return sip_stage_add_line(name, "Registrar", server, "Transport", "tls", "User", name, "PasswordFile", password_file,
                              ca_file ? "TlsCaFile" : NULL, ca_file, NULL);
}

START_TEST(a_registrar_that_proves_its_name) {
    const Line *line;

    begin(KAMAILIO_GOOD);
    line = add_line("alice", kamailio_ca_file(kamailio));
    AWAIT(is_in_service(line));
    end();
}
END_TEST

START_TEST(accounts_that_trust_others_live_side_by_side) {
    const Line *alice, *bob, *carol;

    begin(KAMAILIO_GOOD);
    alice = add_line("alice", kamailio_ca_file(kamailio));
    bob = add_line("bob", NULL);
    carol = add_line("carol", kamailio_ca_file(kamailio));
    AWAIT(is_in_service(alice) && is_in_service(carol));
    await_reason(bob, "the certificate of lab.test is refused (whoever signed it is not trusted: is TlsCaFile= right?)");
    end();
}
END_TEST

/* Nothing of ours reaches whoever shows such a certificate. */
START_TEST(a_certificate_is_refused_and_why) {
    static const struct {
        KamailioCertificate kind;
        const char *words;
    } kinds[] = {
        { KAMAILIO_OTHER_NAME, "the certificate of lab.test is refused (it is for another name: other.test)" },
        { KAMAILIO_OTHER_CA, "the certificate of lab.test is refused (whoever signed it is not trusted" },
        { KAMAILIO_EXPIRED, "the certificate of lab.test is refused (it expired on 20" },
    };
    const Line *line;

    begin(kinds[_i].kind);
    line = add_line("alice", kamailio_ca_file(kamailio));
    await_reason(line, kinds[_i].words);
    sip_stage_pass(2000);
    ck_assert_uint_eq(kamailio_count(kamailio, "REGISTER"), 0);
    end();
}
END_TEST

START_TEST(no_authorities_at_all) {
    begin(KAMAILIO_GOOD);
    await_reason(add_line("alice", "/nonexistent.pem"), "TlsCaFile: '/nonexistent.pem' has no certificates");
    end();
}
END_TEST

START_TEST(what_has_no_end_is_no_file_of_authorities) {
    g_autofree char *fifo = g_strdup_printf("%s/callbus-fifo-%d", g_get_tmp_dir(), (int) getpid());

    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    begin(KAMAILIO_GOOD);
    await_reason(add_line("alice", fifo), "has no certificates");
    await_reason(add_line("bob", "/dev/zero"), "TlsCaFile: '/dev/zero' has no certificates");
    end();
    unlink(fifo);
}
END_TEST

START_TEST(who_does_not_speak_tls) {
    begin(KAMAILIO_NO_TLS);
    g_free(server);
    server = g_strdup_printf("lab.test:%u", kamailio_port(kamailio));
    await_reason(add_line("alice", NULL), "lab.test does not ");
    end();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("certificates");
    TCase *tcase = tcase_create("tls");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_registrar_that_proves_its_name);
    tcase_add_test(tcase, accounts_that_trust_others_live_side_by_side);
    tcase_add_loop_test(tcase, a_certificate_is_refused_and_why, 0, 3);
    tcase_add_test(tcase, no_authorities_at_all);
    tcase_add_test(tcase, what_has_no_end_is_no_file_of_authorities);
    tcase_add_test(tcase, who_does_not_speak_tls);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
