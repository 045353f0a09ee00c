/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rtcp: reports of RFC 3550 between bytes and values. */
#include "providers/media/rtcp.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

enum {
    SENDER_REPORT = 200,
    RECEIVER_REPORT = 201,
    DESCRIPTION = 202,
    BYE = 203,
    CANONICAL_NAME = 1,
    VERSION_2 = 0x80,
    VERSION_MASK = 0xc0,
    COUNT_MASK = 0x1f,
    HEADER_SIZE = 4,
    SENDER_SIZE = 20,
    BLOCK_SIZE = 24,
    NAME_MAX_SIZE = 64,
};

#define SECONDS_1900_TO_1970 UINT64_C(2208988800)

static uint32_t read_32(const uint8_t *data) {
    return (uint32_t) data[0] << 24 | (uint32_t) data[1] << 16 | (uint32_t) data[2] << 8 | data[3];
}

static uint8_t *write_32(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t) (value >> 24);
    at[1] = (uint8_t) (value >> 16);
    at[2] = (uint8_t) (value >> 8);
    at[3] = (uint8_t) value;
    return at + 4;
}

uint64_t rtcp_ntp(int64_t real_time) {
    uint64_t seconds = (uint64_t) real_time / 1000000 + SECONDS_1900_TO_1970;
    uint64_t part = (uint64_t) real_time % 1000000;

    return seconds << 32 | (part << 32) / 1000000;
}

uint32_t rtcp_middle(uint64_t ntp) {
    return (uint32_t) (ntp >> 16);
}

/* The size is in words, without the first. */
static void write_header(uint8_t *at, const uint8_t *end, unsigned count, uint8_t type) {
    uint16_t words = (uint16_t) ((size_t) (end - at) / 4 - 1);

    at[0] = (uint8_t) (VERSION_2 | count);
    at[1] = type;
    at[2] = (uint8_t) (words >> 8);
    at[3] = (uint8_t) words;
}

static uint8_t *write_block(uint8_t *at, const RtcpBlock *block) {
    int32_t lost = CLAMP(block->lost, -0x800000, 0x7fffff);

    at = write_32(at, block->ssrc);
    at = write_32(at, (uint32_t) block->fraction << 24 | ((uint32_t) lost & 0xffffff));
    at = write_32(at, block->highest);
    at = write_32(at, block->jitter);
    at = write_32(at, block->last_report);
    return write_32(at, block->delay);
}

static uint8_t *write_report(uint8_t *start, const RtcpReport *report) {
    uint8_t *at = write_32(start + HEADER_SIZE, report->ssrc);

    if (report->sends) {
        at = write_32(at, (uint32_t) (report->ntp >> 32));
        at = write_32(at, (uint32_t) report->ntp);
        at = write_32(at, report->timestamp);
        at = write_32(at, report->packets);
        at = write_32(at, report->bytes);
    }
    if (report->has_block)
        at = write_block(at, &report->block);
    write_header(start, at, report->has_block, report->sends ? SENDER_REPORT : RECEIVER_REPORT);
    return at;
}

static uint8_t *write_description(uint8_t *start, const RtcpReport *report) {
    size_t length = MIN(strlen(report->name), NAME_MAX_SIZE);
    uint8_t *at = write_32(start + HEADER_SIZE, report->ssrc);

    *at++ = CANONICAL_NAME;
    *at++ = (uint8_t) length;
    memcpy(at, report->name, length);
    at += length;
    do
        *at++ = 0; /* the end of the list, and up to a whole word */
    while ((at - start) % 4 != 0);
    write_header(start, at, 1, DESCRIPTION);
    return at;
}

size_t rtcp_write(const RtcpReport *report, uint8_t buffer[RTCP_SIZE_MAX]) {
    uint8_t *at = write_description(write_report(buffer, report), report);

    if (report->is_bye) {
        uint8_t *start = at;

        at = write_32(start + HEADER_SIZE, report->ssrc);
        write_header(start, at, 1, BYE);
    }
    return (size_t) (at - buffer);
}

static void read_block(const uint8_t *at, RtcpBlock *ret) {
    uint32_t lost = read_32(at + 4) & 0xffffff;

    *ret = (RtcpBlock) {
        .ssrc = read_32(at),
        .fraction = at[4],
        .lost = lost & 0x800000 ? (int32_t) lost - 0x1000000 : (int32_t) lost,
        .highest = read_32(at + 8),
        .jitter = read_32(at + 12),
        .last_report = read_32(at + 16),
        .delay = read_32(at + 20),
    };
}

static void read_blocks(const uint8_t *at, const uint8_t *end, unsigned count, uint32_t about, RtcpReport *ret) {
    for (unsigned i = 0; i < count && end - at >= BLOCK_SIZE; i++, at += BLOCK_SIZE)
        if (read_32(at) == about) {
            ret->has_block = true;
            read_block(at, &ret->block);
        }
}

static void read_report(const uint8_t *at, const uint8_t *end, uint32_t about, RtcpReport *ret) {
    unsigned count = at[0] & COUNT_MASK;
    bool sends = at[1] == SENDER_REPORT;

    if (end - at < HEADER_SIZE + 4)
        return;
    ret->ssrc = read_32(at + HEADER_SIZE);
    if (!sends) {
        read_blocks(at + HEADER_SIZE + 4, end, count, about, ret);
        return;
    }
    if (end - at < HEADER_SIZE + 4 + SENDER_SIZE)
        return;
    ret->sends = true;
    ret->ntp = (uint64_t) read_32(at + 8) << 32 | read_32(at + 12);
    ret->timestamp = read_32(at + 16);
    ret->packets = read_32(at + 20);
    ret->bytes = read_32(at + 24);
    read_blocks(at + HEADER_SIZE + 4 + SENDER_SIZE, end, count, about, ret);
}

int rtcp_parse(const uint8_t *data, size_t size, uint32_t about, RtcpReport *ret) {
    RtcpReport report = {};

    if (size < HEADER_SIZE || (data[1] != SENDER_REPORT && data[1] != RECEIVER_REPORT))
        return -EBADMSG;
    for (size_t at = 0; at < size;) {
        size_t part;

        if (size - at < HEADER_SIZE || (data[at] & VERSION_MASK) != VERSION_2)
            return -EBADMSG;
        part = ((size_t) (data[at + 2] << 8 | data[at + 3]) + 1) * 4;
        if (part > size - at)
            return -EBADMSG;
        if (data[at + 1] == SENDER_REPORT || data[at + 1] == RECEIVER_REPORT)
            read_report(data + at, data + at + part, about, &report);
        else if (data[at + 1] == BYE)
            report.is_bye = true;
        at += part;
    }
    *ret = report;
    return 0;
}
