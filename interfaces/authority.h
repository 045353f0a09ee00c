/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Authority: who may do what on a bus with several users.
 *
 * Root may do all. Others need a right for each kind of deed, which polkit gives or does not. While it is asked only the message waits
 * for which it is asked; then that is handled again from the start, as everything may have changed, and the answer counts for that
 * message alone, and for the same deeds in the same order. Any failure is a no. First polkit is asked for what it knows; only when it
 * calls for a password, and the message allows that, is it asked once more, with a person to give it: such prompts are few and take
 * minutes, the others are many and take milliseconds. Where there is no polkit those may use a line whom its settings name. On a
 * session bus there is no Authority: nobody judges.
 */
#pragma once

#include "interfaces/bus.h"
#include "interfaces/peer.h"

/* Becomes the manager's judge. */
Authority *authority_new(Bus *bus);

/* Messages that wait are answered: the service stops. */
void authority_stop(Authority *authority);

Authority *authority_free(Authority *authority);
DEFINE_CLEANUP(Authority *, authority_free)

/* ---- for whoever takes messages from the bus; on a session bus with NULL ---- */

/* Has a right been asked for it? Then it was here before. */
bool authority_knows(const Authority *authority, const sd_bus_message *m);

/* The message is about to be handled; what was handled is done, and what polkit said for it is of no use any more. */
void authority_begin(Authority *authority, sd_bus_message *m);
void authority_end(Authority *authority);

/* The message will not be handled; the client is gone. */
void authority_drop(Authority *authority, sd_bus_message *m);
void authority_forget(Authority *authority, const Peer *peer);
