/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusd.conf and lines.d: every key, and every kind of mistake told by file, line, key and what would be right. */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/settings.h"
#include "tests/unit/run.h"

#define LINE "[Line]\nName=one\nAddresses=10\n"

static char *folder, *lines_folder;
static Settings *settings;

static void set_up(void) {
    folder = g_dir_make_tmp("callbus-settings-XXXXXX", NULL);
    lines_folder = g_build_filename(folder, "lines.d", NULL);
    ck_assert_int_eq(mkdir(lines_folder, 0700), 0);
}

static void remove_all(const char *path) {
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_all(child);
    }
    remove(path);
}

static void tear_down(void) {
    settings = settings_free(settings);
    remove_all(folder);
    ck_assert_int_lt(access(folder, F_OK), 0);
    g_free(lines_folder);
    g_free(folder);
}

static void write_bytes(const char *name, const char *text, size_t size) {
    g_autofree char *path = g_build_filename(folder, name, NULL);

    ck_assert(g_file_set_contents(path, text, size, NULL));
}

static void write_file(const char *name, const char *text) {
    write_bytes(name, text, strlen(text));
}

static void load(void) {
    g_autofree char *why = NULL;

    ck_assert_msg(settings_load(folder, true, &settings, &why) == 0, "%s", why);
    ck_assert_ptr_null(why);
}

/* It is told in one line, which begins with the path below the folder (and ":LINE: "), and has that in it. */
static void expect_mistake(const char *place, const char *says) {
    g_autofree char *why = NULL, *begin = g_strdup_printf("%s/%s", folder, place);
    int r = settings_load(folder, true, &settings, &why);

    ck_assert_msg(r < 0, "it is no mistake");
    ck_assert_ptr_null(settings);
    ck_assert_msg(g_str_has_prefix(why, begin), "'%s' does not begin with '%s'", why, begin);
    ck_assert_msg(strstr(why, says) != NULL, "'%s' does not say '%s'", why, says);
    ck_assert_ptr_null(strchr(why, '\n'));
}

static const LineSetting *only_line(void) {
    ck_assert_uint_eq(settings->lines->len, 1);
    return settings->lines->pdata[0];
}

/* ---- What is right ---- */

/* What is not given is what is usual on that bus. */
static void expect_usual_limits(bool system) {
    limits_fill(&settings->limits, system);
    for (Limit i = 0; i < _LIMIT_MAX; i++) {
        const LimitInfo *info = &limit_table[i];
        unsigned value = *(unsigned *) ((char *) &settings->limits + info->offset);

        if (info->scope == LIMIT_SERVICE)
            ck_assert_msg(value == (system ? info->system : info->session) || value == LIMIT_DEFAULT, "%s is %u", info->key, value);
    }
    ck_assert_uint_eq(settings->limits.toll.dials_per_day, LIMIT_DEFAULT);
    ck_assert(settings->limits.system == system);
}

START_TEST(nothing_has_defaults) {
    load();
    expect_usual_limits(/* system= */ true);
    settings = settings_free(settings);
    load();
    expect_usual_limits(/* system= */ false);
    ck_assert_mem_eq(&settings->limits, &limits_default, sizeof(Limits));
    ck_assert_mem_eq(&settings->call_log, &call_log_settings_default, sizeof(CallLogSettings));
    ck_assert(settings->default_lines);
    ck_assert_uint_eq(settings->lines->len, 0);
}
END_TEST

START_TEST(an_empty_file_is_none) {
    static const char *const empty[] = { "", "\n\n", "# a comment\n", "[Service]\n", "[Service]\n\n[Loopback]\n# x\n", "  \n" };

    for (size_t i = 0; i < G_N_ELEMENTS(empty); i++) {
        write_file("callbusd.conf", empty[i]);
        load();
        limits_fill(&settings->limits, /* system= */ false);
        ck_assert_mem_eq(&settings->limits, &limits_default, sizeof(Limits));
        settings = settings_free(settings);
    }
}
END_TEST

