/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls: how they are dialled, offered, answered, turned away and ended, and who is told what. */
#include <string.h>

#include "tests/conformance/suite.h"
#include "tests/conformance/world.h"

static Person *alice, *bob, *carol;

/* Bob and Carol own what comes in on the second and the third line. */
static void set_scene(void) {
    alice = person_arrives("alice");
    bob = person_arrives("bob");
    carol = person_arrives("carol");
    person_opens(bob, 1, OPEN_OWNER);
    person_opens(carol, 2, OPEN_OWNER);
}

/* Alice dials Bob, who has not answered yet. */
static Seen *ring_bob(Seen **ret_out) {
    Seen *in;

    *ret_out = person_dials(alice, 0, adapter.addresses[1]);
    in = await_call(bob);
    expect_states(*ret_out, "dialing ringback");
    return in;
}

START_TEST(a_call_has_two_ends_and_one_call_id) {
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    ck_assert_str_eq(in->states->str, "offering");
    ck_assert_uint_eq(strlen(out->call_id), 32);
    ck_assert_uint_eq(strspn(out->call_id, "0123456789abcdef"), 32);
    ck_assert_str_eq(in->call_id, out->call_id);
    ck_assert_ptr_ne(seen_call(in), seen_call(out));
    DO(handle_answer, in->handle);
    expect_states(in, "offering connected");
    expect_states(out, "dialing ringback connected");
    DO(handle_drop, out->handle, REJECT_NONE);
    expect_states(out, "dialing ringback connected idle:normal");
    expect_states(in, "offering connected disconnected:normal");
    DO(handle_drop, in->handle, REJECT_NONE);
    expect_states(in, "offering connected disconnected:normal idle:normal");
}
END_TEST

START_TEST(each_call_has_its_own_call_id) {
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);

    set_scene();
    for (unsigned i = 0; i < 50; i++) {
        Seen *out = person_dials(alice, 0, adapter.addresses[1 + i % 2]);

        ck_assert(g_hash_table_add(ids, out->call_id));
    }
}
END_TEST

START_TEST(the_called_end_may_hang_up_too) {
    Seen *out, *in;

    set_scene();
    connect_calls(alice, 0, bob, 1, &out, &in);
    DO(handle_drop, in->handle, REJECT_NONE);
    expect_states(in, "offering connected idle:normal");
    expect_states(out, "dialing ringback connected disconnected:normal");
}
END_TEST

START_TEST(a_caller_may_give_up) {
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    DO(handle_drop, out->handle, REJECT_NONE);
    expect_states(out, "dialing ringback idle:normal");
    expect_states(in, "offering disconnected:cancelled");
}
END_TEST

START_TEST(an_accepted_call_still_rings) {
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    DO(handle_accept, in->handle);
    expect_states(in, "offering accepted");
    expect_refused(ASK(handle_accept, in->handle), REFUSAL_INVALID_STATE);
    ck_assert_str_eq(out->states->str, "dialing ringback");
    DO(handle_answer, in->handle);
    expect_states(in, "offering accepted connected");
    expect_states(out, "dialing ringback connected");
}
END_TEST

static const struct {
    RejectReason reason;
    bool accept;
    const char *caller;
} rejects[] = {
    { REJECT_NONE, false, "dialing ringback disconnected:rejected" },
    { REJECT_DECLINED, false, "dialing ringback disconnected:rejected" },
    { REJECT_BUSY, false, "dialing ringback busy" },
    { REJECT_NONE, true, "dialing ringback disconnected:rejected" },
    { REJECT_BUSY, true, "dialing ringback busy" },
};

START_TEST(a_rejected_caller_learns_how) {
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    if (rejects[_i].accept)
        DO(handle_accept, in->handle);
    DO(handle_drop, in->handle, rejects[_i].reason);
    expect_states(in, rejects[_i].accept ? "offering accepted idle:normal" : "offering idle:normal");
    expect_states(out, rejects[_i].caller);
    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(strstr(out->states->str, " idle:"));
}
END_TEST

START_TEST(two_answers_connect_once) {
    Answer *first, *second;
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    first = ASK(handle_answer, in->handle);
    second = ASK(handle_answer, in->handle);
    expect_done(first);
    expect_refused(second, REFUSAL_CONFLICT);
    expect_states(in, "offering connected");
    expect_refused(ASK(handle_answer, in->handle), REFUSAL_INVALID_STATE);
    ck_assert_str_eq(in->states->str, "offering connected");
}
END_TEST

