/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Peers: foreign programs, started, watched and ended. */
#include "tests/peers/peer.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ADDRESSES = 4,
    END_S = 10,    /* that a peer may take to end when it is asked to */
    TURN_MS = 5,
    TAIL = 6000,   /* bytes of a log that are told */
};

struct Peer {
    char *folder;
    pid_t pid; /* 0: it was waited for */
    int status;
    bool is_lasting;
};

static char addresses[ADDRESSES][16];
static char *top;
static GPtrArray *peers; /* of Peer, also of those that have ended */
static GPtrArray *folders;

/* ---- Places ---- */

/* The process id is in the address: 127.16.0.1 to 127.143.255.255. */
const char *peer_address(unsigned n) {
    unsigned pid = (unsigned) getpid();

    ck_assert_uint_lt(n, ADDRESSES);
    g_snprintf(addresses[n], sizeof(addresses[n]), "127.%u.%u.%u", 16 + ((pid >> 14) & 0x7f), (pid >> 6) & 0xff,
               ((pid & 0x3f) << 2) + n);
    return addresses[n];
}

void peers_begin(const char *folder) {
    g_free(top);
    top = g_strdup(folder);
    peers = g_ptr_array_new();
    folders = g_ptr_array_new_with_free_func(g_free);
}

const char *peer_folder(const char *name) {
    g_autofree char *file = g_strdup_printf("%s-%u", name, folders->len + 1);
    char *path = g_build_filename(top, file, NULL);

    ck_assert_msg(g_mkdir(path, 0700) == 0, "%s: %s", path, g_strerror(errno));
    g_ptr_array_add(folders, path);
    return path;
}

void peer_write(const char *folder, const char *file, const char *text) {
    g_autofree char *path = g_build_filename(folder, file, NULL);

    ck_assert_msg(g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL), "%s", path);
}

/* ---- Life ---- */

static void become(const char *folder, const char *const *argv) {
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int log = -1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (chdir(folder) == 0)
        log = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || nothing < 0)
        _exit(126);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    execvp(argv[0], (char *const *) argv);
    fprintf(stderr, "%s: %s\n", argv[0], g_strerror(errno));
    _exit(127);
}

Peer *peer_start(const char *folder, const char *const *argv) {
    Peer *peer = g_new0(Peer, 1);

    peer->folder = g_strdup(folder);
    peer->pid = fork();
    ck_assert_int_ge(peer->pid, 0);
    if (peer->pid == 0)
        become(folder, argv);
    g_ptr_array_add(peers, peer);
    return peer;
}

pid_t peer_pid(const Peer *peer) {
    return peer->pid;
}

void peer_set_lasting(Peer *peer) {
    peer->is_lasting = true;
}

bool peer_has_ended(Peer *peer) {
    int status;

    if (peer->pid > 0 && waitpid(peer->pid, &status, WNOHANG) == peer->pid) {
        peer->pid = 0;
        peer->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    return peer->pid == 0;
}

int peer_status(Peer *peer) {
    ck_assert(peer_has_ended(peer));
    return peer->status;
}

int peer_stop(Peer *peer) {
    int64_t insist = g_get_monotonic_time() + END_S * G_USEC_PER_SEC;

    if (!peer_has_ended(peer))
        kill(peer->pid, SIGTERM);
    while (!peer_has_ended(peer)) {
        if (g_get_monotonic_time() > insist)
            kill(peer->pid, SIGKILL);
        g_usleep(TURN_MS * 1000);
    }
    return peer->status;
}

/* ---- What they say ---- */

char *peer_log(const Peer *peer, const char *file) {
    g_autofree char *path = g_build_filename(peer->folder, file ? file : "log", NULL);
    char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

static void tell_file(const char *folder, const char *name) {
    g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
    gsize size = 0;

    if (!g_file_get_contents(path, &text, &size, NULL) || size == 0 || !g_utf8_validate(text, (gssize) size, NULL))
        return;
    fprintf(stderr, "---- %s\n%s\n", path, text + (size > TAIL ? size - TAIL : 0));
}

static void tell(const char *folder) {
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir))
        tell_file(folder, name);
}

static void free_peer(Peer *peer) {
    g_free(peer->folder);
    g_free(peer);
}

void peers_tell_trouble(void) {
    for (guint i = 0; i < peers->len; i++) {
        Peer *peer = peers->pdata[i];

        if (!peer->is_lasting && !peer_has_ended(peer))
            tell(peer->folder);
    }
}

void peers_end(void) {
    for (guint i = 0; i < peers->len; i++) {
        peer_stop(peers->pdata[i]);
        free_peer(peers->pdata[i]);
    }
    g_clear_pointer(&peers, g_ptr_array_unref);
    g_clear_pointer(&folders, g_ptr_array_unref);
    g_clear_pointer(&top, g_free);
}

void peers_fail(const char *format, ...) {
    g_autofree char *text = NULL;
    va_list list;

    va_start(list, format);
    text = g_strdup_vprintf(format, list);
    va_end(list);
    for (guint i = 0; i < peers->len; i++)
        tell(((Peer *) peers->pdata[i])->folder);
    ck_abort_msg("%s", text);
    abort();
}

static bool has_said(const Peer *peer, const char *text) {
    g_autofree char *log = peer_log(peer, NULL);

    return strstr(log, text);
}

void peer_await(Peer *peer, const char *text) {
    int64_t deadline = g_get_monotonic_time() + PEER_HUNG_S * G_USEC_PER_SEC;

    while (!has_said(peer, text)) {
        if (peer_has_ended(peer))
            peers_fail("%s ended with %d instead of saying '%s'", peer->folder, peer->status, text);
        if (g_get_monotonic_time() > deadline)
            peers_fail("%s does not say '%s'", peer->folder, text);
        g_usleep(TURN_MS * 1000);
    }
}

/* The kernel tells: to try whether the port is free would take it away, for a moment. */
static bool is_listening(const char *address, uint16_t port, bool tcp) {
    g_autofree char *table = NULL, *socket = NULL;
    struct in_addr in;

    ck_assert_int_eq(inet_pton(AF_INET, address, &in), 1);
    ck_assert(g_file_get_contents(tcp ? "/proc/net/tcp" : "/proc/net/udp", &table, NULL, NULL));
    socket = g_strdup_printf(": %08X:%04X 00000000:0000 %s ", in.s_addr, port, tcp ? "0A" : "07");
    return strstr(table, socket);
}

void peer_await_listening(Peer *peer, const char *address, uint16_t port, bool tcp) {
    int64_t deadline = g_get_monotonic_time() + PEER_HUNG_S * G_USEC_PER_SEC;

    while (!is_listening(address, port, tcp)) {
        if (peer_has_ended(peer))
            peers_fail("%s ended with %d instead of listening", peer->folder, peer->status);
        if (g_get_monotonic_time() > deadline)
            peers_fail("%s does not listen", peer->folder);
        g_usleep(TURN_MS * 1000);
    }
}

void peer_await_end(Peer *peer, int status) {
    int64_t deadline = g_get_monotonic_time() + PEER_HUNG_S * G_USEC_PER_SEC;

    while (!peer_has_ended(peer)) {
        if (g_get_monotonic_time() > deadline)
            peers_fail("%s does not end", peer->folder);
        g_usleep(TURN_MS * 1000);
    }
    if (peer->status != status)
        peers_fail("%s ended with %d instead of %d", peer->folder, peer->status, status);
}
