/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: what callbusd.conf and lines.d/ say. One table of keys for each kind of file. */
#include "service/settings.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "service/database.h"
#include "service/identity.h"
#include "service/number-class.h"
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
} SettingType;

typedef struct Setting {
    const char *group, *key;
    SettingType type;
    size_t offset;
    unsigned min, max;
} Setting;

static const Setting service_settings[] = {
    { "Service", "RequestTimeoutSec", SETTING_NUMBER, offsetof(Settings, limits.request_timeout_s), 1, 600 },
    { "Journal", "Storage", SETTING_STORAGE, offsetof(Settings, storage), 0, 0 },
    { "Journal", "Durability", SETTING_DURABILITY, offsetof(Settings, durability), 0, 0 },
    { "CallLog", "Enabled", SETTING_BOOL, offsetof(Settings, call_log.enabled), 0, 0 },
    { "CallLog", "KeepDays", SETTING_NUMBER, offsetof(Settings, call_log.keep_days), 0, 36500 },
    { "CallLog", "KeepEntries", SETTING_NUMBER, offsetof(Settings, call_log.keep_entries), 0, 100000000 },
    { "Loopback", "DefaultLines", SETTING_BOOL, offsetof(Settings, default_lines), 0, 0 },
};

static const Setting line_settings[] = {
    { "Line", "Name", SETTING_TEXT, offsetof(LineSetting, name), 0, 0 },
    { "Line", "Label", SETTING_TEXT, offsetof(LineSetting, label), 0, 0 },
    { "Line", "Provider", SETTING_TEXT, offsetof(LineSetting, provider), 0, 0 },
    { "Line", "Addresses", SETTING_LIST, offsetof(LineSetting, addresses), 0, 0 },
    { "Line", "EmergencyNumbers", SETTING_LIST, offsetof(LineSetting, emergency_numbers), 0, 0 },
    { "Line", "MediaModes", SETTING_MEDIA_MODES, offsetof(LineSetting, media_modes), 0, 0 },
    { "Line", "CallId", SETTING_BOOL, offsetof(LineSetting, call_id), 0, 0 },
    { "Line", "CloseDrop", SETTING_BOOL, offsetof(LineSetting, close_drop), 0, 0 },
    { "Line", "MaxActiveCalls", SETTING_NUMBER, offsetof(LineSetting, max_active_calls), 0, 100000 },
    { "Line", "MaxHeldCalls", SETTING_NUMBER, offsetof(LineSetting, max_held_calls), 0, 100000 },
    { "Line", "MaxConferenceParties", SETTING_NUMBER, offsetof(LineSetting, max_conference_parties), 0, 100000 },
    { "Line", "AnswerMode", SETTING_ANSWER_MODE, offsetof(LineSetting, answer_mode), 0, 0 },
    { "Line", "PickupGroup", SETTING_TEXT, offsetof(LineSetting, pickup_group), 0, 0 },
    { "Line", "Without", SETTING_OPERATIONS, offsetof(LineSetting, without), 0, 0 },
    { "Line", "AllowedUsers", SETTING_USERS, offsetof(LineSetting, allowed_users), 0, 0 },
    { "Line", "AllowedGroups", SETTING_GROUPS, offsetof(LineSetting, allowed_groups), 0, 0 },
    { "Line", "CountryCode", SETTING_COUNTRY_CODE, offsetof(LineSetting, country_code), 0, 0 },
    { "Line", "CostlyPrefixes", SETTING_PREFIXES, offsetof(LineSetting, costly_prefixes), 0, 0 },
};

/* ---- Values ---- */

static int set_bool(SettingsFile *file, const Setting *setting, bool *place, char **ret_why) {
    g_autofree char *text = settings_file_get(file, setting->group, setting->key);
    static const char *const yes[] = { "yes", "true", "on", "1", NULL }, *const no[] = { "no", "false", "off", "0", NULL };

    if (!g_strv_contains(yes, text) && !g_strv_contains(no, text))
        return settings_file_fail(file, setting->group, setting->key, ret_why, "'%s' is not yes or no", text);
    *place = g_strv_contains(yes, text);
    return 0;
}

