/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call log: how entries are found, and erased. */
#include "service/call-log-private.h"

#include <string.h>

#include "service/address.h"
#include "service/client.h"
#include "service/line.h"
#include "service/manager.h"

enum {
    ROWS_PER_PAGE = 2048, /* looked at, over all scopes: some milliseconds */
    ROWS_PER_SCOPE = 128, /* at least */
};

#define COLUMNS(table)                                                                                                              \
    "SELECT id, uid, line, call_id, direction, outcome, cause, number, name, presentation, media_mode, emergency, started,"        \
    " connected, ended, duration FROM " table
#define NEWEST_FIRST " AND id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?5"
#define STATEMENTS(table)                                                                                   \
    {                                                                                                       \
        [LOG_SCOPE_EVERYTHING] = {                                                                          \
            [LOG_KEY_NONE] = COLUMNS(table) " WHERE ?3 IS NULL AND ?4 IS NULL" NEWEST_FIRST,                \
            [LOG_KEY_NUMBER] = COLUMNS(table) " WHERE ?3 IS NULL AND plain = ?4" NEWEST_FIRST,              \
            [LOG_KEY_CALL_ID] = COLUMNS(table) " WHERE ?3 IS NULL AND call_id = ?4" NEWEST_FIRST,           \
        },                                                                                                  \
        [LOG_SCOPE_ONE] = {                                                                                 \
            [LOG_KEY_NONE] = COLUMNS(table) " WHERE scope = ?3 AND ?4 IS NULL" NEWEST_FIRST,                \
            [LOG_KEY_NUMBER] = COLUMNS(table) " WHERE scope = ?3 AND plain = ?4" NEWEST_FIRST,              \
            [LOG_KEY_CALL_ID] = COLUMNS(table) " WHERE +scope = ?3 AND call_id = ?4" NEWEST_FIRST,          \
        },                                                                                                  \
    }

const char *call_log_select(LogPlace place, LogScope scope, LogKey key) {
    static const char *const statements[_LOG_PLACE_MAX][_LOG_SCOPE_MAX][_LOG_KEY_MAX] = {
        [LOG_PLACE_FINAL] = STATEMENTS("log"),
        [LOG_PLACE_NEW] = STATEMENTS("log_new"),
    };

    return statements[place][scope][key];
}

static LogEntry *read_entry(sqlite3_stmt *row) {
    LogEntry *entry = g_new(LogEntry, 1);

    *entry = (LogEntry) {
        .id = (uint64_t) sqlite3_column_int64(row, 0),
        .owned = sqlite3_column_type(row, 1) != SQLITE_NULL,
        .uid = (uint32_t) sqlite3_column_int64(row, 1),
        .line = g_strdup(database_text(row, 2)),
        .call_id = g_strdup(database_text(row, 3)),
        .direction = call_direction_from_string(database_text(row, 4)),
        .outcome = call_outcome_from_string(database_text(row, 5)),
        .cause = disconnect_cause_from_string(database_text(row, 6)),
        .number = g_strdup(database_text(row, 7)),
        .name = g_strdup(database_text(row, 8)),
        .presentation = presentation_from_string(database_text(row, 9)),
        .media_mode = media_mode_from_string(database_text(row, 10)),
        .emergency = sqlite3_column_int(row, 11) != 0,
        .started = (uint64_t) sqlite3_column_int64(row, 12),
        .connected = (uint64_t) sqlite3_column_int64(row, 13),
        .ended = (uint64_t) sqlite3_column_int64(row, 14),
        .duration = (uint64_t) sqlite3_column_int64(row, 15),
    };
    return entry;
}

/* ---- One scope ---- */

/* What is looked for, and what was found. */
typedef struct Search {
    CallLog *log;
    const LogFilter *filter;
    char *plain; /* the number that is looked for */
    LogKey key;
    uint64_t below;
    unsigned limit, rows; /* entries wanted; rows looked at, at most, in each scope */
    GPtrArray *found;
    uint64_t floor; /* nothing below it was looked at in one of the scopes; 0: all was */
} Search;

static bool is_text(sqlite3_stmt *row, int column, const char *text) {
    return !text || strcmp(database_text(row, column), text) == 0;
}

