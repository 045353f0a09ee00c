/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bus like that of a system, and users. */
#include "tests/bus/util-system.h"

#include <check.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- The configuration of the bus ---- */

/* As /usr/share/dbus-1/system.conf has it. No limit is named: those that are built in are meant for it. */
static const char config_head[] =
    "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\""
    " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
    "<busconfig><type>system</type><listen>unix:path=%s/socket</listen><auth>EXTERNAL</auth>\n"
    "<policy context=\"default\">\n"
    "<allow user=\"*\"/><deny own=\"*\"/><deny send_type=\"method_call\"/><allow send_type=\"signal\"/>\n"
    "<allow send_requested_reply=\"true\" send_type=\"method_return\"/>\n"
    "<allow send_requested_reply=\"true\" send_type=\"error\"/>\n"
    "<allow receive_type=\"method_call\"/><allow receive_type=\"method_return\"/>\n"
    "<allow receive_type=\"error\"/><allow receive_type=\"signal\"/>\n"
    "<allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus\"/>\n"
    "<allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Introspectable\"/>\n"
    "<allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Properties\"/>\n"
    "<deny send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus\""
    " send_member=\"UpdateActivationEnvironment\"/>\n"
    "<deny send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Debug.Stats\"/>\n"
    "</policy>\n"
    "<policy user=\"root\">\n"
    "<allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Monitoring\"/>\n"
    "<allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Debug.Stats\"/>\n"
    "</policy>\n"
    "<policy context=\"default\"><allow own_prefix=\"org.example\"/>\n"
    "<allow own=\"org.freedesktop.PolicyKit1\"/><allow send_destination=\"org.freedesktop.PolicyKit1\"/></policy>\n";

/* The rules of the policy file, for the user whom the service has here. */
static char *our_rules(void) {
    const char *path = g_getenv("CALLBUS_POLICY");
    g_autofree char *text = NULL;
    ck_assert_msg(path && g_file_get_contents(path, &text, NULL, NULL), "CALLBUS_POLICY must name the policy file");
    const char *begin = strstr(text, "<busconfig>"), *end = g_strrstr(text, "</busconfig>");
    ck_assert_msg(begin && end, "the policy file has no <busconfig>");
    begin += strlen("<busconfig>");
    g_autofree char *rules = g_strndup(begin, (gsize) (end - begin));
    g_autofree char *user = g_strdup_printf("user=\"%s\"", system_service_user());
    g_auto(GStrv) parts = g_strsplit(rules, "user=\"callbus\"", -1);
    ck_assert_msg(parts[0] && parts[1], "the policy file says nothing of the user callbus");
    return g_strjoinv(user, parts);
}

char *system_bus_config(const char *directory) {
    g_autofree char *head = g_strdup_printf(config_head, directory), *rules = our_rules();
    return g_strconcat(head, rules, "</busconfig>\n", NULL);
}

/* ---- dbus-broker with its launcher ---- */

/* What comes for the journal goes to the log. Who does not read it stops the broker. */
static void read_journal(int fd) {
    char entry[8192];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        ssize_t n = recv(fd, entry, sizeof(entry), 0);
        if (n <= 0 || write(STDERR_FILENO, entry, (size_t) n) < n || write(STDERR_FILENO, "\n", 1) < 1)
            _exit(0);
    }
}

/* The launcher logs to the journal, or does not start. There is one in a /run of its own. */
static bool give_journal(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket"};
    if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/systemd", 0755) < 0 ||
        mkdir("/run/systemd/journal", 0755) < 0)
        return false;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        read_journal(fd);
    close(fd);
    return pid > 0;
}

static void run_launcher(int listen_fd, const char *address, const char *config, const char *log) {
    g_autofree char *self = g_strdup_printf("%d", (int) getpid());
    /* Not SIGKILL: it has a broker to end. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        _exit(126);
    if (!give_journal()) {
        perror("no /run of its own for dbus-broker-launch");
        _exit(126);
    }
    /* As a socket unit hands it over: the first descriptor after the standard ones. */
    if (dup2(listen_fd, 3) < 0 || fcntl(3, F_SETFD, 0) < 0)
        _exit(126);
    setenv("LISTEN_FDS", "1", true);
    setenv("LISTEN_PID", self, true);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", address, true);
    execlp("dbus-broker-launch", "dbus-broker-launch", "--scope", "system", "--config-file", config, NULL);
    _exit(127);
}

pid_t system_start_broker(int listen_fd, const char *address, const char *config, const char *log) {
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        run_launcher(listen_fd, address, config, log);
    return pid;
}

/* ---- Users ---- */

/* Every Debian has these. */
static const char service_user_name[] = "backup";
static const char *const user_names[SYSTEM_USERS] = {"nobody", "bin", "sys", "games", "man", "lp", "mail", "news"};

#define SYSTEM_LINE(name, address) \
    name ".conf", "[Line]\nName=" name "\nAddresses=" address "\nAllowedUsers=root;nobody;bin;sys;games;man;lp;mail;news\n"

const char system_config[] = "[Loopback]\nDefaultLines=no\n";
const char *const system_lines[] = {
    SYSTEM_LINE("loop0", "100"), SYSTEM_LINE("loop1", "101"), SYSTEM_LINE("loop2", "102"), NULL,
};

static const struct passwd *account_named(const char *name) {
    const struct passwd *found = getpwnam(name);
    ck_assert_msg(found, "there is no user '%s'", name);
    return found;
}

static const struct passwd *account_of(uid_t user) {
    const struct passwd *found = getpwuid(user);
    ck_assert_msg(found, "there is no user %u", user);
    return found;
}

const char *system_user(guint i) {
    return getuid() == 0 ? user_names[i] : account_of(getuid())->pw_name;
}

uid_t system_uid(const char *account) {
    return account_named(account)->pw_uid;
}

/* A build folder in the home of root is closed to others: then the service stays root. */
static bool service_can_run(void) {
    static int known = -1;
    const char *program = g_getenv("CALLBUSD");
    if (known >= 0)
        return known;
    system_act_as(service_user_name, NULL);
    known = program && euidaccess(program, X_OK) == 0;
    system_act_as_self();
    return known;
}

const char *system_service_user(void) {
    return getuid() == 0 && service_can_run() ? service_user_name : account_of(getuid())->pw_name;
}

static gid_t group_named(const char *name) {
    const struct group *found = getgrnam(name);
    ck_assert_msg(found, "there is no group %s", name);
    return found->gr_gid;
}

void system_act_as(const char *account, const char *group) {
    const struct passwd *user = account_named(account);
    gid_t groups[] = {user->pw_gid, group ? group_named(group) : user->pw_gid};
    if (user->pw_uid == geteuid())
        return;
    ck_assert_int_eq(setgroups(G_N_ELEMENTS(groups), groups), 0);
    ck_assert_int_eq(setegid(user->pw_gid), 0);
    ck_assert_int_eq(seteuid(user->pw_uid), 0);
}

void system_act_as_self(void) {
    if (geteuid() == getuid())
        return;
    ck_assert_int_eq(seteuid(getuid()), 0);
    ck_assert_int_eq(setegid(getgid()), 0);
    ck_assert_int_eq(initgroups("root", getgid()), 0);
}

void system_become(const char *account) {
    const struct passwd *user = getpwnam(account);
    if (!user || initgroups(account, user->pw_gid) < 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
        _exit(125);
}
