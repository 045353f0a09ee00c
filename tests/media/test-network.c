/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A network that loses, delays and doubles, and people on it who mean no good. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>

#include "providers/media/session.h"
#include "tests/media/rtp.h"
#include "tests/media/phone.h"
#include "tests/media/relay.h"
#include "tests/unit/run.h"

#define TONE_LEVEL (-9.03)

static Phone *alice, *bob;
static Relay *relay;

/* What she says goes through the relay. */
static void set_up_relay(void) {
    alice = phone_open("tone:1000,0.5");
    bob = phone_open("none");
    relay = relay_new(media_stream_port(bob->stream));
}

static void connect_by_relay(Codec codec) {
    MediaAgreement of_alice = phone_agreement(bob, codec), of_bob = phone_agreement(alice, codec);

    of_alice.port = relay_port(relay);
    of_bob.sends = false;
    ck_assert_int_eq(phone_agree(alice->stream, &of_alice), 0);
    ck_assert_int_eq(phone_agree(bob->stream, &of_bob), 0);
}

static void tear_down(void) {
    relay = relay_free(relay);
    phone_close_all();
}

/* It takes some seconds to forget what was, and a busy machine loses by itself. */
static double best_mos(double wanted) {
    double mos = 0;

    phone_wait(1500);
    for (int tries = 0; tries < 60 && mos <= wanted; tries++) {
        phone_wait(500);
        mos = phone_stat_double(bob, "mos");
    }
    return mos;
}

START_TEST(losses_are_counted_and_felt) {
    double before, after, level = -127;

    connect_by_relay(phone_codecs[_i]);
    before = best_mos(4.2);
    ck_assert_double_gt(before, 4.2);
    relay_lose(relay, 5);
    phone_wait(4000);
    after = phone_stat_double(bob, "mos");
    ck_assert_double_lt(after, before - 0.5);
    /* What is missing is known when the next one comes. */
    for (int tries = 0; tries < 50 && phone_stat(bob, "packets-lost") + 3 < relay_lost(relay); tries++)
        phone_wait(100);
    ck_assert_uint_ge(phone_stat(bob, "packets-lost") + 3, relay_lost(relay));
    ck_assert_uint_le(phone_stat(bob, "packets-lost"), relay_lost(relay));
    for (int tries = 0; tries < 50 && level < TONE_LEVEL - 6; tries++) { /* what is lost is made up */
        phone_wait(100);
        level = phone_stat_double(bob, "level-in-db");
    }
    ck_assert_msg(level > TONE_LEVEL - 6, "%.2f dBFS", level);
    relay_lose(relay, 0);
    ck_assert_double_gt(best_mos(after + 0.3), after + 0.3);
}
END_TEST

START_TEST(a_shaky_network_is_not_heard) {
    Ear ear = {};

    connect_by_relay(CODEC_PCMU);
    relay_shake(relay, 40);
    for (int tries = 0; tries < 60 && phone_stat_double(bob, "jitter-ms") <= 3; tries++)
        phone_wait(500);
    ck_assert_double_gt(phone_stat_double(bob, "jitter-ms"), 3);
    phone_wait_calmly(2000);
    phone_listen(bob, 1500, &ear);
    ck_assert_double_eq_tol(ear_best_level_at(&ear, 1000), TONE_LEVEL, 1.5);
    ear_close(&ear);
}
END_TEST

START_TEST(what_comes_twice_is_heard_once) {
    Ear ear = {};

    connect_by_relay(CODEC_PCMU);
    relay_double(relay, true);
    phone_wait(300);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "1234", 160, 60), 0);
    for (int tries = 0; tries < 100 && (alice->digits_done == 0 || bob->digits->len < 4); tries++)
        phone_wait(100);
    phone_wait_calmly(700);
    ck_assert_str_eq(bob->digits->str, "1234");
    ck_assert_uint_eq(phone_stat(bob, "packets-lost"), 0);
    phone_listen(bob, 500, &ear);
    ck_assert_double_eq_tol(ear_best_level_at(&ear, 1000), TONE_LEVEL, 1);
    ear_close(&ear);
}
END_TEST

START_TEST(digits_get_over_losses) {
    connect_by_relay(CODEC_PCMU);
    phone_wait(200);
    relay_lose(relay, 4);
    ck_assert_int_eq(media_stream_send_digits(alice->stream, "0123456789*#ABCD", 120, 80), 0);
    for (int tries = 0; tries < 150 && (alice->digits_done == 0 || bob->digits->len < 16); tries++)
        phone_wait(100);
    phone_wait(300);
    ck_assert_str_eq(bob->digits->str, "0123456789*#ABCD");
}
END_TEST

