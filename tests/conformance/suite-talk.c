/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talk: what happens while calls are connected: hold, digits, media. */
#include <string.h>

#include "service/network-id.h"
#include "tests/conformance/scene.h"
#include "tests/conformance/suite.h"

/* ---- Hold ---- */

SCENARIO(a_held_end_is_told) {
    DO(handle_hold, ours->handle);
    expect_states(ours, "dialing ringback connected on-hold");
    expect_states(theirs, "offering connected connected/active-held");
    expect_refused(ASK(handle_hold, ours->handle), REFUSAL_INVALID_STATE);
    DO(handle_unhold, ours->handle);
    expect_states(ours, "dialing ringback connected on-hold connected");
    expect_states(theirs, "offering connected connected/active-held connected");
    expect_refused(ASK(handle_unhold, ours->handle), REFUSAL_INVALID_STATE);
}

SCENARIO(both_may_hold) {
    DO(handle_hold, ours->handle);
    expect_states(theirs, "offering connected connected/active-held");
    DO(handle_hold, theirs->handle);
    expect_states(theirs, "offering connected connected/active-held on-hold");
    DO(handle_unhold, theirs->handle);
    expect_states(theirs, "offering connected connected/active-held on-hold connected/active-held");
    expect_states(ours, "dialing ringback connected on-hold");
    DO(handle_hold, theirs->handle);
    DO(handle_unhold, ours->handle);
    expect_states(ours, "dialing ringback connected on-hold connected/active-held");
    DO(handle_unhold, theirs->handle);
    expect_states(ours, "dialing ringback connected on-hold connected/active-held connected");
}

SCENARIO(a_held_call_may_end) {
    DO(handle_hold, ours->handle);
    if (_i == 0) {
        DO(handle_drop, theirs->handle, REJECT_NONE);
        expect_states(ours, "dialing ringback connected on-hold disconnected:normal");
    } else {
        DO(handle_drop, ours->handle, REJECT_NONE);
        expect_states(ours, "dialing ringback connected on-hold idle:normal");
        expect_states(theirs, "offering connected connected/active-held disconnected:normal");
    }
}

SCENARIO(two_holds_at_once_hold_once) {
    Answer *first = ASK(handle_hold, ours->handle), *second = ASK(handle_hold, ours->handle);

    expect_done(first);
    expect_refused(second, REFUSAL_INVALID_STATE);
    expect_states(ours, "dialing ringback connected on-hold");
}

SCENARIO(two_calls_are_swapped) {
    Seen *other, *there;

    DO(handle_hold, ours->handle);
    talk_to(carol, 2, &other, &there);
    DO(handle_swap_hold, other->handle, ours->handle);
    expect_states(other, "dialing ringback connected on-hold");
    expect_states(ours, "dialing ringback connected on-hold connected");
    expect_states(there, "offering connected connected/active-held");
    expect_states(theirs, "offering connected connected/active-held connected");
    expect_refused(ASK(handle_swap_hold, other->handle, ours->handle), REFUSAL_INVALID_STATE);
    DO(handle_swap_hold, ours->handle, other->handle);
    expect_states(ours, "dialing ringback connected on-hold connected on-hold");
    expect_states(other, "dialing ringback connected on-hold connected");
}

/* Both or neither: the held one is gone before the swap gets there. */
SCENARIO(a_swap_with_a_call_that_ends_changes_nothing) {
    Answer *dropped, *swapped;
    Seen *other, *there;

    DO(handle_hold, ours->handle);
    talk_to(carol, 2, &other, &there);
    dropped = ASK(handle_drop, theirs->handle, REJECT_NONE);
    swapped = ASK(handle_swap_hold, other->handle, ours->handle);
    expect_done(dropped);
    AWAIT(swapped->arrived > 0);
    expect_last_state(ours, "disconnected:normal");
    if (swapped->refused)
        ck_assert_str_eq(other->states->str, "dialing ringback connected");
    else
        ck_assert_str_eq(other->states->str, "dialing ringback connected on-hold");
}

/* Whatever was asked just before the far end hangs up gets one answer, and the call ends. */
SCENARIO(requests_do_not_outlive_the_call) {
    Answer *answers[5], *dropped = NULL;

    if (_i == 0)
        dropped = ASK(handle_drop, theirs->handle, REJECT_NONE);
    answers[0] = ASK(handle_hold, ours->handle);
    answers[1] = ASK(handle_mute, ours->handle, true);
    answers[2] = ASK(handle_send_digits, ours->handle, "123", 80, 40);
    answers[3] = ASK(handle_hold, ours->handle);
    answers[4] = ASK(handle_drop, ours->handle, REJECT_NONE);
    ck_assert_ptr_null(handle_monitor_digits(ours->handle, true));
    if (_i == 1)
        dropped = ASK(handle_drop, theirs->handle, REJECT_NONE);
    expect_done(dropped);
    for (int i = 0; i < 5; i++)
        AWAIT(answers[i]->arrived > 0);
    AWAIT(spy_count_calls() == 0 && spy_count_pending() == 0);
}

