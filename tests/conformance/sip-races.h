/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <check.h>

/* What crosses on the network: the races of RFC 3261, and peers that do not play by the rules. */
void add_race_cases(Suite *suite);

/* A call on its way through its life: where it is sent, what is asked of it, and networks that change. */
void add_edge_cases(Suite *suite);

/* What is agreed of voices, and whose they are. */
void add_voice_cases(Suite *suite);

/* The address of the lines. */
const char *sip_lines_host(void);
