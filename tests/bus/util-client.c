/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client: a connection of its own, the record of all that it hears, requests, and waiting. */
#include "tests/bus/util-internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REQUEST_TIMEOUT_USEC (G_USEC_PER_SEC * 60)

/* A request under way. */
typedef struct Pending {
    Client *client;
    uint64_t request;
    char *path, *interface, *member;
    char *argument; /* the first one, if it is text */
    guint sent;     /* its place in the record */
} Pending;

static void pending_free(void *data) {
    Pending *pending = data;
    g_free(pending->path);
    g_free(pending->interface);
    g_free(pending->member);
    g_free(pending->argument);
    g_free(pending);
}

static void event_free(void *data) {
    Event *event = data;
    g_free(event->path);
    g_free(event->interface);
    g_free(event->member);
    sd_bus_message_unref(event->message);
    g_free(event);
}

/* ---- The record ---- */

static void trace(const Client *client, const Event *event) {
    static const char *const words[] = {
        [EVENT_SIGNAL] = "signal", [EVENT_REPLY] = "reply", [EVENT_ERROR] = "error"};
    if (!g_getenv("CALLBUS_TEST_TRACE"))
        return;
    g_autofree char *text = g_strdelimit(message_text(event->message), "\n", ' ');
    const sd_bus_error *error = sd_bus_message_get_error(event->message);
    fprintf(stderr, "%u %s %" G_GUINT64_FORMAT " %s %s %s %s\n", client->number, words[event->kind],
            event->request, event->path, event->member, error ? error->name : "", text);
}

static Event *record(Client *client, EventKind kind, sd_bus_message *message, const char *path,
                     const char *interface, const char *member) {
    Event *event = g_new0(Event, 1);
    *event = (Event){
        .kind = kind,
        .path = g_strdup(path),
        .interface = g_strdup(interface),
        .member = g_strdup(member),
        .message = sd_bus_message_ref(message),
    };
    g_ptr_array_add(client->events, event);
    return event;
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Client *client = userdata;
    uint8_t type;
    sd_bus_message_get_type(message, &type);
    if (type == SD_BUS_MESSAGE_METHOD_CALL)
        return 0;
    if (type != SD_BUS_MESSAGE_SIGNAL)
        client_fail(client, "an answer to no request of ours, or a second one to the same");
    const char *sender = sd_bus_message_get_sender(message);
    if (g_strcmp0(sender, DBUS_NAME) == 0 || g_strcmp0(sender, "org.freedesktop.DBus.Local") == 0 ||
        g_str_has_prefix(sd_bus_message_get_path(message), "/org/freedesktop/DBus"))
        return 0;
    if (!bus_is_service_name(client->bus, sender))
        client_fail(client, "a signal from the stranger %s", sender);
    Event *event = record(client, EVENT_SIGNAL, message, sd_bus_message_get_path(message),
                          sd_bus_message_get_interface(message), sd_bus_message_get_member(message));
    trace(client, event);
    shadow_on_signal(client, event);
    return 0;
}

static int on_answer(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    Pending *pending = userdata;
    Client *client = pending->client;
    bool failed = sd_bus_message_is_method_error(message, NULL);
    Event *event = record(client, failed ? EVENT_ERROR : EVENT_REPLY, message, pending->path,
                          pending->interface, pending->member);
    event->request = pending->request;
    trace(client, event);
    g_hash_table_insert(client->answers, g_memdup2(&pending->request, sizeof(uint64_t)), event);
    g_hash_table_remove(client->pending, &pending->request);
    if (sd_bus_message_is_method_error(message, SD_BUS_ERROR_TIMEOUT))
        client_fail(client, "no answer to %s on %s", pending->member, pending->path);
    shadow_on_answer(client, event, pending->argument, pending->sent);
    return 1;
}

/* ---- Life ---- */

static int on_match_installed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    ck_assert(!sd_bus_message_is_method_error(message, NULL));
    return 1;
}

Client *client_new(Bus *bus, guint number) {
    Client *client = g_new0(Client, 1);
    *client = (Client){
        .bus = bus,
        .number = number,
        .open = true,
        .pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
        .answers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL),
        .events = g_ptr_array_new_with_free_func(event_free),
        .shadows = g_hash_table_new(g_str_hash, g_str_equal),
        .shadow_list = g_ptr_array_new_with_free_func(shadow_free),
        .returned = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    const char *name;
    CHECK(sd_bus_new(&client->connection) >= 0);
    CHECK(sd_bus_set_address(client->connection, bus_address(bus)) >= 0);
    CHECK(sd_bus_set_bus_client(client->connection, true) >= 0);
    CHECK(sd_bus_add_filter(client->connection, NULL, on_message, client) >= 0);
    CHECK(sd_bus_start(client->connection) >= 0);
    CHECK(sd_bus_get_unique_name(client->connection, &name) >= 0);
    client->name = g_strdup(name);
    g_autofree char *element = g_strdelimit(g_strdup(name + 1), ".", '_');
    client->path_prefix = g_strdup_printf(CALLBUS_CLIENT_PATH "/%s/call/", element);
    /* Hears every broadcast of the service too: whatever is broadcast about a call is caught. */
    CHECK(sd_bus_add_match_async(client->connection, NULL, "type='signal',sender='" CALLBUS_NAME "'", NULL,
                                            on_match_installed, NULL) >= 0);
    return client;
}