static int set_number(SettingsFile *file, const Setting *setting, unsigned *place, char **ret_why) {
    g_autofree char *text = settings_file_get(file, setting->group, setting->key);
    uint64_t value = 0;

    if (!g_ascii_string_to_unsigned(text, 10, setting->min, setting->max, &value, NULL))
        return settings_file_fail(file, setting->group, setting->key, ret_why, "'%s' is not a number from %u to %u", text,
                                  setting->min, setting->max);
    *place = value;
    return 0;
}

static int set_media_modes(SettingsFile *file, const Setting *setting, uint32_t *place, char **ret_why) {
    g_auto(GStrv) names = settings_file_get_list(file, setting->group, setting->key);
    uint32_t modes = 0;

    for (char **name = names; *name; name++) {
        MediaMode mode = media_mode_from_string(*name);

        if ((int) mode < 0)
            return settings_file_fail(file, setting->group, setting->key, ret_why,
                                      "'%s' is not one of interactive-voice, automated-voice, data-modem, g3-fax, g4-fax, "
                                      "digital-data, tdd, video, unknown", *name);
        modes |= MEDIA_BIT(mode);
    }
    if (modes == 0)
        return settings_file_fail(file, setting->group, setting->key, ret_why, "at least one media mode is needed");
    *place = modes;
    return 0;
}

static int set_answer_mode(SettingsFile *file, const Setting *setting, AnswerMode *place, char **ret_why) {
    g_autofree char *name = settings_file_get(file, setting->group, setting->key);
    AnswerMode mode = answer_mode_from_string(name);

    if ((int) mode < 0)
        return settings_file_fail(file, setting->group, setting->key, ret_why, "'%s' is not one of none, drop, hold", name);
    *place = mode;
    return 0;
}

/* What a line may lack: whatever asks something of the network, but for these two. */
static Operation find_lackable(const char *name) {
    for (Operation i = 0; i < _OPERATION_MAX; i++)
        if (operation_needs_ability(i) && i != OPERATION_DIAL && i != OPERATION_DROP && strcmp(operation_to_string(i), name) == 0)
            return i;
    return _OPERATION_MAX;
}

static int set_operations(SettingsFile *file, const Setting *setting, Operations *place, char **ret_why) {
    g_auto(GStrv) names = settings_file_get_list(file, setting->group, setting->key);
    Operations operations = 0;

    for (char **name = names; *name; name++) {
        Operation operation = find_lackable(*name);

        if (operation == _OPERATION_MAX)
            return settings_file_fail(file, setting->group, setting->key, ret_why,
                                      "'%s' is no method that a line can lack: use names such as Hold, Park and SetupTransfer",
                                      *name);
        operations |= OPERATION_BIT(operation);
    }
    *place = operations;
    return 0;
}

/* No name at all is an answer too: nobody. */
static int set_identities(SettingsFile *file, const Setting *setting, GArray **place, char **ret_why) {
    g_auto(GStrv) names = settings_file_get_list(file, setting->group, setting->key);
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    bool users = setting->type == SETTING_USERS;

    for (char **name = names; *name; name++) {
        uint32_t id = 0;
        int r = users ? identity_find_user(*name, &id) : identity_find_group(*name, &id);

        if (r < 0)
            return settings_file_fail(file, setting->group, setting->key, ret_why,
                                      "'%s' is no %s of this machine: use names or numbers, with ';' between them", *name,
                                      users ? "user" : "group");
        g_array_append_val(ids, id);
    }
    g_clear_pointer(place, g_array_unref);
    *place = g_steal_pointer(&ids);
    return 0;
}

