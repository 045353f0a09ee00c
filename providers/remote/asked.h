/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asked: what the process was asked for, until it answers. */
#pragma once

#include "providers/remote/remote-private.h"

enum { MADE_MAX = 2 };

typedef struct Asked {
    Remote *remote;
    WireMethod method;
    RequestId request;       /* of the service; 0: it is our own */
    uint64_t call, other;    /* what it is about, and may end; or 0 */
    uint64_t made[MADE_MAX]; /* what it makes; or 0 */
    char *line;              /* what it makes, or takes away; or NULL */
    sd_bus_slot *slot;
    GList link;
} Asked;

/* A message for it. -ENOTCONN: nobody is there; -EOPNOTSUPP: it has no such method. */
int asked_begin(Remote *remote, WireMethod method, sd_bus_message **ret);

/* Sends it, which is taken, unless something went wrong with it before (r < 0). Returns r, or what went wrong; on success *ret is there
 * until the answer comes. */
int asked_send(Remote *remote, WireMethod method, sd_bus_message *m, int r, RequestId request, Asked **ret);

/* The same for messages of plain arguments. */
int asked_send_args(Remote *remote, WireMethod method, RequestId request, Asked **ret, const char *types, ...);

void asked_about_line(Asked *asked, const char *line);

/* Nobody has to be asked: it is done, in the next turn of the loop. */
Asked *asked_of_nobody(Remote *remote, WireMethod method, RequestId request);

/* No answer will come: but for drops, which the ends of their calls answer. */
void asked_fail_all(Remote *remote, bool drops, const char *why);

/* The service is gone, too: nobody is told. */
void asked_forget_all(Remote *remote);

/* ---- Answers (answer.c) ---- */

/* What was asked for is done: m has what the method answers, or is NULL for one that answers nothing. Negative: the answer makes no
 * sense. */
int answer_take(Asked *asked, sd_bus_message *m, char **ret_why);

/* It is not done. */
void answer_refused(Asked *asked, const Refusal *refusal);

/* ---- Lines (remote-line.c) ---- */

/* It is there, out of service for that reason, until the process says more. */
void remote_line_begin(RemoteLine *line, const char *reason);

/* The process has answered for one of the configuration. */
void remote_line_answered(Remote *remote, const char *name, const Refusal *refusal);

/* It is no more, if it was: the process has taken it away, or would not make it at run time. */
void remote_line_removed(Remote *remote, const char *name);
void remote_line_gone(RemoteLine *line, const char *reason);

int remote_add_line(Provider *provider, const LineConfig *config, RequestId request);
int remote_remove_line(Line *line, RequestId request);
