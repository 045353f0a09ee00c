/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The disk is full, breaks or can't be written any more, while calls are up; and has room again. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bus/util-bus.h"
#include "tests/storage/disk.h"

static const struct {
    const char *what;
    int code;
    uint32_t operations;
    bool half;
} faults[] = {
    { "full", SQLITE_FULL, DISK_BIT(DISK_WRITE) | DISK_BIT(DISK_TRUNCATE), false },
    { "full in the middle", SQLITE_FULL, DISK_BIT(DISK_WRITE), true },
    { "broken", SQLITE_IOERR_WRITE, DISK_BIT(DISK_WRITE) | DISK_BIT(DISK_TRUNCATE), false },
    { "read-only", SQLITE_READONLY, DISK_BIT(DISK_WRITE), false },
    { "without memory", SQLITE_NOMEM, DISK_BIT(DISK_WRITE), false },
    { "not synced", SQLITE_IOERR_FSYNC, DISK_BIT(DISK_SYNC), false },
};

static DiskFault *disk;
static char disk_file[] = "/tmp/callbus-disk-XXXXXX";

static const char *const lines[] = {
    "help.conf",
    "[Line]\nName=help0\nAddresses=600\nEmergencyNumbers=112\n",
    NULL,
};

static void set_up(void) {
    static const DiskFault none;
    static char file[128];
    static const char *const environment[] = { file, NULL };
    int fd = mkstemp(disk_file);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, &none, sizeof(none)), sizeof(none));
    disk = mmap(NULL, sizeof(none), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert(disk != MAP_FAILED);
    close(fd);
    g_snprintf(file, sizeof(file), "CALLBUS_TEST_DISK=%s", disk_file);
    /* A sync is what Durability=power waits for. */
    t = bus_new(&(BusOptions) { .config = "[Journal]\nDurability=power\n", .lines = lines, .environ = environment,
                                .preload = g_getenv("CALLBUS_TEST_PRELOAD") });
}

static void tear_down(void) {
    bus_finish(t);
    munmap(disk, sizeof(*disk));
    unlink(disk_file);
}

static void breaks(unsigned which) {
    *disk = (DiskFault) { .operations = faults[which].operations, .times = DISK_FOR_EVER, .code = faults[which].code,
                          .half = faults[which].half };
}

static void has_room_again(void) {
    ck_assert_msg(disk->failed > 0, "nothing has failed");
    disk->operations = 0;
}

/* How many entries the client's call log has; so many are expected, and soon. */
static void expect_entries(Client *client, unsigned expected) {
    uint64_t deadline = bus_deadline();

    for (;;) {
        sd_bus_message *reply = client_call(client, CALLBUS_PATH, CALLBUS_LOG_INTERFACE ".Query", "a{sv}tu", 0, UINT64_C(0), 100u);
        unsigned n = 0;

        ck_assert_int_gt(sd_bus_message_enter_container(reply, 'a', "a{sv}"), 0);
        while (sd_bus_message_at_end(reply, 0) == 0 && sd_bus_message_skip(reply, "a{sv}") >= 0)
            n++;
        if (n == expected)
            return;
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "%u entries are in the log instead of %u", n, expected);
        g_usleep(50000);
    }
}

/* Calls that need to be written down first are refused, each of them. */
static void expect_no_new_calls(Client *client, const char *call) {
    expect_error(client, DBUS_ERROR_IO_ERROR, LINE("loop0"), "Dial", "sa{sv}", "echo?ring=0", 0);
    expect_error(client, DBUS_ERROR_IO_ERROR, call, "SetupTransfer", "sa{sv}", "echo?ring=0", 0);
    expect_error(client, DBUS_ERROR_IO_ERROR, call, "SetupConference", "sa{sv}", "echo?ring=0", 0);
    expect_error(client, DBUS_ERROR_IO_ERROR, LINE("loop0"), "SetupConference", "a{sv}", 0);
}

static void await_new_calls(Client *client) {
    uint64_t deadline = bus_deadline();
    const char *error;

    while ((error = client_try(client, LINE("loop2"), "Dial", "sa{sv}", "echo?ring=0", 0))) {
        ck_assert_str_eq(error, DBUS_ERROR_IO_ERROR);
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "there is room, and no call");
        g_usleep(100000);
    }
}

START_TEST(calls_go_on_without_a_disk) {
    Client *alice = bus_client(t), *bob = bus_client(t);
    const char *call, *far, *help;

    client_open(bob, "loop1", "owner");
    call = client_dial(alice, "loop0", "101");
    far = await_handle(bob);
    client_call(bob, far, "Answer", "");
    await_state(alice, call, "connected");

    breaks(_i);
    client_call(alice, call, "Hold", "");
    await_state(alice, call, "on-hold");
    client_call(alice, call, "Unhold", "");
    await_state(alice, call, "connected");
    client_call(alice, call, "MonitorDigits", "b", 1);
    client_call(bob, far, "SendDigits", "sa{sv}", "1", 0);
    await_signal(alice, call, "DigitReceived");
    expect_no_new_calls(alice, call);

    /* One for help is not asked whether it can be written down. */
    help = client_dial(alice, "help0", "112");
    ck_assert_uint_eq(get_number(alice, help, "Emergency"), 1);
    await_state(alice, help, "disconnected");
    client_drop(alice, call);
    await_state(bob, far, "disconnected");

    has_room_again();
    await_new_calls(alice);
    expect_entries(alice, 2 + 1);
}
END_TEST

START_TEST(what_happened_meanwhile_is_kept) {
    Client *alice = bus_client(t);
    const char *call = client_dial(alice, "loop0", "answer?ring=0");

    await_state(alice, call, "connected");
    breaks(_i);
    client_drop(alice, call);
    await_state(alice, call, "idle");
    has_room_again();
    await_new_calls(alice);
    ck_assert_int_eq(bus_stop_service(t, SIGKILL), SIGKILL);
    bus_start_service(t);
    alice = bus_client(t);
    /* The one that was up when it was killed, too. */
    expect_entries(alice, 2);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("disk");
    TCase *tcase = tcase_create("faults");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, calls_go_on_without_a_disk, 0, G_N_ELEMENTS(faults));
    tcase_add_loop_test(tcase, what_happened_meanwhile_is_kept, 0, G_N_ELEMENTS(faults));
    suite_add_tcase(suite, tcase);
    return bus_main(suite);
}
