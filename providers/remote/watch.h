/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watch: whether a provider process that is connected still lives. */
#pragma once

#include "providers/remote/remote-private.h"

/* It is asked now and then, and more often while something depends on it. */
void watch_begin(Remote *remote);
void watch_end(Remote *remote);
