/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Valid calls on live objects in each state of a call, with one value changed: by its owner, its far end, a stranger and (as root)
 * another user. The service lives on, says only what is documented, tells a stranger what it tells of a path that never was, and does
 * not grow.
 *
 * CALLBUS_TEST_CALLS says how many (4,000); CALLBUS_TEST_SEED, which; CALLBUS_TEST_BUS, on what bus (util-bus.h).
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "service/cleanup.h"
#include "tests/bus/util-bus.h"
#include "tests/bus/util-mutate.h"
#include "tests/bus/util-system.h"
#include "tests/model/random.h"

enum { OWNER, FAR, STRANGER, OTHER_USER, CALLERS };
enum { CALLS_IN_A_SCENE = 40, GROWTH_MAX_KIB = 16 * 1024 };

#define HUNG (30 * G_USEC_PER_SEC)

static sd_bus *callers[CALLERS];
static unsigned n_callers;
static GPtrArray *manager_methods, *line_methods, *call_methods;
static uint64_t n_calls, n_refused;

/* ---- Callers ---- */

static sd_bus *connects(void) {
    sd_bus *bus = NULL;

    ck_assert_int_ge(sd_bus_new(&bus), 0);
    ck_assert_int_ge(sd_bus_set_address(bus, bus_address(t)), 0);
    ck_assert_int_ge(sd_bus_set_bus_client(bus, true), 0);
    ck_assert_int_ge(sd_bus_start(bus), 0);
    ck_assert_int_ge(sd_bus_get_unique_name(bus, (const char *[]) { NULL }), 0);
    return bus;
}

/* What is not asked for is not kept. */
static void forget_signals(sd_bus *bus) {
    while (sd_bus_process(bus, NULL) > 0)
        continue;
}

static sd_bus_message *calls(unsigned caller, sd_bus_message *m, sd_bus_error *error) {
    sd_bus_message *reply = NULL;
    int r = sd_bus_call(callers[caller], m, HUNG, error, &reply);

    ck_assert_msg(r >= 0 || sd_bus_error_is_set(error), "no reply: %s", strerror(-r));
    forget_signals(callers[caller]);
    return reply;
}

/* Whatever comes of it. */
static bool asks(unsigned caller, const char *path, const char *interface, const char *member, const char *types, ...) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    va_list ap;

    ck_assert_int_ge(sd_bus_message_new_method_call(callers[caller], &m, CALLBUS_NAME, path, interface, member), 0);
    va_start(ap, types);
    ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
    va_end(ap);
    reply = calls(caller, m, &error);
    return reply != NULL;
}

/* One of its handles that is in that state (NULL: any); to be freed. */
static char *find_handle(unsigned caller, const char *state) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *path, *its;

    ck_assert_int_ge(sd_bus_call_method(callers[caller], CALLBUS_NAME, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "ListCalls", NULL,
                                        &reply, ""), 0);
    ck_assert_int_ge(sd_bus_message_enter_container(reply, 'a', "(osss)"), 0);
    while (sd_bus_message_read(reply, "(osss)", &path, NULL, &its, NULL) > 0)
        if (!state || strcmp(its, state) == 0)
            return g_strdup(path);
    return NULL;
}

static char *await_handle_in(unsigned caller, const char *state) {
    uint64_t deadline = bus_deadline();
    char *path;

    while (!(path = find_handle(caller, state))) {
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "no call becomes %s; the log:\n%s", state, bus_service_log(t));
        g_usleep(1000);
    }
    return path;
}

/* ---- Scenes ---- */

typedef struct Step {
    unsigned caller;
    const char *line;  /* a method of the line, */
    const char *state; /* or of the handle that is in that state */
    const char *member, *types, *text;
} Step;

#define DIALS(address) { OWNER, "loop0", NULL, "Dial", "sa{sv}", address }
#define OPENS { FAR, "loop1", NULL, "Open", "sasa{sv}", "owner" }
#define DOES(caller, state, member) { caller, NULL, state, member, "", NULL }
#define CALLS(member, text) { OWNER, NULL, "connected", member, "sa{sv}", text }

/* Who has a call in which state then. */
static const struct {
    const char *state;
    unsigned subject;
    Step steps[5];
} scenes[] = {
    { "offering", FAR, { OPENS, DIALS("101") } },
    { "accepted", FAR, { OPENS, DIALS("101"), DOES(FAR, "offering", "Accept") } },
    { "connected", FAR, { OPENS, DIALS("101"), DOES(FAR, "offering", "Answer") } },
    { "connected", OWNER, { DIALS("answer?ring=0") } },
    { "ringback", OWNER, { DIALS("no-answer?ring=600") } },
    { "proceeding", OWNER, { DIALS("reject?ring=600") } },
    { "busy", OWNER, { DIALS("busy") } },
    { "disconnected", OWNER, { DIALS("reject") } },
    { "idle", OWNER, { DIALS("answer?ring=0"), { OWNER, NULL, "connected", "Drop", "a{sv}", NULL } } },
    { "on-hold", OWNER, { DIALS("answer?ring=0"), DOES(OWNER, "connected", "Hold") } },
    { "on-hold-pending-transfer", OWNER, { DIALS("answer?ring=0"), CALLS("SetupTransfer", "answer?ring=0") } },
    { "dial-tone", OWNER, { DIALS("answer?ring=0"), CALLS("SetupTransfer", "") } },
    { "on-hold-pending-conference", OWNER, { DIALS("answer?ring=0"), CALLS("SetupConference", "answer?ring=0") } },
    { "conferenced", OWNER, { DIALS("answer?ring=0"), CALLS("SetupConference", "answer?ring=0") } },
};

