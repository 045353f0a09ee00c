/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What every client checks all the time:
 *   - a handle is announced once, with all properties, after the answer that gave it, and its end is told;
 *   - nothing comes on a path that is not a living handle of its own, and nothing about a call is broadcast;
 *   - Sequence rises by one per signal; states come each by itself;
 *   - an idle handle hears of nothing but what is its own;
 *   - what signals told is what GetAll, GetManagedObjects and ListCalls say at that moment;
 *   - each error has a text, of one line.
 * After a restart of the service it is told by Resumed before it hears anything else, and reads all anew: what changed meanwhile
 * was lost, but no handle of before is another's, and no Sequence comes twice.
 */
#include "tests/bus/util-internal.h"

#include <inttypes.h>
#include <string.h>

/* The properties of a call, their types, and what may be told of them. */
typedef enum Telling {
    TOLD,    /* with a change signal */
    CONST,   /* never changes */
    UNTOLD,  /* changes without a signal */
    SHARED,  /* of the call, so an idle handle hears no more of it and may differ */
    PRIVATE, /* of the handle: told when idle too */
} Telling;

static const struct {
    const char *name, *type;
    Telling telling;
} call_properties[] = {
    {"CallId", "s", TOLD},
    {"RelatedCallId", "s", TOLD},
    {"NetworkIds", "a{ss}", TOLD},
    {"Line", "o", CONST},
    {"Address", "s", TOLD},
    {"State", "s", TOLD},
    {"StateDetail", "s", TOLD},
    {"DisconnectCause", "s", TOLD},
    {"ProviderCause", "s", TOLD},
    {"Privilege", "s", PRIVATE},
    {"Features", "as", PRIVATE},
    {"Origin", "s", TOLD},
    {"Reason", "s", TOLD},
    {"Direction", "s", TOLD},
    {"MediaMode", "s", SHARED},
    {"Emergency", "b", TOLD},
    {"Encrypted", "b", TOLD},
    {"Muted", "b", TOLD},
    {"Caller", "(sss)", TOLD},
    {"Called", "(sss)", TOLD},
    {"Connected", "(sss)", TOLD},
    {"Redirecting", "(sss)", TOLD},
    {"Redirection", "(sss)", TOLD},
    {"CalledParty", "s", TOLD},
    {"Comment", "s", TOLD},
    {"Owners", "u", SHARED},
    {"OwnerApps", "as", SHARED},
    {"Monitors", "u", UNTOLD},
    {"MediaStats", "a{sv}", UNTOLD},
    {"AudioDevice", "s", TOLD},
    {"Volume", "u", TOLD},
    {"Conference", "o", PRIVATE},
    {"CallData", "ay", SHARED},
    {"AppData", "a{sv}", PRIVATE},
    {"UserUserInfo", "ay", TOLD},
    {"CreatedTimestamp", "t", TOLD},
    {"ConnectedTimestamp", "t", TOLD},
    {"EndedTimestamp", "t", TOLD},
    {"StateTimestamp", "t", TOLD},
    {"Sequence", "t", PRIVATE},
};

static int property_row(const char *name) {
    for (guint i = 0; i < G_N_ELEMENTS(call_properties); i++)
        if (g_str_equal(call_properties[i].name, name))
            return (int) i;
    return -1;
}

/* ---- Shadows ---- */

Shadow *shadow_find(const Client *client, const char *path) {
    return g_hash_table_lookup(client->shadows, path);
}

void shadow_free(void *data) {
    Shadow *shadow = data;
    g_free(shadow->path);
    g_hash_table_unref(shadow->values);
    g_string_free(shadow->states, TRUE);
    g_free(shadow);
}

static const char *value(GHashTable *values, const char *name) {
    return g_hash_table_lookup(values, name);
}

static void add_state(Shadow *shadow) {
    const char *state = value(shadow->values, "State");
    if (shadow->states->len > 0)
        g_string_append_c(shadow->states, ' ');
    g_string_append_len(shadow->states, state + 1, (gssize) strlen(state) - 2);
}

