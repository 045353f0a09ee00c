/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The private bus and callbusd on it: started, watched, ended, checked. */
#include "service/cleanup.h"
#include "tests/bench/broker.h"
#include "tests/bus/util-bus.h"
#include "tests/bus/util-folder.h"
#include "tests/bus/util-polkit.h"
#include "tests/bus/util-secrets.h"
#include "tests/bus/util-system.h"
#include "tests/bus/util-watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A wait that lasts longer means that something hangs. No test depends on its length. */
#define HUNG_USEC (G_USEC_PER_SEC * 60)
#define TEST_CASE_TIMEOUT_S 300

struct Bus {
    char *directory, *address, *service_name;
    pid_t bus_pid, service_pid;
    Process *broker; /* instead of bus_pid */
    pid_t polkit_pid; /* on a bus like that of a system */
    sd_bus *controller;
    BusOptions options;
    const char *crash_at; /* of the service that is started just now */
    sd_bus *watcher;
    bool awaits_lines; /* of a provider that is a process of its own */
    GHashTable *service_names;
    GHashTable *secrets; /* what clients said that may not be in the log */
    GPtrArray *clients, *texts;
    guint client_count;
};

Bus *t;

static char *top_directory; /* of the whole test program; removed by its main process */

const char *bus_top_directory(void) {
    return top_directory;
}

/* ---- Processes ---- */

