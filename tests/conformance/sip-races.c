/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Races of RFC 3261, one test each, against a peer that says every message by itself. */
#include "tests/conformance/sip-races.h"

#include <string.h>

#include "tests/conformance/sip-scene.h"
#include "tests/conformance/suite.h"

/* ---- Ends that cross ---- */

START_TEST(a_cancel_crosses_the_answer) {
    Seen *out = ring_peer();

    DO(handle_drop, out->handle, REJECT_NONE);
    expect_states(out, "dialing ringback idle:normal");
    sip_peer_await(peer, "CANCEL ", NULL);
    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_respond(peer, "CANCEL", 200, NULL, NULL);
    sip_peer_await(peer, "ACK ", NULL);
    sip_peer_await(peer, "BYE ", NULL);
    sip_peer_respond(peer, "BYE", 200, NULL, NULL);
}
END_TEST

START_TEST(a_cancel_waits_for_the_first_sign_of_life) {
    Seen *out = dial_peer();

    DO(handle_drop, out->handle, REJECT_NONE);
    sip_peer_expect_none(peer, "CANCEL ", 100);
    sip_peer_respond(peer, "INVITE", 180, NULL, NULL);
    sip_peer_await(peer, "CANCEL ", NULL);
    sip_peer_respond(peer, "CANCEL", 200, NULL, NULL);
    sip_peer_respond(peer, "INVITE", 487, NULL, NULL);
    sip_peer_await(peer, "ACK ", NULL);
}
END_TEST

