/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows: what is kept of each kind of object, and its table. The ids are those of the objects' marks. */
#pragma once

#include "service/row.h"
#include "service/types.h"

/* Without an owner, or another user. */
#define ROW_NOBODY (-1)

/* Somebody who has opened a line, has a handle or takes the wishes of others. Its name is one of that bus. */
typedef struct ClientRow {
    int64_t id, uid;
    const char *name, *bus;
    int64_t recipient; /* rises with each that registers; 0: it does not take wishes */
} ClientRow;

typedef struct OpenRow {
    int64_t id, client;
    const char *line;
    int64_t place;
    int privilege;
    int64_t media_modes;
    bool offer;
    int on_owner_lost;
    const char *app_id;
} OpenRow;

/* In state "unknown" it is an intent: it was asked of the network, and nothing was heard yet. */
typedef struct CallRow {
    int64_t id;
    const char *line;
    bool conference;
    int state, detail, cause, direction, origin, reason, media_mode;
    bool emergency, kept;
    const char *call_id, *related_call_id, *address, *called_party, *comment, *provider_cause;
    RowBytes parties, network_ids, call_data, user_user_info;
    int64_t created, connected, ended, state_entered;
    int64_t uid; /* of the last owner, or ROW_NOBODY */
} CallRow;

typedef struct HandleRow {
    int64_t id, call, client;
    int64_t epoch, number;
    int privilege, on_owner_lost;
    bool wants_digits;
    RowBytes app_data;
} HandleRow;

typedef struct TokenRow {
    int64_t id, uid;
    const char *line, *text, *arguments;
    int64_t call; /* that it gave, or was to give */
    int64_t born; /* real time */
} TokenRow;

extern const Table client_table, open_table, call_table, handle_table, token_table;
