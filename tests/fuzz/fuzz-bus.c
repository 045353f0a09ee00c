/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bus face: calls in several states, and then any messages of four clients to any object, out of the bytes of the trial. The
 * handlers, the rules and the loopback network are those of callbusd; only the bus is not there (door.h).
 */
#include <glib.h>
#include <string.h>

#include "interfaces/call-log-object.h"
#include "interfaces/call-object.h"
#include "interfaces/line-object.h"
#include "interfaces/manager-object.h"
#include "interfaces/names.h"
#include "tests/fuzz/door.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/ledger.h"
#include "tests/fuzz/taker.h"

enum { STEPS_MAX = 40, STRANGER = DOOR_CLIENTS - 1 };

static const char *const lines[] = {
    CALLBUS_LINE_PATH "/loop0", CALLBUS_LINE_PATH "/loop1", CALLBUS_LINE_PATH "/loop2", CALLBUS_LINE_PATH "/mute0",
    CALLBUS_LINE_PATH "/fuzz0", CALLBUS_LINE_PATH "/none",
};

static const char *const invented[] = {
    CALLBUS_CLIENT_PATH "/1_1/call/7_9999", CALLBUS_CLIENT_PATH "/1_1/call/6_1", CALLBUS_CLIENT_PATH "/1_1/call/7_01",
    CALLBUS_CLIENT_PATH "/1_1/call/7", CALLBUS_CLIENT_PATH "/1_1", CALLBUS_CLIENT_PATH, "/", "/org/callbus1", "/org/example",
    CALLBUS_CLIENT_PATH "/1_1/call/18446744073709551616_18446744073709551616",
};

static bool gone[DOOR_CLIENTS];

/* ---- Scenes ---- */

/* What is there when the trial begins: a method of an object each. */
typedef struct Step {
    unsigned client;
    const char *object; /* "+n": its n-th newest handle */
    const char *member, *signature, *first, *second;
    unsigned pass_ms;
} Step;

#define OPEN(client, line, privilege) { client, line, "Open", "sasa{sv}", privilege, NULL, 0 }
#define DIAL(client, line, address, ms) { client, line, "Dial", "sa{sv}", address, NULL, ms }
#define DO(client, n, member) { client, "+" #n, member, "", NULL, NULL, 10 }

static const Step scenes[][6] = {
    {},
    { DIAL(0, "loop0", "answer?ring=0", 10) },
    { DIAL(0, "loop0", "no-answer?ring=60", 10) },
    { OPEN(1, "loop1", "owner"), DIAL(0, "loop0", "101", 10) },
    { OPEN(1, "loop1", "owner"), OPEN(2, "loop1", "monitor"), DIAL(0, "loop0", "101", 10), DO(1, 0, "Accept") },
    { OPEN(1, "loop1", "owner"), OPEN(2, "loop1", "owner+monitor"), DIAL(0, "loop0", "101", 10), DO(1, 0, "Answer") },
    { DIAL(0, "loop0", "answer?ring=0", 10), DO(0, 0, "Hold") },
    { DIAL(0, "loop0", "busy?free=5s", 10) },
    { DIAL(0, "loop0", "reject", 10) },
    { DIAL(0, "loop0", "answer?ring=0", 10), { 0, "+0", "Drop", "a{sv}", NULL, NULL, 10 } },
    { DIAL(0, "loop0", "answer?ring=0", 10), { 0, "+0", "SetupConference", "sa{sv}", "answer?ring=0", NULL, 10 },
      { 0, "+1", "AddToConference", "o", "+0", NULL, 10 } },
    { DIAL(0, "loop0", "answer?ring=0", 10), { 0, "+0", "SetupTransfer", "sa{sv}", "", NULL, 10 } },
    { DIAL(0, "loop0", "answer?ring=0", 10), { 0, "+0", "SetupTransfer", "sa{sv}", "answer?ring=0", NULL, 10 } },
    { DIAL(0, "fuzz0", "tel:1-1-2", 10) },
    { DIAL(0, "loop0", "answer?ring=0", 10), DO(0, 0, "Hold"), DIAL(0, "loop0", "102", 10), OPEN(3, "loop2", "owner+monitor") },
    { OPEN(0, "fuzz0", "owner"), DIAL(1, "loop0", "500", 10), DIAL(2, "loop2", "500", 10), DO(0, 0, "Answer"), DO(0, 1, "Answer") },
    { OPEN(0, "mute0", "owner"), DIAL(1, "loop0", "200", 10), DO(0, 0, "Answer"), { 0, "+0", "Park", "s", "", NULL, 10 } },
    { DIAL(0, "loop0", "congestion", 10), DIAL(0, "loop0", "digits?ring=0", 10),
      { 0, "+0", "MonitorDigits", "b", "yes", NULL, 1000 } },
};

