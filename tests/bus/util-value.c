/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus values as text: what can be compared, printed and kept. */
#include "tests/bus/util-internal.h"

#include <inttypes.h>

static void basic_append(GString *text, sd_bus_message *message, char type) {
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
    } value = {0};
    int r = sd_bus_message_read_basic(message, type, &value);
    CHECK(r > 0);
    switch (type) {
    case 'y': g_string_append_printf(text, "0x%02x", value.y); break;
    case 'b': g_string_append(text, value.b ? "true" : "false"); break;
    case 'n': g_string_append_printf(text, "%d", value.n); break;
    case 'q': g_string_append_printf(text, "%u", value.q); break;
    case 'i': g_string_append_printf(text, "%d", value.i); break;
    case 'u': g_string_append_printf(text, "%u", value.u); break;
    case 'x': g_string_append_printf(text, "%" PRId64, value.x); break;
    case 't': g_string_append_printf(text, "%" PRIu64, value.t); break;
    case 'd': g_string_append_printf(text, "%g", value.d); break;
    case 's':
    case 'o':
    case 'g': g_string_append_printf(text, "\"%s\"", value.s); break;
    default: ck_abort_msg("a value of the unexpected type '%c'", type);
    }
}

static gint compare_texts(gconstpointer a, gconstpointer b) {
    return g_strcmp0(*(char *const *) a, *(char *const *) b);
}

/* The items of the container that was just entered, until its end. */
static void items_append(GString *text, sd_bus_message *message, const char *between, bool sorted) {
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    while (sd_bus_message_at_end(message, /* complete= */ false) == 0) {
        GString *item = g_string_new(NULL);
        value_append(item, message);
        g_ptr_array_add(items, g_string_free(item, FALSE));
    }
    if (sorted)
        g_ptr_array_sort(items, compare_texts);
    for (guint i = 0; i < items->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? between : "", (char *) items->pdata[i]);
}

void value_append(GString *text, sd_bus_message *message) {
    char type;
    const char *contents;
    int r = sd_bus_message_peek_type(message, &type, &contents);
    CHECK(r > 0);
    if (!strchr("aver", type)) {
        basic_append(text, message, type);
        return;
    }
    bool dictionary = type == 'a' && contents[0] == '{';
    g_autofree char *inside = g_strdup(contents);
    r = sd_bus_message_enter_container(message, type, inside);
    CHECK(r > 0);
    switch (type) {
    case 'v':
        g_string_append_printf(text, "<%s ", inside);
        items_append(text, message, "", false);
        g_string_append_c(text, '>');
        break;
    case 'e':
        items_append(text, message, ": ", false);
        break;
    case 'r':
        g_string_append_c(text, '(');
        items_append(text, message, ", ", false);
        g_string_append_c(text, ')');
        break;
    default:
        g_string_append_c(text, dictionary ? '{' : '[');
        items_append(text, message, ", ", dictionary);
        g_string_append_c(text, dictionary ? '}' : ']');
    }
    CHECK(sd_bus_message_exit_container(message) >= 0);
}

char *message_text(sd_bus_message *message) {
    GString *text = g_string_new(NULL);
    CHECK(sd_bus_message_rewind(message, /* complete= */ true) >= 0);
    items_append(text, message, "\n", false);
    CHECK(sd_bus_message_rewind(message, /* complete= */ true) >= 0);
    return g_string_free(text, FALSE);
}

GHashTable *properties_read(sd_bus_message *message, GHashTable **ret_types) {
    GHashTable *values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    CHECK(sd_bus_message_enter_container(message, 'a', "{sv}") >= 0);
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char *name, *type;
        CHECK(sd_bus_message_read_basic(message, 's', &name) > 0);
        CHECK(sd_bus_message_peek_type(message, NULL, &type) > 0);
        g_autofree char *kept_type = g_strdup(type);
        GString *text = g_string_new(NULL);
        CHECK(sd_bus_message_enter_container(message, 'v', kept_type) > 0);
        value_append(text, message);
        CHECK(sd_bus_message_exit_container(message) >= 0);
        if (g_hash_table_contains(values, name))
            ck_abort_msg("the property %s is there twice", name);
        g_hash_table_insert(types, g_strdup(name), g_steal_pointer(&kept_type));
        g_hash_table_insert(values, g_strdup(name), g_string_free(text, FALSE));
        CHECK(sd_bus_message_exit_container(message) >= 0);
    }
    CHECK(sd_bus_message_exit_container(message) >= 0);
    if (ret_types)
        *ret_types = g_steal_pointer(&types);
    return values;
}
