/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The messages of RFC 4475, and ten thousand that are like them, sent to the provider in its process. It lives, and forgets them; the
 * service answers the bus meanwhile as if nothing were.
 *
 * usage: peers-torture FOLDER-OF-MESSAGES
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "service/cleanup.h"
#include "tests/model/random.h"
#include "tests/peers/sip-bus.h"

enum {
    CHANGED = 10000,
    WAVES = 5,
    BATCH = 20,          /* messages between two questions whether it still listens */
    MESSAGE_MAX = 4000,  /* bytes: by UDP */
    CHANGES_MAX = 6,
    FORGOTTEN_MS = 40000,
    GROWTH_MAX_KIB = 2048,
    SLOW_USEC = 5000000, /* far from the half minute of a name that is looked up */
};

#ifdef __SANITIZE_ADDRESS__ /* which keeps what is freed */
#define GROWTH_COUNTS false
#else
#define GROWTH_COUNTS true
#endif

static const char *messages_folder;
static GPtrArray *messages; /* of GBytes */
static int sipp_like = -1;  /* the socket */

/* How long the service takes to answer the bus. */
static GArray *answer_times;

static void read_messages(void) {
    g_autoptr(GDir) dir = g_dir_open(messages_folder, 0, NULL);

    ck_assert_msg(dir, "there is no folder %s", messages_folder);
    messages = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(messages_folder, name, NULL);
        char *text;
        gsize size;

        ck_assert(g_file_get_contents(path, &text, &size, NULL));
        g_ptr_array_add(messages, g_bytes_new_take(text, size));
    }
    ck_assert_uint_ge(messages->len, 49);
}

static void begin(void) {
    struct sockaddr_in in = { .sin_family = AF_INET };

    sip_bus_setup();
    read_messages();
    answer_times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    sipp_like = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    inet_pton(AF_INET, peer_address(PEER_FIRST), &in.sin_addr);
    ck_assert_int_eq(bind(sipp_like, (struct sockaddr *) &in, sizeof(in)), 0);
    in.sin_port = htons(5060);
    inet_pton(AF_INET, peer_address(PEER_OURS), &in.sin_addr);
    ck_assert_int_eq(connect(sipp_like, (struct sockaddr *) &in, sizeof(in)), 0);
}

static void end(void) {
    close(sipp_like);
    g_array_unref(answer_times);
    g_ptr_array_unref(messages);
    sip_bus_teardown();
}

/* ---- Sending ---- */

static void send_message(const void *data, size_t size) {
    /* What does not fit or is refused by the kernel is a message that got lost. */
    (void) !send(sipp_like, data, size, 0);
}

static void send_text(const GString *text) {
    send_message(text->str, text->len);
}

/* The same for somebody who is here: else most of them end as 404. */
static GString *addressed_to_us(GBytes *message) {
    gsize size;
    const char *data = g_bytes_get_data(message, &size);
    const char *uri = memchr(data, ' ', size), *space = uri ? memchr(uri + 1, ' ', size - (size_t) (uri + 1 - data)) : NULL;
    g_autofree char *ours = desk_uri();
    GString *text = g_string_new(NULL);

    if (!space || g_str_has_prefix(data, "SIP/")) {
        g_string_append_len(text, data, (gssize) size);
        return text;
    }
    g_string_append_len(text, data, uri + 1 - data);
    g_string_append(text, ours);
    g_string_append_len(text, space, (gssize) size - (space - data));
    return text;
}

static bool wait_for_answer(const char *call_id, int ms) {
    int64_t deadline = g_get_monotonic_time() + ms * 1000;
    struct pollfd poll_fd = { .fd = sipp_like, .events = POLLIN };
    char buffer[65536];

    while (g_get_monotonic_time() < deadline && poll(&poll_fd, 1, ms) >= 0) {
        ssize_t n = recv(sipp_like, buffer, sizeof(buffer) - 1, MSG_DONTWAIT);

        if (n <= 0)
            continue;
        buffer[n] = '\0';
        if (g_str_has_prefix(buffer, "SIP/2.0 200") && strstr(buffer, call_id))
            return true;
    }
    return false;
}

/* Whoever gets an answer to OPTIONS knows that all before it were taken from the socket. */
static void expect_listening(void) {
    static unsigned count;
    g_autofree char *ours = desk_uri(), *id = g_strdup_printf("alive-%u", ++count);
    g_autofree char *text =
        g_strdup_printf("OPTIONS %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:5099;branch=z9hG4bK%s;rport\r\nFrom: <sip:test@%s>;tag=1\r\nTo: <%s>\r\n"
                        "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
                        ours, peer_address(PEER_FIRST), id, peer_address(PEER_FIRST), ours, id);

    for (unsigned tries = 0; tries < 60; tries++) {
        send_message(text, strlen(text));
        if (wait_for_answer(id, 500))
            return;
    }
    peers_fail("the provider does not answer OPTIONS any more");
}

/* ---- The bus meanwhile ---- */

static void ask_the_bus(Client *client) {
    int64_t before = g_get_monotonic_time(), took;

    client_call(client, CALLBUS_PATH, "ListLines", "");
    took = g_get_monotonic_time() - before;
    g_array_append_val(answer_times, took);
}

/* What came in is turned away, so that the line is not full. */
static void turn_away(Client *client) {
    while (client_has_new_handle(client))
        client_send(client, await_handle(client), "Drop", "a{sv}", 0);
}

