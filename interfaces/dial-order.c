/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client says of a call that it wants made: one table of parameters for all methods that make one. */
#include "interfaces/dial-order.h"

#include "interfaces/options.h"
#include "interfaces/reply.h"

typedef struct Params {
    const char *address, *media_mode, *called_party, *comment, *on_owner_lost, *token;
    int hide_caller_id;
    uint32_t no_answer_timeout_s;
    Bytes user_user_info, call_data;
} Params;

/* What all forms have is in the middle. */
static const Option params[] = {
    { "address", "s", offsetof(Params, address) },
    { "media-mode", "s", offsetof(Params, media_mode) },
    { "called-party", "s", offsetof(Params, called_party) },
    { "comment", "s", offsetof(Params, comment) },
    { "hide-caller-id", "b", offsetof(Params, hide_caller_id) },
    { "no-answer-timeout", "u", offsetof(Params, no_answer_timeout_s) },
    { "user-user-info", "ay", offsetof(Params, user_user_info) },
    { "call-data", "ay", offsetof(Params, call_data) },
    { "on-owner-lost", "s", offsetof(Params, on_owner_lost) },
    { "token", "s", offsetof(Params, token) },
};

enum { ALL = G_N_ELEMENTS(params) };

static const struct {
    bool address; /* an argument of its own */
    size_t first, n;
} forms[_DIAL_ORDER_MAX] = {
    [DIAL_ORDER_CALL] = { true, 1, ALL - 1 },
    [DIAL_ORDER_CONSULTATION] = { true, 1, ALL - 2 },
    [DIAL_ORDER_LINE_CONFERENCE] = { false, 0, ALL - 1 },
};

static DialOrder order_of(const Params *from) {
    return (DialOrder) {
        .address = from->address,
        .media_mode = media_mode_from_string(from->media_mode),
        .called_party = from->called_party,
        .comment = from->comment,
        .hide_caller_id = from->hide_caller_id,
        .no_answer_timeout_s = from->no_answer_timeout_s,
        .user_user_info = from->user_user_info.data,
        .user_user_info_size = from->user_user_info.size,
        .call_data = from->call_data.data,
        .call_data_size = from->call_data.size,
        .on_owner_lost = on_owner_lost_from_string(from->on_owner_lost),
        .token = from->token,
    };
}

int dial_order_read(Peer *peer, sd_bus_message *m, DialOrderForm form, DialOrder *ret) {
    Params read = { .address = "", .media_mode = "interactive-voice", .on_owner_lost = "drop" };
    g_autofree char *why = NULL;
    DialOrder order;
    int r;

    if (forms[form].address) {
        r = sd_bus_message_read_basic(m, 's', &read.address);
        if (r < 0)
            return r;
    }
    if (options_read(m, params + forms[form].first, forms[form].n, &read, &why) < 0)
        return reply_invalid(peer, m, "%s", why);
    order = order_of(&read);
    if ((int) order.media_mode < 0)
        return reply_invalid(peer, m, "Unknown media mode '%s': see the line's MediaModes", read.media_mode);
    if ((int) order.on_owner_lost < 0)
        return reply_invalid(peer, m, "on-owner-lost is '%s': use \"drop\" or \"keep\"", read.on_owner_lost);
    *ret = order;
    return 0;
}
