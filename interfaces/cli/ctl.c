/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl: options, the table of commands, and the way to the bus. */
#include "interfaces/cli/agent.h"
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/text.h"
#include "service/types.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>

typedef struct Verb {
    const char *name;
    const char *arguments;
    unsigned least, most;
    int (*run)(Ctl *ctl, char **arguments);
} Verb;

static const Verb verbs[] = {
    {"lines", "", 0, 0, ctl_lines},
    {"line", "NAME", 1, UINT_MAX, ctl_line},
    {"forward", "LINE [WHEN TO]...", 1, UINT_MAX, ctl_forward},
    {"priority", "[MODE [APP...]]", 0, UINT_MAX, ctl_priority},
    {"dial", "[LINE] ADDRESS", 1, 2, ctl_dial},
    {"redial", "[ID]", 0, 1, ctl_redial},
    {"open", "URI", 1, 1, ctl_open},
    {"answer", "[CALL]", 0, 1, ctl_answer},
    {"pickup", "LINE [ADDRESS]", 1, 2, ctl_pickup},
    {"redirect", "CALL ADDRESS", 2, 2, ctl_redirect},
    {"complete", "CALL MODE", 2, 2, ctl_complete},
    {"cancel", "LINE ID", 2, 2, ctl_cancel},
    {"calls", "", 0, 0, ctl_calls},
    {"show", "[CALL]", 0, 1, ctl_show},
    {"watch", "", 0, 0, ctl_watch},
    {"log", "", 0, UINT_MAX, ctl_log},
    {"hangup", "[CALL]", 0, 1, ctl_hangup},
    {"hold", "[CALL]", 0, 1, ctl_hold},
    {"unhold", "[CALL]", 0, 1, ctl_unhold},
    {"swap", "CALL [CALL]", 1, 2, ctl_swap},
    {"mute", "[CALL]", 0, 1, ctl_mute},
    {"unmute", "[CALL]", 0, 1, ctl_unmute},
    {"secure", "CALL", 1, 1, ctl_secure},
    {"audio", "[CALL]", 0, 1, ctl_audio},
    {"digits", "CALL DIGITS", 2, 2, ctl_digits},
    {"gather", "CALL [MAX]", 1, 2, ctl_gather},
    {"tone", "CALL TONE [SECONDS]", 2, 3, ctl_tone},
    {"park", "CALL [PLACE]", 1, 2, ctl_park},
    {"unpark", "LINE PLACE", 2, 2, ctl_unpark},
    {"handoff", "CALL TARGET", 2, 2, ctl_handoff},
    {"transfer", "CALL [ADDRESS]", 1, 2, ctl_transfer},
    {"conference", "[CALL...]", 0, UINT_MAX, ctl_conference},
    {"split", "CALL", 1, 1, ctl_split},
};

static int set_json(Ctl *ctl, const char *name) {
    ctl->json = json_format_from_string(name);
    if (ctl->json == _JSON_FORMAT_INVALID)
        return ctl_misuse("--json wants short, pretty or off, not '%s'", name);
    return 0;
}

static int set_states(Ctl *ctl, const char *names) {
    g_strfreev(ctl->states);
    ctl->states = g_strsplit(names, ",", -1);
    for (char **name = ctl->states; *name; name++)
        if ((int) call_state_from_string(*name) < 0)
            return ctl_misuse("'%s' is no state of a call; 'callbusctl calls' shows them", *name);
    return EXIT_DONE;
}

