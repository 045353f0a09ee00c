/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Source: the voice of whoever sits here, or what stands for it. */
#pragma once

#include "providers/media/frame.h"
#include "providers/media/place.h"

typedef struct Source Source;

/* Takes the place. */
Source *source_new(Place *place);
Source *source_free(Source *source);

/* Does anybody hear it? A microphone that nobody needs is not open. */
void source_set_needed(Source *source, bool needed);

/* The next 20 ms. */
void source_take(Source *source, Frame *ret);

/* Why it is silent from now on; NULL: it is not, or it was told. */
const char *source_take_failure(Source *source);