START_TEST(a_bye_crosses_ours) {
    Seen *out = talk_to_peer();

    DO(handle_drop, out->handle, REJECT_NONE);
    sip_peer_await(peer, "BYE ", NULL);
    sip_peer_request(peer, "BYE", NULL, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 ", "BYE");
    sip_peer_respond(peer, "BYE", 481, NULL, NULL);
    expect_states(out, "dialing ringback connected idle:normal");
}
END_TEST

START_TEST(a_bye_follows_the_answer_at_once) {
    Seen *out = ring_peer();

    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_request(peer, "BYE", NULL, NULL, NULL);
    expect_states(out, "dialing ringback connected disconnected:normal");
    sip_peer_await(peer, "SIP/2.0 200 ", "BYE");
}
END_TEST

START_TEST(a_cancel_comes_after_the_answer) {
    Seen *in = peer_rings();

    DO(handle_answer, in->handle);
    sip_peer_await(peer, "SIP/2.0 200 ", "INVITE");
    sip_peer_request(peer, "CANCEL", NULL, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 ", "CANCEL");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    sip_peer_request(peer, "BYE", NULL, NULL, NULL);
    expect_states(in, "offering connected disconnected:normal");
    sip_peer_await(peer, "SIP/2.0 200 ", "BYE");
}
END_TEST

/* Whichever is first at the network: one of both, never both. */
START_TEST(a_cancel_and_an_answer_at_once) {
    Seen *in = peer_rings();
    Answer *answered;

    if (_i == 0)
        sip_peer_request(peer, "CANCEL", NULL, NULL, NULL);
    answered = ASK(handle_answer, in->handle);
    if (_i == 1)
        sip_peer_request(peer, "CANCEL", NULL, NULL, NULL);
    AWAIT(answered->arrived > 0);
    if (g_str_has_prefix(sip_peer_await(peer, "SIP/2.0 ", "INVITE"), "SIP/2.0 200")) {
        sip_peer_request(peer, "ACK", NULL, NULL, NULL);
        expect_states(in, "offering connected");
        sip_peer_request(peer, "BYE", NULL, NULL, NULL);
        expect_states(in, "offering connected disconnected:normal");
    } else
        expect_states(in, "offering disconnected:cancelled");
}
END_TEST

START_TEST(somebody_else_has_answered) {
    Seen *in = peer_rings();

    sip_peer_request(peer, "CANCEL", "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n", NULL, NULL);
    expect_states(in, "offering disconnected:answered-elsewhere");
    sip_peer_await(peer, "SIP/2.0 487 ", "INVITE");
}
END_TEST

/* ---- Branches ---- */

START_TEST(of_two_answers_the_first_counts) {
    g_autofree char *to = NULL;
    Seen *out = ring_peer();

    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_respond_as(peer, "other", "INVITE", 200, NULL, PEER_SDP);
    sip_peer_await(peer, "BYE ", NULL);
    to = sip_peer_header(peer, "To");
    ck_assert(to && strstr(to, "other"));
    sip_peer_respond(peer, "BYE", 200, NULL, NULL);
    sip_peer_expect_none(peer, "BYE ", 200);
    expect_states(out, "dialing ringback connected");
}
END_TEST

START_TEST(a_branch_rings_late) {
    Seen *out = talk_to_peer();

    sip_peer_respond_as(peer, "late", "INVITE", 180, NULL, NULL);
    sip_peer_expect_none(peer, "BYE ", 100);
    ck_assert_str_eq(out->states->str, "dialing ringback connected");
}
END_TEST

START_TEST(an_answer_comes_twice) {
    Seen *out = talk_to_peer();

    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_await(peer, "ACK ", NULL);
    ck_assert_str_eq(out->states->str, "dialing ringback connected");
}
END_TEST

START_TEST(an_invite_comes_twice) {
    Seen *in = peer_rings();

    sip_peer_repeat(peer);
    sip_peer_await(peer, "SIP/2.0 180 ", "INVITE");
    ck_assert_uint_eq(bob->seen->len, 1);
    ck_assert_str_eq(in->states->str, "offering");
}
END_TEST

/* ---- New offers that cross ---- */

START_TEST(two_new_offers_cross) {
    Seen *out = talk_to_peer();
    Answer *held = ASK(handle_hold, out->handle);

    sip_peer_await(peer, "INVITE ", NULL);
    sip_peer_request(peer, "INVITE", NULL, "application/sdp", PEER_SDP_HELD);
    sip_peer_await(peer, "SIP/2.0 491 ", "INVITE");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    sip_peer_respond(peer, "INVITE", 491, NULL, NULL);
    sip_peer_await(peer, "ACK ", NULL);
    /* Who began the dialog waits for longer than the other one may (RFC 3261, 14.1). */
    sip_peer_expect_none(peer, "INVITE ", 2000);
    sip_peer_await(peer, "INVITE ", NULL);
    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    expect_done(held);
    expect_states(out, "dialing ringback connected on-hold");
}
END_TEST

/* An offer that has overtaken the ACK before it is refused for some seconds: the hold is done when the peer knows of it. */
START_TEST(an_offer_comes_too_early) {
    Seen *out = talk_to_peer();
    Answer *held = ASK(handle_hold, out->handle);

    sip_peer_await(peer, "INVITE ", NULL);
    sip_peer_respond(peer, "INVITE", 500, "Retry-After: 7\r\n", NULL);
    sip_peer_await(peer, "ACK ", NULL);
    sip_peer_await(peer, "INVITE ", NULL);
    ck_assert_uint_eq(held->arrived, 0);
    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    expect_done(held);
    expect_states(out, "dialing ringback connected on-hold");
}
END_TEST

START_TEST(the_peer_holds_us) {
    Seen *in = peer_talks();

    sip_peer_request(peer, "INVITE", NULL, "application/sdp", PEER_SDP_HELD);
    sip_peer_await(peer, "SIP/2.0 200 ", "INVITE");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    expect_states(in, "offering connected connected/active-held");
    sip_peer_request(peer, "UPDATE", NULL, "application/sdp", PEER_SDP);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "SIP/2.0 200 ", "UPDATE"), "m=audio"));
    expect_states(in, "offering connected connected/active-held connected");
}
END_TEST

START_TEST(a_refused_hold_holds_here) {
    Seen *out = talk_to_peer();
    Answer *held = ASK(handle_hold, out->handle);

    sip_peer_await(peer, "INVITE ", NULL);
    sip_peer_respond(peer, "INVITE", 488, NULL, NULL);
    expect_done(held);
    expect_states(out, "dialing ringback connected on-hold");
    DO(handle_unhold, out->handle);
}
END_TEST

