/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a refusal is called on D-Bus, whoever is at the other end. */
#pragma once

#include "service/refusal.h"

/* The name of the error; NULL for what never leaves a process. */
const char *error_name(RefusalCode code);
