/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A provider that does not keep to the contract (provider-rogue.c): it is not listened to any more, what was asked of it is answered, and
 * those who have nothing to do with it notice nothing.
 */
#include "tests/bus/util-calls.h"
#include "tests/bus/util-provider.h"
#include "tests/bus/util-raw.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const lines[] = {"rogue.conf", "[Line]\nName=rogue0\nProvider=rogue\nAddresses=900\n", NULL};

static void begin(const char *way) {
    static const char *environ_[8];
    const char *const *usual = provider_environ();
    size_t n = 0;
    for (; usual[n]; n++)
        environ_[n] = usual[n];
    environ_[n++] = g_strconcat("CALLBUS_ROGUE=", way, NULL);
    environ_[n] = NULL;
    t = bus_new(&(BusOptions){.lines = lines, .environ = environ_});
}

/* The log says why, in these words. */
static void await_log(const char *words) {
    uint64_t deadline = bus_deadline();
    for (;;) {
        g_autofree char *log = bus_service_log(t);
        if (strstr(log, words))
            return;
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "'%s' is not in the log:\n%s", words, log);
        g_usleep(10000);
    }
}

/* Somebody else's call, from beginning to end. */
static void others_go_on(Client *client) {
    client_drop(client, client_connect(client, "loop0", "answer?ring=0"));
}

START_TEST(one_that_is_good_works) {
    begin("good");
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    const char *call = client_connect(alice, "rogue0", "1");
    ck_assert(!get_has(alice, call, "Features", "Hold"));
    expect_error(alice, "NotSupported", call, "Hold", "");
    client_drop(alice, call);
    bus_finish(t);
}
END_TEST

START_TEST(figures_of_the_media_are_asked_for) {
    begin("asked-for-stats");
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    const char *call = client_connect(alice, "rogue0", "1");
    AWAIT(t, strstr(get_text(alice, call, "MediaStats"), "loss"));
    client_drop(alice, call);
    bus_finish(t);
}
END_TEST

/* It is started again and again: for a moment it may be there once more. */
static void expect_refused(Client *client) {
    const char *error = client_try(client, LINE("rogue0"), "Dial", "sa{sv}", "1", 0);
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(g_str_equal(error, CALLBUS_ERROR_PREFIX "LineOutOfService") ||
                      g_str_equal(error, CALLBUS_ERROR_PREFIX "ProviderFailed"), "%s", error);
}

