/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rtp: packets of RFC 3550 and the events of RFC 4733, between bytes and values. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_HEADER_SIZE = 12,
    RTP_PACKET_MAX = 1500,
    RTP_EVENT_SIZE = 4,
};

typedef struct RtpPacket {
    bool marker;
    uint8_t payload_type;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    const uint8_t *payload;
    size_t size;
} RtpPacket;

/* -EBADMSG: it is none. The payload points into the data. */
int rtp_parse(const uint8_t *data, size_t size, RtpPacket *ret);

/* The bytes that it made; 0: there is no room. */
size_t rtp_write(const RtpPacket *packet, uint8_t *buffer, size_t size);

/* RTP and RTCP on one port (RFC 5761). */
bool rtp_is_rtcp(const uint8_t *data, size_t size);

typedef struct RtpEvent {
    uint8_t code;
    bool end;
    uint16_t duration;
} RtpEvent;

int rtp_event_parse(const uint8_t *data, size_t size, RtpEvent *ret);
void rtp_event_write(const RtpEvent *event, uint8_t buffer[RTP_EVENT_SIZE]);

/* Events and digits; '\0' and -EINVAL: there is none. A hook flash is '!'. */
char rtp_event_to_digit(uint8_t code);
int rtp_event_from_digit(char digit);
