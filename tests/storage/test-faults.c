/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every operation on the disk fails once, or from then on for ever, in every way: nothing that was acknowledged is lost. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/storage/disk.h"
#include "tests/storage/keeper.h"
#include "tests/unit/run.h"

enum { TURNS = 6 };

static const struct {
    const char *what;
    DiskOperation operation;
    int code;
    bool half;
} faults[] = {
    { "opening", DISK_OPEN, SQLITE_CANTOPEN },
    { "opening: broken", DISK_OPEN, SQLITE_IOERR },
    { "reading", DISK_READ, SQLITE_IOERR_READ },
    { "writing: broken", DISK_WRITE, SQLITE_IOERR_WRITE },
    { "writing: disk full", DISK_WRITE, SQLITE_FULL },
    { "writing: disk full in the middle", DISK_WRITE, SQLITE_FULL, true },
    { "writing: broken in the middle", DISK_WRITE, SQLITE_IOERR_WRITE, true },
    { "writing: read-only", DISK_WRITE, SQLITE_READONLY },
    { "syncing", DISK_SYNC, SQLITE_IOERR_FSYNC },
    { "syncing: disk full", DISK_SYNC, SQLITE_FULL },
    { "truncating", DISK_TRUNCATE, SQLITE_IOERR_TRUNCATE },
    { "locking", DISK_LOCK, SQLITE_IOERR_LOCK },
    { "locking: busy", DISK_LOCK, SQLITE_BUSY },
    { "deleting", DISK_DELETE, SQLITE_IOERR_DELETE },
};

static char *folder, *image;
static DiskFault plan;

static void set_up(void) {
    folder = keeper_folder();
    image = keeper_folder();
    plan = (DiskFault) {};
    disk_install(&plan, NULL);
}

static void tear_down(void) {
    disk_remove();
    keeper_remove(folder);
    keeper_remove(image);
}

/* As if the service was killed here. */
static void check_image(unsigned acknowledged, const char *when) {
    static const char *const names[] = { "callbus.db", "callbus.db-wal" };
    g_autofree char *wrong = NULL;

    keeper_empty(image);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *from = g_build_filename(folder, names[i], NULL), *to = g_build_filename(image, names[i], NULL), *data = NULL;
        size_t size = 0;

        if (g_file_get_contents(from, &data, &size, NULL))
            ck_assert(g_file_set_contents(to, data, (ssize_t) size, NULL));
    }
    wrong = keeper_check(image, acknowledged);
    ck_assert_msg(!wrong, "%s, then killed: %s", when, wrong);
}

/* Opens, whatever fails: at the latest when nothing does any more. */
static Keeper *open_keeper(const char *when) {
    Keeper *keeper = NULL;
    g_autofree char *why = NULL;
    int r = keeper_new(folder, DURABILITY_POWER, &keeper, &why);

    if (r >= 0)
        return keeper;
    ck_assert_msg(why && *why && !strchr(why, '\n'), "%s: it says '%s'", when, why);
    ck_assert_msg(r == -EIO || r == -ENOSPC || r == -EROFS || r == -EACCES || r == -EBUSY || r == -EBADMSG, "%s: it is %d", when, r);
    plan.operations = 0;
    g_clear_pointer(&why, g_free);
    r = keeper_new(folder, DURABILITY_POWER, &keeper, &why);
    ck_assert_msg(r >= 0, "%s, and then not: %s", when, why);
    return keeper;
}

static void work(Keeper *keeper) {
    for (unsigned i = 0; i < TURNS; i++) {
        int r = keeper_turn(keeper, 2000);

        ck_assert(r <= 0);
        /* It may fail as anything else. */
        if (i == TURNS / 2)
            keeper_tidy(keeper);
    }
}

/* 0: there was nothing left to fail. */
static unsigned try(unsigned which, unsigned after, unsigned times) {
    g_autofree char *when = g_strdup_printf("%s, the %uth %s", faults[which].what, after + 1, times == 1 ? "once" : "and on");
    g_autofree char *wrong = NULL;
    Keeper *keeper;
    unsigned failed;

    keeper_empty(folder);
    plan = (DiskFault) { .operations = DISK_BIT(faults[which].operation), .code = faults[which].code, .half = faults[which].half,
                         .after = after, .times = times };
    keeper = open_keeper(when);
    work(keeper);
    failed = plan.failed;
    plan.operations = 0;
    check_image(keeper_acknowledged(keeper), when);

    /* There is room again: what waited is written, and all is there. */
    ck_assert_msg(keeper_commit(keeper) == 0, "%s, and then not: it can't be written", when);
    ck_assert_uint_eq(keeper_acknowledged(keeper), TURNS);
    keeper_free(keeper);
    wrong = keeper_check(folder, TURNS);
    ck_assert_msg(!wrong, "%s, and then not: %s", when, wrong);
    return failed;
}

START_TEST(each_fails_once) {
    unsigned after = 0;

    while (try(_i, after, 1) > 0)
        after++;
    ck_assert_msg(after > 0 || faults[_i].operation == DISK_DELETE, "%s never happened", faults[_i].what);
}
END_TEST

START_TEST(each_fails_from_then_on) {
    unsigned after = 0;

    while (try(_i, after, DISK_FOR_EVER) > 0)
        after++;
}
END_TEST

START_TEST(the_files_are_the_users_alone) {
    Keeper *keeper = open_keeper("nothing");
    static const char *const names[] = { "callbus.db", "callbus.db-wal" };

    umask(0);
    work(keeper);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);
        struct stat st;

        ck_assert_int_eq(stat(path, &st), 0);
        ck_assert_msg((st.st_mode & 0777) == 0600, "%s has mode %o", path, st.st_mode);
    }
    keeper_free(keeper);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("storage-faults");
    TCase *tcase = tcase_create("faults");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 240);
    tcase_add_loop_test(tcase, each_fails_once, 0, G_N_ELEMENTS(faults));
    tcase_add_loop_test(tcase, each_fails_from_then_on, 0, G_N_ELEMENTS(faults));
    tcase_add_test(tcase, the_files_are_the_users_alone);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
