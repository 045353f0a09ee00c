/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines at run time, over a provider that does what the test says, when it says so: refusals, lateness, and what is left of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/line-store.h"
#include "service/provider-control.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static char *folder;
static Manager *service;
static Provider *network;
static Settings *settings;
static LineStore *store;
static Client *client;

/* ---- The provider ---- */

static RequestId request;
static char *asked_for; /* the name of the line that is to be added */
static Line *to_go;     /* the line that is to be removed */
static int start_error;

static int on_run(Provider *unused, RequestId id) {
    return 0;
}

static int on_dial(Line *line, Call *call, const DialParams *params, RequestId id) {
    return 0;
}

static int on_drop(Call *call, RejectReason reason, RequestId id) {
    return 0;
}

static int on_add_line(Provider *unused, const LineConfig *config, RequestId id) {
    request = id;
    g_free(asked_for);
    asked_for = g_strdup(config->info.name);
    return start_error;
}

static int on_remove_line(Line *line, RequestId id) {
    request = id;
    to_go = line;
    return start_error;
}

static const ProviderOps ops = {
    .name = "net",
    .start = on_run,
    .stop = on_run,
    .add_line = on_add_line,
    .remove_line = on_remove_line,
    .dial = on_dial,
    .drop = on_drop,
};
static const ProviderOps rigid_ops = { .name = "rigid", .start = on_run, .stop = on_run, .dial = on_dial, .drop = on_drop };

static Line *appears(const char *name) {
    const LineInfo info = { .name = name, .media_modes = MEDIA_ALL };
    Line *line = NULL;

    ck_assert_int_eq(provider_add_line(network, &info, &line), 0);
    return line;
}

static void adds(void) {
    appears(asked_for);
    provider_complete(network, request, NULL, NULL);
}

static void removes(void) {
    provider_report_line_state(to_go, LINE_REMOVED, "");
    provider_complete(network, request, NULL, NULL);
}

static void refuses_it(const char *why) {
    provider_complete(network, request, refuse(REFUSAL_INVALID_ARGS, "%s", why), NULL);
}

/* ---- Asking ---- */

static char answer[64]; /* "done", or the refusal; "" as long as there is none */

static void on_done(const Outcome *outcome, void *userdata) {
    ck_assert_str_eq(answer, "");
    g_strlcpy(answer, outcome->refusal ? refusal_text(outcome->refusal) : "done", sizeof(answer));
}

static Refusal *add(const char *name, const char *provider_name) {
    answer[0] = '\0';
    return line_store_add(store, client, name, provider_name, (const char *const[]) { "User", "me", NULL }, (Done) { on_done });
}

static Refusal *take_away(const char *name) {
    answer[0] = '\0';
    return line_store_remove(store, client, name, (Done) { on_done });
}

static bool is_kept(const char *name) {
    g_autofree char *path = g_strdup_printf("%s/lines.d/%s.conf", folder, name);

    return access(path, F_OK) == 0;
}

static void has_line(const char *name) {
    expect_granted(add(name, "net"));
    adds();
    ck_assert_str_eq(answer, "done");
}

/* ---- Before and after each test ---- */

static void on_line(Line *line, void *userdata) {
}

static void on_line_changed(Line *line, unsigned properties, void *userdata) {
}

static void on_manager_changed(unsigned properties, void *userdata) {
}

static const Observer silence = {
    .line_added = on_line,
    .line_removed = on_line,
    .line_changed = on_line_changed,
    .manager_changed = on_manager_changed,
};

static void begin(LineStoreNeed need, Durability durability) {
    g_autofree char *why = NULL;
    const LineStoreOptions options = { .state = folder, .durability = durability, .need = need };

    service = manager_new(&limits_default);
    manager_set_observer(service, &silence, NULL);
    network = provider_new(service, &ops, NULL);
    ck_assert_msg(settings_load("/nonexistent", false, &settings, &why) >= 0, "%s", why);
    line_store_load(settings, folder);
    store = line_store_new(service, settings, &options);
    ck_assert_int_eq(client_new(service, ":1.1", 1000, NULL, &client), 0);
}

static void end(void) {
    client_vanish(client);
    provider_free(network);
    line_store_free(store);
    settings_free(settings);
    manager_free(service);
}

static void set_up(void) {
    clock_reset();
    folder = g_dir_make_tmp("callbus-line-store-XXXXXX", NULL);
    start_error = 0;
    begin(/* need= */ NULL, DURABILITY_POWER);
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
    end();
    remove_all(folder);
    g_free(folder);
    g_clear_pointer(&asked_for, g_free);
}