START_TEST(each_key_of_the_service_counts) {
    write_file("callbusd.conf", "[Service]\nHandlesPerClient=16\nRequestsPerClient=2\nRequestsPerUser=3\nRequestTimeoutSec=4\n"
                                "TokensPerUser = 5 \n\n[Loopback]\nDefaultLines=no\n[CallLog]\nEnabled=no\nKeepDays=6\nKeepEntries=7\n");
    load();
    ck_assert(!settings->call_log.enabled);
    ck_assert_uint_eq(settings->call_log.keep_days, 6);
    ck_assert_uint_eq(settings->call_log.keep_entries, 7);
    ck_assert_uint_eq(settings->limits.handles_per_client, 16);
    ck_assert_uint_eq(settings->limits.requests_per_client, 2);
    ck_assert_uint_eq(settings->limits.requests_per_user, 3);
    ck_assert_uint_eq(settings->limits.request_timeout_s, 4);
    ck_assert_uint_eq(settings->limits.tokens_per_user, 5);
    ck_assert(!settings->default_lines);
}
END_TEST

/* A limit of the table, in a file of its kind. */
static void write_limit(const LimitInfo *info, const char *value) {
    g_autofree char *text = g_strdup_printf("%s%s=%s\n", info->scope == LIMIT_LINE ? LINE : "[Service]\n", info->key, value);

    write_file(info->scope == LIMIT_LINE ? "lines.d/a.conf" : "callbusd.conf", text);
}

static unsigned limit_read(const LimitInfo *info) {
    const char *limits = (const char *) &settings->limits;

    if (info->scope == LIMIT_LINE)
        limits = (const char *) &only_line()->toll;
    return *(const unsigned *) (limits + info->offset);
}

static void expect_limit(const LimitInfo *info, unsigned value) {
    g_autofree char *text = g_strdup_printf("%u", value);

    write_limit(info, text);
    load();
    ck_assert_uint_eq(limit_read(info), value);
    settings = settings_free(settings);
}

START_TEST(each_limit_counts_within_its_bounds) {
    const LimitInfo *info = &limit_table[_i];
    g_autofree char *beyond = g_strdup_printf("%u", info->max + 1), *below = g_strdup_printf("%d", (int) info->min - 1);
    const char *place = info->scope == LIMIT_LINE ? "lines.d/a.conf:4: " : "callbusd.conf:2: ";

    ck_assert_uint_lt(info->max, LIMIT_DEFAULT);
    ck_assert(info->session >= info->min && info->session <= info->max && info->system >= info->min && info->system <= info->max);
    ck_assert(info->session == 0 || info->session >= info->system);
    expect_limit(info, info->min);
    expect_limit(info, info->max);
    write_limit(info, beyond);
    expect_mistake(place, "is not a number from");
    write_limit(info, below);
    expect_mistake(place, "is not a number from");
}
END_TEST

START_TEST(each_key_of_a_line_counts) {
    const LineSetting *line;

    write_file("lines.d/a.conf", "[Line]\nName=front_desk1\nLabel=Front desk; Empfang\nProvider=loopback\nAddresses=10; 11 ;;12;\n"
                                 "MediaModes=video;tdd\nCallId=no\nCloseDrop=off\nMaxActiveCalls=1\nMaxHeldCalls=2\n"
                                 "MaxConferenceParties=3\nEmergencyNumbers=112;110\nAnswerMode=hold\nPickupGroup=front\n"
                                 "Without=Park; SetupTransfer;\n");
    load();
    line = only_line();
    ck_assert_str_eq(line->name, "front_desk1");
    ck_assert_str_eq(line->label, "Front desk; Empfang");
    ck_assert_str_eq(line->provider, "loopback");
    ck_assert_uint_eq(g_strv_length(line->addresses), 3);
    ck_assert_str_eq(line->addresses[1], "11");
    ck_assert_uint_eq(line->media_modes, MEDIA_BIT(MEDIA_VIDEO) | MEDIA_BIT(MEDIA_TDD));
    ck_assert(!line->call_id && !line->close_drop);
    ck_assert_int_eq(line->answer_mode, ANSWER_MODE_HOLD);
    ck_assert_str_eq(line->pickup_group, "front");
    ck_assert(line->without == (OPERATION_BIT(OPERATION_PARK) | OPERATION_BIT(OPERATION_SETUP_TRANSFER)));
    ck_assert_uint_eq(line->max_active_calls, 1);
    ck_assert_uint_eq(line->max_held_calls, 2);
    ck_assert_uint_eq(line->max_conference_parties, 3);
    ck_assert_str_eq(line->emergency_numbers[1], "110");
    ck_assert_ptr_null(line->emergency_numbers[2]);
}
END_TEST

