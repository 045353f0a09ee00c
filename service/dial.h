/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dial: from a client's wish to a call on the line. */
#pragma once

#include "service/request.h"

/* What a client asks for. Text may be NULL for absent. */
typedef struct DialOrder {
    const char *address; /* "" for a consultation that waits for digits */
    MediaMode media_mode;
    const char *called_party, *comment;
    bool hide_caller_id;
    unsigned no_answer_timeout_s;
    const uint8_t *user_user_info;
    size_t user_user_info_size;
    const uint8_t *call_data;
    size_t call_data_size;
    OnOwnerLost on_owner_lost;
    const char *token; /* the same token again gives the same call */
} DialOrder;

/* Places a call; done() gets its handle when the line has taken it. Opens the line for the client if need be. */
Refusal *line_dial(Line *line, Client *client, const DialOrder *order, Done done);

/* Those who dialled with the same token meanwhile get the call, too. */
void dial_answer_waiting(Token *token, Call *call, OnOwnerLost on_owner_lost);
