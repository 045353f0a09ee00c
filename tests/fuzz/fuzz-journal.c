/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The journal: rows that make sense but for some values, or none at all, of clients, opens, calls, handles and tokens that refer to each
 * other; and a service that starts with them. What it brings back is fit for clients to see, and is there again after the next start.
 */
#include <string.h>

#include "service/call.h"
#include "service/client.h"
#include "service/handle.h"
#include "service/journal.h"
#include "service/recovery.h"
#include "service/rows.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/line.h"
#include "tests/fuzz/taker.h"

enum { ROWS_MAX = 24, EPOCH = 3 };

#define BUS_ID "0123456789abcdef0123456789abcdef"

static const Table *const tables[] = { &client_table, &open_table, &call_table, &handle_table, &token_table };

static const char *const texts[] = {
    "loop0", "loop1", "fuzz0", "mute0", "none", ":1.1", ":1.2", ":1.3", BUS_ID, "other bus", "", "call", "100", "org.example.A",
    "\xff", "line\nbreak",
};

/* ---- Rows ---- */

/* Few, so that rows meet; of the two starts before, mostly. */
static int64_t take_id(Taker *taker) {
    unsigned which = take_byte(taker);

    if (which < 240)
        return (int64_t) (1 + which / 120) << 32 | (1 + which % 5);
    return which % 2 ? -1 : INT64_MAX - which;
}

static void bind_good(Taker *taker, sqlite3_stmt *statement, int i, const Column *column) {
    switch (column->type) {
    case COLUMN_NUMBER:
        if (strcmp(column->name, "client") == 0 || strcmp(column->name, "call") == 0 || i == 1)
            sqlite3_bind_int64(statement, i, take_id(taker));
        else
            sqlite3_bind_int64(statement, i, column->min < 2 && column->max > 2 ? take_below(taker, 3) : column->min);
        break;
    case COLUMN_FLAG:
        sqlite3_bind_int64(statement, i, take_below(taker, 2));
        break;
    case COLUMN_WORD:
        sqlite3_bind_text(statement, i, column->words->to_string(take_below(taker, 24)) ?: column->words->to_string(0), -1,
                          SQLITE_TRANSIENT);
        break;
    case COLUMN_TEXT:
        sqlite3_bind_text(statement, i, texts[take_below(taker, G_N_ELEMENTS(texts) - 2)], -1, SQLITE_STATIC);
        break;
    case COLUMN_BYTES:
        sqlite3_bind_zeroblob(statement, i, take_below(taker, 4));
        break;
    }
}

static void bind_any(Taker *taker, sqlite3_stmt *statement, int i) {
    unsigned kind = take_below(taker, 6);
    size_t n = take_byte(taker);
    int64_t number = 0;

    n = MIN(n, taker->left);
    switch (kind) {
    case 0:
        sqlite3_bind_null(statement, i);
        return;
    case 1:
        sqlite3_bind_double(statement, i, -1e300);
        return;
    case 2:
        memcpy(&number, taker->at, MIN(taker->left, sizeof(number)));
        sqlite3_bind_int64(statement, i, number);
        return;
    case 3:
        sqlite3_bind_text(statement, i, (const char *) taker->at, (int) n, SQLITE_TRANSIENT);
        break;
    case 4:
        sqlite3_bind_text(statement, i, texts[take_below(taker, G_N_ELEMENTS(texts))], -1, SQLITE_STATIC);
        return;
    case 5:
        sqlite3_bind_blob(statement, i, taker->at, (int) n, SQLITE_TRANSIENT);
        break;
    }
    taker->at += n;
    taker->left -= n;
}

/* Like the statement that writes, of a row that is good but for what the bytes say. */
static void add_row(Taker *taker, Database *database) {
    const Table *table = tables[take_below(taker, G_N_ELEMENTS(tables))];
    sqlite3_stmt *statement = database_statement(database, table->write);
    unsigned wrong = take_byte(taker);

    must(statement, "no statement for %s", table->name);
    for (unsigned i = 0; i < table->n_columns; i++)
        if (wrong >= 128 && wrong % table->n_columns == i)
            bind_any(taker, statement, (int) i + 1);
        else
            bind_good(taker, statement, (int) i + 1, &table->columns[i]);
    /* The table itself may refuse it. */
    database_run(database, statement);
}

/* ---- What is brought back ---- */

static void check_text(const char *what, const char *text) {
    must(text && g_utf8_validate(text, -1, NULL), "%s is no text", what);
}

