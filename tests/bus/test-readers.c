/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clients that ask much and read late, in their own way, or not at all: who reads loses nothing, who does not stalls nobody. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bus/util-raw.h"

#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif

enum {
    PIPELINED = 5000,
    SILENT = 10000,
    WAITING_READS = 8000, /* of about 2 KiB each: more than a user's clients may leave unread together */
    FLOOD = 8000, /* changes of some 500 bytes: far more than a client may leave unread */
    GROWTH_MAX_KIB = 24 * 1024,
};

static char *dial_raw(sd_bus *bus) {
    sd_bus_message *reply = NULL;
    const char *path = NULL;
    char *copy;

    ck_assert_int_ge(sd_bus_call_method(bus, CALLBUS_NAME, LINE("loop0"), CALLBUS_LINE_INTERFACE, "Dial", NULL, &reply,
                                        "sa{sv}", "answer?ring=0", 0), 0);
    ck_assert_int_gt(sd_bus_message_read(reply, "o", &path), 0);
    copy = g_strdup(path);
    sd_bus_message_unref(reply);
    return copy;
}

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    guint *count = userdata;

    ck_assert_msg(!sd_bus_message_is_method_error(m, NULL), "%s", sd_bus_message_get_error(m) ? sd_bus_message_get_error(m)->name
                                                                                                : "?");
    (*count)++;
    return 1;
}

static void ask_all(sd_bus *bus, const char *path, guint *answered) {
    ck_assert_int_ge(sd_bus_call_method_async(bus, NULL, CALLBUS_NAME, path, DBUS_PROPERTIES_INTERFACE, "GetAll", on_reply,
                                              answered, "s", CALLBUS_CALL_INTERFACE), 0);
}

static void read_until(sd_bus *bus, const guint *answered, guint wanted) {
    uint64_t deadline = bus_deadline() + 60 * G_USEC_PER_SEC;

    while (*answered < wanted) {
        int r = sd_bus_process(bus, NULL);

        ck_assert_int_ge(r, 0);
        if (r == 0)
            ck_assert_int_ge(sd_bus_wait(bus, G_USEC_PER_SEC), 0);
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "only %u of %u answers", *answered, wanted);
    }
}

START_TEST(who_asks_thousands_at_once_and_reads_gets_every_answer) {
    sd_bus *bus = raw_connect(bus_address(t));
    g_autofree char *path = dial_raw(bus);
    guint answered = 0;

    for (guint i = 0; i < PIPELINED; i++)
        ask_all(bus, path, &answered);
    read_until(bus, &answered, PIPELINED);
    sd_bus_close_unref(bus);
}
END_TEST

START_TEST(who_asks_and_does_not_read_stalls_nobody) {
    Client *alice = bus_client(t);
    uint64_t before = service_kib(), after;
    sd_bus *bus = raw_connect(bus_address(t));
    g_autofree char *path = dial_raw(bus);
    guint answered = 0;
    const char *call;

    for (guint i = 0; i < SILENT; i++)
        ask_all(bus, path, &answered);
    sd_bus_flush(bus);
    /* Another one's whole call, while the answers lie unread. */
    call = client_dial(alice, "loop2", "answer?ring=0");
    await_state(alice, call, "connected");
    client_drop(alice, call);
    client_barrier(alice);
    after = service_kib();
    printf("# memory of the service: %" G_GUINT64_FORMAT " KiB before, %" G_GUINT64_FORMAT " KiB while %d answers are unread\n",
           before, after, SILENT);
    if (!SANITIZED)
        ck_assert_uint_le(after, before + GROWTH_MAX_KIB);
    /* It reads after all: nothing was lost on the way. */
    read_until(bus, &answered, SILENT);
    sd_bus_close_unref(bus);
}
END_TEST

/* Only ever waits for the reply of its last request: signals, and the service's Ping, lie in its own queue. */
static void waiting_one_lives(void) {
    sd_bus *bus = raw_connect(bus_address(t));
    g_autofree char *path = dial_raw(bus);

    for (guint i = 0; i < WAITING_READS; i++) {
        sd_bus_message *reply = NULL;

        if (sd_bus_call_method(bus, CALLBUS_NAME, path, DBUS_PROPERTIES_INTERFACE, "GetAll", NULL, &reply, "s",
                               CALLBUS_CALL_INTERFACE) < 0)
            _exit(1);
        sd_bus_message_unref(reply);
    }
    _exit(0);
}

