/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of a SIPp to us: it says exactly this, and expects exactly that. */
#include <string.h>

#include "tests/peers/sip-bus.h"
#include "tests/peers/sipp.h"

#define PEER_UUID "47755a9de7794ba387653f2099600ef2"
#define SDP_OF(rest) "sdp\nv=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=" rest
#define HANGS_UP "> BYE", "< 200", NULL
#define IS_HUNG_UP "< BYE", "> 200 OK", NULL

static Peer *sipp_calls(const char *const *steps) {
    g_autofree char *target = desk_target();

    return sipp_start(&(SippOptions){ .steps = steps, .target = target, .user = "desk" });
}

/* SIP's own patience with an answer is 32 s. */
enum { HANG_UP_S = 15 };

/* A call that came in and is offered to the client. */
static const char *await_offer(Client *client) {
    const char *call = await_handle(client);

    await_state(client, call, "offering");
    return call;
}

START_TEST(a_call_comes_in_and_is_answered) {
    static const char *const steps[] = { "> INVITE\nSession-ID: " PEER_UUID ";remote=00000000000000000000000000000000\nsdp", "<? 100",
                                         "< 180\n?Session-ID: ;remote=" PEER_UUID, "< 200\n?Session-ID: ;remote=" PEER_UUID, "> ACK",
                                         "wait 200", "> BYE\nReason: Q.850;cause=16;text=\"Bye\"", "< 200", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice), *ids;

    ck_assert_ptr_nonnull(strstr(get_text(alice, call, "Caller"), "SIPp"));
    client_call(alice, call, "Answer", "");
    await_told(alice, 0, call, "State", "connected");
    ids = get_text(alice, call, "NetworkIds");
    ck_assert_msg(strstr(ids, "sip-call-id") && strstr(ids, ";remote=" PEER_UUID), "%s", ids);
    await_state(alice, call, "disconnected");
    ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), "normal");
    ck_assert_str_eq(get_string(alice, call, "ProviderCause"), "Q.850 16 Bye");
    sip_bus_await_end(sipp);
}
END_TEST

static const struct {
    const char *reason, *answer;
} rejections[] = {
    { "busy", "< 486" },
    { "declined", "< 603" },
    { NULL, "< 603" },
};

START_TEST(a_call_is_turned_away) {
    const char *const steps[] = { "> INVITE\nsdp", "<? 100", "<? 180", rejections[_i].answer, "> ACK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);

    if (rejections[_i].reason)
        client_call(alice, call, "Drop", "a{sv}", 1, "reason", "s", rejections[_i].reason);
    else
        client_drop(alice, call);
    await_state(alice, call, "idle");
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(a_call_is_sent_elsewhere) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "<? 180", "< 302\n?Contact: other@", "> ACK", NULL };
    g_autofree char *other = sipp_uri(PEER_SECOND, "other");
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);

    client_call(alice, call, "Redirect", "s", other);
    await_string(alice, call, "DisconnectCause", "forwarded");
    sip_bus_await_end(sipp);
}
END_TEST

static const struct {
    const char *cancel, *cause;
} cancels[] = {
    { "> CANCEL", "cancelled" },
    { "> CANCEL\nReason: SIP;cause=200;text=\"Call completed elsewhere\"", "answered-elsewhere" },
    { "> CANCEL\nReason: Q.850;cause=26", "answered-elsewhere" },
};

START_TEST(the_caller_gives_up) {
    const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "wait 300", cancels[_i].cancel, "< 200", "< 487", "> ACK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);

    await_string(alice, call, "DisconnectCause", cancels[_i].cause);
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(who_asks_for_nothing_is_made_an_offer) {
    static const char *const steps[] = { "> INVITE", "<? 100", "< 180", "< 200\n?Content-Type: application/sdp", "> ACK\nsdp", "wait 200", HANGS_UP };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);

    client_call(alice, call, "Answer", "");
    await_told(alice, 0, call, "State", "connected");
    await_state(alice, call, "disconnected");
    sip_bus_await_end(sipp);
}
END_TEST

/* What is offered, and the status that it gets. */
static const struct {
    const char *invite, *status;
} no_offers[] = {
    { "> INVITE\n" SDP_OF("audio [media_port] RTP/AVP 18"), "< 488" },
    { "> INVITE\n" SDP_OF("video [media_port] RTP/AVP 31"), "< 488" },
    { "> INVITE\n" SDP_OF("audio [media_port] RTP/SAVP 0"), "< 488" },
    { "> INVITE\nRequire: telepathy\nsdp", "< 420\n?Unsupported: telepathy" },
};

