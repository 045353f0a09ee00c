/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The size of the answers that sd-bus gives by itself, so that we see only the question. */
#pragma once

#include "interfaces/peer.h"

/* At most about that many bytes on the wire, whatever comes of the request. */
uint64_t builtin_answer_size(Peer *peer, sd_bus_message *m);
