/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a message itself can be: huge, deep, with descriptors, of numbers that are none, forged. On a bus like that of a
 * system, from a stranger; somebody honest is served before, meanwhile and after, and the service is as big as before.
 *
 * Where each fault of a bus has its test:
 *   a client vanishes while something is under way: test-robust-kill, test-robust-pending, test-storm
 *   names used again after a restart of the bus: test-resume-*; the bus goes away, the name is taken: test-daemon.py
 *   the notice that a client is gone, and its order: test-storm
 *   more than 512 clients, of eight users: test-hostile-crowd
 *   slow and dead consumers, overflow told and mended: test-robust-silent, test-readers; more of them than may owe a reply, and
 *   the bus at a stop: test-hostile-crowd
 *   floods of requests: test-robust-flood, test-hostile-crowd
 *   giant and deep messages, numbers that are none, descriptors, forged signals and replies: here; wrong types: test-bad-input
 *   replies before signals: test-rules-order; a Dial sent again: test-rules-dial, test-crash-random
 *   lines that go away with their provider: test-rules-loss
 *   no descriptors left: test-hostile-bus
 *   crashes, at each point and at any moment: test-crash-points, test-crash-random; disks that fail: test-disk
 */
#include "tests/bus/util-robust.h"
#include "tests/bus/util-system.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE_POWERS 26
#define DEPTH_MAX 64
#define DESCRIPTORS 16

/* ---- The scene: an honest client with a call, and a stranger ---- */

typedef struct Scene {
    Client *alice;
    const char *call;
    char *before;
    guint fds;
    uint64_t kib;
    sd_bus *stranger;
} Scene;

static Scene scene_begin(void) {
    Scene scene = {.alice = bus_client_of(t, system_user(0), NULL), .stranger = bare_new_of(t, system_user(1))};
    scene.call = client_dial(scene.alice, "loop0", "answer?ring=0");
    await_state(scene.alice, scene.call, "connected");
    scene.before = bus_snapshot(t);
    scene.fds = process_fds(bus_service_pid(t));
    scene.kib = process_kib(bus_service_pid(t));
    return scene;
}

/* A bus throws those out that send what it does not take. */
static void meet_stranger(Scene *scene) {
    if (scene->stranger && sd_bus_is_open(scene->stranger) > 0)
        return;
    sd_bus_unref(scene->stranger);
    scene->stranger = bare_new_of(t, system_user(1));
}

static void scene_check(Scene *scene) {
    expect_unchanged(t, scene->before);
    ck_assert_uint_eq(process_fds(bus_service_pid(t)), scene->fds);
}

static void scene_end(Scene *scene, uint64_t kib_max) {
    uint64_t kib;
    scene_check(scene);
    kib = process_kib(bus_service_pid(t));
    robust_note("memory of the service: %u KiB before, %u KiB after", (unsigned) scene->kib, (unsigned) kib);
    if (!SANITIZED)
        ck_assert_uint_le(kib, scene->kib + kib_max);
    bare_free(scene->stranger);
    g_free(scene->before);
}

typedef enum Outcome {
    ANSWERED,
    REFUSED,
    THROWN_OUT, /* by the bus: the service has not heard of it */
    OUTCOMES,
} Outcome;

/* The error, if one comes, is one that is documented; and it does not repeat what was sent at length. */
static Outcome send_and_wait(Scene *scene, sd_bus_message *message) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_call(scene->stranger, message, 6 * STALLED_USEC, &error, NULL);
    if (r >= 0)
        return ANSWERED;
    if (r == -ECONNRESET || r == -ENOTCONN || r == -EPIPE) {
        meet_stranger(scene);
        return THROWN_OUT;
    }
    ck_assert_msg(g_str_has_prefix(error.name, "org.callbus1.Error.") || g_str_has_prefix(error.name, "org.freedesktop.DBus."),
                  "%s", error.name);
    ck_assert_msg(!sd_bus_error_has_name(&error, SD_BUS_ERROR_NO_REPLY) && !sd_bus_error_has_name(&error, SD_BUS_ERROR_TIMEOUT),
                  "no answer");
    ck_assert_uint_lt(strlen(error.message), 4096);
    return REFUSED;
}

/* ---- Giants ---- */

typedef sd_bus_message *(*Make)(Scene *scene, size_t size);

static sd_bus_message *make_number(Scene *scene, size_t size) {
    g_autofree char *text = g_strnfill(size, '1');
    return bare_message(scene->stranger, LINE("loop0"), "Dial", "sa{sv}", text, 0);
}

