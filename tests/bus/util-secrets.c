/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Secrets: what the clients of a test say, and what may not stand in the log. */
#include "tests/bus/util-secrets.h"

#include <string.h>

enum {
    SHORTEST = 3, /* shorter ones are found everywhere */
    LONGEST = 300,
    MANY = 4096,
};

/* Words of the interface that are written as a number or a name could be. */
static const char *const words[] = { "g3-fax", "g4-fax" };

static const char word_characters[] = "abcdefghijklmnopqrstuvwxyz+-";

/* As "loop0". */
static bool is_line_name(const char *text) {
    size_t letters = strspn(text, "abcdefghijklmnopqrstuvwxyz");

    return letters > 0 && g_ascii_isdigit(text[letters]) && !text[letters + 1];
}

/* Words of the interface are in lower case; names of the bus, paths and lines are everybody's. */
static bool is_secret(const char *text) {
    size_t length = strlen(text);

    if (length < SHORTEST || length > LONGEST || text[strspn(text, word_characters)] == '\0')
        return false;
    if (text[0] == ':' || text[0] == '/' || g_str_has_prefix(text, "org.") || g_str_has_prefix(text, "media:") ||
        is_line_name(text))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(text, words[i]) == 0)
            return false;
    return true;
}

static void note_values(GHashTable *secrets, sd_bus_message *message) {
    const char *contents, *text;
    char type;

    while (sd_bus_message_peek_type(message, &type, &contents) > 0) {
        if (strchr("arev", type)) {
            if (sd_bus_message_enter_container(message, type, contents) < 0)
                return;
            if (strcmp(contents, "y") != 0)
                note_values(secrets, message);
            else
                sd_bus_message_skip(message, NULL);
            sd_bus_message_exit_container(message);
        } else if (type == 's') {
            if (sd_bus_message_read_basic(message, type, &text) > 0 && is_secret(text) && g_hash_table_size(secrets) < MANY)
                g_hash_table_add(secrets, g_strdup(text));
        } else if (sd_bus_message_skip(message, (char[]) { type, '\0' }) < 0)
            return;
    }
}

void secrets_note(GHashTable *secrets, sd_bus_message *message) {
    if (!g_str_has_prefix(sd_bus_message_get_interface(message) ?: "", "org.callbus1.") ||
        sd_bus_message_rewind(message, /* complete= */ true) < 0)
        return;
    note_values(secrets, message);
    sd_bus_message_rewind(message, /* complete= */ true);
}

/* As a word of its own: 100 is not in 1001. */
static bool has_word(const char *line, const char *word) {
    size_t length = strlen(word);

    for (const char *at = line; (at = strstr(at, word)); at++)
        if ((at == line || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[length]))
            return true;
    return false;
}

char *secrets_find(GHashTable *secrets, const char *log) {
    g_auto(GStrv) lines = g_strsplit(log, "\n", -1);

    for (char **line = lines; *line; line++) {
        GHashTableIter iter;
        void *secret;

        if (g_str_has_prefix(*line, "<7>"))
            continue;
        g_hash_table_iter_init(&iter, secrets);
        while (g_hash_table_iter_next(&iter, &secret, NULL))
            if (has_word(*line, secret))
                return g_strdup_printf("'%s' in '%s'", (char *) secret, *line);
    }
    return NULL;
}