/* By what the statement did not look for. */
static bool fits(const Search *search, sqlite3_stmt *row) {
    const LogFilter *filter = search->filter;
    uint64_t started = (uint64_t) sqlite3_column_int64(row, 12);

    if (started < filter->since || (filter->until > 0 && started > filter->until))
        return false;
    if (!is_text(row, 2, filter->line) || !is_text(row, 4, call_direction_to_string(filter->direction)) ||
        !is_text(row, 5, call_outcome_to_string(filter->outcome)) || !is_text(row, 10, media_mode_to_string(filter->media_mode)))
        return false;
    if (search->key == LOG_KEY_CALL_ID && search->plain) {
        g_autofree char *plain = address_plain(database_text(row, 7));

        return strcmp(plain, search->plain) == 0;
    }
    return true;
}

static int bind(const Search *search, const char *scope, sqlite3_stmt *statement) {
    const char *key = search->key == LOG_KEY_NUMBER ? search->plain : search->filter->call_id;

    if (!statement)
        return database_errno(search->log->database);
    sqlite3_bind_int64(statement, 1, (int64_t) search->below);
    /* An id is never below the time at which its call began. */
    sqlite3_bind_int64(statement, 2, (int64_t) MIN(search->filter->since, (uint64_t) INT64_MAX));
    if (scope)
        sqlite3_bind_text(statement, 3, scope, -1, SQLITE_STATIC);
    if (search->key != LOG_KEY_NONE)
        sqlite3_bind_text(statement, 4, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 5, search->rows);
    return 0;
}

/* Adds what fits of the scope (NULL: of all), and one more than wanted, so that it is known whether there are more. */
static int search_place(Search *search, LogPlace place, const char *scope) {
    const char *text = call_log_select(place, scope ? LOG_SCOPE_ONE : LOG_SCOPE_EVERYTHING, search->key);
    sqlite3_stmt *statement = database_statement(search->log->database, text);
    unsigned rows = 0, found = 0;
    uint64_t last = 0;
    int r = bind(search, scope, statement);

    while (r >= 0 && rows < search->rows && found <= search->limit) {
        r = database_step(search->log->database, statement);
        if (r <= 0)
            break;
        rows++;
        last = (uint64_t) sqlite3_column_int64(statement, 0);
        if (!fits(search, statement))
            continue;
        g_ptr_array_add(search->found, read_entry(statement));
        found++;
    }
    if (statement) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
    if (rows == search->rows || found > search->limit)
        search->floor = MAX(search->floor, last);
    return MIN(r, 0);
}

static int search_scope(Search *search, const char *scope) {
    int r = search->log->n_new > 0 ? search_place(search, LOG_PLACE_NEW, scope) : 0;

    return r < 0 ? r : search_place(search, LOG_PLACE_FINAL, scope);
}

/* ---- All scopes of the reader ---- */

static GPtrArray *list_scopes(const LogReader *reader, Manager *manager, const char *line) {
    GPtrArray *scopes = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(scopes, log_entry_scope(/* owned= */ true, user_uid(client_user(reader->client)), NULL));
    for (GList *i = manager_lines(manager)->head; i && !reader->only_owned; i = i->next)
        if ((!line || strcmp(line, line_name(i->data)) == 0) && line_is_for(i->data, reader->client))
            g_ptr_array_add(scopes, log_entry_scope(/* owned= */ false, 0, line_name(i->data)));
    return scopes;
}

static int search_all(Search *search, const LogReader *reader) {
    g_autoptr(GPtrArray) scopes = NULL;
    int r = 0;

    if (reader->everything) {
        search->rows = ROWS_PER_PAGE;
        return search_scope(search, NULL);
    }
    scopes = list_scopes(reader, search->log->manager, search->filter->line);
    search->rows = MAX(ROWS_PER_PAGE / scopes->len, ROWS_PER_SCOPE);
    for (unsigned i = 0; r >= 0 && i < scopes->len; i++)
        r = search_scope(search, g_ptr_array_index(scopes, i));
    return r;
}

static int compare_newest_first(const void *a, const void *b) {
    const LogEntry *x = *(LogEntry *const *) a, *y = *(LogEntry *const *) b;

    return x->id > y->id ? -1 : x->id < y->id;
}