/* Whoever comes second finds the call ended; each gets one answer. */
START_TEST(answer_and_giving_up_at_once) {
    Answer *answered, *dropped;
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    if (_i == 0) {
        dropped = ASK(handle_drop, out->handle, REJECT_NONE);
        answered = ASK(handle_answer, in->handle);
    } else {
        answered = ASK(handle_answer, in->handle);
        dropped = ASK(handle_drop, out->handle, REJECT_NONE);
    }
    expect_done(dropped);
    AWAIT(answered->arrived > 0);
    AWAIT(strstr(out->states->str, "idle:normal"));
    AWAIT(strstr(in->states->str, "disconnected:"));
    ck_assert(!strstr(in->states->str, "connected disconnected:cancelled"));
}
END_TEST

START_TEST(two_drops_are_both_done) {
    Answer *first, *second, *other;
    Seen *out, *in;

    set_scene();
    connect_calls(alice, 0, bob, 1, &out, &in);
    first = ASK(handle_drop, out->handle, REJECT_NONE);
    second = ASK(handle_drop, out->handle, REJECT_NONE);
    other = ASK(handle_drop, in->handle, REJECT_NONE);
    expect_done(first);
    expect_done(second);
    expect_done(other);
    AWAIT(strstr(in->states->str, "idle:normal") && strstr(out->states->str, "idle:normal"));
}
END_TEST

START_TEST(ones_own_number_is_busy) {
    Seen *out;

    set_scene();
    out = person_dials(alice, 0, adapter.addresses[0]);
    expect_states(out, "dialing busy");
    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(strstr(out->states->str, "idle:"));
}
END_TEST

START_TEST(a_full_line_is_busy) {
    Seen *out, *in, *second;

    set_scene();
    line_open(world_small_line(), carol->client,
              &(OpenOptions) { .privilege = OPEN_OWNER, .media_modes = MEDIA_ALL, .offer = true });
    out = person_dials(alice, 0, adapter.small_address);
    in = await_call(carol);
    expect_states(out, "dialing ringback");
    second = person_dials(bob, 1, adapter.small_address);
    expect_states(second, "dialing busy");
    DO(handle_drop, in->handle, REJECT_NONE);
    DO(handle_drop, second->handle, REJECT_NONE);
    second = person_dials(bob, 1, adapter.small_address);
    expect_states(second, "dialing ringback");
    ck_assert_uint_eq(carol->seen->len, 2);
}
END_TEST

START_TEST(nobody_has_an_unknown_number) {
    Seen *out;

    set_scene();
    out = person_dials(alice, 0, adapter.nobody);
    expect_states(out, "dialing disconnected:bad-address");
}
END_TEST

START_TEST(a_malformed_address_is_no_call) {
    set_scene();
    expect_refused(ASK(line_dial, world_line(0), alice->client, &(DialOrder) { .address = adapter.malformed }),
                   REFUSAL_INVALID_ADDRESS);
    ck_assert_uint_eq(spy_count_calls(), 0);
}
END_TEST

START_TEST(patience_has_an_end) {
    DialOrder order = { .address = adapter.addresses[1], .no_answer_timeout_s = 1 };
    Seen *out, *in;

    set_scene();
    out = person_orders(alice, world_line(0), &order);
    in = await_call(bob);
    expect_states(out, "dialing ringback disconnected:no-answer");
    expect_states(in, "offering disconnected:cancelled");
}
END_TEST

START_TEST(patience_ends_with_the_answer) {
    DialOrder order = { .address = adapter.addresses[1], .no_answer_timeout_s = 1 };
    Seen *out, *in, *later;

    set_scene();
    out = person_orders(alice, world_line(0), &order);
    in = await_call(bob);
    DO(handle_answer, in->handle);
    later = person_orders(alice, world_line(0), &(DialOrder) { adapter.addresses[2], .no_answer_timeout_s = 2 });
    expect_states(later, "dialing ringback disconnected:no-answer");
    ck_assert_str_eq(out->states->str, "dialing ringback connected");
}
END_TEST

/* ---- Who is who ---- */

static void expect_party(const Seen *seen, PartyRole role, const char *number, Presentation presentation) {
    AWAIT(strcmp(seen_party(seen, role).number, number) == 0);
    ck_assert_int_eq(seen_party(seen, role).presentation, presentation);
}

