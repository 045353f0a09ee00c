/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The usual requests, reading, the picture of all that can be seen, and the last check of a client. */
#include "tests/bus/util-internal.h"

#include <string.h>

#define CHECKED_HANDLES_MAX 64

/* ---- The usual requests ---- */

static char *line_path(const char *line) {
    return g_strconcat(CALLBUS_LINE_PATH "/", line, NULL);
}

void client_open(Client *client, const char *line, const char *privilege) {
    g_autofree char *path = line_path(line);
    client_call(client, path, "Open", "sasa{sv}", privilege, 0, 0);
}

void client_close_line(Client *client, const char *line) {
    g_autofree char *path = line_path(line);
    client_call(client, path, "Close", "");
}

const char *client_dial_types(Client *client, const char *line, const char *types, ...) {
    g_autofree char *path = line_path(line);
    const char *handle;
    va_list arguments;
    va_start(arguments, types);
    uint64_t request = client_sendv(client, path, "Dial", types, arguments);
    va_end(arguments);
    CHECK(sd_bus_message_read(client_await_success(client, request), "o", &handle) > 0);
    handle = bus_keep_text(client->bus, g_strdup(handle));
    AWAIT(client->bus, known_alive(client, handle));
    shadow_find(client, handle)->awaited = true;
    return handle;
}

void client_drop(Client *client, const char *path) {
    client_call(client, path, "Drop", "a{sv}", 0);
}

void client_release(Client *client, const char *path) {
    client_call(client, path, "Release", "");
    await_removed(client, path);
}

static const char *const *read_paths(Client *client, sd_bus_message *answer) {
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    const char *path;
    CHECK(sd_bus_message_enter_container(answer, 'a', "o") > 0);
    while (sd_bus_message_read_basic(answer, 'o', &path) > 0)
        g_ptr_array_add(paths, (void *) bus_keep_text(client->bus, g_strdup(path)));
    g_ptr_array_add(paths, NULL);
    return (const char *const *) bus_keep_text(client->bus,
                                               (char *) g_ptr_array_free(g_steal_pointer(&paths), FALSE));
}

const char *const *client_get_new_calls(Client *client, const char *line) {
    g_autofree char *path = line_path(line);
    const char *const *paths = read_paths(client, client_call(client, path, "GetNewCalls", ""));
    for (guint i = 0; paths[i]; i++) {
        AWAIT(client->bus, known_alive(client, paths[i]));
        shadow_find(client, paths[i])->awaited = true;
    }
    return paths;
}

const char *const *client_find_calls(Client *client, const char *call_id) {
    return read_paths(client, client_call(client, CALLBUS_PATH, "FindCalls", "s", call_id));
}

const char *client_incoming(Client *client, const char *line, const char *from) {
    const char *call_id;
    sd_bus_message *answer =
        client_call(client, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".Incoming", "ss", line, from);
    CHECK(sd_bus_message_read(answer, "s", &call_id) > 0);
    return bus_keep_text(client->bus, g_strdup(call_id));
}

void client_set_line_state(Client *client, const char *line, const char *state, const char *reason) {
    client_call(client, CALLBUS_PATH, CALLBUS_DEBUG_INTERFACE ".SetLineState", "sss", line, state, reason);
}

/* ---- Reading ---- */

static const char *property_interface(const char *path) {
    if (g_str_has_prefix(path, CALLBUS_LINE_PATH "/"))
        return CALLBUS_LINE_INTERFACE;
    return g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/") ? CALLBUS_CALL_INTERFACE
                                                           : CALLBUS_MANAGER_INTERFACE;
}

/* The property's value; the answer stands inside of the variant. */
static sd_bus_message *get(Client *client, const char *path, const char *property, const char **ret_type) {
    sd_bus_message *answer =
        client_call(client, path, PROPERTIES("Get"), "ss", property_interface(path), property);
    CHECK(sd_bus_message_peek_type(answer, NULL, ret_type) > 0);
    CHECK(sd_bus_message_enter_container(answer, 'v', *ret_type) > 0);
    return answer;
}

const char *get_string(Client *client, const char *path, const char *property) {
    const char *type, *text;
    sd_bus_message *answer = get(client, path, property, &type);
    CHECK(sd_bus_message_read_basic(answer, type[0], &text) > 0);
    return bus_keep_text(client->bus, g_strdup(text));
}

