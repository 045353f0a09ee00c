/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers that change who they are, and such that make themselves out to be many. Bob hears what the test sends him. */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/media/phone.h"
#include "tests/media/rtp.h"
#include "tests/unit/run.h"

enum {
    VOICE = 160,  /* bytes of PCMU: 20 ms */
    PCMU = 0,     /* payload types */
    PCMA = 8,
    EVENTS = 101,
    NAMES_MAX = 15,
    REPORTS = 100,
};

static Phone *bob;
static int peer;
static uint16_t peer_port, sequence;

static struct sockaddr_in address_of(uint16_t port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

    ck_assert_int_eq(inet_pton(AF_INET, phone_address(), &address.sin_addr), 1);
    return address;
}

static uint16_t open_peer(void) {
    struct sockaddr_in own = address_of(0);
    socklen_t length = sizeof(own);

    peer = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(peer, (struct sockaddr *) &own, sizeof(own)), 0);
    ck_assert_int_eq(getsockname(peer, (struct sockaddr *) &own, &length), 0);
    return ntohs(own.sin_port);
}

static void send_to_bob(const void *data, size_t size) {
    struct sockaddr_in to = address_of(media_stream_port(bob->stream));

    (void) sendto(peer, data, size, MSG_DONTWAIT, (struct sockaddr *) &to, sizeof(to));
}

static MediaAgreement agreement_with_peer(void) {
    MediaAgreement agreement = phone_agreement(bob, CODEC_PCMU);

    agreement.port = peer_port;
    agreement.rtcp_mux = true;
    return agreement;
}

static void set_up(void) {
    MediaAgreement agreement;

    bob = phone_open("none");
    peer_port = open_peer();
    agreement = agreement_with_peer();
    ck_assert_int_eq(phone_agree(bob->stream, &agreement), 0);
}

static void tear_down(void) {
    close(peer);
    phone_close_all();
}

static void put_32(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t) (value >> (24 - 8 * i));
}

/* A loud voice of PCMU, or a softer one of PCMA; `names` of others are said to speak as well. */
static void speak_as(uint8_t payload, uint32_t source, unsigned names) {
    static uint32_t next_name = 1 << 20;
    uint8_t voice[VOICE + 4 * NAMES_MAX], buffer[512];
    RtpPacket packet = { .payload_type = payload, .sequence = ++sequence, .timestamp = sequence * VOICE, .ssrc = source, .payload = voice };

    for (unsigned i = 0; i < names; i++)
        put_32(voice + 4 * i, next_name++);
    for (unsigned i = 0; i < VOICE; i++)
        voice[4 * names + i] = payload == PCMA ? (i % 8 < 4 ? 0xf5 : 0x75) : i % 8 < 4 ? 0x90 : 0x10;
    packet.size = VOICE + 4 * names;
    rtp_write(&packet, buffer, sizeof(buffer));
    buffer[0] |= (uint8_t) names;
    send_to_bob(buffer, RTP_HEADER_SIZE + packet.size);
}

static void speak(uint32_t source, unsigned names) {
    speak_as(PCMU, source, names);
}

static void expect_heard(uint32_t source, unsigned names) {
    double level = -127;

    for (int tries = 0; tries < 300 && level < -20; tries++) {
        speak(source, names);
        phone_wait(20);
        level = phone_stat_double(bob, "level-in-db");
    }
    ck_assert_msg(level >= -20, "of source %u: %.2f dBFS", source, level);
}

/* As music on hold, an announcement, and whoever one is put through to. */
START_TEST(a_peer_that_changes_is_heard) {
    uint64_t before = 0;

    for (uint32_t source = 1; source <= 10; source++) {
        expect_heard(source, 0);
        phone_expect_silence(bob);
        ck_assert_uint_gt(phone_stat(bob, "packets-received"), before);
        before = phone_stat(bob, "packets-received");
    }
}
END_TEST

