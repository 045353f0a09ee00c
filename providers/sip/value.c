/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Value: parsers. Each gives what is wrong as the end of a sentence. */
#include "providers/sip/value.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "providers/media/place.h"

#define EXPIRES_MIN 5
#define EXPIRES_MAX 86400
#define SESSION_EXPIRES_MIN 90 /* RFC 4028 */
#define KEEPALIVE_MIN 5
#define KEEPALIVE_MAX 3600
#define HOST_MAX 253

static const char *const transports[_SIP_TRANSPORT_MAX] = { "udp", "tcp", "tls" };
static const char *const encryptions[] = { "none", "offered", "required", NULL };
static const char *const dtmfs[] = { "rfc4733", "info", NULL };
static const char *const transfers[] = { "known", "accept", "refuse", NULL };
static const char *const callers[] = { "anybody", "network", NULL };

const char *sip_transport_to_string(SipTransport transport) {
    return transport >= 0 && transport < _SIP_TRANSPORT_MAX ? transports[transport] : NULL;
}

/* What is wrong with a value; the key is put before it. */
static int fail(char **ret_why, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(char **ret_why, const char *format, ...) {
    va_list list;

    va_start(list, format);
    *ret_why = g_strdup_vprintf(format, list);
    va_end(list);
    return -EINVAL;
}

int value_text(void *to, const char *value, char **ret_why) {
    if (value[0] == '\0')
        return fail(ret_why, "is empty: leave the key out instead");
    *(char **) to = g_strdup(value);
    return 0;
}

/* What can stand in a URI before the @ without quoting: RFC 3261, but for the escapes. */
int value_user(void *to, const char *value, char **ret_why) {
    for (const char *c = value; *c; c++)
        if (!g_ascii_isalnum(*c) && !strchr("-_.!~*'()&=+$,;?/", *c))
            return fail(ret_why, "'%s' is not the part of a SIP address before its @", value);
    return value_text(to, value, ret_why);
}

/* Feature codes are dialled: digits, letters, * and #. */
int value_code(void *to, const char *value, char **ret_why) {
    for (const char *c = value; *c; c++)
        if (!g_ascii_isalnum(*c) && !strchr("*#+-_.", *c))
            return fail(ret_why, "'%s' is not something that can be dialled, such as *85", value);
    return value_text(to, value, ret_why);
}

int value_path(void *to, const char *value, char **ret_why) {
    if (!g_path_is_absolute(value))
        return fail(ret_why, "'%s' is not the whole path of a file, from / on", value);
    return value_text(to, value, ret_why);
}

/* As systemd has it: a credential is a file in one folder. */
int value_credential(void *to, const char *value, char **ret_why) {
    if (strchr(value, '/') || value[0] == '.')
        return fail(ret_why, "'%s' is not the name of a credential, as LoadCredential= of systemd.exec(5) has it", value);
    return value_text(to, value, ret_why);
}

static int keep_place(char **to, const char *value, bool is_input, char **ret_why) {
    Place place;
    int r = place_parse(value, is_input, &place, ret_why);

    place_done(&place);
    return r < 0 ? r : value_text(to, value, ret_why);
}

int value_sound_input(void *to, const char *value, char **ret_why) {
    return keep_place(to, value, /* is_input= */ true, ret_why);
}

int value_sound_output(void *to, const char *value, char **ret_why) {
    return keep_place(to, value, /* is_input= */ false, ret_why);
}

static int parse_number(const char *value, unsigned min, unsigned max, unsigned *ret) {
    char *end;
    unsigned long number;

    if (!g_ascii_isdigit(value[0]))
        return -EINVAL;
    number = strtoul(value, &end, 10);
    if (*end != '\0' || number < min || number > max)
        return -EINVAL;
    *ret = (unsigned) number;
    return 0;
}

int value_expires(void *to, const char *value, char **ret_why) {
    if (parse_number(value, EXPIRES_MIN, EXPIRES_MAX, to) < 0)
        return fail(ret_why, "'%s' is not a number of seconds from %d to %d", value, EXPIRES_MIN, EXPIRES_MAX);
    return 0;
}

int value_keepalive(void *to, const char *value, char **ret_why) {
    if (strcmp(value, "0") == 0)
        *(unsigned *) to = 0;
    else if (parse_number(value, KEEPALIVE_MIN, KEEPALIVE_MAX, to) < 0)
        return fail(ret_why, "'%s' is not a number of seconds from %d to %d, or 0 for none", value, KEEPALIVE_MIN, KEEPALIVE_MAX);
    return 0;
}

int value_session_expires(void *to, const char *value, char **ret_why) {
    if (strcmp(value, "0") == 0)
        *(unsigned *) to = 0;
    else if (parse_number(value, SESSION_EXPIRES_MIN, EXPIRES_MAX, to) < 0)
        return fail(ret_why, "'%s' is not a number of seconds from %d to %d, or 0 for none", value, SESSION_EXPIRES_MIN, EXPIRES_MAX);
    return 0;
}

/* One of few words: its place in the list. */
static int parse_word(const char *const *words, size_t n, const char *value, char **ret_why) {
    g_autofree char *list = NULL;

    for (size_t i = 0; i < n && words[i]; i++)
        if (strcmp(words[i], value) == 0)
            return (int) i;
    list = g_strjoinv(", ", (char **) words);
    return fail(ret_why, "'%s' is not one of %s", value, list);
}

int value_transport(void *to, const char *value, char **ret_why) {
    const char *const words[] = { transports[0], transports[1], transports[2], NULL };
    int r = parse_word(words, _SIP_TRANSPORT_MAX, value, ret_why);

    if (r < 0)
        return r;
    *(SipTransport *) to = (SipTransport) r;
    return 0;
}

int value_encryption(void *to, const char *value, char **ret_why) {
    int r = parse_word(encryptions, G_N_ELEMENTS(encryptions), value, ret_why);

    if (r < 0)
        return r;
    *(SdpEncryption *) to = (SdpEncryption) r;
    return 0;
}

int value_dtmf(void *to, const char *value, char **ret_why) {
    int r = parse_word(dtmfs, G_N_ELEMENTS(dtmfs), value, ret_why);

    if (r < 0)
        return r;
    *(SipDtmf *) to = (SipDtmf) r;
    return 0;
}

int value_transfers(void *to, const char *value, char **ret_why) {
    int r = parse_word(transfers, G_N_ELEMENTS(transfers), value, ret_why);

    if (r < 0)
        return r;
    *(SipTransfers *) to = (SipTransfers) r;
    return 0;
}

int value_callers(void *to, const char *value, char **ret_why) {
    int r = parse_word(callers, G_N_ELEMENTS(callers), value, ret_why);

    if (r < 0)
        return r;
    *(SipCallers *) to = (SipCallers) r;
    return 0;
}

int value_codecs(void *to, const char *value, char **ret_why) {
    g_auto(GStrv) names = g_strsplit_set(value, ";, ", -1);
    CodecList *list = to;

    list->n = 0;
    for (char **name = names; *name; name++) {
        Codec codec;

        if ((*name)[0] == '\0')
            continue;
        codec = codec_from_string(*name);
        if (codec < 0)
            return fail(ret_why, "'%s' is not a list of PCMU, PCMA, G722 and opus", value);
        for (size_t i = 0; i < list->n; i++)
            if (list->codecs[i] == codec)
                return fail(ret_why, "'%s' has %s twice", value, *name);
        list->codecs[list->n++] = codec;
    }
    return list->n > 0 ? 0 : fail(ret_why, "'%s' names no codec: PCMU, PCMA, G722 or opus", value);
}

int value_ports(void *to, const char *value, char **ret_why) {
    g_auto(GStrv) parts = g_strsplit(value, "-", 2);
    PortRange *range = to;
    unsigned min, max;

    if (!parts[0] || !parts[1] || parse_number(parts[0], 1024, 65534, &min) < 0 || parse_number(parts[1], 1025, 65535, &max) < 0 ||
        max < ((min + 1) & ~1u) + 1) /* a call takes an even one and the next */
        return fail(ret_why, "'%s' is not a range of ports, at least an even one and the next, such as 16384-32767", value);
    range->min = (uint16_t) min;
    range->max = (uint16_t) max;
    return 0;
}

bool sip_host_is_numeric(const char *name) {
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool is_host_name(const char *name) {
    size_t n = strlen(name);

    if (n == 0 || n > HOST_MAX || name[0] == '.' || name[0] == '-')
        return false;
    for (const char *c = name; *c; c++)
        if (!g_ascii_isalnum(*c) && !strchr("-._", *c))
            return false;
    return !strstr(name, "..");
}

/* "host", "host:port", "[::1]", "[::1]:port" and "::1" into the two parts, the second NULL. */
static bool split_host(const char *value, char **ret_name, const char **ret_port) {
    const char *colon, *end;

    *ret_port = NULL;
    if (value[0] == '[') {
        end = strchr(value, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return false;
        *ret_name = g_strndup(value + 1, (gsize) (end - value - 1));
        *ret_port = end[1] == ':' ? end + 2 : NULL;
        return strchr(*ret_name, ':') != NULL;
    }
    colon = strchr(value, ':');
    if (colon && strchr(colon + 1, ':')) {
        *ret_name = g_strdup(value);
        return true;
    }
    *ret_name = colon ? g_strndup(value, (gsize) (colon - value)) : g_strdup(value);
    *ret_port = colon ? colon + 1 : NULL;
    return true;
}

static bool parse_host(const char *value, SipHost *ret) {
    g_autofree char *name = NULL;
    const char *text;
    unsigned port = 0;

    if (!split_host(value, &name, &text) || !(sip_host_is_numeric(name) || is_host_name(name)))
        return false;
    if (text && parse_number(text, 1, UINT16_MAX, &port) < 0)
        return false;
    *ret = (SipHost) { g_steal_pointer(&name), (uint16_t) port };
    return true;
}

/* Of a URI: a transport, "lr" (which goes without saying) and nothing else. */
static bool parse_parameters(char **parameters, SipServer *server) {
    for (; *parameters; parameters++) {
        if (strcmp(*parameters, "lr") == 0)
            continue;
        if (!g_str_has_prefix(*parameters, "transport="))
            return false;
        for (int i = 0; i < _SIP_TRANSPORT_MAX; i++)
            if (g_ascii_strcasecmp(*parameters + strlen("transport="), transports[i]) == 0)
                server->transport = (SipTransport) i;
        if (server->transport == _SIP_TRANSPORT_INVALID)
            return false;
    }
    return true;
}

int value_server(void *to, const char *value, char **ret_why) {
    SipServer server = { .transport = _SIP_TRANSPORT_INVALID };
    g_auto(GStrv) parts = NULL;

    if (g_str_has_prefix(value, "sips:"))
        server.transport = SIP_TRANSPORT_TLS;
    if (g_str_has_prefix(value, "sips:") || g_str_has_prefix(value, "sip:"))
        parts = g_strsplit(strchr(value, ':') + 1, ";", -1);
    else
        parts = g_strsplit(value, "\n", 1);
    if (!parts[0] || !parse_parameters(parts + 1, &server) || !parse_host(parts[0], &server.host))
        return fail(ret_why, "'%s' is not a host, host:port, or a URI such as sip:example.org;transport=tcp", value);
    *(SipServer *) to = server;
    return 0;
}

int value_listen(void *to, const char *value, char **ret_why) {
    SipHost host = { 0 };

    if (!parse_host(value, &host) || !sip_host_is_numeric(host.name)) {
        g_free(host.name);
        return fail(ret_why, "'%s' is not an address of this machine, such as 192.0.2.1:5060 or [2001:db8::1]", value);
    }
    *(SipHost *) to = host;
    return 0;
}

int value_domain(void *to, const char *value, char **ret_why) {
    g_autofree char *name = NULL;
    const char *port;

    if (!split_host(value, &name, &port) || port || !(sip_host_is_numeric(name) || is_host_name(name)))
        return fail(ret_why, "'%s' is not the part of a SIP address after its @", value);
    *(char **) to = g_steal_pointer(&name);
    return 0;
}