static void expect_ids(const GArray *ids, const uint32_t *expected, unsigned n) {
    ck_assert_ptr_nonnull(ids);
    ck_assert_uint_eq(ids->len, n);
    for (unsigned i = 0; i < n; i++)
        ck_assert_uint_eq(g_array_index(ids, uint32_t, i), expected[i]);
}

START_TEST(users_and_groups_are_names_or_numbers) {
    write_file("lines.d/a.conf", LINE "AllowedUsers=root; 4294967294;;0\nAllowedGroups=root;77\n");
    load();
    expect_ids(only_line()->allowed_users, (uint32_t[]) { 0, UINT32_MAX - 1, 0 }, 3);
    expect_ids(only_line()->allowed_groups, (uint32_t[]) { 0, 77 }, 2);
}
END_TEST

START_TEST(a_line_says_what_is_costly) {
    LinePolicy *policy;

    write_file("lines.d/a.conf", LINE "CountryCode=49\nCostlyPrefixes=0900; +49 137;;(0)118\n");
    load();
    policy = line_setting_policy(only_line(), /* users= */ false);
    ck_assert_str_eq(policy->country_code, "49");
    ck_assert_uint_eq(g_strv_length(policy->costly_prefixes), 3);
    ck_assert_str_eq(policy->costly_prefixes[1], "+49 137");
    line_policy_free(policy);
}
END_TEST

START_TEST(nobody_named_is_not_everybody) {
    write_file("lines.d/a.conf", LINE "AllowedUsers=\n");
    load();
    expect_ids(only_line()->allowed_users, NULL, 0);
    ck_assert_ptr_null(only_line()->allowed_groups);
}
END_TEST

/* One user has a session bus. */
START_TEST(only_where_there_are_several_users_it_matters_whose_a_line_is) {
    LinePolicy *policy;

    write_file("lines.d/a.conf", LINE "AllowedUsers=1000\nAllowedGroups=50\n");
    load();
    policy = line_setting_policy(only_line(), /* users= */ true);
    ck_assert_str_eq(policy->line, "one");
    expect_ids(policy->users, (uint32_t[]) { 1000 }, 1);
    expect_ids(policy->groups, (uint32_t[]) { 50 }, 1);
    line_policy_free(policy);
    policy = line_setting_policy(only_line(), /* users= */ false);
    ck_assert(!policy->users && !policy->groups);
    line_policy_free(policy);
}
END_TEST

START_TEST(a_provider_runs_where_it_is_told_to_or_needed) {
    g_auto(GStrv) names = NULL;

    load();
    ck_assert_int_eq(settings_provider_way(settings, "loopback"), PROVIDER_INTERNAL);
    ck_assert_int_eq(settings_provider_way(settings, "sip"), PROVIDER_UNUSED);
    settings = settings_free(settings);

    write_file("callbusd.conf", "[Providers]\nLoopback=process\nOther=process\n");
    write_file("lines.d/a.conf", LINE "Provider=sip\n");
    load();
    ck_assert_int_eq(settings_provider_way(settings, "loopback"), PROVIDER_PROCESS);
    ck_assert_int_eq(settings_provider_way(settings, "sip"), PROVIDER_PROCESS);
    names = settings_list_providers(settings);
    ck_assert_uint_eq(g_strv_length(names), 3);
    ck_assert(g_strv_contains((const char *const *) names, "other"));
}
END_TEST

