/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusal: the outcome of a request that was turned down. */
#include "service/refusal.h"

#include <glib.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* What was asked for may be in the text, however long it was, and whatever it is made of. */
enum {
    TEXT_SIZE_MAX = 512,
    END_SIZE = 192, /* of a longer text: there it tells what would be right */
};

#define GAP "..."

struct Refusal {
    RefusalCode code;
    char *text;
};

static bool is_character_start(const char *c) {
    return (*c & 0xc0) != 0x80;
}

/* Its middle goes, whole characters of it. */
static char *shorten(char *text) {
    size_t size = strlen(text), begin = TEXT_SIZE_MAX - END_SIZE - strlen(GAP), end;

    if (size <= TEXT_SIZE_MAX)
        return text;
    end = size - END_SIZE;
    while (begin > 0 && !is_character_start(text + begin))
        begin--;
    while (!is_character_start(text + end))
        end++;
    memcpy(text + begin, GAP, strlen(GAP));
    memmove(text + begin + strlen(GAP), text + end, size - end + 1);
    return text;
}

/* One line, of what can be seen. */
static char *clean(const char *text) {
    GString *plain = g_string_new(NULL);

    for (const char *c = text; *c; c = g_utf8_next_char(c))
        g_string_append_unichar(plain, g_unichar_isprint(g_utf8_get_char(c)) ? g_utf8_get_char(c) : '?');
    return g_string_free(plain, FALSE);
}

static char *plain_text(char *text) {
    g_autofree char *given = text, *valid = g_utf8_make_valid(shorten(given), -1);

    return clean(valid);
}

Refusal *refuse(RefusalCode code, const char *format, ...) {
    Refusal *refusal = g_new0(Refusal, 1);
    va_list ap;

    va_start(ap, format);
    *refusal = (Refusal) { .code = code, .text = plain_text(g_strdup_vprintf(format, ap)) };
    va_end(ap);
    return refusal;
}

Refusal *refusal_copy(const Refusal *refusal) {
    return refusal ? refuse(refusal->code, "%s", refusal->text) : NULL;
}

Refusal *refusal_free(Refusal *refusal) {
    if (!refusal)
        return NULL;
    g_free(refusal->text);
    g_free(refusal);
    return NULL;
}

RefusalCode refusal_code(const Refusal *refusal) {
    return refusal->code;
}

const char *refusal_text(const Refusal *refusal) {
    return refusal->text;
}
