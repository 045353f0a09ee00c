/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls: how they are dialled, offered, answered, turned away and ended, and who is told what. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

/* Alice dials Bob, who has not answered yet. */
static Seen *ring_bob(Seen **ret_out) {
    Seen *in;

    *ret_out = person_dials(alice, 0, adapter.addresses[1]);
    in = await_call(bob);
    expect_states(*ret_out, "dialing ringback");
    return in;
}

/* What the adapter says of the provider is so. */
SCENARIO(the_lines_have_these_abilities) {
    for (unsigned i = 0; i < G_N_ELEMENTS(adapter.lines) && adapter.lines[i]; i++)
        for (Operation j = 0; j < _OPERATION_MAX; j++)
            if (operation_needs_ability(j))
                ck_assert_msg((line_abilities(world_line(i)) & OPERATION_BIT(j)) == (adapter.abilities & OPERATION_BIT(j)),
                              "line %s and %s", adapter.lines[i], operation_to_string(j));
}

SCENARIO(a_call_has_two_ends_and_one_call_id) {
    Seen *out, *in = ring_bob(&out);

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

SCENARIO(each_call_has_its_own_call_id) {
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < 50; i++) {
        Seen *out = person_dials(alice, 0, adapter.addresses[1 + i % 2]);

        ck_assert(g_hash_table_add(ids, out->call_id));
    }
}

SCENARIO(the_called_end_may_hang_up_too) {
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    DO(handle_drop, in->handle, REJECT_NONE);
    expect_states(in, "offering connected idle:normal");
    expect_states(out, "dialing ringback connected disconnected:normal");
}

SCENARIO(a_caller_may_give_up) {
    Seen *out, *in = ring_bob(&out);

    DO(handle_drop, out->handle, REJECT_NONE);
    expect_states(out, "dialing ringback idle:normal");
    expect_states(in, "offering disconnected:cancelled");
}

SCENARIO(an_accepted_call_still_rings) {
    Seen *out, *in = ring_bob(&out);

    DO(handle_accept, in->handle);
    expect_states(in, "offering accepted");
    expect_refused(ASK(handle_accept, in->handle), REFUSAL_INVALID_STATE);
    ck_assert_str_eq(out->states->str, "dialing ringback");
    DO(handle_answer, in->handle);
    expect_states(in, "offering accepted connected");
    expect_states(out, "dialing ringback connected");
}

static const struct {
    RejectReason reason;
    const char *caller;
} rejects[] = {
    { REJECT_NONE, "dialing ringback disconnected:rejected" },
    { REJECT_BUSY, "dialing ringback busy" },
    { REJECT_DECLINED, "dialing ringback disconnected:rejected" },
};

static void reject(const Seen *in, const Seen *out, int i) {
    DO(handle_drop, in->handle, rejects[i].reason);
    expect_last_state(in, "idle:normal");
    expect_states(out, rejects[i].caller);
    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(strstr(out->states->str, " idle:"));
}

SCENARIO(a_rejected_caller_learns_how) {
    Seen *out, *in = ring_bob(&out);

    reject(in, out, _i);
    ck_assert_str_eq(in->states->str, "offering idle:normal");
}

SCENARIO(an_accepted_call_may_be_rejected) {
    Seen *out, *in = ring_bob(&out);

    DO(handle_accept, in->handle);
    reject(in, out, _i);
    ck_assert_str_eq(in->states->str, "offering accepted idle:normal");
}

SCENARIO(two_answers_connect_once) {
    Answer *first, *second;
    Seen *out, *in = ring_bob(&out);

    first = ASK(handle_answer, in->handle);
    second = ASK(handle_answer, in->handle);
    expect_done(first);
    expect_refused(second, REFUSAL_CONFLICT);
    expect_states(in, "offering connected");
    expect_refused(ASK(handle_answer, in->handle), REFUSAL_INVALID_STATE);
    ck_assert_str_eq(in->states->str, "offering connected");
}