static int set_country_code(SettingsFile *file, const Setting *setting, char **place, char **ret_why) {
    g_autofree char *code = settings_file_get(file, setting->group, setting->key);

    if (!number_is_country_code(code))
        return settings_file_fail(file, setting->group, setting->key, ret_why, "'%s' is not 1 to 3 digits such as 49, without '+' or 0",
                                  code);
    g_free(*place);
    *place = g_steal_pointer(&code);
    return 0;
}

static int set_prefixes(SettingsFile *file, const Setting *setting, char ***place, char **ret_why) {
    g_auto(GStrv) prefixes = settings_file_get_list(file, setting->group, setting->key);

    for (char **prefix = prefixes; *prefix; prefix++)
        if (!number_is_prefix(*prefix))
            return settings_file_fail(file, setting->group, setting->key, ret_why,
                                      "'%s' is not the beginning of a number: use digits, maybe with '+' before, and ';' between them",
                                      *prefix);
    g_strfreev(*place);
    *place = g_steal_pointer(&prefixes);
    return 0;
}

/* The place of the word among those that are possible. */
static int set_choice(SettingsFile *file, const Setting *setting, const char *const *words, unsigned *place, char **ret_why) {
    g_autofree char *name = settings_file_get(file, setting->group, setting->key);
    g_autofree char *known = g_strjoinv(", ", (char **) words);

    for (unsigned i = 0; words[i]; i++)
        if (strcmp(words[i], name) == 0) {
            *place = i;
            return 0;
        }
    return settings_file_fail(file, setting->group, setting->key, ret_why, "'%s' is not one of %s", name, known);
}

static int set_value(SettingsFile *file, const Setting *setting, void *result, char **ret_why) {
    static const char *const storages[] = { [STORAGE_PERSISTENT] = "persistent", [STORAGE_NONE] = "none", NULL };
    static const char *const durabilities[] = { [DURABILITY_CRASH] = "crash", [DURABILITY_POWER] = "power", NULL };
    void *place = (char *) result + setting->offset;

    switch (setting->type) {
    case SETTING_BOOL:
        return set_bool(file, setting, place, ret_why);
    case SETTING_NUMBER:
        return set_number(file, setting, place, ret_why);
    case SETTING_MEDIA_MODES:
        return set_media_modes(file, setting, place, ret_why);
    case SETTING_ANSWER_MODE:
        return set_answer_mode(file, setting, place, ret_why);
    case SETTING_OPERATIONS:
        return set_operations(file, setting, place, ret_why);
    case SETTING_USERS:
    case SETTING_GROUPS:
        return set_identities(file, setting, place, ret_why);
    case SETTING_COUNTRY_CODE:
        return set_country_code(file, setting, place, ret_why);
    case SETTING_PREFIXES:
        return set_prefixes(file, setting, place, ret_why);
    case SETTING_STORAGE:
        return set_choice(file, setting, storages, place, ret_why);
    case SETTING_DURABILITY:
        return set_choice(file, setting, durabilities, place, ret_why);
    case SETTING_TEXT:
        g_free(*(char **) place);
        *(char **) place = settings_file_get(file, setting->group, setting->key);
        return 0;
    case SETTING_LIST:
        g_strfreev(*(char ***) place);
        *(char ***) place = settings_file_get_list(file, setting->group, setting->key);
        return 0;
    }
    return -EINVAL;
}

/* ---- Files ---- */

static const Setting *find_setting(const Setting *settings, size_t n, const char *group, const char *key) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(settings[i].group, group) == 0 && (!key || strcmp(settings[i].key, key) == 0))
            return &settings[i];
    return NULL;
}

/* The names that would be right. */
static char *list_known(const Setting *settings, size_t n, const char *group) {
    g_autoptr(GString) known = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        bool again = i > 0 && strcmp(settings[i].group, settings[i - 1].group) == 0;

        if (group ? strcmp(settings[i].group, group) != 0 : again)
            continue;
        g_string_append_printf(known, "%s%s", known->len > 0 ? ", " : "", group ? settings[i].key : settings[i].group);
    }
    return g_string_free(g_steal_pointer(&known), FALSE);
}

