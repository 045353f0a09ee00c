/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a Remote. */
#pragma once

#include <glib.h>
#include <systemd/sd-bus.h>

#include "providers/remote/child.h"
#include "providers/remote/link.h"
#include "providers/remote/remote.h"
#include "providers/wire/codec.h"
#include "providers/wire/method.h"

/* What a provider said of itself, and of the calls that it has had before; the texts are the message's. */
typedef struct Hello {
    sd_bus_message *message;
    WireKeep *keep;
    WireMethods methods;
    WireHello info;
    const WireCall *calls;
    size_t n_calls;
} Hello;

Hello *hello_free(Hello *hello);
DEFINE_CLEANUP(Hello *, hello_free)

/* A line that it has, or is to have. */
typedef struct RemoteLine {
    Remote *remote;
    Line *line;   /* NULL: it is to be made, and was not told of yet */
    char *name;
    bool configured;   /* it is to be made; else it is the provider's own */
    LineConfig config; /* its texts are ours */
    bool refused;      /* the process would not make it, and knows nothing of it */
    RequestId adding;  /* by which it is to be made, as soon as the process can be asked; or 0 */
    GQueue calls; /* of RemoteCall */
} RemoteLine;

/* A call that it has. It is the call's provider data. */
typedef struct RemoteCall {
    uint64_t number;
    RemoteLine *line;
    Call *call;
    bool begun;      /* not only asked for */
    GVariant *stats; /* as it told them last; NULL: never */
    int64_t stats_usec; /* when it was asked for them */
    GList link;
} RemoteCall;

/* How much a process may say that does not fit, for the log. */
typedef struct Nonsense {
    int64_t since_usec;
    unsigned untold;
} Nonsense;

struct Remote {
    ProviderOps ops;
    Provider *provider;
    Door *door;
    char *name;
    uint64_t epoch;
    bool default_lines;
    Child *child;              /* NULL: somebody else starts it */
    Link *link;                /* NULL: it is not connected */
    WireMethods methods;
    RequestId start;           /* what the service waits for; or 0 */
    bool stopping;
    bool started;              /* it can be asked for lines */
    GHashTable *lines;         /* name -> RemoteLine */
    GHashTable *calls;         /* number -> RemoteCall */
    GQueue asked;              /* of Asked: what it was asked for, and has not answered */
    unsigned lines_asked;      /* of these, lines of the configuration */
    bool recovered;            /* the service knows what it has kept */
    Hello *hello;              /* until it is settled what becomes of its calls */
    GHashTable *ghosts;        /* number -> WireCall: those of its calls of which that is not settled */
    unsigned adopted, dropped; /* of these, until that is told */
    GQueue postponed;          /* of sd_bus_message: what it told meanwhile */
    uint64_t count_at_hello;   /* link_count() then */
    GSource *start_limit, *settle_limit, *absent_limit, *retry, *ping, *later;
    unsigned delay_ms;         /* before it is started again */
    int64_t ready_usec;        /* since when it works; 0: it does not */
    bool awaited;              /* it runs, and is to connect */
    unsigned looked_ms;        /* for one that an earlier service has started */
    sd_bus_slot *pinged;
    bool closely;              /* it is watched so */
    Nonsense nonsense;
};

/* ---- Life (remote.c) ---- */

void remote_connected(Remote *remote, Link *link, Hello *hello);

/* It is gone: what was asked is answered, what it had is over. */
void remote_disconnected(Remote *remote, const char *why);

/* It said what nobody says who keeps to the contract: it is not listened to any more. */
void remote_violated(Remote *remote, const char *why);

/* All lines were asked for and answered, or there was no time for more. */
void remote_ready(Remote *remote);

/* It has taken its Start. */
void remote_started(Remote *remote);

/* It is missed: unless it comes soon, or the service starts it, that is told to whoever waits for its lines. */
void remote_await(Remote *remote);

/* Something was asked: should it hang, that is to be seen soon. */
void remote_watch_closely(Remote *remote);

/* What it said does not fit now: a line in the log, now and then. */
void remote_ignore(Remote *remote, const char *what, const char *why);

/* ---- Calls (remote-call.c) ---- */

RemoteCall *remote_call_new(RemoteLine *line, Call *call, uint64_t number);
RemoteCall *remote_call_free(RemoteCall *call);
RemoteCall *remote_find_call(const Remote *remote, uint64_t number);

/* A call comes in there. False: the service does not take it. */
bool remote_take_incoming(RemoteLine *line, const IncomingInfo *info);

/* ---- Lines (remote-line.c) ---- */

RemoteLine *remote_line_new(Remote *remote, const char *name, const LineConfig *config);
void remote_line_free(RemoteLine *line);

/* Asks for all that are to be made. */
void remote_make_lines(Remote *remote);

/* All that are in service are not any more, and what is to be made is not. */
void remote_close_lines(Remote *remote, const char *reason);

/* It has that line, so described: 0, or a negative errno. */
int remote_line_told(Remote *remote, const char *name, LineInfo *info);
