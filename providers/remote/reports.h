/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a provider process tells by itself. */
#pragma once

#include <systemd/sd-bus.h>

#include "providers/remote/door.h"

/* One message: as it comes, or put off until it is known what becomes of the calls of before. May end the connection. */
int remote_hear(Remote *remote, sd_bus_message *m);

/* Those that were put off. */
void remote_hear_postponed(Remote *remote);