START_TEST(both_ends_know_who_talks) {
    Seen *out, *in;

    set_scene();
    connect_calls(alice, 0, bob, 1, &out, &in);
    for (int i = 0; i < 2; i++) {
        const Seen *seen = i == 0 ? out : in;

        expect_party(seen, PARTY_CALLER, adapter.addresses[0], PRESENTATION_ALLOWED);
        expect_party(seen, PARTY_CALLED, adapter.addresses[1], PRESENTATION_ALLOWED);
    }
    expect_party(out, PARTY_CONNECTED, adapter.addresses[1], PRESENTATION_ALLOWED);
    expect_party(in, PARTY_CONNECTED, adapter.addresses[0], PRESENTATION_ALLOWED);
    ck_assert_int_eq(call_reason(seen_call(in)), REASON_DIRECT);
}
END_TEST

START_TEST(a_hidden_caller_is_not_named) {
    DialOrder order = { .address = adapter.addresses[1], .hide_caller_id = true };
    Seen *in;

    set_scene();
    person_orders(alice, world_line(0), &order);
    in = await_call(bob);
    DO(handle_answer, in->handle);
    expect_states(in, "offering connected");
    expect_party(in, PARTY_CALLER, "", PRESENTATION_WITHHELD);
    expect_party(in, PARTY_CONNECTED, "", PRESENTATION_WITHHELD);
    ck_assert_str_eq(seen_party(in, PARTY_CALLER).name, "");
    ck_assert_str_eq(seen_party(in, PARTY_CONNECTED).name, "");
    ck_assert_str_eq(call_address(seen_call(in)), "");
}
END_TEST

START_TEST(what_is_said_at_dialling_arrives) {
    static const uint8_t info[] = { 1, 2, 0, 255 };
    DialOrder order = {
        .address = adapter.addresses[1],
        .media_mode = MEDIA_DIGITAL_DATA,
        .user_user_info = info,
        .user_user_info_size = sizeof(info),
    };
    GBytes *bytes;
    Seen *in;

    set_scene();
    person_orders(alice, world_line(0), &order);
    in = await_call(bob);
    bytes = call_user_user_info(seen_call(in));
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(g_bytes_get_size(bytes), sizeof(info));
    ck_assert_mem_eq(g_bytes_get_data(bytes, NULL), info, sizeof(info));
    ck_assert_int_eq(call_media_mode(seen_call(in)), MEDIA_DIGITAL_DATA);
}
END_TEST

START_TEST(a_line_without_call_ids_has_none) {
    Seen *out, *in;

    set_scene();
    in = await_call((person_orders(alice, world_plain_line(), &(DialOrder) { adapter.addresses[1] }), bob));
    ck_assert_str_ne(in->call_id, "");
    ck_assert_str_eq(((Seen *) alice->seen->pdata[0])->call_id, "");
    line_open(world_plain_line(), carol->client,
              &(OpenOptions) { .privilege = OPEN_OWNER, .media_modes = MEDIA_ALL, .offer = true });
    out = person_dials(alice, 0, adapter.plain_address);
    in = await_call(carol);
    ck_assert_str_ne(out->call_id, "");
    ck_assert_str_eq(in->call_id, "");
}
END_TEST

/* ---- Redirection ---- */

START_TEST(a_redirected_call_goes_on) {
    Seen *out, *in, *there;

    set_scene();
    in = ring_bob(&out);
    DO(handle_redirect, in->handle, adapter.addresses[2]);
    expect_states(in, "offering idle:forwarded");
    there = await_call(carol);
    ck_assert_str_eq(out->states->str, "dialing ringback");
    ck_assert_str_eq(there->call_id, out->call_id);
    ck_assert_int_eq(call_reason(seen_call(there)), REASON_REDIRECT);
    expect_party(out, PARTY_REDIRECTION, adapter.addresses[2], PRESENTATION_ALLOWED);
    expect_party(there, PARTY_REDIRECTING, adapter.addresses[1], PRESENTATION_ALLOWED);
    expect_party(there, PARTY_CALLER, adapter.addresses[0], PRESENTATION_ALLOWED);
    expect_party(there, PARTY_CALLED, adapter.addresses[1], PRESENTATION_ALLOWED);
    DO(handle_answer, there->handle);
    expect_states(out, "dialing ringback connected");
    expect_states(there, "offering connected");
    expect_party(out, PARTY_CONNECTED, adapter.addresses[2], PRESENTATION_ALLOWED);
    DO(handle_drop, there->handle, REJECT_NONE);
    expect_states(out, "dialing ringback connected disconnected:normal");
}
END_TEST

/* By the number of a line, -1 for one that nobody has. */
static const struct {
    int line;
    const char *caller;
} dead_ends[] = {
    { 0, "dialing ringback busy" },
    { 1, "dialing ringback busy" },
    { -1, "dialing ringback disconnected:bad-address" },
};