/* Whoever comes second finds the call ended; each gets one answer. */
SCENARIO(answer_and_giving_up_at_once) {
    Answer *answered, *dropped;
    Seen *out, *in = ring_bob(&out);

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

SCENARIO(two_drops_are_both_done) {
    Answer *first, *second, *other;
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    first = ASK(handle_drop, out->handle, REJECT_NONE);
    second = ASK(handle_drop, out->handle, REJECT_NONE);
    other = ASK(handle_drop, in->handle, REJECT_NONE);
    expect_done(first);
    expect_done(second);
    expect_done(other);
    AWAIT(strstr(in->states->str, "idle:normal") && strstr(out->states->str, "idle:normal"));
}

SCENARIO(ones_own_number_is_busy) {
    Seen *out;

    out = person_dials(alice, 0, adapter.addresses[0]);
    expect_states(out, "dialing busy");
    DO(handle_drop, out->handle, REJECT_NONE);
    AWAIT(strstr(out->states->str, "idle:"));
}

SCENARIO(a_full_line_is_busy) {
    Seen *out, *in, *second;

    person_opens_line(carol, world_small_line(), OPEN_OWNER);
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

SCENARIO(nobody_has_an_unknown_number) {
    Seen *out;

    out = person_dials(alice, 0, adapter.nobody);
    expect_states(out, "dialing disconnected:bad-address");
}

SCENARIO(a_malformed_address_is_no_call) {
    expect_refused(ASK(line_dial, world_line(0), alice->client, &(DialOrder) { .address = adapter.malformed }),
                   REFUSAL_INVALID_ADDRESS);
    ck_assert_uint_eq(spy_count_calls(), 0);
}

SCENARIO(patience_has_an_end) {
    DialOrder order = { .address = adapter.addresses[1], .no_answer_timeout_s = 1 };
    Seen *out, *in;

    out = person_orders(alice, world_line(0), &order);
    in = await_call(bob);
    expect_states(out, "dialing ringback disconnected:no-answer");
    expect_states(in, "offering disconnected:cancelled");
}

SCENARIO(patience_ends_with_the_answer) {
    DialOrder order = { .address = adapter.addresses[1], .no_answer_timeout_s = 1 };
    Seen *out, *in, *later;

    out = person_orders(alice, world_line(0), &order);
    in = await_call(bob);
    DO(handle_answer, in->handle);
    later = person_orders(alice, world_line(0), &(DialOrder) { adapter.addresses[2], .no_answer_timeout_s = 2 });
    expect_states(later, "dialing ringback disconnected:no-answer");
    ck_assert_str_eq(out->states->str, "dialing ringback connected");
}

/* ---- Who is who ---- */

SCENARIO(both_ends_know_who_talks) {
    Seen *out, *in;

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

SCENARIO(a_hidden_caller_is_not_named) {
    DialOrder order = { .address = adapter.addresses[1], .hide_caller_id = true };
    Seen *in;

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

SCENARIO(what_is_said_at_dialling_arrives) {
    static const uint8_t info[] = { 1, 2, 0, 255 };
    DialOrder order = {
        .address = adapter.addresses[1],
        .media_mode = MEDIA_DIGITAL_DATA,
        .user_user_info = info,
        .user_user_info_size = sizeof(info),
    };
    GBytes *bytes;
    Seen *in;

    person_orders(alice, world_line(0), &order);
    in = await_call(bob);
    bytes = call_user_user_info(seen_call(in));
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(g_bytes_get_size(bytes), sizeof(info));
    ck_assert_mem_eq(g_bytes_get_data(bytes, NULL), info, sizeof(info));
    ck_assert_int_eq(call_media_mode(seen_call(in)), MEDIA_DIGITAL_DATA);
}

SCENARIO(a_line_without_call_ids_has_none) {
    Seen *out, *in;

    in = await_call((person_orders(alice, world_plain_line(), &(DialOrder) { adapter.addresses[1] }), bob));
    ck_assert_str_ne(in->call_id, "");
    ck_assert_str_eq(((Seen *) alice->seen->pdata[0])->call_id, "");
    person_opens_line(carol, world_plain_line(), OPEN_OWNER);
    out = person_dials(alice, 0, adapter.plain_address);
    in = await_call(carol);
    ck_assert_str_ne(out->call_id, "");
    ck_assert_str_eq(in->call_id, "");
}

/* ---- Redirection ---- */

SCENARIO(a_redirected_call_goes_on) {
    Seen *out, *in, *there;

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

/* By the number of a line, -1 for one that nobody has. */
static const struct {
    int line;
    const char *caller;
} dead_ends[] = {
    { 0, "dialing ringback busy" },
    { 1, "dialing ringback busy" },
    { -1, "dialing ringback disconnected:bad-address" },
};

SCENARIO(a_redirected_caller_hears_what_dialling_gives) {
    int line = dead_ends[_i].line;
    Seen *out, *in = ring_bob(&out);

    DO(handle_redirect, in->handle, line < 0 ? adapter.nobody : adapter.addresses[line]);
    expect_states(in, "offering idle:forwarded");
    expect_states(out, dead_ends[_i].caller);
}

SCENARIO(a_malformed_redirection_changes_nothing) {
    Seen *out, *in = ring_bob(&out);

    expect_refused(ASK(handle_redirect, in->handle, adapter.malformed), REFUSAL_INVALID_ADDRESS);
    ck_assert_str_eq(in->states->str, "offering");
    DO(handle_answer, in->handle);
    expect_states(out, "dialing ringback connected");
}

SCENARIO(a_hidden_caller_stays_hidden_when_sent_on) {
    DialOrder order = { .address = adapter.addresses[1], .hide_caller_id = true };
    Seen *there;

    person_orders(alice, world_line(0), &order);
    DO(handle_redirect, await_call(bob)->handle, adapter.addresses[2]);
    there = await_call(carol);
    expect_party(there, PARTY_CALLER, "", PRESENTATION_WITHHELD);
    ck_assert_str_eq(seen_party(there, PARTY_CALLER).name, "");
}

/* Its caller gives up, or its callee answers it, at the same moment. */
SCENARIO(redirection_and_the_end_at_once) {
    Seen *out, *in = ring_bob(&out);
    Answer *answers[2];

    for (int i = 0; i < 2; i++)
        if (i == _i % 2)
            answers[i] = ASK(handle_redirect, in->handle, adapter.addresses[2]);
        else
            answers[i] = _i < 2 ? ASK(handle_drop, out->handle, REJECT_NONE) : ASK(handle_answer, in->handle);
    await_all(answers, 2);
    clear_all();
}

/* ---- Clients that go ---- */

SCENARIO(a_caller_that_dies_takes_its_call_along) {
    Seen *out, *in;

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

SCENARIO(a_caller_that_dies_while_it_dials_leaves_nothing) {
    Answer *answer;

    answer = ASK(line_dial, world_line(0), alice->client, &(DialOrder) { .address = adapter.addresses[1] });
    person_leaves(alice);
    expect_refused(answer, REFUSAL_CLIENT_GONE);
    AWAIT(spy_count_pending() == 0 && spy_count_calls() == 0);
}
