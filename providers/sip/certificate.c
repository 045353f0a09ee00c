/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificate: OpenSSL, which is what the stack uses, so that both judge alike. */
#include "providers/sip/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "providers/sip/account.h"
#include "service/cleanup.h"

#define YEARS 20

void certificate_begin(void) {
    OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
}

/* ---- Of others ---- */

/* "2024-05-01" of what X509 calls a time. */
static char *date_text(const ASN1_TIME *time) {
    struct tm tm;

    if (ASN1_TIME_to_tm(time, &tm) != 1)
        return g_strdup("?");
    return g_strdup_printf("%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* The names that it is for, with commas. */
static char *list_names(const X509 *certificate) {
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    GString *list = g_string_new(NULL);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_DNS && list->len < 200)
            g_string_append_printf(list, "%s%.*s", list->len > 0 ? ", " : "", ASN1_STRING_length(name->d.dNSName),
                                   (const char *) ASN1_STRING_get0_data(name->d.dNSName));
    }
    GENERAL_NAMES_free(names);
    if (list->len == 0)
        g_string_append(list, "no name of a machine");
    return g_string_free(list, FALSE);
}

static char *describe(long verdict, const X509 *certificate) {
    g_autofree char *text = NULL;

    if (!certificate)
        return g_strdup(X509_verify_cert_error_string(verdict));
    switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        text = date_text(X509_get0_notAfter(certificate));
        return g_strdup_printf("it expired on %s", text);
    case X509_V_ERR_CERT_NOT_YET_VALID:
        text = date_text(X509_get0_notBefore(certificate));
        return g_strdup_printf("it is not valid before %s: is the clock right?", text);
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        text = list_names(certificate);
        return g_strdup_printf("it is for another name: %s", text);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return g_strdup("whoever signed it is not trusted: is TlsCaFile= right?");
    default:
        return g_strdup(X509_verify_cert_error_string(verdict));
    }
}

static SSL_CTX *new_context(const char *ca_file, char **ret_detail) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    /* The handshake goes on, so that the certificate can be looked at: nothing is said after it. */
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    /* From a pipe one could wait for ever, and a device may have no end. */
    if (!ca_file)
        SSL_CTX_set_default_verify_paths(context);
    else if (!g_file_test(ca_file, G_FILE_TEST_IS_REGULAR) || SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1) {
        *ret_detail = g_strdup_printf("TlsCaFile: '%s' has no certificates that can be read", ca_file);
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

static SSL *new_session(SSL_CTX *context, int fd, const char *name) {
    SSL *ssl = SSL_new(context);

    if (sip_host_is_numeric(name))
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
    else {
        SSL_set_tlsext_host_name(ssl, name);
        SSL_set1_host(ssl, name);
    }
    SSL_set_fd(ssl, fd);
    return ssl;
}

static Trouble shake_hands(SSL *ssl, char **ret_detail) {
    unsigned long error;

    ERR_clear_error();
    if (SSL_connect(ssl) == 1)
        return TROUBLE_NONE;
    error = ERR_peek_last_error();
    *ret_detail = error ? g_strdup(ERR_reason_error_string(error)) : NULL;
    return error ? TROUBLE_NO_TLS : TROUBLE_NO_ANSWER;
}

static Trouble judge(const SSL *ssl, char **ret_detail) {
    long verdict = SSL_get_verify_result(ssl);
    X509 *certificate;

    if (verdict == X509_V_OK)
        return TROUBLE_NONE;
    certificate = SSL_get1_peer_certificate(ssl);
    *ret_detail = describe(verdict, certificate);
    X509_free(certificate);
    return TROUBLE_CERTIFICATE;
}

Trouble certificate_check(int fd, const char *name, const char *ca_file, char **ret_detail) {
    SSL_CTX *context = new_context(ca_file, ret_detail);
    Trouble trouble;
    SSL *ssl;

    if (!context)
        return TROUBLE_CERTIFICATE;
    ssl = new_session(context, fd, name);
    trouble = shake_hands(ssl, ret_detail);
    if (trouble == TROUBLE_NONE) {
        trouble = judge(ssl, ret_detail);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    ERR_clear_error();
    return trouble;
}

/* ---- Of our own ---- */

static X509 *make_self_signed(EVP_PKEY *key) {
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -24 * 3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), YEARS * 365L * 24 * 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *) "callbus.invalid", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

int certificate_make(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    EVP_PKEY *key;
    X509 *certificate;
    FILE *file;
    bool written;

    if (fd < 0)
        return -errno;
    file = fdopen(fd, "w");
    key = EVP_EC_gen("P-256");
    certificate = make_self_signed(key);
    written = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && PEM_write_X509(file, certificate) == 1;
    X509_free(certificate);
    EVP_PKEY_free(key);
    return fclose(file) == 0 && written ? 0 : -EIO;
}
