/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interfaces of the service as one XML document. */
#pragma once

/* Returns the text, to be freed; or a negative errno. */
int introspect(char **ret);
