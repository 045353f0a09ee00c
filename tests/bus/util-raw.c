/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of crowds, floods and killed processes need beside the harness. */
#include "tests/bus/util-raw.h"

#include <stdlib.h>
#include <string.h>

sd_bus *raw_connect(const char *address) {
    sd_bus *bus = NULL;

    if (sd_bus_new(&bus) < 0 || sd_bus_set_address(bus, address) < 0 || sd_bus_set_bus_client(bus, true) < 0 ||
        sd_bus_start(bus) < 0)
        abort();
    return bus;
}

uint64_t service_kib(void) {
    g_autofree char *path = g_strdup_printf("/proc/%d/smaps_rollup", (int) bus_service_pid(t)), *text = NULL;
    const char *dirty;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    dirty = strstr(text, "Private_Dirty:");
    ck_assert_ptr_nonnull(dirty);
    return g_ascii_strtoull(dirty + strlen("Private_Dirty:"), NULL, 10);
}