/* As one that has hung up, whose BYE was overtaken. */
START_TEST(the_peer_knows_nothing_of_the_call) {
    Seen *out = talk_to_peer();
    Answer *held = ASK(handle_hold, out->handle);

    sip_peer_await(peer, "INVITE ", NULL);
    sip_peer_respond(peer, "INVITE", 481, NULL, NULL);
    expect_done(held);
    sip_peer_request(peer, "BYE", NULL, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 481 ", "BYE");
    expect_last_state(out, "disconnected:normal");
    ck_assert_str_ne(call_provider_cause(seen_call(out)), "");
}
END_TEST

/* ---- Offers ---- */

START_TEST(the_offer_comes_with_the_answer) {
    Seen *in = peer_rings_with(NULL, NULL);

    DO(handle_answer, in->handle);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "SIP/2.0 200 ", "INVITE"), "m=audio"));
    sip_peer_request(peer, "ACK", NULL, "application/sdp", PEER_SDP);
    expect_states(in, "offering connected");
    sip_peer_request(peer, "INVITE", NULL, NULL, NULL);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "SIP/2.0 200 ", "INVITE"), "m=audio"));
    sip_peer_request(peer, "ACK", NULL, "application/sdp", PEER_SDP);
    sip_peer_expect_none(peer, "BYE ", 100);
}
END_TEST

START_TEST(nothing_in_common_does_not_ring) {
    sip_peer_request(peer, "INVITE", NULL, "application/sdp", _i == 0 ? PEER_SDP_STRANGE : "nonsense");
    sip_peer_await(peer, _i == 0 ? "SIP/2.0 488 " : "SIP/2.0 400 ", "INVITE");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    ck_assert_uint_eq(bob->seen->len, 0);
}
END_TEST

START_TEST(an_answer_with_nothing_in_common) {
    Seen *out = ring_peer();

    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP_STRANGE);
    sip_peer_await(peer, "ACK ", NULL);
    sip_peer_await(peer, "BYE ", NULL);
    sip_peer_respond(peer, "BYE", 200, NULL, NULL);
    expect_states(out, "dialing ringback disconnected:incompatible");
}
END_TEST

/* ---- Reliable provisional responses ---- */

START_TEST(early_media_is_acknowledged) {
    Seen *out = dial_peer();

    sip_peer_respond(peer, "INVITE", 183, "Require: 100rel\r\nRSeq: 7\r\n", PEER_SDP);
    sip_peer_await(peer, "PRACK ", NULL);
    sip_peer_respond(peer, "PRACK", 200, NULL, NULL);
    sip_peer_respond(peer, "INVITE", 200, NULL, _i == 0 ? NULL : PEER_SDP);
    sip_peer_await(peer, "ACK ", NULL);
    expect_states(out, "dialing connected");
}
END_TEST

START_TEST(another_branch_answers_than_was_heard) {
    Seen *out = dial_peer();

    sip_peer_respond_as(peer, "early", "INVITE", 183, NULL, PEER_SDP);
    sip_peer_respond_as(peer, "other", "INVITE", 180, NULL, NULL);
    expect_states(out, "dialing ringback");
    sip_peer_respond_as(peer, "other", "INVITE", 200, NULL, PEER_SDP_OF("8"));
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "ACK ", NULL), "tag=other"));
    expect_states(out, "dialing ringback connected");
}
END_TEST

