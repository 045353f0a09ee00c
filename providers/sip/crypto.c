/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Crypto: keys of SRTP in SDP. */
#include "providers/sip/crypto.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/random.h>

#define TAG_DIGITS_MAX 9
#define KEY_SIZE sizeof(((SrtpKey *) NULL)->key)
#define KEY_TEXT_SIZE (KEY_SIZE * 4 / 3) /* in base64, which has no padding for 30 bytes */

static const char *const suites[_SRTP_MAX] = {
    [SRTP_AES_CM_128_HMAC_SHA1_80] = "AES_CM_128_HMAC_SHA1_80",
    [SRTP_AES_CM_128_HMAC_SHA1_32] = "AES_CM_128_HMAC_SHA1_32",
};

void crypto_make_key(SrtpSuite suite, SrtpKey *ret) {
    ssize_t n;

    ret->suite = suite;
    do
        n = getrandom(ret->key, sizeof(ret->key), 0);
    while (n < 0 && errno == EINTR);
    if (n != sizeof(ret->key))
        g_error("The kernel has no random numbers: %s", g_strerror(errno));
}

static int parse_tag(const char *text, unsigned *ret) {
    unsigned tag = 0;
    size_t n = strlen(text);

    if (n == 0 || n > TAG_DIGITS_MAX)
        return -EBADMSG;
    for (; *text != '\0'; text++) {
        if (!g_ascii_isdigit(*text))
            return -EBADMSG;
        tag = tag * 10 + (unsigned) (*text - '0');
    }
    *ret = tag;
    return 0;
}

static int parse_suite(const char *text, SrtpSuite *ret) {
    for (SrtpSuite suite = SRTP_NONE + 1; suite < _SRTP_MAX; suite++)
        if (g_ascii_strcasecmp(text, suites[suite]) == 0) {
            *ret = suite;
            return 0;
        }
    return -EOPNOTSUPP;
}

/* g_base64_decode() leaves out what is no base64: so the text is looked at first. */
static int decode_key(const char *text, size_t length, uint8_t *ret) {
    g_autofree char *copy = g_strndup(text, length);
    g_autofree uint8_t *bytes = NULL;
    gsize size = 0;

    if (length != KEY_TEXT_SIZE)
        return -EBADMSG;
    for (const char *c = copy; *c != '\0'; c++)
        if (!g_ascii_isalnum(*c) && *c != '+' && *c != '/')
            return -EBADMSG;
    bytes = g_base64_decode(copy, &size);
    if (size != KEY_SIZE)
        return -EBADMSG;
    memcpy(ret, bytes, KEY_SIZE);
    return 0;
}

/* "inline:KEY[|LIFETIME][|MKI:LENGTH]", and more of these behind ";". The lifetime is no matter: no call is that long. */
static int parse_key(const char *text, uint8_t *ret) {
    static const char method[] = "inline:";
    const char *bar;

    if (g_ascii_strncasecmp(text, method, strlen(method)) != 0)
        return -EOPNOTSUPP;
    if (strchr(text, ';'))
        return -EOPNOTSUPP;
    text += strlen(method);
    for (bar = strchr(text, '|'); bar; bar = strchr(bar + 1, '|'))
        if (strchr(bar, ':'))
            return -EOPNOTSUPP;
    return decode_key(text, strcspn(text, "|"), ret);
}

/* Those that begin with "-" are of no matter if they are unknown, the others are; "WSH" is a hint only. */
static bool is_parameter_fine(const char *text) {
    return *text == '\0' || *text == '-' || g_ascii_strncasecmp(text, "WSH=", strlen("WSH=")) == 0;
}

int crypto_parse(const char *value, CryptoLine *ret) {
    g_auto(GStrv) words = g_strsplit_set(value, " \t", 0);
    char *at[3] = { 0 };
    CryptoLine line = { 0 };
    size_t n = 0;
    int r;

    for (char **word = words; *word; word++) {
        if (**word == '\0')
            continue;
        if (n < G_N_ELEMENTS(at))
            at[n++] = *word;
        else if (!is_parameter_fine(*word))
            return -EOPNOTSUPP;
    }
    if (n < G_N_ELEMENTS(at) || parse_tag(at[0], &line.tag) < 0)
        return -EBADMSG;
    r = parse_suite(at[1], &line.key.suite);
    if (r >= 0)
        r = parse_key(at[2], line.key.key);
    if (r < 0)
        return r;
    *ret = line;
    return 0;
}

char *crypto_format(const CryptoLine *line) {
    g_autofree char *key = g_base64_encode(line->key.key, sizeof(line->key.key));

    g_assert(line->key.suite > SRTP_NONE && line->key.suite < _SRTP_MAX);
    return g_strdup_printf("%u %s inline:%s", line->tag, suites[line->key.suite], key);
}