enum {
    OPTION_VERSION = 0x100,
    OPTION_SESSION,
    OPTION_SYSTEM,
    OPTION_DETACH,
    OPTION_MEDIA_MODE,
    OPTION_HIDE_CALLER_ID,
    OPTION_RING_TIME,
    OPTION_DEVICE,
    OPTION_VOLUME,
    OPTION_CONSULT,
    OPTION_GROUP,
    OPTION_REASON,
    OPTION_STATE,
    OPTION_CLEAR,
    OPTION_DND,
    OPTION_DIGITS,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_LINE,
    OPTION_NUMBER,
    OPTION_MISSED,
    OPTION_OUTCOME,
    OPTION_DIRECTION,
    OPTION_REVERSE,
    OPTION_EXPORT,
    OPTION_REMOVE,
    OPTION_YES,
    OPTION_JSON,
    OPTION_NO_LEGEND,
    OPTION_NO_PAGER,
    OPTION_NO_AUTO_START,
    OPTION_NO_ASK_PASSWORD,
};

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"session", no_argument, NULL, OPTION_SESSION},
    {"system", no_argument, NULL, OPTION_SYSTEM},
    {"host", required_argument, NULL, 'H'},
    {"detach", no_argument, NULL, OPTION_DETACH},
    {"media-mode", required_argument, NULL, OPTION_MEDIA_MODE},
    {"hide-caller-id", no_argument, NULL, OPTION_HIDE_CALLER_ID},
    {"ring-time", required_argument, NULL, OPTION_RING_TIME},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"volume", required_argument, NULL, OPTION_VOLUME},
    {"consult", no_argument, NULL, OPTION_CONSULT},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"reason", required_argument, NULL, OPTION_REASON},
    {"state", required_argument, NULL, OPTION_STATE},
    {"clear", no_argument, NULL, OPTION_CLEAR},
    {"dnd", no_argument, NULL, OPTION_DND},
    {"digits", no_argument, NULL, OPTION_DIGITS},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"until", required_argument, NULL, OPTION_UNTIL},
    {"line", required_argument, NULL, OPTION_LINE},
    {"number", required_argument, NULL, OPTION_NUMBER},
    {"missed", no_argument, NULL, OPTION_MISSED},
    {"outcome", required_argument, NULL, OPTION_OUTCOME},
    {"direction", required_argument, NULL, OPTION_DIRECTION},
    {"lines", required_argument, NULL, 'n'},
    {"reverse", no_argument, NULL, OPTION_REVERSE},
    {"follow", no_argument, NULL, 'f'},
    {"export", required_argument, NULL, OPTION_EXPORT},
    {"remove", no_argument, NULL, OPTION_REMOVE},
    {"yes", no_argument, NULL, OPTION_YES},
    {"all", no_argument, NULL, 'a'},
    {"quiet", no_argument, NULL, 'q'},
    {"full", no_argument, NULL, 'l'},
    {"json", required_argument, NULL, OPTION_JSON},
    {"no-legend", no_argument, NULL, OPTION_NO_LEGEND},
    {"no-pager", no_argument, NULL, OPTION_NO_PAGER},
    {"no-auto-start", no_argument, NULL, OPTION_NO_AUTO_START},
    {"no-ask-password", no_argument, NULL, OPTION_NO_ASK_PASSWORD},
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

/* The options that switch something on. NULL for others. */
static bool *find_switch(Ctl *ctl, int c) {
    switch (c) {
    case OPTION_DETACH:
        return &ctl->detach;
    case OPTION_HIDE_CALLER_ID:
        return &ctl->hide_caller_id;
    case OPTION_CONSULT:
        return &ctl->consult;
    case OPTION_CLEAR:
        return &ctl->clear;
    case OPTION_DND:
        return &ctl->dnd;
    case OPTION_DIGITS:
        return &ctl->digits;
    case OPTION_NO_LEGEND:
        return &ctl->no_legend;
    case OPTION_NO_AUTO_START:
        return &ctl->no_auto_start;
    case OPTION_NO_ASK_PASSWORD:
        return &ctl->no_ask_password;
    case OPTION_NO_PAGER:
        return &ctl->no_pager;
    case 'a':
        return &ctl->all;
    case 'q':
        return &ctl->quiet;
    case 'l':
        return &ctl->full;
    case OPTION_MISSED:
        return &ctl->log.missed;
    case OPTION_REVERSE:
        return &ctl->log.reverse;
    case 'f':
        return &ctl->log.follow;
    case OPTION_REMOVE:
        return &ctl->log.remove;
    case OPTION_YES:
        return &ctl->log.yes;
    default:
        return NULL;
    }
}

/* The options whose value is looked at by their command. NULL for others. */
static const char **find_text(Ctl *ctl, int c) {
    switch (c) {
    case OPTION_MEDIA_MODE:
        return &ctl->media_mode;
    case OPTION_RING_TIME:
        return &ctl->ring_time;
    case OPTION_DEVICE:
        return &ctl->device;
    case OPTION_VOLUME:
        return &ctl->volume;
    case OPTION_GROUP:
        return &ctl->group;
    case OPTION_REASON:
        return &ctl->reason;
    case OPTION_SINCE:
        return &ctl->log.since;
    case OPTION_UNTIL:
        return &ctl->log.until;
    case OPTION_LINE:
        return &ctl->log.line;
    case OPTION_NUMBER:
        return &ctl->log.number;
    case OPTION_OUTCOME:
        return &ctl->log.outcome;
    case OPTION_DIRECTION:
        return &ctl->log.direction;
    case 'n':
        return &ctl->log.lines;
    case OPTION_EXPORT:
        return &ctl->log.export;
    default:
        return NULL;
    }
}

/* 1: go on; else *ret_status says how to end. */
static int parse_option(Ctl *ctl, int c, char **argv, int *ret_status) {
    bool *flag = find_switch(ctl, c);
    const char **text = find_text(ctl, c);

    *ret_status = EXIT_DONE;
    if (text) {
        *text = optarg;
        return 1;
    }
    if (flag) {
        *flag = true;
        return 1;
    }
    switch (c) {
    case 'h':
        ctl_print_help(&ctl->look);
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
    case OPTION_STATE:
        *ret_status = set_states(ctl, optarg);
        return *ret_status == EXIT_DONE;
    case 'j':
        ctl->json = ctl->look.terminal ? JSON_PRETTY : JSON_SHORT;
        return 1;
    case OPTION_JSON:
        *ret_status = set_json(ctl, optarg);
        return *ret_status == EXIT_DONE;
    default:
        *ret_status = refuse_option(c, argv);
        return 0;
    }
}

