/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading one property, of either service. */
#pragma once

#include "tests/bench/run.h"

/* Whose property is read; a RunPlan's userdata. */
typedef struct ReadTarget {
    const char *name, *interface;
    const char *path; /* NULL: the connection's handles in turn */
} ReadTarget;

extern const ReadTarget read_callbusd, read_bare;

/* With a blocking call, and in the loop. */
extern const Work read_sync_work, read_work;
