/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recovery: what a service that was killed had told its clients is brought back from the journal. */
#include "service/recovery.h"

#include <string.h>

#include "service/call.h"
#include "service/client.h"
#include "service/crash-point.h"
#include "service/handle.h"
#include "service/journal.h"
#include "service/line.h"
#include "service/log.h"
#include "service/open.h"
#include "service/recipient.h"
#include "service/token.h"

/* A client that there was, and what was its. */
typedef struct Kept {
    ClientRow row;
    GArray *opens, *handles; /* of OpenRow and HandleRow, in the order in which they were made */
    bool here;               /* it was a client of this bus, */
    bool back;               /* and is still there */
} Kept;

struct Recovery {
    Manager *manager;
    GArray *clients;         /* of SavedClient */
    GPtrArray *kept;         /* of Kept, in the order in which they were made */
    GHashTable *kept_by_id;
    GHashTable *kept_by_name; /* those of this bus */
    GArray *calls;           /* their ids, in the order in which they were made */
    GHashTable *calls_by_id;
    GHashTable *intents;     /* their ids, of those that may never have been made */
    GHashTable *lost;        /* id -> what the owner of it wanted who is gone, plus one */
    GHashTable *dialled;     /* id -> Call: those that are more than an intent, and that no token has yet */
    GStringChunk *texts;
    GPtrArray *bytes;
};

/* What becomes of a row. */
typedef enum Verdict {
    VERDICT_TAKEN,    /* something is made of it */
    VERDICT_OVER,     /* what it tells of is no more: it goes */
    VERDICT_NONSENSE, /* it goes, and the log is told */
} Verdict;

/* How the rows of a table are taken. */
typedef struct Part {
    const Table *table;
    JournalKind gone;
    Verdict (*take)(Recovery *recovery, void *row);
} Part;

/* ---- Reading: rows become objects, or are kept until it is known who is there ---- */

static const char *keep_text(Recovery *recovery, const char *text) {
    return g_string_chunk_insert_const(recovery->texts, text);
}

static RowBytes keep_bytes(Recovery *recovery, RowBytes bytes) {
    if (bytes.size == 0)
        return (RowBytes) {};
    bytes.data = g_memdup2(bytes.data, bytes.size);
    g_ptr_array_add(recovery->bytes, (void *) bytes.data);
    return bytes;
}

static void *find(GHashTable *table, int64_t id) {
    return g_hash_table_lookup(table, GSIZE_TO_POINTER(id));
}

static Verdict take_client(Recovery *recovery, void *data) {
    const ClientRow *row = data;
    Kept *kept;

    if (!*row->name || g_hash_table_contains(recovery->kept_by_name, row->name))
        return VERDICT_NONSENSE;
    kept = g_new0(Kept, 1);
    *kept = (Kept) {
        .row = *row,
        .opens = g_array_new(FALSE, FALSE, sizeof(OpenRow)),
        .handles = g_array_new(FALSE, FALSE, sizeof(HandleRow)),
        .here = strcmp(row->bus, manager_bus_id(recovery->manager)) == 0,
    };
    kept->row.name = keep_text(recovery, row->name);
    kept->row.bus = keep_text(recovery, row->bus);
    g_ptr_array_add(recovery->kept, kept);
    g_hash_table_insert(recovery->kept_by_id, GSIZE_TO_POINTER(row->id), kept);
    if (kept->here) {
        SavedClient saved = { kept->row.name, (uint32_t) row->uid };

        g_hash_table_insert(recovery->kept_by_name, (char *) kept->row.name, kept);
        g_array_append_val(recovery->clients, saved);
    }
    return VERDICT_TAKEN;
}

static Verdict take_open(Recovery *recovery, void *data) {
    OpenRow row = *(const OpenRow *) data;
    Kept *kept = find(recovery->kept_by_id, row.client);

    if (!kept)
        return VERDICT_OVER;
    row.line = keep_text(recovery, row.line);
    row.app_id = keep_text(recovery, row.app_id);
    g_array_append_val(kept->opens, row);
    return VERDICT_TAKEN;
}

