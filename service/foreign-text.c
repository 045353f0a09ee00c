/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Foreign text: character by character, if there is anything to be looked at. */
#include "service/foreign-text.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define UNREADABLE 0xfffd

/* Those of the Unicode Bidirectional Algorithm: no name is written with them, but a wrong one can be made to look like a right one. */
static bool turns_direction(gunichar c) {
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_unfit(gunichar c) {
    GUnicodeType type = g_unichar_type(c);

    return type == G_UNICODE_CONTROL || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR || turns_direction(c);
}

static bool is_plain(const char *text) {
    for (; *text; text++)
        if (!g_ascii_isprint(*text))
            return false;
    return true;
}

char *foreign_text(const char *text, size_t max) {
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", text ? (gssize) strnlen(text, max) : 0);
    GString *fit;

    if (is_plain(valid))
        return g_steal_pointer(&valid);
    fit = g_string_new(NULL);
    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        g_string_append_unichar(fit, is_unfit(c) ? UNREADABLE : c);
    }
    return g_string_free(fit, FALSE);
}