START_TEST(our_ringing_is_acknowledged) {
    Seen *in = peer_rings_with("Require: 100rel\r\n", PEER_SDP);
    g_autofree char *rseq = NULL, *rack = NULL;

    sip_peer_await(peer, "SIP/2.0 180 ", "INVITE");
    rseq = sip_peer_header(peer, "RSeq");
    ck_assert_ptr_nonnull(rseq);
    rack = g_strdup_printf("RAck: %s 1 INVITE\r\n", rseq);
    sip_peer_request(peer, "PRACK", rack, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 200 ", "PRACK");
    DO(handle_answer, in->handle);
    sip_peer_await(peer, "SIP/2.0 200 ", "INVITE");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    expect_states(in, "offering connected");
}
END_TEST

/* ---- Causes ---- */

static const struct {
    int status;
    const char *more, *states, *words;
} refusals[] = {
    { 486, NULL, "dialing ringback busy", "" },
    { 404, NULL, "dialing ringback disconnected:bad-address", "SIP 404 Scripted" },
    { 603, "Reason: Q.850;cause=21;text=\"Call rejected\"\r\n", "dialing ringback disconnected:rejected",
      "SIP 603 Scripted (Q.850 21 Call rejected)" },
    { 503, NULL, "dialing ringback special-info disconnected:congestion", "SIP 503 Scripted" },
    { 488, NULL, "dialing ringback disconnected:incompatible", "SIP 488 Scripted" },
    { 480, NULL, "dialing ringback disconnected:no-answer", "SIP 480 Scripted" },
    { 407, "Proxy-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n", "dialing ringback disconnected:rejected", "SIP 407 Scripted" },
};

START_TEST(a_refusal_has_a_cause) {
    Seen *out = ring_peer();

    sip_peer_respond(peer, "INVITE", refusals[_i].status, refusals[_i].more, NULL);
    sip_peer_await(peer, "ACK ", NULL);
    expect_states(out, refusals[_i].states);
    ck_assert_str_eq(call_provider_cause(seen_call(out)), refusals[_i].words);
}
END_TEST

START_TEST(a_bye_has_a_reason) {
    Seen *out = talk_to_peer();

    sip_peer_request(peer, "BYE", "Reason: Q.850;cause=27;text=\"Destination out of order\"\r\n", NULL, NULL);
    expect_last_state(out, "disconnected:out-of-order");
    ck_assert_str_eq(call_provider_cause(seen_call(out)), "Q.850 27 Destination out of order");
}
END_TEST

/* ---- Strangers ---- */

static const struct {
    const char *method, *to, *expected;
} strange[] = {
    { "BYE", "101", "SIP/2.0 481 " },      { "INFO", "101", "SIP/2.0 481 " },   { "OPTIONS", "101", "SIP/2.0 200 " },
    { "INVITE", "999", "SIP/2.0 404 " },   { "REFER", "101", "SIP/2.0 405 " },  { "FROBNICATE", "101", "SIP/2.0 50" },
    { "SUBSCRIBE", "101", "SIP/2.0 4" },   { "UPDATE", "101", "SIP/2.0 481 " },  { "NOTIFY", "101", "SIP/2.0 481 " },
};

static void say_as_stranger(unsigned i) {
    const char *method = strange[i].method, *to = strange[i].to, *host = sip_lines_host();
    g_autofree char *text = g_strdup_printf(
        "%s sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP %%h;branch=z9hG4bKstranger%u\r\nMax-Forwards: 70\r\nFrom: <sip:s@%%h>;tag=s\r\n"
        "To: <sip:%s@%s>%s\r\nCall-ID: stranger%u\r\nCSeq: 1 %s\r\nContact: <sip:s@%%h>\r\nRefer-To: <sip:x@y>\r\n"
        "Event: message-summary\r\nContent-Length: 0\r\n\r\n",
        method, to, host, i, to, host, strcmp(method, "BYE") == 0 ? ";tag=old" : "", i, method);

    sip_peer_say(peer, text);
}

START_TEST(strangers_get_the_right_codes) {
    for (unsigned i = 0; i < G_N_ELEMENTS(strange); i++) {
        say_as_stranger(i);
        sip_peer_await(peer, strange[i].expected, strange[i].method);
    }
    /* The stack looks after what it has once a second. */
    sip_peer_expect_none(peer, "BYE ", 1500);
    ck_assert_uint_eq(bob->seen->len, 0);
}
END_TEST

/* ---- Digits and sending elsewhere ---- */

START_TEST(digits_come_in_info) {
    Seen *in = peer_talks();

    ck_assert_ptr_null(handle_monitor_digits(in->handle, true));
    DO(handle_mute, in->handle, false);
    sip_peer_request(peer, "INFO", NULL, "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n");
    sip_peer_await(peer, "SIP/2.0 200 ", "INFO");
    sip_peer_request(peer, "INFO", NULL, "application/dtmf", "#");
    sip_peer_await(peer, "SIP/2.0 200 ", "INFO");
    AWAIT(strcmp(in->digits->str, "5#") == 0);
    sip_peer_request(peer, "INFO", NULL, "application/x-nonsense", "7");
    sip_peer_await(peer, "SIP/2.0 415 ", "INFO");
}
END_TEST

/* The peer has no digits in the voice, and knows some in INFO: the others are not even tried. */
START_TEST(digits_go_out_in_info) {
    Seen *in = peer_talks();

    DO(handle_send_digits, in->handle, "12", 20, 0);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "INFO ", NULL), i == 0 ? "Signal=1" : "Signal=2"));
        sip_peer_respond(peer, "INFO", 200, NULL, NULL);
    }
    AWAIT(strcmp(in->outcomes->str, "done") == 0);
    DO(handle_send_digits, in->handle, "345", 1000, 1000);
    sip_peer_await(peer, "INFO ", NULL);
    sip_peer_respond(peer, "INFO", 415, NULL, NULL);
    AWAIT(strcmp(in->outcomes->str, "done cancel") == 0);
    sip_peer_expect_none(peer, "INFO ", 2500);
    expect_states(in, "offering connected");
}
END_TEST

