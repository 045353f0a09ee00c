/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Session-ID: any headers, a line each, in the requests ("<") and responses of one dialog. */
#include <glib.h>
#include <string.h>

#include "providers/sip/session-id.h"
#include "tests/fuzz/fuzz.h"

static void must_be_uuid(const char *uuid) {
    must(strlen(uuid) == SESSION_UUID_SIZE - 1 && strspn(uuid, "0123456789abcdef") == strlen(uuid), "'%s' is no UUID", uuid);
}

/* Whatever came, what we say is well-formed, and our own name stays. */
static void check_dialog(const SessionId *id, const char *own) {
    char local[SESSION_UUID_SIZE], remote[SESSION_UUID_SIZE];
    g_autofree char *says = session_id_format(id), *name = session_id_name(id);

    must_be_uuid(id->local);
    must_be_uuid(id->remote);
    must(strcmp(id->local, own) == 0 && strcmp(id->own, own) == 0, "we were '%s' and are '%s'", own, id->local);
    must(session_id_parse(says, local, remote) == 0, "'%s' is not understood", says);
    must(!name || strcmp(name, says) == 0, "we say '%s' and show '%s'", says, name);
    must((id->form == SESSION_ID_SINGLE) == (*remote == '\0'), "'%s' in form %d", says, id->form);
}

static void check_syntax(const char *text) {
    char local[SESSION_UUID_SIZE], remote[SESSION_UUID_SIZE];

    if (session_id_parse(text, local, remote) < 0)
        return;
    must_be_uuid(local);
    if (*remote)
        must_be_uuid(remote);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = fuzz_text(data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    char own[SESSION_UUID_SIZE];
    SessionId id;

    session_id_begin(&id);
    /* Known to the inputs, so that some of them name us. */
    memset(id.local, 'a', SESSION_UUID_SIZE - 1);
    memset(id.own, 'a', SESSION_UUID_SIZE - 1);
    memcpy(own, id.own, sizeof(own));
    for (char **line = lines; *line; line++) {
        check_syntax(*line);
        if (**line == '<')
            session_id_take_request(&id, *line + 1);
        else
            session_id_take_response(&id, *line);
        check_dialog(&id, own);
    }
    return 0;
}
