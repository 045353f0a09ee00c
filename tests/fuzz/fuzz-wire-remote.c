/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The service and a hostile provider process: two lines whose provider says and answers whatever the bytes of the trial make of it,
 * while somebody dials and works with the calls. Each request has one answer, and the service ends in good order.
 */
#include <glib.h>
#include <string.h>
#include <sys/types.h>

#include "bus/source.h"
#include "providers/remote/remote.h"
#include "providers/wire/codec.h"
#include "providers/wire/method.h"
#include "providers/wire/names.h"
#include "providers/wire/socket.h"
#include "service/call.h"
#include "service/client.h"
#include "service/conference.h"
#include "service/dial.h"
#include "service/digits.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/open.h"
#include "service/operations.h"
#include "service/pickup.h"
#include "service/priority.h"
#include "service/request.h"
#include "service/transfer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/wire-taker.h"

enum { STEPS_MAX = 40, TURNS = 40, WAIT_USEC = 20 * G_USEC_PER_SEC };

static Door *door;
static Manager *manager;
static Client *client;
static Taker taker;
static unsigned asked, answered;

/* The provider's end. */
static sd_bus *bus;
static BusSource *source;
static GQueue questions; /* of sd_bus_message */
static bool started;

/* Whoever is to be killed for what it says is this very process. */
int __wrap_pidfd_send_signal(int fd, int signal, void *info, unsigned flags);

int __wrap_pidfd_send_signal(int fd, int signal, void *info, unsigned flags) {
    return 0;
}

/* ---- Nobody is told anything ---- */

static void ignore(void) {
}

typedef void (*Ignore)(void);

static union {
    Observer observer;
    Ignore functions[sizeof(Observer) / sizeof(Ignore)];
} silent;

/* ---- The provider ---- */

static void forget_questions(void) {
    sd_bus_message *m;

    while ((m = g_queue_pop_head(&questions)))
        sd_bus_message_unref(m);
}

static void on_lost(int error, void *userdata) {
    started = false;
}

static const BusSourceEvents source_events = { .lost = on_lost };

static void leave(void) {
    forget_questions();
    source = bus_source_free(source);
    bus = sd_bus_close_unref(bus);
    started = false;
}

static void tell_line(sd_bus_message *question) {
    g_autoptr(GPtrArray) keep = wire_keep_new();
    g_autofree char *why = NULL;
    const char *name = NULL;
    sd_bus_message *m = NULL;
    LineInfo info;

    must(sd_bus_message_read_basic(question, 's', &name) > 0 && wire_read_line_info(question, keep, &info, &why) >= 0,
         "AddLine: %s", why);
    if (sd_bus_message_new_method_call(bus, &m, NULL, WIRE_HOST_PATH, WIRE_HOST_INTERFACE, "LineAdded") >= 0 &&
        sd_bus_message_append_basic(m, 's', name) >= 0 && wire_append_line_info(m, &info) >= 0)
        sd_bus_send(bus, m, NULL);
    sd_bus_message_unref(m);
}

/* The first messages are answered as is right, so that there is something to be spoiled. */
static int on_question(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    WireMethod method;

    if (!sd_bus_message_is_method_call(m, WIRE_PROVIDER_INTERFACE, NULL))
        return 0;
    method = wire_method_from_string(sd_bus_message_get_member(m));
    must((int) method >= 0, "the service asks for %s", sd_bus_message_get_member(m));
    must(sd_bus_message_has_signature(m, wire_method_input(method)), "%s is asked with '%s'", wire_method_to_string(method),
         sd_bus_message_get_signature(m, true));
    started |= method == WIRE_START;
    if (method == WIRE_ADD_LINE)
        tell_line(m);
    if (method == WIRE_START || method == WIRE_ADD_LINE || method == WIRE_ADOPTED || method == WIRE_STOP)
        return sd_bus_reply_method_return(m, "");
    g_queue_push_tail(&questions, sd_bus_message_ref(m));
    return 1;
}

static void turn(void) {
    for (int i = 0; i < TURNS && g_main_context_iteration(NULL, FALSE); i++)
        ;
    if (manager)
        manager_flush(manager);
}

