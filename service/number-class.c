/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Number classes: what a number costs, and whom it reaches. */
#include "service/number-class.h"

#include <string.h>

#include "service/line.h"
#include "service/manager.h"

/* An escape of an escape of an escape ... */
enum { DECODINGS_MAX = 8 };

const char *const emergency_numbers_everywhere[] = { "112", "911", NULL };

/* ---- Countries ---- */

/* How people there dial abroad besides "00", by another carrier, which can cost anything, and what they dial before a number of
 * another place. */
static const struct {
    const char *code, *exits[3], *carrier, *trunk;
} countries[] = {
    { "1", { "011", "01" }, "10", "1" },
    { "7", { "810" }, NULL, "8" },
    { "36", {}, NULL, "06" },
    { "49", {}, "010", "0" },
    { "53", { "119" }, NULL, "0" },
    { "81", { "010" }, NULL, "0" },
    { "358", { "990", "994", "999" }, NULL, "0" },
    { "375", { "810" }, NULL, "8" },
    { "972", { "01" }, NULL, "0" },
    { "992", { "810" }, NULL, "8" },
    { "993", { "810" }, NULL, "8" },
    { "998", { "810" }, NULL, "8" },
};

static const char *trunk_of(const char *code) {
    for (size_t i = 0; i < G_N_ELEMENTS(countries); i++)
        if (strcmp(countries[i].code, code) == 0)
            return countries[i].trunk;
    return "0";
}

/* ---- What is read ---- */

/* What people put between digits, and what they mean by it is nothing. */
static bool is_separator(char c) {
    return c && strchr(" -.()/", c);
}

/* Each valid escape once; others stay. */
static char *decode(const char *text) {
    GString *decoded = g_string_new(NULL);

    for (; *text; text++) {
        int high = *text == '%' ? g_ascii_xdigit_value(text[1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(text[2]) : -1;

        if (low >= 0 && high * 16 + low > 0) {
            g_string_append_c(decoded, (char) (high * 16 + low));
            text += 2;
        } else
            g_string_append_c(decoded, *text);
    }
    return g_string_free(decoded, FALSE);
}

/* Digits of other scripts, full-width and small ones become digits; what is no ASCII then is left out. */
static char *fold(const char *text) {
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *plain = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL_COMPOSE);
    GString *folded = g_string_new(NULL);

    for (const char *c = plain ?: ""; *c; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        int digit = g_unichar_digit_value(character);

        if (digit >= 0)
            g_string_append_c(folded, (char) ('0' + digit));
        else if (character < 0x80)
            g_string_append_c(folded, (char) character);
    }
    return g_string_free(folded, FALSE);
}

/* Without the scheme, and of a SIP URI only who is called there. */
static char *number_part(const char *address) {
    static const char *const schemes[] = { "tel:", "sip:", "sips:" };
    const char *host;

    while (is_separator(*address))
        address++;
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (g_ascii_strncasecmp(address, schemes[i], strlen(schemes[i])) != 0)
            continue;
        address += strlen(schemes[i]);
        host = i > 0 ? strrchr(address, '@') : NULL;
        return g_strndup(address, host ? (size_t) (host - address) : strlen(address));
    }
    return g_strdup(address);
}

/* Digits and '+' alone. Letters are left out, or are what is written on the keys. */
static char *dialled(const char *text, size_t size, bool letters) {
    static const char keys[] = "22233344455566677778889999";
    GString *digits = g_string_new(NULL);

    for (size_t i = 0; i < size; i++) {
        char c = g_ascii_tolower(text[i]);

        if (g_ascii_isdigit(c) || c == '+')
            g_string_append_c(digits, c);
        else if (letters && g_ascii_isalpha(c))
            g_string_append_c(digits, keys[c - 'a']);
    }
    return g_string_free(digits, FALSE);
}

/* Up to a pause or a parameter; what follows may be sent when the call is up, or not at all. */
static size_t first_part(const char *number) {
    size_t size = strcspn(number, "0123456789");

    return size + strcspn(number + size, ",;:?!pPwWxX");
}

/* ---- Costly ---- */

typedef struct Reading {
    const char *country; /* "": unknown */
    char **prefixes;     /* NULL: none */
    bool real;           /* the network reaches others, who want money for it */
} Reading;

/* Does `number`, with that before it, begin so? */
static bool begins(const char *prefix, const char *before, const char *number) {
    size_t size = strlen(before);

    if (strncmp(prefix, before, MIN(size, strlen(prefix))) != 0)
        return false;
    return strlen(prefix) <= size || g_str_has_prefix(number, prefix + size);
}

static bool has_prefix(const Reading *reading, const char *before, const char *number) {
    for (char **prefix = reading->prefixes; prefix && *prefix; prefix++)
        if (begins(*prefix, before, number))
            return true;
    return false;
}

