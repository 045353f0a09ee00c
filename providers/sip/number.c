/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Number: between what people dial and URIs. */
#include "providers/sip/number.h"

#include <errno.h>
#include <glib.h>
#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>
#include <string.h>

/* What people write between digits, and what is left out of them. */
#define BETWEEN " -./()"

/* Of a name: what needs no escape in the user part of a URI (RFC 3261, 25.1). */
#define NAME_SIGNS "-_.!~*'()&=+$,;?/"

static bool is_uri(const char *address) {
    static const char *const schemes[] = { "sip:", "sips:", "tel:" };

    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (g_ascii_strncasecmp(address, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

/* "tel:+49-30-123;ext=5" without what is not dialled. */
static char *digits_of(const char *text) {
    GString *digits = g_string_new(NULL);

    for (; *text && *text != ';'; text++) {
        if (!strchr(BETWEEN, *text))
            g_string_append_c(digits, *text);
    }
    return g_string_free(digits, FALSE);
}

static bool is_number(const char *text) {
    size_t length;

    if (*text == '+')
        text++;
    length = strspn(text, "0123456789*#");
    return length > 0 && text[length] == '\0';
}

static bool is_name(const char *text) {
    if (!g_ascii_isalnum(*text))
        return false;
    for (; *text; text++) {
        if (!g_ascii_isalnum(*text) && !strchr(NAME_SIGNS, *text))
            return false;
    }
    return true;
}

static bool is_good_uri(const char *address) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const url_t *url = url_make(home, address);
    bool good = url && url->url_host && url->url_host[0] && !url->url_headers && !strpbrk(address, " <>\"\r\n") &&
                (url->url_type == url_sip || url->url_type == url_sips);

    su_home_unref(home);
    return good;
}

static bool is_good(const char *address) {
    g_autofree char *digits = NULL;

    if (g_ascii_strncasecmp(address, "tel:", 4) == 0) {
        digits = digits_of(address + 4);
        return is_number(digits);
    }
    if (is_uri(address))
        return is_good_uri(address);
    digits = digits_of(address);
    if (is_number(digits))
        return true;
    if (strchr(address, '@')) {
        g_autofree char *uri = g_strconcat("sip:", address, NULL);

        return is_good_uri(uri);
    }
    return is_name(address);
}

int number_check(const char *address, const char **ret_hint) {
    if (is_good(address))
        return 0;
    *ret_hint = "a line of SIP dials digits, names, tel:NUMBER, sip:USER@HOST and sips:USER@HOST";
    return -EINVAL;
}

char *number_to_uri(const char *address, const char *domain) {
    g_autofree char *digits = NULL;

    if (!is_good(address))
        return NULL;
    if (g_ascii_strncasecmp(address, "tel:", 4) == 0) {
        digits = digits_of(address + 4);
        return g_strdup_printf("sip:%s@%s;user=phone", digits, domain);
    }
    if (is_uri(address))
        return g_strdup(address);
    digits = digits_of(address);
    if (is_number(digits)) {
        g_autofree char *escaped = g_uri_escape_string(digits, "+*", FALSE);

        return g_strdup_printf("sip:%s@%s", escaped, domain);
    }
    if (strchr(address, '@'))
        return g_strconcat("sip:", address, NULL);
    return g_strdup_printf("sip:%s@%s", address, domain);
}

/* ---- Back ---- */

static char *unescaped(const char *user) {
    char *text = g_uri_unescape_string(user, NULL);

    return text && g_utf8_validate(text, -1, NULL) ? text : (g_free(text), g_strdup(user));
}

static char *host_of(const char *domain) {
    const char *colon = domain[0] == '[' ? strstr(domain, "]:") : strchr(domain, ':');

    if (!colon)
        return g_strdup(domain);
    return g_strndup(domain, (size_t) (colon - domain) + (domain[0] == '[' ? 1 : 0));
}

char *number_from_uri(const char *uri, const char *domain) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const url_t *url = url_make(home, uri);
    g_autofree char *user = NULL, *host = domain ? host_of(domain) : NULL;
    char *number;

    if (!url || !url->url_host) {
        /* tel: has no host for the parser. */
        number = url && url->url_type == url_tel && url->url_user ? unescaped(url->url_user) : g_strdup("");
        su_home_unref(home);
        return number;
    }
    user = url->url_user ? unescaped(url->url_user) : NULL;
    if (!user)
        number = g_strdup_printf("%s:%s", url_scheme(url->url_type), url->url_host);
    else if (url->url_type == url_tel || (host && g_ascii_strcasecmp(host, url->url_host) == 0) || user[0] == '+')
        number = g_strdup(user);
    else
        number = g_strdup_printf("%s:%s@%s", url_scheme(url->url_type), user, url->url_host);
    su_home_unref(home);
    return number;
}

bool number_same_uri(const char *one, const char *other) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const url_t *a = url_make(home, one), *b = url_make(home, other);
    bool same = a && b && g_strcmp0(a->url_user, b->url_user) == 0 && a->url_host && b->url_host &&
                g_ascii_strcasecmp(a->url_host, b->url_host) == 0;

    su_home_unref(home);
    return same;
}
