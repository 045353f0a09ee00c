/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Digest: the plugin that the stack calls, in a thread of its own: nothing here is shared but constants.
 *
 * Challenges of one response are told one by one, and there is no word between: those until the next request is authorized belong
 * together, and the strongest of them counts. A challenge after that which has not gone stale says that the password is wrong.
 */
#include "providers/sip/digest.h"

#include <string.h>

#define SOFIA_EXTEND_AUTH_CLIENT 1
#include <sofia-sip/auth_client.h>
#include <sofia-sip/auth_client_plugin.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/su_uniqueid.h>
#include <sofia-sip/su_string.h>

typedef struct DigestClient {
    auth_client_t client; /* first: the stack knows this part */
    DigestChallenge challenge;
    char cnonce[33];
    unsigned count; /* requests with this nonce */
    bool answered;  /* the challenge was, at least once */
} DigestClient;

static const struct {
    const char *name;
    DigestAlgorithm algorithm;
    bool session;
} algorithms[] = {
    { "MD5", DIGEST_MD5, false },
    { "MD5-sess", DIGEST_MD5, true },
    { "SHA-256", DIGEST_SHA256, false },
    { "SHA-256-sess", DIGEST_SHA256, true },
};

/* The value of `name=value`, without quotation marks and what they escape; NULL: another name. */
static char *parameter_value(const char *parameter, const char *name) {
    size_t n = strlen(name);
    GString *value;

    if (g_ascii_strncasecmp(parameter, name, n) != 0 || parameter[n] != '=')
        return NULL;
    parameter += n + 1;
    if (parameter[0] != '"')
        return g_strdup(parameter);
    value = g_string_new(NULL);
    for (const char *c = parameter + 1; *c && *c != '"'; c++) {
        if (*c == '\\' && c[1])
            c++;
        g_string_append_c(value, *c);
    }
    return g_string_free(value, FALSE);
}

static char *find_parameter(const char *const *parameters, const char *name) {
    for (; parameters && *parameters; parameters++) {
        char *value = parameter_value(*parameters, name);

        if (value)
            return value;
    }
    return NULL;
}

char *digest_realm(const char *const *parameters) {
    return find_parameter(parameters, "realm");
}

static bool is_stale(const char *const *parameters) {
    g_autofree char *stale = find_parameter(parameters, "stale");

    return stale && g_ascii_strcasecmp(stale, "true") == 0;
}

static void parse_qop(const char *const *parameters, DigestChallenge *challenge) {
    g_autofree char *qop = find_parameter(parameters, "qop");
    g_auto(GStrv) words = NULL;

    if (!qop)
        return;
    challenge->has_qop = true;
    words = g_strsplit_set(qop, ", ", -1);
    for (char **word = words; *word; word++) {
        challenge->auth |= g_ascii_strcasecmp(*word, "auth") == 0;
        challenge->auth_int |= g_ascii_strcasecmp(*word, "auth-int") == 0;
    }
}

/* What we write between quotation marks must not end them. */
static bool is_quotable(const char *text) {
    for (; text && *text; text++)
        if (*text == '"' || *text == '\\' || g_ascii_iscntrl(*text))
            return false;
    return true;
}

bool digest_challenge_parse(const char *const *parameters, DigestChallenge *ret) {
    DigestChallenge challenge = { .algorithm = DIGEST_NONE };

    challenge.algorithm_name = find_parameter(parameters, "algorithm");
    challenge.realm = find_parameter(parameters, "realm");
    challenge.nonce = find_parameter(parameters, "nonce");
    challenge.opaque = find_parameter(parameters, "opaque");
    parse_qop(parameters, &challenge);
    if (!challenge.algorithm_name)
        challenge.algorithm = DIGEST_MD5;
    for (size_t i = 0; challenge.algorithm_name && i < G_N_ELEMENTS(algorithms); i++)
        if (g_ascii_strcasecmp(challenge.algorithm_name, algorithms[i].name) == 0) {
            challenge.algorithm = algorithms[i].algorithm;
            challenge.session = algorithms[i].session;
        }
    if (challenge.algorithm == DIGEST_NONE || !challenge.realm || !challenge.nonce || !is_quotable(challenge.nonce) ||
        !is_quotable(challenge.opaque) || (challenge.has_qop && !challenge.auth && !challenge.auth_int)) {
        digest_challenge_clear(&challenge);
        return false;
    }
    *ret = challenge;
    return true;
}