/* Without what was written between the digits; one with "00" is the same with '+', too. */
static char **plain_prefixes(char **prefixes) {
    char **plain = g_new0(char *, 2 * g_strv_length(prefixes) + 1), **next = plain;

    for (; *prefixes; prefixes++) {
        char *prefix = dialled(*prefixes, strlen(*prefixes), /* letters= */ false);

        *next++ = prefix;
        if (g_str_has_prefix(prefix, "00"))
            *next++ = g_strconcat("+", prefix + strlen("00"), NULL);
    }
    return plain;
}

/* In all the ways in which those at home write it; "+49 (0)30" is seen, too. */
static bool is_costly_behind_code(const Reading *reading, const char *rest) {
    const char *own = rest + strspn(rest, "0");
    g_autofree char *code = g_strconcat("+", reading->country, NULL);

    return has_prefix(reading, "", rest) || has_prefix(reading, "", own) || has_prefix(reading, "0", own) ||
           has_prefix(reading, trunk_of(reading->country), own) || has_prefix(reading, code, own);
}

/* Written with a country's code. */
static bool is_costly_abroad(const Reading *reading, const char *number) {
    if (!*number)
        return false;
    if (has_prefix(reading, "+", number) || has_prefix(reading, "00", number))
        return true;
    if (!*reading->country)
        return reading->real;
    if (!g_str_has_prefix(number, reading->country))
        return true;
    return is_costly_behind_code(reading, number + strlen(reading->country));
}

static bool dials_out(const char *number, const char *exit, const Reading *reading) {
    return exit && g_str_has_prefix(number, exit) && is_costly_abroad(reading, number + strlen(exit));
}

static bool dials_abroad(const Reading *reading, const char *number) {
    bool costly = dials_out(number, "00", reading);

    for (size_t i = 0; i < G_N_ELEMENTS(countries) && !costly; i++) {
        bool own = strcmp(countries[i].code, reading->country) == 0;

        /* Whose ways these are is unknown where the country is. */
        if (!own && *reading->country)
            continue;
        costly = own && countries[i].carrier && g_str_has_prefix(number, countries[i].carrier);
        for (size_t j = 0; j < G_N_ELEMENTS(countries[i].exits) && !costly; j++)
            costly = dials_out(number, countries[i].exits[j], reading);
    }
    return costly;
}

static bool is_costly_at_home(const Reading *reading, const char *number) {
    const char *trunk = trunk_of(reading->country);
    g_autofree char *code = g_strconcat("+", reading->country, NULL);

    if (!*number)
        return false;
    if (has_prefix(reading, "", number) || dials_abroad(reading, number))
        return true;
    if (!*reading->country)
        return false;
    /* Where the number of a place can be dialled without anything before it. */
    if (strcmp(trunk, "1") == 0 && has_prefix(reading, trunk, number))
        return true;
    return has_prefix(reading, code, number) ||
           (number[0] == '0' && has_prefix(reading, code, number + 1)) ||
           (g_str_has_prefix(number, trunk) && has_prefix(reading, code, number + strlen(trunk)));
}

/* What is before the first '+', and behind each. */
static bool is_costly_number(const Reading *reading, const char *number) {
    g_auto(GStrv) parts = g_strsplit(number, "+", -1);
    bool costly = parts[0] && is_costly_at_home(reading, parts[0]);

    for (char **part = parts; *part && part[1] && !costly; part++)
        costly = is_costly_abroad(reading, part[1]);
    return costly;
}

/* "tel:123;phone-context=+1900" is a part of +1900123. */
static bool is_costly_in_context(const Reading *reading, const char *text, const char *number) {
    static const char key[] = "phone-context=";
    g_autofree char *lower = g_ascii_strdown(text, -1);
    const char *context = strstr(lower, key);
    g_autofree char *before = NULL, *whole = NULL;

    if (!context)
        return false;
    context += strlen(key);
    before = dialled(context, strcspn(context, ";"), /* letters= */ false);
    whole = g_strconcat(before, number, NULL);
    return is_costly_number(reading, whole);
}

static bool is_costly_text(const Reading *reading, const char *text) {
    g_autofree char *part = number_part(text);
    g_autofree char *first = dialled(part, first_part(part), /* letters= */ false);
    g_autofree char *all = dialled(part, strlen(part), /* letters= */ false);
    g_autofree char *keys = dialled(part, strcspn(part, ";"), /* letters= */ true);

    return is_costly_number(reading, first) || is_costly_number(reading, all) || is_costly_number(reading, keys) ||
           is_costly_in_context(reading, text, first);
}

static bool is_costly(const Reading *reading, const char *address) {
    g_autofree char *text = g_strdup(address);
    bool costly = false;

    for (unsigned i = 0; i < DECODINGS_MAX && !costly; i++) {
        g_autofree char *folded = fold(text);
        char *decoded = decode(text);
        bool done = strcmp(decoded, text) == 0;

        costly = is_costly_text(reading, text) || (strcmp(folded, text) != 0 && is_costly_text(reading, folded));
        g_free(text);
        text = decoded;
        if (done)
            break;
    }
    return costly;
}

/* ---- Emergency ---- */

