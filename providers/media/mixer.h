/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mixer: a conference. Each hears all but itself; whoever has the device is one of them. */
#pragma once

#include "providers/media/stream.h"

typedef struct Mixer Mixer;

Mixer *mixer_new(Media *media);

/* Its streams are by themselves again. */
Mixer *mixer_free(Mixer *mixer);

/* The stream's sound is of the conference instead of the device, and back. */
void mixer_add(Mixer *mixer, MediaStream *stream);
void mixer_remove(Mixer *mixer, MediaStream *stream);

/* Is our own voice in it, and do we hear it? Not while the conference is on hold. */
void mixer_set_local(Mixer *mixer, bool local);
void mixer_mute(Mixer *mixer, bool mute);