START_TEST(who_only_waits_for_replies_is_answered_for_ever) {
    Client *alice = bus_client(t);
    const char *call = client_dial(alice, "loop0", "answer?ring=0");
    pid_t pid = fork(), done;
    int status = 0;

    if (pid == 0)
        waiting_one_lives();
    await_state(alice, call, "connected");
    while ((done = waitpid(pid, &status, WNOHANG)) == 0) {
        client_call(alice, call, "Hold", "");
        client_call(alice, call, "Unhold", "");
    }
    ck_assert_int_eq(done, pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a request was not answered");
}
END_TEST

/* ---- A monitor that does not read while its call changes ---- */

typedef struct Heard {
    uint64_t changes, last_sequence; /* before anything was lost: 1, 2, 3 ... */
    uint64_t lost, lost_after;       /* as told, and the sequence number that was heard before it */
    uint64_t first_after;            /* the first sequence number after it */
} Heard;

/* The Sequence in a PropertiesChanged. */
static uint64_t sequence_of(sd_bus_message *m) {
    uint64_t sequence = 0;
    const char *name = NULL;

    ck_assert_int_ge(sd_bus_message_skip(m, "s"), 0);
    ck_assert_int_ge(sd_bus_message_enter_container(m, 'a', "{sv}"), 0);
    while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
        ck_assert_int_gt(sd_bus_message_read(m, "s", &name), 0);
        if (strcmp(name, "Sequence") == 0)
            ck_assert_int_gt(sd_bus_message_read(m, "v", "t", &sequence), 0);
        else
            ck_assert_int_ge(sd_bus_message_skip(m, "v"), 0);
        ck_assert_int_ge(sd_bus_message_exit_container(m), 0);
    }
    ck_assert_uint_gt(sequence, 0);
    return sequence;
}

static int on_heard(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Heard *heard = userdata;

    if (sd_bus_message_is_signal(m, CALLBUS_MANAGER_INTERFACE, "EventsLost")) {
        uint64_t lost = 0;

        ck_assert_int_gt(sd_bus_message_read(m, "t", &lost), 0);
        heard->lost += lost;
        heard->lost_after = heard->last_sequence;
    } else if (sd_bus_message_is_signal(m, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged")) {
        uint64_t sequence = sequence_of(m);

        if (heard->lost == 0)
            ck_assert_uint_eq(sequence, heard->last_sequence + 1);
        else if (heard->first_after == 0)
            heard->first_after = sequence;
        heard->changes++;
        heard->last_sequence = sequence;
    }
    return 0;
}

/* Handles what has come, until nothing more is on its way: the answer to a question is behind all of it. */
static void read_all(sd_bus *bus, const char *path) {
    guint answered = 0;

    ask_all(bus, path, &answered);
    read_until(bus, &answered, 1);
}

static char *monitor_raw(sd_bus *bus) {
    sd_bus_message *reply = NULL;
    const char *path = NULL;
    char *copy;

    ck_assert_int_ge(sd_bus_call_method(bus, CALLBUS_NAME, LINE("loop0"), CALLBUS_LINE_INTERFACE, "Open", NULL, NULL, "sasa{sv}",
                                        "monitor", 0, 0), 0);
    ck_assert_int_ge(sd_bus_call_method(bus, CALLBUS_NAME, LINE("loop0"), CALLBUS_LINE_INTERFACE, "GetNewCalls", NULL, &reply,
                                        ""), 0);
    ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "o"), 0);
    ck_assert_int_gt(sd_bus_message_read(reply, "o", &path), 0);
    copy = g_strdup(path);
    sd_bus_message_unref(reply);
    return copy;
}

START_TEST(who_does_not_read_is_cut_off_and_told_how_much_it_missed) {
    Client *alice = bus_client(t);
    const char *call = client_dial(alice, "loop0", "answer?ring=0");
    uint64_t before, after;
    sd_bus *bus = raw_connect(bus_address(t));
    g_autofree char *path = NULL;
    Heard heard = {};

    await_state(alice, call, "connected");
    path = monitor_raw(bus);
    ck_assert_int_ge(sd_bus_add_filter(bus, NULL, on_heard, &heard), 0);
    before = service_kib();
    for (guint i = 0; i < FLOOD / 2; i++) {
        client_call(alice, call, "Hold", "");
        client_call(alice, call, "Unhold", "");
    }
    after = service_kib();
    if (!SANITIZED)
        ck_assert_uint_le(after, before + 4 * 1024);

    /* It reads again: the first news is what it missed, and from there on it misses nothing. */
    read_all(bus, path);
    ck_assert_uint_gt(heard.lost, 0);
    client_call(alice, call, "Hold", "");
    read_all(bus, path);
    printf("# %d changes: %" G_GUINT64_FORMAT " heard, %" G_GUINT64_FORMAT " lost; memory of the service %" G_GUINT64_FORMAT
           " KiB before, %" G_GUINT64_FORMAT " KiB after\n", FLOOD + 1, heard.changes, heard.lost, before, after);
    ck_assert_uint_eq(heard.first_after, heard.lost_after + heard.lost + 1);
    ck_assert_uint_eq(heard.changes + heard.lost, FLOOD + 1);
    ck_assert_uint_eq(heard.last_sequence, FLOOD + 1);
    sd_bus_close_unref(bus);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("readers");
    TCase *tcase = bus_case(suite, "readers");

    tcase_set_timeout(tcase, 240);
    tcase_add_test(tcase, who_asks_thousands_at_once_and_reads_gets_every_answer);
    tcase_add_test(tcase, who_asks_and_does_not_read_stalls_nobody);
    tcase_add_test(tcase, who_only_waits_for_replies_is_answered_for_ever);
    tcase_add_test(tcase, who_does_not_read_is_cut_off_and_told_how_much_it_missed);
    return bus_main(suite);
}
