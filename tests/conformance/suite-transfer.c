/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transfer: consultations, how they are cancelled, and who is connected to whom afterwards. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

static const char *held(void) {
    return adapter.traits & TRAIT_FAR_HOLD ? "connected/active-held" : "connected";
}

/* ---- Consultation ---- */

SCENARIO(a_consultation_holds_the_call) {
    Seen *there, *consultation = consult_carol(ours, &there);

    expect_last_state(theirs, held());
    expect_same_call_id(consultation, there->call_id, ours->call_id);
    if (adapter.traits & TRAIT_CALL_ID)
        ck_assert_str_ne(consultation->call_id, ours->call_id);
    DO(handle_answer, there->handle);
    expect_states(consultation, "dialing ringback connected");
    expect_hearing(there, 0, true);
    expect_hearing(there, 1, false);
    expect_hearing(theirs, 0, false);
    expect_hearing(consultation, 2, true);
}

/* In two pieces, or in one. */
SCENARIO(a_consultation_waits_for_digits) {
    const DialOrder order = { .address = "" };
    Answer *answer = ASK(handle_setup_transfer, ours->handle, &order);
    g_autofree char *begin = g_strdup_printf("%c;", adapter.addresses[2][0]);
    Seen *consultation;

    expect_done(answer);
    consultation = seen_of(answer->handle);
    ck_assert_int_eq(call_state(seen_call(consultation)), CALL_STATE_DIAL_TONE);
    expect_last_state(ours, "on-hold-pending-transfer");
    if (_i == 0) {
        DO(handle_dial_digits, consultation->handle, begin);
        expect_states(consultation, "dialing");
        DO(handle_dial_digits, consultation->handle, adapter.addresses[2] + 1);
    } else
        DO(handle_dial_digits, consultation->handle, adapter.addresses[2]);
    await_call(carol);
    expect_states(consultation, "dialing ringback");
}

/* By dropping it, or by taking the first call back; before and after it was answered, and after its far end hung up. */
SCENARIO(a_consultation_is_cancelled) {
    Seen *there, *consultation = consult_carol(ours, &there);

    if (_i >= 2)
        DO(handle_answer, there->handle);
    if (_i >= 4) {
        DO(handle_drop, there->handle, REJECT_NONE);
        expect_last_state(consultation, "disconnected:normal");
        ck_assert(g_str_has_suffix(ours->states->str, " on-hold-pending-transfer"));
    }
    if (_i % 2 == 0)
        DO(handle_drop, consultation->handle, REJECT_NONE);
    else
        DO(handle_unhold, ours->handle);
    expect_states(ours, "dialing ringback connected on-hold-pending-transfer connected");
    AWAIT(_i >= 4 || strstr(consultation->states->str, " idle:"));
    expect_last_state(theirs, "connected");
    expect_last_state(there, _i < 2 ? "disconnected:cancelled" : _i < 4 ? "disconnected:normal" : "idle:normal");
    expect_hearing(theirs, 0, true);
    expect_hearing(ours, 1, true);
    DO(handle_drop, ours->handle, REJECT_NONE);
    clear_all();
}

/* A consultation about a consultation: each gives back the call that was held for it. */
SCENARIO(a_consultation_has_one_of_its_own) {
    const DialOrder order = { .address = adapter.addresses[1] };
    Seen *there, *consultation = consult_carol(ours, &there), *second;
    Answer *answer;

    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    answer = ASK(handle_setup_transfer, consultation->handle, &order);
    expect_done(answer);
    second = seen_of(answer->handle);
    expect_last_state(consultation, "on-hold-pending-transfer");
    if (_i == 0)
        DO(handle_drop, second->handle, REJECT_NONE);
    else
        DO(handle_unhold, consultation->handle);
    expect_last_state(second, "idle:normal");
    expect_last_state(consultation, "connected");
    DO(handle_drop, consultation->handle, REJECT_NONE);
    expect_last_state(ours, "connected");
    expect_hearing(ours, 1, true);
    clear_all();
}

SCENARIO(who_is_consulted_may_turn_it_down) {
    Seen *there, *consultation = consult_carol(ours, &there);

    DO(handle_drop, there->handle, _i == 0 ? REJECT_DECLINED : REJECT_BUSY);
    expect_last_state(consultation, _i == 0 ? "disconnected:rejected" : "busy");
    ck_assert(g_str_has_suffix(ours->states->str, " on-hold-pending-transfer"));
    DO(handle_drop, consultation->handle, REJECT_NONE);
    expect_last_state(ours, "connected");
}

