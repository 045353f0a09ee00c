/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Providers: those that can do little, that fail to start, and what is asked of them as a whole. */
#include "service/provider-control.h"
#include "service/settings-file.h"
#include "service/timer.h"
#include "service/token.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static Manager *service;
static Provider *poor, *second;
static RequestId request;
static int start_result;
static unsigned ready;
static char *failure;

static void on_line(Line *line, void *userdata) {
}

static void on_manager_changed(unsigned properties, void *userdata) {
}

static const Observer silence = { .line_added = on_line, .line_removed = on_line, .manager_changed = on_manager_changed };

static int on_run(Provider *unused, RequestId id) {
    request = id;
    return start_result;
}

static int on_dial(Line *line, Call *call, const DialParams *params, RequestId id) {
    return 0;
}

static int on_drop(Call *call, RejectReason reason, RequestId id) {
    return 0;
}

static int on_debug_incoming(Line *line, const char *from, RequestId id) {
    return on_run(NULL, id);
}

static int on_debug_state(Line *line, LineState state, const char *reason, RequestId id) {
    return on_run(NULL, id);
}

/* No more than it has to be able to do; and one that helps tests. */
static const ProviderOps poor_ops = { .name = "poor", .start = on_run, .stop = on_run, .dial = on_dial, .drop = on_drop };
static const ProviderOps debug_ops = {
    .name = "debug",
    .start = on_run,
    .stop = on_run,
    .dial = on_dial,
    .drop = on_drop,
    .debug_incoming = on_debug_incoming,
    .debug_line_state = on_debug_state,
};

static void on_ready(const char *text, void *userdata) {
    ready++;
    failure = g_strdup(text);
}

static void set_up(void) {
    service = manager_new(&limits_default);
    manager_set_observer(service, &silence, NULL);
    poor = provider_new(service, &poor_ops, &start_result);
}

static void tear_down(void) {
    provider_free(second);
    provider_free(poor);
    manager_free(service);
    g_free(failure);
}

static Line *line_of(Provider *of) {
    const LineInfo info = { .name = "poor", .addresses = (const char *const[]) { "1", NULL }, .media_modes = MEDIA_ALL };
    Line *line = NULL;

    ck_assert_int_eq(provider_add_line(of, &info, &line), 0);
    return line;
}

START_TEST(it_can_do_what_it_has_functions_for) {
    Operations abilities = line_abilities(line_of(poor));

    ck_assert_ptr_eq(provider_data(poor), &start_result);
    ck_assert_str_eq(provider_name(poor), "poor");
    for (Operation i = 0; i < _OPERATION_MAX; i++)
        ck_assert_int_eq((abilities & OPERATION_BIT(i)) != 0,
                         !operation_needs_ability(i) || i == OPERATION_DIAL || i == OPERATION_DROP);
}
END_TEST

START_TEST(any_address_is_good_if_it_has_no_rules) {
    Client *client = NULL;
    const DialOrder order = { .address = "nowhere" };

    ck_assert_int_eq(client_new(service, "a", 1000, NULL, &client), 0);
    expect_granted(line_dial(line_of(poor), client, &order, (Done) {}));
    client_vanish(client);
}
END_TEST

START_TEST(its_lines_may_lack_what_it_can_do) {
    const LineInfo info = {
        .name = "poorer",
        .addresses = (const char *const[]) { "1", NULL },
        .media_modes = MEDIA_ALL,
        .without = OPERATION_BIT(OPERATION_ANSWER) | OPERATION_BIT(OPERATION_RELEASE) | OPERATION_BIT(OPERATION_DROP),
    };
    Line *line = NULL;

    ck_assert_int_le(provider_add_line(poor, &info, &line), 0);
    if (line)
        ck_assert(line_abilities(line) & OPERATION_BIT(OPERATION_DROP));
}
END_TEST

START_TEST(the_service_is_ready_when_all_have_started) {
    RequestId first;

    second = provider_new(service, &debug_ops, NULL);
    manager_start(service, on_ready, NULL);
    first = request - 1;
    provider_complete(poor, first, _i == 0 ? NULL : refuse(REFUSAL_PROVIDER_FAILED, "first"), NULL);
    ck_assert_uint_eq(ready, 0);
    provider_complete(second, request, _i == 0 ? NULL : refuse(REFUSAL_PROVIDER_FAILED, "second"), NULL);
    ck_assert_uint_eq(ready, 1);
    ck_assert_pstr_eq(failure, _i == 0 ? NULL : "first");
}
END_TEST

