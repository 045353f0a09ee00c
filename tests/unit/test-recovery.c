/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service that is killed and starts again: what clients find of what they had. */
#include "service/journal.h"
#include "service/recipient.h"
#include "service/recovery.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *handle;

static void set_up(void) {
    stage_make_folder();
    stage_begin();
}

static void tear_down(void) {
    stage_end();
    stage_remove_folder();
}

/* a talks as its only owner; b watches, and may own. */
static void two_know_a_call(void) {
    a = arrives("a");
    b = arrives("b");
    opens(b, line0, OPEN_OWNER_MONITOR);
    handle = talks_as(a, line0, "call");
    stage_commit();
}

/* Killed, and started again; a and b are those of now, if they are still there. */
static void restarts(const char *names) {
    stage_is_killed();
    stage_restarts(names);
    a = manager_find_client(manager, "a");
    b = manager_find_client(manager, "b");
    handle = a ? client_find_handle(a, 1) : NULL;
}

static int64_t count_rows(const char *table) {
    g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM %s", table);
    Database *database = journal_database(manager_journal(manager));
    static GPtrArray *texts;
    sqlite3_stmt *statement;
    int64_t n;

    /* The statement lives as long as its text. */
    if (!texts)
        texts = g_ptr_array_new();
    g_ptr_array_add(texts, sql);
    statement = database_statement(database, g_steal_pointer(&sql));
    ck_assert_int_eq(database_step(database, statement), 1);
    n = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return n;
}

/* Whoever hears of an end by a restart has all that came with it, or with what was not told any more. */
#define ENDED(state, owners)                                                                                                  \
    "State=" state " StateDetail DisconnectCause=service-restarted ProviderCause= Encrypted Muted Owners=" owners " OwnerApps= AudioDevice Volume"

/* ---- Calls and handles ---- */

START_TEST(a_live_call_ends_and_its_holders_hear_of_it) {
    two_know_a_call();
    restarts("ab");
    ck_assert_uint_eq(handle_epoch(handle), 1);
    ck_assert_str_eq(call_call_id(handle_call(handle)), "call");
    ck_assert_int_eq(handle_privilege(handle), PRIVILEGE_OWNER);
    expect_story("a~1[" ENDED("disconnected", "1") "] "
                 "b~1[" ENDED("disconnected", "1") "]");
    expect_asked("");
    ASK(a, handle_drop, handle, REJECT_NONE);
    expect_story("a=done a~1[State=idle] b~1[State=idle]");
    expect_asked("");
}
END_TEST

START_TEST(a_call_without_an_owner_left_is_idle) {
    two_know_a_call();
    restarts("b");
    ck_assert_ptr_null(a);
    expect_story("b~1[" ENDED("idle", "0") "]");
    ck_assert_uint_eq(call_owners(handle_call(client_find_handle(b, 1))), 0);
    ck_assert_int_eq(count_rows("client"), 1);
    ck_assert_int_eq(count_rows("handle"), 1);
    handle_release(client_find_handle(b, 1));
    expect_story("b-1");
    ck_assert_int_eq(count_rows("call"), 0);
    ck_assert_int_eq(count_rows("handle"), 0);
}
END_TEST

/* That it ended was written down, and then nobody was told any more. */
START_TEST(an_end_that_was_not_told_is_told_with_its_cause) {
    two_know_a_call();
    provider_report_ended(handle_call(handle), CAUSE_CONGESTION, "503 Busy");
    forget_story();
    stage_commit();
    restarts("b");
    expect_story("b~1[State=idle StateDetail DisconnectCause=congestion ProviderCause=503 Busy Encrypted Muted Owners=0 OwnerApps= AudioDevice Volume]");
}
END_TEST

START_TEST(nobody_is_left) {
    two_know_a_call();
    restarts("");
    expect_story("");
    ck_assert_uint_eq(line_calls(line0)->length, 0);
    ck_assert_int_eq(count_rows("client") + count_rows("open") + count_rows("call") + count_rows("handle"), 0);
}
END_TEST

START_TEST(on_another_bus_nobody_is_who_he_was) {
    two_know_a_call();
    stage_is_killed();
    stage_bus_id = "another";
    stage_restarts("ab");
    a = manager_find_client(manager, "a");
    ck_assert_uint_eq(client_count_handles(a), 0);
    ck_assert_ptr_null(client_find_open(a, line0));
    expect_story("");
    ck_assert_int_eq(count_rows("client") + count_rows("open") + count_rows("call") + count_rows("handle"), 0);
    stage_bus_id = "bus";
}
END_TEST

