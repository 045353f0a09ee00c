/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A provider process and a hostile service: loopback behind the library for providers, and any messages from the other end of the
 * connection. Whatever comes, each question has one answer, and what is told is as the contract has it.
 */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bus/source.h"
#include "providers/host/manager.h"
#include "providers/host/provider.h"
#include "providers/loopback/provider.h"
#include "providers/wire/codec.h"
#include "providers/wire/names.h"
#include "providers/wire/socket.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire-taker.h"

enum { STEPS_MAX = 40, TURNS = 40, WAIT_USEC = 20 * G_USEC_PER_SEC };

static int listener = -1;
static char *address;
static sd_bus *bus;
static BusSource *source;
static GHashTable *pending; /* cookies of questions */
static Manager manager;
static Taker taker;
static bool hello, over;

/* ---- What the provider tells ---- */

static const struct {
    const char *member, *types;
} reports[] = {
    { "Hello", "usasa{sv}a(ta{sv})" }, { "LineAdded", "sa{sv}" }, { "LineState", "sss" }, { "Ring", "ssu" },
    { "Forwarding", "sa(sssu)" }, { "MessagesWaiting", "su" }, { "Incoming", "sta{sv}" }, { "Event", "tss" }, { "Joined", "tt" },
    { "Ended", "tss" }, { "CallId", "tss" }, { "Party", "ts(sss)" }, { "Reason", "tss" }, { "UserUserInfo", "tay" },
    { "NetworkId", "tss" }, { "Encrypted", "tb" }, { "Audio", "tsu" }, { "Digit", "ts" }, { "DigitsSent", "ts" },
    { "ToneSent", "ts" }, { "MediaStats", "ta{sv}" },
};

static void check_hello(sd_bus_message *m) {
    g_autoptr(GPtrArray) keep = wire_keep_new();
    g_autofree char *why = NULL;
    const WireCall *calls;
    size_t n_calls;

    must(sd_bus_message_skip(m, "usasa{sv}") >= 0, "Hello can't be read");
    must(wire_read_calls(m, keep, &calls, &n_calls, &why) >= 0, "Hello: %s", why);
    for (size_t i = 0; i < n_calls; i++)
        wire_taker_note_number(calls[i].number);
    must(sd_bus_reply_method_return(m, "t", (uint64_t) 7) >= 0, "no answer to Hello");
    hello = true;
}

static void check_incoming(sd_bus_message *m) {
    g_autoptr(GPtrArray) keep = wire_keep_new();
    g_autofree char *why = NULL;
    const char *line = NULL;
    uint64_t number = 0;
    IncomingInfo info;

    must(sd_bus_message_read(m, "st", &line, &number) > 0 && number / CALL_NUMBER_OF_PROVIDER == 1, "a call with no number");
    must(wire_read_incoming(m, keep, &info, &why) >= 0, "Incoming: %s", why);
    wire_taker_note_number(number);
    must(sd_bus_reply_method_return(m, "b", take_byte(&taker) < 200) >= 0, "no answer to Incoming");
}

static void check_report(sd_bus_message *m) {
    const char *member = sd_bus_message_get_member(m);

    for (size_t i = 0; i < G_N_ELEMENTS(reports); i++)
        if (strcmp(reports[i].member, member) == 0) {
            must(sd_bus_message_has_signature(m, reports[i].types), "%s is not '%s'", member, reports[i].types);
            if (i == 0)
                check_hello(m);
            else if (strcmp(member, "Incoming") == 0)
                check_incoming(m);
            return;
        }
    must(false, "it tells %s", member);
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    uint64_t cookie = 0;

    if (sd_bus_message_is_method_call(m, WIRE_HOST_INTERFACE, NULL)) {
        check_report(m);
        return 1;
    }
    if (sd_bus_message_get_reply_cookie(m, &cookie) < 0)
        return 0;
    must(g_hash_table_remove(pending, &cookie), "an answer to nothing, or a second one");
    return 1;
}

/* ---- The connection ---- */

static void on_lost(int error, void *userdata) {
}

static const BusSourceEvents source_events = { .lost = on_lost };

static void hang_up(void) {
    source = bus_source_free(source);
    bus = sd_bus_close_unref(bus);
    g_hash_table_remove_all(pending);
    hello = false;
}

