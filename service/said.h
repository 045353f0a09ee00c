/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Said: what a provider says is looked at before it goes further. The service does so, and the library of provider processes, which
 * tells nothing that the service would not hear.
 */
#pragma once

#include "service/provider.h"

/* Text of a bearable length that may be shown; such text in one line. */
bool said_is_text(const char *text);
bool said_is_id(const char *text);

/* The result of an operation, or NULL: a bus that is given what is no text throws its client off. Logged. */
const char *said_result(const Provider *provider, const char *text);

/* A line that can be, with a name of its own. Logged. */
bool said_is_line(const LineInfo *info);

/* All of them, and not too many. */
bool said_are_rules(const ForwardRule *rules, size_t n_rules);
