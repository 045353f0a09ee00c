/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handle: one client's view of one call. */
#include "service/handle.h"

#include "service/call.h"
#include "service/client.h"
#include "service/gather.h"
#include "service/journal.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/open.h"

struct Handle {
    Client *client;
    Call *call;
    uint64_t epoch, number, sequence;
    Privilege privilege : 8;
    OnOwnerLost on_owner_lost : 8;
    bool wants_digits : 1, retired : 1, counted : 1;
    Operations told_features;
    GVariant *app_data;
    GList call_link; /* in the call's handles */
    GList idle_link; /* in the client's idle handles, once retired */
    OutboxEntry outbox;
    JournalMark mark;
};

/* ---- What is kept of it ---- */

static int handle_write(Database *database, void *object) {
    const Handle *handle = object;
    HandleRow row = {
        .id = handle->mark.id,
        .call = call_number(handle->call),
        .client = client_row_id(handle->client),
        .epoch = handle->epoch,
        .number = handle->number,
        .privilege = handle->privilege,
        .on_owner_lost = handle->on_owner_lost,
        .wants_digits = handle->wants_digits,
    };

    if (handle->app_data)
        row.app_data = (RowBytes) { g_variant_get_data(handle->app_data), g_variant_get_size(handle->app_data) };
    return row_write(database, &handle_table, &row);
}

static const JournalKind handle_kept = { .write = handle_write, .erase = "DELETE FROM handle WHERE id=?", .for_restart = true };

static Journal *journal_of(const Handle *handle) {
    return manager_journal(client_manager(handle->client));
}

static void keep(Handle *handle) {
    client_keep(handle->client);
    journal_touch(journal_of(handle), &handle->mark, &handle_kept, handle);
}

/* ---- How it begins and ends ---- */

static void init_links(Handle *handle) {
    handle->call_link.data = handle;
    handle->idle_link.data = handle;
}

static Handle *handle_new(Client *client, Call *call, Privilege privilege, OnOwnerLost on_owner_lost) {
    Handle *handle = g_new0(Handle, 1);

    *handle = (Handle) { .client = client, .call = call, .privilege = privilege, .on_owner_lost = on_owner_lost };
    handle->epoch = manager_epoch(client_manager(client));
    handle->mark.id = manager_next_number(client_manager(client));
    handle->counted = !call_emergency(call) || !client_spares_emergency(client);
    handle->number = client_add_handle(client, handle);
    init_links(handle);
    keep(handle);
    return handle;
}

/* Taken as they are: a variant of the wrong form would say something else each time that it is read. */
static bool restore_app_data(Handle *handle, RowBytes data) {
    g_autoptr(GBytes) bytes = data.size > 0 ? g_bytes_new(data.data, data.size) : NULL;

    if (!bytes)
        return true;
    handle->app_data = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARDICT, bytes, /* trusted= */ FALSE));
    return g_variant_is_normal_form(handle->app_data);
}

/* Signals are not written down, which a full disk would be in the way of: each start of the service counts from a place of its own,
 * above all that were before. */
static uint64_t first_sequence(const Client *client) {
    return manager_epoch(client_manager(client)) << 32;
}

Handle *handle_restore(Client *client, Call *call, const HandleRow *row) {
    Handle *handle = g_new0(Handle, 1);

    *handle = (Handle) {
        .client = client,
        .call = call,
        .epoch = row->epoch,
        .number = row->number,
        .sequence = first_sequence(client),
        .privilege = row->privilege,
        .on_owner_lost = row->on_owner_lost,
        .wants_digits = row->wants_digits,
        .counted = !call_emergency(call) || call_state(call) == CALL_STATE_IDLE,
        .mark = { .id = row->id, .stored = true },
    };
    init_links(handle);
    if (!restore_app_data(handle, row->app_data) || !client_restore_handle(client, handle)) {
        handle_free(handle);
        return NULL;
    }
    /* Whatever it can do now, that is news with the next signal. */
    handle->told_features = ~handle_features(handle);
    call_restore_handle(call, &handle->call_link, handle->privilege == PRIVILEGE_OWNER, handle->wants_digits);
    keep(handle);
    return handle;
}

void handle_restore_void(Client *client, uint64_t epoch, uint64_t number) {
    Handle *handle = g_new0(Handle, 1);

    *handle = (Handle) { .client = client, .epoch = epoch, .number = number };
    outbox_remove(handle);
}

static Handle *raise_to(Handle *handle, Privilege privilege, OnOwnerLost on_owner_lost) {
    if (privilege == PRIVILEGE_OWNER && handle->privilege == PRIVILEGE_MONITOR) {
        keep(handle);
        handle->on_owner_lost = on_owner_lost;
        outbox_touch(handle, CALL_PROPERTY_BIT(CALL_PROPERTY_PRIVILEGE));
        call_change_owners(handle->call, /* owners= */ +1, /* monitors= */ -1);
        handle->privilege = PRIVILEGE_OWNER;
    }
    return handle;
}