/* The page of what was found: only down to where every scope was searched. The id that the next one begins with. */
static uint64_t cut_page(Search *search) {
    GPtrArray *found = search->found;
    unsigned n = 0;

    g_ptr_array_sort(found, compare_newest_first);
    while (n < found->len && ((LogEntry *) g_ptr_array_index(found, n))->id >= search->floor)
        n++;
    if (n > search->limit) {
        g_ptr_array_set_size(found, (int) search->limit);
        return ((LogEntry *) g_ptr_array_index(found, search->limit - 1))->id;
    }
    g_ptr_array_set_size(found, (int) n);
    return search->floor;
}

static void free_entry(void *entry) {
    log_entry_free(entry);
}

static LogKey choose_key(const LogFilter *filter) {
    if (filter->call_id)
        return LOG_KEY_CALL_ID;
    return filter->number ? LOG_KEY_NUMBER : LOG_KEY_NONE;
}

int call_log_page(CallLog *log, const LogReader *reader, const LogFilter *filter, uint64_t cursor, unsigned limit, GPtrArray **ret,
                  uint64_t *ret_next) {
    g_autofree char *plain = filter->number ? address_plain(filter->number) : NULL;
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(free_entry);
    Search search = {
        .log = log,
        .filter = filter,
        .plain = plain,
        .key = choose_key(filter),
        .below = cursor > 0 ? MIN(cursor, (uint64_t) INT64_MAX) : (uint64_t) INT64_MAX,
        .limit = MIN(limit, CALL_LOG_PAGE_MAX),
        .found = found,
    };
    int r = log && log->database ? search_all(&search, reader) : 0;

    if (r < 0)
        return r;
    *ret_next = cut_page(&search);
    *ret = g_steal_pointer(&found);
    return 0;
}

/* ---- Erasing ---- */

/* NULL: it is not there, or *ret_error tells why it can't be read. */
static LogEntry *find_entry(CallLog *log, uint64_t id, int *ret_error) {
    sqlite3_stmt *statement = database_statement(log->database, COLUMNS("log") " WHERE id = ?1");
    LogEntry *entry = NULL;
    int r;

    sqlite3_bind_int64(statement, 1, (int64_t) MIN(id, (uint64_t) INT64_MAX));
    r = database_step(log->database, statement);
    *ret_error = MIN(r, 0);
    if (r <= 0)
        return NULL;
    entry = read_entry(statement);
    sqlite3_reset(statement);
    return entry;
}

bool call_log_has_unowned(CallLog *log, const LogReader *reader, const uint64_t *ids, size_t n_ids) {
    bool found = log && log->database && call_log_move(log) < 0;

    for (size_t i = 0; log && log->database && i < n_ids && !found; i++) {
        int error;
        _cleanup_(log_entry_freep) LogEntry *entry = find_entry(log, ids[i], &error);

        found = entry && !entry->owned && log_reader_may_read(reader, log->manager, entry);
    }
    return found;
}

/* If it was there, and was the reader's to erase, its scope is added. */
static int remove_one(CallLog *log, const LogReader *reader, uint64_t id, GPtrArray *scopes) {
    int r;
    _cleanup_(log_entry_freep) LogEntry *entry = find_entry(log, id, &r);
    sqlite3_stmt *statement;

    if (!entry || !log_reader_may_read(reader, log->manager, entry))
        return r;
    statement = database_statement(log->database, "DELETE FROM log WHERE id = ?1");
    sqlite3_bind_int64(statement, 1, (int64_t) id);
    r = database_run(log->database, statement);
    if (r >= 0)
        g_ptr_array_add(scopes, log_entry_scope(entry->owned, entry->uid, entry->line));
    return r;
}

int call_log_remove(CallLog *log, const LogReader *reader, const uint64_t *ids, size_t n_ids, unsigned *ret) {
    g_autoptr(GPtrArray) scopes = g_ptr_array_new_with_free_func(g_free);
    int r;

    *ret = 0;
    if (!log || !log->database || n_ids == 0)
        return 0;
    r = database_begin(log->database);
    if (r >= 0 && log->n_new > 0)
        r = call_log_move_within(log);
    for (size_t i = 0; r >= 0 && i < n_ids; i++)
        r = remove_one(log, reader, ids[i], scopes);
    if (r >= 0)
        r = database_commit(log->database);
    if (r < 0) {
        database_rollback(log->database);
        return r;
    }
    log->n_new = 0;
    call_log_deleted(log, scopes);
    if (scopes->len > 0)
        call_log_retention_start(log);
    *ret = scopes->len;
    return 0;
}
