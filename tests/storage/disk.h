/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disk: a layer between SQLite and its files (a VFS, sqlite.org/vfs.html) that fails as it is told, and tells what is done to the
 * files. Nothing of the service knows of it: it is the default VFS of the process from disk_install() on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum DiskOperation {
    DISK_OPEN,
    DISK_READ,
    DISK_WRITE,
    DISK_SYNC,
    DISK_TRUNCATE,
    DISK_LOCK,
    DISK_DELETE,
    _DISK_OPERATION_MAX,
} DiskOperation;

#define DISK_BIT(operation) (UINT32_C(1) << (operation))
#define DISK_FOR_EVER UINT32_MAX

/* What fails. It may be in memory that is shared with another process. */
typedef struct DiskFault {
    uint32_t operations; /* DISK_BIT() of those that are counted and fail; 0: none */
    uint32_t after;      /* so many of them pass before */
    uint32_t times;      /* and then so many fail: the plan counts down */
    int32_t code;        /* of SQLite; a write of which half is on the disk if `half` */
    uint32_t half;
    uint32_t met; /* how many were counted, how many failed */
    uint32_t failed;
} DiskFault;

/* What is done to the files, before it is done, as far as it does not fail. */
typedef struct DiskWatcher {
    void (*writes)(const char *path, int64_t offset, const void *data, size_t size);
    void (*truncates)(const char *path, int64_t size);
    void (*syncs)(const char *path);
    void (*deletes)(const char *path);
} DiskWatcher;

/* The plan may change at any time; NULL: nothing fails. */
void disk_install(DiskFault *fault, const DiskWatcher *watcher);
void disk_remove(void);
