/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Phone: a media with one stream, and all that it told. */
#pragma once

#include "providers/media/media.h"
#include "providers/media/mixer.h"
#include "providers/media/stream.h"
#include "tests/media/ear.h"

/* Those that the machine had when this was built. */
extern const Codec phone_codecs[];
extern const int phone_n_codecs;

typedef struct Phone {
    Media *media;
    MediaStream *stream;
    char *path;         /* what it hears */
    const char *address;
    GString *digits;
    unsigned digits_done, digits_cancelled, tones_done, tones_cancelled, silences, failures;
    unsigned last_silence; /* seconds */
} Phone;

/* An address of loopback that is this process's own. */
const char *phone_address(void);

/* A folder for what is heard; it goes with phone_close_all(). */
const char *phone_folder(void);

/* It speaks `input` (media.h) and writes what it hears. Owned by the test: closed by phone_close_all(). */
Phone *phone_open(const char *input);
Phone *phone_open_at(const char *address, const char *input);

/* Another stream of the same media. */
Phone *phone_open_second(Phone *first);
void phone_hang_up(Phone *phone);
void phone_close_all(void);

/* What two that use the codec agree on; the address is that of the other. */
MediaAgreement phone_agreement(const Phone *other, Codec codec);

/* media_stream_agree() and media_stream_move(), and the threads that they leave the work to have done it. */
int phone_agree(MediaStream *stream, const MediaAgreement *agreement);
int phone_move(MediaStream *stream, const char *address);

/* Both ways. */
void phone_connect(Phone *a, Phone *b, Codec codec);

/* The main loop runs. */
void phone_wait(unsigned ms);

/* So long without a moment in which this machine was late: what was recorded then is whole. After a while any time is good enough. */
void phone_wait_calmly(unsigned ms);

/* Until what it hears has that level, to a decibel; a busy machine may take its time. */
void phone_expect_level(const Phone *phone, double wanted);
void phone_expect_silence(const Phone *phone);

/* What it heard in the last ms. The stream is over then. */
void phone_listen(Phone *phone, unsigned ms, Ear *ret);

double phone_stat_double(const Phone *phone, const char *name);
uint64_t phone_stat(const Phone *phone, const char *name);
