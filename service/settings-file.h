/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings file: a key file whose mistakes can be told with the line they stand in. */
#pragma once

#include <glib.h>

#include <stdbool.h>

#include "service/cleanup.h"

typedef struct SettingsFile SettingsFile;

/* Reads and checks the form of a file. On failure a negative errno, and what was wrong in *ret_why, to be freed. */
int settings_file_open(const char *path, SettingsFile **ret, char **ret_why);
/* One that is nowhere yet, without anything in it. */
SettingsFile *settings_file_new(void);
SettingsFile *settings_file_free(SettingsFile *file);
DEFINE_CLEANUP(SettingsFile *, settings_file_free)

char **settings_file_groups(SettingsFile *file);
char **settings_file_keys(SettingsFile *file, const char *group);

/* The value of a key that is there, without spaces around it. */
char *settings_file_get(SettingsFile *file, const char *group, const char *key);

/* The same as a list, split at ';'; empty parts are left out. */
char **settings_file_get_list(SettingsFile *file, const char *group, const char *key);

/* Adds a key; false: it is there. Text of one line. And all of it, to be freed. */
bool settings_file_add(SettingsFile *file, const char *group, const char *key, const char *value);
char *settings_file_text(SettingsFile *file);

/* Says in *ret_why what is wrong with a key (or with the whole group: NULL): "FILE:LINE: KEY: ...", of a new one "KEY: ...". Returns -EINVAL. */
int settings_file_fail(SettingsFile *file, const char *group, const char *key, char **ret_why, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
