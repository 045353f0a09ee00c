/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands of callbusctl share: the options, the connection, and how to say that something failed. */
#pragma once

#include "interfaces/cli/remote.h"
#include "interfaces/cli/sheet.h"
#include "interfaces/cli/table.h"
#include "interfaces/cli/terminal.h"
#include "interfaces/cli/words.h"

/* What only `log` takes. */
typedef struct LogOptions {
    const char *since, *until, *line, *number, *outcome, *direction, *lines, *export;
    bool missed, reverse, follow, remove, yes;
} LogOptions;

typedef struct Ctl {
    Remote *remote;
    Look look;
    JsonFormat json;
    RemoteBus bus;
    const char *host;
    const char *group;
    const char *reason;
    const char *device, *volume;
    const char *media_mode, *ring_time;
    GStrv states;
    bool no_legend;
    bool no_pager;
    bool full;
    bool all;
    bool detach;
    bool hide_caller_id;
    bool consult;
    bool clear;
    bool dnd;
    bool digits;
    bool quiet;
    bool no_auto_start;
    bool no_ask_password;
    LogOptions log;
} Ctl;

/* The commands. The arguments are counted already and end with NULL; what they return is the exit status. */
int ctl_lines(Ctl *ctl, char **arguments);
int ctl_line(Ctl *ctl, char **arguments);
int ctl_audio(Ctl *ctl, char **arguments);
int ctl_calls(Ctl *ctl, char **arguments);
int ctl_show(Ctl *ctl, char **arguments);
int ctl_dial(Ctl *ctl, char **arguments);
int ctl_redial(Ctl *ctl, char **arguments);
int ctl_answer(Ctl *ctl, char **arguments);
int ctl_hangup(Ctl *ctl, char **arguments);
int ctl_hold(Ctl *ctl, char **arguments);
int ctl_unhold(Ctl *ctl, char **arguments);
int ctl_mute(Ctl *ctl, char **arguments);
int ctl_unmute(Ctl *ctl, char **arguments);
int ctl_secure(Ctl *ctl, char **arguments);
int ctl_redirect(Ctl *ctl, char **arguments);
int ctl_park(Ctl *ctl, char **arguments);
int ctl_complete(Ctl *ctl, char **arguments);
int ctl_split(Ctl *ctl, char **arguments);
int ctl_handoff(Ctl *ctl, char **arguments);
int ctl_digits(Ctl *ctl, char **arguments);
int ctl_tone(Ctl *ctl, char **arguments);
int ctl_gather(Ctl *ctl, char **arguments);
int ctl_swap(Ctl *ctl, char **arguments);
int ctl_transfer(Ctl *ctl, char **arguments);
int ctl_conference(Ctl *ctl, char **arguments);
int ctl_unpark(Ctl *ctl, char **arguments);
int ctl_pickup(Ctl *ctl, char **arguments);
int ctl_cancel(Ctl *ctl, char **arguments);
int ctl_forward(Ctl *ctl, char **arguments);
int ctl_priority(Ctl *ctl, char **arguments);
int ctl_open(Ctl *ctl, char **arguments);
int ctl_watch(Ctl *ctl, char **arguments);
int ctl_log(Ctl *ctl, char **arguments);

/* What `line` does besides: the settings are KEY=VALUE, and end with NULL. */
int ctl_line_add(Ctl *ctl, const char *name, const char *provider, char **pairs);
int ctl_line_remove(Ctl *ctl, const char *name);

void ctl_print_help(const Look *look);

/* One line on stderr. They return EXIT_FAILED and EXIT_USAGE. */
int ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int ctl_misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Of a request to the service: "cannot <what>: <why>". Frees neither. */
int ctl_fail_bus(const Ctl *ctl, const sd_bus_error *error, int r, const char *what, ...)
    __attribute__((format(printf, 4, 5)));
int ctl_fail_line(const char *name);

/* Opens all lines as monitor and reads all calls that are on them. Complains by itself. */
int ctl_fetch(Ctl *ctl, GPtrArray **ret_lines, GPtrArray **ret_calls);

