/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Crash points: where a test may have the service killed. */
#include "service/crash-point.h"

#include <glib.h>

#ifdef CALLBUS_CRASH_POINTS
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#endif

const char *const crash_points[] = {
    "journal:opened",           /* the database is open and whole */
    "recovery:read",            /* what was kept is in memory, and nothing else has happened */
    "recovery:brought-back",    /* one client more has its own again */
    "recovery:ended",           /* calls have ended in memory, and that is not written */
    "recovery:committed",       /* it is written, and nobody knows */
    "journal:begin",            /* before a transaction */
    "journal:write",            /* in it, before each object */
    "journal:erase",            /* in it, before each object that is gone */
    "journal:written",          /* all is written, and not committed */
    "journal:committed",        /* and committed */
    "journal:settled",          /* and known to be */
    "journal:intent",           /* before a call that is to be made is written down */
    "journal:intent-committed", /* it is, and its provider has not heard of it */
    NULL,
};

#ifdef CALLBUS_CRASH_POINTS
typedef struct Wish {
    bool read;
    const char *name; /* NULL: none */
    size_t length;    /* of the name alone */
    uint64_t count;   /* how often it is still passed by */
} Wish;

static Wish read_wish(void) {
    const char *text = g_getenv("CALLBUS_CRASH_AT");
    const char *colon = text ? strrchr(text, ':') : NULL;
    bool counted = colon && g_ascii_isdigit(colon[1]);

    return (Wish) {
        .read = true,
        .name = text,
        .length = counted ? (size_t) (colon - text) : strlen(text ?: ""),
        .count = counted ? g_ascii_strtoull(colon + 1, NULL, 10) : 1,
    };
}

void crash_point(const char *name) {
    static Wish wish;

    if (!wish.read)
        wish = read_wish();
    if (!wish.name)
        return;
    g_assert(g_strv_contains(crash_points, name));
    if (strlen(name) != wish.length || strncmp(name, wish.name, wish.length) != 0 || --wish.count > 0)
        return;
    kill(getpid(), SIGKILL);
}
#endif