/* A name may have gone to another user's client, if the bus was started anew without a new id. */
START_TEST(another_users_client_gets_nothing) {
    _cleanup_(recovery_freep) Recovery *recovery = NULL;
    g_autofree char *why = NULL;

    two_know_a_call();
    stage_is_killed();
    stage_begin();
    ck_assert_int_eq(recovery_new(manager, stage_bus_id, &recovery, &why), 0);
    ck_assert_int_eq(client_new(manager, "a", 1001, NULL, &a), 0);
    recovery_bring_back(recovery, a);
    ck_assert_int_eq(recovery_finish(recovery), 0);
    ck_assert_uint_eq(client_count_handles(a), 0);
    ck_assert_ptr_null(client_find_open(a, line0));
    ck_assert_uint_eq(line_calls(line0)->length, 0);
}
END_TEST

START_TEST(ended_calls_stay_as_they_were) {
    Call *call;
    uint64_t ended;

    two_know_a_call();
    provider_report_ended(handle_call(handle), CAUSE_CONGESTION, "503 Busy");
    ASK(a, handle_drop, handle, REJECT_NONE);
    forget_story();
    stage_commit();
    ended = call_timestamp(handle_call(handle), CALL_ENDED);
    restarts("ab");
    expect_story("");
    call = handle_call(handle);
    ck_assert_int_eq(call_state(call), CALL_STATE_IDLE);
    ck_assert_int_eq(call_cause(call), CAUSE_CONGESTION);
    ck_assert_str_eq(call_provider_cause(call), "503 Busy");
    ck_assert_str_eq(call_address(call), "101");
    ck_assert_uint_eq(call_timestamp(call, CALL_ENDED), ended);
    ck_assert_uint_eq(client_idle_handles(a)->length, 1);
    handle_release(handle);
    expect_story("a-1");
}
END_TEST

START_TEST(new_handles_have_new_paths) {
    Handle *other;

    two_know_a_call();
    restarts("ab");
    other = talks(a, line0);
    ck_assert_uint_eq(handle_epoch(other), stage_epoch);
    ck_assert_uint_gt(handle_number(other), handle_number(handle));
    ck_assert_ptr_eq(client_find_handle(a, 1), handle);
}
END_TEST

START_TEST(a_restart_may_follow_a_restart) {
    two_know_a_call();
    for (int i = 0; i < 5; i++) {
        restarts("ab");
        talks(a, line0);
        stage_commit();
    }
    ck_assert_uint_eq(client_count_handles(a), 6);
    for (unsigned i = 1; i <= 6; i++)
        ck_assert_uint_eq(handle_epoch(client_find_handle(a, i)), i);
}
END_TEST

START_TEST(numbers_of_signals_go_on_above_all_that_were_used) {
    uint64_t last;

    two_know_a_call();
    for (int i = 0; i < 100; i++) {
        provider_report_event(handle_call(handle), i % 2 ? CALL_EVENT_RESUMED : CALL_EVENT_HELD, STATE_DETAIL_NONE);
        forget_story();
        stage_commit();
    }
    last = handle_sequence(handle);
    ck_assert_uint_ge(last, 100);
    restarts("ab");
    ck_assert_uint_gt(handle_sequence(handle), last);
    last = handle_sequence(handle);
    forget_story();
    ck_assert_uint_eq(handle_sequence(handle), last + 1);
    /* None of these is written down, as on a full disk. */
    for (int i = 0; i < 500; i++)
        handle_count_signal(handle);
    last = handle_sequence(handle);
    restarts("ab");
    ck_assert_uint_gt(handle_sequence(handle), last);
}
END_TEST

START_TEST(all_facts_of_a_call_are_kept) {
    static const uint8_t data[] = { 1, 0, 2 };
    const PartyInfo party = { .number = "+4930", .name = "Jörg", .presentation = PRESENTATION_ALLOWED };
    GVariantDict dict;
    Call *call;

    two_know_a_call();
    provider_report_party(handle_call(handle), PARTY_CONNECTED, &party);
    provider_report_network_id(handle_call(handle), "sip-call-id", "x@y");
    expect_granted(handle_set_call_data(handle, data, sizeof(data)));
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "note", "s", "mine");
    expect_granted(handle_set_app_data(handle, g_variant_dict_end(&dict)));
    expect_granted(handle_set_on_owner_lost(handle, ON_OWNER_LOST_KEEP));
    expect_granted(handle_monitor_digits(client_find_handle(b, 1), true));
    forget_story();
    stage_commit();
    restarts("ab");
    call = handle_call(handle);
    ck_assert_str_eq(call_party(call, PARTY_CONNECTED).number, "+4930");
    ck_assert_str_eq(call_party(call, PARTY_CONNECTED).name, "Jörg");
    ck_assert_str_eq(g_hash_table_lookup(call_network_ids(call), "sip-call-id"), "x@y");
    ck_assert_uint_eq(g_bytes_get_size(call_call_data(call)), sizeof(data));
    ck_assert_mem_eq(g_bytes_get_data(call_call_data(call), NULL), data, sizeof(data));
    ck_assert_int_eq(g_variant_n_children(handle_app_data(handle)), 1);
    ck_assert_int_eq(handle_on_owner_lost(handle), ON_OWNER_LOST_KEEP);
    ck_assert(handle_wants_digits(client_find_handle(b, 1)));
    ck_assert(!handle_wants_digits(handle));
}
END_TEST

