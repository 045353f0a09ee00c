/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priorities: who is offered calls first; checked, kept on disk, and obeyed. */
#include "service/priority.h"

#include <glib/gstdio.h>
#include <limits.h>
#include <sys/stat.h>

#include "tests/unit/stage.h"

#define LIST(...) ((const char *const[]) { __VA_ARGS__, NULL })

static char *folder, *path;

static void set_up(void) {
    folder = g_dir_make_tmp("callbus-priority-XXXXXX", NULL);
    path = g_build_filename(folder, "priorities.conf", NULL);
}

static void tear_down(void) {
    g_autofree char *bad = g_strconcat(path, ".bad", NULL);

    g_unlink(path);
    g_unlink(bad);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
}

static char *list_of(const Priorities *priorities, MediaMode mode) {
    return g_strjoinv(" ", (char **) priorities_get(priorities, mode));
}

static void expect_list(const Priorities *priorities, MediaMode mode, const char *expected) {
    g_autofree char *list = list_of(priorities, mode);

    ck_assert_str_eq(list, expected);
}

/* ---- The list ---- */

START_TEST(a_list_is_kept) {
    Priorities *priorities = priorities_new(path);

    expect_granted(priorities_set(priorities, MEDIA_VIDEO, LIST("org.a", "org.b")));
    expect_granted(priorities_set(priorities, MEDIA_TDD, LIST("org.c")));
    expect_granted(priorities_set(priorities, MEDIA_TDD, LIST(NULL)));
    expect_list(priorities, MEDIA_VIDEO, "org.a org.b");
    priorities_free(priorities);
    priorities = priorities_new(path);
    expect_list(priorities, MEDIA_VIDEO, "org.a org.b");
    expect_list(priorities, MEDIA_TDD, "");
    ck_assert_uint_eq(priorities_rank(priorities, MEDIA_VIDEO, "org.b"), 1);
    ck_assert_uint_eq(priorities_rank(priorities, MEDIA_VIDEO, "org.c"), UINT_MAX);
    ck_assert_uint_eq(priorities_rank(priorities, MEDIA_TDD, "org.c"), UINT_MAX);
    priorities_free(priorities);
}
END_TEST

START_TEST(none_is_none) {
    ck_assert_ptr_null(priorities_free(NULL));
    expect_list(NULL, MEDIA_VIDEO, "");
    ck_assert_uint_eq(priorities_rank(NULL, MEDIA_VIDEO, "org.a"), UINT_MAX);
}
END_TEST

START_TEST(without_a_file_it_is_in_memory) {
    Priorities *priorities = priorities_new(NULL);

    expect_granted(priorities_set(priorities, MEDIA_VIDEO, LIST("org.a")));
    expect_list(priorities, MEDIA_VIDEO, "org.a");
    priorities_free(priorities);
}
END_TEST

START_TEST(a_bad_list_changes_nothing) {
    const char *many[APPS_MAX + 2] = {};
    Priorities *priorities = priorities_new(path);

    for (int i = 0; i <= APPS_MAX; i++)
        many[i] = g_strdup_printf("org.app%d", i);
    expect_granted(priorities_set(priorities, MEDIA_VIDEO, LIST("org.a")));
    expect_refusal(priorities_set(priorities, MEDIA_VIDEO, LIST("org.b", "")), REFUSAL_INVALID_ARGS);
    expect_refusal(priorities_set(priorities, MEDIA_VIDEO, LIST("org.b", "org.c", "org.b")), REFUSAL_INVALID_ARGS);
    expect_refusal(priorities_set(priorities, MEDIA_VIDEO, many), REFUSAL_TOO_BIG);
    expect_list(priorities, MEDIA_VIDEO, "org.a");
    priorities_free(priorities);
    for (int i = 0; i <= APPS_MAX; i++)
        g_free((char *) many[i]);
}
END_TEST

START_TEST(what_can_not_be_saved_has_not_changed) {
    g_autofree char *nowhere = g_build_filename(folder, "nowhere", "priorities.conf", NULL);
    Priorities *priorities = priorities_new(nowhere);

    expect_refusal(priorities_set(priorities, MEDIA_VIDEO, LIST("org.a")), REFUSAL_IO_ERROR);
    expect_list(priorities, MEDIA_VIDEO, "");
    priorities_free(priorities);
}
END_TEST

START_TEST(a_broken_file_is_set_aside) {
    g_autofree char *bad = g_strconcat(path, ".bad", NULL);
    Priorities *priorities;

    ck_assert(g_file_set_contents(path, "no [file of ours", -1, NULL));
    priorities = priorities_new(path);
    expect_list(priorities, MEDIA_VIDEO, "");
    ck_assert(g_file_test(bad, G_FILE_TEST_EXISTS));
    ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS));
    expect_granted(priorities_set(priorities, MEDIA_VIDEO, LIST("org.a")));
    priorities_free(priorities);
}
END_TEST

