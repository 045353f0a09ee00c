/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods of org.callbus1.Manager about lines that are added and removed. */
#include "interfaces/manager-lines.h"

#include "interfaces/peer.h"
#include "interfaces/reply.h"
#include "service/line-store.h"
#include "service/manager.h"

/* What of a huge message is looked at: more is refused in any case. */
enum { PAIRS_MAX = 256 };

/* Keys and values by turns; the texts stay the message's. */
static int read_settings(sd_bus_message *m, GPtrArray *settings) {
    const char *key = NULL, *value = NULL;
    int r;

    r = sd_bus_message_enter_container(m, 'a', "{ss}");
    while (r > 0 && settings->len < 2 * PAIRS_MAX) {
        r = sd_bus_message_read(m, "{ss}", &key, &value);
        if (r > 0) {
            g_ptr_array_add(settings, (char *) key);
            g_ptr_array_add(settings, (char *) value);
        }
    }
    g_ptr_array_add(settings, NULL);
    return r;
}

static Refusal *refuse_all(void) {
    return refuse(REFUSAL_NOT_SUPPORTED, "This service has the lines that it has: none is added or removed");
}

int on_manager_add_line(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    LineStore *store = manager_line_store(bus_manager(userdata));
    Peer *peer = peer_of_sender(userdata, m);
    g_autoptr(GPtrArray) settings = g_ptr_array_new();
    const char *name = NULL, *provider = NULL;
    Done done;
    int r;

    r = sd_bus_message_read(m, "ss", &name, &provider);
    if (r >= 0)
        r = read_settings(m, settings);
    if (r < 0)
        return r;
    if (!store)
        return reply_now(peer, m, refuse_all());
    done = reply_done(peer, m);
    return reply_begun(peer, m, done,
                       line_store_add(store, peer_client(peer), name, provider, (const char *const *) settings->pdata, done));
}

int on_manager_remove_line(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    LineStore *store = manager_line_store(bus_manager(userdata));
    Peer *peer = peer_of_sender(userdata, m);
    const char *name = NULL;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 's', &name);
    if (r < 0)
        return r;
    if (!store)
        return reply_now(peer, m, refuse_all());
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, line_store_remove(store, peer_client(peer), name, done));
}
