/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voice: the network's side of one call, over all agreements: what comes from the peer as frames, and frames to it. */
#pragma once

#include "providers/media/session.h"
#include "providers/media/stream.h"

typedef struct Voice Voice;

int voice_new(const char *address, uint16_t min, uint16_t max, unsigned jitter_ms, SessionDigit on_digit, void *userdata,
              Voice **ret);
Voice *voice_free(Voice *voice);

uint16_t voice_port(const Voice *voice);

/* *ret is a new session, or NULL if the one that there is does. -EOPNOTSUPP: the codec is not installed; -EINVAL: it makes no sense. */
int voice_prepare(Voice *voice, const MediaAgreement *agreement, Session **ret);

/* Changes what is new in it; takes the session, and gives back the one that was before, to be freed. */
Session *voice_agree(Voice *voice, const MediaAgreement *agreement, Session *session);

/* Likewise for another address of ours: *ports is opened, and *ret a session on it, NULL if nothing was agreed yet. Then the old ports
 * are in *ports, to be closed after the old session was freed, which is given back. */
int voice_prepare_move(const Voice *voice, const char *address, Ports *ports, Session **ret);
Session *voice_move(Voice *voice, Ports *ports, Session *session);

/* Once that one is freed. */
void voice_listen(Voice *voice);

bool voice_is_agreed(const Voice *voice);
bool voice_sends(const Voice *voice);

/* Every 20 ms: the frame to be heard, and the one to say. */
void voice_hear(Voice *voice, Frame *ret);
void voice_say(Voice *voice, const Frame *frame);

/* What is counted each second. */
void voice_watch(Voice *voice, int64_t now);

/* For so long nothing came, in microseconds, though something should; 0: all is well. */
int64_t voice_silent_for(const Voice *voice, int64_t now);

/* -EINVAL: something else among them; -EOPNOTSUPP: the far end takes none. "" stops. */
int voice_start_digits(Voice *voice, const char *digits, unsigned duration_ms, unsigned gap_ms);
bool voice_has_digits(const Voice *voice);

void voice_add_stats(const Voice *voice, GVariantBuilder *stats);
