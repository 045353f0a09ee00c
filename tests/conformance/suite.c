/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One suite judges every provider. */
#include "tests/conformance/suite.h"

#include "tests/conformance/world.h"
#include "tests/unit/run.h"

TCase *world_case(Suite *suite, const char *name) {
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, world_begin, world_end);
    tcase_set_timeout(tcase, adapter.timeout_s * 10);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int run_conformance(void) {
    Suite *suite = suite_create(adapter.name);

    add_call_cases(suite);
    add_talk_cases(suite);
    add_line_cases(suite);
    add_storm_cases(suite);
    if (adapter.add_cases)
        adapter.add_cases(suite);
    return run_suite(suite);
}