static void exec_logged(const char *log, int kept_fd, const char *account, char *const *arguments, char *const *environment) {
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(126);
    close(fd);
    if (kept_fd >= 0)
        fcntl(kept_fd, F_SETFD, 0);
    if (account)
        system_become(account);
    /* Only now: who becomes another loses it. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvpe(arguments[0], arguments, environment);
    _exit(127);
}

static pid_t spawn(const char *log, int kept_fd, const char *account, char *const *arguments, char *const *environment) {
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        exec_logged(log, kept_fd, account, arguments, environment);
    return pid;
}

static int wait_for_end(Bus *bus, pid_t pid, const char *who) {
    uint64_t deadline = bus_deadline();
    int status;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if ((uint64_t) g_get_monotonic_time() > deadline)
            ck_abort_msg("%s does not end; its log:\n%s", who, bus_service_log(bus));
        g_usleep(2000);
    }
    return status;
}

/* ---- The bus daemon ---- */

static const char bus_config[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\""
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
    "<busconfig><type>session</type><keep_umask/><listen>unix:path=%s/socket</listen><auth>EXTERNAL</auth>\n"
    "<servicedir>%s/services</servicedir>\n"
    "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>"
    "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>\n"
    "<limit name=\"max_incoming_bytes\">1000000000</limit>\n"
    "<limit name=\"max_outgoing_bytes\">1000000000</limit>\n"
    "<limit name=\"max_message_size\">1000000000</limit>\n"
    "<limit name=\"max_completed_connections\">100000</limit>\n"
    "<limit name=\"max_incomplete_connections\">10000</limit>\n"
    "<limit name=\"max_connections_per_user\">100000</limit>\n"
    "<limit name=\"max_names_per_connection\">50000</limit>\n"
    "<limit name=\"max_match_rules_per_connection\">50000</limit>\n"
    "<limit name=\"max_replies_per_connection\">50000</limit>\n"
    "</busconfig>\n";

static void write_file(const char *path, const char *text) {
    g_autoptr(GError) error = NULL;
    ck_assert_msg(g_file_set_contents(path, text, -1, &error), "%s", error ? error->message : path);
}

static void start_daemon(Bus *bus) {
    g_autofree char *config = g_build_filename(bus->directory, "bus.conf", NULL);
    g_autofree char *log = g_build_filename(bus->directory, "bus.log", NULL);
    g_autofree char *config_text =
        bus->options.system ? system_bus_config(bus->directory) : g_strdup_printf(bus_config, bus->directory, bus->directory);
    write_file(config, config_text);

    int fds[2];
    ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
    g_autofree char *config_argument = g_strdup_printf("--config-file=%s", config);
    g_autofree char *print_argument = g_strdup_printf("--print-address=%d", fds[1]);
    char *arguments[] = {(char *) "dbus-daemon", config_argument, (char *) "--nofork", (char *) "--nopidfile",
                         print_argument, NULL};
    bus->bus_pid = spawn(log, fds[1], NULL, arguments, environ);
    close(fds[1]);
    char address[512];
    ssize_t n = read(fds[0], address, sizeof(address) - 1);
    close(fds[0]);
    ck_assert_msg(n > 0, "dbus-daemon did not start");
    address[n] = '\0';
    bus->address = g_strdup(g_strstrip(address));
}

static int listen_for_broker(Bus *bus) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", bus->directory);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
    ck_assert_int_eq(listen(fd, SOMAXCONN), 0);
    ck_assert_int_eq(chmod(address.sun_path, bus->options.system ? 0666 : 0600), 0);
    bus->address = g_strdup_printf("unix:path=%s", address.sun_path);
    return fd;
}

static void start_broker(Bus *bus) {
    g_autofree char *log = g_build_filename(bus->directory, "bus.log", NULL);
    int fd = listen_for_broker(bus);
    g_autofree char *program = g_find_program_in_path("dbus-broker");
    ck_assert_msg(program, "dbus-broker is not installed");
    int r = broker_start(program, fd, log, &bus->broker, &bus->controller);
    ck_assert_msg(r >= 0, "dbus-broker did not start: %s", strerror(-r));
    close(fd);
}

/* With its launcher, which reads the policy that dbus-daemon reads. */
static void start_system_broker(Bus *bus) {
    g_autofree char *config = g_build_filename(bus->directory, "bus.conf", NULL);
    g_autofree char *log = g_build_filename(bus->directory, "bus.log", NULL);
    g_autofree char *config_text = system_bus_config(bus->directory);
    write_file(config, config_text);
    int fd = listen_for_broker(bus);
    bus->bus_pid = system_start_broker(fd, bus->address, config, log);
    close(fd);
}

static void start_bus(Bus *bus) {
    bool broker = bus_is_broker();
    if (broker && bus->options.system)
        start_system_broker(bus);
    else if (broker)
        start_broker(bus);
    else
        start_daemon(bus);
    if (bus->options.system)
        bus->polkit_pid = polkit_start(bus->address);
}

bool bus_is_broker(void) {
    return g_str_has_suffix(g_getenv("CALLBUS_TEST_BUS") ?: "", "broker");
}

static void stop_bus(Bus *bus) {
    if (bus->polkit_pid > 0)
        polkit_stop(bus->polkit_pid);
    if (bus->broker) {
        sd_bus_close_unref(bus->controller);
        process_stop(bus->broker);
    } else {
        kill(bus->bus_pid, SIGTERM);
        wait_for_end(bus, bus->bus_pid, "the bus");
    }
}

/* ---- callbusd ---- */

/* What is there may have the group already. */
static char *config_text(const Bus *bus) {
    const char *text = bus->options.config ?: "", *way = g_getenv("CALLBUS_TEST_LOOPBACK");
    if (!way || strstr(text, "[Providers]"))
        return g_strdup(text);
    return g_strdup_printf("%s\n[Providers]\nLoopback=%s\n", text, way);
}

static void write_config(Bus *bus) {
    g_autofree char *config = g_build_filename(bus->directory, "config", NULL);
    g_autofree char *lines = g_build_filename(config, "lines.d", NULL);
    g_autofree char *state = g_build_filename(bus->directory, "state", NULL);
    ck_assert_int_eq(g_mkdir_with_parents(lines, 0700), 0);
    ck_assert_int_eq(g_mkdir_with_parents(state, 0700), 0);
    ck_assert_int_eq(chown(state, bus->options.system ? system_uid(system_service_user()) : getuid(), (gid_t) -1), 0);
    ck_assert_int_eq(chmod(config, 0755) | chmod(lines, 0755), 0);
    g_autofree char *text = config_text(bus);
    bus->awaits_lines = strstr(text, "Loopback=process") && !bus->options.system;
    if (*text) {
        g_autofree char *path = g_build_filename(config, "callbusd.conf", NULL);
        write_file(path, text);
    }
    for (size_t i = 0; bus->options.lines && bus->options.lines[i]; i += 2) {
        g_autofree char *path = g_build_filename(lines, bus->options.lines[i], NULL);
        write_file(path, bus->options.lines[i + 1]);
    }
}

/* A space ends the name of a library, but not that of its folder. */
static char **preload(char **environment, const char *library) {
    g_autofree char *name = g_path_get_basename(library), *folder = g_path_get_dirname(library);

    environment = g_environ_setenv(environment, "LD_PRELOAD", name, true);
    environment = g_environ_setenv(environment, "LD_LIBRARY_PATH", folder, true);
    return g_environ_setenv(environment, "ASAN_OPTIONS", "verify_asan_link_order=0:abort_on_error=1", true);
}

static char **service_environment(const Bus *bus) {
    g_auto(GStrv) environment = g_get_environ();
    environment = g_environ_setenv(environment, "DBUS_SESSION_BUS_ADDRESS", bus->address, true);
    environment = g_environ_setenv(environment, "DBUS_SYSTEM_BUS_ADDRESS", bus->address, true);
    environment = g_environ_unsetenv(environment, "NOTIFY_SOCKET");
    environment = g_environ_unsetenv(environment, "WATCHDOG_USEC");
    environment = g_environ_unsetenv(environment, "DBUS_STARTER_ADDRESS");
    /* As to the journal: each line of its log with its level. */
    environment = g_environ_setenv(environment, "JOURNAL_STREAM", "0:0", true);
    if (bus->crash_at)
        environment = g_environ_setenv(environment, "CALLBUS_CRASH_AT", bus->crash_at, true);
    if (bus->options.preload)
        environment = preload(environment, bus->options.preload);
    for (size_t i = 0; bus->options.environ && bus->options.environ[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(bus->options.environ[i], "=", 2);
        environment = g_environ_setenv(environment, pair[0], pair[1], true);
    }
    return g_steal_pointer(&environment);
}

static pid_t spawn_service(Bus *bus) {
    const char *program = g_getenv("CALLBUSD");
    ck_assert_msg(program, "CALLBUSD must name the callbusd to test");
    g_autofree char *config = g_build_filename(bus->directory, "config", NULL);
    g_autofree char *state = g_build_filename(bus->directory, "state", NULL);
    g_autofree char *log = g_build_filename(bus->directory, "callbusd.log", NULL);
    char *arguments[] = {(char *) program,
                         (char *) (bus->options.system ? "--system" : "--session"),
                         (char *) "--config",
                         config,
                         (char *) "--state",
                         state,
                         bus->options.no_debug ? NULL : (char *) "--debug",
                         NULL};
    g_auto(GStrv) environment = service_environment(bus);
    return spawn(log, -1, bus->options.system && getuid() == 0 ? system_service_user() : NULL, arguments, environment);
}

/* Lines of a provider in a process of its own come when that has come: the service does not wait for it for ever. */
static bool is_up(Bus *bus) {
    g_free(bus->service_name);
    bus->service_name = watcher_find_service(bus->watcher);
    return bus->service_name && (!bus->awaits_lines || watcher_sees_lines(bus->watcher, bus->service_name));
}

bool bus_launch_service(Bus *bus, const char *crash_at) {
    bus->crash_at = crash_at;
    bus->service_pid = spawn_service(bus);
    bus->crash_at = NULL;
    uint64_t deadline = bus_deadline();
    while (!is_up(bus)) {
        if ((uint64_t) g_get_monotonic_time() > deadline)
            ck_abort_msg("callbusd does not take its name, or has no lines; its log:\n%s", bus_service_log(bus));
        if (bus_service_ended(bus))
            return false;
        g_usleep(1000);
    }
    g_hash_table_add(bus->service_names, g_strdup(bus->service_name));
    return true;
}

bool bus_service_ended(Bus *bus) {
    if (bus->service_pid > 0 && waitpid(bus->service_pid, NULL, WNOHANG) != 0)
        bus->service_pid = 0;
    return bus->service_pid == 0;
}

void bus_start_service(Bus *bus) {
    for (guint i = 0; i < bus->clients->len; i++)
        client_expect_resumed(bus->clients->pdata[i]);
    if (!bus_launch_service(bus, NULL))
        ck_abort_msg("callbusd ended at once; its log:\n%s", bus_service_log(bus));
    for (guint i = 0; i < bus->clients->len; i++)
        client_await_resumed(bus->clients->pdata[i]);
}

void bus_lose_state(Bus *bus) {
    static const char *const files[] = {"callbus.db", "callbus.db-wal", "callbus.db-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(bus->directory, "state", files[i], NULL);
        g_unlink(path);
    }
    for (guint i = 0; i < bus->clients->len; i++)
        client_forget(bus->clients->pdata[i]);
}

int bus_stop_service(Bus *bus, int signal_number) {
    ck_assert_int_gt(bus->service_pid, 0);
    kill(bus->service_pid, signal_number);
    int status = wait_for_end(bus, bus->service_pid, "callbusd");
    bus->service_pid = 0;
    /* The bus has heard its last word when it knows that it is gone. */
    uint64_t deadline = bus_deadline();
    for (g_autofree char *owner = watcher_find_service(bus->watcher); owner;
         g_free(owner), owner = watcher_find_service(bus->watcher)) {
        if ((uint64_t) g_get_monotonic_time() > deadline)
            ck_abort_msg("callbusd has ended, but its name is still owned");
        g_usleep(1000);
    }
    return status;
}

void bus_freeze(Bus *bus) {
    int status;
    ck_assert_int_eq(kill(bus->service_pid, SIGSTOP), 0);
    ck_assert_int_eq(waitpid(bus->service_pid, &status, WUNTRACED), bus->service_pid);
    ck_assert_msg(WIFSTOPPED(status), "callbusd ended instead of stopping");
}

void bus_thaw(Bus *bus) {
    ck_assert_int_eq(kill(bus->service_pid, SIGCONT), 0);
}

static void check_log(Bus *bus) {
    static const char *const bad[] = {"AddressSanitizer", "LeakSanitizer", "ThreadSanitizer",
                                      "runtime error:",   "-CRITICAL **",  "-WARNING **",
                                      "CRITICAL",         "Assertion",     NULL};
    g_autofree char *log = bus_service_log(bus);
    for (size_t i = 0; bad[i]; i++)
        ck_assert_msg(!strstr(log, bad[i]), "callbusd's log has a '%s':\n%s", bad[i], log);
    g_autofree char *told = secrets_find(bus->secrets, log);
    ck_assert_msg(!told, "callbusd's log tells what a client said: %s", told);
}

void bus_note_request(Bus *bus, sd_bus_message *message) {
    secrets_note(bus->secrets, message);
}

char *bus_service_log(const Bus *bus) {
    g_autofree char *path = g_build_filename(bus->directory, "callbusd.log", NULL);
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

/* ---- Life ---- */

void bus_replace_bus(Bus *bus) {
    for (guint i = 0; i < bus->clients->len; i++)
        if (client_is_open(bus->clients->pdata[i]))
            client_kill(bus->clients->pdata[i]);
    bus->watcher = sd_bus_close_unref(bus->watcher);
    stop_bus(bus);
    g_free(bus->address);
    g_autofree char *socket_path = g_build_filename(bus->directory, "socket", NULL);
    g_unlink(socket_path);
    start_bus(bus);
    bus->watcher = watcher_new(bus->address);
}

Bus *bus_new(const BusOptions *options) {
    Bus *bus = g_new0(Bus, 1);
    *bus = (Bus){
        .directory = g_build_filename(top_directory, "XXXXXX", NULL),
        .options = options ? *options : (BusOptions){0},
        .service_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .secrets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .clients = g_ptr_array_new(),
        .texts = g_ptr_array_new_with_free_func(g_free),
    };
    if (g_str_has_prefix(g_getenv("CALLBUS_TEST_BUS") ?: "", "system"))
        bus->options.system = true;
    ck_assert_ptr_nonnull(g_mkdtemp(bus->directory));
    ck_assert_int_eq(chmod(bus->directory, bus->options.system ? 0711 : 0700), 0);
    write_config(bus);
    start_bus(bus);
    bus->watcher = watcher_new(bus->address);
    bus_start_service(bus);
    return bus;
}

void bus_finish(Bus *bus) {
    for (guint i = 0; i < bus->clients->len && bus->service_pid > 0; i++)
        client_check(bus->clients->pdata[i]);
    if (bus->service_pid > 0) {
        int status = bus_stop_service(bus, SIGTERM);
        g_autofree char *log = bus_service_log(bus);
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                      "callbusd ended with the wait status %#x instead of 0; its log:\n%s", (unsigned) status,
                      log);
    }
    check_log(bus);
    for (guint i = 0; i < bus->clients->len; i++)
        client_free(bus->clients->pdata[i]);
    sd_bus_close_unref(bus->watcher);
    stop_bus(bus);
    g_ptr_array_unref(bus->clients);
    g_ptr_array_unref(bus->texts);
    g_hash_table_unref(bus->service_names);
    g_hash_table_unref(bus->secrets);
    g_free(bus->directory);
    g_free(bus->address);
    g_free(bus->service_name);
    g_free(bus);
}

const char *bus_address(const Bus *bus) {
    return bus->address;
}

const char *bus_directory(const Bus *bus) {
    return bus->directory;
}

const char *bus_service_name(const Bus *bus) {
    return bus->service_name;
}

pid_t bus_service_pid(const Bus *bus) {
    return bus->service_pid;
}

bool bus_is_service_name(const Bus *bus, const char *name) {
    return name && g_hash_table_contains(bus->service_names, name);
}

bool bus_is_current_service(const Bus *bus, const char *name) {
    return g_strcmp0(bus->service_name, name) == 0;
}

const char *bus_keep_text(Bus *bus, char *text) {
    g_ptr_array_add(bus->texts, text);
    return text;
}

/* ---- Clients ---- */

Client *bus_client(Bus *bus) {
    Client *client = client_new(bus, ++bus->client_count);
    g_ptr_array_add(bus->clients, client);
    return client;
}

Client *bus_client_of(Bus *bus, const char *account, const char *group) {
    system_act_as(account, group);
    Client *client = bus_client(bus);
    system_act_as_self();
    return client;
}

guint bus_client_count(const Bus *bus) {
    return bus->clients->len;
}

Client *bus_client_at(const Bus *bus, guint i) {
    return bus->clients->pdata[i];
}

void bus_barrier(Bus *bus) {
    for (guint i = 0; i < bus->clients->len; i++)
        if (client_listens(bus->clients->pdata[i]))
            client_barrier(bus->clients->pdata[i]);
}

/* ---- The pump ---- */

uint64_t bus_deadline(void) {
    return (uint64_t) g_get_monotonic_time() + HUNG_USEC;
}

static void poll_clients(Bus *bus, int timeout_ms) {
    g_autofree struct pollfd *fds = g_new0(struct pollfd, bus->clients->len + 1);
    nfds_t count = 0;
    for (guint i = 0; i < bus->clients->len; i++) {
        if (!client_listens(bus->clients->pdata[i]))
            continue;
        sd_bus *connection = client_connection(bus->clients->pdata[i]);
        fds[count++] = (struct pollfd){
            .fd = sd_bus_get_fd(connection),
            .events = (short) sd_bus_get_events(connection),
        };
    }
    poll(fds, count, timeout_ms);
}

static void check_service_lives(Bus *bus, const char *awaited, const char *file, int line) {
    siginfo_t info = {0};
    if (bus->service_pid <= 0 ||
        waitid(P_PID, (id_t) bus->service_pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
        return;
    if (info.si_pid != 0)
        ck_abort_msg("%s:%d: callbusd is gone (%s %d) while waiting for %s; its log:\n%s", file, line,
                     info.si_code == CLD_EXITED ? "exit status" : "signal", info.si_status, awaited,
                     bus_service_log(bus));
}

void bus_pump(Bus *bus, uint64_t deadline, const char *awaited, const char *file, int line) {
    bool progress = false;
    for (guint i = 0; i < bus->clients->len; i++)
        if (client_listens(bus->clients->pdata[i]))
            progress |= client_process(bus->clients->pdata[i]);
    if (progress)
        return;
    if ((uint64_t) g_get_monotonic_time() > deadline)
        ck_abort_msg("%s:%d: waited in vain for %s", file, line, awaited);
    poll_clients(bus, 100);
    check_service_lives(bus, awaited, file, line);
}

/* ---- The test program ---- */

void bus_setup(void) {
    t = bus_new(NULL);
}

void bus_setup_no_debug(void) {
    t = bus_new(&(BusOptions){.no_debug = true});
}

void bus_setup_system(void) {
    t = bus_new(&(BusOptions){.system = true, .lines = system_lines, .config = system_config});
}

void bus_teardown(void) {
    bus_finish(t);
    t = NULL;
}

TCase *bus_case_with(Suite *suite, const char *name, void (*setup)(void)) {
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, bus_teardown);
    tcase_set_timeout(tcase, TEST_CASE_TIMEOUT_S);
    suite_add_tcase(suite, tcase);
    return tcase;
}

TCase *bus_case(Suite *suite, const char *name) {
    return bus_case_with(suite, name, bus_setup);
}

TCase *bus_case_no_debug(Suite *suite, const char *name) {
    return bus_case_with(suite, name, bus_setup_no_debug);
}

TCase *bus_case_system(Suite *suite, const char *name) {
    return bus_case_with(suite, name, bus_setup_system);
}

int bus_main(Suite *suite) {
    top_directory = folder_new();
    if (!top_directory)
        return EXIT_FAILURE;
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    folder_end();
    g_free(top_directory);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
