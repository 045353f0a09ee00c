/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Refusal: the outcome of a request that was turned down. */
#include "service/refusal.h"

#include <glib.h>
#include <stdarg.h>
#include <string.h>

/* What was asked for may be in the text, however long it was. */
enum { TEXT_SIZE_MAX = 512 };

struct Refusal {
    RefusalCode code;
    char *text;
};

/* At the end of a character. */
static char *shorten(char *text) {
    size_t size = TEXT_SIZE_MAX;

    if (strlen(text) <= size)
        return text;
    while (size > 0 && (text[size] & 0xc0) == 0x80)
        size--;
    text[size] = '\0';
    return text;
}

Refusal *refuse(RefusalCode code, const char *format, ...) {
    Refusal *refusal = g_new0(Refusal, 1);
    va_list ap;

    va_start(ap, format);
    *refusal = (Refusal) { .code = code, .text = shorten(g_strdup_vprintf(format, ap)) };
    va_end(ap);
    return refusal;
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
