/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wal file: what a transaction appends to the write-ahead log is written at once. */
#include "service/wal-file.h"

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define VFS_NAME "callbus"

enum {
    LOG_HEADER_SIZE = 32,
    FRAME_HEADER_SIZE = 24,   /* before each page */
    COMMIT_MARK = 4, /* where it is in there: four bytes, not all 0 in the last frame of a transaction */
    RUN_MAX = 60 * 1024,      /* bytes that wait, and a page more: SQLite writes less than 128 kB at once */
};

typedef struct WalFile {
    sqlite3_file file;
    GByteArray *run;     /* whole frames, and the beginning of one; of one transaction, and not written */
    sqlite3_int64 end;   /* where the file ends, without the run; wrong: all is written as it comes */
    bool ends; /* the frame that has begun is the last of its transaction */
} WalFile;

static sqlite3_vfs *base, vfs;

static WalFile *wal_file(sqlite3_file *file) {
    return (WalFile *) file;
}

/* Behind ours. */
static sqlite3_file *real(sqlite3_file *file) {
    return (sqlite3_file *) (wal_file(file) + 1);
}

/* ---- Writing ---- */

/* What could not be written is SQLite's to write again: its transaction fails. */
static int write_run(sqlite3_file *file) {
    WalFile *wal = wal_file(file);
    unsigned n = wal->run->len;
    int r;

    if (n == 0)
        return SQLITE_OK;
    r = real(file)->pMethods->xWrite(real(file), wal->run->data, (int) n, wal->end);
    g_byte_array_set_size(wal->run, 0);
    if (r == SQLITE_OK)
        wal->end += n;
    return r;
}

static int write_through(sqlite3_file *file, const void *data, int size, sqlite3_int64 at) {
    WalFile *wal = wal_file(file);
    int r = write_run(file);

    if (r == SQLITE_OK)
        r = real(file)->pMethods->xWrite(real(file), data, size, at);
    /* It begins anew. */
    if (r == SQLITE_OK && at == 0)
        wal->end = size;
    else if (r == SQLITE_OK)
        wal->end = MAX(wal->end, at + size);
    return r;
}

static int on_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at) {
    static const uint8_t none[4];
    WalFile *wal = wal_file(file);
    bool head = size == FRAME_HEADER_SIZE;

    if (at < LOG_HEADER_SIZE || at != wal->end + wal->run->len || (!head && wal->run->len == 0))
        return write_through(file, data, size, at);
    if (head)
        wal->ends = memcmp((const uint8_t *) data + COMMIT_MARK, none, sizeof(none)) != 0;
    g_byte_array_append(wal->run, data, (unsigned) size);
    return !head && (wal->ends || wal->run->len >= RUN_MAX) ? write_run(file) : SQLITE_OK;
}

/* ---- All else ---- */

static int on_close(sqlite3_file *file) {
    int r = write_run(file), closed = real(file)->pMethods->xClose(real(file));

    g_byte_array_unref(wal_file(file)->run);
    return r == SQLITE_OK ? closed : r;
}

static int on_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at) {
    int r = write_run(file);

    return r == SQLITE_OK ? real(file)->pMethods->xRead(real(file), data, size, at) : r;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int r = write_run(file);

    if (r == SQLITE_OK)
        r = real(file)->pMethods->xTruncate(real(file), size);
    if (r == SQLITE_OK)
        wal_file(file)->end = size;
    return r;
}

static int on_sync(sqlite3_file *file, int flags) {
    int r = write_run(file);

    return r == SQLITE_OK ? real(file)->pMethods->xSync(real(file), flags) : r;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *ret) {
    int r = write_run(file);

    return r == SQLITE_OK ? real(file)->pMethods->xFileSize(real(file), ret) : r;
}

static int on_lock(sqlite3_file *file, int kind) {
    return real(file)->pMethods->xLock(real(file), kind);
}

static int on_unlock(sqlite3_file *file, int kind) {
    return real(file)->pMethods->xUnlock(real(file), kind);
}

static int on_check_lock(sqlite3_file *file, int *ret) {
    return real(file)->pMethods->xCheckReservedLock(real(file), ret);
}

static int on_control(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int on_sector_size(sqlite3_file *file) {
    return real(file)->pMethods->xSectorSize(real(file));
}

static int on_characteristics(sqlite3_file *file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
};

static int on_open(sqlite3_vfs *unused, sqlite3_filename name, sqlite3_file *file, int flags, int *ret_flags) {
    int r;

    if (!(flags & SQLITE_OPEN_WAL))
        return base->xOpen(base, name, file, flags, ret_flags);
    *wal_file(file) = (WalFile) {};
    r = base->xOpen(base, name, real(file), flags, ret_flags);
    if (r != SQLITE_OK)
        return r;
    wal_file(file)->file.pMethods = &methods;
    wal_file(file)->run = g_byte_array_new();
    return SQLITE_OK;
}

const char *wal_file_vfs(void) {
    if (base == sqlite3_vfs_find(NULL))
        return VFS_NAME;
    if (base)
        sqlite3_vfs_unregister(&vfs);
    base = sqlite3_vfs_find(NULL);
    if (!base)
        return NULL;
    vfs = *base;
    vfs.zName = VFS_NAME;
    vfs.pNext = NULL;
    vfs.szOsFile = (int) sizeof(WalFile) + base->szOsFile;
    vfs.xOpen = on_open;
    return sqlite3_vfs_register(&vfs, /* makeDflt= */ 0) == SQLITE_OK ? VFS_NAME : NULL;
}
