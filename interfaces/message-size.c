/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size of a message, which sd-bus does not tell. */
#include "interfaces/message-size.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
    HEADER_SIZE = 256,
    ELEMENT_SIZE = 8,
    DEPTH_MAX = 64, /* what the bus lets through */
};

/* Each of these goes on to what follows, or says that it can't: -EBADMSG is the bus's to let through, and who does not go on never
 * ends. */
static int add_basic(sd_bus_message *m, char type, size_t *size) {
    bool is_text = strchr("sog", type);
    const char *text = NULL;
    uint64_t number;
    int r = sd_bus_message_read_basic(m, type, is_text ? (void *) &text : &number);

    *size += ELEMENT_SIZE + (text ? strlen(text) : 0);
    return r > 0 ? 0 : -EBADMSG;
}

/* -EOPNOTSUPP: a message in the other order of bytes has no arrays as a whole. */
static int add_bytes(sd_bus_message *m, size_t *size) {
    const void *data;
    size_t n = 0;
    int r = sd_bus_message_read_array(m, 'y', &data, &n);

    *size += n + ELEMENT_SIZE;
    return r == 0 ? -EBADMSG : r;
}

static int add_rest(sd_bus_message *m, unsigned depth, size_t *size);

static int add_container(sd_bus_message *m, char type, const char *contents, unsigned depth, size_t *size) {
    int r = sd_bus_message_enter_container(m, type, contents);

    *size += ELEMENT_SIZE;
    if (r <= 0)
        return r < 0 ? r : -EBADMSG;
    r = add_rest(m, depth + 1, size);
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int add_value(sd_bus_message *m, char type, const char *contents, unsigned depth, size_t *size) {
    if (type == 'a' && strcmp(contents, "y") == 0) {
        int r = add_bytes(m, size);

        if (r != -EOPNOTSUPP)
            return r;
    }
    if (strchr("avre", type))
        return add_container(m, type, contents, depth, size);
    return type == 'h' ? sd_bus_message_skip(m, "h") : add_basic(m, type, size);
}

static int add_rest(sd_bus_message *m, unsigned depth, size_t *size) {
    const char *contents = NULL;
    char type = 0;
    int r;

    while ((r = sd_bus_message_peek_type(m, &type, &contents)) > 0) {
        r = depth < DEPTH_MAX ? add_value(m, type, contents, depth, size) : -EBADMSG;
        if (r < 0)
            break;
    }
    return r;
}

size_t message_size(sd_bus_message *m) {
    const char *path = sd_bus_message_get_path(m);
    size_t size = HEADER_SIZE + (path ? strlen(path) : 0);

    sd_bus_message_rewind(m, true);
    add_rest(m, 0, &size);
    sd_bus_message_rewind(m, true);
    return size;
}
