/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SipAccount: a table of keys, each with what parses its value. */
#include "providers/sip/account.h"

#include <stddef.h>
#include <string.h>

#include "providers/sip/value.h"

#define EXPIRES_USUAL 600
#define KEEPALIVE_USUAL 30 /* shorter than what routers remember of UDP */
#define SESSION_EXPIRES_USUAL 1800

typedef struct Key {
    const char *name;
    ValueParse parse;
    size_t offset;        /* of the member */
    void (*clear)(void *member);
} Key;

static void clear_text(void *member) {
    g_free(*(char **) member);
}

static void clear_host(void *member) {
    g_free(((SipHost *) member)->name);
}

static void clear_server(void *member) {
    g_free(((SipServer *) member)->host.name);
}

static void clear_nothing(void *member) {
}

#define MEMBER(member) offsetof(SipAccount, member)

static const Key keys[] = {
    { "Registrar", value_server, MEMBER(registrar), clear_server },
    { "Proxy", value_server, MEMBER(proxy), clear_server },
    { "Transport", value_transport, MEMBER(transport), clear_nothing },
    { "Listen", value_listen, MEMBER(listen), clear_host },
    { "User", value_user, MEMBER(user), clear_text },
    { "AuthUser", value_text, MEMBER(auth_user), clear_text },
    { "PasswordFile", value_path, MEMBER(password_file), clear_text },
    { "PasswordCredential", value_credential, MEMBER(password_credential), clear_text },
    { "Realm", value_text, MEMBER(realm), clear_text },
    { "Domain", value_domain, MEMBER(domain), clear_text },
    { "DisplayName", value_text, MEMBER(display_name), clear_text },
    { "Expires", value_expires, MEMBER(expires_s), clear_nothing },
    { "Keepalive", value_keepalive, MEMBER(keepalive_s), clear_nothing },
    { "TlsCaFile", value_path, MEMBER(tls_ca_file), clear_text },
    { "Encryption", value_encryption, MEMBER(encryption), clear_nothing },
    { "Codecs", value_codecs, MEMBER(codecs), clear_nothing },
    { "Dtmf", value_dtmf, MEMBER(dtmf), clear_nothing },
    { "SessionExpires", value_session_expires, MEMBER(session_expires_s), clear_nothing },
    { "Transfers", value_transfers, MEMBER(transfers), clear_nothing },
    { "Callers", value_callers, MEMBER(callers), clear_nothing },
    { "ParkCode", value_code, MEMBER(park_code), clear_text },
    { "UnparkCode", value_code, MEMBER(unpark_code), clear_text },
    { "PickupCode", value_code, MEMBER(pickup_code), clear_text },
    { "PickupGroupCode", value_code, MEMBER(pickup_group_code), clear_text },
    { "AudioInput", value_sound_input, MEMBER(audio_input), clear_text },
    { "AudioOutput", value_sound_output, MEMBER(audio_output), clear_text },
    { "RingDevice", value_sound_output, MEMBER(ring_device), clear_text },
    { "RtpPorts", value_ports, MEMBER(rtp_ports), clear_nothing },
};

/* The keys that were given. */
typedef uint32_t KeySet;
G_STATIC_ASSERT(G_N_ELEMENTS(keys) <= 32);

