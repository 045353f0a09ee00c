/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watcher: the observer in place of the bus. It writes down what each client is told, and what the client knows by it. */
#include <string.h>

#include "tests/model/world.h"

#define BIT(name) CALL_PROPERTY_BIT(CALL_PROPERTY_##name)

/* What may change without a word: said by design, or never read here. */
#define UNTOLD (BIT(MONITORS) | BIT(MEDIA_STATS) | BIT(SEQUENCE))

/* What belongs to the handle and not to the call. */
#define PRIVATE (BIT(PRIVILEGE) | BIT(FEATURES) | BIT(APP_DATA) | BIT(CONFERENCE) | BIT(SEQUENCE))

bool is_shared(CallProperty property) {
    return !(PRIVATE & CALL_PROPERTY_BIT(property));
}

bool is_told(CallProperty property) {
    return !(UNTOLD & CALL_PROPERTY_BIT(property));
}

/* ---- Reading: a value as a number that differs where the value does ---- */

static uint64_t mix(uint64_t a, uint64_t b) {
    return (a ^ b) * UINT64_C(0x9e3779b97f4a7c15) + (a >> 29);
}

static uint64_t of_text(const char *text) {
    uint64_t value = 7;

    if (!text)
        wrong("a text is NULL");
    for (; *text; text++)
        value = mix(value, (unsigned char) *text);
    return value;
}

static uint64_t of_data(const void *data, size_t size) {
    uint64_t value = size;

    for (size_t i = 0; i < size; i++)
        value = mix(value, ((const uint8_t *) data)[i]);
    return value;
}

static uint64_t of_bytes(GBytes *bytes) {
    return bytes ? of_data(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes)) : 0;
}

static uint64_t of_party(const Call *call, PartyRole role) {
    PartyInfo party = call_party(call, role);

    return mix(mix(of_text(party.number), of_text(party.name)), of_text(presentation_to_string(party.presentation)));
}

static uint64_t of_network_ids(const Call *call) {
    GHashTable *ids = call_network_ids(call);
    GHashTableIter iter;
    void *kind, *id;
    uint64_t value = 0;

    if (!ids)
        return 0;
    g_hash_table_iter_init(&iter, ids);
    while (g_hash_table_iter_next(&iter, &kind, &id))
        value += mix(of_text(kind), of_text(id));
    return value;
}

static uint64_t of_owner_apps(Call *call) {
    uint64_t value = 0;

    for (GList *i = call_handles(call)->head; i; i = i->next)
        if (handle_privilege(i->data) == PRIVILEGE_OWNER)
            value = mix(value, of_text(handle_app_id(i->data)));
    return value;
}

#define DEFINE_READER(name, value)          \
    static uint64_t read_##name(Call *call) { \
        return value;                       \
    }

DEFINE_READER(call_id, of_text(call_call_id(call)))
DEFINE_READER(related_call_id, of_text(call_related_call_id(call)))
DEFINE_READER(network_ids, of_network_ids(call))
DEFINE_READER(line, of_text(line_name(call_line(call))))
DEFINE_READER(address, of_text(call_address(call)))
DEFINE_READER(state, call_state(call))
DEFINE_READER(state_detail, call_state_detail(call))
DEFINE_READER(cause, call_cause(call))
DEFINE_READER(provider_cause, of_text(call_provider_cause(call)))
DEFINE_READER(origin, of_text(call_origin_to_string(call_origin(call))))
DEFINE_READER(reason, of_text(call_reason_to_string(call_reason(call))))
DEFINE_READER(direction, call_direction(call))
DEFINE_READER(media_mode, of_text(media_mode_to_string(call_media_mode(call))))
DEFINE_READER(emergency, call_emergency(call))
DEFINE_READER(muted, call_muted(call))
DEFINE_READER(encrypted, call_encrypted(call))
DEFINE_READER(audio_device, of_text(call_audio_device(call)))
DEFINE_READER(volume, call_volume(call))
DEFINE_READER(caller, of_party(call, PARTY_CALLER))
DEFINE_READER(called, of_party(call, PARTY_CALLED))
DEFINE_READER(connected, of_party(call, PARTY_CONNECTED))
DEFINE_READER(redirecting, of_party(call, PARTY_REDIRECTING))
DEFINE_READER(redirection, of_party(call, PARTY_REDIRECTION))
DEFINE_READER(called_party, of_text(call_called_party(call)))
DEFINE_READER(comment, of_text(call_comment(call)))
DEFINE_READER(owners, call_owners(call))
DEFINE_READER(monitors, call_monitors(call))
DEFINE_READER(call_data, of_bytes(call_call_data(call)))
DEFINE_READER(user_user_info, of_bytes(call_user_user_info(call)))
DEFINE_READER(created, call_timestamp(call, CALL_CREATED))
DEFINE_READER(connected_time, call_timestamp(call, CALL_CONNECTED))
DEFINE_READER(ended, call_timestamp(call, CALL_ENDED))
DEFINE_READER(state_entered, call_timestamp(call, CALL_STATE_ENTERED))

