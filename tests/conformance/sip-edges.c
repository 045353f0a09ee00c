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

static void refer_from(SipPeer *from, const char *uri, const char *rest) {
    g_autofree char *header = g_strdup_printf("Refer-To: <%s%s>\r\n", uri, rest);

    sip_peer_request(from, "REFER", header, NULL, NULL);
}

static void refer_to(const char *uri, const char *rest) {
    refer_from(peer, uri, rest);
}

/* How that goes. */
static void hears(SipPeer *from, const char *status) {
    const char *notify = sip_peer_await(from, "NOTIFY ", NULL);

    ck_assert_msg(strstr(notify, status), "%s", notify);
    sip_peer_respond(from, "NOTIFY", 200, NULL, NULL);
}

/* Another peer talks with Carol: that one, her end, and the name of their dialog. */
static SipPeer *second_talks(Seen **ret_there, char **ret_replaces) {
    SipPeer *second = sip_peer_new(sip_lines_host(), "102");

    sip_peer_request(second, "INVITE", NULL, "application/sdp", PEER_SDP);
    *ret_there = await_call(carol);
    DO(handle_answer, (*ret_there)->handle);
    sip_peer_await(second, "SIP/2.0 200 ", "INVITE");
    *ret_replaces = replaces_of(second);
    sip_peer_request(second, "ACK", NULL, NULL, NULL);
    return second;
}

static void agrees_to_end(SipPeer *from) {
    sip_peer_await(from, "BYE ", NULL);
    sip_peer_respond(from, "BYE", 200, NULL, NULL);
}

/* A telephone behind a proxy consults Carol about Bob, and then says where she is as it knows it. */
START_TEST(the_peer_connects_two_of_ours) {
    g_autofree char *replaces = NULL;
    Seen *in = peer_talks(), *there;
    SipPeer *second = second_talks(&there, &replaces);

    refer_to("sip:c1234@192.168.77.5:4711;transport=udp", replaces);
    hears(peer, "SIP/2.0 100");
    hears(peer, "SIP/2.0 200");
    agrees_to_end(second);
    expect_party(there, PARTY_CONNECTED, "101", PRESENTATION_ALLOWED);
    expect_last_state(in, "connected");
    DO(handle_drop, there->handle, REJECT_NONE);
    expect_last_state(in, "disconnected:normal");
    sip_peer_free(second);
}
END_TEST

/* Where no transfers are taken, not even that one is. */
START_TEST(the_peer_may_not_connect_two_of_ours) {
    g_autofree char *replaces = NULL;
    Seen *in = peer_talks(), *there;
    SipPeer *second = second_talks(&there, &replaces);

    ((SipAccount *) sip_line_account(line_provider_data(world_line(1))))->transfers = SIP_TRANSFERS_REFUSE;
    refer_to("sip:c1234@192.168.77.5:4711;transport=udp", replaces);
    hears(peer, "SIP/2.0 603");
    ck_assert_str_eq(in->states->str, "offering connected");
    DO(handle_drop, there->handle, REJECT_NONE);
    agrees_to_end(second);
    sip_peer_free(second);
}
END_TEST

/* What comes with a place becomes neither a header nor a method of ours. */
START_TEST(a_place_is_no_more_than_that) {
    SipPeer *second = sip_peer_new(sip_lines_host(), "102");
    Seen *in = peer_talks();
    const char *invite;

    refer_to(sip_peer_uri(second), "?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc%0D%0AX-Evil%3A%20yes");
    hears(peer, "SIP/2.0 416");
    refer_to(sip_peer_uri(second), ";method=BYE?X-Evil=yes");
    hears(peer, "SIP/2.0 100");
    invite = sip_peer_await(second, "INVITE ", NULL);
    ck_assert_msg(!strstr(invite, "method=") && !strstr(invite, "X-Evil"), "%s", invite);
    sip_peer_respond(second, "INVITE", 603, NULL, NULL);
    hears(peer, "SIP/2.0 603");
    ck_assert_str_eq(in->states->str, "offering connected");
    /* What became of that is the cause, if the peer leaves it at that. */
    sip_peer_request(peer, "BYE", NULL, NULL, NULL);
    expect_states(in, "offering connected disconnected:rejected");
    sip_peer_free(second);
}
END_TEST