/* The client sees the conference of a participant in its own handles: as none, or as this one. Not where all of them end with
 * their line. */
static bool shows_conference(Client *client, const Call *participant, const Call *conference) {
    return line_state(call_line(conference)) != LINE_REMOVED && client_find_handle_on(client, participant);
}

/* What waits to be told of participants is told as it was before their conference comes or goes. */
static void flush_participants(Client *client, Call *conference) {
    for (GList *i = call_participants(conference)->head; i; i = i->next)
        if (shows_conference(client, i->data, conference) && client_find_handle_on(client, i->data)->outbox.queued)
            outbox_flush(client);
}

static void touch_participants(Client *client, Call *conference) {
    for (GList *i = call_participants(conference)->head; i; i = i->next)
        if (shows_conference(client, i->data, conference))
            outbox_touch(client_find_handle_on(client, i->data), CALL_PROPERTY_BIT(CALL_PROPERTY_CONFERENCE));
}

Handle *handle_give(Client *client, Call *call, Privilege privilege, OnOwnerLost on_owner_lost) {
    Handle *handle = client_find_handle_on(client, call);
    bool owner = privilege == PRIVILEGE_OWNER;

    if (handle)
        return raise_to(handle, privilege, on_owner_lost);

    if (!client_make_room(client, call)) {
        if (!owner)
            outbox_lose(client);
        return NULL;
    }
    flush_participants(client, call);
    handle = handle_new(client, call, privilege, on_owner_lost);
    call_add_handle(call, &handle->call_link, owner);
    outbox_add(handle);
    touch_participants(client, call);
    if (call_state(call) == CALL_STATE_IDLE)
        handle_retire(handle);
    return handle;
}

/* Takes the handle out of everything; its call goes on without it. */
static void detach(Handle *handle) {
    bool owner = handle->privilege == PRIVILEGE_OWNER;

    /* What waits is told with the values of before. */
    flush_participants(handle->client, handle->call);
    outbox_remove(handle);
    handle_want_digits(handle, false);
    if (call_generator(handle->call) == handle)
        call_set_generator(handle->call, NULL, /* tone= */ false);
    gathering_drop(handle);
    journal_erase(journal_of(handle), &handle->mark, &handle_kept);
    client_remove_handle(handle->client, handle);
    if (handle->retired)
        g_queue_unlink(client_idle_handles(handle->client), &handle->idle_link);
    call_remove_handle(handle->call, &handle->call_link, owner);
    touch_participants(handle->client, handle->call);
}

void handle_release(Handle *handle) {
    Call *call = handle->call;
    bool owner = handle->privilege == PRIVILEGE_OWNER;
    OnOwnerLost on_owner_lost = handle->on_owner_lost;

    detach(handle);
    call_owner_released(call, owner, on_owner_lost);
}

void handle_lose(Handle *handle) {
    Call *call = handle->call;
    bool owner = handle->privilege == PRIVILEGE_OWNER;
    OnOwnerLost on_owner_lost = handle->on_owner_lost;

    detach(handle);
    call_owner_lost(call, owner, on_owner_lost);
}

void handle_void(Handle *handle) {
    detach(handle);
}

void handle_free(Handle *handle) {
    if (handle->app_data)
        g_variant_unref(handle->app_data);
    g_free(handle);
}

Client *handle_client(const Handle *handle) {
    return handle->client;
}

Call *handle_call(const Handle *handle) {
    return handle->call;
}

uint64_t handle_epoch(const Handle *handle) {
    return handle->epoch;
}

uint64_t handle_number(const Handle *handle) {
    return handle->number;
}

Privilege handle_privilege(const Handle *handle) {
    return handle->privilege;
}

OnOwnerLost handle_on_owner_lost(const Handle *handle) {
    return handle->on_owner_lost;
}

uint64_t handle_sequence(const Handle *handle) {
    return handle->sequence;
}

GVariant *handle_app_data(const Handle *handle) {
    return handle->app_data;
}

Operations handle_features(const Handle *handle) {
    const Call *call = handle->call;

    return operations_now(line_abilities(call_line(call)), handle->privilege, call_kind(call), call_state(call));
}

static Refusal *refuse_kind(const char *name, CallKind kind) {
    if (kind == CALL_KIND_PLAIN)
        return refuse(REFUSAL_NOT_CONFERENCE, "%s is for conferences and this is an ordinary call: use the handle of the conference",
                      name);
    return refuse(REFUSAL_INVALID_STATE, "%s is not possible with a conference, but with one of its participants alone", name);
}

