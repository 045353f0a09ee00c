/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Resolve: keeps the stack from looking names up in a way that waits. */
#pragma once

#include <stdbool.h>

/* Is it so in this program? Calling it is also what brings it in. */
bool resolve_is_guarded(void);
