/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Resolve: the stack's way to addresses, with the names left out.
 *
 * The stack answers a request whose Via has a name instead of an address by looking that name up, and all lines stand still while it does:
 * one datagram of 200 bytes from anybody is enough. Where it needs a name it asks name servers without waiting, by other ways. So its
 * su_getaddrinfo(), which is found here first, takes what is numeric only.
 */
#include "providers/sip/resolve.h"

#include <dlfcn.h>
#include <netdb.h>
#include <sofia-sip/su_addrinfo.h>

typedef int (*Lookup)(const char *, const char *, const su_addrinfo_t *, su_addrinfo_t **);

static int numeric_only(const char *name, const char *service, const su_addrinfo_t *hints, su_addrinfo_t **ret) {
    Lookup next = (Lookup) dlsym(RTLD_NEXT, "su_getaddrinfo");
    su_addrinfo_t numeric = { 0 };

    if (!next)
        return EAI_FAIL;
    if (hints)
        numeric = *hints;
    numeric.ai_flags |= AI_NUMERICHOST;
    return next(name, service, &numeric, ret);
}

/* Exported: the library's calls of it come here. */
__attribute__((visibility("default"))) int su_getaddrinfo(const char *name, const char *service, const su_addrinfo_t *hints,
                                                          su_addrinfo_t **ret) {
    return numeric_only(name, service, hints, ret);
}

bool resolve_is_guarded(void) {
    return dlsym(RTLD_DEFAULT, "su_getaddrinfo") == (void *) su_getaddrinfo;
}