START_TEST(the_peer_sends_us_elsewhere) {
    Seen *in = peer_talks(), *there;
    g_autofree char *refer_to = g_strdup_printf("Refer-To: <sip:102@%s>\r\nReferred-By: <sip:boss@example.org>\r\n",
                                                sip_lines_host());

    sip_peer_request(peer, "REFER", refer_to, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 202 ", "REFER");
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), "SIP/2.0 100"));
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    there = await_call(carol);
    expect_party(there, PARTY_REDIRECTING, "sip:boss@example.org", PRESENTATION_ALLOWED);
    DO(handle_answer, there->handle);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), "SIP/2.0 200"));
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    sip_peer_request(peer, "BYE", NULL, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 200 ", "BYE");
    expect_party(in, PARTY_CONNECTED, "102", PRESENTATION_ALLOWED);
    expect_last_state(in, "connected");
    DO(handle_drop, there->handle, REJECT_NONE);
    expect_last_state(in, "disconnected:normal");
}
END_TEST

START_TEST(the_peer_sends_us_nowhere) {
    static const char *const refer_to[] = { "Refer-To: <mailto:nobody@example.org>\r\n", "Refer-To: <sip:nobody@>\r\n", NULL };
    Seen *in = peer_talks();

    sip_peer_request(peer, "REFER", refer_to[_i], NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 ", "REFER");
    sip_peer_await(peer, "NOTIFY ", NULL);
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    sip_peer_expect_none(peer, "BYE ", 1500);
    ck_assert_str_eq(in->states->str, "offering connected");
    DO(handle_drop, in->handle, REJECT_NONE);
    expect_states(in, "offering connected idle:normal");
}
END_TEST

static const struct {
    const char *target;
    bool is_here; /* the host of the lines follows */
} forbidden[] = {
    { "tel:+4930123456" },          { "sip:004930123456@", true },  { "sip:%2B49301@", true }, { "sip:*21*102#@", true }, { "sip:112@", true },
    { "sip:102@192.0.2.1", false }, { "sip:102@192.0.2.1?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc" },
};

static void send_elsewhere(const char *target, const char *host, const char *expected) {
    g_autofree char *refer_to = g_strdup_printf("Refer-To: <%s%s>\r\n", target, host);

    sip_peer_request(peer, "REFER", refer_to, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 202 ", "REFER");
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), expected));
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
}

START_TEST(the_peer_sends_us_where_it_may_not) {
    Seen *in = peer_talks();

    send_elsewhere(forbidden[_i].target, forbidden[_i].is_here ? sip_lines_host() : "", "SIP/2.0 603");
    sip_peer_expect_none(peer, "BYE ", 100);
    ck_assert_str_eq(in->states->str, "offering connected");
    ck_assert_uint_eq(carol->seen->len, 0);
    DO(handle_drop, in->handle, REJECT_NONE);
    expect_states(in, "offering connected idle:normal");
}
END_TEST