static int compare_times(gconstpointer a, gconstpointer b) {
    int64_t one = *(const int64_t *) a, other = *(const int64_t *) b;

    return one < other ? -1 : one > other;
}

static void expect_usual_times(const char *what) {
    int64_t *times = (int64_t *) (void *) answer_times->data;
    guint n = answer_times->len;

    g_array_sort(answer_times, compare_times);
    fprintf(stderr, "# the bus, %s: %u answers, half within %" PRIi64 " us, 99 %% within %" PRIi64 " us, the last %" PRIi64 " us\n", what, n,
            times[n / 2], times[n * 99 / 100], times[n - 1]);
    ck_assert_int_lt(times[n * 99 / 100], SLOW_USEC);
    g_array_set_size(answer_times, 0);
}

static uint64_t memory_kib(pid_t pid) {
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int) pid), *text = NULL;
    const char *line;

    ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "the provider is gone");
    line = strstr(text, "VmRSS:");
    ck_assert_ptr_nonnull(line);
    return g_ascii_strtoull(line + strlen("VmRSS:"), NULL, 10);
}

/* ---- Changed ones ---- */

static GBytes *any_message(void) {
    return g_ptr_array_index(messages, below(messages->len));
}

static void change(GString *text) {
    gsize from = below((unsigned) text->len + 1), n = below((unsigned) MIN(text->len - from, 24) + 1), size;
    const char *other = g_bytes_get_data(any_message(), &size);
    g_autofree char *again = g_strndup(text->str + from, n);

    switch (below(5)) {
    case 0:
        if (from < text->len)
            text->str[from] ^= (char) (1 << below(8));
        break;
    case 1:
        if (from < text->len)
            text->str[from] = (char) random_next();
        break;
    case 2:
        g_string_erase(text, (gssize) from, (gssize) n);
        break;
    case 3:
        g_string_insert_len(text, (gssize) from, again, (gssize) n);
        break;
    case 4:
        from = below((unsigned) size);
        n = below((unsigned) MIN(size - from, 60) + 1);
        g_string_insert_len(text, (gssize) below((unsigned) text->len + 1), other + from, (gssize) n);
        break;
    }
    if (text->len > MESSAGE_MAX)
        g_string_truncate(text, MESSAGE_MAX);
}

static void send_changed(void) {
    GBytes *message = any_message();
    GString *text = below(4) > 0 ? addressed_to_us(message) : NULL;
    gsize size;
    const char *data = g_bytes_get_data(message, &size);

    if (!text) {
        text = g_string_new(NULL);
        g_string_append_len(text, data, (gssize) size);
    }
    for (unsigned left = 1 + below(CHANGES_MAX); left > 0; left--)
        change(text);
    send_text(text);
    g_string_free(text, TRUE);
}

static void send_wave(Client *client) {
    for (unsigned i = 0; i < CHANGED / WAVES; i++) {
        send_changed();
        if (i % BATCH > 0)
            continue;
        expect_listening();
        ask_the_bus(client);
        turn_away(client);
    }
}

/* ---- The tests ---- */

START_TEST(each_message_is_survived) {
    Client *alice = owner_of(DESK);
    pid_t pid = provider_pid();

    for (unsigned i = 0; i < 100; i++)
        ask_the_bus(alice);
    expect_usual_times("at rest");
    for (guint i = 0; i < messages->len; i++) {
        gsize size;
        const void *data = g_bytes_get_data(messages->pdata[i], &size);
        GString *text = addressed_to_us(messages->pdata[i]);

        send_message(data, size);
        send_text(text);
        g_string_free(text, TRUE);
        expect_listening();
        ask_the_bus(alice);
        turn_away(alice);
    }
    expect_usual_times("under the messages of RFC 4475");
    ck_assert_int_eq(provider_pid(), pid);
}
END_TEST

/* Ten thousand, and what the provider has then. */
static uint64_t send_round(Client *client, pid_t pid) {
    uint64_t kib = 0;

    for (unsigned wave = 1; wave <= WAVES; wave++) {
        send_wave(client);
        kib = memory_kib(pid);
        fprintf(stderr, "# after %u messages the provider has %" PRIu64 " KiB\n", wave * (CHANGED / WAVES), kib);
    }
    return kib;
}

/* For half a minute RFC 3261 wants to be remembered what was answered. After that, as many again find the room of the first. */
static void expect_no_growth(Client *client, pid_t pid, uint64_t first) {
    uint64_t second;

    PASS(FORGOTTEN_MS);
    second = send_round(client, pid);
    ck_assert_msg(second < first + GROWTH_MAX_KIB, "the provider grew from %" PRIu64 " to %" PRIu64 " KiB", first, second);
}

START_TEST(ten_thousand_changed_ones_are_survived) {
    Client *alice = owner_of(DESK);
    pid_t pid = provider_pid();
    uint64_t first;

    random_seed(4475);
    first = send_round(alice, pid);
    expect_usual_times("under changed ones");
    if (GROWTH_COUNTS)
        expect_no_growth(alice, pid, first);
    ck_assert_int_eq(provider_pid(), pid);
    ck_assert_str_eq(get_string(alice, LINE(DESK), "State"), "in-service");
}
END_TEST

int main(int argc, char **argv) {
    Suite *suite = suite_create("torture");
    TCase *tcase = tcase_create("torture");

    messages_folder = argc > 1 ? argv[1] : "tests/peers/corpus/rfc4475";
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, each_message_is_survived);
    tcase_add_test(tcase, ten_thousand_changed_ones_are_survived);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
