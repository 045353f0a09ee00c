/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Power: what of its files a disk has when the power fails. A disk keeps what was synced. Of what was written to a file since,
 * it may have all, nothing, any of the writes in whatever order, and of a write some sectors only.
 */
#pragma once

#include "tests/storage/disk.h"

/* Empties the record, of files in that folder; then power_watcher is for disk_install(). */
void power_begin(const char *folder);
void power_end(void);
extern const DiskWatcher power_watcher;

/* Called before each sync, with what is not synced yet. */
extern void (*power_may_fail)(void);

/* Writes the files into another, empty folder, as one of the many ways in which they may be found. */
void power_image(const char *folder);
