/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits: how much of everything there may be. */
#include "service/limit.h"

#include <glib.h>

#define OF(field) LIMIT_SERVICE, offsetof(Limits, field)
#define OF_LINE(field) LIMIT_LINE, offsetof(TollLimits, field)

const LimitInfo limit_table[_LIMIT_MAX] = {
    [LIMIT_CLIENTS_PER_USER] = { "ClientsPerUser", OF(clients_per_user), 0, 64, 0, 4096, "clients" },
    [LIMIT_HANDLES_PER_CLIENT] = { "HandlesPerClient", OF(handles_per_client), 4096, 4096, 16, 65536, "handles" },
    [LIMIT_HANDLES_PER_USER] = { "HandlesPerUser", OF(handles_per_user), 0, 4096, 0, 1048576, "handles" },
    [LIMIT_OPENS_PER_CLIENT] = { "OpensPerClient", OF(opens_per_client), 0, 64, 0, 65536, "open lines" },
    [LIMIT_REQUESTS_PER_CLIENT] = { "RequestsPerClient", OF(requests_per_client), 1024, 512, 1, 65536, "pending requests" },
    [LIMIT_REQUESTS_PER_USER] = { "RequestsPerUser", OF(requests_per_user), 4096, 2048, 1, 1048576, "pending requests" },
    [LIMIT_TOKENS_PER_USER] = { "TokensPerUser", OF(tokens_per_user), 16384, 4096, 1, 1048576, "tokens" },
    [LIMIT_PROMPTS_PER_USER] = { "PromptsPerUser", OF(prompts_per_user), 2, 2, 1, 24, "prompts" },
    [LIMIT_PROMPTS] = { "Prompts", OF(prompts), 16, 16, 1, 24, "prompts" },
    [LIMIT_MESSAGES_PER_SECOND] = { "MessagesPerSecond", OF(messages_per_second), 0, 1000, 0, 1000000, "messages" },
    [LIMIT_DIGITS_PER_MINUTE] = { "DigitsPerMinute", OF(digits_per_minute), 0, 1200, 0, 1000000, "digits" },
    [LIMIT_DIALS_PER_MINUTE] = { "DialsPerMinute", OF(toll.dials_per_minute), 0, 60, 0, 100000, "dials" },
    [LIMIT_DIALS_PER_DAY] = { "DialsPerDay", OF(toll.dials_per_day), 0, 400, 0, 1000000, "dials" },
    [LIMIT_COSTLY_DIALS_PER_DAY] = { "CostlyDialsPerDay", OF(toll.costly_dials_per_day), 0, 20, 0, 1000000, "dials" },
    [LIMIT_CALLS_PER_USER] = { "CallsPerUser", OF(toll.calls), 0, 4, 0, 100000, "calls" },
    [LIMIT_LINE_DIALS_PER_MINUTE] = { "DialsPerMinute", OF_LINE(dials_per_minute), 0, 30, 0, 100000, "dials" },
    [LIMIT_LINE_DIALS_PER_DAY] = { "DialsPerDay", OF_LINE(dials_per_day), 0, 200, 0, 1000000, "dials" },
    [LIMIT_LINE_COSTLY_DIALS_PER_DAY] = { "CostlyDialsPerDay", OF_LINE(costly_dials_per_day), 0, 20, 0, 1000000, "dials" },
    [LIMIT_LINE_CALLS_PER_USER] = { "CallsPerUser", OF_LINE(calls), 0, 2, 0, 100000, "calls" },
    [LIMIT_LINE_CALL_MINUTES] = { "MaxCallMinutes", OF_LINE(call_minutes), 0, 180, 0, 100000, "minutes" },
};

#define TOLL_DEFAULT { LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT, LIMIT_DEFAULT }

const Limits limits_default = {
    .handles_per_client = 4096,
    .requests_per_client = 1024,
    .requests_per_user = 4096,
    .request_timeout_s = 20,
    .tokens_per_user = 16384,
    .prompts_per_user = 2,
    .prompts = 16,
    .digits_per_minute = LIMIT_DEFAULT,
    .toll = TOLL_DEFAULT,
};

void toll_limits_clear(TollLimits *limits) {
    *limits = (TollLimits) TOLL_DEFAULT;
}

static unsigned *place_of(Limits *limits, const LimitInfo *info) {
    return (unsigned *) ((char *) limits + info->offset);
}

void limits_clear(Limits *limits) {
    *limits = limits_default;
    for (Limit i = 0; i < _LIMIT_MAX; i++)
        if (limit_table[i].scope == LIMIT_SERVICE)
            *place_of(limits, &limit_table[i]) = LIMIT_DEFAULT;
}

/* It depends on the line, too. */
static bool is_of_real_lines(const LimitInfo *info) {
    return info->offset >= offsetof(Limits, digits_per_minute) && info->offset < offsetof(Limits, toll) + sizeof(TollLimits);
}

void limits_fill(Limits *limits, bool system) {
    limits->system = system;
    for (Limit i = 0; i < _LIMIT_MAX; i++) {
        const LimitInfo *info = &limit_table[i];

        if (info->scope == LIMIT_SERVICE && !is_of_real_lines(info) && *place_of(limits, info) == LIMIT_DEFAULT)
            *place_of(limits, info) = system ? info->system : info->session;
    }
}
