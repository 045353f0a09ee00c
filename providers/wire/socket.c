/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Socket: D-Bus between the service and a provider, over a socket of their own. */
#include "providers/wire/socket.h"

#include <stdbool.h>
#include <unistd.h>

#include "service/cleanup.h"

int wire_open(int fd, bool server, sd_bus **ret) {
    _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
    sd_id128_t id;
    int r = sd_bus_new(&bus);

    if (r < 0) {
        close(fd);
        return r;
    }
    r = sd_bus_set_fd(bus, fd, fd);
    if (r < 0) {
        close(fd);
        return r;
    }
    r = sd_bus_negotiate_fds(bus, false);
    if (r >= 0 && server)
        r = sd_id128_randomize(&id);
    if (r >= 0 && server)
        r = sd_bus_set_server(bus, true, id);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r < 0) {
        sd_bus_close(bus);
        return r;
    }
    *ret = TAKE_PTR(bus);
    return 0;
}

static int start_server(sd_bus *bus) {
    sd_id128_t id;
    int r = sd_bus_negotiate_fds(bus, false);

    if (r >= 0)
        r = sd_id128_randomize(&id);
    if (r >= 0)
        r = sd_bus_set_server(bus, true, id);
    /* It could ask a socket who is there, but it reads from what may be none. */
    if (r >= 0)
        r = sd_bus_set_anonymous(bus, true);
    return r < 0 ? r : sd_bus_start(bus);
}

int wire_serve(int input, int output, sd_bus **ret) {
    _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
    int r = sd_bus_new(&bus);

    if (r >= 0)
        r = sd_bus_set_fd(bus, input, output);
    if (r < 0) {
        close(input);
        close(output);
        return r;
    }
    r = start_server(bus);
    if (r < 0) {
        sd_bus_close(bus);
        return r;
    }
    *ret = TAKE_PTR(bus);
    return 0;
}

int wire_connect(const char *address, sd_bus **ret) {
    _cleanup_(sd_bus_unrefp) sd_bus *bus = NULL;
    int r = sd_bus_new(&bus);

    if (r >= 0)
        r = sd_bus_set_address(bus, address);
    if (r >= 0)
        r = sd_bus_negotiate_fds(bus, false);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(bus);
    return 0;
}
