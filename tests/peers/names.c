/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names: a getaddrinfo() that comes before that of the C library, for all libraries of the process. */
#include "tests/peers/names.h"

#include <dlfcn.h>
#include <glib.h>
#include <netdb.h>
#include <string.h>

static char lab[64];
static gint delay_ms, n_slow;

void names_set_lab(const char *address) {
    g_strlcpy(lab, address, sizeof(lab));
}

void names_set_delay(unsigned ms) {
    g_atomic_int_set(&delay_ms, (gint) ms);
}

unsigned names_count_slow(void) {
    return (unsigned) g_atomic_int_get(&n_slow);
}

typedef int (*Lookup)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                                                       struct addrinfo **ret) {
    Lookup next = (Lookup) dlsym(RTLD_NEXT, "getaddrinfo");

    if (!name || (hints && hints->ai_flags & AI_NUMERICHOST))
        return next(name, service, hints, ret);
    if (strcmp(name, "lab.test") == 0 && lab[0] != '\0')
        return next(lab, service, hints, ret);
    if (g_str_has_suffix(name, ".test"))
        return EAI_NONAME;
    if (g_str_has_prefix(name, "slow")) {
        g_atomic_int_inc(&n_slow);
        g_usleep((gulong) g_atomic_int_get(&delay_ms) * 1000);
        return EAI_NONAME;
    }
    return next(name, service, hints, ret);
}
