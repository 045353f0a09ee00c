/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A service with the loopback network and one line, for what can't be judged without a line. */
#pragma once

#include "service/line.h"

/* The line "fuzz0", with address 500 and emergency numbers 112 and 911; made the first time. */
Line *fuzz_line(void);
