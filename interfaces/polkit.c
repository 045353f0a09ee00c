/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Polkit: asks the machine's authority for rights. */
#include "interfaces/polkit.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "bus/source.h"
#include "interfaces/names.h"
#include "service/log.h"

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"

enum {
    PATIENCE_S = 5,
    PATIENCE_WITH_PEOPLE_S = 300, /* somebody has to find the password */
    ALLOW_USER_INTERACTION = 1,
    LOG_GAP_S = 60,
    CANCELLATION_SIZE = 24,
};

struct Polkit {
    sd_bus *bus; /* a connection for this alone; NULL until it is needed, and again when it was lost */
    BusSource *source;
    GQueue checks;
    uint64_t last_number;
    int64_t logged_usec; /* monotonic; 0: never */
};

/* First the bus is asked who polkit is, so that only its answer counts; then polkit. */
struct PolkitCheck {
    Polkit *polkit;
    GList link;
    char *client, *action, *line, *class; /* no action: only whether there is a polkit */
    bool interactive;
    PolkitDone done;
    void *userdata;
    unsigned timer;
    sd_bus_slot *slot;
    char *owner;  /* who is asked: a unique name; NULL: not yet */
    bool started; /* the bus was asked to start it */
    char cancellation[CANCELLATION_SIZE];
};

static PolkitCheck *check_free(PolkitCheck *check) {
    g_queue_unlink(&check->polkit->checks, &check->link);
    if (check->timer)
        g_source_remove(check->timer);
    sd_bus_slot_unref(check->slot);
    g_free(check->owner);
    g_free(check->class);
    g_free(check->line);
    g_free(check->action);
    g_free(check->client);
    g_free(check);
    return NULL;
}

static void finish(PolkitCheck *check, Verdict verdict) {
    PolkitDone done = check->done;
    void *userdata = check->userdata;

    check_free(check);
    done(verdict, userdata);
}

/* Told now and then only: whoever likes can have it fail. */
static void fail(PolkitCheck *check, const char *why) {
    Polkit *polkit = check->polkit;
    int64_t now = g_get_monotonic_time();

    if (polkit->logged_usec == 0 || now - polkit->logged_usec >= LOG_GAP_S * G_USEC_PER_SEC) {
        log_warning("event: polkit-failed, action: %s, error: %s", check->action ? check->action : "none", why);
        polkit->logged_usec = now;
    }
    finish(check, VERDICT_FAILED);
}

/* ---- The question ---- */

/* As the bus writes it. Whoever can make a message that matches no request of ours still is somebody else. */
static bool is_from(sd_bus_message *m, const char *sender) {
    return g_strcmp0(sd_bus_message_get_sender(m), sender) == 0;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    PolkitCheck *check = userdata;
    int authorized = 0, challenge = 0;

    check->slot = sd_bus_slot_unref(check->slot);
    if (sd_bus_message_is_method_error(m, NULL)) {
        fail(check, sd_bus_message_get_error(m)->name);
        return 1;
    }
    if (!is_from(m, check->owner) || !sd_bus_message_has_signature(m, "(bba{ss})") ||
        sd_bus_message_enter_container(m, 'r', "bba{ss}") < 0 || sd_bus_message_read(m, "bb", &authorized, &challenge) < 0) {
        fail(check, "an answer that makes no sense");
        return 1;
    }
    finish(check, authorized ? VERDICT_YES : challenge ? VERDICT_CHALLENGE : VERDICT_NO);
    return 1;
}

static int append_detail(sd_bus_message *m, const char *key, const char *value) {
    return value ? sd_bus_message_append(m, "{ss}", key, value) : 0;
}

static int append_question(sd_bus_message *m, const PolkitCheck *check) {
    int r;

    r = sd_bus_message_append(m, "(sa{sv})s", "system-bus-name", 1, "name", "s", check->client, check->action);
    if (r >= 0)
        r = sd_bus_message_open_container(m, 'a', "{ss}");
    if (r >= 0)
        r = append_detail(m, "line", check->line);
    if (r >= 0)
        r = append_detail(m, "class", check->class);
    if (r >= 0)
        r = sd_bus_message_close_container(m);
    if (r < 0)
        return r;
    return sd_bus_message_append(m, "us", check->interactive ? ALLOW_USER_INTERACTION : 0, check->cancellation);
}

static int ask(PolkitCheck *check) {
    sd_bus *bus = check->polkit->bus;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int r;

    r = sd_bus_message_new_method_call(bus, &m, check->owner, POLKIT_PATH, POLKIT_INTERFACE, "CheckAuthorization");
    if (r < 0)
        return r;
    sd_bus_message_set_auto_start(m, false);
    r = append_question(m, check);
    if (r < 0)
        return r;
    /* The time is ours to count. */
    return sd_bus_call_async(bus, &check->slot, m, on_answer, check, UINT64_MAX);
}

/* ---- Who is polkit? ---- */

static int find_owner(PolkitCheck *check);

