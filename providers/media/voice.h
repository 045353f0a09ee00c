/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voice: the network's side of one call: what comes from the peer as frames, and frames to it. */
#pragma once

#include "providers/media/cipher.h"
#include "providers/media/frame.h"
#include "providers/media/receiver.h"
#include "providers/media/sender.h"
#include "providers/media/stream.h"
#include "providers/media/transport.h"

typedef struct Voice Voice;

/* What takes time to be made, and to be freed: neither is done while the engine waits. */
typedef struct VoiceParts {
    Encoder *encoder;
    Decoder *decoder;
    bool new_ciphers; /* else they stay */
    Cipher *protect, *unprotect;
} VoiceParts;

int voice_new(const char *address, uint16_t min, uint16_t max, unsigned jitter_ms, ReceiverDigit on_digit, void *userdata,
              Voice **ret);
Voice *voice_free(Voice *voice);

uint16_t voice_port(const Voice *voice);

/* -EOPNOTSUPP: something that it needs is not installed; -EINVAL: it makes no sense. */
int voice_make_parts(Voice *voice, const MediaAgreement *agreement, VoiceParts *ret);
void voice_free_parts(VoiceParts *parts);

/* Changes what is new in it, and puts into the parts what it needs no more. */
int voice_agree(Voice *voice, const MediaAgreement *agreement, VoiceParts *parts);
bool voice_is_agreed(const Voice *voice);
bool voice_sends(const Voice *voice);
bool voice_receives(const Voice *voice);

/* Every 20 ms: take what came, the frame to be heard, and the one to say. */
void voice_receive(Voice *voice);
void voice_hear(Voice *voice, Frame *ret);
void voice_say(Voice *voice, const Frame *frame);

/* What is due by now: the reports. */
void voice_watch(Voice *voice, int64_t now);

/* The peer need not wait for more. */
void voice_say_bye(Voice *voice);

/* For so long nothing came, in microseconds, though something should; 0: all is well. */
int64_t voice_silent_for(const Voice *voice, int64_t now);

int voice_start_digits(Voice *voice, const char *digits, unsigned duration_ms, unsigned gap_ms);
bool voice_has_digits(const Voice *voice);

void voice_add_stats(const Voice *voice, GVariantBuilder *stats);