/* All that the word means, at least one; without a word (NULL), all calls that there are. Complains by itself. */
int ctl_find_calls(Ctl *ctl, const char *what, GPtrArray **ret_all, GPtrArray **ret_calls);
/* The one that the word means; where it means several, those in one of the states are preferred,
 * and of the two ends of one call the caller's if either will do. */
int ctl_find_call(Ctl *ctl, const char *what, const char *const *states, bool either_end, Record **ret);
/* The same, as one of all that there are. */
int ctl_find_among(Ctl *ctl, const char *what, const char *const *states, bool either_end, GPtrArray **ret_all,
                   Record **ret);
/* One for each word, all of one line, as some of all that there are. */
int ctl_find_together(Ctl *ctl, char **words, GPtrArray **ret_all, GPtrArray **ret_calls);

/* Becomes an owner of the call, without being offered others or given handles of them. If we are the last owner when
 * we leave, the call is kept or not. Complains by itself. */
int ctl_take_call(Ctl *ctl, const Record *call, bool keep);
/* The same for a call that somebody owns or nobody does: our coming and going changes nothing about its life. */
int ctl_borrow_call(Ctl *ctl, const Record *call);
/* Waits for the answer to the release, so that our end as a client finds nothing that is ours. */
void ctl_release(Ctl *ctl, const char *path);

/* One method of a call that we own. Complains by itself: "cannot <verb> loop0/101: <why>". ret_reply may be NULL. */
int ctl_do(Ctl *ctl, const Record *call, const char *verb, const char *member, sd_bus_message **ret_reply,
           const char *types, ...);
/* Opens a line for what is no matter of one call; calls that we make on it are kept. Complains by itself. */
int ctl_open_line(Ctl *ctl, const char *name, char **ret_path);
/* A method of it that gives a call, which is left to itself and printed. "cannot <verb>: <why>". */
int ctl_get_call(Ctl *ctl, const char *path, const char *verb, const char *member, const char *types, ...);

/* A call that we made goes on without us. */
void ctl_keep(Ctl *ctl, const char *path);
/* Leaves the call to itself and prints which it is, so that a script can go on with it. */
int ctl_leave(Ctl *ctl, const char *path);

/* Two calls of one line become one: one is on hold, or we see to that. Gives the path of the conference, "/" for a
 * transfer. Complains by itself. */
int ctl_unite(Ctl *ctl, const Record *one, const Record *other, const char *mode, char **ret_path);

/* A call to somebody about this one, with what `member` sets up; "" waits for digits. Prints which call that is. */
int ctl_consult(Ctl *ctl, const Record *call, const char *member, const char *address);

/* "loop0/101": how we speak of a call. */
char *ctl_call_name(const Record *call);
char *ctl_who_to_whom(const Ctl *ctl, const Record *call);

/* How the call came to be, and by whom: "transferred by 101"; "" for an ordinary one. */
char *ctl_reason(const Record *call);

/* "in-service", "out-of-service (no signal)". */
char *ctl_line_state(const Record *line);

/* Where the line's calls go: "busy → 101"; "" where they come to it. */
char *ctl_rules(const Ctl *ctl, const Record *line);

/* Who is in a conference: "101 (Bob), 102". */
char *ctl_participants(const GPtrArray *calls, const Record *conference);

/* "101 (Bob)": whoever is at the other end. */
char *ctl_far_end(const Record *call);

/* What there is to say beside the state: why the call ended and after how long, or that the far end holds it. */
char *ctl_remark(const Record *call);

/* An array of the properties of the records. */
void ctl_print_records(const Ctl *ctl, const GPtrArray *records);
/* The value of a reply: as it is, or as the member of an object. */
void ctl_print_value(const Ctl *ctl, const char *key, const char *text);
void ctl_print_json(const Json *json, JsonFormat format);
void ctl_print_table(const Ctl *ctl, const Table *table, const char *one, const char *many);
void ctl_print_sheet(const Ctl *ctl, const Sheet *sheet);

uint64_t ctl_now(void);
