/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificate: does whoever is at the other end of a connection prove to be who we want? Blocks: for threads other than the main loop's. */
#pragma once

#include "providers/sip/trouble.h"

/* Before anybody needs OpenSSL. At exit it would take away what threads that still check a certificate work with: it does not. */
void certificate_begin(void);

/* Shakes hands on a connected socket whose timeouts are set, as a client that asks for `name`, which may be numeric. On trouble *ret_detail
 * may become more words, to be freed. `ca_file` NULL: the system's. */
Trouble certificate_check(int fd, const char *name, const char *ca_file, char **ret_detail);

/* A certificate of our own for the stack, which wants one even to be a client: signed by itself, key and all, in one file. -errno. */
int certificate_make(const char *path);
