/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusd's command line. */
#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/options.h"
#include "tests/unit/run.h"

static Options options;
static FILE *output; /* what goes to stdout and stderr */

static void set_up(void) {
    static const char *const variables[] = { "CONFIGURATION_DIRECTORY", "STATE_DIRECTORY" };

    for (size_t i = 0; i < G_N_ELEMENTS(variables); i++)
        g_unsetenv(variables[i]);
    g_setenv("XDG_CONFIG_HOME", "/home/me/.config", true);
    g_setenv("XDG_STATE_HOME", "/home/me/.local/state", true);
    options = (Options) {};
    optind = 0;
    output = tmpfile();
}

static void tear_down(void) {
    options_clear(&options);
    options_clear(&options); /* twice is as once */
    fclose(output);
}

/* With the standard files redirected, as what is wrong is told there. */
static int parse(const char *line) {
    g_autofree char *all = g_strconcat("callbusd ", line, NULL);
    g_auto(GStrv) argv = g_strsplit(all, " ", -1);
    int old_out = dup(STDOUT_FILENO), old_err = dup(STDERR_FILENO), argc = g_strv_length(argv), r;

    if (*line == '\0')
        argc = 1;
    fflush(NULL);
    dup2(fileno(output), STDOUT_FILENO);
    dup2(fileno(output), STDERR_FILENO);
    r = options_parse(argc, argv, &options);
    fflush(NULL);
    dup2(old_out, STDOUT_FILENO);
    dup2(old_err, STDERR_FILENO);
    close(old_out);
    close(old_err);
    return r;
}

static char *told(void) {
    char buffer[8192];
    size_t n;

    rewind(output);
    n = fread(buffer, 1, sizeof(buffer) - 1, output);
    buffer[n] = '\0';
    return g_strdup(buffer);
}

START_TEST(a_session_service_has_the_users_folders) {
    ck_assert_int_eq(parse("--session"), 1);
    ck_assert(!options.system && !options.debug && !options.introspect && !options.config_given);
    ck_assert_str_eq(options.config, "/home/me/.config/callbus");
    ck_assert_str_eq(options.state, "/home/me/.local/state/callbus");
}
END_TEST

START_TEST(a_system_service_has_the_systems_folders) {
    ck_assert_int_eq(parse("--system"), 1);
    ck_assert(options.system);
    ck_assert_str_eq(options.config, "/etc/callbus");
    ck_assert_str_eq(options.state, "/var/lib/callbus");
}
END_TEST

START_TEST(the_service_managers_folders_come_first) {
    g_setenv("CONFIGURATION_DIRECTORY", "/a:/b", true);
    g_setenv("STATE_DIRECTORY", "/c", true);
    ck_assert_int_eq(parse(_i == 0 ? "--session" : "--system"), 1);
    ck_assert_str_eq(options.config, "/a");
    ck_assert_str_eq(options.state, "/c");
    ck_assert(!options.config_given);
}
END_TEST

START_TEST(an_empty_variable_is_none) {
    g_setenv("CONFIGURATION_DIRECTORY", "", true);
    ck_assert_int_eq(parse("--system"), 1);
    ck_assert_str_eq(options.config, "/etc/callbus");
}
END_TEST

START_TEST(folders_that_are_given_win) {
    g_setenv("CONFIGURATION_DIRECTORY", "/a", true);
    ck_assert_int_eq(parse("--config /x --session --state=/y --debug"), 1);
    ck_assert_str_eq(options.config, "/x");
    ck_assert_str_eq(options.state, "/y");
    ck_assert(options.config_given && options.debug);
}
END_TEST

START_TEST(the_last_of_two_folders_wins) {
    ck_assert_int_eq(parse("--session --config /x --config /y --state /a --state /b"), 1);
    ck_assert_str_eq(options.config, "/y");
    ck_assert_str_eq(options.state, "/b");
}
END_TEST

START_TEST(interfaces_are_shown_without_a_bus) {
    ck_assert_int_eq(parse("--introspect"), 1);
    ck_assert(options.introspect);
}
END_TEST

static const struct {
    const char *line, *says;
} all_said[] = {
    { "--help", "Exit status" },
    { "-h", "--session" },
    { "--version", "callbusd " },
    { "--help --nonsense", "Exit status" },
};

START_TEST(some_options_say_all) {
    g_autofree char *text = NULL;

    ck_assert_int_eq(parse(all_said[_i].line), 0);
    text = told();
    ck_assert_msg(strstr(text, all_said[_i].says) != NULL, "it says: %s", text);
}
END_TEST

static const char *const wrong[] = {
    "", "--session --system", "--debug", "--nonsense", "--session --nonsense", "--session argument", "--session --config",
    "--session --state", "--session --debug=yes", "-x", "--session -- --debug",
};

START_TEST(wrong_usage_is_told) {
    g_autofree char *text = NULL;

    ck_assert_int_eq(parse(wrong[_i]), -EINVAL);
    text = told();
    ck_assert_msg(strstr(text, "callbusd") != NULL && strstr(text, "--help") != NULL, "it says: %s", text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_session_service_has_the_users_folders);
    tcase_add_test(tcase, a_system_service_has_the_systems_folders);
    tcase_add_loop_test(tcase, the_service_managers_folders_come_first, 0, 2);
    tcase_add_test(tcase, an_empty_variable_is_none);
    tcase_add_test(tcase, folders_that_are_given_win);
    tcase_add_test(tcase, the_last_of_two_folders_wins);
    tcase_add_test(tcase, interfaces_are_shown_without_a_bus);
    tcase_add_loop_test(tcase, some_options_say_all, 0, G_N_ELEMENTS(all_said));
    tcase_add_loop_test(tcase, wrong_usage_is_told, 0, G_N_ELEMENTS(wrong));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