Refusal *handle_check(const Handle *handle, Operation operation) {
    const char *name = operation_to_string(operation);
    CallState state = call_state(handle->call);
    CallKind kind = call_kind(handle->call);

    if (operation_needs_owner(operation) && handle->privilege != PRIVILEGE_OWNER)
        return refuse(REFUSAL_NOT_OWNER, "%s is for owners of the call and you are a monitor: call SetPrivilege(\"owner\") first",
                      name);
    if (!(line_abilities(call_line(handle->call)) & OPERATION_BIT(operation)))
        return refuse(REFUSAL_NOT_SUPPORTED, "Line %s can't do %s: see its Capabilities",
                      line_name(call_line(handle->call)), name);
    if (!operation_fits(operation, kind))
        return refuse_kind(name, kind);
    if (operation_possible(operation, kind, state))
        return NULL;
    if (operation == OPERATION_GET_CONFERENCE_CALLS)
        return refuse(REFUSAL_NO_CONFERENCE, "This call is in no conference: its State would have to be conferenced");
    return refuse(REFUSAL_INVALID_STATE, "%s is not possible in state %s, but in %s", name, call_state_to_string(state),
                  operation_states(operation));
}

const char *handle_app_id(const Handle *handle) {
    Open *open = client_find_open(handle->client, call_line(handle->call));

    return open ? open_options(open)->app_id : "";
}

static Refusal *become_owner(Handle *handle) {
    Open *open = client_find_open(handle->client, call_line(handle->call));

    if (handle->privilege == PRIVILEGE_OWNER)
        return NULL;
    if (!open || !open_may_own(open))
        return refuse(REFUSAL_INVALID_PRIVILEGE,
                      "You opened line %s without the owner privilege: call Open(\"owner\" or \"owner+monitor\") first",
                      line_name(call_line(handle->call)));
    raise_to(handle, PRIVILEGE_OWNER, open_options(open)->on_owner_lost);
    return NULL;
}

static Refusal *become_monitor(Handle *handle) {
    Call *call = handle->call;

    if (handle->privilege == PRIVILEGE_MONITOR)
        return NULL;
    if (call_owners(call) == 1 && call_state(call) != CALL_STATE_IDLE)
        return refuse(REFUSAL_INVALID_STATE,
                      "You are the only owner of a call that is %s: hand it off, drop it or release it instead",
                      call_state_to_string(call_state(call)));
    keep(handle);
    outbox_touch(handle, CALL_PROPERTY_BIT(CALL_PROPERTY_PRIVILEGE));
    call_change_owners(call, /* owners= */ -1, /* monitors= */ +1);
    handle->privilege = PRIVILEGE_MONITOR;
    return NULL;
}

Refusal *handle_set_privilege(Handle *handle, const char *name) {
    Privilege privilege = privilege_from_string(name);

    switch (privilege) {
    case PRIVILEGE_OWNER:
        return become_owner(handle);
    case PRIVILEGE_MONITOR:
        return become_monitor(handle);
    case _PRIVILEGE_MAX:
    case _PRIVILEGE_INVALID:
        break;
    }
    return refuse(REFUSAL_INVALID_PRIVILEGE, "'%s' is no privilege of a call: use \"owner\" or \"monitor\"", name);
}

Refusal *handle_set_on_owner_lost(Handle *handle, OnOwnerLost on_owner_lost) {
    Refusal *refusal = handle_check(handle, OPERATION_SET_ON_OWNER_LOST);

    if (refusal)
        return refusal;
    keep(handle);
    handle->on_owner_lost = on_owner_lost;
    return NULL;
}

Refusal *handle_set_app_data(Handle *handle, GVariant *app_data) {
    g_autoptr(GVariant) data = g_variant_ref_sink(app_data);
    bool empty = g_variant_n_children(data) == 0;
    Refusal *refusal = handle_check(handle, OPERATION_SET_APP_DATA);

    if (refusal)
        return refusal;
    if (g_variant_get_size(data) > APP_DATA_MAX)
        return refuse(REFUSAL_TOO_BIG, "The app data is %zu bytes: at most %d are kept", g_variant_get_size(data),
                      APP_DATA_MAX);
    if (empty ? !handle->app_data : handle->app_data && g_variant_equal(data, handle->app_data))
        return NULL;

    keep(handle);
    outbox_touch(handle, CALL_PROPERTY_BIT(CALL_PROPERTY_APP_DATA));
    if (handle->app_data)
        g_variant_unref(handle->app_data);
    handle->app_data = empty ? NULL : g_steal_pointer(&data);
    return NULL;
}

