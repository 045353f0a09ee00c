/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of the bus as JSON: a{sv} is an object, a struct or an array a list, a variant what is in it. */
#pragma once

#include "interfaces/cli/json.h"

#include <systemd/sd-bus.h>

/* The next value of the message, whatever its type. */
int decode_value(sd_bus_message *message, Json **ret);

/* The next value, which must be an a{sv}. */
int decode_properties(sd_bus_message *message, Json **ret);
