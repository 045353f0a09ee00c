/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: what callbusd.conf and lines.d/ say. */
#pragma once

#include <glib.h>

#include "service/call-log.h"
#include "service/manager.h"
#include "service/provider.h"

/* A line of lines.d/. */
typedef struct LineSetting {
    char *name, *label, *provider;
    char *pickup_group; /* NULL: in none */
    char **addresses, **emergency_numbers;
    uint32_t media_modes;
    bool call_id, close_drop;
    unsigned max_active_calls, max_held_calls, max_conference_parties;
    AnswerMode answer_mode;
    Operations without; /* methods that it lacks */
    GArray *allowed_users, *allowed_groups; /* of uint32_t: who may use it; both NULL: everybody */
    char *country_code;     /* NULL: unknown */
    char **costly_prefixes; /* NULL: none */
    TollLimits toll;
    char *file; /* where it stands */
} LineSetting;

typedef enum Storage {
    STORAGE_PERSISTENT,
    STORAGE_NONE, /* nothing outlives the service */
} Storage;

typedef struct Settings {
    Limits limits; /* as far as they are given: see limits_fill() */
    unsigned storage;    /* Storage */
    unsigned durability; /* Durability; UINT_MAX: what is usual on the bus */
    CallLogSettings call_log;
    bool default_lines;
    GPtrArray *lines; /* of LineSetting */
} Settings;

/* Reads the folder's callbusd.conf and lines.d/ *.conf; what is absent has its default. `required`: the folder must be there.
 * On failure a negative errno, and in *ret_why one line with file, line, key and what would be right, to be freed. */
int settings_load(const char *folder, bool required, Settings **ret, char **ret_why);
Settings *settings_free(Settings *settings);
DEFINE_CLEANUP(Settings *, settings_free)

/* What the settings of a line say about who may do what with it, for manager_set_line_policy(). `users`: there are several, so that
 * it matters whose it is. */
LinePolicy *line_setting_policy(const LineSetting *setting, bool users);
