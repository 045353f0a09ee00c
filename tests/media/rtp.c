/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rtp: packets of RFC 3550 and the events of RFC 4733. */
#include "tests/media/rtp.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

enum {
    VERSION_2 = 0x80,
    VERSION_MASK = 0xc0,
    PADDING = 0x20,
    EXTENSION = 0x10,
    SOURCES_MASK = 0x0f,
    MARKER = 0x80,
    EVENT_END = 0x80,
    EVENT_VOLUME = 10, /* -10 dBm0, as phones send */
    FLASH = 16,
};

static const char digits[] = "0123456789*#ABCD!";

static uint16_t read_16(const uint8_t *data) {
    return (uint16_t) (data[0] << 8 | data[1]);
}

static uint32_t read_32(const uint8_t *data) {
    return (uint32_t) read_16(data) << 16 | read_16(data + 2);
}

static void write_16(uint8_t *data, uint16_t value) {
    data[0] = (uint8_t) (value >> 8);
    data[1] = (uint8_t) value;
}

static void write_32(uint8_t *data, uint32_t value) {
    write_16(data, (uint16_t) (value >> 16));
    write_16(data + 2, (uint16_t) value);
}

/* The sources and the extension lie between the header and the payload. */
static size_t whole_header(const uint8_t *data, size_t size) {
    size_t header = RTP_HEADER_SIZE + (data[0] & SOURCES_MASK) * 4u;

    if (!(data[0] & EXTENSION) || size < header + 4)
        return header + (data[0] & EXTENSION ? 4 : 0);
    return header + 4 + read_16(data + header + 2) * 4u;
}

int rtp_parse(const uint8_t *data, size_t size, RtpPacket *ret) {
    size_t header, padding = 0;

    if (size < RTP_HEADER_SIZE || (data[0] & VERSION_MASK) != VERSION_2)
        return -EBADMSG;
    header = whole_header(data, size);
    if (header > size)
        return -EBADMSG;
    if (data[0] & PADDING) {
        padding = data[size - 1];
        if (padding == 0 || padding > size - header)
            return -EBADMSG;
    }
    *ret = (RtpPacket) {
        .marker = data[1] & MARKER,
        .payload_type = data[1] & 0x7f,
        .sequence = read_16(data + 2),
        .timestamp = read_32(data + 4),
        .ssrc = read_32(data + 8),
        .payload = data + header,
        .size = size - header - padding,
    };
    return 0;
}

size_t rtp_write(const RtpPacket *packet, uint8_t *buffer, size_t size) {
    if (packet->size > size || size - packet->size < RTP_HEADER_SIZE)
        return 0;
    buffer[0] = VERSION_2;
    buffer[1] = (uint8_t) ((packet->marker ? MARKER : 0) | packet->payload_type);
    write_16(buffer + 2, packet->sequence);
    write_32(buffer + 4, packet->timestamp);
    write_32(buffer + 8, packet->ssrc);
    memcpy(buffer + RTP_HEADER_SIZE, packet->payload, packet->size);
    return RTP_HEADER_SIZE + packet->size;
}

bool rtp_is_rtcp(const uint8_t *data, size_t size) {
    return size >= 2 && data[1] >= 192 && data[1] <= 223;
}

int rtp_event_parse(const uint8_t *data, size_t size, RtpEvent *ret) {
    if (size < RTP_EVENT_SIZE)
        return -EBADMSG;
    *ret = (RtpEvent) { .code = data[0], .end = data[1] & EVENT_END, .duration = read_16(data + 2) };
    return 0;
}

void rtp_event_write(const RtpEvent *event, uint8_t buffer[RTP_EVENT_SIZE]) {
    buffer[0] = event->code;
    buffer[1] = (uint8_t) ((event->end ? EVENT_END : 0) | EVENT_VOLUME);
    write_16(buffer + 2, event->duration);
}

char rtp_event_to_digit(uint8_t code) {
    return code <= FLASH ? digits[code] : '\0';
}

int rtp_event_from_digit(char digit) {
    const char *at = digit == '\0' ? NULL : strchr(digits, g_ascii_toupper(digit));

    return at ? (int) (at - digits) : -EINVAL;
}
