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
    /* It starts. */
    "journal:epoch",              /* before the epoch is raised */
    "journal:epoch-raised",
    "journal:set-aside",          /* before each file of a damaged database gets another name */
    "journal:upgrade",            /* before the tables are those of this version */
    "journal:upgraded",
    "journal:log-moved",          /* entries of the log are in their place, and not yet away from where they were */
    "journal:tolls",              /* before what was dialled so far is written again */
    "provider:run",               /* before a provider is started, or stopped */
    "journal:recovery-read",      /* what was kept is in memory, and nothing else has happened */
    "journal:recovery-client",    /* one client more has its own again */
    "journal:recovery-ended",     /* calls have ended in memory, and that is not written */
    "journal:recovery-committed", /* it is written, and nobody knows */
    "bus:name",                   /* before the name is taken */
    "bus:named",                  /* before anybody hears of the restart */
    "bus:resumed",                /* before one client more does */

    /* Something is asked of it. */
    "bus:message",                /* before a message is looked at */
    "bus:received",               /* it is to be handled */
    "journal:intent",             /* before a call that is to be made is written down */
    "journal:intent-committed",   /* before the provider hears of it */
    "provider:dialled",           /* the provider has heard of it */
    "provider:asked",             /* of any operation */
    "bus:reply",                  /* before each kind of reply is sent, or held */
    "bus:reply-handles",
    "bus:reply-outcome",
    "bus:reply-refusal",

    /* The network says something. */
    "provider:incoming",          /* a call comes in: before anybody has a handle */
    "provider:offered",
    "provider:event",             /* before a state is entered */
    "provider:event-applied",
    "provider:joined",            /* before a call is in its conference */
    "provider:call-id",           /* before its Call ID changes */
    "provider:party",             /* before one of its parties does */
    "provider:ended",             /* before a call has ended */
    "provider:end-applied",
    "provider:complete",          /* an operation is complete: before that has any effect */
    "provider:complete-calls",    /* the same where it makes calls */
    "provider:complete-by-end",   /* and where it ends them */
    "provider:done",              /* before the effect of an operation */
    "provider:effect",            /* after it, and before its answer */
    "provider:refused",           /* the network takes the calls not: before they are discarded */
    "provider:call-made",         /* before a call that was made appears */
    "provider:calls-appeared",    /* before whoever dialled has the answer */
    "provider:calls-answered",
    "provider:stop",              /* before calls end because the service does */

    /* A client leaves. */
    "bus:client-gone",            /* before its handles end */
    "bus:client-closed",          /* they have */

    /* The turn of the loop ends. */
    "bus:turn",                   /* before what waits for clients is put into messages */
    "bus:flushed",
    "bus:release",                /* before what changed is written */
    "journal:begin",              /* before a transaction */
    "journal:write",              /* in it, before each object */
    "journal:erase",              /* in it, before each object that is gone */
    "journal:written",            /* all is written, and not committed */
    "journal:committed",
    "journal:settled",            /* and known to be */
    "bus:send",                   /* before each message that was held */
    "bus:sent",
    "bus:leave",                  /* before the name is given back */
    "bus:left",
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
