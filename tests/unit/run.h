/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a suite and tells its outcome in TAP. */
#pragma once

#include <check.h>
#include <stdlib.h>

/* What main() returns. */
static inline int run_suite(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    int failed;

    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