/* We send the peer elsewhere, and it us: that is put off. What it hears of that comes behind our own question. */
START_TEST(both_send_each_other_elsewhere) {
    Seen *in = peer_talks();
    Answer *sent = ASK(handle_blind_transfer, in->handle, "102");

    sip_peer_await(peer, "REFER ", NULL);
    refer_to("sip:102@", sip_lines_host());
    sip_peer_await(peer, "SIP/2.0 202 ", "REFER");
    sip_peer_respond(peer, "REFER", 603, NULL, NULL);
    hears(peer, "SIP/2.0 491");
    expect_refused(sent, REFUSAL_NOT_SUPPORTED);
    ck_assert_str_eq(in->states->str, "offering connected");
    ck_assert_uint_eq(carol->seen->len, 0);
}
END_TEST

enum { JOURNEYS = 8 };

/* From one to the next, and not for ever. */
START_TEST(nobody_is_sent_on_for_ever) {
    SipPeer *chain[JOURNEYS + 2] = { peer };
    Seen *in = peer_talks();

    for (unsigned i = 1; i < G_N_ELEMENTS(chain); i++)
        chain[i] = sip_peer_new(sip_lines_host(), "102");
    for (unsigned i = 0; i < JOURNEYS; i++) {
        refer_from(chain[i], sip_peer_uri(chain[i + 1]), "");
        hears(chain[i], "SIP/2.0 100");
        sip_peer_await(chain[i + 1], "INVITE ", NULL);
        sip_peer_respond(chain[i + 1], "INVITE", 200, NULL, PEER_SDP);
        sip_peer_await(chain[i + 1], "ACK ", NULL);
        hears(chain[i], "SIP/2.0 200");
        sip_peer_request(chain[i], "BYE", NULL, NULL, NULL);
        sip_peer_await(chain[i], "SIP/2.0 200 ", "BYE");
    }
    refer_from(chain[JOURNEYS], sip_peer_uri(chain[JOURNEYS + 1]), "");
    hears(chain[JOURNEYS], "SIP/2.0 603");
    expect_last_state(in, "connected");
    DO(handle_drop, in->handle, REJECT_NONE);
    agrees_to_end(chain[JOURNEYS]);
    for (unsigned i = 1; i < G_N_ELEMENTS(chain); i++)
        sip_peer_free(chain[i]);
}
END_TEST

enum { REDIRECTIONS = 10 };

