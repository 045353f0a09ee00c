/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The counter that rises with every start. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/epoch.h"
#include "tests/unit/run.h"

static char *folder, *file;

static void set_up(void) {
    folder = g_dir_make_tmp("callbus-epoch-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    file = g_build_filename(folder, "epoch", NULL);
}

/* Only what a test may have left; none goes deeper. */
static void tear_down(void) {
    static const char *const names[] = { "epoch", "epoch.new", "deep/er/epoch", "deep/er", "deep" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        remove(path);
    }
    ck_assert_int_eq(rmdir(folder), 0);
    g_free(file);
    g_free(folder);
}

static void expect_raise(const char *where, uint64_t expected) {
    g_autofree char *why = NULL;
    uint64_t epoch = 0;

    ck_assert_msg(epoch_raise(where, &epoch, &why) == 0, "%s", why);
    ck_assert_ptr_null(why);
    ck_assert_uint_eq(epoch, expected);
}

/* It fails, the text names what is wrong, and nothing was changed. */
static void expect_failure(const char *where, int error, const char *text) {
    g_autofree char *why = NULL, *before = NULL, *after = NULL;
    uint64_t epoch = 77;
    int r;

    g_file_get_contents(file, &before, NULL, NULL);
    r = epoch_raise(where, &epoch, &why);
    g_file_get_contents(file, &after, NULL, NULL);
    ck_assert_msg(r == -error, "it is %d", r);
    ck_assert_msg(why && strstr(why, text) && strstr(why, where), "it says '%s'", why);
    ck_assert_ptr_null(strchr(why, '\n'));
    ck_assert_uint_eq(epoch, 77);
    ck_assert_pstr_eq(after, before);
}

static void write_epoch(const char *text, ssize_t size) {
    ck_assert(g_file_set_contents(file, text, size, NULL));
}

START_TEST(it_rises_by_one) {
    for (uint64_t i = 1; i <= 20; i++)
        expect_raise(folder, i);
}
END_TEST

START_TEST(it_is_on_the_disk) {
    g_autofree char *text = NULL;
    struct stat st;

    expect_raise(folder, 1);
    expect_raise(folder, 2);
    ck_assert(g_file_get_contents(file, &text, NULL, NULL));
    ck_assert_str_eq(text, "2\n");
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(the_folder_is_made) {
    g_autofree char *deep = g_build_filename(folder, "deep", "er", NULL);
    struct stat st;

    expect_raise(deep, 1);
    expect_raise(deep, 2);
    ck_assert_int_eq(stat(deep, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0700);
}
END_TEST

START_TEST(it_goes_on_from_what_is_written) {
    write_epoch("41\n", -1);
    expect_raise(folder, 42);
    write_epoch("18446744073709551613\n", -1);
    expect_raise(folder, UINT64_MAX - 1);
    expect_raise(folder, UINT64_MAX);
}
END_TEST

static const struct {
    const char *text;
    ssize_t size;
} corrupt[] = {
    { "", 0 },          { "\n", -1 },        { "x\n", -1 },       { "1x\n", -1 },  { "-1\n", -1 },
    { " 1\n", -1 },     { "+1\n", -1 },      { "1", -1 },         { "1\n\n", -1 }, { "1 \n", -1 },
    { "1\n2\n", -1 },   { "0x10\n", -1 },    { "1.5\n", -1 },     { "1\0\n", 3 },  { "1\r\n", -1 },
    { "18446744073709551615\n", -1 },        { "18446744073709551616\n", -1 },
    { "99999999999999999999999999999999999999999999\n", -1 },     { "\xff\xfe\n", -1 },
};

START_TEST(a_corrupt_file_is_told_and_left) {
    write_epoch(corrupt[_i].text, corrupt[_i].size);
    expect_failure(folder, EBADMSG, "epoch: not a number");
}
END_TEST

START_TEST(a_folder_that_is_none_is_told) {
    write_epoch("5\n", -1);
    /* The file in place of a folder. */
    expect_failure(file, ENOTDIR, "--state");
}
END_TEST

START_TEST(a_file_that_is_none_is_told) {
    ck_assert_int_eq(mkdir(file, 0700), 0);
    expect_failure(folder, EISDIR, "must be");
}
END_TEST

/* Root may read all: somebody else may not. */
static void expect_denied(const char *path, const char *text) {
    bool root = geteuid() == 0;

    ck_assert_int_eq(chmod(path, 0), 0);
    ck_assert_int_eq(root ? seteuid(65534) : 0, 0);
    expect_failure(folder, EACCES, text);
    ck_assert_int_eq(root ? seteuid(0) : 0, 0);
    ck_assert_int_eq(chmod(path, 0700), 0);
}

START_TEST(a_folder_that_cant_be_read_is_told) {
    expect_denied(folder, "--state");
}
END_TEST

START_TEST(a_file_that_cant_be_read_is_told) {
    expect_raise(folder, 1);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    expect_denied(file, "epoch: Permission denied: it must be readable");
}
END_TEST

START_TEST(a_folder_that_cant_be_written_is_told) {
    g_autofree char *in_the_way = g_build_filename(folder, "epoch.new", NULL);

    expect_raise(folder, 1);
    ck_assert_int_eq(mkdir(in_the_way, 0700), 0);
    expect_failure(folder, EISDIR, "it must be writable");
    ck_assert_int_eq(rmdir(in_the_way), 0);
    expect_raise(folder, 2);
}
END_TEST

START_TEST(what_a_crash_left_is_no_harm) {
    g_autofree char *half = g_build_filename(folder, "epoch.new", NULL);

    write_epoch("7\n", -1);
    ck_assert(g_file_set_contents(half, "99", -1, NULL));
    expect_raise(folder, 8);
}
END_TEST

enum { PROCESSES = 8, RAISES = 100 };

/* Writes each epoch that it got into the pipe. */
static void raise_often(int fd) {
    for (int i = 0; i < RAISES; i++) {
        g_autofree char *why = NULL;
        uint64_t epoch = 0;

        if (epoch_raise(folder, &epoch, &why) < 0 || write(fd, &epoch, sizeof(epoch)) != sizeof(epoch))
            _exit(1);
    }
    _exit(0);
}

START_TEST(no_epoch_is_given_twice) {
    bool seen[PROCESSES * RAISES + 1] = {};
    int fds[2], status;
    uint64_t epoch;

    ck_assert_int_eq(pipe(fds), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
            raise_often(fds[1]);
    close(fds[1]);
    for (int i = 0; i < PROCESSES * RAISES; i++) {
        ck_assert_int_eq(read(fds[0], &epoch, sizeof(epoch)), sizeof(epoch));
        ck_assert_uint_ge(epoch, 1);
        ck_assert_uint_le(epoch, PROCESSES * RAISES);
        ck_assert_msg(!seen[epoch], "epoch %d came twice", (int) epoch);
        seen[epoch] = true;
    }
    ck_assert_int_eq(read(fds[0], &epoch, sizeof(epoch)), 0);
    close(fds[0]);
    for (int i = 0; i < PROCESSES; i++) {
        ck_assert_int_gt(wait(&status), 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    expect_raise(folder, PROCESSES * RAISES + 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("epoch");
    TCase *tcase = tcase_create("epoch");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, it_rises_by_one);
    tcase_add_test(tcase, it_is_on_the_disk);
    tcase_add_test(tcase, the_folder_is_made);
    tcase_add_test(tcase, it_goes_on_from_what_is_written);
    tcase_add_loop_test(tcase, a_corrupt_file_is_told_and_left, 0, G_N_ELEMENTS(corrupt));
    tcase_add_test(tcase, a_folder_that_is_none_is_told);
    tcase_add_test(tcase, a_file_that_is_none_is_told);
    tcase_add_test(tcase, a_folder_that_cant_be_read_is_told);
    tcase_add_test(tcase, a_file_that_cant_be_read_is_told);
    tcase_add_test(tcase, a_folder_that_cant_be_written_is_told);
    tcase_add_test(tcase, what_a_crash_left_is_no_harm);
    tcase_add_test(tcase, no_epoch_is_given_twice);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
