/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Child: a provider's program, as a process that outlives the service. It holds a lock from its beginning to its end, by which the next
 * service knows whether there still is one.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Child Child;

/* What it was started with; copied. `on_exit`: the process that was started last has ended. */
typedef struct ChildOptions {
    const char *program, *name;
    const char *address, *folder; /* of the door */
    void (*on_exit)(void *userdata);
    void *userdata;
} ChildOptions;

Child *child_new(const ChildOptions *options);

/* Leaves the process alone. */
Child *child_free(Child *child);

/* 1: it is started; 0: one is still running, which this service may not have started; else a negative errno. */
int child_start(Child *child);

/* Sends a signal to the one that runs, if any does. */
void child_signal(const Child *child, int number);
