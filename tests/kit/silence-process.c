/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Silence, the provider of docs/writing-a-provider.md, as a process of its own before the suite. Its program is the argument. */
#include "tests/conformance/adapter.h"
#include "tests/conformance/process.h"
#include "tests/conformance/suite.h"

#define A(name) OPERATION_BIT(OPERATION_##name)

static const char *program;

/* It has its lines by itself. */
static void *make(void) {
    return process_make(program, "silence", /* lines= */ NULL, /* n_lines= */ 0);
}

const Adapter adapter = {
    .name = "silence-process",
    .find_ops = process_ops,
    .abilities = A(DIAL) | A(ANSWER) | A(DROP),
    .traits = TRAIT_CALL_ID | TRAIT_NAMES | TRAIT_MALFORMED,
    .make = make,
    .unmake = process_unmake,
    .lines = { "silent0", "silent1" },
    .addresses = { "10", "11" },
    .nobody = "99",
    .malformed = "nobody@example.org",
    .timeout_s = 10,
};

int main(int argc, char **argv) {
    program = argc == 2 ? argv[1] : "callbus-provider-silence";
    return run_conformance();
}
