/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where passwords come from, what is said of a line in trouble, and when it tries again. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "providers/sip/backoff.h"
#include "providers/sip/credential.h"
#include "providers/sip/trouble.h"
#include "tests/unit/run.h"

static char *folder;

static void set_up(void) {
    folder = g_dir_make_tmp("callbus-credential-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
}

static void tear_down(void) {
    g_autofree char *path = g_build_filename(folder, "password", NULL);

    g_unlink(path);
    g_rmdir(folder);
    g_clear_pointer(&folder, g_free);
}

static char *write_password(const char *text, size_t size, mode_t mode) {
    char *path = g_build_filename(folder, "password", NULL);

    ck_assert(g_file_set_contents(path, text, (gssize) size, NULL));
    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

/* What is read: a password to be freed, or NULL and why. */
static char *read_file(const char *text, size_t size, mode_t mode, char **ret_why) {
    g_autofree char *path = write_password(text, size, mode);
    const SipAccount account = { .password_file = path };
    char *password = NULL;

    *ret_why = NULL;
    if (credential_read(&account, &password, ret_why) < 0)
        ck_assert(g_str_has_prefix(*ret_why, "PasswordFile: '"));
    return password;
}

START_TEST(a_file_has_the_password_in_its_line) {
    const char *const texts[] = { "secret", "secret\n", "secret\r\n" };
    g_autofree char *why = NULL;
    _cleanup_(credential_freep) char *password = read_file(texts[_i], strlen(texts[_i]), 0600, &why);

    ck_assert_str_eq(password, "secret");
}
END_TEST

START_TEST(spaces_are_part_of_it) {
    g_autofree char *why = NULL;
    _cleanup_(credential_freep) char *password = read_file(" se:cret \n", 10, 0400, &why);

    ck_assert_str_eq(password, " se:cret ");
}
END_TEST

START_TEST(others_must_not_read_it) {
    const mode_t modes[] = { 0604, 0644, 0622, 0602 };
    g_autofree char *why = NULL;

    ck_assert_ptr_null(read_file("secret", 6, modes[_i], &why));
    ck_assert_ptr_nonnull(strstr(why, "can be read by others"));
    ck_assert_ptr_null(strstr(why, "secret"));
}
END_TEST

/* Root may give it to the service's own group. */
START_TEST(another_group_must_not_read_it) {
    g_autofree char *path = write_password("secret", 6, 0640), *why = NULL;
    const SipAccount account = { .password_file = path };
    _cleanup_(credential_freep) char *password = NULL;
    bool is_root = geteuid() == 0;

    ck_assert_int_eq(credential_read(&account, &password, &why), is_root ? 0 : -EPERM);
    if (!is_root)
        return;
    ck_assert_int_eq(chown(path, (uid_t) -1, getegid() + 1), 0);
    ck_assert_int_eq(credential_read(&account, &password, &why), -EPERM);
    ck_assert_ptr_nonnull(strstr(why, "can be read by others"));
}
END_TEST

START_TEST(nonsense_is_no_password) {
    static const struct {
        const char *text;
        size_t size;
    } contents[] = { { "", 0 }, { "\n", 1 }, { "one\ntwo\n", 8 }, { "a\0b", 3 } };
    g_autofree char *why = NULL;

    ck_assert_ptr_null(read_file(contents[_i].text, contents[_i].size, 0600, &why));
    ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(a_novel_is_no_password) {
    g_autofree char *text = g_strnfill(4000, 'x'), *why = NULL;

    ck_assert_ptr_null(read_file(text, 4000, 0600, &why));
    ck_assert_ptr_nonnull(strstr(why, "too long"));
}
END_TEST

START_TEST(a_folder_is_no_file) {
    const SipAccount account = { .password_file = folder };
    g_autofree char *why = NULL;
    char *password = NULL;

    ck_assert_int_lt(credential_read(&account, &password, &why), 0);
    ck_assert_ptr_nonnull(strstr(why, "is no file"));
}
END_TEST

START_TEST(a_credential_is_lent) {
    g_autofree char *path = write_password("lent\n", 5, 0440), *why = NULL;
    char name[] = "password";
    const SipAccount account = { .password_credential = name };
    _cleanup_(credential_freep) char *password = NULL;

    g_setenv("CREDENTIALS_DIRECTORY", folder, TRUE);
    ck_assert_int_eq(credential_read(&account, &password, &why), 0);
    ck_assert_str_eq(password, "lent");
    g_unsetenv("CREDENTIALS_DIRECTORY");
    ck_assert_int_lt(credential_read(&account, &password, &why), 0);
    ck_assert_ptr_nonnull(strstr(why, "LoadCredential="));
}
END_TEST

START_TEST(who_has_none_needs_none) {
    const SipAccount account = { 0 };
    char *password = (char *) "", *why = NULL;

    ck_assert_int_eq(credential_read(&account, &password, &why), 0);
    ck_assert_ptr_null(password);
}
END_TEST

START_TEST(each_trouble_has_words) {
    for (int i = TROUBLE_NONE + 1; i < _TROUBLE_MAX; i++) {
        g_autofree char *text = trouble_text((Trouble) i, "sip.example.org", "SIP 599 Why");

        ck_assert_msg(g_str_has_suffix(text, " (SIP 599 Why)") && strlen(text) > 24, "trouble %d: '%s'", i, text);
        ck_assert_ptr_null(strstr(text, "{}"));
    }
    ck_assert_int_eq(trouble_from_status(200, true), TROUBLE_NONE);
    ck_assert_int_eq(trouble_from_status(401, true), TROUBLE_WRONG_PASSWORD);
    ck_assert_int_eq(trouble_from_status(407, false), TROUBLE_NO_PASSWORD);
    ck_assert_int_eq(trouble_from_status(404, true), TROUBLE_UNKNOWN_USER);
    ck_assert_int_eq(trouble_from_status(503, true), TROUBLE_BUSY_SERVER);
    ck_assert_int_eq(trouble_from_status(488, true), TROUBLE_OTHER_ANSWER);
}
END_TEST

START_TEST(who_fails_waits_longer_each_time) {
    Backoff backoff = { 0 };
    uint64_t last = 0, ms;

    for (int i = 0; i < 100; i++) {
        ms = backoff_fail(&backoff, /* lasting= */ false, 0, 0);
        ck_assert_uint_ge(ms, last);
        last = ms;
    }
    ck_assert_uint_eq(last, 120 * 1000);
    ck_assert_uint_ge(backoff_fail(&backoff, false, 0, 255), last);
    ck_assert_uint_le(backoff_fail(&backoff, false, 0, 255), last + last / 4);
}
END_TEST

START_TEST(a_no_is_not_asked_about_again_soon) {
    Backoff backoff = { 0 };

    ck_assert_uint_ge(backoff_fail(&backoff, /* lasting= */ true, 0, 0), 30 * 1000);
}
END_TEST

START_TEST(what_the_registrar_asks_for_counts) {
    Backoff backoff = { 0 };

    ck_assert_uint_ge(backoff_fail(&backoff, false, 77, 0), 77 * 1000);
    ck_assert_uint_le(backoff_fail(&backoff, false, UINT32_MAX, 0), 3600 * 1000);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sip-credential");
    TCase *files = tcase_create("files"), *pure = tcase_create("pure");

    tcase_add_checked_fixture(files, set_up, tear_down);
    tcase_add_loop_test(files, a_file_has_the_password_in_its_line, 0, 3);
    tcase_add_test(files, spaces_are_part_of_it);
    tcase_add_loop_test(files, others_must_not_read_it, 0, 4);
    tcase_add_test(files, another_group_must_not_read_it);
    tcase_add_loop_test(files, nonsense_is_no_password, 0, 4);
    tcase_add_test(files, a_novel_is_no_password);
    tcase_add_test(files, a_folder_is_no_file);
    tcase_add_test(files, a_credential_is_lent);
    tcase_add_test(files, who_has_none_needs_none);
    suite_add_tcase(suite, files);
    tcase_add_test(pure, each_trouble_has_words);
    tcase_add_test(pure, who_fails_waits_longer_each_time);
    tcase_add_test(pure, a_no_is_not_asked_about_again_soon);
    tcase_add_test(pure, what_the_registrar_asks_for_counts);
    suite_add_tcase(suite, pure);
    return run_suite(suite);
}
