/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests: the machines from which strangers call. Who lets many calls ring and gives them up again costs nothing for that, and each call is
 * told to all who watch, and written down. So each machine has its measure, and the others find room. Pure: the caller tells the time.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Guests Guests;
typedef struct Guest Guest; /* one call of a machine, as long as it rings */

Guests *guests_new(void);
Guests *guests_free(Guests *guests); /* when none rings any more */

/* A call from that numeric address rings. -EBUSY: so many ring; -EAGAIN: so many rang in vain. */
int guests_let_in(Guests *guests, const char *address, gint64 now_us, Guest **ret);

/* It rings no more; `in_vain`: the caller gave up, or nobody ever answered. NULL is nobody. */
Guest *guest_leave(Guest *guest, bool in_vain, gint64 now_us);
