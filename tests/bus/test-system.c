/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service on a bus like that of a system, with several users. */
#include "tests/bus/util-robust.h"
#include "tests/bus/util-system.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static uint32_t user_of(sd_bus *bare, const char *name) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
    uint32_t uid;
    ck_assert_int_ge(sd_bus_call_method(bare, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetConnectionUnixUser", NULL, &answer,
                                        "s", name), 0);
    ck_assert_int_gt(sd_bus_message_read(answer, "u", &uid), 0);
    return uid;
}

START_TEST(a_call_between_two_users) {
    Client *alice = bus_client_of(t, system_user(0), NULL), *bob = bus_client_of(t, system_user(1), NULL);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    ck_assert_str_eq(get_string(bob, in, "CallId"), get_string(alice, out, "CallId"));
    client_drop(alice, out);
    await_state(bob, in, "disconnected");
}
END_TEST

START_TEST(everybody_is_who_he_is) {
    Client *alice = bus_client_of(t, system_user(0), NULL), *bob = bus_client_of(t, system_user(1), NULL), *self = bus_client(t);
    sd_bus *asking = bare_new_of(t, system_user(2));
    ck_assert_uint_eq(user_of(asking, client_name(alice)), system_uid(system_user(0)));
    ck_assert_uint_eq(user_of(asking, client_name(bob)), system_uid(system_user(1)));
    ck_assert_uint_eq(user_of(asking, client_name(self)), getuid());
    ck_assert_uint_eq(user_of(asking, CALLBUS_NAME), system_uid(system_service_user()));
    bare_free(asking);
}
END_TEST

START_TEST(nobody_else_can_have_the_name) {
    bus_stop_service(t, SIGTERM);
    for (guint i = 0; i < SYSTEM_USERS; i++) {
        sd_bus *bare = bare_new_of(t, system_user(i));
        ck_assert_int_eq(sd_bus_request_name(bare, CALLBUS_NAME, 0), -EACCES);
        bare_free(bare);
    }
    bus_start_service(t);
}
END_TEST

/* Root may play the network, and look at what others hold; nobody else may. */
START_TEST(only_root_debugs) {
    Client *root = bus_client(t), *alice = bus_client_of(t, system_user(0), NULL), *bob = bus_client_of(t, system_user(1), NULL);
    client_open(alice, "loop1", "owner");
    client_incoming(root, "loop1", "12345");
    const char *in = await_handle(alice);
    ck_assert_str_eq(get_string(root, in, "State"), "offering");
    expect_error(root, DBUS_ERROR_UNKNOWN_OBJECT, in, "Answer", "");
    expect_error(bob, DBUS_ERROR_UNKNOWN_OBJECT, in, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "State");
    expect_error(bob, DBUS_ERROR_ACCESS_DENIED, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".Incoming", "ss", "loop1", "12345");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("system");
    TCase *tcase = bus_case_system(suite, "users");
    tcase_add_test(tcase, a_call_between_two_users);
    tcase_add_test(tcase, everybody_is_who_he_is);
    tcase_add_test(tcase, nobody_else_can_have_the_name);
    tcase_add_test(tcase, only_root_debugs);
    return bus_main(suite);
}
