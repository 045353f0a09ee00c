/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Disk: a layer between SQLite and its files that fails as it is told. */
#include "tests/storage/disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

typedef struct File {
    sqlite3_file base;
    const char *path; /* NULL: a temporary one */
    sqlite3_file *real;
} File;

static sqlite3_vfs *real, layer;
static DiskFault *plan;
static const DiskWatcher *watching;

/* SQLITE_OK, or what the operation fails with. */
static int fate(DiskOperation operation) {
    if (!plan || !(plan->operations & DISK_BIT(operation)))
        return SQLITE_OK;
    plan->met++;
    if (plan->after > 0) {
        plan->after--;
        return SQLITE_OK;
    }
    if (plan->times == 0)
        return SQLITE_OK;
    if (plan->times != DISK_FOR_EVER)
        plan->times--;
    plan->failed++;
    return plan->code;
}

static sqlite3_file *real_file(sqlite3_file *file) {
    return ((File *) file)->real;
}

static const sqlite3_io_methods *methods(sqlite3_file *file) {
    return real_file(file)->pMethods;
}

/* ---- Files ---- */

static int on_close(sqlite3_file *file) {
    return methods(file)->xClose(real_file(file));
}

static int on_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
    int r = fate(DISK_READ);

    return r ?: methods(file)->xRead(real_file(file), data, size, offset);
}

static int on_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
    const char *path = ((File *) file)->path;
    int r = fate(DISK_WRITE);

    if (r != SQLITE_OK && plan->half)
        methods(file)->xWrite(real_file(file), data, size / 2, offset);
    if (r != SQLITE_OK)
        return r;
    if (watching && path)
        watching->writes(path, offset, data, size);
    return methods(file)->xWrite(real_file(file), data, size, offset);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size) {
    const char *path = ((File *) file)->path;
    int r = fate(DISK_TRUNCATE);

    if (r != SQLITE_OK)
        return r;
    if (watching && path)
        watching->truncates(path, size);
    return methods(file)->xTruncate(real_file(file), size);
}

static int on_sync(sqlite3_file *file, int flags) {
    const char *path = ((File *) file)->path;
    int r = fate(DISK_SYNC);

    if (r != SQLITE_OK)
        return r;
    if (watching && path)
        watching->syncs(path);
    return methods(file)->xSync(real_file(file), flags);
}

static int on_file_size(sqlite3_file *file, sqlite3_int64 *ret) {
    return methods(file)->xFileSize(real_file(file), ret);
}

static int on_lock(sqlite3_file *file, int level) {
    int r = fate(DISK_LOCK);

    return r ?: methods(file)->xLock(real_file(file), level);
}

static int on_unlock(sqlite3_file *file, int level) {
    return methods(file)->xUnlock(real_file(file), level);
}

static int on_check_reserved_lock(sqlite3_file *file, int *ret) {
    return methods(file)->xCheckReservedLock(real_file(file), ret);
}

static int on_file_control(sqlite3_file *file, int what, void *argument) {
    return methods(file)->xFileControl(real_file(file), what, argument);
}

static int on_sector_size(sqlite3_file *file) {
    return methods(file)->xSectorSize(real_file(file));
}

/* Nothing is promised: a write may be torn anywhere. */
static int on_device_characteristics(sqlite3_file *file) {
    return 0;
}

static int on_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret) {
    return methods(file)->xShmMap(real_file(file), page, size, extend, ret);
}

static int on_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    return methods(file)->xShmLock(real_file(file), offset, n, flags);
}

static void on_shm_barrier(sqlite3_file *file) {
    methods(file)->xShmBarrier(real_file(file));
}

static int on_shm_unmap(sqlite3_file *file, int delete) {
    return methods(file)->xShmUnmap(real_file(file), delete);
}

static const sqlite3_io_methods file_methods = {
    2, on_close, on_read, on_write, on_truncate, on_sync, on_file_size, on_lock, on_unlock, on_check_reserved_lock,
    on_file_control, on_sector_size, on_device_characteristics, on_shm_map, on_shm_lock, on_shm_barrier, on_shm_unmap,
};

/* ---- The layer ---- */

static int on_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret_flags) {
    File *self = (File *) file;
    int r = fate(DISK_OPEN);

    *self = (File) { .path = path, .real = (sqlite3_file *) (self + 1) };
    if (r == SQLITE_OK)
        r = real->xOpen(real, path, self->real, flags, ret_flags);
    /* Whatever has methods is closed, so one that could not be opened has none. */
    self->base.pMethods = r == SQLITE_OK ? &file_methods : NULL;
    return r;
}

static int on_delete(sqlite3_vfs *vfs, const char *path, int sync) {
    int r = fate(DISK_DELETE);

    if (r != SQLITE_OK)
        return r;
    if (watching)
        watching->deletes(path);
    return real->xDelete(real, path, sync);
}

void disk_install(DiskFault *fault, const DiskWatcher *watcher) {
    plan = fault;
    watching = watcher;
    if (real)
        return;
    real = sqlite3_vfs_find(NULL);
    layer = *real;
    layer.pNext = NULL;
    layer.zName = "callbus-test-disk";
    layer.szOsFile = (int) sizeof(File) + real->szOsFile;
    layer.xOpen = on_open;
    layer.xDelete = on_delete;
    sqlite3_vfs_register(&layer, /* makeDflt= */ 1);
}

void disk_remove(void) {
    plan = NULL;
    watching = NULL;
    if (!real)
        return;
    sqlite3_vfs_unregister(&layer);
    real = NULL;
}
