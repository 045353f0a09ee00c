/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value as JSON knows it: what the bus said, held in memory, written for a program to read. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Json Json;

typedef enum JsonFormat {
    JSON_OFF,
    JSON_SHORT,
    JSON_PRETTY,
    _JSON_FORMAT_MAX,
    _JSON_FORMAT_INVALID = -1,
} JsonFormat;

JsonFormat json_format_from_string(const char *name);

Json *json_new_text(const char *text);
Json *json_new_number(uint64_t number);
Json *json_new_signed(int64_t number);
Json *json_new_real(double number);
Json *json_new_flag(bool flag);
Json *json_new_list(void);
Json *json_new_object(void);

Json *json_ref(Json *json);
Json *json_unref(Json *json);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Json, json_unref)

/* Both take the value. A key that is there already keeps its place and gets the new value. */
void json_add(Json *list, Json *item);
void json_set(Json *object, const char *key, Json *value);
/* Sets every member of another object; the values are shared, not copied. */
void json_merge(Json *object, const Json *other);

/* Readers never fail: what is absent or of another kind is NULL, "", 0 or false. */
const Json *json_get(const Json *object, const char *key);
const Json *json_at(const Json *list, size_t index);
size_t json_size(const Json *json);
const char *json_text(const Json *json);
uint64_t json_number(const Json *json);
bool json_flag(const Json *json);
double json_real(const Json *json); /* of any number */
const char *json_key_at(const Json *object, size_t index);

/* The text, without a final newline. JSON_OFF is written as JSON_SHORT is. */
char *json_format(const Json *json, JsonFormat format);
