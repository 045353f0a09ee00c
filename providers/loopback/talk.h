/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Talk: who hears whom. Ends that talk with each other, and those that speak through others, are one conversation: all of
 * its mouths and ears are in one bridge. It costs as much as the conversation is large.
 */
#pragma once

#include "providers/loopback/end.h"

/* Brings the conversation of this end together in one bridge, after somebody came to it. */
void talk_join(End *end);

/* Takes the conversation of this end into a bridge of its own, after it was split off from another. */
void talk_separate(End *end);

/* It holds, is muted, or neither any more. */
void talk_update(End *end);

/* It is heard without a name from now on. */
void talk_hide(End *end);

/* Speaks through another end from now on, without being heard yet; and by itself again, apart from the others. */
void talk_through(End *end, End *through);
void talk_alone(End *end);

/* The same for one that is about to end: it is given no bridge. */
void talk_leave(End *end);

/* The end is over: nobody speaks through it any more, nor it through another. */
void talk_forget(End *end);