static int parse_options(Ctl *ctl, int argc, char **argv, int *ret_status) {
    bool session = false;
    int c, r;

    opterr = 0;
    while ((c = getopt_long(argc, argv, ":haqjlH:n:f", options, NULL)) >= 0) {
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

/* What would change the meaning of a command must not be overlooked. */
static int check_options(const Ctl *ctl, const Verb *verb) {
    const struct {
        bool given;
        const char *option, *verbs[4];
    } particular[] = {
        {ctl->media_mode, "--media-mode", {"dial", "redial"}},
        {ctl->hide_caller_id, "--hide-caller-id", {"dial", "redial"}},
        {ctl->ring_time, "--ring-time", {"dial", "redial"}},
        {ctl->device, "--device", {"audio"}},
        {ctl->volume, "--volume", {"audio"}},
        {ctl->consult, "--consult", {"transfer", "conference"}},
        {ctl->group, "--group", {"pickup"}},
        {ctl->reason, "--reason", {"hangup"}},
        {ctl->states, "--state", {"calls"}},
        {ctl->clear, "--clear", {"forward", "priority", "log"}},
        {ctl->dnd, "--dnd", {"forward"}},
        {ctl->digits, "--digits", {"watch"}},
        {ctl->log.since, "--since", {"log"}},
        {ctl->log.until, "--until", {"log"}},
        {ctl->log.line, "--line", {"log", "redial"}},
        {ctl->log.number, "--number", {"log"}},
        {ctl->log.missed, "--missed", {"log", "redial"}},
        {ctl->log.outcome, "--outcome", {"log"}},
        {ctl->log.direction, "--direction", {"log"}},
        {ctl->log.lines, "--lines", {"log"}},
        {ctl->log.reverse, "--reverse", {"log"}},
        {ctl->log.follow, "--follow", {"log"}},
        {ctl->log.export, "--export", {"log"}},
        {ctl->log.remove, "--remove", {"log"}},
        {ctl->log.yes, "--yes", {"log"}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(particular); i++)
        if (particular[i].given && !g_strv_contains(particular[i].verbs, verb->name))
            return ctl_misuse("'%s' takes no %s", verb->name, particular[i].option);
    return EXIT_DONE;
}

static int check_arguments(const Verb *verb, char **arguments) {
    unsigned given = g_strv_length(arguments);

    for (char **argument = arguments; *argument; argument++)
        if (!g_utf8_validate(*argument, -1, NULL))
            return ctl_misuse("an argument is not UTF-8 text");
    if (given >= verb->least && given <= verb->most)
        return EXIT_DONE;
    return ctl_misuse("'%s' wants %s; say 'callbusctl %s%s%s'", verb->name,
                      *verb->arguments ? verb->arguments : "no argument", verb->name, *verb->arguments ? " " : "",
                      verb->arguments);
}

/* Only where there are several users, and for what could need a right; what is quiet is not to be a surprise. */
static bool may_ask(const Ctl *ctl, const Verb *verb, char **arguments) {
    bool looks = verb->run == ctl_lines || (verb->run == ctl_line && g_strv_length(arguments) == 1);

    return ctl->bus == REMOTE_SYSTEM && !looks && !ctl->no_ask_password && !ctl->quiet;
}

static int run(Ctl *ctl, const Verb *verb, char **arguments) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(agent_stopp) Agent *agent = NULL;
    _cleanup_(remote_freep) Remote *remote = NULL;
    int r = remote_new(ctl->bus, ctl->host, &remote);

    if (r < 0)
        return fail_to_connect(ctl, r);
    ctl->remote = remote;
    if (may_ask(ctl, verb, arguments)) {
        remote_allow_asking(remote);
        agent = agent_start();
    }
    r = ctl->no_auto_start ? remote_find(remote, &error) : 0;
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "reach callbusd") : verb->run(ctl, arguments);
}

static int run_line(Ctl *ctl, int argc, char **argv) {
    static char *no_arguments[] = {NULL};
    char **arguments = no_arguments;
    const Verb *verb = &verbs[0];
    int status;

    if (parse_options(ctl, argc, argv, &status) <= 0)
        return status;
    if (optind < argc) {
        verb = find_verb(argv[optind]);
        if (!verb)
            return refuse_verb(argv[optind]);
        arguments = argv + optind + 1;
    }
    status = check_options(ctl, verb);
    if (status == EXIT_DONE)
        status = check_arguments(verb, arguments);
    return status == EXIT_DONE ? run(ctl, verb, arguments) : status;
}

int main(int argc, char **argv) {
    Ctl ctl = {.bus = REMOTE_SESSION, .json = JSON_OFF};
    int status;

    setlocale(LC_ALL, "");
    ctl.look = look_of(STDOUT_FILENO);
    status = run_line(&ctl, argc, argv);
    g_strfreev(ctl.states);
    if (fflush(stdout) != 0 || ferror(stdout))
        return ctl_fail("cannot write: %s", g_strerror(errno));
    return status;
}
