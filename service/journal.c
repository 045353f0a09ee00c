/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journal: what has changed and is not written down yet. */
#include "service/journal.h"

#include "service/crash-point.h"
#include "service/log.h"

enum {
    RETRY_S = 1,
    ROOMY = 1024, /* entries, of which the room is kept from turn to turn */
};

typedef struct Waiting {
    const JournalKind *kind; /* NULL: it was forgotten */
    void *object;
    JournalMark *mark;
} Waiting;

typedef struct Erasure {
    const JournalKind *kind;
    uint64_t id;
} Erasure;

struct Journal {
    Database *database;
    GArray *waiting, *erasures; /* in the order in which they changed first, or went */
    GArray *spare;              /* takes the place of `waiting` while what was written is settled */
    unsigned n_waiting;         /* without those forgotten */
    bool lasting; /* its database outlives the process */
    bool failing;
    guint retry;
    int64_t told_usec; /* when the log last heard of a failure; monotonic */
};

Journal *journal_new(Database *database) {
    Journal *journal = g_new0(Journal, 1);

    *journal = (Journal) {
        .database = database,
        .lasting = database_is_lasting(database),
        .waiting = g_array_new(FALSE, FALSE, sizeof(Waiting)),
        .erasures = g_array_new(FALSE, FALSE, sizeof(Erasure)),
        .spare = g_array_new(FALSE, FALSE, sizeof(Waiting)),
    };
    return journal;
}

Journal *journal_free(Journal *journal) {
    if (!journal)
        return NULL;
    if (journal->retry > 0)
        g_source_remove(journal->retry);
    g_array_unref(journal->waiting);
    g_array_unref(journal->erasures);
    g_array_unref(journal->spare);
    database_free(journal->database);
    g_free(journal);
    return NULL;
}

Database *journal_database(const Journal *journal) {
    return journal ? journal->database : NULL;
}

/* ---- What waits ---- */

static Waiting *waiting_at(GArray *array, unsigned i) {
    return &g_array_index(array, Waiting, i);
}

void journal_touch(Journal *journal, JournalMark *mark, const JournalKind *kind, void *object) {
    Waiting waiting = { kind, object, mark };

    if (!journal || mark->place > 0 || (kind->for_restart && !journal->lasting))
        return;
    g_array_append_val(journal->waiting, waiting);
    mark->place = journal->waiting->len;
    journal->n_waiting++;
}

/* Those that went leave no gaps for long: while nothing can be written, any number may come and go. */
static void close_gaps(Journal *journal) {
    unsigned n = 0;

    if (journal->waiting->len < ROOMY || journal->n_waiting > journal->waiting->len / 2)
        return;
    for (unsigned i = 0; i < journal->waiting->len; i++) {
        Waiting waiting = *waiting_at(journal->waiting, i);

        if (!waiting.kind)
            continue;
        *waiting_at(journal->waiting, n++) = waiting;
        waiting.mark->place = n;
    }
    g_array_set_size(journal->waiting, n);
}

void journal_forget(Journal *journal, JournalMark *mark) {
    if (!journal || mark->place == 0)
        return;
    waiting_at(journal->waiting, mark->place - 1)->kind = NULL;
    mark->place = 0;
    journal->n_waiting--;
    close_gaps(journal);
}

void journal_erase(Journal *journal, JournalMark *mark, const JournalKind *kind) {
    journal_forget(journal, mark);
    if (mark->stored)
        journal_erase_row(journal, kind, mark->id);
    mark->stored = false;
}

void journal_erase_row(Journal *journal, const JournalKind *kind, uint64_t id) {
    Erasure erasure = { kind, id };

    if (journal)
        g_array_append_val(journal->erasures, erasure);
}

bool journal_is_clean(const Journal *journal) {
    return !journal || (journal->n_waiting == 0 && journal->erasures->len == 0);
}

/* ---- Writing ---- */

static int write_objects(Journal *journal) {
    int r = 0;

    for (unsigned i = 0; r >= 0 && i < journal->waiting->len; i++) {
        Waiting *waiting = waiting_at(journal->waiting, i);

        if (!waiting->kind)
            continue;
        crash_point("journal:write");
        r = waiting->kind->write(journal->database, waiting->object);
    }
    return r;
}

static int erase(Database *database, const Erasure *erasure) {
    sqlite3_stmt *statement = database_statement(database, erasure->kind->erase);

    if (!statement)
        return database_errno(database);
    sqlite3_bind_int64(statement, 1, (int64_t) erasure->id);
    return database_run(database, statement);
}

static int erase_rows(Journal *journal) {
    int r = 0;

    for (unsigned i = 0; r >= 0 && i < journal->erasures->len; i++) {
        crash_point("journal:erase");
        r = erase(journal->database, &g_array_index(journal->erasures, Erasure, i));
    }
    return r;
}

static int write_all(Journal *journal) {
    int r;

    crash_point("journal:begin");
    r = database_begin(journal->database);
    if (r >= 0)
        r = write_objects(journal);
    if (r >= 0)
        r = erase_rows(journal);
    crash_point("journal:written");
    if (r >= 0)
        r = database_commit(journal->database);
    if (r < 0)
        database_rollback(journal->database);
    return r;
}

static void tell_failure(Journal *journal, int error) {
    int64_t now = g_get_monotonic_time();

    if (journal->told_usec > 0 && now - journal->told_usec < 60 * G_USEC_PER_SEC)
        return;
    journal->told_usec = now;
    log_error("event: storage, error: %s, effect: no new calls but to emergency numbers until it can be written%s",
              g_strerror(-error), error == -EBADMSG ? "; the file is damaged: the next start sets it aside" : "");
}

static gboolean on_retry(void *userdata) {
    Journal *journal = userdata;

    journal->retry = 0;
    journal_commit(journal);
    return G_SOURCE_REMOVE;
}

static void set_failing(Journal *journal, bool failing) {
    if (journal->failing && !failing)
        log_info("event: storage, error: none any more");
    if (!failing)
        journal->told_usec = 0;
    journal->failing = failing;
    if (failing && journal->retry == 0)
        journal->retry = g_timeout_add_seconds(RETRY_S, on_retry, journal);
}

static void empty(GArray **array, size_t size) {
    if ((*array)->len <= ROOMY) {
        g_array_set_size(*array, 0);
        return;
    }
    g_array_unref(*array);
    *array = g_array_new(FALSE, FALSE, size);
}

/* Nothing waits any more; written() may touch again. */
static void settle(Journal *journal) {
    GArray *done = journal->waiting;

    journal->waiting = journal->spare;
    journal->n_waiting = 0;
    empty(&journal->erasures, sizeof(Erasure));
    for (unsigned i = 0; i < done->len; i++) {
        if (!waiting_at(done, i)->kind)
            continue;
        waiting_at(done, i)->mark->place = 0;
        waiting_at(done, i)->mark->stored = true;
    }
    for (unsigned i = 0; i < done->len; i++)
        if (waiting_at(done, i)->kind && waiting_at(done, i)->kind->written)
            waiting_at(done, i)->kind->written(waiting_at(done, i)->object);
    journal->spare = done;
    empty(&journal->spare, sizeof(Waiting));
}

int journal_commit(Journal *journal) {
    int r;

    if (journal_is_clean(journal))
        return 0;
    r = write_all(journal);
    set_failing(journal, r < 0);
    if (r < 0) {
        tell_failure(journal, r);
        return r;
    }
    crash_point("journal:committed");
    settle(journal);
    crash_point("journal:settled");
    return 0;
}

bool journal_is_failing(const Journal *journal) {
    return journal && journal->failing;
}