/* -6 dBFS by PCMU, -36 by PCMA. */
static void expect_heard_as(uint8_t payload) {
    double wanted = payload == PCMA ? -36 : -6, level = -127;

    for (int tries = 0; tries < 300 && (level < wanted - 6 || level > wanted + 6); tries++) {
        speak_as(payload, 1, 0);
        phone_wait(20);
        level = phone_stat_double(bob, "level-in-db");
    }
    ck_assert_msg(level >= wanted - 6 && level <= wanted + 6, "%.2f dBFS instead of %.2f", level, wanted);
}

/* Both were agreed on: no word goes before (RFC 3264, 7). */
START_TEST(a_peer_that_changes_its_codec_is_heard) {
    MediaAgreement agreement = agreement_with_peer();

    agreement.heard[agreement.n_heard++] = (MediaFormat) { PCMA, false, CODEC_PCMA };
    ck_assert_int_eq(phone_agree(bob->stream, &agreement), 0);
    for (int i = 0; i < 4; i++) {
        expect_heard_as(PCMU);
        expect_heard_as(PCMA);
    }
}
END_TEST

/* As on hold: half a minute later nobody remembers who it was. */
START_TEST(what_was_counted_stays_so) {
    uint64_t counted;

    expect_heard(1, 0);
    phone_expect_silence(bob);
    counted = phone_stat(bob, "packets-received");
    ck_assert_uint_gt(counted, 0);
    phone_wait(45000);
    ck_assert_uint_eq(phone_stat(bob, "packets-received"), counted);
    expect_heard(1, 0);
    ck_assert_uint_gt(phone_stat(bob, "packets-received"), counted);
}
END_TEST

START_TEST(a_mix_of_voices_is_heard) {
    expect_heard(1, 1);
    phone_expect_silence(bob);
    expect_heard(1, NAMES_MAX);
}
END_TEST

#ifdef __SANITIZE_ADDRESS__
/* AddressSanitizer keeps what was freed. */
static size_t resident_kb(void) {
    return 0;
}
#else
static size_t resident_kb(void) {
    g_autofree char *text = NULL;
    const char *at;

    ck_assert(g_file_get_contents("/proc/self/status", &text, NULL, NULL));
    at = strstr(text, "VmRSS:");
    return at ? (size_t) g_ascii_strtoull(at + strlen("VmRSS:") + strspn(at + strlen("VmRSS:"), "\t "), NULL, 10) : 0;
}
#endif

/* Receiver reports, of a hundred in one packet: the first is of whoever speaks. */
static void report(uint32_t first) {
    static uint32_t next = 1 << 24;
    uint8_t buffer[8 * REPORTS];

    for (unsigned i = 0; i < REPORTS; i++) {
        put_32(buffer + 8 * i, 0x80c90001);
        put_32(buffer + 8 * i + 4, i == 0 ? first : next++);
    }
    send_to_bob(buffer, sizeof(buffer));
}

static void speak_of_many(void) {
    speak(1, NAMES_MAX);
}

static void report_of_many(void) {
    report(1);
}

static void report_as_many(void) {
    static uint32_t next = 1 << 28;

    report(next++);
}

/* A packet of a digit: its time, whether it is marked as the first one, its duration until now, and whether that is all. */
static void press(char digit, uint32_t at, bool marker, uint16_t duration, bool end) {
    RtpEvent event = { .code = (uint8_t) rtp_event_from_digit(digit), .end = end, .duration = duration };
    uint8_t written[RTP_EVENT_SIZE], buffer[64];
    RtpPacket packet = {
        .marker = marker,
        .payload_type = EVENTS,
        .sequence = ++sequence,
        .timestamp = at,
        .ssrc = 1,
        .payload = written,
        .size = sizeof(written),
    };

    rtp_event_write(&event, written);
    send_to_bob(buffer, rtp_write(&packet, buffer, sizeof(buffer)));
    phone_wait(20);
}

static void expect_digits(const char *digits) {
    for (int tries = 0; tries < 400 && bob->digits->len < strlen(digits); tries++)
        phone_wait(50);
    phone_wait(300);
    ck_assert_str_eq(bob->digits->str, digits);
}