/* The consultation lives on as a call like others. */
SCENARIO(the_first_call_may_end_meanwhile) {
    Seen *there, *consultation = consult_carol(ours, &there);

    if (_i == 1) {
        DO(handle_answer, there->handle);
        expect_states(consultation, "dialing ringback connected");
    }
    DO(handle_drop, theirs->handle, REJECT_NONE);
    expect_states(ours, "dialing ringback connected on-hold-pending-transfer disconnected:normal");
    if (_i == 0)
        DO(handle_answer, there->handle);
    expect_states(consultation, "dialing ringback connected");
    expect_hearing(there, 0, true);
    DO(handle_drop, consultation->handle, REJECT_NONE);
    expect_last_state(there, "disconnected:normal");
}

SCENARIO(a_consultation_is_swapped) {
    Seen *there, *consultation = consult_carol(ours, &there);

    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    DO(handle_swap_hold, consultation->handle, ours->handle);
    expect_last_state(consultation, "on-hold-pending-transfer");
    expect_last_state(ours, "connected");
    expect_hearing(theirs, 0, true);
    expect_hearing(there, 0, false);
    DO(handle_swap_hold, ours->handle, consultation->handle);
    expect_last_state(ours, "on-hold-pending-transfer");
    DO(handle_complete_transfer, ours->handle, consultation->handle, TRANSFER_TRANSFER);
    expect_hearing(theirs, 2, true);
}

static Answer *ask_consultation(void) {
    const DialOrder order = { .address = adapter.addresses[2] };

    return ASK(handle_setup_transfer, ours->handle, &order);
}

SCENARIO(setup_and_the_end_at_once) {
    Answer *answers[2];

    for (int i = 0; i < 2; i++)
        if (i == _i % 2)
            answers[i] = ask_consultation();
        else
            answers[i] = ASK(handle_drop, _i < 2 ? ours->handle : theirs->handle, REJECT_NONE);
    await_all(answers, 2);
    clear_all();
}

SCENARIO(two_consultations_at_once_are_one) {
    Answer *answers[] = { ask_consultation(), ask_consultation() };

    await_all(answers, 2);
    ck_assert_int_eq(answers[0]->refused + answers[1]->refused, 1);
    await_call(carol);
    ck_assert_uint_eq(carol->seen->len, 1);
    clear_all();
}

SCENARIO(who_dies_with_a_consultation_leaves_nothing) {
    Seen *there;

    consult_carol(ours, &there);
    person_leaves(alice);
    expect_last_state(theirs, "disconnected:normal");
    expect_last_state(there, "disconnected:cancelled");
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
}

/* ---- Transfer ---- */

static void complete(Seen *call, Seen *consultation) {
    DO(handle_complete_transfer, call->handle, consultation->handle, TRANSFER_TRANSFER);
    expect_last_state(call, "idle:normal");
    expect_last_state(consultation, "idle:normal");
}

SCENARIO(a_transfer_connects_the_others) {
    Seen *there, *consultation = consult_carol(ours, &there);

    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    complete(ours, consultation);
    expect_last_state(theirs, "connected");
    expect_states(there, "offering connected");
    expect_hearing(theirs, 2, true);
    expect_hearing(there, 1, true);
    expect_hearing(theirs, 0, false);
    ck_assert_uint_eq(spy_count_calls(), 2);
    DO(handle_drop, there->handle, REJECT_NONE);
    expect_last_state(theirs, "disconnected:normal");
}

SCENARIO(a_transfer_is_told_to_both) {
    Seen *there, *consultation = consult_carol(ours, &there);

    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    complete(ours, consultation);
    expect_same_call_id(theirs, ours->call_id, NULL);
    expect_same_call_id(there, ours->call_id, consultation->call_id);
    expect_party(theirs, PARTY_CONNECTED, adapter.addresses[2], PRESENTATION_ALLOWED);
    expect_party(there, PARTY_CONNECTED, adapter.addresses[1], PRESENTATION_ALLOWED);
    expect_party(theirs, PARTY_REDIRECTING, adapter.addresses[0], PRESENTATION_ALLOWED);
    expect_party(theirs, PARTY_REDIRECTION, adapter.addresses[2], PRESENTATION_ALLOWED);
    AWAIT(call_reason(seen_call(theirs)) == REASON_TRANSFER);
    AWAIT(call_reason(seen_call(there)) == REASON_TRANSFER);
}

