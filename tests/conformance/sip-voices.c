/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Voices: what is agreed of them, and whose they are when a call changes its peer, against a peer that says every message by itself. */
#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>

#include "providers/media/stream-internal.h"
#include "providers/sip/call.h"
#include "tests/conformance/sip-races.h"
#include "tests/conformance/sip-scene.h"
#include "tests/conformance/suite.h"

static SipAccount *account_of(unsigned line) {
    return (SipAccount *) sip_line_account(line_provider_data(world_line(line)));
}

static SipCall *call_of(const Seen *seen) {
    return call_provider_data(seen_call(seen));
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

/* A machine may lack a part that Codecs= names. */
START_TEST(what_is_not_installed_is_not_offered) {
    g_autoptr(GstPluginFeature) opus = gst_registry_lookup_feature(gst_registry_get(), "opusenc");
    const char *invite;

    ck_assert_ptr_nonnull(opus);
    gst_registry_remove_feature(gst_registry_get(), opus);
    expect_done(world_adds_line(alice, adapter.more_line, adapter.more_settings));
    person_orders(alice, world_find_line(adapter.more_line), &(DialOrder) { .address = sip_peer_uri(peer) });
    invite = sip_peer_await(peer, "INVITE ", NULL);
    ck_assert_ptr_null(strstr(invite, "opus"));
    ck_assert_ptr_nonnull(strstr(invite, " RTP/AVP 9 8 0 101\r\n"));
    gst_registry_add_feature(gst_registry_get(), opus);
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

/* The peer has sent us on, and before anybody answers there the call is one of a conference. */
START_TEST(whoever_we_are_sent_to_is_heard_in_the_conference) {
    SipPeer *other = sip_peer_new(sip_lines_host(), "102");
    g_autofree char *refer_to = g_strdup_printf("Refer-To: <%s>\r\n", sip_peer_uri(other));
    Seen *second, *there;

    ours = talk_to_peer();
    sip_peer_request(peer, "REFER", refer_to, NULL, NULL);
    sip_peer_await(peer, "NOTIFY ", NULL);
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    sip_peer_await(other, "INVITE ", NULL);
    sip_peer_respond(other, "INVITE", 180, NULL, NULL);
    confer(&second, &there);
    sip_peer_respond(other, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_await(other, "ACK ", NULL);
    sip_peer_await(peer, "NOTIFY ", NULL);
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    ck_assert_str_eq(ours->states->str, "dialing ringback connected conferenced");
    ck_assert_ptr_nonnull(call_of(ours)->conference);
    ck_assert_ptr_eq(call_of(ours)->stream->mixer, call_of(ours)->conference->mixer);
    DO(handle_drop, ours->handle, REJECT_NONE);
    sip_peer_await(other, "BYE ", NULL);
    sip_peer_respond(other, "BYE", 200, NULL, NULL);
    sip_peer_free(other);
}
END_TEST

/* Somebody asks twice: what comes of it is told with the number of what was asked. */
START_TEST(each_transfer_has_news_of_its_own) {
    g_autofree char *first = NULL, *second = NULL, *number = NULL, *name = NULL;

    peer_talks();
    sip_peer_request(peer, "REFER", "Refer-To: <sip:+49301234567@192.0.2.1>\r\n", NULL, NULL);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), "\r\nSIP/2.0 603 Decline\r\n"));
    first = sip_peer_header(peer, "Event");
    ck_assert_str_eq(first, "refer");
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    sip_peer_request(peer, "REFER", "Refer-To: <tel:nowhere>\r\n", NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 202 ", "REFER");
    number = sip_peer_header(peer, "CSeq");
    name = g_strdup_printf("refer;id=%u", (unsigned) atoi(number));
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), "\r\nSIP/2.0 416 "));
    second = sip_peer_header(peer, "Event");
    ck_assert_str_eq(second, name);
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
}
END_TEST

