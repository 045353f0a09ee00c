/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine has nothing left for the service: no descriptors. And nobody takes its name from it. */
#include "tests/bus/util-robust.h"

#include <sys/resource.h>

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
    client_drop(alice, out);
    client_drop(carol, more);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
    ck_assert_int_eq(prlimit(bus_service_pid(t), RLIMIT_NOFILE, &before, NULL), 0);
    client_call(alice, CALLBUS_PATH, "SetAppPriority", "sas", "interactive-voice", 1, "org.example.Phone");
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

int main(void) {
    Suite *suite = suite_create("hostile-bus");
    TCase *tcase = bus_case(suite, "nothing left");
    tcase_add_test(tcase, calls_go_on_without_descriptors);
    tcase_add_test(tcase, the_name_stays_with_the_service);
    return bus_main(suite);
}
