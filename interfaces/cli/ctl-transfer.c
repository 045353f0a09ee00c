/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl swap, transfer: two calls of a line, and three people. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/select.h"
#include "interfaces/names.h"

#include <string.h>

static bool is_held(const Record *call) {
    return state_is_held(record_text(call, "State"));
}

static bool is_in(const Record *call, const char *state) {
    return strcmp(record_text(call, "State"), state) == 0;
}

static int take_both(Ctl *ctl, const Record *one, const Record *other) {
    int status = ctl_borrow_call(ctl, one);

    return status == EXIT_DONE ? ctl_borrow_call(ctl, other) : status;
}

static void release_both(Ctl *ctl, const Record *one, const Record *other) {
    ctl_release(ctl, record_path(one));
    ctl_release(ctl, record_path(other));
}

/* Which of the two is to be the one on hold. */
static void assign(const Record **held, const Record **talking) {
    const Record *one = *held, *other = *talking;
    bool exchange;

    if (is_held(one) != is_held(other))
        exchange = is_held(other);
    else if (is_held(one))
        exchange = is_in(other, "on-hold-pending-transfer"); /* back from its hold its consultation would end */
    else
        exchange = !is_in(one, "connected");
    if (exchange) {
        *held = other;
        *talking = one;
    }
}

/* One must be on hold and the other not. *ret_undo is what takes that back, or NULL. */
static int arrange(Ctl *ctl, const Record *held, const Record *talking, const Record **ret_changed,
                   const char **ret_undo) {
    bool one = is_held(held), other = is_held(talking);

    *ret_changed = one ? talking : held;
    *ret_undo = one == other ? (one ? "Hold" : "Unhold") : NULL;
    if (one != other)
        return EXIT_DONE;
    return ctl_do(ctl, *ret_changed, one ? "unhold" : "hold", one ? "Unhold" : "Hold", NULL, "");
}

static int complete(Ctl *ctl, const Record *held, const Record *talking, const char *mode, char **ret_path) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;
    const Record *changed;
    const char *undo, *path = "/", *verb = strcmp(mode, "transfer") == 0 ? "transfer" : "make a conference of";
    int status = arrange(ctl, held, talking, &changed, &undo);

    if (status != EXIT_DONE)
        return status;
    status = ctl_do(ctl, held, verb, "CompleteTransfer", &reply, "os", record_path(talking), mode);
    if (status != EXIT_DONE && undo)
        (void) remote_call(ctl->remote, record_path(changed), CALLBUS_CALL_INTERFACE, undo, &ignored, NULL, NULL);
    if (status == EXIT_DONE && sd_bus_message_read(reply, "o", &path) < 0)
        return ctl_fail_bus(ctl, NULL, -EBADMSG, "understand the answer");
    if (status == EXIT_DONE)
        *ret_path = g_strdup(path);
    return status;
}

int ctl_unite(Ctl *ctl, const Record *one, const Record *other, const char *mode, char **ret_path) {
    const Record *held = one, *talking = other;
    int status = take_both(ctl, one, other);

    if (status != EXIT_DONE)
        return status;
    assign(&held, &talking);
    status = complete(ctl, held, talking, mode, ret_path);
    release_both(ctl, one, other);
    return status;
}

int ctl_consult(Ctl *ctl, const Record *call, const char *member, const char *address) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *conference = NULL, *consultation;
    bool two = strcmp(member, "SetupConference") == 0;
    int r, status = ctl_borrow_call(ctl, call);

    if (status != EXIT_DONE)
        return status;
    status = ctl_do(ctl, call, "consult about", member, &reply, "sa{sv}", address, 1, "on-owner-lost", "s", "keep");
    ctl_release(ctl, record_path(call));
    if (status != EXIT_DONE)
        return status;
    r = two ? sd_bus_message_read(reply, "oo", &conference, &consultation)
            : sd_bus_message_read(reply, "o", &consultation);
    if (r < 0)
        return ctl_fail_bus(ctl, NULL, r, "understand the answer");
    if (conference) {
        ctl_keep(ctl, conference);
        ctl_release(ctl, conference);
    }
    ctl_keep(ctl, consultation);
    return ctl_leave(ctl, consultation);
}