Refusal *handle_set_call_data(Handle *handle, const uint8_t *data, size_t size) {
    Refusal *refusal = handle_check(handle, OPERATION_SET_CALL_DATA);

    if (refusal)
        return refusal;
    if (size > CALL_DATA_MAX)
        return refuse(REFUSAL_TOO_BIG, "The call data is %zu bytes: at most %d are kept", size, CALL_DATA_MAX);
    call_set_call_data(handle->call, data, size);
    return NULL;
}

Refusal *handle_set_media_mode(Handle *handle, MediaMode media_mode) {
    const Line *line = call_line(handle->call);
    Refusal *refusal = handle_check(handle, OPERATION_SET_MEDIA_MODE);

    if (refusal)
        return refusal;
    if (!(line_media_modes(line) & MEDIA_BIT(media_mode)))
        return refuse(REFUSAL_NOT_SUPPORTED, "Line %s has no calls of media mode %s: see its MediaModes", line_name(line),
                      media_mode_to_string(media_mode));
    call_set_media_mode(handle->call, media_mode);
    return NULL;
}

/* ---- Handoff ---- */

static Refusal *refuse_target(const Handle *handle, const char *target) {
    return refuse(REFUSAL_TARGET_NOT_FOUND, "'%s' has not opened line %s as owner: it must call Open(\"owner\") first", target,
                  line_name(call_line(handle->call)));
}

static Refusal *hand_to(Handle *handle, Open *open, const char *target) {
    Client *client = open_client(open);

    if (!handle_give(client, handle->call, PRIVILEGE_OWNER, open_options(open)->on_owner_lost))
        return refuse(REFUSAL_LIMITS_EXCEEDED, "'%s' has as many handles as a client may have: it must release some",
                      target);
    return NULL;
}

Refusal *handle_handoff(Handle *handle, const char *target) {
    Client *client = manager_find_client(client_manager(handle->client), target);
    Open *open = client ? client_find_open(client, call_line(handle->call)) : NULL;
    Refusal *refusal = handle_check(handle, OPERATION_HANDOFF);

    if (refusal || client == handle->client)
        return refusal;
    if (!open || !open_may_own(open))
        return refuse_target(handle, target);
    return hand_to(handle, open, target);
}

Refusal *handle_handoff_app(Handle *handle, const char *app_id) {
    Refusal *refusal = handle_check(handle, OPERATION_HANDOFF);
    Open *open = line_find_app(call_line(handle->call), app_id);

    if (refusal)
        return refusal;
    if (!open)
        return refuse_target(handle, app_id);
    if (open_client(open) == handle->client)
        return NULL;
    return hand_to(handle, open, app_id);
}

Refusal *handle_handoff_media(Handle *handle, MediaMode media_mode) {
    const char *name = media_mode_to_string(media_mode);
    Refusal *refusal = handle_check(handle, OPERATION_HANDOFF);
    Open *open = line_next_candidate(call_line(handle->call), media_mode, NULL);

    if (refusal)
        return refusal;
    if (!open)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "Nobody has opened line %s as owner for calls of media mode %s: name a client instead",
                      line_name(call_line(handle->call)), name);
    if (open_client(open) == handle->client)
        return refuse(REFUSAL_TARGET_SELF,
                      "You are the first who would be offered a call of media mode %s, so it would come back: name another client",
                      name);
    return hand_to(handle, open, name);
}

OutboxEntry *handle_outbox_entry(Handle *handle) {
    return &handle->outbox;
}

uint64_t handle_announce(Handle *handle, bool counts) {
    Operations features = handle_features(handle);
    uint64_t changed = CALL_PROPERTY_BIT(CALL_PROPERTY_SEQUENCE);

    if (counts)
        handle->sequence++;
    if (features != handle->told_features)
        changed |= CALL_PROPERTY_BIT(CALL_PROPERTY_FEATURES);
    handle->told_features = features;
    return changed;
}

void handle_count_signal(Handle *handle) {
    outbox_flush(handle->client);
    handle->sequence++;
}

bool handle_is_counted(const Handle *handle) {
    return handle->counted;
}

bool handle_wants_digits(const Handle *handle) {
    return handle->wants_digits;
}

void handle_want_digits(Handle *handle, bool enable) {
    if (handle->wants_digits == enable)
        return;
    keep(handle);
    handle->wants_digits = enable;
    call_count_digit_monitors(handle->call, enable ? +1 : -1);
}

void handle_retire(Handle *handle) {
    if (handle->retired)
        return;
    handle->retired = true;
    if (!handle->counted)
        client_count_retired(handle->client);
    handle->counted = true;
    g_queue_push_tail_link(client_idle_handles(handle->client), &handle->idle_link);
}
