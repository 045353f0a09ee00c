/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connection: the way to the message bus, which takes no descriptors. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-bus.h>

int connection_open(bool system, sd_bus **ret);
