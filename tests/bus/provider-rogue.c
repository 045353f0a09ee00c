/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A provider that does not keep to the contract, by itself and without any library of ours: CALLBUS_ROGUE says how. It has the line
 * "rogue0", dials what it is asked to, and drops; "good" keeps to it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#define HOST "/org/callbus1/host"
#define HOST_INTERFACE "org.callbus1.ProviderHost"
#define OF_PROVIDER (UINT64_C(1) << 62)

enum { FLOOD = 64, ARRIVALS = 20000, LINES = 6000 };

static const char *way;
static bool started;
static uint64_t rings; /* the number of a call that came in while nobody was there, or was answered then */

static bool is(const char *name) {
    return strcmp(way, name) == 0;
}

static void tell(sd_bus *bus, const char *member, const char *types, ...) {
    sd_bus_message *m = NULL;
    va_list ap;

    if (sd_bus_message_new_method_call(bus, &m, NULL, HOST, HOST_INTERFACE, member) < 0)
        exit(1);
    va_start(ap, types);
    if (sd_bus_message_appendv(m, types, ap) < 0)
        exit(1);
    va_end(ap);
    sd_bus_message_set_expect_reply(m, false);
    sd_bus_send(bus, m, NULL);
    sd_bus_message_unref(m);
}

/* ---- The beginning ---- */

static int on_greeted(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    if (sd_bus_message_is_method_error(m, NULL))
        exit(3);
    return 1;
}

