/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: what may be dialled at all, whatever the network. */
#include "service/address.h"

#include <string.h>

enum { LOOKED_AT_MAX = 16 * ADDRESS_MAX };

/* The sign itself, its escape, or a wide or a small one that some networks take for it. */
static bool is_service_sign(const char *c) {
    static const char *const others[] = { "\uff0a", "\uff03", "\ufe61", "\ufe5f" };

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        if (g_str_has_prefix(c, others[i]))
            return true;
    return *c == '*' || *c == '#' || g_ascii_strncasecmp(c, "%2A", 3) == 0 || strncmp(c, "%23", 3) == 0;
}

/* Nothing of what is far too long is dialled in any case, and to look at millions of characters takes long. */
Refusal *address_check_service_code(const char *address) {
    for (const char *c = address; *c && c - address < LOOKED_AT_MAX; c++)
        if (is_service_sign(c))
            return refuse(REFUSAL_NOT_SUPPORTED,
                          "An address with '*' or '#' is a service code, which is not dialled by accident: dial a number");
    return NULL;
}

static bool has_control_characters(const char *text) {
    for (; *text; text = g_utf8_next_char(text))
        if (g_unichar_iscntrl(g_utf8_get_char(text)))
            return true;
    return false;
}

Refusal *address_check_form(const char *address) {
    if (!*address)
        return refuse(REFUSAL_INVALID_ADDRESS, "The address is empty: give a number or a tel:, sip: or sips: URI");
    if (strlen(address) > ADDRESS_MAX)
        return refuse(REFUSAL_INVALID_ADDRESS, "The address is %zu bytes long: at most %d are possible", strlen(address),
                      ADDRESS_MAX);
    if (!g_utf8_validate(address, -1, NULL) || has_control_characters(address))
        return refuse(REFUSAL_INVALID_ADDRESS, "The address has control characters or is no UTF-8: give plain text");
    return NULL;
}

Refusal *address_check(const Line *line, const char *address) {
    const ProviderOps *ops = provider_ops(line_provider(line));
    const char *hint = "give a number or a tel:, sip: or sips: URI";
    Refusal *refusal = address_check_service_code(address) ?: address_check_form(address);

    if (refusal)
        return refusal;
    if (ops->check_address && ops->check_address((Line *) line, address, &hint) < 0)
        return refuse(REFUSAL_INVALID_ADDRESS, "Line %s can't dial '%s': %s", line_name(line), address, hint);
    return NULL;
}

char *address_plain(const char *address) {
    const char *number = g_ascii_strncasecmp(address, "tel:", 4) == 0 ? address + 4 : address;
    GString *plain = g_string_new(NULL);

    for (; *number && *number != ';'; number++)
        if (!strchr(" -.()", *number))
            g_string_append_c(plain, *number);
    return g_string_free(plain, FALSE);
}