static Verdict take_call(Recovery *recovery, void *data) {
    const CallRow *row = data;
    Line *line = manager_find_line(recovery->manager, row->line);
    Call *call;

    if (!line)
        return VERDICT_OVER;
    call = call_restore(line, row);
    if (!call)
        return VERDICT_NONSENSE;
    g_array_append_val(recovery->calls, row->id);
    g_hash_table_insert(recovery->calls_by_id, GSIZE_TO_POINTER(row->id), call);
    if (row->state == CALL_STATE_UNKNOWN)
        g_hash_table_add(recovery->intents, GSIZE_TO_POINTER(row->id));
    else
        g_hash_table_insert(recovery->dialled, GSIZE_TO_POINTER(row->id), call);
    return VERDICT_TAKEN;
}

static Verdict take_handle(Recovery *recovery, void *data) {
    HandleRow row = *(const HandleRow *) data;
    Kept *kept = find(recovery->kept_by_id, row.client);

    if ((uint64_t) row.epoch >= manager_epoch(recovery->manager))
        return VERDICT_NONSENSE;
    if (!kept)
        return VERDICT_OVER;
    row.app_data = keep_bytes(recovery, row.app_data);
    g_array_append_val(kept->handles, row);
    return VERDICT_TAKEN;
}

/* Without its line it is nobody's, as when the line is taken away. */
static Verdict take_token(Recovery *recovery, void *data) {
    const TokenRow *row = data;
    Line *line = manager_find_line(recovery->manager, row->line);
    void *call = find(recovery->dialled, row->call);

    if (!line)
        return VERDICT_OVER;
    if (!tokens_restore(manager_tokens(recovery->manager), line, row, call))
        return VERDICT_NONSENSE;
    g_hash_table_remove(recovery->dialled, GSIZE_TO_POINTER(row->call));
    return VERDICT_TAKEN;
}

#define PART(noun) { &noun##_table, { .erase = "DELETE FROM " #noun " WHERE id=?" }, take_##noun }

enum { PART_CLIENT, PART_OPEN, PART_CALL, PART_HANDLE, PART_TOKEN, _PART_MAX };

/* What a row refers to comes before it. */
static const Part parts[_PART_MAX] = {
    [PART_CLIENT] = PART(client),
    [PART_OPEN] = PART(open),
    [PART_CALL] = PART(call),
    [PART_HANDLE] = PART(handle),
    [PART_TOKEN] = PART(token),
};

static void erase(Recovery *recovery, int part, int64_t id) {
    journal_erase_row(manager_journal(recovery->manager), &parts[part].gone, (uint64_t) id);
}

/* An id that this start of the service may give itself is none of an earlier one's. */
static bool is_old(const Recovery *recovery, const Part *part, int64_t id) {
    if (part == &parts[PART_CALL] && (uint64_t) id / CALL_NUMBER_OF_PROVIDER == 1)
        return true;
    return id > 0 && (uint64_t) id >> 32 < manager_epoch(recovery->manager);
}

static Verdict take_row(Recovery *recovery, const Part *part, sqlite3_stmt *statement) {
    union {
        ClientRow client;
        OpenRow open;
        CallRow call;
        HandleRow handle;
        TokenRow token;
    } row = {};

    if (!is_old(recovery, part, sqlite3_column_int64(statement, 0)) || !row_read(statement, part->table, &row))
        return VERDICT_NONSENSE;
    return part->take(recovery, &row);
}

static int read_part(Recovery *recovery, int part) {
    Database *database = journal_database(manager_journal(recovery->manager));
    sqlite3_stmt *statement = database_statement(database, parts[part].table->read);
    unsigned n_nonsense = 0;
    int r;

    while ((r = database_step(database, statement)) > 0) {
        Verdict verdict = take_row(recovery, &parts[part], statement);

        n_nonsense += verdict == VERDICT_NONSENSE;
        if (verdict == VERDICT_OVER || verdict == VERDICT_NONSENSE)
            erase(recovery, part, sqlite3_column_int64(statement, 0));
    }
    if (n_nonsense > 0)
        log_warning("event: storage, table: %s, left out: %u that make no sense", parts[part].table->name, n_nonsense);
    return r;
}

static void free_kept(void *data) {
    Kept *kept = data;

    g_array_unref(kept->opens);
    g_array_unref(kept->handles);
    g_free(kept);
}

