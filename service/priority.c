/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priorities: one list of app ids for each media mode, and the file that keeps them. */
#include "service/priority.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "service/log.h"

#define GROUP "Priorities"

enum { FILE_SIZE_MAX = 1024 * 1024 }; /* far more than we write */

struct Priorities {
    char *path; /* NULL: in memory only */
    char **lists[_MEDIA_MAX];
    GHashTable *ranks[_MEDIA_MAX]; /* app id -> rank; NULL: the list is empty */
};

static void set_list(Priorities *priorities, MediaMode mode, const char *const *app_ids) {
    char **list = g_strdupv((char **) app_ids);

    g_strfreev(priorities->lists[mode]);
    g_clear_pointer(&priorities->ranks[mode], g_hash_table_unref);
    priorities->lists[mode] = list;
    if (!list || !list[0])
        return;
    priorities->ranks[mode] = g_hash_table_new(g_str_hash, g_str_equal);
    for (unsigned i = 0; list[i]; i++)
        g_hash_table_insert(priorities->ranks[mode], list[i], GUINT_TO_POINTER(i));
}

/* ---- The file ---- */

/* It was ours to write; whatever happened to it is kept for who wants to know. */
static void set_aside(const char *path, const char *why) {
    g_autofree char *aside = g_strconcat(path, ".bad", NULL);

    log_warning("The priorities of applications can't be read and are set aside as %s: %s", aside, why);
    if (rename(path, aside) < 0)
        log_warning("%s can't be renamed: %s", path, g_strerror(errno));
}

Refusal *priorities_check(const char *const *app_ids) {
    for (unsigned i = 0; app_ids[i]; i++) {
        if (i == APPS_MAX)
            return refuse(REFUSAL_TOO_BIG, "There are more than %d applications in the list: give the first ones", APPS_MAX);
        if (!*app_ids[i])
            return refuse(REFUSAL_INVALID_ARGS, "An app id is empty: give bus names");
        for (unsigned j = 0; j < i; j++)
            if (strcmp(app_ids[i], app_ids[j]) == 0)
                return refuse(REFUSAL_INVALID_ARGS, "'%s' is in the list twice: give it once", app_ids[i]);
    }
    return NULL;
}

static void load_list(Priorities *priorities, GKeyFile *file, MediaMode mode) {
    g_auto(GStrv) list = g_key_file_get_string_list(file, GROUP, media_mode_to_string(mode), NULL, NULL);
    _cleanup_(refusal_freep) Refusal *refusal = list ? priorities_check((const char *const *) list) : NULL;

    if (refusal)
        log_warning("The priorities for %s are ignored: %s", media_mode_to_string(mode), refusal_text(refusal));
    else
        set_list(priorities, mode, (const char *const *) list);
}

/* A pipe in its place would keep us waiting, and a huge file would fill the memory. */
static bool is_readable(const char *path) {
    struct stat st;

    return stat(path, &st) < 0 || (S_ISREG(st.st_mode) && st.st_size <= FILE_SIZE_MAX);
}

static void load(Priorities *priorities) {
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;

    if (!is_readable(priorities->path)) {
        set_aside(priorities->path, "it is no file, or a huge one");
        return;
    }
    if (!g_key_file_load_from_file(file, priorities->path, G_KEY_FILE_NONE, &error)) {
        if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            set_aside(priorities->path, error->message);
        return;
    }
    for (MediaMode mode = 0; mode < _MEDIA_MAX; mode++)
        load_list(priorities, file, mode);
}

static bool save(const Priorities *priorities, GError **error) {
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *data = NULL;
    gsize size = 0;

    if (!priorities->path)
        return true;
    for (MediaMode mode = 0; mode < _MEDIA_MAX; mode++)
        if (priorities->ranks[mode])
            g_key_file_set_string_list(file, GROUP, media_mode_to_string(mode), (const char *const *) priorities->lists[mode],
                                       g_strv_length(priorities->lists[mode]));
    data = g_key_file_to_data(file, &size, NULL);
    return g_file_set_contents_full(priorities->path, data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* ---- Life ---- */

Priorities *priorities_new(const char *path) {
    Priorities *priorities = g_new0(Priorities, 1);

    priorities->path = g_strdup(path);
    if (path)
        load(priorities);
    return priorities;
}

Priorities *priorities_free(Priorities *priorities) {
    if (!priorities)
        return NULL;
    for (MediaMode mode = 0; mode < _MEDIA_MAX; mode++)
        set_list(priorities, mode, NULL);
    g_free(priorities->path);
    g_free(priorities);
    return NULL;
}

const char *const *priorities_get(const Priorities *priorities, MediaMode mode) {
    static const char *const none[] = { NULL };
    char **list = priorities ? priorities->lists[mode] : NULL;

    return list ? (const char *const *) list : none;
}

unsigned priorities_rank(const Priorities *priorities, MediaMode mode, const char *app_id) {
    void *rank = NULL;

    if (!priorities || !priorities->ranks[mode])
        return UINT_MAX;
    return g_hash_table_lookup_extended(priorities->ranks[mode], app_id, NULL, &rank) ? GPOINTER_TO_UINT(rank) : UINT_MAX;
}

Refusal *priorities_set(Priorities *priorities, MediaMode mode, const char *const *app_ids) {
    g_auto(GStrv) old = g_strdupv((char **) priorities_get(priorities, mode));
    g_autoptr(GError) error = NULL;
    Refusal *refusal = priorities_check(app_ids);

    if (refusal)
        return refusal;
    set_list(priorities, mode, app_ids);
    if (save(priorities, &error))
        return NULL;
    set_list(priorities, mode, (const char *const *) old);
    log_error("The priorities of applications can't be saved: %s", error->message);
    return refuse(REFUSAL_IO_ERROR, "The list can't be saved (%s): nothing has changed", error->message);
}
