/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stage: what it writes down, and what is left of it when it is killed. */
#include "service/journal.h"
#include "service/recovery.h"
#include "tests/unit/stage.h"

const char *stage_folder;
uint64_t stage_epoch;
const char *stage_bus_id = "bus";

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
