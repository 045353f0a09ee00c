/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Said: what a provider says is looked at before it goes further. */
#include "service/said.h"

#include <string.h>

#include "service/log.h"

bool said_is_text(const char *text) {
    return text && *text && strlen(text) <= TEXT_MAX && g_utf8_validate(text, -1, NULL);
}

bool said_is_id(const char *text) {
    return said_is_text(text) && !strchr(text, '\n');
}

const char *said_result(const Provider *provider, const char *text) {
    if (!text || said_is_text(text))
        return text;
    log_warning("event: left out, provider: %s, why: a result that is no text", provider_name(provider));
    return NULL;
}

bool said_is_line(const LineInfo *info) {
    if (!line_name_is_valid(info->name)) {
        log_error("Line name '%s' is not of [A-Za-z0-9_]{1,64}", info->name ?: "");
        return false;
    }
    if (info->media_modes == 0 || info->media_modes & ~MEDIA_ALL) {
        log_error("Line %s has no known media mode", info->name);
        return false;
    }
    return true;
}

static bool is_text_or_none(const char *text) {
    return !text || !*text || said_is_text(text);
}

static bool is_rule(const ForwardRule *rule) {
    return forward_condition_to_string(rule->condition) && is_text_or_none(rule->filter) && is_text_or_none(rule->destination);
}

bool said_are_rules(const ForwardRule *rules, size_t n_rules) {
    if (n_rules > FORWARD_RULES_MAX)
        return false;
    for (size_t i = 0; i < n_rules; i++)
        if (!is_rule(&rules[i]))
            return false;
    return true;
}
