/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hello: what a process says that wants to be a provider. */
#include "providers/remote/hello.h"

#include <errno.h>

#include "providers/remote/link.h"
#include "providers/remote/remote-private.h"
#include "providers/wire/method.h"
#include "providers/wire/names.h"
#include "service/log.h"

static int refuse_hello(sd_bus_message *m, const char *error, const char *why) {
    log_warning("event: provider, turned away, why: %s", why);
    sd_bus_reply_method_errorf(m, error, "%s", why);
    return -EPERM;
}

/* Methods of a later time are passed over. */
static int read_abilities(sd_bus_message *m, WireMethods *ret) {
    const char *name = NULL;
    int r = sd_bus_message_enter_container(m, 'a', "s");

    while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &name)) > 0) {
        WireMethod method = wire_method_from_string(name);

        if ((int) method >= 0)
            *ret |= WIRE_METHOD_BIT(method);
    }
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_rest(sd_bus_message *m, Hello *hello, char **ret_why) {
    int r = read_abilities(m, &hello->methods);

    if (r >= 0)
        r = wire_read_hello_info(m, hello->keep, &hello->info, ret_why);
    if (r >= 0)
        r = wire_read_calls(m, hello->keep, &hello->calls, &hello->n_calls, ret_why);
    return r;
}

Hello *hello_free(Hello *hello) {
    if (!hello)
        return NULL;
    g_ptr_array_unref(hello->keep);
    sd_bus_message_unref(hello->message);
    g_free(hello);
    return NULL;
}

static int greet(Door *door, Link *link, sd_bus_message *m) {
    _cleanup_(hello_freep) Hello *hello = g_new0(Hello, 1);
    g_autofree char *why = NULL;
    const char *name = NULL;
    uint32_t version = 0;
    Remote *remote;

    *hello = (Hello) { .message = sd_bus_message_ref(m), .keep = wire_keep_new() };
    if (sd_bus_message_read(m, "us", &version, &name) < 0 || version != WIRE_VERSION)
        return refuse_hello(m, WIRE_ERROR_INVALID_ARGS, "It speaks another version: this service speaks 1");
    remote = door_find(door, name);
    if (!remote)
        return refuse_hello(m, WIRE_ERROR_INVALID_ARGS, "No line and no setting names that provider: write Provider= in lines.d");
    if (remote->link)
        return refuse_hello(m, WIRE_ERROR_PREFIX "Conflict", "A provider of that name is connected already");
    if (read_rest(m, hello, &why) < 0)
        return refuse_hello(m, WIRE_ERROR_INVALID_ARGS, why ?: "The arguments make no sense");
    if (!(hello->methods & WIRE_METHOD_BIT(WIRE_DIAL)) || !(hello->methods & WIRE_METHOD_BIT(WIRE_DROP)))
        return refuse_hello(m, WIRE_ERROR_INVALID_ARGS, "A provider can Dial and Drop at least");
    if (sd_bus_reply_method_return(m, "t", remote->epoch) < 0)
        return -EIO;
    link_give(link, remote);
    remote_connected(remote, link, TAKE_PTR(hello));
    return 0;
}

int hello_receive(Door *door, Link *link, sd_bus_message *m) {
    if (!sd_bus_message_is_method_call(m, WIRE_HOST_INTERFACE, "Hello"))
        return -EPROTO;
    if (!sd_bus_message_has_signature(m, "usasa{sv}a(ta{sv})"))
        return refuse_hello(m, WIRE_ERROR_INVALID_ARGS, "Hello has other arguments: usasa{sv}a(ta{sv})");
    return greet(door, link, m);
}
