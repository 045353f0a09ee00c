/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Crowd: connections of others to us. The stack takes all that come and keeps them, and each takes a descriptor: a thousand that say
 * nothing, from one machine, and no call would find a socket for its voice.
 */
#pragma once

/* Before the first of them: as many descriptors as the process may have, but for some. */
void crowd_begin(void);

/* Where there are many, those go that say nothing, and of each machine all but some. To be called every second or so: if there are few
 * that takes next to no time. How many had to go. */
unsigned crowd_thin_out(void);
