/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The scripted far ends of loopback, its addresses, and its lines by configuration. */
#include "tests/conformance/loopback-scripts.h"

#include <string.h>

#include "providers/loopback/provider.h"
#include "tests/conformance/suite.h"
#include "tests/conformance/world.h"

static Person *alice;

static void set_scene(void) {
    world_begin();
    alice = person_arrives("alice");
}

static const struct {
    const char *address, *states;
} scripts[] = {
    { "answer", "dialing ringback connected" },
    { "answer?ring=0", "dialing ringback connected" },
    { "answer?ring=50ms&talk=50ms", "dialing ringback connected disconnected:normal" },
    { "echo?ring=50ms&talk=0", "dialing ringback connected disconnected:normal" },
    { "hangup?ring=0&talk=20ms", "dialing ringback connected disconnected:normal" },
    { "hangup", "dialing ringback connected disconnected:normal" },
    { "digits?ring=0&talk=50ms", "dialing ringback connected disconnected:normal" },
    { "busy", "dialing busy" },
    { "busy?ring=50ms", "dialing busy" },
    { "no-answer?ring=50ms", "dialing ringback disconnected:no-answer" },
    { "no-answer", "dialing ringback disconnected:no-answer" },
    { "reject", "dialing disconnected:rejected" },
    { "reject?ring=50ms", "dialing disconnected:rejected" },
    { "congestion", "dialing special-info disconnected:congestion" },
    { "congestion?ring=50ms&tone=0", "dialing special-info disconnected:congestion" },
    { "bad", "dialing disconnected:bad-address" },
    { "bad?ring=50ms", "dialing disconnected:bad-address" },
    { "sip:hangup@example.org", "dialing ringback connected disconnected:normal" },
};

START_TEST(scripts_run) {
    Seen *out = person_dials(alice, 0, scripts[_i].address);

    expect_states(out, scripts[_i].states);
    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(strstr(out->states->str, " idle:") && spy_count_calls() == 0);
}
END_TEST

/* At every moment of a script its caller may go. */
START_TEST(scripts_end_with_their_caller) {
    static const char *const addresses[] = {
        "answer", "busy", "no-answer", "digits?ring=0", "congestion", "busy?ring=1m", "bad?ring=1m", "hangup?talk=1m&ring=0",
    };
    Seen *out = person_dials(alice, 0, addresses[_i]);

    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(spy_count_calls() == 0);
    out = person_dials(alice, 0, addresses[_i]);
    AWAIT(strcmp(out->states->str, "dialing") != 0 || strstr(addresses[_i], "1m"));
    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(strstr(out->states->str, " idle:") && spy_count_calls() == 0);
}
END_TEST

START_TEST(the_callers_patience_counts) {
    DialOrder order = { .address = _i == 0 ? "no-answer" : "answer?ring=1m", .no_answer_timeout_s = 1 };
    Seen *out = person_orders(alice, world_line(0), &order);

    expect_states(out, "dialing ringback disconnected:no-answer");
}
END_TEST

START_TEST(digits_sends_and_repeats) {
    Seen *out = person_dials(alice, 0, "digits?ring=0&send=9D");

    ck_assert_ptr_null(handle_monitor_digits(out->handle, true));
    expect_states(out, "dialing ringback connected");
    AWAIT(strcmp(out->digits->str, "9D") == 0);
    DO(handle_send_digits, out->handle, "57", 20, 0);
    AWAIT(strcmp(out->digits->str, "9D57") == 0);
}
END_TEST

static GVariant *stats_of(const Seen *seen) {
    GVariant *stats = call_media_stats(seen_call(seen));

    ck_assert_ptr_nonnull(stats);
    ck_assert_uint_eq(g_variant_n_children(stats), 5);
    return stats;
}

static uint64_t number_of(const Seen *seen, const char *key) {
    g_autoptr(GVariant) stats = stats_of(seen);
    uint64_t number;

    ck_assert(g_variant_lookup(stats, key, "t", &number));
    return number;
}

/* In one read: the frames go on meanwhile. */
static void expect_same_numbers(const Seen *seen, const char *one, const char *other) {
    g_autoptr(GVariant) stats = stats_of(seen);
    uint64_t a = 0, b = 0;

    ck_assert(g_variant_lookup(stats, one, "t", &a));
    ck_assert(g_variant_lookup(stats, other, "t", &b));
    ck_assert_uint_eq(a, b);
}

static void expect_text(const Seen *seen, const char *key, const char *text) {
    g_autoptr(GVariant) stats = stats_of(seen);
    g_autoptr(GVariant) value = g_variant_lookup_value(stats, key, NULL);
    g_autofree char *printed = g_variant_print(value, FALSE);

    ck_assert_str_eq(printed, text);
}

START_TEST(an_echo_comes_back) {
    Seen *out = person_dials(alice, 0, "echo?ring=0");

    expect_states(out, "dialing ringback connected");
    AWAIT(number_of(out, "frames-heard") > 2);
    expect_text(out, "hearing", "['100']");
    expect_text(out, "last-speaker", "'100'");
    expect_same_numbers(out, "last-frame", "frames-heard");
}
END_TEST

