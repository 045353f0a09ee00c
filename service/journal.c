/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Journal: what has changed and is not written down yet. */
#include "service/journal.h"

#include "service/log.h"

typedef struct Waiting {
    const JournalKind *kind; /* NULL: it was forgotten */
    void *object;
    JournalMark *mark;
} Waiting;

struct Journal {
    Database *database;
    GArray *waiting; /* in the order in which they changed first */
    unsigned n_waiting;
    bool failing;
    int64_t told_usec; /* when the log last heard of a failure; monotonic */
};

Journal *journal_new(Database *database) {
    Journal *journal = g_new0(Journal, 1);

    journal->database = database;
    journal->waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
    return journal;
}

Journal *journal_free(Journal *journal) {
    if (!journal)
        return NULL;
    g_assert(journal->n_waiting == 0 || journal->failing);
    g_array_unref(journal->waiting);
    database_free(journal->database);
    g_free(journal);
    return NULL;
}

Database *journal_database(const Journal *journal) {
    return journal ? journal->database : NULL;
}

void journal_touch(Journal *journal, JournalMark *mark, const JournalKind *kind, void *object) {
    Waiting waiting = { kind, object, mark };

    if (!journal || mark->place > 0)
        return;
    g_array_append_val(journal->waiting, waiting);
    mark->place = journal->waiting->len;
    journal->n_waiting++;
}

void journal_forget(Journal *journal, JournalMark *mark) {
    if (!journal || mark->place == 0)
        return;
    g_array_index(journal->waiting, Waiting, mark->place - 1).kind = NULL;
    mark->place = 0;
    journal->n_waiting--;
}

bool journal_is_clean(const Journal *journal) {
    return !journal || journal->n_waiting == 0;
}

static int write_all(Journal *journal) {
    int r = database_begin(journal->database);

    for (unsigned i = 0; r >= 0 && i < journal->waiting->len; i++) {
        Waiting *waiting = &g_array_index(journal->waiting, Waiting, i);

        if (waiting->kind)
            r = waiting->kind->write(journal->database, waiting->object);
    }
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
    log_error("event: storage, error: %s, effect: no new calls but to emergency numbers until it can be written", g_strerror(-error));
}

static void set_failing(Journal *journal, bool failing) {
    if (journal->failing && !failing)
        log_info("event: storage, error: none any more");
    if (!failing)
        journal->told_usec = 0;
    journal->failing = failing;
}

/* Nothing waits any more; written() may touch again. */
static void settle(Journal *journal) {
    g_autoptr(GArray) done = g_steal_pointer(&journal->waiting);

    journal->waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
    journal->n_waiting = 0;
    for (unsigned i = 0; i < done->len; i++)
        if (g_array_index(done, Waiting, i).kind)
            g_array_index(done, Waiting, i).mark->place = 0;
    for (unsigned i = 0; i < done->len; i++) {
        Waiting *waiting = &g_array_index(done, Waiting, i);

        if (waiting->kind && waiting->kind->written)
            waiting->kind->written(waiting->object);
    }
}

int journal_commit(Journal *journal) {
    int r;

    if (journal_is_clean(journal))
        return 0;
    r = write_all(journal);
    set_failing(journal, r < 0);
    if (r < 0)
        tell_failure(journal, r);
    else
        settle(journal);
    return r;
}

bool journal_is_failing(const Journal *journal) {
    return journal && journal->failing;
}