START_TEST(nobody_needs_a_provider_that_is_off) {
    g_auto(GStrv) names = NULL;

    write_file("callbusd.conf", "[Providers]\nSip=off\nLoopback=off\n");
    load();
    names = settings_list_providers(settings);
    ck_assert_ptr_null(names[0]);
    ck_assert(!settings->default_lines);
    settings = settings_free(settings);
    write_file("lines.d/a.conf", LINE "Provider=sip\n");
    expect_mistake("lines.d/a.conf:4: Provider: 'sip' is off", "remove Sip=off");
}
END_TEST

START_TEST(a_line_has_defaults) {
    const LineSetting *line;

    write_file("lines.d/a.conf", LINE);
    load();
    line = only_line();
    ck_assert_str_eq(line->label, "one");
    ck_assert_str_eq(line->provider, "loopback");
    ck_assert_uint_eq(line->media_modes, MEDIA_ALL);
    ck_assert(line->call_id && line->close_drop);
    ck_assert_uint_eq(line->max_active_calls + line->max_held_calls + line->max_conference_parties, 0);
    ck_assert_ptr_null(line->emergency_numbers[0]);
}
END_TEST

START_TEST(yes_and_no_have_four_words_each) {
    static const char *const words[] = { "yes", "true", "on", "1", "no", "false", "off", "0" };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *text = g_strdup_printf("[Loopback]\nDefaultLines=%s\n", words[i]);

        write_file("callbusd.conf", text);
        load();
        ck_assert_int_eq(settings->default_lines, i < 4);
        settings = settings_free(settings);
    }
}
END_TEST

START_TEST(lines_come_in_the_order_of_their_files) {
    write_file("lines.d/20.conf", "[Line]\nName=b\nAddresses=2\n");
    write_file("lines.d/10.conf", "[Line]\nName=c\nAddresses=1\n");
    write_file("lines.d/30.conf", "[Line]\nName=a\nAddresses=3\n");
    write_file("lines.d/note.txt", "no configuration");
    write_file("lines.d/.hidden.conf", "no configuration");
    write_file("lines.d/a.conf~", "no configuration");
    load();
    ck_assert_uint_eq(settings->lines->len, 3);
    ck_assert_str_eq(((LineSetting *) settings->lines->pdata[0])->name, "c");
    ck_assert_str_eq(((LineSetting *) settings->lines->pdata[2])->name, "a");
}
END_TEST

START_TEST(bounds_are_within) {
    write_file("callbusd.conf", "[Service]\nHandlesPerClient=65536\nRequestsPerClient=1\nRequestTimeoutSec=600\n");
    load();
    ck_assert_uint_eq(settings->limits.handles_per_client, 65536);
    ck_assert_uint_eq(settings->limits.request_timeout_s, 600);
}
END_TEST

START_TEST(a_folder_may_be_absent_unless_it_was_given) {
    g_autofree char *absent = g_build_filename(folder, "absent", NULL), *why = NULL;

    ck_assert_int_eq(settings_load(absent, false, &settings, &why), 0);
    ck_assert(settings->default_lines);
    settings = settings_free(settings);
    ck_assert_int_eq(settings_load(absent, true, &settings, &why), -ENOENT);
    ck_assert(strstr(why, absent) && strstr(why, "--config"));
}
END_TEST

START_TEST(lines_may_be_absent) {
    ck_assert_int_eq(rmdir(lines_folder), 0);
    load();
    ck_assert_uint_eq(settings->lines->len, 0);
}
END_TEST

/* ---- What is wrong: the place and the words ---- */