START_TEST(an_offer_with_nothing_in_common_is_refused) {
    const char *const steps[] = { no_offers[_i].invite, "<? 100", no_offers[_i].status, "> ACK", NULL };
    Client *alice = owner_of(DESK);

    sip_bus_await_end(sipp_calls(steps));
    client_barrier(alice);
    ck_assert(!client_has_new_handle(alice));
}
END_TEST

START_TEST(who_is_not_here_is_not_found) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 404", "> ACK", NULL };
    g_autofree char *target = desk_target();

    sip_bus_await_end(sipp_start(&(SippOptions){ .steps = steps, .target = target, .user = "stranger" }));
}
END_TEST

/* ---- In the call ---- */

START_TEST(the_peer_holds_us_and_comes_back) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 200",
                                         "> INVITE\n" SDP_OF("audio [media_port] RTP/AVP 0\na=sendonly"), "<? 100", "< 200", "> ACK",
                                         "wait 500",
                                         "> INVITE\n" SDP_OF("audio [media_port] RTP/AVP 0"), "<? 100", "< 200", "> ACK", "wait 500", HANGS_UP };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);
    g_autofree char *messages = NULL;
    guint held;

    client_call(alice, call, "Answer", "");
    held = await_told(alice, 0, call, "StateDetail", "active-held");
    await_told(alice, held, call, "StateDetail", "active");
    await_state(alice, call, "disconnected");
    sip_bus_await_end(sipp);
    messages = sipp_messages(sipp);
    ck_assert_ptr_nonnull(strstr(messages, "a=recvonly"));
}
END_TEST

START_TEST(a_bad_offer_in_the_call_leaves_it_alone) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 200",
                                         "> INVITE\n" SDP_OF("audio [media_port] RTP/AVP 18"), "<? 100", "< 488", "> ACK", IS_HUNG_UP };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);

    client_call(alice, call, "Answer", "");
    await_state(alice, call, "connected");
    AWAIT(t, sipp_count(sipp, "SIP/2.0 488 ") > 0);
    PASS(300);
    ck_assert_str_eq(known_state(alice, call), "connected");
    client_drop(alice, call);
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(a_digit_by_info_is_heard) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 300",
                                         "> INFO\nContent-Type: application/dtmf-relay\nsdp\nSignal=5\nDuration=160", "< 200", "wait 200", HANGS_UP };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);
    g_autofree char *text = NULL;
    sd_bus_message *heard;

    client_call(alice, call, "MonitorDigits", "b", true);
    client_call(alice, call, "Answer", "");
    heard = await_signal(alice, call, "DigitReceived");
    text = message_text(heard);
    ck_assert_ptr_nonnull(strstr(text, "\"5\""));
    await_state(alice, call, "disconnected");
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(the_peer_transfers_us) {
    g_autofree char *second = sipp_uri(PEER_SECOND, "other"), *refer = g_strdup_printf("> REFER\nRefer-To: <%s>", second);
    const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 200", refer, "< 202", "< NOTIFY", "> 200 OK", "< NOTIFY",
                                  "> 200 OK", HANGS_UP };
    static const char *const second_steps[] = { "< INVITE", "> 180 Ringing", "> 200 OK\nsdp", "< ACK", "< BYE", "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *other = sipp_start(&(SippOptions){ .steps = second_steps, .address = PEER_SECOND }), *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);
    g_autofree char *messages = NULL;

    client_call(alice, call, "Answer", "");
    await_state(alice, call, "connected");
    sip_bus_await_end(sipp);
    messages = sipp_messages(sipp);
    ck_assert_ptr_nonnull(strstr(messages, "SIP/2.0 200"));
    ck_assert_str_eq(known_state(alice, call), "connected");
    client_drop(alice, call);
    sip_bus_await_end(other);
}
END_TEST

/* To another machine: whoever owns that could be anybody. */
START_TEST(the_peer_may_not_transfer_us) {
    g_autofree char *second = sipp_uri(PEER_SECOND, "other"), *refer = g_strdup_printf("> REFER\nRefer-To: <%s>", second);
    const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 200", refer, "< 202",
                                  "< NOTIFY\n?Subscription-State: terminated", "> 200 OK", HANGS_UP };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);
    g_autofree char *messages = NULL;

    client_call(alice, call, "Answer", "");
    await_told(alice, 0, call, "State", "connected");
    sip_bus_await_end(sipp);
    messages = sipp_messages(sipp);
    ck_assert_ptr_nonnull(strstr(messages, "SIP/2.0 603"));
    await_state(alice, call, "disconnected");
}
END_TEST

