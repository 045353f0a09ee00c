/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thousands of clients that all read: nobody loses anything, however many listen, and nothing is left of them. */
#include "tests/bus/util-crowd.h"

#define ROLES 4
#define CALLS_IN 10

static void expect_no_loss(Crowd *crowd) {
    for (guint i = 0; i < crowd_count(crowd); i++) {
        Member *member = crowd_at(crowd, i);
        ck_assert_msg(member->lost_times == 0, "%s lost %u events", member->name, (unsigned) member->lost);
        ck_assert(!member->gap_untold);
        ck_assert_uint_eq(member->answered, member->asked);
    }
}

static void ask_everybody(Crowd *crowd, const char *path, const char *method) {
    for (guint i = 0; i < crowd_count(crowd); i++)
        member_ask(crowd_at(crowd, i), path, method, "");
    crowd_settle(crowd);
}

/* Many calls at once on a line that all watch: each hears each of its states. */
START_TEST(a_crowd_of_monitors_hears_all) {
    guint monitors = FULL_OR(1000, 300), calls = FULL_OR(20, 10);
    Crowd *crowd = crowd_new(t, monitors + 1);
    Member *dialler = crowd_at(crowd, monitors);
    for (guint i = 0; i < monitors; i++)
        member_ask(crowd_at(crowd, i), LINE("loop0"), "Open", "sasa{sv}", "monitor", 0, 0);
    crowd_settle(crowd);
    member_ask(dialler, CALLBUS_PATH, "ListLines", "");
    crowd_settle(crowd);
    uint64_t begin = (uint64_t) g_get_monotonic_time();
    for (guint i = 0; i < calls; i++)
        member_ask(dialler, LINE("loop0"), "Dial", "sa{sv}", "hangup?ring=0&talk=0", 0);
    crowd_settle(crowd);
    AWAIT_CROWD(crowd, crowd_in_state(crowd, "disconnected") == calls * (monitors + 1));
    robust_note("%u calls before %u monitors in %u ms", calls, monitors,
                (unsigned) ((uint64_t) g_get_monotonic_time() - begin) / 1000);
    /* The dialler leaves: the calls are idle for all, and readable. */
    g_autofree char *name = g_strdup(dialler->name);
    crowd_replace(crowd, monitors);
    AWAIT_CROWD(crowd, crowd_in_state(crowd, "idle") == calls * monitors);
    expect_nothing_of(t, name);
    expect_no_loss(crowd);
    for (guint i = 0; i < monitors; i++)
        ck_assert_uint_eq(crowd_at(crowd, i)->added, calls);
    crowd_free(crowd);
}
END_TEST

/* ---- All sorts of clients at once ---- */

typedef enum Role {
    ROLE_MONITOR, /* of loop0 */
    ROLE_DIALLER, /* of a call of its own on loop1 */
    ROLE_OWNER,   /* of what comes in on loop2 */
    ROLE_HOLDER,  /* of a call of its own on mute0, on hold */
} Role;

static void begin_role(Member *member, guint i) {
    switch ((Role) (i % ROLES)) {
    case ROLE_MONITOR:
        member_ask(member, LINE("loop0"), "Open", "sasa{sv}", "monitor", 0, 0);
        break;
    case ROLE_DIALLER:
        member_ask(member, LINE("loop1"), "Dial", "sa{sv}", "answer?ring=0", 0);
        break;
    case ROLE_OWNER:
        member_ask(member, LINE("loop2"), "Open", "sasa{sv}", "owner", 0, 0);
        break;
    case ROLE_HOLDER:
        member_ask(member, LINE("mute0"), "Dial", "sa{sv}", "answer?ring=0", 0);
        break;
    }
}

static guint count_role(guint clients, Role role) {
    return clients / ROLES + (clients % ROLES > role);
}

static void hold_all(Crowd *crowd) {
    AWAIT_CROWD(crowd, crowd_in_state(crowd, "connected") ==
                           count_role(crowd_count(crowd), ROLE_DIALLER) + count_role(crowd_count(crowd), ROLE_HOLDER));
    for (guint i = ROLE_HOLDER; i < crowd_count(crowd); i += ROLES)
        member_ask(crowd_at(crowd, i), crowd_at(crowd, i)->last_path, "Hold", "");
    crowd_settle(crowd);
}

/* The monitors call loop2. The first who opened it owns these calls: it answers each and hands it to another owner. */
static void distribute(Crowd *crowd) {
    for (guint i = 0; i < CALLS_IN; i++)
        member_ask(crowd_at(crowd, ROLES * i), LINE("loop0"), "Dial", "sa{sv}", "102", 0);
    crowd_settle(crowd);
    Member *first = crowd_at(crowd, ROLE_OWNER);
    g_auto(GStrv) paths = member_list_calls(first);
    for (guint i = 0; paths[i]; i++) {
        member_ask(first, paths[i], "Answer", "");
        member_ask(first, paths[i], "Handoff", "s", crowd_at(crowd, ROLE_OWNER + ROLES * (i + 1))->name);
    }
    crowd_settle(crowd);
    ck_assert_uint_eq(first->refused, 0);
    ck_assert_uint_eq(g_strv_length(paths), CALLS_IN);
    for (guint i = 1; i <= CALLS_IN; i++)
        AWAIT_CROWD(crowd, crowd_at(crowd, ROLE_OWNER + ROLES * i)->added == 1);
}

START_TEST(thousands_of_all_sorts) {
    guint clients = FULL_OR(2000, 400);
    Crowd *crowd = crowd_new(t, clients);
    sd_bus *looker = bare_new(t);
    static const char *const lines[] = {LINE("loop0"), LINE("loop1"), LINE("loop2"), LINE("mute0")};
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++)
        sd_bus_message_unref(bare_call(looker, lines[i], "Open", "sasa{sv}", "none", 0, 0));
    guint fds = process_fds(bus_service_pid(t));
    for (guint role = 0; role < ROLES; role++) {
        for (guint i = role; i < clients; i += ROLES)
            begin_role(crowd_at(crowd, i), i);
        crowd_settle(crowd);
    }
    expect_number(looker, LINE("loop0"), "Opens", 1 + count_role(clients, ROLE_MONITOR));
    expect_number(looker, LINE("loop1"), "ActiveCalls", count_role(clients, ROLE_DIALLER));
    hold_all(crowd);
    expect_number(looker, LINE("mute0"), "HeldCalls", count_role(clients, ROLE_HOLDER));
    distribute(crowd);
    AWAIT_CROWD(crowd, crowd_in_state(crowd, "offering") == 0);
    ask_everybody(crowd, CALLBUS_PATH, "ListCalls");
    expect_no_loss(crowd);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);

    crowd_free(crowd);
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        await_number(looker, lines[i], "Opens", 1);
        await_number(looker, lines[i], "ActiveCalls", 0);
        await_number(looker, lines[i], "HeldCalls", 0);
    }
    g_autofree char *handles = service_handles(t);
    ck_assert_str_eq(handles, "");
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), fds);
    bare_free(looker);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("robust-crowd");
    TCase *tcase = bus_case(suite, "crowds");
    tcase_add_unchecked_fixture(tcase, allow_many_files, NULL);
    tcase_add_test(tcase, a_crowd_of_monitors_hears_all);
    tcase_add_test(tcase, thousands_of_all_sorts);
    return bus_main(suite);
}
