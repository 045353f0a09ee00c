/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SessionId: names a communication from end to end, whatever becomes of its dialogs (RFC 7989), also with peers that know the older
 * form with one name only (RFC 7329). Pure, but for the random bits.
 *
 * Each end has a UUID of 32 hexadecimal digits; the header says the sender's first: "LOCAL;remote=REMOTE".
 */
#pragma once

#include <stdbool.h>

#define SESSION_UUID_SIZE 33 /* with the NUL */
#define SESSION_UUID_NIL "00000000000000000000000000000000"

/* How the dialog names itself. */
typedef enum SessionIdForm {
    SESSION_ID_PAIR,   /* RFC 7989 */
    SESSION_ID_SINGLE, /* RFC 7329: one UUID, which both ends say */
    SESSION_ID_MIRROR, /* the peer repeats the header as it came: the pair keeps its order (RFC 7989, 11) */
} SessionIdForm;

/* What one dialog says. Its members are to be read only. */
typedef struct SessionId {
    char local[SESSION_UUID_SIZE], remote[SESSION_UUID_SIZE]; /* remote: nil as long as it is not known */
    char own[SESSION_UUID_SIZE]; /* `local`, but while the call is in a conference: then what it was before */
    SessionIdForm form;
} SessionId;

/* A new UUID, never nil. */
void session_uuid_mint(char ret[SESSION_UUID_SIZE]);

/* Of a new dialog that begins a communication. */
void session_id_begin(SessionId *id);

/* Of a new dialog that goes on with the communication of another one: after REFER, or after a redirection. */
void session_id_continue(SessionId *id, const SessionId *from);

/* The value of the header in our next message, to be freed. */
char *session_id_format(const SessionId *id);

/* The pair as people and NetworkIds see it, to be freed: "LOCAL;remote=REMOTE", the single UUID of an older peer, or NULL as long as the
 * remote one is not known. */
char *session_id_name(const SessionId *id);

/* The header of a request or of a response that came in the dialog. Returns whether something changed that the peer, or its next hop,
 * would want to hear soon (by our next message). NULL: the message has none. -EBADMSG: no such header at all, and nothing changed. */
int session_id_take_request(SessionId *id, const char *value);
int session_id_take_response(SessionId *id, const char *value);

/* All calls of a conference have its UUID as their local one; whoever leaves gets its own back. To be told to the peers by our next
 * message. */
void session_id_join(SessionId *id, const char *conference);
void session_id_leave(SessionId *id);

/* Just the syntax. `ret_remote` is "" if there is no remote one. -EBADMSG. */
int session_id_parse(const char *value, char ret_local[SESSION_UUID_SIZE], char ret_remote[SESSION_UUID_SIZE]);
