/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The controller of a dbus-broker: hands it a listening socket and a policy that allows everything. */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include <glib.h>
#include <systemd/sd-id128.h>

#include "tests/bench/broker.h"

/* A batch of rules: may connect; may own; may send; may receive. A rule begins with a verdict and its
 * priority. */
#define OWN_RULES "a(btbs)"
#define TRANSFER_RULES "a(btssssuutt)"
#define BATCH "bt" OWN_RULES TRANSFER_RULES TRANSFER_RULES
#define UID_BATCHES "a(u(" BATCH "))"
#define GID_BATCHES "a(buu(" BATCH "))"
#define POLICY UID_BATCHES GID_BATCHES "a(ss)bs"

#define ANY_UID UINT32_MAX

static int append_policy(sd_bus_message *m) {
    int r = sd_bus_message_open_container(m, 'v', "(" POLICY ")");
    if (r < 0)
        return r;
    r = sd_bus_message_append(m, "(" POLICY ")",
                              1, ANY_UID,
                              true, UINT64_C(1),
                              1, true, UINT64_C(1), true, "",
                              1, true, UINT64_C(1), "", "", "", "", 0, 0, UINT64_C(0), UINT64_MAX,
                              1, true, UINT64_C(1), "", "", "", "", 0, 0, UINT64_C(0), UINT64_MAX,
                              0, 0, false, "session");
    if (r < 0)
        return r;
    return sd_bus_message_close_container(m);
}

static int add_listener(sd_bus *controller, int listen_fd) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = sd_bus_message_new_method_call(controller, &m, NULL, "/org/bus1/DBus/Broker",
                                           "org.bus1.DBus.Broker", "AddListener");
    if (r < 0)
        return r;
    r = sd_bus_message_append(m, "oh", "/org/bus1/DBus/Listener/0", listen_fd);
    if (r < 0)
        return r;
    r = append_policy(m);
    if (r < 0)
        return r;
    r = sd_bus_call(controller, m, 0, &error, NULL);
    if (r < 0)
        fprintf(stderr, "dbus-broker refuses its socket: %s\n", error.message);
    return r;
}

static int run_broker(const char *program, int fd, const char *log, Process **ret) {
    char machine_id[SD_ID128_STRING_MAX] = "00000000000000000000000000000001";
    sd_id128_t id;
    if (sd_id128_get_machine(&id) >= 0)
        sd_id128_to_string(id, machine_id);
    g_autofree char *number = g_strdup_printf("%d", fd);
    const char *argv[] = {
        program,
        "--controller",
        number,
        "--machine-id",
        machine_id,
        /* For 1,000 clients of one user. */
        "--max-bytes=1000000000",
        "--max-fds=1000000",
        "--max-matches=100000",
        "--max-objects=100000000",
        NULL,
    };
    return process_start(argv, &(Outfit){ .keep_fd = &fd, .log = log }, ret);
}

int broker_start(const char *program, int listen_fd, const char *log, Process **ret_process,
                 sd_bus **ret_controller) {
    _cleanup_(sd_bus_close_unrefp) sd_bus *controller = NULL;
    _cleanup_(process_stopp) Process *process = NULL;
    _cleanup_close_ int theirs = -1;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -errno;
    theirs = pair[1];
    int r = sd_bus_new(&controller);
    if (r < 0)
        return r;
    r = sd_bus_set_fd(controller, pair[0], pair[0]);
    if (r < 0)
        return r;
    r = run_broker(program, theirs, log, &process);
    if (r < 0)
        return r;
    r = sd_bus_start(controller);
    if (r < 0)
        return r;
    r = add_listener(controller, listen_fd);
    if (r < 0)
        return r;
    *ret_process = TAKE_PTR(process);
    *ret_controller = TAKE_PTR(controller);
    return 0;
}