/* Absent: what is private to a handle, and what is always the same so far. */
static uint64_t (*const readers[_CALL_PROPERTY_MAX])(Call *call) = {
    [CALL_PROPERTY_CALL_ID] = read_call_id,
    [CALL_PROPERTY_RELATED_CALL_ID] = read_related_call_id,
    [CALL_PROPERTY_NETWORK_IDS] = read_network_ids,
    [CALL_PROPERTY_LINE] = read_line,
    [CALL_PROPERTY_ADDRESS] = read_address,
    [CALL_PROPERTY_STATE] = read_state,
    [CALL_PROPERTY_STATE_DETAIL] = read_state_detail,
    [CALL_PROPERTY_DISCONNECT_CAUSE] = read_cause,
    [CALL_PROPERTY_PROVIDER_CAUSE] = read_provider_cause,
    [CALL_PROPERTY_ORIGIN] = read_origin,
    [CALL_PROPERTY_REASON] = read_reason,
    [CALL_PROPERTY_DIRECTION] = read_direction,
    [CALL_PROPERTY_MEDIA_MODE] = read_media_mode,
    [CALL_PROPERTY_EMERGENCY] = read_emergency,
    [CALL_PROPERTY_MUTED] = read_muted,
    [CALL_PROPERTY_ENCRYPTED] = read_encrypted,
    [CALL_PROPERTY_AUDIO_DEVICE] = read_audio_device,
    [CALL_PROPERTY_VOLUME] = read_volume,
    [CALL_PROPERTY_CALLER] = read_caller,
    [CALL_PROPERTY_CALLED] = read_called,
    [CALL_PROPERTY_CONNECTED] = read_connected,
    [CALL_PROPERTY_REDIRECTING] = read_redirecting,
    [CALL_PROPERTY_REDIRECTION] = read_redirection,
    [CALL_PROPERTY_CALLED_PARTY] = read_called_party,
    [CALL_PROPERTY_COMMENT] = read_comment,
    [CALL_PROPERTY_OWNERS] = read_owners,
    [CALL_PROPERTY_OWNER_APPS] = of_owner_apps,
    [CALL_PROPERTY_MONITORS] = read_monitors,
    [CALL_PROPERTY_CALL_DATA] = read_call_data,
    [CALL_PROPERTY_USER_USER_INFO] = read_user_user_info,
    [CALL_PROPERTY_CREATED_TIMESTAMP] = read_created,
    [CALL_PROPERTY_CONNECTED_TIMESTAMP] = read_connected_time,
    [CALL_PROPERTY_ENDED_TIMESTAMP] = read_ended,
    [CALL_PROPERTY_STATE_TIMESTAMP] = read_state_entered,
};

uint64_t read_shared(Call *call, CallProperty property) {
    return readers[property] ? readers[property](call) : 0;
}

/* The number of the client's own handle of it. */
static uint64_t read_conference(const Handle *handle) {
    const Call *conference = call_conference(handle_call(handle));
    Handle *own = conference ? client_find_handle_on(handle_client(handle), conference) : NULL;

    return own ? handle_number(own) : 0;
}

uint64_t read_rules(const Line *line) {
    const ForwardRules *rules = line_forwarding(line);
    uint64_t value = 0;

    for (size_t i = 0; i < rules->n; i++)
        value = mix(mix(mix(value + 1, rules->rules[i].condition), of_text(rules->rules[i].filter)),
                    mix(of_text(rules->rules[i].destination), rules->rules[i].rings));
    return value;
}

uint64_t read_value(const Handle *handle, CallProperty property) {
    if (property == CALL_PROPERTY_CONFERENCE)
        return read_conference(handle);
    if (property == CALL_PROPERTY_PRIVILEGE)
        return handle_privilege(handle);
    if (property == CALL_PROPERTY_FEATURES)
        return handle_features(handle);
    if (property == CALL_PROPERTY_SEQUENCE)
        return handle_sequence(handle);
    if (property == CALL_PROPERTY_APP_DATA) {
        GVariant *data = handle_app_data(handle);

        return data ? of_data(g_variant_get_data(data), g_variant_get_size(data)) : 0;
    }
    return read_shared(handle_call(handle), property);
}