START_TEST(what_is_no_file_of_ours_is_set_aside) {
    g_autofree char *bad = g_strconcat(path, ".bad", NULL);
    Priorities *priorities;

    if (_i == 0)
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    else
        ck_assert(g_file_set_contents(path, "", 0, NULL) && truncate(path, 1024 * 1024 + 1) == 0);
    priorities = priorities_new(path);
    expect_list(priorities, MEDIA_VIDEO, "");
    ck_assert(g_file_test(bad, G_FILE_TEST_EXISTS));
    expect_granted(priorities_set(priorities, MEDIA_VIDEO, LIST("org.a")));
    ck_assert(g_file_test(path, G_FILE_TEST_IS_REGULAR));
    priorities_free(priorities);
}
END_TEST

/* A folder in its place can be set aside; where it stands in the way of that, it stays. */
START_TEST(what_can_not_be_set_aside_stays) {
    g_autofree char *bad = g_strconcat(path, ".bad", NULL), *in_the_way = g_build_filename(bad, "x", NULL);
    Priorities *priorities;

    ck_assert(g_file_set_contents(path, "no [file of ours", -1, NULL));
    ck_assert_int_eq(g_mkdir(bad, 0700), 0);
    ck_assert_int_eq(g_mkdir(in_the_way, 0700), 0);
    priorities = priorities_new(path);
    expect_list(priorities, MEDIA_VIDEO, "");
    ck_assert(g_file_test(path, G_FILE_TEST_EXISTS));
    priorities_free(priorities);
    g_rmdir(in_the_way);
    g_rmdir(bad);
}
END_TEST

START_TEST(a_bad_list_in_the_file_is_ignored) {
    Priorities *priorities;

    ck_assert(g_file_set_contents(path, "[Priorities]\nvideo=org.a;org.a;\ntdd=org.b;\n", -1, NULL));
    priorities = priorities_new(path);
    expect_list(priorities, MEDIA_VIDEO, "");
    expect_list(priorities, MEDIA_TDD, "org.b");
    priorities_free(priorities);
}
END_TEST

/* ---- Who is offered a call ---- */

static Client *a, *b, *c;

static void offer_stage(void) {
    stage_begin();
    manager_set_priorities(manager, priorities_new(NULL));
    a = arrives("a");
    b = arrives("b");
    c = arrives("c");
    opens_as(a, line0, "org.a", MEDIA_ALL, true);
    opens_as(b, line0, "org.b", MEDIA_ALL, true);
    opens_as(c, line0, "org.c", MEDIA_BIT(MEDIA_VIDEO), true);
}

static Call *offered(MediaMode mode) {
    return provider_report_incoming(line0, &(IncomingInfo) { .call_id = "x", .media_mode = mode });
}

START_TEST(the_first_in_the_list_is_offered_a_call) {
    expect_granted(priorities_set(manager_priorities(manager), MEDIA_INTERACTIVE_VOICE, LIST("org.c", "org.z", "org.b")));
    offered(MEDIA_INTERACTIVE_VOICE);
    offered(MEDIA_VIDEO);
    expect_granted(priorities_set(manager_priorities(manager), MEDIA_VIDEO, LIST("org.c")));
    offered(MEDIA_VIDEO);
    expect_story("b+1(offering) a+1(offering) c+1(offering)");
}
END_TEST

START_TEST(who_is_lost_is_followed_by_the_next) {
    expect_granted(priorities_set(manager_priorities(manager), MEDIA_VIDEO, LIST("org.c", "org.b")));
    offered(MEDIA_VIDEO);
    client_vanish(c);
    client_vanish(b);
    client_vanish(a);
    expect_story("");
    c = arrives("c");
    opens_as(c, line0, "org.c", MEDIA_ALL, true);
    expect_story("");
}
END_TEST

START_TEST(who_is_not_to_be_offered_any_is_not) {
    opens_as(b, line0, "org.b", MEDIA_ALL, false);
    expect_granted(priorities_set(manager_priorities(manager), MEDIA_VIDEO, LIST("org.b")));
    offered(MEDIA_VIDEO);
    expect_story("a+1(offering)");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("priority");
    TCase *tcase = tcase_create("list");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_list_is_kept);
    tcase_add_test(tcase, none_is_none);
    tcase_add_test(tcase, without_a_file_it_is_in_memory);
    tcase_add_test(tcase, a_bad_list_changes_nothing);
    tcase_add_test(tcase, what_can_not_be_saved_has_not_changed);
    tcase_add_test(tcase, a_broken_file_is_set_aside);
    tcase_add_loop_test(tcase, what_is_no_file_of_ours_is_set_aside, 0, 2);
    tcase_add_test(tcase, what_can_not_be_set_aside_stays);
    tcase_add_test(tcase, a_bad_list_in_the_file_is_ignored);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("offer");
    tcase_add_checked_fixture(tcase, offer_stage, stage_end);
    tcase_add_test(tcase, the_first_in_the_list_is_offered_a_call);
    tcase_add_test(tcase, who_is_lost_is_followed_by_the_next);
    tcase_add_test(tcase, who_is_not_to_be_offered_any_is_not);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
