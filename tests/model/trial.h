/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Trial: runs worlds in a process of their own, so that whatever becomes of it the program knows what it was, and can
 * try again with less.
 */
#pragma once

#include "tests/model/script.h"

/* How a process ended that ran worlds. */
typedef struct Verdict {
    bool failed;
    char what[160];    /* what was wrong: equal for what fails in the same way */
    uint64_t world;    /* in which it was */
    unsigned n_steps;  /* that had begun by then */
    bool ending;       /* it was at its end */
    uint64_t steps;    /* in all, those of the end too */
    uint64_t digest;
} Verdict;

/* Worlds of a seed, for so many steps. */
Verdict trial_of_seed(uint64_t seed, uint64_t steps);

/* One world. `aloud`: says on standard output what happens in each step. */
Verdict trial_of_script(const Script *script, bool aloud);

/* The shortest script that is found in a minute and fails as this one does. Takes the script. */
Script trial_shrink(Script script, const Verdict *verdict);

/* ---- For the process that runs worlds ---- */

/* Something is wrong: what it is, without the numbers. */
void trial_note_failure(const char *what);