/* ---- What is told ---- */

int client_of(const Client *client) {
    return GPOINTER_TO_INT(client_data(client)) - 1;
}

static void note(int client, ToldKind kind, uint64_t about, uint64_t value) {
    Tale *tale = &world.tales[client];

    if (!world.clients[client])
        wrong("client p%d is told something after it left", client);
    if (tale->n == TALE)
        wrong("client p%d is told more than a step can cause", client);
    tale->told[tale->n++] = (Told) { kind, about, value };
}

static View *find_view(int client, uint64_t number) {
    for (int i = 0; i < CALLS * 2; i++)
        if (world.views[client][i].there && world.views[client][i].number == number)
            return &world.views[client][i];
    return NULL;
}

static View *view_of(const Handle *handle) {
    int client = client_of(handle_client(handle));
    View *view = find_view(client, handle_number(handle));

    if (!view || view->handle != handle)
        wrong("client p%d is told of its handle %" G_GUINT64_FORMAT " before it was announced", client,
              handle_number(handle));
    return view;
}

/* A cause comes with the state that has it, not before. */
static void judge_cause(const View *view) {
    CallState state = view->values[CALL_PROPERTY_STATE];
    DisconnectCause cause = view->values[CALL_PROPERTY_DISCONNECT_CAUSE];
    bool right = state == CALL_STATE_BUSY ? cause == CAUSE_BUSY : ref_is_live(state) == (cause == CAUSE_NONE);

    if (!right)
        wrong("a client is told of state %s with cause '%s'", call_state_to_string(state),
              disconnect_cause_to_string(cause));
}

static void on_handle_added(Handle *handle, void *userdata) {
    int client = client_of(handle_client(handle));
    View *view = NULL;

    if (find_view(client, handle_number(handle)))
        wrong("handle %" G_GUINT64_FORMAT " of p%d is announced twice", handle_number(handle), client);
    for (int i = 0; i < CALLS * 2 && !view; i++)
        if (!world.views[client][i].there)
            view = &world.views[client][i];
    if (!view)
        wrong("client p%d was told of too many handles", client);
    *view = (View) { .there = true, .handle = handle, .number = handle_number(handle) };
    for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++)
        view->values[i] = read_value(handle, i);
    if (view->values[CALL_PROPERTY_SEQUENCE] != 0)
        wrong("a handle is announced with sequence %" G_GUINT64_FORMAT, view->values[CALL_PROPERTY_SEQUENCE]);
    judge_cause(view);
    note(client, TOLD_ADDED, view->number, view->values[CALL_PROPERTY_STATE]);
}

static void judge_sequence(View *view, const Handle *handle) {
    if (handle_sequence(handle) != view->values[CALL_PROPERTY_SEQUENCE] + 1)
        wrong("sequence %" G_GUINT64_FORMAT " follows %" G_GUINT64_FORMAT, handle_sequence(handle),
              view->values[CALL_PROPERTY_SEQUENCE]);
    view->values[CALL_PROPERTY_SEQUENCE]++;
}

/* Idle calls are silent about what their holders share. */
static bool may_be_silent(const View *view, CallProperty property) {
    return !is_told(property) || (view->values[CALL_PROPERTY_STATE] == CALL_STATE_IDLE && is_shared(property));
}

static void on_handle_changed(Handle *handle, uint64_t properties, void *userdata) {
    View *view = view_of(handle);
    int client = client_of(handle_client(handle));

    judge_sequence(view, handle);
    if (!(properties & BIT(SEQUENCE)))
        wrong("a change is told without its sequence");
    if (view->values[CALL_PROPERTY_STATE] == CALL_STATE_IDLE && properties & ~PRIVATE)
        wrong("an idle handle is told of shared properties");
    for (CallProperty i = 0; i < _CALL_PROPERTY_MAX; i++) {
        uint64_t value = read_value(handle, i);

        if (properties & CALL_PROPERTY_BIT(i))
            view->values[i] = value;
        else if (value != view->values[i] && !may_be_silent(view, i))
            wrong("p%d was not told of %s with handle %" G_GUINT64_FORMAT, client, call_property_to_string(i), view->number);
    }
    judge_cause(view);
    if (properties & BIT(STATE))
        note(client, TOLD_STATE, view->number, view->values[CALL_PROPERTY_STATE]);
}

