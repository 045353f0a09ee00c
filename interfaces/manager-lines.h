/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods of org.callbus1.Manager about lines that are added and removed. */
#pragma once

#include "interfaces/bus.h"

int on_manager_add_line(sd_bus_message *m, void *userdata, sd_bus_error *error);
int on_manager_remove_line(sd_bus_message *m, void *userdata, sd_bus_error *error);