START_TEST(out_of_step_it_is_cut_off) {
    static const struct {
        const char *way, *words;
    } rows[] = {
        {"hello-twice", "it says Hello twice"},
        {"wrong-types", "why: Event"},
        {"unknown-word", "state 'half-dead' is none"},
        {"garbage", "it does not speak D-Bus"},
        {"giant", "a message of 124780560 bytes: at most 262144 are taken"},
        {"bad-version", "another version"},
        {"bad-name", "No line and no setting names that provider"},
        {"cannot-drop", "can Dial and Drop at least"},
        {"never-starts", "it does not start"},
    };
    begin(rows[_i].way);
    Client *alice = bus_client(t);
    const char *mine = client_connect(alice, "loop0", "answer?ring=0");
    await_log(rows[_i].words);
    await_line_state(alice, "rogue0", "out-of-service");
    expect_refused(alice);
    ck_assert_str_eq(get_string(alice, mine, "State"), "connected");
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

START_TEST(a_wrong_answer_is_a_refusal_to_who_asked) {
    static const char *const ways[] = {"bad-answer", "bad-start", "die-on-dial"};
    begin(ways[_i]);
    Client *alice = bus_client(t);
    const char *mine = client_connect(alice, "loop0", "answer?ring=0");
    await_line_state(alice, "rogue0", "in-service");
    expect_error(alice, "ProviderFailed", LINE("rogue0"), "Dial", "sa{sv}", "1", 0);
    ck_assert_str_eq(get_string(alice, mine, "State"), "connected");
    await_line_state(alice, "rogue0", "in-service");
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

/* With several things asked of it, and one call up. */
START_TEST(one_that_never_answers_and_is_killed) {
    begin("silent");
    Client *alice = bus_client(t), *bob = bus_client(t);
    uint64_t dials[20];
    await_line_state(alice, "rogue0", "in-service");
    for (size_t i = 0; i < G_N_ELEMENTS(dials); i++)
        dials[i] = client_send(i % 2 ? alice : bob, LINE("rogue0"), "Dial", "sa{sv}", "1", 0);
    others_go_on(alice);
    bus_barrier(t);
    ck_assert(!client_answered(bob, dials[0]));
    provider_signal("rogue", SIGKILL);
    for (size_t i = 0; i < G_N_ELEMENTS(dials); i++)
        expect_answer_error(i % 2 ? alice : bob, dials[i], "ProviderFailed");
    ck_assert_uint_eq(known_alive_count(bob), 0);
    bus_finish(t);
}
END_TEST

START_TEST(one_that_stops_itself_is_killed) {
    begin("stop-on-dial");
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    pid_t before = await_provider("rogue", 0);
    uint64_t dial = client_send(alice, LINE("rogue0"), "Dial", "sa{sv}", "1", 0);
    others_go_on(alice);
    expect_answer_error(alice, dial, "ProviderFailed");
    await_provider("rogue", before);
    await_line_state(alice, "rogue0", "in-service");
    bus_finish(t);
}
END_TEST

START_TEST(what_does_not_fit_is_passed_over) {
    static const char *const ways[] = {"unknown-method", "unknown-calls", "others-line", "many-lines", "ended-first", "drops-silently"};
    begin(ways[_i]);
    Client *alice = bus_client(t);
    const char *mine = client_connect(alice, "loop0", "answer?ring=0");
    await_line_state(alice, "rogue0", "in-service");
    const char *call = client_connect(alice, "rogue0", "1");
    client_drop(alice, call);
    await_state(alice, call, "idle");
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "Provider"), "loopback");
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "State"), "in-service");
    ck_assert_str_eq(get_string(alice, mine, "State"), "connected");
    ck_assert_uint_eq(get_number(alice, LINE("loop0"), "MessagesWaiting"), 0);
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

