/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows: what is kept of each kind of object, column by column. */
#include "service/rows.h"

/* More than any count, and few enough that no sum of two overflows. */
#define NUMBER_MAX (INT64_C(1) << 52)

enum {
    NAME_MAX_SIZE = 255,      /* of a name on the bus */
    PARTIES_MAX = 8192,
    NETWORK_IDS_BYTES = 16384,
};

#define WORDS(noun, Type)                                             \
    static const char *noun##_word(int value) {                       \
        return noun##_to_string((Type) value);                        \
    }                                                                 \
    static int noun##_value(const char *word) {                       \
        return (int) noun##_from_string(word);                        \
    }                                                                 \
    static const Words noun##_words = { noun##_word, noun##_value };

WORDS(call_direction, CallDirection)
WORDS(call_origin, CallOrigin)
WORDS(call_reason, CallReason)
WORDS(call_state, CallState)
WORDS(disconnect_cause, DisconnectCause)
WORDS(media_mode, MediaMode)
WORDS(on_owner_lost, OnOwnerLost)
WORDS(open_privilege, OpenPrivilege)
WORDS(privilege, Privilege)
WORDS(state_detail, StateDetail)

#define NUMBER(Row, field, least, most) { #field, COLUMN_NUMBER, offsetof(Row, field), .min = (least), .max = (most) }
#define ID(Row, field) NUMBER(Row, field, 1, INT64_MAX)
#define TIME(Row, field) NUMBER(Row, field, 0, INT64_MAX)
#define FLAG(Row, field) { #field, COLUMN_FLAG, offsetof(Row, field) }
#define WORD(Row, field, noun) { #field, COLUMN_WORD, offsetof(Row, field), .words = &noun##_words }
#define TEXT(Row, field, most) { #field, COLUMN_TEXT, offsetof(Row, field), .max = (most) }
#define BYTES(Row, field, most) { #field, COLUMN_BYTES, offsetof(Row, field), .max = (most) }

static const Column client_columns[] = {
    ID(ClientRow, id),
    NUMBER(ClientRow, uid, 0, UINT32_MAX),
    TEXT(ClientRow, name, NAME_MAX_SIZE),
    TEXT(ClientRow, bus, NAME_MAX_SIZE),
    NUMBER(ClientRow, recipient, 0, INT64_MAX),
};

static const Column open_columns[] = {
    ID(OpenRow, id),
    ID(OpenRow, client),
    TEXT(OpenRow, line, LINE_NAME_MAX),
    NUMBER(OpenRow, place, 0, NUMBER_MAX),
    WORD(OpenRow, privilege, open_privilege),
    NUMBER(OpenRow, media_modes, 0, MEDIA_ALL),
    FLAG(OpenRow, offer),
    WORD(OpenRow, on_owner_lost, on_owner_lost),
    TEXT(OpenRow, app_id, NAME_MAX_SIZE),
};

static const Column call_columns[] = {
    ID(CallRow, id),
    TEXT(CallRow, line, LINE_NAME_MAX),
    FLAG(CallRow, conference),
    WORD(CallRow, state, call_state),
    WORD(CallRow, detail, state_detail),
    WORD(CallRow, cause, disconnect_cause),
    WORD(CallRow, direction, call_direction),
    WORD(CallRow, origin, call_origin),
    WORD(CallRow, reason, call_reason),
    WORD(CallRow, media_mode, media_mode),
    FLAG(CallRow, emergency),
    FLAG(CallRow, kept),
    TEXT(CallRow, call_id, TEXT_MAX),
    TEXT(CallRow, related_call_id, TEXT_MAX),
    TEXT(CallRow, address, TEXT_MAX),
    TEXT(CallRow, called_party, TEXT_MAX),
    TEXT(CallRow, comment, TEXT_MAX),
    TEXT(CallRow, provider_cause, 3 * TEXT_MAX),
    BYTES(CallRow, parties, PARTIES_MAX),
    BYTES(CallRow, network_ids, NETWORK_IDS_BYTES),
    BYTES(CallRow, call_data, CALL_DATA_MAX),
    BYTES(CallRow, user_user_info, USER_USER_INFO_MAX),
    TIME(CallRow, created),
    TIME(CallRow, connected),
    TIME(CallRow, ended),
    TIME(CallRow, state_entered),
    NUMBER(CallRow, uid, ROW_NOBODY, UINT32_MAX),
};

static const Column handle_columns[] = {
    ID(HandleRow, id),
    ID(HandleRow, call),
    ID(HandleRow, client),
    NUMBER(HandleRow, epoch, 1, INT64_MAX),
    NUMBER(HandleRow, number, 1, NUMBER_MAX),
    WORD(HandleRow, privilege, privilege),
    WORD(HandleRow, on_owner_lost, on_owner_lost),
    FLAG(HandleRow, wants_digits),
    BYTES(HandleRow, app_data, APP_DATA_MAX),
};

static const Column token_columns[] = {
    ID(TokenRow, id),
    NUMBER(TokenRow, uid, 0, UINT32_MAX),
    TEXT(TokenRow, line, LINE_NAME_MAX),
    TEXT(TokenRow, text, TOKEN_MAX),
    TEXT(TokenRow, arguments, TEXT_MAX),
    ID(TokenRow, call),
    TIME(TokenRow, born),
};

#define TABLE(noun, order, values)                                         \
    const Table noun##_table = {                                           \
        .name = #noun,                                                     \
        .read = "SELECT * FROM " #noun " ORDER BY " order,                 \
        .write = "INSERT OR REPLACE INTO " #noun " VALUES(" values ")",    \
        .columns = noun##_columns,                                         \
        .n_columns = G_N_ELEMENTS(noun##_columns),                         \
    };

TABLE(client, "id", "?,?,?,?,?")
TABLE(open, "id", "?,?,?,?,?,?,?,?,?")
/* Those that came in may have numbers of their provider, which tell no order. */
TABLE(call, "created, id", "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?")
TABLE(handle, "id", "?,?,?,?,?,?,?,?,?")
TABLE(token, "id", "?,?,?,?,?,?,?")
