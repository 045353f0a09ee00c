/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Adapter: what the suite has to know of a provider to judge it. */
#pragma once

#include <check.h>

#include "service/provider.h"

typedef struct Adapter {
    const char *name;
    const ProviderOps *ops;

    /* The provider's data, with its network around it; taken apart after the provider is freed. */
    void *(*make)(void);
    void (*unmake)(void *data);

    const char *lines[3];     /* they can call each other, and have Call IDs */
    const char *addresses[3]; /* theirs */
    const char *plain_line;   /* one without Call IDs */
    const char *plain_address;
    const char *small_line; /* one that takes one active call */
    const char *small_address;
    const char *nobody; /* a good address that nobody has */
    const char *malformed;
    unsigned timeout_s; /* nothing takes longer */

    /* How much an end has said and heard so far, in whatever unit: 0 before it was connected, and both rise
     * while it does. */
    void (*count_media)(Call *call, uint64_t *ret_spoken, uint64_t *ret_heard);

    /* Test cases of this provider only; may be NULL. */
    void (*add_cases)(Suite *suite);
} Adapter;

/* The provider under test; defined with its main(). */
extern const Adapter adapter;