static void takes_step(const Step *step) {
    g_autofree char *path = step->line ? g_strconcat(CALLBUS_LINE_PATH "/", step->line, NULL)
                                       : await_handle_in(step->caller, step->state);
    const char *interface = step->line ? CALLBUS_LINE_INTERFACE : CALLBUS_CALL_INTERFACE;
    bool done;

    if (strcmp(step->types, "sa{sv}") == 0)
        done = asks(step->caller, path, interface, step->member, "sa{sv}", step->text, 0);
    else if (strcmp(step->types, "sasa{sv}") == 0)
        done = asks(step->caller, path, interface, step->member, "sasa{sv}", step->text, 0, 0);
    else if (strcmp(step->types, "a{sv}") == 0)
        done = asks(step->caller, path, interface, step->member, "a{sv}", 0);
    else
        done = asks(step->caller, path, interface, step->member, "");
    ck_assert_msg(done, "%s does not do", step->member);
}

/* Nobody has anything any more. */
static void clears(void) {
    for (unsigned i = 0; i < n_callers; i++)
        for (size_t j = 0; j < 4; j++) {
            g_autofree char *line = g_strconcat(CALLBUS_LINE_PATH "/", (const char *const[]) { "loop0", "loop1", "loop2", "mute0" }[j], NULL);

            if (asks(i, line, CALLBUS_LINE_INTERFACE, "Forward", "a(sssu)", 0))
                continue;
        }
    for (unsigned i = 0; i < n_callers; i++)
        for (char *path; (path = find_handle(i, NULL)); g_free(path)) {
            asks(i, path, CALLBUS_CALL_INTERFACE, "SetOnOwnerLost", "s", "drop");
            asks(i, path, CALLBUS_CALL_INTERFACE, "Drop", "a{sv}", 0);
            asks(i, path, CALLBUS_CALL_INTERFACE, "Release", "");
        }
    for (unsigned i = 0; i < n_callers; i++)
        for (size_t j = 0; j < 4; j++) {
            g_autofree char *line = g_strconcat(CALLBUS_LINE_PATH "/", (const char *const[]) { "loop0", "loop1", "loop2", "mute0" }[j], NULL);

            asks(i, line, CALLBUS_LINE_INTERFACE, "Close", "");
        }
}

/* ---- Calls ---- */

/* The same as told, but for the path in it. To be freed. */
static char *told(const sd_bus_error *error, const char *path) {
    GString *text = g_string_new(NULL);

    g_string_printf(text, "%s: %s", error->name, error->message);
    g_string_replace(text, path, "PATH", 0);
    return g_string_free(text, FALSE);
}

static void check_error(const Method *method, const sd_bus_error *error) {
    n_refused++;
    ck_assert_msg(method_may_fail_with(method, error->name), "%s.%s gives %s, which no document tells: %s", method->interface,
                  method->name, error->name, error->message);
    ck_assert_msg(error->message && *error->message && g_utf8_validate(error->message, -1, NULL), "%s says nothing", error->name);
}

/* Returns what was said in the case of an error; to be freed. */
static char *calls_mutated(unsigned caller, const char *path, const Method *method, const MutationPaths *paths) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

    ck_assert_int_ge(sd_bus_message_new_method_call(callers[caller], &m, CALLBUS_NAME, path, method->interface, method->name), 0);
    if (!mutate_arguments(m, method, paths))
        return NULL;
    n_calls++;
    reply = calls(caller, m, &error);
    if (reply)
        return NULL;
    check_error(method, &error);
    return told(&error, path);
}

/* Somebody else asks for the handle, and then, in the very same words, for one that never was. */
static void compares_with_nothing(unsigned caller, const char *path, const Method *method, const MutationPaths *paths) {
    g_autofree char *nothing = g_strconcat(path, "9999", NULL), *one = NULL, *other = NULL;
    uint64_t seed = random_next();

    random_seed(seed);
    one = calls_mutated(caller, path, method, paths);
    random_seed(seed);
    other = calls_mutated(caller, nothing, method, paths);
    ck_assert_msg(g_strcmp0(one, other) == 0, "%s of a foreign handle: %s; of none: %s", method->name, one, other);
}

