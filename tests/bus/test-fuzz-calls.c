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
#include "tests/bus/util-mutate.h"
#include "tests/bus/util-states.h"
#include "tests/model/random.h"

enum { CALLS_IN_A_SCENE = 40, GROWTH_MAX_KIB = 16 * 1024 };

static GPtrArray *manager_methods, *line_methods, *call_methods;
static uint64_t n_calls, n_refused;

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

    /* On a system bus so many messages would be too many. */
    t = bus_new(&(BusOptions) { .no_debug = true, .config = "[Service]\nMessagesPerSecond=0\n", .environ = environment });
    callers_begin();
}

static void tear_down(void) {
    callers_end();
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
    unsigned subject = OWNER;
    g_autofree char *path = scene_play(scene, &subject);

    for (unsigned i = 0; i < CALLS_IN_A_SCENE; i++)
        calls_something(subject, path);
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
        plays(scene % n_scenes);
        if (before == 0 && n_calls >= wanted / 2)
            before = resident_kib();
    }
    scene_end();
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
