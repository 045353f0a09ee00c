/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size of a message, which sd-bus does not tell. */
#include "interfaces/message-size.h"

#include <stdbool.h>
#include <string.h>

enum {
    HEADER_SIZE = 256,
    ELEMENT_SIZE = 8,
    DEPTH_MAX = 64, /* what the bus lets through */
};

static size_t size_of_basic(sd_bus_message *m, char type) {
    const char *text = NULL;
    uint64_t number;

    if (type == 's' || type == 'o' || type == 'g')
        return sd_bus_message_read_basic(m, type, &text) > 0 ? strlen(text) + ELEMENT_SIZE : ELEMENT_SIZE;
    sd_bus_message_read_basic(m, type, &number);
    return ELEMENT_SIZE;
}

static size_t size_of_bytes(sd_bus_message *m) {
    const void *data;
    size_t size = 0;

    sd_bus_message_read_array(m, 'y', &data, &size);
    return size + ELEMENT_SIZE;
}

static size_t size_of_rest(sd_bus_message *m, unsigned depth) {
    const char *contents = NULL;
    size_t size = 0;
    char type = 0;

    while (depth < DEPTH_MAX && sd_bus_message_peek_type(m, &type, &contents) > 0) {
        if (type == 'a' && strcmp(contents, "y") == 0) {
            size += size_of_bytes(m);
        } else if (strchr("avre", type)) {
            if (sd_bus_message_enter_container(m, type, contents) < 0)
                break;
            size += ELEMENT_SIZE + size_of_rest(m, depth + 1);
            if (sd_bus_message_exit_container(m) < 0)
                break;
        } else if (type == 'h') {
            if (sd_bus_message_skip(m, "h") < 0)
                break;
        } else {
            size += size_of_basic(m, type);
        }
    }
    return size;
}

size_t message_size(sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m);
    size_t size;

    sd_bus_message_rewind(m, true);
    size = HEADER_SIZE + (path ? strlen(path) : 0) + size_of_rest(m, 0);
    sd_bus_message_rewind(m, true);
    return size;
}
