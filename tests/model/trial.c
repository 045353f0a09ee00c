/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trial: worlds in a process of their own. */
#include "tests/model/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "tests/model/world.h"

enum { SECONDS_OF_A_WORLD = 120, SECONDS_OF_A_TRIAL = 10, TRIALS = 4000, SECONDS_OF_TRIALS = 60 };

/* Written by the process that runs, read by the one that waits for it. */
static Verdict *shared;

void trial_note_failure(const char *what) {
    if (shared && !shared->failed) {
        shared->failed = true;
        g_strlcpy(shared->what, what, sizeof(shared->what));
    }
}

/* ---- The process that runs ---- */

static void run_world(const Script *script, unsigned seconds) {
    shared->world = script->world;
    shared->n_steps = 0;
    shared->ending = false;
    alarm(seconds);
    world_begin(script->world);
    for (unsigned i = 0; i < script->n_steps; i++) {
        shared->n_steps = i + 1;
        world_step(script->steps[i]);
    }
    if (script->ends) {
        shared->ending = true;
        world_end(~script->world);
    }
    shared->steps = world.steps;
    shared->digest = world.digest;
}

static void run_seed(uint64_t seed, uint64_t steps) {
    for (uint64_t i = 0; world.steps < steps; i++) {
        uint64_t number = script_world_seed(seed, i);
        Script script = script_of_world(number, MIN(script_count_steps(number), steps - world.steps), /* ends= */ true);

        run_world(&script, SECONDS_OF_A_WORLD);
        script_clear(&script);
    }
}

/* ---- The process that waits ---- */

static void share(void) {
    if (!shared)
        shared = mmap(NULL, sizeof(Verdict), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("mmap");
        exit(EXIT_FAILURE);
    }
    *shared = (Verdict) {};
}

static void be_silent(void) {
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
}

static Verdict wait_for(pid_t pid) {
    int status = 0;

    if (pid < 0 || waitpid(pid, &status, 0) < 0) {
        perror("fork");
        exit(EXIT_FAILURE);
    }
    if (WIFSIGNALED(status))
        trial_note_failure(g_strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        trial_note_failure("what a sanitizer says");
    return *shared;
}

Verdict trial_of_seed(uint64_t seed, uint64_t steps) {
    pid_t pid;

    share();
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        run_seed(seed, steps);
        exit(EXIT_SUCCESS);
    }
    return wait_for(pid);
}

static Verdict try_script(const Script *script, bool silent, bool aloud) {
    pid_t pid;

    share();
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        if (silent)
            be_silent();
        story_aloud(aloud);
        run_world(script, SECONDS_OF_A_TRIAL);
        exit(EXIT_SUCCESS);
    }
    return wait_for(pid);
}

Verdict trial_of_script(const Script *script, bool aloud) {
    return try_script(script, /* silent= */ false, aloud);
}

/* ---- Shrinking ---- */

/* What comes after the step at which it went wrong is not needed. */
static void cut(Script *script, const Verdict *verdict) {
    if (verdict->ending)
        return;
    script->n_steps = MIN(script->n_steps, verdict->n_steps);
    script->ends = false;
}

/* Leaves out pieces of that size, from the end to the beginning, wherever it still fails in the same way. */
static bool leave_out(Script *script, const char *what, unsigned size, unsigned *trials, time_t end_of_trials) {
    bool shrunk = false;

    for (unsigned end = script->n_steps; end > 0 && *trials > 0 && time(NULL) < end_of_trials; end -= MIN(size, end)) {
        unsigned first = end > size ? end - size : 0;
        Script shorter;
        Verdict verdict;

        if (end > script->n_steps)
            continue;
        shorter = script_without(script, first, end - first);
        verdict = try_script(&shorter, /* silent= */ true, /* aloud= */ false);
        (*trials)--;
        if (verdict.failed && g_str_equal(verdict.what, what)) {
            cut(&shorter, &verdict);
            script_clear(script);
            *script = shorter;
            shrunk = true;
        } else {
            script_clear(&shorter);
        }
    }
    return shrunk;
}

Script trial_shrink(Script script, const Verdict *verdict) {
    time_t end = time(NULL) + SECONDS_OF_TRIALS;
    unsigned trials = TRIALS, size;

    cut(&script, verdict);
    for (size = MAX(script.n_steps / 2, 1); trials > 0 && time(NULL) < end; size = MAX(size / 2, 1)) {
        bool shrunk = leave_out(&script, verdict->what, size, &trials, end);

        if (size == 1 && !shrunk)
            break;
    }
    return script;
}
