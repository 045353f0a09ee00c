/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Engine: the one thread that handles the voices of all calls, a frame of each every 20 ms. Whatever it handles is touched with its
 * lock held only; it holds the lock no longer than a frame takes, and waits for nothing while it does, but for the disk where a voice goes
 * to a file.
 */
#pragma once

#include <stdbool.h>

typedef struct Engine Engine;

/* The tick is called in its thread, with the lock held. It rests until it is busy. */
Engine *engine_new(void (*tick)(void *userdata), void *userdata);
Engine *engine_free(Engine *engine);

void engine_lock(Engine *engine);
void engine_unlock(Engine *engine);
void engine_set_busy(Engine *engine, bool busy); /* lock held */

/* The calling thread goes before others, as sound servers do, where that is allowed: else all goes on as it did. */
void engine_hurry(void);