static const char *object_of(unsigned client, const char *name) {
    static char path[64];

    if (name[0] == '+')
        return ledger_path(client, name[1] - '0') ?: invented[0];
    g_snprintf(path, sizeof(path), CALLBUS_LINE_PATH "/%s", name);
    return path;
}

static void append_step(sd_bus_message *m, const Step *step) {
    const char *type = step->signature;

    if (*type == 's')
        sd_bus_message_append(m, "s", step->first);
    if (*type == 'o')
        sd_bus_message_append(m, "o", object_of(step->client, step->first));
    if (*type == 'b')
        sd_bus_message_append(m, "b", 1);
    if (strcmp(type, "sasa{sv}") == 0)
        sd_bus_message_append(m, "as", 0);
    if (g_str_has_suffix(type, "a{sv}"))
        sd_bus_message_append(m, "a{sv}", 0);
}

static void set_scene(const Step *step) {
    for (unsigned i = 0; i < G_N_ELEMENTS(scenes[0]) && step[i].object; i++) {
        bool handle = step[i].object[0] == '+';
        sd_bus_message *m = NULL;

        must(sd_bus_message_new_method_call(door_bus(), &m, CALLBUS_NAME, object_of(step[i].client, step[i].object),
                                            handle ? CALLBUS_CALL_INTERFACE : CALLBUS_LINE_INTERFACE, step[i].member) >= 0,
             "no message");
        append_step(m, &step[i]);
        door_send(step[i].client, m, ledger_sent);
        sd_bus_message_unref(m);
        must(!*ledger_error(step[i].client), "the scene does not begin: %s", ledger_error(step[i].client));
        door_pass(step[i].pass_ms);
    }
}

/* ---- Any messages ---- */

static const char *take_handle(Taker *taker) {
    unsigned which = take_byte(taker);
    const char *path = ledger_path(which % DOOR_CLIENTS, which / DOOR_CLIENTS % 8);

    if (which >= 240 || !path)
        return which % 3 == 0 ? lines[which % G_N_ELEMENTS(lines)] : invented[which % G_N_ELEMENTS(invented)];
    return path;
}

static const char *take_object(Taker *taker, unsigned client, const sd_bus_vtable *table) {
    unsigned which = take_byte(taker);

    if (which >= 230)
        return take_handle(taker);
    if (table == manager_vtable || table == call_log_vtable)
        return CALLBUS_PATH;
    if (table == line_vtable)
        return lines[which % G_N_ELEMENTS(lines)];
    return ledger_path(client, which % 6) ?: take_handle(taker);
}

static const sd_bus_vtable *take_method(Taker *taker, const sd_bus_vtable *table) {
    unsigned n = 0, which;

    for (const sd_bus_vtable *i = table; i->type != _SD_BUS_VTABLE_END; i++)
        n += i->type == _SD_BUS_VTABLE_METHOD;
    which = take_below(taker, n);
    for (;; table++)
        if (table->type == _SD_BUS_VTABLE_METHOD && which-- == 0)
            return table;
}

static void send_values(Taker *taker, unsigned client, const char *path, const char *interface, const char *member,
                        const char *signature) {
    sd_bus_message *m = NULL;

    if (sd_bus_message_new_method_call(door_bus(), &m, CALLBUS_NAME, path, interface, member) >= 0 &&
        take_values(taker, m, signature) >= 0)
        door_send(client, m, ledger_sent);
    sd_bus_message_unref(m);
}