START_TEST(one_that_can_not_start_is_told) {
    start_result = -EIO;
    manager_start(service, on_ready, NULL);
    ck_assert_uint_eq(ready, 1);
    ck_assert_str_eq(failure, "poor: Input/output error");
}
END_TEST

START_TEST(without_any_the_service_is_ready_at_once) {
    poor = provider_free(poor);
    manager_start(service, on_ready, NULL);
    ck_assert_uint_eq(ready, 1);
    ck_assert_ptr_null(failure);
    ck_assert_ptr_null(provider_free(NULL));
    ck_assert_ptr_null(manager_free(NULL));
    ck_assert_ptr_null(line_free(NULL));
}
END_TEST

START_TEST(one_that_never_starts_is_told) {
    manager_start(service, on_ready, NULL);
    clock_pass(21 * G_TIME_SPAN_SECOND);
    ck_assert_uint_eq(ready, 1);
    ck_assert_ptr_nonnull(failure);
    provider_complete(poor, request, NULL, NULL);
    ck_assert_uint_eq(ready, 1);
}
END_TEST

START_TEST(it_takes_only_its_own_lines_along) {
    line_of(poor);
    second = provider_new(service, &debug_ops, NULL);
    second = provider_free(second);
    ck_assert_uint_eq(manager_lines(service)->length, 1);
}
END_TEST

START_TEST(its_lines_are_closed_when_it_goes) {
    Line *line = line_of(poor);
    Client *client = NULL;

    ck_assert_int_eq(client_new(service, "a", 1000, NULL, &client), 0);
    expect_granted(line_open(line, client, &(OpenOptions) { .privilege = OPEN_NONE }));
    poor = provider_free(poor);
    ck_assert_uint_eq(manager_lines(service)->length, 0);
    client_vanish(client);
}
END_TEST

START_TEST(what_is_not_there_is_freed_at_once) {
    ck_assert_ptr_null(timers_free(NULL));
    ck_assert_ptr_null(tokens_free(NULL));
    ck_assert_ptr_null(settings_file_free(NULL));
}
END_TEST

START_TEST(nobody_has_to_watch) {
    Manager *alone = manager_new(&limits_default);
    Provider *unseen = provider_new(alone, &poor_ops, NULL);

    line_of(unseen);
    provider_free(unseen);
    manager_free(alone);
}
END_TEST

/* ---- Help for tests ---- */

static char *answer;

static void on_done(const Outcome *outcome, void *userdata) {
    g_free(answer);
    answer = g_strdup(outcome->refusal ? refusal_text(outcome->refusal) : outcome->text ?: "done");
}

START_TEST(not_every_provider_helps_tests) {
    Line *line = line_of(poor);

    expect_refusal(line_debug_incoming(line, NULL, "1", (Done) { on_done }), REFUSAL_NOT_SUPPORTED);
    expect_refusal(line_debug_state(line, NULL, LINE_REMOVED, "", (Done) { on_done }), REFUSAL_NOT_SUPPORTED);
}
END_TEST

START_TEST(some_do) {
    Line *line;

    second = provider_new(service, &debug_ops, NULL);
    line = line_of(second);
    expect_granted(line_debug_incoming(line, NULL, "1", (Done) { on_done }));
    provider_complete(second, request, NULL, "abc");
    ck_assert_str_eq(answer, "abc");
    expect_granted(line_debug_state(line, NULL, LINE_IN_SERVICE, "", (Done) { on_done }));
    provider_complete(second, request, NULL, NULL);
    ck_assert_str_eq(answer, "done");
    start_result = -EIO;
    expect_refusal(line_debug_incoming(line, NULL, "1", (Done) { on_done }), REFUSAL_PROVIDER_FAILED);
    expect_refusal(line_debug_state(line, NULL, LINE_IN_SERVICE, "", (Done) { on_done }), REFUSAL_PROVIDER_FAILED);
}
END_TEST

START_TEST(one_that_goes_answers_what_is_pending) {
    second = provider_new(service, &debug_ops, NULL);
    expect_granted(line_debug_incoming(line_of(second), NULL, "1", (Done) { on_done }));
    second = provider_free(second);
    ck_assert_str_eq(answer, "The provider is gone");
}
END_TEST

