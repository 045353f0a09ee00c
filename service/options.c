/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options: callbusd's command line, and the folders that follow from it. */
#include "service/options.h"

#include <errno.h>
#include <getopt.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

enum {
    OPTION_SESSION = 256,
    OPTION_SYSTEM,
    OPTION_CONFIG,
    OPTION_STATE,
    OPTION_DEBUG,
    OPTION_INTROSPECT,
    OPTION_VERSION,
    OPTION_HELP,
};

static const struct option long_options[] = {
    { "session", no_argument, NULL, OPTION_SESSION },
    { "system", no_argument, NULL, OPTION_SYSTEM },
    { "config", required_argument, NULL, OPTION_CONFIG },
    { "state", required_argument, NULL, OPTION_STATE },
    { "debug", no_argument, NULL, OPTION_DEBUG },
    { "introspect", no_argument, NULL, OPTION_INTROSPECT },
    { "version", no_argument, NULL, OPTION_VERSION },
    { "help", no_argument, NULL, OPTION_HELP },
    {},
};

static void print_help(void) {
    printf("callbusd --session|--system [OPTION...]\n"
           "\n"
           "Puts telephone lines and calls on D-Bus.\n"
           "\n"
           "  --session       Serve org.callbus1 on the session bus\n"
           "  --system        Serve org.callbus1 on the system bus\n"
           "  --config DIR    Read callbusd.conf and lines.d/*.conf from DIR\n"
           "                  (session: ~/.config/callbus, system: /etc/callbus)\n"
           "  --state DIR     Keep state in DIR\n"
           "                  (session: ~/.local/state/callbus, system: /var/lib/callbus)\n"
           "  --debug         Log more; let clients of the same user read each other's\n"
           "                  handles, and use org.callbus1.Debug\n"
           "  --introspect    Print the D-Bus interfaces as XML and exit\n"
           "  --version       Print the version and exit\n"
           "  -h, --help      Print this text and exit\n"
           "\n"
           "Exit status: 0 stopped by a signal; 2 wrong command line; 69 somebody else has the\n"
           "name org.callbus1; 74 the state folder can't be used; 75 the bus is not there,\n"
           "went away, or took the name away; 78 the configuration has a mistake.\n");
}

static int fail_usage(const char *what) {
    fprintf(stderr, "callbusd: %s; see callbusd --help\n", what);
    return -EINVAL;
}

/* What getopt_long() would tell itself, without a word of --help. */
static int fail_option(int option, const char *argument) {
    g_autofree char *what = NULL;

    if (option == ':')
        what = g_strdup_printf("%s wants a value", argument);
    else if (optopt > 0 && optopt < OPTION_SESSION)
        what = g_strdup_printf("there is no option -%c", optopt);
    else
        what = g_strdup_printf("%s%s", optopt > 0 ? "no value is wanted in " : "there is no option ", argument);
    return fail_usage(what);
}

/* A folder of the service manager's, or the usual one. */
static char *default_folder(bool system, const char *variable, const char *system_folder, const char *user_folder) {
    const char *given = g_getenv(variable);

    if (given && *given)
        /* The service manager may name several: the first is ours. */
        return g_strndup(given, strcspn(given, ":"));
    return system ? g_strdup(system_folder) : g_build_filename(user_folder, "callbus", NULL);
}

static void fill_folders(Options *options) {
    if (!options->config)
        options->config = default_folder(options->system, "CONFIGURATION_DIRECTORY", "/etc/callbus", g_get_user_config_dir());
    if (!options->state)
        options->state = default_folder(options->system, "STATE_DIRECTORY", "/var/lib/callbus", g_get_user_state_dir());
}

static int apply(int option, Options *options, bool *session) {
    switch (option) {
    case OPTION_SESSION:
        *session = true;
        return 1;
    case OPTION_SYSTEM:
        options->system = true;
        return 1;
    case OPTION_CONFIG:
        g_free(options->config);
        options->config = g_strdup(optarg);
        options->config_given = true;
        return 1;
    case OPTION_STATE:
        g_free(options->state);
        options->state = g_strdup(optarg);
        return 1;
    case OPTION_DEBUG:
        options->debug = true;
        return 1;
    case OPTION_INTROSPECT:
        options->introspect = true;
        return 1;
    case OPTION_VERSION:
        printf("callbusd " CALLBUS_VERSION "\n");
        return 0;
    case OPTION_HELP:
    case 'h':
        print_help();
        return 0;
    }
    return -EINVAL;
}

int options_parse(int argc, char **argv, Options *ret) {
    bool session = false;
    int option, r;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) >= 0) {
        if (option == '?' || option == ':')
            return fail_option(option, argv[optind - 1]);
        r = apply(option, ret, &session);
        if (r <= 0)
            return r;
    }
    if (optind < argc)
        return fail_usage("there are only options, no arguments");
    if (ret->introspect)
        return 1;
    if (session == ret->system)
        return fail_usage("give either --session or --system");
    fill_folders(ret);
    return 1;
}

void options_clear(Options *options) {
    g_clear_pointer(&options->config, g_free);
    g_clear_pointer(&options->state, g_free);
}