START_TEST(a_conference_and_its_participants_end) {
    const DialOrder order = { .address = "102" };

    two_know_a_call();
    ASK(a, handle_setup_conference, handle, &order);
    conference_begins(last_request(), "conf", "x");
    provider_report_joined(handle_call(handle), last_conference());
    forget_story();
    stage_commit();
    ck_assert_int_eq(call_state(handle_call(handle)), CALL_STATE_CONFERENCED);
    restarts("a");
    expect_story("a~1[" ENDED("disconnected", "1") " Conference] "
                 "a~2[" ENDED("idle", "1") "] "
                 "a~3[" ENDED("disconnected", "1") "]");
    ck_assert_ptr_null(call_conference(handle_call(handle)));
}
END_TEST

START_TEST(a_call_that_rang_ends) {
    two_know_a_call();
    comes_in(line0, "in");
    forget_story();
    stage_commit();
    restarts("ab");
    expect_story("a~1[" ENDED("disconnected", "1") "] "
                 "b~1[" ENDED("disconnected", "1") "] "
                 "b~2[" ENDED("disconnected", "1") "]");
}
END_TEST

START_TEST(what_was_not_written_never_was) {
    Handle *other;

    two_know_a_call();
    other = talks(a, line0);
    ck_assert_uint_eq(handle_number(other), 2);
    /* Its intent was committed by itself. */
    ck_assert_int_eq(count_rows("call"), 2);
    restarts("ab");
    ck_assert_ptr_null(client_find_handle(a, 2));
    ck_assert_uint_eq(line_calls(line0)->length, 1);
    forget_story();
    ck_assert_int_eq(count_rows("call"), 1);
}
END_TEST

/* As when the disk is full. */
START_TEST(a_release_that_was_not_written_is_to_be_done_again) {
    two_know_a_call();
    handle_release(client_find_handle(b, 1));
    forget_story();
    restarts("ab");
    ck_assert_ptr_eq(handle_call(client_find_handle(b, 1)), handle_call(handle));
    handle_release(client_find_handle(b, 1));
    forget_story();
    stage_commit();
    restarts("ab");
    ck_assert_ptr_null(client_find_handle(b, 1));
    ck_assert_ptr_nonnull(handle);
    forget_story();
}
END_TEST

/* ---- Opens and lines ---- */

START_TEST(opens_keep_what_they_are_for_and_their_order) {
    Client *c;

    a = arrives("a");
    b = arrives("b");
    c = arrives("c");
    opens_as(c, line0, "org.first", MEDIA_ALL, true);
    opens_as(b, line0, "org.second", MEDIA_BIT(MEDIA_VIDEO), false);
    opens_as(a, line0, "org.third", MEDIA_ALL, true);
    opens(a, line1, OPEN_MONITOR);
    stage_commit();
    restarts("abc");
    c = manager_find_client(manager, "c");
    ck_assert_uint_lt(open_place(client_find_open(c, line0)), open_place(client_find_open(b, line0)));
    ck_assert_uint_lt(open_place(client_find_open(b, line0)), open_place(client_find_open(a, line0)));
    ck_assert_str_eq(open_options(client_find_open(b, line0))->app_id, "org.second");
    ck_assert_uint_eq(open_options(client_find_open(b, line0))->media_modes, MEDIA_BIT(MEDIA_VIDEO));
    ck_assert(!open_options(client_find_open(b, line0))->offer);
    ck_assert_int_eq(open_options(client_find_open(a, line1))->privilege, OPEN_MONITOR);
    ck_assert_ptr_null(client_find_open(b, line1));
    comes_in(line0, "in");
    expect_story("c+1(offering)");
    comes_in(line1, "in1");
    expect_story("a+1(offering)");
}
END_TEST

