/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Process: a folder of its own for each, so that many can run at once. */
#include "tests/conformance/process.h"

#include <check.h>
#include <glib/gstdio.h>

#include "providers/remote/remote.h"

/* The data of the provider is the Remote, so the rest is kept here: there is one at a time. */
static Door *door;
static char *folder;

void *process_make(const char *program, const char *name, const LineConfig *lines, size_t n_lines) {
    RemoteConfig config = { .name = name, .program = program, .is_local = true, .epoch = 1, .lines = lines, .n_lines = n_lines };
    g_autofree char *why = NULL;

    folder = g_dir_make_tmp("callbus.XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    g_setenv("XDG_RUNTIME_DIR", folder, TRUE);
    ck_assert_msg(door_open(&(DoorOptions) { .state = folder }, &door, &why) >= 0, "no door: %s", why);
    return remote_new(door, &config);
}

const ProviderOps *process_ops(void *process) {
    return remote_ops(process);
}

static void remove_tree(const char *path) {
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_tree(child);
    }
    g_remove(path);
}

void process_unmake(void *process) {
    remote_free(process);
    door = door_free(door);
    remove_tree(folder);
    g_clear_pointer(&folder, g_free);
}
