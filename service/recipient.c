/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recipients: clients that take the wishes of others for calls. */
#include "service/recipient.h"

#include <string.h>

#include "service/address.h"
#include "service/client.h"
#include "service/manager.h"

void client_register_recipient(Client *client, bool enable) {
    GQueue *recipients = manager_recipients(client_manager(client));
    GList *link = client_recipient_link(client);

    if (enable == (link->data != NULL))
        return;
    if (enable) {
        link->data = client;
        g_queue_push_tail_link(recipients, link);
        client_set_recipient(client, manager_next_number(client_manager(client)));
    } else {
        g_queue_unlink(recipients, link);
        link->data = NULL;
        client_set_recipient(client, 0);
    }
}

static Client *find_best(Manager *manager, MediaMode mode, const User *user) {
    unsigned best_rank = UINT_MAX;
    Client *best = NULL;

    for (GList *i = manager_recipients(manager)->head; i; i = i->next) {
        unsigned rank = client_rank(i->data, mode);

        if ((user && client_user(i->data) != user) || (best && rank >= best_rank))
            continue;
        best = i->data;
        best_rank = rank;
    }
    return best;
}

static Refusal *check_size(const char *what, const char *text) {
    if (!text || strlen(text) <= TEXT_MAX)
        return NULL;
    return refuse(REFUSAL_TOO_BIG, "%s is %zu bytes: at most %d are possible", what, strlen(text), TEXT_MAX);
}

Refusal *manager_request_call(Manager *manager, const CallWish *wish) {
    Refusal *refusal = address_check_service_code(wish->address) ?: address_check_form(wish->address)
                       ?: check_size("called-party", wish->called_party) ?: check_size("comment", wish->comment);
    Client *client;

    if (refusal)
        return refusal;
    client = find_best(manager, wish->media_mode, wish->user);
    if (!client)
        return refuse(REFUSAL_TARGET_NOT_FOUND, "No application takes such requests now: start one, or dial by yourself");
    outbox_flush(client);
    manager_observer(manager)->call_requested(client, wish, manager_observer_data(manager));
    return NULL;
}
