/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl hangup, hold, unhold, digits, handoff: become an owner, act, and go without touching the call. */
#include "interfaces/cli/ctl.h"
#include "interfaces/names.h"

#include <string.h>

int ctl_take_call(Ctl *ctl, const Record *call, bool keep) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autofree char *name = ctl_call_name(call);
    int r = remote_open_line(ctl->remote, record_text(call, "Line"), "owner", keep ? "keep" : "drop", &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "open line %s", record_line_name(call));
    r = remote_call(ctl->remote, record_path(call), CALLBUS_CALL_INTERFACE, "SetPrivilege", &error, NULL, "s",
                    "owner");
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "become an owner of %s", name) : EXIT_DONE;
}

/* Waits for the answer to the release, so that our end as a client finds nothing that is ours. */
static void release(Ctl *ctl, const Record *call) {
    _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;

    (void) remote_call(ctl->remote, record_path(call), CALLBUS_CALL_INTERFACE, "Release", &ignored, NULL, NULL);
}

/* One method without an answer of its own, on a call that we own now. */
static int act(Ctl *ctl, const Record *call, sd_bus_message *message, const char *verb) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autofree char *name = ctl_call_name(call);
    int r = remote_call_message(ctl->remote, message, &error, NULL);

    return r < 0 ? ctl_fail_bus(ctl, &error, r, "%s %s", verb, name) : EXIT_DONE;
}

typedef struct Operation {
    const char *verb;
    const char *member;
    const char *const *states; /* where the word fits several calls, one in such a state is meant */
    bool either_end;           /* of a call between two of our lines, either end will do */
    int (*append)(sd_bus_message *message, const char *argument);
    int (*wait)(Ctl *ctl, const Record *call);
} Operation;

static int operate_on(Ctl *ctl, const Operation *operation, const Record *call, const char *argument) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    int r = remote_new_method(ctl->remote, record_path(call), CALLBUS_CALL_INTERFACE, operation->member, &message);
    int status;

    if (r >= 0 && operation->append)
        r = operation->append(message, argument);
    if (r < 0)
        return ctl_fail("cannot %s: %s", operation->verb, g_strerror(-r));
    /* a call that nobody else owns must not end because we leave */
    status = ctl_take_call(ctl, call, record_number(call, "Owners") == 0);
    if (status != EXIT_DONE)
        return status;
    status = act(ctl, call, message, operation->verb);
    if (status == EXIT_DONE && operation->wait)
        status = operation->wait(ctl, call);
    release(ctl, call);
    return status;
}

static int operate(Ctl *ctl, const Operation *operation, char **arguments) {
    g_autoptr(Record) call = NULL;
    int status = ctl_find_call(ctl, arguments[0], operation->states, operation->either_end, &call);

    return status == EXIT_DONE ? operate_on(ctl, operation, call, arguments[1]) : status;
}

static int append_no_options(sd_bus_message *message, const char *argument) {
    return sd_bus_message_append(message, "a{sv}", 0);
}

static int append_text(sd_bus_message *message, const char *argument) {
    return sd_bus_message_append(message, "s", argument);
}

static int append_digits(sd_bus_message *message, const char *argument) {
    return sd_bus_message_append(message, "sa{sv}", argument, 0);
}

typedef struct Generation {
    Ctl *ctl;
    const char *path;
    bool ended;
    bool cancelled;
} Generation;

static int on_digits_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Generation *generation = userdata;
    const char *outcome;

    if (remote_note_owner(generation->ctl->remote, message) == SERVICE_GONE)
        generation->ended = generation->cancelled = true;
    if (!remote_is_service(generation->ctl->remote, message) ||
        !sd_bus_message_is_signal(message, CALLBUS_CALL_INTERFACE, "DigitsSent") ||
        g_strcmp0(sd_bus_message_get_path(message), generation->path) != 0)
        return 0;
    if (sd_bus_message_read(message, "s", &outcome) >= 0) {
        generation->ended = true;
        generation->cancelled = strcmp(outcome, "done") != 0;
    }
    return 0;
}

/* The tones end when their last owner leaves, so we stay until they were sent; the service says so in every case. */
static int wait_for_digits(Ctl *ctl, const Record *call) {
    _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
    Generation generation = {.ctl = ctl, .path = record_path(call)};
    sd_bus *bus = remote_bus(ctl->remote);
    int r = sd_bus_add_filter(bus, &slot, on_digits_message, &generation);

    while (r >= 0 && !generation.ended) {
        r = sd_bus_process(bus, NULL);
        if (r == 0)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    if (r < 0)
        return ctl_fail_bus(ctl, NULL, r, "send digits");
    return generation.cancelled ? ctl_fail("not all digits were sent: the call ended, or others were sent instead")
                                : EXIT_DONE;
}

int ctl_hangup(Ctl *ctl, char **arguments) {
    static const char *const states[] = {
        "offering", "accepted", "dial-tone", "dialing", "proceeding", "ringback", "busy", "special-info", "connected",
        "on-hold", "conferenced", "on-hold-pending-conference", "on-hold-pending-transfer", "disconnected", NULL,
    };
    static const Operation operation = {
        "hang up", "Drop", states, .either_end = true, .append = append_no_options,
    };

    return operate(ctl, &operation, arguments);
}

int ctl_hold(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"connected", NULL};
    static const Operation operation = {"hold", "Hold", states};

    return operate(ctl, &operation, arguments);
}

int ctl_unhold(Ctl *ctl, char **arguments) {
    static const char *const states[] = {
        "on-hold", "on-hold-pending-conference", "on-hold-pending-transfer", NULL,
    };
    static const Operation operation = {"unhold", "Unhold", states};

    return operate(ctl, &operation, arguments);
}

int ctl_digits(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"connected", "conferenced", NULL};
    static const Operation operation = {
        "send digits on", "SendDigits", states, .append = append_digits, .wait = wait_for_digits,
    };
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = remote_follow(ctl->remote, &error);

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "send digits");
    return operate(ctl, &operation, arguments);
}

int ctl_handoff(Ctl *ctl, char **arguments) {
    static const char *const states[] = {
        "offering", "accepted", "dial-tone", "dialing", "proceeding", "ringback", "connected", "on-hold",
        "conferenced", "on-hold-pending-conference", "on-hold-pending-transfer", NULL,
    };
    static const Operation operation = {"hand off", "Handoff", states, .append = append_text};

    return operate(ctl, &operation, arguments);
}
