/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TlsFolders: temporary folders, by the file of authorities that is in each. */
#include "providers/sip/tls-folder.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "providers/sip/certificate.h"

#define AUTHORITIES "cafile.pem"
#define OWN "agent.pem"

struct TlsFolders {
    GHashTable *by_file; /* path of the authorities ("": the system's) to path of the folder */
};

static const char *const system_files[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
};

TlsFolders *tls_folders_new(void) {
    TlsFolders *folders = g_new0(TlsFolders, 1);

    folders->by_file = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return folders;
}

static void remove_folder(const char *path) {
    g_autofree char *authorities = g_build_filename(path, AUTHORITIES, NULL), *own = g_build_filename(path, OWN, NULL);

    g_unlink(authorities);
    g_unlink(own);
    g_rmdir(path);
}

TlsFolders *tls_folders_free(TlsFolders *folders) {
    GHashTableIter iter;
    void *path;

    if (!folders)
        return NULL;
    g_hash_table_iter_init(&iter, folders->by_file);
    while (g_hash_table_iter_next(&iter, NULL, &path))
        remove_folder(path);
    g_hash_table_unref(folders->by_file);
    g_free(folders);
    return NULL;
}

/* NULL: there is none on this system. */
static const char *system_file(void) {
    const char *file = g_getenv("SSL_CERT_FILE");

    if (file)
        return file;
    for (size_t i = 0; i < G_N_ELEMENTS(system_files); i++)
        if (g_access(system_files[i], R_OK) == 0)
            return system_files[i];
    return NULL;
}

/* Where no authority is known, none is trusted but our own certificate, which nobody else has the key of. */
static int fill_folder(const char *path, const char *ca_file) {
    g_autofree char *authorities = g_build_filename(path, AUTHORITIES, NULL), *own = g_build_filename(path, OWN, NULL);
    const char *file = ca_file ? ca_file : system_file();
    int r = certificate_make(own);

    if (r < 0)
        return r;
    return symlink(file ? file : OWN, authorities) < 0 ? -errno : 0;
}

int tls_folders_get(TlsFolders *folders, const char *ca_file, const char **ret) {
    const char *key = ca_file ? ca_file : "", *known = g_hash_table_lookup(folders->by_file, key);
    g_autofree char *path = NULL;
    int r;

    if (!known) {
        path = g_dir_make_tmp("callbus-sip-XXXXXX", NULL);
        if (!path)
            return -EACCES;
        r = fill_folder(path, ca_file);
        if (r < 0) {
            remove_folder(path);
            return r;
        }
        known = path;
        g_hash_table_insert(folders->by_file, g_strdup(key), g_steal_pointer(&path));
    }
    *ret = known;
    return 0;
}