static const struct {
    const char *text, *place, *says;
} service_mistakes[] = {
    { "[Service]\nHandlesPerClient=15\n", "callbusd.conf:2: HandlesPerClient:", "a number from 16 to 65536" },
    { "[Service]\nHandlesPerClient=65537\n", "callbusd.conf:2: HandlesPerClient:", "'65537'" },
    { "[Service]\n\n# x\nRequestsPerClient=0\n", "callbusd.conf:4: RequestsPerClient:", "from 1 to" },
    { "[Service]\nRequestsPerUser=-1\n", "callbusd.conf:2: RequestsPerUser:", "'-1'" },
    { "[Service]\nRequestTimeoutSec=ten\n", "callbusd.conf:2: RequestTimeoutSec:", "'ten' is not a number from 1 to 600" },
    { "[Service]\nRequestTimeoutSec=\n", "callbusd.conf:2: RequestTimeoutSec:", "'' is not a number" },
    { "[Service]\nTokensPerUser=1 2\n", "callbusd.conf:2: TokensPerUser:", "'1 2'" },
    { "[Service]\nTokensPerUser=99999999999999999999\n", "callbusd.conf:2: TokensPerUser:", "not a number" },
    { "[Service]\nTokensPerUser=0x10\n", "callbusd.conf:2: TokensPerUser:", "not a number" },
    { "[Loopback]\nDefaultLines=maybe\n", "callbusd.conf:2: DefaultLines:", "'maybe' is not yes or no" },
    { "[Loopback]\nDefaultLines=YES\n", "callbusd.conf:2: DefaultLines:", "not yes or no" },
    { "[Service]\nHandles=20\n", "callbusd.conf:2: Handles:", "known are RequestTimeoutSec, ClientsPerUser" },
    { "[Service]\nhandlesperclient=20\n", "callbusd.conf:2: handlesperclient:", "unknown key in [Service]" },
    { "[Loopback]\nHandlesPerClient=20\n", "callbusd.conf:2: HandlesPerClient:", "known are DefaultLines" },
    { "[CallLog]\nKeepDays=40000\n", "callbusd.conf:2: KeepDays:", "not a number from 0 to 36500" },
    { "[Providers]\nLoopback=maybe\n", "callbusd.conf:2: Loopback: 'maybe' is not one of process, off, internal", "" },
    { "[Providers]\nSip=internal\n", "callbusd.conf:2: Sip: 'internal' is not one of process, off", "" },
    { "[Providers]\nsip=off\n", "callbusd.conf:2: sip: that is no provider", "a name such as Sip" },
    { "[Providers]\nS-p=off\n", "callbusd.conf:2: S-p: that is no provider", "a name such as Sip" },
    { "[Nonsense]\n", "callbusd.conf:1: unknown group [Nonsense]", "known are Service, Journal, CallLog, Loopback" },
    { "[service]\r", "callbusd.conf:1: unknown group [service]", "Service" },
    { "\n\n[service]\n", "callbusd.conf:3: unknown group [service]", "Service" },
    { "[Line]\nName=x\n", "callbusd.conf:1: unknown group [Line]", "Service" },
    { "[Service]\nHandlesPerClient=20\nHandlesPerClient=30\n", "callbusd.conf:3: HandlesPerClient is in line 2", "remove one" },
    { "[Service]\n[Loopback]\n[Service]\n", "callbusd.conf:3: [Service] is in line 1", "remove one" },
    { "[Service]\nHandlesPerClient\n", "callbusd.conf:2: 'HandlesPerClient' is neither", "Key=Value" },
    { "[Service\nHandlesPerClient=20\n", "callbusd.conf:1: '[Service' is neither", "[Group]" },
    { "HandlesPerClient=20\n", "callbusd.conf:1: 'HandlesPerClient=20'", "before any [Group]" },
    { "[Service]\n=20\n", "callbusd.conf:2: '=20' is neither", "Key=Value" },
    { "[]\n", "callbusd.conf:1:", "neither" },
    { "123456789012345678901234567890123456789ü12\n", "callbusd.conf:1: '123456789012345678901234567890123456789ü' is", "neither" },
};

START_TEST(mistakes_in_the_service_are_told) {
    write_file("callbusd.conf", service_mistakes[_i].text);
    expect_mistake(service_mistakes[_i].place, service_mistakes[_i].says);
}
END_TEST

