/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Party: one party of a call, in one small block; NULL is a party of which nothing is known. */
#pragma once

#include "service/provider.h"

typedef struct Party Party;

Party *party_new(const PartyInfo *info);
Party *party_ref(Party *party);
Party *party_unref(Party *party);

/* Points into the party; text is never NULL. */
PartyInfo party_info(const Party *party);

bool party_equal(const Party *a, const Party *b);
