/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which entries of the call log a client asks for. */
#pragma once

#include <systemd/sd-bus.h>

#include "interfaces/peer.h"
#include "service/call-log.h"

/* What was asked: text belongs to the message. */
typedef struct CallLogFilter {
    LogFilter filter;
    bool is_empty;   /* no key was there */
    bool everything; /* the entries of all users */
} CallLogFilter;

/* Reads an a{sv}. 0: read; else what the handler is to return, after it was refused. */
int call_log_filter_read(Peer *peer, sd_bus_message *m, CallLogFilter *ret);
