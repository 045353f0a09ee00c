/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl dial, answer: place or take a call, and stay with it or leave it to go on. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/stay.h"
#include "interfaces/names.h"
#include "service/types.h"

#include <stdio.h>
#include <string.h>

/* How it is to be dialled, as far as that was said. */
static int append_params(const Ctl *ctl, sd_bus_message *m) {
    int r;

    r = sd_bus_message_open_container(m, 'a', "{sv}");
    if (r >= 0)
        r = sd_bus_message_append(m, "{sv}", "on-owner-lost", "s", ctl->detach ? "keep" : "drop");
    if (r >= 0 && ctl->media_mode)
        r = sd_bus_message_append(m, "{sv}", "media-mode", "s", ctl->media_mode);
    if (r >= 0 && ctl->hide_caller_id)
        r = sd_bus_message_append(m, "{sv}", "hide-caller-id", "b", true);
    if (r >= 0 && ctl->ring_time)
        r = sd_bus_message_append(m, "{sv}", "no-answer-timeout", "u", (uint32_t) g_ascii_strtoull(ctl->ring_time, NULL, 10));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int ctl_place(Ctl *ctl, const char *line_path, const char *address, char **ret_path, sd_bus_error *ret_error) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL, *reply = NULL;
    const char *path;
    int r;

    r = remote_new_method(ctl->remote, line_path, CALLBUS_LINE_INTERFACE, "Dial", &message);
    if (r >= 0)
        r = sd_bus_message_append_basic(message, 's', address);
    if (r >= 0)
        r = append_params(ctl, message);
    if (r >= 0)
        r = remote_call_message(ctl->remote, message, ret_error, &reply);
    if (r >= 0)
        r = sd_bus_message_read(reply, "o", &path);
    if (r < 0)
        return r;
    *ret_path = g_strdup(path);
    return 0;
}

int ctl_prepare_stay(Ctl *ctl, const char *what, Stay **ret) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = remote_follow(ctl->remote, &error);

    if (r >= 0)
        r = stay_new(ctl, ret);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "%s", what) : EXIT_DONE;
}

int ctl_attend(Ctl *ctl, Stay *stay, const char *path) {
    if (ctl->detach)
        return ctl_leave(ctl, path);
    stay_set_call(stay, path, NULL);
    return stay_run(stay);
}

static int check_dial(const Ctl *ctl) {
    if (ctl->ring_time && !g_ascii_string_to_unsigned(ctl->ring_time, 10, 1, UINT32_MAX, NULL, NULL))
        return ctl_misuse("--ring-time wants a number of seconds, not '%s'", ctl->ring_time);
    if (ctl->media_mode && (int) media_mode_from_string(ctl->media_mode) < 0)
        return ctl_misuse("'%s' is no media mode; 'callbusctl line NAME' shows them", ctl->media_mode);
    return EXIT_DONE;
}

int ctl_dial_on(Ctl *ctl, const char *line, const char *address) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(stay_freep) Stay *stay = NULL;
    g_autofree char *line_path = remote_line_path(line), *path = NULL;
    int status = check_dial(ctl), r;

    if (status != EXIT_DONE)
        return status;
    if (!line_path)
        return ctl_fail_line(line);
    status = ctl_prepare_stay(ctl, "dial", &stay);
    if (status != EXIT_DONE)
        return status;
    r = ctl_place(ctl, line_path, address, &path, &error);
    if (sd_bus_error_has_name(&error, DBUS_ERROR_UNKNOWN_OBJECT))
        return ctl_fail_line(line);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "dial '%s' on %s", address, line);
    return ctl_attend(ctl, stay, path);
}

int ctl_dial(Ctl *ctl, char **arguments) {
    int status = check_dial(ctl);

    if (status != EXIT_DONE)
        return status;
    return arguments[1] ? ctl_dial_on(ctl, arguments[0], arguments[1]) : ctl_dial_anywhere(ctl, arguments[0]);
}

static int answer(Ctl *ctl, const Record *call) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL, ignored = SD_BUS_ERROR_NULL;
    g_autofree char *name = ctl_call_name(call);
    int r = remote_call(ctl->remote, record_path(call), CALLBUS_CALL_INTERFACE, "Answer", &error, NULL, NULL);

    if (r >= 0)
        return EXIT_DONE;
    /* it rings on for others */
    (void) remote_call(ctl->remote, record_path(call), CALLBUS_CALL_INTERFACE, "Release", &ignored, NULL, NULL);
    return ctl_fail_bus(ctl, &error, r, "answer %s", name);
}

static int answer_and_leave(Ctl *ctl, const Record *call) {
    int status = answer(ctl, call);

    return status == EXIT_DONE ? ctl_leave(ctl, record_path(call)) : status;
}

/* Finding the call took handles of all others, too: what stays for the call's life keeps none but this one. */
static void give_up_others(Ctl *ctl, const Record *mine) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(GPtrArray) lines = NULL, calls = NULL;

    if (remote_list(ctl->remote, &lines, &calls, &error) < 0)
        return;
    for (unsigned i = 0; i < lines->len; i++) {
        _cleanup_(sd_bus_error_free) sd_bus_error ignored = SD_BUS_ERROR_NULL;
        const char *path = record_path(g_ptr_array_index(lines, i));
        if (strcmp(path, record_text(mine, "Line")) != 0)
            (void) remote_call(ctl->remote, path, CALLBUS_LINE_INTERFACE, "Close", &ignored, NULL, NULL);
    }
    for (unsigned i = 0; i < calls->len; i++) {
        const Record *call = g_ptr_array_index(calls, i);
        if (strcmp(record_text(call, "Line"), record_text(mine, "Line")) == 0 &&
            strcmp(record_path(call), record_path(mine)) != 0)
            (void) remote_release(ctl->remote, record_path(call));
    }
}

static int answer_and_stay(Ctl *ctl, Stay *stay, const Record *call) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    Record *mine = NULL;
    int r = remote_get_call(ctl->remote, record_path(call), &mine, &error);
    int status;

    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "read the call");
    stay_set_call(stay, record_path(call), mine);
    give_up_others(ctl, mine);
    status = answer(ctl, call);
    return status == EXIT_DONE ? stay_run(stay) : status;
}

int ctl_answer(Ctl *ctl, char **arguments) {
    static const char *const states[] = {"offering", "accepted", NULL};
    _cleanup_(stay_freep) Stay *stay = NULL;
    g_autoptr(Record) call = NULL;
    int status = ctl_prepare_stay(ctl, "answer", &stay);

    if (status == EXIT_DONE)
        status = ctl_find_call(ctl, arguments[0], states, false, &call);
    if (status == EXIT_DONE)
        status = ctl_take_call(ctl, call, ctl->detach);
    if (status != EXIT_DONE)
        return status;
    return ctl->detach ? answer_and_leave(ctl, call) : answer_and_stay(ctl, stay, call);
}