START_TEST(of_a_line_that_is_gone_nothing_is_left) {
    Line *line;

    two_know_a_call();
    line = adds_line("another", 0, false, 0);
    talks(a, line);
    stage_commit();
    restarts("ab");
    expect_story("a-2 a~1[" ENDED("disconnected", "1") "] "
                 "b~1[" ENDED("disconnected", "1") "]");
    ck_assert_int_eq(count_rows("open"), 2);
    ck_assert_int_eq(count_rows("handle"), 2);
    ck_assert_int_eq(count_rows("call"), 1);
}
END_TEST

START_TEST(recipients_keep_their_order) {
    const CallWish wish = { .address = "112" };

    a = arrives("a");
    b = arrives("b");
    client_register_recipient(b, true);
    client_register_recipient(a, true);
    stage_commit();
    restarts("ab");
    expect_granted(manager_request_call(manager, &wish));
    expect_story("b:wish(112)");
    client_register_recipient(b, false);
    stage_commit();
    restarts("ab");
    expect_granted(manager_request_call(manager, &wish));
    expect_story("a:wish(112)");
}
END_TEST

/* ---- Tokens ---- */

START_TEST(a_token_still_gives_the_same_call) {
    const DialOrder order = { .address = "101", .token = "t" }, other = { .address = "102", .token = "t" };

    a = arrives("a");
    b = arrives("b");
    ASK(a, line_dial, line0, a, &order);
    dialled(last_request(), "call");
    forget_story();
    stage_commit();
    restarts("ab");
    forget_story();
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=done(1)");
    ASK(b, line_dial, line0, b, &order);
    expect_story("b=done(1) a~1[Owners=2 OwnerApps=,] b+1(disconnected)");
    ASK(a, line_dial, line0, a, &other);
    expect_story("a=Conflict");
    expect_asked("");
}
END_TEST

START_TEST(an_intent_is_never_dialled_twice) {
    const DialOrder order = { .address = "101", .token = "t" };

    a = arrives("a");
    ASK(a, line_dial, line0, a, &order);
    restarts("a");
    expect_story("");
    ck_assert_uint_eq(line_calls(line0)->length, 0);
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=Conflict");
    restarts("a");
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=Conflict");
    clock_pass(25 * G_TIME_SPAN_HOUR);
    ASK(a, line_dial, line0, a, &order);
    dialled(last_request(), "call");
    expect_story("a=done(1) a+1(dialing)");
}
END_TEST

START_TEST(an_old_token_is_forgotten) {
    const DialOrder order = { .address = "101", .token = "t" };

    a = arrives("a");
    ASK(a, line_dial, line0, a, &order);
    dialled(last_request(), "call");
    stage_commit();
    clock_pass(25 * G_TIME_SPAN_HOUR);
    restarts("a");
    clock_pass(2 * G_TIME_SPAN_HOUR);
    forget_story();
    ASK(a, line_dial, line0, a, &order);
    dialled(last_request(), "another");
    expect_story("a=done(2) a+2(dialing)");
    stage_commit();
    ck_assert_int_eq(count_rows("token"), 1);
}
END_TEST

START_TEST(a_clock_set_ahead_makes_no_token_old) {
    const DialOrder order = { .address = "101", .token = "t" };

    a = arrives("a");
    ASK(a, line_dial, line0, a, &order);
    dialled(last_request(), "call");
    stage_commit();
    clock_set_ahead(G_TIME_SPAN_DAY);
    restarts("a");
    forget_story();
    ASK(a, line_dial, line0, a, &order);
    expect_story("a=done(1)");
}
END_TEST

/* ---- Nonsense ---- */

static int run_sql(const char *format, ...) {
    static GPtrArray *texts;
    Database *database = journal_database(manager_journal(manager));
    va_list ap;

    if (!texts)
        texts = g_ptr_array_new();
    va_start(ap, format);
    g_ptr_array_add(texts, g_strdup_vprintf(format, ap));
    va_end(ap);
    return database_run(database, database_statement(database, g_ptr_array_index(texts, texts->len - 1)));
}

static void everything_is_there(void) {
    const DialOrder order = { .address = "101", .token = "t" };

    two_know_a_call();
    ASK(a, line_dial, line0, a, &order);
    dialled(last_request(), "call");
    client_register_recipient(a, true);
    forget_story();
    stage_commit();
}

/* As after a folder that was put back: what a later start gave out is not given out by this one, too. */
START_TEST(what_is_of_a_later_start_is_left_out) {
    static const char *const changes[] = { "UPDATE handle SET epoch = 1 << 31", "UPDATE handle SET id = id + (1 << 62)" };

    everything_is_there();
    ck_assert_int_ge(run_sql("%s", changes[_i]), 0);
    restarts("ab");
    ck_assert_uint_eq(client_count_handles(a), 0);
}
END_TEST

