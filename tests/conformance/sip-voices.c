/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voices: what is agreed of them, and whose they are when a call changes its peer, against a peer that says every message by itself. */
#include <string.h>

#include "providers/sip/line.h"
#include "tests/conformance/sip-races.h"
#include "tests/conformance/sip-scene.h"
#include "tests/conformance/suite.h"

static SipAccount *account_of(unsigned line) {
    return (SipAccount *) sip_line_account(line_provider_data(world_line(line)));
}

/* ---- Offers ---- */

/* Our offer goes out with the answer to the call: what comes before that is not about it. */
START_TEST(a_prack_before_our_offer_is_no_answer) {
    Seen *in = peer_rings_with("Require: 100rel\r\n", NULL);
    g_autofree char *number = NULL, *cseq = NULL, *rack = NULL;
    Answer *answered;

    sip_peer_await(peer, "SIP/2.0 180 ", "INVITE");
    number = sip_peer_header(peer, "RSeq");
    cseq = sip_peer_header(peer, "CSeq");
    ck_assert_ptr_nonnull(number);
    rack = g_strdup_printf("RAck: %s %s\r\n", number, cseq);
    answered = ASK(handle_answer, in->handle);
    sip_peer_expect_none(peer, "SIP/2.0 200 ", 100);
    sip_peer_request(peer, "PRACK", rack, NULL, NULL);
    while (!strstr(sip_peer_await(peer, "SIP/2.0 200 ", NULL), "\r\nm=audio "))
        ;
    sip_peer_request(peer, "ACK", NULL, "application/sdp", PEER_SDP_HELD);
    expect_done(answered);
    expect_last_state(in, "connected/active-held");
}
END_TEST

/* ---- Conferences ---- */

/* What is replaced, or stopped, does not go on, whoever of the conference it is for. */
START_TEST(digits_of_a_conference_by_info_can_be_stopped) {
    Seen *second, *there, *conference;

    account_of(0)->dtmf = SIP_DTMF_INFO;
    connect_calls(alice, 0, bob, 1, &ours, &theirs);
    conference = confer(&second, &there);
    ck_assert_ptr_null(handle_monitor_digits(theirs->handle, true));
    ck_assert_ptr_null(handle_monitor_digits(there->handle, true));
    DO(handle_send_digits, conference->handle, "11111111111111111111", 100, 100);
    AWAIT(theirs->digits->len > 0 && there->digits->len > 0);
    DO(handle_send_digits, conference->handle, "2", 100, 100);
    AWAIT(strcmp(conference->outcomes->str, "cancel done") == 0);
    AWAIT(strchr(theirs->digits->str, '2') && strchr(there->digits->str, '2'));
    sip_peer_expect_none(peer, "", 500);
    ck_assert_str_eq(strchr(theirs->digits->str, '2'), "2");
    ck_assert_str_eq(strchr(there->digits->str, '2'), "2");
    clear_all();
}
END_TEST

void add_voice_cases(Suite *suite) {
    TCase *tcase = world_case(suite, "voices");

    tcase_add_checked_fixture(tcase, scene_peer, leave_peer);
    tcase_add_test(tcase, a_prack_before_our_offer_is_no_answer);
    tcase_add_test(tcase, digits_of_a_conference_by_info_can_be_stopped);
}