static int socket_at(const char *address, uint16_t port) {
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(inet_pton(AF_INET, address, &own.sin_addr), 1);
    ck_assert_int_eq(bind(fd, (struct sockaddr *) &own, sizeof(own)), 0);
    return fd;
}

static void send_to_bob(int fd, const void *data, size_t size) {
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(media_stream_port(bob->stream)) };

    inet_pton(AF_INET, phone_address(), &to.sin_addr);
    (void) sendto(fd, data, size, MSG_DONTWAIT, (struct sockaddr *) &to, sizeof(to));
}

/* Noise as loud as can be, in good packets. */
static void shout(int fd, uint32_t ssrc, unsigned count) {
    uint8_t noise[160], buffer[256];

    for (unsigned i = 0; i < count; i++) {
        RtpPacket packet = { .sequence = (uint16_t) i, .timestamp = i * 160, .ssrc = ssrc, .payload = noise, .size = 160 };

        memset(noise, i % 2 ? 0x00 : 0x80, sizeof(noise));
        send_to_bob(fd, buffer, rtp_write(&packet, buffer, sizeof(buffer)));
    }
}

START_TEST(strangers_are_not_heard) {
    g_autofree char *elsewhere = g_strdup_printf("127.251.%d.%d", getpid() / 256 % 256, getpid() % 256);
    uint64_t received;
    int far, near;
    Ear ear = {};

    alice = phone_open("tone:1000,0.5");
    bob = phone_open("none");
    phone_connect(alice, bob, CODEC_PCMU);
    phone_wait(500);
    far = socket_at(elsewhere, 0);
    near = socket_at(phone_address(), 0);
    for (int i = 0; i < 50; i++) {
        shout(far, 1, 10);
        shout(near, 2, 10);
        phone_wait(20);
    }
    close(far);
    close(near);
    received = phone_stat(bob, "packets-received");
    ck_assert_uint_gt(received, 0);
    ck_assert_uint_le(received, phone_stat(alice, "packets-sent"));
    phone_wait_calmly(1000);
    phone_listen(bob, 800, &ear);
    ck_assert_double_eq_tol(ear_best_level_at(&ear, 1000), TONE_LEVEL, 1);
    ck_assert_double_lt(ear_level(&ear), TONE_LEVEL + 1);
    ear_close(&ear);
}
END_TEST

static size_t count_of(const char *folder) {
    DIR *dir = opendir(folder);
    size_t count = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

#ifdef __SANITIZE_ADDRESS__
/* AddressSanitizer keeps what was freed: it looks for leaks in its own way. */
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

/* One piece of rubbish: noise, or a good packet with something wrong. */
static size_t make_rubbish(GRand *random, uint8_t *buffer, size_t size) {
    size_t length = (size_t) g_rand_int_range(random, 0, (gint32) size);

    for (size_t i = 0; i < length; i++)
        buffer[i] = (uint8_t) g_rand_int_range(random, 0, 256);
    if (length < 12 || g_rand_boolean(random))
        return length;
    buffer[0] = (uint8_t) (0x80 | (buffer[0] & 0x3f));
    buffer[1] = (uint8_t) (g_rand_boolean(random) ? 0 : g_rand_boolean(random) ? 101 : 200 + buffer[1] % 4);
    return length;
}

/* From the peer itself, and more than it can mean: the call goes on afterwards, and nothing is kept. */
START_TEST(rubbish_does_no_harm) {
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    uint8_t buffer[1400];
    size_t before = 0;

    connect_by_relay(phone_codecs[_i]);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 100; i++)
            relay_inject(relay, buffer, make_rubbish(random, buffer, sizeof(buffer)));
        phone_wait(20);
        if (round == 20)
            before = resident_kb();
    }
    ck_assert_uint_lt(resident_kb(), before + 4096);
    phone_wait(2500);
    phone_expect_level(bob, TONE_LEVEL);
}
END_TEST

static gint compare_usec(const void *a, const void *b) {
    int64_t one = *(const int64_t *) a, other = *(const int64_t *) b;

    return one < other ? -1 : one > other;
}

