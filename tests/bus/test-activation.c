/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bus starts the service, for very many who ask at once: before it runs, while it starts, and when it is just there. */
#include "tests/bus/util-robust.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* For a service that is not there yet a bus keeps 512 requests. */
enum { ASKERS = 200, AT_FIRST = 50, KINDS = 7, STARTS = 10 };

typedef struct Tally {
    guint asked, answered, failed;
    char *first_error;
} Tally;

static Tally tally;

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    const sd_bus_error *error = sd_bus_message_get_error(m);
    tally.answered++;
    if (error && tally.failed++ == 0)
        tally.first_error = g_strdup_printf("%s: %s", error->name, error->message);
    return 0;
}

static void ask(sd_bus *bare, const char *path, const char *member, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = bare_messagev(bare, path, member, types, arguments);
    va_end(arguments);
    ck_assert_int_ge(sd_bus_call_async(bare, NULL, message, on_answer, NULL, 60 * G_USEC_PER_SEC), 0);
    tally.asked++;
}

/* Of each object that there is, and of each kind of answer: the service's own, and those of its library. */
static void ask_for(sd_bus *bare, guint what) {
    switch (what % KINDS) {
    case 0: ask(bare, LINE("loop0"), "Open", "sasa{sv}", "none", 0, 0); break;
    case 1: ask(bare, LINE("loop1"), PROPERTIES("Get"), "ss", CALLBUS_LINE_INTERFACE, "State"); break;
    case 2: ask(bare, CALLBUS_PATH, "ListLines", ""); break;
    case 3: ask(bare, CALLBUS_PATH, PROPERTIES("GetAll"), "s", CALLBUS_MANAGER_INTERFACE); break;
    case 4: ask(bare, CALLBUS_PATH, CALLBUS_LOG_INTERFACE ".Query", "a{sv}tu", 0, UINT64_C(0), 10); break;
    case 5: ask(bare, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", ""); break;
    default: ask(bare, LINE("loop2"), DBUS_INTROSPECTABLE_INTERFACE ".Introspect", ""); break;
    }
    bare_push(bare);
}

static void setup(void) {
    t = bus_new(NULL);
    g_autofree char *folder = g_build_filename(bus_directory(t), "services", NULL);
    g_autofree char *file = g_build_filename(folder, CALLBUS_NAME ".service", NULL);
    g_autofree char *text =
        g_strdup_printf("[D-BUS Service]\nName=" CALLBUS_NAME "\nExec=\"%s\" --session --config %s/config --state %s/state\n",
                        g_getenv("CALLBUSD"), bus_directory(t), bus_directory(t));
    ck_assert_int_eq(g_mkdir_with_parents(folder, 0700), 0);
    ck_assert(g_file_set_contents(file, text, -1, NULL));
    ck_assert_int_eq(bus_stop_service(t, SIGTERM), 0);
}

/* The process that the bus has started. */
static pid_t service_pid(sd_bus *bare) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
    uint32_t pid = 0;
    ck_assert_int_ge(sd_bus_call_method(bare, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetConnectionUnixProcessID", NULL, &answer,
                                        "s", CALLBUS_NAME), 0);
    ck_assert_int_gt(sd_bus_message_read(answer, "u", &pid), 0);
    return (pid_t) pid;
}

static void end_service(sd_bus *bare, int signal_number) {
    pid_t pid = service_pid(bare);
    /* It is no child of ours, and whose it is may take its time to notice. */
    struct pollfd ended = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    ck_assert_int_ge(ended.fd, 0);
    ck_assert_int_eq(kill(pid, signal_number), 0);
    /* One that is asked to end is done with its files when it gives its name back: the next one may start at once. */
    if (signal_number == SIGKILL)
        ck_assert_msg(poll(&ended, 1, 30000) == 1, "callbusd does not end");
    close(ended.fd);
    await_gone(t, CALLBUS_NAME);
}

static void await_answers(sd_bus *const *askers, guint count) {
    uint64_t deadline = bus_deadline();
    while (tally.answered < tally.asked) {
        for (guint i = 0; i < count; i++)
            while (sd_bus_process(askers[i], NULL) > 0)
                ;
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "%u of %u requests are answered", tally.answered,
                      tally.asked);
        g_usleep(500);
    }
}

static void start_once(const char *kept_path, sd_bus *kept) {
    sd_bus *askers[ASKERS + 1] = {[ASKERS] = kept};
    for (guint i = 0; i < ASKERS; i++)
        askers[i] = bare_new(t);
    for (guint i = 0; i < AT_FIRST * KINDS; i++)
        ask_for(askers[i % AT_FIRST], i / AT_FIRST);
    /* What it had before is there again, too. */
    if (kept_path)
        ask(kept, kept_path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "State");
    for (guint i = AT_FIRST; i < ASKERS; i++) {
        ask_for(askers[i], i);
        g_usleep(200);
    }
    await_answers(askers, G_N_ELEMENTS(askers));
    for (guint i = 0; i < ASKERS; i++)
        bare_free(askers[i]);
}

START_TEST(all_who_ask_while_it_starts_are_answered) {
    guint starts = (guint) atoi(g_getenv("CALLBUS_TEST_STARTS") ?: "0");
    sd_bus *kept = bare_new(t);
    g_autofree char *path = NULL;
    starts = starts > 0 ? starts : FULL_OR(STARTS, 3);
    for (guint i = 0; i < starts; i++) {
        start_once(path, kept);
        ck_assert_msg(tally.failed == 0, "start %u: %u of %u requests failed; the first: %s", i, tally.failed, tally.asked,
                      tally.first_error);
        if (!path) {
            const char *call = NULL;
            _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = bare_call(kept, LINE("loop0"), "Dial", "sa{sv}", "answer", 0);
            ck_assert_int_gt(sd_bus_message_read(answer, "o", &call), 0);
            path = g_strdup(call);
        }
        end_service(kept, i % 2 ? SIGKILL : SIGTERM);
    }
    robust_note("%u starts, %u requests, all answered", starts, tally.asked);
    bare_free(kept);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("activation");
    TCase *tcase = bus_case_with(suite, "activation", setup);
    tcase_add_test(tcase, all_who_ask_while_it_starts_are_answered);
    tcase_set_timeout(tcase, 0);
    return bus_main(suite);
}