/* A context that is more than a country, or no domain, makes another number of it. */
static bool is_far_context(const char *parameters) {
    static const char key[] = "phone-context=";
    g_autofree char *lower = g_ascii_strdown(parameters, -1);

    for (const char *context = strstr(lower, key); context; context = strstr(context, key)) {
        size_t size = strcspn(context += strlen(key), ";");

        if (*context == '+' ? size > 4 : strcspn(context, "abcdefghijklmnopqrstuvwxyz") >= size)
            return true;
    }
    return false;
}

/* Of a SIP URI: whose users it names, or NULL if it has none. With all that follows. */
static const char *host_part(const char *address) {
    g_autofree char *user = number_part(address);
    const char *host = strrchr(address, '@');

    return host && !strchr(user, '@') ? host + 1 : NULL;
}

/* Without the port and what follows. */
static size_t host_size(const char *host) {
    size_t size = *host == '[' ? strcspn(host, "]") : 0;

    return size + strcspn(host + size, ":;");
}

static bool is_host_of_one(const char *host, const char *const *addresses) {
    size_t size = host_size(host);

    for (; *addresses; addresses++) {
        const char *own = host_part(*addresses);

        if (own && host_size(own) == size && g_ascii_strncasecmp(own, host, size) == 0)
            return true;
    }
    return false;
}

/* Only the line's own network knows who helps: "112" on another host is anybody, and can cost anything. */
static bool leads_elsewhere(const Line *line, const char *address) {
    g_autofree char *decoded = decode(address), *lower = g_ascii_strdown(decoded, -1);
    const char *host = host_part(lower);

    if (!host)
        return false;
    return strchr(host, '?') || strstr(host, "maddr") ||
           (!is_host_of_one(host, line_addresses(line)) && !is_host_of_one(host, line_emergency_numbers(line)));
}

/* What is left when it is written plainly, or NULL if it could be something else. */
static char *plain_number(const char *address) {
    g_autofree char *decoded = decode(address);
    g_autofree char *number = number_part(decoded);
    char *parameters = strchr(number, ';');
    GString *plain;

    if (parameters && (!g_ascii_isalpha(parameters[1]) || is_far_context(parameters)))
        return NULL;
    if (parameters)
        *parameters = '\0';
    plain = g_string_new(NULL);
    for (const char *c = number; *c; c++)
        if (!is_separator(*c))
            g_string_append_c(plain, *c);
    return g_string_free(plain, FALSE);
}

bool line_is_emergency_number(const Line *line, const char *address) {
    g_autofree char *plain = plain_number(address);

    if (!plain || !*plain || leads_elsewhere(line, address))
        return false;
    for (const char *const *number = line_emergency_numbers(line); *number; number++) {
        g_autofree char *other = plain_number(*number);

        if (g_strcmp0(plain, other) == 0)
            return true;
    }
    return false;
}

bool line_begins_emergency_number(const Line *line, const char *digits) {
    for (const char *const *number = line_emergency_numbers(line); *number; number++) {
        g_autofree char *plain = plain_number(*number);

        if (plain && g_str_has_prefix(plain, digits))
            return true;
    }
    return false;
}

/* ---- Both ---- */

static const char *const number_class_names[_NUMBER_CLASS_MAX] = {
    [NUMBER_ORDINARY] = "ordinary",
    [NUMBER_COSTLY] = "costly",
    [NUMBER_EMERGENCY] = "emergency",
};

const char *number_class_to_string(NumberClass value) {
    return (int) value >= 0 && value < _NUMBER_CLASS_MAX ? number_class_names[value] : NULL;
}

NumberClass number_class_from_string(const char *name) {
    for (NumberClass i = 0; i < _NUMBER_CLASS_MAX; i++)
        if (g_strcmp0(number_class_names[i], name) == 0)
            return i;
    return _NUMBER_CLASS_INVALID;
}

NumberClass line_number_class(const Line *line, const char *address) {
    g_auto(GStrv) plain = NULL;
    const LinePolicy *policy = manager_line_policy(line_manager(line), line_name(line));
    Reading reading = {
        .country = policy && policy->country_code ? policy->country_code : "",
        .prefixes = policy ? policy->costly_prefixes : NULL,
        .real = !provider_ops(line_provider(line))->is_local,
    };

    if (line_is_emergency_number(line, address))
        return NUMBER_EMERGENCY;
    if (!reading.real && !*reading.country && !reading.prefixes)
        return NUMBER_ORDINARY;
    if (reading.prefixes)
        reading.prefixes = plain = plain_prefixes(reading.prefixes);
    return is_costly(&reading, address) ? NUMBER_COSTLY : NUMBER_ORDINARY;
}

bool number_is_country_code(const char *text) {
    size_t size = strlen(text);

    return size >= 1 && size <= 3 && text[0] != '0' && strspn(text, "0123456789") == size;
}

bool number_is_prefix(const char *text) {
    const char *digits = text + strspn(text, " -.()/");

    digits += *digits == '+';
    return digits[strspn(digits, "0123456789 -.()/")] == '\0' && strpbrk(digits, "0123456789");
}