static void start_again(void) {
    end();
    begin(/* need= */ NULL, DURABILITY_CRASH);
}

/* ---- Adding ---- */

START_TEST(a_line_is_kept_before_it_is_asked_for) {
    expect_granted(add("desk", "net"));
    ck_assert_str_eq(asked_for, "desk");
    ck_assert(is_kept("desk"));
    ck_assert_str_eq(answer, "");
    /* Nobody gets in between. */
    expect_refusal(add("desk", "net"), REFUSAL_CONFLICT);
    adds();
    ck_assert_str_eq(answer, "done");
    ck_assert_ptr_nonnull(manager_find_line(service, "desk"));
}
END_TEST

START_TEST(nothing_is_left_of_what_was_refused) {
    expect_granted(add("desk", "net"));
    refuses_it("User: 'me' is nobody");
    ck_assert_str_eq(answer, "User: 'me' is nobody");
    ck_assert(!is_kept("desk"));
    ck_assert_uint_eq(settings->lines->len, 0);
    start_error = -EIO;
    expect_refusal(add("desk", "net"), REFUSAL_PROVIDER_FAILED);
    ck_assert(!is_kept("desk"));
    start_error = 0;
    has_line("desk");
}
END_TEST

START_TEST(a_line_that_is_not_there_was_not_made) {
    expect_granted(add("desk", "net"));
    provider_complete(network, request, NULL, NULL);
    ck_assert(g_str_has_prefix(answer, "The provider did not make the line"));
    ck_assert(!is_kept("desk"));
}
END_TEST

/* Whoever asked was told that there is none. */
START_TEST(a_line_that_comes_too_late_is_taken_away_again) {
    RequestId late;

    expect_granted(add("desk", "net"));
    late = request;
    clock_pass(21 * G_TIME_SPAN_SECOND);
    ck_assert(g_str_has_prefix(answer, "The network did not answer in time"));
    ck_assert(!is_kept("desk"));
    appears("desk");
    to_go = NULL;
    provider_complete(network, late, NULL, NULL);
    ck_assert_ptr_eq(to_go, manager_find_line(service, "desk"));
    removes();
    ck_assert_ptr_null(manager_find_line(service, "desk"));
}
END_TEST

START_TEST(it_goes_on_without_its_client) {
    expect_granted(add("desk", "net"));
    client_vanish(client);
    adds();
    ck_assert_str_eq(answer, "done");
    ck_assert(is_kept("desk"));
    ck_assert_int_eq(client_new(service, ":1.2", 1000, NULL, &client), 0);
}
END_TEST

static Refusal *judge_nobody(Client *who, Deed deed, const Line *line, void *userdata) {
    ck_assert_int_eq(deed, DEED_CONFIGURE);
    return refuse(REFUSAL_ACCESS_DENIED, "no");
}

START_TEST(whoever_may_not_learns_nothing) {
    has_line("desk");
    manager_set_judge(service, judge_nobody, NULL);
    expect_refusal(add("desk", "net"), REFUSAL_ACCESS_DENIED);
    expect_refusal(add("other", "nothing"), REFUSAL_ACCESS_DENIED);
    /* Nor is a user looked up. */
    expect_refusal(line_store_add(store, client, "other", "net", (const char *const[]) { "AllowedUsers", "no-such-user", NULL },
                                  (Done) { on_done }), REFUSAL_ACCESS_DENIED);
    expect_refusal(take_away("desk"), REFUSAL_ACCESS_DENIED);
    expect_refusal(take_away("nothing"), REFUSAL_ACCESS_DENIED);
    ck_assert(!is_kept("other"));
}
END_TEST

START_TEST(not_every_provider_takes_lines) {
    Provider *rigid = provider_new(service, &rigid_ops, NULL);

    expect_refusal(add("desk", "rigid"), REFUSAL_NOT_SUPPORTED);
    expect_refusal(add("desk", "nothing"), REFUSAL_NOT_SUPPORTED);
    ck_assert(!is_kept("desk"));
    provider_free(rigid);
}
END_TEST

/* ---- Removing ---- */

START_TEST(a_line_is_kept_until_it_is_gone) {
    has_line("desk");
    expect_granted(take_away("desk"));
    ck_assert(is_kept("desk"));
    expect_refusal(take_away("desk"), REFUSAL_CONFLICT);
    removes();
    ck_assert_str_eq(answer, "done");
    ck_assert(!is_kept("desk"));
    ck_assert_uint_eq(settings->lines->len, 0);
}
END_TEST