/* What the bus says where it has nobody to start, or where the administrator forbids it for good. */
static bool is_unknown(sd_bus_message *m) {
    return sd_bus_message_is_method_error(m, "org.freedesktop.DBus.Error.ServiceUnknown") ||
           sd_bus_message_is_method_error(m, DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           sd_bus_message_is_method_error(m, "org.freedesktop.systemd1.NoSuchUnit") ||
           sd_bus_message_is_method_error(m, "org.freedesktop.systemd1.UnitMasked");
}

static void go_on(PolkitCheck *check, int r) {
    if (r < 0)
        fail(check, g_strerror(-r));
}

static int on_started(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    PolkitCheck *check = userdata;

    check->slot = sd_bus_slot_unref(check->slot);
    if (is_from(m, DBUS_NAME) && is_unknown(m))
        finish(check, VERDICT_ABSENT);
    else if (sd_bus_message_is_method_error(m, NULL))
        fail(check, sd_bus_message_get_error(m)->name);
    else
        go_on(check, find_owner(check));
    return 1;
}

static int start_owner(PolkitCheck *check) {
    check->started = true;
    return sd_bus_call_method_async(check->polkit->bus, &check->slot, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "StartServiceByName",
                                    on_started, check, "su", POLKIT_NAME, 0);
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    PolkitCheck *check = userdata;
    const char *owner = NULL;

    check->slot = sd_bus_slot_unref(check->slot);
    if (sd_bus_message_is_method_error(m, DBUS_ERROR_NAME_HAS_NO_OWNER) && !check->started) {
        go_on(check, start_owner(check));
        return 1;
    }
    if (sd_bus_message_is_method_error(m, NULL)) {
        fail(check, sd_bus_message_get_error(m)->name);
        return 1;
    }
    if (!is_from(m, DBUS_NAME) || sd_bus_message_read(m, "s", &owner) < 0 || owner[0] != ':') {
        fail(check, "the bus does not tell who polkit is");
        return 1;
    }
    if (!check->action) {
        finish(check, VERDICT_YES);
        return 1;
    }
    check->owner = g_strdup(owner);
    go_on(check, ask(check));
    return 1;
}

static int find_owner(PolkitCheck *check) {
    return sd_bus_call_method_async(check->polkit->bus, &check->slot, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetNameOwner", on_owner,
                                    check, "s", POLKIT_NAME);
}

/* ---- Life ---- */

static void disconnect(Polkit *polkit) {
    polkit->source = bus_source_free(polkit->source);
    polkit->bus = sd_bus_close_unref(polkit->bus);
}

/* Nothing that is under way is answered any more. */
static void on_lost(int error, void *userdata) {
    Polkit *polkit = userdata;
    GList *link;

    while ((link = g_queue_peek_head_link(&polkit->checks)))
        fail(link->data, "the bus went away");
    disconnect(polkit);
}

static const BusSourceEvents source_events = { .lost = on_lost };

/* What is sent before the connection stands waits. */
static int connect_once(Polkit *polkit) {
    int r;

    if (polkit->bus)
        return 0;
    r = sd_bus_open_system(&polkit->bus);
    if (r >= 0)
        polkit->source = bus_source_new(polkit->bus, &source_events, polkit);
    return r;
}

static void cancel(PolkitCheck *check) {
    if (!check->owner)
        return;
    sd_bus_call_method_async(check->polkit->bus, NULL, check->owner, POLKIT_PATH, POLKIT_INTERFACE, "CancelCheckAuthorization", NULL, NULL,
                             "s", check->cancellation);
}

static gboolean on_deadline(void *userdata) {
    PolkitCheck *check = userdata;

    check->timer = 0;
    cancel(check);
    fail(check, "no answer in time");
    return G_SOURCE_REMOVE;
}

Polkit *polkit_new(void) {
    return g_new0(Polkit, 1);
}

Polkit *polkit_free(Polkit *polkit) {
    if (!polkit)
        return NULL;
    disconnect(polkit);
    g_free(polkit);
    return NULL;
}

PolkitCheck *polkit_check(Polkit *polkit, const Question *question, PolkitDone done, void *userdata) {
    PolkitCheck *check;

    if (connect_once(polkit) < 0)
        return NULL;
    check = g_new0(PolkitCheck, 1);
    *check = (PolkitCheck) {
        .polkit = polkit,
        .client = g_strdup(question->client),
        .action = g_strdup(question->action),
        .line = g_strdup(question->line),
        .class = g_strdup(question->class),
        .interactive = question->interactive,
        .done = done,
        .userdata = userdata,
    };
    check->link.data = check;
    g_queue_push_tail_link(&polkit->checks, &check->link);
    snprintf(check->cancellation, sizeof(check->cancellation), "%" G_GUINT64_FORMAT, ++polkit->last_number);
    check->timer = g_timeout_add_seconds(check->interactive ? PATIENCE_WITH_PEOPLE_S : PATIENCE_S, on_deadline, check);
    return find_owner(check) < 0 ? check_free(check) : check;
}

PolkitCheck *polkit_look(Polkit *polkit, PolkitDone done, void *userdata) {
    return polkit_check(polkit, &(const Question) { .action = NULL }, done, userdata);
}

PolkitCheck *polkit_cancel(PolkitCheck *check) {
    if (!check)
        return NULL;
    cancel(check);
    return check_free(check);
}
