/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is known of a call, as it changes: announced once to each that holds a handle, to nobody else, and no more when the call
 * is idle. What has not changed is not announced.
 */
#include "tests/bus/util-calls.h"

#include <string.h>

/* A talk of alice's on loop0 with bob on loop1. Carol watches loop0 and could own calls there; dave has it open for nothing. */
typedef struct Info {
    Client *alice, *bob, *carol, *dave, *erin; /* erin owns the calls of loop2 */
    Talk talk;
    const char *seen; /* carol's */
} Info;

static Info info_begin(void) {
    Info s = {bus_client(t), bus_client(t), bus_client(t), bus_client(t), bus_client(t)};
    client_open(s.alice, "loop0", "none");
    client_open(s.bob, "loop1", "owner");
    client_open(s.carol, "loop0", "owner+monitor");
    client_open(s.dave, "loop0", "none");
    client_open(s.erin, "loop2", "owner");
    s.talk = talk_begin(s.alice, "loop0", s.bob, "101");
    s.seen = await_handle(s.carol);
    await_state(s.carol, s.seen, "connected");
    bus_barrier(t);
    return s;
}

/* How often was the property told since then? */
static guint count_changes(const Client *client, guint start, const char *path, const char *property) {
    guint count = 0;
    for (guint i = start; i < client_event_count(client); i++) {
        const Event *event = client_event(client, i);
        if (event->kind != EVENT_SIGNAL || !g_str_equal(event->member, "PropertiesChanged") ||
            g_strcmp0(event->path, path) != 0)
            continue;
        sd_bus_message_rewind(event->message, true);
        sd_bus_message_skip(event->message, "s");
        g_autoptr(GHashTable) values = properties_read(event->message, NULL);
        count += g_hash_table_contains(values, property);
    }
    return count;
}

typedef struct Row {
    const char *property;
    void (*change)(Info *s);
    bool by_far; /* the change comes from elsewhere, so not before the answer */
} Row;

/* ---- The changes ---- */

static void change_call_data(Info *s) {
    client_call(s->alice, s->talk.caller, "SetCallData", "ay", 2, 4, 2);
}

static void change_media_mode(Info *s) {
    client_call(s->alice, s->talk.caller, "SetMediaMode", "s", "video");
}

static void change_muted(Info *s) {
    client_call(s->alice, s->talk.caller, "Mute", "b", true);
}

static void change_audio_device(Info *s) {
    client_call(s->alice, s->talk.caller, "SetAudioDevice", "s", "headset");
}

static void change_volume(Info *s) {
    client_call(s->alice, s->talk.caller, "SetVolume", "u", 150);
}

static void change_user_user_info(Info *s) {
    client_call(s->bob, s->talk.callee, "SendUserUserInfo", "ay", 2, 'h', 'i');
}

static void change_owners(Info *s) {
    client_call(s->carol, s->seen, "SetPrivilege", "s", "owner");
}

static void change_detail(Info *s) {
    client_call(s->bob, s->talk.callee, "Hold", "");
}

/* The far end is transferred to erin. */
static void change_far_end(Info *s) {
    client_blind_transfer(s->bob, s->talk.callee, "102");
    client_call(s->erin, await_handle(s->erin), "Answer", "");
}

static void change_conference(Info *s) {
    client_setup_conference(s->alice, s->talk.caller, "answer?ring=0");
    await_handle(s->carol);
}

static void change_state(Info *s) {
    client_call(s->alice, s->talk.caller, "Hold", "");
}

static const Row rows[] = {
    {"CallData", change_call_data, false},
    {"MediaMode", change_media_mode, false},
    {"Muted", change_muted, false},
    {"AudioDevice", change_audio_device, false},
    {"Volume", change_volume, false},
    {"UserUserInfo", change_user_user_info, true},
    {"Owners", change_owners, true},
    {"OwnerApps", change_owners, true},
    {"StateDetail", change_detail, true},
    {"Connected", change_far_end, true},
    {"Redirecting", change_far_end, true},
    {"Redirection", change_far_end, true},
    {"Reason", change_far_end, true},
    {"CallId", change_conference, true},
    {"RelatedCallId", change_conference, true},
    {"Conference", change_conference, true},
    {"State", change_state, false},
    {"StateTimestamp", change_state, false},
};

static void await_change(Client *client, const char *path, const char *property, const char *old) {
    AWAIT(t, !g_str_equal(known_text(client, path, property), old));
}