START_TEST(a_line_that_can_not_go_stays) {
    has_line("desk");
    expect_granted(take_away("desk"));
    refuses_it("not now");
    ck_assert_str_eq(answer, "not now");
    ck_assert(is_kept("desk"));
    start_error = -EIO;
    expect_refusal(take_away("desk"), REFUSAL_PROVIDER_FAILED);
    start_error = 0;
    expect_granted(take_away("desk"));
    removes();
    ck_assert_str_eq(answer, "done");
}
END_TEST

START_TEST(a_line_that_goes_too_late_is_gone_for_good) {
    RequestId late;

    has_line("desk");
    expect_granted(take_away("desk"));
    late = request;
    clock_pass(21 * G_TIME_SPAN_SECOND);
    ck_assert(is_kept("desk"));
    provider_report_line_state(to_go, LINE_REMOVED, "");
    provider_complete(network, late, NULL, NULL);
    ck_assert(!is_kept("desk"));
    ck_assert_uint_eq(settings->lines->len, 0);
}
END_TEST

/* ---- The start ---- */

static bool made;

static void on_made(void *userdata) {
    ck_assert(!made);
    made = true;
}

START_TEST(what_was_added_is_asked_for_at_the_start) {
    has_line("desk");
    start_again();
    made = false;
    line_store_start(store, on_made, NULL);
    ck_assert_str_eq(asked_for, "desk");
    ck_assert(!made);
    adds();
    ck_assert(made);
    expect_granted(take_away("desk"));
    removes();
    ck_assert(!is_kept("desk"));
}
END_TEST

START_TEST(what_is_refused_at_the_start_is_there_to_tell_why) {
    Line *line;

    has_line("desk");
    start_again();
    made = false;
    line_store_start(store, on_made, NULL);
    refuses_it("User: 'me' is nobody");
    ck_assert(made);
    line = manager_find_line(service, "desk");
    ck_assert_ptr_nonnull(line);
    ck_assert_int_eq(line_state(line), LINE_OUT_OF_SERVICE);
    ck_assert_str_eq(line_state_reason(line), "User: 'me' is nobody");
    /* The provider knows nothing of it. */
    to_go = NULL;
    expect_granted(take_away("desk"));
    ck_assert_str_eq(answer, "done");
    ck_assert_ptr_null(to_go);
    ck_assert_ptr_null(manager_find_line(service, "desk"));
    ck_assert(!is_kept("desk"));
}
END_TEST

START_TEST(what_a_provider_has_by_itself_is_not_asked_for) {
    has_line("desk");
    start_again();
    appears("desk");
    g_clear_pointer(&asked_for, g_free);
    made = false;
    line_store_start(store, on_made, NULL);
    ck_assert(made);
    ck_assert_ptr_null(asked_for);
}
END_TEST

static Provider *needed(const char *name, char **ret_why, void *userdata) {
    if (strcmp(name, "net") == 0)
        return NULL;
    *ret_why = g_strdup("it is not installed");
    return NULL;
}

START_TEST(a_provider_that_can_not_be_had_is_told) {
    end();
    begin(needed, DURABILITY_CRASH);
    expect_refusal(add("desk", "other"), REFUSAL_NOT_SUPPORTED);
    ck_assert_uint_eq(settings->lines->len, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("line-store");
    TCase *tcase = tcase_create("line-store");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_line_is_kept_before_it_is_asked_for);
    tcase_add_test(tcase, nothing_is_left_of_what_was_refused);
    tcase_add_test(tcase, a_line_that_is_not_there_was_not_made);
    tcase_add_test(tcase, a_line_that_comes_too_late_is_taken_away_again);
    tcase_add_test(tcase, it_goes_on_without_its_client);
    tcase_add_test(tcase, whoever_may_not_learns_nothing);
    tcase_add_test(tcase, not_every_provider_takes_lines);
    tcase_add_test(tcase, a_line_is_kept_until_it_is_gone);
    tcase_add_test(tcase, a_line_that_can_not_go_stays);
    tcase_add_test(tcase, a_line_that_goes_too_late_is_gone_for_good);
    tcase_add_test(tcase, what_was_added_is_asked_for_at_the_start);
    tcase_add_test(tcase, what_is_refused_at_the_start_is_there_to_tell_why);
    tcase_add_test(tcase, what_a_provider_has_by_itself_is_not_asked_for);
    tcase_add_test(tcase, a_provider_that_can_not_be_had_is_told);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
