/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of callbusctl that need no bus: JSON, tables, durations, the meaning of CALL, words and exit statuses. */
#include "interfaces/cli/json.h"
#include "interfaces/cli/record.h"
#include "interfaces/cli/select.h"
#include "interfaces/cli/sheet.h"
#include "interfaces/cli/table.h"
#include "interfaces/cli/text.h"
#include "interfaces/cli/words.h"
#include "service/types.h"
#include "tests/unit/run.h"

#include <string.h>

static const Look plain = {.width = WIDTH_UNLIMITED, .utf8 = true};

START_TEST(json_escapes_what_it_must) {
    g_autoptr(Json) text = json_new_text("a\"b\\c\n\t\r\b\f\x01\x1f\x7f/é");
    g_autofree char *written = json_format(text, JSON_SHORT);

    ck_assert_str_eq(written, "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u0001\\u001f\\u007f/é\"");
}
END_TEST

static Json *example(void) {
    Json *object = json_new_object(), *list = json_new_list();

    json_add(list, json_new_number(UINT64_MAX));
    json_add(list, json_new_signed(INT64_MIN));
    json_add(list, json_new_real(0.5));
    json_add(list, json_new_real(1.0 / 0.0));
    json_set(object, "Flag", json_new_flag(true));
    json_set(object, "List", list);
    json_set(object, "None", json_new_list());
    json_set(object, "Nothing", json_new_object());
    return object;
}

START_TEST(json_short_is_one_line) {
    g_autoptr(Json) object = example();
    g_autofree char *written = json_format(object, JSON_SHORT);

    ck_assert_str_eq(written, "{\"Flag\":true,\"List\":[18446744073709551615,-9223372036854775808,0.5,null],"
                              "\"None\":[],\"Nothing\":{}}");
}
END_TEST

START_TEST(json_pretty_is_indented) {
    g_autoptr(Json) object = example();
    g_autofree char *written = json_format(object, JSON_PRETTY);

    ck_assert_str_eq(written, "{\n    \"Flag\": true,\n    \"List\": [\n        18446744073709551615,\n"
                              "        -9223372036854775808,\n        0.5,\n        null\n    ],\n"
                              "    \"None\": [],\n    \"Nothing\": {}\n}");
}
END_TEST

START_TEST(json_keeps_a_key_in_its_place) {
    g_autoptr(Json) object = json_new_object(), other = json_new_object();
    g_autofree char *written = NULL;

    json_set(object, "A", json_new_number(1));
    json_set(object, "B", json_new_number(2));
    json_set(object, "C", json_new_number(3));
    json_set(other, "A", json_new_text("new"));
    json_set(other, "D", json_new_text("last"));
    json_merge(object, other);
    written = json_format(object, JSON_SHORT);
    ck_assert_str_eq(written, "{\"A\":\"new\",\"B\":2,\"C\":3,\"D\":\"last\"}");
}
END_TEST

START_TEST(json_readers_never_fail) {
    g_autoptr(Json) object = example();

    ck_assert_ptr_null(json_get(object, "Other"));
    ck_assert_ptr_null(json_get(NULL, "Flag"));
    ck_assert_ptr_null(json_get(json_get(object, "Flag"), "Flag"));
    ck_assert_ptr_null(json_at(json_get(object, "List"), 4));
    ck_assert_str_eq(json_text(json_get(object, "Flag")), "");
    ck_assert_uint_eq(json_number(json_get(object, "Flag")), 0);
    ck_assert(!json_flag(json_get(object, "List")));
    ck_assert(json_flag(json_get(object, "Flag")));
    ck_assert_int_eq(json_format_from_string("pretty"), JSON_PRETTY);
    ck_assert_int_eq(json_format_from_string("Pretty"), _JSON_FORMAT_INVALID);
}
END_TEST

