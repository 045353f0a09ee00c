/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: what callbusd.conf and lines.d/ say. */
#include "service/settings.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "service/database.h"
#include "service/setting.h"

static const Setting service_settings[] = {
    { "Service", "RequestTimeoutSec", SETTING_NUMBER, offsetof(Settings, limits.request_timeout_s), 1, 600 },
    { "Journal", "Storage", SETTING_STORAGE, offsetof(Settings, storage), 0, 0 },
    { "Journal", "Durability", SETTING_DURABILITY, offsetof(Settings, durability), 0, 0 },
    { "CallLog", "Enabled", SETTING_BOOL, offsetof(Settings, call_log.enabled), 0, 0 },
    { "CallLog", "KeepDays", SETTING_NUMBER, offsetof(Settings, call_log.keep_days), 0, 36500 },
    { "CallLog", "KeepEntries", SETTING_NUMBER, offsetof(Settings, call_log.keep_entries), 0, 100000000 },
    { "Loopback", "DefaultLines", SETTING_BOOL, offsetof(Settings, default_lines), 0, 0 },
    { "Providers", "*", SETTING_PROVIDER, offsetof(Settings, providers), 0, 0 },
};

/* ---- Providers ---- */

ProviderSetting *provider_setting_new(const char *name, ProviderWay way) {
    ProviderSetting *provider = g_new0(ProviderSetting, 1);

    *provider = (ProviderSetting) { .name = g_strdup(name), .way = way };
    return provider;
}

static void provider_setting_free(void *data) {
    ProviderSetting *provider = data;

    g_free(provider->name);
    g_free(provider);
}

ProviderWay settings_provider_way(const Settings *settings, const char *name) {
    for (unsigned i = 0; i < settings->providers->len; i++) {
        const ProviderSetting *provider = g_ptr_array_index(settings->providers, i);

        if (strcmp(provider->name, name) == 0)
            return provider->way;
    }
    if (strcmp(name, "loopback") == 0)
        return PROVIDER_INTERNAL;
    for (unsigned i = 0; i < settings->lines->len; i++)
        if (strcmp(((const LineSetting *) g_ptr_array_index(settings->lines, i))->provider, name) == 0)
            return PROVIDER_PROCESS;
    return PROVIDER_UNUSED;
}

static void add_once(GPtrArray *names, const Settings *settings, const char *name) {
    ProviderWay way = settings_provider_way(settings, name);

    if ((way == PROVIDER_PROCESS || way == PROVIDER_INTERNAL) && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(name));
}

char **settings_list_providers(const Settings *settings) {
    GPtrArray *names = g_ptr_array_new();

    add_once(names, settings, "loopback");
    for (unsigned i = 0; i < settings->providers->len; i++)
        add_once(names, settings, ((const ProviderSetting *) g_ptr_array_index(settings->providers, i))->name);
    for (unsigned i = 0; i < settings->lines->len; i++)
        add_once(names, settings, ((const LineSetting *) g_ptr_array_index(settings->lines, i))->provider);
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(names, FALSE);
}

/* ---- Lines ---- */

/* What the loopback provider brings by itself; told here, where the file is known. */
static int check_default(SettingsFile *file, const LineSetting *line, char **ret_why) {
    static const struct {
        const char *name, *address;
    } defaults[] = { { "loop0", "100" }, { "loop1", "101" }, { "loop2", "102" }, { "mute0", "200" } };

    bool loops = strcmp(line->provider, "loopback") == 0;

    for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++) {
        bool same_name = strcmp(line->name, defaults[i].name) == 0;

        if (same_name || (loops && g_strv_contains((const char *const *) line->addresses, defaults[i].address)))
            return settings_file_fail(file, "Line", same_name ? "Name" : "Addresses", ret_why,
                                      "'%s' is that of a default line: use another, or DefaultLines=no in callbusd.conf",
                                      same_name ? defaults[i].name : defaults[i].address);
    }
    return 0;
}

static int check_other(SettingsFile *file, const LineSetting *line, const LineSetting *other, char **ret_why) {
    if (strcmp(other->name, line->name) == 0)
        return settings_file_fail(file, "Line", "Name", ret_why, "'%s' is that of the line in %s: use another", line->name,
                                  other->file);
    for (char **address = line->addresses; *address && strcmp(line->provider, other->provider) == 0; address++)
        if (g_strv_contains((const char *const *) other->addresses, *address))
            return settings_file_fail(file, "Line", "Addresses", ret_why, "'%s' is that of the line in %s: use another",
                                      *address, other->file);
    return 0;
}