START_TEST(an_end_comes_once) {
    begin("repeats");
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    const char *call = client_dial(alice, "rogue0", "1");
    await_state(alice, call, "disconnected");
    ck_assert_str_eq(known_states(alice, call), "dialing connected disconnected");
    ck_assert_str_eq(get_string(alice, call, "ProviderCause"), "SIP 200");
    client_drop(alice, call);
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

#ifdef __SANITIZE_ADDRESS__
enum { MEMORY_IS_FLAT = 0 }; /* what was freed is kept for a while, to be looked at */
#else
enum { MEMORY_IS_FLAT = 1 };
#endif

/* Its calls cost what they cost, and no more. */
START_TEST(a_flood_drowns_nobody) {
    static const char *const ways[] = {"flood", "arrivals"};
    begin(ways[_i]);
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    for (int i = 0; i < 20; i++)
        others_go_on(alice);
    uint64_t before = service_kib();
    for (int i = 0; i < 50; i++)
        others_go_on(alice);
    uint64_t now = service_kib(), most = _i == 0 ? before + 4096 : 128 * 1024;
    if (MEMORY_IS_FLAT)
        ck_assert_msg(now < most, "the service grew from %u to %u KiB", (unsigned) before, (unsigned) now);
    bus_finish(t);
}
END_TEST

START_TEST(a_call_that_came_in_meanwhile_is_offered) {
    begin("calls-while-away");
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    client_open(alice, "rogue0", "owner");
    bus_stop_service(t, SIGKILL);
    bus_start_service(t);
    const char *call = await_handle(alice);
    ck_assert_str_eq(get_string(alice, call, "State"), "offering");
    ck_assert_str_eq(get_text(alice, call, "Caller"), "(\"555\", \"\", \"allowed\")");
    client_drop(alice, call);
    bus_finish(t);
}
END_TEST

/* It has no owner, and never will. The provider tells that it was asked to drop it. */
START_TEST(a_call_that_nobody_knows_is_dropped) {
    begin("talks-while-away");
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    client_open(alice, "rogue0", "owner");
    bus_stop_service(t, SIGKILL);
    bus_start_service(t);
    AWAIT(t, get_number(alice, LINE("rogue0"), "MessagesWaiting") == 1);
    ck_assert_uint_eq(get_number(alice, LINE("rogue0"), "ActiveCalls"), 0);
    bus_finish(t);
}
END_TEST

static bool has_told(Client *client, const char *property, const char *text) {
    return change_place(client, 0, LINE("rogue0"), property, text) >= 0;
}

/* Each time anew: it is described without all that by the configuration. */
START_TEST(what_a_line_is_and_can_do_is_told) {
    begin("describes-anew");
    Client *alice = bus_client(t);
    client_open(alice, "rogue0", "none");
    provider_signal("rogue", SIGKILL);
    AWAIT(t, has_told(alice, "State", "\"out-of-service\""));
    AWAIT(t, has_told(alice, "State", "\"in-service\""));
    /* The first one may have told it, too. */
    AWAIT(t, g_str_equal(get_string(alice, LINE("rogue0"), "Label"), "Another"));
    ck_assert(has_told(alice, "Label", "\"Another\""));
    ck_assert(has_told(alice, "MaxActiveCalls", "2"));
    ck_assert(get_has(alice, LINE("rogue0"), "Capabilities", "Dial"));
    ck_assert(!get_has(alice, LINE("rogue0"), "Capabilities", "Hold"));
    bus_finish(t);
}
END_TEST

/* ---- At the door ---- */

/* The first one stays; the second is told, and leaves by its own word (3). */
START_TEST(there_is_one_of_a_name) {
    begin("good");
    Client *alice = bus_client(t);
    g_autofree char *path = provider_socket(), *address = g_strconcat("unix:path=", path, NULL);
    g_autofree char *program = g_build_filename(g_getenv("CALLBUS_TEST_PROVIDERS"), "callbus-provider-rogue", NULL);
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "CALLBUS_PROVIDER_ADDRESS", address, TRUE);
    int status = 0;
    await_line_state(alice, "rogue0", "in-service");
    ck_assert(g_spawn_sync(NULL, (char *[]){program, NULL}, environment, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL));
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 3);
    client_drop(alice, client_connect(alice, "rogue0", "1"));
    bus_finish(t);
}
END_TEST

/* Neither the folder nor the socket lets anybody in; and if they did, the kernel says who it is. */
START_TEST(one_of_another_user_is_turned_away) {
    begin("good");
    Client *alice = bus_client(t);
    g_autofree char *path = provider_socket(), *run = g_path_get_dirname(path), *state = g_path_get_dirname(run);
    ck_assert_int_eq(seteuid(1), 0);
    ck_assert_int_lt(provider_knock(), 0);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(path, 0666) | chmod(run, 0711) | chmod(state, 0711) | chmod(bus_directory(t), 0711), 0);
    ck_assert_int_eq(seteuid(1), 0);
    int fd = provider_knock();
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_ge(fd, 0);
    ck_assert(provider_is_turned_away(fd));
    close(fd);
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

