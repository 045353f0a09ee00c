/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Echo: takes out of the microphone what the loudspeaker put into the room. */
#pragma once

#include "providers/media/frame.h"

typedef struct Echo Echo;

/* NULL: it is not installed. */
Echo *echo_new(void);
Echo *echo_free(Echo *echo);

/* In turns: what the loudspeaker plays, and what the microphone hears at the same time, which becomes what was said. */
void echo_play(Echo *echo, const Frame *frame);
void echo_clean(Echo *echo, Frame *frame);
