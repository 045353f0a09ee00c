/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a Line: for line.c, and line-description.c, where what its provider says of it is looked at. */
#pragma once

#include "service/line.h"

struct Line {
    Provider *provider;
    void *provider_data;
    char *name, *label, *state_reason;
    char **addresses, **emergency_numbers;
    LineState state;
    uint32_t media_modes;
    bool call_id, close_drop;
    AnswerMode answer_mode;
    unsigned max_active_calls, max_held_calls, max_conference_parties;
    unsigned active_calls, held_calls;
    unsigned ringing_calls, conferenced_calls; /* of the active ones */
    unsigned messages_waiting;
    Operations abilities, without;
    ForwardRules forwarding;
    uint64_t last_place;
    GQueue calls, opens, owners, monitors;
};

/* What the line can do, of what its provider can; and its emergency numbers. */
Operations line_work_out_abilities(const Provider *provider, Operations without);
char **line_list_emergency_numbers(const Provider *provider, const LineInfo *info);
