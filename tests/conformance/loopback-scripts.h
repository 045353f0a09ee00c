/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only the loopback provider has: far ends that act by themselves, the forms of its addresses, its configuration. */
#pragma once

#include <check.h>

void add_script_cases(Suite *suite);
