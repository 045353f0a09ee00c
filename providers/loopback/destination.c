/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Destination: the form of addresses on the loopback network. */
#include "providers/loopback/destination.h"

#include <glib.h>
#include <string.h>

#include "providers/loopback/digits.h"

#define DURATION_MAX_MS (24 * 60 * 60 * UINT64_C(1000))

/* The scripted far ends, their defaults, and the query parameters that each takes besides ring=. */
static const struct {
    const char *name;
    uint32_t ring_ms, talk_ms;
    bool talk, send, free, tone;
} scripts[_SCRIPT_MAX] = {
    [SCRIPT_ANSWER] = { "answer", 1000, DESTINATION_FOR_EVER, .talk = true },
    [SCRIPT_ECHO] = { "echo", 1000, DESTINATION_FOR_EVER, .talk = true },
    [SCRIPT_HANGUP] = { "hangup", 1000, 1000, .talk = true },
    [SCRIPT_DIGITS] = { "digits", 1000, DESTINATION_FOR_EVER, .talk = true, .send = true },
    [SCRIPT_BUSY] = { "busy", 0, DESTINATION_FOR_EVER, .free = true },
    [SCRIPT_NO_ANSWER] = { "no-answer", 1000, 0 },
    [SCRIPT_REJECT] = { "reject", 0, 0 },
    [SCRIPT_CONGESTION] = { "congestion", 0, 500, .tone = true },
    [SCRIPT_BAD] = { "bad", 0, 0 },
};

static const struct {
    const char *name;
    uint32_t ms;
} units[] = {
    { "ms", 1 },
    { "s", 1000 },
    { "", 1000 },
    { "m", 60000 },
};

int duration_parse(const char *text, uint32_t *ret_ms) {
    uint64_t n = 0;

    if (!g_ascii_isdigit(*text))
        return -EINVAL;
    for (; g_ascii_isdigit(*text); text++) {
        n = n * 10 + (uint64_t) (*text - '0');
        if (n > DURATION_MAX_MS)
            return -EINVAL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (g_str_equal(text, units[i].name) && n * units[i].ms <= DURATION_MAX_MS) {
            *ret_ms = (uint32_t) n * units[i].ms;
            return 0;
        }
    return -EINVAL;
}

static bool are_digits(const char *text) {
    for (; *text != '\0'; text++)
        if (!digit_heard_as(*text) && *text != ',')
            return false;
    return true;
}

static int parse_duration(const char *value, uint32_t *ret_ms, const char **ret_hint) {
    *ret_hint = "a duration is 200ms, 2s, 1m or a plain number of seconds, up to a day";
    return duration_parse(value, ret_ms);
}

static int parse_parameter(const char *key, const char *value, Destination *ret, const char **ret_hint) {
    if (g_str_equal(key, "ring")) {
        ret->has_ring = true;
        return parse_duration(value, &ret->ring_ms, ret_hint);
    }
    if (g_str_equal(key, "talk") && scripts[ret->script].talk)
        return parse_duration(value, &ret->talk_ms, ret_hint);
    if (g_str_equal(key, "tone") && scripts[ret->script].tone)
        return parse_duration(value, &ret->talk_ms, ret_hint);
    if (g_str_equal(key, "free") && scripts[ret->script].free)
        return parse_duration(value, &ret->free_ms, ret_hint);
    if (g_str_equal(key, "send") && scripts[ret->script].send) {
        *ret_hint = "send= takes digits: 0-9 A-D, and a comma for a pause";
        g_strlcpy(ret->send, value, sizeof(ret->send));
        return are_digits(value) ? 0 : -EINVAL;
    }
    *ret_hint = "a scripted far end takes ring=DURATION, those that answer talk=DURATION too, digits "
                "send=DIGITS, busy free=DURATION, and congestion tone=DURATION";
    return -EINVAL;
}

/* "ring=200ms&talk=2s", cut up in place. */
static int parse_query(char *query, Destination *ret, const char **ret_hint) {
    char *value, *rest = query;

    for (char *key; (key = strsep(&rest, "&"));) {
        value = strchr(key, '=');
        if (value)
            *value++ = '\0';
        if (parse_parameter(key, value ? value : "", ret, ret_hint) < 0)
            return -EINVAL;
    }
    return 0;
}

/* Finds the scheme, "" if there is none that we know, and moves the text behind it. */
static const char *skip_scheme(const char **text) {
    static const char *const schemes[] = { "tel:", "sip:", "sips:" };

    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (g_ascii_strncasecmp(*text, schemes[i], strlen(schemes[i])) == 0) {
            *text += strlen(schemes[i]);
            return schemes[i];
        }
    return "";
}

/* What counts of an address: without scheme, host and URI parameters. */
static int copy_user(const char *address, char *ret, size_t size) {
    const char *text = address, *scheme = skip_scheme(&text);
    size_t n = strlen(text);

    if (g_str_has_prefix(scheme, "sip") && strchr(text, '@'))
        n = strcspn(text, "@");
    else if (scheme[0] != '\0')
        n = strcspn(text, ";");
    if (n >= size)
        return -EINVAL;
    memcpy(ret, text, n);
    ret[n] = '\0';
    return 0;
}

static ScriptKind find_script(const char *name) {
    for (ScriptKind kind = SCRIPT_NONE; kind < _SCRIPT_MAX; kind++)
        if (scripts[kind].name && g_str_equal(name, scripts[kind].name))
            return kind;
    return SCRIPT_NONE;
}

static void drop_separators(char *name) {
    char *to = name;

    for (const char *from = name; *from != '\0'; from++)
        if (*from != ' ' && *from != '-')
            *to++ = *from;
    *to = '\0';
}

int destination_parse(const char *address, Destination *ret, const char **ret_hint) {
    char *query;

    *ret_hint = "an address is a number or a name, of at most 256 bytes";
    if (copy_user(address, ret->name, sizeof(ret->name)) < 0)
        return -EINVAL;
    query = strchr(ret->name, '?');
    if (query)
        *query++ = '\0';
    ret->script = find_script(ret->name);
    if (ret->script == SCRIPT_NONE && query) {
        *ret_hint = "only answer, echo, hangup, digits, busy, no-answer, reject, congestion and bad take parameters";
        return -EINVAL;
    }
    if (ret->script == SCRIPT_NONE) {
        drop_separators(ret->name);
        return ret->name[0] != '\0' ? 0 : -EINVAL;
    }
    ret->has_ring = false;
    ret->ring_ms = scripts[ret->script].ring_ms;
    ret->talk_ms = scripts[ret->script].talk_ms;
    ret->free_ms = DESTINATION_FOR_EVER;
    g_strlcpy(ret->send, "123", sizeof(ret->send));
    return query ? parse_query(query, ret, ret_hint) : 0;
}
