/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines that are added and removed while the provider runs. */
#include <string.h>

#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

/* In service, as soon as its network is there. */
static Line *add_line(void) {
    expect_done(world_adds_line(alice, adapter.more_line, adapter.more_settings));
    ck_assert_ptr_nonnull(world_find_line(adapter.more_line));
    AWAIT(line_state(world_find_line(adapter.more_line)) == LINE_IN_SERVICE);
    return world_find_line(adapter.more_line);
}

static void remove_line(void) {
    expect_done(world_removes_line(alice, adapter.more_line));
    ck_assert_ptr_null(world_find_line(adapter.more_line));
}

SCENARIO(an_added_line_works_as_others_do) {
    Person *dora = person_arrives("dora");
    Line *line = add_line();
    Seen *out, *in;

    person_opens_line(dora, line, OPEN_OWNER);
    out = person_dials(alice, 0, adapter.more_address);
    in = await_call(dora);
    DO(handle_answer, in->handle);
    expect_last_state(out, "connected");
    DO(handle_drop, in->handle, REJECT_NONE);
    expect_last_state(out, "disconnected:normal");
    out = person_orders(dora, line, &(DialOrder) { .address = adapter.addresses[1] });
    in = await_call(bob);
    DO(handle_drop, out->handle, REJECT_NONE);
    expect_last_state(in, "disconnected:cancelled");
    remove_line();
}

/* In a call, in one that comes in, and in one that goes out. */
SCENARIO(calls_end_with_their_line) {
    Person *dora = person_arrives("dora");
    Line *line = add_line();
    Seen *ours_there, *far;

    person_opens_line(dora, line, OPEN_OWNER);
    if (_i < 2) {
        far = person_dials(alice, 0, adapter.more_address);
        ours_there = await_call(dora);
        if (_i == 0)
            DO(handle_answer, ours_there->handle);
    } else {
        ours_there = person_orders(dora, line, &(DialOrder) { .address = adapter.addresses[1] });
        far = await_call(bob);
    }
    remove_line();
    AWAIT(!ours_there->handle);
    AWAIT(strstr(far->states->str, " disconnected:"));
    ck_assert(!strstr(far->states->str, "provider-failed"));
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
}

SCENARIO(its_name_and_its_address_are_free_again) {
    add_line();
    expect_refused(world_adds_line(bob, adapter.more_line, adapter.more_settings), REFUSAL_CONFLICT);
    remove_line();
    add_line();
    remove_line();
    expect_refused(world_removes_line(alice, adapter.more_line), REFUSAL_UNKNOWN_OBJECT);
}

SCENARIO(a_setting_that_makes_no_sense_is_refused) {
    Answer *answer = world_adds_line(alice, adapter.more_line, adapter.bad_settings);

    expect_refused(answer, REFUSAL_INVALID_ARGS);
    /* "Key: what was wrong, and what would be right" */
    ck_assert_msg(strchr(answer->text, ':'), "the refusal says: %s", answer->text);
    ck_assert_ptr_null(world_find_line(adapter.more_line));
    add_line();
    remove_line();
}

SCENARIO(two_removals_at_once_are_one) {
    Answer *first, *second;

    add_line();
    first = world_removes_line(alice, adapter.more_line);
    second = world_removes_line(bob, adapter.more_line);
    expect_done(first);
    expect_refused(second, REFUSAL_CONFLICT);
    ck_assert_ptr_null(world_find_line(adapter.more_line));
}

/* Whatever was on its way is answered. */
SCENARIO(a_dial_and_a_removal_at_once) {
    Line *line = add_line();
    Answer *answers[2];
    const DialOrder order = { .address = adapter.addresses[1] };

    answers[_i] = world_removes_line(alice, adapter.more_line);
    answers[!_i] = ASK(line_dial, line, bob->client, &order);
    AWAIT(answers[0]->arrived > 0 && answers[1]->arrived > 0);
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
    ck_assert_ptr_null(world_find_line(adapter.more_line));
}
