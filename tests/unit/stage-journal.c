/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stage: what it writes down, and what is left of it when it is killed. */
#include <glib/gstdio.h>
#include <unistd.h>

#include "service/journal.h"
#include "service/recovery.h"
#include "tests/unit/stage.h"

const char *stage_folder;
uint64_t stage_epoch;
const char *stage_bus_id = "bus";

bool (*stage_adopt)(Call *call);

bool stage_has_still(Call *call) {
    return stage_adopt && stage_adopt(call);
}

void stage_make_folder(void) {
    /* Nobody waits for a disk. */
    if (g_access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", /* overwrite= */ FALSE);
    stage_folder = g_dir_make_tmp("callbus-stage-XXXXXX", NULL);
    ck_assert_ptr_nonnull(stage_folder);
}

void stage_remove_folder(void) {
    static const char *const names[] = { "callbus.db", "callbus.db-wal", "callbus.db-shm" };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(stage_folder, names[i], NULL);

        g_remove(path);
    }
    ck_assert_int_eq(g_rmdir(stage_folder), 0);
    g_free((char *) stage_folder);
    stage_folder = NULL;
}

void stage_open_journal(void) {
    g_autofree char *why = NULL;
    Database *database = NULL;
    int r = database_open(stage_folder, DURABILITY_CRASH, &database, &why);

    ck_assert_msg(r >= 0, "%s", why);
    manager_set_journal(manager, journal_new(database), ++stage_epoch);
    manager_set_bus_id(manager, stage_bus_id);
}

void stage_commit(void) {
    ck_assert_int_eq(journal_commit(manager_journal(manager)), 0);
}

void stage_is_killed(void) {
    manager_set_journal(manager, /* journal= */ NULL, stage_epoch);
    stage_end();
}

void stage_restarts(const char *names) {
    _cleanup_(recovery_freep) Recovery *recovery = NULL;
    g_autofree char *why = NULL;
    int r;

    stage_begin();
    r = recovery_new(manager, stage_bus_id, &recovery, &why);
    ck_assert_msg(r >= 0, "%s", why);
    for (const char *name = names; *name; name++)
        recovery_bring_back(recovery, arrives((char[]) { *name, '\0' }));
    ck_assert_int_eq(recovery_finish(recovery), 0);
}