static sd_bus_message *make_key(Scene *scene, size_t size) {
    g_autofree char *text = g_strnfill(size, 'k');
    return bare_message(scene->stranger, LINE("loop0"), "Dial", "sa{sv}", "busy", 1, text, "s", "x");
}

static sd_bus_message *make_bytes_of_nobody(Scene *scene, size_t size) {
    g_autofree uint8_t *bytes = g_malloc0(size);
    sd_bus_message *message = bare_message(scene->stranger, CALLBUS_CLIENT_PATH "/1_1/call/1_1", "SetCallData", "");
    ck_assert_int_ge(sd_bus_message_append_array(message, 'y', bytes, size), 0);
    return message;
}

static sd_bus_message *make_nonsense(Scene *scene, size_t size) {
    g_autofree uint8_t *bytes = g_malloc0(size);
    sd_bus_message *message = bare_message(scene->stranger, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE ".Nonsense", "");
    ck_assert_int_ge(sd_bus_message_append_array(message, 'y', bytes, size), 0);
    return message;
}

static sd_bus_message *make_many_names(Scene *scene, size_t size) {
    sd_bus_message *message = bare_message(scene->stranger, CALLBUS_PATH, "SetAppPriority", "s", "interactive-voice");
    ck_assert_int_ge(sd_bus_message_open_container(message, 'a', "s"), 0);
    for (size_t i = 0; i < size / 16 + 2; i++)
        ck_assert_int_ge(sd_bus_message_append(message, "s", "org.no.name"), 0);
    ck_assert_int_ge(sd_bus_message_close_container(message), 0);
    return message;
}

static sd_bus_message *make_long_name(Scene *scene, size_t size) {
    g_autofree char *text = g_strnfill(size, 'n');
    return bare_message(scene->stranger, CALLBUS_PATH, "SetAppPriority", "sas", "interactive-voice", 1, text);
}

static sd_bus_message *make_many_settings(Scene *scene, size_t size) {
    sd_bus_message *message = bare_message(scene->stranger, CALLBUS_PATH, "AddLine", "ss", "desk", "loopback");
    ck_assert_int_ge(sd_bus_message_open_container(message, 'a', "{ss}"), 0);
    for (size_t i = 0; i < size / 32; i++)
        ck_assert_int_ge(sd_bus_message_append(message, "{ss}", "Colour", "red"), 0);
    ck_assert_int_ge(sd_bus_message_close_container(message), 0);
    return message;
}

static sd_bus_message *make_long_setting(Scene *scene, size_t size) {
    g_autofree char *text = g_strnfill(size, '5');
    return bare_message(scene->stranger, CALLBUS_PATH, "AddLine", "ssa{ss}", "desk", "nothing", 1, "Addresses", text);
}

static const struct {
    const char *name;
    Make make;
    bool small_can_work;
} giants[] = {
    {"a number to dial", make_number, true},
    {"an option", make_key, false},
    {"bytes for a handle of another", make_bytes_of_nobody, false},
    {"arguments of no method", make_nonsense, false},
    {"very many names", make_many_names, false},
    {"a long name", make_long_name, false},
    {"very many settings of a line", make_many_settings, false},
    {"a long setting of a line", make_long_setting, false},
};

/* With sanitizers of the larger ones only some, and the largest two. */
static guint next_power(guint power) {
    return power < 12 || power == SIZE_POWERS - 2 ? power + 1 : power + FULL_OR(1, 3);
}

/* From one byte to 32 MiB, where the bus of a system says no. */
START_TEST(from_a_byte_to_32_mib) {
    Scene scene = scene_begin();
    guint thrown_out = 0;
    uint64_t slowest = 0;
    for (guint power = 0; power < SIZE_POWERS; power = next_power(power)) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = giants[_i].make(&scene, (size_t) 1 << power);
        uint64_t begin = (uint64_t) g_get_monotonic_time();
        Outcome outcome = send_and_wait(&scene, message);
        slowest = MAX(slowest, (uint64_t) g_get_monotonic_time() - begin);
        thrown_out += outcome == THROWN_OUT;
        /* What can be dialled is dialled, and ends with its client. */
        ck_assert(outcome != ANSWERED || (giants[_i].small_can_work && power <= 8));
        if (outcome == ANSWERED) {
            scene.stranger = bare_free(scene.stranger);
            meet_stranger(&scene);
        }
    }
    robust_note("%s: thrown out by the bus %u times, the slowest answer in %u us", giants[_i].name, thrown_out,
                (unsigned) slowest);
    AWAIT(t, get_number(scene.alice, LINE("loop0"), "ActiveCalls") == 1);
    /* What was needed for 16 MiB is given back, but for what the allocator keeps. */
    scene_end(&scene, 4096);
}
END_TEST

