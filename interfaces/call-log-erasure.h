/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Erasures: entries of the call log that are erased by what they are, a few in each turn of the loop, so that nobody has to wait. */
#pragma once

#include "interfaces/call-log-filter.h"

typedef struct Erasures Erasures;

Erasures *erasures_new(Bus *bus);
Erasures *erasures_free(Erasures *erasures);

/* Begins; the message is answered at the end. What a handler is to return. */
int erasures_begin(Erasures *erasures, Peer *peer, sd_bus_message *m, const CallLogFilter *filter);

/* The service stops: each is answered now. */
void erasures_stop(Erasures *erasures);
