/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line policy: what the administrator decided about a line, whatever network is below it: whose it is, and what may be dialled. */
#pragma once

#include <glib.h>

#include "service/limit.h"
#include "service/types.h"

/* What the file of the line says. Everything absent is NULL, or LIMIT_DEFAULT. */
typedef struct LinePolicy {
    char *line;             /* its name */
    GArray *users, *groups; /* of uint32_t: AllowedUsers and AllowedGroups; both NULL: everybody may use it */
    char *country_code;     /* CountryCode, e.g. "49": see number-class.h */
    char **costly_prefixes; /* CostlyPrefixes */
    TollLimits toll;        /* of one user on it */
} LinePolicy;

LinePolicy *line_policy_new(const char *line);
LinePolicy *line_policy_free(LinePolicy *policy);

/* Is the client's user, or one of its groups, named? Root always is. */
bool line_policy_names(const LinePolicy *policy, const Client *client);

/* Is the line for everybody? */
bool line_is_for_all(const Line *line);

/* May the client use the line at all? If not, the line does not exist for it. Likewise for who is no client yet. */
bool line_is_for(const Line *line, const Client *client);
bool line_is_for_user(const Line *line, uint32_t uid, const GArray *groups);
