/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Process: a provider that is a program of its own, for adapters: the service's end of the wire to it, and where it is found. */
#pragma once

#include "service/provider.h"

/* Starts nothing yet: that is what the provider's start() does. `name` is the provider's, as it says hello. */
void *process_make(const char *program, const char *name, const LineConfig *lines, size_t n_lines);

/* What is to be given to provider_new(), and the data of that. */
const ProviderOps *process_ops(void *process);

/* When the provider is freed. */
void process_unmake(void *process);