static void check_call(const Call *call) {
    CallState state = call_state(call);

    must(state == CALL_STATE_DISCONNECTED || state == CALL_STATE_IDLE, "a call is %s", call_state_to_string(state));
    must(state_detail_to_string(call_state_detail(call)) && disconnect_cause_to_string(call_cause(call)) &&
         call_direction_to_string(call_direction(call)) && call_origin_to_string(call_origin(call)) &&
         call_reason_to_string(call_reason(call)) && media_mode_to_string(call_media_mode(call)), "a word that there is not");
    check_text("the Call ID", call_call_id(call));
    check_text("the related Call ID", call_related_call_id(call));
    check_text("the address", call_address(call));
    check_text("the called party", call_called_party(call));
    check_text("the comment", call_comment(call));
    check_text("the provider's cause", call_provider_cause(call));
    for (PartyRole role = 0; role < _PARTY_MAX; role++) {
        PartyInfo party = call_party(call, role);

        check_text("a number", party.number);
        check_text("a name", party.name);
        must(presentation_to_string(party.presentation), "a presentation that there is not");
    }
}

static unsigned check_client(const Client *client) {
    g_autoptr(GPtrArray) handles = client_list_handles(client);
    GHashTable *seen = g_hash_table_new(NULL, NULL);

    for (unsigned i = 0; i < handles->len; i++) {
        const Handle *handle = g_ptr_array_index(handles, i);

        must(handle_epoch(handle) < EPOCH, "a handle of this start");
        must(g_hash_table_add(seen, handle_call(handle)), "two handles of a call");
        must(client_find_open(client, call_line(handle_call(handle))), "a handle of a line that is not open");
        check_call(handle_call(handle));
    }
    g_hash_table_unref(seen);
    return handles->len;
}

/* The rows as they are now, in a database of its own. */
static Database *copy(Database *from) {
    Database *to = NULL;
    g_autofree char *why = NULL;
    sqlite3_backup *backup;

    must(database_open(NULL, DURABILITY_CRASH, &to, &why) >= 0, "%s", why);
    backup = sqlite3_backup_init(sqlite3_db_handle(database_statement(to, "SELECT 1")), "main",
                                 sqlite3_db_handle(database_statement(from, "SELECT 1")), "main");
    must(backup && sqlite3_backup_step(backup, -1) == SQLITE_DONE, "no copy");
    sqlite3_backup_finish(backup);
    return to;
}

/* One start of a service that is killed again: how many handles there were, and (unless NULL) its rows. */
static unsigned start(Database *database, uint64_t epoch, uint8_t who, Database **ret_rows) {
    Manager *manager = fuzz_service_begin(database, epoch);
    _cleanup_(recovery_freep) Recovery *recovery = NULL;
    g_autofree char *why = NULL;
    GPtrArray *clients = g_ptr_array_new();
    unsigned n = 0;
    int r = recovery_new(manager, BUS_ID, &recovery, &why);

    must(r >= 0, "%s", why);
    for (unsigned i = 0; i < recovery_clients(recovery)->len; i++) {
        const SavedClient *saved = &g_array_index(recovery_clients(recovery), SavedClient, i);
        Client *client = NULL;

        check_text("a client's name", saved->name);
        if (who >> i % 8 & 1)
            continue;
        must(client_new(manager, saved->name, saved->uid, NULL, &client) >= 0, "client %s is here twice", saved->name);
        recovery_bring_back(recovery, client);
        g_ptr_array_add(clients, client);
    }
    must(recovery_finish(recovery) >= 0, "it can't be written");
    manager_flush(manager);
    for (unsigned i = 0; i < clients->len; i++)
        n += check_client(g_ptr_array_index(clients, i));
    must(journal_commit(manager_journal(manager)) >= 0, "it can't be written");
    if (ret_rows)
        *ret_rows = copy(database);
    for (unsigned i = 0; i < clients->len; i++)
        client_vanish(g_ptr_array_index(clients, i));
    g_ptr_array_unref(clients);
    g_clear_pointer(&recovery, recovery_free);
    fuzz_service_end();
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Taker taker = { .at = data, .left = size };
    Database *database = NULL, *after = NULL;
    g_autofree char *why = NULL;
    unsigned n, again;
    uint8_t who = take_byte(&taker);

    must(database_open(NULL, DURABILITY_CRASH, &database, &why) >= 0, "%s", why);
    for (unsigned i = 0; i < ROWS_MAX && taker.left > 0; i++)
        add_row(&taker, database);
    n = start(database, EPOCH, who, &after);
    again = start(after, EPOCH + 1, 0, NULL);
    must(again == n, "%u handles are there again, and after the next start %u", n, again);
    return 0;
}