/* One that waits does so most of the time; on a busy machine any may be late now and then. */
static void expect_quick(int64_t *usec, size_t count, int64_t most) {
    qsort(usec, count, sizeof(usec[0]), compare_usec);
    g_test_message("half within %" PRIi64 " us, the last in %" PRIi64 " us", usec[count / 2], usec[count - 1]);
    ck_assert_msg(usec[count * 3 / 4] < most, "a quarter takes longer than %" PRIi64 " us", usec[count * 3 / 4]);
}

START_TEST(a_flood_leaves_the_main_loop_alone) {
    int near = socket_at(phone_address(), 0);
    int64_t usec[100];

    connect_by_relay(CODEC_PCMU);
    phone_wait(300);
    for (size_t round = 0; round < G_N_ELEMENTS(usec); round++) {
        int64_t start;

        shout(near, 9, 1000);
        start = g_get_monotonic_time();
        phone_stat(bob, "packets-received");
        usec[round] = g_get_monotonic_time() - start;
        phone_wait(1);
    }
    close(near);
    expect_quick(usec, G_N_ELEMENTS(usec), G_USEC_PER_SEC);
    phone_wait(1500);
    phone_expect_level(bob, TONE_LEVEL);
}
END_TEST

/* Threads that came to their end may still be there for a moment. */
static void expect_at_most(const char *folder, size_t most) {
    for (int tries = 0; tries < 300 && count_of(folder) > most; tries++)
        phone_wait(100);
    ck_assert_uint_le(count_of(folder), most);
}

#ifdef __SANITIZE_ADDRESS__
#define STREAMS 400 /* each takes many times as long */
#else
#define STREAMS 1000
#endif

START_TEST(a_thousand_streams_leave_nothing) {
    Phone *home = phone_open("tone:440"), *away = phone_open("none");
    static const MediaObserver nobody = {};
    size_t descriptors = 0, threads = 0, memory = 0;

    for (int i = 0; i < STREAMS; i++) {
        MediaAgreement agreement = phone_agreement(away, phone_codecs[i % phone_n_codecs]);
        MediaStream *stream;

        if (i % 3 == 0) {
            agreement.local.suite = agreement.remote.suite = SRTP_AES_CM_128_HMAC_SHA1_80;
            memset(agreement.local.key, i, sizeof(agreement.local.key));
        }
        ck_assert_int_eq(media_stream_new(home->media, phone_address(), &nobody, NULL, &stream), 0);
        ck_assert_int_eq(phone_agree(stream, &agreement), 0);
        if (i % 100 == 99)
            phone_wait(50);
        media_stream_free(stream);
        if (i % 10 == 0)
            session_wait_all(); /* or on a busy machine there are many at once */
        if (i == 300) {
            descriptors = count_of("/proc/self/fd");
            threads = count_of("/proc/self/task");
            memory = resident_kb();
        }
    }
    session_wait_all();
    expect_at_most("/proc/self/fd", descriptors);
    expect_at_most("/proc/self/task", threads);
    ck_assert_uint_lt(resident_kb(), memory + 5120);
}
END_TEST

/* They end in threads of their own: as many as may be, nobody waits. */
START_TEST(a_hundred_ends_leave_the_main_loop_alone) {
    Phone *home = phone_open("tone:440"), *away = phone_open("none");
    static const MediaObserver nobody = {};
    MediaStream *streams[100];
    int64_t usec[G_N_ELEMENTS(streams)];

    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        MediaAgreement agreement = phone_agreement(away, CODEC_PCMU);

        agreement.rtcp_mux = i % 2;
        ck_assert_int_eq(media_stream_new(home->media, phone_address(), &nobody, NULL, &streams[i]), 0);
        ck_assert_int_eq(phone_agree(streams[i], &agreement), 0);
    }
    phone_wait(300);
    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        int64_t start = g_get_monotonic_time();

        media_stream_free(streams[i]);
        usec[i] = g_get_monotonic_time() - start;
    }
    expect_quick(usec, G_N_ELEMENTS(usec), G_USEC_PER_SEC / 2);
}
END_TEST

