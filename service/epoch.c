/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Epoch: a counter in the state folder that rises with every start. */
#include "service/epoch.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "service/cleanup.h"
#include "service/crash-point.h"

static int fail(int error, char **ret_why, const char *folder, const char *file, const char *hint) {
    *ret_why = g_strdup_printf("%s%s%s: %s: %s", folder, file ? "/" : "", file ?: "", g_strerror(error), hint);
    return -error;
}

/* Nobody else reads or raises it meanwhile: two services of one user may share the folder. */
static int lock_folder(const char *folder, char **ret_why) {
    int fd;

    if (g_mkdir_with_parents(folder, 0700) < 0)
        return fail(errno, ret_why, folder, NULL, "give a folder that can be made, with --state");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(errno, ret_why, folder, NULL, "give a folder that can be read, with --state");
    if (flock(fd, LOCK_EX) < 0) {
        int error = errno;

        close(fd);
        return fail(error, ret_why, folder, NULL, "it can't be locked");
    }
    return fd;
}

static bool parse(const char *text, uint64_t *ret) {
    char *end = NULL;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *ret = strtoull(text, &end, 10);
    return errno == 0 && strcmp(end, "\n") == 0 && *ret < UINT64_MAX;
}

static int read_old(int folder_fd, const char *folder, uint64_t *ret, char **ret_why) {
    _cleanup_close_ int fd = openat(folder_fd, "epoch", O_RDONLY | O_CLOEXEC);
    char text[32];
    ssize_t n;

    if (fd < 0 && errno == ENOENT) {
        *ret = 0;
        return 0;
    }
    if (fd < 0)
        return fail(errno, ret_why, folder, "epoch", "it must be readable");
    n = read(fd, text, sizeof(text) - 1);
    if (n < 0)
        return fail(errno, ret_why, folder, "epoch", "it must be a readable file");
    text[n] = '\0';
    if (!parse(text, ret)) {
        *ret_why = g_strdup_printf("%s/epoch: not a number: write one into it that is greater than any epoch before", folder);
        return -EBADMSG;
    }
    return 0;
}

/* Whole or not at all: a new file takes the place of the old one. */
static int write_new(int folder_fd, const char *folder, uint64_t epoch, char **ret_why) {
    _cleanup_close_ int fd = openat(folder_fd, "epoch.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    g_autofree char *text = g_strdup_printf("%" PRIu64 "\n", epoch);

    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t) strlen(text) || fsync(fd) < 0 ||
        renameat(folder_fd, "epoch.new", folder_fd, "epoch") < 0 || fsync(folder_fd) < 0)
        return fail(errno ?: ENOSPC, ret_why, folder, "epoch", "it must be writable, and its disk not full");
    return 0;
}

int epoch_raise(const char *folder, uint64_t *ret, char **ret_why) {
    _cleanup_close_ int fd = lock_folder(folder, ret_why);
    uint64_t epoch = 0;
    int r;

    if (fd < 0)
        return fd;
    r = read_old(fd, folder, &epoch, ret_why);
    if (r < 0)
        return r;
    crash_point("journal:epoch");
    r = write_new(fd, folder, epoch + 1, ret_why);
    if (r < 0)
        return r;
    crash_point("journal:epoch-raised");
    *ret = epoch + 1;
    return 0;
}