static bool is_idle(const Shadow *shadow) {
    return g_strcmp0(value(shadow->values, "State"), "\"idle\"") == 0;
}

static void check_types(const Client *client, const char *path, GHashTable *types, bool all) {
    GHashTableIter iter;
    void *name, *type;
    g_hash_table_iter_init(&iter, types);
    while (g_hash_table_iter_next(&iter, &name, &type)) {
        int row = property_row(name);
        if (row < 0)
            client_fail(client, "%s has the unknown property %s", path, (char *) name);
        if (g_strcmp0(type, call_properties[row].type) != 0)
            client_fail(client, "%s.%s has the type %s", path, (char *) name, (char *) type);
    }
    for (guint i = 0; i < G_N_ELEMENTS(call_properties) && all; i++)
        if (!g_hash_table_contains(types, call_properties[i].name))
            client_fail(client, "%s lacks the property %s", path, call_properties[i].name);
}

/* ---- Signals ---- */

static void check_unicast(const Client *client, const Event *event) {
    const char *destination = sd_bus_message_get_destination(event->message);
    if (g_strcmp0(destination, client->name) != 0)
        client_fail(client, "%s on %s was sent to %s, not to this client alone", event->member, event->path,
                    destination ? destination : "everybody");
}

static Shadow *shadow_new(Client *client, const char *path, GHashTable *values) {
    Shadow *shadow = g_new0(Shadow, 1);
    *shadow = (Shadow){
        .path = g_strdup(path),
        .values = g_hash_table_ref(values),
        .states = g_string_new(NULL),
        .alive = true,
        .announced = client->events->len,
    };
    shadow->owner_at_first = g_strcmp0(value(shadow->values, "Privilege"), "\"owner\"") == 0;
    add_state(shadow);
    g_hash_table_insert(client->shadows, shadow->path, shadow);
    g_ptr_array_add(client->shadow_list, shadow);
    return shadow;
}

static void on_handle_added(Client *client, const Event *event, const char *path) {
    check_unicast(client, event);
    if (!g_str_has_prefix(path, client->path_prefix))
        client_fail(client, "the foreign handle %s was announced", path);
    if (shadow_find(client, path))
        client_fail(client, "%s was announced twice", path);
    g_autoptr(GHashTable) types = NULL;
    g_autoptr(GHashTable) values = properties_read(event->message, &types);
    Shadow *shadow = shadow_new(client, path, values);
    check_types(client, path, types, /* all= */ true);
    if (g_strcmp0(value(shadow->values, "Sequence"), "0") != 0)
        client_fail(client, "%s begins with the Sequence %s", path, value(shadow->values, "Sequence"));
}

/* InterfacesAdded. Lines come and go for everybody. */
static void on_added(Client *client, const Event *event) {
    const char *path, *interface;
    CHECK(g_str_equal(event->path, CALLBUS_PATH));
    CHECK(sd_bus_message_read_basic(event->message, 'o', &path) > 0);
    CHECK(sd_bus_message_enter_container(event->message, 'a', "{sa{sv}}") > 0);
    while (sd_bus_message_enter_container(event->message, 'e', "sa{sv}") > 0) {
        CHECK(sd_bus_message_read_basic(event->message, 's', &interface) > 0);
        if (g_strcmp0(interface, CALLBUS_CALL_INTERFACE) == 0) {
            on_handle_added(client, event, path);
        } else {
            if (g_str_has_prefix(path, CALLBUS_CLIENT_PATH))
                client_fail(client, "%s was announced with the interface %s", path, interface);
            CHECK(sd_bus_message_skip(event->message, "a{sv}") > 0);
        }
        CHECK(sd_bus_message_exit_container(event->message) >= 0);
    }
}

