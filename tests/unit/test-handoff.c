/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rule 7: a call is handed to a client, to an application, or to who would be offered it. */
#include "service/priority.h"
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;

/* a talks; b may own. */
static void set_up(void) {
    manager_set_priorities(manager, priorities_new(NULL));
    a = arrives("a");
    b = arrives("b");
    opens_as(b, line0, "org.b", MEDIA_ALL, true);
    handle = talks(a, line0);
}

START_TEST(to_a_client) {
    expect_granted(handle_handoff(handle, "b"));
    expect_story("a~1[Owners=2 OwnerApps=,org.b] b+1(connected)");
    expect_granted(handle_handoff(handle, "b"));
    expect_granted(handle_handoff(handle, "a"));
    expect_story("");
    ck_assert_int_eq(handle_privilege(handle), PRIVILEGE_OWNER);
}
END_TEST

START_TEST(to_an_application) {
    expect_granted(handle_handoff_app(handle, "org.b"));
    expect_story("a~1[Owners=2 OwnerApps=,org.b] b+1(connected)");
    expect_refusal(handle_handoff_app(handle, "org.c"), REFUSAL_TARGET_NOT_FOUND);
    opens_as(a, line0, "org.a", MEDIA_ALL, true);
    forget_story();
    expect_granted(handle_handoff_app(handle, "org.a"));
    expect_story("");
}
END_TEST

START_TEST(to_who_would_be_offered_it) {
    static const char *const list[] = { "org.a", NULL };

    expect_granted(handle_handoff_media(handle, MEDIA_VIDEO));
    expect_story("a~1[Owners=2 OwnerApps=,org.b] b+1(connected)");
    opens_as(a, line0, "org.a", MEDIA_ALL, true);
    expect_granted(handle_handoff_media(handle, MEDIA_VIDEO));
    expect_granted(priorities_set(manager_priorities(manager), MEDIA_VIDEO, list));
    expect_refusal(handle_handoff_media(handle, MEDIA_VIDEO), REFUSAL_TARGET_SELF);
    client_vanish(b);
    opens_as(a, line0, "org.a", MEDIA_ALL, false);
    expect_refusal(handle_handoff_media(handle, MEDIA_VIDEO), REFUSAL_TARGET_NOT_FOUND);
}
END_TEST

START_TEST(nobody_else_gets_it) {
    Client *c = arrives("c");

    opens(c, line0, OPEN_MONITOR);
    expect_refusal(handle_handoff(handle, "c"), REFUSAL_TARGET_NOT_FOUND);
    expect_refusal(handle_handoff(handle, "d"), REFUSAL_TARGET_NOT_FOUND);
    opens(b, drop_line, OPEN_OWNER);
    expect_refusal(handle_handoff(talks(a, drop_line), "c"), REFUSAL_TARGET_NOT_FOUND);
}
END_TEST

START_TEST(a_monitor_hands_nothing_off) {
    Handle *monitor;

    opens(b, line0, OPEN_OWNER_MONITOR);
    talks(a, line0);
    monitor = client_find_handle(b, 1);
    expect_refusal(handle_handoff(monitor, "a"), REFUSAL_NOT_OWNER);
    expect_refusal(handle_handoff_app(monitor, "org.a"), REFUSAL_NOT_OWNER);
    expect_refusal(handle_handoff_media(monitor, MEDIA_VIDEO), REFUSAL_NOT_OWNER);
}
END_TEST

START_TEST(who_has_no_room_gets_nothing) {
    for (unsigned i = 0; i < stage_limits.handles_per_client; i++)
        comes_in(line0, "x");
    forget_story();
    expect_refusal(handle_handoff(handle, "b"), REFUSAL_LIMITS_EXCEEDED);
    expect_refusal(handle_handoff_app(handle, "org.b"), REFUSAL_LIMITS_EXCEEDED);
    expect_story("");
}
END_TEST

START_TEST(an_ended_call_is_handed_off_too) {
    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    ASK(a, handle_drop, handle, REJECT_NONE);
    forget_story();
    expect_granted(handle_handoff(handle, "b"));
    expect_story("b+1(idle)");
    handle_release(client_find_handle(b, 1));
    handle_release(handle);
    expect_story("b-1 a-1");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("handoff");
    TCase *tcase;

    stage_limits = limits_default;
    stage_limits.handles_per_client = 4;
    tcase = stage_case(suite, "handoff");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, to_a_client);
    tcase_add_test(tcase, to_an_application);
    tcase_add_test(tcase, to_who_would_be_offered_it);
    tcase_add_test(tcase, nobody_else_gets_it);
    tcase_add_test(tcase, a_monitor_hands_nothing_off);
    tcase_add_test(tcase, who_has_no_room_gets_nothing);
    tcase_add_test(tcase, an_ended_call_is_handed_off_too);
    return run_suite(suite);
}
