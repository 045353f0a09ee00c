/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Complaint: what is said in the log of bad input from the network, so many times a minute and no more. */
#pragma once

#include <glib.h>

typedef struct Complaints {
    gint64 since; /* the begin of this minute, by the monotonic clock */
    unsigned said, kept_back;
} Complaints;

void complain(Complaints *complaints, const char *format, ...) __attribute__((format(printf, 2, 3)));
