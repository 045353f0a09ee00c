/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths of objects on the bus. */
#include "interfaces/path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "interfaces/names.h"
#include "interfaces/peer.h"
#include "service/line.h"

const char *line_path(const Line *line, char buffer[static PATH_SIZE]) {
    snprintf(buffer, PATH_SIZE, CALLBUS_LINE_PATH "/%s", line_name(line));
    return buffer;
}

const char *handle_number_path(const Client *client, uint64_t epoch, uint64_t number, char buffer[static PATH_SIZE]) {
    snprintf(buffer, PATH_SIZE, CALLBUS_CLIENT_PATH "/%s/call/%" PRIu64 "_%" PRIu64, peer_path_name(peer_of_client(client)),
             epoch, number);
    return buffer;
}

const char *handle_path(const Handle *handle, char buffer[static PATH_SIZE]) {
    return handle_number_path(handle_client(handle), handle_epoch(handle), handle_number(handle), buffer);
}

int handle_paths_append(sd_bus_message *m, const GPtrArray *handles) {
    char path[PATH_SIZE];
    int r;

    r = sd_bus_message_open_container(m, 'a', "o");
    for (unsigned i = 0; r >= 0 && i < handles->len; i++)
        r = sd_bus_message_append_basic(m, 'o', handle_path(g_ptr_array_index(handles, i), path));
    return r < 0 ? r : sd_bus_message_close_container(m);
}

/* A decimal number as we write it: no sign, no leading zero. */
static bool parse_number(const char **text, uint64_t *ret) {
    char *end = NULL;

    if (**text < '1' || **text > '9')
        return false;
    errno = 0;
    *ret = strtoull(*text, &end, 10);
    if (errno != 0)
        return false;
    *text = end;
    return true;
}

bool parse_handle_path(const char *path, char client[static PATH_SIZE], uint64_t *ret_epoch, uint64_t *ret_number) {
    const size_t prefix = strlen(CALLBUS_CLIENT_PATH "/");
    const char *rest, *slash;

    if (strncmp(path, CALLBUS_CLIENT_PATH "/", prefix) != 0)
        return false;
    rest = path + prefix;
    slash = strchr(rest, '/');
    if (!slash || slash == rest || slash - rest >= PATH_SIZE || strncmp(slash, "/call/", strlen("/call/")) != 0)
        return false;
    memcpy(client, rest, slash - rest);
    client[slash - rest] = '\0';

    rest = slash + strlen("/call/");
    if (!parse_number(&rest, ret_epoch) || *rest++ != '_')
        return false;
    return parse_number(&rest, ret_number) && *rest == '\0';
}

Handle *find_numbered_handle(const Client *client, uint64_t epoch, uint64_t number) {
    Handle *handle = client_find_handle(client, number);

    return handle && handle_epoch(handle) == epoch ? handle : NULL;
}
