/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service with the loopback network and one line more, which nobody watches: for what can't be judged without one. */
#pragma once

#include "service/database.h"
#include "service/line.h"

/* Begins with that database (NULL: none; it is taken), and ends. */
Manager *fuzz_service_begin(Database *database, uint64_t epoch);
void fuzz_service_end(void);

/* Its line "fuzz0", with address 500 and emergency numbers 112 and 911; of a service made the first time. */
Line *fuzz_line(void);