static void on_removed(Client *client, const Event *event) {
    g_auto(GStrv) interfaces = NULL;
    const char *path;
    CHECK(g_str_equal(event->path, CALLBUS_PATH));
    CHECK(sd_bus_message_read_basic(event->message, 'o', &path) > 0);
    if (!g_str_has_prefix(path, CALLBUS_CLIENT_PATH))
        return;
    check_unicast(client, event);
    CHECK(sd_bus_message_read_strv(event->message, &interfaces) > 0);
    if (!interfaces || !g_strv_contains((const char *const *) interfaces, CALLBUS_CALL_INTERFACE))
        client_fail(client, "InterfacesRemoved of %s does not name the Call interface", path);
    Shadow *shadow = shadow_find(client, path);
    if (!shadow || !shadow->alive)
        client_fail(client, "the end of %s was told, which was not there", path);
    shadow->alive = false;
}

/* What was lost of it while the service was down nobody knows. */
static void check_stale_change(const Client *client, Shadow *shadow, GHashTable *changes) {
    uint64_t sequence = g_ascii_strtoull(value(changes, "Sequence"), NULL, 10);
    if (sequence < shadow->sequence)
        client_fail(client, "%s has the Sequence %" PRIu64 " again after a restart", shadow->path, sequence);
    shadow->sequence = sequence;
}

static void check_change(const Client *client, const Shadow *shadow, GHashTable *changes) {
    GHashTableIter iter;
    void *name, *text;
    g_hash_table_iter_init(&iter, changes);
    while (g_hash_table_iter_next(&iter, &name, &text)) {
        Telling telling = call_properties[property_row(name)].telling;
        if (telling == UNTOLD || telling == CONST)
            client_fail(client, "a change of %s.%s was told", shadow->path, (char *) name);
        if (is_idle(shadow) && telling != PRIVATE)
            client_fail(client, "%s is idle, but heard of its %s: %s", shadow->path, (char *) name,
                        (char *) text);
    }
    const char *state = value(changes, "State");
    bool same = state && g_strcmp0(state, value(shadow->values, "State")) == 0;
    if (same && (!value(changes, "StateDetail") ||
                 g_strcmp0(value(changes, "StateDetail"), value(shadow->values, "StateDetail")) == 0))
        client_fail(client, "%s was told to be %s, which it was", shadow->path, state);
    if (state && !value(changes, "StateTimestamp"))
        client_fail(client, "%s became %s without a StateTimestamp", shadow->path, state);
    if (!value(changes, "Sequence"))
        client_fail(client, "a change of %s has no Sequence", shadow->path);
    if (g_ascii_strtoull(value(changes, "Sequence"), NULL, 10) != shadow->sequence)
        client_fail(client, "%s has the Sequence %s at its signal number %" PRIu64, shadow->path,
                    value(changes, "Sequence"), shadow->sequence);
}

static void on_changed(Client *client, const Event *event, Shadow *shadow) {
    const char *interface;
    g_autoptr(GHashTable) types = NULL;
    CHECK(sd_bus_message_read_basic(event->message, 's', &interface) > 0);
    CHECK(g_str_equal(interface, CALLBUS_CALL_INTERFACE));
    g_autoptr(GHashTable) changes = properties_read(event->message, &types);
    check_types(client, shadow->path, types, /* all= */ false);
    CHECK(sd_bus_message_enter_container(event->message, 'a', "s") > 0);
    if (sd_bus_message_at_end(event->message, false) == 0)
        client_fail(client, "a change of %s invalidates properties instead of telling them", shadow->path);
    if (client->stale)
        check_stale_change(client, shadow, changes);
    else
        check_change(client, shadow, changes);

    GHashTableIter iter;
    void *name, *text;
    const char *state = value(changes, "State");
    bool state_changed = state && g_strcmp0(state, value(shadow->values, "State")) != 0;
    g_hash_table_iter_init(&iter, changes);
    while (g_hash_table_iter_next(&iter, &name, &text))
        g_hash_table_replace(shadow->values, g_strdup(name), g_strdup(text));
    if (state_changed)
        add_state(shadow);
}

/* The answer that gave a handle may have been lost with the service: reading all anew will find it. */
static bool is_lost_handle(const Client *client, const char *path) {
    return client->stale && !shadow_find(client, path) && g_str_has_prefix(path, client->path_prefix);
}

