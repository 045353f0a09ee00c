/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipWay: how lines of SIP reach each other; one implementation for each way, and a program has one of them. */
#pragma once

#include <check.h>
#include <glib.h>

/* The settings that lead it that way: keys and values by turns. Called in each world before its lines are made. */
void sip_way_begin(GPtrArray *settings);
void sip_way_end(void);

/* The test cases of that way only. */
void sip_way_add_cases(Suite *suite);
