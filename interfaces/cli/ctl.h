/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands of callbusctl share: the options, the connection, and how to say that something failed. */
#pragma once

#include "interfaces/cli/remote.h"
#include "interfaces/cli/sheet.h"
#include "interfaces/cli/table.h"
#include "interfaces/cli/terminal.h"
#include "interfaces/cli/words.h"

typedef struct Ctl {
    Remote *remote;
    Look look;
    JsonFormat json;
    RemoteBus bus;
    const char *host;
    bool legend;
    bool full;
    bool all;
    bool detach;
} Ctl;

/* The commands. The arguments are counted already; what they return is the exit status. */
int ctl_lines(Ctl *ctl, char **arguments);
int ctl_line(Ctl *ctl, char **arguments);
int ctl_calls(Ctl *ctl, char **arguments);
int ctl_show(Ctl *ctl, char **arguments);
int ctl_dial(Ctl *ctl, char **arguments);
int ctl_answer(Ctl *ctl, char **arguments);
int ctl_hangup(Ctl *ctl, char **arguments);
int ctl_hold(Ctl *ctl, char **arguments);
int ctl_unhold(Ctl *ctl, char **arguments);
int ctl_digits(Ctl *ctl, char **arguments);
int ctl_handoff(Ctl *ctl, char **arguments);
int ctl_watch(Ctl *ctl, char **arguments);

/* One line on stderr. They return EXIT_FAILED and EXIT_USAGE. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int ctl_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Of a request to the service: "cannot <what>: <why>". Frees neither. */
int ctl_fail_bus(const Ctl *ctl, const sd_bus_error *error, int r, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
int ctl_fail_line(const char *name);

/* Opens all lines as monitor and reads all calls that are on them. Complains by itself. */
int ctl_fetch(Ctl *ctl, GPtrArray **ret_lines, GPtrArray **ret_calls);

/* All that the word means, at least one. Complains by itself. */
int ctl_find_calls(Ctl *ctl, const char *what, GPtrArray **ret_all, GPtrArray **ret_calls);
/* The one that the word means; where it means several, those in one of the states are preferred,
 * and of the two ends of one call the caller's if either will do. */
int ctl_find_call(Ctl *ctl, const char *what, const char *const *states, bool either_end, Record **ret);

/* Becomes an owner of the call, without being offered others or given handles of them. If we are the last owner when
 * we leave, the call is kept or not. Complains by itself. */
int ctl_take_call(Ctl *ctl, const Record *call, bool keep);

/* "loop0/101": how we speak of a call. */
char *ctl_call_name(const Record *call);
char *ctl_who_to_whom(const Ctl *ctl, const Record *call);

/* What there is to say beside the state: why the call ended and after how long, or that the far end holds it. */
char *ctl_remark(const Record *call);

/* An array of the properties of the records. */
void ctl_print_records(const Ctl *ctl, const GPtrArray *records);
void ctl_print_json(const Json *json, JsonFormat format);
void ctl_print_table(const Ctl *ctl, const Table *table, const char *one, const char *many);
void ctl_print_sheet(const Ctl *ctl, const Sheet *sheet);

uint64_t ctl_now(void);
