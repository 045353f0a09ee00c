/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A value as JSON knows it: what the bus said, held in memory, written for a program to read. */
#include "interfaces/cli/json.h"

#include <math.h>
#include <string.h>

typedef enum JsonKind {
    JSON_TEXT,
    JSON_NUMBER,
    JSON_SIGNED,
    JSON_REAL,
    JSON_FLAG,
    JSON_LIST,
    JSON_OBJECT,
} JsonKind;

struct Json {
    unsigned refs;
    JsonKind kind;
    char *text;
    union {
        uint64_t number;
        int64_t signed_number;
        double real;
        bool flag;
    };
    GPtrArray *items; /* of Json: the members of a list or the values of an object */
    GPtrArray *keys;  /* of char *: beside the values, in the order in which they came */
};

#define INDENT 4

static const char *const format_names[_JSON_FORMAT_MAX] = {
    [JSON_OFF] = "off",
    [JSON_SHORT] = "short",
    [JSON_PRETTY] = "pretty",
};

JsonFormat json_format_from_string(const char *name) {
    for (JsonFormat format = 0; format < _JSON_FORMAT_MAX; format++)
        if (g_strcmp0(name, format_names[format]) == 0)
            return format;

    return _JSON_FORMAT_INVALID;
}

static void unref_item(gpointer item) {
    json_unref(item);
}

static Json *json_new(JsonKind kind) {
    Json *json = g_new0(Json, 1);

    json->refs = 1;
    json->kind = kind;
    if (kind == JSON_LIST || kind == JSON_OBJECT)
        json->items = g_ptr_array_new_with_free_func(unref_item);
    if (kind == JSON_OBJECT)
        json->keys = g_ptr_array_new_with_free_func(g_free);
    return json;
}

Json *json_new_text(const char *text) {
    Json *json = json_new(JSON_TEXT);
    json->text = g_strdup(text ?: "");
    return json;
}

Json *json_new_number(uint64_t number) {
    Json *json = json_new(JSON_NUMBER);
    json->number = number;
    return json;
}

Json *json_new_signed(int64_t number) {
    Json *json = json_new(JSON_SIGNED);
    json->signed_number = number;
    return json;
}

Json *json_new_real(double number) {
    Json *json = json_new(JSON_REAL);
    json->real = number;
    return json;
}

Json *json_new_flag(bool flag) {
    Json *json = json_new(JSON_FLAG);
    json->flag = flag;
    return json;
}

Json *json_new_list(void) {
    return json_new(JSON_LIST);
}

Json *json_new_object(void) {
    return json_new(JSON_OBJECT);
}

Json *json_ref(Json *json) {
    json->refs++;
    return json;
}

Json *json_unref(Json *json) {
    if (!json || --json->refs > 0)
        return NULL;

    g_clear_pointer(&json->items, g_ptr_array_unref);
    g_clear_pointer(&json->keys, g_ptr_array_unref);
    g_free(json->text);
    g_free(json);
    return NULL;
}

void json_add(Json *list, Json *item) {
    g_ptr_array_add(list->items, item);
}

static bool find_key(const Json *object, const char *key, unsigned *ret_index) {
    for (unsigned i = 0; i < object->keys->len; i++)
        if (strcmp(g_ptr_array_index(object->keys, i), key) == 0) {
            *ret_index = i;
            return true;
        }

    return false;
}

void json_set(Json *object, const char *key, Json *value) {
    unsigned index;

    if (find_key(object, key, &index)) {
        json_unref(g_ptr_array_index(object->items, index));
        g_ptr_array_index(object->items, index) = value;
        return;
    }
    g_ptr_array_add(object->keys, g_strdup(key));
    g_ptr_array_add(object->items, value);
}

void json_merge(Json *object, const Json *other) {
    for (unsigned i = 0; i < other->keys->len; i++)
        json_set(object, g_ptr_array_index(other->keys, i), json_ref(g_ptr_array_index(other->items, i)));
}

