/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of a provider as messages to its process. */
#pragma once

#include "service/provider.h"

/* All but those of the provider as a whole. */
void operations_fill(ProviderOps *ops);