SCENARIO(a_transfer_while_it_rings) {
    Seen *there, *consultation = consult_carol(ours, &there);

    complete(ours, consultation);
    expect_last_state(there, "offering");
    expect_hearing(theirs, 0, false);
    ck_assert(call_state(seen_call(theirs)) == CALL_STATE_CONNECTED);
    DO(handle_answer, there->handle);
    expect_states(there, "offering connected");
    expect_last_state(theirs, "connected");
    expect_hearing(theirs, 2, true);
    expect_hearing(there, 1, true);
}

/* Declined or busy while it rings, or busy before. */
SCENARIO(a_transfer_that_is_turned_down) {
    Seen *there, *consultation = consult_carol(ours, &there);
    RejectReason reason = _i == 0 ? REJECT_DECLINED : REJECT_BUSY;

    if (_i < 2)
        complete(ours, consultation);
    DO(handle_drop, there->handle, reason);
    if (_i == 2) {
        expect_last_state(consultation, "busy");
        complete(ours, consultation);
    }
    expect_last_state(theirs, _i == 0 ? "disconnected:rejected" : "disconnected:busy");
    AWAIT(spy_count_calls() == 0);
}

SCENARIO(two_calls_become_a_transfer) {
    Seen *second, *there;

    DO(handle_hold, ours->handle);
    talk_to(carol, 2, &second, &there);
    complete(ours, second);
    expect_hearing(theirs, 2, true);
    expect_last_state(theirs, "connected");
}

SCENARIO(the_called_end_transfers) {
    const DialOrder order = { .address = adapter.addresses[2] };
    Answer *answer = ASK(handle_setup_transfer, theirs->handle, &order);
    Seen *consultation, *there;

    expect_done(answer);
    consultation = seen_of(answer->handle);
    there = await_call(carol);
    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    complete(theirs, consultation);
    expect_last_state(ours, "connected");
    expect_hearing(ours, 2, true);
    expect_hearing(there, 0, true);
}

/* The far end of the first call, that of the consultation, or the owner ends something at the same moment. */
SCENARIO(a_transfer_and_the_end_at_once) {
    Seen *there, *consultation = consult_carol(ours, &there);
    Handle *ends[] = { theirs->handle, there->handle, consultation->handle };
    Answer *answers[2];

    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    for (int i = 0; i < 2; i++)
        if (i == _i % 2)
            answers[i] = ASK(handle_complete_transfer, ours->handle, consultation->handle, TRANSFER_TRANSFER);
        else
            answers[i] = ASK(handle_drop, ends[_i / 2], REJECT_NONE);
    await_all(answers, 2);
    clear_all();
}

SCENARIO(two_transfers_at_once_are_one) {
    Seen *there, *consultation = consult_carol(ours, &there);
    Answer *answers[2];

    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    for (int i = 0; i < 2; i++)
        answers[i] = ASK(handle_complete_transfer, ours->handle, consultation->handle, TRANSFER_TRANSFER);
    await_all(answers, 2);
    ck_assert_int_eq(answers[0]->refused + answers[1]->refused, 1);
    expect_hearing(theirs, 2, true);
    ck_assert_uint_eq(spy_count_calls(), 2);
}

/* ---- Blind transfer ---- */

/* By the end that called, and by the one that was called. */
SCENARIO(a_blind_transfer_goes_on) {
    Seen *giver = _i == 0 ? ours : theirs, *given = _i == 0 ? theirs : ours, *there;

    DO(handle_blind_transfer, giver->handle, adapter.addresses[2]);
    expect_last_state(giver, "idle:normal");
    there = await_call(carol);
    ck_assert_int_eq(call_state(seen_call(given)), CALL_STATE_CONNECTED);
    DO(handle_answer, there->handle);
    expect_states(there, "offering connected");
    expect_last_state(given, "connected");
    expect_hearing(given, 2, true);
    expect_hearing(there, _i == 0 ? 1 : 0, true);
    expect_same_call_id(there, ours->call_id, NULL);
    DO(handle_drop, given->handle, REJECT_NONE);
    expect_states(there, "offering connected disconnected:normal");
}