static int check_unique(SettingsFile *file, const GPtrArray *lines, const LineSetting *line, char **ret_why) {
    int r = 0;

    for (char **address = line->addresses; *address; address++)
        if (g_strv_contains((const char *const *) address + 1, *address))
            return settings_file_fail(file, "Line", "Addresses", ret_why, "'%s' is there twice: remove one of them", *address);
    for (unsigned i = 0; r >= 0 && i < lines->len; i++)
        r = check_other(file, line, g_ptr_array_index(lines, i), ret_why);
    return r;
}

static int check_provider(SettingsFile *file, const Settings *settings, const LineSetting *line, char **ret_why) {
    g_autofree char *group = provider_name_as_group(line->provider);

    if (settings_provider_way(settings, line->provider) != PROVIDER_OFF)
        return 0;
    return settings_file_fail(file, "Line", "Provider", ret_why, "'%s' is off in callbusd.conf: remove %s=off there, below [Providers]",
                              line->provider, group);
}

static int check_line(SettingsFile *file, const Settings *settings, const LineSetting *line, char **ret_why) {
    int r = check_provider(file, settings, line, ret_why);

    if (r >= 0 && settings->default_lines)
        r = check_default(file, line, ret_why);
    return r < 0 ? r : check_unique(file, settings->lines, line, ret_why);
}

static int read_line(Settings *settings, const char *path, char **ret_why) {
    _cleanup_(settings_file_freep) SettingsFile *file = NULL;
    _cleanup_(line_setting_freep) LineSetting *line = NULL;
    int r;

    r = line_setting_read(path, &file, &line, ret_why);
    if (r >= 0)
        r = check_line(file, settings, line, ret_why);
    if (r < 0)
        return r;
    g_ptr_array_add(settings->lines, TAKE_PTR(line));
    return 0;
}

static int read_lines(Settings *settings, const char *folder, char **ret_why) {
    g_autoptr(GPtrArray) paths = line_setting_list(folder, ret_why);
    int r = 0;

    if (!paths)
        return -EACCES;
    for (unsigned i = 0; r >= 0 && i < paths->len; i++)
        r = read_line(settings, g_ptr_array_index(paths, i), ret_why);
    return r;
}

/* ---- All ---- */

static void free_line(void *line) {
    line_setting_free(line);
}

static int check_folder(const char *folder, bool required, char **ret_why) {
    struct stat st;

    if (stat(folder, &st) < 0) {
        if (errno == ENOENT && !required)
            return 0;
        *ret_why = g_strdup_printf("%s: %s: give a readable folder with --config", folder, g_strerror(errno));
        return -errno;
    }
    if (!S_ISDIR(st.st_mode)) {
        *ret_why = g_strdup_printf("%s: not a folder: give one with --config", folder);
        return -ENOTDIR;
    }
    return 0;
}

static int read_service(Settings *settings, const char *folder, char **ret_why) {
    _cleanup_(settings_file_freep) SettingsFile *file = NULL;
    g_autofree char *path = g_build_filename(folder, "callbusd.conf", NULL);
    int r;

    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    r = settings_file_open(path, &file, ret_why);
    if (r < 0)
        return r;
    r = settings_read(file, service_settings, G_N_ELEMENTS(service_settings), /* but= */ NULL, LIMIT_SERVICE,
                      offsetof(Settings, limits), settings, ret_why);
    if (r >= 0 && settings_provider_way(settings, "loopback") == PROVIDER_OFF)
        settings->default_lines = false;
    return r;
}

int settings_load(const char *folder, bool required, Settings **ret, char **ret_why) {
    _cleanup_(settings_freep) Settings *settings = g_new0(Settings, 1);
    int r;

    *settings = (Settings) {
        .durability = UINT_MAX,
        .call_log = call_log_settings_default,
        .default_lines = true,
        .providers = g_ptr_array_new_with_free_func(provider_setting_free),
        .lines = g_ptr_array_new_with_free_func(free_line),
    };
    limits_clear(&settings->limits);
    r = check_folder(folder, required, ret_why);
    if (r >= 0)
        r = read_service(settings, folder, ret_why);
    if (r >= 0)
        r = read_lines(settings, folder, ret_why);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(settings);
    return 0;
}

Settings *settings_free(Settings *settings) {
    if (!settings)
        return NULL;
    g_ptr_array_unref(settings->providers);
    g_ptr_array_unref(settings->lines);
    g_free(settings);
    return NULL;
}