/* The next request of ours waits for the answer to the one before, but not to hang up. */
START_TEST(who_never_answers_a_notify_is_hung_up_on_at_once) {
    g_autofree char *second = sipp_uri(PEER_SECOND, "other"), *refer = g_strdup_printf("> REFER\nRefer-To: <%s>", second);
    const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 200", refer, "< 202", "< NOTIFY", "< BYE\n?CSeq: BYE",
                                  "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);
    int64_t before;

    client_call(alice, call, "Answer", "");
    AWAIT(t, sipp_count(sipp, "NOTIFY ") > 0);
    before = g_get_monotonic_time();
    client_drop(alice, call);
    await_state(alice, call, "idle");
    sip_bus_await_end(sipp);
    ck_assert_int_lt(g_get_monotonic_time() - before, HANG_UP_S * G_USEC_PER_SEC);
    PASS(1000);
    ck_assert_uint_eq(sipp_count(sipp, "BYE "), 1);
}
END_TEST

START_TEST(we_transfer_the_peer) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "< REFER\n?Refer-To: other@", "> 202 Accepted",
                                         "> NOTIFY\nEvent: refer\nSubscription-State: terminated;reason=noresource\nContent-Type: message/sipfrag\n"
                                         "sdp\nSIP/2.0 200 OK", "< 200", IS_HUNG_UP };
    g_autofree char *other = sipp_uri(PEER_SECOND, "other");
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);

    client_call(alice, call, "Answer", "");
    await_state(alice, call, "connected");
    client_call(alice, call, "BlindTransfer", "s", other);
    await_state(alice, call, "idle");
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(a_transfer_that_fails_leaves_the_call) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "< REFER", "> 603 Decline", IS_HUNG_UP };
    g_autofree char *other = sipp_uri(PEER_SECOND, "other");
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_calls(steps);
    const char *call = await_offer(alice);

    client_call(alice, call, "Answer", "");
    await_state(alice, call, "connected");
    ck_assert_ptr_nonnull(client_try(alice, call, "BlindTransfer", "s", other));
    ck_assert_str_eq(known_state(alice, call), "connected");
    client_drop(alice, call);
    sip_bus_await_end(sipp);
}
END_TEST

/* ---- The bus knows no bounds ---- */

START_TEST(many_call_and_are_served) {
    static const char *const steps[] = { "> INVITE\nsdp", "<? 100", "< 180", "< 200", "> ACK", "wait 100", HANGS_UP };
    g_autofree char *target = desk_target();
    Client *alice = owner_of(DESK);
    Peer *sipp = sipp_start(&(SippOptions){ .steps = steps, .target = target, .user = "desk", .calls = 50, .rate = 25 });

    for (int i = 0; i < 50; i++)
        client_send(alice, await_handle(alice), "Answer", "");
    sip_bus_await_end(sipp);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sipp-in");
    TCase *tcase = sip_bus_case(suite, "in", sip_bus_setup);

    tcase_add_test(tcase, a_call_comes_in_and_is_answered);
    tcase_add_loop_test(tcase, a_call_is_turned_away, 0, G_N_ELEMENTS(rejections));
    tcase_add_test(tcase, a_call_is_sent_elsewhere);
    tcase_add_loop_test(tcase, the_caller_gives_up, 0, G_N_ELEMENTS(cancels));
    tcase_add_test(tcase, who_asks_for_nothing_is_made_an_offer);
    tcase_add_loop_test(tcase, an_offer_with_nothing_in_common_is_refused, 0, G_N_ELEMENTS(no_offers));
    tcase_add_test(tcase, who_is_not_here_is_not_found);
    tcase = sip_bus_case(suite, "call", sip_bus_setup);
    tcase_add_test(tcase, the_peer_holds_us_and_comes_back);
    tcase_add_test(tcase, a_bad_offer_in_the_call_leaves_it_alone);
    tcase_add_test(tcase, a_digit_by_info_is_heard);
    tcase_add_test(tcase, the_peer_may_not_transfer_us);
    tcase_add_test(tcase, who_never_answers_a_notify_is_hung_up_on_at_once);
    tcase_add_test(tcase, we_transfer_the_peer);
    tcase_add_test(tcase, a_transfer_that_fails_leaves_the_call);
    tcase_add_test(tcase, many_call_and_are_served);
    tcase = sip_bus_case(suite, "trusting", sip_bus_setup_trusting);
    tcase_add_test(tcase, the_peer_transfers_us);
    return bus_main(suite);
}
