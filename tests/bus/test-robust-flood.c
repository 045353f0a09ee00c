/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients that ask more than they read, and clients that only look as if. */
#include "tests/bus/util-crowd.h"

#include <string.h>

#define HANDLES 20

/* ---- Requests that get an answer, by whomever ---- */

static char *long_text;

static void ask_all_properties(Member *member) {
    member_ask(member, member->last_path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
}

static void ask_data(Member *member) {
    member_ask(member, member->last_path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "CallData");
}

static void ask_introspection(Member *member) {
    member_ask(member, CALLBUS_PATH, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", "");
}

static void ask_objects(Member *member) {
    member_ask(member, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
}

static void ask_calls(Member *member) {
    member_ask(member, CALLBUS_PATH, "ListCalls", "");
}

static void ask_nobody(Member *member) {
    member_ask(member, CALLBUS_CLIENT_PATH "/1_1/call/1_1", "Drop", "a{sv}", 0);
}

static void ask_nobody_far_away(Member *member) {
    g_autofree char *path = g_strconcat(CALLBUS_CLIENT_PATH "/", long_text, NULL);
    member_ask(member, path, "Drop", "a{sv}", 0);
}

static void ask_wrongly(Member *member) {
    member_ask(member, member->last_path, "Drop", "s", "now");
}

static void ask_unknown_property(Member *member) {
    member_ask(member, CALLBUS_PATH, PROPERTIES("Get"), "ss", long_text, long_text);
}

static void ask_unknown_option(Member *member) {
    member_ask(member, LINE("loop0"), "Dial", "sa{sv}", "busy", 1, long_text, "s", "x");
}

static void ask_unknown_privilege(Member *member) {
    member_ask(member, member->last_path, "SetPrivilege", "s", long_text);
}

static const struct {
    const char *name;
    void (*ask)(Member *member);
    guint count;
} floods[] = {
    {"GetAll", ask_all_properties, 10000},
    {"Get of much data", ask_data, 10000},
    {"Introspect", ask_introspection, 10000},
    {"GetManagedObjects", ask_objects, 10000},
    {"ListCalls", ask_calls, 10000},
    {"what is no handle", ask_nobody, 10000},
    {"what is no handle, at length", ask_nobody_far_away, 2000},
    {"with wrong arguments", ask_wrongly, 10000},
    {"an unknown property, at length", ask_unknown_property, 2000},
    {"an unknown option, at length", ask_unknown_option, 2000},
    {"an unknown privilege, at length", ask_unknown_privilege, 2000},
};

/* A client with calls that carry as much data as can be. */
static Crowd *requester_new(void) {
    uint8_t data[4096] = {0};
    Crowd *crowd = crowd_new(t, 1);
    Member *member = crowd_at(crowd, 0);
    for (guint i = 0; i < HANDLES; i++)
        member_ask(member, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=60m", 0);
    crowd_settle(crowd);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message =
        bare_message(member->bare, member->last_path, "SetCallData", "");
    ck_assert_int_ge(sd_bus_message_append_array(message, 'y', data, sizeof(data)), 0);
    ck_assert_int_ge(sd_bus_call(member->bare, message, 0, NULL, NULL), 0);
    member_settle(member);
    return crowd;
}

static void flood(Member *member, void (*ask)(Member *member), guint count) {
    for (guint i = 0; i < count; i++) {
        ask(member);
        if (i % 8 == 7)
            bare_push(member->bare);
    }
    bare_push(member->bare);
}

/* Each request is answered, or EventsLost counts it; and everybody else is served meanwhile. */
START_TEST(a_requester_that_does_not_read) {
    guint count = floods[_i].count / FULL_OR(1, 5);
    long_text = g_strnfill(20000, 'x');
    Crowd *crowd = requester_new();
    Member *member = crowd_at(crowd, 0);
    Costs costs = costs_begin(t);
    crowd_set_deaf(crowd, 0, true);
    flood(member, floods[_i].ask, count);
    costs_check(&costs, floods[_i].name, 32768, 65536);
    crowd_set_deaf(crowd, 0, false);
    AWAIT_CROWD(crowd, member->answered + member->lost == member->asked);
    robust_note("%s: %u asked, %u answered, %u lost", floods[_i].name, (unsigned) member->asked,
                (unsigned) member->answered, (unsigned) member->lost);
    ck_assert_uint_gt(member->answered, HANDLES);
    /* It is a client like any other again. */
    uint64_t lost_times = member->lost_times;
    member_reread(member);
    ck_assert_uint_eq(g_hash_table_size(member->handles), HANDLES);
    member_settle(member);
    ck_assert_uint_eq(member->lost_times, lost_times);
    costs_end(&costs);
    crowd_free(crowd);
    g_free(long_text);
}
END_TEST

/* More than can wait: the rest is refused while it can be told, and lost then. */
START_TEST(requesters_that_ask_too_much) {
    guint count = 40000, requesters = 1;
    Crowd *crowd = crowd_new(t, requesters);
    for (guint i = 0; i < requesters; i++)
        member_ask(crowd_at(crowd, i), CALLBUS_PATH, "ListLines", "");
    crowd_settle(crowd);
    Costs costs = costs_begin(t);
    for (guint i = 0; i < requesters; i++) {
        crowd_set_deaf(crowd, i, true);
        flood(crowd_at(crowd, i), ask_introspection, count);
    }
    costs_check(&costs, "too much", 65536, 65536);
    for (guint i = 0; i < requesters; i++) {
        Member *member = crowd_at(crowd, i);
        crowd_set_deaf(crowd, i, false);
        AWAIT_CROWD(crowd, member->answered + member->lost == member->asked);
        robust_note("too much: %u asked, %u refused, %u lost", (unsigned) member->asked, (unsigned) member->refused,
                    (unsigned) member->lost);
        ck_assert_uint_gt(member->lost, 0);
        ck_assert_uint_gt(member->refused, 0);
        member_settle(member);
    }
    costs_end(&costs);
    crowd_free(crowd);
}
END_TEST

START_TEST(a_requester_that_dies_unread) {
    Crowd *quiet = crowd_new(t, 1);
    guint fds = process_fds(bus_service_pid(t));
    for (guint round = 0; round < 10; round++) {
        Crowd *crowd = requester_new();
        crowd_set_deaf(crowd, 0, true);
        flood(crowd_at(crowd, 0), floods[round % 3].ask, 1000);
        g_autofree char *name = g_strdup(crowd_at(crowd, 0)->name);
        crowd_free(crowd);
        await_gone(t, name);
        expect_nothing_of(t, name);
    }
    member_ask(crowd_at(quiet, 0), LINE("loop0"), "Open", "sasa{sv}", "monitor", 0, 0);
    crowd_settle(quiet);
    await_number(crowd_at(quiet, 0)->bare, LINE("loop0"), "ActiveCalls", 0);
    expect_number(crowd_at(quiet, 0)->bare, LINE("loop0"), "Opens", 1);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
    crowd_free(quiet);
}
END_TEST

/* ---- Those who do read ---- */

START_TEST(a_reader_gets_all_answers) {
    guint count = FULL_OR(5000, 2000);
    Crowd *crowd = requester_new();
    Member *member = crowd_at(crowd, 0);
    for (guint i = 0; i < count; i++)
        ask_all_properties(member);
    crowd_settle(crowd);
    ck_assert_uint_eq(member->answered, count + HANDLES);
    ck_assert_uint_eq(member->refused, 0);
    ck_assert_uint_eq(member->lost_times, 0);
    crowd_free(crowd);
}
END_TEST

/* Before the service knows whose it is, some may be refused, but each is answered. */
START_TEST(a_newcomer_with_very_many_requests) {
    guint count = FULL_OR(5000, 2000);
    Crowd *crowd = crowd_new(t, 1);
    Member *member = crowd_at(crowd, 0);
    bus_freeze(t);
    for (guint i = 0; i < count; i++)
        member_ask(member, CALLBUS_PATH, "ListLines", "");
    bare_push(member->bare);
    bus_thaw(t);
    AWAIT_CROWD(crowd, member->answered + member->lost == member->asked);
    ck_assert_uint_eq(member->lost, 0);
    ck_assert_uint_ge(member->answered - member->refused, 64);
    crowd_free(crowd);
}
END_TEST

/* One that waits for each answer and looks at nothing else: it never answers a Ping. */
START_TEST(a_synchronous_client_goes_on) {
    guint count = FULL_OR(30000, 6000);
    Crowd *crowd = crowd_new(t, 2);
    Member *other = crowd_at(crowd, 1), *synchronous = crowd_at(crowd, 0);
    member_ask(synchronous, LINE("loop0"), "Open", "sasa{sv}", "monitor", 0, 0);
    crowd_settle(crowd);
    member_ask(other, LINE("loop0"), "Dial", "sa{sv}", "answer?ring=0", 0);
    crowd_settle(crowd);
    AWAIT_CROWD(crowd, synchronous->added == 1);
    uint64_t slowest = 0, changes = 0;
    for (guint i = 0; i < count; i++) {
        uint64_t begin = (uint64_t) g_get_monotonic_time();
        sd_bus_message_unref(bare_call(synchronous->bare, CALLBUS_PATH, i % 2 ? "ListLines" : PROPERTIES("GetAll"),
                                       i % 2 ? "" : "s", CALLBUS_MANAGER_INTERFACE));
        slowest = MAX(slowest, (uint64_t) g_get_monotonic_time() - begin);
        if (i % 3 == 0) {
            uint8_t byte = (uint8_t) (++changes % 256);
            member_ask(other, other->last_path, "SetCallData", "ay", 1, byte);
            crowd_turn_one(crowd, 1);
        }
    }
    robust_note("%u answers, the slowest in %u us", count, (unsigned) slowest);
    ck_assert_uint_lt(slowest, STALLED_USEC);
    member_settle(synchronous);
    AWAIT_CROWD(crowd, synchronous->changed >= changes);
    ck_assert_uint_eq(synchronous->lost_times, 0);
    ck_assert(!synchronous->gap_untold);
    crowd_free(crowd);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("robust-flood");
    TCase *tcase = bus_case(suite, "requests without end");
    tcase_add_loop_test(tcase, a_requester_that_does_not_read, 0, G_N_ELEMENTS(floods));
    tcase_add_test(tcase, requesters_that_ask_too_much);
    tcase_add_test(tcase, a_requester_that_dies_unread);
    tcase_add_test(tcase, a_reader_gets_all_answers);
    tcase_add_test(tcase, a_newcomer_with_very_many_requests);
    tcase_add_test(tcase, a_synchronous_client_goes_on);
    return bus_main(suite);
}
