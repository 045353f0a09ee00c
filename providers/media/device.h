/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Device: a microphone or a loudspeaker that is open. It is opened, watched and closed by a thread of its own, as sound servers and
 * drivers may block; nothing here does.
 */
#pragma once

#include <stdbool.h>

#include "providers/media/frame.h"

typedef struct Device Device;

/* NULL: the usual one. Without it, it is silent, and tried again: people plug things in. */
Device *device_open(const char *name, bool is_input);
Device *device_close(Device *device);

/* The one that it found; NULL: none, or not yet. */
const char *device_name(Device *device);

/* 20 ms in, silence if there are none; and 20 ms out. */
void device_take(Device *device, Frame *ret);
void device_put(Device *device, const Frame *frame);

/* It is not there, or gone: true once, until it worked again. */
bool device_has_failed(Device *device);
