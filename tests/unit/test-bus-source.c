/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection in GLib's loop: how much of it has its turn, and how it ends. */
#include <errno.h>
#include <glib.h>
#include <sys/socket.h>

#include "bus/source.h"
#include "providers/wire/socket.h"
#include "tests/unit/run.h"

enum { TIMEOUT_S = 20, MANY = 200 };

static sd_bus *bus, *other;
static BusSource *source, *other_source;
static unsigned heard, handled, most, answers;
static int error;
static bool one_by_one, waited;

static void on_wait(void *userdata) {
    waited = true;
}

static bool on_handled(void *userdata) {
    handled++;
    return !one_by_one;
}

static void on_turned(void *userdata) {
    most = MAX(most, handled);
    handled = 0;
}

static void on_lost(int r, void *userdata) {
    ck_assert_int_eq(error, 0);
    error = r;
}

static void on_other_lost(int r, void *userdata) {
}

static const BusSourceEvents events = { .waits = on_wait, .handled = on_handled, .turned = on_turned, .lost = on_lost };
static const BusSourceEvents other_events = { .lost = on_other_lost };

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    heard++;
    return 1;
}

/* It never answers. */
static int on_other_message(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    return 1;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    answers++;
    return 1;
}

static void set_up(void) {
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    ck_assert_int_eq(wire_open(fds[0], /* server= */ true, &bus), 0);
    ck_assert_int_eq(wire_open(fds[1], /* server= */ false, &other), 0);
    sd_bus_add_object(bus, NULL, "/o", on_message, NULL);
    sd_bus_add_object(other, NULL, "/o", on_other_message, NULL);
    source = bus_source_new(bus, &events, NULL);
    other_source = bus_source_new(other, &other_events, NULL);
    heard = handled = most = answers = 0;
    error = 0;
    one_by_one = waited = false;
}

static void hang_up(void) {
    other_source = bus_source_free(other_source);
    other = sd_bus_close_unref(other);
}

static void tear_down(void) {
    hang_up();
    bus_source_free(source);
    sd_bus_close_unref(bus);
}

static gboolean on_deadline(void *userdata) {
    ck_abort_msg("waited in vain");
    return G_SOURCE_REMOVE;
}

static void await(const unsigned *count, unsigned n) {
    guint deadline = g_timeout_add_seconds(TIMEOUT_S, on_deadline, NULL);

    while (*count < n)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(deadline);
}

static void await_end(void) {
    guint deadline = g_timeout_add_seconds(TIMEOUT_S, on_deadline, NULL);

    while (error == 0)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(deadline);
}

static void send_many(void) {
    for (int i = 0; i < MANY; i++) {
        sd_bus_message *m = NULL;

        ck_assert_int_ge(sd_bus_message_new_method_call(other, &m, NULL, "/o", "a.b", "C"), 0);
        ck_assert_int_ge(sd_bus_message_set_expect_reply(m, false), 0);
        ck_assert_int_ge(sd_bus_send(other, m, NULL), 0);
        sd_bus_message_unref(m);
    }
}

START_TEST(many_have_one_turn_but_not_all) {
    send_many();
    await(&heard, MANY);
    ck_assert_uint_gt(most, 1);
    ck_assert_uint_le(most, 64);
    ck_assert(waited);
}
END_TEST

START_TEST(whoever_likes_takes_them_one_by_one) {
    one_by_one = true;
    send_many();
    await(&heard, MANY);
    g_main_context_iteration(NULL, FALSE);
    ck_assert_uint_eq(most, 1);
}
END_TEST

/* What was said before is heard; that no answer comes is said by nobody. */
START_TEST(the_end_comes_after_all_that_was_said) {
    sd_bus_call_method_async(bus, NULL, NULL, "/o", "a.b", "C", on_answer, NULL, "");
    send_many();
    await(&heard, 1);
    hang_up();
    await_end();
    ck_assert_int_lt(error, 0);
    ck_assert_uint_eq(heard, MANY);
    ck_assert_uint_eq(answers, 0);
}
END_TEST

START_TEST(one_that_is_lost_hears_nothing) {
    send_many();
    await(&heard, 1);
    bus_source_lose(source, -EOWNERDEAD);
    bus_source_lose(source, -EIO);
    ck_assert_int_eq(error, -EOWNERDEAD);
    heard = 0;
    for (int i = 0; i < 10; i++)
        g_main_context_iteration(NULL, FALSE);
    ck_assert_uint_eq(heard, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bus-source");
    TCase *tcase = tcase_create("bus-source");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, many_have_one_turn_but_not_all);
    tcase_add_test(tcase, whoever_likes_takes_them_one_by_one);
    tcase_add_test(tcase, the_end_comes_after_all_that_was_said);
    tcase_add_test(tcase, one_that_is_lost_hears_nothing);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
