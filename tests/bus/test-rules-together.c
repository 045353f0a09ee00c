/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules 19 and 21: conferences as calls of their own, and the Call IDs of all that belongs together, at every end. */
#include "tests/bus/util-calls.h"

#include <string.h>

/* Alice talks with bob, and can consult carol; dave watches all three lines. */
typedef struct Three {
    Client *alice, *bob, *carol, *dave;
    Talk talk;
    const char *consultation, *carols; /* once they talk */
    const char *first, *second;        /* the Call IDs */
} Three;

static Three three_begin(void) {
    Three s = {.alice = bus_client(t), .bob = bus_client(t), .carol = bus_client(t), .dave = bus_client(t)};
    client_open(s.alice, "loop0", "owner");
    client_open(s.bob, "loop1", "owner");
    client_open(s.carol, "loop2", "owner");
    client_open(s.dave, "loop0", "monitor");
    client_open(s.dave, "loop1", "monitor");
    client_open(s.dave, "loop2", "monitor");
    s.talk = talk_begin(s.alice, "loop0", s.bob, "101");
    s.first = get_string(s.alice, s.talk.caller, "CallId");
    return s;
}

static void answer_consultation(Three *s, const char *consultation) {
    s->consultation = consultation;
    s->carols = await_handle(s->carol);
    client_call(s->carol, s->carols, "Answer", "");
    await_state(s->alice, consultation, "connected");
    s->second = get_string(s->alice, consultation, "CallId");
}

static void expect_ids(Client *client, const char *path, const char *call_id, const char *related) {
    ck_assert_str_eq(get_string(client, path, "CallId"), call_id);
    ck_assert_str_eq(get_string(client, path, "RelatedCallId"), related);
}

static guint count_calls(Client *client, const char *call_id) {
    return g_strv_length((char **) client_find_calls(client, call_id));
}

static const char *quoted(const char *text) {
    return bus_keep_text(t, g_strdup_printf("\"%s\"", text));
}

/* ---- Rule 21: transfer ---- */

START_TEST(rule_21_a_consultation_has_an_id_of_its_own) {
    Three s = three_begin();
    answer_consultation(&s, client_setup_transfer(s.alice, s.talk.caller, "102"));
    ck_assert_str_ne(s.second, s.first);
    expect_ids(s.alice, s.consultation, s.second, s.first);
    ck_assert_str_eq(get_string(s.carol, s.carols, "CallId"), s.second);
    expect_ids(s.alice, s.talk.caller, s.first, "");
    expect_ids(s.bob, s.talk.callee, s.first, "");
    ck_assert_uint_eq(count_calls(s.dave, s.first), 2);
    ck_assert_uint_eq(count_calls(s.dave, s.second), 2);
    /* Cancelled, nothing of it stays. */
    client_drop(s.alice, s.consultation);
    await_state(s.alice, s.talk.caller, "connected");
    expect_ids(s.alice, s.talk.caller, s.first, "");
    expect_ids(s.bob, s.talk.callee, s.first, "");
}
END_TEST

START_TEST(rule_21_after_a_transfer_both_ends_report_the_first_calls) {
    Three s = three_begin();
    answer_consultation(&s, client_setup_transfer(s.alice, s.talk.caller, "102"));
    client_complete_transfer(s.alice, s.talk.caller, s.consultation);
    await_text(s.carol, s.carols, "CallId", quoted(s.first));
    expect_ids(s.bob, s.talk.callee, s.first, "");
    expect_ids(s.carol, s.carols, s.first, s.second);
    ck_assert_str_eq(get_string(s.bob, s.talk.callee, "State"), "connected");
    ck_assert_str_eq(get_string(s.carol, s.carols, "State"), "connected");
    /* Alice is out of it: her two are over, with what they had. */
    ck_assert_str_eq(known_state(s.alice, s.talk.caller), "idle");
    ck_assert_str_eq(known_state(s.alice, s.consultation), "idle");
    ck_assert_str_eq(get_string(s.alice, s.talk.caller, "DisconnectCause"), "normal");
    ck_assert_str_eq(get_string(s.alice, s.consultation, "DisconnectCause"), "normal");
    expect_ids(s.alice, s.talk.caller, s.first, "");
    expect_ids(s.alice, s.consultation, s.second, s.first);
    client_drop(s.bob, s.talk.callee);
    await_state(s.carol, s.carols, "disconnected");
    expect_ids(s.carol, s.carols, s.first, s.second);
}
END_TEST

