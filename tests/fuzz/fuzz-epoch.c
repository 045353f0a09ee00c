/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Epoch: any bytes in its file. */
#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "service/epoch.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *path = fuzz_write("epoch", data, size), *before = fuzz_text(data, size);
    g_autofree char *why = NULL, *after = NULL, *expected = NULL;
    uint64_t epoch = 0, again = 0;
    size_t after_size = 0;
    int r = epoch_raise(fuzz_folder(), &epoch, &why);

    if (r < 0) {
        after = fuzz_read("epoch", &after_size);
        must(fuzz_is_message(why) && strstr(why, path), "it says '%s'", why);
        must(epoch == 0 && after_size == size && memcmp(after, data, size) == 0, "it failed, and changed something");
        return 0;
    }
    after = fuzz_read("epoch", NULL);
    expected = g_strdup_printf("%" PRIu64 "\n", epoch);
    must(!why && epoch > 0 && strcmp(after, expected) == 0, "it is %" PRIu64 ", and the file says '%s'", epoch, after);
    must(epoch == g_ascii_strtoull(before, NULL, 10) + 1, "it was '%s' and is %" PRIu64, before, epoch);
    if (epoch < UINT64_MAX)
        must(epoch_raise(fuzz_folder(), &again, &why) == 0 && again == epoch + 1, "then it is %" PRIu64, again);
    return 0;
}
