/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl: options, the table of commands, and the way to the bus. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/text.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>

typedef struct Verb {
    const char *name;
    const char *arguments;
    unsigned n_arguments;
    int (*run)(Ctl *ctl, char **arguments);
} Verb;

static const Verb verbs[] = {
    {"lines", "", 0, ctl_lines},
    {"line", "NAME", 1, ctl_line},
    {"dial", "LINE ADDRESS", 2, ctl_dial},
    {"answer", "CALL", 1, ctl_answer},
    {"calls", "", 0, ctl_calls},
    {"show", "CALL", 1, ctl_show},
    {"watch", "", 0, ctl_watch},
    {"hangup", "CALL", 1, ctl_hangup},
    {"hold", "CALL", 1, ctl_hold},
    {"unhold", "CALL", 1, ctl_unhold},
    {"digits", "CALL DIGITS", 2, ctl_digits},
    {"handoff", "CALL TARGET", 2, ctl_handoff},
};

static void print_help(const Look *look) {
    const char *strong = style_on(look, STYLE_STRONG), *off = style_off(look, STYLE_STRONG);
    const char *heading = style_on(look, STYLE_HEADER);

    printf("callbusctl [OPTIONS...] COMMAND ...\n\n"
           "%sPlace, answer and watch the calls on the lines of callbusd.%s\n", strong, off);
    printf("\n%sLines:%s\n"
           "  lines                   List the lines (the default)\n"
           "  line NAME               Show one line\n", heading, off);
    printf("\n%sCalls:%s\n"
           "  dial LINE ADDRESS       Call a number, and stay until the call has ended\n"
           "  answer CALL             Answer a call, and stay until it has ended\n"
           "  calls                   List the calls on all lines\n"
           "  show CALL               Show one call\n"
           "  watch                   Print what happens, one line an event, until Ctrl-C\n"
           "  hangup CALL             End a call, or turn one down that still rings\n"
           "  hold CALL               Put a call on hold\n"
           "  unhold CALL             Take a call back from hold\n"
           "  digits CALL DIGITS      Send tones: 0-9 A-D * #, a pause is ',', a hook flash '!'\n"
           "  handoff CALL TARGET     Make another application an owner: its name on the bus\n", heading, off);
    printf("\n%sOptions:%s\n"
           "  -h --help               Show this help\n"
           "     --version            Show the version\n"
           "     --session            Talk to the session bus (the default)\n"
           "     --system             Talk to the system bus\n"
           "  -H --host=[USER@]HOST   Talk to the system bus of another machine, over ssh\n"
           "     --detach             dial, answer: leave at once, the call goes on\n"
           "  -a --all                calls: also those that have ended\n"
           "  -l --full               Do not shorten\n"
           "     --json=MODE          Print JSON: short, pretty, or off\n"
           "  -j                      Same as --json=pretty on a terminal, else --json=short\n"
           "     --no-legend          Print neither headers nor totals\n"
           "     --no-pager           Accepted; there is no pager\n", heading, off);
    printf("\nCALL is a Call ID or the beginning of one, else LINE, LINE/NUMBER or LINE/ID where that is one call\n"
           "only: 'callbusctl hangup loop0'. The two ends of a call between two lines have one Call ID: say\n"
           "LINE/ID. 'dial' and 'answer' end their call on Ctrl-C; on a terminal the keys 0-9 A-D * # send tones\n"
           "and q hangs up. JSON has the names of the bus properties as keys, 'dial', 'answer' and 'watch' print\n"
           "one object per line; counts of owners, monitors and opens leave out callbusctl itself.\n");
    printf("\n%sExit status:%s\n"
           "  0  done; of dial and answer: connected, and ended in the ordinary way\n"
           "  1  the operation failed                   2  wrong usage\n"
           "  dial and answer tell how the call ended:\n"
           "  3  busy                                   4  no answer\n"
           "  5  rejected, blocked or taken elsewhere   6  not a number that can be reached\n"
           "  7  the network failed                     8  the line or callbusd failed\n"
           "  9  given up before it was answered\n", heading, off);
}

static int set_json(Ctl *ctl, const char *name) {
    ctl->json = json_format_from_string(name);
    if (ctl->json == _JSON_FORMAT_INVALID)
        return ctl_misuse("--json wants short, pretty or off, not '%s'", name);
    return 0;
}

enum {
    OPTION_VERSION = 0x100,
    OPTION_SESSION,
    OPTION_SYSTEM,
    OPTION_DETACH,
    OPTION_JSON,
    OPTION_NO_LEGEND,
    OPTION_NO_PAGER,
};

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"session", no_argument, NULL, OPTION_SESSION},
    {"system", no_argument, NULL, OPTION_SYSTEM},
    {"host", required_argument, NULL, 'H'},
    {"detach", no_argument, NULL, OPTION_DETACH},
    {"all", no_argument, NULL, 'a'},
    {"full", no_argument, NULL, 'l'},
    {"json", required_argument, NULL, OPTION_JSON},
    {"no-legend", no_argument, NULL, OPTION_NO_LEGEND},
    {"no-pager", no_argument, NULL, OPTION_NO_PAGER},
    {},
};