START_TEST(rule_21_after_a_transfer_each_end_knows_the_other) {
    Three s = three_begin();
    answer_consultation(&s, client_setup_transfer(s.alice, s.talk.caller, "102"));
    client_complete_transfer(s.alice, s.talk.caller, s.consultation);
    await_text(s.carol, s.carols, "Reason", "\"transfer\"");
    await_text(s.bob, s.talk.callee, "Reason", "\"transfer\"");
    AWAIT(t, strstr(known_text(s.bob, s.talk.callee, "Connected"), "\"102\""));
    AWAIT(t, strstr(known_text(s.carol, s.carols, "Connected"), "\"101\""));
    ck_assert_ptr_nonnull(strstr(known_text(s.bob, s.talk.callee, "Redirecting"), "\"100\""));
    ck_assert_ptr_nonnull(strstr(known_text(s.carol, s.carols, "Redirecting"), "\"100\""));
    ck_assert_ptr_nonnull(strstr(known_text(s.bob, s.talk.callee, "Redirection"), "\"102\""));
}
END_TEST

START_TEST(rule_21_a_blind_transfer_goes_on_with_the_first_id) {
    Three s = three_begin();
    client_blind_transfer(s.alice, s.talk.caller, "102");
    ck_assert_str_eq(known_state(s.alice, s.talk.caller), "idle");
    const char *in = await_handle(s.carol);
    ck_assert_str_eq(get_string(s.carol, in, "CallId"), s.first);
    ck_assert_str_eq(get_string(s.bob, s.talk.callee, "State"), "connected");
    client_call(s.carol, in, "Answer", "");
    bus_barrier(t);
    expect_ids(s.bob, s.talk.callee, s.first, "");
    ck_assert_str_eq(get_string(s.carol, in, "CallId"), s.first);
    ck_assert_str_eq(get_string(s.carol, in, "State"), "connected");
    ck_assert_uint_eq(count_calls(s.dave, s.first), 3);
}
END_TEST

/* The one who was transferred waits, connected with nobody yet: what needs somebody there is told so, and changes nothing. */
START_TEST(rule_15_transferred_to_somebody_who_still_rings) {
    Three s = three_begin();
    client_blind_transfer(s.alice, s.talk.caller, "102");
    const char *in = await_handle(s.carol);
    bus_barrier(t);
    g_autofree char *before = bus_snapshot(t);
    ck_assert_str_eq(get_string(s.bob, s.talk.callee, "State"), "connected");
    ck_assert(get_has(s.bob, s.talk.callee, "Features", "BlindTransfer"));
    expect_error(s.bob, "TargetNotFound", s.talk.callee, "BlindTransfer", "s", "100");
    expect_error(s.bob, "TargetNotFound", s.talk.callee, "Park", "s", "");
    expect_unchanged(t, before);
    /* He may hold, consult and confer; and talks when she answers. */
    const char *consultation = client_setup_transfer(s.bob, s.talk.callee, "answer?ring=0");
    await_state(s.bob, consultation, "connected");
    expect_error(s.bob, "TargetNotFound", s.talk.callee, "CompleteTransfer", "os", consultation, "transfer");
    client_drop(s.bob, consultation);
    client_call(s.carol, in, "Answer", "");
    await_state(s.carol, in, "connected");
    client_blind_transfer(s.bob, s.talk.callee, "busy");
    await_state(s.carol, in, "disconnected");
}
END_TEST

/* A client that owns both ends has a handle of each, before and after. */
START_TEST(rule_21_who_owns_all_ends_has_a_handle_of_each) {
    Client *alice = bus_client(t);
    client_open(alice, "loop1", "owner");
    client_open(alice, "loop2", "owner");
    Talk talk = talk_begin(alice, "loop0", alice, "101");
    const char *first = get_string(alice, talk.caller, "CallId");
    ck_assert_uint_eq(count_calls(alice, first), 2);
    const char *consultation = client_setup_transfer(alice, talk.caller, "102"), *in = await_handle(alice);
    client_call(alice, in, "Answer", "");
    await_state(alice, consultation, "connected");
    ck_assert_uint_eq(count_calls(alice, get_string(alice, consultation, "CallId")), 2);
    client_complete_transfer(alice, talk.caller, consultation);
    await_text(alice, in, "CallId", quoted(first));
    ck_assert_uint_eq(count_calls(alice, first), 3); /* the two that talk, and the one that is over */
    client_release(alice, talk.caller);
    ck_assert_uint_eq(count_calls(alice, first), 2);
    client_drop(alice, in);
    await_state(alice, talk.callee, "disconnected");
}
END_TEST

