/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bare connections, and what processes use up. */
#include "tests/bus/util-robust.h"
#include "tests/bus/util-system.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define CALL_TIMEOUT_USEC (G_USEC_PER_SEC * 120)

/* ---- Bare connections ---- */

sd_bus *bare_new(Bus *bus) {
    sd_bus *bare = NULL;
    const char *name;
    ck_assert_int_ge(sd_bus_new(&bare), 0);
    ck_assert_int_ge(sd_bus_set_address(bare, bus_address(bus)), 0);
    ck_assert_int_ge(sd_bus_set_bus_client(bare, true), 0);
    ck_assert_int_ge(sd_bus_start(bare), 0);
    int r = sd_bus_get_unique_name(bare, &name);
    ck_assert_msg(r >= 0, "no connection to the bus: %s", strerror(-r));
    return bare;
}

sd_bus *bare_new_of(Bus *bus, const char *account) {
    system_act_as(account, NULL);
    sd_bus *bare = bare_new(bus);
    system_act_as_self();
    return bare;
}

sd_bus *bare_free(sd_bus *bare) {
    sd_bus_close(bare);
    return sd_bus_unref(bare);
}

sd_bus_message *bare_messagev(sd_bus *bare, const char *path, const char *member, const char *types, va_list arguments) {
    sd_bus_message *message = NULL;
    const char *dot = strrchr(member, '.');
    const char *interface = g_str_has_prefix(path, CALLBUS_LINE_PATH "/")       ? CALLBUS_LINE_INTERFACE
                            : g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/") ? CALLBUS_CALL_INTERFACE
                                                                              : CALLBUS_MANAGER_INTERFACE;
    g_autofree char *named = dot ? g_strndup(member, (gsize) (dot - member)) : g_strdup(interface);
    int r = sd_bus_message_new_method_call(bare, &message, CALLBUS_NAME, path, named, dot ? dot + 1 : member);
    ck_assert_msg(r >= 0, "no message for %s on %s: %s", member, path, strerror(-r));
    r = types[0] ? sd_bus_message_appendv(message, types, arguments) : 0;
    ck_assert_msg(r >= 0, "wrong arguments for %s: %s", member, strerror(-r));
    return message;
}

sd_bus_message *bare_message(sd_bus *bare, const char *path, const char *member, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    sd_bus_message *message = bare_messagev(bare, path, member, types, arguments);
    va_end(arguments);
    return message;
}

void bare_send(sd_bus *bare, const char *path, const char *member, const char *types, ...) {
    va_list arguments;
    uint64_t cookie;
    va_start(arguments, types);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = bare_messagev(bare, path, member, types, arguments);
    va_end(arguments);
    /* A cookie is asked for, so that an answer is wanted. */
    int r = sd_bus_send(bare, message, &cookie);
    ck_assert_msg(r >= 0, "cannot send %s: %s", member, strerror(-r));
}

sd_bus_message *bare_callv(sd_bus *bare, const char *path, const char *member, const char *types, va_list arguments) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = bare_messagev(bare, path, member, types, arguments);
    sd_bus_message *answer = NULL;
    int r = sd_bus_call(bare, message, CALL_TIMEOUT_USEC, &error, &answer);
    ck_assert_msg(r >= 0, "%s on %s failed: %s (%s)", member, path, error.name, error.message);
    return answer;
}

sd_bus_message *bare_call(sd_bus *bare, const char *path, const char *member, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    sd_bus_message *answer = bare_callv(bare, path, member, types, arguments);
    va_end(arguments);
    return answer;
}

void bare_push(sd_bus *bare) {
    uint64_t queued = 0;
    while (sd_bus_get_n_queued_write(bare, &queued) >= 0 && queued > 0) {
        /* sd_bus_flush() does not sleep while something lies unread. */
        struct pollfd pollfd = {.fd = sd_bus_get_fd(bare), .events = POLLOUT};
        ck_assert_msg(poll(&pollfd, 1, 60 * 1000) == 1, "the bus takes no more");
        ck_assert_int_ge(sd_bus_flush(bare), 0);
    }
}

void bare_pump(sd_bus *bare, uint64_t deadline, const char *awaited, const char *file, int line) {
    int r = sd_bus_process(bare, NULL);
    ck_assert_msg(r >= 0, "%s:%d: lost the connection while waiting for %s: %s", file, line, awaited, strerror(-r));
    if (r > 0)
        return;
    if ((uint64_t) g_get_monotonic_time() > deadline)
        ck_abort_msg("%s:%d: waited in vain for %s", file, line, awaited);
    ck_assert_int_ge(sd_bus_wait(bare, 100 * 1000), 0);
}

