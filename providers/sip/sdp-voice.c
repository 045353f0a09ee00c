/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SdpLine: reads what peers say, by way of sofia-sip's parser. */
#include "providers/sip/sdp-voice.h"

#include <netinet/in.h>
#include <sofia-sip/sdp.h>
#include <string.h>

#include "service/cleanup.h"

enum {
    PTIME_USUAL_MS = 20,
    PTIME_MIN_MS = 10,
    PTIME_MAX_MS = 60,
};

static void sdp_parser_freep(sdp_parser_t **parser) {
    if (*parser)
        sdp_parser_free(*parser);
}

SdpLine *sdp_line_new(const char *type, const char *proto, const char *formats) {
    SdpLine *line = g_new0(SdpLine, 1);

    line->type = g_strdup(type);
    line->proto = g_strdup(proto);
    line->formats = g_strdup(formats);
    return line;
}

SdpLine *sdp_line_free(SdpLine *line) {
    if (!line)
        return NULL;
    g_free(line->type);
    g_free(line->proto);
    g_free(line->formats);
    g_free(line);
    return NULL;
}

static void free_line(void *line) {
    sdp_line_free(line);
}

const SdpFormat *sdp_line_find_payload(const SdpLine *line, uint8_t payload) {
    for (size_t i = 0; i < line->n_formats; i++)
        if (line->format[i].payload == payload)
            return &line->format[i];
    return NULL;
}

