/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digits: a string that is sent by the clock. */
#include "providers/loopback/digits.h"

#include <string.h>

#define PAUSE_MS 1000

struct DigitSender {
    Network *network;
    NetworkEvent event;
    GString *digits;
    size_t sent; /* so many of them */
    bool sounding;
    unsigned duration_ms, gap_ms;
    const DigitSenderOps *ops;
    void *owner;
};

char digit_heard_as(char c) {
    char upper = g_ascii_toupper(c);

    return upper != '\0' && strchr("0123456789ABCD*#", upper) ? upper : '\0';
}

static void on_due(NetworkEvent *event) {
    DigitSender *sender = NETWORK_EVENT_OWNER(event, DigitSender, event);
    unsigned ms;
    char c;

    if (sender->sounding) {
        c = sender->digits->str[sender->sent++];
        sender->sounding = false;
        network_after(sender->network, event, sender->gap_ms * UINT64_C(1000), on_due);
        if (digit_heard_as(c) != '\0')
            sender->ops->heard(sender->owner, digit_heard_as(c));
    } else if (sender->sent < sender->digits->len) {
        ms = sender->digits->str[sender->sent] == ',' ? PAUSE_MS : sender->duration_ms;
        sender->sounding = true;
        network_after(sender->network, event, ms * UINT64_C(1000), on_due);
    } else {
        sender->ops->done(sender->owner);
    }
}

DigitSender *digit_sender_new(Network *network, unsigned duration_ms, unsigned gap_ms, const DigitSenderOps *ops, void *owner) {
    DigitSender *sender = g_new0(DigitSender, 1);

    sender->network = network;
    sender->digits = g_string_new(NULL);
    sender->duration_ms = duration_ms;
    sender->gap_ms = gap_ms;
    sender->ops = ops;
    sender->owner = owner;
    return sender;
}

DigitSender *digit_sender_free(DigitSender *sender) {
    if (!sender)
        return NULL;
    network_cancel(sender->network, &sender->event);
    g_string_free(sender->digits, TRUE);
    g_free(sender);
    return NULL;
}

void digit_sender_add(DigitSender *sender, const char *digits) {
    g_string_erase(sender->digits, 0, (gssize) sender->sent);
    sender->sent = 0;
    if (sender->digits->len + strlen(digits) <= DIGITS_WAITING_MAX)
        g_string_append(sender->digits, digits);
    if (!network_event_waits(&sender->event))
        network_after(sender->network, &sender->event, 0, on_due);
}
