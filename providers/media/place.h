/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Place: where sound comes from and goes to, as the configuration says it (media.h). Pure. */
#pragma once

#include <stdbool.h>

#include "service/cleanup.h"

typedef enum PlaceKind {
    PLACE_USUAL,  /* the device of the desktop */
    PLACE_NONE,
    PLACE_DEVICE,
    PLACE_FILE,
    PLACE_TONE,
} PlaceKind;

typedef struct Place {
    PlaceKind kind;
    char *name;          /* of the device or the file */
    double hz, volume;   /* of the tone; volume: 0 to 1, of full scale */
} Place;

/* -EINVAL: it is none, told in *ret_why, to be freed. */
int place_parse(const char *text, bool is_input, Place *ret, char **ret_why);
void place_done(Place *place);

/* Is it one, whichever? */
bool place_is_device(const Place *place);
