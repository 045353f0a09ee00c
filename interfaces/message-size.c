/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size of a message, which sd-bus does not tell. */
#include "interfaces/message-size.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
    HEADER_SIZE = 256,
    ELEMENT_SIZE = 8,
    DEPTH_MAX = 64,          /* what the bus lets through */
    VALUES_MAX = 16 * 1024, /* no method of ours takes so many, and to read millions takes long */
};

typedef struct Measure {
    sd_bus_message *message;
    size_t size;
    unsigned values;
} Measure;

/* Each of these goes on to what follows, or says that it can't: who does not go on never ends. */
static int add_basic(Measure *measure, char type) {
    bool is_text = strchr("sog", type);
    const char *text = NULL;
    uint64_t number;
    int r = sd_bus_message_read_basic(measure->message, type, is_text ? (void *) &text : &number);

    measure->size += ELEMENT_SIZE + (text ? strlen(text) : 0);
    return r > 0 ? 0 : -EBADMSG;
}

static bool is_array_of_numbers(char type, const char *contents) {
    return type == 'a' && strchr("ynqiuxtd", contents[0]) && contents[1] == '\0';
}

/* -EOPNOTSUPP: a message in the other order of bytes has no arrays as a whole. */
static int add_numbers(Measure *measure, char type) {
    const void *data;
    size_t size = 0;
    int r = sd_bus_message_read_array(measure->message, type, &data, &size);

    measure->size += size + ELEMENT_SIZE;
    return r == 0 ? -EBADMSG : r;
}

static int add_rest(Measure *measure, unsigned depth);

static int add_container(Measure *measure, char type, const char *contents, unsigned depth) {
    int r = sd_bus_message_enter_container(measure->message, type, contents);

    measure->size += ELEMENT_SIZE;
    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    r = add_rest(measure, depth + 1);
    return r < 0 ? r : sd_bus_message_exit_container(measure->message);
}

static int add_value(Measure *measure, char type, const char *contents, unsigned depth) {
    if (depth >= DEPTH_MAX)
        return -EBADMSG;
    if (measure->values++ >= VALUES_MAX)
        return -E2BIG;
    if (is_array_of_numbers(type, contents)) {
        int r = add_numbers(measure, contents[0]);

        if (r != -EOPNOTSUPP)
            return r;
    }
    if (strchr("avre", type))
        return add_container(measure, type, contents, depth);
    return type == 'h' ? sd_bus_message_skip(measure->message, "h") : add_basic(measure, type);
}

static int add_rest(Measure *measure, unsigned depth) {
    const char *contents = NULL;
    char type = 0;
    int r;

    while ((r = sd_bus_message_peek_type(measure->message, &type, &contents)) > 0) {
        r = add_value(measure, type, contents, depth);
        if (r < 0)
            break;
    }
    return r;
}

size_t message_size(sd_bus_message *m) {
    Measure measure = { .message = m, .size = HEADER_SIZE + strlen(sd_bus_message_get_path(m) ?: "") };
    int r;

    sd_bus_message_rewind(m, true);
    r = add_rest(&measure, 0);
    sd_bus_message_rewind(m, true);
    return r == -E2BIG ? MESSAGE_SIZE_MAX : measure.size;
}
