/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trouble: one table of what it is called. */
#include "providers/sip/trouble.h"

#include <glib.h>
#include <string.h>

/* "{}" is where; the detail follows in parentheses, if there is one. */
typedef struct TroubleRow {
    const char *text;
    bool lasting;
} TroubleRow;

static const TroubleRow rows[_TROUBLE_MAX] = {
    [TROUBLE_NONE] = { "" },
    [TROUBLE_STARTING] = { "{} is being asked to register the line" },
    [TROUBLE_NO_NETWORK] = { "there is no network on which {} could be reached" },
    [TROUBLE_NO_NAME] = { "the name {} is not found: is Registrar= or Proxy= right?" },
    [TROUBLE_NO_DNS] = { "no name server tells the address of {}" },
    [TROUBLE_REFUSED] = { "{} refuses the connection: nobody listens there" },
    [TROUBLE_UNREACHABLE] = { "{} can't be reached" },
    [TROUBLE_NO_ANSWER] = { "{} does not answer" },
    [TROUBLE_NO_TLS] = { "{} does not speak TLS as we do" },
    [TROUBLE_CERTIFICATE] = { "the certificate of {} is refused", .lasting = true },
    [TROUBLE_NO_PASSWORD] = { "{} asks for a password: set PasswordFile= or PasswordCredential=", .lasting = true },
    [TROUBLE_WRONG_PASSWORD] = { "{} refuses the password: is it that of User= or AuthUser=?", .lasting = true },
    [TROUBLE_PASSWORD_UNREADABLE] = { "the password can't be read", .lasting = true },
    [TROUBLE_UNKNOWN_USER] = { "{} does not know the user: is User= right?", .lasting = true },
    [TROUBLE_FORBIDDEN] = { "{} refuses to register the line", .lasting = true },
    [TROUBLE_BUSY_SERVER] = { "{} can't register the line at present" },
    [TROUBLE_OTHER_ANSWER] = { "{} does not register the line", .lasting = true },
    [TROUBLE_ADDRESS_IN_USE] = { "the address that Listen= names can't be used" },
};

static const struct {
    int status;
    Trouble trouble;
} answers[] = {
    { 401, TROUBLE_WRONG_PASSWORD },
    { 407, TROUBLE_WRONG_PASSWORD },
    { 403, TROUBLE_FORBIDDEN },
    { 604, TROUBLE_UNKNOWN_USER },
    { 404, TROUBLE_UNKNOWN_USER },
    { 408, TROUBLE_NO_ANSWER },
    { 480, TROUBLE_BUSY_SERVER },
    { 491, TROUBLE_BUSY_SERVER },
};

Trouble trouble_from_status(int status, bool had_password) {
    if (status < 300)
        return TROUBLE_NONE;
    if ((status == 401 || status == 407) && !had_password)
        return TROUBLE_NO_PASSWORD;
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        if (answers[i].status == status)
            return answers[i].trouble;
    return status >= 500 && status < 600 ? TROUBLE_BUSY_SERVER : TROUBLE_OTHER_ANSWER;
}

bool trouble_is_lasting(Trouble trouble) {
    return rows[trouble].lasting;
}

char *trouble_text(Trouble trouble, const char *where, const char *detail) {
    const char *text = rows[trouble].text, *hole = strstr(text, "{}");
    GString *string = g_string_new(NULL);

    if (hole)
        g_string_append_printf(string, "%.*s%s%s", (int) (hole - text), text, where, hole + 2);
    else
        g_string_append(string, text);
    if (detail && detail[0] != '\0')
        g_string_append_printf(string, " (%s)", detail);
    return g_string_free(string, FALSE);
}