/* ---- The depths ---- */

/* Each kind of container in turn, or always the same one. */
static const char *const layers[] = {"v", "a", "r", "e", "va", "vr", "ve", "var", "vare"};

static char *inner_signature(const char *pattern, guint level, guint depth);

/* "v" hides what is in it; the others show it. */
static char *outer_signature(const char *pattern, guint level, guint depth) {
    if (level == depth)
        return g_strdup("u");
    g_autofree char *inner = inner_signature(pattern, level, depth);
    switch (pattern[level % strlen(pattern)]) {
    case 'a': return g_strconcat("a", inner, NULL);
    case 'r': return g_strconcat("(", inner, ")", NULL);
    case 'e': return g_strconcat("a{", inner, "}", NULL);
    default: return g_strdup("v");
    }
}

static char *inner_signature(const char *pattern, guint level, guint depth) {
    g_autofree char *next = outer_signature(pattern, level + 1, depth);
    return pattern[level % strlen(pattern)] == 'e' ? g_strconcat("u", next, NULL) : g_strdup(next);
}

static int append_level(sd_bus_message *message, const char *pattern, guint level, guint depth) {
    if (level == depth)
        return sd_bus_message_append(message, "u", 7);
    char kind = pattern[level % strlen(pattern)];
    g_autofree char *inner = inner_signature(pattern, level, depth);
    g_autofree char *entry = g_strconcat("{", inner, "}", NULL);
    int r = kind == 'e' ? sd_bus_message_open_container(message, 'a', entry)
                        : sd_bus_message_open_container(message, kind, inner);
    if (r >= 0 && kind == 'e') {
        r = sd_bus_message_open_container(message, 'e', inner);
        if (r >= 0)
            r = sd_bus_message_append(message, "u", level);
    }
    if (r >= 0)
        r = append_level(message, pattern, level + 1, depth);
    if (r >= 0 && kind == 'e')
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : sd_bus_message_close_container(message);
}

/* In {"deep": <...>}, after what the method takes before it; 0 if no such message can be made. */
static sd_bus_message *make_deep(sd_bus *from, const char *path, const char *member, const char *first, const char *pattern,
                                 guint depth) {
    sd_bus_message *message = bare_message(from, path, member, first[0] ? "s" : "", first);
    g_autofree char *inner = outer_signature(pattern, 0, depth);
    ck_assert_int_ge(sd_bus_message_open_container(message, 'a', "{sv}"), 0);
    ck_assert_int_ge(sd_bus_message_open_container(message, 'e', "sv"), 0);
    ck_assert_int_ge(sd_bus_message_append(message, "s", "deep"), 0);
    if (sd_bus_message_open_container(message, 'v', inner) < 0 || append_level(message, pattern, 0, depth) < 0 ||
        sd_bus_message_close_container(message) < 0)
        return sd_bus_message_unref(message);
    ck_assert_int_ge(sd_bus_message_close_container(message), 0);
    ck_assert_int_ge(sd_bus_message_close_container(message), 0);
    return message;
}

START_TEST(as_deep_as_it_goes) {
    Scene scene = scene_begin();
    guint outcomes[OUTCOMES] = {0};
    for (guint depth = 1; depth <= DEPTH_MAX; depth++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message =
            make_deep(scene.stranger, LINE("loop0"), "Dial", "busy", layers[_i], depth);
        if (!message)
            continue;
        Outcome outcome = send_and_wait(&scene, message);
        ck_assert_int_ne(outcome, ANSWERED);
        outcomes[outcome]++;
    }
    robust_note("layers '%s': refused %u, thrown out by the bus %u", layers[_i], outcomes[REFUSED], outcomes[THROWN_OUT]);
    ck_assert_uint_gt(outcomes[REFUSED], 0);
    scene_end(&scene, 1024);
}
END_TEST

/* What may be stored can also be told: signals and replies put more around it, and the bus throws out whoever goes too deep. */
START_TEST(what_is_stored_deep_can_be_read) {
    Scene scene = scene_begin();
    sd_bus *own = scene.stranger;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = bare_call(own, LINE("loop1"), "Dial", "sa{sv}", "answer?ring=0", 0);
    const char *path;
    guint stored = 0;
    ck_assert_int_gt(sd_bus_message_read(answer, "o", &path), 0);
    for (guint depth = 1; depth <= DEPTH_MAX; depth++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = make_deep(own, path, "SetAppData", "", layers[_i], depth);
        if (!message || sd_bus_call(own, message, 0, NULL, NULL) < 0)
            break;
        stored++;
        sd_bus_message_unref(bare_call(own, path, PROPERTIES("Get"), "ss", CALLBUS_CALL_INTERFACE, "AppData"));
        sd_bus_message_unref(bare_call(own, path, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE));
        sd_bus_message_unref(bare_call(own, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE ".GetManagedObjects", ""));
    }
    robust_note("layers '%s': stored up to %u deep", layers[_i], stored);
    ck_assert_uint_ge(stored, 8);
    client_barrier(scene.alice);
    bare_free(own);
    scene.stranger = NULL;
    meet_stranger(&scene);
    AWAIT(t, get_number(scene.alice, LINE("loop1"), "ActiveCalls") == 0);
    scene_end(&scene, 1024);
}
END_TEST

