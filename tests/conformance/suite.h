/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suite: all scenarios that apply to the provider under test, each in a world of its own. */
#pragma once

#include <check.h>

/* Opens the function of a scenario that is in the list; `_i` counts its variants from 0. */
#define SCENARIO(name) \
    void name(int _i); \
    void name(int _i)

/* A test case in which each test has a world of its own. */
TCase *world_case(Suite *suite, const char *name);

/* What main() returns. */
int run_conformance(void);
