/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Door: the socket at which providers that are processes of their own find the service. */
#include "providers/remote/door.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "providers/remote/link.h"
#include "service/log.h"

#define FD_NAME "callbus-providers"
#define PROVIDER_USER "callbus-provider"

enum {
    STRANGERS_MAX = 16, /* that have not said hello */
    BACKLOG = 32,
    REST_MS = 1000,
};

struct Door {
    char *folder, *path, *address;
    int fd, lock;
    bool old;
    guint watch;
    uid_t guest; /* the other user whose processes may come in */
    GHashTable *remotes;
    GQueue strangers;    /* of Link */
    const Link *talking; /* the one of them that says much, or NULL */
};

/* ---- Where ---- */

/* One bus, one folder: a user may have several session buses. */
static char *session_key(void) {
    const char *address = g_getenv("DBUS_SESSION_BUS_ADDRESS");
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, address ?: "", -1);

    return g_strndup(sum, 16);
}

static char *folder_under(const char *base, const char *middle) {
    g_autofree char *key = session_key();

    return g_build_filename(base, middle, key, NULL);
}

/* The n-th place to try, or NULL. A path of a socket has 107 bytes at most, so that not every folder is one. */
static char *nth_folder(const DoorOptions *options, unsigned n) {
    const char *runtime = g_getenv("RUNTIME_DIRECTORY"), *user = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *own = NULL;

    switch (n) {
    case 0:
        if (!runtime || !*runtime)
            return g_strdup("");
        own = g_strndup(runtime, strcspn(runtime, ":"));
        return options->system ? g_steal_pointer(&own) : folder_under(own, "");
    case 1:
        return options->system || !user || !*user ? g_strdup("") : folder_under(user, "callbus");
    case 2:
        return g_build_filename(options->state, "run", NULL);
    case 3:
        own = g_strdup_printf("callbus-%u", (unsigned) geteuid());
        return folder_under(g_get_tmp_dir(), own);
    }
    return NULL;
}

/* It is ours, or maybe root's, and nobody else can put anything there. */
static bool is_safe(const char *folder, bool ours) {
    struct stat st;

    return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) && (st.st_uid == geteuid() || (!ours && st.st_uid == 0)) &&
           (st.st_mode & 022) == 0;
}

static bool choose(Door *door, const char *folder) {
    struct sockaddr_un place;
    g_autofree char *path = g_build_filename(folder, "providers", NULL), *parent = g_path_get_dirname(folder);

    if (!*folder || strlen(path) >= sizeof(place.sun_path) || g_mkdir_with_parents(folder, 0700) < 0)
        return false;
    if (!is_safe(folder, /* ours= */ true) || !is_safe(parent, /* ours= */ false))
        return false;
    door->folder = g_strdup(folder);
    door->path = g_steal_pointer(&path);
    door->address = g_strconcat("unix:path=", door->path, NULL);
    return true;
}

static int find_place(Door *door, const DoorOptions *options, char **ret_why) {
    for (unsigned i = 0;; i++) {
        g_autofree char *folder = nth_folder(options, i);

        if (!folder) {
            *ret_why = g_strdup("There is no folder for the socket of the providers: set XDG_RUNTIME_DIR to one of your own");
            return -ENOENT;
        }
        if (choose(door, folder))
            return 0;
    }
}

/* Two services at one door would take each other's providers. */
static int take_lock(Door *door, char **ret_why) {
    g_autofree char *path = g_build_filename(door->folder, "lock", NULL);

    door->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (door->lock >= 0 && flock(door->lock, LOCK_EX | LOCK_NB) >= 0)
        return 0;
    *ret_why = errno == EWOULDBLOCK ? g_strdup_printf("Another callbusd has the providers of %s", door->path)
                                    : g_strdup_printf("%s can't be locked: %s", path, g_strerror(errno));
    return errno == EWOULDBLOCK ? -EBUSY : -errno;
}

/* ---- The socket ---- */

/* What was put aside for us by the service manager: the one at our path, if any. */
static int take_kept(const Door *door) {
    char **names = NULL;
    int found = -1, n = sd_listen_fds_with_names(/* unset_environment= */ true, &names);

    for (int i = 0; i < n; i++) {
        int fd = SD_LISTEN_FDS_START + i;
        bool ours = names && strcmp(names[i], FD_NAME) == 0 && g_file_test(door->path, G_FILE_TEST_EXISTS) &&
                    sd_is_socket_unix(fd, SOCK_STREAM, 1, door->path, 0) > 0;

        if (ours && found < 0)
            found = fd;
        else
            close(fd);
    }
    for (char **name = n >= 0 ? names : NULL; name && *name; name++)
        free(*name);
    free(names);
    return found;
}

static int bind_socket(const Door *door, bool open_to_all) {
    struct sockaddr_un place = { .sun_family = AF_UNIX };
    _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int taken;

    memcpy(place.sun_path, door->path, strlen(door->path) + 1);
    unlink(door->path);
    if (fd < 0 || bind(fd, (const struct sockaddr *) &place, sizeof(place)) < 0)
        return -errno;
    if (chmod(door->path, open_to_all ? 0666 : 0600) < 0 || listen(fd, BACKLOG) < 0)
        return -errno;
    taken = fd;
    fd = -1;
    return taken;
}

