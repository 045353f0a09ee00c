/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mixer, as the engine knows it. */
#pragma once

#include "providers/media/media-internal.h"

struct Mixer {
    Media *media;
    GPtrArray *streams;
    bool local, muted;
};

/* All say what they should hear of the others, and of us. In the engine's thread, after all were heard. */
void mixer_mix(Mixer *mixer, const Frame *own);

bool mixer_is_local(const Mixer *mixer);
