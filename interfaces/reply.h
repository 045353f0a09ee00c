/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replies: each request gets exactly one, in the order that the rules promise. */
#pragma once

#include "interfaces/peer.h"
#include "service/request.h"

/* A handler without result, whose effect is there: what changed is told first, then the reply. Takes the refusal. */
int reply_now(Peer *peer, sd_bus_message *m, Refusal *refusal);

/* A refusal of the handler's own, before anything happened. */
int reply_invalid(Peer *peer, sd_bus_message *m, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sends a reply that the handler built, before what it caused is told. */
int reply_message(Peer *peer, sd_bus_message *reply, uint64_t size);

/* A reply with the paths of handles, before those that are new are told. */
int reply_handles(Peer *peer, sd_bus_message *m, const GPtrArray *handles);

/* For operations that end later: how to answer, and what the handler returns after it began. */
Done reply_done(Peer *peer, sd_bus_message *m);             /* an empty reply */
Done reply_done_with_handle(Peer *peer, sd_bus_message *m); /* the new handle's path, before its first signal */
Done reply_done_with_two_handles(Peer *peer, sd_bus_message *m);
Done reply_done_with_handle_or_none(Peer *peer, sd_bus_message *m); /* without one "/", after what the operation caused */
Done reply_done_with_text(Peer *peer, sd_bus_message *m);
int reply_begun(Peer *peer, sd_bus_message *m, Done done, Refusal *refusal);
