/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Call log: an entry for each call that is over.
 *
 * An entry is made when a call first leaves the live states, and written in the same transaction as that: after a crash there is
 * either both or neither. A call that nobody ever saw, as the network refused it at once, has none: whoever dialled got an error.
 * Nor has a conference, but each of its participants. Comments and what applications keep with a call are not in the log.
 *
 * While the disk fails entries wait in memory, so many at most; beyond that the oldest are lost, and the log of the service says so.
 */
#pragma once

#include <glib.h>

#include "service/cleanup.h"
#include "service/journal.h"
#include "service/types.h"

enum {
    CALL_LOG_WAITING_MAX = 1024,
    CALL_LOG_PAGE_MAX = 500, /* entries in one page, and ids to be removed at once */
};

typedef struct CallLogSettings {
    bool enabled;
    unsigned keep_days, keep_entries; /* 0: without limit */
} CallLogSettings;

extern const CallLogSettings call_log_settings_default;

typedef struct LogEntry {
    /* Rises with every entry, and is never given again: microseconds of real time, raised where the clock was set back. So the ids
     * that somebody sees tell nothing of how many calls others make. */
    uint64_t id;
    bool owned;
    uint32_t uid; /* if it is owned: of whoever owned the call last */
    char *line, *call_id, *number, *name;
    CallDirection direction;
    CallOutcome outcome;
    DisconnectCause cause;
    Presentation presentation; /* of the number */
    MediaMode media_mode;
    bool emergency;
    uint64_t started, connected, ended; /* real time, in microseconds: labels */
    uint64_t duration;                  /* microseconds from connected to ended, by a clock that does not jump */
} LogEntry;

LogEntry *log_entry_free(LogEntry *entry);
DEFINE_CLEANUP(LogEntry *, log_entry_free)

/* Which entries. What is NULL, 0 or -1 (the enumerations) is not asked for. */
typedef struct LogFilter {
    uint64_t since, until; /* of `started`, both included */
    const char *line, *number, *call_id;
    CallDirection direction;
    CallOutcome outcome;
    MediaMode media_mode;
} LogFilter;

#define LOG_FILTER_ALL ((LogFilter) { .direction = _DIRECTION_INVALID, .outcome = _OUTCOME_INVALID, .media_mode = _MEDIA_INVALID })

/* Who reads: what was the client's user's own, and, unless it is only that, what was nobody's on lines that the client may use; or
 * everything. */
typedef struct LogReader {
    const Client *client;
    bool everything, only_owned;
} LogReader;

/* Uses the manager's journal, if it has one; else there is no log. */
CallLog *call_log_new(Manager *manager, const CallLogSettings *settings);
CallLog *call_log_free(CallLog *log);
DEFINE_CLEANUP(CallLog *, call_log_free)

/* Called for each entry when it is on disk. */
typedef void (*LogListener)(const LogEntry *entry, void *userdata);
void call_log_set_listener(CallLog *log, LogListener listener, void *userdata);

bool log_reader_may_read(const LogReader *reader, const Manager *manager, const LogEntry *entry);

/* The newest entries that fit and are older than the one with id `cursor` (0: from the newest on), at most `limit`. In *ret_next what
 * the next page begins with; 0: there is none. Only so many entries are looked at in one go, so a page may be short, or empty, and
 * yet another follow. A NULL log has no entries. 0 or a negative errno. */
int call_log_page(CallLog *log, const LogReader *reader, const LogFilter *filter, uint64_t cursor, unsigned limit, GPtrArray **ret,
                  uint64_t *ret_next); /* of LogEntry */

/* Is one of the ids what was nobody's, and the reader may read it? Also if it can't be told. */
bool call_log_has_unowned(CallLog *log, const LogReader *reader, const uint64_t *ids, size_t n_ids);

/* Erases those of the ids that the reader may read, at most CALL_LOG_PAGE_MAX; how many there were in *ret. */
int call_log_remove(CallLog *log, const LogReader *reader, const uint64_t *ids, size_t n_ids, unsigned *ret);

/* ---- for Call ---- */

/* The call is over for the network; it was in state `from`, and `ours`: by an operation of ours. */
void call_log_add(CallLog *log, const Call *call, CallState from, bool ours);