int recovery_new(Manager *manager, const char *bus_id, Recovery **ret, char **ret_why) {
    _cleanup_(recovery_freep) Recovery *recovery = g_new0(Recovery, 1);
    int r = 0;

    manager_set_bus_id(manager, bus_id);
    *recovery = (Recovery) {
        .manager = manager,
        .clients = g_array_new(FALSE, FALSE, sizeof(SavedClient)),
        .kept = g_ptr_array_new_with_free_func(free_kept),
        .kept_by_id = g_hash_table_new(NULL, NULL),
        .kept_by_name = g_hash_table_new(g_str_hash, g_str_equal),
        .calls = g_array_new(FALSE, FALSE, sizeof(int64_t)),
        .calls_by_id = g_hash_table_new(NULL, NULL),
        .intents = g_hash_table_new(NULL, NULL),
        .lost = g_hash_table_new(NULL, NULL),
        .dialled = g_hash_table_new(NULL, NULL),
        .texts = g_string_chunk_new(1024),
        .bytes = g_ptr_array_new_with_free_func(g_free),
    };
    for (int i = 0; r >= 0 && manager_journal(manager) && i < _PART_MAX; i++)
        r = read_part(recovery, i);
    if (r < 0) {
        *ret_why = g_strdup_printf("The database in the state folder can't be read: %s: start again, or give another folder with "
                                   "--state", g_strerror(-r));
        return r;
    }
    crash_point("journal:recovery-read");
    *ret = TAKE_PTR(recovery);
    return 0;
}

Recovery *recovery_free(Recovery *recovery) {
    if (!recovery)
        return NULL;
    g_array_unref(recovery->clients);
    g_ptr_array_unref(recovery->kept);
    g_hash_table_unref(recovery->kept_by_id);
    g_hash_table_unref(recovery->kept_by_name);
    g_array_unref(recovery->calls);
    g_hash_table_unref(recovery->calls_by_id);
    g_hash_table_unref(recovery->intents);
    g_hash_table_unref(recovery->lost);
    g_hash_table_unref(recovery->dialled);
    g_string_chunk_free(recovery->texts);
    g_ptr_array_unref(recovery->bytes);
    g_free(recovery);
    return NULL;
}

const GArray *recovery_clients(const Recovery *recovery) {
    return recovery->clients;
}

/* ---- Who is still there ---- */

void recovery_bring_back(Recovery *recovery, Client *client) {
    Kept *kept = g_hash_table_lookup(recovery->kept_by_name, client_name(client));

    if (kept && kept->row.uid == user_uid(client_user(client)))
        kept->back = true;
}

/* What was brought back may have left again. */
static Client *find_client(const Recovery *recovery, const Kept *kept) {
    return kept->back ? manager_find_client(recovery->manager, kept->row.name) : NULL;
}

/* The line, if it is still there and for that client. */
static Line *find_line(const Recovery *recovery, const Client *client, const char *name) {
    Line *line = manager_find_line(recovery->manager, name);

    return line && line_is_for(line, client) ? line : NULL;
}

static void restore_opens(Recovery *recovery, Client *client, const GArray *opens) {
    for (unsigned i = 0; i < opens->len; i++) {
        const OpenRow *row = &g_array_index(opens, OpenRow, i);
        Line *line = find_line(recovery, client, row->line);

        if (!line || !open_restore(client, line, row))
            erase(recovery, PART_OPEN, row->id);
    }
}

/* A handle whose call is no more, or whose line, is told to be void. */
static void restore_handles(Recovery *recovery, Client *client, const GArray *handles) {
    for (unsigned i = 0; i < handles->len; i++) {
        const HandleRow *row = &g_array_index(handles, HandleRow, i);
        Call *call = find(recovery->calls_by_id, row->call);

        if (call && client_find_open(client, call_line(call)) && handle_restore(client, call, row))
            continue;
        handle_restore_void(client, row->epoch, row->number);
        erase(recovery, PART_HANDLE, row->id);
    }
}

static gint compare_idle(const void *a, const void *b) {
    const Handle *x = *(Handle *const *) a, *y = *(Handle *const *) b;
    uint64_t since_x = call_timestamp(handle_call(x), CALL_STATE_ENTERED), since_y = call_timestamp(handle_call(y), CALL_STATE_ENTERED);

    if (since_x != since_y)
        return since_x < since_y ? -1 : 1;
    return handle_number(x) < handle_number(y) ? -1 : 1;
}

/* The oldest is the first to go. */
static void retire_idle(Client *client) {
    g_autoptr(GPtrArray) handles = client_list_handles(client);

    g_ptr_array_sort(handles, compare_idle);
    for (unsigned i = 0; i < handles->len; i++)
        if (call_state(handle_call(g_ptr_array_index(handles, i))) == CALL_STATE_IDLE)
            handle_retire(g_ptr_array_index(handles, i));
}

