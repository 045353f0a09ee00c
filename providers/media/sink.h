/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sink: where the voices of calls are heard. Several may share one. */
#pragma once

#include "providers/media/frame.h"
#include "providers/media/place.h"

typedef struct Sink Sink;

/* -errno: a file can't be written. */
int sink_new(const Place *place, Sink **ret);
Sink *sink_free(Sink *sink);

const Place *sink_place(const Sink *sink);
const char *sink_name(const Sink *sink); /* of the device or the file, "" for nowhere */

/* What is put between two plays is heard at once. */
void sink_put(Sink *sink, const Frame *frame);

/* The next 20 ms, and what they are. -errno: it failed, and is silent from now on; told once. */
int sink_play(Sink *sink, Frame *ret);
