/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Report: one line for each event that is watched, for a person or as JSON. */
#pragma once

#include "interfaces/cli/ctl.h"

typedef struct Report Report;

Report *report_new(Ctl *ctl);
Report *report_free(Report *report);

/* Makes room for the line's name, so that the columns stay where they are. */
void report_know_line(Report *report, const Record *line);

void report_begin(Report *report, unsigned n_lines);
/* A call that appeared, or that was there already. */
void report_call(Report *report, const Record *call, bool was_there);
/* What is new about a call, since it was as before; nothing if that is nothing to speak of. */
void report_change(Report *report, const Record *call, const Json *before);
/* What was heard on a call, or came of what was sent: `event` with a text for programs, words for people. */
void report_sound(Report *report, const Record *call, const char *event, const char *words, const char *text);
/* A call that ended unseen, with its line or in a gap. */
void report_loss(Report *report, const Record *call);
/* What is said to programs and to people; words may be NULL for the state of the line. */
void report_line(Report *report, const Record *line, const char *event, const char *words);
/* What has changed about a line, since it was as before. */
void report_line_change(Report *report, const Record *line, const Json *before);
void report_ring(Report *report, const Record *line, const char *mode, uint32_t count);
void report_missed(Report *report, uint64_t count);
void report_service(Report *report, const char *words, bool running);
