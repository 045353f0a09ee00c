/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forward: the rules by which a line sends its calls elsewhere. */
#pragma once

#include "service/request.h"

/* Replaces all rules of the line; none cancels. */
Refusal *line_forward(Line *line, Client *client, const ForwardRule *rules, size_t n_rules, Done done);

/* A list of rules of one's own, in one piece. */
typedef struct ForwardRules {
    ForwardRule *rules;
    size_t n;
} ForwardRules;

void forward_rules_copy(ForwardRules *rules, const ForwardRule *from, size_t n);
void forward_rules_clear(ForwardRules *rules);
bool forward_rules_equal(const ForwardRules *rules, const ForwardRule *other, size_t n);
