/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines by their settings: what is the provider's own, and those that are given by keys and values. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "service/line-setting.h"
#include "tests/unit/run.h"

/* A file of that name with that text; NULL: it is not good, and why. */
static LineSetting *read_file(const char *name, const char *text, char **ret_why) {
    _cleanup_(settings_file_freep) SettingsFile *file = NULL;
    g_autofree char *folder = g_dir_make_tmp("callbus-line-XXXXXX", NULL), *path = g_build_filename(folder, name, NULL);
    LineSetting *line = NULL;

    ck_assert(g_file_set_contents(path, text, -1, NULL));
    line_setting_read(path, &file, &line, ret_why);
    unlink(path);
    rmdir(folder);
    return line;
}

static LineSetting *read_line(const char *text) {
    g_autofree char *why = NULL;
    LineSetting *line = read_file("line.conf", text, &why);

    ck_assert_msg(line, "%s", why);
    return line;
}

START_TEST(an_account_is_all_that_a_file_needs) {
    _cleanup_(line_setting_freep) LineSetting *line = NULL;

    line = read_line("[Sip]\nRegistrar=example.org\nUser=anna\n");
    ck_assert_str_eq(line->name, "line");
    ck_assert_str_eq(line->label, "line");
    ck_assert_str_eq(line->provider, "sip");
    ck_assert_str_eq(line->own[3], "anna");
}
END_TEST

START_TEST(what_a_file_says_is_not_guessed) {
    _cleanup_(line_setting_freep) LineSetting *named = NULL, *looped = NULL;
    g_autofree char *why = NULL;

    named = read_line("[Line]\nName=desk\nAddresses=20\n");
    ck_assert_str_eq(named->name, "desk");
    ck_assert_str_eq(named->provider, "loopback");
    looped = read_file("line.conf", "[Line]\nProvider=loopback\nAddresses=20\n[Sip]\nUser=anna\n", &why);
    ck_assert_ptr_null(looped);
    ck_assert_msg(strstr(why, "unknown group [Sip]"), "%s", why);
}
END_TEST

START_TEST(a_file_may_have_a_name_that_no_line_has) {
    _cleanup_(line_setting_freep) LineSetting *line = NULL, *named = NULL;
    g_autofree char *why = NULL, *nothing = NULL;

    line = read_file("10-desk.conf", "[Sip]\nUser=anna\n", &why);
    ck_assert_ptr_null(line);
    ck_assert_msg(strstr(why, "key Name is missing"), "%s", why);
    named = read_file("10-desk.conf", "[Line]\nName=desk\n[Sip]\nUser=anna\n", &nothing);
    ck_assert_str_eq(named->name, "desk");
}
END_TEST

START_TEST(what_is_the_providers_own_goes_to_it) {
    _cleanup_(line_setting_freep) LineSetting *line = NULL;
    LineConfig config;

    line = read_line("[Sip]\nUser = 20 ; 21\nRegistrar=example.org\n[Line]\nName=desk\nProvider=sip\n");
    line_setting_config(line, &config);
    ck_assert_str_eq(config.settings[0], "User");
    ck_assert_str_eq(config.settings[1], "20 ; 21");
    ck_assert_str_eq(config.settings[2], "Registrar");
    ck_assert_str_eq(config.settings[3], "example.org");
    ck_assert_ptr_null(config.settings[4]);
    ck_assert(g_str_has_suffix(config.source, "/line.conf"));
    /* Its network tells which numbers it has. */
    ck_assert_ptr_null(config.info.addresses[0]);
}
END_TEST

START_TEST(a_line_is_made_of_keys_and_values) {
    static const char *const given[] = { "User", "20", "Label", " Front desk", "CallId", "no", NULL };
    _cleanup_(line_setting_freep) LineSetting *line = NULL, *again = NULL;
    g_autofree char *text = NULL, *why = NULL;

    ck_assert_int_eq(line_setting_make("desk", "sip", given, &line, &text, &why), 0);
    ck_assert(line->added && !line->call_id);
    ck_assert_str_eq(line->own[0], "User");
    ck_assert_ptr_null(line->own[2]);
    /* The file says the same. */
    again = read_line(text);
    ck_assert_str_eq(again->label, "Front desk");
    ck_assert_str_eq(again->provider, "sip");
    ck_assert_str_eq(again->own[1], "20");
    ck_assert(!again->call_id);
}
END_TEST

static const struct {
    const char *name, *provider;
    const char *settings[5];
    const char *why;
} bad_makes[] = {
    { "a b", "sip", {}, "Name: 'a b' is not 1 to 64" },
    { "a", "SIP", {}, "Provider: 'SIP' is no provider" },
    { "a", "loopback", {}, "key Addresses is missing" },
    { "a", "sip", { "Password", "x" }, "Password: no password" },
    { "a", "sip", { "PASSWORD", "x" }, "PASSWORD: no password" },
    { "a", "sip", { "Name", "b" }, "Name: it is given already" },
    { "a", "sip", { "User", "b", "User", "c" }, "User: it is given already" },
    { "a", "sip", { "User", "b\n[Line]" }, "User: the value must be one line" },
    { "a", "sip", { "A=b", "c" }, "'A=b' is no key" },
    { "a", "sip", { "", "c" }, "'' is no key" },
    { "a", "sip", { "CallId", "maybe" }, "CallId: 'maybe' is not yes or no" },
};

START_TEST(mistakes_in_keys_and_values_are_told) {
    LineSetting *line = NULL;
    g_autofree char *why = NULL;

    ck_assert_int_eq(line_setting_make(bad_makes[_i].name, bad_makes[_i].provider, bad_makes[_i].settings, &line, NULL, &why), -EINVAL);
    ck_assert_ptr_null(line);
    ck_assert_msg(g_str_has_prefix(why, bad_makes[_i].why), "it says '%s'", why);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("line-setting");
    TCase *tcase = tcase_create("line-setting");

    tcase_add_test(tcase, an_account_is_all_that_a_file_needs);
    tcase_add_test(tcase, what_a_file_says_is_not_guessed);
    tcase_add_test(tcase, a_file_may_have_a_name_that_no_line_has);
    tcase_add_test(tcase, what_is_the_providers_own_goes_to_it);
    tcase_add_test(tcase, a_line_is_made_of_keys_and_values);
    tcase_add_loop_test(tcase, mistakes_in_keys_and_values_are_told, 0, G_N_ELEMENTS(bad_makes));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
