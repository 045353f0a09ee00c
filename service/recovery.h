/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recovery: what a service that was killed had told its clients is brought back from the journal, before anybody is served.
 *
 * In this order: the providers have started, so the lines are there; recovery_new() reads the journal; the interface asks its bus
 * who is still there and brings back each; recovery_finish() ends what is left.
 */
#pragma once

#include "service/manager.h"

typedef struct Recovery Recovery;

/* Who had something when the service was killed. Names are unique only on one bus, for as long as it runs. */
typedef struct SavedClient {
    const char *name;
    uint32_t uid;
} SavedClient;

/* Reads what there was for clients of the bus with that id; clients of another bus are gone. A row that makes no sense is left
 * out, with a line in the log. -EIO and the like: the journal can't be read. */
int recovery_new(Manager *manager, const char *bus_id, Recovery **ret, char **ret_why);
Recovery *recovery_free(Recovery *recovery);
DEFINE_CLEANUP(Recovery *, recovery_free)

const GArray *recovery_clients(const Recovery *recovery); /* of SavedClient */

/* The client, made anew under its old name, is still there: with recovery_finish() its opens and handles are its own again, at the
 * old paths. It may leave before that. */
void recovery_bring_back(Recovery *recovery, Client *client);

/* Whoever was not brought back is gone, as by rule 11. A call that was up and that no provider still has ends, with the cause service-restarted; what
 * clients are to hear of it waits in their outboxes. Commits. */
int recovery_finish(Recovery *recovery);