START_TEST(a_redirected_caller_hears_what_dialling_gives) {
    int line = dead_ends[_i].line;
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    DO(handle_redirect, in->handle, line < 0 ? adapter.nobody : adapter.addresses[line]);
    expect_states(in, "offering idle:forwarded");
    expect_states(out, dead_ends[_i].caller);
}
END_TEST

START_TEST(a_malformed_redirection_changes_nothing) {
    Seen *out, *in;

    set_scene();
    in = ring_bob(&out);
    expect_refused(ASK(handle_redirect, in->handle, adapter.malformed), REFUSAL_INVALID_ADDRESS);
    ck_assert_str_eq(in->states->str, "offering");
    DO(handle_answer, in->handle);
    expect_states(out, "dialing ringback connected");
}
END_TEST

START_TEST(a_hidden_caller_stays_hidden_when_sent_on) {
    DialOrder order = { .address = adapter.addresses[1], .hide_caller_id = true };
    Seen *there;

    set_scene();
    person_orders(alice, world_line(0), &order);
    DO(handle_redirect, await_call(bob)->handle, adapter.addresses[2]);
    there = await_call(carol);
    expect_party(there, PARTY_CALLER, "", PRESENTATION_WITHHELD);
    ck_assert_str_eq(seen_party(there, PARTY_CALLER).name, "");
}
END_TEST

/* ---- Clients that go ---- */

START_TEST(a_caller_that_dies_takes_its_call_along) {
    Seen *out, *in;

    set_scene();
    if (_i == 0) {
        in = ring_bob(&out);
        person_leaves(alice);
        expect_states(in, "offering disconnected:cancelled");
    } else {
        connect_calls(alice, 0, bob, 1, &out, &in);
        person_leaves(alice);
        expect_states(in, "offering connected disconnected:normal");
    }
}
END_TEST

START_TEST(a_caller_that_dies_while_it_dials_leaves_nothing) {
    Answer *answer;

    set_scene();
    answer = ASK(line_dial, world_line(0), alice->client, &(DialOrder) { .address = adapter.addresses[1] });
    person_leaves(alice);
    expect_refused(answer, REFUSAL_CLIENT_GONE);
    AWAIT(spy_count_pending() == 0 && spy_count_calls() == 0);
}
END_TEST

void add_call_cases(Suite *suite) {
    TCase *tcase = world_case(suite, "calls");

    tcase_add_test(tcase, a_call_has_two_ends_and_one_call_id);
    tcase_add_test(tcase, each_call_has_its_own_call_id);
    tcase_add_test(tcase, the_called_end_may_hang_up_too);
    tcase_add_test(tcase, a_caller_may_give_up);
    tcase_add_test(tcase, an_accepted_call_still_rings);
    tcase_add_loop_test(tcase, a_rejected_caller_learns_how, 0, G_N_ELEMENTS(rejects));
    tcase_add_test(tcase, two_answers_connect_once);
    tcase_add_loop_test(tcase, answer_and_giving_up_at_once, 0, 2);
    tcase_add_test(tcase, two_drops_are_both_done);
    tcase_add_test(tcase, ones_own_number_is_busy);
    tcase_add_test(tcase, a_full_line_is_busy);
    tcase_add_test(tcase, nobody_has_an_unknown_number);
    tcase_add_test(tcase, a_malformed_address_is_no_call);
    tcase_add_test(tcase, patience_has_an_end);
    tcase_add_test(tcase, patience_ends_with_the_answer);

    tcase = world_case(suite, "parties");
    tcase_add_test(tcase, both_ends_know_who_talks);
    tcase_add_test(tcase, a_hidden_caller_is_not_named);
    tcase_add_test(tcase, what_is_said_at_dialling_arrives);
    tcase_add_test(tcase, a_line_without_call_ids_has_none);

    tcase = world_case(suite, "redirection");
    tcase_add_test(tcase, a_redirected_call_goes_on);
    tcase_add_loop_test(tcase, a_redirected_caller_hears_what_dialling_gives, 0, G_N_ELEMENTS(dead_ends));
    tcase_add_test(tcase, a_malformed_redirection_changes_nothing);
    tcase_add_test(tcase, a_hidden_caller_stays_hidden_when_sent_on);

    tcase = world_case(suite, "deaths");
    tcase_add_loop_test(tcase, a_caller_that_dies_takes_its_call_along, 0, 2);
    tcase_add_test(tcase, a_caller_that_dies_while_it_dials_leaves_nothing);
}
