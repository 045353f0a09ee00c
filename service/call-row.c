/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: what is kept of it over a restart, and how it is made of that again. */
#include <string.h>

#include "service/call-private.h"
#include "service/line.h"

/* ---- Texts in bytes: each with the NUL at its end ---- */

static void append(GByteArray *bytes, const char *text) {
    g_byte_array_append(bytes, (const uint8_t *) text, strlen(text) + 1);
}

/* The next text, or NULL: there is none, or it is no text. */
static const char *take(RowBytes *bytes) {
    const char *text = bytes->data, *end = text ? memchr(text, '\0', bytes->size) : NULL;

    if (!end || !g_utf8_validate(text, end - text, NULL))
        return NULL;
    bytes->data = end + 1;
    bytes->size -= end + 1 - text;
    return text;
}

static void append_parties(const Call *call, GByteArray *bytes) {
    for (PartyRole role = 0; role < _PARTY_MAX; role++) {
        PartyInfo info = party_info(call->parties[role]);

        if (!call->parties[role])
            continue;
        append(bytes, call_property_to_string(CALL_PROPERTY_CALLER + role));
        append(bytes, info.number);
        append(bytes, info.name);
        append(bytes, presentation_to_string(info.presentation));
    }
}

static bool read_parties(Call *call, RowBytes bytes) {
    while (bytes.size > 0) {
        int role = (int) call_property_from_string(take(&bytes)) - CALL_PROPERTY_CALLER;
        PartyInfo info = { .number = take(&bytes), .name = take(&bytes) };

        info.presentation = presentation_from_string(take(&bytes));
        if (role < 0 || role >= _PARTY_MAX || !info.number || !info.name || (int) info.presentation < 0)
            return false;
        call_set_party(call, role, &info);
    }
    return true;
}

static void append_network_ids(const Call *call, GByteArray *bytes) {
    GHashTableIter iter;
    void *kind, *id;

    if (!call_network_ids(call))
        return;
    g_hash_table_iter_init(&iter, call_network_ids(call));
    while (g_hash_table_iter_next(&iter, &kind, &id)) {
        append(bytes, kind);
        append(bytes, id);
    }
}

static bool read_network_ids(Call *call, RowBytes bytes) {
    while (bytes.size > 0) {
        const char *kind = take(&bytes), *id = take(&bytes);

        if (!kind || !id || !*kind || strlen(kind) > TEXT_MAX || strlen(id) > TEXT_MAX)
            return false;
        call_set_network_id(call, kind, id);
    }
    return true;
}

/* ---- Writing ---- */

static RowBytes whole(GBytes *bytes) {
    RowBytes row = {};

    if (bytes)
        row.data = g_bytes_get_data(bytes, &row.size);
    return row;
}

static int call_write(Database *database, void *object) {
    const Call *call = object;
    g_autoptr(GByteArray) parties = g_byte_array_new(), network_ids = g_byte_array_new();
    uint32_t uid = 0;
    CallRow row = {
        .id = call->mark.id,
        .line = line_name(call->line),
        .conference = call->kind == CALL_KIND_CONFERENCE,
        .state = call->state,
        .detail = call->detail,
        .cause = call->cause,
        .direction = call->direction,
        .origin = call->origin,
        .reason = call->reason,
        .media_mode = call->media_mode,
        .emergency = call->emergency,
        .kept = call->kept || call->dialled_kept,
        .call_id = call_call_id(call),
        .related_call_id = call_related_call_id(call),
        .address = call_address(call),
        .called_party = call_called_party(call),
        .comment = call_comment(call),
        .provider_cause = call_provider_cause(call),
        .call_data = whole(call_call_data(call)),
        .user_user_info = whole(call_user_user_info(call)),
        .created = call->timestamps[CALL_CREATED],
        .connected = call->timestamps[CALL_CONNECTED],
        .ended = call->timestamps[CALL_ENDED],
        .state_entered = call->timestamps[CALL_STATE_ENTERED],
        .uid = ROW_NOBODY,
    };

    if (call_last_owner(call, &uid))
        row.uid = uid;
    append_parties(call, parties);
    append_network_ids(call, network_ids);
    row.parties = (RowBytes) { parties->len > 0 ? parties->data : NULL, parties->len };
    row.network_ids = (RowBytes) { network_ids->len > 0 ? network_ids->data : NULL, network_ids->len };
    return row_write(database, &call_table, &row);
}

