/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call log: an entry for each call that is over; how it is made and written. */
#include "service/call-log-private.h"

#include "service/address.h"
#include "service/call.h"
#include "service/call-outcome.h"
#include "service/client.h"
#include "service/line.h"
#include "service/log.h"
#include "service/manager.h"

const CallLogSettings call_log_settings_default = { .enabled = true, .keep_days = 0, .keep_entries = 100000 };

LogEntry *log_entry_free(LogEntry *entry) {
    if (!entry)
        return NULL;
    g_free(entry->line);
    g_free(entry->call_id);
    g_free(entry->number);
    g_free(entry->name);
    g_free(entry);
    return NULL;
}

char *log_entry_scope(bool owned, uint32_t uid, const char *line) {
    return owned ? g_strdup_printf("user:%" G_GUINT32_FORMAT, uid) : g_strconcat("line:", line, NULL);
}

bool log_reader_may_read(const LogReader *reader, const Manager *manager, const LogEntry *entry) {
    const Line *line = manager_find_line(manager, entry->line);

    if (reader->everything)
        return true;
    if (entry->owned)
        return entry->uid == user_uid(client_user(reader->client));
    return !reader->only_owned && line && line_is_for(line, reader->client);
}

/* ---- Making an entry ---- */

/* Above every former one, whatever the clock does, and not below when the call began. */
static uint64_t next_id(CallLog *log, uint64_t started) {
    int64_t now = g_get_monotonic_time();
    uint64_t least = log->last_id + MAX(now - log->last_usec, 1);

    log->last_id = MAX(MAX((uint64_t) g_get_real_time(), started), least);
    log->last_usec = now;
    return log->last_id;
}

static CallOutcome outcome_of(const Call *call, CallState from, bool ours) {
    CallEnding ending = {
        .direction = call_direction(call),
        .cause = call_cause(call),
        .from = from,
        .was_connected = call_timestamp(call, CALL_CONNECTED) > 0,
        .ours = ours,
    };

    return call_outcome_of(&ending);
}

static const char *first_text(const char *a, const char *b) {
    return *a ? a : b;
}

/* Who was at the other end. */
static void set_far_end(LogEntry *entry, const Call *call) {
    bool in = entry->direction == DIRECTION_IN;
    PartyInfo far = call_party(call, in ? PARTY_CALLER : PARTY_CALLED), connected = call_party(call, PARTY_CONNECTED);
    bool withheld = in && far.presentation == PRESENTATION_WITHHELD;

    entry->presentation = far.presentation;
    if (withheld)
        entry->number = g_strdup("");
    else if (in)
        entry->number = g_strdup(first_text(far.number, call_address(call)));
    else
        entry->number = g_strdup(first_text(call_address(call), far.number));
    entry->name = g_strdup(withheld ? "" : first_text(far.name, connected.name));
}

static LogEntry *entry_new(CallLog *log, const Call *call, CallState from, bool ours) {
    LogEntry *entry = g_new0(LogEntry, 1);

    *entry = (LogEntry) {
        .line = g_strdup(line_name(call_line(call))),
        .call_id = g_strdup(call_call_id(call)),
        .direction = call_direction(call),
        .outcome = outcome_of(call, from, ours),
        .cause = call_cause(call),
        .media_mode = call_media_mode(call),
        .emergency = call_emergency(call),
        .started = call_timestamp(call, CALL_CREATED),
        .connected = call_timestamp(call, CALL_CONNECTED),
        .ended = call_timestamp(call, CALL_ENDED),
        .duration = call_talk_time(call),
    };
    entry->owned = call_last_owner(call, &entry->uid);
    entry->id = next_id(log, entry->started);
    set_far_end(entry, call);
    return entry;
}

/* ---- Writing ---- */

