/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Setting: one key of a settings file, and where its value goes. */
#include "service/setting.h"

#include <string.h>

#include "service/call-state.h"
#include "service/database.h"
#include "service/identity.h"
#include "service/number-class.h"
#include "service/settings.h"

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

/* What a line may lack: what not every line can do. */
static Operation find_lackable(const char *name) {
    for (Operation i = 0; i < _OPERATION_MAX; i++)
        if (!(operations_always() & OPERATION_BIT(i)) && strcmp(operation_to_string(i), name) == 0)
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

/* The key is the provider's name. What is in the service itself can be kept apart from it, but not the other way round. */
static int set_provider(SettingsFile *file, const Setting *setting, GPtrArray *providers, char **ret_why) {
    static const char *const ways[] = { [PROVIDER_PROCESS] = "process", [PROVIDER_OFF] = "off", [PROVIDER_INTERNAL] = NULL, NULL };
    static const char *const all_ways[] = { [PROVIDER_PROCESS] = "process", [PROVIDER_OFF] = "off", [PROVIDER_INTERNAL] = "internal",
                                            NULL };
    g_autofree char *name = g_ascii_strdown(setting->key, -1), *group = provider_name_as_group(name);
    unsigned way;
    int r;

    if (!provider_name_is_valid(name) || strcmp(group, setting->key) != 0)
        return settings_file_fail(file, setting->group, setting->key, ret_why,
                                  "that is no provider: use a name such as Sip, of a capital letter, and a-z and 0-9");
    r = set_choice(file, setting, strcmp(name, "loopback") == 0 ? all_ways : ways, &way, ret_why);
    if (r >= 0)
        g_ptr_array_add(providers, provider_setting_new(name, way));
    return r;
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
    case SETTING_PROVIDER:
        return set_provider(file, setting, *(GPtrArray **) place, ret_why);
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
        if (strcmp(settings[i].group, group) == 0 && (!key || strcmp(settings[i].key, "*") == 0 || strcmp(settings[i].key, key) == 0))
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

static int read_group(SettingsFile *file, const Setting *settings, size_t n, const char *but, const char *group, void *result,
                      char **ret_why) {
    g_auto(GStrv) keys = settings_file_keys(file, group);

    if (!find_setting(settings, n, group, NULL)) {
        g_autofree char *known = list_known(settings, n, NULL);

        return settings_file_fail(file, group, NULL, ret_why, "unknown group [%s]: known are %s%s%s", group, known, but ? ", " : "", but ?: "");
    }
    for (char **key = keys; *key; key++) {
        const Setting *setting = find_setting(settings, n, group, *key);
        Setting named;
        int r;

        if (!setting) {
            g_autofree char *known = list_known(settings, n, group);

            return settings_file_fail(file, group, *key, ret_why, "unknown key in [%s]: known are %s", group, known);
        }
        named = *setting;
        named.key = *key;
        r = set_value(file, &named, result, ret_why);
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

int settings_read(SettingsFile *file, const Setting *settings, size_t n, const char *but, LimitScope scope, size_t offset,
                  void *result, char **ret_why) {
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
        if (g_strcmp0(*group, but) != 0)
            r = read_group(file, (const Setting *) all->data, all->len, but, *group, result, ret_why);
    return r;
}
