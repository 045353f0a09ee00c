/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Record: a line or a call as the bus last described it, its path and its properties. */
#pragma once

#include "interfaces/cli/json.h"

typedef struct Record Record;

typedef enum Party {
    PARTY_FROM,
    PARTY_TO,
} Party;

/* Takes the properties, which must be an object. */
Record *record_new(const char *path, Json *properties);
Record *record_free(Record *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Record, record_free)

const char *record_path(const Record *record);
const Json *record_properties(const Record *record);

/* What is absent is "", 0 or false. */
const char *record_text(const Record *record, const char *property);
uint64_t record_number(const Record *record, const char *property);
bool record_flag(const Record *record, const char *property);
/* The texts of a list, with ", " between them. */
char *record_joined(const Record *record, const char *property);

void record_set_number(Record *record, const char *property, uint64_t number);

/* Takes over what a PropertiesChanged says, unless the record is newer than it (by `Sequence`): then false. */
bool record_update(Record *record, const Json *changed);

/* The last component of the path of a line; of a call, the name of its line. */
const char *record_name(const Record *line);
const char *record_line_name(const Record *call);

/* Who calls, and who is called, as a person would write it: "100 (Alice)", "100", "withheld", "?". */
char *record_party(const Record *call, Party party);

/* The number at the other end, as the network knows it; `Address` is what was dialled. */
const char *record_far_number(const Record *call);

/* One of the parties that a call can name: "101 (Bob)", "withheld"; "" where the network tells nothing. */
char *record_named_party(const Record *call, const char *property);

/* "102", where the other end is not who was called or who called, but whom that one gave the call to. Else "". */
char *record_other_far_end(const Record *call);

/* A conference is a call of its own; its participants name it. */
bool record_is_conference(const Record *call);
bool record_is_participant(const Record *call, const Record *conference);

/* From connected until the end, or until now; 0 for a call that was never connected. */
uint64_t record_talk_time(const Record *call, uint64_t now);

gint record_compare_names(gconstpointer a, gconstpointer b);
gint record_compare_ages(gconstpointer a, gconstpointer b);