START_TEST(an_answering_far_end_is_silent) {
    Seen *out = person_dials(alice, 0, "answer?ring=0");

    expect_states(out, "dialing ringback connected");
    AWAIT(number_of(out, "frames-spoken") > 2);
    ck_assert_uint_eq(number_of(out, "frames-heard"), 0);
    expect_text(out, "hearing", "[]");
    expect_text(out, "last-speaker", "''");
}
END_TEST

START_TEST(who_is_heard_is_told) {
    Person *bob = person_arrives("bob");
    DialOrder hidden = { .address = "101", .hide_caller_id = true };
    Seen *out, *in;

    person_opens(bob, 1, OPEN_OWNER);
    connect_calls(alice, 0, bob, 1, &out, &in);
    AWAIT(number_of(in, "last-frame") > 2);
    expect_text(in, "hearing", "['100']");
    expect_text(in, "last-speaker", "'100'");
    expect_text(out, "hearing", "['101']");
    DO(handle_mute, out->handle, true);
    expect_text(in, "hearing", "[]");

    person_orders(alice, world_line(0), &hidden);
    in = await_call(bob);
    DO(handle_answer, in->handle);
    AWAIT(number_of(in, "last-frame") > 2);
    expect_text(in, "hearing", "['']");
    expect_text(in, "last-speaker", "''");
}
END_TEST

static const struct {
    const char *address;
    bool reaches;
} forms[] = {
    { "1 0-1", true },
    { "tel:101", true },
    { "tel:1-0-1;ext=1", true },
    { "sip:101@example.org", true },
    { "SIPS:101@[::1]:5061", true },
    { "+101", false },
    { "1010", false },
    { "alice", false },
};

START_TEST(numbers_have_many_forms) {
    Person *bob = person_arrives("bob");
    Seen *out;

    person_opens(bob, 1, OPEN_OWNER);
    out = person_dials(alice, 0, forms[_i].address);
    ck_assert_str_eq(call_address(seen_call(out)), forms[_i].address);
    expect_states(out, forms[_i].reaches ? "dialing ringback" : "dialing disconnected:bad-address");
    ck_assert_uint_eq(bob->seen->len, forms[_i].reaches ? 1 : 0);
}
END_TEST

START_TEST(the_number_of_a_removed_line_is_nobodys) {
    Answer *answer = answer_new();

    expect_done(asked(line_debug_state(world_line(1), alice->client, LINE_REMOVED, "gone", answer_by(answer)), answer));
    expect_states(person_dials(alice, 0, "101"), "dialing disconnected:bad-address");
}
END_TEST

START_TEST(a_redirection_to_a_script_goes_on) {
    Person *bob = person_arrives("bob");
    Seen *out;

    person_opens(bob, 1, OPEN_OWNER);
    out = person_dials(alice, 0, "101");
    DO(handle_redirect, await_call(bob)->handle, _i == 0 ? "hangup?talk=20ms" : "busy?ring=50ms");
    expect_states(out, _i == 0 ? "dialing ringback connected disconnected:normal" : "dialing ringback busy");
}
END_TEST

static Answer *park_one(void) {
    Seen *out = person_dials(alice, 0, "answer?ring=0");
    Answer *answer;

    expect_states(out, "dialing ringback connected");
    answer = ASK(handle_park, out->handle, "");
    AWAIT(answer->arrived > 0);
    if (answer->refused)
        DO(handle_drop, out->handle, REJECT_NONE);
    handle_release(out->handle);
    out->handle = NULL;
    return answer;
}

/* A script that waits is no call of anybody: so many may, until one is got back. */
START_TEST(the_switch_has_so_many_places) {
    enum { PLACES_MAX = 1024 };
    char *place = NULL;

    for (int i = 0; i < PLACES_MAX; i++)
        place = park_one()->text;
    expect_refused(park_one(), REFUSAL_LIMITS_EXCEEDED);
    DO(line_unpark, world_line(0), alice->client, place);
    expect_done(park_one());
}
END_TEST

/* ---- Configuration ---- */

static Manager *manager;
static Provider *provider;
static Loopback *loopback;
static bool answered;

static void on_line(Line *line, void *userdata) {
}

static void on_manager_changed(unsigned properties, void *userdata) {
}

/* Who is told when there is no client. */
static const Observer silence = { .line_added = on_line, .line_removed = on_line, .manager_changed = on_manager_changed };

static void on_answer(const Outcome *outcome, void *userdata) {
    answered = true;
    *(char **) userdata = outcome->refusal ? g_strdup(refusal_text(outcome->refusal)) : NULL;
}