START_TEST(a_change_is_told_once_to_each_that_holds_a_handle) {
    const Row *row = &rows[_i];
    Info s = info_begin();
    guint alices = client_event_count(s.alice), carols = client_event_count(s.carol), daves = client_event_count(s.dave);
    const char *alice_old = known_text(s.alice, s.talk.caller, row->property);
    const char *carol_old = known_text(s.carol, s.seen, row->property);
    row->change(&s);
    if (row->by_far)
        await_change(s.alice, s.talk.caller, row->property, alice_old);
    ck_assert_str_ne(known_text(s.alice, s.talk.caller, row->property), alice_old);
    await_change(s.carol, s.seen, row->property, carol_old);
    bus_barrier(t);
    ck_assert_uint_eq(count_changes(s.alice, alices, s.talk.caller, row->property), 1);
    ck_assert_uint_eq(count_changes(s.carol, carols, s.seen, row->property), 1);
    expect_no_signal_since(s.dave, daves);
}
END_TEST

/* ---- What has not changed ---- */

static void release_mute(Info *s) {
    client_call(s->alice, s->talk.caller, "Mute", "b", false);
}

static void keep_audio(Info *s) {
    client_call(s->alice, s->talk.caller, "SetAudioDevice", "s", "");
    client_call(s->alice, s->talk.caller, "SetVolume", "u", 100);
}

static void keep_media_mode(Info *s) {
    client_call(s->alice, s->talk.caller, "SetMediaMode", "s", "interactive-voice");
}

static void keep_call_data(Info *s) {
    client_call(s->alice, s->talk.caller, "SetCallData", "ay", 0);
}

static void keep_privilege(Info *s) {
    client_call(s->alice, s->talk.caller, "SetPrivilege", "s", "owner");
    client_call(s->carol, s->seen, "SetPrivilege", "s", "monitor");
}

static void keep_app_data(Info *s) {
    client_call(s->alice, s->talk.caller, "SetAppData", "a{sv}", 0);
}

static void hand_to_oneself(Info *s) {
    client_call(s->alice, s->talk.caller, "Handoff", "s", client_name(s->alice));
}

static void send_no_user_user_info(Info *s) {
    client_call(s->bob, s->talk.callee, "SendUserUserInfo", "ay", 0);
}

static void (*const no_changes[])(Info *s) = {
    release_mute,  keep_audio,    keep_media_mode, keep_call_data,
    keep_privilege, keep_app_data, hand_to_oneself, send_no_user_user_info,
};

START_TEST(what_does_not_change_is_not_told) {
    Info s = info_begin();
    guint alices = client_event_count(s.alice), carols = client_event_count(s.carol), bobs = client_event_count(s.bob);
    for (size_t i = 0; i < G_N_ELEMENTS(no_changes); i++)
        no_changes[i](&s);
    expect_no_signal_since(s.alice, alices);
    expect_no_signal_since(s.carol, carols);
    expect_no_signal_since(s.bob, bobs);
}
END_TEST

/* The same once more. */
START_TEST(what_is_so_already_is_not_told) {
    Info s = info_begin();
    for (int round = 0; round < 2; round++) {
        guint alices = client_event_count(s.alice), carols = client_event_count(s.carol);
        change_call_data(&s);
        change_media_mode(&s);
        change_muted(&s);
        change_audio_device(&s);
        change_volume(&s);
        change_user_user_info(&s);
        change_owners(&s);
        bus_barrier(t);
        if (round == 0)
            continue;
        expect_no_signal_since(s.alice, alices);
        expect_no_signal_since(s.carol, carols);
    }
}
END_TEST

/* ---- After idle ---- */

START_TEST(what_changes_after_idle_is_not_told) {
    Info s = info_begin();
    change_owners(&s);
    client_drop(s.alice, s.talk.caller);
    await_state(s.carol, s.seen, "idle");
    bus_barrier(t);
    guint alices = client_event_count(s.alice), carols = client_event_count(s.carol);
    change_call_data(&s);
    change_media_mode(&s);
    client_call(s.carol, s.seen, "SetCallData", "ay", 1, 7);
    expect_error(s.alice, "InvalidState", s.talk.caller, "SendUserUserInfo", "ay", 1, 1);
    expect_error(s.alice, "InvalidState", s.talk.caller, "Mute", "b", true);
    expect_error(s.alice, "InvalidState", s.talk.caller, "SetVolume", "u", 50);
    expect_no_signal_since(s.alice, alices);
    expect_no_signal_since(s.carol, carols);
    /* It is there for who reads it. */
    ck_assert_str_eq(get_text(s.carol, s.seen, "CallData"), "[0x07]");
    ck_assert_str_eq(get_text(s.alice, s.talk.caller, "CallData"), "[0x07]");
    ck_assert_str_eq(get_string(s.carol, s.seen, "MediaMode"), "video");
}
END_TEST

