/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preload: a program that asks for a name lets others take it over, which it would not do by itself (LD_PRELOAD). */
#include <dlfcn.h>
#include <systemd/sd-bus.h>

__attribute__((visibility("default"))) int sd_bus_request_name(sd_bus *bus, const char *name, uint64_t flags) {
    union {
        void *symbol;
        int (*function)(sd_bus *bus, const char *name, uint64_t flags);
    } real = { .symbol = dlsym(RTLD_NEXT, "sd_bus_request_name") };

    return real.function(bus, name, flags | SD_BUS_NAME_ALLOW_REPLACEMENT);
}
