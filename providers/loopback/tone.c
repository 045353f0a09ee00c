/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tone: one that sounds for some time. */
#include "providers/loopback/tone.h"

struct ToneSender {
    Network *network;
    NetworkEvent event;
    void (*done)(void *owner);
    void *owner;
};

static void on_over(NetworkEvent *event) {
    ToneSender *sender = NETWORK_EVENT_OWNER(event, ToneSender, event);

    sender->done(sender->owner);
}

ToneSender *tone_sender_new(Network *network, unsigned ms, void (*done)(void *owner), void *owner) {
    ToneSender *sender = g_new0(ToneSender, 1);

    sender->network = network;
    sender->done = done;
    sender->owner = owner;
    network_after(network, &sender->event, ms * UINT64_C(1000), on_over);
    return sender;
}

ToneSender *tone_sender_free(ToneSender *sender) {
    if (!sender)
        return NULL;
    network_cancel(sender->network, &sender->event);
    g_free(sender);
    return NULL;
}
