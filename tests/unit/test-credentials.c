/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a bus says of a connection: as each of them says it, and as none should. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "interfaces/credentials.h"
#include "interfaces/names.h"
#include "tests/unit/run.h"

/* A connection on which nobody is at the other end: good enough to make messages. */
static sd_bus *bus;

static void set_up(void) {
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    ck_assert_int_ge(sd_bus_new(&bus), 0);
    ck_assert_int_ge(sd_bus_set_fd(bus, fds[0], fds[0]), 0);
    ck_assert_int_ge(sd_bus_start(bus), 0);
    close(fds[1]);
}

static void tear_down(void) {
    bus = sd_bus_close_unref(bus);
}

/* What reading an answer with that content gives. */
static int read_answer(Credentials *ret, const char *types, ...) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    va_list ap;

    ck_assert_int_ge(sd_bus_message_new_signal(bus, &m, "/", "a.b", "C"), 0);
    va_start(ap, types);
    ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
    va_end(ap);
    ck_assert_int_ge(sd_bus_message_seal(m, 1, 0), 0);
    ck_assert_int_ge(sd_bus_message_rewind(m, true), 0);
    return credentials_read(m, ret);
}

START_TEST(user_and_groups_are_read) {
    _cleanup_(credentials_clear) Credentials credentials = {};
    ck_assert_int_eq(read_answer(&credentials, "a{sv}", 4, "ProcessID", "u", 17u, "UnixGroupIDs", "au", 3, 5u, 6u, 100u,
                                 "LinuxSecurityLabel", "ay", 1, 0, "UnixUserID", "u", 1000u), 0);
    ck_assert_uint_eq(credentials.uid, 1000);
    ck_assert_uint_eq(credentials.groups->len, 3);
    ck_assert_uint_eq(g_array_index(credentials.groups, uint32_t, 0), 5);
    ck_assert_uint_eq(g_array_index(credentials.groups, uint32_t, 2), 100);
}
END_TEST

START_TEST(no_groups_are_none) {
    _cleanup_(credentials_clear) Credentials credentials = {};
    ck_assert_int_eq(read_answer(&credentials, "a{sv}", 1, "UnixUserID", "u", 0u), 0);
    ck_assert_uint_eq(credentials.uid, 0);
    ck_assert_uint_eq(credentials.groups->len, 0);
}
END_TEST

/* No user, no rights: 0 is root, not "unknown". */
START_TEST(without_a_user_there_is_nobody) {
    Credentials credentials = {};
    ck_assert_int_eq(read_answer(&credentials, "a{sv}", 0), -ENODATA);
    ck_assert_int_eq(read_answer(&credentials, "a{sv}", 1, "UnixUserID", "u", UINT32_MAX), -ENODATA);
    ck_assert_int_eq(read_answer(&credentials, "a{sv}", 1, "UnixUserID", "s", "0"), -ENODATA);
    ck_assert_int_eq(read_answer(&credentials, "a{sv}", 1, "UnixGroupIDs", "au", 1, 0u), -ENODATA);
    ck_assert_int_lt(read_answer(&credentials, "u", 0u), 0);
    ck_assert_ptr_null(credentials.groups);
}
END_TEST

START_TEST(groups_of_another_type_are_none) {
    _cleanup_(credentials_clear) Credentials credentials = {};
    ck_assert_int_eq(read_answer(&credentials, "a{sv}", 2, "UnixGroupIDs", "as", 1, "root", "UnixUserID", "u", 7u), 0);
    ck_assert_uint_eq(credentials.uid, 7);
    ck_assert_uint_eq(credentials.groups->len, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("credentials");
    TCase *tcase = tcase_create("read");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, user_and_groups_are_read);
    tcase_add_test(tcase, no_groups_are_none);
    tcase_add_test(tcase, without_a_user_there_is_nobody);
    tcase_add_test(tcase, groups_of_another_type_are_none);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
