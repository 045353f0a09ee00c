/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What passes the gate before a provider: all that is not too long, byte by byte as it came. */
#include "providers/remote/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/run.h"

static const char words[] = "\0AUTH EXTERNAL 30\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n";

static int ends[2], input; /* the other end and ours; where sd-bus would read */
static Gate *gate;
static GByteArray *passed;
static char *why;

static void set_up(void) {
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    gate = gate_new(ends[1], &input);
    ck_assert_ptr_nonnull(gate);
    passed = g_byte_array_new();
}

static void tear_down(void) {
    gate_free(gate);
    close(ends[0]);
    close(ends[1]);
    close(input);
    g_byte_array_unref(passed);
    g_free(why);
}

/* Reads what was brought. */
static void drain(void) {
    uint8_t bytes[4096];
    ssize_t n;

    while ((n = read(input, bytes, sizeof(bytes))) > 0)
        g_byte_array_append(passed, bytes, (guint) n);
}

/* Until there is no more. */
static bool feed(bool ready) {
    guint before;

    do {
        before = passed->len;
        if (!gate_feed(gate, ready, &why))
            return false;
        drain();
    } while (passed->len > before);
    return true;
}

static void send_bytes(const void *bytes, size_t size) {
    ck_assert_int_eq(send(ends[0], bytes, size, MSG_NOSIGNAL), (ssize_t) size);
}

static void authenticate(void) {
    send_bytes(words, sizeof(words) - 1);
    ck_assert(gate_feed(gate, /* ready= */ false, &why));
    drain();
    ck_assert_uint_eq(passed->len, sizeof(words) - 1);
    g_byte_array_set_size(passed, 0);
}

/* The beginning of a message of so many bytes. */
static void put_header(uint8_t header[static 16], bool big_endian, uint32_t fields_size, uint32_t body_size) {
    const uint8_t first[] = { big_endian ? 'B' : 'l', 1, 1, 1 };
    uint32_t fields = big_endian ? GUINT32_TO_BE(fields_size) : GUINT32_TO_LE(fields_size);
    uint32_t body = big_endian ? GUINT32_TO_BE(body_size) : GUINT32_TO_LE(body_size);

    memset(header, 7, 16);
    memcpy(header, first, sizeof(first));
    memcpy(header + 4, &body, sizeof(body));
    memcpy(header + 12, &fields, sizeof(fields));
}

/* A whole one, in pieces of that size. */
static bool say(uint32_t size, size_t piece) {
    g_autofree uint8_t *message = g_malloc0(size);

    put_header(message, size % 16 == 8, 24, size - 16 - 24);
    for (size_t at = 0; at < size; at += piece) {
        send_bytes(message + at, MIN(piece, size - at));
        if (!feed(/* ready= */ true))
            return false;
    }
    return true;
}

START_TEST(all_that_fits_passes) {
    authenticate();
    ck_assert(say(64, 1));
    ck_assert(say(72, 5));
    ck_assert(say(GATE_MESSAGE_MAX, 1000));
    ck_assert(say(56, 56));
    ck_assert_uint_eq(passed->len, 64 + 72 + GATE_MESSAGE_MAX + 56);
    ck_assert_uint_eq(gate_count(gate), passed->len);
}
END_TEST

/* Several at once, and the end of one with the beginning of the next. */
START_TEST(it_does_not_matter_how_they_come) {
    uint8_t messages[48 * 20] = {};

    authenticate();
    for (size_t i = 0; i < 20; i++)
        put_header(messages + 48 * i, i % 2, 8, 24);
    for (size_t at = 0, size = 50; at < sizeof(messages); at += size, size = MIN(101, sizeof(messages) - at)) {
        send_bytes(messages + at, size);
        ck_assert(feed(/* ready= */ true));
    }
    ck_assert_uint_eq(passed->len, sizeof(messages));
    ck_assert_int_eq(memcmp(passed->data, messages, sizeof(messages)), 0);
}
END_TEST

