/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SdpLine: reads what peers say (RFC 8866). Not by sofia-sip's parser: an m-line with a byte that is no token makes it take memory
 * without end.
 */
#include "providers/sip/sdp-voice.h"

#include <netinet/in.h>
#include <string.h>

#include "service/cleanup.h"

enum {
    PTIME_USUAL_MS = 20,
    PTIME_MIN_MS = 10,
    PTIME_MAX_MS = 60,
    PTIME_SAID_MAX_MS = 1000,
    PAYLOADS = 128,
};

/* What of a text was read so far: of the session, then of one m-line after the other. */
typedef struct Reader {
    GPtrArray *lines;
    SdpLine *line; /* the last of them; NULL: in the session's part */
    bool has_origin;

    char session_address[INET6_ADDRSTRLEN]; /* "": none */
    bool session_sends, session_receives;

    /* Of the m-line. */
    uint8_t payload[PAYLOADS]; /* in order */
    size_t n_payloads;
    SdpFormat map[PAYLOADS]; /* by payload */
    bool is_mapped[PAYLOADS];
    unsigned said_ptime, said_maxptime, said_rtcp;
} Reader;

static SdpLine *sdp_line_new(const char *type, const char *proto, const char *formats) {
    SdpLine *line = g_new0(SdpLine, 1);

    line->type = g_strdup(type);
    line->proto = g_strdup(proto);
    line->formats = g_strdup(formats);
    return line;
}

static void free_line(void *data) {
    SdpLine *line = data;

    g_free(line->type);
    g_free(line->proto);
    g_free(line->formats);
    g_free(line);
}

const SdpFormat *sdp_line_find_telephone_event(const SdpLine *line, unsigned rate) {
    const SdpFormat *any = NULL;

    for (size_t i = 0; i < line->n_formats; i++) {
        const SdpFormat *format = &line->format[i];

        if (format->telephone_event && format->rate == rate)
            return format;
        if (format->telephone_event && !any)
            any = format;
    }
    return any;
}

/* ---- Words ---- */

/* A token of RFC 8866: what no other part of the text can be taken for. */
static bool is_token(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!g_ascii_isalnum(text[i]) && (text[i] == '\0' || !strchr("!#$%&'*+-.^_`{|}~", text[i])))
            return false;
    return length > 0;
}

/* The next word, up to a blank; `text` moves behind it. */
static const char *next_word(const char **text, size_t *ret_length) {
    const char *word = *text + strspn(*text, " \t");

    *ret_length = strcspn(word, " \t");
    *text = word + *ret_length;
    return *ret_length > 0 ? word : NULL;
}

/* The number that the text begins with, -1 if there is none, or it is too big; `text` moves behind it. */
static int read_number(const char **text, int max) {
    int n = 0;

    if (!g_ascii_isdigit(**text))
        return -1;
    for (; g_ascii_isdigit(**text); (*text)++) {
        n = n * 10 + (**text - '0');
        if (n > max)
            return -1;
    }
    return n;
}

/* Behind "NAME:", or at the end of just "NAME"; NULL: another one. */
static const char *value_of(const char *attribute, const char *name) {
    size_t n = strlen(name);

    if (g_ascii_strncasecmp(attribute, name, n) != 0 || (attribute[n] != ':' && attribute[n] != '\0'))
        return NULL;
    attribute += n + (attribute[n] == ':');
    return attribute + strspn(attribute, " \t");
}

/* ---- Addresses ---- */

/* "Send me nothing", as it was said before there was a=sendonly. */
static bool is_nowhere(const char *address) {
    struct in_addr in;
    struct in6_addr in6;

    if (inet_pton(AF_INET, address, &in) == 1)
        return in.s_addr == htonl(INADDR_ANY);
    return inet_pton(AF_INET6, address, &in6) == 1 && IN6_IS_ADDR_UNSPECIFIED(&in6);
}

static bool is_one_host(const char *address, int *ret_family) {
    struct in_addr in;
    struct in6_addr in6;

    *ret_family = AF_INET;
    if (inet_pton(AF_INET, address, &in) == 1)
        return !IN_MULTICAST(ntohl(in.s_addr)) && in.s_addr != htonl(INADDR_BROADCAST);
    *ret_family = AF_INET6;
    return inet_pton(AF_INET6, address, &in6) == 1 && !IN6_IS_ADDR_MULTICAST(&in6);
}

/* "IN IP4 192.0.2.9": what can't be an address of ours is one that we don't send to. */
static int read_connection(Reader *reader, const char *value) {
    char *into = reader->line ? reader->line->address : reader->session_address;
    size_t length;

    for (int i = 0; i < 2; i++)
        if (!next_word(&value, &length))
            return -EBADMSG;
    value = next_word(&value, &length);
    if (!value)
        return -EBADMSG;
    g_strlcpy(into, length < INET6_ADDRSTRLEN ? value : "?", MIN(length, INET6_ADDRSTRLEN - 1) + 1);
    return 0;
}

/* ---- Attributes ---- */

