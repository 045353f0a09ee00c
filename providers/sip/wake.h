/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wake: tells when the network is another one than before, and when the machine has slept: what was registered may be void. */
#pragma once

#include "service/cleanup.h"

typedef struct Wake Wake;

/* Calls back from the main loop, once for changes that come close together. */
Wake *wake_new(void (*on_wake)(void *userdata), void *userdata);
Wake *wake_free(Wake *wake);
DEFINE_CLEANUP(Wake *, wake_free)
