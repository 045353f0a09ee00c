/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Wal file: the write-ahead log of SQLite, with one system call for each transaction instead of two for each page of it.
 *
 * What a transaction appends is put together, and written with its last page, before SQLite is told that this one is. Whoever reads,
 * syncs or asks in between finds what was written so far in the file. All else goes where SQLite would have it go.
 */
#pragma once

/* The name for sqlite3_open_v2(); NULL: it can't be had, and is done without. */
const char *wal_file_vfs(void);
