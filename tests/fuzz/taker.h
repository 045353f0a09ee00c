/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Taker: decisions and values out of the bytes of a trial. When these are used up, everything is 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

typedef struct Taker {
    const uint8_t *at;
    size_t left;
    unsigned depth; /* of the value that is being made */
    /* Paths that are worth a try, for arguments; NULL: none. */
    const char *(*path)(struct Taker *taker);
} Taker;

uint8_t take_byte(Taker *taker);

/* 0 to n - 1. */
unsigned take_below(Taker *taker, unsigned n);

/* Text in UTF-8: mostly a word that the service knows, else anything. Good until the next one. */
const char *take_text(Taker *taker);

/* Appends a value of each type in the signature. A negative errno: it can't be put into a message. */
int take_values(Taker *taker, sd_bus_message *m, const char *signature);

/* A signature of one complete type or of a few; a literal. */
const char *take_signature(Taker *taker);