static int append_methods(sd_bus_message *m) {
    int r = sd_bus_message_open_container(m, 'a', "s");

    for (WireMethod i = 0; i < _WIRE_METHOD_MAX && r >= 0; i++)
        r = sd_bus_message_append_basic(m, 's', wire_method_to_string(i));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static void come(bool right) {
    sd_bus_message *m = NULL;
    uint64_t cookie;
    int r;

    leave();
    must(wire_connect(door_address(door), &bus) >= 0, "the door is closed");
    sd_bus_add_filter(bus, NULL, on_question, NULL);
    source = bus_source_new(bus, &source_events, NULL);
    r = sd_bus_message_new_method_call(bus, &m, NULL, WIRE_HOST_PATH, WIRE_HOST_INTERFACE, "Hello");
    if (r >= 0)
        r = sd_bus_message_append(m, "us", right ? 1 : take_byte(&taker) % 3, right ? "fuzz" : wire_take_text(&taker));
    if (r >= 0)
        r = append_methods(m);
    if (r >= 0)
        r = wire_take_values(&taker, m, "a{sv}a(ta{sv})");
    if (r >= 0)
        sd_bus_send(bus, m, &cookie);
    sd_bus_message_unref(m);
    turn();
}

/* Without calls of before, and without anything that makes no sense. */
static void come_well(void) {
    Taker later = taker;
    int64_t deadline = g_get_monotonic_time() + WAIT_USEC;

    taker.left = 0;
    come(/* right= */ true);
    taker = later;
    while (!started && g_get_monotonic_time() < deadline)
        turn();
    must(started, "it is not told to start");
    while (line_state(manager_find_line(manager, "fuzz1")) != LINE_IN_SERVICE && g_get_monotonic_time() < deadline)
        turn();
}

static void tell(const char *member, const char *types) {
    sd_bus_message *m = NULL;

    if (!bus || sd_bus_message_new_method_call(bus, &m, NULL, WIRE_HOST_PATH, WIRE_HOST_INTERFACE, member) < 0)
        return;
    if (wire_take_values(&taker, m, types) >= 0)
        sd_bus_send(bus, m, NULL);
    sd_bus_message_unref(m);
}

static void tell_something(void) {
    static const struct {
        const char *member, *types;
    } reports[] = {
        { "Event", "tss" }, { "Ended", "tss" }, { "Incoming", "sta{sv}" }, { "Joined", "tt" }, { "Party", "ts(sss)" },
        { "LineAdded", "sa{sv}" }, { "LineState", "sss" }, { "Ring", "ssu" }, { "Forwarding", "sa(sssu)" },
        { "MessagesWaiting", "su" }, { "CallId", "tss" }, { "Reason", "tss" }, { "UserUserInfo", "tay" }, { "NetworkId", "tss" },
        { "Encrypted", "tb" }, { "Audio", "tsu" }, { "Digit", "ts" }, { "DigitsSent", "ts" }, { "ToneSent", "ts" },
        { "MediaStats", "ta{sv}" }, { "Sing", "s" },
    };
    unsigned i = take_below(&taker, G_N_ELEMENTS(reports));

    tell(reports[i].member, take_byte(&taker) < 245 ? reports[i].types : "st");
}

static void tell_event(const Call *call) {
    static const char *const events[] = { "ringback", "connected", "held", "resumed", "busy", "accepted" };
    sd_bus_message *m = NULL;

    if (!bus || sd_bus_message_new_method_call(bus, &m, NULL, WIRE_HOST_PATH, WIRE_HOST_INTERFACE, "Event") < 0)
        return;
    if (sd_bus_message_append(m, "tss", call_number(call), events[take_below(&taker, G_N_ELEMENTS(events))], "") >= 0)
        sd_bus_send(bus, m, NULL);
    sd_bus_message_unref(m);
}

static void answer_one(void) {
    sd_bus_message *m = g_queue_pop_head(&questions), *reply = NULL;
    unsigned how = take_byte(&taker);
    WireMethod method;
    int r;

    if (!m)
        return;
    method = wire_method_from_string(sd_bus_message_get_member(m));
    if (how < 30) {
        sd_bus_reply_method_errorf(m, how < 20 ? WIRE_ERROR_PREFIX "InvalidState" : "org.example.Oops", "%s", wire_take_text(&taker));
        sd_bus_message_unref(m);
        return;
    }
    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0 && how < 160 && strcmp(wire_method_output(method), "a{sv}") == 0)
        r = sd_bus_message_append(reply, "a{sv}", 1, "event", "s", how < 130 ? "dialing" : "connected");
    else if (r >= 0)
        r = wire_take_values(&taker, reply, how < 245 ? wire_method_output(method) : "st");
    if (r >= 0)
        sd_bus_send(NULL, reply, NULL);
    sd_bus_message_unref(reply);
    sd_bus_message_unref(m);
}

/* ---- The person ---- */

static void on_answer(const Outcome *outcome, void *userdata) {
    bool *is_answered = userdata;

    must(!*is_answered, "a second answer to one request");
    *is_answered = true;
    answered++;
}

static GPtrArray *answers; /* of bool */

static Done an_answer(void) {
    bool *is_answered = g_new0(bool, 1);

    g_ptr_array_add(answers, is_answered);
    return (Done) { on_answer, is_answered };
}

static void asks(Refusal *refusal, const Done *done) {
    asked++;
    if (refusal)
        on_answer(&(Outcome) { .refusal = refusal }, done->userdata);
    refusal_free(refusal);
}

static Handle *some_handle(void) {
    Line *line = manager_find_line(manager, take_byte(&taker) & 1 ? "fuzz0" : "fuzz1");
    GList *calls = line ? line_calls(line)->head : NULL;
    unsigned which = take_below(&taker, 4);
    Call *call;

    if (!calls)
        return NULL;
    call = g_list_nth_data(calls, which) ?: calls->data;
    wire_taker_note_number(call_number(call));
    if (take_byte(&taker) & 1)
        tell_event(call);
    return g_queue_peek_head(call_handles(call));
}

