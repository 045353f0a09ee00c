/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Script: one world as numbers. A world is made by the dice that its own seed gives, and so is each of its steps: a script is
 * the seed of the world, the seeds of its steps, and whether it is brought to its end. The same script gives the same run;
 * and steps can be left out of it, as long as what is wrong stays wrong.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct Script {
    uint64_t world;
    uint64_t *steps;
    unsigned n_steps;
    bool ends;
} Script;

/* The world number `number` of a run with that seed: its seed, and the seeds of its steps. */
uint64_t script_world_seed(uint64_t seed, uint64_t number);
uint64_t script_step_seed(uint64_t world, unsigned step);
unsigned script_count_steps(uint64_t world);

/* The first steps of a world as it came. */
Script script_of_world(uint64_t world, unsigned n_steps, bool ends);

/* The steps from `first` on, `n` of them, left out. */
Script script_without(const Script *script, unsigned first, unsigned n);
void script_clear(Script *script);

/* Lines "world 0xNUMBER", "step 0xNUMBER", "end", each with "# " before it or not, and with a comment after it or not; all
 * else is skipped, so a log of the tests will do. False: there is no world in it. */
bool script_load(const char *path, Script *ret);
