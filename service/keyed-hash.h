/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Keyed hash: of text that far ends or clients choose. By a hash that anybody can work out they could choose so many texts of one hash that
 * finding them takes the service all of its time.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

/* SipHash-1-3 by that key. */
uint64_t keyed_hash_by(const uint64_t key[static 2], const void *data, size_t size);

/* Of a string, for a GHashTable, by a key that nobody knows and that is another in each process. */
guint keyed_hash_of_text(gconstpointer text);