/* ---- Digits ---- */

SCENARIO(digits_are_heard_in_order) {
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, true));
    DO(handle_send_digits, ours->handle, "0123456789abcdABCD*#", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done") == 0);
    AWAIT(strcmp(theirs->digits->str, "0123456789ABCDABCD*#") == 0);
    ck_assert_str_eq(ours->digits->str, "");
}

SCENARIO(pause_and_flash_are_silent) {
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, true));
    DO(handle_send_digits, ours->handle, "1,2!3", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done") == 0);
    AWAIT(strcmp(theirs->digits->str, "123") == 0);
}

SCENARIO(both_ends_may_send_at_once) {
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, true));
    ck_assert_ptr_null(handle_monitor_digits(ours->handle, true));
    DO(handle_send_digits, ours->handle, "12", 20, 0);
    DO(handle_send_digits, theirs->handle, "34", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done") == 0 && strcmp(theirs->outcomes->str, "done") == 0);
    AWAIT(strcmp(theirs->digits->str, "12") == 0 && strcmp(ours->digits->str, "34") == 0);
}

SCENARIO(nobody_hears_who_does_not_listen) {
    DO(handle_send_digits, ours->handle, "12", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done") == 0);
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, true));
    DO(handle_send_digits, ours->handle, "3", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done done") == 0);
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, false));
    DO(handle_send_digits, ours->handle, "4", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done done done") == 0);
    ck_assert_str_eq(theirs->digits->str, "3");
}

SCENARIO(new_digits_replace_the_old) {
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, true));
    DO(handle_send_digits, ours->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_send_digits, ours->handle, "2", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "cancel done") == 0);
    AWAIT(g_str_has_suffix(theirs->digits->str, "2"));
}

SCENARIO(no_digits_stop_the_old) {
    DO(handle_send_digits, ours->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_send_digits, ours->handle, "", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "cancel") == 0);
    DO(handle_send_digits, ours->handle, "", 20, 0);
    DO(handle_send_digits, ours->handle, "5", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "cancel done") == 0);
}

SCENARIO(digits_end_with_hold_and_with_the_call) {
    DO(handle_send_digits, ours->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_hold, ours->handle);
    AWAIT(strcmp(ours->outcomes->str, "cancel") == 0);
    DO(handle_unhold, ours->handle);
    DO(handle_send_digits, ours->handle, "1111111111111111111111111111111111", 500, 500);
    DO(handle_drop, theirs->handle, REJECT_NONE);
    AWAIT(strcmp(ours->outcomes->str, "cancel cancel") == 0);
    AWAIT(g_str_has_suffix(ours->states->str, " disconnected:normal"));
}

SCENARIO(a_held_end_hears_no_digits) {
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, true));
    DO(handle_hold, theirs->handle);
    DO(handle_send_digits, ours->handle, "12", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done") == 0);
    DO(handle_unhold, theirs->handle);
    DO(handle_send_digits, ours->handle, "3", 20, 0);
    AWAIT(strcmp(ours->outcomes->str, "done done") == 0);
    AWAIT(strcmp(theirs->digits->str, "3") == 0);
}

/* ---- Media ---- */

static uint64_t spoken(const Seen *seen) {
    uint64_t said, heard;

    adapter.count_media(seen_call(seen), &said, &heard);
    return said;
}

static uint64_t heard(const Seen *seen) {
    uint64_t said, got;

    adapter.count_media(seen_call(seen), &said, &got);
    return got;
}

/* What the end hears while another one hears ten times something. */
static uint64_t heard_meanwhile(const Seen *seen, const Seen *clock) {
    uint64_t before = heard(seen), until = heard(clock) + 10;

    AWAIT(heard(clock) >= until);
    return heard(seen) - before;
}

SCENARIO(each_end_hears_the_other) {
    AWAIT(heard(theirs) > 5 && heard(ours) > 5 && spoken(theirs) > 5 && spoken(ours) > 5);
}

SCENARIO(a_muted_end_is_not_heard) {
    AWAIT(heard(theirs) > 0);
    DO(handle_mute, ours->handle, true);
    ck_assert(call_muted(seen_call(ours)));
    ck_assert_uint_le(heard_meanwhile(theirs, ours), 1);
    DO(handle_mute, ours->handle, false);
    ck_assert(!call_muted(seen_call(ours)));
    ck_assert_uint_ge(heard_meanwhile(theirs, ours), 8);
}

SCENARIO(a_held_call_is_silent) {
    Seen *other, *there;
    uint64_t said;

    talk_to(carol, 2, &other, &there);
    DO(handle_hold, ours->handle);
    said = spoken(ours);
    ck_assert_uint_le(heard_meanwhile(theirs, other), 1);
    ck_assert_uint_le(heard_meanwhile(ours, other), 1);
    ck_assert_uint_eq(spoken(ours), said);
    DO(handle_unhold, ours->handle);
    ck_assert_uint_ge(heard_meanwhile(theirs, other), 8);
    ck_assert_uint_ge(heard_meanwhile(ours, other), 8);
}