/* With room for one call: the next finds it free as soon as the one before is over. */
START_TEST(ports_are_free_at_once) {
    static const MediaConfig config = { .input = "none", .output = "none", .ringer = "none", .port_min = 20000, .port_max = 20001 };
    static const MediaObserver nobody = {};
    Phone *away = phone_open("none");
    g_autofree char *why = NULL;
    Media *media;

    ck_assert_int_eq(media_new(&config, &media, &why), 0);
    for (int i = 0; i < 40; i++) {
        MediaAgreement agreement = phone_agreement(away, phone_codecs[i % phone_n_codecs]);
        MediaStream *stream, *second;

        agreement.rtcp_mux = i % 2;
        ck_assert_int_eq(media_stream_new(media, phone_address(), &nobody, NULL, &stream), 0);
        ck_assert_int_eq(phone_agree(stream, &agreement), 0);
        ck_assert_int_eq(media_stream_new(media, phone_address(), &nobody, NULL, &second), -EADDRINUSE);
        if (i % 4 == 3)
            phone_wait(50);
        media_stream_free(stream);
    }
    media_free(media);
}
END_TEST

/* The media of another line. */
START_TEST(a_media_does_not_wait_for_others) {
    Phone *home = phone_open("tone:440"), *away = phone_open("none");
    static const MediaConfig silent = { .input = "none", .output = "none", .ringer = "none" };
    int64_t usec[8];

    for (int i = 0; i < 100; i++) {
        MediaAgreement agreement = phone_agreement(away, CODEC_PCMU);
        static const MediaObserver nobody = {};
        MediaStream *stream;

        ck_assert_int_eq(media_stream_new(home->media, phone_address(), &nobody, NULL, &stream), 0);
        ck_assert_int_eq(phone_agree(stream, &agreement), 0);
        media_stream_free(stream);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(usec); i++) {
        g_autofree char *why = NULL;
        Media *other;

        ck_assert_int_eq(media_new(&silent, &other, &why), 0);
        usec[i] = g_get_monotonic_time();
        media_free(other);
        usec[i] = g_get_monotonic_time() - usec[i];
    }
    expect_quick(usec, G_N_ELEMENTS(usec), G_USEC_PER_SEC / 2);
}
END_TEST

/* Who has the port at all addresses of this machine. */
static int listen_everywhere(uint16_t *ret_port) {
    struct sockaddr_in in = { .sin_family = AF_INET };
    socklen_t size = sizeof(in);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    ck_assert_int_eq(bind(fd, (struct sockaddr *) &in, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *) &in, &size), 0);
    *ret_port = ntohs(in.sin_port);
    return fd;
}

static bool is_reached_within(int ms, int fd, const char *address, MediaAgreement *agreement, const Phone *from) {
    uint8_t packet[2000];

    agreement->address = address;
    ck_assert_int_eq(phone_agree(from->stream, agreement), 0);
    for (; ms > 0; ms -= 50) {
        phone_wait(50);
        if (recv(fd, packet, sizeof(packet), MSG_DONTWAIT) > 0)
            return true;
    }
    return false;
}

/* All of a network would hear it. */
START_TEST(a_network_is_no_peer) {
    Phone *home = phone_open("tone:1000,0.5");
    MediaAgreement agreement = phone_agreement(home, CODEC_PCMU);
    int fd = listen_everywhere(&agreement.port);

    ck_assert(!is_reached_within(500, fd, "127.255.255.255", &agreement, home));
    ck_assert(is_reached_within(15000, fd, "127.0.0.1", &agreement, home));
    close(fd);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-network");
    TCase *bad = tcase_create("bad"), *worse = tcase_create("worse");

    tcase_set_timeout(bad, 200);
    tcase_add_checked_fixture(bad, set_up_relay, tear_down);
    tcase_add_loop_test(bad, losses_are_counted_and_felt, 0, phone_n_codecs);
    tcase_add_test(bad, a_shaky_network_is_not_heard);
    tcase_add_test(bad, what_comes_twice_is_heard_once);
    tcase_add_test(bad, digits_get_over_losses);
    tcase_add_loop_test(bad, rubbish_does_no_harm, 0, phone_n_codecs);
    tcase_add_test(bad, a_flood_leaves_the_main_loop_alone);
    suite_add_tcase(suite, bad);
    tcase_set_timeout(worse, 200);
    tcase_add_checked_fixture(worse, NULL, phone_close_all);
    tcase_add_test(worse, strangers_are_not_heard);
    tcase_add_test(worse, a_network_is_no_peer);
    tcase_add_test(worse, a_thousand_streams_leave_nothing);
    tcase_add_test(worse, a_hundred_ends_leave_the_main_loop_alone);
    tcase_add_test(worse, ports_are_free_at_once);
    tcase_add_test(worse, a_media_does_not_wait_for_others);
    suite_add_tcase(suite, worse);
    return run_suite(suite);
}