static void keep(const Door *door) {
    sd_pid_notify_with_fds(0, /* unset_environment= */ false, "FDSTORE=1\nFDNAME=" FD_NAME, &door->fd, 1);
}

/* ---- Who comes ---- */

/* The kernel says who it is. */
static bool may_come_in(const Door *door, const struct ucred *who) {
    return who->uid == geteuid() || who->uid == 0 || (door->guest != (uid_t) -1 && who->uid == door->guest);
}

static void receive(Door *door, int fd) {
    struct ucred who;
    socklen_t size = sizeof(who);
    Link *link;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0 || !may_come_in(door, &who) ||
        door->strangers.length >= STRANGERS_MAX) {
        close(fd);
        return;
    }
    link = link_new(door, fd, who.pid);
    if (link)
        g_queue_push_tail(&door->strangers, link);
}

static void open_up(Door *door);

static gboolean on_rested(void *userdata) {
    open_up(userdata);
    return G_SOURCE_REMOVE;
}

/* Who can't be let in stays at the door: to look again at once would be all that is done. */
static gboolean rest(Door *door) {
    log_warning("A provider can't be let in (%s): that is tried again", g_strerror(errno));
    door->watch = g_timeout_add(REST_MS, on_rested, door);
    return G_SOURCE_REMOVE;
}

static gboolean on_visit(int fd, GIOCondition condition, void *userdata) {
    int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (connection < 0)
        return errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM ? rest(userdata) : G_SOURCE_CONTINUE;
    receive(userdata, connection);
    return G_SOURCE_CONTINUE;
}

static void open_up(Door *door) {
    door->watch = g_unix_fd_add(door->fd, G_IO_IN, on_visit, door);
}

void door_let_go(Door *door, Link *link) {
    g_queue_remove(&door->strangers, link);
    if (door->talking == link)
        door->talking = NULL;
}

bool door_lets_talk(Door *door, const Link *link) {
    if (!door->talking)
        door->talking = link;
    return door->talking == link;
}

void door_expect(Door *door, const char *name, Remote *remote) {
    g_hash_table_insert(door->remotes, g_strdup(name), remote);
}

void door_forget(Door *door, const char *name) {
    g_hash_table_remove(door->remotes, name);
}

Remote *door_find(const Door *door, const char *name) {
    return g_hash_table_lookup(door->remotes, name);
}

/* ---- Life ---- */

static uid_t find_guest(bool system) {
    const struct passwd *user = system ? getpwnam(PROVIDER_USER) : NULL;

    return user ? user->pw_uid : (uid_t) -1;
}

static int open_socket(Door *door, bool system, char **ret_why) {
    door->old = g_file_test(door->path, G_FILE_TEST_EXISTS);
    door->fd = take_kept(door);
    if (door->fd >= 0)
        return 0;
    door->fd = bind_socket(door, system);
    if (door->fd < 0) {
        *ret_why = g_strdup_printf("The socket %s can't be made: %s", door->path, g_strerror(-door->fd));
        return door->fd;
    }
    keep(door);
    return 0;
}

int door_open(const DoorOptions *options, Door **ret, char **ret_why) {
    _cleanup_(door_freep) Door *door = g_new0(Door, 1);
    int r;

    *door = (Door) {
        .fd = -1,
        .lock = -1,
        .guest = find_guest(options->system),
        .remotes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    r = find_place(door, options, ret_why);
    if (r >= 0)
        r = take_lock(door, ret_why);
    if (r >= 0)
        r = open_socket(door, options->system, ret_why);
    if (r < 0)
        return r;
    open_up(door);
    *ret = TAKE_PTR(door);
    return 0;
}

void door_close(Door *door) {
    if (!door || door->fd < 0)
        return;
    g_source_remove(door->watch);
    unlink(door->path);
    sd_notify(/* unset_environment= */ false, "FDSTOREREMOVE=1\nFDNAME=" FD_NAME);
    close(door->fd);
    close(door->lock);
    door->fd = door->lock = -1;
}

/* A service that was not asked to stop leaves the socket where it is, for the next one. */
Door *door_free(Door *door) {
    if (!door)
        return NULL;
    while (!g_queue_is_empty(&door->strangers))
        link_free(g_queue_pop_head(&door->strangers));
    if (door->fd >= 0) {
        if (door->watch)
            g_source_remove(door->watch);
        close(door->fd);
    }
    if (door->lock >= 0)
        close(door->lock);
    g_hash_table_unref(door->remotes);
    g_free(door->folder);
    g_free(door->path);
    g_free(door->address);
    g_free(door);
    return NULL;
}

bool door_is_old(const Door *door) {
    return door->old;
}

const char *door_address(const Door *door) {
    return door->address;
}

const char *door_folder(const Door *door) {
    return door->folder;
}