Client *client_free(Client *client) {
    if (!client)
        return NULL;
    sd_bus_close(client->connection);
    sd_bus_unref(client->connection);
    g_hash_table_unref(client->pending);
    g_hash_table_unref(client->answers);
    g_ptr_array_unref(client->events);
    g_hash_table_unref(client->shadows);
    g_ptr_array_unref(client->shadow_list);
    g_hash_table_unref(client->returned);
    g_free(client->name);
    g_free(client->path_prefix);
    g_free(client);
    return NULL;
}

void client_kill(Client *client) {
    client->open = false;
    sd_bus_close(client->connection);
    g_hash_table_remove_all(client->pending);
}

bool client_is_open(const Client *client) {
    return client->open;
}

void client_set_deaf(Client *client, bool deaf) {
    client->deaf = deaf;
}

bool client_listens(const Client *client) {
    return client->open && !client->deaf;
}

const char *client_name(const Client *client) {
    return client->name;
}

sd_bus *client_connection(Client *client) {
    return client->connection;
}

Bus *client_bus(Client *client) {
    return client->bus;
}

void client_own_name(Client *client, const char *name) {
    int r = sd_bus_request_name(client->connection, name, 0);
    ck_assert_msg(r >= 0, "cannot own the name %s: %s", name, strerror(-r));
}

bool client_process(Client *client) {
    bool progress = false;
    for (;;) {
        int r = sd_bus_process(client->connection, NULL);
        if (r < 0)
            client_fail(client, "lost its connection: %s", strerror(-r));
        if (r == 0)
            return progress;
        progress = true;
    }
}

/* ---- Requests ---- */

static const char *default_interface(const char *path) {
    if (g_str_has_prefix(path, CALLBUS_LINE_PATH "/"))
        return CALLBUS_LINE_INTERFACE;
    return g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/") ? CALLBUS_CALL_INTERFACE
                                                           : CALLBUS_MANAGER_INTERFACE;
}

static char *first_text(sd_bus_message *message) {
    const char *signature = sd_bus_message_get_signature(message, /* complete= */ true), *text = NULL;
    if (!signature || (signature[0] != 's' && signature[0] != 'o'))
        return NULL;
    sd_bus_message_rewind(message, true);
    return sd_bus_message_read_basic(message, signature[0], &text) > 0 ? g_strdup(text) : NULL;
}

static Pending *pending_new(Client *client, sd_bus_message *message) {
    Pending *pending = g_new0(Pending, 1);
    *pending = (Pending){
        .client = client,
        .request = ++client->last_request,
        .path = g_strdup(sd_bus_message_get_path(message)),
        .interface = g_strdup(sd_bus_message_get_interface(message)),
        .member = g_strdup(sd_bus_message_get_member(message)),
        .sent = client->events->len,
    };
    return pending;
}

uint64_t client_send_message(Client *client, sd_bus_message *message) {
    sd_bus_slot *slot = NULL;
    Pending *pending = pending_new(client, message);
    uint64_t request = pending->request;
    g_hash_table_insert(client->pending, g_memdup2(&request, sizeof(request)), pending);
    int r = sd_bus_call_async(client->connection, &slot, message, on_answer, pending, REQUEST_TIMEOUT_USEC);
    if (r < 0)
        client_fail(client, "cannot send %s: %s", pending->member, strerror(-r));
    pending->argument = first_text(message);
    bus_note_request(client->bus, message);
    sd_bus_slot_set_destroy_callback(slot, pending_free);
    sd_bus_slot_set_floating(slot, true);
    sd_bus_slot_unref(slot);
    return request;
}

uint64_t client_sendv(Client *client, const char *path, const char *member, const char *types,
                      va_list arguments) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    const char *dot = strrchr(member, '.');
    g_autofree char *interface =
        dot ? g_strndup(member, (gsize) (dot - member)) : g_strdup(default_interface(path));
    int r = sd_bus_message_new_method_call(client->connection, &message, CALLBUS_NAME, path, interface,
                                           dot ? dot + 1 : member);
    if (r < 0)
        client_fail(client, "no message for %s on %s: %s", member, path, strerror(-r));
    r = types && types[0] ? sd_bus_message_appendv(message, types, arguments) : 0;
    if (r < 0)
        client_fail(client, "wrong arguments for %s: %s", member, strerror(-r));
    return client_send_message(client, message);
}

