/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stay: an owner who remains on the line with one call, until it has ended. */
#include "interfaces/cli/stay.h"
#include "interfaces/cli/decode.h"
#include "interfaces/cli/interrupt.h"
#include "interfaces/cli/text.h"
#include "interfaces/names.h"
#include "service/types.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-event.h>

/* How long we wait for a service that went away: whoever starts it again does so at once. */
#define AWAY_USEC (UINT64_C(5) * 1000000)

/* What follows the words of a state stands in one column. */
#define WORDS_WIDTH 24

/* What a person needs of a Call ID. */
#define SHORT_ID 8

/* What one press of + or - is worth, in per cent. */
#define VOLUME_STEP 10

struct Stay {
    Ctl *ctl;
    sd_event *event;
    sd_bus_slot *filter;
    char *path;
    Record *call; /* NULL until the service described it */
    char *cause;  /* why the far end or the network ended it, before our own drop */
    bool dropping;
    sd_event_source *away; /* the service went away, and is waited for */
    bool keys;
    struct termios terminal;
    GString *digits;  /* typed, not yet sent */
    GString *sending; /* on their way; "" when none are */
};

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error);
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata);

int stay_new(Ctl *ctl, Stay **ret) {
    _cleanup_(stay_freep) Stay *stay = g_new0(Stay, 1);
    int r = sd_event_new(&stay->event);

    stay->ctl = ctl;
    stay->digits = g_string_new(NULL);
    stay->sending = g_string_new(NULL);
    if (r < 0)
        return r;
    r = interrupt_catch(stay->event, on_signal, stay);
    if (r < 0)
        return r;
    r = sd_bus_add_filter(remote_bus(ctl->remote), &stay->filter, on_message, stay);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(stay);
    return 0;
}

Stay *stay_free(Stay *stay) {
    if (!stay)
        return NULL;
    if (stay->keys)
        terminal_give_back(STDIN_FILENO, &stay->terminal);
    sd_bus_detach_event(remote_bus(stay->ctl->remote));
    sd_bus_slot_unref(stay->filter);
    sd_event_source_unref(stay->away);
    sd_event_unref(stay->event);
    record_free(stay->call);
    g_string_free(stay->digits, TRUE);
    g_string_free(stay->sending, TRUE);
    g_free(stay->cause);
    g_free(stay->path);
    g_free(stay);
    return NULL;
}

static void finish(Stay *stay, int status) {
    (void) sd_event_exit(stay->event, status);
}