START_TEST(who_says_nothing_may_wait_but_not_many) {
    begin("good");
    Client *alice = bus_client(t);
    int fds[64];
    await_line_state(alice, "rogue0", "in-service");
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        ck_assert_int_ge(fds[i] = provider_knock(), 0);
    ck_assert(provider_is_turned_away(fds[G_N_ELEMENTS(fds) - 1]));
    client_drop(alice, client_connect(alice, "rogue0", "1"));
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

START_TEST(who_talks_nonsense_is_hung_up_on) {
    static const char nonsense[] = "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n";
    begin("good");
    Client *alice = bus_client(t);
    int fd = provider_knock();
    ck_assert_int_ge(fd, 0);
    ck_assert_int_gt(send(fd, nonsense, sizeof(nonsense), MSG_NOSIGNAL), 0);
    ck_assert(provider_has_hung_up(fd));
    close(fd);
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

/* Begins a message of that size; -1: it is hung up on. */
static int say_so_much(uint32_t size, uint32_t sent) {
    g_autofree char *uid = g_strdup_printf("%u", (unsigned) geteuid());
    GString *words = g_string_new_len("\0AUTH EXTERNAL ", 15);
    uint8_t header[16] = {G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'l' : 'B', 1, 0, 1};
    g_autofree uint8_t *zeros = g_malloc0(sent);
    int fd = provider_knock();
    ck_assert_int_ge(fd, 0);
    for (const char *digit = uid; *digit; digit++)
        g_string_append_printf(words, "%02x", *digit);
    g_string_append(words, "\r\nBEGIN\r\n");
    size -= sizeof(header);
    memcpy(header + 4, &size, sizeof(size));
    ck_assert_int_eq(send(fd, words->str, words->len, MSG_NOSIGNAL), words->len);
    bool taken = send(fd, header, sizeof(header), MSG_NOSIGNAL) == sizeof(header) &&
                 send(fd, zeros, sent, MSG_NOSIGNAL) == (ssize_t) sent;
    g_string_free(words, TRUE);
    if (taken)
        return fd;
    close(fd);
    return -1;
}

/* However many try at a time: there is room for one that has much to say, and for none that has too much. */
START_TEST(who_says_too_much_is_hung_up_on) {
    enum { MIB = 1024 * 1024 };
    begin("good");
    Client *alice = bus_client(t);
    await_line_state(alice, "rogue0", "in-service");
    uint64_t before = service_kib();
    for (int i = 0; i < 8; i++)
        ck_assert_int_lt(say_so_much(119 * MIB, 8 * MIB), 0);
    int first = say_so_much(4 * MIB, 3 * MIB);
    ck_assert_msg(first >= 0, "it is hung up on; the log:\n%s", bus_service_log(t));
    for (int i = 0; i < 8; i++)
        ck_assert_int_lt(say_so_much(4 * MIB, 3 * MIB), 0);
    uint64_t now = service_kib();
    if (MEMORY_IS_FLAT)
        ck_assert_msg(now < before + 8 * 1024, "the service grew from %u to %u KiB", (unsigned) before, (unsigned) now);
    close(first);
    client_drop(alice, client_connect(alice, "rogue0", "1"));
    await_log("as many calls, and is first");
    others_go_on(alice);
    bus_finish(t);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("provider-rogue");
    TCase *tcase = tcase_create("provider-rogue");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, one_that_is_good_works);
    tcase_add_test(tcase, figures_of_the_media_are_asked_for);
    tcase_add_loop_test(tcase, out_of_step_it_is_cut_off, 0, 9);
    tcase_add_loop_test(tcase, a_wrong_answer_is_a_refusal_to_who_asked, 0, 3);
    tcase_add_test(tcase, one_that_never_answers_and_is_killed);
    tcase_add_test(tcase, one_that_stops_itself_is_killed);
    tcase_add_loop_test(tcase, what_does_not_fit_is_passed_over, 0, 6);
    tcase_add_test(tcase, an_end_comes_once);
    tcase_add_loop_test(tcase, a_flood_drowns_nobody, 0, 2);
    tcase_add_test(tcase, a_call_that_came_in_meanwhile_is_offered);
    tcase_add_test(tcase, a_call_that_nobody_knows_is_dropped);
    tcase_add_test(tcase, what_a_line_is_and_can_do_is_told);
    tcase_add_test(tcase, there_is_one_of_a_name);
    if (getuid() == 0)
        tcase_add_test(tcase, one_of_another_user_is_turned_away);
    tcase_add_test(tcase, who_says_nothing_may_wait_but_not_many);
    tcase_add_test(tcase, who_talks_nonsense_is_hung_up_on);
    tcase_add_test(tcase, who_says_too_much_is_hung_up_on);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
