/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Handle: one client's view of one call. */
#include "service/handle.h"

#include "service/call.h"
#include "service/client.h"
#include "service/line.h"
#include "service/manager.h"
#include "service/open.h"

struct Handle {
    Client *client;
    Call *call;
    uint64_t number, sequence;
    Privilege privilege : 8;
    OnOwnerLost on_owner_lost : 8;
    bool wants_digits : 1, retired : 1;
    Operations told_features;
    GVariant *app_data;
    GList call_link; /* in the call's handles */
    GList idle_link; /* in the client's idle handles, once retired */
    OutboxEntry outbox;
};

static Handle *handle_new(Client *client, Call *call, Privilege privilege, OnOwnerLost on_owner_lost) {
    Handle *handle = g_new0(Handle, 1);

    *handle = (Handle) { .client = client, .call = call, .privilege = privilege, .on_owner_lost = on_owner_lost };
    handle->number = client_add_handle(client, handle);
    handle->call_link.data = handle;
    handle->idle_link.data = handle;
    return handle;
}

static Handle *raise_to(Handle *handle, Privilege privilege, OnOwnerLost on_owner_lost) {
    if (privilege == PRIVILEGE_OWNER && handle->privilege == PRIVILEGE_MONITOR) {
        handle->on_owner_lost = on_owner_lost;
        outbox_touch(handle, CALL_PROPERTY_BIT(CALL_PROPERTY_PRIVILEGE));
        call_change_owners(handle->call, /* owners= */ +1, /* monitors= */ -1);
        handle->privilege = PRIVILEGE_OWNER;
    }
    return handle;
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
    handle = handle_new(client, call, privilege, on_owner_lost);
    call_add_handle(call, &handle->call_link, owner);
    outbox_add(handle);
    if (call_state(call) == CALL_STATE_IDLE)
        handle_retire(handle);
    return handle;
}

/* Takes the handle out of everything; its call goes on without it. */
static void detach(Handle *handle) {
    bool owner = handle->privilege == PRIVILEGE_OWNER;

    /* What waits is told with the values of before. */
    outbox_remove(handle);
    handle_want_digits(handle, false);
    if (call_generator(handle->call) == handle)
        call_set_generator(handle->call, NULL);
    client_remove_handle(handle->client, handle);
    if (handle->retired)
        g_queue_unlink(client_idle_handles(handle->client), &handle->idle_link);
    call_remove_handle(handle->call, &handle->call_link, owner);
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
    return operations_now(line_abilities(call_line(handle->call)), handle->privilege, call_state(handle->call));
}

Refusal *handle_check(const Handle *handle, Operation operation) {
    const char *name = operation_to_string(operation);
    CallState state = call_state(handle->call);

    if (operation_needs_owner(operation) && handle->privilege != PRIVILEGE_OWNER)
        return refuse(REFUSAL_NOT_OWNER, "%s is for owners of the call and you are a monitor: call SetPrivilege(\"owner\") first",
                      name);
    if (!(line_abilities(call_line(handle->call)) & OPERATION_BIT(operation)))
        return refuse(REFUSAL_NOT_SUPPORTED, "Line %s can't do %s: see its Capabilities",
                      line_name(call_line(handle->call)), name);
    if (!operation_possible(operation, state))
        return refuse(REFUSAL_INVALID_STATE, "%s is not possible in state %s, but in %s", name,
                      call_state_to_string(state), operation_states(operation));
    return NULL;
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

Refusal *handle_handoff(Handle *handle, const char *target) {
    Call *call = handle->call;
    Line *line = call_line(call);
    Client *client = manager_find_client(client_manager(handle->client), target);
    Open *open = client ? client_find_open(client, line) : NULL;
    Refusal *refusal = handle_check(handle, OPERATION_HANDOFF);

    if (refusal || client == handle->client)
        return refusal;
    if (!open || !open_may_own(open))
        return refuse(REFUSAL_TARGET_NOT_FOUND, "'%s' has not opened line %s as owner", target, line_name(line));
    if (!handle_give(client, call, PRIVILEGE_OWNER, open_options(open)->on_owner_lost))
        return refuse(REFUSAL_LIMITS_EXCEEDED, "'%s' has as many handles as a client may have: it must release some",
                      target);
    return NULL;
}

OutboxEntry *handle_outbox_entry(Handle *handle) {
    return &handle->outbox;
}

uint64_t handle_announce(Handle *handle, bool counts) {
    Operations features = handle_features(handle);
    uint64_t changed = CALL_PROPERTY_BIT(CALL_PROPERTY_SEQUENCE);

    handle->sequence += counts;
    if (features != handle->told_features)
        changed |= CALL_PROPERTY_BIT(CALL_PROPERTY_FEATURES);
    handle->told_features = features;
    return changed;
}

void handle_count_signal(Handle *handle) {
    outbox_flush(handle->client);
    handle->sequence++;
}

bool handle_wants_digits(const Handle *handle) {
    return handle->wants_digits;
}

void handle_want_digits(Handle *handle, bool enable) {
    if (handle->wants_digits == enable)
        return;
    handle->wants_digits = enable;
    call_count_digit_monitors(handle->call, enable ? +1 : -1);
}

void handle_retire(Handle *handle) {
    if (handle->retired)
        return;
    handle->retired = true;
    g_queue_push_tail_link(client_idle_handles(handle->client), &handle->idle_link);
}
