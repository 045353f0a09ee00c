/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbusctl line add, line remove. */
#include "interfaces/cli/ctl.h"
#include "interfaces/cli/text.h"
#include "interfaces/names.h"

#include <stdio.h>
#include <string.h>

/* How long a person who adds a line waits for more news of it. */
#define PATIENCE_USEC (UINT64_C(3) * 1000000)

static int append_settings(sd_bus_message *m, char **pairs) {
    int r = sd_bus_message_open_container(m, 'a', "{ss}");

    for (char **pair = pairs; r >= 0 && *pair; pair++) {
        const char *equals = strchr(*pair, '=');
        g_autofree char *key = g_strndup(*pair, equals - *pair);

        r = sd_bus_message_append(m, "{ss}", key, equals + 1);
    }
    return r < 0 ? r : sd_bus_message_close_container(m);
}

static Record *find_line(const Ctl *ctl, const char *name, sd_bus_error *ret_error) {
    g_autoptr(GPtrArray) lines = NULL, calls = NULL;

    if (remote_list(ctl->remote, &lines, &calls, ret_error) < 0)
        return NULL;
    for (unsigned i = 0; i < lines->len; i++)
        if (strcmp(record_name(g_ptr_array_index(lines, i)), name) == 0)
            return g_ptr_array_steal_index(lines, i);
    return NULL;
}

/* Signals of lines are what is waited for; what they say is read anew. */
static void wait_for_news(sd_bus *bus, uint64_t until) {
    uint64_t now = (uint64_t) g_get_monotonic_time();
    bool came = false;

    while (sd_bus_process(bus, NULL) > 0)
        came = true;
    if (!came && now < until)
        (void) sd_bus_wait(bus, until - now);
}

/* Each state of the line, until it is in service or nothing more comes. Scripts ask when they want to know. */
static void tell_how_it_goes(const Ctl *ctl, const char *name) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    uint64_t until = (uint64_t) g_get_monotonic_time() + PATIENCE_USEC;
    g_autofree char *told = g_strdup("");

    if (!ctl->look.terminal || ctl->json != JSON_OFF || remote_follow_lines(ctl->remote, &error) < 0)
        return;
    while ((uint64_t) g_get_monotonic_time() < until) {
        g_autoptr(Record) line = find_line(ctl, name, &error);
        g_autofree char *state = line ? ctl_line_state(line) : NULL, *safe = text_safe(state);
        if (!line)
            return;
        if (strcmp(safe, told) != 0) {
            printf("Line %s is %s.\n", name, safe);
            fflush(stdout);
            g_free(told);
            told = g_steal_pointer(&safe);
            until = (uint64_t) g_get_monotonic_time() + PATIENCE_USEC;
        }
        if (strcmp(record_text(line, "State"), "in-service") == 0)
            return;
        wait_for_news(remote_bus(ctl->remote), until);
    }
}

int ctl_line_add(Ctl *ctl, const char *name, const char *provider, char **pairs) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;
    int r;

    for (char **pair = pairs; *pair; pair++)
        if (!strchr(*pair, '='))
            return ctl_misuse("'%s' is no KEY=VALUE, such as User=alice", *pair);
    r = remote_new_method(ctl->remote, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "AddLine", &message);
    if (r >= 0)
        r = sd_bus_message_append(message, "ss", name, provider);
    if (r >= 0)
        r = append_settings(message, pairs);
    if (r >= 0)
        r = remote_call_message(ctl->remote, message, &error, NULL);
    if (r < 0)
        return ctl_fail_bus(ctl, &error, r, "add line %s", name);
    tell_how_it_goes(ctl, name);
    return EXIT_DONE;
}

int ctl_line_remove(Ctl *ctl, const char *name) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    int r = remote_call(ctl->remote, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "RemoveLine", &error, NULL, "s", name);

    if (sd_bus_error_has_name(&error, DBUS_ERROR_UNKNOWN_OBJECT))
        return ctl_fail_line(name);
    return r < 0 ? ctl_fail_bus(ctl, &error, r, "remove line %s", name) : EXIT_DONE;
}
