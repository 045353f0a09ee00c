/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that a provider process has, by their numbers. */
#include "providers/remote/remote-private.h"

RemoteCall *remote_call_new(RemoteLine *line, Call *call, uint64_t number) {
    RemoteCall *self = g_new0(RemoteCall, 1);

    *self = (RemoteCall) { .number = number, .line = line, .call = call, .link.data = self };
    g_hash_table_insert(line->remote->calls, &self->number, self);
    g_queue_push_tail_link(&line->calls, &self->link);
    return self;
}

RemoteCall *remote_call_free(RemoteCall *self) {
    if (!self)
        return NULL;
    if (self->line->remote->provider)
        call_set_provider_data(self->call, NULL);
    g_hash_table_remove(self->line->remote->calls, &self->number);
    g_queue_unlink(&self->line->calls, &self->link);
    if (self->stats)
        g_variant_unref(self->stats);
    g_free(self);
    return NULL;
}

RemoteCall *remote_find_call(const Remote *remote, uint64_t number) {
    return g_hash_table_lookup(remote->calls, &number);
}