const SdpFormat *sdp_line_find_telephone_event(const SdpLine *line, unsigned rate) {
    for (size_t i = 0; i < line->n_formats; i++)
        if (line->format[i].telephone_event && line->format[i].rate == rate)
            return &line->format[i];
    return NULL;
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

static bool read_address(const sdp_media_t *media, SdpLine *line) {
    const sdp_connection_t *connection = sdp_media_connections(media);

    if (!connection || !connection->c_address || connection->c_groups > 1 || !is_one_host(connection->c_address, &line->family))
        return false;
    g_strlcpy(line->address, connection->c_address, sizeof(line->address));
    return true;
}

/* ---- Attributes ---- */

static const char *find_attribute(const sdp_media_t *media, const char *name) {
    const sdp_attribute_t *attribute = sdp_attribute_find(media->m_attributes, name);

    return attribute ? (attribute->a_value ? attribute->a_value : "") : NULL;
}

/* The number at the beginning of the value; 0 if there is none, or it is too big. */
static unsigned read_number(const char *value, unsigned max) {
    guint64 n = value && g_ascii_isdigit(*value) ? g_ascii_strtoull(value, NULL, 10) : 0;

    return n <= max ? (unsigned) n : 0;
}

static unsigned read_ptime(const sdp_media_t *media) {
    unsigned ptime = read_number(find_attribute(media, "ptime"), 1000);
    unsigned max = read_number(find_attribute(media, "maxptime"), 1000);

    if (ptime == 0)
        ptime = PTIME_USUAL_MS;
    if (max > 0)
        ptime = MIN(ptime, max);
    return CLAMP(ptime / 10 * 10, PTIME_MIN_MS, PTIME_MAX_MS);
}

static uint16_t read_rtcp_port(const sdp_media_t *media, const SdpLine *line) {
    unsigned said = read_number(find_attribute(media, "rtcp"), UINT16_MAX);

    if (line->rtcp_mux || line->port == UINT16_MAX)
        return line->port;
    return (uint16_t) (said > 0 ? said : line->port + 1U);
}

static void read_crypto(const sdp_media_t *media, SdpLine *line) {
    for (const sdp_attribute_t *a = media->m_attributes; a && line->n_crypto < SDP_CRYPTO_MAX; a = a->a_next)
        if (g_ascii_strcasecmp(a->a_name, "crypto") == 0 && a->a_value &&
            crypto_parse(a->a_value, &line->crypto[line->n_crypto]) == 0)
            line->n_crypto++;
}

/* ---- Payloads ---- */

static unsigned read_channels(const char *params) {
    return params && *params != '\0' ? read_number(params, 255) : 1;
}

static bool read_format(const sdp_rtpmap_t *map, SdpFormat *ret) {
    Codec codec;

    if (!map->rm_encoding)
        return false;
    *ret = (SdpFormat){ .payload = (uint8_t) map->rm_pt, .rate = (unsigned) map->rm_rate };
    if (g_ascii_strcasecmp(map->rm_encoding, "telephone-event") == 0) {
        ret->telephone_event = true;
        return map->rm_pt > 0 && ret->rate > 0;
    }
    codec = codec_from_string(map->rm_encoding);
    if (codec < 0 || map->rm_rate != codec_clock_rate(codec) || read_channels(map->rm_params) != codec_channels(codec))
        return false;
    ret->codec = codec;
    return true;
}

static void read_formats(const sdp_media_t *media, SdpLine *line) {
    for (const sdp_rtpmap_t *map = media->m_rtpmaps; map && line->n_formats < SDP_FORMATS_MAX; map = map->rm_next) {
        SdpFormat *format = &line->format[line->n_formats];

        if (read_format(map, format) && !sdp_line_find_payload(line, format->payload))
            line->n_formats++;
    }
}

/* ---- Lines ---- */

/* As text: a line that is refused is repeated as it came. */
static char *join_formats(const sdp_media_t *media) {
    GString *text = g_string_new(NULL);

    for (const sdp_rtpmap_t *map = media->m_rtpmaps; map; map = map->rm_next)
        g_string_append_printf(text, "%s%u", text->len > 0 ? " " : "", map->rm_pt);
    for (const sdp_list_t *format = media->m_format; format; format = format->l_next)
        g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", format->l_text);
    if (text->len == 0)
        g_string_append(text, "0");
    return g_string_free(text, FALSE);
}

static void read_voice(const sdp_media_t *media, SdpLine *line) {
    line->refused = media->m_port == 0 || media->m_rejected;
    line->secure = media->m_proto == sdp_proto_srtp;
    line->usable = !line->refused && media->m_type == sdp_media_audio && media->m_port <= UINT16_MAX &&
                   media->m_number_of_ports <= 1 && (line->secure || media->m_proto == sdp_proto_rtp) && read_address(media, line);
    if (!line->usable)
        return;
    line->port = (uint16_t) media->m_port;
    line->rtcp_mux = find_attribute(media, "rtcp-mux") != NULL;
    line->rtcp_port = read_rtcp_port(media, line);
    line->sends = media->m_mode & sdp_sendonly;
    line->receives = (media->m_mode & sdp_recvonly) && !is_nowhere(line->address);
    line->ptime_ms = read_ptime(media);
    read_formats(media, line);
    read_crypto(media, line);
}

static SdpLine *read_line(const sdp_media_t *media) {
    g_autofree char *formats = join_formats(media);
    SdpLine *line = sdp_line_new(media->m_type_name, media->m_proto_name, formats);

    read_voice(media, line);
    return line;
}

GPtrArray *sdp_lines_read(const char *text) {
    _cleanup_(sdp_parser_freep) sdp_parser_t *parser = NULL;
    const sdp_session_t *session;
    GPtrArray *lines;

    if (strlen(text) > SDP_TEXT_MAX)
        return NULL;
    parser = sdp_parse(NULL, text, (issize_t) strlen(text), 0);
    session = sdp_session(parser);
    if (!session)
        return NULL;
    lines = g_ptr_array_new_with_free_func(free_line);
    for (const sdp_media_t *media = session->sdp_media; media; media = media->m_next) {
        if (lines->len == SDP_LINES_MAX) {
            g_ptr_array_unref(lines);
            return NULL;
        }
        g_ptr_array_add(lines, read_line(media));
    }
    return lines;
}
