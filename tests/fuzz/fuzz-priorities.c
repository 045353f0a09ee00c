/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Priorities: any bytes in their file. */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "service/priority.h"
#include "tests/fuzz/fuzz.h"

static void check_list(const Priorities *priorities, MediaMode mode) {
    const char *const *list = priorities_get(priorities, mode);
    unsigned n = g_strv_length((char **) list);

    must(n <= APPS_MAX, "there are %u applications", n);
    for (unsigned i = 0; i < n; i++)
        must(*list[i] && priorities_rank(priorities, mode, list[i]) == i, "'%s' has not its own rank", list[i]);
    must(priorities_rank(priorities, mode, "") == UINT_MAX, "nobody has a rank");
}

/* What was read is written as it was, and found again. */
static void check_again(Priorities *priorities, const char *path, MediaMode mode) {
    g_auto(GStrv) list = g_strdupv((char **) priorities_get(priorities, mode));
    Refusal *refusal = priorities_set(priorities, mode, (const char *const *) list);
    Priorities *again = priorities_new(path);

    must(!refusal, "%s", refusal_text(refusal));
    must(g_strv_equal((const char *const *) list, priorities_get(again, mode)), "a list has changed in the file");
    priorities_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *path = fuzz_write("priorities.conf", data, size), *kept = NULL;
    g_autofree char *aside = g_strconcat(path, ".bad", NULL);
    size_t kept_size = 0;
    Priorities *priorities;

    unlink(aside);
    priorities = priorities_new(path);
    for (MediaMode mode = 0; mode < _MEDIA_MAX; mode++)
        check_list(priorities, mode);
    if (access(path, F_OK) < 0) {
        kept = fuzz_read("priorities.conf.bad", &kept_size);
        must(kept && kept_size == size && memcmp(kept, data, size) == 0, "a bad file is gone");
    }
    check_again(priorities, path, (size > 0 ? data[0] : 0) % _MEDIA_MAX);
    priorities_free(priorities);
    return 0;
}