void digest_challenge_clear(DigestChallenge *challenge) {
    g_free((char *) challenge->algorithm_name);
    g_free((char *) challenge->realm);
    g_free((char *) challenge->nonce);
    g_free((char *) challenge->opaque);
    *challenge = (DigestChallenge) { 0 };
}

/* The hash of parts with colons between; NULL-terminated. To be freed. */
static char *hash(DigestAlgorithm algorithm, const char *first, ...) {
    GChecksum *checksum = g_checksum_new(algorithm == DIGEST_SHA256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5);
    va_list list;
    char *hex;

    va_start(list, first);
    for (const char *part = first; part; part = va_arg(list, const char *)) {
        if (part != first)
            g_checksum_update(checksum, (const guchar *) ":", 1);
        g_checksum_update(checksum, (const guchar *) part, (gssize) strlen(part));
    }
    va_end(list);
    hex = g_strdup(g_checksum_get_string(checksum));
    g_checksum_free(checksum);
    return hex;
}

static char *hash_a1(const DigestChallenge *challenge, const char *user, const char *password, const char *cnonce) {
    g_autofree char *a1 = hash(challenge->algorithm, user, challenge->realm, password, NULL);

    if (!challenge->session)
        return g_steal_pointer(&a1);
    return hash(challenge->algorithm, a1, challenge->nonce, cnonce, NULL);
}

static char *hash_a2(const DigestChallenge *challenge, const char *method, const char *uri, const char *body, size_t body_size) {
    g_autofree char *body_hash = NULL;

    if (!challenge->auth_int || challenge->auth)
        return hash(challenge->algorithm, method, uri, NULL);
    body_hash = g_compute_checksum_for_data(challenge->algorithm == DIGEST_SHA256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5,
                                            (const guchar *) body, body_size);
    return hash(challenge->algorithm, method, uri, body_hash, NULL);
}

static const char *chosen_qop(const DigestChallenge *challenge) {
    if (!challenge->has_qop)
        return NULL;
    return challenge->auth ? "auth" : "auth-int";
}

char *digest_response(const DigestChallenge *challenge, const char *user, const char *password, const char *method, const char *uri,
                      const char *body, size_t body_size, const char *cnonce, unsigned count) {
    g_autofree char *a1 = hash_a1(challenge, user, password, cnonce);
    g_autofree char *a2 = hash_a2(challenge, method, uri, body, body_size);
    char nc[9];

    if (!challenge->has_qop)
        return hash(challenge->algorithm, a1, challenge->nonce, a2, NULL);
    g_snprintf(nc, sizeof(nc), "%08x", count);
    return hash(challenge->algorithm, a1, challenge->nonce, nc, cnonce, chosen_qop(challenge), a2, NULL);
}

char *digest_escape(const char *text) {
    GString *escaped = g_string_new(NULL);

    for (; *text; text++)
        if (*text == ':' || *text == '%')
            g_string_append_printf(escaped, "%%%02X", (unsigned char) *text);
        else
            g_string_append_c(escaped, *text);
    return g_string_free(escaped, FALSE);
}

static char *unescape(const char *text) {
    char *plain = g_uri_unescape_string(text, NULL);

    return plain ? plain : g_strdup(text);
}