const Json *json_get(const Json *object, const char *key) {
    unsigned index;

    if (!object || object->kind != JSON_OBJECT || !find_key(object, key, &index))
        return NULL;
    return g_ptr_array_index(object->items, index);
}

const Json *json_at(const Json *list, size_t index) {
    if (index >= json_size(list))
        return NULL;
    return g_ptr_array_index(list->items, index);
}

size_t json_size(const Json *json) {
    return json && json->items ? json->items->len : 0;
}

const char *json_text(const Json *json) {
    return json && json->kind == JSON_TEXT ? json->text : "";
}

uint64_t json_number(const Json *json) {
    return json && json->kind == JSON_NUMBER ? json->number : 0;
}

double json_real(const Json *json) {
    if (!json)
        return 0;
    switch (json->kind) {
    case JSON_REAL:
        return json->real;
    case JSON_NUMBER:
        return (double) json->number;
    case JSON_SIGNED:
        return (double) json->signed_number;
    case JSON_TEXT:
    case JSON_FLAG:
    case JSON_LIST:
    case JSON_OBJECT:
        break;
    }
    return 0;
}

const char *json_key_at(const Json *object, size_t index) {
    return object && object->keys && index < object->keys->len ? g_ptr_array_index(object->keys, index) : "";
}

bool json_flag(const Json *json) {
    return json && json->kind == JSON_FLAG && json->flag;
}

static void write_text(GString *out, const char *text) {
    static const char short_escapes[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\',
    };

    g_string_append_c(out, '"');
    for (const unsigned char *p = (const unsigned char *) text; *p; p++) {
        char escape = *p < sizeof(short_escapes) ? short_escapes[*p] : 0;
        if (escape)
            g_string_append_printf(out, "\\%c", escape);
        else if (*p < 0x20 || *p == 0x7f)
            g_string_append_printf(out, "\\u%04x", *p);
        else
            g_string_append_c(out, (char)*p);
    }
    g_string_append_c(out, '"');
}

static void write_real(GString *out, double real) {
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    /* JSON has no word for these two */
    if (isnan(real) || isinf(real))
        g_string_append(out, "null");
    else
        g_string_append(out, g_ascii_dtostr(buffer, sizeof(buffer), real));
}

static void write_break(GString *out, JsonFormat format, unsigned depth) {
    if (format == JSON_PRETTY)
        g_string_append_printf(out, "\n%*s", (int) (depth * INDENT), "");
}

static void write_value(GString *out, const Json *json, JsonFormat format, unsigned depth);

static void write_members(GString *out, const Json *json, JsonFormat format, unsigned depth) {
    g_string_append_c(out, json->kind == JSON_OBJECT ? '{' : '[');
    for (unsigned i = 0; i < json->items->len; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        write_break(out, format, depth + 1);
        if (json->kind == JSON_OBJECT) {
            write_text(out, g_ptr_array_index(json->keys, i));
            g_string_append(out, format == JSON_PRETTY ? ": " : ":");
        }
        write_value(out, g_ptr_array_index(json->items, i), format, depth + 1);
    }
    if (json->items->len > 0)
        write_break(out, format, depth);
    g_string_append_c(out, json->kind == JSON_OBJECT ? '}' : ']');
}

static void write_value(GString *out, const Json *json, JsonFormat format, unsigned depth) {
    switch (json->kind) {
    case JSON_TEXT:
        write_text(out, json->text);
        break;
    case JSON_NUMBER:
        g_string_append_printf(out, "%" G_GUINT64_FORMAT, json->number);
        break;
    case JSON_SIGNED:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, json->signed_number);
        break;
    case JSON_REAL:
        write_real(out, json->real);
        break;
    case JSON_FLAG:
        g_string_append(out, json->flag ? "true" : "false");
        break;
    case JSON_LIST:
    case JSON_OBJECT:
        write_members(out, json, format, depth);
        break;
    }
}

char *json_format(const Json *json, JsonFormat format) {
    GString *out = g_string_new(NULL);

    write_value(out, json, format, 0);
    return g_string_free(out, FALSE);
}
