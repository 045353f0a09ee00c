/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remote: the connection to the bus and, over it, to callbusd. */
#pragma once

#include "interfaces/cli/record.h"
#include "service/cleanup.h"

#include <systemd/sd-bus.h>

typedef struct Remote Remote;

typedef enum RemoteBus {
    REMOTE_SESSION,
    REMOTE_SYSTEM,
    REMOTE_HOST, /* the system bus of another machine, over ssh */
} RemoteBus;

/* Connects to the bus; the service need not be there. */
int remote_new(RemoteBus kind, const char *host, Remote **ret);
Remote *remote_free(Remote *remote);
DEFINE_CLEANUP(Remote *, remote_free)

sd_bus *remote_bus(const Remote *remote);

/* Lets somebody be asked for a password when a request needs it; it then takes as long as that takes. */
void remote_allow_asking(Remote *remote);

/* Is the service there already? Does not start it. */
int remote_find(Remote *remote, sd_bus_error *ret_error);

/* Starts to follow who the service is, so that remote_is_service() and the signals below can be relied upon. */
int remote_follow(Remote *remote, sd_bus_error *ret_error);
/* Asks the bus to pass on what the service broadcasts about its lines. */
int remote_follow_lines(Remote *remote, sd_bus_error *ret_error);

/* Was the message sent by the service? Anybody on the bus may send us signals. */
bool remote_is_service(const Remote *remote, sd_bus_message *message);

/* If the message says that the service came or went: takes note, and says which. */
typedef enum ServiceChange {
    SERVICE_SAME,
    SERVICE_GONE,
    SERVICE_NEW,
} ServiceChange;
ServiceChange remote_note_owner(Remote *remote, sd_bus_message *message);

/* One method, with the reply waited for. ret_reply may be NULL. */
int remote_call(Remote *remote, const char *path, const char *interface, const char *member, sd_bus_error *ret_error,
                sd_bus_message **ret_reply, const char *types, ...);
int remote_call_message(Remote *remote, sd_bus_message *message, sd_bus_error *ret_error, sd_bus_message **ret_reply);
int remote_new_method(Remote *remote, const char *path, const char *interface, const char *member,
                      sd_bus_message **ret);

/* The lines by name and the caller's own calls by age, as arrays of Record. */
int remote_list(Remote *remote, GPtrArray **ret_lines, GPtrArray **ret_calls, sd_bus_error *ret_error);
int remote_get_call(Remote *remote, const char *path, Record **ret, sd_bus_error *ret_error);

/* Opens a line without being offered calls on it. What becomes of calls that we own when we are lost: `drop` or `keep`. */
int remote_open_line(Remote *remote, const char *path, const char *privilege, const char *on_owner_lost,
                     sd_bus_error *ret_error);
/* Opens a line as monitor and takes a handle for each call that is on it; ret_paths may be NULL. */
int remote_watch_line(Remote *remote, const char *path, GStrv *ret_paths, sd_bus_error *ret_error);

/* Gives up a handle, without waiting. */
int remote_release(Remote *remote, const char *path);

/* The path of a line, or NULL if no line can have that name. */
char *remote_line_path(const char *name);

/* One sentence that says what went wrong and what would help. */
char *remote_explain(const Remote *remote, const sd_bus_error *error, int r);