/* What has ended by itself meanwhile needs no drop, and a service that is away can't: of both a signal tells. */
static bool is_told_by_signal(const sd_bus_error *error) {
    static const char *const names[] = {
        CALLBUS_ERROR_PREFIX "InvalidState", DBUS_ERROR_UNKNOWN_OBJECT, DBUS_ERROR_NO_REPLY, DBUS_ERROR_NAME_HAS_NO_OWNER,
        "org.freedesktop.DBus.Error.ServiceUnknown",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (sd_bus_error_has_name(error, names[i]))
            return true;
    return false;
}

static int on_dropped(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
    Stay *stay = userdata;
    const sd_bus_error *error = sd_bus_message_get_error(reply);
    g_autofree char *name = NULL;

    if (!error || is_told_by_signal(error))
        return 1;
    name = stay->call ? ctl_call_name(stay->call) : g_strdup("the call");
    finish(stay, ctl_fail_bus(stay->ctl, error, -sd_bus_message_get_errno(reply), "hang up %s", name));
    return 1;
}

static void drop(Stay *stay) {
    int r;

    if (stay->dropping)
        return;
    stay->dropping = true;
    r = sd_bus_call_method_async(remote_bus(stay->ctl->remote), NULL, CALLBUS_NAME, stay->path,
                                 CALLBUS_CALL_INTERFACE, "Drop", on_dropped, stay, "a{sv}", 0);
    if (r < 0)
        finish(stay, ctl_fail_bus(stay->ctl, NULL, r, "hang up"));
}

static void print_line(const Stay *stay, uint64_t when, const char *words, Style style, const char *rest) {
    const Look *look = &stay->ctl->look;
    g_autofree char *clock = text_clock(when), *safe = text_safe(rest);
    g_autofree char *padded = text_pad(words, *safe ? WORDS_WIDTH : 0);

    printf("%s%s%s  %s%s%s%s\n", style_on(look, STYLE_DIM), clock, style_off(look, STYLE_DIM),
           style_on(look, style), padded, style_off(look, style), safe);
    fflush(stdout);
}

static void print_state(const Stay *stay, uint64_t when) {
    const char *state = record_text(stay->call, "State");
    /* why the call ended is said once */
    g_autofree char *remark = stay->cause ? g_strdup("") : ctl_remark(stay->call);

    if (stay->ctl->json != JSON_OFF) {
        ctl_print_json(record_properties(stay->call), JSON_SHORT);
        fflush(stdout);
        return;
    }
    print_line(stay, when, state_words(state), state_style(state), remark);
}

static void print_introduction(const Stay *stay) {
    const Ctl *ctl = stay->ctl;
    g_autofree char *who = ctl_who_to_whom(ctl, stay->call);
    const char *id = record_text(stay->call, "CallId");
    int shown = ctl->look.terminal && !ctl->full ? SHORT_ID : (int) strlen(id);

    if (ctl->json != JSON_OFF || ctl->no_legend)
        return;
    printf("%s on line %s%s%.*s%s\n", who, record_line_name(stay->call), *id ? ", call " : "", shown, id,
           stay->keys ? "" : "; Ctrl-C hangs up.");
    if (stay->keys)
        puts("Keys: q hangs up, h holds, m mutes, + - volume, 0-9 A-D * # tones.");
}

/* A call that is busy or disconnected stands until an owner drops it: nobody else is there to do it. */
static void enter_state(Stay *stay, uint64_t when) {
    const char *state = record_text(stay->call, "State"), *cause = record_text(stay->call, "DisconnectCause");
    bool connected = record_number(stay->call, "ConnectedTimestamp") > 0;

    print_state(stay, when);
    if (strcmp(state, "busy") == 0 || strcmp(state, "disconnected") == 0) {
        if (!stay->cause)
            stay->cause = g_strdup(*cause ? cause : state);
        drop(stay);
    } else if (state_is_over(state)) {
        finish(stay, exit_status_of_cause(stay->cause ?: cause, connected));
    }
}

static void print_sound(const Stay *stay, bool was_muted, uint64_t volume_before) {
    bool muted = record_flag(stay->call, "Muted");
    uint64_t volume = record_number(stay->call, "Volume");
    g_autofree char *loudness = g_strdup_printf("%" G_GUINT64_FORMAT "%%", volume);

    if (stay->ctl->json != JSON_OFF)
        return;
    if (muted != was_muted)
        print_line(stay, ctl_now(), muted ? "muted" : "no longer muted", muted ? STYLE_NOTICE : STYLE_PLAIN, "");
    if (volume != volume_before)
        print_line(stay, ctl_now(), "volume", STYLE_PLAIN, loudness);
}

static int change(Stay *stay, const Json *changed) {
    bool was_muted = record_flag(stay->call, "Muted");
    uint64_t volume = record_number(stay->call, "Volume");
    g_autofree char *state = g_strdup(record_text(stay->call, "State"));
    g_autofree char *detail = g_strdup(record_text(stay->call, "StateDetail"));
    g_autofree char *party = record_named_party(stay->call, "Connected"), *now = NULL;

    if (!record_update(stay->call, changed))
        return 0;
    if (strcmp(state, record_text(stay->call, "State")) != 0)
        enter_state(stay, record_number(stay->call, "StateTimestamp"));
    else if (strcmp(detail, record_text(stay->call, "StateDetail")) != 0)
        print_state(stay, ctl_now());
    if (record_number(stay->call, "EndedTimestamp") == 0)
        print_sound(stay, was_muted, volume);
    now = record_other_far_end(stay->call);
    if (*now && strcmp(now, party) != 0 && stay->ctl->json == JSON_OFF)
        print_line(stay, ctl_now(), "talks to", STYLE_PLAIN, now);
    return 0;
}

static int read_again(Stay *stay) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    g_autoptr(Record) now = NULL;
    int r = remote_get_call(stay->ctl->remote, stay->path, &now, &error);

    if (sd_bus_error_has_name(&error, DBUS_ERROR_UNKNOWN_OBJECT)) {
        ctl_fail("callbusd does not know the call any more");
        finish(stay, EXIT_CALL_SERVICE);
        return 0;
    }
    if (r < 0) {
        finish(stay, ctl_fail_bus(stay->ctl, &error, r, "read the call again"));
        return 0;
    }
    return stay->call ? change(stay, record_properties(now)) : 0;
}

static int on_properties(Stay *stay, sd_bus_message *m) {
    g_autoptr(Json) changed = NULL;
    const char *interface;
    int r = sd_bus_message_read(m, "s", &interface);

    if (r < 0 || strcmp(interface, CALLBUS_CALL_INTERFACE) != 0 || !stay->call)
        return r;
    r = decode_properties(m, &changed);
    return r < 0 ? r : change(stay, changed);
}

