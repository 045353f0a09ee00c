/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tests of crowds, floods and killed processes need beside the harness: clients of which nothing is checked. */
#pragma once

#include "tests/bus/util-bus.h"

/* A connection without the harness; also for a process that is to die. */
sd_bus *raw_connect(const char *address);

/* The memory that the service has for itself. */
uint64_t service_kib(void);
