/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priorities: which application is offered the calls of a media mode first. Kept on disk. */
#pragma once

#include <glib.h>

#include "service/cleanup.h"
#include "service/refusal.h"
#include "service/types.h"

/* Those of the file, if it is there; `path` NULL: in memory only. A file that can't be read is set aside and said so in the log. */
Priorities *priorities_new(const char *path);
Priorities *priorities_free(Priorities *priorities);

/* App ids, the first is the first to be asked; NULL-terminated. */
const char *const *priorities_get(const Priorities *priorities, MediaMode mode);

/* Where the app stands in the list: 0 is first; UINT_MAX: not in it. */
unsigned priorities_rank(const Priorities *priorities, MediaMode mode, const char *app_id);

/* Refuses what can be no list. */
Refusal *priorities_check(const char *const *app_ids);

/* Replaces the list, and saves it before this returns. Each app once, none empty. */
Refusal *priorities_set(Priorities *priorities, MediaMode mode, const char *const *app_ids);