static int on_added(Stay *stay, sd_bus_message *m) {
    g_autoptr(Json) interfaces = NULL;
    const Json *properties;
    const char *path;
    Json *copy;
    int r = sd_bus_message_read(m, "o", &path);

    if (r < 0 || strcmp(path, stay->path) != 0 || stay->call)
        return r;
    r = decode_value(m, &interfaces);
    if (r < 0)
        return r;
    properties = json_get(interfaces, CALLBUS_CALL_INTERFACE);
    if (!properties)
        return -EBADMSG;
    copy = json_new_object();
    json_merge(copy, properties);
    stay->call = record_new(path, copy);
    print_introduction(stay);
    enter_state(stay, record_number(stay->call, "StateTimestamp"));
    return 0;
}

static int on_removed(Stay *stay, sd_bus_message *m) {
    const char *path;
    int r = sd_bus_message_read(m, "o", &path);

    if (r < 0 || strcmp(path, stay->path) != 0)
        return r;
    ctl_fail("the line was taken away, and the call with it");
    finish(stay, EXIT_CALL_SERVICE);
    return 0;
}

static void send_digits(Stay *stay);

static int on_digits_sent(Stay *stay, sd_bus_message *m) {
    const char *outcome;
    int r = sd_bus_message_read(m, "s", &outcome);

    if (r < 0)
        return r;
    if (stay->sending->len > 0 && stay->ctl->json == JSON_OFF)
        print_line(stay, ctl_now(), strcmp(outcome, "done") == 0 ? "tones sent" : "tones cut off", STYLE_PLAIN,
                   stay->sending->str);
    g_string_truncate(stay->sending, 0);
    send_digits(stay);
    return 0;
}