static const struct {
    const char *text, *place, *says;
} line_mistakes[] = {
    { "", "lines.d/a.conf: key Addresses is missing", "number" },
    { "[Line]\nName=\nAddresses=1\n", "lines.d/a.conf:2: Name: '' is not", "Label" },
    { "[Line]\nName=front desk\nAddresses=1\n", "lines.d/a.conf:2: Name: 'front desk' is not", "letters, digits or '_'" },
    { "[Line]\nName=a-b\nAddresses=1\n", "lines.d/a.conf:2: Name: 'a-b' is not", "1 to 64" },
    { "[Line]\nName=ü\nAddresses=1\n", "lines.d/a.conf:2: Name: 'ü' is not", "1 to 64" },
    { "[Line]\nName=one\n", "lines.d/a.conf:1: key Addresses is missing", "number" },
    { "[Line]\nName=one\nAddresses=;;\n", "lines.d/a.conf:1: key Addresses is missing", "number" },
    { LINE "Provider=SIP\n", "lines.d/a.conf:4: Provider: 'SIP' is no provider", "such as loopback" },
    { LINE "Provider=line\n", "lines.d/a.conf:4: Provider: 'line' is no provider", "such as loopback" },
    { LINE "Provider=sip\n[Loopback]\nA=1\n", "lines.d/a.conf:5: unknown group [Loopback]", "known are Line, Sip" },
    { LINE "Provider=sip\n[Sip]\nUser=me\nPassword=x\n", "lines.d/a.conf:7: Password: no password", "PasswordFile=" },
    { LINE "Password=x\n", "lines.d/a.conf:4: Password: no password", "PasswordFile=" },
    { LINE "MediaModes=voice\n", "lines.d/a.conf:4: MediaModes: 'voice' is not one of interactive-voice", "unknown" },
    { LINE "MediaModes=video;Video\n", "lines.d/a.conf:4: MediaModes: 'Video'", "video" },
    { LINE "MediaModes=\n", "lines.d/a.conf:4: MediaModes:", "at least one" },
    { LINE "CallId=2\n", "lines.d/a.conf:4: CallId: '2'", "yes or no" },
    { LINE "CloseDrop=\n", "lines.d/a.conf:4: CloseDrop: ''", "yes or no" },
    { LINE "MaxActiveCalls=100001\n", "lines.d/a.conf:4: MaxActiveCalls:", "from 0 to 100000" },
    { LINE "MaxHeldCalls=-1\n", "lines.d/a.conf:4: MaxHeldCalls:", "from 0" },
    { LINE "MaxConferenceParties=x\n", "lines.d/a.conf:4: MaxConferenceParties:", "'x'" },
    { LINE "AnswerMode=wait\n", "lines.d/a.conf:4: AnswerMode: 'wait'", "none, drop, hold" },
    { LINE "Without=Fly\n", "lines.d/a.conf:4: Without: 'Fly'", "such as Hold" },
    { LINE "Without=Park;Dial\n", "lines.d/a.conf:4: Without: 'Dial'", "no method that a line can lack" },
    { LINE "Without=Drop\n", "lines.d/a.conf:4: Without: 'Drop'", "no method" },
    { LINE "Without=SetCallData\n", "lines.d/a.conf:4: Without: 'SetCallData'", "no method" },
    { LINE "AllowedUsers=root;no-such-user\n", "lines.d/a.conf:4: AllowedUsers: 'no-such-user'", "names or numbers" },
    { LINE "AllowedUsers=4294967295\n", "lines.d/a.conf:4: AllowedUsers: '4294967295'", "no user" },
    { LINE "AllowedUsers=-1\n", "lines.d/a.conf:4: AllowedUsers: '-1'", "no user" },
    { LINE "AllowedUsers=18446744073709551616\n", "lines.d/a.conf:4: AllowedUsers: '18446744073709551616'", "no user" },
    { LINE "AllowedGroups=root;no-such-group\n", "lines.d/a.conf:4: AllowedGroups: 'no-such-group'", "no group" },
    { LINE "AllowedGroups=4294967296\n", "lines.d/a.conf:4: AllowedGroups: '4294967296'", "no group" },
    { LINE "CountryCode=+49\n", "lines.d/a.conf:4: CountryCode: '+49'", "such as 49" },
    { LINE "CountryCode=\n", "lines.d/a.conf:4: CountryCode: ''", "1 to 3 digits" },
    { LINE "CostlyPrefixes=0900;09x\n", "lines.d/a.conf:4: CostlyPrefixes: '09x'", "beginning of a number" },
    { LINE "Colour=red\n", "lines.d/a.conf:4: Colour: unknown key in [Line]", "known are Name, Label" },
    { LINE "[Service]\n", "lines.d/a.conf:4: unknown group [Service]", "known are Line" },
    { LINE "Name=two\n", "lines.d/a.conf:4: Name is in line 2", "remove one" },
    { "[Line]\nName=loop0\nAddresses=1\n", "lines.d/a.conf:2: Name: 'loop0' is that of a default line", "DefaultLines=no" },
    { "[Line]\nName=one\nAddresses=1;200\n", "lines.d/a.conf:3: Addresses: '200' is that of a default line", "another" },
    { "[Line]\nName=one\nAddresses=1;2;1\n", "lines.d/a.conf:3: Addresses: '1' is there twice", "remove one" },
    { LINE "PickupGroup=01234567890123456789012345678901234567890123456789012345678901234\n", "lines.d/a.conf:4: PickupGroup:",
      "at most 64" },
};