static void on_handle_signal(Client *client, const Event *event) {
    check_unicast(client, event);
    if (is_lost_handle(client, event->path))
        return;
    Shadow *shadow = shadow_find(client, event->path);
    if (!shadow || !shadow->alive)
        client_fail(client, "%s on %s, which is no handle of this client", event->member, event->path);
    shadow->sequence++;
    if (g_str_equal(event->member, "PropertiesChanged")) {
        on_changed(client, event, shadow);
        return;
    }
    /* The Sequence counts these too; the next PropertiesChanged shows it. */
    g_hash_table_replace(shadow->values, g_strdup("Sequence"), g_strdup_printf("%" PRIu64, shadow->sequence));
}

static void on_resumed(Client *client, const Event *event) {
    check_unicast(client, event);
    CHECK(sd_bus_message_read(event->message, "t", &client->epoch) > 0);
    client->awaits_resumed = false;
    client->resumed++;
    client->stale = true;
    client_send(client, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", "");
}

void shadow_on_signal(Client *client, const Event *event) {
    if (client->awaits_resumed && bus_is_current_service(client->bus, sd_bus_message_get_sender(event->message)) &&
        sd_bus_message_get_destination(event->message) && !g_str_equal(event->member, "Resumed"))
        client_fail(client, "%s on %s comes before Resumed", event->member, event->path);
    if (g_str_equal(event->member, "Resumed")) {
        on_resumed(client, event);
        return;
    }
    if (g_str_has_prefix(event->path, CALLBUS_CLIENT_PATH)) {
        on_handle_signal(client, event);
        return;
    }
    if (g_str_equal(event->member, "InterfacesAdded"))
        on_added(client, event);
    else if (g_str_equal(event->member, "InterfacesRemoved"))
        on_removed(client, event);
    else if (!g_str_equal(event->member, "PropertiesChanged"))
        check_unicast(client, event);
}

/* ---- Answers ---- */

/* Is what GetAll says what the signals told? */
static void compare(const Client *client, const Shadow *shadow, GHashTable *values, const char *who) {
    if (client->stale)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(call_properties); i++) {
        const char *name = call_properties[i].name;
        if (call_properties[i].telling == UNTOLD || (call_properties[i].telling == SHARED && is_idle(shadow)))
            continue;
        if (g_strcmp0(value(shadow->values, name), value(values, name)) != 0)
            client_fail(client, "%s says that %s.%s is %s; the signals so far told %s", who, shadow->path,
                        name, value(values, name), value(shadow->values, name));
    }
}

static void on_get_all(Client *client, const Event *event) {
    g_autoptr(GHashTable) types = NULL;
    g_autoptr(GHashTable) values = properties_read(event->message, &types);
    check_types(client, event->path, types, /* all= */ true);
    Shadow *shadow = shadow_find(client, event->path);
    if (shadow && shadow->alive)
        compare(client, shadow, values, "GetAll");
}

/* What is read is what is known from now on. */
static void learn(const Client *client, Shadow *shadow, GHashTable *values) {
    uint64_t sequence = g_ascii_strtoull(value(values, "Sequence"), NULL, 10);
    bool same_state = g_strcmp0(value(shadow->values, "State"), value(values, "State")) == 0;
    if (sequence < shadow->sequence)
        client_fail(client, "%s has the Sequence %" PRIu64 " after %" PRIu64, shadow->path, sequence, shadow->sequence);
    g_hash_table_unref(shadow->values);
    shadow->values = g_hash_table_ref(values);
    shadow->sequence = sequence;
    if (!same_state)
        add_state(shadow);
}

/* All that is there was read: what is not there is gone. */
static void end_reading(Client *client, GHashTable *seen) {
    client->stale = false;
    for (guint i = 0; i < client->shadow_list->len; i++)
        if (!g_hash_table_contains(seen, client->shadow_list->pdata[i]))
            ((Shadow *) client->shadow_list->pdata[i])->alive = false;
}