static void calls_something(unsigned subject, const char *path) {
    static const char *const lines[] = { CALLBUS_LINE_PATH "/loop0", CALLBUS_LINE_PATH "/loop1", CALLBUS_LINE_PATH "/mute0" };
    g_autofree char *foreign = find_handle(subject == OWNER ? FAR : OWNER, NULL);
    const char *bad[] = { "/", CALLBUS_PATH, lines[0], CALLBUS_CLIENT_PATH "/1_1/call/1_1", path, foreign ?: "/none", NULL };
    MutationPaths paths = { foreign ?: path, bad };
    unsigned kind = below(100), caller = chance(60) ? subject : below(n_callers);
    GPtrArray *methods = kind < 75 ? call_methods : kind < 90 ? line_methods : manager_methods;
    const Method *method = g_ptr_array_index(methods, below(methods->len));

    if (methods == call_methods && caller >= STRANGER)
        compares_with_nothing(caller, path, method, &paths);
    else
        g_free(calls_mutated(caller, methods == call_methods ? path : methods == line_methods ? lines[below(3)] : CALLBUS_PATH, method,
                             &paths));
}

static unsigned resident_kib(void) {
    g_autofree char *path = g_strdup_printf("/proc/%d/statm", (int) bus_service_pid(t)), *text = NULL;
    unsigned pages = 0;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_int_eq(sscanf(text, "%*u %u", &pages), 1);
    return pages * ((unsigned) sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- The test ---- */

static void set_up(void) {
    /* The quarantine of AddressSanitizer is no growth of the service. */
    static const char *const environment[] = { "ASAN_OPTIONS=quarantine_size_mb=1:halt_on_error=1:abort_on_error=1", NULL };
    bool root = getuid() == 0;

    /* On a system bus so many messages would be too many. */
    t = bus_new(&(BusOptions) { .no_debug = true, .config = "[Service]\nMessagesPerSecond=0\n", .environ = environment });
    n_callers = root && g_str_has_prefix(g_getenv("CALLBUS_TEST_BUS") ?: "", "system") ? CALLERS : CALLERS - 1;
    for (unsigned i = 0; i < n_callers; i++) {
        if (i == OTHER_USER)
            system_act_as(system_user(0), NULL);
        callers[i] = connects();
        system_act_as_self();
    }
}

static void tear_down(void) {
    for (unsigned i = 0; i < n_callers; i++)
        sd_bus_close_unref(callers[i]);
    bus_teardown();
}

static void learns(void) {
    g_autofree char *path = NULL;
    const char *folder = g_getenv("CALLBUS_DBUS_FOLDER");

    ck_assert_msg(folder, "CALLBUS_DBUS_FOLDER must name the folder of the interfaces' documents");
    ck_assert(asks(OWNER, CALLBUS_LINE_PATH "/loop0", CALLBUS_LINE_INTERFACE, "Dial", "sa{sv}", "answer?ring=0", 0));
    path = find_handle(OWNER, NULL);
    manager_methods = methods_read(callers[OWNER], CALLBUS_PATH, folder);
    line_methods = methods_read(callers[OWNER], CALLBUS_LINE_PATH "/loop0", folder);
    call_methods = methods_read(callers[OWNER], path, folder);
}

static void plays(unsigned scene) {
    g_autofree char *path = NULL;

    clears();
    for (size_t i = 0; i < G_N_ELEMENTS(scenes[scene].steps) && scenes[scene].steps[i].member; i++)
        takes_step(&scenes[scene].steps[i]);
    path = await_handle_in(scenes[scene].subject, scenes[scene].state);
    for (unsigned i = 0; i < CALLS_IN_A_SCENE; i++)
        calls_something(scenes[scene].subject, path);
}

static uint64_t number_from(const char *variable, uint64_t usual) {
    const char *text = g_getenv(variable);

    return text ? g_ascii_strtoull(text, NULL, 10) : usual;
}

START_TEST(whatever_is_asked_of_calls_in_each_state) {
    uint64_t wanted = number_from("CALLBUS_TEST_CALLS", 4000), seed = number_from("CALLBUS_TEST_SEED", (uint64_t) g_get_real_time());
    unsigned before = 0, after;

    fprintf(stderr, "CALLBUS_TEST_SEED=%" G_GUINT64_FORMAT "\n", seed);
    learns();
    random_seed(seed);
    for (unsigned scene = 0; n_calls < wanted; scene++) {
        plays(scene % G_N_ELEMENTS(scenes));
        if (before == 0 && n_calls >= wanted / 2)
            before = resident_kib();
    }
    clears();
    after = resident_kib();
    fprintf(stderr, "%" G_GUINT64_FORMAT " calls, %" G_GUINT64_FORMAT " of them refused; resident: %u, then %u KiB\n", n_calls, n_refused,
            before, after);
    ck_assert_msg(after < before + GROWTH_MAX_KIB, "it grows: %u KiB, then %u", before, after);
    methods_free(manager_methods);
    methods_free(line_methods);
    methods_free(call_methods);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fuzz-calls");
    TCase *tcase = tcase_create("mutations");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 0);
    tcase_add_test(tcase, whatever_is_asked_of_calls_in_each_state);
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
