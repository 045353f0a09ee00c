/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recording: a file of sound, read by a thread of its own as disks are slow; silence until it is there. */
#pragma once

#include <stdbool.h>

#include "providers/media/frame.h"

typedef struct Recording Recording;

Recording *recording_open(const char *path);
Recording *recording_close(Recording *recording);

/* The next 20 ms, over and over. */
void recording_take(Recording *recording, Frame *ret);

/* It can't be read: true once. */
bool recording_has_failed(Recording *recording);
