/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Setting: one key of a settings file, and where its value goes. A kind of file is a table of them. */
#pragma once

#include <glib.h>

#include "service/limit.h"
#include "service/settings-file.h"

typedef enum SettingType {
    SETTING_BOOL,
    SETTING_NUMBER,
    SETTING_TEXT,
    SETTING_LIST,
    SETTING_MEDIA_MODES,
    SETTING_ANSWER_MODE,
    SETTING_OPERATIONS,
    SETTING_USERS,
    SETTING_GROUPS,
    SETTING_COUNTRY_CODE,
    SETTING_PREFIXES,
    SETTING_STORAGE,
    SETTING_DURABILITY,
    SETTING_PROVIDER,
} SettingType;

typedef struct Setting {
    const char *group, *key; /* "*": whatever key it is */
    SettingType type;
    size_t offset;
    unsigned min, max;
} Setting;

/* Reads all groups of the file, but for one that is somebody else's (NULL: none), into `result`. What limits there are of that
 * scope are among the keys of the table's first group, and are at that offset. On failure as settings_file_open(). */
int settings_read(SettingsFile *file, const Setting *settings, size_t n, const char *but, LimitScope scope, size_t offset,
                  void *result, char **ret_why);
