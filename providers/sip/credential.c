/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Credential: a file, either of the person's own or one that the service manager lends. */
#include "providers/sip/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define PASSWORD_MAX 1024

typedef struct Source {
    const char *key;
    const char *path;
    bool is_lent; /* systemd made it: its folder keeps others out */
} Source;

static int fail(const Source *source, int r, char **ret_why, const char *what) {
    *ret_why = g_strdup_printf("%s: '%s' %s", source->key, source->path, what);
    return r;
}

static int fail_errno(const Source *source, int r, char **ret_why) {
    *ret_why = g_strdup_printf("%s: '%s' can't be read: %s", source->key, source->path, g_strerror(-r));
    return r;
}

/* Ours or root's, and nobody else can read it; but root may give it to our own group. */
static bool is_private(const struct stat *st) {
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return false;
    if (st->st_mode & S_IRWXO || st->st_mode & (S_IWGRP | S_IXGRP))
        return false;
    return !(st->st_mode & S_IRGRP) || (st->st_uid == 0 && st->st_gid == getegid());
}

static int open_source(const Source *source, char **ret_why) {
    _cleanup_close_ int fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    int taken;

    if (fd < 0)
        return fail_errno(source, -errno, ret_why);
    if (fstat(fd, &st) < 0)
        return fail_errno(source, -errno, ret_why);
    if (!S_ISREG(st.st_mode))
        return fail(source, -EINVAL, ret_why, "is no file");
    if (!source->is_lent && !is_private(&st))
        return fail(source, -EPERM, ret_why, "can be read by others: chmod 600, and its owner must be the user of the service or root");
    taken = fd;
    fd = -1;
    return taken;
}

static int read_all(const Source *source, int fd, char *buffer, size_t size, size_t *ret_n, char **ret_why) {
    size_t n = 0;
    ssize_t r;

    do {
        r = read(fd, buffer + n, size - n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return fail_errno(source, -errno, ret_why);
        n += (size_t) r;
    } while (r != 0 && n < size);
    if (n == size)
        return fail(source, -EFBIG, ret_why, "is too long for a password");
    *ret_n = n;
    return 0;
}

static int read_source(const Source *source, char **ret, char **ret_why) {
    _cleanup_close_ int fd = open_source(source, ret_why);
    char buffer[PASSWORD_MAX + 3];
    size_t n = 0;
    int r;

    if (fd < 0)
        return fd;
    r = read_all(source, fd, buffer, sizeof(buffer), &n, ret_why);
    if (n > 0 && buffer[n - 1] == '\n')
        n--;
    if (n > 0 && buffer[n - 1] == '\r')
        n--;
    if (r == 0 && n == 0)
        r = fail(source, -ENODATA, ret_why, "is empty: it must have the password in its first line");
    for (size_t i = 0; r == 0 && i < n; i++)
        if (buffer[i] == '\0' || buffer[i] == '\n')
            r = fail(source, -EINVAL, ret_why, "has more than one line of text: the password must stand there alone");
    if (r == 0)
        *ret = g_strndup(buffer, n);
    explicit_bzero(buffer, sizeof(buffer));
    return r;
}

int credential_read(const SipAccount *account, char **ret, char **ret_why) {
    const Source file = { "PasswordFile", account->password_file, .is_lent = false };
    g_autofree char *path = NULL;
    const char *folder = g_getenv("CREDENTIALS_DIRECTORY");
    Source credential = { "PasswordCredential", NULL, .is_lent = true };

    if (account->password_file)
        return read_source(&file, ret, ret_why);
    if (!account->password_credential) {
        *ret = NULL;
        return 0;
    }
    if (!folder) {
        *ret_why = g_strdup("PasswordCredential: the service manager lent no credentials: see LoadCredential= in systemd.exec(5)");
        return -ENOENT;
    }
    path = g_build_filename(folder, account->password_credential, NULL);
    credential.path = path;
    return read_source(&credential, ret, ret_why);
}

uint64_t credential_stamp(const SipAccount *account) {
    const char *folder = g_getenv("CREDENTIALS_DIRECTORY");
    g_autofree char *path = account->password_credential && folder ? g_build_filename(folder, account->password_credential, NULL)
                                                                   : g_strdup(account->password_file);
    struct stat st;

    if (!path || stat(path, &st) < 0)
        return 0;
    return ((uint64_t) st.st_ctim.tv_sec * 1000003 + (uint64_t) st.st_ctim.tv_nsec) * 1000003 + st.st_ino;
}

char *credential_free(char *password) {
    if (password)
        explicit_bzero(password, strlen(password));
    g_free(password);
    return NULL;
}
