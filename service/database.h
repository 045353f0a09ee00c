/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Database: the SQLite file in the state folder, in which the journal and the call log are kept. Source: sqlite.org/wal.html. */
#pragma once

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "service/cleanup.h"

typedef struct Database Database;

/* What is not lost of what was committed. */
typedef enum Durability {
    DURABILITY_CRASH, /* when the service is killed */
    DURABILITY_POWER, /* when the machine loses power, too */
} Durability;

/*
 * Opens the folder's callbus.db, made (0600) when it is not there; its version is that of this program afterwards. A file that is
 * no database, or a damaged one, is set aside under another name, which is told in the log, and a new one begins. `folder` NULL: in
 * memory, for nothing to outlive the process.
 * -EBUSY: another service uses it. -ENOTSUP: a newer program made it; it was not touched. Other errors: the file can't be used. In
 * *ret_why one line with the remedy, to be freed.
 */
int database_open(const char *folder, Durability durability, Database **ret, char **ret_why);
Database *database_free(Database *database);
DEFINE_CLEANUP(Database *, database_free)

/* Does it outlive the process? */
bool database_is_lasting(const Database *database);

/* A statement of the text, which has to be a literal: prepared once, reset, without bindings. It belongs to the database.
 * NULL: see database_errno(). */
sqlite3_stmt *database_statement(Database *database, const char *sql);

/* Steps a statement that gives no rows, to its end. 0 or a negative errno. */
int database_run(Database *database, sqlite3_stmt *statement);

/* Steps a statement. 1: a row is there; 0: no more; or a negative errno. */
int database_step(Database *database, sqlite3_stmt *statement);

int database_begin(Database *database);
int database_commit(Database *database);
void database_rollback(Database *database);

/* What the last failure was, as a negative errno: -ENOSPC, -EIO, -EROFS, -EBADMSG ... */
int database_errno(Database *database);

/* A text column; never NULL, and valid for as long as sqlite3_column_text() says. */
const char *database_text(sqlite3_stmt *statement, int column);

/* Forgets what was deleted, and lets the file shrink by it where little else is in there: for when nothing else is to be done. */
int database_tidy(Database *database);
