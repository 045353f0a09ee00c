/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resume: after a restart, clients that stayed on the bus get back what they had, before anybody is served. */
#pragma once

#include "interfaces/bus.h"
#include "service/recovery.h"

/* Part of Bus. */
typedef struct Resume {
    Recovery *recovery;   /* while the bus is asked */
    unsigned next;        /* of the saved clients, to be asked about */
    unsigned under_way, n_back;
    unsigned timer, done; /* sources: it took too long; all is known */
    void (*on_resumed)(void *userdata);
    void *userdata;
} Resume;

/* Asks the bus who of the saved clients is still there, and brings these back. Calls on_resumed() from the loop once that is known
 * of all, or when it took too long: who is not heard of is gone. Never called when the bus goes away meanwhile. */
void bus_resume(Bus *bus, Recovery *recovery, void (*on_resumed)(void *userdata), void *userdata);
void bus_stop_resuming(Bus *bus);

/* Tells those who were brought back, before anything else, that the service has started again. */
void bus_tell_resumed(Bus *bus);

/* ---- for Peer ---- */

/* It is known whose the saved client's connection is. */
void resume_on_known(Bus *bus, Client *client, uint32_t saved_uid);

/* It is gone. */
void resume_on_gone(Bus *bus);
