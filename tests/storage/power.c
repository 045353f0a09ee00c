/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Power: what of its files a disk has when the power fails. */
#include "tests/storage/power.h"

#include <glib.h>
#include <string.h>

#include "tests/model/random.h"

enum { SECTOR = 512 };

/* Since the last sync, in order. */
typedef struct Change {
    int64_t offset; /* of what is written; or the size that the file is cut to */
    GBytes *data;   /* NULL: it is cut */
} Change;

typedef struct Recorded {
    GByteArray *kept; /* as of the last sync */
    GPtrArray *since; /* of Change */
} Recorded;

static char *watched;
static GHashTable *files; /* name -> Recorded */

void (*power_may_fail)(void);

static void change_free(void *data) {
    Change *change = data;

    if (change->data)
        g_bytes_unref(change->data);
    g_free(change);
}

static void recorded_free(void *data) {
    Recorded *recorded = data;

    g_byte_array_unref(recorded->kept);
    g_ptr_array_unref(recorded->since);
    g_free(recorded);
}

void power_begin(const char *folder) {
    power_end();
    watched = g_strconcat(folder, "/", NULL);
    files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, recorded_free);
}

void power_end(void) {
    g_clear_pointer(&watched, g_free);
    g_clear_pointer(&files, g_hash_table_unref);
}

/* NULL: it is elsewhere. */
static Recorded *find(const char *path) {
    const char *name = path + strlen(watched);
    Recorded *recorded;

    if (!g_str_has_prefix(path, watched))
        return NULL;
    recorded = g_hash_table_lookup(files, name);
    if (recorded)
        return recorded;
    recorded = g_new(Recorded, 1);
    *recorded = (Recorded) { g_byte_array_new(), g_ptr_array_new_with_free_func(change_free) };
    g_hash_table_insert(files, g_strdup(name), recorded);
    return recorded;
}

static void add(const char *path, int64_t offset, GBytes *data) {
    Recorded *recorded = find(path);
    Change *change = g_new(Change, 1);

    *change = (Change) { offset, data };
    if (recorded)
        g_ptr_array_add(recorded->since, change);
    else
        change_free(change);
}

static void on_writes(const char *path, int64_t offset, const void *data, size_t size) {
    add(path, offset, g_bytes_new(data, size));
}

static void on_truncates(const char *path, int64_t size) {
    add(path, size, NULL);
}

/* ---- What becomes of a file ---- */

static void grow(GByteArray *file, size_t size) {
    size_t old = file->len;

    if (size <= old)
        return;
    g_byte_array_set_size(file, size);
    memset(file->data + old, 0, size - old);
}

static void put(GByteArray *file, int64_t offset, const uint8_t *data, size_t size) {
    grow(file, offset + size);
    memcpy(file->data + offset, data, size);
}

/* Some sectors of it; the file may have grown by all of it. */
static void put_torn(GByteArray *file, const Change *change) {
    size_t size = 0;
    const uint8_t *data = g_bytes_get_data(change->data, &size);

    if (chance(50))
        grow(file, change->offset + size);
    for (size_t i = 0; i < size; i += SECTOR)
        if (chance(50))
            put(file, change->offset + i, data + i, MIN(SECTOR, size - i));
}

static void apply(GByteArray *file, const Change *change, bool torn) {
    size_t size = 0;

    if (!change->data)
        g_byte_array_set_size(file, MIN(file->len, change->offset));
    else if (torn)
        put_torn(file, change);
    else {
        const uint8_t *data = g_bytes_get_data(change->data, &size);

        put(file, change->offset, data, size);
    }
}

static void on_syncs(const char *path) {
    Recorded *recorded = find(path);

    if (!recorded)
        return;
    if (power_may_fail)
        power_may_fail();
    for (unsigned i = 0; i < recorded->since->len; i++)
        apply(recorded->kept, g_ptr_array_index(recorded->since, i), /* torn= */ false);
    g_ptr_array_set_size(recorded->since, 0);
}

/* The folder's own record is taken to be in order. */
static void on_deletes(const char *path) {
    if (g_str_has_prefix(path, watched))
        g_hash_table_remove(files, path + strlen(watched));
}

const DiskWatcher power_watcher = { on_writes, on_truncates, on_syncs, on_deletes };

/* ---- Images ---- */

/* The same changes in another order. */
static GPtrArray *shuffle(const GPtrArray *changes) {
    GPtrArray *order = g_ptr_array_new();

    for (unsigned i = 0; i < changes->len; i++)
        g_ptr_array_insert(order, (int) below(i + 1), g_ptr_array_index(changes, i));
    return order;
}

static GByteArray *found(const Recorded *recorded) {
    GByteArray *file = g_byte_array_new();
    g_autoptr(GPtrArray) order = NULL;
    unsigned way = below(5), until = below(recorded->since->len + 1);

    g_byte_array_append(file, recorded->kept->data, recorded->kept->len);
    order = way == 4 ? shuffle(recorded->since) : g_ptr_array_ref(recorded->since);
    for (unsigned i = 0; i < order->len; i++) {
        const Change *change = g_ptr_array_index(order, i);

        /* Nothing; all; all up to one that is torn; any, in order or not, and some of them torn. */
        if (way == 1 || (way == 2 && i < until) || (way >= 3 && chance(50)))
            apply(file, change, way >= 3 && chance(25));
        else if (way == 2 && i == until)
            apply(file, change, /* torn= */ true);
    }
    return file;
}

void power_image(const char *folder) {
    GHashTableIter iter;
    void *name, *recorded;

    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, &name, &recorded)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GByteArray *file = found(recorded);

        g_assert(g_file_set_contents_full(path, (char *) file->data, file->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
        g_byte_array_unref(file);
    }
}
