/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The properties of a line, as one client reads them. */
#pragma once

#include <systemd/sd-bus.h>

#include "service/line.h"

/* sd-bus asks for one property of a Line, for the sender of the current message. */
int line_property_get(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                      void *userdata, sd_bus_error *error);

/* Appends all, or those that changed (LINE_PROPERTY_*), as a{sv}. Reader NULL: whoever it may be. */
int line_properties_append_all(sd_bus_message *m, Line *line, const Client *reader);
int line_properties_append_changed(sd_bus_message *m, Line *line, unsigned properties, const Client *reader);

/* About the size of all of them on the wire. */
uint64_t line_properties_size(Line *line, const Client *reader);