/* And whoever takes the peer's place. The conference has one name for all. */
START_TEST(whoever_replaces_a_participant_is_heard_in_the_conference) {
    SipPeer *other = sip_peer_new(sip_lines_host(), "101");
    g_autofree char *replaces = NULL, *name = NULL;
    Seen *in = peer_talks(), *conference, *second, *there;
    const DialOrder order = { .address = adapter.addresses[2] };
    Answer *answer = ASK(handle_setup_conference, in->handle, &order);

    expect_done(answer);
    conference = seen_of(answer->handle);
    second = seen_of(answer->second);
    there = await_call(carol);
    DO(handle_answer, there->handle);
    expect_last_state(second, "connected");
    DO(handle_add_to_conference, conference->handle, second->handle);
    replaces = g_strdup_printf("Replaces: %s;to-tag=%s;from-tag=%s\r\n", sip_dialog_call_id(call_of(in)->dialog),
                               sip_dialog_local_tag(call_of(in)->dialog), sip_dialog_remote_tag(call_of(in)->dialog));
    sip_peer_request(other, "INVITE", replaces, "application/sdp", PEER_SDP);
    sip_peer_await(other, "SIP/2.0 200 ", "INVITE");
    name = sip_peer_header(other, "Session-ID");
    sip_peer_request(other, "ACK", NULL, NULL, NULL);
    sip_peer_await(peer, "BYE ", NULL);
    sip_peer_respond(peer, "BYE", 200, NULL, NULL);
    ck_assert(g_str_has_prefix(name, call_of(conference)->session.local));
    ck_assert_ptr_eq(call_of(in)->stream->mixer, call_of(conference)->mixer);
    DO(handle_drop, in->handle, REJECT_NONE);
    sip_peer_await(other, "BYE ", NULL);
    sip_peer_respond(other, "BYE", 200, NULL, NULL);
    sip_peer_free(other);
}
END_TEST

/* ---- Calls that wait ---- */

/* Who takes one up has a new call with the same two people. */
START_TEST(a_call_that_waits_is_taken_up) {
    SipPeer *caller = sip_peer_new(sip_lines_host(), adapter.more_address);
    Person *dora = person_arrives("dora");
    Answer *taken;
    Seen *rang;

    expect_done(world_adds_line(alice, adapter.more_line, adapter.more_settings));
    person_opens_line(dora, world_find_line(adapter.more_line), OPEN_OWNER);
    sip_peer_request(caller, "INVITE", NULL, "application/sdp", PEER_SDP);
    rang = await_call(dora);
    taken = ASK(line_pickup, world_find_line(adapter.more_line), dora->client, "", "");
    sip_peer_await(caller, "SIP/2.0 200 ", "INVITE");
    sip_peer_request(caller, "ACK", NULL, NULL, NULL);
    expect_done(taken);
    expect_last_state(rang, "disconnected:answered-elsewhere");
    expect_last_state(seen_of(taken->handle), "connected");
    expect_party(seen_of(taken->handle), PARTY_CALLED, adapter.more_address, PRESENTATION_ALLOWED);
    ck_assert_str_eq(seen_party(seen_of(taken->handle), PARTY_CALLER).name, "Peer");
    DO(handle_drop, taken->handle, REJECT_NONE);
    sip_peer_await(caller, "BYE ", NULL);
    sip_peer_respond(caller, "BYE", 200, NULL, NULL);
    sip_peer_free(caller);
}
END_TEST

void add_voice_cases(Suite *suite) {
    TCase *tcase = world_case(suite, "voices");

    tcase_add_checked_fixture(tcase, scene_peer, leave_peer);
    tcase_add_test(tcase, a_prack_before_our_offer_is_no_answer);
    tcase_add_test(tcase, what_is_not_installed_is_not_offered);
    tcase_add_test(tcase, digits_of_a_conference_by_info_can_be_stopped);
    tcase_add_test(tcase, whoever_we_are_sent_to_is_heard_in_the_conference);
    tcase_add_test(tcase, each_transfer_has_news_of_its_own);
    tcase_add_test(tcase, whoever_replaces_a_participant_is_heard_in_the_conference);
    tcase_add_test(tcase, a_call_that_waits_is_taken_up);
}
