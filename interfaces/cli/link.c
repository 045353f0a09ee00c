/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links on a page that call somebody: tel:, sip:, sips: and callto:. */
#include "interfaces/cli/link.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* "callto://+49%2030-1?call", "callto:101+type=phone", "callto:bob@example.org". */
static char *callto_address(const char *rest) {
    g_autofree char *number = NULL, *plain = NULL;
    const char *end;

    rest += strspn(rest, "/");
    end = strstr(rest, "+type=");
    number = g_strndup(rest, MIN(strcspn(rest, "?/"), end ? (size_t) (end - rest) : SIZE_MAX));
    plain = g_uri_unescape_string(number, NULL);
    if (!plain)
        return NULL;
    return strchr(plain, '@') ? g_strconcat("sip:", plain, NULL) : g_strdup(plain);
}

char *link_address(const char *uri) {
    static const char *const schemes[] = {"tel", "sip", "sips"};
    g_autofree char *scheme = g_uri_parse_scheme(uri), *lower = NULL;
    const char *rest = strchr(uri, ':');

    if (!scheme || !rest || !rest[1])
        return NULL;
    lower = g_ascii_strdown(scheme, -1);
    if (strcmp(lower, "callto") == 0)
        return callto_address(rest + 1);
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        if (strcmp(lower, schemes[i]) == 0)
            return g_strconcat(lower, rest, NULL);

    return NULL;
}
