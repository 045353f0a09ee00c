/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of ours to a SIPp that says exactly this, and expects exactly that. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "service/cleanup.h"
#include "tests/peers/sip-bus.h"
#include "tests/peers/sipp.h"

#define SDP_OF(formats) \
    "sdp\nv=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [media_port] RTP/AVP " formats

#define PEER_UUID "47755a9de7794ba387653f2099600ef2"

/* Alice calls a SIPp with these steps. */
static const char *call_sipp(Client *alice, const char *const *steps, Peer **ret_sipp) {
    g_autofree char *uri = sipp_uri(PEER_FIRST, "sipp");

    *ret_sipp = sipp_start(&(SippOptions){ .steps = steps });
    return client_dial(alice, DESK, uri);
}

START_TEST(a_call_rings_is_answered_and_dropped) {
    static const char *const steps[] = { "< INVITE\n?Session-ID: ^ [0-9a-f]{32};remote=0{32}", "> 180 Ringing", "wait 100", "> 200 OK\nsdp", "< ACK",
                                         "< BYE", "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "connected");
    ck_assert_ptr_nonnull(strstr(known_states(alice, call), "ringback connected"));
    client_drop(alice, call);
    await_state(alice, call, "idle");
    ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), "normal");
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(early_media_is_acknowledged) {
    static const char *const steps[] = { "< INVITE\n?Supported: 100rel", "> 183 Session Progress\nRequire: 100rel\nRSeq: 7\nsdp",
                                         "< PRACK\n?RAck: 7 [0-9]+ INVITE", "> 200 OK", "wait 100", "!> 200 OK\nsdp", "< ACK", "< BYE",
                                         "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "connected");
    ck_assert_ptr_nonnull(strstr(known_states(alice, call), "proceeding"));
    client_drop(alice, call);
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(the_networks_names_of_a_call_are_shown) {
    static const char *const steps[] = { "< INVITE", "> 200 OK\nSession-ID: " PEER_UUID ";remote=00000000000000000000000000000000\nsdp",
                                         "< ACK", "< BYE\n?Session-ID: remote=" PEER_UUID, "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp), *ids;

    await_state(alice, call, "connected");
    ids = get_text(alice, call, "NetworkIds");
    ck_assert_msg(strstr(ids, "sip-call-id") && strstr(ids, ";remote=" PEER_UUID), "%s", ids);
    client_drop(alice, call);
    sip_bus_await_end(sipp);
}
END_TEST

/* ---- Numbers of RTP ---- */

/* Where the peer's voice would be. */
static int open_voice(uint16_t *ret_port) {
    struct sockaddr_in in = { .sin_family = AF_INET };
    socklen_t size = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    inet_pton(AF_INET, peer_address(PEER_FIRST), &in.sin_addr);
    ck_assert_int_eq(bind(fd, (struct sockaddr *) &in, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &in, &size), 0);
    *ret_port = ntohs(in.sin_port);
    return fd;
}

/* A packet with that number, and where it came from; others are left out. */
static void await_packet(int voice, uint8_t number, struct sockaddr_in *ret_from) {
    int64_t deadline = (int64_t) bus_deadline();
    uint8_t packet[1500] = { 0 };
    socklen_t size = sizeof(*ret_from);

    while (recvfrom(voice, packet, sizeof(packet), 0, (struct sockaddr *) ret_from, &size) < 12 || (packet[1] & 0x7f) != number) {
        ck_assert_msg(g_get_monotonic_time() < deadline, "no packet with the number %u came, but with %u", number, packet[1] & 0x7f);
        PASS(5);
    }
}

/* RFC 4733: a 5, in its first packet and in its last ones. */
static void say_five(int voice, uint8_t number, const struct sockaddr_in *to) {
    for (uint8_t i = 0; i < 8; i++) {
        const uint8_t packet[] = { 0x80, (uint8_t) (number | (i == 0 ? 0x80 : 0)), 0, i, 0, 0, 0, 1, 0, 0, 0, 7, 5,
                                   (uint8_t) (i > 4 ? 0x8a : 0x0a), 0x10, i };

        ck_assert_int_eq(sendto(voice, packet, sizeof(packet), 0, (const struct sockaddr *) to, sizeof(*to)), (ssize_t) sizeof(packet));
        PASS(20);
    }
}

/* We offer opus as 96 and digits as 102: the peer sends with these, and wants us to send with others. */
START_TEST(each_sends_with_the_numbers_of_the_other) {
    uint16_t port;
    _cleanup_close_ int voice = open_voice(&port);
    g_autofree char *answer = g_strdup_printf("> 200 OK\nsdp\nv=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
                                              "m=audio %u RTP/AVP 111 96\na=rtpmap:111 opus/48000/2\na=rtpmap:96 telephone-event/48000", port);
    const char *const steps[] = { "< INVITE", answer, "< ACK", "< BYE", "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    struct sockaddr_in from;
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);
    g_autofree char *heard = NULL;

    await_state(alice, call, "connected");
    await_packet(voice, 111, &from);
    client_call(alice, call, "SendDigits", "sa{sv}", "1", 0);
    await_packet(voice, 96, &from);
    client_call(alice, call, "MonitorDigits", "b", true);
    say_five(voice, 102, &from);
    heard = message_text(await_signal(alice, call, "DigitReceived"));
    ck_assert_msg(strstr(heard, "\"5\""), "%s", heard);
    client_drop(alice, call);
    sip_bus_await_end(sipp);
}
END_TEST

/* Half a second of a tone of 500 Hz by PCMA, from there on. */
static void say_tone(int voice, const struct sockaddr_in *to, uint16_t *sequence) {
    uint8_t packet[12 + 160] = { 0x80, 8, [11] = 7 };

    for (size_t i = 12; i < sizeof(packet); i++)
        packet[i] = (i - 12) % 16 < 8 ? 0xb5 : 0x35;
    for (int i = 0; i < 25; i++) {
        uint32_t time = ++*sequence * 160U;

        for (int byte = 0; byte < 4; byte++)
            packet[4 + byte] = (uint8_t) (time >> (24 - 8 * byte));
        packet[2] = (uint8_t) (*sequence >> 8);
        packet[3] = (uint8_t) *sequence;
        ck_assert_int_eq(sendto(voice, packet, sizeof(packet), 0, (const struct sockaddr *) to, sizeof(*to)), (ssize_t) sizeof(packet));
        PASS(20);
    }
}

/* We send with the first; the peer takes another one of those that it listed. */
START_TEST(any_codec_of_an_answer_is_heard) {
    uint16_t port, sequence = 0;
    _cleanup_close_ int voice = open_voice(&port);
    g_autofree char *answer = g_strdup_printf("> 200 OK\nsdp\nv=0\no=sipp 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [local_ip]\nt=0 0\n"
                                              "m=audio %u RTP/AVP 0 8", port);
    const char *const steps[] = { "< INVITE", answer, "< ACK", "< BYE", "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    int64_t deadline = (int64_t) bus_deadline();
    _cleanup_(sound_freep) Sound *heard = NULL;
    struct sockaddr_in from;
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "connected");
    await_packet(voice, 0, &from);
    while (!heard || sound_best_level(heard, 500) < -40) {
        ck_assert_msg(g_get_monotonic_time() < deadline, "nothing was heard of it");
        say_tone(voice, &from, &sequence);
        sound_free(heard);
        heard = line_heard(DESK);
    }
    client_drop(alice, call);
    sip_bus_await_end(sipp);
}
END_TEST

/* ---- Refused ---- */

static const struct {
    const char *status, *states, *cause, *words;
} refusals[] = {
    { "486 Busy Here", "busy", "busy", "SIP 486 Busy Here" },
    { "600 Busy Everywhere", "busy", "busy", "SIP 600 Busy Everywhere" },
    { "404 Not Found", "disconnected", "bad-address", "SIP 404 Not Found" },
    { "480 Temporarily Unavailable", "disconnected", "unavailable", "SIP 480 Temporarily Unavailable" },
    { "488 Not Acceptable Here", "disconnected", "incompatible", "SIP 488 Not Acceptable Here" },
    { "603 Decline", "disconnected", "rejected", "SIP 603 Decline" },
    { "503 Service Unavailable\nReason: Q.850;cause=34;text=\"No circuit\"", "special-info", "congestion",
      "SIP 503 Service Unavailable (Q.850 34 No circuit)" },
    { "500 Oh Dear", "disconnected", "temporary-failure", "SIP 500 Oh Dear" },
};

START_TEST(refusals_are_told_in_the_networks_words) {
    g_autofree char *answer = g_strconcat("> ", refusals[_i].status, NULL);
    const char *const steps[] = { "< INVITE", answer, "< ACK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    AWAIT(t, strstr(known_states(alice, call), refusals[_i].states));
    if (g_str_equal(refusals[_i].states, "busy")) {
        sip_bus_await_end(sipp);
        client_drop(alice, call);
        return;
    }
    await_string(alice, call, "ProviderCause", refusals[_i].words);
    await_string(alice, call, "DisconnectCause", refusals[_i].cause);
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(who_rings_and_gives_up_did_not_answer) {
    static const char *const steps[] = { "< INVITE", "> 180 Ringing", "wait 100", "> 480 Temporarily Unavailable", "< ACK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_string(alice, call, "DisconnectCause", "no-answer");
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(a_redirection_is_followed) {
    g_autofree char *second = sipp_uri(PEER_SECOND, "other"), *contact = g_strdup_printf("> 302 Moved Temporarily\nContact: <%s>", second);
    const char *const first_steps[] = { "< INVITE", contact, "< ACK", NULL };
    static const char *const second_steps[] = { "< INVITE\n?Diversion: .*", "> 200 OK\nsdp", "< ACK", "< BYE", "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *first, *other = sipp_start(&(SippOptions){ .steps = second_steps, .address = PEER_SECOND });
    const char *call = call_sipp(alice, first_steps, &first);

    await_state(alice, call, "connected");
    sip_bus_await_end(first);
    client_drop(alice, call);
    sip_bus_await_end(other);
}
END_TEST

/* ---- Answers that are none ---- */

static const char *const bad_answers[] = {
    "> 200 OK\n" SDP_OF("18\na=rtpmap:18 G729/8000"),
    "> 200 OK\n" SDP_OF("0\nm=video 0 RTP/AVP 31"),
    "> 200 OK\nsdp\nnonsense",
    "> 200 OK\nsdp\nv=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5000 RT\xa1/AVP 0",
    "> 200 OK\nsdp\nv=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 0 RTP/AVP 0",
    "> 200 OK",
};

START_TEST(an_answer_that_is_none_ends_the_call) {
    const char *const steps[] = { "< INVITE", bad_answers[_i], "< ACK", "< BYE", "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_string(alice, call, "DisconnectCause", "incompatible");
    sip_bus_await_end(sipp);
}
END_TEST

/* ---- The far end hangs up ---- */

static const struct {
    const char *bye, *cause, *words;
} byes[] = {
    { "> BYE\nReason: Q.850;cause=16;text=\"Bye\"", "normal", "Q.850 16 Bye" },
    { "> BYE", "normal", "" },
    { "> BYE\nReason: Q.850;cause=27", "out-of-order", "Q.850 27" },
    { "> BYE\nReason: nonsense", "normal", "" },
};

START_TEST(the_far_end_hangs_up) {
    const char *const steps[] = { "< INVITE", "> 200 OK\nsdp", "< ACK", "wait 100", byes[_i].bye, "< 200", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "disconnected");
    ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), byes[_i].cause);
    ck_assert_str_eq(get_string(alice, call, "ProviderCause"), byes[_i].words);
    sip_bus_await_end(sipp);
}
END_TEST

/* ---- Races ---- */

START_TEST(we_give_up) {
    static const char *const steps[] = { "< INVITE", "> 180 Ringing", "< CANCEL", "> 200 OK", "!> 487 Request Terminated", "< ACK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "ringback");
    client_drop(alice, call);
    await_state(alice, call, "idle");
    ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), "normal");
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(our_cancel_crosses_the_answer) {
    static const char *const steps[] = { "< INVITE", "> 180 Ringing", "< CANCEL", "> 200 OK", "!> 200 OK\nsdp", "< ACK", "< BYE", "> 200 OK",
                                         NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "ringback");
    client_drop(alice, call);
    await_state(alice, call, "idle");
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(two_answer_and_one_is_sent_away) {
    static const char *const steps[] = { "< INVITE", "> 180 Ringing", "!> 200 OK @one\nsdp", "< ACK", "!> 200 OK @two\nsdp", "< ACK", "< BYE",
                                         "> 200 OK", "< BYE", "> 200 OK", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "connected");
    AWAIT(t, sipp_count(sipp, "BYE ") > 0);
    PASS(300);
    ck_assert_str_eq(known_state(alice, call), "connected");
    client_drop(alice, call);
    sip_bus_await_end(sipp);
}
END_TEST

START_TEST(both_hang_up) {
    static const char *const steps[] = { "< INVITE", "> 200 OK\nsdp", "< ACK", "< BYE", "> BYE", "<? 481", "< 200", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);

    await_state(alice, call, "connected");
    client_drop(alice, call);
    await_state(alice, call, "idle");
    PASS(300);
    peer_stop(sipp);
}
END_TEST

START_TEST(nobody_is_there) {
    Client *alice = owner_of(DESK);
    g_autofree char *uri = sipp_uri(PEER_THIRD, "nobody");
    const char *call = client_dial(alice, DESK, uri);

    await_state(alice, call, "disconnected");
    ck_assert_str_ne(get_string(alice, call, "ProviderCause"), "");
}
END_TEST

/* Nothing is heard of it any more, not even a BYE: that the session is to be refreshed every 45 s tells. */
START_TEST(a_peer_that_vanishes_is_noticed) {
    static const char *const steps[] = { "< INVITE\n?Session-Expires: 90", "> 200 OK\nRequire: timer\nSession-Expires: 90;refresher=uac\nsdp", "< ACK",
                                         "< BYE", NULL };
    Client *alice = owner_of(DESK);
    Peer *sipp;
    const char *call = call_sipp(alice, steps, &sipp);
    int64_t deadline;

    await_state(alice, call, "connected");
    kill(peer_pid(sipp), SIGKILL);
    deadline = g_get_monotonic_time() + 110 * G_USEC_PER_SEC;
    while (g_str_equal(known_state(alice, call), "connected") && g_get_monotonic_time() < deadline)
        PASS(200);
    ck_assert_str_eq(known_state(alice, call), "disconnected");
    ck_assert_str_ne(get_string(alice, call, "DisconnectCause"), "normal");
    fprintf(stderr, "# it ended as %s: %s\n", get_string(alice, call, "DisconnectCause"), get_string(alice, call, "ProviderCause"));
}
END_TEST

static void set_up_impatient(void) {
    g_autofree char *text = g_strdup_printf("Listen=%s:5060\nSessionExpires=90\n", peer_address(PEER_OURS));

    sip_bus_begin((const char *const[]){ "desk", text, NULL });
}

static void add_plain(Suite *suite) {
    TCase *tcase = sip_bus_case(suite, "out", sip_bus_setup);

    tcase_add_test(tcase, a_call_rings_is_answered_and_dropped);
    tcase_add_test(tcase, early_media_is_acknowledged);
    tcase_add_test(tcase, the_networks_names_of_a_call_are_shown);
    tcase_add_test(tcase, each_sends_with_the_numbers_of_the_other);
    tcase_add_test(tcase, any_codec_of_an_answer_is_heard);
    tcase_add_loop_test(tcase, refusals_are_told_in_the_networks_words, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, who_rings_and_gives_up_did_not_answer);
    tcase_add_test(tcase, a_redirection_is_followed);
    tcase_add_loop_test(tcase, an_answer_that_is_none_ends_the_call, 0, G_N_ELEMENTS(bad_answers));
    tcase_add_loop_test(tcase, the_far_end_hangs_up, 0, G_N_ELEMENTS(byes));
}

int main(void) {
    Suite *suite = suite_create("sipp-out");
    TCase *tcase;

    add_plain(suite);
    tcase = sip_bus_case(suite, "races", sip_bus_setup);
    tcase_add_test(tcase, we_give_up);
    tcase_add_test(tcase, our_cancel_crosses_the_answer);
    tcase_add_test(tcase, two_answer_and_one_is_sent_away);
    tcase_add_test(tcase, both_hang_up);
    tcase_add_test(tcase, nobody_is_there);
    tcase = sip_bus_case(suite, "vanished", set_up_impatient);
    tcase_add_test(tcase, a_peer_that_vanishes_is_noticed);
    return bus_main(suite);
}