/* ---- Numbers that are none ---- */

START_TEST(numbers_that_are_none) {
    static const double numbers[] = {NAN, INFINITY, -INFINITY, -0.0, 1e308, 4.9e-324};
    Client *alice = bus_client_of(t, system_user(0), NULL);
    const char *call = client_dial(alice, "loop0", "answer?ring=0");
    await_state(alice, call, "connected");
    g_autofree char *before = bus_snapshot(t);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Dial", "sa{sv}", "101", 1, "no-answer-timeout", "d",
                     numbers[i]);
        expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Open", "sasa{sv}", "none", 0, 1, "offer", "d", numbers[i]);
        expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "SendDigits", "sa{sv}", "1", 1, "duration-ms", "d", numbers[i]);
    }
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "SendTone", "su", "custom", UINT32_MAX);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, call, "SendDigits", "sa{sv}", "1", 1, "duration-ms", "i", INT32_MIN);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Dial", "sa{sv}", "101", 1, "no-answer-timeout", "i", -1);
    expect_error(alice, DBUS_ERROR_INVALID_ARGS, LINE("loop0"), "Dial", "sa{sv}", "101", 1, "no-answer-timeout", "x",
                 INT64_MIN);
    expect_unchanged(t, before);
    /* What is nobody's business but the client's own comes back as it went. */
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        client_call(alice, call, "SetAppData", "a{sv}", 1, "x", "d", numbers[i]);
        client_call(alice, call, PROPERTIES("GetAll"), "s", CALLBUS_CALL_INTERFACE);
    }
}
END_TEST

/* ---- Descriptors ---- */

/* Of sixteen at once, none ever comes to the service. */
START_TEST(sixteen_descriptors_very_often) {
    Scene scene = scene_begin();
    guint rounds = FULL_OR(2000, 200), outcomes[OUTCOMES] = {0};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (guint i = 0; i < rounds; i++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = bare_message(
            scene.stranger, i % 2 ? LINE("loop0") : CALLBUS_PATH, i % 2 ? "Dial" : PROPERTIES("Get"), "");
        for (guint k = 0; k < DESCRIPTORS; k++)
            ck_assert_int_ge(sd_bus_message_append(message, "h", null), 0);
        outcomes[send_and_wait(&scene, message)]++;
        if (i % 100 == 0)
            ck_assert_uint_eq(process_fds(bus_service_pid(t)), scene.fds);
    }
    close(null);
    ck_assert_uint_eq(outcomes[ANSWERED], 0);
    robust_note("%u messages with %d descriptors: refused %u, thrown out by the bus %u", rounds, DESCRIPTORS,
                outcomes[REFUSED], outcomes[THROWN_OUT]);
    scene_end(&scene, 1024);
}
END_TEST

/* ---- Forgeries ---- */

/* What the service does listen to, and what others might take for its own. */
static const struct {
    const char *path, *interface, *member, *types;
} signals[] = {
    {"/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected", ""},
    {DBUS_PATH, DBUS_INTERFACE, "NameOwnerChanged", "sss"},
    {DBUS_PATH, DBUS_INTERFACE, "NameLost", "s"},
    {DBUS_PATH, DBUS_INTERFACE, "NameAcquired", "s"},
    {CALLBUS_PATH, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged", "s"},
    {CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "EventsLost", "s"},
    {CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "Resumed", "s"},
    {LINE("loop0"), CALLBUS_LINE_INTERFACE, "Closed", "s"},
    {"/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority", "Changed", ""},
    {"/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep", "s"},
};

enum { LOCAL = 0 };

static void forge(sd_bus *stranger, guint which, const char *to, const char *about) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    if (sd_bus_message_new_signal(stranger, &message, signals[which].path, signals[which].interface, signals[which].member) < 0)
        return;
    for (const char *type = signals[which].types; *type; type++)
        ck_assert_int_ge(sd_bus_message_append(message, "s", type == signals[which].types ? about : ""), 0);
    if (to)
        ck_assert_int_ge(sd_bus_message_set_destination(message, to), 0);
    sd_bus_send(stranger, message, NULL);
}