/* The kernel gives small pipes to a user who has many. */
START_TEST(a_small_pipe_is_filled_more_often) {
    uint8_t message[20000] = {};

    ck_assert_int_gt(fcntl(input, F_SETPIPE_SZ, 4096), 0);
    authenticate();
    put_header(message, /* big_endian= */ false, 24, sizeof(message) - 16 - 24);
    send_bytes(message, sizeof(message));
    ck_assert(feed(/* ready= */ true));
    ck_assert_uint_eq(passed->len, sizeof(message));
}
END_TEST

static const struct {
    unsigned before; /* messages that are good */
    uint32_t fields, body;
    bool fits;
} rows[] = {
    { 0, 16, GATE_HELLO_MAX - 32, true },
    { 0, 16, GATE_HELLO_MAX - 31, false },
    { 1, 16, GATE_MESSAGE_MAX - 32, true },
    { 1, 16, GATE_MESSAGE_MAX - 31, false },
    { 1, 17, GATE_MESSAGE_MAX - 39, false },
    { 2, UINT32_MAX, 0, false },
    { 1, 0, 119 * 1024 * 1024, false },
    { 1, UINT32_MAX, UINT32_MAX, false },
};

START_TEST(what_is_too_long_does_not) {
    uint8_t header[16];

    authenticate();
    for (unsigned i = 0; i < rows[_i].before; i++)
        ck_assert(say(64, 64));
    put_header(header, _i % 2, rows[_i].fields, rows[_i].body);
    send_bytes(header, 10);
    ck_assert(feed(/* ready= */ true));
    send_bytes(header + 10, 6);
    ck_assert_int_eq(feed(/* ready= */ true), rows[_i].fits);
    ck_assert_int_eq(why != NULL, !rows[_i].fits);
    ck_assert(rows[_i].fits || strstr(why, "bytes: at most"));
    ck_assert_int_eq(gate_has_long_hello(gate), rows[_i].before == 0 && rows[_i].fits);
}
END_TEST

START_TEST(a_message_follows_the_authentication) {
    /* Whoever says so alone is not believed, and till then nothing that follows is read. */
    send_bytes(words, sizeof(words) - 1);
    send_bytes("lll", 3);
    ck_assert(gate_feed(gate, /* ready= */ false, &why));
    drain();
    ck_assert_uint_eq(passed->len, sizeof(words) - 1);
    ck_assert(!gate_feed(gate, /* ready= */ false, &why));
    ck_assert_ptr_nonnull(strstr(why, "authenticate"));
}
END_TEST

START_TEST(nonsense_does_not_pass) {
    authenticate();
    send_bytes("GET / HTTP/1.0\r\n\r\n", 18);
    ck_assert(!feed(/* ready= */ true));
    ck_assert_ptr_nonnull(strstr(why, "D-Bus"));
}
END_TEST

/* It is not read by anybody. */
START_TEST(nothing_piles_up) {
    uint8_t zeros[1024] = {};
    int before = 0;

    authenticate();
    put_header(zeros, false, 0, 200 * 1024);
    while (send(ends[0], zeros, sizeof(zeros), MSG_NOSIGNAL) > 0) {
        ck_assert(gate_feed(gate, /* ready= */ true, &why));
        memset(zeros, 0, sizeof(zeros));
        ck_assert_int_lt(before++, 4096);
    }
    ck_assert_int_eq(errno, EAGAIN);
}
END_TEST

START_TEST(the_end_comes_after_the_last_words) {
    char byte;

    authenticate();
    ck_assert(say(64, 64));
    send_bytes("l", 1);
    shutdown(ends[0], SHUT_WR);
    ck_assert(feed(/* ready= */ true));
    ck_assert_uint_eq(passed->len, 65);
    ck_assert_int_eq(read(input, &byte, 1), 0);
    ck_assert(feed(/* ready= */ true));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("gate");
    TCase *tcase = tcase_create("gate");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, all_that_fits_passes);
    tcase_add_test(tcase, it_does_not_matter_how_they_come);
    tcase_add_test(tcase, a_small_pipe_is_filled_more_often);
    tcase_add_loop_test(tcase, what_is_too_long_does_not, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, a_message_follows_the_authentication);
    tcase_add_test(tcase, nonsense_does_not_pass);
    tcase_add_test(tcase, nothing_piles_up);
    tcase_add_test(tcase, the_end_comes_after_the_last_words);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