static void new_cnonce(DigestClient *digest) {
    uint8_t bytes[16];

    su_randmem(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        g_snprintf(digest->cnonce + 2 * i, 3, "%02x", bytes[i]);
    digest->count = 0;
}

static void keep_text(su_home_t *home, const char **to, const char *text) {
    su_free(home, (void *) *to);
    *to = su_strdup(home, text);
}

/* Into the memory of the client, which the stack frees as a whole. */
static void keep_challenge(DigestClient *digest, const DigestChallenge *challenge) {
    su_home_t *home = digest->client.ca_home;
    DigestChallenge *kept = &digest->challenge;

    keep_text(home, &kept->algorithm_name, challenge->algorithm_name);
    keep_text(home, &kept->realm, challenge->realm);
    keep_text(home, &kept->nonce, challenge->nonce);
    keep_text(home, &kept->opaque, challenge->opaque);
    kept->algorithm = challenge->algorithm;
    kept->session = challenge->session;
    kept->has_qop = challenge->has_qop;
    kept->auth = challenge->auth;
    kept->auth_int = challenge->auth_int;
}

/* 2: something new to answer; 1: known, and no reason to ask again. */
static int on_challenge(auth_client_t *client, const msg_auth_t *header) {
    DigestClient *digest = (DigestClient *) client;
    const char *const *parameters = (const char *const *) header->au_params;
    DigestChallenge challenge;
    bool is_new;

    if (!digest_challenge_parse(parameters, &challenge))
        return 1;
    if (!digest->answered && challenge.algorithm < digest->challenge.algorithm) {
        digest_challenge_clear(&challenge);
        return 1;
    }
    is_new = !digest->challenge.nonce || !digest->answered || is_stale(parameters);
    if (g_strcmp0(challenge.nonce, digest->challenge.nonce) != 0)
        new_cnonce(digest);
    keep_challenge(digest, &challenge);
    digest_challenge_clear(&challenge);
    digest->answered = false;
    return is_new ? 2 : 1;
}

static char *format_header(const DigestClient *digest, const char *user, const char *uri, const char *response) {
    const DigestChallenge *challenge = &digest->challenge;
    GString *text = g_string_new("Digest ");

    g_string_append_printf(text, "username=\"%s\", realm=%s, nonce=\"%s\", uri=\"%s\", response=\"%s\"", user,
                           digest->client.ca_realm, challenge->nonce, uri, response);
    if (challenge->algorithm_name)
        g_string_append_printf(text, ", algorithm=%s", challenge->algorithm_name);
    if (challenge->opaque)
        g_string_append_printf(text, ", opaque=\"%s\"", challenge->opaque);
    if (challenge->has_qop)
        g_string_append_printf(text, ", qop=%s, nc=%08x", chosen_qop(challenge), digest->count);
    if (challenge->has_qop || challenge->session)
        g_string_append_printf(text, ", cnonce=\"%s\"", digest->cnonce);
    return g_string_free(text, FALSE);
}

static int on_authorize(auth_client_t *client, su_home_t *home, const char *method, const url_t *url, const msg_payload_t *body,
                        msg_header_t **ret) {
    DigestClient *digest = (DigestClient *) client;
    g_autofree char *user = NULL, *response = NULL, *text = NULL;
    char *uri, *password;

    if (!client->ca_user || !client->ca_pass || client->ca_clear)
        return 0;
    uri = digest->challenge.nonce ? url_as_string(home, url) : NULL;
    if (!uri)
        return -1;
    digest->count++;
    digest->answered = true;
    user = unescape(client->ca_user);
    password = unescape(client->ca_pass);
    response = digest_response(&digest->challenge, user, password, method, uri, body ? body->pl_data : "", body ? body->pl_len : 0,
                               digest->cnonce, digest->count);
    explicit_bzero(password, strlen(password));
    g_free(password);
    text = format_header(digest, user, uri, response);
    su_free(home, uri);
    *ret = msg_header_make(home, client->ca_credential_class, text);
    return *ret ? 0 : -1;
}

/* Authentication-Info: the nonce of the next request. */
static int on_info(auth_client_t *client, const msg_auth_info_t *info) {
    DigestClient *digest = (DigestClient *) client;
    g_autofree char *nonce = find_parameter((const char *const *) info->ai_params, "nextnonce");

    if (!nonce || !is_quotable(nonce))
        return 0;
    keep_text(client->ca_home, &digest->challenge.nonce, nonce);
    new_cnonce(digest);
    return 1;
}

static int on_clear(auth_client_t *client) {
    client->ca_clear = 1;
    return 1;
}

/* Its name is in lower case: the library compares names the wrong way round, and so this one takes the place of "Digest". */
static const auth_client_plugin_t plugin = {
    .auc_plugin_size = sizeof(plugin),
    .auc_size = sizeof(DigestClient),
    .auc_name = "digest",
    .auc_challenge = on_challenge,
    .auc_authorize = on_authorize,
    .auc_info = on_info,
    .auc_clear = on_clear,
};

void digest_register(void) {
    static bool registered;

    if (!registered)
        auc_register_plugin(&plugin);
    registered = true;
}
