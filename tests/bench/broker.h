/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* dbus-broker without its launcher. */
#pragma once

#include <systemd/sd-bus.h>

#include "tests/bench/process.h"

/* Starts the broker on the listening socket `listen_fd`. It lives as long as the controller's connection. */
int broker_start(const char *program, int listen_fd, const char *log, Process **ret_process,
                 sd_bus **ret_controller);
