/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Keep: what was made while a message was read, and lives as long as what was read from it. */
#pragma once

#include <glib.h>

typedef GPtrArray WireKeep;

#define wire_keep_new() g_ptr_array_new_with_free_func(g_free)

/* Hands the memory over. */
static inline void *wire_keep(WireKeep *keep, void *memory) {
    g_ptr_array_add(keep, memory);
    return memory;
}