static const JournalKind call_kept = { .write = call_write, .erase = "DELETE FROM call WHERE id=?", .for_restart = true };

void call_keep(Call *call) {
    journal_touch(manager_journal(line_manager(call->line)), &call->mark, &call_kept, call);
}

void call_keep_no_more(Call *call) {
    journal_erase(manager_journal(line_manager(call->line)), &call->mark, &call_kept);
}

uint64_t call_number(const Call *call) {
    return call->mark.id;
}

/* The service's own are never given twice, but what a provider gives has to be looked at. */
bool call_take_number(Call *call, uint64_t number) {
    GHashTable *numbered = manager_numbered_calls(line_manager(call->line));

    if (number / CALL_NUMBER_OF_PROVIDER != 1 || g_hash_table_contains(numbered, &number))
        return false;
    call->mark.id = number;
    g_hash_table_add(numbered, &call->mark.id);
    return true;
}

void call_forget_number(Call *call) {
    if (call->mark.id / CALL_NUMBER_OF_PROVIDER == 1)
        g_hash_table_remove(manager_numbered_calls(line_manager(call->line)), &call->mark.id);
}

/* ---- Reading ---- */

/* What the cause is once it has ended; of a call that is up it is none, or that it is busy. */
static bool fits(const CallRow *row) {
    bool ended = !call_state_is_live(row->state);

    return ended == (row->ended > 0) && ended == (row->cause != CAUSE_NONE && row->state != CALL_STATE_BUSY);
}

static bool read_facts(Call *call, const CallRow *row) {
    call_set_call_id(call, row->call_id, row->related_call_id);
    call_set_dialled(call, row->address, row->called_party, row->comment, row->emergency);
    call_set_call_data(call, row->call_data.data, row->call_data.size);
    call_set_user_user_info(call, row->user_user_info.data, row->user_user_info.size);
    if (*row->provider_cause)
        call_extra(call)->provider_cause = g_strdup(row->provider_cause);
    call->timestamps[CALL_CREATED] = row->created;
    call->timestamps[CALL_CONNECTED] = row->connected;
    call->timestamps[CALL_ENDED] = row->ended;
    call->timestamps[CALL_STATE_ENTERED] = row->state_entered;
    return read_parties(call, row->parties) && read_network_ids(call, row->network_ids);
}

Call *call_restore(Line *line, const CallRow *row) {
    Call *call;

    if (!fits(row))
        return NULL;
    call = row->conference ? call_new_conference(line, row->media_mode) : call_new(line, row->direction, row->media_mode);
    call->mark = (JournalMark) { .id = row->id, .stored = true };
    call_take_number(call, row->id);
    if (!read_facts(call, row))
        return call_discard(call);
    call->state = row->state == CALL_STATE_UNKNOWN ? CALL_STATE_DIALING : row->state;
    call->detail = row->detail;
    call->cause = row->cause;
    call->end_cause = row->cause;
    call->origin = row->origin;
    call->reason = row->reason;
    call->kept = row->kept;
    call->appeared = true;
    call->was_owned = row->uid != ROW_NOBODY;
    call->last_uid = row->uid;
    call->logged = !call_state_is_live(row->state);
    call->at_network = call_state_is_live(call->state);
    line_count_state(line, CALL_STATE_UNKNOWN, call->state);
    return call;
}

void call_restore_handle(Call *call, GList *link, bool owner, bool wants_digits) {
    g_queue_push_tail_link(&call->handles, link);
    call->owners += owner;
    call->monitors += !owner;
    call->digit_monitors += wants_digits;
}
