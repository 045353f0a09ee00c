/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A child process, and what it costs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "service/cleanup.h"

typedef struct Process Process;

/* Puts this process, and all that it starts from now on, on one core. */
int process_pin(unsigned core);

/* What a child gets from us. All may be left out. */
typedef struct Outfit {
    const char *const *environment; /* "NAME=value", NULL-terminated: added to ours */
    const int *keep_fd;             /* stays open in the child under the same number */
    const char *log;                /* a file for its standard error */
} Outfit;

/* Starts the program argv[0]. It is killed when this process dies. */
int process_start(const char *const *argv, const Outfit *outfit, Process **ret);

/* Asks it to end, insists after some seconds. */
Process *process_stop(Process *process);
DEFINE_CLEANUP(Process *, process_stop)

bool process_is_alive(Process *process);

/* Time on the processor so far, in ns. A process that sleeps has it up to date. */
int process_cpu_ns(const Process *process, uint64_t *ret);

/* Memory that is only its own and was written to, in bytes. */
int process_private_dirty(const Process *process, uint64_t *ret);
