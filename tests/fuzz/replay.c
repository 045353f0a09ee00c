/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Replay: main() of a target where there is no libFuzzer. Understands of its command line what is used here:
 *
 *     TARGET [-runs=N] [-seed=N] [-max_total_time=SECONDS] FILE-OR-FOLDER...
 *
 * Tries every file, then N inputs that are changed ones, or as many as there is time for. Options that it does not know are ignored.
 */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tests/fuzz/fuzz.h"
#include "tests/model/random.h"

enum {
    SIZE_MAX_CHANGED = 4096,
    CHANGES_MAX = 6,
};

static GPtrArray *inputs; /* of GBytes */

static void add_file(const char *path) {
    char *text = NULL;
    gsize size = 0;

    if (g_file_get_contents(path, &text, &size, NULL))
        g_ptr_array_add(inputs, g_bytes_new_take(text, size));
}

static void add_path(const char *path) {
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    if (!dir) {
        add_file(path);
        return;
    }
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        add_file(file);
    }
}

static GBytes *any_input(void) {
    return g_ptr_array_index(inputs, below(inputs->len));
}

/* One change: a bit, a byte, bytes away, bytes doubled, or bytes of another input. */
static void change(GByteArray *bytes) {
    unsigned from = below(bytes->len + 1), n = below(MIN(bytes->len - from, 16) + 1);
    size_t size = 0;
    const uint8_t *other = g_bytes_get_data(any_input(), &size);
    g_autofree uint8_t *again = NULL;

    switch (below(5)) {
    case 0:
        if (from < bytes->len)
            bytes->data[from] ^= 1 << below(8);
        break;
    case 1:
        if (from < bytes->len)
            bytes->data[from] = random_next();
        break;
    case 2:
        g_byte_array_remove_range(bytes, from, n);
        break;
    case 3:
        again = g_memdup2(bytes->data + from, n);
        g_byte_array_append(bytes, again, n);
        break;
    case 4:
        if (size > 0)
            g_byte_array_append(bytes, other + below(size) / 2, size / 2);
        break;
    }
    if (bytes->len > SIZE_MAX_CHANGED)
        g_byte_array_set_size(bytes, SIZE_MAX_CHANGED);
}

/* In memory of its own size, so that a byte too far is seen. */
static void try(const void *data, size_t size) {
    g_autofree uint8_t *copy = g_malloc(MAX(size, 1));

    if (size > 0)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
}

static void try_changed(void) {
    GByteArray *bytes = g_byte_array_new();
    GBytes *from = any_input();

    g_byte_array_append(bytes, g_bytes_get_data(from, NULL), g_bytes_get_size(from));
    for (unsigned left = 1 + below(CHANGES_MAX); left > 0; left--)
        change(bytes);
    try(bytes->data, bytes->len);
    g_byte_array_unref(bytes);
}

/* Some targets have a clock of their own, in place of GLib's. */
static time_t seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static uint64_t number_of(const char *option) {
    return g_ascii_strtoull(strchr(option, '=') + 1, NULL, 10);
}

int main(int argc, char **argv) {
    uint64_t runs = 0, seed = (uint64_t) g_get_real_time(), time_max = UINT32_MAX, i = 0;
    time_t end;

    inputs = g_ptr_array_new_with_free_func((GDestroyNotify) g_bytes_unref);
    g_ptr_array_add(inputs, g_bytes_new_static("", 0));
    for (int n = 1; n < argc; n++)
        if (g_str_has_prefix(argv[n], "-runs="))
            runs = number_of(argv[n]);
        else if (g_str_has_prefix(argv[n], "-seed="))
            seed = number_of(argv[n]);
        else if (g_str_has_prefix(argv[n], "-max_total_time="))
            time_max = number_of(argv[n]);
        else if (argv[n][0] != '-')
            add_path(argv[n]);

    fprintf(stderr, "%u inputs, then %" PRIu64 " changed ones, -seed=%" PRIu64 "\n", inputs->len, runs, seed);
    end = seconds() + (time_t) time_max;
    random_seed(seed);
    for (guint n = 0; n < inputs->len; n++)
        try(g_bytes_get_data(g_ptr_array_index(inputs, n), NULL), g_bytes_get_size(g_ptr_array_index(inputs, n)));
    for (; i < runs && seconds() < end; i++)
        try_changed();
    if (i < runs)
        fprintf(stderr, "there was time for %" PRIu64 " of them\n", i);
    g_ptr_array_unref(inputs);
    return EXIT_SUCCESS;
}