static int read_group(SettingsFile *file, const Setting *settings, size_t n, const char *group, void *result, char **ret_why) {
    g_auto(GStrv) keys = settings_file_keys(file, group);

    if (!find_setting(settings, n, group, NULL)) {
        g_autofree char *known = list_known(settings, n, NULL);

        return settings_file_fail(file, group, NULL, ret_why, "unknown group [%s]: known are %s", group, known);
    }
    for (char **key = keys; *key; key++) {
        const Setting *setting = find_setting(settings, n, group, *key);
        int r;

        if (!setting) {
            g_autofree char *known = list_known(settings, n, group);

            return settings_file_fail(file, group, *key, ret_why, "unknown key in [%s]: known are %s", group, known);
        }
        r = set_value(file, setting, result, ret_why);
        if (r < 0)
            return r;
    }
    return 0;
}

static void add_limits(GArray *settings, const char *group, LimitScope scope, size_t offset) {
    for (Limit i = 0; i < _LIMIT_MAX; i++) {
        const LimitInfo *info = &limit_table[i];
        Setting setting = { group, info->key, SETTING_NUMBER, offset + info->offset, info->min, info->max };

        if (info->scope == scope)
            g_array_append_val(settings, setting);
    }
}

/* Reads all groups into `result`, whose limits are at that offset: in the first group of its table. */
static int read_groups(SettingsFile *file, const Setting *settings, size_t n, LimitScope scope, size_t offset, void *result,
                       char **ret_why) {
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Setting));
    g_auto(GStrv) groups = settings_file_groups(file);
    size_t first = 0;
    int r = 0;

    while (first < n && strcmp(settings[first].group, settings[0].group) == 0)
        first++;
    g_array_append_vals(all, settings, first);
    add_limits(all, settings[0].group, scope, offset);
    g_array_append_vals(all, settings + first, n - first);
    for (char **group = groups; r >= 0 && *group; group++)
        r = read_group(file, (const Setting *) all->data, all->len, *group, result, ret_why);
    return r;
}

/* ---- Lines ---- */

static void line_setting_free(void *data) {
    LineSetting *line = data;

    g_free(line->name);
    g_free(line->label);
    g_free(line->provider);
    g_free(line->pickup_group);
    g_free(line->file);
    g_strfreev(line->addresses);
    g_strfreev(line->emergency_numbers);
    g_clear_pointer(&line->allowed_users, g_array_unref);
    g_clear_pointer(&line->allowed_groups, g_array_unref);
    g_free(line->country_code);
    g_strfreev(line->costly_prefixes);
    g_free(line);
}

static LineSetting *line_setting_new(const char *path) {
    LineSetting *line = g_new0(LineSetting, 1);

    *line = (LineSetting) {
        .provider = g_strdup("loopback"),
        .media_modes = MEDIA_ALL,
        .call_id = true,
        .close_drop = true,
        .addresses = g_new0(char *, 1),
        .emergency_numbers = g_new0(char *, 1),
        .file = g_strdup(path),
    };
    toll_limits_clear(&line->toll);
    return line;
}