uint64_t client_send(Client *client, const char *path, const char *member, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    uint64_t request = client_sendv(client, path, member, types, arguments);
    va_end(arguments);
    return request;
}

bool client_answered(const Client *client, uint64_t request) {
    return g_hash_table_contains(client->answers, &request);
}

sd_bus_message *client_await(Client *client, uint64_t request) {
    uint64_t deadline = bus_deadline();
    while (!client_answered(client, request)) {
        const Pending *pending = g_hash_table_lookup(client->pending, &request);
        CHECK(pending);
        g_autofree char *awaited = g_strdup_printf("the answer to %s on %s", pending->member, pending->path);
        bus_pump(client->bus, deadline, awaited, __FILE__, __LINE__);
    }
    const Event *event = g_hash_table_lookup(client->answers, &request);
    CHECK(sd_bus_message_rewind(event->message, /* complete= */ true) >= 0);
    return event->message;
}

sd_bus_message *client_await_success(Client *client, uint64_t request) {
    sd_bus_message *answer = client_await(client, request);
    const Event *event = g_hash_table_lookup(client->answers, &request);
    if (event->kind == EVENT_ERROR)
        client_fail(client, "%s on %s was refused: %s", event->member, event->path,
                    answer_text(client, answer));
    return answer;
}

sd_bus_message *client_call(Client *client, const char *path, const char *member, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    uint64_t request = client_sendv(client, path, member, types, arguments);
    va_end(arguments);
    return client_await_success(client, request);
}

const char *client_try(Client *client, const char *path, const char *member, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    uint64_t request = client_sendv(client, path, member, types, arguments);
    va_end(arguments);
    const sd_bus_error *error = sd_bus_message_get_error(client_await(client, request));
    return error ? error->name : NULL;
}

void expect_answer_error(Client *client, uint64_t request, const char *expected) {
    const sd_bus_error *error = sd_bus_message_get_error(client_await(client, request));
    const Event *event = g_hash_table_lookup(client->answers, &request);
    g_autofree char *full =
        strchr(expected, '.') ? g_strdup(expected) : g_strconcat(CALLBUS_ERROR_PREFIX, expected, NULL);
    if (!error)
        client_fail(client, "%s on %s worked instead of %s", event->member, event->path, full);
    if (g_strcmp0(error->name, full) != 0)
        client_fail(client, "%s on %s gave %s (%s) instead of %s", event->member, event->path, error->name,
                    error->message, full);
}

void expect_error(Client *client, const char *error, const char *path, const char *member, const char *types,
                  ...) {
    va_list arguments;
    va_start(arguments, types);
    uint64_t request = client_sendv(client, path, member, types, arguments);
    va_end(arguments);
    expect_answer_error(client, request, error);
}

const char *answer_text(Client *client, sd_bus_message *answer) {
    const sd_bus_error *error = sd_bus_message_get_error(answer);
    if (error)
        return bus_keep_text(client->bus, g_strdup_printf("%s: %s", error->name, error->message));
    return bus_keep_text(client->bus, message_text(answer));
}

void client_barrier(Client *client) {
    client_call(client, CALLBUS_PATH, DBUS_PEER_INTERFACE ".Ping", "");
}

static int on_bus_reached(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    *(bool *) userdata = true;
    return 1;
}

void client_reach_bus(Client *client) {
    bool reached = false;
    CHECK(sd_bus_call_method_async(client->connection, NULL, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE,
                                   "GetId", on_bus_reached, &reached, NULL) >= 0);
    AWAIT(client->bus, reached);
}

static bool has_something(Client *client) {
    return client_listens(client) && known_alive_count(client) > 0;
}

void client_expect_resumed(Client *client) {
    client->awaits_resumed = has_something(client);
}

void client_await_resumed(Client *client) {
    if (!has_something(client))
        return;
    AWAIT(client->bus, !client->awaits_resumed && !client->stale);
}

guint client_resumed_count(const Client *client) {
    return client->resumed;
}

uint64_t client_resumed_epoch(const Client *client) {
    return client->epoch;
}

void client_forget(Client *client) {
    if (!client_listens(client))
        return;
    client_reach_bus(client);
    for (guint i = 0; i < client->shadow_list->len; i++)
        ((Shadow *) client->shadow_list->pdata[i])->alive = false;
}

/* ---- Waiting ---- */

static Shadow *next_handle(const Client *client) {
    for (guint i = 0; i < client->shadow_list->len; i++) {
        Shadow *shadow = client->shadow_list->pdata[i];
        if (!shadow->awaited)
            return shadow;
    }
    return NULL;
}

