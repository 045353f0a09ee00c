/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asked: what the process was asked for, until it answers. */
#include "providers/remote/asked.h"

#include <errno.h>
#include <stdarg.h>

#include "providers/wire/error.h"
#include "providers/wire/names.h"

/* These everybody has. */
#define ALWAYS                                                                                                                   \
    (WIRE_METHOD_BIT(WIRE_START) | WIRE_METHOD_BIT(WIRE_STOP) | WIRE_METHOD_BIT(WIRE_ADD_LINE) | WIRE_METHOD_BIT(WIRE_ADOPTED) | \
     WIRE_METHOD_BIT(WIRE_REMOVE_LINE))

static void asked_leave(Asked *asked) {
    g_queue_unlink(&asked->remote->asked, &asked->link);
}

static void asked_free(Asked *asked) {
    sd_bus_slot_unref(asked->slot);
    g_free(asked->line);
    g_free(asked);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
    Asked *asked = userdata;
    Remote *remote = asked->remote;
    const sd_bus_error *error = sd_bus_message_get_error(m);
    g_autofree char *why = NULL;
    int r = 0;

    /* Out of the queue first: what is answered may end the connection. */
    asked_leave(asked);
    if (!error)
        r = answer_take(asked, m, &why);
    if (error || r < 0) {
        _cleanup_(refusal_freep) Refusal *refusal =
            error ? wire_refusal(error) : refuse(REFUSAL_PROVIDER_FAILED, "Provider %s gave an answer that is none", remote->name);

        answer_refused(asked, refusal);
    }
    asked_free(asked);
    if (r < 0)
        remote_violated(remote, why ?: "an answer that is none");
    return 1;
}

static Asked *asked_new(Remote *remote, WireMethod method, RequestId request) {
    Asked *asked = g_new0(Asked, 1);

    *asked = (Asked) { .remote = remote, .method = method, .request = request, .link.data = asked };
    g_queue_push_tail_link(&remote->asked, &asked->link);
    return asked;
}

int asked_begin(Remote *remote, WireMethod method, sd_bus_message **ret) {
    if (!remote->link)
        return -ENOTCONN;
    if (!((remote->methods | ALWAYS) & WIRE_METHOD_BIT(method)))
        return -EOPNOTSUPP;
    return sd_bus_message_new_method_call(link_bus(remote->link), ret, NULL, WIRE_PROVIDER_PATH, WIRE_PROVIDER_INTERFACE,
                                          wire_method_to_string(method));
}

/* Whether an answer comes is watched by other means. */
int asked_send(Remote *remote, WireMethod method, sd_bus_message *m, int r, RequestId request, Asked **ret) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = m;
    Asked *asked;

    if (r < 0)
        return r;
    asked = asked_new(remote, method, request);
    r = sd_bus_call_async(link_bus(remote->link), &asked->slot, message, on_answer, asked, UINT64_MAX);
    if (r < 0) {
        asked_leave(asked);
        asked_free(asked);
        return r;
    }
    remote_watch_closely(remote);
    if (ret)
        *ret = asked;
    return 0;
}

int asked_send_args(Remote *remote, WireMethod method, RequestId request, Asked **ret, const char *types, ...) {
    sd_bus_message *m = NULL;
    int r = asked_begin(remote, method, &m);
    va_list ap;

    va_start(ap, types);
    if (r >= 0 && *types)
        r = sd_bus_message_appendv(m, types, ap);
    va_end(ap);
    return asked_send(remote, method, m, r, request, ret);
}

void asked_about_line(Asked *asked, const char *line) {
    asked->line = g_strdup(line);
}

/* ---- Of nobody ---- */

static gboolean on_later(void *userdata) {
    Remote *remote = userdata;

    g_clear_pointer(&remote->later, g_source_unref);
    for (GList *i = remote->asked.head; i;) {
        Asked *asked = i->data;
        g_autofree char *why = NULL;

        i = i->next;
        if (asked->slot)
            continue;
        asked_leave(asked);
        answer_take(asked, NULL, &why);
        asked_free(asked);
    }
    return G_SOURCE_REMOVE;
}

Asked *asked_of_nobody(Remote *remote, WireMethod method, RequestId request) {
    if (!remote->later) {
        remote->later = g_idle_source_new();
        g_source_set_priority(remote->later, G_PRIORITY_DEFAULT);
        g_source_set_callback(remote->later, on_later, remote, NULL);
        g_source_attach(remote->later, NULL);
    }
    return asked_new(remote, method, request);
}

void asked_fail_all(Remote *remote, bool drops, const char *why) {
    for (GList *i = remote->asked.head; i;) {
        Asked *asked = i->data;
        _cleanup_(refusal_freep) Refusal *refusal = refuse(REFUSAL_PROVIDER_FAILED, "%s", why);

        i = i->next;
        if (!asked->slot || (asked->method == WIRE_DROP && !drops))
            continue;
        asked_leave(asked);
        answer_refused(asked, refusal);
        asked_free(asked);
    }
}

void asked_forget_all(Remote *remote) {
    Asked *asked;

    while ((asked = g_queue_peek_head(&remote->asked))) {
        asked_leave(asked);
        asked_free(asked);
    }
}