static int refuse_option(int c, char **argv) {
    /* getopt has gone past a long option, but not past the cluster in which a short one stands */
    const char *word = optopt > 0 && optopt < 0x100 ? NULL : argv[optind - 1];
    g_autofree char *name = word ? g_strndup(word, strcspn(word, "=")) : g_strdup_printf("-%c", optopt);

    if (c == ':')
        return ctl_misuse("%s wants a value; 'callbusctl --help' tells which", name);
    if (optopt >= 0x100)
        return ctl_misuse("%s takes no value", name);
    return ctl_misuse("there is no option %s; 'callbusctl --help' lists them", name);
}

/* 1: go on; else *ret_status says how to end. */
static int parse_option(Ctl *ctl, int c, char **argv, int *ret_status) {
    *ret_status = EXIT_DONE;
    switch (c) {
    case 'h':
        print_help(&ctl->look);
        return 0;
    case OPTION_VERSION:
        puts("callbusctl " CALLBUS_VERSION);
        return 0;
    case OPTION_SESSION:
        ctl->bus = REMOTE_SESSION;
        return 1;
    case OPTION_SYSTEM:
        ctl->bus = REMOTE_SYSTEM;
        return 1;
    case 'H':
        ctl->bus = REMOTE_HOST;
        ctl->host = optarg;
        return 1;
    case OPTION_DETACH:
        ctl->detach = true;
        return 1;
    case 'a':
        ctl->all = true;
        return 1;
    case 'l':
        ctl->full = true;
        return 1;
    case 'j':
        ctl->json = ctl->look.terminal ? JSON_PRETTY : JSON_SHORT;
        return 1;
    case OPTION_JSON:
        *ret_status = set_json(ctl, optarg);
        return *ret_status == EXIT_DONE;
    case OPTION_NO_LEGEND:
        ctl->legend = false;
        return 1;
    case OPTION_NO_PAGER:
        return 1;
    default:
        *ret_status = refuse_option(c, argv);
        return 0;
    }
}

static int parse_options(Ctl *ctl, int argc, char **argv, int *ret_status) {
    bool session = false;
    int c, r;

    opterr = 0;
    while ((c = getopt_long(argc, argv, ":hajlH:", options, NULL)) >= 0) {
        r = parse_option(ctl, c, argv, ret_status);
        if (r <= 0)
            return r;
        session = session || c == OPTION_SESSION;
    }
    if (session && ctl->host) {
        *ret_status = ctl_misuse("--host reaches the system bus of that machine: leave --session out");
        return 0;
    }
    if (ctl->host)
        ctl->bus = REMOTE_HOST;
    if (ctl->full)
        ctl->look.width = WIDTH_UNLIMITED;
    return 1;
}

static int refuse_verb(const char *name) {
    const char *names[G_N_ELEMENTS(verbs) + 1] = {}, *nearest;

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        names[i] = verbs[i].name;
    nearest = text_nearest(name, names);
    if (nearest)
        return ctl_misuse("there is no command '%s'; did you mean '%s'?", name, nearest);
    return ctl_misuse("there is no command '%s'; 'callbusctl --help' lists them", name);
}

static const Verb *find_verb(const char *name) {
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (g_str_equal(verbs[i].name, name))
            return &verbs[i];

    return NULL;
}

static int fail_to_connect(const Ctl *ctl, int r) {
    switch (ctl->bus) {
    case REMOTE_SESSION:
        return ctl_fail("cannot reach the session bus: %s; set DBUS_SESSION_BUS_ADDRESS, start one with "
                        "'dbus-run-session', or say --system", g_strerror(-r));
    case REMOTE_SYSTEM:
        return ctl_fail("cannot reach the system bus: %s; is dbus running?", g_strerror(-r));
    case REMOTE_HOST:
        return ctl_fail("cannot reach the system bus of %s: %s; does 'ssh %s' work, and is systemd-stdio-bridge "
                        "there?", ctl->host, g_strerror(-r), ctl->host);
    }
    return EXIT_FAILED;
}

static int run(Ctl *ctl, const Verb *verb, char **arguments) {
    _cleanup_(remote_freep) Remote *remote = NULL;
    int r = remote_new(ctl->bus, ctl->host, &remote);

    if (r < 0)
        return fail_to_connect(ctl, r);
    ctl->remote = remote;
    return verb->run(ctl, arguments);
}

int main(int argc, char **argv) {
    Ctl ctl = {.legend = true, .bus = REMOTE_SESSION, .json = JSON_OFF};
    const Verb *verb = &verbs[0];
    unsigned given = 0;
    int status;

    setlocale(LC_ALL, "");
    ctl.look = look_of(STDOUT_FILENO);
    if (parse_options(&ctl, argc, argv, &status) <= 0)
        return status;
    if (optind < argc) {
        verb = find_verb(argv[optind]);
        if (!verb)
            return refuse_verb(argv[optind]);
        given = (unsigned) (argc - optind - 1);
    }
    if (given != verb->n_arguments)
        return ctl_misuse("'%s' wants %s; say 'callbusctl %s%s%s'", verb->name,
                          *verb->arguments ? verb->arguments : "no argument", verb->name,
                          *verb->arguments ? " " : "", verb->arguments);
    status = run(&ctl, verb, argv + optind + 1);
    if (fflush(stdout) != 0 || ferror(stdout))
        return ctl_fail("cannot write: %s", g_strerror(errno));
    return status;
}