static int check_line(SettingsFile *file, const LineSetting *line, char **ret_why) {
    if (!line->name)
        return settings_file_fail(file, "Line", NULL, ret_why, "key Name is missing: write Name= below [Line]");
    if (strspn(line->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != strlen(line->name) ||
        !*line->name || strlen(line->name) > LINE_NAME_MAX)
        return settings_file_fail(file, "Line", "Name", ret_why,
                                  "'%s' is not 1 to 64 letters, digits or '_': put free text into Label", line->name);
    if (strcmp(line->provider, "loopback") != 0)
        return settings_file_fail(file, "Line", "Provider", ret_why, "'%s' is unknown: known is loopback", line->provider);
    if (line->pickup_group && strlen(line->pickup_group) > GROUP_MAX)
        return settings_file_fail(file, "Line", "PickupGroup", ret_why, "the name has %zu bytes: at most %d are possible",
                                  strlen(line->pickup_group), GROUP_MAX);
    if (!line->addresses[0])
        return settings_file_fail(file, "Line", NULL, ret_why, "key Addresses is missing: write the line's own number");
    return 0;
}

/* What the loopback provider brings by itself; told here, where the file is known. */
static int check_default(SettingsFile *file, const LineSetting *line, char **ret_why) {
    static const struct {
        const char *name, *address;
    } defaults[] = { { "loop0", "100" }, { "loop1", "101" }, { "loop2", "102" }, { "mute0", "200" } };

    for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++) {
        bool same_name = strcmp(line->name, defaults[i].name) == 0;

        if (same_name || g_strv_contains((const char *const *) line->addresses, defaults[i].address))
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
    for (char **address = line->addresses; *address; address++)
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

static int fill_line(const Settings *settings, SettingsFile *file, LineSetting *line, char **ret_why) {
    int r;

    r = read_groups(file, line_settings, G_N_ELEMENTS(line_settings), LIMIT_LINE, offsetof(LineSetting, toll), line, ret_why);
    if (r >= 0 && !line->label)
        line->label = g_strdup(line->name ?: "");
    if (r >= 0)
        r = check_line(file, line, ret_why);
    if (r >= 0 && settings->default_lines)
        r = check_default(file, line, ret_why);
    if (r >= 0)
        r = check_unique(file, settings->lines, line, ret_why);
    return r;
}

static int read_line(Settings *settings, const char *path, char **ret_why) {
    _cleanup_(settings_file_freep) SettingsFile *file = NULL;
    LineSetting *line;
    int r;

    r = settings_file_open(path, &file, ret_why);
    if (r < 0)
        return r;
    line = line_setting_new(path);
    r = fill_line(settings, file, line, ret_why);
    if (r < 0) {
        line_setting_free(line);
        return r;
    }
    g_ptr_array_add(settings->lines, line);
    return 0;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static int read_lines(Settings *settings, const char *folder, char **ret_why) {
    g_autofree char *path = g_build_filename(folder, "lines.d", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    int r = 0;

    if (!dir && g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return 0;
    if (!dir) {
        *ret_why = g_strdup_printf("%s: can't be read: make it a readable folder", path);
        return -EACCES;
    }
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".conf") && name[0] != '.')
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(names, compare_names);
    for (unsigned i = 0; r >= 0 && i < names->len; i++)
        r = read_line(settings, g_ptr_array_index(names, i), ret_why);
    return r;
}

/* ---- All ---- */

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
    return read_groups(file, service_settings, G_N_ELEMENTS(service_settings), LIMIT_SERVICE, offsetof(Settings, limits), settings,
                       ret_why);
}

int settings_load(const char *folder, bool required, Settings **ret, char **ret_why) {
    _cleanup_(settings_freep) Settings *settings = g_new0(Settings, 1);
    int r;

    *settings = (Settings) {
        .durability = UINT_MAX,
        .call_log = call_log_settings_default,
        .default_lines = true,
        .lines = g_ptr_array_new_with_free_func(line_setting_free),
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

static GArray *ref_ids(GArray *ids) {
    return ids ? g_array_ref(ids) : NULL;
}

LinePolicy *line_setting_policy(const LineSetting *setting, bool users) {
    LinePolicy *policy = line_policy_new(setting->name);

    if (users) {
        policy->users = ref_ids(setting->allowed_users);
        policy->groups = ref_ids(setting->allowed_groups);
    }
    policy->country_code = g_strdup(setting->country_code);
    policy->costly_prefixes = g_strdupv(setting->costly_prefixes);
    policy->toll = setting->toll;
    return policy;
}

Settings *settings_free(Settings *settings) {
    if (!settings)
        return NULL;
    g_ptr_array_unref(settings->lines);
    g_free(settings);
    return NULL;
}
