/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edges: what a call meets in the course of its life, against a peer that says every message by itself. */
#include <stdlib.h>
#include <string.h>

#include "providers/sip/line.h"
#include "tests/conformance/sip-races.h"
#include "tests/conformance/sip-scene.h"
#include "tests/conformance/suite.h"

/* ---- Another network ---- */

static char elsewhere[16];

static void elsewhere_of(unsigned net) {
    const char *rest = strchr(sip_lines_host() + strlen("127."), '.');

    g_snprintf(elsewhere, sizeof(elsewhere), "127.%u%s", net, rest);
}

/* As from Wi-Fi to cable: another address of this machine. */
static void move_line(unsigned number) {
    SipLine *line = line_provider_data(world_line(number));
    SipAccount *account = (SipAccount *) sip_line_account(line);

    elsewhere_of(255);
    g_free(account->listen.name);
    account->listen.name = g_strdup(elsewhere);
    sip_line_wake(line);
    sip_peer_follow(peer, elsewhere);
}

static unsigned number_of(const char *message) {
    const char *cseq = strstr(message, "\r\nCSeq: ");

    return cseq ? (unsigned) atoi(cseq + strlen("\r\nCSeq: ")) : 0;
}

/* The offer that tells the peer. */
static const char *await_news(const char *call_id, unsigned number) {
    const char *invite = sip_peer_await(peer, "INVITE ", NULL);
    g_autofree char *connection = g_strdup_printf("c=IN IP4 %s\r\n", elsewhere), *contact = g_strdup_printf("@%s", elsewhere);
    g_autofree char *now = sip_peer_header(peer, "Call-ID"), *at = sip_peer_header(peer, "Contact"), *to = sip_peer_header(peer, "To");

    ck_assert_str_eq(now, call_id);
    ck_assert_ptr_nonnull(strstr(to, ";tag="));
    ck_assert_msg(strstr(at, contact), "%s", at);
    ck_assert_msg(strstr(invite, connection), "%s", invite);
    ck_assert_uint_gt(number_of(invite), number);
    return invite;
}

START_TEST(a_call_goes_on_from_another_address) {
    Seen *out = talk_to_peer();
    g_autofree char *call_id = sip_peer_header(peer, "Call-ID");
    g_autofree char *first = sip_peer_header(peer, "CSeq");
    unsigned number;

    move_line(0);
    number = number_of(await_news(call_id, (unsigned) atoi(first)));
    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_await(peer, "ACK ", NULL);
    sip_peer_expect_none(peer, "BYE ", 500);
    ck_assert_str_eq(out->states->str, "dialing ringback connected");
    /* What follows is of the same dialog. */
    DO(handle_hold, out->handle);
    ck_assert_uint_eq(number_of(sip_peer_await(peer, "INVITE ", NULL)), number + 1);
    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_await(peer, "ACK ", NULL);
    DO(handle_drop, out->handle, REJECT_NONE);
    sip_peer_await(peer, "BYE ", NULL);
    sip_peer_respond(peer, "BYE", 200, NULL, NULL);
}
END_TEST

START_TEST(a_call_that_came_goes_on_from_another_address) {
    Seen *in = peer_talks();
    g_autofree char *call_id = sip_peer_header(peer, "Call-ID");

    sip_peer_expect_none(peer, "BYE ", 300); /* our ACK is there */
    move_line(1);
    await_news(call_id, 0);
    sip_peer_respond(peer, "INVITE", 200, NULL, PEER_SDP);
    sip_peer_await(peer, "ACK ", NULL);
    ck_assert_str_eq(in->states->str, "offering connected");
    sip_peer_request(peer, "INVITE", NULL, "application/sdp", PEER_SDP_HELD);
    sip_peer_await(peer, "SIP/2.0 200 ", "INVITE");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    expect_last_state(in, "connected/active-held");
    sip_peer_request(peer, "BYE", NULL, NULL, NULL);
    sip_peer_await(peer, "SIP/2.0 200 ", "BYE");
    expect_last_state(in, "disconnected:normal");
}
END_TEST

/* And one that does not know of any such call. */
START_TEST(a_peer_may_not_want_us_elsewhere) {
    Seen *out = talk_to_peer();

    move_line(0);
    sip_peer_await(peer, "INVITE ", NULL);
    sip_peer_respond(peer, "INVITE", _i == 0 ? 488 : 481, NULL, NULL);
    sip_peer_await(peer, "ACK ", NULL);
    if (_i == 0) {
        sip_peer_await(peer, "BYE ", NULL);
        sip_peer_respond(peer, "BYE", 200, NULL, NULL);
    }
    expect_last_state(out, _i == 0 ? "disconnected:provider-failed" : "disconnected:normal");
}
END_TEST

