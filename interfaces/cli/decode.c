/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of the bus as JSON: a{sv} is an object, a struct or an array a list, a variant what is in it. */
#include "interfaces/cli/decode.h"
#include "service/cleanup.h"

#include <string.h>

static int decode_basic(sd_bus_message *m, char type, Json **ret) {
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
    int r = sd_bus_message_read_basic(m, type, &value);

    if (r < 0)
        return r;
    switch (type) {
    case SD_BUS_TYPE_BYTE:
        *ret = json_new_number(value.y);
        return 0;
    case SD_BUS_TYPE_BOOLEAN:
        *ret = json_new_flag(value.b);
        return 0;
    case SD_BUS_TYPE_INT16:
        *ret = json_new_signed(value.n);
        return 0;
    case SD_BUS_TYPE_UINT16:
        *ret = json_new_number(value.q);
        return 0;
    case SD_BUS_TYPE_INT32:
        *ret = json_new_signed(value.i);
        return 0;
    case SD_BUS_TYPE_UINT32:
        *ret = json_new_number(value.u);
        return 0;
    case SD_BUS_TYPE_INT64:
        *ret = json_new_signed(value.x);
        return 0;
    case SD_BUS_TYPE_UINT64:
        *ret = json_new_number(value.t);
        return 0;
    case SD_BUS_TYPE_DOUBLE:
        *ret = json_new_real(value.d);
        return 0;
    case SD_BUS_TYPE_STRING:
    case SD_BUS_TYPE_OBJECT_PATH:
    case SD_BUS_TYPE_SIGNATURE:
        *ret = json_new_text(value.s);
        return 0;
    default:
        return -EOPNOTSUPP;
    }
}

/* The members of the container that was just entered. */
static int decode_list(sd_bus_message *m, Json **ret) {
    g_autoptr(Json) list = json_new_list();
    int r;

    while ((r = sd_bus_message_at_end(m, false)) == 0) {
        Json *item = NULL;
        r = decode_value(m, &item);
        if (r < 0)
            return r;
        json_add(list, item);
    }
    if (r < 0)
        return r;
    *ret = TAKE_PTR(list);
    return 0;
}

static int decode_entry(sd_bus_message *m, const char *contents, Json *object) {
    const char *key;
    Json *value = NULL;
    int r;

    if (contents[0] != SD_BUS_TYPE_STRING && contents[0] != SD_BUS_TYPE_OBJECT_PATH)
        return -EOPNOTSUPP;
    r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, contents);
    if (r < 0)
        return r;
    r = sd_bus_message_read_basic(m, contents[0], &key);
    if (r < 0)
        return r;
    r = decode_value(m, &value);
    if (r < 0)
        return r;
    json_set(object, key, value);
    return sd_bus_message_exit_container(m);
}

static int decode_object(sd_bus_message *m, const char *entry, Json **ret) {
    g_autoptr(Json) object = json_new_object();
    /* the signature of an entry without its braces */
    g_autofree char *contents = g_strndup(entry + 1, strlen(entry) - 2);
    int r;

    while ((r = sd_bus_message_at_end(m, false)) == 0) {
        r = decode_entry(m, contents, object);
        if (r < 0)
            return r;
    }
    if (r < 0)
        return r;
    *ret = TAKE_PTR(object);
    return 0;
}

static int decode_container(sd_bus_message *m, char type, const char *contents, Json **ret) {
    g_autoptr(Json) value = NULL;
    int r = sd_bus_message_enter_container(m, type, contents);

    if (r < 0)
        return r;
    if (type == SD_BUS_TYPE_VARIANT)
        r = decode_value(m, &value);
    else if (type == SD_BUS_TYPE_ARRAY && contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN)
        r = decode_object(m, contents, &value);
    else
        r = decode_list(m, &value);
    if (r < 0)
        return r;
    r = sd_bus_message_exit_container(m);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(value);
    return 0;
}

int decode_value(sd_bus_message *message, Json **ret) {
    g_autofree char *contents = NULL;
    const char *peeked = NULL;
    char type;
    int r = sd_bus_message_peek_type(message, &type, &peeked);

    if (r < 0)
        return r;
    if (r == 0)
        return -EBADMSG;
    /* what was peeked is only good until the next call on the message */
    contents = g_strdup(peeked);
    if (contents)
        return decode_container(message, type, contents, ret);
    return decode_basic(message, type, ret);
}

int decode_properties(sd_bus_message *message, Json **ret) {
    const char *contents = NULL;
    char type;
    int r = sd_bus_message_peek_type(message, &type, &contents);

    if (r < 0)
        return r;
    if (r == 0 || type != SD_BUS_TYPE_ARRAY || strcmp(contents, "{sv}") != 0)
        return -EBADMSG;
    return decode_value(message, ret);
}
