/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Wait: an event of an end. */
#include "providers/loopback/wait.h"

#include "providers/loopback/end.h"

struct Wait {
    NetworkEvent event;
    End *end;
    void (*over)(End *end);
};

static void on_over(NetworkEvent *event) {
    const Wait *wait = NETWORK_EVENT_OWNER(event, Wait, event);

    wait->over(wait->end);
}

void end_wait(End *end, uint64_t usec, void (*over)(End *end)) {
    if (!end->wait)
        end->wait = g_new0(Wait, 1);
    end->wait->end = end;
    end->wait->over = over;
    network_after(end_network(end), &end->wait->event, usec, on_over);
}

void end_stop_waiting(End *end) {
    if (!end->wait)
        return;
    network_cancel(end_network(end), &end->wait->event);
    g_clear_pointer(&end->wait, g_free);
}
