/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Epoch: a counter in the state folder that rises with every start, so that no path is ever used twice. */
#pragma once

#include <stdint.h>

/* Raises it, on the disk, and returns it (1 the first time). The folder is made if need be. On failure a negative errno, and
 * in *ret_why what was wrong and what would be right, to be freed. */
int epoch_raise(const char *state_folder, uint64_t *ret, char **ret_why);
