/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Line policy: what the administrator decided about a line. */
#include "service/line-policy.h"

#include "service/client.h"
#include "service/line.h"
#include "service/manager.h"

LinePolicy *line_policy_new(const char *line) {
    LinePolicy *policy = g_new0(LinePolicy, 1);

    policy->line = g_strdup(line);
    toll_limits_clear(&policy->toll);
    return policy;
}

LinePolicy *line_policy_free(LinePolicy *policy) {
    if (!policy)
        return NULL;
    g_clear_pointer(&policy->users, g_array_unref);
    g_clear_pointer(&policy->groups, g_array_unref);
    g_strfreev(policy->costly_prefixes);
    g_free(policy->country_code);
    g_free(policy->line);
    g_free(policy);
    return NULL;
}

static bool contains(const GArray *ids, uint32_t id) {
    for (unsigned i = 0; ids && i < ids->len; i++)
        if (g_array_index(ids, uint32_t, i) == id)
            return true;
    return false;
}

static bool names(const LinePolicy *policy, uint32_t uid, const GArray *groups) {
    if (uid == 0)
        return true;
    if (!policy)
        return false;
    for (unsigned i = 0; groups && i < groups->len; i++)
        if (contains(policy->groups, g_array_index(groups, uint32_t, i)))
            return true;
    return contains(policy->users, uid);
}

bool line_policy_names(const LinePolicy *policy, const Client *client) {
    return names(policy, user_uid(client_user(client)), client_groups(client));
}

static const LinePolicy *policy_of(const Line *line) {
    return manager_line_policy(line_manager(line), line_name(line));
}

bool line_is_for_all(const Line *line) {
    const LinePolicy *policy = policy_of(line);

    return !policy || (!policy->users && !policy->groups);
}

bool line_is_for(const Line *line, const Client *client) {
    return line_is_for_user(line, user_uid(client_user(client)), client_groups(client));
}

bool line_is_for_user(const Line *line, uint32_t uid, const GArray *groups) {
    return line_is_for_all(line) || names(policy_of(line), uid, groups);
}
