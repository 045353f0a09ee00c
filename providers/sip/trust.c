/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trust: by the host and by who is named there. Networks read numbers in more than one way, so what is not plain is not trusted. */
#include "providers/sip/trust.h"

#include <sofia-sip/url.h>
#include <string.h>

/* Longer numbers are not those of a house. */
#define EXTENSION_MAX 6

static const char *const emergency_numbers[] = { "112", "911", NULL };

/* ---- Who ---- */

static bool is_plain(const char *user) {
    for (; *user; user++) {
        if (!g_ascii_isalnum(*user) && !strchr("-._", *user))
            return false;
    }
    return true;
}

/* "0049301234x5" is dialled up to the x, or with a pause there. */
static bool is_name(const char *user) {
    size_t digits = strspn(user, "0123456789-.");

    return user[digits] && !(digits > 0 && strchr("pPwWxX", user[digits]));
}

static bool is_extension(const char *user) {
    g_autoptr(GString) digits = g_string_new(NULL);

    for (; *user; user++) {
        if (g_ascii_isdigit(*user))
            g_string_append_c(digits, *user);
    }
    /* With a 0 one asks for an outside line, and then for other towns and countries. */
    return digits->len > 0 && digits->len <= EXTENSION_MAX && digits->str[0] != '0' && !g_strv_contains(emergency_numbers, digits->str);
}

static bool has_costs(const url_t *url) {
    g_autofree char *user = url->url_user ? g_uri_unescape_string(url->url_user, NULL) : NULL;
    bool is_telephone = url_has_param(url, "user");

    if (!url->url_user)
        return false;
    if (!user || !is_plain(user) || url->url_password)
        return true;
    return is_name(user) ? is_telephone : !is_extension(user);
}

/* ---- Where ---- */

static bool is_host(const char *host, const char *other) {
    g_autofree char *bare = NULL;

    if (!other)
        return false;
    bare = other[0] == '[' ? g_strndup(other + 1, strcspn(other + 1, "]")) : g_strdup(other);
    return bare[0] && g_ascii_strcasecmp(host, bare) == 0;
}

static bool is_known(const SipAccount *account, const url_t *own, const char *peer_host, const url_t *url) {
    bool is_ipv6 = url->url_host[0] == '[';
    g_autofree char *host = is_ipv6 ? g_strndup(url->url_host + 1, strcspn(url->url_host + 1, "]")) : g_strdup(url->url_host);

    if (url->url_params && url_has_param(url, "maddr"))
        return false;
    return is_host(host, account->domain) || is_host(host, account->registrar.host.name) || is_host(host, account->proxy.host.name) ||
           is_host(host, own ? own->url_host : NULL) || is_host(host, peer_host);
}

/* ---- Both ---- */

static url_t *parse(su_home_t *home, const char *target) {
    url_t *url = url_make(home, target);
    bool is_sip = url && (url->url_type == url_sip || url->url_type == url_sips) && url->url_host && url->url_host[0];

    return is_sip ? url : NULL;
}

bool trust_sees_costs(const char *target) {
    su_home_t *home = su_home_new(sizeof(su_home_t));
    const url_t *url = parse(home, target);
    bool costs = !url || has_costs(url);

    su_home_unref(home);
    return costs;
}

bool trust_allows(const SipAccount *account, const char *own_address, const char *peer_host, const char *target) {
    su_home_t *home;
    const url_t *own, *url;
    bool allowed;

    if (account->transfers != SIP_TRANSFERS_KNOWN)
        return account->transfers == SIP_TRANSFERS_ACCEPT;
    home = su_home_new(sizeof(su_home_t));
    url = parse(home, target);
    own = own_address ? parse(home, own_address) : NULL;
    allowed = url && is_known(account, own, peer_host, url) && !has_costs(url);
    su_home_unref(home);
    return allowed;
}