static void restore(Recovery *recovery, Client *client, const Kept *kept) {
    outbox_hold(client, true);
    client_restore(client, &kept->row);
    restore_opens(recovery, client, kept->opens);
    restore_handles(recovery, client, kept->handles);
    retire_idle(client);
    crash_point("journal:recovery-client");
}

/* Nothing is left of it but whose its calls were. */
static void bury(Recovery *recovery, const Kept *kept) {
    erase(recovery, PART_CLIENT, kept->row.id);
    for (unsigned i = 0; i < kept->opens->len; i++)
        erase(recovery, PART_OPEN, g_array_index(kept->opens, OpenRow, i).id);
    for (unsigned i = 0; i < kept->handles->len; i++) {
        const HandleRow *row = &g_array_index(kept->handles, HandleRow, i);
        Call *call = find(recovery->calls_by_id, row->call);

        if (call && row->privilege == PRIVILEGE_OWNER) {
            call_set_last_owner(call, kept->row.uid);
            g_hash_table_insert(recovery->lost, GSIZE_TO_POINTER(row->call), GINT_TO_POINTER(row->on_owner_lost + 1));
        }
        erase(recovery, PART_HANDLE, row->id);
    }
}

static gint compare_recipients(const void *a, const void *b) {
    int64_t x = (*(Kept *const *) a)->row.recipient, y = (*(Kept *const *) b)->row.recipient;

    return x < y ? -1 : x > y;
}

static void restore_recipients(Recovery *recovery) {
    g_ptr_array_sort(recovery->kept, compare_recipients);
    for (unsigned i = 0; i < recovery->kept->len; i++) {
        const Kept *kept = g_ptr_array_index(recovery->kept, i);
        Client *client = kept->row.recipient > 0 ? find_client(recovery, kept) : NULL;

        if (client)
            client_register_recipient(client, true);
    }
}

/* A line may have gone meanwhile, and its calls with it. */
static void find_calls(Recovery *recovery) {
    g_hash_table_remove_all(recovery->calls_by_id);
    for (GList *i = manager_lines(recovery->manager)->head; i; i = i->next)
        for (GList *j = line_calls(i->data)->head; j; j = j->next)
            g_hash_table_insert(recovery->calls_by_id, GSIZE_TO_POINTER(call_number(j->data)), j->data);
}

/* What was never answered to whoever asked for it is nobody's, though it may have been made. */
static bool adopt(const Recovery *recovery, Call *call, int64_t id) {
    int lost = GPOINTER_TO_INT(find(recovery->lost, id));

    if (g_hash_table_contains(recovery->intents, GSIZE_TO_POINTER(id)))
        return false;
    return call_adopt(call, lost > 0, lost > 0 ? lost - 1 : ON_OWNER_LOST_DROP);
}

static void settle_calls(Recovery *recovery) {
    const GPtrArray *providers = manager_providers(recovery->manager);

    for (unsigned i = 0; i < recovery->calls->len; i++) {
        int64_t id = g_array_index(recovery->calls, int64_t, i);
        Call *call = find(recovery->calls_by_id, id);

        if (call && !adopt(recovery, call, id))
            call_end_by_restart(call);
    }
    for (unsigned i = 0; i < providers->len; i++) {
        const ProviderOps *ops = provider_ops(g_ptr_array_index(providers, i));

        if (ops->adopted)
            ops->adopted(g_ptr_array_index(providers, i));
    }
}

static void let_go(Recovery *recovery) {
    for (unsigned i = 0; i < recovery->kept->len; i++) {
        Client *client = find_client(recovery, g_ptr_array_index(recovery->kept, i));

        if (client)
            outbox_hold(client, false);
    }
}

int recovery_finish(Recovery *recovery) {
    int r;

    find_calls(recovery);
    for (unsigned i = 0; i < recovery->kept->len; i++) {
        const Kept *kept = g_ptr_array_index(recovery->kept, i);
        Client *client = find_client(recovery, kept);

        if (client)
            restore(recovery, client, kept);
        else
            bury(recovery, kept);
    }
    restore_recipients(recovery);
    settle_calls(recovery);
    let_go(recovery);
    crash_point("journal:recovery-ended");
    r = journal_commit(manager_journal(recovery->manager));
    crash_point("journal:recovery-committed");
    return r;
}
