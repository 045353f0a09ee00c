/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SessionId: names of communications, by RFC 7989. */
#include "providers/sip/session-id.h"

#include <errno.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#define UUID_LENGTH (SESSION_UUID_SIZE - 1)

static bool is_nil(const char *uuid) {
    return g_str_equal(uuid, SESSION_UUID_NIL);
}

static void copy_uuid(char ret[SESSION_UUID_SIZE], const char *uuid) {
    g_strlcpy(ret, uuid, SESSION_UUID_SIZE);
}

void session_uuid_mint(char ret[SESSION_UUID_SIZE]) {
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[UUID_LENGTH / 2];
    ssize_t n;

    do
        n = getrandom(bytes, sizeof(bytes), 0);
    while (n < 0 && errno == EINTR);
    if (n != sizeof(bytes))
        g_error("The kernel has no random numbers: %s", g_strerror(errno));
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* RFC 4122: a random one */
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        ret[2 * i] = hex[bytes[i] >> 4];
        ret[2 * i + 1] = hex[bytes[i] & 15];
    }
    ret[UUID_LENGTH] = '\0';
}

void session_id_begin(SessionId *id) {
    *id = (SessionId){ .form = SESSION_ID_PAIR };
    session_uuid_mint(id->local);
    copy_uuid(id->own, id->local);
    copy_uuid(id->remote, SESSION_UUID_NIL);
}

void session_id_continue(SessionId *id, const SessionId *from) {
    *id = (SessionId){ .form = SESSION_ID_PAIR };
    copy_uuid(id->local, from->own);
    copy_uuid(id->own, from->own);
    copy_uuid(id->remote, SESSION_UUID_NIL);
}

char *session_id_format(const SessionId *id) {
    switch (id->form) {
    case SESSION_ID_SINGLE:
        return g_strdup(id->remote);
    case SESSION_ID_MIRROR:
    case SESSION_ID_PAIR:
        break;
    }
    return g_strconcat(id->local, ";remote=", id->remote, NULL);
}

char *session_id_name(const SessionId *id) {
    return is_nil(id->remote) ? NULL : session_id_format(id);
}

/* ---- What peers say ---- */

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " \t\r\n");
}

/* Exactly 32 digits; older implementations write some of them in upper case. */
static int parse_uuid(const char **text, char ret[SESSION_UUID_SIZE]) {
    for (size_t i = 0; i < UUID_LENGTH; i++) {
        if (!g_ascii_isxdigit((*text)[i]))
            return -EBADMSG;
        ret[i] = g_ascii_tolower((*text)[i]);
    }
    ret[UUID_LENGTH] = '\0';
    *text += UUID_LENGTH;
    return 0;
}

/* ";NAME=VALUE", where only the name "remote" means something. */
static int parse_parameter(const char **text, char ret_remote[SESSION_UUID_SIZE]) {
    const char *name = skip_blanks(*text + 1), *end = name + strcspn(name, ";= \t\r\n"), *value = skip_blanks(end);
    bool is_remote = (size_t) (end - name) == strlen("remote") && g_ascii_strncasecmp(name, "remote", strlen("remote")) == 0;

    if (is_remote && *value == '=' && *ret_remote == '\0') {
        *text = skip_blanks(value + 1);
        return parse_uuid(text, ret_remote);
    }
    if (is_remote || end == name)
        return -EBADMSG;
    *text = end + strcspn(end, ";");
    return 0;
}

int session_id_parse(const char *value, char ret_local[SESSION_UUID_SIZE], char ret_remote[SESSION_UUID_SIZE]) {
    char local[SESSION_UUID_SIZE], remote[SESSION_UUID_SIZE] = "";
    const char *text = skip_blanks(value);

    if (parse_uuid(&text, local) < 0)
        return -EBADMSG;
    while (*(text = skip_blanks(text)) == ';')
        if (parse_parameter(&text, remote) < 0)
            return -EBADMSG;
    if (*text != '\0')
        return -EBADMSG;
    copy_uuid(ret_local, local);
    copy_uuid(ret_remote, remote);
    return 0;
}

static bool set_remote(SessionId *id, SessionIdForm form, const char *remote) {
    bool changed = form != id->form || !g_str_equal(remote, id->remote);

    id->form = form;
    copy_uuid(id->remote, remote);
    return changed;
}

int session_id_take_request(SessionId *id, const char *value) {
    char theirs[SESSION_UUID_SIZE], ours[SESSION_UUID_SIZE];

    if (!value)
        return false;
    if (session_id_parse(value, theirs, ours) < 0)
        return -EBADMSG;
    if (is_nil(theirs))
        return false;
    if (*ours == '\0')
        return set_remote(id, SESSION_ID_SINGLE, theirs);

    /* A peer that mirrors says our own name first, in its requests, too. */
    if (g_str_equal(theirs, id->local))
        return false;
    return set_remote(id, SESSION_ID_PAIR, theirs);
}

int session_id_take_response(SessionId *id, const char *value) {
    char theirs[SESSION_UUID_SIZE], ours[SESSION_UUID_SIZE];

    if (!value)
        return false;
    if (session_id_parse(value, theirs, ours) < 0)
        return -EBADMSG;
    if (is_nil(theirs))
        return false;
    if (id->form == SESSION_ID_SINGLE && g_str_equal(theirs, id->remote))
        return false;
    if (!g_str_equal(theirs, id->local))
        return set_remote(id, SESSION_ID_PAIR, theirs);

    /* Our own name: an older implementation, that knows only this one or repeats what it got. */
    if (*ours == '\0')
        return set_remote(id, SESSION_ID_SINGLE, theirs);
    return set_remote(id, SESSION_ID_MIRROR, id->remote);
}

/* ---- Conferences ---- */

void session_id_join(SessionId *id, const char *conference) {
    copy_uuid(id->local, conference);
}

void session_id_leave(SessionId *id) {
    copy_uuid(id->local, id->own);
}
