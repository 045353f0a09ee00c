/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages in the other order of bytes. */
#include "bus/byte-order.h"

#include <errno.h>

bool message_is_turned(sd_bus_message *m) {
    const void *data = NULL;
    size_t size = 0;
    bool turned = sd_bus_message_read_array(m, 'y', &data, &size) == -EOPNOTSUPP;

    sd_bus_message_rewind(m, true);
    return turned;
}

/* What is said of a call beside its arguments. */
static int copy_header(sd_bus_message *m, sd_bus_message *to) {
    const char *sender = sd_bus_message_get_sender(m);
    int r = sender ? sd_bus_message_set_sender(to, sender) : 0;

    if (r >= 0)
        r = sd_bus_message_set_expect_reply(to, sd_bus_message_get_expect_reply(m) > 0);
    if (r >= 0)
        r = sd_bus_message_set_auto_start(to, sd_bus_message_get_auto_start(m) > 0);
    if (r >= 0)
        r = sd_bus_message_set_allow_interactive_authorization(to, sd_bus_message_get_allow_interactive_authorization(m) > 0);
    return r;
}

static int copy(sd_bus_message *m, sd_bus_message *to) {
    uint64_t cookie = 0;
    int r;

    r = copy_header(m, to);
    if (r >= 0)
        r = sd_bus_message_copy(to, m, /* all= */ true);
    if (r >= 0)
        r = sd_bus_message_get_cookie(m, &cookie);
    return r < 0 ? r : sd_bus_message_seal(to, cookie, /* timeout_usec= */ 0);
}

int message_turn(sd_bus *bus, sd_bus_message *m, sd_bus_message **ret) {
    sd_bus_message *turned = NULL;
    int r;

    r = sd_bus_message_new_method_call(bus, &turned, sd_bus_message_get_destination(m), sd_bus_message_get_path(m),
                                       sd_bus_message_get_interface(m), sd_bus_message_get_member(m));
    if (r >= 0)
        r = copy(m, turned);
    if (r >= 0)
        *ret = sd_bus_message_ref(turned);
    sd_bus_message_unref(turned);
    return r;
}
