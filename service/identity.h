/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity: users and groups of this machine, by name or by number. */
#pragma once

#include <stdint.h>

/* The number of a user, or of a group. A text of digits is the number, whether anybody has it or not. -EINVAL: it is none, -ESRCH:
 * nobody has that name. May read files and ask name services: only at the start of the service. */
int identity_find_user(const char *text, uint32_t *ret);
int identity_find_group(const char *text, uint32_t *ret);
