/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices: the microphones and loudspeakers of PipeWire, PulseAudio or ALSA, as they come and go. A thread of its own asks for them:
 * a sound server may take its time. All functions may be called in any thread, and don't wait unless they say so.
 */
#pragma once

#include <glib.h>
#include <gst/gst.h>
#include <stdbool.h>

typedef struct Devices Devices;

/* The one of the process. It stays: the provider of PipeWire 0.3.65 (Debian 12) frees memory twice when it is stopped. */
Devices *devices_get(void);

/* Of all; NULL-terminated, to be freed. */
char **devices_list(Devices *devices);

/* NULL or "": the usual one, if there is any; to be unreferenced. */
GstDevice *devices_find(Devices *devices, const char *name, bool is_input);

/* Waits until they were looked for once, a few seconds at most. */
void devices_wait(Devices *devices);