static const Key *find_key(const char *name) {
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static bool has(KeySet given, const char *name) {
    return given & (UINT32_C(1) << (find_key(name) - keys));
}

static int unknown_key(const char *name, char **ret_why) {
    g_autoptr(GString) list = g_string_new(NULL);

    if (g_ascii_strcasecmp(name, "Password") == 0) {
        *ret_why = g_strdup_printf("%s: a password is not kept here: write it to a file that only its owner can read, and set "
                                   "PasswordFile= or PasswordCredential=", name);
        return -EINVAL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "", keys[i].name);
    *ret_why = g_strdup_printf("%s: is no setting of a SIP line; there are %s", name, list->str);
    return -EINVAL;
}

static bool is_clean(const char *value) {
    if (!g_utf8_validate(value, -1, NULL))
        return false;
    for (const char *c = value; *c; c = g_utf8_next_char(c))
        if (g_unichar_iscntrl(g_utf8_get_char(c)))
            return false;
    return true;
}

static int parse_setting(SipAccount *account, const char *name, const char *value, KeySet *given, char **ret_why) {
    const Key *key = find_key(name);
    g_autofree char *why = NULL;
    int r = -EINVAL;

    if (!key)
        return unknown_key(name, ret_why);
    if (has(*given, name))
        why = g_strdup("is there twice");
    else if (!is_clean(value))
        why = g_strdup("is no text without control characters");
    else
        r = key->parse((char *) account + key->offset, value, &why);
    if (r < 0)
        *ret_why = g_strdup_printf("%s: %s", name, why);
    else
        *given |= UINT32_C(1) << (key - keys);
    return r;
}

/* The first hop decides; what its URI says and what Transport= says must not differ. */
static int agree_on_transport(SipAccount *account, KeySet given, char **ret_why) {
    const SipServer *hop = account->proxy.host.name ? &account->proxy : &account->registrar;

    if (hop->transport == _SIP_TRANSPORT_INVALID || !hop->host.name)
        return 0;
    if (has(given, "Transport") && account->transport != hop->transport) {
        *ret_why = g_strdup_printf("Transport: '%s' is not %s, as %s= has it: leave one of them out",
                                   sip_transport_to_string(account->transport), sip_transport_to_string(hop->transport),
                                   hop == &account->proxy ? "Proxy" : "Registrar");
        return -EINVAL;
    }
    account->transport = hop->transport;
    return 0;
}

static int refuse_combination(char **ret_why, const char *text) {
    *ret_why = g_strdup(text);
    return -EINVAL;
}

/* With an answer to a challenge somebody can try passwords at home: who may have one? */
static int check_password(const SipAccount *account, char **ret_why) {
    if (account->password_file && account->password_credential)
        return refuse_combination(ret_why, "PasswordFile: there is PasswordCredential= as well: leave one of them out");
    if (!sip_account_has_password(account) && account->realm)
        return refuse_combination(ret_why, "Realm: is of no use without PasswordFile= or PasswordCredential=");
    if (!sip_account_has_password(account) || account->registrar.host.name || account->proxy.host.name || account->realm)
        return 0;
    *ret_why = g_strdup_printf("%s: is of no use without Registrar=, Proxy= or Realm=, which tell who may ask for it",
                               account->password_file ? "PasswordFile" : "PasswordCredential");
    return -EINVAL;
}

/* What each value alone can't tell. */
static int check_together(const SipAccount *account, KeySet given, char **ret_why) {
    if (account->registrar.host.name && !account->user)
        return refuse_combination(ret_why, "User: is missing: a registrar needs to know whose line it is");
    if (account->auth_user && strpbrk(account->auth_user, "\"\\"))
        return refuse_combination(ret_why, "AuthUser: can't have a quotation mark or a backslash in it");
    if (account->tls_ca_file && account->transport != SIP_TRANSPORT_TLS)
        return refuse_combination(ret_why, "TlsCaFile: is of no use without Transport=tls");
    if (!sip_account_has_network(account) && account->callers == SIP_CALLERS_NETWORK)
        return refuse_combination(ret_why, "Callers: 'network' needs Registrar= or Proxy=, whose calls are the only ones then");
    if (!account->registrar.host.name && has(given, "Expires"))
        return refuse_combination(ret_why, "Expires: is of no use without Registrar=");
    if (!account->registrar.host.name && has(given, "Keepalive"))
        return refuse_combination(ret_why, "Keepalive: is of no use without Registrar=");
    return check_password(account, ret_why);
}

static void fill_in(SipAccount *account, KeySet given) {
    static const Codec usual[] = { CODEC_OPUS, CODEC_G722, CODEC_PCMA, CODEC_PCMU };
    const char *domain = account->registrar.host.name ? account->registrar.host.name : account->proxy.host.name;

    if (!account->auth_user)
        account->auth_user = g_strdup(account->user);
    if (!account->domain)
        account->domain = g_strdup(domain);
    if (account->expires_s == 0)
        account->expires_s = EXPIRES_USUAL;
    if (!has(given, "Keepalive"))
        account->keepalive_s = KEEPALIVE_USUAL;
    if (!has(given, "SessionExpires"))
        account->session_expires_s = SESSION_EXPIRES_USUAL;
    for (size_t i = 0; !has(given, "Codecs") && i < G_N_ELEMENTS(usual); i++)
        account->codecs.codecs[account->codecs.n++] = usual[i];
}

int sip_account_new(const char *const *settings, SipAccount **ret, char **ret_why) {
    _cleanup_(sip_account_freep) SipAccount *account = g_new0(SipAccount, 1);
    KeySet given = 0;
    int r;

    for (; settings && settings[0] && settings[1]; settings += 2) {
        r = parse_setting(account, settings[0], settings[1], &given, ret_why);
        if (r < 0)
            return r;
    }
    r = agree_on_transport(account, given, ret_why);
    if (r < 0)
        return r;
    r = check_together(account, given, ret_why);
    if (r < 0)
        return r;
    fill_in(account, given);
    *ret = TAKE_PTR(account);
    return 0;
}

SipAccount *sip_account_free(SipAccount *account) {
    if (!account)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        keys[i].clear((char *) account + keys[i].offset);
    g_free(account);
    return NULL;
}

bool sip_account_has_password(const SipAccount *account) {
    return account->password_file || account->password_credential;
}

/* A numeric IPv6 address stands in brackets. */
static char *server_uri(const SipAccount *account, const SipServer *server, bool with_transport) {
    bool is_ipv6 = strchr(server->host.name, ':') != NULL;
    g_autofree char *port = server->host.port ? g_strdup_printf(":%u", server->host.port) : g_strdup("");

    return g_strdup_printf("sip:%s%s%s%s%s%s", is_ipv6 ? "[" : "", server->host.name, is_ipv6 ? "]" : "", port,
                           with_transport ? ";transport=" : "",
                           with_transport ? sip_transport_to_string(account->transport) : "");
}

char *sip_account_registrar_uri(const SipAccount *account) {
    bool is_first_hop = !account->proxy.host.name;

    if (!account->registrar.host.name)
        return NULL;
    return server_uri(account, &account->registrar, is_first_hop && account->transport != SIP_TRANSPORT_UDP);
}

char *sip_account_domain_uri(const SipAccount *account) {
    const SipServer domain = { .host.name = account->domain };

    return server_uri(account, &domain, account->transport != SIP_TRANSPORT_UDP);
}

char *sip_account_proxy_uri(const SipAccount *account) {
    g_autofree char *uri = NULL;

    if (!account->proxy.host.name)
        return NULL;
    uri = server_uri(account, &account->proxy, account->transport != SIP_TRANSPORT_UDP);
    return g_strconcat(uri, ";lr", NULL);
}

char *sip_account_address(const SipAccount *account, const char *host) {
    bool is_ipv6 = account->domain && strchr(account->domain, ':');

    return g_strdup_printf("sip:%s%s%s%s%s", account->user ? account->user : "", account->user ? "@" : "", is_ipv6 ? "[" : "",
                           account->domain ? account->domain : host, is_ipv6 ? "]" : "");
}

bool sip_account_has_network(const SipAccount *account) {
    return account->registrar.host.name || account->proxy.host.name;
}
