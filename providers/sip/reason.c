/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reason: reads the header of that name. */
#include "providers/sip/reason.h"

#include <glib.h>
#include <string.h>

static const char *const protocols[_REASON_PROTOCOL_MAX] = {
    [REASON_SIP] = "SIP",
    [REASON_Q850] = "Q.850",
};

const char *reason_protocol_to_string(ReasonProtocol protocol) {
    return protocols[protocol];
}

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " \t\r\n");
}

/* Where the value or the parameter ends: at one of `ends` outside of quotes. */
static const char *find_end(const char *text, const char *ends) {
    bool quoted = false;

    for (; *text != '\0' && (quoted || !strchr(ends, *text)); text++) {
        if (quoted && *text == '\\' && text[1] != '\0')
            text++;
        else if (*text == '"')
            quoted = !quoted;
    }
    return text;
}

/* Is [text, end) the name, in upper or lower case, but for blanks at its end? */
static bool is_name(const char *text, const char *end, const char *name) {
    while (end > text && g_ascii_isspace(end[-1]))
        end--;
    return (size_t) (end - text) == strlen(name) && g_ascii_strncasecmp(text, name, strlen(name)) == 0;
}

static bool find_protocol(const char *text, const char *end, ReasonProtocol *ret) {
    for (ReasonProtocol protocol = 0; protocol < _REASON_PROTOCOL_MAX; protocol++)
        if (is_name(text, end, protocols[protocol])) {
            *ret = protocol;
            return true;
        }
    return false;
}

static int read_cause(const char *text, const char *end) {
    int cause = 0;

    if (text == end || !g_ascii_isdigit(*text))
        return -1;
    for (; text < end && g_ascii_isdigit(*text); text++) {
        cause = cause * 10 + (*text - '0');
        if (cause > 999)
            return -1;
    }
    return skip_blanks(text) >= end ? cause : -1;
}

static void read_text(const char *text, const char *end, char *ret, size_t size) {
    bool quoted = *text == '"';
    size_t n = 0;

    for (text += quoted; text < end && n < size - 1 && !(quoted && *text == '"'); text++) {
        if (quoted && *text == '\\' && text + 1 < end)
            text++;
        ret[n++] = *text;
    }
    ret[n] = '\0';
}

/* One value, [text, end). */
static bool read_one(const char *text, const char *end, Reason *ret) {
    const char *at = find_end(text, ";,");

    *ret = (Reason){ .cause = -1 };
    if (!find_protocol(text, at, &ret->protocol))
        return false;
    while (at < end) {
        const char *name = skip_blanks(at + 1), *stop = find_end(name, ";,");
        const char *equal = memchr(name, '=', (size_t) (stop - name));

        if (equal && is_name(name, equal, "cause"))
            ret->cause = read_cause(skip_blanks(equal + 1), stop);
        else if (equal && is_name(name, equal, "text"))
            read_text(skip_blanks(equal + 1), stop, ret->text, sizeof(ret->text));
        at = stop;
    }
    return ret->cause >= 0;
}

bool reason_next(const char **value, Reason *ret) {
    while (*value && **value != '\0') {
        const char *text = skip_blanks(*value), *end = find_end(text, ",");

        *value = *end == ',' ? end + 1 : end;
        if (read_one(text, end, ret))
            return true;
    }
    return false;
}
