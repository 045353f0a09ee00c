/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CSV: rows for a spreadsheet (RFC 4180), in which nothing that a stranger chose is a formula. */
#pragma once

#include <glib.h>

/* The next cell of the row. */
void csv_add(GString *row, const char *text);

/* The row is complete. */
void csv_end(GString *row);
