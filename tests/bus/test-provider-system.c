/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Providers on a bus like that of a system: somebody else starts them, under another user; the service is there before, and at the same
 * door after it was killed.
 */
#include "tests/bus/util-calls.h"
#include "tests/bus/util-provider.h"
#include "tests/bus/util-system.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t provider;

static void start_provider(void) {
    g_autofree char *path = provider_socket(), *address = g_strconcat("unix:path=", path, NULL);
    g_autofree char *program = g_build_filename(g_getenv("CALLBUS_TEST_PROVIDERS"), "callbus-provider-loopback", NULL);
    provider = fork();
    ck_assert_int_ge(provider, 0);
    if (provider == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        g_setenv("CALLBUS_PROVIDER_ADDRESS", address, TRUE);
        execl(program, program, NULL);
        _exit(127);
    }
}

static void end_provider(int number) {
    kill(provider, number);
    ck_assert_int_eq(waitpid(provider, NULL, 0), provider);
}

static void setup(void) {
    g_autofree char *config = g_strconcat(system_config, "\n[Providers]\nLoopback=process\n", NULL);
    t = bus_new(&(BusOptions){.system = true, .config = config, .lines = system_lines, .environ = provider_environ()});
}

static Client *root(void) {
    return bus_client(t);
}

START_TEST(the_service_is_there_before) {
    Client *alice = root();
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "State"), "out-of-service");
    ck_assert_str_eq(get_string(alice, LINE("loop0"), "StateReason"), "provider loopback is not connected");
    start_provider();
    await_line_state(alice, "loop0", "in-service");
    client_drop(alice, client_connect(alice, "loop0", "answer?ring=0"));
    bus_finish(t);
    ck_assert_int_eq(waitpid(provider, NULL, 0), provider);
}
END_TEST

START_TEST(it_comes_and_goes_as_it_likes) {
    Client *alice = root();
    for (int i = 0; i < 3; i++) {
        start_provider();
        await_line_state(alice, "loop0", "in-service");
        const char *call = client_connect(alice, "loop0", "answer?ring=0");
        end_provider(SIGKILL);
        await_state(alice, call, "disconnected");
        ck_assert_str_eq(get_string(alice, call, "DisconnectCause"), "provider-failed");
        await_line_state(alice, "loop0", "out-of-service");
        ck_assert_str_eq(get_string(alice, LINE("loop0"), "StateReason"), "provider loopback failed");
        client_drop(alice, call);
    }
    bus_finish(t);
}
END_TEST

START_TEST(its_calls_outlive_the_service) {
    Client *alice = root();
    start_provider();
    await_line_state(alice, "loop0", "in-service");
    const char *call = client_connect(alice, "loop0", "answer?ring=0");
    for (guint i = 1; i <= 3; i++) {
        bus_stop_service(t, SIGKILL);
        bus_start_service(t);
        ck_assert_uint_eq(client_resumed_count(alice), i);
        ck_assert_str_eq(get_string(alice, call, "State"), "connected");
    }
    client_drop(alice, call);
    bus_finish(t);
    ck_assert_int_eq(waitpid(provider, NULL, 0), provider);
}
END_TEST

/* Whoever misses it is told what is to be done, and not only that nothing happens. */
START_TEST(one_that_nobody_starts_is_told_of) {
    static const char remedy[] = "provider loopback is not running: systemctl start callbus-provider@loopback";
    Client *alice = root();
    sd_bus_message *answer;
    g_autofree char *refusal = g_strconcat(CALLBUS_ERROR_PREFIX "ProviderFailed: ", remedy, NULL);
    AWAIT(t, strcmp(get_string(alice, LINE("loop0"), "StateReason"), remedy) == 0);
    answer = client_await(alice, client_send(alice, CALLBUS_PATH, "AddLine", "ssa{ss}", "late", "loopback", 1, "Addresses", "900"));
    ck_assert_str_eq(answer_text(alice, answer), refusal);
    start_provider();
    await_line_state(alice, "loop0", "in-service");
    client_call(alice, CALLBUS_PATH, "AddLine", "ssa{ss}", "late", "loopback", 1, "Addresses", "900");
    await_line_state(alice, "late", "in-service");
    end_provider(SIGKILL);
    AWAIT(t, strcmp(get_string(alice, LINE("late"), "StateReason"), remedy) == 0);
    bus_finish(t);
}
END_TEST

/* One that comes in time has its line. */
START_TEST(a_line_waits_for_it_for_a_while) {
    Client *alice = root();
    uint64_t request;
    bus_barrier(t);
    request = client_send(alice, CALLBUS_PATH, "AddLine", "ssa{ss}", "early", "loopback", 1, "Addresses", "901");
    start_provider();
    client_await_success(alice, request);
    await_line_state(alice, "early", "in-service");
    bus_finish(t);
    ck_assert_int_eq(waitpid(provider, NULL, 0), provider);
}
END_TEST

/* The folder is the service's own; and who could reach the socket all the same is known by the kernel's word. */
START_TEST(no_user_is_a_provider) {
    Client *alice = root();
    g_autofree char *path = provider_socket(), *run = g_path_get_dirname(path), *state = g_path_get_dirname(run);
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    memcpy(place.sun_path, path, strlen(path) + 1);
    ck_assert_int_eq(chmod(run, 0711) | chmod(state, 0711) | chmod(bus_directory(t), 0711), 0);
    for (guint i = 0; i < 3; i++) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(seteuid(system_uid(system_user(i))), 0);
        int r = connect(fd, (struct sockaddr *) &place, sizeof(place));
        ck_assert_int_eq(seteuid(0), 0);
        ck_assert_int_eq(r, 0);
        ck_assert(provider_is_turned_away(fd));
        close(fd);
    }
    start_provider();
    await_line_state(alice, "loop0", "in-service");
    bus_finish(t);
    ck_assert_int_eq(waitpid(provider, NULL, 0), provider);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("provider-system");
    TCase *tcase = tcase_create("provider-system");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, the_service_is_there_before);
    tcase_add_test(tcase, it_comes_and_goes_as_it_likes);
    tcase_add_test(tcase, its_calls_outlive_the_service);
    tcase_add_test(tcase, one_that_nobody_starts_is_told_of);
    tcase_add_test(tcase, a_line_waits_for_it_for_a_while);
    tcase_add_test(tcase, no_user_is_a_provider);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
