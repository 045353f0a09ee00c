/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scenarios by which every provider is judged. */
#pragma once

#include <check.h>

/* A test case in which each test has a world of its own. */
TCase *world_case(Suite *suite, const char *name);

void add_call_cases(Suite *suite);  /* dial, offer, answer, end, who is who */
void add_talk_cases(Suite *suite);  /* hold, digits, media */
void add_line_cases(Suite *suite);  /* lines that come and go, stop */
void add_storm_cases(Suite *suite); /* everything at once */

/* What main() returns. */
int run_conformance(void);
