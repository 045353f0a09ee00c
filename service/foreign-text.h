/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Foreign text: what a network says, so that it can be shown by whoever does not think of more than showing it. Pure. */
#pragma once

#include <stddef.h>

/* At most so many bytes of it, valid, without characters that steer a terminal, begin a line or turn the direction of writing: they are
 * shown as what they are, unreadable (U+FFFD). To be freed; NULL is "". */
char *foreign_text(const char *text, size_t max);
