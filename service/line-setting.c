/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* LineSetting: what a file of lines.d/ says, or whoever adds a line at run time. */
#include "service/line-setting.h"

#include <errno.h>
#include <string.h>

#include "service/setting.h"

enum {
    PROVIDER_NAME_MAX = 32,
    KEY_MAX = 64,
    VALUE_MAX = 1024,
    KEYS_MAX = 128,
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

LineSetting *line_setting_free(LineSetting *line) {
    if (!line)
        return NULL;
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
    g_strfreev(line->own);
    g_free(line);
    return NULL;
}

static LineSetting *line_setting_new(const char *path) {
    LineSetting *line = g_new0(LineSetting, 1);

    *line = (LineSetting) {
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

/* ---- What is the provider's own ---- */

bool provider_name_is_valid(const char *name) {
    size_t length = strlen(name);

    /* [Line] is no provider's group. */
    return length > 0 && length <= PROVIDER_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") == length &&
           strcmp(name, "line") != 0;
}

char *provider_name_as_group(const char *name) {
    char *group = g_strdup(name);

    group[0] = g_ascii_toupper(group[0]);
    return group;
}

/* Everybody who may read the file could read it there, and it would go over the bus. */
static bool is_secret(const char *key) {
    static const char *const words[] = { "password", "passwd", "secret" };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strcasecmp(key, words[i]) == 0)
            return true;
    return false;
}

static int refuse_secrets(SettingsFile *file, char **ret_why) {
    g_auto(GStrv) groups = settings_file_groups(file);

    for (char **group = groups; *group; group++) {
        g_auto(GStrv) keys = settings_file_keys(file, *group);

        for (char **key = keys; *key; key++)
            if (is_secret(*key))
                return settings_file_fail(file, *group, *key, ret_why,
                                          "no password may stand here: write it into a file that only you can read, and the path of that "
                                          "after PasswordFile=");
    }
    return 0;
}

static char **read_own(SettingsFile *file, const char *group) {
    g_auto(GStrv) keys = settings_file_keys(file, group);
    g_autoptr(GStrvBuilder) own = g_strv_builder_new();

    for (char **key = keys; *key; key++) {
        g_autofree char *value = settings_file_get(file, group, *key);

        g_strv_builder_add(own, *key);
        g_strv_builder_add(own, value);
    }
    return g_strv_builder_end(own);
}

/* ---- Files ---- */

static int check_line(SettingsFile *file, const LineSetting *line, char **ret_why) {
    if (!line->name)
        return settings_file_fail(file, "Line", NULL, ret_why,
                                  "key Name is missing: write Name= below [Line], as the file's own name is none of a line");
    if (!line_name_is_valid(line->name))
        return settings_file_fail(file, "Line", "Name", ret_why,
                                  "'%s' is not 1 to 64 letters, digits or '_': put free text into Label", line->name);
    if (line->pickup_group && strlen(line->pickup_group) > GROUP_MAX)
        return settings_file_fail(file, "Line", "PickupGroup", ret_why, "the name has %zu bytes: at most %d are possible",
                                  strlen(line->pickup_group), GROUP_MAX);
    /* Other networks may tell which numbers it has. */
    if (!line->addresses[0] && strcmp(line->provider, "loopback") == 0)
        return settings_file_fail(file, "Line", NULL, ret_why, "key Addresses is missing: write the line's own number");
    return 0;
}

/* "desk.conf" is the line "desk", if it does not say otherwise. */
static char *name_of_file(const char *path) {
    g_autofree char *name = g_path_get_basename(path);

    if (g_str_has_suffix(name, ".conf"))
        name[strlen(name) - strlen(".conf")] = '\0';
    return line_name_is_valid(name) ? g_steal_pointer(&name) : NULL;
}

static bool has_group(SettingsFile *file, const char *name) {
    g_auto(GStrv) groups = settings_file_groups(file);

    return g_strv_contains((const char *const *) groups, name);
}

/* Whose line it is, if it does not say: an account at a registrar is [Sip] and nothing else. */
static void guess_provider(SettingsFile *file, LineSetting *line) {
    g_free(line->provider);
    line->provider = g_strdup(has_group(file, "Sip") ? "sip" : "loopback");
}

static int fill(SettingsFile *file, LineSetting *line, char **ret_why) {
    g_autofree char *group = NULL, *provider = settings_file_get(file, "Line", "Provider");
    int r;

    if (*provider && !provider_name_is_valid(provider))
        return settings_file_fail(file, "Line", "Provider", ret_why, "'%s' is no provider: use a name such as loopback or sip", provider);
    if (!*provider)
        guess_provider(file, line);
    group = provider_name_as_group(*provider ? provider : line->provider);
    r = refuse_secrets(file, ret_why);
    if (r >= 0)
        r = settings_read(file, line_settings, G_N_ELEMENTS(line_settings), group, LIMIT_LINE, offsetof(LineSetting, toll), line,
                          ret_why);
    if (r < 0)
        return r;
    if (!line->name && line->file)
        line->name = name_of_file(line->file);
    if (!line->label)
        line->label = g_strdup(line->name ?: "");
    line->own = read_own(file, group);
    return check_line(file, line, ret_why);
}

int line_setting_read(const char *path, SettingsFile **ret_file, LineSetting **ret, char **ret_why) {
    _cleanup_(settings_file_freep) SettingsFile *file = NULL;
    _cleanup_(line_setting_freep) LineSetting *line = NULL;
    int r;

    r = settings_file_open(path, &file, ret_why);
    if (r < 0)
        return r;
    line = line_setting_new(path);
    r = fill(file, line, ret_why);
    if (r < 0)
        return r;
    *ret_file = TAKE_PTR(file);
    *ret = TAKE_PTR(line);
    return 0;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *) a, *(char *const *) b);
}