static void on_managed_handle(Client *client, const char *path, GHashTable *values, GHashTable *types, GHashTable *seen) {
    Shadow *shadow = shadow_find(client, path);
    /* The answer that gave it may have been lost with the service. */
    if (!shadow && client->stale) {
        shadow = shadow_new(client, path, values);
        g_hash_table_add(client->returned, g_strdup(path));
    }
    if (!shadow || !shadow->alive)
        client_fail(client, "GetManagedObjects has %s, which was not announced", path);
    check_types(client, path, types, /* all= */ true);
    if (client->stale)
        learn(client, shadow, values);
    else
        compare(client, shadow, values, "GetManagedObjects");
    g_hash_table_add(seen, shadow);
}

static void on_managed_objects(Client *client, const Event *event) {
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    const char *path, *interface;
    CHECK(sd_bus_message_enter_container(event->message, 'a', "{oa{sa{sv}}}") > 0);
    while (sd_bus_message_enter_container(event->message, 'e', "oa{sa{sv}}") > 0) {
        CHECK(sd_bus_message_read_basic(event->message, 'o', &path) > 0);
        CHECK(sd_bus_message_enter_container(event->message, 'a', "{sa{sv}}") > 0);
        while (sd_bus_message_enter_container(event->message, 'e', "sa{sv}") > 0) {
            CHECK(sd_bus_message_read_basic(event->message, 's', &interface) > 0);
            g_autoptr(GHashTable) types = NULL;
            g_autoptr(GHashTable) values = properties_read(event->message, &types);
            CHECK(sd_bus_message_exit_container(event->message) >= 0);
            if (g_strcmp0(interface, CALLBUS_CALL_INTERFACE) == 0)
                on_managed_handle(client, path, values, types, seen);
        }
        CHECK(sd_bus_message_exit_container(event->message) >= 0);
        CHECK(sd_bus_message_exit_container(event->message) >= 0);
    }
    if (client->stale)
        end_reading(client, seen);
    if (g_hash_table_size(seen) != known_alive_count(client))
        client_fail(client, "GetManagedObjects has %u handles of %u", g_hash_table_size(seen), known_alive_count(client));
}

static void on_list_calls(Client *client, const Event *event) {
    guint handles = 0;
    const char *path, *call_id, *state, *privilege;
    CHECK(sd_bus_message_enter_container(event->message, 'a', "(osss)") > 0);
    while (sd_bus_message_read(event->message, "(osss)", &path, &call_id, &state, &privilege) > 0) {
        Shadow *shadow = shadow_find(client, path);
        if (!shadow || !shadow->alive)
            client_fail(client, "ListCalls has %s, which was not announced", path);
        g_autofree char *told = g_strdup_printf("\"%s\" \"%s\" \"%s\"", call_id, state, privilege);
        g_autofree char *known =
            g_strdup_printf("%s %s %s", value(shadow->values, "CallId"), value(shadow->values, "State"),
                            value(shadow->values, "Privilege"));
        if (!g_str_equal(told, known))
            client_fail(client, "ListCalls says %s of %s; the signals so far told %s", told, path, known);
        handles++;
    }
    if (handles != known_alive_count(client))
        client_fail(client, "ListCalls has %u handles of %u", handles, known_alive_count(client));
}

/* The methods whose answers give handles: new ones, which come before anything is said about them. A repeated Dial
 * with a token gives a handle that was given before, or that was announced as a monitor's. */
typedef enum Giving {
    GIVES_NEW,
    GIVES_OWN, /* new, or by an answer before, or a monitor's */
    GIVES_ANY,
} Giving;

static const struct {
    const char *name;
    Giving giving;
} givers[] = {
    {"CompleteTransfer", GIVES_NEW},
    {"Dial", GIVES_OWN},
    {"GetConferenceCalls", GIVES_ANY},
    {"GetNewCalls", GIVES_NEW},
    {"Pickup", GIVES_NEW},
    {"PrepareAddToConference", GIVES_NEW},
    {"SetupConference", GIVES_NEW},
    {"SetupTransfer", GIVES_NEW},
    {"Unpark", GIVES_NEW},
};