/* ---- Rule 21: conference ---- */

static const char *confer(Three *s) {
    Conference conference = client_setup_conference(s->alice, s->talk.caller, "102");
    answer_consultation(s, conference.consultation);
    return conference.path;
}

START_TEST(rule_21_participants_and_their_far_ends_take_the_conferences_id) {
    Three s = three_begin();
    const char *conference = confer(&s), *id = get_string(s.alice, conference, "CallId");
    ck_assert_str_ne(id, s.first);
    ck_assert_str_ne(id, s.second);
    /* The first is in it already, the consultation is about it. */
    expect_ids(s.alice, s.talk.caller, id, s.first);
    expect_ids(s.alice, s.consultation, s.second, id);
    await_text(s.bob, s.talk.callee, "CallId", quoted(id));
    expect_ids(s.bob, s.talk.callee, id, s.first);
    ck_assert_str_eq(get_string(s.carol, s.carols, "CallId"), s.second);
    client_add(s.alice, conference, s.consultation);
    expect_ids(s.alice, s.consultation, id, s.second);
    await_text(s.carol, s.carols, "CallId", quoted(id));
    expect_ids(s.carol, s.carols, id, s.second);
    ck_assert_uint_eq(count_calls(s.alice, id), 3);
    ck_assert_uint_eq(count_calls(s.dave, id), 5);
    ck_assert_uint_eq(count_calls(s.bob, id), 1);
    ck_assert_uint_eq(count_calls(s.dave, s.first), 0);
}
END_TEST

START_TEST(rule_21_leaving_gives_the_id_back) {
    Three s = three_begin();
    const char *conference = confer(&s), *id = get_string(s.alice, conference, "CallId");
    client_add(s.alice, conference, s.consultation);
    const char *third = client_prepare_add(s.alice, conference, "answer?ring=0");
    await_state(s.alice, third, "connected");
    const char *thirds = get_string(s.alice, third, "CallId");
    client_add(s.alice, conference, third);
    client_remove(s.alice, s.talk.caller);
    ck_assert_str_eq(known_state(s.alice, s.talk.caller), "on-hold");
    ck_assert_str_eq(get_string(s.alice, s.talk.caller, "CallId"), s.first);
    await_text(s.bob, s.talk.callee, "CallId", quoted(s.first));
    expect_ids(s.carol, s.carols, id, s.second);
    ck_assert_uint_eq(count_calls(s.dave, s.first), 2);
    /* The last but one leaves: the conference is over, and the other has its own again. */
    client_drop(s.alice, third);
    await_state(s.alice, conference, "idle");
    await_state(s.alice, s.consultation, "connected");
    ck_assert_str_eq(get_string(s.alice, s.consultation, "CallId"), s.second);
    await_text(s.carol, s.carols, "CallId", quoted(s.second));
    ck_assert_str_eq(get_string(s.alice, conference, "CallId"), id);
    /* Who ended in it is found by its id still. */
    expect_ids(s.alice, third, id, thirds);
    bus_barrier(t);
    ck_assert_uint_eq(count_calls(s.dave, id), 2); /* the records of the conference and of the third */
}
END_TEST

START_TEST(rule_21_a_cancelled_conference_gives_the_id_back) {
    Three s = three_begin();
    const char *conference = confer(&s);
    if (_i)
        client_call(s.alice, conference, "Unhold", "");
    else
        client_drop(s.alice, s.consultation);
    await_state(s.alice, conference, "idle");
    await_state(s.alice, s.talk.caller, "connected");
    expect_ids(s.alice, s.talk.caller, s.first, "");
    await_text(s.bob, s.talk.callee, "CallId", quoted(s.first));
    expect_ids(s.bob, s.talk.callee, s.first, "");
    await_state(s.carol, s.carols, "disconnected");
    ck_assert_str_eq(get_string(s.carol, s.carols, "CallId"), s.second);
}
END_TEST

