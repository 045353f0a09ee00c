/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LineSetting: what a file of lines.d/ says, or whoever adds a line at run time. */
#pragma once

#include <glib.h>

#include "service/line-policy.h"
#include "service/provider.h"
#include "service/settings-file.h"

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
    char **own;   /* what is its provider's: keys and values by turns */
    char *file;   /* where it stands */
    bool added;    /* at run time: it can be removed so */
    bool broken;   /* its provider refused it: it is there to tell why */
    bool removing; /* its provider was asked to take it away */
} LineSetting;

LineSetting *line_setting_free(LineSetting *line);
DEFINE_CLEANUP(LineSetting *, line_setting_free)

/* [a-z0-9]{1,32}; and how it is written as a group or as a key: "sip" as "Sip", to be freed. */
bool provider_name_is_valid(const char *name);
char *provider_name_as_group(const char *name);

/* Reads one file, and tells of it by itself: whether the line fits the others is the caller's to check, who may want the file to say
 * so. On failure a negative errno, and in *ret_why one line with file, line, key and what would be right, to be freed. */
int line_setting_read(const char *path, SettingsFile **ret_file, LineSetting **ret, char **ret_why);

/* One that is given by keys and values by turns, of [Line] and of its provider together; the text of its file, if `ret_text`. On failure
 * as above, but it stands nowhere. */
int line_setting_make(const char *name, const char *provider, const char *const *settings, LineSetting **ret, char **ret_text,
                      char **ret_why);

/* The paths of all files in the folder's lines.d/, sorted; NULL and the reason if it can't be read. */
GPtrArray *line_setting_list(const char *folder, char **ret_why);

/* The same in the words of the contract; the texts stay the setting's. */
void line_setting_config(const LineSetting *line, LineConfig *ret);

/* What it says about who may do what with it, for manager_set_line_policy(). `users`: there are several, so that it matters whose it
 * is. */
LinePolicy *line_setting_policy(const LineSetting *line, bool users);