static void on_handle_removed(Client *client, uint64_t epoch, uint64_t number, void *userdata) {
    View *view = find_view(client_of(client), number);

    if (!view)
        wrong("the end of handle %" G_GUINT64_FORMAT " of p%d is told, and it was never announced", number, client_of(client));
    *view = (View) {};
    note(client_of(client), TOLD_REMOVED, number, 0);
}

static void on_digit_received(Handle *handle, char digit, uint64_t usec, void *userdata) {
    judge_sequence(view_of(handle), handle);
    note(client_of(handle_client(handle)), TOLD_DIGIT, handle_number(handle), digit);
}

static void on_digits_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    judge_sequence(view_of(handle), handle);
    note(client_of(handle_client(handle)), TOLD_SENT, handle_number(handle), outcome);
}

static void on_tone_sent(Handle *handle, DigitsOutcome outcome, void *userdata) {
    judge_sequence(view_of(handle), handle);
    note(client_of(handle_client(handle)), TOLD_TONE, handle_number(handle), outcome);
}

static void on_digits_gathered(Handle *handle, const char *digits, GatherReason reason, void *userdata) {
    judge_sequence(view_of(handle), handle);
    note(client_of(handle_client(handle)), TOLD_GATHERED, handle_number(handle), gathered_value(reason, digits));
}

static void on_call_requested(Client *client, const CallWish *wish, void *userdata) {
    if (g_strcmp0(wish->address, "112") != 0 || g_strcmp0(wish->comment, "please") != 0)
        wrong("a wish for a call arrives as another");
    note(client_of(client), TOLD_WISH, 0, wish->media_mode);
}

static void on_events_lost(Client *client, uint64_t count, void *userdata) {
    world.withheld[client_of(client)] += count;
}

static int number_of(const Line *line) {
    return line_name(line)[strlen(line_name(line)) - 1] - '0';
}

static void on_line_closed(Client *client, Line *line, const char *reason, void *userdata) {
    note(client_of(client), TOLD_CLOSED, number_of(line), 0);
}

static void on_line_rang(Client *client, Line *line, const char *mode, unsigned count, void *userdata) {
    note(client_of(client), TOLD_RANG, number_of(line), count);
}

/* As a client reads it that has the line open, or not. */
static void on_line_changed_for(Client *client, Line *line, unsigned properties, void *userdata) {
    uint64_t now = line_is_open_for(line, client) ? read_rules(line) : 0;
    uint64_t *told = &world.told_rules[client_of(client)][number_of(line)];

    if (!world.clients[client_of(client)])
        wrong("a client that left is told how a line forwards");
    if (properties != LINE_PROPERTY_FORWARDING || now == *told)
        wrong("a client is told how a line forwards, and that is what it knows");
    *told = now;
}

static void on_line_added(Line *line, void *userdata) {
    world.told_states[number_of(line)] = line_state(line);
    world.told_messages[number_of(line)] = line_messages_waiting(line);
}

static void on_line_changed(Line *line, unsigned properties, void *userdata) {
    if (properties & LINE_PROPERTY_STATE)
        world.told_states[number_of(line)] = line_state(line);
    if (properties & LINE_PROPERTY_MESSAGES_WAITING)
        world.told_messages[number_of(line)] = line_messages_waiting(line);
}

static void on_line_removed(Line *line, void *userdata) {
    if (world.told_states[number_of(line)] != LINE_REMOVED)
        wrong("a line is gone that was not removed");
}

static void on_manager_changed(unsigned properties, void *userdata) {
    if (properties & MANAGER_PROPERTY_IN_CALL)
        world.told_flags ^= MANAGER_PROPERTY_IN_CALL;
    if (properties & MANAGER_PROPERTY_RINGING)
        world.told_flags ^= MANAGER_PROPERTY_RINGING;
}

const Observer watcher = {
    .handle_added = on_handle_added,
    .handle_changed = on_handle_changed,
    .handle_removed = on_handle_removed,
    .digit_received = on_digit_received,
    .digits_sent = on_digits_sent,
    .tone_sent = on_tone_sent,
    .digits_gathered = on_digits_gathered,
    .call_requested = on_call_requested,
    .events_lost = on_events_lost,
    .line_closed = on_line_closed,
    .line_rang = on_line_rang,
    .line_added = on_line_added,
    .line_changed = on_line_changed,
    .line_changed_for = on_line_changed_for,
    .line_removed = on_line_removed,
    .manager_changed = on_manager_changed,
};
