/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Spy: stands between the service and the provider, in both directions, and fails the test as soon as one word is said that
 * the contract forbids: a report or a completion inside an operation, a completion of nothing, an effect after its
 * completion, an event before a dial is complete, the name of a call that should be forgotten.
 *
 * Reports go through the linker's --wrap, so that the provider is judged as it is.
 */
#pragma once

#include "service/provider.h"

/* The operations of the provider, with the spy before each. Forgets everything that it knew. */
const ProviderOps *spy_on(const ProviderOps *ops);

/* Operations that are not complete yet, and calls that the provider has not forgotten yet. */
unsigned spy_count_pending(void);
unsigned spy_count_calls(void);

/* How many operations were completed in all. */
unsigned spy_count_completed(void);
