/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Number classes: what a number costs, and whom it reaches.
 *
 * Decided here, by what is dialled and not by what a client says of it. A network may read an address in more than one way: with
 * or without what separates the digits, percent-escapes, letters of a keypad, digits of another script, what follows a pause.
 * Whichever reading is the dearest counts. For an emergency it is the other way round: only what can be read in no other way.
 */
#pragma once

#include <stdbool.h>

#include "service/types.h"

typedef enum NumberClass {
    NUMBER_ORDINARY,
    NUMBER_COSTLY,    /* international, or one that the line's CostlyPrefixes name */
    NUMBER_EMERGENCY, /* passes all that is limited or asked */
    _NUMBER_CLASS_MAX,
    _NUMBER_CLASS_INVALID = -EINVAL,
} NumberClass;

DECLARE_NAMES(number_class, NumberClass)

/* The class of an address on a line, also of one that can't be dialled. */
NumberClass line_number_class(const Line *line, const char *address);

/* Could one that is dialled digit by digit still become an emergency call, or is it one? */
bool line_begins_emergency_number(const Line *line, const char *digits);

/* Numbers that are emergency calls everywhere but on a network that is not real; NULL-terminated. */
extern const char *const emergency_numbers_everywhere[];

/* What the keys CountryCode and CostlyPrefixes want; a prefix may be written with spaces, dashes, dots and parentheses. */
bool number_is_country_code(const char *text);
bool number_is_prefix(const char *text);
