/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Switch: a small registrar and notifier of our own, by UDP, in the loop of the test; for what the real ones here don't do. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Switch Switch;

/* On that loopback address. SUBSCRIBE is answered with that status; with 202 a NOTIFY with the body follows. */
Switch *switch_new(const char *address, int subscribe_status, const char *body);
Switch *switch_free(Switch *with);

/* OPTIONS are answered, if not with 200; at first they are not. */
void switch_set_options(Switch *with, bool knows);

/* How long a registration lasts from now on; at first ten minutes. */
void switch_set_granted(Switch *with, unsigned seconds);

/* Nothing is answered any more, as if it were not there. */
void switch_set_quiet(Switch *with, bool quiet);

uint16_t switch_port(const Switch *with);

/* Another NOTIFY to whoever subscribed last. */
void switch_notify(Switch *with, const char *body);

/* How many requests of that method came, not counting what UDP repeats, and how often NOTIFY was answered with 200. */
unsigned switch_count(const Switch *with, const char *method);
unsigned switch_count_accepted(const Switch *with);