/* ---- More than one ---- */

START_TEST(nobody_completes_what_another_was_asked) {
    second = provider_new(service, &debug_ops, NULL);
    expect_granted(line_debug_incoming(line_of(second), NULL, "1", (Done) { on_done }));
    g_clear_pointer(&answer, g_free);
    provider_complete(poor, request, NULL, "mine");
    ck_assert_ptr_null(answer);
    poor = provider_free(poor);
    ck_assert_ptr_null(answer);
    provider_complete(second, request, NULL, "abc");
    ck_assert_str_eq(answer, "abc");
}
END_TEST

static unsigned told_properties;

static void on_line_changed(Line *line, unsigned properties, void *userdata) {
    told_properties |= properties;
}

static const Observer line_watcher = {
    .line_added = on_line,
    .line_removed = on_line,
    .line_changed = on_line_changed,
    .manager_changed = on_manager_changed,
};

START_TEST(what_it_can_do_may_change) {
    Line *line;

    second = provider_new(service, &debug_ops, NULL);
    manager_set_observer(service, &line_watcher, NULL);
    line = line_of(second);
    told_properties = 0;
    provider_set_abilities(second, 0);
    ck_assert_uint_eq(told_properties, 0);
    ck_assert(line_abilities(line) & OPERATION_BIT(OPERATION_DIAL));
    provider_set_abilities(second, ~(Operations) 0);
    ck_assert_msg(!(line_abilities(line) & OPERATION_BIT(OPERATION_HOLD)), "it has no function for it");
}
END_TEST

START_TEST(a_line_may_be_described_anew) {
    LineInfo info = { .name = "poor", .addresses = (const char *const[]) { "1", NULL }, .media_modes = MEDIA_ALL };
    Line *line = line_of(poor);

    manager_set_observer(service, &line_watcher, NULL);
    told_properties = 0;
    ck_assert_int_eq(provider_update_line(line, &info), 0);
    ck_assert_uint_eq(told_properties, 0);
    info.label = "The poor";
    info.addresses = (const char *const[]) { "2", NULL };
    info.max_active_calls = 7;
    info.call_id = true;
    ck_assert_int_eq(provider_update_line(line, &info), 0);
    ck_assert_uint_eq(told_properties, LINE_PROPERTY_LABEL | LINE_PROPERTY_ADDRESSES | LINE_PROPERTY_MAX_ACTIVE_CALLS |
                                           LINE_PROPERTY_CAPABILITIES);
    ck_assert_str_eq(line_label(line), "The poor");
    ck_assert_str_eq(line_addresses(line)[0], "2");
    ck_assert(line_has_call_id(line));
    info.media_modes = 0;
    ck_assert_int_eq(provider_update_line(line, &info), -EINVAL);
    info = (LineInfo) { .name = "other", .media_modes = MEDIA_ALL };
    ck_assert_int_eq(provider_update_line(line, &info), -EINVAL);
    ck_assert_str_eq(line_name(line), "poor");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("provider");
    TCase *tcase = tcase_create("provider");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, it_can_do_what_it_has_functions_for);
    tcase_add_test(tcase, any_address_is_good_if_it_has_no_rules);
    tcase_add_test(tcase, its_lines_may_lack_what_it_can_do);
    tcase_add_loop_test(tcase, the_service_is_ready_when_all_have_started, 0, 2);
    tcase_add_test(tcase, one_that_can_not_start_is_told);
    tcase_add_test(tcase, without_any_the_service_is_ready_at_once);
    tcase_add_test(tcase, one_that_never_starts_is_told);
    tcase_add_test(tcase, it_takes_only_its_own_lines_along);
    tcase_add_test(tcase, its_lines_are_closed_when_it_goes);
    tcase_add_test(tcase, what_is_not_there_is_freed_at_once);
    tcase_add_test(tcase, nobody_has_to_watch);
    tcase_add_test(tcase, not_every_provider_helps_tests);
    tcase_add_test(tcase, some_do);
    tcase_add_test(tcase, one_that_goes_answers_what_is_pending);
    tcase_add_test(tcase, nobody_completes_what_another_was_asked);
    tcase_add_test(tcase, what_it_can_do_may_change);
    tcase_add_test(tcase, a_line_may_be_described_anew);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