uint64_t get_number(Client *client, const char *path, const char *property) {
    const char *type;
    uint64_t number = 0;
    uint32_t small = 0;
    sd_bus_message *answer = get(client, path, property, &type);
    if (type[0] == 't')
        CHECK(sd_bus_message_read_basic(answer, 't', &number) > 0);
    else
        CHECK(sd_bus_message_read_basic(answer, type[0], &small) > 0);
    return type[0] == 't' ? number : small;
}

const char *get_text(Client *client, const char *path, const char *property) {
    const char *type;
    sd_bus_message *answer = get(client, path, property, &type);
    GString *text = g_string_new(NULL);
    value_append(text, answer);
    return bus_keep_text(client->bus, g_string_free(text, FALSE));
}

bool get_has(Client *client, const char *path, const char *property, const char *word) {
    g_autofree char *quoted = g_strdup_printf("\"%s\"", word);
    return strstr(get_text(client, path, property), quoted);
}

/* ---- All that can be seen ---- */

static void properties_append(GString *text, Client *client, const char *path, const char *interface) {
    sd_bus_message *answer = client_call(client, path, PROPERTIES("GetAll"), "s", interface);
    g_autoptr(GHashTable) values = properties_read(answer, NULL);
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(values), (GCompareFunc) strcmp);
    for (GList *name = names; name; name = name->next)
        if (!g_str_equal(name->data, "MediaStats"))
            g_string_append_printf(text, "client %u %s.%s = %s\n", client->number, path, (char *) name->data,
                                   (char *) g_hash_table_lookup(values, name->data));
}

static void lines_append(GString *text, Client *client) {
    const char *path, *name, *provider, *state;
    sd_bus_message *answer = client_call(client, CALLBUS_PATH, "ListLines", "");
    CHECK(sd_bus_message_enter_container(answer, 'a', "(osss)") > 0);
    while (sd_bus_message_read(answer, "(osss)", &path, &name, &provider, &state) > 0) {
        g_string_append_printf(text, "client %u line %s %s %s\n", client->number, name, provider, state);
        properties_append(text, client, path, CALLBUS_LINE_INTERFACE);
    }
}

char *bus_snapshot(Bus *bus) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < bus_client_count(bus); i++) {
        Client *client = bus_client_at(bus, i);
        if (!client_listens(client))
            continue;
        g_string_append_printf(text, "client %u calls %s\n", client->number,
                               answer_text(client, client_call(client, CALLBUS_PATH, "ListCalls", "")));
        for (guint k = 0; k < client->shadow_list->len; k++) {
            const Shadow *shadow = client->shadow_list->pdata[k];
            if (shadow->alive)
                properties_append(text, client, shadow->path, CALLBUS_CALL_INTERFACE);
        }
        lines_append(text, client);
        properties_append(text, client, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE);
    }
    return g_string_free(text, FALSE);
}

void expect_unchanged(Bus *bus, const char *snapshot) {
    g_autofree char *now = bus_snapshot(bus);
    if (g_str_equal(now, snapshot))
        return;
    g_auto(GStrv) before = g_strsplit(snapshot, "\n", -1), after = g_strsplit(now, "\n", -1);
    for (guint i = 0; before[i] && after[i]; i++)
        ck_assert_msg(g_str_equal(before[i], after[i]), "something changed:\n  before: %s\n  after:  %s",
                      before[i], after[i]);
    ck_abort_msg("something was added or removed:\n--- before\n%s--- after\n%s", snapshot, now);
}

/* ---- The last check ---- */

static void check_returned(Client *client) {
    GHashTableIter iter;
    void *path;
    g_hash_table_iter_init(&iter, client->returned);
    while (g_hash_table_iter_next(&iter, &path, NULL))
        if (!shadow_find(client, path))
            client_fail(client, "%s was given by an answer, but never announced", (char *) path);
}

/* What is alive tells the same by GetAll; what is gone is gone. */
static void check_handles(Client *client) {
    guint checked = 0;
    for (guint i = client->shadow_list->len; i > 0 && checked < CHECKED_HANDLES_MAX; i--, checked++) {
        const Shadow *shadow = client->shadow_list->pdata[i - 1];
        if (shadow->alive)
            client_call(client, shadow->path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
        else
            expect_error(client, DBUS_ERROR_UNKNOWN_OBJECT, shadow->path, PROPERTIES("Get"), "ss",
                         CALLBUS_CALL_INTERFACE, "State");
    }
}

void client_check(Client *client) {
    if (!client_listens(client))
        return;
    AWAIT(client->bus, g_hash_table_size(client->pending) == 0);
    client_barrier(client);
    client_call(client, CALLBUS_PATH, "ListCalls", "");
    client_call(client, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
    check_handles(client);
    client_barrier(client);
    check_returned(client);
}
