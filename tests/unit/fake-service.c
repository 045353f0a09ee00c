/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The service's end of the connection, played by a test. */
#include "tests/unit/fake-service.h"

#include <check.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bus/source.h"
#include "providers/wire/names.h"
#include "providers/wire/socket.h"

enum { TIMEOUT_S = 60, QUIET_MS = 60 };

static char *folder, *path, *address;
static int listener = -1;
static sd_bus *bus;
static BusSource *source;
static GQueue messages; /* that came: calls, and answers */
static sd_bus_message *last;

const char *service_address(void) {
    return address;
}

/* ---- The clock ---- */

gint64 __wrap_g_get_monotonic_time(void);
gint64 __real_g_get_monotonic_time(void);

static int64_t passed_usec;

gint64 __wrap_g_get_monotonic_time(void) {
    return __real_g_get_monotonic_time() + passed_usec;
}

void service_let_pass(unsigned s) {
    passed_usec += s * G_USEC_PER_SEC;
}

/* ---- Where it is ---- */

void service_begin(void) {
    folder = g_dir_make_tmp("callbus-host-XXXXXX", NULL);
    path = g_build_filename(folder, "socket", NULL);
    address = g_strconcat("unix:path=", path, NULL);
    service_come_back();
}

void service_come_back(void) {
    struct sockaddr_un name = { .sun_family = AF_UNIX };

    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(name.sun_path, path, sizeof(name.sun_path));
    ck_assert_int_eq(bind(listener, (struct sockaddr *) &name, sizeof(name)), 0);
    ck_assert_int_eq(listen(listener, 8), 0);
}

void service_hang_up(void) {
    sd_bus_message *m;

    last = sd_bus_message_unref(last);
    while ((m = g_queue_pop_head(&messages)))
        sd_bus_message_unref(m);
    source = bus_source_free(source);
    bus = sd_bus_close_unref(bus);
}

void service_leave(void) {
    service_hang_up();
    close(listener);
    g_unlink(path);
}

void service_end(void) {
    service_leave();
    g_rmdir(folder);
    g_clear_pointer(&folder, g_free);
    g_clear_pointer(&path, g_free);
    g_clear_pointer(&address, g_free);
}

/* ---- The loop ---- */

static gboolean on_tick(void *userdata) {
    return G_SOURCE_CONTINUE;
}

void service_wait(bool (*condition)(void)) {
    int64_t deadline = g_get_monotonic_time() + TIMEOUT_S * G_USEC_PER_SEC;
    guint tick = g_timeout_add(5, on_tick, NULL);

    while (!condition()) {
        ck_assert_msg(g_get_monotonic_time() < deadline, "waited in vain");
        g_main_context_iteration(NULL, TRUE);
    }
    g_source_remove(tick);
}

static bool has_message(void) {
    return !g_queue_is_empty(&messages);
}

/* ---- The connection ---- */

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    uint8_t type = 0;

    sd_bus_message_get_type(m, &type);
    if (type == SD_BUS_MESSAGE_METHOD_CALL && strcmp(sd_bus_message_get_interface(m), WIRE_HOST_INTERFACE) != 0)
        return 0;
    if (type != SD_BUS_MESSAGE_SIGNAL)
        g_queue_push_tail(&messages, sd_bus_message_ref(m));
    return 1;
}

static void on_lost(int error, void *userdata) {
}

static const BusSourceEvents source_events = { .lost = on_lost };

static bool is_accepted(void) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return false;
    ck_assert_int_eq(wire_open(fd, /* server= */ true, &bus), 0);
    return true;
}

void service_accept(void) {
    int on = 1;

    ck_assert_int_eq(ioctl(listener, FIONBIO, &on), 0);
    service_wait(is_accepted);
    sd_bus_add_filter(bus, NULL, on_message, NULL);
    source = bus_source_new(bus, &source_events, NULL);
}

static sd_bus_message *next(void) {
    service_wait(has_message);
    sd_bus_message_unref(last);
    last = g_queue_pop_head(&messages);
    return last;
}

sd_bus_message *service_expect(const char *member) {
    sd_bus_message *m = next();

    ck_assert_pstr_eq(sd_bus_message_get_member(m), member);
    return m;
}

static gboolean on_quiet(void *userdata) {
    *(bool *) userdata = true;
    return G_SOURCE_REMOVE;
}

void service_expect_nothing(void) {
    bool quiet = false;

    g_timeout_add(QUIET_MS, on_quiet, &quiet);
    while (!quiet)
        g_main_context_iteration(NULL, TRUE);
    if (has_message())
        ck_abort_msg("%s came", sd_bus_message_get_member(next()) ?: "an answer");
}

void service_answer(const char *types, ...) {
    sd_bus_message *reply = NULL;
    va_list ap;

    ck_assert_int_ge(sd_bus_message_new_method_return(last, &reply), 0);
    va_start(ap, types);
    ck_assert_int_ge(sd_bus_message_appendv(reply, types, ap), 0);
    va_end(ap);
    ck_assert_int_ge(sd_bus_send(bus, reply, NULL), 0);
    sd_bus_message_unref(reply);
}

void service_answer_error(const char *name, const char *text) {
    ck_assert_int_ge(sd_bus_reply_method_errorf(last, name, "%s", text), 0);
}

sd_bus_message *service_question(const char *member) {
    sd_bus_message *m = NULL;

    ck_assert_int_ge(sd_bus_message_new_method_call(bus, &m, NULL, WIRE_PROVIDER_PATH, WIRE_PROVIDER_INTERFACE, member), 0);
    return m;
}

void service_ask(sd_bus_message *question) {
    uint64_t cookie; /* who does not want it wants no answer */

    ck_assert_int_ge(sd_bus_send(bus, question, &cookie), 0);
    sd_bus_message_unref(question);
}

sd_bus_message *service_expect_done(void) {
    sd_bus_message *m = next();
    const sd_bus_error *error = sd_bus_message_get_error(m);

    ck_assert_msg(!error, "refused: %s", error ? error->message : "");
    ck_assert_ptr_null(sd_bus_message_get_member(m));
    return m;
}

void service_expect_error(const char *name, const char *text) {
    sd_bus_message *m = next();
    const sd_bus_error *error = sd_bus_message_get_error(m);

    ck_assert_msg(error, "%s is no error", sd_bus_message_get_member(m) ?: "an answer");
    ck_assert_str_eq(error->name, name);
    if (text)
        ck_assert_str_eq(error->message, text);
}
