/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz: texts and files for the targets. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "service/cleanup.h"

static char *folder;

bool fuzz_is_message(const char *text) {
    if (!text || !*text || !g_utf8_validate(text, -1, NULL))
        return false;
    for (; *text; text = g_utf8_next_char(text))
        if (g_unichar_iscntrl(g_utf8_get_char(text)))
            return false;
    return true;
}

char *fuzz_text(const uint8_t *data, size_t size) {
    return g_strndup((const char *) data, size);
}

/* ---- Files ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where) {
    return remove(path);
}

static void remove_folder(void) {
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    g_free(folder);
}

const char *fuzz_folder(void) {
    if (folder)
        return folder;
    /* Nobody waits for a disk. */
    if (access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", /* overwrite= */ FALSE);
    folder = g_dir_make_tmp("callbus-fuzz-XXXXXX", NULL);
    must(folder, "there is no place for files");
    atexit(remove_folder);
    return folder;
}

char *fuzz_write(const char *name, const void *data, size_t size) {
    char *path = g_build_filename(fuzz_folder(), name, NULL);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    must(fd >= 0 && write(fd, data, size) == (ssize_t) size, "%s can't be written", path);
    return path;
}

char *fuzz_read(const char *name, size_t *ret_size) {
    g_autofree char *path = g_build_filename(fuzz_folder(), name, NULL);
    char *text = NULL;
    gsize size = 0;

    g_file_get_contents(path, &text, &size, NULL);
    if (ret_size)
        *ret_size = size;
    return text;
}