/* Always one further, or back to itself. */
START_TEST(redirections_come_to_an_end) {
    bool further = _i == 0;
    Seen *out = dial_peer();

    for (unsigned i = 0; i <= (further ? REDIRECTIONS : 0); i++) {
        g_autofree char *contact = g_strdup_printf("Contact: <sip:%s%.0u@%s>\r\n", further ? "p" : "peer", further ? i + 1 : 0,
                                                   strchr(sip_peer_uri(peer), '@') + 1);

        if (i > 0)
            sip_peer_await(peer, "INVITE ", NULL);
        sip_peer_respond(peer, "INVITE", 302, contact, NULL);
        sip_peer_await(peer, "ACK ", NULL);
    }
    expect_states(out, further ? "dialing disconnected:unreachable" : "dialing busy");
    ck_assert_str_eq(call_provider_cause(seen_call(out)), further ? "SIP 482 Loop Detected" : "");
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

/* ---- Replaced ---- */

/* Of the dialog with the last message that came; each may have something more. */
static char *replaces_header(const SipPeer *from, const char *more_to, const char *more_from, const char *rest) {
    g_autofree char *id = sip_peer_header(from, "Call-ID"), *to = tag_in(from, "To"), *own = tag_in(from, "From");

    return g_strdup_printf("Replaces: %s;to-tag=%s%s;from-tag=%s%s%s\r\n", id, to, more_to, own, more_from, rest);
}

static const struct {
    const char *more_to, *more_from, *rest, *expected;
} replacements[] = {
    { "", "", "", "SIP/2.0 200 " },
    { "x", "", "", "SIP/2.0 481 " },
    { "", "x", "", "SIP/2.0 481 " },
    { "", "", ";early-only", "SIP/2.0 486 " },
};

/* Whoever knows all the names of a call takes the place of the peer in it, and nobody else (RFC 3891, 3). */
START_TEST(somebody_takes_the_place_of_the_peer) {
    SipPeer *second = sip_peer_new(sip_lines_host(), "101");
    Seen *in = peer_talks();
    g_autofree char *header = replaces_header(peer, replacements[_i].more_to, replacements[_i].more_from, replacements[_i].rest);

    sip_peer_request(second, "INVITE", header, "application/sdp", PEER_SDP);
    sip_peer_await(second, replacements[_i].expected, "INVITE");
    sip_peer_request(second, "ACK", NULL, NULL, NULL);
    if (_i == 0) {
        sip_peer_await(peer, "BYE ", NULL);
        sip_peer_respond(peer, "BYE", 200, NULL, NULL);
    }
    ck_assert_str_eq(in->states->str, "offering connected");
    DO(handle_drop, in->handle, REJECT_NONE);
    sip_peer_await(_i == 0 ? second : peer, "BYE ", NULL);
    sip_peer_respond(_i == 0 ? second : peer, "BYE", 200, NULL, NULL);
    sip_peer_free(second);
}
END_TEST

/* What rings here has nobody who could be left; what is being sent elsewhere is to be there first. */
START_TEST(not_every_call_is_replaced) {
    bool rings = _i == 0;
    SipPeer *second = sip_peer_new(sip_lines_host(), "101");
    Seen *in = rings ? peer_rings() : peer_talks();
    g_autofree char *header = replaces_header(peer, "", "", "");

    if (!rings) {
        refer_to("sip:102@", sip_lines_host());
        await_call(carol);
    }
    sip_peer_request(second, "INVITE", header, "application/sdp", PEER_SDP);
    sip_peer_await(second, rings ? "SIP/2.0 481 " : "SIP/2.0 491 ", "INVITE");
    sip_peer_request(second, "ACK", NULL, NULL, NULL);
    ck_assert_str_eq(in->states->str, rings ? "offering" : "offering connected");
    sip_peer_free(second);
}
END_TEST

/* ---- How many ---- */

enum { OFFERS = 128 };

/* A call of its own to Bob: what the peer says in it before it is answered. */
static void says(const char *method, unsigned call, const char *more, const char *body) {
    g_autofree char *text = g_strdup_printf("%s sip:101@%s SIP/2.0\r\nVia: SIP/2.0/UDP %%h;branch=z9hG4bKcrowd%u\r\nMax-Forwards: 70\r\n"
                                            "From: <sip:crowd@%%h>;tag=crowd%u\r\nTo: <sip:101@%s>\r\nCall-ID: crowd%u\r\n"
                                            "CSeq: 1 %s\r\nContact: <sip:crowd@%%h>\r\n%sContent-Length: %zu\r\n\r\n%s",
                                            method, sip_lines_host(), call, call, sip_lines_host(), call, method, more, strlen(body), body);

    sip_peer_say(peer, text);
}

/* Whoever calls after so many that ring finds the line busy, until one of them gives up. */
START_TEST(not_everybody_rings) {
    static const char sdp[] = "Content-Type: application/sdp\r\n";

    for (unsigned i = 0; i < OFFERS; i++) {
        says("INVITE", i, sdp, PEER_SDP);
        sip_peer_await(peer, "SIP/2.0 180 ", "INVITE");
    }
    says("INVITE", OFFERS, sdp, PEER_SDP);
    sip_peer_await(peer, "SIP/2.0 486 ", "INVITE");
    for (unsigned i = 0; i < OFFERS; i++) {
        says("CANCEL", i, "", "");
        sip_peer_await(peer, "SIP/2.0 487 ", "INVITE");
        if (i > 0)
            continue;
        says("INVITE", OFFERS + 1, sdp, PEER_SDP);
        sip_peer_await(peer, "SIP/2.0 180 ", "INVITE");
    }
    ck_assert_uint_eq(bob->seen->len, OFFERS + 1);
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
    tcase_add_test(tcase, the_peer_may_not_connect_two_of_ours);
    tcase_add_test(tcase, a_place_is_no_more_than_that);
    tcase_add_test(tcase, both_send_each_other_elsewhere);
    tcase_add_test(tcase, nobody_is_sent_on_for_ever);
    tcase_add_loop_test(tcase, redirections_come_to_an_end, 0, 2);
    tcase_add_loop_test(tcase, the_peer_sends_us_to_its_own_place, 0, 2);
    tcase_add_test(tcase, the_peer_sends_us_to_a_number);
    tcase_add_loop_test(tcase, somebody_takes_the_place_of_the_peer, 0, G_N_ELEMENTS(replacements));
    tcase_add_loop_test(tcase, not_every_call_is_replaced, 0, 2);
    tcase_add_test(tcase, not_everybody_rings);
    add_agreement_cases(tcase);
    tcase_add_test(tcase, what_rings_does_not_survive_another_network);
}