/* What was refused before does not count, and what is on its way is not disturbed. */
START_TEST(the_peer_sends_us_to_one_at_a_time) {
    Seen *in = peer_talks(), *there;

    send_elsewhere("tel:102", "", "SIP/2.0 603");
    send_elsewhere("sip:102@", sip_lines_host(), "SIP/2.0 100");
    there = await_call(carol);
    send_elsewhere("sip:100@", sip_lines_host(), "SIP/2.0 491");
    DO(handle_answer, there->handle);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), "SIP/2.0 200"));
    expect_last_state(in, "connected");
    ck_assert_uint_eq(alice->seen->len, 0);
    DO(handle_drop, there->handle, REJECT_NONE);
    expect_last_state(in, "disconnected:normal");
}
END_TEST

/* Of its contacts the one that may cost is left out; where there is no other, the call is over. */
START_TEST(the_peer_redirects_us_to_what_costs) {
    Seen *out = dial_peer();
    g_autofree char *contacts = g_strdup_printf("Contact: <sip:+4930123456@%s>;q=1.0%s%s%s\r\n", sip_lines_host(),
                                                _i == 0 ? "" : ", <sip:102@", _i == 0 ? "" : sip_lines_host(),
                                                _i == 0 ? "" : ">;q=0.5");

    sip_peer_respond(peer, "INVITE", 302, contacts, NULL);
    sip_peer_await(peer, "ACK ", NULL);
    if (_i == 0)
        expect_states(out, "dialing disconnected:forwarded");
    else
        ck_assert_ptr_nonnull(await_call(carol));
}
END_TEST

void add_race_cases(Suite *suite) {
    TCase *tcase = world_case(suite, "races");

    tcase_add_checked_fixture(tcase, scene_peer, leave_peer);
    tcase_add_test(tcase, a_cancel_crosses_the_answer);
    tcase_add_test(tcase, a_cancel_waits_for_the_first_sign_of_life);
    tcase_add_test(tcase, a_bye_crosses_ours);
    tcase_add_test(tcase, a_bye_follows_the_answer_at_once);
    tcase_add_test(tcase, a_cancel_comes_after_the_answer);
    tcase_add_loop_test(tcase, a_cancel_and_an_answer_at_once, 0, 2);
    tcase_add_test(tcase, somebody_else_has_answered);
    tcase_add_test(tcase, of_two_answers_the_first_counts);
    tcase_add_test(tcase, a_branch_rings_late);
    tcase_add_test(tcase, an_answer_comes_twice);
    tcase_add_test(tcase, an_invite_comes_twice);
    tcase_add_test(tcase, two_new_offers_cross);
    tcase_add_test(tcase, an_offer_comes_too_early);
    tcase_add_test(tcase, the_peer_holds_us);
    tcase_add_test(tcase, a_refused_hold_holds_here);
    tcase_add_test(tcase, the_peer_knows_nothing_of_the_call);
    tcase_add_test(tcase, the_offer_comes_with_the_answer);
    tcase_add_loop_test(tcase, nothing_in_common_does_not_ring, 0, 2);
    tcase_add_test(tcase, an_answer_with_nothing_in_common);
    tcase_add_loop_test(tcase, early_media_is_acknowledged, 0, 2);
    tcase_add_test(tcase, another_branch_answers_than_was_heard);
    tcase_add_test(tcase, our_ringing_is_acknowledged);
    tcase_add_loop_test(tcase, a_refusal_has_a_cause, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, a_bye_has_a_reason);
    tcase_add_test(tcase, strangers_get_the_right_codes);
    tcase_add_test(tcase, digits_come_in_info);
    tcase_add_test(tcase, digits_go_out_in_info);
    tcase_add_test(tcase, the_peer_sends_us_elsewhere);
    tcase_add_loop_test(tcase, the_peer_sends_us_nowhere, 0, 3);
    tcase_add_loop_test(tcase, the_peer_sends_us_where_it_may_not, 0, G_N_ELEMENTS(forbidden));
    tcase_add_test(tcase, the_peer_sends_us_to_one_at_a_time);
    tcase_add_loop_test(tcase, the_peer_redirects_us_to_what_costs, 0, 2);
}