static unsigned read_channels(const char *text) {
    int n = 1;

    if (*text == '/') {
        text++;
        n = read_number(&text, 255);
    }
    return *text != '\0' || n < 0 ? 0 : (unsigned) n;
}

/* "PCMU/8000" or "opus/48000/2". */
static bool read_encoding(const char *text, SdpFormat *ret) {
    size_t length = strcspn(text, "/");
    g_autofree char *name = g_strndup(text, length);
    const char *rest = text + length;
    int rate, codec;

    if (*rest++ != '/')
        return false;
    rate = read_number(&rest, 1000000);
    if (rate <= 0)
        return false;
    ret->rate = (unsigned) rate;
    ret->telephone_event = g_ascii_strcasecmp(name, "telephone-event") == 0;
    if (ret->telephone_event)
        return ret->payload > 0;
    codec = codec_from_string(name);
    if (codec < 0 || ret->rate != codec_clock_rate(codec) || read_channels(rest) != codec_channels(codec))
        return false;
    ret->codec = codec;
    return true;
}

/* "96 opus/48000/2": the first for a payload counts. */
static void read_rtpmap(Reader *reader, const char *value) {
    int payload = read_number(&value, PAYLOADS - 1);
    g_autofree char *encoding = NULL;
    const char *word;
    size_t length;

    if (payload < 0 || reader->is_mapped[payload])
        return;
    word = next_word(&value, &length);
    if (!word)
        return;
    encoding = g_strndup(word, length);
    reader->is_mapped[payload] = true;
    reader->map[payload] = (SdpFormat){ .payload = (uint8_t) payload };
    if (!read_encoding(encoding, &reader->map[payload]))
        reader->map[payload].rate = 0;
}

static void read_crypto(SdpLine *line, const char *value) {
    if (line->n_crypto < SDP_CRYPTO_MAX && crypto_parse(value, &line->crypto[line->n_crypto]) == 0)
        line->n_crypto++;
}

static void read_said(const char *value, int max, unsigned *ret) {
    int n = read_number(&value, max);

    *ret = n > 0 ? (unsigned) n : 0;
}

