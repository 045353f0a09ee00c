/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl hangup, hold, unhold, mute, unmute, secure, redirect, park, complete, split, handoff: one method of one call. */
#include "interfaces/cli/ctl.h"

#include <string.h>

typedef struct Operation {
    const char *verb;
    const char *member;
    const char *const *states; /* where the word fits several calls, one in such a state is meant */
    bool either_end;           /* of a call between two of our lines, either end will do */
    const char *types;         /* of what the method takes: nothing, an argument, a flag, or options that are empty */
    bool flag;
    const char *result;        /* the text that it returns is printed, under this name as JSON */
} Operation;

static int act(Ctl *ctl, const Operation *operation, const Record *call, const char *argument,
               sd_bus_message **ret_reply) {
    switch (*operation->types) {
    case 's':
        return ctl_do(ctl, call, operation->verb, operation->member, ret_reply, "s", argument);
    case 'b':
        return ctl_do(ctl, call, operation->verb, operation->member, ret_reply, "b", (int) operation->flag);
    case 'a':
        if (ctl->reason)
            return ctl_do(ctl, call, operation->verb, operation->member, ret_reply, "a{sv}", 1, "reason", "s",
                          ctl->reason);
        return ctl_do(ctl, call, operation->verb, operation->member, ret_reply, "a{sv}", 0);
    default:
        return ctl_do(ctl, call, operation->verb, operation->member, ret_reply, "");
    }
}

static int print_result(const Ctl *ctl, const char *key, sd_bus_message *reply) {
    const char *text;
    int r = sd_bus_message_read(reply, "s", &text);

    if (r < 0)
        return ctl_fail_bus(ctl, NULL, r, "understand the answer");
    ctl_print_value(ctl, key, text);
    return EXIT_DONE;
}

static int operate(Ctl *ctl, const Operation *operation, char **arguments) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    g_autoptr(Record) call = NULL;
    const char *argument = arguments[0] && arguments[1] ? arguments[1] : "";
    int status = ctl_find_call(ctl, arguments[0], operation->states, operation->either_end, &call);

    if (status == EXIT_DONE)
        status = ctl_borrow_call(ctl, call);
    if (status != EXIT_DONE)
        return status;
    status = act(ctl, operation, call, argument, &reply);
    if (status == EXIT_DONE && operation->result)
        status = print_result(ctl, operation->result, reply);
    ctl_release(ctl, record_path(call));
    return status;
}

static const char *const connected[] = {"connected", NULL};

int ctl_hangup(Ctl *ctl, char **arguments) {
    static const char *const states[] = {
        "offering", "accepted", "dial-tone", "dialing", "proceeding", "ringback", "busy", "special-info", "connected",
        "on-hold", "conferenced", "on-hold-pending-conference", "on-hold-pending-transfer", "disconnected", NULL,
    };
    static const Operation operation = {"hang up", "Drop", states, .either_end = true, .types = "a{sv}"};

    return operate(ctl, &operation, arguments);
}

int ctl_hold(Ctl *ctl, char **arguments) {
    static const Operation operation = {"hold", "Hold", connected, .types = ""};

    return operate(ctl, &operation, arguments);
}

int ctl_unhold(Ctl *ctl, char **arguments) {
    static const char *const states[] = {
        "on-hold", "on-hold-pending-conference", "on-hold-pending-transfer", NULL,
    };
    static const Operation operation = {"unhold", "Unhold", states, .types = ""};

    return operate(ctl, &operation, arguments);
}

int ctl_mute(Ctl *ctl, char **arguments) {
    static const Operation operation = {"mute", "Mute", connected, .types = "b", .flag = true};

    return operate(ctl, &operation, arguments);
}

int ctl_unmute(Ctl *ctl, char **arguments) {
    static const Operation operation = {"unmute", "Mute", connected, .types = "b", .flag = false};

    return operate(ctl, &operation, arguments);
}

int ctl_secure(Ctl *ctl, char **arguments) {
    static const Operation operation = {"secure", "Secure", connected, .types = ""};

    return operate(ctl, &operation, arguments);
}

int ctl_redirect(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"offering", NULL};
    static const Operation operation = {"redirect", "Redirect", states, .types = "s"};

    return operate(ctl, &operation, arguments);
}

int ctl_park(Ctl *ctl, char **arguments) {
    static const Operation operation = {"park", "Park", connected, .types = "s", .result = "Place"};

    return operate(ctl, &operation, arguments);
}

int ctl_complete(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"busy", "ringback", NULL};
    static const Operation operation = {
        "complete", "CompleteCall", states, .types = "s", .result = "CompletionId",
    };

    return operate(ctl, &operation, arguments);
}

int ctl_split(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"conferenced", NULL};
    static const Operation operation = {"split off", "RemoveFromConference", states, .types = ""};

    return operate(ctl, &operation, arguments);
}

int ctl_handoff(Ctl *ctl, char **arguments) {
    static const char *const states[] = {
        "offering", "accepted", "dial-tone", "dialing", "proceeding", "ringback", "connected", "on-hold",
        "conferenced", "on-hold-pending-conference", "on-hold-pending-transfer", NULL,
    };
    static const Operation operation = {"hand off", "Handoff", states, .types = "s"};

    return operate(ctl, &operation, arguments);
}
