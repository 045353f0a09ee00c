/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lock: one process of a provider's name for each service. */
#include "providers/host/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "service/log.h"

/* In the folder that is the provider's own, else beside the socket; and of that socket. */
static char *lock_path(const char *address, const char *name) {
    static const char prefix[] = "unix:path=";
    const char *folder = g_getenv("RUNTIME_DIRECTORY");
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, address, -1);
    g_autofree char *socket = g_str_has_prefix(address, prefix) ? g_strdup(address + strlen(prefix)) : NULL;
    g_autofree char *beside = socket ? g_path_get_dirname(socket) : NULL;

    if (!folder || !*folder)
        folder = beside;
    return folder ? g_strdup_printf("%s/%s-%.16s.lock", folder, name, sum) : NULL;
}

int lock_take(const char *address, const char *name) {
    g_autofree char *path = lock_path(address, name);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

    if (fd < 0) {
        log_debug("event: no lock, error: %s", path ? g_strerror(errno) : "no folder for it");
        return 0;
    }
    /* The file stays open as long as the process lives. */
    return flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK ? -EBUSY : 0;
}