static int dispatch(Stay *stay, sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m);

    if (!stay->path || !path)
        return 0;
    if (strcmp(path, CALLBUS_PATH) == 0) {
        if (sd_bus_message_is_signal(m, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded"))
            return on_added(stay, m);
        if (sd_bus_message_is_signal(m, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesRemoved"))
            return on_removed(stay, m);
        if (sd_bus_message_is_signal(m, CALLBUS_MANAGER_INTERFACE, "EventsLost"))
            return read_again(stay);
    } else if (strcmp(path, stay->path) == 0) {
        if (sd_bus_message_is_signal(m, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged"))
            return on_properties(stay, m);
        if (sd_bus_message_is_signal(m, CALLBUS_CALL_INTERFACE, "DigitsSent"))
            return on_digits_sent(stay, m);
    }
    return 0;
}

static int on_away_too_long(sd_event_source *source, uint64_t usec, void *userdata) {
    ctl_fail("callbusd does not come back; the call ends with it");
    finish(userdata, EXIT_CALL_SERVICE);
    return 0;
}

static int on_service_gone(Stay *stay) {
    int r;

    if (!stay->path || !stay->call) {
        ctl_fail("callbusd went away, and the call with it; start it again with 'callbusd'");
        finish(stay, EXIT_CALL_SERVICE);
        return 0;
    }
    fprintf(stderr, "callbusctl: callbusd went away; waiting for it to come back\n");
    g_string_truncate(stay->digits, 0);
    g_string_truncate(stay->sending, 0);
    stay->away = sd_event_source_unref(stay->away);
    r = sd_event_add_time_relative(stay->event, &stay->away, CLOCK_MONOTONIC, AWAY_USEC, 0, on_away_too_long, stay);
    return r;
}

/* It tells what became of the call, if it kept what it had. */
static int on_service_new(Stay *stay) {
    stay->away = sd_event_source_unref(stay->away);
    stay->dropping = false;
    if (read_again(stay) < 0)
        return 0;
    /* that it had ended was known before */
    if (!stay->dropping && strcmp(record_text(stay->call, "State"), "disconnected") == 0)
        drop(stay);
    return 0;
}

static int on_owner(Stay *stay, ServiceChange change) {
    switch (change) {
    case SERVICE_GONE:
        return on_service_gone(stay);
    case SERVICE_NEW:
        return on_service_new(stay);
    case SERVICE_SAME:
        return 0;
    }
    return 0;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Stay *stay = userdata;
    int r = 0;

    if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected")) {
        ctl_fail("the bus is gone, and the call with it");
        finish(stay, EXIT_CALL_SERVICE);
    } else if (remote_is_service(stay->ctl->remote, message)) {
        r = dispatch(stay, message);
    } else {
        r = on_owner(stay, remote_note_owner(stay->ctl->remote, message));
    }
    if (r < 0)
        ctl_fail("callbusd said what I do not understand (%s); are both of one version?", g_strerror(-r));
    return 0;
}

/* The first Ctrl-C hangs up, a second one does not wait for it. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
    Stay *stay = userdata;

    if (stay->dropping || stay->away)
        finish(stay, EXIT_FAILED);
    else
        drop(stay);
    return 0;
}

static int on_digits_taken(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
    Stay *stay = userdata;
    const sd_bus_error *error = sd_bus_message_get_error(reply);

    if (!error)
        return 1;
    ctl_fail_bus(stay->ctl, error, -sd_bus_message_get_errno(reply), "send %s", stay->sending->str);
    g_string_truncate(stay->sending, 0);
    g_string_truncate(stay->digits, 0);
    return 1;
}

/* A new request would cut off the one that runs: so what is typed meanwhile waits for it. */
static void send_digits(Stay *stay) {
    if (stay->sending->len > 0 || stay->digits->len == 0)
        return;
    g_string_assign(stay->sending, stay->digits->str);
    g_string_truncate(stay->digits, 0);
    (void) sd_bus_call_method_async(remote_bus(stay->ctl->remote), NULL, CALLBUS_NAME, stay->path,
                                   CALLBUS_CALL_INTERFACE, "SendDigits", on_digits_taken, stay, "sa{sv}",
                                   stay->sending->str, 0);
}

static int on_done(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
    Stay *stay = userdata;
    const sd_bus_error *error = sd_bus_message_get_error(reply);

    g_autofree char *why = NULL;

    if (!error || sd_bus_error_has_name(error, DBUS_ERROR_UNKNOWN_OBJECT))
        return 1;
    why = remote_explain(stay->ctl->remote, error, -sd_bus_message_get_errno(reply));
    ctl_fail("%s", why);
    return 1;
}

static void hold(Stay *stay) {
    const char *member = state_is_held(record_text(stay->call, "State")) ? "Unhold" : "Hold";

    (void) sd_bus_call_method_async(remote_bus(stay->ctl->remote), NULL, CALLBUS_NAME, stay->path, CALLBUS_CALL_INTERFACE,
                                    member, on_done, stay, NULL);
}

static void mute(Stay *stay) {
    (void) sd_bus_call_method_async(remote_bus(stay->ctl->remote), NULL, CALLBUS_NAME, stay->path, CALLBUS_CALL_INTERFACE,
                                    "Mute", on_done, stay, "b", (int) !record_flag(stay->call, "Muted"));
}

static void change_volume(Stay *stay, int step) {
    int volume = CLAMP((int) record_number(stay->call, "Volume") + step, 0, VOLUME_MAX);

    (void) sd_bus_call_method_async(remote_bus(stay->ctl->remote), NULL, CALLBUS_NAME, stay->path, CALLBUS_CALL_INTERFACE,
                                    "SetVolume", on_done, stay, "u", (uint32_t) volume);
}

static void press(Stay *stay, char key) {
    if (key == 'q')
        drop(stay);
    else if (key && strchr("0123456789ABCDabcd*#", key))
        g_string_append_c(stay->digits, key);
    if (!stay->call)
        return;
    if (key == 'h')
        hold(stay);
    else if (key == 'm')
        mute(stay);
    else if (key == '+' || key == '-')
        change_volume(stay, key == '+' ? VOLUME_STEP : -VOLUME_STEP);
}

static int on_key(sd_event_source *source, int fd, uint32_t events, void *userdata) {
    Stay *stay = userdata;
    char keys[64];
    ssize_t n = read(fd, keys, sizeof(keys));

    if (n <= 0) {
        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        return 0;
    }
    for (ssize_t i = 0; i < n; i++)
        press(stay, keys[i]);
    send_digits(stay);
    return 0;
}

void stay_set_call(Stay *stay, const char *path, Record *call) {
    stay->path = g_strdup(path);
    stay->call = call;
    if (stay->ctl->look.terminal)
        stay->keys = terminal_take_keys(STDIN_FILENO, &stay->terminal);
    if (!call)
        return;
    print_introduction(stay);
    print_state(stay, record_number(call, "StateTimestamp"));
}

int stay_run(Stay *stay) {
    sd_bus *bus = remote_bus(stay->ctl->remote);
    int r = sd_bus_attach_event(bus, stay->event, SD_EVENT_PRIORITY_NORMAL);

    if (r >= 0 && stay->keys)
        r = sd_event_add_io(stay->event, NULL, STDIN_FILENO, EPOLLIN, on_key, stay);
    if (r < 0)
        return ctl_fail("cannot follow the call: %s", g_strerror(-r));
    r = sd_event_loop(stay->event);
    if (r < 0)
        return ctl_fail("cannot follow the call: %s", g_strerror(-r));
    if (stay->call && state_is_over(record_text(stay->call, "State")))
        (void) remote_release(stay->ctl->remote, stay->path);
    return r;
}
