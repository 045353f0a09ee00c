/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Field: dictionaries of a message (a{sv}) as structs, both ways, by a table of the keys that there are. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

#include "providers/wire/keep.h"
#include "service/types.h"

/* The words of an enumeration, with every value an int. */
typedef struct WireWords {
    const char *(*to_string)(int value);
    int (*from_string)(const char *name);
    const char *known; /* for an error message: all of them, or what they are */
} WireWords;

/* What a key has, and what its place in the struct is. */
typedef enum WireFieldKind {
    WIRE_FIELD_TEXT,       /* s: const char * */
    WIRE_FIELD_TRUTH,      /* b: bool */
    WIRE_FIELD_NUMBER,     /* u: unsigned */
    WIRE_FIELD_LONG,       /* t: uint64_t */
    WIRE_FIELD_BYTES,      /* ay: const uint8_t *, and a size_t right behind it */
    WIRE_FIELD_WORD,       /* s: an enumeration */
    WIRE_FIELD_WORDS_32,   /* as: a set of bits, uint32_t */
    WIRE_FIELD_WORDS_64,   /* as: a set of bits, uint64_t */
    WIRE_FIELD_TEXTS,      /* as: const char *const *, NULL-terminated; NULL: none */
    WIRE_FIELD_PAIRS,      /* a{ss}: const char *const *, keys and values by turns, NULL-terminated; NULL: none */
    WIRE_FIELD_PARTY,      /* (sss): PartyInfo; all zero: nothing is known */
    WIRE_FIELD_PARTY_PTR,  /* (sss): const PartyInfo *; NULL: nothing is known */
    _WIRE_FIELD_KIND_MAX,
} WireFieldKind;

typedef struct WireField {
    const char *name;
    WireFieldKind kind;
    size_t offset;
    const WireWords *words;
    int64_t absent; /* of numbers and words: what it means when the key is not there */
} WireField;

typedef struct WireFields {
    const WireField *fields;
    size_t n;
    bool lenient; /* keys that are not known are passed over */
} WireFields;

/* Reads a dictionary into the struct at `result`, all of whose fields are set. 0, or -EINVAL with what was wrong in *ret_why. What is
 * read is valid as long as the message and `keep` are. */
int wire_fields_read(sd_bus_message *m, const WireFields *fields, WireKeep *keep, void *result, char **ret_why);

/* What is absent is left out. -EINVAL: a word that there is not. */
int wire_fields_append(sd_bus_message *m, const WireFields *fields, const void *from);