START_TEST(mistakes_in_a_line_are_told) {
    write_file("lines.d/a.conf", line_mistakes[_i].text);
    expect_mistake(line_mistakes[_i].place, line_mistakes[_i].says);
}
END_TEST

START_TEST(a_name_has_at_most_64_characters) {
    g_autofree char *name = g_strnfill(64, 'n'), *longer = g_strnfill(65, 'n');
    g_autofree char *right = g_strdup_printf("[Line]\nName=%s\nAddresses=1\n", name);
    g_autofree char *wrong = g_strdup_printf("[Line]\nName=%s\nAddresses=1\n", longer);

    write_file("lines.d/a.conf", right);
    load();
    settings = settings_free(settings);
    write_file("lines.d/a.conf", wrong);
    expect_mistake("lines.d/a.conf:2: Name: ", "1 to 64");
}
END_TEST

START_TEST(two_lines_of_one_name_are_told) {
    write_file("lines.d/a.conf", LINE);
    write_file("lines.d/b.conf", "[Line]\nName=one\nAddresses=11\n");
    expect_mistake("lines.d/b.conf:2: Name: 'one' is that of the line in", "lines.d/a.conf");
}
END_TEST

START_TEST(two_lines_of_one_address_are_told) {
    write_file("lines.d/a.conf", "[Line]\nName=one\nAddresses=9;10\n");
    write_file("lines.d/b.conf", "[Line]\nName=two\nAddresses=11;10\n");
    expect_mistake("lines.d/b.conf:3: Addresses: '10' is that of the line in", "lines.d/a.conf");
}
END_TEST

/* ---- What is no text ---- */

static const struct {
    const char *text;
    size_t size;
} binaries[] = {
    { "[Service]\n\0\n", 12 },
    { "\x7f" "ELF\x02\x01\x01\0\0\0\0", 11 },
    { "[Service]\n# \xff\xfe\n", 15 },
    { "\xff\xfe[\0S\0", 6 },
};

START_TEST(a_binary_file_is_told) {
    write_bytes("callbusd.conf", binaries[_i].text, binaries[_i].size);
    expect_mistake("callbusd.conf: not a text file", "UTF-8");
}
END_TEST

START_TEST(a_huge_file_is_told) {
    g_autofree char *text = g_strnfill(1024 * 1024 + 1, '#');

    write_file("callbusd.conf", text);
    expect_mistake("callbusd.conf: not a text file", "1 MiB");
    text[1024 * 1024] = '\0';
    write_file("callbusd.conf", text);
    load();
}
END_TEST

START_TEST(a_folder_in_place_of_a_file_is_told) {
    g_autofree char *path = g_build_filename(folder, _i == 0 ? "callbusd.conf" : "lines.d/a.conf", NULL);

    ck_assert_int_eq(mkdir(path, 0700), 0);
    expect_mistake(_i == 0 ? "callbusd.conf: not a readable file" : "lines.d/a.conf: not a readable file", "remove it");
}
END_TEST