START_TEST(what_rings_does_not_survive_another_network) {
    Seen *out = ring_peer();

    move_line(0);
    expect_states(out, "dialing ringback disconnected:provider-failed");
}
END_TEST

/* ---- Sent to whoever the peer has a call with ---- */

static char *tag_in(const SipPeer *from, const char *header) {
    g_autofree char *value = sip_peer_header(from, header);
    const char *tag = value ? strstr(value, ";tag=") : NULL;

    return tag ? g_strndup(tag + strlen(";tag="), strcspn(tag + strlen(";tag="), ";>")) : NULL;
}

/* "?Replaces=", of the dialog with the last message that came. */
static char *replaces_of(const SipPeer *from) {
    g_autofree char *id = sip_peer_header(from, "Call-ID"), *to = tag_in(from, "To"), *own = tag_in(from, "From");

    return g_strdup_printf("?Replaces=%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s", id, to, own);
}

static void refer_to(const char *uri, const char *rest) {
    g_autofree char *header = g_strdup_printf("Refer-To: <%s%s>\r\n", uri, rest);

    sip_peer_request(peer, "REFER", header, NULL, NULL);
}

/* A telephone behind a proxy consults Carol about Bob, and then says where she is as it knows it. */
START_TEST(the_peer_connects_two_of_ours) {
    Seen *in = peer_talks(), *there;
    SipPeer *second = sip_peer_new(sip_lines_host(), "102");
    g_autofree char *replaces = NULL;

    sip_peer_request(second, "INVITE", NULL, "application/sdp", PEER_SDP);
    there = await_call(carol);
    DO(handle_answer, there->handle);
    sip_peer_await(second, "SIP/2.0 200 ", "INVITE");
    replaces = replaces_of(second);
    sip_peer_request(second, "ACK", NULL, NULL, NULL);
    refer_to("sip:c1234@192.168.77.5:4711;transport=udp", replaces);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), "SIP/2.0 100"));
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "NOTIFY ", NULL), "SIP/2.0 200"));
    sip_peer_respond(peer, "NOTIFY", 200, NULL, NULL);
    sip_peer_await(second, "BYE ", NULL);
    sip_peer_respond(second, "BYE", 200, NULL, NULL);
    expect_party(there, PARTY_CONNECTED, "101", PRESENTATION_ALLOWED);
    expect_last_state(in, "connected");
    DO(handle_drop, there->handle, REJECT_NONE);
    expect_last_state(in, "disconnected:normal");
    sip_peer_free(second);
}
END_TEST

/* What its Contact says is nothing that one can rely on: there has to be that very call. */
START_TEST(the_peer_sends_us_to_its_own_place) {
    static const char replaces[] = "?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc";
    SipPeer *place;
    Seen *in;

    elsewhere_of(254);
    place = sip_peer_new(elsewhere, "102");
    sip_peer_follow(place, sip_lines_host());
    sip_peer_set_contact(peer, sip_peer_uri(place));
    in = peer_talks();
    refer_to(sip_peer_uri(place), _i == 0 ? replaces : "");
    ck_assert_ptr_nonnull(strstr(sip_peer_await(place, "NOTIFY ", NULL), _i == 0 ? "SIP/2.0 100" : "SIP/2.0 603"));
    sip_peer_respond(place, "NOTIFY", 200, NULL, NULL);
    if (_i == 0) {
        ck_assert_ptr_nonnull(strstr(sip_peer_await(place, "INVITE ", NULL), "\r\nRequire: replaces\r\n"));
        sip_peer_respond(place, "INVITE", 481, NULL, NULL);
        ck_assert_ptr_nonnull(strstr(sip_peer_await(place, "NOTIFY ", NULL), "SIP/2.0 503"));
        sip_peer_respond(place, "NOTIFY", 200, NULL, NULL);
    }
    ck_assert_str_eq(in->states->str, "offering connected");
    DO(handle_drop, in->handle, REJECT_NONE);
    sip_peer_await(place, "BYE ", NULL);
    sip_peer_respond(place, "BYE", 200, NULL, NULL);
    sip_peer_free(place);
}
END_TEST

