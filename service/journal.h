/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Journal: what has changed and is not written down yet.
 *
 * Intent before action: an operation that makes a call is committed before the provider hears of it. Commit before telling: what
 * changed in a turn of the loop is committed in one transaction, and only then do clients hear of it. Objects are written as they
 * are at the commit, so an object that changed ten times in a turn is written once, and one that came and went not at all.
 *
 * Nothing is lost by a failure: what could not be written is still to be written, and is tried again with the next commit, or after
 * a second. Meanwhile no more waits than there are objects, and rows of objects that are gone.
 */
#pragma once

#include "service/database.h"
#include "service/types.h"

/* How objects of one kind are written. */
typedef struct JournalKind {
    /* Writes the object as it is now, inside a transaction. 0 or a negative errno; it is called again then. */
    int (*write)(Database *database, void *object);
    /* The transaction is on disk. May be NULL. */
    void (*written)(void *object);
    /* The statement that deletes the row with the id that is bound to it; NULL: rows stay. */
    const char *erase;
    /* It is written for the next start of the service alone: not into a database that is in memory. */
    bool for_restart;
} JournalKind;

/* Part of each object that is written; zero at first, but for the id. */
typedef struct JournalMark {
    uint64_t id;         /* of its row, where the kind has such: manager_next_number() */
    uint32_t place : 31; /* among those that wait, from 1 on; 0: it does not */
    uint32_t stored : 1; /* there is a row of it */
} JournalMark;

/* Takes the database. */
Journal *journal_new(Database *database);
Journal *journal_free(Journal *journal);
DEFINE_CLEANUP(Journal *, journal_free)

Database *journal_database(const Journal *journal);

/* The object has changed, or is about to: nothing may be committed in between. Without a journal (NULL) nothing is kept. */
void journal_touch(Journal *journal, JournalMark *mark, const JournalKind *kind, void *object);

/* The object goes, and is not to be written any more. */
void journal_forget(Journal *journal, JournalMark *mark);

/* The same, and its row goes with it, if there is one. */
void journal_erase(Journal *journal, JournalMark *mark, const JournalKind *kind);

/* A row goes of which there is no object. */
void journal_erase_row(Journal *journal, const JournalKind *kind, uint64_t id);

/* Is nothing waiting to be written? */
bool journal_is_clean(const Journal *journal);

/* Writes all that waits. 0, or a negative errno: it waits on, and the log says so, not more often than once a minute. */
int journal_commit(Journal *journal);

/* Did the last commit fail? Then nothing is begun that has to be written down first. */
bool journal_is_failing(const Journal *journal);
