/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Record: a line or a call as the bus last described it, its path and its properties. */
#include "interfaces/cli/record.h"

#include <string.h>

struct Record {
    char *path;
    Json *properties;
};

Record *record_new(const char *path, Json *properties) {
    Record *record = g_new0(Record, 1);

    record->path = g_strdup(path);
    record->properties = properties;
    return record;
}

Record *record_free(Record *record) {
    if (!record)
        return NULL;
    json_unref(record->properties);
    g_free(record->path);
    g_free(record);
    return NULL;
}

const char *record_path(const Record *record) {
    return record->path;
}

const Json *record_properties(const Record *record) {
    return record->properties;
}

const char *record_text(const Record *record, const char *property) {
    return json_text(json_get(record->properties, property));
}

uint64_t record_number(const Record *record, const char *property) {
    return json_number(json_get(record->properties, property));
}

bool record_flag(const Record *record, const char *property) {
    return json_flag(json_get(record->properties, property));
}

char *record_joined(const Record *record, const char *property) {
    const Json *list = json_get(record->properties, property);
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < json_size(list); i++) {
        const char *text = json_text(json_at(list, i));
        if (*text)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", text);
    }
    return g_string_free(out, FALSE);
}

void record_set_number(Record *record, const char *property, uint64_t number) {
    json_set(record->properties, property, json_new_number(number));
}

bool record_update(Record *record, const Json *changed) {
    const Json *sequence = json_get(changed, "Sequence");

    if (sequence && json_number(sequence) <= record_number(record, "Sequence"))
        return false;
    json_merge(record->properties, changed);
    return true;
}

static const char *last_component(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

const char *record_name(const Record *line) {
    return last_component(line->path);
}

const char *record_line_name(const Record *call) {
    return last_component(record_text(call, "Line"));
}

/* A name that repeats the number tells nothing new. */
static char *number_and_name(const char *number, const char *name) {
    if (*number && *name && !strstr(name, number))
        return g_strdup_printf("%s (%s)", number, name);
    return g_strdup(*number ? number : name);
}

char *record_named_party(const Record *call, const char *property) {
    const Json *party = json_get(call->properties, property);
    const char *number = json_text(json_at(party, 0)), *name = json_text(json_at(party, 1));

    if (!*number && !*name && strcmp(json_text(json_at(party, 2)), "withheld") == 0)
        return g_strdup("withheld");
    return number_and_name(number, name);
}

char *record_other_far_end(const Record *call) {
    const char *number = json_text(json_at(json_get(call->properties, "Connected"), 0));

    if (!*number || strcmp(number, record_far_number(call)) == 0 || strcmp(number, record_text(call, "Address")) == 0)
        return g_strdup("");
    return record_named_party(call, "Connected");
}

bool record_is_conference(const Record *call) {
    return strcmp(record_text(call, "Origin"), "conference") == 0;
}

bool record_is_participant(const Record *call, const Record *conference) {
    return strcmp(record_text(call, "Conference"), conference->path) == 0;
}

char *record_party(const Record *call, Party party) {
    const Json *described = json_get(call->properties, party == PARTY_FROM ? "Caller" : "Called");
    const char *number = json_text(json_at(described, 0)), *name = json_text(json_at(described, 1));
    const char *presentation = json_text(json_at(described, 2));
    bool far_end = (party == PARTY_TO) == (strcmp(record_text(call, "Direction"), "out") == 0);

    if (!*number && far_end)
        number = record_text(call, "Address");
    if (*number || *name)
        return number_and_name(number, name);
    return g_strdup(strcmp(presentation, "withheld") == 0 ? "withheld" : "?");
}

const char *record_far_number(const Record *call) {
    const char *party = strcmp(record_text(call, "Direction"), "out") == 0 ? "Called" : "Caller";

    return json_text(json_at(json_get(call->properties, party), 0));
}

uint64_t record_talk_time(const Record *call, uint64_t now) {
    uint64_t begin = record_number(call, "ConnectedTimestamp"), end = record_number(call, "EndedTimestamp");

    if (begin == 0)
        return 0;
    if (end == 0)
        end = now;
    return end > begin ? end - begin : 0;
}

gint record_compare_names(gconstpointer a, gconstpointer b) {
    const Record *const *left = a, *const *right = b;

    return strcmp(record_name(*left), record_name(*right));
}

gint record_compare_ages(gconstpointer a, gconstpointer b) {
    const Record *const *left = a, *const *right = b;
    uint64_t older = record_number(*left, "CreatedTimestamp"), newer = record_number(*right, "CreatedTimestamp");

    if (older != newer)
        return older < newer ? -1 : 1;
    return strcmp(record_text(*left, "Line"), record_text(*right, "Line"));
}