START_TEST(a_digit_in_parts_is_one) {
    press('8', 1000, true, 160, false);
    press('8', 1000, false, UINT16_MAX, false);
    press('8', 1000 + UINT16_MAX, false, 160, false);
    press('8', 1000 + UINT16_MAX, false, 320, true);
    expect_digits("8");
}
END_TEST

/* The packet with the whole duration of the first part is lost. */
START_TEST(a_digit_in_parts_with_a_gap_is_one) {
    press('8', 1000, true, 160, false);
    press('8', 1000, false, 320, false);
    press('8', 1000 + UINT16_MAX, false, 160, false);
    press('8', 1000 + UINT16_MAX, false, 320, true);
    /* What came before it was heard before it. */
    press('9', 2000 + UINT16_MAX, true, 160, true);
    expect_digits("89");
}
END_TEST

START_TEST(a_digit_whose_beginning_is_repeated_is_one) {
    for (int i = 0; i < 3; i++)
        press('8', 1000, true, 160, false);
    for (int i = 0; i < 3; i++)
        press('8', 1000, false, 320, true);
    expect_digits("8");
}
END_TEST

/* Whose first packets are lost; whose time stands still; whose last packets are lost. */
START_TEST(a_digit_twice_is_two) {
    press('8', 1000, true, 160, false);
    press('8', 1000, false, 320, true);
    phone_wait(125); /* as long as their times say */
    press('8', 2000, false, 320, true);
    press('8', 2000, true, 160, false);
    phone_wait(125);
    press('8', 3000, true, 160, false);
    press('9', 3000, false, 160, true);
    expect_digits("88889");
}
END_TEST

/* Whom a packet names is kept in mind for a while: 15000, or 100000. */
START_TEST(many_names_fill_no_memory) {
    static void (*const ways[])(void) = { speak_of_many, report_of_many, report_as_many };
    size_t before = 0;

    if (ways[_i] == report_of_many)
        expect_heard(1, 0);
    for (int round = 0; round < 120; round++) {
        for (int i = 0; i < 10; i++)
            ways[_i]();
        phone_wait(10);
        if (round == 20)
            before = resident_kb();
    }
    ck_assert_uint_lt(resident_kb(), before + 3072);
    expect_heard(1, 0);
}
END_TEST

/* Too short for what they count. */
START_TEST(reports_that_are_cut_do_no_harm) {
    static const uint8_t types[] = { 200, 201, 202, 203, 204, 205, 206, 207 };
    uint8_t buffer[64] = {};

    expect_heard(1, 0);
    for (size_t type = 0; type < G_N_ELEMENTS(types); type++)
        for (uint8_t count = 0; count < 32; count++)
            for (uint8_t words = 0; words < 8; words++) {
                put_32(buffer, (uint32_t) (0x80 | count) << 24 | (uint32_t) types[type] << 16 | words);
                put_32(buffer + 4, 1);
                send_to_bob(buffer, 4 + 4u * MAX(words, 1));
                if (words == 7)
                    phone_wait(1);
            }
    expect_heard(2, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-peer");
    TCase *tcase = tcase_create("peer"), *digits = tcase_create("digits");

    tcase_set_timeout(tcase, 200);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_peer_that_changes_is_heard);
    tcase_add_test(tcase, a_peer_that_changes_its_codec_is_heard);
    tcase_add_test(tcase, what_was_counted_stays_so);
    tcase_add_test(tcase, a_mix_of_voices_is_heard);
    tcase_add_loop_test(tcase, many_names_fill_no_memory, 0, 3);
    tcase_add_test(tcase, reports_that_are_cut_do_no_harm);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(digits, 60);
    tcase_add_checked_fixture(digits, set_up, tear_down);
    tcase_add_test(digits, a_digit_in_parts_is_one);
    tcase_add_test(digits, a_digit_in_parts_with_a_gap_is_one);
    tcase_add_test(digits, a_digit_whose_beginning_is_repeated_is_one);
    tcase_add_test(digits, a_digit_twice_is_two);
    suite_add_tcase(suite, digits);
    return run_suite(suite);
}
