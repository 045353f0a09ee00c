/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wav: a voice in a file. What is written can be read at any time, also after a crash. */
#pragma once

#include "providers/media/frame.h"

typedef struct WavWriter WavWriter;

int wav_writer_new(const char *path, WavWriter **ret);
WavWriter *wav_writer_free(WavWriter *writer);

/* -ENOSPC and such. */
int wav_writer_put(WavWriter *writer, const Frame *frame);
