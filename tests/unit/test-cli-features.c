/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* More of callbusctl that needs no bus: forward rules, links, conferences and consultations among calls, abilities. */
#include "interfaces/cli/link.h"
#include "interfaces/cli/media.h"
#include "interfaces/cli/rule.h"
#include "interfaces/cli/select.h"
#include "interfaces/cli/terminal.h"
#include "interfaces/cli/words.h"
#include "service/types.h"
#include "tests/unit/run.h"

#include <math.h>
#include <string.h>

START_TEST(a_rule_is_read_as_it_is_typed) {
    static const struct {
        const char *when, *to, *condition, *caller, *destination;
        uint32_t rings;
    } rows[] = {
        {"always", "101", "uncond", "", "101", 0},
        {"all", "101", "uncond", "", "101", 0},
        {"busy", "dnd", "busy", "", "", 0},
        {"no-answer", "tel:+4930", "no-answ", "", "tel:+4930", 0},
        {"no-answer:4", "101", "no-answ", "", "101", 4},
        {"no-answer:60@internal", "101", "no-answ-internal", "", "101", 60},
        {"busy@external", "101", "busy-external", "", "101", 0},
        {"busy-no-answer:2@+49 30", "101", "busy-na-specific", "+49 30", "101", 2},
        {"busy-na", "101", "busy-na", "", "101", 0},
        {"always@sip:bob@example.org:5060", "101", "uncond-specific", "sip:bob@example.org:5060", "101", 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rule rule = {};
        g_autofree char *complaint = rule_parse(rows[i].when, rows[i].to, &rule);
        ck_assert_msg(!complaint, "'%s': %s", rows[i].when, complaint);
        ck_assert_int_ge((int) forward_condition_from_string(rule.condition), 0);
        ck_assert_str_eq(rule.condition, rows[i].condition);
        ck_assert_str_eq(rule.caller, rows[i].caller);
        ck_assert_str_eq(rule.destination, rows[i].destination);
        ck_assert_uint_eq(rule.rings, rows[i].rings);
        rule_clear(&rule);
    }
}
END_TEST

START_TEST(a_wrong_rule_is_explained) {
    static const struct {
        const char *when, *to, *says;
    } rows[] = {
        {"bussy", "101", "did you mean 'busy'"}, {"sometimes", "101", "always, busy"}, {"", "101", "always, busy"},
        {"busy:3", "101", "rings are counted"}, {"no-answer:0", "101", "1 to 60"}, {"no-answer:61", "101", "1 to 60"},
        {"no-answer:x", "101", "1 to 60"}, {"no-answer:", "101", "1 to 60"}, {"no-answer:-1", "101", "1 to 60"},
        {"busy@", "101", "after '@'"}, {"busy", "", "nowhere to go"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        Rule rule = {};
        g_autofree char *complaint = rule_parse(rows[i].when, rows[i].to, &rule);
        ck_assert_msg(complaint && strstr(complaint, rows[i].says), "'%s': %s", rows[i].when, complaint);
        ck_assert_ptr_null(rule.condition);
    }
}
END_TEST

static Json *new_rule(const char *condition, const char *caller, const char *destination, uint64_t rings) {
    Json *rule = json_new_list();

    json_add(rule, json_new_text(condition));
    json_add(rule, json_new_text(caller));
    json_add(rule, json_new_text(destination));
    json_add(rule, json_new_number(rings));
    return rule;
}

START_TEST(rules_are_shown_as_they_are_typed) {
    g_autoptr(Json) rules = json_new_list(), none = json_new_list();
    g_autofree char *nothing = rules_text(none, "->"), *text = NULL;

    json_add(rules, new_rule("busy-na-internal", "", "101", 2));
    json_add(rules, new_rule("busy", "", "102", 0));
    json_add(rules, new_rule("no-answ-specific", "+49 30", "", 4));
    json_add(rules, new_rule("uncond-external", "", "103", 0));
    json_add(rules, new_rule("of-tomorrow", "", "104", 0));
    text = rules_text(rules, "->");
    ck_assert_str_eq(nothing, "");
    ck_assert_str_eq(text, "busy-no-answer:2@internal -> 101, busy -> 102, no-answer:4@+49 30 -> do not disturb, "
                           "always@external -> 103, of-tomorrow -> 104");
}
END_TEST

START_TEST(every_condition_has_its_words) {
    for (ForwardCondition condition = 0; condition < _FORWARD_MAX; condition++) {
        const char *name = forward_condition_to_string(condition);
        g_autoptr(Json) rule = new_rule(name, g_str_has_suffix(name, "-specific") ? "5" : "", "1", 0);
        g_autofree char *callers = rule_callers(rule), *complaint = NULL;
        g_autofree char *when = g_strconcat(rule_when(rule), *callers ? "@" : "", callers, NULL);
        Rule again = {};
        complaint = rule_parse(when, "1", &again);
        ck_assert_msg(!complaint, "%s", complaint);
        ck_assert_str_eq(again.condition, name);
        rule_clear(&again);
    }
}
END_TEST

START_TEST(a_link_tells_what_to_dial) {
    static const struct {
        const char *uri, *address;
    } rows[] = {
        {"tel:+49-30-1", "tel:+49-30-1"}, {"TEL:101", "tel:101"}, {"sip:bob@example.org", "sip:bob@example.org"},
        {"SIPS:bob@example.org;x=1", "sips:bob@example.org;x=1"}, {"callto:101", "101"}, {"callto://101", "101"},
        {"callto:+49%2030%2F1", "+49 30/1"}, {"callto:101+type=phone", "101"}, {"callto:101?call", "101"},
        {"CallTo:bob@example.org", "sip:bob@example.org"}, {"callto:%2A21", "*21"}, {"mailto:bob@example.org", NULL},
        {"101", NULL}, {"tel:", NULL}, {"", NULL}, {"callto:%00", NULL}, {"callto:%zz", NULL}, {"-tel:1", NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *address = link_address(rows[i].uri);
        ck_assert_msg(g_strcmp0(address, rows[i].address) == 0, "'%s' is '%s', not '%s'", rows[i].uri, address,
                      rows[i].address);
    }
}
END_TEST

static void free_record(gpointer record) {
    record_free(record);
}

static void add_call(GPtrArray *calls, const char *path, const char *id, const char *related, const char *line,
                     const char *address, const char *state, const char *conference) {
    Json *properties = json_new_object();
    bool is_conference = strcmp(address, "") == 0;

    json_set(properties, "CallId", json_new_text(id));
    json_set(properties, "RelatedCallId", json_new_text(related));
    json_set(properties, "Line", json_new_text(line));
    json_set(properties, "Address", json_new_text(address));
    json_set(properties, "Direction", json_new_text(is_conference ? "none" : "out"));
    json_set(properties, "Origin", json_new_text(is_conference ? "conference" : "outbound"));
    json_set(properties, "State", json_new_text(state));
    json_set(properties, "Conference", json_new_text(conference));
    g_ptr_array_add(calls, record_new(path, properties));
}

/* A conference of two on loop0, the far end of one on loop1, a consultation for a third, and the same on mute0. */
static GPtrArray *some_calls(void) {
    GPtrArray *calls = g_ptr_array_new_with_free_func(free_record);

    add_call(calls, "/0", "cccc0000", "aaaa0000", "/loop0", "101", "conferenced", "/2");
    add_call(calls, "/1", "cccc0000", "bbbb0000", "/loop0", "102", "conferenced", "/2");
    add_call(calls, "/2", "cccc0000", "", "/loop0", "", "on-hold-pending-conference", "/");
    add_call(calls, "/3", "cccc0000", "aaaa0000", "/loop1", "100", "connected", "/");
    add_call(calls, "/4", "dddd0000", "cccc0000", "/loop0", "103", "ringback", "/");
    add_call(calls, "/5", "eeee0000", "", "/loop0", "104", "on-hold", "/");
    add_call(calls, "/6", "", "", "/mute0", "101", "on-hold-pending-transfer", "/");
    add_call(calls, "/7", "", "", "/mute0", "102", "connected", "/");
    return calls;
}

static const char *path_or_none(const Record *record) {
    return record ? record_path(record) : "";
}

START_TEST(a_conference_stands_for_its_calls) {
    static const struct {
        const char *what, *meant;
    } rows[] = {
        {"cccc0000", "/2"}, {"loop0/cccc", "/2"}, {"loop0/conference", "/2"}, {"loop0", ""}, {"loop0/101", ""},
        {"mute0", ""}, {"nothing", ""},
    };
    g_autoptr(GPtrArray) calls = some_calls();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) meant = select_calls(calls, rows[i].what);
        ck_assert_str_eq(path_or_none(select_conference(meant)), rows[i].meant);
    }
    g_autoptr(GPtrArray) here = select_on_line(calls, "/mute0");
    ck_assert_uint_eq(here->len, 2);
}
END_TEST

START_TEST(what_was_set_up_finds_its_partner) {
    static const char *const partners[] = {"", "", "/4", "", "/2", "", "/7", "/6"};
    g_autoptr(GPtrArray) calls = some_calls();

    for (unsigned i = 0; i < calls->len; i++)
        ck_assert_str_eq(path_or_none(select_partner(calls, g_ptr_array_index(calls, i))), partners[i]);
    add_call(calls, "/8", "", "", "/mute0", "103", "connected", "/");
    ck_assert_ptr_null(select_partner(calls, g_ptr_array_index(calls, 6)));
}
END_TEST

START_TEST(a_number_is_no_call) {
    g_autoptr(GPtrArray) calls = some_calls();

    add_call(calls, "/8", "1020ffff", "", "/loop0", "105", "connected", "/");
    add_call(calls, "/9", "1020123456", "", "/loop0", "106", "connected", "/");
    ck_assert(!select_is_plain_call(calls, "102"));
    ck_assert(!select_is_plain_call(calls, "1020"));
    ck_assert(!select_is_plain_call(calls, "loop9"));
    ck_assert(select_is_plain_call(calls, "1020ffff"));
    ck_assert(select_is_plain_call(calls, "loop0"));
    ck_assert(select_is_plain_call(calls, "loop0/102"));
    ck_assert(!select_is_plain_call(calls, "loop0/9"));
    ck_assert(!select_is_plain_call(calls, "loop0/1020"));
    ck_assert(select_is_plain_call(calls, "loop0/1020f"));
    ck_assert(select_is_plain_call(calls, "loop0/10201234"));
}
END_TEST

START_TEST(a_conference_has_a_plain_name) {
    g_autoptr(GPtrArray) calls = some_calls();
    g_autofree char *conference = NULL, *participant = NULL;

    add_call(calls, "/8", "", "", "/mute0", "", "connected", "/");
    conference = select_plain_name(calls, g_ptr_array_index(calls, 8));
    participant = select_plain_name(calls, g_ptr_array_index(calls, 0));
    ck_assert_str_eq(conference, "mute0/conference");
    ck_assert_str_eq(participant, "loop0/101");
}
END_TEST

START_TEST(abilities_are_commands) {
    static const char *const names[] = {"Dial", "Hold", "Unhold", "SetupTransfer", "Park", "call-id", "Release"};
    g_autoptr(Json) some = json_new_list(), none = json_new_list();
    g_autofree char *can = NULL, *cannot = NULL, *nothing = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        json_add(some, json_new_text(names[i]));
    can = ability_words(some, true);
    cannot = ability_words(some, false);
    nothing = ability_words(none, true);
    ck_assert_str_eq(can, "dial, hold, park, Call IDs");
    ck_assert_ptr_nonnull(strstr(cannot, "transfer --consult"));
    ck_assert_ptr_null(strstr(cannot, "dial,"));
    ck_assert_str_eq(nothing, "");
}
END_TEST

START_TEST(an_ordinary_call_needs_no_reason) {
    ck_assert_str_eq(reason_words("direct"), "");
    ck_assert_str_eq(reason_words("unavail"), "");
    ck_assert_str_eq(reason_words("of-tomorrow"), "");
    ck_assert_str_eq(reason_words("fwd-busy"), "forwarded when busy");
    ck_assert(state_is_held("on-hold") && state_is_held("on-hold-pending-transfer"));
    ck_assert(!state_is_held("on-hold-pending-conference") && !state_is_held("connected"));
}
END_TEST

/* ---- How a call sounds ---- */

static Record *call_with_stats(void) {
    Json *properties = json_new_object(), *stats = json_new_object(), *ids = json_new_object();

    json_set(stats, "codec", json_new_text("opus"));
    json_set(stats, "encryption", json_new_text("AES_CM_128_HMAC_SHA1_80"));
    json_set(stats, "packets-received", json_new_number(747));
    json_set(stats, "packets-lost", json_new_number(3));
    json_set(stats, "jitter-ms", json_new_real(2.14));
    json_set(stats, "round-trip-ms", json_new_real(17.6));
    json_set(stats, "mos", json_new_real(4.31));
    json_set(stats, "level-in-db", json_new_real(-23.4));
    json_set(stats, "level-out-db", json_new_real(-INFINITY));
    json_set(ids, "sip-call-id", json_new_text("8f2a@example.org"));
    json_set(ids, "session-id", json_new_text("a;remote=b"));
    json_set(properties, "MediaStats", stats);
    json_set(properties, "NetworkIds", ids);
    json_set(properties, "AudioDevice", json_new_text("headset"));
    json_set(properties, "Volume", json_new_number(150));
    return record_new("/call", properties);
}

static void expect_text(char *text, const char *expected) {
    ck_assert_str_eq(text, expected);
    g_free(text);
}

START_TEST(what_is_known_of_the_media_is_told) {
    g_autoptr(Record) call = call_with_stats();

    expect_text(media_heard_on(call), "headset, 150%");
    expect_text(media_codec(call), "opus, SRTP AES_CM_128_HMAC_SHA1_80");
    expect_text(media_quality(call), "MOS 4.3, 0.4% lost (3 of 750), jitter 2.1 ms, round trip 18 ms");
    expect_text(media_levels(call), "in -23 dB, out silence");
    expect_text(media_network_ids(call), "sip-call-id 8f2a@example.org, session-id a;remote=b");
}
END_TEST

START_TEST(what_is_not_known_is_not_told) {
    g_autoptr(Record) call = record_new("/call", json_new_object());

    record_set_number(call, "Volume", 100);
    expect_text(media_heard_on(call), "");
    expect_text(media_codec(call), "");
    expect_text(media_quality(call), "");
    expect_text(media_levels(call), "");
    expect_text(media_network_ids(call), "");
}
END_TEST

static TCase *rule_case(void) {
    TCase *tcase = tcase_create("rule");

    tcase_add_test(tcase, a_rule_is_read_as_it_is_typed);
    tcase_add_test(tcase, a_wrong_rule_is_explained);
    tcase_add_test(tcase, rules_are_shown_as_they_are_typed);
    tcase_add_test(tcase, every_condition_has_its_words);
    return tcase;
}

static TCase *call_case(void) {
    TCase *tcase = tcase_create("call");

    tcase_add_test(tcase, a_link_tells_what_to_dial);
    tcase_add_test(tcase, what_is_known_of_the_media_is_told);
    tcase_add_test(tcase, what_is_not_known_is_not_told);
    tcase_add_test(tcase, a_conference_stands_for_its_calls);
    tcase_add_test(tcase, what_was_set_up_finds_its_partner);
    tcase_add_test(tcase, a_number_is_no_call);
    tcase_add_test(tcase, a_conference_has_a_plain_name);
    tcase_add_test(tcase, abilities_are_commands);
    tcase_add_test(tcase, an_ordinary_call_needs_no_reason);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("cli-features");

    suite_add_tcase(suite, rule_case());
    suite_add_tcase(suite, call_case());
    return run_suite(suite);
}
