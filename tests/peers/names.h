/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names: what the C library tells of names that end in ".test", in this process. Others are looked up as ever. */
#pragma once

/* lab.test is at this numeric address from now on. All others of ".test" are not found. */
void names_set_lab(const char *address);

/* Each lookup of a name that begins with "slow" takes so long, and finds nothing. */
void names_set_delay(unsigned ms);

/* How many of those have begun. */
unsigned names_count_slow(void);