static int swap(Ctl *ctl, const Record *one, const Record *other) {
    const Record *held = is_in(one, "connected") ? other : one, *active = held == one ? other : one;
    int status = take_both(ctl, one, other);

    if (status != EXIT_DONE)
        return status;
    status = ctl_do(ctl, active, "swap", "SwapHold", NULL, "o", record_path(held));
    release_both(ctl, one, other);
    return status;
}

/* Of the calls, the one that talks and the one on hold, if that is plain. */
static bool find_pair(const GPtrArray *calls, const Record **ret_active, const Record **ret_held) {
    unsigned n_active = 0, n_held = 0;

    for (unsigned i = 0; i < calls->len; i++) {
        const Record *call = g_ptr_array_index(calls, i);
        if (is_in(call, "connected")) {
            *ret_active = call;
            n_active++;
        } else if (is_held(call)) {
            *ret_held = call;
            n_held++;
        }
    }
    return n_active == 1 && n_held == 1;
}

int ctl_swap(Ctl *ctl, char **arguments) {
    g_autoptr(GPtrArray) all = NULL, calls = NULL;
    const Record *active = NULL, *held = NULL;
    int status;

    if (arguments[1]) {
        status = ctl_find_together(ctl, arguments, &all, &calls);
        return status == EXIT_DONE ? swap(ctl, g_ptr_array_index(calls, 0), g_ptr_array_index(calls, 1)) : status;
    }
    status = ctl_find_calls(ctl, arguments[0], &all, &calls);
    if (status != EXIT_DONE)
        return status;
    if (!find_pair(calls, &active, &held))
        return ctl_fail("'%s' is not one call that talks and one on hold: name both; 'callbusctl calls' lists them",
                        arguments[0]);
    return swap(ctl, active, held);
}

static int transfer_blindly(Ctl *ctl, const Record *call, const char *address) {
    int status = ctl_borrow_call(ctl, call);

    if (status != EXIT_DONE)
        return status;
    status = ctl_do(ctl, call, "transfer", "BlindTransfer", NULL, "s", address);
    ctl_release(ctl, record_path(call));
    return status;
}

/* With what was set up for the call. */
static int transfer_pending(Ctl *ctl, const char *what) {
    static const char *const states[] = {"on-hold-pending-transfer", NULL};
    g_autoptr(GPtrArray) all = NULL;
    g_autofree char *path = NULL, *name = NULL;
    Record *call = NULL, *partner;
    int status = ctl_find_among(ctl, what, states, false, &all, &call);

    if (status != EXIT_DONE)
        return status;
    partner = select_partner(all, call);
    if (partner)
        return ctl_unite(ctl, call, partner, "transfer", &path);
    name = ctl_call_name(call);
    if (is_held(call))
        return ctl_fail("nobody is called about %s any more: 'callbusctl unhold %s' takes it back", name, name);
    return ctl_fail("nobody was called about %s: say 'callbusctl transfer %s ADDRESS', with --consult to speak first",
                    name, name);
}

static int transfer_to_call(Ctl *ctl, char **arguments) {
    g_autoptr(GPtrArray) all = NULL, calls = NULL;
    g_autofree char *path = NULL;
    int status = ctl_find_together(ctl, arguments, &all, &calls);

    if (status != EXIT_DONE)
        return status;
    return ctl_unite(ctl, g_ptr_array_index(calls, 0), g_ptr_array_index(calls, 1), "transfer", &path);
}

int ctl_transfer(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"connected", NULL};
    g_autoptr(GPtrArray) all = NULL, meant = NULL;
    g_autoptr(Record) call = NULL;
    int status;

    if (!ctl->consult && !arguments[1])
        return transfer_pending(ctl, arguments[0]);
    status = ctl_find_calls(ctl, arguments[0], &all, &meant);
    if (status == EXIT_DONE && !ctl->consult && select_is_plain_call(all, arguments[1]))
        return transfer_to_call(ctl, arguments);
    if (status == EXIT_DONE)
        status = ctl_find_call(ctl, arguments[0], states, false, &call);
    if (status != EXIT_DONE)
        return status;
    if (ctl->consult)
        return ctl_consult(ctl, call, "SetupTransfer", arguments[1] ?: "");
    /* what is on hold can't be sent to a number, but go together with another call */
    return is_held(call) ? transfer_to_call(ctl, arguments) : transfer_blindly(ctl, call, arguments[1]);
}