static int append_calls(sd_bus_message *m) {
    int r = sd_bus_message_open_container(m, 'a', "(ta{sv})");

    if (r >= 0 && rings)
        r = sd_bus_message_append(m, "(ta{sv})", rings, 4, "line", "s", "rogue0", "state", "s",
                                  is("talks-while-away") ? "connected" : "offering", "direction", "s", "in",
                                  "caller", "(sss)", "555", "", "allowed");
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static void greet(sd_bus *bus) {
    sd_bus_message *m = NULL;
    int r = sd_bus_message_new_method_call(bus, &m, NULL, HOST, HOST_INTERFACE, "Hello");

    if (r >= 0)
        r = sd_bus_message_append(m, "usas", is("bad-version") ? 99 : 1, is("bad-name") ? "somebody" : "rogue",
                                  is("cannot-drop") ? 1 : is("asked-for-stats") ? 5 : 4, "Dial", "Drop", "AddLine", "DebugIncoming",
                                  "RefreshMediaStats");
    if (r >= 0)
        r = sd_bus_message_append(m, "a{sv}", 0);
    if (r >= 0)
        r = append_calls(m);
    if (r < 0 || sd_bus_call_async(bus, NULL, m, on_greeted, NULL, 0) < 0)
        exit(1);
    sd_bus_message_unref(m);
}

/* ---- What is wrong with it, once it is started ---- */

/* A message that is to have so many bytes after its header, as far as they are taken. */
static void pour(sd_bus *bus, uint32_t size) {
    static const uint8_t zeros[64 * 1024];
    uint8_t header[16] = { __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 'l' : 'B', 1, 1, 1 };
    struct pollfd waited = { .fd = sd_bus_get_fd(bus), .events = POLLOUT };

    sd_bus_flush(bus);
    memcpy(header + 4, &size, sizeof(size));
    if (write(waited.fd, header, sizeof(header)) != sizeof(header))
        exit(1);
    for (uint32_t sent = 0; sent < size;) {
        ssize_t n = write(waited.fd, zeros, sizeof(zeros));

        if (n < 0 && errno != EAGAIN)
            exit(1);
        if (n > 0)
            sent += (uint32_t) n;
        else
            poll(&waited, 1, -1);
    }
}

static void misbehave(sd_bus *bus) {
    static const char garbage[256] = "this is no message";

    if (is("hello-twice"))
        greet(bus);
    else if (is("wrong-types"))
        tell(bus, "Event", "s", "connected");
    else if (is("unknown-word"))
        tell(bus, "LineState", "sss", "rogue0", "half-dead", "");
    else if (is("garbage") && write(sd_bus_get_fd(bus), garbage, sizeof(garbage)) < 0)
        exit(1);
    else if (is("giant"))
        pour(bus, 119 * 1024 * 1024);
    else if (is("unknown-method"))
        tell(bus, "Sing", "s", "la");
    else if (is("unknown-calls"))
        for (uint64_t i = 1; i < 100; i++) {
            tell(bus, "Event", "tss", i, "connected", "");
            tell(bus, "Ended", "tss", UINT64_MAX - i, "normal", "");
            tell(bus, "Joined", "tt", i << 32 | 1, i);
            tell(bus, "MessagesWaiting", "su", "loop0", 7);
            tell(bus, "LineState", "sss", "loop0", "removed", "mine");
        }
    else if (is("many-lines"))
        for (int i = 0; i < LINES; i++) {
            char name[32];

            snprintf(name, sizeof(name), "line%d", i);
            tell(bus, "LineAdded", "sa{sv}", name, 0);
        }
    else if (is("describes-anew"))
        tell(bus, "LineAdded", "sa{sv}", "rogue0", 3, "label", "s", "Another", "max-active-calls", "u", 2, "without", "as", 1, "Pickup");
    else if (is("others-line"))
        tell(bus, "LineAdded", "sa{sv}", "loop0", 0);
}

static void flood(sd_bus *bus) {
    for (int i = 0; i < FLOOD; i++)
        tell(bus, "Event", "tss", OF_PROVIDER | 5, "connected", "");
}

/* Nobody answers so many, and nobody takes them back. */
static void arrive(sd_bus *bus) {
    static uint64_t n;

    for (int i = 0; i < FLOOD && n < ARRIVALS; i++, n++) {
        sd_bus_message *m = NULL;

        if (sd_bus_message_new_method_call(bus, &m, NULL, HOST, HOST_INTERFACE, "Incoming") < 0 ||
            sd_bus_message_append(m, "sta{sv}", "rogue0", OF_PROVIDER | (n + 1), 0) < 0 || sd_bus_send(bus, m, NULL) < 0)
            exit(1);
        sd_bus_message_unref(m);
    }
}

/* ---- What it is asked for ---- */

static int on_dial(sd_bus *bus, sd_bus_message *m) {
    const char *line = NULL;
    uint64_t call = 0;

    if (sd_bus_message_read(m, "st", &line, &call) < 0)
        exit(1);
    if (is("die-on-dial"))
        _exit(1);
    if (is("silent"))
        return 1;
    if (is("stop-on-dial"))
        raise(SIGSTOP);
    if (is("bad-answer"))
        return sd_bus_reply_method_return(m, "s", "yes");
    if (is("bad-start"))
        return sd_bus_reply_method_return(m, "a{sv}", 1, "event", "s", "held");
    if (is("ended-first"))
        tell(bus, "Ended", "tss", call, "busy", "");
    sd_bus_reply_method_return(m, "a{sv}", 1, "event", "s", "dialing");
    tell(bus, "Event", "tss", call, "connected", "");
    if (is("repeats"))
        for (int i = 0; i < 3; i++) {
            tell(bus, "Event", "tss", call, "resumed", "");
            tell(bus, "Joined", "tt", call, call);
            tell(bus, "Ended", "tss", call, "normal", "SIP 200");
        }
    return 1;
}

static int on_drop(sd_bus *bus, sd_bus_message *m) {
    const char *reason = NULL;
    uint64_t call = 0;

    if (sd_bus_message_read(m, "ts", &call, &reason) < 0)
        exit(1);
    if (call == rings)
        rings = 0;
    if (is("talks-while-away"))
        tell(bus, "MessagesWaiting", "su", "rogue0", 1);
    if (!is("drops-silently"))
        tell(bus, "Ended", "tss", call, "normal", "");
    return sd_bus_reply_method_return(m, "");
}

/* Whoever is not asked tells nothing. */
static int on_refresh(sd_bus *bus, sd_bus_message *m) {
    uint64_t call = 0;

    if (sd_bus_message_read(m, "t", &call) < 0)
        exit(1);
    tell(bus, "MediaStats", "ta{sv}", call, 1, "loss", "u", 7);
    return sd_bus_reply_method_return(m, "");
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    sd_bus *bus = sd_bus_message_get_bus(m);
    const char *member = sd_bus_message_get_member(m) ?: "";
    const char *name = NULL;

    if (sd_bus_message_is_method_call(m, "org.callbus1.Provider", NULL) <= 0)
        return 0;
    if (strcmp(member, "Dial") == 0)
        return on_dial(bus, m);
    if (strcmp(member, "Drop") == 0)
        return on_drop(bus, m);
    if (strcmp(member, "RefreshMediaStats") == 0)
        return on_refresh(bus, m);
    if (is("never-starts") && strcmp(member, "Start") == 0)
        return 1;
    if (strcmp(member, "AddLine") == 0 && sd_bus_message_read(m, "s", &name) > 0)
        tell(bus, "LineAdded", "sa{sv}", name, 1, "close-drop", "b", 1);
    sd_bus_reply_method_return(m, "");
    if (strcmp(member, "Stop") == 0) {
        sd_bus_flush(bus);
        exit(0);
    }
    /* After the line is there. */
    if (strcmp(member, "AddLine") == 0) {
        started = true;
        misbehave(bus);
    }
    return 1;
}

/* ---- Life ---- */

static int connect_once(sd_bus **ret) {
    sd_bus *bus = NULL;

    if (sd_bus_new(&bus) < 0 || sd_bus_set_address(bus, getenv("CALLBUS_PROVIDER_ADDRESS")) < 0)
        exit(1);
    if (sd_bus_start(bus) < 0) {
        sd_bus_unref(bus);
        return -1;
    }
    if (sd_bus_add_object(bus, NULL, "/org/callbus1/provider", on_message, NULL) < 0)
        exit(1);
    *ret = bus;
    return 0;
}

static void serve(sd_bus *bus) {
    int r;

    started = false;
    if (is("early"))
        tell(bus, "Ring", "ssu", "rogue0", "normal", 1);
    if (!is("no-hello"))
        greet(bus);
    for (;;) {
        while ((r = sd_bus_process(bus, NULL)) > 0)
            ;
        if (r < 0)
            break;
        if (started && is("flood"))
            flood(bus);
        if (started && is("arrivals"))
            arrive(bus);
        if (sd_bus_wait(bus, is("flood") ? 0 : UINT64_MAX) < 0)
            break;
    }
    sd_bus_close_unref(bus);
}

int main(void) {
    way = getenv("CALLBUS_ROGUE") ?: "good";
    signal(SIGPIPE, SIG_IGN);
    for (int tries = 0; tries < 1000; tries++) {
        sd_bus *bus = NULL;

        if (connect_once(&bus) >= 0) {
            serve(bus);
            tries = 0;
            if (is("calls-while-away") || is("talks-while-away"))
                rings = OF_PROVIDER | 77;
            else if (!is("good"))
                return 1;
        }
        usleep(20000);
    }
    return 1;
}