START_TEST(rule_21_a_line_without_call_ids_groups_nothing) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(alice, "mute0", "owner");
    client_open(bob, "loop1", "owner");
    client_open(carol, "mute0", "monitor");
    Talk talk = talk_begin(alice, "mute0", bob, "101");
    const char *far_id = get_string(bob, talk.callee, "CallId");
    Conference conference = client_setup_conference(alice, talk.caller, "answer?ring=0");
    await_state(alice, conference.consultation, "connected");
    client_add(alice, conference.path, conference.consultation);
    const char *const paths[] = {talk.caller, conference.path, conference.consultation};
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        expect_ids(alice, paths[i], "", "");
    ck_assert_uint_eq(count_calls(alice, ""), 0);
    bus_barrier(t);
    if (far_id[0])
        ck_assert_uint_eq(count_calls(bob, get_string(bob, talk.callee, "CallId")), 1);
    client_drop(alice, conference.path);
    await_state(bob, talk.callee, "disconnected");
}
END_TEST

/* ---- Rule 19 ---- */

START_TEST(rule_19_a_conference_is_a_call_of_its_own) {
    Three s = three_begin();
    const char *conference = confer(&s);
    ck_assert_str_eq(get_string(s.alice, conference, "State"), "on-hold-pending-conference");
    ck_assert_str_eq(get_string(s.alice, conference, "Direction"), "none");
    ck_assert_str_eq(get_string(s.alice, conference, "Origin"), "conference");
    ck_assert_str_eq(get_string(s.alice, conference, "Line"), LINE("loop0"));
    ck_assert_str_eq(get_string(s.alice, conference, "Conference"), "/");
    client_add(s.alice, conference, s.consultation);
    ck_assert_str_eq(known_state(s.alice, conference), "connected");
    ck_assert_uint_ne(get_number(s.alice, conference, "ConnectedTimestamp"), 0);
    /* It is held and muted, handed over and dropped as any other. */
    client_call(s.alice, conference, "Hold", "");
    ck_assert_str_eq(known_state(s.alice, s.talk.caller), "conferenced");
    client_call(s.alice, conference, "Unhold", "");
    client_call(s.alice, conference, "Mute", "b", true);
    ck_assert_str_eq(known_text(s.alice, conference, "Muted"), "true");
    client_call(s.alice, conference, "SetCallData", "ay", 1, 5);
    ck_assert_str_eq(get_text(s.alice, s.talk.caller, "CallData"), "[]");
    client_drop(s.alice, conference);
    ck_assert_str_eq(known_states(s.alice, conference),
                     "on-hold-pending-conference connected on-hold connected idle");
    ck_assert_str_eq(get_string(s.alice, conference, "DisconnectCause"), "normal");
    ck_assert_str_eq(known_state(s.alice, s.talk.caller), "idle");
    ck_assert_str_eq(known_state(s.alice, s.consultation), "idle");
    await_state(s.bob, s.talk.callee, "disconnected");
    await_state(s.carol, s.carols, "disconnected");
}
END_TEST

START_TEST(rule_19_membership_counts_when_it_is_confirmed) {
    Three s = three_begin();
    guint start = client_event_count(s.alice);
    Conference conference = client_setup_conference(s.alice, s.talk.caller, "102");
    answer_consultation(&s, conference.consultation);
    ck_assert_str_eq(known_text(s.alice, s.talk.caller, "Conference"), quoted(conference.path));
    ck_assert_str_eq(known_text(s.alice, s.consultation, "Conference"), "\"/\"");
    ck_assert_ptr_null(client_conference_calls(s.alice, conference.path)[2]);
    client_add(s.alice, conference.path, s.consultation);
    ck_assert_str_eq(known_text(s.alice, s.consultation, "Conference"), quoted(conference.path));
    /* It comes with the state that it belongs to, in one message. */
    ck_assert_int_eq(change_place(s.alice, start, s.consultation, "Conference", quoted(conference.path)),
                     change_place(s.alice, start, s.consultation, "State", "\"conferenced\""));
    const char *const *calls = client_conference_calls(s.alice, s.consultation);
    ck_assert_str_eq(calls[0], conference.path);
    ck_assert_str_eq(calls[1], s.talk.caller);
    ck_assert_str_eq(calls[2], s.consultation);
    ck_assert_ptr_null(calls[3]);
    client_remove(s.alice, s.consultation);
    ck_assert_str_eq(known_text(s.alice, s.consultation, "Conference"), "\"/\"");
    await_state(s.alice, conference.path, "idle");
    ck_assert_str_eq(known_text(s.alice, s.talk.caller, "Conference"), "\"/\"");
    ck_assert_str_eq(known_state(s.alice, s.talk.caller), "connected");
    expect_error(s.alice, "NoConference", s.talk.caller, "GetConferenceCalls", "");
}
END_TEST

