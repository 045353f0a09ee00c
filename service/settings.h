/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: what callbusd.conf and lines.d/ say. */
#pragma once

#include <glib.h>

#include "service/call-log.h"
#include "service/manager.h"
#include "service/line-setting.h"

typedef enum Storage {
    STORAGE_PERSISTENT,
    STORAGE_NONE, /* nothing outlives the service */
} Storage;

/* Where a provider runs. */
typedef enum ProviderWay {
    PROVIDER_PROCESS,  /* in a process of its own */
    PROVIDER_OFF,      /* nowhere */
    PROVIDER_INTERNAL, /* in the service itself */
    PROVIDER_UNUSED,   /* in a process of its own, once a line needs it */
} ProviderWay;

/* A key of [Providers]. */
typedef struct ProviderSetting {
    char *name;
    ProviderWay way;
} ProviderSetting;

typedef struct Settings {
    Limits limits; /* as far as they are given: see limits_fill() */
    unsigned storage;    /* Storage */
    unsigned durability; /* Durability; UINT_MAX: what is usual on the bus */
    CallLogSettings call_log;
    bool default_lines;
    GPtrArray *providers; /* of ProviderSetting: what is given */
    GPtrArray *lines;     /* of LineSetting */
} Settings;

/* Reads the folder's callbusd.conf and lines.d/ *.conf; what is absent has its default. `required`: the folder must be there.
 * On failure a negative errno, and in *ret_why one line with file, line, key and what would be right, to be freed. */
int settings_load(const char *folder, bool required, Settings **ret, char **ret_why);
Settings *settings_free(Settings *settings);
DEFINE_CLEANUP(Settings *, settings_free)

/* Where that provider is to run; and the names of all that run, or may be needed: NULL-terminated, to be freed. */
ProviderWay settings_provider_way(const Settings *settings, const char *name);
char **settings_list_providers(const Settings *settings);

ProviderSetting *provider_setting_new(const char *name, ProviderWay way);