/* What was announced before it was asked for came by itself: handed over, say. */
static bool is_too_early(const Client *client, const Shadow *shadow, Giving giving, guint sent) {
    if (giving == GIVES_OWN)
        return shadow->owner_at_first && shadow->announced >= sent &&
               !g_hash_table_contains(client->returned, shadow->path);
    return giving == GIVES_NEW;
}

static void on_paths(Client *client, const Event *event, Giving giving, guint sent) {
    g_autofree char *text = message_text(event->message);
    g_auto(GStrv) parts = g_strsplit(text, "\"", -1);
    for (guint i = 1; parts[0] && parts[i]; i += 2) {
        const Shadow *shadow = shadow_find(client, parts[i]);
        if (g_str_equal(parts[i], "/")) /* no handle */
            continue;
        if (!g_str_has_prefix(parts[i], client->path_prefix))
            client_fail(client, "%s gave the foreign path %s", event->member, parts[i]);
        if (shadow && is_too_early(client, shadow, giving, sent))
            client_fail(client, "%s was announced before the answer to %s gave it", parts[i], event->member);
        g_hash_table_add(client->returned, g_strdup(parts[i]));
        if (!parts[i + 1])
            break;
    }
}

/* Names of properties that sd-bus does not find are in its own words as they were given. */
static bool is_worded_by_us(const sd_bus_error *error) {
    return !g_str_equal(error->name, SD_BUS_ERROR_UNKNOWN_PROPERTY) && !g_str_equal(error->name, SD_BUS_ERROR_UNKNOWN_INTERFACE);
}

static bool is_one_line(const char *text) {
    for (; *text; text = g_utf8_next_char(text))
        if (!g_unichar_isprint(g_utf8_get_char(text)))
            return false;
    return true;
}

void shadow_on_answer(Client *client, const Event *event, const char *argument, guint sent) {
    CHECK(sd_bus_message_rewind(event->message, /* complete= */ true) >= 0);
    const sd_bus_error *error = sd_bus_message_get_error(event->message);
    if (error && (!error->message || strlen(error->message) < 8))
        client_fail(client, "%s gave %s without a word of explanation", event->member, error->name);
    if (error && is_worded_by_us(error) && !is_one_line(error->message))
        client_fail(client, "%s gave %s with a text that is not one line: %s", event->member, error->name, error->message);
    if (error)
        return;
    if (g_str_equal(event->member, "GetAll") && g_strcmp0(argument, CALLBUS_CALL_INTERFACE) == 0)
        on_get_all(client, event);
    else if (g_str_equal(event->member, "GetManagedObjects"))
        on_managed_objects(client, event);
    else if (g_str_equal(event->member, "ListCalls"))
        on_list_calls(client, event);
    for (size_t i = 0; i < G_N_ELEMENTS(givers); i++)
        if (g_str_equal(event->member, givers[i].name))
            on_paths(client, event, givers[i].giving, sent);
    CHECK(sd_bus_message_rewind(event->message, /* complete= */ true) >= 0);
}

/* ---- What is known ---- */

const char *shadow_text(const Client *client, const char *path, const char *property) {
    const Shadow *shadow = shadow_find(client, path);
    return shadow ? value(shadow->values, property) : NULL;
}

const char *known_text(Client *client, const char *path, const char *property) {
    const char *text = shadow_text(client, path, property);
    return text ? bus_keep_text(client->bus, g_strdup(text)) : NULL;
}

const char *known_state(Client *client, const char *path) {
    const char *text = shadow_text(client, path, "State");
    return text ? bus_keep_text(client->bus, g_strndup(text + 1, strlen(text) - 2)) : NULL;
}

const char *known_states(Client *client, const char *path) {
    Shadow *shadow = shadow_find(client, path);
    return shadow ? bus_keep_text(client->bus, g_strdup(shadow->states->str)) : "";
}

bool known_alive(Client *client, const char *path) {
    Shadow *shadow = shadow_find(client, path);
    return shadow && shadow->alive;
}

guint known_alive_count(Client *client) {
    guint count = 0;
    for (guint i = 0; i < client->shadow_list->len; i++)
        count += ((Shadow *) client->shadow_list->pdata[i])->alive;
    return count;
}