GPtrArray *line_setting_list(const char *folder, char **ret_why) {
    g_autofree char *path = g_build_filename(folder, "lines.d", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (!dir && g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer(&names);
    if (!dir) {
        *ret_why = g_strdup_printf("%s: can't be read: make it a readable folder", path);
        return NULL;
    }
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".conf") && name[0] != '.')
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(names, compare_names);
    return g_steal_pointer(&names);
}

/* ---- At run time ---- */

static bool is_key(const char *key) {
    size_t length = strlen(key);

    if (length == 0 || length > KEY_MAX)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(key[i]) && key[i] != '-')
            return false;
    return true;
}

static bool is_value(const char *value) {
    if (strlen(value) > VALUE_MAX)
        return false;
    for (const char *c = value; *c; c++)
        if (g_ascii_iscntrl(*c))
            return false;
    return true;
}

static bool is_of_line(const char *key) {
    for (size_t i = 0; i < G_N_ELEMENTS(line_settings); i++)
        if (strcmp(line_settings[i].key, key) == 0)
            return true;
    for (Limit i = 0; i < _LIMIT_MAX; i++)
        if (limit_table[i].scope == LIMIT_LINE && strcmp(limit_table[i].key, key) == 0)
            return true;
    return false;
}

static int fill_file(SettingsFile *file, const char *group, const char *const *settings, char **ret_why) {
    unsigned n = 0;

    for (const char *const *key = settings; *key; key += 2) {
        const char *of = is_of_line(*key) ? "Line" : group;

        if (n++ == KEYS_MAX)
            return settings_file_fail(file, of, NULL, ret_why, "there are more than %d settings", KEYS_MAX);
        if (!is_key(*key))
            return settings_file_fail(file, of, NULL, ret_why, "'%s' is no key: use names such as Label", *key);
        if (!is_value(key[1]))
            return settings_file_fail(file, of, *key, ret_why, "the value must be one line of at most %d bytes", VALUE_MAX);
        if (!settings_file_add(file, of, *key, key[1]))
            return settings_file_fail(file, of, *key, ret_why, "it is given already: give it once");
    }
    return 0;
}

int line_setting_make(const char *name, const char *provider, const char *const *settings, LineSetting **ret, char **ret_text,
                      char **ret_why) {
    _cleanup_(settings_file_freep) SettingsFile *file = settings_file_new();
    _cleanup_(line_setting_freep) LineSetting *line = line_setting_new(NULL);
    g_autofree char *group = NULL;
    int r;

    settings_file_add(file, "Line", "Name", name);
    settings_file_add(file, "Line", "Provider", provider);
    if (!provider_name_is_valid(provider))
        return settings_file_fail(file, "Line", "Provider", ret_why, "'%s' is no provider: use a name such as loopback or sip", provider);
    group = provider_name_as_group(provider);
    r = fill_file(file, group, settings, ret_why);
    if (r >= 0)
        r = fill(file, line, ret_why);
    if (r < 0)
        return r;
    line->added = true;
    *ret = TAKE_PTR(line);
    if (ret_text)
        *ret_text = settings_file_text(file);
    return 0;
}

/* ---- For the rules ---- */

void line_setting_config(const LineSetting *line, LineConfig *ret) {
    *ret = (LineConfig) {
        .info = {
            .name = line->name,
            .label = line->label,
            .addresses = (const char *const *) line->addresses,
            .emergency_numbers = (const char *const *) line->emergency_numbers,
            .media_modes = line->media_modes,
            .call_id = line->call_id,
            .close_drop = line->close_drop,
            .max_active_calls = line->max_active_calls,
            .max_held_calls = line->max_held_calls,
            .max_conference_parties = line->max_conference_parties,
            .answer_mode = line->answer_mode,
            .pickup_group = line->pickup_group,
            .without = line->without,
        },
        .settings = (const char *const *) line->own,
        .source = line->file ?: "",
    };
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