SCENARIO(mute_outlasts_hold) {
    DO(handle_mute, ours->handle, true);
    DO(handle_hold, ours->handle);
    DO(handle_unhold, ours->handle);
    ck_assert(call_muted(seen_call(ours)));
    ck_assert_uint_le(heard_meanwhile(theirs, ours), 1);
}

SCENARIO(a_ringing_call_is_silent) {
    Seen *other = person_dials(alice, 0, adapter.addresses[2]), *there = await_call(carol);

    AWAIT(heard(theirs) > 3);
    ck_assert_uint_eq(heard(other) + heard(there) + spoken(other) + spoken(there), 0);
}

/* ---- How it sounds at one's own end ---- */

SCENARIO(a_volume_is_of_one_end) {
    DO(handle_set_volume, ours->handle, 150);
    ck_assert_uint_eq(call_volume(seen_call(ours)), 150);
    ck_assert_uint_eq(call_volume(seen_call(theirs)), VOLUME_USUAL);
    DO(handle_set_volume, ours->handle, 0);
    ck_assert_uint_eq(call_volume(seen_call(ours)), 0);
    expect_refused(ASK(handle_set_volume, ours->handle, VOLUME_MAX + 1), REFUSAL_TOO_BIG);
    DO(handle_drop, theirs->handle, REJECT_NONE);
    AWAIT(g_str_has_suffix(ours->states->str, " disconnected:normal"));
    ck_assert_uint_eq(call_volume(seen_call(ours)), VOLUME_USUAL);
    expect_refused(ASK(handle_set_volume, ours->handle, 50), REFUSAL_INVALID_STATE);
}

/* Before it is answered, too. */
SCENARIO(a_volume_is_chosen_while_it_rings) {
    Seen *out = person_dials(alice, 0, adapter.addresses[2]), *in = await_call(carol);

    DO(handle_set_volume, out->handle, 60);
    DO(handle_set_volume, in->handle, 70);
    DO(handle_answer, in->handle);
    AWAIT(g_str_has_suffix(out->states->str, " connected"));
    ck_assert_uint_eq(call_volume(seen_call(out)), 60);
    ck_assert_uint_eq(call_volume(seen_call(in)), 70);
}

SCENARIO(a_device_that_is_not_there_changes_nothing) {
    g_autofree char *before = NULL;

    DO(handle_set_audio_device, ours->handle, "");
    before = g_strdup(call_audio_device(seen_call(ours)));
    expect_refused(ASK(handle_set_audio_device, ours->handle, "no such device"), REFUSAL_PROVIDER_FAILED);
    ck_assert_str_eq(call_audio_device(seen_call(ours)), before);
    ck_assert(g_str_has_suffix(ours->states->str, " connected"));
}

SCENARIO(both_ends_know_that_they_are_encrypted) {
    AWAIT(call_encrypted(seen_call(ours)) && call_encrypted(seen_call(theirs)));
    DO(handle_drop, ours->handle, REJECT_NONE);
    AWAIT(g_str_has_suffix(theirs->states->str, " disconnected:normal"));
    ck_assert(!call_encrypted(seen_call(theirs)));
}

/* ---- What the network calls it ---- */

/* An id that both ends have, as the network calls the call the same on both. */
static const char *common_id(const char **ret_kind) {
    GHashTable *ids = call_network_ids(seen_call(ours)), *others = call_network_ids(seen_call(theirs));
    GHashTableIter iter;
    void *kind, *id;

    if (!ids || !others)
        return NULL;
    g_hash_table_iter_init(&iter, ids);
    while (g_hash_table_iter_next(&iter, &kind, &id))
        if (g_strcmp0(id, g_hash_table_lookup(others, kind)) == 0) {
            *ret_kind = kind;
            return id;
        }
    return NULL;
}

static void expect_found(const Person *person, const char *kind, const char *id, const Seen *seen) {
    g_autoptr(GPtrArray) handles = client_find_network_id(person->client, kind, id);

    ck_assert_uint_eq(handles->len, seen ? 1 : 0);
    if (seen)
        ck_assert_ptr_eq(handles->pdata[0], seen->handle);
}

/* Each its own end, and nobody a call of others. */
SCENARIO(a_call_is_found_by_what_the_network_calls_it) {
    g_autofree char *kept_kind = NULL, *kept_id = NULL;
    const char *kind = NULL;

    AWAIT(common_id(&kind));
    kept_kind = g_strdup(kind);
    kept_id = g_strdup(common_id(&kind));
    expect_found(alice, kept_kind, kept_id, ours);
    expect_found(bob, kept_kind, kept_id, theirs);
    expect_found(carol, kept_kind, kept_id, NULL);
    expect_found(alice, "other-kind", kept_id, NULL);
    DO(handle_drop, ours->handle, REJECT_NONE);
    AWAIT(g_str_has_suffix(theirs->states->str, " disconnected:normal"));
    expect_found(bob, kept_kind, kept_id, theirs);
    handle_release(theirs->handle);
    expect_found(bob, kept_kind, kept_id, NULL);
}
