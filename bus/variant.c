/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of any type, between sd-bus messages and GVariant. */
#include "bus/variant.h"

#include <errno.h>
#include <string.h>

enum { DEPTH_MAX = 32 };

/* ---- From a message ---- */

static GVariant *basic_new(sd_bus_message *m, char type) {
    union {
        uint8_t y;
        int b;
        int16_t n;
        uint16_t q;
        int32_t i;
        uint32_t u;
        int64_t x;
        uint64_t t;
        double d;
        const char *s;
    } value = {};

    if (sd_bus_message_read_basic(m, type, &value) <= 0)
        return NULL;
    switch (type) {
    case 'y': return g_variant_new_byte(value.y);
    case 'b': return g_variant_new_boolean(value.b);
    case 'n': return g_variant_new_int16(value.n);
    case 'q': return g_variant_new_uint16(value.q);
    case 'i': return g_variant_new_int32(value.i);
    case 'u': return g_variant_new_uint32(value.u);
    case 'x': return g_variant_new_int64(value.x);
    case 't': return g_variant_new_uint64(value.t);
    case 'd': return g_variant_new_double(value.d);
    case 's': return g_variant_new_string(value.s);
    case 'o': return g_variant_new_object_path(value.s);
    case 'g': return g_variant_new_signature(value.s);
    }
    return NULL;
}

static int read_value(sd_bus_message *m, unsigned depth, size_t *left, GVariant **ret);

/* What the container is called for GVariant: "a(sv)" for 'a' and "(sv)". */
static GVariantType *container_type(char type, const char *contents) {
    g_autofree char *text = NULL;

    switch (type) {
    case 'a': text = g_strconcat("a", contents, NULL); break;
    case 'r': text = g_strconcat("(", contents, ")", NULL); break;
    case 'e': text = g_strconcat("{", contents, "}", NULL); break;
    default: text = g_strdup("v"); break;
    }
    return g_variant_type_new(text);
}

static int read_container(sd_bus_message *m, char type, const char *contents, unsigned depth, size_t *left, GVariant **ret) {
    g_autoptr(GVariantType) form = container_type(type, contents);
    GVariantBuilder builder;
    int r;

    /* A container costs too, however little is in it. */
    if (*left == 0)
        return -E2BIG;
    (*left)--;
    r = sd_bus_message_enter_container(m, type, contents);
    if (r < 0)
        return r;
    g_variant_builder_init(&builder, form);
    for (;;) {
        GVariant *child = NULL;

        r = read_value(m, depth + 1, left, &child);
        if (r <= 0)
            break;
        g_variant_builder_add_value(&builder, child);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0) {
        g_variant_builder_clear(&builder);
        return r;
    }
    *ret = g_variant_builder_end(&builder);
    return 1;
}

static int read_value(sd_bus_message *m, unsigned depth, size_t *left, GVariant **ret) {
    const char *contents = NULL;
    char type = 0;
    size_t size;
    int r;

    r = sd_bus_message_peek_type(m, &type, &contents);
    if (r <= 0)
        return r;
    if (depth > DEPTH_MAX || type == 'h')
        return -EBADMSG;
    if (strchr("arev", type))
        return read_container(m, type, contents, depth, left, ret);

    *ret = basic_new(m, type);
    if (!*ret)
        return -EBADMSG;
    size = g_variant_get_size(*ret);
    if (size > *left) {
        g_variant_unref(g_variant_ref_sink(*ret));
        return -E2BIG;
    }
    *left -= size;
    return 1;
}

int variant_read_dictionary(sd_bus_message *m, size_t max, GVariant **ret) {
    size_t left = max;
    int r;

    r = read_container(m, 'a', "{sv}", 0, &left, ret);
    return r < 0 ? r : 0;
}

/* ---- To a message ---- */

static int append_value(sd_bus_message *m, GVariant *value);

static char *variant_contents(GVariant *value) {
    g_autoptr(GVariant) inner = g_variant_get_variant(value);

    return g_strdup(g_variant_get_type_string(inner));
}

static int append_container(sd_bus_message *m, GVariant *value, char type) {
    const char *signature = g_variant_get_type_string(value);
    g_autofree char *contents = NULL;
    int r;

    if (type == 'v')
        contents = variant_contents(value);
    else if (type == 'a')
        contents = g_strdup(signature + 1);
    else
        contents = g_strndup(signature + 1, strlen(signature) - 2);

    r = sd_bus_message_open_container(m, type, contents);
    for (size_t i = 0; r >= 0 && i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);

        r = append_value(m, child);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, GVariant *value) {
    switch (g_variant_classify(value)) {
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
        return sd_bus_message_append_basic(m, g_variant_classify(value), g_variant_get_string(value, NULL));
    case G_VARIANT_CLASS_BOOLEAN: {
        int truth = g_variant_get_boolean(value);

        return sd_bus_message_append_basic(m, 'b', &truth);
    }
    case G_VARIANT_CLASS_VARIANT:
        return append_container(m, value, 'v');
    case G_VARIANT_CLASS_ARRAY:
        return append_container(m, value, 'a');
    case G_VARIANT_CLASS_TUPLE:
        return append_container(m, value, 'r');
    case G_VARIANT_CLASS_DICT_ENTRY:
        return append_container(m, value, 'e');
    case G_VARIANT_CLASS_BYTE:
    case G_VARIANT_CLASS_INT16:
    case G_VARIANT_CLASS_UINT16:
    case G_VARIANT_CLASS_INT32:
    case G_VARIANT_CLASS_UINT32:
    case G_VARIANT_CLASS_INT64:
    case G_VARIANT_CLASS_UINT64:
    case G_VARIANT_CLASS_DOUBLE:
        return sd_bus_message_append_basic(m, g_variant_classify(value), g_variant_get_data(value));
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_MAYBE:
        break;
    }
    return -EBADMSG;
}

int variant_append_dictionary(sd_bus_message *m, GVariant *dictionary) {
    int r;

    if (dictionary)
        return append_container(m, dictionary, 'a');
    r = sd_bus_message_open_container(m, 'a', "{sv}");
    return r < 0 ? r : sd_bus_message_close_container(m);
}