static void read_direction(Reader *reader, const char *attribute) {
    static const struct {
        const char *name;
        bool sends, receives;
    } directions[] = {
        { "sendrecv", true, true },
        { "sendonly", true, false },
        { "recvonly", false, true },
        { "inactive", false, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(directions); i++)
        if (g_ascii_strcasecmp(attribute, directions[i].name) == 0) {
            *(reader->line ? &reader->line->sends : &reader->session_sends) = directions[i].sends;
            *(reader->line ? &reader->line->receives : &reader->session_receives) = directions[i].receives;
        }
}

static void read_attribute(Reader *reader, const char *attribute) {
    const char *value;

    read_direction(reader, attribute);
    if (!reader->line)
        return;
    if ((value = value_of(attribute, "rtpmap")))
        read_rtpmap(reader, value);
    else if ((value = value_of(attribute, "crypto")))
        read_crypto(reader->line, value);
    else if ((value = value_of(attribute, "ptime")))
        read_said(value, PTIME_SAID_MAX_MS, &reader->said_ptime);
    else if ((value = value_of(attribute, "maxptime")))
        read_said(value, PTIME_SAID_MAX_MS, &reader->said_maxptime);
    else if ((value = value_of(attribute, "rtcp")))
        read_said(value, UINT16_MAX, &reader->said_rtcp);
    else if (value_of(attribute, "rtcp-mux"))
        reader->line->rtcp_mux = true;
}

/* ---- m-lines ---- */

static unsigned choose_ptime(const Reader *reader) {
    unsigned ptime = reader->said_ptime > 0 ? reader->said_ptime : PTIME_USUAL_MS;

    if (reader->said_maxptime > 0)
        ptime = MIN(ptime, reader->said_maxptime);
    return CLAMP(ptime / 10 * 10, PTIME_MIN_MS, PTIME_MAX_MS);
}

static uint16_t choose_rtcp_port(const Reader *reader) {
    uint16_t port = reader->line->port;

    if (reader->line->rtcp_mux || port == UINT16_MAX)
        return port;
    return (uint16_t) (reader->said_rtcp > 0 ? reader->said_rtcp : port + 1U);
}

static void map_static_payload(Reader *reader, Codec codec) {
    int payload = codec_static_payload(codec);

    if (payload < 0 || reader->is_mapped[payload])
        return;
    reader->is_mapped[payload] = true;
    reader->map[payload] = (SdpFormat){ .payload = (uint8_t) payload, .codec = codec, .rate = codec_clock_rate(codec) };
}

static void choose_formats(Reader *reader) {
    SdpLine *line = reader->line;

    for (Codec codec = 0; codec < _CODEC_MAX; codec++)
        map_static_payload(reader, codec);
    for (size_t i = 0; i < reader->n_payloads && line->n_formats < SDP_FORMATS_MAX; i++) {
        uint8_t payload = reader->payload[i];

        if (reader->is_mapped[payload] && reader->map[payload].rate > 0)
            line->format[line->n_formats++] = reader->map[payload];
        reader->is_mapped[payload] = false; /* said twice, it counts once */
    }
}

/* The m-line is over: what did it say? */
static int end_line(Reader *reader) {
    SdpLine *line = reader->line;

    if (!line || line->refused)
        return 0;
    if (line->address[0] == '\0')
        g_strlcpy(line->address, reader->session_address, sizeof(line->address));
    if (line->address[0] == '\0')
        return -EBADMSG;
    line->usable = line->usable && is_one_host(line->address, &line->family);
    if (!line->usable)
        return 0;
    line->receives = line->receives && !is_nowhere(line->address);
    line->ptime_ms = choose_ptime(reader);
    line->rtcp_port = choose_rtcp_port(reader);
    choose_formats(reader);
    return 0;
}

/* "0 8 101", of tokens. */
static int read_formats(Reader *reader, const char *text) {
    const char *word;
    size_t length;

    if (*text == '\0')
        return -EBADMSG;
    while ((word = next_word(&text, &length))) {
        const char *digits = word;
        int payload = read_number(&digits, PAYLOADS - 1);

        if (!is_token(word, length))
            return -EBADMSG;
        if (payload >= 0 && digits == word + length && reader->n_payloads < PAYLOADS)
            reader->payload[reader->n_payloads++] = (uint8_t) payload;
    }
    return 0;
}

/* "RTP/AVP", of tokens with slashes between. */
static bool is_proto(const char *proto) {
    for (;;) {
        size_t length = strcspn(proto, "/");

        if (!is_token(proto, length))
            return false;
        if (proto[length] == '\0')
            return true;
        proto += length + 1;
    }
}

/* The next m-line has nothing of the last one. */
static void begin_line(Reader *reader, SdpLine *line) {
    reader->line = line;
    g_ptr_array_add(reader->lines, line);
    line->sends = reader->session_sends;
    line->receives = reader->session_receives;
    reader->n_payloads = 0;
    memset(reader->is_mapped, 0, sizeof(reader->is_mapped));
    reader->said_ptime = reader->said_maxptime = reader->said_rtcp = 0;
}

/* "audio 5000[/2] RTP/AVP 0 8 101". */
static int read_media(Reader *reader, const char *value) {
    size_t type_length, proto_length;
    const char *type = next_word(&value, &type_length), *proto;
    int port, ports = 1;
    SdpLine *line;

    if (end_line(reader) < 0 || reader->lines->len == SDP_LINES_MAX || !type || !is_token(type, type_length))
        return -EBADMSG;
    value += strspn(value, " \t");
    port = read_number(&value, UINT16_MAX);
    if (port >= 0 && *value == '/') {
        value++;
        ports = read_number(&value, UINT16_MAX);
    }
    if (port < 0 || ports < 0 || (*value != ' ' && *value != '\t'))
        return -EBADMSG;
    proto = next_word(&value, &proto_length);
    if (!proto)
        return -EBADMSG;
    line = sdp_line_new(NULL, NULL, value + strspn(value, " \t"));
    begin_line(reader, line);
    line->type = g_ascii_strdown(type, (gssize) type_length);
    line->proto = g_strndup(proto, proto_length);
    line->port = (uint16_t) port;
    line->refused = port == 0;
    line->secure = g_ascii_strcasecmp(line->proto, "RTP/SAVP") == 0;
    line->usable = port > 0 && ports == 1 && g_str_equal(line->type, "audio") &&
                   (line->secure || g_ascii_strcasecmp(line->proto, "RTP/AVP") == 0);
    return is_proto(line->proto) ? read_formats(reader, line->formats) : -EBADMSG;
}

/* ---- The text ---- */

/* One line of it, "X=VALUE". Those that say nothing about a voice are left alone. */
static int read_one(Reader *reader, const char *text) {
    if (!g_ascii_islower(text[0]) || text[1] != '=')
        return -EBADMSG;
    switch (text[0]) {
    case 'o':
        reader->has_origin = true;
        return 0;
    case 'c':
        return read_connection(reader, text + 2);
    case 'a':
        read_attribute(reader, text + 2);
        return 0;
    case 'm':
        return read_media(reader, text + 2);
    default:
        return 0;
    }
}

static int read_all(Reader *reader, const char *text) {
    g_auto(GStrv) all = g_strsplit(text, "\n", 0);

    for (char **one = all; *one; one++) {
        g_strchomp(*one);
        if (one == all && !g_str_equal(*one, "v=0"))
            return -EBADMSG;
        if (**one != '\0' && read_one(reader, *one) < 0)
            return -EBADMSG;
    }
    return reader->has_origin ? end_line(reader) : -EBADMSG;
}

GPtrArray *sdp_lines_read(const char *text) {
    Reader reader = { .session_sends = true, .session_receives = true };
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(free_line);

    reader.lines = lines;
    if (strlen(text) > SDP_TEXT_MAX || read_all(&reader, text) < 0)
        return NULL;
    return g_steal_pointer(&lines);
}
