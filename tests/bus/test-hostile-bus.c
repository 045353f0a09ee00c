/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine has nothing left for the service: no descriptors. Nobody takes its name from it, but the bus itself; nobody speaks
 * for the bus. */
#include "tests/bus/util-robust.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>

static bool is_open(pid_t pid, rlim_t number) {
    g_autofree char *path = g_strdup_printf("/proc/%d/fd/%u", (int) pid, (unsigned) number);
    return g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

/* The lowest number that is free is the first that it may not have. */
static struct rlimit leave_no_descriptors(pid_t pid) {
    struct rlimit before, none;
    ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &before), 0);
    none = (struct rlimit){.rlim_max = before.rlim_max};
    while (is_open(pid, none.rlim_cur))
        none.rlim_cur++;
    ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &none, NULL), 0);
    return before;
}

START_TEST(calls_go_on_without_descriptors) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    struct rlimit before = leave_no_descriptors(bus_service_pid(t));
    guint fds = process_fds(bus_service_pid(t));
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    Client *carol = bus_client(t);
    const char *more = client_dial(carol, "loop2", "answer?ring=0");
    await_state(carol, more, "connected");
    expect_error(alice, "org.freedesktop.DBus.Error.IOError", CALLBUS_PATH, "SetAppPriority", "sas", "interactive-voice", 1,
                 "org.example.Phone");
    ck_assert_str_eq(answer_text(alice, client_call(alice, CALLBUS_PATH, "GetAppPriority", "s", "interactive-voice")), "[]");
    expect_error(alice, "org.freedesktop.DBus.Error.IOError", CALLBUS_PATH, "AddLine", "ssa{ss}", "desk", "loopback", 1, "Addresses",
                 "555");
    client_drop(alice, out);
    client_drop(carol, more);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
    ck_assert_int_eq(prlimit(bus_service_pid(t), RLIMIT_NOFILE, &before, NULL), 0);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", "interactive-voice", 1, "org.example.Phone");
    client_call(alice, CALLBUS_PATH, "AddLine", "ssa{ss}", "desk", "loopback", 1, "Addresses", "555");
}
END_TEST

/* Whoever asks for the name, in each way, gets none, and waits for none that is given up. */
START_TEST(the_name_stays_with_the_service) {
    static const uint64_t flags[] = {0, SD_BUS_NAME_REPLACE_EXISTING, SD_BUS_NAME_REPLACE_EXISTING | SD_BUS_NAME_ALLOW_REPLACEMENT};
    Client *alice = bus_client(t);
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, out, "connected");
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        sd_bus *thief = bare_new(t);
        ck_assert_int_lt(sd_bus_request_name(thief, CALLBUS_NAME, flags[i]), 0);
        bare_free(thief);
    }
    ck_assert_str_eq(get_string(alice, out, "State"), "connected");
}
END_TEST

/* ---- Speaking for the bus ---- */

START_TEST(only_the_bus_says_that_the_name_is_lost) {
    Client *alice = bus_client(t);
    sd_bus *liar = bare_new(t);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    ck_assert_int_ge(sd_bus_message_new_signal(liar, &message, DBUS_PATH, DBUS_INTERFACE, "NameLost"), 0);
    ck_assert_int_ge(sd_bus_message_append(message, "s", CALLBUS_NAME), 0);
    ck_assert_int_ge(sd_bus_message_set_destination(message, bus_service_name(t)), 0);
    ck_assert_int_ge(sd_bus_send(liar, message, NULL), 0);
    bare_push(liar);
    const char *out = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, out, "connected");
    bare_free(liar);
}
END_TEST

/* An answer that nobody asked of the liar, to the service's question with that serial number. */
static void forge_answer(sd_bus *liar, uint64_t serial) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *question = NULL, *answer = NULL;
    ck_assert_int_ge(sd_bus_message_new_method_call(liar, &question, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "Get"), 0);
    ck_assert_int_ge(sd_bus_message_set_sender(question, bus_service_name(t)), 0);
    ck_assert_int_ge(sd_bus_message_seal(question, serial, 0), 0);
    ck_assert_int_ge(sd_bus_message_new_method_return(question, &answer), 0);
    ck_assert_int_ge(sd_bus_message_append(answer, "a{sv}", 1, "Nothing", "b", 1), 0);
    ck_assert_int_ge(sd_bus_send(liar, answer, NULL), 0);
}

/* The bus of a session may let such an answer pass. It is there before that of the bus: the question is asked when it is already
 * on its way. */
START_TEST(only_the_bus_says_who_is_who) {
    sd_bus *liar = bare_new(t), *bob = bare_new(t);
    bus_freeze(t);
    bare_send(bob, LINE("loop0"), "Open", "sasa{sv}", "none", 0, 0);
    bare_push(bob);
    for (uint64_t serial = 1; serial < 256; serial++)
        forge_answer(liar, serial);
    bare_push(liar);
    bus_thaw(t);
    expect_number(bob, LINE("loop0"), "Opens", 1);
    bare_free(bob);
    bare_free(liar);
}
END_TEST

static void setup_replaceable(void) {
    t = bus_new(&(BusOptions){.preload = g_getenv("CALLBUS_TEST_PRELOAD")});
}

/* It ends, says so once, and the next one has what clients had. */
START_TEST(without_its_name_it_ends) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    sd_bus *thief = bare_new(t);
    ck_assert_int_ge(sd_bus_request_name(thief, CALLBUS_NAME, SD_BUS_NAME_REPLACE_EXISTING), 0);
    siginfo_t end;
    ck_assert_int_eq(waitid(P_PID, (id_t) bus_service_pid(t), &end, WEXITED | WNOWAIT), 0);
    bare_free(thief);
    int status = bus_stop_service(t, 0);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == EX_TEMPFAIL, "wait status %#x", (unsigned) status);
    g_autofree char *log = bus_service_log(t);
    const char *told = strstr(log, "took the name org.callbus1 away");
    ck_assert_msg(told && !strstr(told + 1, "<3>"), "%s", log);
    bus_start_service(t);
    ck_assert_str_eq(get_string(alice, out, "State"), "disconnected");
    client_drop(alice, out);
    ck_assert_uint_eq(get_number(bob, LINE("loop1"), "Opens"), 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hostile-bus");
    TCase *tcase = bus_case(suite, "nothing left");
    tcase_add_test(tcase, calls_go_on_without_descriptors);
    tcase_add_test(tcase, the_name_stays_with_the_service);
    tcase_add_test(tcase, only_the_bus_says_that_the_name_is_lost);
    tcase_add_test(tcase, only_the_bus_says_who_is_who);
    tcase = bus_case_with(suite, "taken over", setup_replaceable);
    tcase_add_test(tcase, without_its_name_it_ends);
    return bus_main(suite);
}