/* Starts a loopback with these lines; what it was refused with, or NULL. */
static char *start_with(const LineInfo *lines, size_t n) {
    char *refusal = NULL;

    answered = false;
    manager = manager_new(&limits_default);
    manager_set_observer(manager, &silence, NULL);
    loopback = loopback_new(&(LoopbackConfig) { .lines = lines, .n_lines = n });
    provider = provider_new(manager, spy_on(&loopback_ops), loopback);
    provider_run(provider, /* start= */ true, (Done) { on_answer, &refusal });
    while (!answered)
        g_main_context_iteration(NULL, TRUE);
    return refusal;
}

static void end_without_stop(void) {
    provider_free(provider);
    loopback_free(loopback);
    manager_free(manager);
}

static LineInfo line_of(const char *name, const char *const *addresses) {
    return (LineInfo) {
        .name = name,
        .label = name,
        .addresses = addresses,
        .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE),
        .call_id = true,
    };
}

#define ADDRESSES(...) ((const char *const[]) { __VA_ARGS__, NULL })

START_TEST(lines_come_from_the_configuration) {
    const LineInfo lines[] = { line_of("front", ADDRESSES("+49 30 1", "11")), line_of("back", ADDRESSES("12")) };

    ck_assert_ptr_null(start_with(lines, G_N_ELEMENTS(lines)));
    ck_assert_uint_eq(g_queue_get_length(manager_lines(manager)), 2);
    ck_assert_str_eq(line_addresses(manager_find_line(manager, "front"))[0], "+49 30 1");
    ck_assert_ptr_nonnull(manager_find_line(manager, "back"));
    end_without_stop();
}
END_TEST

/* A good line, one that is not, and what is said about it. */
static const struct {
    const char *name, *address, *words;
} bad_lines[] = {
    { "front", "12", "named front" },
    { "back", "1-1", "another line's" },
    { "back", "answer", "scripted" },
    { "back", "12?ring=1s", "can't be dialled" },
    { "back", " ", "can't be dialled" },
    { "back", NULL, "no address" },
    { "no/name", "12", "can't be added" },
};

START_TEST(a_bad_line_is_told_and_the_others_are_made) {
    const char *const addresses[] = { bad_lines[_i].address, NULL };
    const LineInfo lines[] = {
        line_of("front", ADDRESSES("11")),
        line_of(bad_lines[_i].name, addresses),
        line_of("last", ADDRESSES("13")),
    };
    g_autofree char *refusal = start_with(lines, G_N_ELEMENTS(lines));

    ck_assert_ptr_nonnull(refusal);
    ck_assert_msg(strstr(refusal, bad_lines[_i].words), "it says: %s", refusal);
    ck_assert_uint_eq(g_queue_get_length(manager_lines(manager)), 2);
    ck_assert_ptr_nonnull(manager_find_line(manager, "last"));
    end_without_stop();
}
END_TEST

START_TEST(it_can_be_freed_at_any_moment) {
    const LineInfo lines[] = { line_of("front", ADDRESSES("11")) };
    g_autofree char *refusal = NULL;

    ck_assert_ptr_null(start_with(lines, 1));
    for (int i = 0; i < 3; i++) {
        answered = false;
        ck_assert_ptr_null(line_debug_incoming(manager_find_line(manager, "front"), NULL, "4711",
                                               (Done) { on_answer, &refusal }));
        while (!answered && i < 2)
            g_main_context_iteration(NULL, TRUE);
    }
    end_without_stop();
}
END_TEST

void add_script_cases(Suite *suite) {
    TCase *tcase = tcase_create("scripts");

    tcase_add_checked_fixture(tcase, set_scene, world_end);
    tcase_set_timeout(tcase, adapter.timeout_s * 10);
    tcase_add_loop_test(tcase, scripts_run, 0, G_N_ELEMENTS(scripts));
    tcase_add_loop_test(tcase, scripts_end_with_their_caller, 0, 8);
    tcase_add_loop_test(tcase, the_callers_patience_counts, 0, 2);
    tcase_add_test(tcase, digits_sends_and_repeats);
    tcase_add_test(tcase, an_echo_comes_back);
    tcase_add_test(tcase, an_answering_far_end_is_silent);
    tcase_add_test(tcase, who_is_heard_is_told);
    tcase_add_loop_test(tcase, numbers_have_many_forms, 0, G_N_ELEMENTS(forms));
    tcase_add_test(tcase, the_number_of_a_removed_line_is_nobodys);
    tcase_add_loop_test(tcase, a_redirection_to_a_script_goes_on, 0, 2);
    tcase_add_test(tcase, the_switch_has_so_many_places);
    suite_add_tcase(suite, tcase);

    tcase = tcase_create("configuration");
    tcase_set_timeout(tcase, adapter.timeout_s * 10);
    tcase_add_test(tcase, lines_come_from_the_configuration);
    tcase_add_loop_test(tcase, a_bad_line_is_told_and_the_others_are_made, 0, G_N_ELEMENTS(bad_lines));
    tcase_add_test(tcase, it_can_be_freed_at_any_moment);
    suite_add_tcase(suite, tcase);
}