/* Whoever finds something odd in a row leaves the row out, and all else works. */
START_TEST(a_row_of_nonsense_is_left_out) {
    static const Table *const tables[] = { &client_table, &open_table, &call_table, &handle_table, &token_table };
    static const char *const values[] = {
        "-5", "9223372036854775807", "0", "'nonsense'", "x'fffe00'", "x'436f6e6e6563746564'", "zeroblob(100000)", "1.5", "1 << 40",
    };
    const Table *table = tables[_i];

    for (unsigned i = 0; i < table->n_columns; i++)
        for (size_t j = 0; j < G_N_ELEMENTS(values); j++) {
            everything_is_there();
            /* An id can be a number only. */
            if (run_sql("UPDATE OR REPLACE %s SET %s = %s", table->name, table->columns[i].name, values[j]) < 0)
                ck_assert_uint_eq(i, 0);
            restarts("ab");
            if (a && client_find_handle(a, 1))
                handle_release(client_find_handle(a, 1));
            comes_in(line0, "in");
            talks(a, line0);
            stage_commit();
            restarts("b");
            forget_story();
            restarts("");
            forget_story();
            stage_commit();
            ck_assert_int_eq(count_rows("call") + count_rows("handle") + count_rows("open") + count_rows("client"), 0);
            ck_assert_int_eq(run_sql("DELETE FROM token"), 0);
        }
}
END_TEST

START_TEST(a_row_too_many_is_left_out) {
    static const char *const doubles[] = {
        "INSERT INTO handle SELECT id + 1000, call, client, epoch, number, privilege, on_owner_lost, wants_digits, app_data"
        " FROM handle",
        "INSERT INTO open SELECT id + 1000, client, line, place, privilege, media_modes, offer, on_owner_lost, app_id FROM open",
        "INSERT INTO client SELECT id + 1000, uid, name, bus, recipient FROM client",
        "INSERT INTO token SELECT id + 1000, uid, line, text, arguments, call, born FROM token",
        "INSERT INTO token SELECT id + 1000, uid, line, 'other', arguments, call, born FROM token",
        "DELETE FROM open",
        "DELETE FROM call",
        "DELETE FROM client",
    };

    everything_is_there();
    ck_assert_int_eq(run_sql("%s", doubles[_i]), 0);
    restarts("ab");
    forget_story();
    stage_commit();
    ck_assert_uint_le(client_count_handles(a), 2);
    restarts("");
    ck_assert_int_eq(count_rows("call") + count_rows("handle") + count_rows("open") + count_rows("client"), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("recovery");
    TCase *tcase = tcase_create("recovery");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_live_call_ends_and_its_holders_hear_of_it);
    tcase_add_test(tcase, a_call_without_an_owner_left_is_idle);
    tcase_add_test(tcase, an_end_that_was_not_told_is_told_with_its_cause);
    tcase_add_test(tcase, nobody_is_left);
    tcase_add_test(tcase, on_another_bus_nobody_is_who_he_was);
    tcase_add_test(tcase, another_users_client_gets_nothing);
    tcase_add_test(tcase, ended_calls_stay_as_they_were);
    tcase_add_test(tcase, new_handles_have_new_paths);
    tcase_add_test(tcase, a_restart_may_follow_a_restart);
    tcase_add_test(tcase, numbers_of_signals_go_on_above_all_that_were_used);
    tcase_add_test(tcase, all_facts_of_a_call_are_kept);
    tcase_add_test(tcase, a_conference_and_its_participants_end);
    tcase_add_test(tcase, a_call_that_rang_ends);
    tcase_add_test(tcase, what_was_not_written_never_was);
    tcase_add_test(tcase, a_release_that_was_not_written_is_to_be_done_again);
    tcase_add_test(tcase, opens_keep_what_they_are_for_and_their_order);
    tcase_add_test(tcase, of_a_line_that_is_gone_nothing_is_left);
    tcase_add_test(tcase, recipients_keep_their_order);
    tcase_add_test(tcase, a_token_still_gives_the_same_call);
    tcase_add_test(tcase, an_intent_is_never_dialled_twice);
    tcase_add_test(tcase, an_old_token_is_forgotten);
    tcase_add_test(tcase, a_clock_set_ahead_makes_no_token_old);
    tcase_set_timeout(tcase, 100);
    tcase_add_loop_test(tcase, a_row_of_nonsense_is_left_out, 0, 5);
    tcase_add_loop_test(tcase, what_is_of_a_later_start_is_left_out, 0, 2);
    tcase_add_loop_test(tcase, a_row_too_many_is_left_out, 0, 8);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