SCENARIO(a_blind_transfer_is_told_to_both) {
    Seen *there;

    DO(handle_blind_transfer, ours->handle, adapter.addresses[2]);
    there = await_call(carol);
    ck_assert_int_eq(call_reason(seen_call(there)), REASON_TRANSFER);
    expect_party(there, PARTY_REDIRECTING, adapter.addresses[0], PRESENTATION_ALLOWED);
    DO(handle_answer, there->handle);
    expect_party(there, PARTY_CONNECTED, adapter.addresses[1], PRESENTATION_ALLOWED);
    expect_party(theirs, PARTY_CONNECTED, adapter.addresses[2], PRESENTATION_ALLOWED);
    expect_party(theirs, PARTY_REDIRECTION, adapter.addresses[2], PRESENTATION_ALLOWED);
    expect_party(theirs, PARTY_REDIRECTING, adapter.addresses[0], PRESENTATION_ALLOWED);
    AWAIT(call_reason(seen_call(theirs)) == REASON_TRANSFER);
}

static void expect_unnamed(const Seen *seen) {
    AWAIT(seen_party(seen, PARTY_REDIRECTING).presentation == PRESENTATION_WITHHELD);
    ck_assert_str_eq(seen_party(seen, PARTY_REDIRECTING).number, "");
}

/* Who did not tell Bob who it is does not tell him by handing him over: after a consultation, blindly, or parked. */
SCENARIO(who_is_hidden_hands_over_unnamed) {
    const DialOrder order = { .address = adapter.addresses[1], .hide_caller_id = true };
    Seen *call = person_orders(alice, world_line(0), &order), *in = await_call(bob), *there, *consultation;
    Answer *answer;

    DO(handle_answer, in->handle);
    expect_last_state(call, "connected");
    if (_i == 0) {
        consultation = consult_carol(call, &there);
        DO(handle_answer, there->handle);
        expect_last_state(consultation, "connected");
        complete(call, consultation);
        expect_party(in, PARTY_CONNECTED, adapter.addresses[2], PRESENTATION_ALLOWED);
    } else if (_i == 1) {
        DO(handle_blind_transfer, call->handle, adapter.addresses[2]);
        there = await_call(carol);
        expect_unnamed(there);
    } else {
        answer = ASK(handle_park, call->handle, "");
        expect_done(answer);
        expect_done(answer = ASK(line_unpark, world_line(2), carol->client, answer->text));
        expect_unnamed(seen_of(answer->handle));
    }
    expect_unnamed(in);
}

/* To a number that nobody has, and to somebody who declines. */
SCENARIO(a_blind_transfer_to_nowhere) {
    DO(handle_blind_transfer, ours->handle, _i == 0 ? adapter.nobody : adapter.addresses[2]);
    if (_i == 1)
        DO(handle_drop, await_call(carol)->handle, REJECT_DECLINED);
    expect_last_state(theirs, _i == 0 ? "disconnected:bad-address" : "disconnected:rejected");
    AWAIT(spy_count_calls() == 0);
}

SCENARIO(a_blind_transfer_and_the_end_at_once) {
    Answer *answers[2];

    for (int i = 0; i < 2; i++)
        if (i == _i % 2)
            answers[i] = ASK(handle_blind_transfer, ours->handle, adapter.addresses[2]);
        else
            answers[i] = ASK(handle_drop, _i < 2 ? ours->handle : theirs->handle, REJECT_NONE);
    await_all(answers, 2);
    clear_all();
}

SCENARIO(a_transfer_becomes_a_conference) {
    Seen *there, *consultation = consult_carol(ours, &there), *conference;
    Answer *answer;

    DO(handle_answer, there->handle);
    expect_last_state(consultation, "connected");
    answer = ASK(handle_complete_transfer, ours->handle, consultation->handle, TRANSFER_CONFERENCE);
    expect_done(answer);
    conference = seen_of(answer->handle);
    expect_states(conference, "connected");
    expect_last_state(ours, "conferenced");
    expect_last_state(consultation, "conferenced");
    expect_hearing(theirs, 2, true);
    expect_hearing(theirs, 0, true);
    expect_hearing(there, 1, true);
    expect_same_call_id(ours, conference->call_id, ours->call_id);
    expect_same_call_id(there, conference->call_id, there->call_id);
    DO(handle_drop, conference->handle, REJECT_NONE);
    expect_last_state(conference, "idle:normal");
    expect_last_state(theirs, "disconnected:normal");
    clear_all();
}