void await_gone(Bus *bus, const char *name) {
    sd_bus *bare = bare_new(bus);
    uint64_t deadline = bus_deadline();
    for (int owned = true; owned;) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
        ck_assert_int_ge(sd_bus_call_method(bare, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "NameHasOwner", NULL, &answer, "s",
                                            name), 0);
        ck_assert_int_gt(sd_bus_message_read(answer, "b", &owned), 0);
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "the bus does not notice that %s is gone", name);
        if (owned)
            g_usleep(500);
    }
    bare_free(bare);
}

/* ---- Processes ---- */

pid_t bus_daemon_pid(Bus *bus) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = NULL;
    sd_bus *bare = bare_new(bus);
    uint32_t pid = 0;
    ck_assert_int_ge(sd_bus_call_method(bare, DBUS_NAME, DBUS_PATH, DBUS_INTERFACE, "GetConnectionUnixProcessID", NULL,
                                        &answer, "s", DBUS_NAME), 0);
    ck_assert_int_gt(sd_bus_message_read(answer, "u", &pid), 0);
    bare_free(bare);
    return (pid_t) pid;
}

guint process_fds(pid_t pid) {
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int) pid);
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    guint count = 0;
    ck_assert_ptr_nonnull(directory);
    while (g_dir_read_name(directory))
        count++;
    return count;
}

static uint64_t status_number(pid_t pid, const char *key) {
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int) pid), *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    const char *found = strstr(text, key);
    ck_assert_ptr_nonnull(found);
    return g_ascii_strtoull(found + strlen(key), NULL, 10);
}

uint64_t process_kib(pid_t pid) {
    return status_number(pid, "\nRssAnon:");
}

uint64_t process_peak_kib(pid_t pid) {
    return status_number(pid, "\nVmHWM:");
}

void allow_many_files(void) {
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

char *service_handles(Bus *bus) {
    sd_bus *bare = bare_new(bus);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer =
        bare_call(bare, CALLBUS_CLIENT_PATH, DBUS_INTROSPECTABLE_INTERFACE ".Introspect", "");
    GString *handles = g_string_new(NULL);
    const char *xml;
    ck_assert_int_gt(sd_bus_message_read(answer, "s", &xml), 0);
    g_auto(GStrv) nodes = g_strsplit(xml, "<node name=\"", -1);
    for (guint i = 1; nodes[i]; i++)
        g_string_append_printf(handles, "%.*s\n", (int) strcspn(nodes[i], "\""), nodes[i]);
    bare_free(bare);
    return g_string_free(handles, FALSE);
}

uint64_t read_number(sd_bus *bare, const char *path, const char *property) {
    const char *interface = g_str_has_prefix(path, CALLBUS_LINE_PATH "/") ? CALLBUS_LINE_INTERFACE : CALLBUS_CALL_INTERFACE;
    uint32_t number;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *answer = bare_call(bare, path, PROPERTIES("Get"), "ss", interface, property);
    ck_assert_int_gt(sd_bus_message_read(answer, "v", "u", &number), 0);
    return number;
}

void expect_number(sd_bus *bare, const char *path, const char *property, uint64_t number) {
    uint64_t now = read_number(bare, path, property);
    ck_assert_msg(now == number, "%s.%s is %u and not %u", path, property, (unsigned) now, (unsigned) number);
}

void await_number(sd_bus *bare, const char *path, const char *property, uint64_t number) {
    uint64_t deadline = bus_deadline();
    while (read_number(bare, path, property) != number && (uint64_t) g_get_monotonic_time() < deadline)
        g_usleep(1000);
    expect_number(bare, path, property, number);
}

void expect_nothing_of(Bus *bus, const char *name) {
    g_autofree char *handles = service_handles(bus), *element = g_strdelimit(g_strdup(name + 1), ".", '_');
    g_autofree char *prefix = g_strconcat(element, "/", NULL);
    g_auto(GStrv) lines = g_strsplit(handles, "\n", -1);
    for (guint i = 0; lines[i]; i++)
        ck_assert_msg(!g_str_has_prefix(lines[i], prefix), "%s is gone, but its handle %s is there", name, lines[i]);
}

/* One write, as several processes may write. */
void robust_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(stderr, "# %s\n", text);
}
