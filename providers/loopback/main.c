/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* callbus-provider-loopback: the loopback provider as a process of its own. */
#include "providers/host/host.h"
#include "providers/loopback/provider.h"

static ProviderOps ops;

/* The service says whether it wants the lines that are there without configuration. */
static int start(Provider *provider, RequestId request) {
    if (callbus_provider_wants_default_lines(provider))
        loopback_add_default_lines(provider_data(provider));
    return loopback_ops.start(provider, request);
}

int main(int argc, char **argv) {
    Loopback *loopback = loopback_new(&(LoopbackConfig) {});
    int status;

    ops = loopback_ops;
    ops.start = start;
    status = callbus_provider_main(argc, argv, &ops, loopback);
    loopback_free(loopback);
    return status;
}
