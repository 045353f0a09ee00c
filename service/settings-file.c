/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings file: a key file whose mistakes can be told with the line they stand in. */
#include "service/settings-file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FILE_SIZE_MAX = 1024 * 1024,
    SHOWN_MAX = 40, /* characters of a line that makes no sense */
};

struct SettingsFile {
    char *path;
    GKeyFile *keys;
    GHashTable *lines; /* "group\nkey" or "group" -> line number */
};

static int fail_at(const char *path, unsigned line, char **ret_why, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static int fail_at(const char *path, unsigned line, char **ret_why, const char *format, ...) {
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    if (!path) {
        *ret_why = g_steal_pointer(&text);
        return -EINVAL;
    }
    /* What is missing stands nowhere. */
    *ret_why = line > 0 ? g_strdup_printf("%s:%u: %s", path, line, text) : g_strdup_printf("%s: %s", path, text);
    return -EINVAL;
}

static char *place_of(const char *group, const char *key) {
    return key ? g_strdup_printf("%s\n%s", group, key) : g_strdup(group);
}

/* Remembers where a group or key stands. GKeyFile would silently take the last of two. */
static int note(SettingsFile *file, const char *group, const char *key, unsigned line, char **ret_why) {
    char *place = place_of(group, key);
    unsigned first = GPOINTER_TO_UINT(g_hash_table_lookup(file->lines, place));

    if (first > 0) {
        g_free(place);
        return fail_at(file->path, line, ret_why, "%s%s%s is in line %u already: remove one of them", key ? "" : "[",
                       key ?: group, key ? "" : "]", first);
    }
    g_hash_table_insert(file->lines, place, GUINT_TO_POINTER(line));
    return 0;
}

/* The beginning of a text, for a message: whole characters. */
static char *beginning(const char *text) {
    return g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), SHOWN_MAX));
}

static int fail_line(const char *path, unsigned line, char **ret_why, const char *text, const char *what) {
    g_autofree char *shown = beginning(text);

    return fail_at(path, line, ret_why, "'%s' %s", shown, what);
}

static int note_line(SettingsFile *file, char *text, unsigned line, char **group, char **ret_why) {
    size_t length = strlen(g_strstrip(text));
    char *equals = strchr(text, '=');

    if (length == 0 || text[0] == '#')
        return 0;
    if (text[0] == '[' && text[length - 1] == ']' && length > 2) {
        g_free(*group);
        *group = g_strndup(text + 1, length - 2);
        return note(file, *group, NULL, line, ret_why);
    }
    if (!equals || equals == text)
        return fail_line(file->path, line, ret_why, text, "is neither [Group], Key=Value nor # comment");
    if (!*group)
        return fail_line(file->path, line, ret_why, text, "stands before any [Group]");
    *equals = '\0';
    return note(file, *group, g_strchomp(text), line, ret_why);
}

static int note_lines(SettingsFile *file, const char *text, char **ret_why) {
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *group = NULL;
    int r = 0;

    for (unsigned i = 0; r >= 0 && lines[i]; i++)
        r = note_line(file, lines[i], i + 1, &group, ret_why);
    return r;
}

static int read_text(const char *path, char **ret, size_t *ret_size, char **ret_why) {
    g_autoptr(GError) error = NULL;
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode)) {
        *ret_why = g_strdup_printf("%s: not a readable file: make it one, or remove it", path);
        return -EINVAL;
    }
    /* What is too long is not read: it may be longer than the memory. */
    if (st.st_size <= FILE_SIZE_MAX && !g_file_get_contents(path, ret, ret_size, &error)) {
        *ret_why = g_strdup_printf("%s: can't be read: make it readable for the service (%s)", path, error->message);
        return -EACCES;
    }
    if (*ret && *ret_size <= FILE_SIZE_MAX && !memchr(*ret, 0, *ret_size) && g_utf8_validate(*ret, *ret_size, NULL))
        return 0;
    *ret_why = g_strdup_printf("%s: not a text file in UTF-8 of at most 1 MiB", path);
    g_clear_pointer(ret, g_free);
    return -EINVAL;
}

SettingsFile *settings_file_new(void) {
    SettingsFile *file = g_new0(SettingsFile, 1);

    file->keys = g_key_file_new();
    file->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return file;
}

int settings_file_open(const char *path, SettingsFile **ret, char **ret_why) {
    _cleanup_(settings_file_freep) SettingsFile *file = settings_file_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *whole = NULL;
    size_t size = 0;
    int r;

    file->path = g_strdup(path);
    r = read_text(path, &text, &size, ret_why);
    if (r >= 0)
        r = note_lines(file, text, ret_why);
    if (r < 0)
        return r;
    /* GLib takes the last line in another way if nothing ends it. */
    whole = g_strconcat(text, "\n", NULL);
    if (size > 0 && !g_key_file_load_from_data(file->keys, whole, size + 1, G_KEY_FILE_NONE, &error)) {
        *ret_why = g_strdup_printf("%s: %s", path, error->message);
        return -EINVAL;
    }
    *ret = TAKE_PTR(file);
    return 0;
}

SettingsFile *settings_file_free(SettingsFile *file) {
    if (!file)
        return NULL;
    g_key_file_unref(file->keys);
    g_hash_table_unref(file->lines);
    g_free(file->path);
    g_free(file);
    return NULL;
}

char **settings_file_groups(SettingsFile *file) {
    return g_key_file_get_groups(file->keys, NULL);
}

char **settings_file_keys(SettingsFile *file, const char *group) {
    return g_key_file_get_keys(file->keys, group, NULL, NULL) ?: g_new0(char *, 1);
}

char *settings_file_get(SettingsFile *file, const char *group, const char *key) {
    char *text = g_key_file_get_value(file->keys, group, key, NULL);

    return text ? g_strstrip(text) : g_strdup("");
}

char **settings_file_get_list(SettingsFile *file, const char *group, const char *key) {
    g_autofree char *text = settings_file_get(file, group, key);
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    GPtrArray *list = g_ptr_array_new();

    for (char **part = parts; *part; part++)
        if (*g_strstrip(*part))
            g_ptr_array_add(list, g_strdup(*part));
    g_ptr_array_add(list, NULL);
    return (char **) g_ptr_array_free(list, FALSE);
}

bool settings_file_add(SettingsFile *file, const char *group, const char *key, const char *value) {
    if (g_key_file_has_key(file->keys, group, key, NULL))
        return false;
    g_key_file_set_value(file->keys, group, key, value);
    return true;
}

char *settings_file_text(SettingsFile *file) {
    return g_key_file_to_data(file->keys, NULL, NULL);
}

int settings_file_fail(SettingsFile *file, const char *group, const char *key, char **ret_why, const char *format, ...) {
    g_autofree char *place = place_of(group, key), *text = NULL;
    unsigned line = GPOINTER_TO_UINT(g_hash_table_lookup(file->lines, place));
    va_list ap;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    return fail_at(file->path, line, ret_why, "%s%s%s", key ?: "", key ? ": " : "", text);
}
