/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity: users and groups of this machine, by name or by number. */
#include "service/identity.h"

#include <errno.h>
#include <glib.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

/* The last number is nobody's: to the system calls it means "leave as it is". */
static const uint64_t id_max = UINT32_MAX - UINT64_C(1);

/* 1: it is a number. 0: it is a name. */
static int parse_number(const char *text, uint32_t *ret) {
    uint64_t value = 0;

    if (!*text)
        return -EINVAL;
    if (strspn(text, "0123456789") != strlen(text))
        return 0;
    if (!g_ascii_string_to_unsigned(text, 10, 0, id_max, &value, NULL))
        return -EINVAL;
    *ret = value;
    return 1;
}

int identity_find_user(const char *text, uint32_t *ret) {
    const struct passwd *entry;
    int r = parse_number(text, ret);

    if (r != 0)
        return r < 0 ? r : 0;
    entry = getpwnam(text);
    if (!entry)
        return -ESRCH;
    *ret = entry->pw_uid;
    return 0;
}

int identity_find_group(const char *text, uint32_t *ret) {
    const struct group *entry;
    int r = parse_number(text, ret);

    if (r != 0)
        return r < 0 ? r : 0;
    entry = getgrnam(text);
    if (!entry)
        return -ESRCH;
    *ret = entry->gr_gid;
    return 0;
}
