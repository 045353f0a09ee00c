/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of the call log: call-log.c, where entries come in; call-log-move.c, where they get to
 * their place; call-log-query.c, where they are found; call-log-retention.c, where they go; and call-log-present.c, which tells
 * how old they are. */
#pragma once

#include "service/call-log.h"
#include "service/timer.h"

struct CallLog {
    Manager *manager;
    Database *database;
    CallLogSettings settings;
    JournalMark mark;
    GQueue waiting; /* of LogEntry, the oldest first */
    uint64_t n_lost; /* that could not wait */
    uint64_t last_id;
    int64_t last_usec; /* when it was given; monotonic */
    uint64_t n_entries; /* on disk */
    unsigned n_new;     /* of them, not in their place yet */
    GHashTable *shares; /* scope to how many of them are its own; of all that have any */
    LogListener listener;
    void *listener_data;
    uint64_t present, present_kept; /* real time; and what is in the database */
    int64_t looked_usec;            /* when it was the present; see rate_now() */
    bool told_far;
    Timer retention, moving;
    bool untidy; /* what was deleted is still in the file */
};

/* Whose entries, and by what they are found: which statement is used, and so which index. */
typedef enum LogScope {
    LOG_SCOPE_EVERYTHING,
    LOG_SCOPE_ONE,
    _LOG_SCOPE_MAX,
} LogScope;

typedef enum LogKey {
    LOG_KEY_NONE,
    LOG_KEY_NUMBER,
    LOG_KEY_CALL_ID,
    _LOG_KEY_MAX,
} LogKey;

typedef enum LogPlace {
    LOG_PLACE_FINAL,
    LOG_PLACE_NEW, /* a few entries, without an index */
    _LOG_PLACE_MAX,
} LogPlace;

/* ?1: below this id; ?2: from this id on; ?3: the scope; ?4: the key; ?5: at most so many. The newest first. */
const char *call_log_select(LogPlace place, LogScope scope, LogKey key);

/* "user:1000" or "line:loop0"; to be freed. */
char *log_entry_scope(bool owned, uint32_t uid, const char *line);

/* So many entries more were written. They are moved to their place when there is time, or when they are many. */
void call_log_wrote(CallLog *log, unsigned n);
void call_log_stop_moving(CallLog *log);

/* Moves all: wholly or not at all. Inside a transaction it is part of that, and n_new is for the caller to set. */
int call_log_move(CallLog *log);
int call_log_move_within(CallLog *log);

/* Begins to look after what is too old, or too much; and after what was deleted. */
void call_log_retention_start(CallLog *log);
void call_log_retention_stop(CallLog *log);

/* The present: where the clock is, which it follows at its own pace. Were the clock set ahead by years, all entries would be too old
 * at once. It is kept over restarts, as a clock may be wrong from the start on. */
void call_log_present_begin(CallLog *log);
uint64_t call_log_present(CallLog *log);
void call_log_present_end(CallLog *log);

/* What is on disk is counted, by scopes: once, and then as it changes. */
void call_log_count_all(CallLog *log);
void call_log_added(CallLog *log, const LogEntry *entry);

/* Entries of these scopes were deleted: each as often as it is there. */
void call_log_deleted(CallLog *log, const GPtrArray *scopes);

/* Once: deletes some of what is not to be kept, or sees to what was deleted. Is there more to do? */
bool call_log_retention_step(CallLog *log);
