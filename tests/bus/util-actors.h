/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Actors: clients of random behaviour on a private bus, as those of tests/model/ are in one process. What each of them must
 * and must not be told is checked by the harness all the time (see util-shadow.c); here is what they do.
 */
#pragma once

#include "tests/bus/util-bus.h"

enum { ACTORS = 5 };

/* Begins with nobody, and with dice that fall as the seed says. `keeping`: they may leave calls to go on without them. */
void actors_begin(Bus *bus, uint64_t seed, bool keeping);

/* Somebody does something, and does not wait for the answer. */
void actors_act(void);

/* All that was asked is answered, and nothing is on its way any more; what had to be refused was. */
void actors_settle(void);

/* In the quiet: what the Features of a handle say of a method is what it does. Returns how many could be judged: 0 or 1. */
unsigned actors_judge_features(void);

/* All leave, by dying. */
void actors_leave(void);

/* Takes and drops each call of which the client has a handle. */
void actors_drop_all(Client *client);
