/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The folder of a test program, and its keeper: a process that waits until it is told to go on, or until nobody has the other end
 * of its pipe any more. The program has it, and what it forks; not what they start, which dies with them, but may write until
 * then.
 */
#include "tests/bus/util-folder.h"

#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 100, TRY_AGAIN_USEC = 50000 };

static pid_t keeper;
static int pipe_end = -1;

static void remove_tree(const char *path) {
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    for (const char *name = directory ? g_dir_read_name(directory) : NULL; name;
         name = g_dir_read_name(directory)) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR) && !g_file_test(child, G_FILE_TEST_IS_SYMLINK))
            remove_tree(child);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

/* In a session of its own: who ends a program with all of its group does not end this. Whoever reads what the program prints
 * does not wait for it. */
static void keep(const char *path, int fd) {
    char byte;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    setsid();
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        dup2(nothing, i);
    while (read(fd, &byte, 1) < 0)
        ;
    for (guint i = 0; i < TRIES && g_file_test(path, G_FILE_TEST_EXISTS); i++) {
        if (i > 0)
            g_usleep(TRY_AGAIN_USEC);
        remove_tree(path);
    }
    _exit(0);
}

char *folder_new(void) {
    g_autoptr(GError) error = NULL;
    char *path = g_dir_make_tmp("callbus-test-XXXXXX", &error);
    int fds[2];
    if (!path) {
        fprintf(stderr, "no temporary folder: %s\n", error->message);
        return NULL;
    }
    /* Clients of other users pass through. */
    g_chmod(path, 0711);
    if (g_getenv("CALLBUS_TEST_KEEP") || pipe2(fds, O_CLOEXEC) < 0) {
        fprintf(stderr, "kept: %s\n", path);
        return path;
    }
    keeper = fork();
    if (keeper == 0) {
        close(fds[1]);
        keep(path, fds[0]);
    }
    close(fds[0]);
    pipe_end = fds[1];
    return path;
}

void folder_end(void) {
    if (keeper <= 0)
        return;
    /* Now, whoever is left. */
    if (write(pipe_end, "", 1) < 0)
        perror("the keeper of the folder");
    close(pipe_end);
    waitpid(keeper, NULL, 0);
    keeper = 0;
}
