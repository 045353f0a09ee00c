/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Script: one world as numbers. */
#include "tests/model/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "tests/model/random.h"

enum { STEPS_MIN = 100, STEPS_OF_A_WORLD = 4000, LINE_SIZE = 512 };

#define WORLDS_APART UINT64_C(0xd1342543de82ef95)
#define STEPS_APART UINT64_C(0xaf251af3b0f025b5)

uint64_t script_world_seed(uint64_t seed, uint64_t number) {
    return random_mix(seed + (number + 1) * WORLDS_APART);
}

uint64_t script_step_seed(uint64_t world, unsigned step) {
    return random_mix(world + (step + 1) * STEPS_APART);
}

unsigned script_count_steps(uint64_t world) {
    return STEPS_MIN + random_mix(~world) % STEPS_OF_A_WORLD;
}

Script script_of_world(uint64_t world, unsigned n_steps, bool ends) {
    Script script = { .world = world, .steps = g_new(uint64_t, n_steps + 1), .n_steps = n_steps, .ends = ends };

    for (unsigned i = 0; i < n_steps; i++)
        script.steps[i] = script_step_seed(world, i);
    return script;
}

Script script_without(const Script *script, unsigned first, unsigned n) {
    Script shorter = *script;

    shorter.n_steps -= n;
    shorter.steps = g_new(uint64_t, shorter.n_steps + 1);
    memcpy(shorter.steps, script->steps, first * sizeof(uint64_t));
    memcpy(shorter.steps + first, script->steps + first + n, (shorter.n_steps - first) * sizeof(uint64_t));
    return shorter;
}

void script_clear(Script *script) {
    g_free(script->steps);
    *script = (Script) {};
}

/* What one line adds to the script. */
static void parse(const char *line, Script *script, GArray *steps, bool *found) {
    uint64_t number;

    line += strspn(line, "# \t");
    if (sscanf(line, "world 0x%" SCNx64, &number) == 1) {
        /* Another one: only the last counts. */
        g_array_set_size(steps, 0);
        *script = (Script) { .world = number };
        *found = true;
    } else if (*found && sscanf(line, "step 0x%" SCNx64, &number) == 1) {
        g_array_append_val(steps, number);
    } else if (*found && strncmp(line, "end\n", 4) == 0) {
        script->ends = true;
    }
}

bool script_load(const char *path, Script *ret) {
    FILE *file = fopen(path, "re");
    GArray *steps = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    char line[LINE_SIZE];
    bool found = false;

    while (file && fgets(line, sizeof(line), file))
        parse(line, ret, steps, &found);
    if (file)
        fclose(file);
    ret->n_steps = steps->len;
    ret->steps = (uint64_t *) (void *) g_array_free(steps, FALSE);
    return found;
}