static void call_method(Taker *taker, unsigned client, bool wrong) {
    static const struct {
        const sd_bus_vtable *table;
        const char *interface;
    } rows[] = {
        { call_vtable, CALLBUS_CALL_INTERFACE }, { call_vtable, CALLBUS_CALL_INTERFACE }, { line_vtable, CALLBUS_LINE_INTERFACE },
        { call_vtable, CALLBUS_CALL_INTERFACE }, { manager_vtable, CALLBUS_MANAGER_INTERFACE },
        { call_log_vtable, CALLBUS_LOG_INTERFACE },
    };
    unsigned row = take_below(taker, G_N_ELEMENTS(rows));
    const sd_bus_vtable *method = take_method(taker, rows[row].table);

    send_values(taker, client, take_object(taker, client, rows[row].table), rows[row].interface, method->x.method.member,
                wrong ? take_signature(taker) : method->x.method.signature);
}

static void call_standard(Taker *taker, unsigned client) {
    static const struct {
        const char *interface, *member, *signature;
    } rows[] = {
        { DBUS_PROPERTIES_INTERFACE, "Get", "ss" },
        { DBUS_PROPERTIES_INTERFACE, "GetAll", "s" },
        { DBUS_PROPERTIES_INTERFACE, "Set", "ssv" },
        { DBUS_INTROSPECTABLE_INTERFACE, "Introspect", "" },
        { DBUS_OBJECT_MANAGER_INTERFACE, "GetManagedObjects", "" },
        { DBUS_PEER_INTERFACE, "Ping", "" },
        { CALLBUS_CALL_INTERFACE, "Nothing", "" },
        { "org.example.Nothing", "Hold", "" },
        { NULL, "Hold", "" },
    };
    unsigned row = take_below(taker, G_N_ELEMENTS(rows)), table = take_below(taker, 3);

    send_values(taker, client,
                take_object(taker, client, table == 0 ? manager_vtable : table == 1 ? line_vtable : call_vtable),
                rows[row].interface, rows[row].member, rows[row].signature);
}

static void take_step(Taker *taker) {
    unsigned what = take_byte(taker), client = what / 16 % DOOR_CLIENTS;

    if (gone[client])
        return;
    switch (what % 16) {
    case 11:
        call_method(taker, client, /* wrong= */ true);
        break;
    case 12:
        call_standard(taker, client);
        break;
    case 13:
        door_pass(take_byte(taker) * 10);
        break;
    case 14:
        door_pass(take_byte(taker) * 1000);
        break;
    case 15:
        door_leave(client);
        ledger_left(client);
        gone[client] = true;
        break;
    default:
        call_method(taker, client, /* wrong= */ false);
    }
}

/* ---- What holds at the end ---- */

/* What the stranger is told of that path, with the path left out; to be freed. */
static char *as_told(const char *path) {
    g_autoptr(GString) told = NULL;
    sd_bus_message *m = NULL;

    must(sd_bus_message_new_method_call(door_bus(), &m, CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE, "Hold") >= 0, "no message");
    door_send(STRANGER, m, ledger_sent);
    sd_bus_message_unref(m);
    told = g_string_new(ledger_error(STRANGER));
    g_string_replace(told, path, "PATH", 0);
    return g_string_free(g_steal_pointer(&told), FALSE);
}

/* Another's handle and one that never was are the same to a stranger. */
static void check_stranger(void) {
    g_autofree char *nothing = as_told(invented[0]);

    must(g_str_has_prefix(nothing, DBUS_ERROR_UNKNOWN_OBJECT), "a path that never was: %s", nothing);
    for (unsigned i = 0; i < STRANGER; i++) {
        g_autofree char *path = g_strdup(ledger_path(i, 0)), *told = path ? as_told(path) : NULL;

        must(!told || strcmp(told, nothing) == 0, "%s: %s", path, told);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Taker taker = { .at = data, .left = size, .path = take_handle };
    unsigned scene = take_byte(&taker);

    memset(gone, 0, sizeof(gone));
    ledger_begin();
    door_open(/* journal= */ scene >= 128, ledger_message);
    set_scene(scenes[scene % 128 % G_N_ELEMENTS(scenes)]);
    for (unsigned i = 0; i < STEPS_MAX && taker.left > 0; i++)
        take_step(&taker);
    door_pass(30000);
    must(ledger_pending() == 0, "%u requests have no reply", ledger_pending());
    if (!gone[STRANGER])
        check_stranger();
    door_close();
    ledger_end();
    return 0;
}
