/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of callbusctl log share: what is asked for, reading it, and how an entry is shown. */
#pragma once

#include "interfaces/cli/ctl.h"

#define LOG_PAGE 500 /* entries; the service gives no more at once */

/* What is asked for: text is that of the command line. */
typedef struct LogQuery {
    uint64_t since, until;
    const char *line, *number, *outcome, *direction;
    bool all;
    bool narrow;    /* there is a filter */
    uint64_t limit; /* entries; UINT64_MAX: all */
} LogQuery;

/* Appends the filter, an a{sv}. */
int log_append_filter(sd_bus_message *message, const LogQuery *query);

/* One page: a list of objects, the newest first; *ret_next is 0 after the last one. Complains by itself. */
int log_read_page(const Ctl *ctl, const LogQuery *query, uint64_t cursor, uint64_t limit, Json **ret, uint64_t *ret_next);

/* A method of the log; it may take long, and polkit may ask for a password. */
int log_new_method(const Ctl *ctl, const char *member, sd_bus_message **ret);
int log_call(const Ctl *ctl, sd_bus_message *message, sd_bus_error *ret_error, sd_bus_message **ret_reply);

/* All of them, from `cursor` on, each handed to `take`; at most query->limit. *ret_more: there are older ones. */
int log_for_each(const Ctl *ctl, const LogQuery *query, void (*take)(const Json *entry, void *userdata), void *userdata,
                 bool *ret_more);

/* The columns of a row, and how each is shown. */
enum { LOG_CELLS = 7 };
typedef struct LogCell {
    char *text;
    Style style;
} LogCell;
void log_cells(const Ctl *ctl, const Json *entry, uint64_t now, LogCell cells[static LOG_CELLS]);
void log_cells_clear(LogCell cells[static LOG_CELLS]);
extern const Column log_columns[LOG_CELLS];

/* ---- The ways to use it ---- */

int log_export(const Ctl *ctl, const LogQuery *query, const char *format);
int log_follow(Ctl *ctl, const LogQuery *query);
int log_remove(const Ctl *ctl, char **ids);
int log_clear(const Ctl *ctl, const LogQuery *query);
