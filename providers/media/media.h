/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media: what all voices of a process share: the devices, the ports, and what the configuration says of both. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "service/cleanup.h"

typedef struct Media Media;

/* Where the sound comes from, and where it goes: "" the usual device of the desktop if there is one, else silence; "device:NAME" as
 * media_list_devices() has it; "none"; as an input "tone:HZ[,VOLUME]" and "file:PATH" (WAV, over and over); as an output
 * "file:PATH" (WAV; "%s" in it becomes a number that tells calls apart). */
typedef struct MediaConfig {
    const char *input, *output, *ringer;
    uint16_t port_min, port_max; /* of RTP; 0: 16384 to 32767 */
    bool echo_cancel;
    unsigned jitter_ms;          /* of the buffer; 0: 60 */
} MediaConfig;

/* -EINVAL: one of the texts is none of these, told in *ret_why. */
int media_new(const MediaConfig *config, Media **ret, char **ret_why);
Media *media_free(Media *media);
DEFINE_CLEANUP(Media *, media_free)

/* The names of devices, as they are known now: they are looked for by a thread. NULL-terminated, to be freed. */
char **media_list_devices(Media *media);

/* The bell, on the device for it. */
void media_ring(Media *media, bool on);