/* Root may read all: somebody else may not. */
START_TEST(a_file_that_cant_be_read_is_told) {
    g_autofree char *path = g_build_filename(folder, "callbusd.conf", NULL);
    bool root = geteuid() == 0;

    write_file("callbusd.conf", "[Service]\n");
    ck_assert_int_eq(chmod(path, 0), 0);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(root ? seteuid(65534) : 0, 0);
    expect_mistake("callbusd.conf: can't be read", "make it readable");
    ck_assert_int_eq(root ? seteuid(0) : 0, 0);
}
END_TEST

START_TEST(a_group_with_a_bracket_is_told) {
    write_file("callbusd.conf", "[Ser[vice]\n");
    expect_mistake("callbusd.conf: ", "Ser[vice");
}
END_TEST

START_TEST(a_file_in_place_of_a_folder_is_told) {
    g_autofree char *why = NULL, *file = g_build_filename(folder, "callbusd.conf", NULL);

    ck_assert_int_eq(rmdir(lines_folder), 0);
    write_file("lines.d", "x");
    expect_mistake("lines.d: can't be read", "folder");
    write_file("callbusd.conf", "");
    ck_assert_int_eq(settings_load(file, false, &settings, &why), -ENOTDIR);
    ck_assert(strstr(why, file) && strstr(why, "--config"));
}
END_TEST

START_TEST(a_dangling_link_is_told) {
    g_autofree char *path = g_build_filename(folder, "lines.d/a.conf", NULL);

    ck_assert_int_eq(symlink("/nonexistent/file", path), 0);
    expect_mistake("lines.d/a.conf: not a readable file", "remove it");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("settings");
    TCase *tcase = tcase_create("right");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nothing_has_defaults);
    tcase_add_test(tcase, an_empty_file_is_none);
    tcase_add_test(tcase, each_key_of_the_service_counts);
    tcase_add_test(tcase, each_key_of_a_line_counts);
    tcase_add_loop_test(tcase, each_limit_counts_within_its_bounds, 0, _LIMIT_MAX);
    tcase_add_test(tcase, users_and_groups_are_names_or_numbers);
    tcase_add_test(tcase, nobody_named_is_not_everybody);
    tcase_add_test(tcase, a_line_says_what_is_costly);
    tcase_add_test(tcase, only_where_there_are_several_users_it_matters_whose_a_line_is);
    tcase_add_test(tcase, a_line_has_defaults);
    tcase_add_test(tcase, a_provider_runs_where_it_is_told_to_or_needed);
    tcase_add_test(tcase, nobody_needs_a_provider_that_is_off);
    tcase_add_test(tcase, yes_and_no_have_four_words_each);
    tcase_add_test(tcase, lines_come_in_the_order_of_their_files);
    tcase_add_test(tcase, bounds_are_within);
    tcase_add_test(tcase, a_folder_may_be_absent_unless_it_was_given);
    tcase_add_test(tcase, lines_may_be_absent);
    suite_add_tcase(suite, tcase);
    tcase = tcase_create("wrong");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, mistakes_in_the_service_are_told, 0, G_N_ELEMENTS(service_mistakes));
    tcase_add_loop_test(tcase, mistakes_in_a_line_are_told, 0, G_N_ELEMENTS(line_mistakes));
    tcase_add_test(tcase, a_name_has_at_most_64_characters);
    tcase_add_test(tcase, two_lines_of_one_name_are_told);
    tcase_add_test(tcase, two_lines_of_one_address_are_told);
    tcase_add_loop_test(tcase, a_binary_file_is_told, 0, G_N_ELEMENTS(binaries));
    tcase_add_test(tcase, a_huge_file_is_told);
    tcase_add_loop_test(tcase, a_folder_in_place_of_a_file_is_told, 0, 2);
    tcase_add_test(tcase, a_file_that_cant_be_read_is_told);
    tcase_add_test(tcase, a_group_with_a_bracket_is_told);
    tcase_add_test(tcase, a_file_in_place_of_a_folder_is_told);
    tcase_add_test(tcase, a_dangling_link_is_told);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