/* A number leads to the line's own domain. */
START_TEST(the_peer_sends_us_to_a_number) {
    Seen *in = peer_talks(), *there;

    ((SipAccount *) sip_line_account(line_provider_data(world_line(1))))->transfers = SIP_TRANSFERS_ACCEPT;
    refer_to("tel:1-02", "");
    there = await_call(carol);
    DO(handle_answer, there->handle);
    expect_last_state(in, "connected");
    expect_party(in, PARTY_REDIRECTION, "102", PRESENTATION_ALLOWED);
    DO(handle_drop, there->handle, REJECT_NONE);
    expect_last_state(in, "disconnected:normal");
}
END_TEST

/* ---- What both sides have to agree on ---- */

START_TEST(a_session_lasts_as_long_as_the_peer_wants) {
    Seen *out = dial_peer();

    sip_peer_respond(peer, "INVITE", 422, "Min-SE: 3600\r\n", NULL);
    sip_peer_await(peer, "ACK ", NULL);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "INVITE ", NULL), "\r\nSession-Expires: 3600"));
    sip_peer_respond(peer, "INVITE", 200, "Session-Expires: 3600;refresher=uac\r\nRequire: timer\r\n", PEER_SDP);
    sip_peer_await(peer, "ACK ", NULL);
    expect_last_state(out, "connected");
}
END_TEST

START_TEST(a_session_is_not_too_short) {
    sip_peer_request(peer, "INVITE", "Supported: timer\r\nSession-Expires: 30\r\n", "application/sdp", PEER_SDP);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "SIP/2.0 422 ", "INVITE"), "\r\nMin-SE: 90"));
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    ck_assert_uint_eq(bob->seen->len, 0);
}
END_TEST

START_TEST(an_answer_is_repeated_until_it_is_heard) {
    Seen *in = peer_rings();

    DO(handle_answer, in->handle);
    for (unsigned i = 0; i < 3; i++)
        sip_peer_await(peer, "SIP/2.0 200 ", "INVITE");
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    sip_peer_expect_none(peer, "SIP/2.0 200 ", 2500);
    expect_states(in, "offering connected");
}
END_TEST

/* What is offered before the first offer is answered comes too early. */
START_TEST(an_offer_that_comes_too_early_is_put_off) {
    Seen *in = peer_rings();

    sip_peer_request(peer, "UPDATE", NULL, "application/sdp", PEER_SDP);
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "SIP/2.0 500 ", "UPDATE"), "\r\nRetry-After: "));
    ck_assert_str_eq(in->states->str, "offering");
}
END_TEST

START_TEST(what_we_understand_is_told) {
    peer_talks();
    sip_peer_request(peer, "INFO", NULL, "application/x-nonsense", "7");
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "SIP/2.0 415 ", "INFO"), "\r\nAccept: application/dtmf-relay"));
}
END_TEST

START_TEST(what_we_do_not_understand_does_not_ring) {
    sip_peer_request(peer, "INVITE", NULL, "application/x-nonsense", "7");
    ck_assert_ptr_nonnull(strstr(sip_peer_await(peer, "SIP/2.0 415 ", "INVITE"), "\r\nAccept: application/sdp"));
    sip_peer_request(peer, "ACK", NULL, NULL, NULL);
    ck_assert_uint_eq(bob->seen->len, 0);
}
END_TEST

static void add_agreement_cases(TCase *tcase) {
    tcase_add_test(tcase, a_session_lasts_as_long_as_the_peer_wants);
    tcase_add_test(tcase, a_session_is_not_too_short);
    tcase_add_test(tcase, an_answer_is_repeated_until_it_is_heard);
    tcase_add_test(tcase, an_offer_that_comes_too_early_is_put_off);
    tcase_add_test(tcase, what_we_understand_is_told);
    tcase_add_test(tcase, what_we_do_not_understand_does_not_ring);
}

void add_edge_cases(Suite *suite) {
    TCase *tcase = world_case(suite, "edges");

    tcase_add_checked_fixture(tcase, scene_peer, leave_peer);
    tcase_add_test(tcase, a_call_goes_on_from_another_address);
    tcase_add_test(tcase, a_call_that_came_goes_on_from_another_address);
    tcase_add_loop_test(tcase, a_peer_may_not_want_us_elsewhere, 0, 2);
    tcase_add_test(tcase, the_peer_connects_two_of_ours);
    tcase_add_loop_test(tcase, the_peer_sends_us_to_its_own_place, 0, 2);
    tcase_add_test(tcase, the_peer_sends_us_to_a_number);
    add_agreement_cases(tcase);
    tcase_add_test(tcase, what_rings_does_not_survive_another_network);
}