bool client_has_new_handle(const Client *client) {
    return next_handle(client);
}

const char *await_handle(Client *client) {
    AWAIT(client->bus, next_handle(client));
    Shadow *shadow = next_handle(client);
    shadow->awaited = true;
    return shadow->path;
}

void await_text(Client *client, const char *path, const char *property, const char *text) {
    uint64_t deadline = bus_deadline();
    while (g_strcmp0(shadow_text(client, path, property), text) != 0) {
        g_autofree char *awaited =
            g_strdup_printf("%s to become %s on %s of client %u (it is %s)", property, text, path,
                            client->number, shadow_text(client, path, property));
        bus_pump(client->bus, deadline, awaited, __FILE__, __LINE__);
    }
}

void await_state(Client *client, const char *path, const char *state) {
    g_autofree char *text = g_strdup_printf("\"%s\"", state);
    await_text(client, path, "State", text);
}

void await_removed(Client *client, const char *path) {
    AWAIT(client->bus, !known_alive(client, path));
}

static Event *next_signal(const Client *client, const char *path, const char *member) {
    for (guint i = 0; i < client->events->len; i++) {
        Event *event = client->events->pdata[i];
        if (event->kind == EVENT_SIGNAL && !event->awaited && g_strcmp0(event->member, member) == 0 &&
            (!path || g_strcmp0(event->path, path) == 0))
            return event;
    }
    return NULL;
}

sd_bus_message *await_signal(Client *client, const char *path, const char *member) {
    uint64_t deadline = bus_deadline();
    while (!next_signal(client, path, member)) {
        g_autofree char *awaited = g_strdup_printf("the signal %s on %s at client %u", member,
                                                   path ? path : "any path", client->number);
        bus_pump(client->bus, deadline, awaited, __FILE__, __LINE__);
    }
    Event *event = next_signal(client, path, member);
    event->awaited = true;
    CHECK(sd_bus_message_rewind(event->message, /* complete= */ true) >= 0);
    return event->message;
}

/* ---- Asking the record ---- */

guint client_event_count(const Client *client) {
    return client->events->len;
}

const Event *client_event(const Client *client, guint i) {
    return client->events->pdata[i];
}

int answer_place(const Client *client, uint64_t request) {
    for (guint i = 0; i < client->events->len; i++) {
        const Event *event = client->events->pdata[i];
        if (event->kind != EVENT_SIGNAL && event->request == request)
            return (int) i;
    }
    return -1;
}

/* Is it that signal? Those of the object manager are about the object that they name. */
static bool is_signal(const Event *event, const char *path, const char *member) {
    if (event->kind != EVENT_SIGNAL || g_strcmp0(event->member, member) != 0)
        return false;
    if (!path || g_strcmp0(event->path, path) == 0)
        return true;
    if (g_strcmp0(event->interface, DBUS_OBJECT_MANAGER_INTERFACE) != 0)
        return false;
    const char *object = NULL;
    sd_bus_message_rewind(event->message, true);
    sd_bus_message_read_basic(event->message, 'o', &object);
    return g_strcmp0(object, path) == 0;
}

int signal_place(const Client *client, guint start, const char *path, const char *member) {
    for (guint i = start; i < client->events->len; i++)
        if (is_signal(client->events->pdata[i], path, member))
            return (int) i;
    return -1;
}

guint signal_count(const Client *client, guint start, const char *path, const char *member) {
    guint count = 0;
    for (guint i = start; i < client->events->len; i++)
        count += is_signal(client->events->pdata[i], path, member);
    return count;
}

int change_place(const Client *client, guint start, const char *path, const char *property,
                 const char *text) {
    for (guint i = start; i < client->events->len; i++) {
        const Event *event = client->events->pdata[i];
        if (!is_signal(event, path, "PropertiesChanged"))
            continue;
        sd_bus_message_rewind(event->message, true);
        sd_bus_message_skip(event->message, "s");
        g_autoptr(GHashTable) values = properties_read(event->message, NULL);
        if (g_strcmp0(g_hash_table_lookup(values, property), text) == 0)
            return (int) i;
    }
    return -1;
}

/* Is it the bell, or a broadcast? */
static bool is_background(const Event *event) {
    return !sd_bus_message_get_destination(event->message) || g_strcmp0(event->member, "Rang") == 0;
}

void expect_no_signal_since(Client *client, guint start) {
    client_barrier(client);
    for (guint i = start; i < client->events->len; i++) {
        const Event *event = client->events->pdata[i];
        if (event->kind == EVENT_SIGNAL && !is_background(event))
            client_fail(client, "heard %s on %s: %s", event->member, event->path,
                        answer_text(client, event->message));
    }
}

void expect_no_signal_within_barrier(Client *client) {
    expect_no_signal_since(client, client->events->len);
}