/* The far end goes on to change after ours is idle: nothing of it reaches the ended call. */
START_TEST(an_ended_call_hears_nothing_of_those_who_talk_on) {
    Info s = info_begin();
    client_blind_transfer(s.alice, s.talk.caller, "102");
    ck_assert_str_eq(known_state(s.alice, s.talk.caller), "idle");
    await_state(s.carol, s.seen, "idle");
    bus_barrier(t);
    guint alices = client_event_count(s.alice), carols = client_event_count(s.carol);
    const char *in = await_handle(s.erin);
    client_call(s.erin, in, "Answer", "");
    client_call(s.erin, in, "SendUserUserInfo", "ay", 1, 9);
    client_call(s.bob, s.talk.callee, "Hold", "");
    client_call(s.bob, s.talk.callee, "Unhold", "");
    client_drop(s.bob, s.talk.callee);
    expect_no_signal_since(s.alice, alices);
    expect_no_signal_since(s.carol, carols);
}
END_TEST

/* ---- Who is who ---- */

/* A forwarded call tells each end who sent it on, and why. */
START_TEST(a_forwarded_call_tells_both_ends) {
    Info s = info_begin();
    client_open(s.dave, "loop1", "none");
    client_forward(s.dave, "loop1", 1, "uncond", "", "102", 0);
    const char *out = client_dial(s.carol, "loop0", "101"), *in = await_handle(s.erin);
    await_state(s.carol, out, "ringback");
    bus_barrier(t);
    ck_assert_str_eq(known_text(s.erin, in, "Reason"), "\"fwd-uncond\"");
    ck_assert_ptr_nonnull(strstr(known_text(s.erin, in, "Called"), "\"101\""));
    ck_assert_ptr_nonnull(strstr(known_text(s.erin, in, "Redirecting"), "\"101\""));
    ck_assert_ptr_nonnull(strstr(known_text(s.carol, out, "Redirection"), "\"102\""));
    ck_assert_ptr_nonnull(strstr(known_text(s.carol, out, "Redirecting"), "\"101\""));
    ck_assert_str_eq(known_text(s.carol, out, "Address"), "\"101\"");
}
END_TEST

START_TEST(user_user_info_reaches_the_far_end_in_each_state) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    client_open(bob, "loop1", "owner");
    const char *out = client_dial(alice, "loop0", "101"), *in = await_handle(bob);
    await_state(alice, out, "ringback");
    client_call(bob, in, "SendUserUserInfo", "ay", 1, 1);
    await_text(alice, out, "UserUserInfo", "[0x01]");
    client_call(alice, out, "SendUserUserInfo", "ay", 1, 2);
    await_text(bob, in, "UserUserInfo", "[0x02]");
    client_call(bob, in, "Accept", "");
    client_call(bob, in, "SendUserUserInfo", "ay", 1, 3);
    await_text(alice, out, "UserUserInfo", "[0x03]");
    client_call(bob, in, "Answer", "");
    await_state(alice, out, "connected");
    client_call(alice, out, "SendUserUserInfo", "ay", 1, 4);
    await_text(bob, in, "UserUserInfo", "[0x04]");
    ck_assert_str_eq(known_text(alice, out, "UserUserInfo"), "[0x03]");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("call-info");
    TCase *tcase = bus_case(suite, "changes");
    tcase_add_loop_test(tcase, a_change_is_told_once_to_each_that_holds_a_handle, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, what_does_not_change_is_not_told);
    tcase_add_test(tcase, what_is_so_already_is_not_told);
    tcase_add_test(tcase, what_changes_after_idle_is_not_told);
    tcase_add_test(tcase, an_ended_call_hears_nothing_of_those_who_talk_on);
    tcase_add_test(tcase, a_forwarded_call_tells_both_ends);
    tcase_add_test(tcase, user_user_info_reaches_the_far_end_in_each_state);
    return bus_main(suite);
}
