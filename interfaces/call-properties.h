/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of a call as its holder reads them: one table for reads, changes and announcements. */
#pragma once

#include <systemd/sd-bus.h>

#include "service/handle.h"

/* sd-bus asks for one property of a Handle. */
int call_property_get(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                      void *userdata, sd_bus_error *error);

/* Appends one as a variant; -ENOENT if there is none of that name. */
int call_property_append(sd_bus_message *m, const Handle *handle, const char *name);
uint64_t call_property_size(const Handle *handle, const char *name);

/* Appends these (CALL_PROPERTY_BIT) as a{sv}, opened and closed. */
int call_properties_append(sd_bus_message *m, const Handle *handle, uint64_t properties);

/* About their size on the wire. */
uint64_t call_properties_size(const Handle *handle, uint64_t properties);

#define CALL_PROPERTIES_ALL (CALL_PROPERTY_BIT(_CALL_PROPERTY_MAX) - 1)