/* Each reader finds the conference among its own handles, from the moment on at which it has one. */
START_TEST(rule_19_everybody_sees_the_conference_in_its_own_handles) {
    Client *alice = bus_client(t), *bob = bus_client(t), *carol = bus_client(t);
    client_open(bob, "loop0", "monitor");
    client_open(carol, "loop0", "owner");
    Party party = party_begin(alice, "loop0", "answer?ring=0", "answer?ring=0");
    const char *first = await_handle(bob), *conference = await_handle(bob);
    await_text(bob, first, "Conference", quoted(conference));
    ck_assert_str_ne(conference, party.conference);
    client_call(alice, party.first, "Handoff", "s", client_name(carol));
    const char *carols = await_handle(carol);
    ck_assert_str_eq(get_string(carol, carols, "Conference"), "/");
    ck_assert_str_eq(get_string(carol, carols, "State"), "conferenced");
    /* Asking for the calls of it gives the handles that are missing, as a monitor's. */
    const char *const *calls = client_conference_calls(carol, carols);
    ck_assert_str_eq(calls[1], carols);
    ck_assert(calls[2] && !calls[3]);
    ck_assert_str_eq(get_string(carol, calls[0], "Privilege"), "monitor");
    ck_assert_str_eq(get_string(carol, calls[2], "Privilege"), "monitor");
    ck_assert_str_eq(known_text(carol, carols, "Privilege"), "\"owner\"");
    await_text(carol, carols, "Conference", quoted(calls[0]));
    ck_assert_str_eq(get_string(carol, calls[2], "Conference"), calls[0]);
    client_release(carol, calls[0]);
    await_text(carol, carols, "Conference", "\"/\"");
    await_text(carol, calls[2], "Conference", "\"/\"");
    /* And again: only what is missing is new. */
    const char *const *again = client_conference_calls(carol, carols);
    ck_assert_str_ne(again[0], calls[0]);
    ck_assert_str_eq(again[2], calls[2]);
    ck_assert_uint_eq(known_alive_count(carol), 3);
}
END_TEST

/* The far end of a participant is in no conference: it has a call of its own, on its own line. */
START_TEST(rule_19_the_far_end_is_no_participant) {
    Three s = three_begin();
    const char *conference = confer(&s);
    client_add(s.alice, conference, s.consultation);
    ck_assert_str_eq(get_string(s.bob, s.talk.callee, "State"), "connected");
    ck_assert_str_eq(get_string(s.bob, s.talk.callee, "Conference"), "/");
    expect_error(s.bob, "NoConference", s.talk.callee, "GetConferenceCalls", "");
    client_drop(s.bob, s.talk.callee);
    await_state(s.alice, s.talk.caller, "disconnected");
    await_state(s.alice, conference, "idle");
    await_state(s.alice, s.consultation, "connected");
    ck_assert_str_eq(known_text(s.alice, s.talk.caller, "Conference"), "\"/\"");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("rules-together");
    TCase *tcase = bus_case(suite, "rule 21");
    tcase_add_test(tcase, rule_21_a_consultation_has_an_id_of_its_own);
    tcase_add_test(tcase, rule_21_after_a_transfer_both_ends_report_the_first_calls);
    tcase_add_test(tcase, rule_21_after_a_transfer_each_end_knows_the_other);
    tcase_add_test(tcase, rule_21_a_blind_transfer_goes_on_with_the_first_id);
    tcase_add_test(tcase, rule_15_transferred_to_somebody_who_still_rings);
    tcase_add_test(tcase, rule_21_who_owns_all_ends_has_a_handle_of_each);
    tcase_add_test(tcase, rule_21_participants_and_their_far_ends_take_the_conferences_id);
    tcase_add_test(tcase, rule_21_leaving_gives_the_id_back);
    tcase_add_loop_test(tcase, rule_21_a_cancelled_conference_gives_the_id_back, 0, 2);
    tcase_add_test(tcase, rule_21_a_line_without_call_ids_groups_nothing);
    tcase = bus_case(suite, "rule 19");
    tcase_add_test(tcase, rule_19_a_conference_is_a_call_of_its_own);
    tcase_add_test(tcase, rule_19_membership_counts_when_it_is_confirmed);
    tcase_add_test(tcase, rule_19_everybody_sees_the_conference_in_its_own_handles);
    tcase_add_test(tcase, rule_19_the_far_end_is_no_participant);
    return bus_main(suite);
}
