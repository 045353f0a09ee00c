/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Remote: a provider that is a process of its own, as the service sees it. Its functions (service/provider.h) become messages
 * (dbus/org.callbus1.Provider.xml), its reports come as such (dbus/org.callbus1.ProviderHost.xml). Nothing waits for it.
 */
#pragma once

#include "providers/remote/door.h"
#include "service/provider.h"

typedef struct RemoteConfig {
    const char *name;        /* as in Line.Provider: [a-z0-9]{1,32} */
    const char *program;     /* what is to be started; NULL: somebody else starts it */
    bool is_local;           /* see ProviderOps */
    bool default_lines;      /* it is to have the lines that it has without configuration */
    uint64_t epoch;          /* of the service */
    const LineConfig *lines; /* those that it is to make; copied */
    size_t n_lines;
} RemoteConfig;

/* The door outlives it. What it is to the service is remote_ops(), with itself as the data. */
Remote *remote_new(Door *door, const RemoteConfig *config);
const ProviderOps *remote_ops(const Remote *remote);

/* After provider_free(). One that did not stop when it was asked to is killed. */
Remote *remote_free(Remote *remote);

/* The program of that provider: in the folder $CALLBUS_PROVIDERS, else where it is installed. */
char *remote_find_program(const char *name);
