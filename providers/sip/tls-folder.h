/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TlsFolders: what the stack wants to have for TLS: a folder with those whom we trust, and a certificate of our own. */
#pragma once

#include "service/cleanup.h"

typedef struct TlsFolders TlsFolders;

TlsFolders *tls_folders_new(void);

/* Removes them. */
TlsFolders *tls_folders_free(TlsFolders *folders);
DEFINE_CLEANUP(TlsFolders *, tls_folders_free)

/* The folder for these certificates of authorities (NULL: the system's), the same one each time. -errno if there can't be one. */
int tls_folders_get(TlsFolders *folders, const char *ca_file, const char **ret);