static void dial(void) {
    Line *line = manager_find_line(manager, take_byte(&taker) & 1 ? "fuzz0" : "fuzz1");
    DialOrder order = { .address = wire_take_text(&taker) };
    Done done = an_answer();

    if (line)
        asks(line_dial(line, client, &order, done), &done);
    else
        asks(refuse(REFUSAL_UNKNOWN_OBJECT, "No line"), &done);
}

static Refusal *work(Handle *handle, Handle *other, Done done) {
    DialOrder order = { .address = wire_take_text(&taker) };

    switch (take_below(&taker, 14)) {
    case 0: return handle_hold(handle, done);
    case 1: return handle_unhold(handle, done);
    case 2: return handle_answer(handle, done);
    case 3: return handle_setup_transfer(handle, &order, done);
    case 4: return handle_complete_transfer(handle, other, TRANSFER_TRANSFER, done);
    case 5: return handle_complete_transfer(handle, other, TRANSFER_CONFERENCE, done);
    case 6: return handle_setup_conference(handle, &order, done);
    case 7: return handle_add_to_conference(handle, other, done);
    case 8: return handle_park(handle, "", done);
    case 9: return handle_send_digits(handle, "12", 50, 50, done);
    case 10: return handle_mute(handle, true, done);
    case 11: return handle_redirect(handle, "101", done);
    case 12: return handle_blind_transfer(handle, "101", done);
    default: return handle_drop(handle, REJECT_NONE, done);
    }
}

static void do_something(void) {
    Handle *handle = some_handle(), *other = some_handle();
    Done done;

    if (!handle || !other)
        return;
    done = an_answer();
    asks(work(handle, other, done), &done);
}

static void take_step(void) {
    unsigned what = take_byte(&taker);

    if (what < 50)
        dial();
    else if (what < 110)
        do_something();
    else if (what < 180)
        tell_something();
    else if (what < 240)
        answer_one();
    else if (what < 244)
        come(/* right= */ false);
    else if (what < 250)
        come(/* right= */ true);
    else if (what == 250)
        leave();
    turn();
}

/* ---- The whole ---- */

static void on_ready(const char *failure, void *userdata) {
    *(bool *) userdata = true;
}

static void wait_for(const bool *ready) {
    int64_t deadline = g_get_monotonic_time() + WAIT_USEC;

    while (!*ready && g_get_monotonic_time() < deadline) {
        g_main_context_iteration(NULL, TRUE);
        manager_flush(manager);
    }
    must(*ready, "it takes for ever");
}

static void make_door(void) {
    g_autofree char *why = NULL;

    if (door)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(silent.functions); i++)
        silent.functions[i] = ignore;
    g_setenv("XDG_RUNTIME_DIR", fuzz_folder(), TRUE);
    must(door_open(&(DoorOptions) { .state = fuzz_folder() }, &door, &why) >= 0, "no door: %s", why);
}

static Provider *begin(Remote **ret) {
    const LineConfig lines[] = {
        { .info = { .name = "fuzz0", .addresses = (const char *const[]) { "10", NULL }, .media_modes = MEDIA_ALL, .call_id = true } },
        { .info = { .name = "fuzz1", .addresses = (const char *const[]) { "11", NULL }, .media_modes = MEDIA_ALL } },
    };
    RemoteConfig config = { .name = "fuzz", .is_local = true, .epoch = 7, .lines = lines, .n_lines = G_N_ELEMENTS(lines) };
    bool ready = false;
    Provider *provider;

    manager = manager_new(&limits_default);
    manager_set_journal(manager, NULL, 7);
    manager_set_priorities(manager, priorities_new(NULL));
    manager_set_observer(manager, &silent.observer, NULL);
    *ret = remote_new(door, &config);
    provider = provider_new(manager, remote_ops(*ret), *ret);
    manager_start(manager, on_ready, &ready);
    come_well();
    wait_for(&ready);
    remote_ops(*ret)->adopted(provider);
    must(client_new(manager, ":1.1", 1000, NULL, &client) == 0, "no client");
    return provider;
}

static void open_lines(void) {
    const OpenOptions options = { .privilege = OPEN_OWNER_MONITOR, .media_modes = MEDIA_ALL, .offer = true };

    for (int i = 0; i < 2; i++)
        refusal_free(line_open(manager_find_line(manager, i == 0 ? "fuzz0" : "fuzz1"), client, &options));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    bool stopped = false;
    Provider *provider;
    Remote *remote;

    make_door();
    wire_taker_forget_numbers();
    taker = (Taker) { .at = data, .left = size };
    answers = g_ptr_array_new_with_free_func(g_free);
    asked = answered = 0;
    provider = begin(&remote);
    open_lines();
    for (int i = 0; i < STEPS_MAX && taker.left > 0; i++)
        take_step();
    leave();
    turn();
    manager_stop(manager, on_ready, &stopped);
    wait_for(&stopped);
    must(asked == answered, "%u requests, %u answers", asked, answered);
    client_vanish(client);
    provider_free(provider);
    remote_free(remote);
    manager = manager_free(manager);
    g_ptr_array_unref(answers);
    return 0;
}
