/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an adapter says of loopback, wherever it runs: the same lines, and the same that it lacks. */
#pragma once

#include "tests/conformance/adapter.h"

#define ADDRESSES(...) ((const char *const[]) { __VA_ARGS__, NULL })

#define LOOPBACK_PLACES                                                                                              \
    .abilities = OPERATION_BIT(_OPERATION_MAX) - 1, .traits = UINT32_MAX & ~(TRAIT_ENCRYPTION | TRAIT_NETWORK_IDS),    \
    .lines = { "loop0", "loop1", "loop2" }, .addresses = { "100", "101", "102" },                                    \
    .plain_line = "mute0", .plain_address = "200", .small_line = "small0", .small_address = "300",                   \
    .drop_line = "drop0", .drop_address = "310", .hold_line = "hold0", .hold_address = "320", .group = "loop",        \
    .nobody = "999", .malformed = "answer?ring=soon", .more_line = "more0", .more_address = "330",                   \
    .more_settings = ADDRESSES("Addresses", "330"), .bad_settings = ADDRESSES("Addresses", "330", "Colour", "red"),  \
    .timeout_s = 60
