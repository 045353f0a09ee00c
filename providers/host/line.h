/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line: the token of a line in the provider's process, and what was told of it. */
#pragma once

#include <glib.h>

#include "service/provider.h"

struct Line {
    Provider *provider;
    void *data; /* the provider's */
    char *name;
    LineInfo info; /* the texts are ours */
    char *settings; /* by which it was made, as one text; NULL: the provider had it by itself */
    bool confirmed; /* the service that is there now wants it */
    LineState state;
    char *reason;
    GArray *rules; /* of ForwardRule, whose texts are ours */
    bool forwards; /* the rules were told */
    unsigned messages_waiting;
    GQueue calls;
};

Line *host_line_free(Line *line);

Line *host_line_find(const Provider *provider, const char *name);

/* It is told, with its state and whatever else is known of it. */
void host_line_tell(Line *line);

/* Its description alone. */
void host_line_tell_info(Line *line);

void host_line_set_rules(Line *line, const ForwardRule *rules, size_t n_rules);

/* As the service counts. */
bool host_line_is_full(const Line *line);

/* What a line is made of, as one text, so that two can be compared. */
char *host_settings_text(const LineConfig *config);
