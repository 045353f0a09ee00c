/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SIP provider in a process of its own before the suite. The path of its program is the argument of this one. */
#include <stdio.h>

#include "tests/conformance/process.h"
#include "tests/conformance/sip-lines.h"
#include "tests/conformance/sip-races.h"
#include "tests/conformance/sip-way.h"
#include "tests/conformance/suite.h"

static const char *program;

static void *make(void) {
    return process_make(program, "sip", sip_lines_begin(), SIP_LINES);
}

static void unmake(void *process) {
    process_unmake(process);
    sip_lines_end();
}

/* The lines are moved to another address by hand, and that hand does not reach into another process. */
void add_edge_cases(Suite *suite) {
    printf("# not applicable: edges: all: lacks lines in this process\n");
}

void add_voice_cases(Suite *suite) {
    printf("# not applicable: voices: all: lacks lines in this process\n");
}

const Adapter adapter = {
    SIP_ADAPTER,
    .find_ops = process_ops,
    .make = make,
    .unmake = unmake,
    .add_cases = sip_way_add_cases,
};

int main(int argc, char **argv) {
    program = argc == 2 ? argv[1] : "callbus-provider-sip";
    return run_conformance();
}
