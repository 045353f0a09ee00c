/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Preload: sd-bus has no memory left for one of the things that it is asked to do (LD_PRELOAD). CALLBUS_TEST_MEMORY says for which:
 * so many are done before.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#define EXPORT __attribute__((visibility("default")))

static bool is_out_of_memory(void) {
    static long left = -1;

    if (left < 0)
        left = strtol(getenv("CALLBUS_TEST_MEMORY") ?: "0", NULL, 10);
    return left > 0 && --left == 0;
}

#define DEFINE(name, arguments, parameters)                                   \
    EXPORT int name arguments {                                               \
        union {                                                               \
            void *symbol;                                                     \
            int(*function) arguments;                                         \
        } real = { .symbol = dlsym(RTLD_NEXT, #name) };                       \
                                                                              \
        return is_out_of_memory() ? -ENOMEM : real.function parameters;       \
    }

DEFINE(sd_bus_send, (sd_bus *bus, sd_bus_message *m, uint64_t *cookie), (bus, m, cookie))
DEFINE(sd_bus_message_new_method_return, (sd_bus_message *call, sd_bus_message **m), (call, m))
DEFINE(sd_bus_message_new_signal, (sd_bus *bus, sd_bus_message **m, const char *path, const char *interface, const char *member),
       (bus, m, path, interface, member))
DEFINE(sd_bus_message_set_destination, (sd_bus_message *m, const char *destination), (m, destination))