/* A bus throws out who says that in its name. */
static void forge_local(const char *to) {
    sd_bus *stranger = bare_new_of(t, system_user(1));
    const char *name;
    ck_assert_int_ge(sd_bus_get_unique_name(stranger, &name), 0);
    g_autofree char *kept = g_strdup(name);
    forge(stranger, LOCAL, to, "");
    sd_bus_flush(stranger);
    bare_free(stranger);
    await_gone(t, kept);
}

/* To everybody, to the name, to the unique name: nobody's client is gone for it, and the service does not leave. */
START_TEST(forged_signals_move_nothing) {
    Scene scene = scene_begin();
    guint rounds = FULL_OR(500, 50), sent = 0;
    const char *const to[] = {NULL, CALLBUS_NAME, bus_service_name(t)};
    const char *const about[] = {client_name(scene.alice), CALLBUS_NAME, bus_service_name(t)};
    for (guint i = 0; i < rounds * G_N_ELEMENTS(signals) * G_N_ELEMENTS(to); i++) {
        const char *whom = to[i / G_N_ELEMENTS(signals) % G_N_ELEMENTS(to)];
        if (i % G_N_ELEMENTS(signals) == LOCAL && i % (7 * G_N_ELEMENTS(signals)) == LOCAL)
            forge_local(whom);
        else if (i % G_N_ELEMENTS(signals) != LOCAL)
            forge(scene.stranger, i % G_N_ELEMENTS(signals), whom, about[i / 7 % G_N_ELEMENTS(about)]);
        sent++;
        if (i % 64 == 63)
            bare_push(scene.stranger);
    }
    bare_push(scene.stranger);
    sd_bus_message_unref(bare_call(scene.stranger, CALLBUS_PATH, "ListLines", ""));
    robust_note("%u forged signals", sent);
    ck_assert_str_eq(known_state(scene.alice, scene.call), "connected");
    scene_end(&scene, 1024);
}
END_TEST

/* The bus lets nobody reply who was not asked: and if it did, nothing waits for a reply of a stranger. */
START_TEST(forged_replies_move_nothing) {
    Scene scene = scene_begin();
    guint rounds = FULL_OR(20000, 1000);
    for (guint i = 0; i < rounds; i++) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
        if (sd_bus_is_open(scene.stranger) <= 0)
            meet_stranger(&scene);
        /* As if the service had asked for it, by each serial number that it may have used. */
        ck_assert_int_ge(sd_bus_message_new_method_call(scene.stranger, &call, CALLBUS_NAME, CALLBUS_PATH,
                                                        CALLBUS_MANAGER_INTERFACE, "ListLines"), 0);
        ck_assert_int_ge(sd_bus_message_set_sender(call, i % 2 ? bus_service_name(t) : CALLBUS_NAME), 0);
        ck_assert_int_ge(sd_bus_message_seal(call, 1 + i / 2, 0), 0);
        int r = i % 3 == 0 ? sd_bus_message_new_method_errorf(call, &reply, SD_BUS_ERROR_FAILED, "forged")
                           : sd_bus_message_new_method_return(call, &reply);
        if (r < 0)
            break;
        if (i % 3 == 1)
            ck_assert_int_ge(sd_bus_message_append(reply, "u", 0), 0);
        sd_bus_send(scene.stranger, reply, NULL);
        if (i % 64 == 63)
            bare_push(scene.stranger);
    }
    bare_push(scene.stranger);
    meet_stranger(&scene);
    /* While it sends more of them, a client comes for the first time: the service asks the bus who it is. */
    Client *bob = bus_client_of(t, system_user(2), NULL);
    client_open(bob, "loop1", "owner");
    client_kill(bob);
    AWAIT(t, get_number(scene.alice, LINE("loop1"), "Opens") == 0);
    scene_end(&scene, 1024);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("hostile-messages");
    TCase *tcase = bus_case_system(suite, "messages");
    tcase_add_loop_test(tcase, from_a_byte_to_32_mib, 0, G_N_ELEMENTS(giants));
    tcase_add_loop_test(tcase, as_deep_as_it_goes, 0, G_N_ELEMENTS(layers));
    tcase_add_loop_test(tcase, what_is_stored_deep_can_be_read, 0, G_N_ELEMENTS(layers));
    tcase_add_test(tcase, numbers_that_are_none);
    tcase_add_test(tcase, sixteen_descriptors_very_often);
    tcase_add_test(tcase, forged_signals_move_nothing);
    tcase_add_test(tcase, forged_replies_move_nothing);
    return bus_main(suite);
}