static void listen_once(void) {
    struct sockaddr_un name = { .sun_family = AF_UNIX };

    if (listener >= 0)
        return;
    g_snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", fuzz_folder());
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    must(bind(listener, (struct sockaddr *) &name, sizeof(name)) == 0 && listen(listener, 8) == 0, "no socket");
    address = g_strconcat("unix:path=", name.sun_path, NULL);
    pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

static gboolean on_tick(void *userdata) {
    return G_SOURCE_CONTINUE;
}

static void turn(void) {
    for (int i = 0; i < TURNS && g_main_context_iteration(NULL, FALSE); i++)
        ;
}

static void accept_provider(void) {
    int64_t deadline = g_get_monotonic_time() + WAIT_USEC;
    guint tick = g_timeout_add(1, on_tick, NULL);
    int fd = -1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0 && g_get_monotonic_time() < deadline)
        g_main_context_iteration(NULL, TRUE);
    must(fd >= 0 && wire_open(fd, /* server= */ true, &bus) >= 0, "nobody connects");
    sd_bus_add_filter(bus, NULL, on_message, NULL);
    source = bus_source_new(bus, &source_events, NULL);
    while (!hello && g_get_monotonic_time() < deadline)
        g_main_context_iteration(NULL, TRUE);
    must(hello, "nobody says hello");
    g_source_remove(tick);
}

/* ---- Questions ---- */

static void ask(const char *member, const char *types, const char *fixed) {
    sd_bus_message *m = NULL;
    uint64_t *cookie = g_new0(uint64_t, 1);
    int r = sd_bus_message_new_method_call(bus, &m, NULL, WIRE_PROVIDER_PATH, WIRE_PROVIDER_INTERFACE, member);

    if (r >= 0 && fixed && strcmp(fixed, "start") == 0)
        r = sd_bus_message_append(m, "ta{sv}", (uint64_t) 7, 1, "default-lines", "b", true);
    else if (r >= 0 && fixed && strcmp(fixed, "dial") == 0)
        r = sd_bus_message_append(m, "sta{sv}", "loop0", (uint64_t) 1 + take_below(&taker, 4), 1, "address", "s", wire_take_text(&taker));
    else if (r >= 0)
        r = wire_take_values(&taker, m, types);
    if (r >= 0)
        r = sd_bus_send(bus, m, cookie);
    if (r >= 0)
        g_hash_table_add(pending, g_steal_pointer(&cookie));
    g_free(cookie);
    sd_bus_message_unref(m);
    turn();
}

static void take_step(void) {
    unsigned what = take_byte(&taker);
    WireMethod method = take_below(&taker, _WIRE_METHOD_MAX);

    if (method == WIRE_STOP || method == WIRE_START)
        method = WIRE_DEBUG_INCOMING;
    if (what < 50)
        ask("Dial", NULL, "dial");
    else if (what < 230)
        ask(wire_method_to_string(method), wire_method_input(method), NULL);
    else if (what < 245)
        ask(wire_method_to_string(method), take_byte(&taker) & 1 ? "s" : "ta{sv}", NULL);
    else if (what < 252)
        ask("Sing", "s", NULL);
    else if (what == 252) {
        hang_up();
        turn();
        accept_provider();
        ask("Start", NULL, "start");
    } else
        turn();
}

static void on_over(int status, void *userdata) {
    over = true;
}

/* Whatever was asked before, the stop is answered, and with it all else. */
static void stop(void) {
    int64_t deadline = g_get_monotonic_time() + WAIT_USEC;
    guint tick = g_timeout_add(1, on_tick, NULL);

    ask("Stop", "", NULL);
    while (g_hash_table_size(pending) > 0 && g_get_monotonic_time() < deadline)
        g_main_context_iteration(NULL, TRUE);
    must(g_hash_table_size(pending) == 0, "%u questions have no answer", g_hash_table_size(pending));
    hang_up();
    while (!over && g_get_monotonic_time() < deadline)
        g_main_context_iteration(NULL, TRUE);
    must(over, "it does not end");
    g_source_remove(tick);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Loopback *loopback = loopback_new(&(LoopbackConfig) { .default_lines = true });
    Provider *provider;

    listen_once();
    wire_taker_forget_numbers();
    taker = (Taker) { .at = data, .left = size };
    over = false;
    manager = (Manager) { .on_over = on_over };
    provider = provider_new(&manager, &loopback_ops, loopback);
    manager.connection = connection_new(address, &host_connection_events, &manager);
    accept_provider();
    ask("Start", NULL, "start");
    for (int i = 0; i < STEPS_MAX && taker.left > 0 && !over; i++)
        take_step();
    stop();
    connection_free(manager.connection);
    provider_free(provider);
    loopback_free(loopback);
    return 0;
}
