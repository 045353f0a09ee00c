/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interfaces of the service as one XML document, as sd-bus itself shows them: asked over a private connection. */
#include "interfaces/introspect.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "interfaces/call-log-object.h"
#include "interfaces/call-object.h"
#include "interfaces/debug-object.h"
#include "interfaces/line-object.h"
#include "interfaces/manager-object.h"
#include "interfaces/names.h"

/* Nothing but the tables is needed: no handler of them ever runs. */
static const struct {
    const char *interface;
    const sd_bus_vtable *vtable;
} tables[] = {
    { CALLBUS_MANAGER_INTERFACE, manager_vtable },
    { CALLBUS_LINE_INTERFACE, line_vtable },
    { CALLBUS_CALL_INTERFACE, call_vtable },
    { CALLBUS_LOG_INTERFACE, call_log_vtable },
    { CALLBUS_DEBUG_INTERFACE, debug_vtable },
};

static int new_end(int fd, bool server, sd_bus **ret) {
    _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
    sd_id128_t id;
    int r;

    r = sd_bus_new(&bus);
    if (r >= 0)
        r = sd_bus_set_fd(bus, fd, fd);
    if (r >= 0 && server)
        r = sd_id128_randomize(&id);
    if (r >= 0 && server)
        r = sd_bus_set_server(bus, true, id);
    if (r >= 0)
        r = sd_bus_set_anonymous(bus, true);
    if (r >= 0)
        r = sd_bus_start(bus);
    if (r < 0)
        return r;
    *ret = TAKE_PTR(bus);
    return 0;
}

typedef struct Answer {
    char *xml;
    int error;
} Answer;

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Answer *answer = userdata;
    const char *xml = NULL;

    if (sd_bus_message_is_method_error(m, NULL))
        answer->error = -sd_bus_message_get_errno(m);
    else
        answer->error = sd_bus_message_read(m, "s", &xml);
    if (answer->error >= 0)
        answer->xml = g_strdup(xml);
    return 1;
}

static int step(sd_bus *bus) {
    int r;

    do
        r = sd_bus_process(bus, NULL);
    while (r > 0);
    return r;
}

static int ask(sd_bus *server, sd_bus *client, char **ret) {
    Answer answer = {};
    int r;

    r = sd_bus_call_method_async(client, NULL, NULL, CALLBUS_PATH, DBUS_INTROSPECTABLE_INTERFACE, "Introspect", on_answer,
                                 &answer, "");
    /* Both ends are here: what one says the other hears at once. */
    while (r >= 0 && !answer.xml && answer.error == 0) {
        r = step(client);
        if (r >= 0)
            r = step(server);
    }
    if (r < 0 || answer.error < 0)
        return r < 0 ? r : answer.error;
    *ret = answer.xml;
    return 0;
}

/* Our interfaces only: the standard ones, which sd-bus adds to every object, are cut out. */
static char *keep_ours(const char *xml) {
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit(xml, " <interface name=\"", -1);

    g_string_append(text, parts[0]);
    for (char **part = parts + 1; *part; part++) {
        const char *end = strstr(*part, "</interface>\n");

        if (g_str_has_prefix(*part, CALLBUS_NAME "."))
            g_string_append_printf(text, " <interface name=\"%.*s</interface>\n", (int) (end - *part), *part);
    }
    g_string_append(text, "</node>\n");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

int introspect(char **ret) {
    _cleanup_(sd_bus_close_unrefp) sd_bus *server = NULL, *client = NULL;
    g_autofree char *xml = NULL;
    int fds[2], r;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return -errno;
    r = new_end(fds[0], /* server= */ true, &server);
    if (r < 0) {
        close(fds[0]);
        close(fds[1]);
        return r;
    }
    r = new_end(fds[1], /* server= */ false, &client);
    if (r < 0) {
        close(fds[1]);
        return r;
    }
    for (size_t i = 0; r >= 0 && i < G_N_ELEMENTS(tables); i++)
        r = sd_bus_add_object_vtable(server, NULL, CALLBUS_PATH, tables[i].interface, tables[i].vtable, NULL);
    if (r >= 0)
        r = ask(server, client, &xml);
    if (r < 0)
        return r;
    *ret = keep_ours(xml);
    return 0;
}