static int insert(Database *database, const LogEntry *entry) {
    g_autofree char *scope = log_entry_scope(entry->owned, entry->uid, entry->line), *plain = address_plain(entry->number);
    sqlite3_stmt *statement = database_statement(
        database, "INSERT INTO log_new(id, scope, uid, line, call_id, direction, outcome, cause, number, plain, name, presentation,"
                  " media_mode, emergency, started, connected, ended, duration)"
                  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)");
    const char *const texts[] = {
        entry->line, entry->call_id, call_direction_to_string(entry->direction), call_outcome_to_string(entry->outcome),
        disconnect_cause_to_string(entry->cause), entry->number, plain, entry->name, presentation_to_string(entry->presentation),
        media_mode_to_string(entry->media_mode),
    };
    const uint64_t numbers[] = { entry->emergency, entry->started, entry->connected, entry->ended, entry->duration };
    int r;

    if (!statement)
        return database_errno(database);
    sqlite3_bind_int64(statement, 1, (int64_t) entry->id);
    sqlite3_bind_text(statement, 2, scope, -1, SQLITE_STATIC);
    if (entry->owned)
        sqlite3_bind_int64(statement, 3, entry->uid);
    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        sqlite3_bind_text(statement, 4 + i, texts[i], -1, SQLITE_STATIC);
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        sqlite3_bind_int64(statement, 4 + G_N_ELEMENTS(texts) + i, (int64_t) numbers[i]);
    r = database_run(database, statement);
    sqlite3_clear_bindings(statement);
    return r;
}

static int write_waiting(Database *database, void *object) {
    const CallLog *log = object;
    int r = 0;

    for (GList *i = log->waiting.head; r >= 0 && i; i = i->next)
        r = insert(database, i->data);
    return r;
}

static void tell_lost(CallLog *log) {
    if (log->n_lost > 0)
        log_warning("event: call-log, lost: %" G_GUINT64_FORMAT ", why: more than %d entries waited for the disk", log->n_lost,
                    CALL_LOG_WAITING_MAX);
    log->n_lost = 0;
}

static void on_written(void *object) {
    CallLog *log = object;
    LogEntry *entry;

    call_log_wrote(log, log->waiting.length);
    while ((entry = g_queue_pop_head(&log->waiting))) {
        call_log_added(log, entry);
        if (log->listener)
            log->listener(entry, log->listener_data);
        log_entry_free(entry);
    }
    tell_lost(log);
    if (log->settings.keep_entries > 0 && log->n_entries > log->settings.keep_entries)
        call_log_retention_start(log);
}

static const JournalKind log_kind = { .write = write_waiting, .written = on_written };

void call_log_add(CallLog *log, const Call *call, CallState from, bool ours) {
    if (!log || !log->settings.enabled || call_kind(call) == CALL_KIND_CONFERENCE)
        return;
    g_queue_push_tail(&log->waiting, entry_new(log, call, from, ours));
    if (log->waiting.length > CALL_LOG_WAITING_MAX) {
        log_entry_free(g_queue_pop_head(&log->waiting));
        if (log->n_lost++ == 0)
            log_warning("event: call-log, effect: entries are lost until the disk can be written");
    }
    journal_touch(manager_journal(log->manager), &log->mark, &log_kind, log);
}

/* ---- Life ---- */

static uint64_t read_number(Database *database, const char *sql) {
    sqlite3_stmt *statement = database_statement(database, sql);
    uint64_t number = 0;

    if (database_step(database, statement) > 0) {
        number = (uint64_t) sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return number;
}

CallLog *call_log_new(Manager *manager, const CallLogSettings *settings) {
    CallLog *log = g_new0(CallLog, 1);

    *log = (CallLog) {
        .manager = manager,
        .database = journal_database(manager_journal(manager)),
        .settings = *settings,
        .shares = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    if (!log->database) {
        log->settings.enabled = false;
        return log;
    }
    log->last_id = MAX(read_number(log->database, "SELECT max(id) FROM log"), read_number(log->database, "SELECT max(id) FROM log_new"));
    log->last_usec = g_get_monotonic_time();
    call_log_present_begin(log);
    log->n_new = (unsigned) read_number(log->database, "SELECT count(*) FROM log_new");
    call_log_count_all(log);
    if (call_log_move(log) < 0)
        call_log_wrote(log, 0);
    call_log_retention_start(log);
    return log;
}

CallLog *call_log_free(CallLog *log) {
    if (!log)
        return NULL;
    journal_forget(manager_journal(log->manager), &log->mark);
    if (log->database)
        call_log_present_end(log);
    call_log_retention_stop(log);
    call_log_stop_moving(log);
    for (GList *i = log->waiting.head; i; i = i->next)
        log_entry_free(i->data);
    g_queue_clear(&log->waiting);
    g_hash_table_unref(log->shares);
    g_free(log);
    return NULL;
}

void call_log_set_listener(CallLog *log, LogListener listener, void *userdata) {
    if (!log)
        return;
    log->listener = listener;
    log->listener_data = userdata;
}