START_TEST(durations_have_two_units) {
    static const struct {
        uint64_t usec;
        const char *text;
    } rows[] = {
        {0, "0ms"}, {999, "0ms"}, {350000, "350ms"}, {999999, "999ms"}, {USEC_PER_SEC, "1s"},
        {59 * USEC_PER_SEC, "59s"}, {60 * USEC_PER_SEC, "1min"}, {105 * USEC_PER_SEC, "1min 45s"},
        {3600 * USEC_PER_SEC, "1h"}, {7380 * USEC_PER_SEC, "2h 3min"}, {7399 * USEC_PER_SEC, "2h 3min"},
        {(4 * 86400 + 3600) * USEC_PER_SEC, "4d 1h"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = text_duration(rows[i].usec);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

START_TEST(text_cannot_steer_the_terminal) {
    g_autofree char *safe = text_safe("a\x1b[31m\n\r\x7f b\xc2\x9b" "2J \xe2\x80\xae" "c\xe2\x80\x8c é");
    g_autofree char *broken = text_safe("x\xff");

    ck_assert_str_eq(safe, "a?[31m??? b?2J ?c\xe2\x80\x8c é");
    ck_assert(g_utf8_validate(broken, -1, NULL));
}
END_TEST

START_TEST(text_is_cut_to_columns) {
    static const struct {
        const char *text;
        size_t width;
        const char *expected;
    } rows[] = {
        {"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcd…"}, {"abcdef", 1, "…"}, {"abcdef", 0, ""},
        {"電話番号", 8, "電話番号"}, {"電話番号", 6, "電話…"}, {"電話番号", 5, "電話…"}, {"e\xcc\x81x", 2, "e\xcc\x81x"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = text_shorten(rows[i].text, rows[i].width, "…");
        ck_assert_str_eq(text, rows[i].expected);
    }
}
END_TEST

START_TEST(a_mistyped_word_finds_its_like) {
    static const char *const words[] = {"lines", "line", "calls", "hangup", "hold", "unhold", "watch", NULL};

    ck_assert_str_eq(text_nearest("clals", words), "calls");
    ck_assert_str_eq(text_nearest("linse", words), "lines");
    ck_assert_str_eq(text_nearest("hang", words), "hangup");
    ck_assert_str_eq(text_nearest("wach", words), "watch");
    ck_assert_ptr_null(text_nearest("frobnicate", words));
    ck_assert_ptr_null(text_nearest("x", words));
    ck_assert_ptr_null(text_nearest("", words));
}
END_TEST

START_TEST(a_table_is_aligned) {
    static const Column columns[] = {{"NAME"}, {"N", .right = true}, {"LAST"}};
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    g_autofree char *with = NULL, *without = NULL;

    table_add(table, "電話", STYLE_BAD);
    table_add_number(table, 12345);
    table_add(table, "", STYLE_PLAIN);
    table_add(table, "a", STYLE_PLAIN);
    table_add_number(table, 1);
    table_add(table, "end\n", STYLE_PLAIN);
    with = table_format(table, &plain, true);
    without = table_format(table, &plain, false);
    ck_assert_uint_eq(table_rows(table), 2);
    ck_assert_str_eq(with, "NAME      N  LAST\n電話  12345  -\na         1  end?\n");
    ck_assert_str_eq(without, "電話  12345  -\na         1  end?\n");
}
END_TEST

START_TEST(a_table_gives_way_to_the_terminal) {
    static const Column columns[] = {{"A", .elastic = true}, {"B"}, {"C", .elastic = true}};
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    Look narrow = {.width = 24, .terminal = true, .utf8 = true}, tiny = {.width = 1, .terminal = true};
    g_autofree char *text = NULL, *least = NULL;

    table_add(table, "0123456789abcdef", STYLE_PLAIN);
    table_add(table, "stays", STYLE_PLAIN);
    table_add(table, "12345678", STYLE_PLAIN);
    text = table_format(table, &narrow, false);
    least = table_format(table, &tiny, false);
    ck_assert_str_eq(text, "012345…  stays  12345678\n");
    ck_assert_str_eq(least, "0...  stays  1...\n");
}
END_TEST

START_TEST(a_sheet_is_wrapped_under_its_text) {
    g_autoptr(Sheet) sheet = sheet_new();
    Look narrow = {.width = 29, .terminal = true, .utf8 = true};
    g_autofree char *wide = NULL, *wrapped = NULL;

    sheet_add(sheet, "Line", "loop0", STYLE_PLAIN);
    sheet_add(sheet, "Absent", "", STYLE_PLAIN);
    sheet_add(sheet, "Can do", "Accept, Answer, Redirect, Drop", STYLE_PLAIN);
    sheet_add_number(sheet, "N", 7);
    wide = sheet_format(sheet, &plain);
    wrapped = sheet_format(sheet, &narrow);
    ck_assert_str_eq(wide, "  Line: loop0\nCan do: Accept, Answer, Redirect, Drop\n     N: 7\n");
    ck_assert_str_eq(wrapped, "  Line: loop0\nCan do: Accept, Answer,\n        Redirect, Drop\n     N: 7\n");
}
END_TEST

START_TEST(colours_are_only_where_they_are_wanted) {
    static const Column columns[] = {{"A"}, {"B"}};
    g_autoptr(Table) table = table_new(columns, G_N_ELEMENTS(columns));
    Look colourful = {.width = WIDTH_UNLIMITED, .colours = true};
    g_autofree char *with = NULL, *without = NULL;

    table_add(table, "x", STYLE_GOOD);
    table_add(table, "y", STYLE_PLAIN);
    with = table_format(table, &colourful, false);
    without = table_format(table, &plain, false);
    ck_assert_str_eq(with, "\x1b[0;32mx\x1b[0m  y\n");
    ck_assert_str_eq(without, "x  y\n");
}
END_TEST

static Record *new_call(const char *id, const char *line, const char *direction, const char *address,
                        const char *state) {
    g_autofree char *path = g_strconcat("/org/callbus1/line/", line, NULL);
    Json *properties = json_new_object();

    json_set(properties, "CallId", json_new_text(id));
    json_set(properties, "Line", json_new_text(path));
    json_set(properties, "Direction", json_new_text(direction));
    json_set(properties, "Address", json_new_text(address));
    json_set(properties, "State", json_new_text(state));
    return record_new("/org/callbus1/client/1_1/call/1_1", properties);
}

static void free_record(gpointer record) {
    record_free(record);
}

/* Two ends of one call, another call beside them, one without an id, and one that is over. */
static GPtrArray *some_calls(void) {
    GPtrArray *calls = g_ptr_array_new_with_free_func(free_record);

    g_ptr_array_add(calls, new_call("aaaaaaaa1111", "loop0", "out", "101", "connected"));
    g_ptr_array_add(calls, new_call("aaaaaaaa1111", "loop1", "in", "100", "on-hold"));
    g_ptr_array_add(calls, new_call("aaaaaaaa2222", "loop0", "out", "tel:+49-30 1", "ringback"));
    g_ptr_array_add(calls, new_call("", "mute0", "out", "102", "connected"));
    g_ptr_array_add(calls, new_call("bbbb00000000", "loop1", "in", "102", "idle"));
    return calls;
}

/* The places of the calls that the word means, such as "0,2". */
static char *meaning(const GPtrArray *calls, const char *what) {
    g_autoptr(GPtrArray) chosen = select_calls(calls, what);
    GString *places = g_string_new(NULL);

    for (unsigned i = 0; i < chosen->len; i++)
        for (unsigned j = 0; j < calls->len; j++)
            if (g_ptr_array_index(calls, j) == g_ptr_array_index(chosen, i))
                g_string_append_printf(places, "%s%u", places->len > 0 ? "," : "", j);
    return g_string_free(places, FALSE);
}

START_TEST(call_means_what_a_person_means) {
    static const struct {
        const char *what, *meant;
    } rows[] = {
        {"aaaaaaaa1111", "0,1"}, {"aaaaaaaa1", "0,1"}, {"aaaaaaaa2", "2"}, {"a", "0,1,2"}, {"loop0", "0,2"},
        {"loop0/101", "0"}, {"loop1/100", "1"}, {"loop1", "1"}, {"loop0/aaaaaaaa1", "0"}, {"loop1/aaaa", "1"},
        {"loop0/+49301", "2"}, {"loop0/tel:+49301", "2"}, {"mute0", "3"}, {"mute0/102", "3"}, {"bbbb", "4"},
        {"loop1/102", "4"}, {"", ""}, {"loop", ""}, {"loop01", ""}, {"loop0/", ""}, {"mute0/", ""}, {"/101", ""},
        {"102", ""}, {"loop0/conference", ""}, {"aaaaaaaa11112", ""}, {"AAAA", ""},
    };
    g_autoptr(GPtrArray) calls = some_calls();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *meant = meaning(calls, rows[i].what);
        ck_assert_msg(strcmp(meant, rows[i].meant) == 0, "'%s' means '%s', not '%s'", rows[i].what, meant,
                      rows[i].meant);
    }
}
END_TEST

START_TEST(a_line_that_is_named_like_an_id_is_not_guessed) {
    g_autoptr(GPtrArray) calls = some_calls();
    g_autofree char *meant = NULL;

    g_ptr_array_add(calls, new_call("cccc", "aaaaaaaa2", "out", "7", "connected"));
    meant = meaning(calls, "aaaaaaaa2");
    ck_assert_str_eq(meant, "2,5");
}
END_TEST

START_TEST(states_tell_which_end_is_meant) {
    static const char *const held[] = {"on-hold", NULL}, *const rare[] = {"dial-tone", NULL};
    g_autoptr(GPtrArray) calls = some_calls(), both = select_calls(calls, "aaaaaaaa1");
    g_autoptr(GPtrArray) one = select_in_states(both, held), none = select_in_states(both, rare);
    g_autoptr(GPtrArray) mixed = select_calls(calls, "aaaa");

    ck_assert_uint_eq(one->len, 1);
    ck_assert_ptr_eq(g_ptr_array_index(one, 0), g_ptr_array_index(calls, 1));
    ck_assert_uint_eq(none->len, 2);
    ck_assert_ptr_eq(select_caller_end(both), g_ptr_array_index(calls, 0));
    ck_assert_ptr_null(select_caller_end(mixed));
}
END_TEST

START_TEST(every_call_has_a_plain_name) {
    static const char *const names[] = {"loop0/101", "loop1/100", "aaaaaaaa2", "mute0/102", "bbbb0000"};
    g_autoptr(GPtrArray) calls = some_calls();

    for (unsigned i = 0; i < calls->len; i++) {
        g_autofree char *name = select_plain_name(calls, g_ptr_array_index(calls, i));
        g_autofree char *meant = meaning(calls, name), *place = g_strdup_printf("%u", i);
        ck_assert_str_eq(name, names[i]);
        ck_assert_str_eq(meant, place);
    }
}
END_TEST

START_TEST(an_older_signal_changes_nothing) {
    g_autoptr(Record) call = new_call("a", "loop0", "out", "101", "dialing");
    g_autoptr(Json) older = json_new_object(), newer = json_new_object();

    record_set_number(call, "Sequence", 5);
    json_set(older, "State", json_new_text("ringback"));
    json_set(older, "Sequence", json_new_number(5));
    json_set(newer, "State", json_new_text("connected"));
    json_set(newer, "Sequence", json_new_number(6));
    ck_assert(!record_update(call, older));
    ck_assert_str_eq(record_text(call, "State"), "dialing");
    ck_assert(record_update(call, newer));
    ck_assert_str_eq(record_text(call, "State"), "connected");
    ck_assert_str_eq(record_line_name(call), "loop0");
}
END_TEST

static Json *new_party(const char *number, const char *name, const char *presentation) {
    Json *party = json_new_list();

    json_add(party, json_new_text(number));
    json_add(party, json_new_text(name));
    json_add(party, json_new_text(presentation));
    return party;
}

START_TEST(parties_read_as_people_write_them) {
    g_autoptr(Json) properties = json_new_object();
    g_autoptr(Record) call = new_call("a", "loop1", "in", "100", "offering");
    g_autofree char *from = record_party(call, PARTY_FROM), *to = record_party(call, PARTY_TO);
    g_autofree char *named = NULL, *called = NULL, *repeated = NULL, *secret = NULL;

    ck_assert_str_eq(from, "100");
    ck_assert_str_eq(to, "?");
    json_set(properties, "Caller", new_party("100", "Alice", "allowed"));
    json_set(properties, "Called", new_party("101", "", "allowed"));
    ck_assert(record_update(call, properties));
    named = record_party(call, PARTY_FROM);
    called = record_party(call, PARTY_TO);
    ck_assert_str_eq(named, "100 (Alice)");
    ck_assert_str_eq(called, "101");
    json_set(properties, "Called", new_party("101", "Line 1 (101)", "allowed"));
    ck_assert(record_update(call, properties));
    repeated = record_party(call, PARTY_TO);
    ck_assert_str_eq(repeated, "101");
    json_set(properties, "Caller", new_party("", "", "withheld"));
    json_set(properties, "Address", json_new_text(""));
    ck_assert(record_update(call, properties));
    secret = record_party(call, PARTY_FROM);
    ck_assert_str_eq(secret, "withheld");
}
END_TEST

START_TEST(talk_time_begins_with_the_connection) {
    g_autoptr(Record) call = new_call("a", "loop0", "out", "101", "connected");

    ck_assert_uint_eq(record_talk_time(call, 100), 0);
    record_set_number(call, "EndedTimestamp", 90);
    ck_assert_uint_eq(record_talk_time(call, 100), 0);
    record_set_number(call, "ConnectedTimestamp", 30);
    ck_assert_uint_eq(record_talk_time(call, 100), 60);
    record_set_number(call, "EndedTimestamp", 0);
    ck_assert_uint_eq(record_talk_time(call, 100), 70);
    ck_assert_uint_eq(record_talk_time(call, 20), 0);
}
END_TEST

START_TEST(every_state_and_cause_has_its_words) {
    for (CallState state = 0; state < _CALL_STATE_MAX; state++) {
        ck_assert_ptr_nonnull(state_words(call_state_to_string(state)));
        ck_assert(!state_is_over(call_state_to_string(state)) || state == CALL_STATE_IDLE);
    }
    ck_assert_str_eq(state_words("of-tomorrow"), "of-tomorrow");
    for (DisconnectCause cause = CAUSE_NORMAL + 1; cause < _CAUSE_MAX; cause++)
        ck_assert_int_gt(exit_status_of_cause(disconnect_cause_to_string(cause), true), EXIT_USAGE);
    ck_assert_int_eq(exit_status_of_cause("normal", true), EXIT_DONE);
    ck_assert_int_eq(exit_status_of_cause("normal", false), EXIT_CALL_GIVEN_UP);
    ck_assert_int_eq(exit_status_of_cause("busy", false), EXIT_CALL_BUSY);
    ck_assert_int_eq(exit_status_of_cause("of-tomorrow", true), EXIT_CALL_NETWORK);
}
END_TEST

static TCase *json_case(void) {
    TCase *tcase = tcase_create("json");

    tcase_add_test(tcase, json_escapes_what_it_must);
    tcase_add_test(tcase, json_short_is_one_line);
    tcase_add_test(tcase, json_pretty_is_indented);
    tcase_add_test(tcase, json_keeps_a_key_in_its_place);
    tcase_add_test(tcase, json_readers_never_fail);
    return tcase;
}

static TCase *text_case(void) {
    TCase *tcase = tcase_create("text");

    tcase_add_test(tcase, durations_have_two_units);
    tcase_add_test(tcase, text_cannot_steer_the_terminal);
    tcase_add_test(tcase, text_is_cut_to_columns);
    tcase_add_test(tcase, a_mistyped_word_finds_its_like);
    tcase_add_test(tcase, a_table_is_aligned);
    tcase_add_test(tcase, a_table_gives_way_to_the_terminal);
    tcase_add_test(tcase, a_sheet_is_wrapped_under_its_text);
    tcase_add_test(tcase, colours_are_only_where_they_are_wanted);
    return tcase;
}

static TCase *call_case(void) {
    TCase *tcase = tcase_create("call");

    tcase_add_test(tcase, call_means_what_a_person_means);
    tcase_add_test(tcase, a_line_that_is_named_like_an_id_is_not_guessed);
    tcase_add_test(tcase, states_tell_which_end_is_meant);
    tcase_add_test(tcase, every_call_has_a_plain_name);
    tcase_add_test(tcase, an_older_signal_changes_nothing);
    tcase_add_test(tcase, parties_read_as_people_write_them);
    tcase_add_test(tcase, talk_time_begins_with_the_connection);
    tcase_add_test(tcase, every_state_and_cause_has_its_words);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("cli");

    suite_add_tcase(suite, json_case());
    suite_add_tcase(suite, text_case());
    suite_add_tcase(suite, call_case());
    return run_suite(suite);
}
