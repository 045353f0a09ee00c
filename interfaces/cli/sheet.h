/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that is known of one thing: a label and a text a line, wrapped at the width of the terminal. */
#pragma once

#include "interfaces/cli/terminal.h"

#include <glib.h>
#include <stdint.h>

typedef struct Sheet Sheet;

Sheet *sheet_new(void);
Sheet *sheet_free(Sheet *sheet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sheet, sheet_free)

/* The text is made safe for the terminal; what is NULL or "" is left out. The label must be constant. */
void sheet_add(Sheet *sheet, const char *label, const char *text, Style style);
void sheet_add_number(Sheet *sheet, const char *label, uint64_t number);

char *sheet_format(const Sheet *sheet, const Look *look);
