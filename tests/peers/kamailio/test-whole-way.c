/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The whole way: clients on a bus, the service, the SIP provider in a process of its own, and a registrar that nobody here wrote. What a person
 * sees of a line, and what becomes of it when the provider or the registrar is killed.
 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bus/util-calls.h"
#include "tests/bus/util-provider.h"
#include "tests/peers/kamailio/kamailio.h"

static Kamailio *kamailio;
static char *password_file, *wrong_file;

static char *write_password(const char *name, const char *password) {
    char *path = g_build_filename(kamailio_folder(kamailio), name, NULL);

    ck_assert(g_file_set_contents(path, password, -1, NULL));
    ck_assert_int_eq(chmod(path, 0600), 0);
    return path;
}

static char *line_text(const char *name, const char *user, const char *file) {
    return g_strdup_printf("[Line]\nName=%s\nProvider=sip\nAddresses=%s\n[Sip]\nRegistrar=%s:%u\nUser=%s\nDomain=lab.test\nPasswordFile=%s\n"
                           "Expires=5\nAudioInput=none\nAudioOutput=none\nRingDevice=none\n",
                           name, user, kamailio_host(kamailio), kamailio_port(kamailio), user, file);
}

static void begin(void) {
    const KamailioOptions options = { .sha256 = true };
    g_autofree char *alice = NULL, *bob = NULL, *mallory = NULL;

    kamailio = kamailio_start(&options);
    password_file = write_password("password", KAMAILIO_PASSWORD);
    wrong_file = write_password("wrong", "guess");
    alice = line_text("alice", "alice", password_file);
    bob = line_text("bob", "bob", password_file);
    mallory = line_text("mallory", "carol", wrong_file);
    {
        const char *const lines[] = { "alice.conf", alice, "bob.conf", bob, "mallory.conf", mallory, NULL };

        t = bus_new(&(BusOptions) { .lines = lines, .environ = provider_environ() });
    }
}

static void end(void) {
    bus_finish(t);
    kamailio = kamailio_free(kamailio);
    g_clear_pointer(&password_file, g_free);
    g_clear_pointer(&wrong_file, g_free);
}

static void await_reason(Client *client, const char *line, const char *words) {
    uint64_t deadline = bus_deadline();

    while (!strstr(get_string(client, line, "StateReason"), words)) {
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "instead of '%s': '%s'", words, get_string(client, line, "StateReason"));
        g_usleep(10000);
    }
}

START_TEST(a_person_sees_what_is_wrong_with_a_line) {
    Client *client = bus_client(t);

    await_line_state(client, "alice", "in-service");
    ck_assert_str_eq(get_string(client, LINE("alice"), "StateReason"), "");
    ck_assert_str_eq(get_string(client, LINE("alice"), "Provider"), "sip");
    await_reason(client, LINE("mallory"), "refuses the password");
    ck_assert_str_eq(get_string(client, LINE("mallory"), "State"), "out-of-service");
    expect_error(client, "LineOutOfService", LINE("mallory"), "Dial", "sa{sv}", "bob", 0);
    AWAIT(t, get_number(client, LINE("bob"), "MessagesWaiting") == 3);
}
END_TEST

START_TEST(lines_come_and_go_at_run_time) {
    Client *client = bus_client(t);
    g_autofree char *server = g_strdup_printf("%s:%u", kamailio_host(kamailio), kamailio_port(kamailio));

    expect_error(client, "org.freedesktop.DBus.Error.InvalidArgs", "/org/callbus1", "AddLine", "ssa{ss}", "carol", "sip", 1, "Transport",
                 "udpp");
    expect_error(client, "org.freedesktop.DBus.Error.InvalidArgs", "/org/callbus1", "AddLine", "ssa{ss}", "carol", "sip", 1, "Password",
                 "secret");
    client_call(client, "/org/callbus1", "AddLine", "ssa{ss}", "carol", "sip", 4, "Registrar", server, "User", "carol", "Domain",
                "lab.test", "PasswordFile", password_file);
    await_line_state(client, "carol", "in-service");
    client_call(client, "/org/callbus1", "RemoveLine", "s", "carol");
}
END_TEST

/* Alice calls bob through the registrar; who is who on the bus. */
static void connect_two(Client *alice, Client *bob, const char **ret_caller, const char **ret_callee) {
    await_line_state(alice, "alice", "in-service");
    await_line_state(alice, "bob", "in-service");
    client_open(bob, "bob", "owner");
    *ret_caller = client_dial(alice, "alice", "bob");
    *ret_callee = await_handle(bob);
    client_call(bob, *ret_callee, "Answer", "");
    await_state(alice, *ret_caller, "connected");
    await_state(bob, *ret_callee, "connected");
}

START_TEST(a_call_outlives_its_registrar) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *caller, *callee;
    unsigned before;

    connect_two(alice, bob, &caller, &callee);
    /* One process takes one after the other: with the next request it has passed on the ACK. */
    before = kamailio_count(kamailio, "REGISTER");
    AWAIT(t, kamailio_count(kamailio, "REGISTER") > before);
    kamailio_kill(kamailio);
    g_usleep(8 * G_USEC_PER_SEC); /* the registrations are over */
    client_barrier(alice);
    ck_assert_str_eq(get_string(alice, caller, "State"), "connected");
    ck_assert_str_eq(get_string(alice, LINE("alice"), "State"), "in-service");
    client_drop(alice, caller); /* bob does not hear of it: the way was through the registrar */
    client_drop(bob, callee);
    await_line_state(alice, "alice", "out-of-service");
    kamailio_start_again(kamailio);
    await_line_state(alice, "alice", "in-service");
}
END_TEST

/* Neither the registrar nor whoever talks notices. */
START_TEST(a_call_outlives_the_service) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *caller, *callee;
    pid_t provider;

    connect_two(alice, bob, &caller, &callee);
    provider = await_provider("sip", 0);
    bus_stop_service(t, SIGKILL);
    bus_start_service(t);
    ck_assert_int_eq(provider_pid("sip"), provider);
    ck_assert_str_eq(get_string(alice, caller, "State"), "connected");
    ck_assert_str_eq(get_string(bob, callee, "State"), "connected");
    await_line_state(alice, "alice", "in-service");
    ck_assert_str_eq(get_string(alice, LINE("alice"), "StateReason"), "");
    await_reason(alice, LINE("mallory"), "refuses the password");
    client_drop(alice, caller);
    await_state(bob, callee, "disconnected");
    client_drop(bob, callee);
}
END_TEST

START_TEST(lines_come_back_after_the_provider_was_killed) {
    Client *alice = bus_client(t);
    pid_t pid;

    await_line_state(alice, "alice", "in-service");
    pid = await_provider("sip", 0);
    provider_signal("sip", SIGKILL);
    await_line_state(alice, "alice", "out-of-service");
    await_provider("sip", pid);
    await_line_state(alice, "alice", "in-service");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("whole-way");
    TCase *tcase = tcase_create("bus");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_person_sees_what_is_wrong_with_a_line);
    tcase_add_test(tcase, lines_come_and_go_at_run_time);
    tcase_add_test(tcase, a_call_outlives_its_registrar);
    tcase_add_test(tcase, a_call_outlives_the_service);
    tcase_add_test(tcase, lines_come_back_after_the_provider_was_killed);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
