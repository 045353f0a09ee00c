/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Uui: hexadecimal, as RFC 7433 wants it. */
#include "providers/sip/uui.h"

#include <string.h>

#include "service/types.h"

char *uui_format(const uint8_t *data, size_t size) {
    GString *text;

    if (size == 0)
        return NULL;
    text = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", data[i]);
    g_string_append(text, ";encoding=hex");
    return g_string_free(text, FALSE);
}

GBytes *uui_parse(const char *value) {
    uint8_t data[USER_USER_INFO_MAX];
    size_t digits, size;

    if (!value)
        return NULL;
    value += strspn(value, " \t\"");
    digits = strspn(value, "0123456789abcdefABCDEF");
    if (digits == 0 || digits % 2 != 0 || (value[digits] != '\0' && !strchr("; \t,\"", value[digits])))
        return NULL;
    size = MIN(digits / 2, sizeof(data));
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t) (g_ascii_xdigit_value(value[2 * i]) << 4 | g_ascii_xdigit_value(value[2 * i + 1]));
    return g_bytes_new(data, size);
}
