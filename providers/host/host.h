/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Host: a provider as a process of its own. The functions of service/provider.h are those of this library there; behind them is a
 * connection to the service, on which org.callbus1.Provider and org.callbus1.ProviderHost are spoken. The provider itself is the same
 * as in the service.
 *
 * The connection may break, and the service may be started anew: the provider hears nothing of it. Its calls go on, what happens to
 * them is kept, and told when the service is back.
 */
#pragma once

#include <stdbool.h>

#include "service/provider.h"

/* All that main() does: connects to $CALLBUS_PROVIDER_ADDRESS, runs the loop, and returns what main() is to return. Options are --debug,
 * --help and --version. SIGTERM ends all calls. */
int callbus_provider_main(int argc, char **argv, const ProviderOps *ops, void *data);

/* From start() on: does the service want the lines that the provider has without configuration? */
bool callbus_provider_wants_default_lines(const Provider *provider);
