/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stop: the provider ends all calls and answers all that was asked. */
#include "tests/conformance/scenarios.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

SCENARIO(a_stop_ends_a_call) {
    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    world_stop();
    expect_states(ours, "dialing ringback connected disconnected:service-restarted");
    expect_states(theirs, "offering connected disconnected:service-restarted");
}

SCENARIO(a_stop_ends_all_calls) {
    Seen *out, *in, *ringing, *offered;

    connect_calls(alice, 0, bob, 1, &out, &in);
    ringing = person_dials(alice, 0, adapter.addresses[2]);
    offered = await_call(carol);
    expect_states(ringing, "dialing ringback");
    world_stop();
    expect_states(out, "dialing ringback connected disconnected:service-restarted");
    expect_states(in, "offering connected disconnected:service-restarted");
    expect_states(ringing, "dialing ringback disconnected:service-restarted");
    expect_states(offered, "offering disconnected:service-restarted");
}

SCENARIO(a_stop_answers_what_was_asked) {
    Answer *answers[4];
    Seen *out, *in;

    connect_calls(alice, 0, bob, 1, &out, &in);
    answers[0] = ASK(handle_hold, out->handle);
    answers[1] = ASK(handle_drop, in->handle, REJECT_NONE);
    answers[2] = ASK(line_dial, world_line(2), carol->client, &(DialOrder) { .address = adapter.addresses[0] });
    answers[3] = ask_incoming(1, "4711");
    world_stop();
    for (int i = 0; i < 4; i++)
        ck_assert_uint_eq(answers[i]->arrived, 1);
}

/* ---- During each operation ---- */

static DialOrder to_carol(void) {
    return (DialOrder) { .address = adapter.addresses[2] };
}

static void while_dialling(void) {
    const DialOrder order = to_carol();

    ASK(line_dial, world_line(0), alice->client, &order);
}

static void while_connected(int what) {
    const DialOrder order = to_carol();

    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    switch (what) {
    case 0:
        ASK(handle_hold, ours->handle);
        break;
    case 1:
        ASK(handle_blind_transfer, ours->handle, adapter.addresses[2]);
        break;
    case 2:
        ASK(handle_setup_transfer, ours->handle, &order);
        break;
    case 3:
        ASK(handle_setup_conference, ours->handle, &order);
        break;
    case 4:
        ASK(handle_park, ours->handle, "");
        break;
    case 5:
        ASK(handle_send_digits, ours->handle, "123", 500, 500);
        break;
    case 6:
        ASK(handle_send_tone, ours->handle, TONE_BEEP, 60000);
        break;
    case 7:
        ASK(handle_secure, ours->handle);
        break;
    case 8:
        ASK(handle_drop, ours->handle, REJECT_NONE);
        break;
    }
}

static bool can(Operations needs) {
    return (needs & ~adapter.abilities) == 0;
}

static void while_consulting(int what) {
    Seen *there, *consultation;

    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    consultation = consult_carol(ours, &there);
    if (what == 0)
        ASK(handle_complete_transfer, ours->handle, consultation->handle, TRANSFER_TRANSFER);
    else if (what == 1)
        ASK(handle_complete_transfer, ours->handle, consultation->handle, TRANSFER_CONFERENCE);
    else if (what == 2)
        ASK(handle_unhold, ours->handle);
    else
        ASK(handle_drop, consultation->handle, REJECT_NONE);
}

static void while_conferring(int what) {
    const DialOrder order = to_carol();
    Seen *there, *second, *conference;

    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    conference = confer(&second, &there);
    if (what == 0)
        ASK(handle_prepare_add_to_conference, conference->handle, &order);
    else if (what == 1)
        ASK(handle_remove_from_conference, second->handle);
    else if (what == 2)
        ASK(handle_hold, conference->handle);
    else
        ASK(handle_drop, conference->handle, REJECT_NONE);
}

static void while_ringing(int what) {
    Seen *out = person_dials(alice, 0, adapter.addresses[1]), *in = await_call(bob);

    if (what == 0)
        ASK(handle_answer, in->handle);
    else if (what == 1)
        ASK(handle_redirect, in->handle, adapter.addresses[2]);
    else
        ASK(line_pickup, world_line(2), carol->client, adapter.addresses[1], "");
    ck_assert_ptr_nonnull(out);
}

/* What the lines can't do is refused, and stops as well. */
SCENARIO(a_stop_during_each_operation) {
    if (_i == 0)
        while_dialling();
    else if (_i < 10 && can(A(ANSWER)))
        while_connected(_i - 1);
    else if (_i >= 10 && _i < 14 && can(CONSULTS))
        while_consulting(_i - 10);
    else if (_i >= 14 && _i < 18 && can(CONFERS))
        while_conferring(_i - 14);
    else if (_i >= 18)
        while_ringing(_i - 18);
    world_stop();
}
