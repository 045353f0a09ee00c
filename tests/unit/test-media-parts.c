/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the media that have no clock and no sockets: packets, reports, the jitter buffer, digits, quality. */
#include <string.h>

#include "providers/media/codec.h"
#include "providers/media/digits.h"
#include "providers/media/fifo.h"
#include "providers/media/frame.h"
#include "providers/media/jitter.h"
#include "providers/media/quality.h"
#include "providers/media/rtcp.h"
#include "providers/media/rtp.h"
#include "tests/unit/run.h"

START_TEST(packets_come_back_as_they_were) {
    const uint8_t payload[] = { 1, 2, 3, 4, 5 };
    RtpPacket packet = { true, 96, 65535, 0xfffffff0, 0x12345678, payload, sizeof(payload) }, again;
    uint8_t buffer[64];
    size_t size = rtp_write(&packet, buffer, sizeof(buffer));

    ck_assert_uint_eq(size, 17);
    ck_assert_int_eq(rtp_parse(buffer, size, &again), 0);
    ck_assert(again.marker && again.payload_type == 96 && again.sequence == 65535 && again.timestamp == 0xfffffff0);
    ck_assert(again.ssrc == 0x12345678 && again.size == 5 && memcmp(again.payload, payload, 5) == 0);
    ck_assert_uint_eq(rtp_write(&packet, buffer, 16), 0);
}
END_TEST

START_TEST(headers_of_all_kinds) {
    static const struct {
        const char *bytes;
        size_t size;
        int result;
        size_t payload;
    } table[] = {
        { "\x80\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", 12, 0, 0 },
        { "\x80\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00", 11, -EBADMSG, 0 },
        { "\x40\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03", 12, -EBADMSG, 0 },                      /* version 1 */
        { "\x81\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03""srce", 16, 0, 0 },                        /* a source */
        { "\x82\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03""srce", 16, -EBADMSG, 0 },                 /* two of them */
        { "\x90\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\xbe\xde\x00\x01""extnab", 22, 0, 2 },      /* an extension */
        { "\x90\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\xbe\xde\xff\xff""extn", 20, -EBADMSG, 0 }, /* too long */
        { "\x90\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\xbe", 13, -EBADMSG, 0 },
        { "\xa0\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03""ab\x00\x02", 16, 0, 2 },                  /* padding */
        { "\xa0\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03""ab\x00\x05", 16, -EBADMSG, 0 },
        { "\xa0\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03""ab\x00\x00", 16, -EBADMSG, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        RtpPacket packet;
        int r = rtp_parse((const uint8_t *) table[i].bytes, table[i].size, &packet);

        ck_assert_msg(r == table[i].result, "header %zu: %d", i, r);
        if (r == 0)
            ck_assert_uint_eq(packet.size, table[i].payload);
    }
}
END_TEST

START_TEST(digits_and_events_are_pairs) {
    const char *digits = "0123456789*#ABCD!";

    for (size_t i = 0; digits[i]; i++) {
        ck_assert_int_eq(rtp_event_from_digit(digits[i]), (int) i);
        ck_assert_int_eq(rtp_event_to_digit((uint8_t) i), digits[i]);
    }
    ck_assert_int_eq(rtp_event_from_digit('d'), 15);
    ck_assert_int_eq(rtp_event_from_digit('E'), -EINVAL);
    ck_assert_int_eq(rtp_event_from_digit('\0'), -EINVAL);
    ck_assert_int_eq(rtp_event_to_digit(17), '\0');
}
END_TEST

START_TEST(codecs_have_names) {
    for (Codec codec = 0; codec < _CODEC_MAX; codec++) {
        ck_assert_int_eq(codec_from_string(codec_to_string(codec)), codec);
        ck_assert_uint_gt(codec_clock_rate(codec), 0);
    }
    ck_assert_int_eq(codec_from_string("pcmu"), CODEC_PCMU);
    ck_assert_int_eq(codec_from_string("OPUS"), CODEC_OPUS);
    ck_assert_int_eq(codec_from_string("GSM"), _CODEC_INVALID);
    ck_assert_int_eq(codec_from_string(NULL), _CODEC_INVALID);
    ck_assert_ptr_null(codec_to_string(_CODEC_MAX));
    ck_assert_ptr_null(codec_to_string(_CODEC_INVALID));
    ck_assert_int_eq(codec_static_payload(CODEC_PCMA), 8);
    ck_assert_int_eq(codec_static_payload(CODEC_OPUS), -1);
    ck_assert(codec_is_here(CODEC_PCMU));
    ck_assert(!codec_is_here(_CODEC_INVALID));
}
END_TEST

START_TEST(reports_come_back_as_they_were) {
    RtcpReport report = {
        .ssrc = 7,
        .sends = true,
        .ntp = 0x0102030405060708,
        .timestamp = 9,
        .packets = 10,
        .bytes = 11,
        .has_block = true,
        .block = { 12, 13, -14, 15, 16, 17, 18 },
        .is_bye = true,
        .name = "someone",
    }, again;
    uint8_t buffer[RTCP_SIZE_MAX];
    size_t size = rtcp_write(&report, buffer);

    ck_assert(rtp_is_rtcp(buffer, size));
    ck_assert_uint_eq(size % 4, 0);
    ck_assert_int_eq(rtcp_parse(buffer, size, 12, &again), 0);
    ck_assert(again.ssrc == 7 && again.sends && again.ntp == report.ntp && again.timestamp == 9 && again.packets == 10);
    ck_assert(again.has_block && again.is_bye && memcmp(&again.block, &report.block, sizeof(report.block)) == 0);
    ck_assert_int_eq(rtcp_parse(buffer, size, 99, &again), 0);
    ck_assert(!again.has_block);
    for (size_t shorter = 0; shorter < size; shorter++) {
        g_autofree uint8_t *part = g_memdup2(buffer, shorter);

        (void) rtcp_parse(part, shorter, 12, &again);
    }
    ck_assert_int_eq(rtcp_parse(buffer, size - 1, 12, &again), -EBADMSG);
}
END_TEST

static Jitter *jitter;

static void put(uint16_t sequence) {
    const uint8_t payload = (uint8_t) sequence;
    RtpPacket packet = { .sequence = sequence, .timestamp = sequence * 160u, .payload = &payload, .size = 1 };

    jitter_put(jitter, &packet, 8000);
}

/* What the next takes give: a number for a packet, - for a lost one, . for nothing. */
static void expect(const char *wanted) {
    g_autoptr(GString) got = g_string_new(NULL);

    for (size_t i = 0; i < strlen(wanted); i++) {
        g_autoptr(GBytes) bytes = NULL;

        switch (jitter_take(jitter, &bytes)) {
        case JITTER_PACKET:
            g_string_append_c(got, (char) ('0' + *(const uint8_t *) g_bytes_get_data(bytes, NULL) % 10));
            break;
        case JITTER_LOST:
            g_string_append_c(got, '-');
            break;
        case JITTER_EMPTY:
            g_string_append_c(got, '.');
            break;
        }
    }
    ck_assert_str_eq(got->str, wanted);
}

static void new_jitter(void) {
    jitter = jitter_new(60);
}

static void free_jitter(void) {
    jitter = jitter_free(jitter);
}

START_TEST(it_waits_until_it_holds_enough) {
    put(0);
    expect(".");
    put(1);
    expect(".");
    put(2);
    expect("0");
    put(3);
    expect("1");
}
END_TEST

START_TEST(it_brings_them_into_order) {
    put(1);
    put(0);
    put(3);
    put(2);
    put(2);
    expect("0123.");
}
END_TEST

START_TEST(it_tells_what_is_lost) {
    for (uint16_t i = 0; i < 8; i++)
        if (i != 3 && i != 5)
            put(i);
    expect("012-4-67.");
    put(3);
    put(3);
    ck_assert_uint_eq(jitter_late(jitter), 1);
}
END_TEST

START_TEST(numbers_wrap) {
    for (uint32_t i = 65530; i < 65542; i++)
        put((uint16_t) i);
    expect("012345012345.");
}
END_TEST

/* What did not come while it waited in vain needs no second silence. */
START_TEST(a_gap_that_was_waited_for_is_over) {
    put(0);
    put(1);
    put(2);
    expect("012....");
    put(7);
    put(8);
    expect("78");
}
END_TEST

START_TEST(a_peer_may_begin_anew) {
    put(0);
    put(1);
    put(2);
    expect("0");
    put(29952);
    expect("1");
    put(29953);
    put(29954);
    put(29955);
    expect("123");
}
END_TEST

START_TEST(what_is_never_needed_is_dropped) {
    put(0);
    put(1);
    put(2);
    for (uint16_t i = 3; i < 13; i++)
        put(i);
    ck_assert_uint_eq(jitter_held_ms(jitter), 260);
    for (uint16_t i = 13; i < 413; i++) {
        g_autoptr(GBytes) bytes = NULL;

        ck_assert_int_eq(jitter_take(jitter, &bytes), JITTER_PACKET);
        put(i);
    }
    ck_assert_uint_le(jitter_held_ms(jitter), 80);
}
END_TEST

START_TEST(digits_take_their_time) {
    DigitSender sender = {};
    g_autoptr(GString) got = g_string_new(NULL);
    DigitStep step;

    ck_assert_int_eq(digit_sender_start(&sender, "1a,", 50, 10), 0);
    while (digit_sender_step(&sender, &step))
        g_string_append_c(got, !step.sounds ? '.' : step.last ? '|' : (char) ('0' + step.code % 10));
    ck_assert_int_eq(strncmp(got->str, "11|..22|..", 10), 0);
    ck_assert_uint_eq(got->len, 10 + 50);
    ck_assert_int_eq(digit_sender_start(&sender, "1z", 50, 10), -EINVAL);
    digit_sender_stop(&sender);
}
END_TEST

START_TEST(quality_falls_with_loss_and_delay) {
    ck_assert_double_gt(quality_mos(CODEC_PCMU, 50, 0), 4.3);
    ck_assert_double_lt(quality_mos(CODEC_PCMU, 50, 0), 4.5);
    for (Codec codec = 0; codec < _CODEC_MAX; codec++)
        for (int i = 0; i < 20; i++) {
            ck_assert_double_gt(quality_mos(codec, 50, i / 20.0), quality_mos(codec, 50, (i + 1) / 20.0));
            ck_assert_double_ge(quality_mos(codec, 50.0 * i, 0), quality_mos(codec, 50.0 * (i + 1), 0));
            ck_assert_double_ge(quality_mos(codec, 50, i / 20.0), 1);
        }
}
END_TEST

START_TEST(a_fifo_drops_the_oldest) {
    const int16_t first[] = { 1, 2, 3 }, second[] = { 4, 5, 6, 7 };
    int16_t got[8];
    Fifo fifo;

    fifo_init(&fifo, 5);
    fifo_put(&fifo, first, 3);
    ck_assert_uint_eq(fifo_take(&fifo, got, 1), 1);
    fifo_put(&fifo, second, 4);
    ck_assert_uint_eq(fifo_take(&fifo, got, 8), 5);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(got[i], i + 3);
    ck_assert_uint_eq(fifo_take(&fifo, got, 8), 0);
    fifo_done(&fifo);
}
END_TEST

START_TEST(sums_are_clipped) {
    Frame loud, out;
    Sum sum = {};

    for (size_t i = 0; i < FRAME_SAMPLES; i++)
        loud.samples[i] = i % 2 ? 30000 : -30000;
    sum_add(&sum, &loud);
    sum_add(&sum, &loud);
    sum_get(&sum, &out);
    ck_assert_int_eq(out.samples[0], INT16_MIN);
    ck_assert_int_eq(out.samples[1], INT16_MAX);
    sum_take_out(&sum, &loud);
    sum_get(&sum, &out);
    ck_assert_int_eq(memcmp(&out, &loud, sizeof(out)), 0);
    frame_scale(&out, 200);
    ck_assert_int_eq(out.samples[1], INT16_MAX);
    ck_assert_double_eq_tol(power_to_level(frame_power(&loud)), -0.77, 0.01);
    ck_assert_double_eq(power_to_level(0), LEVEL_SILENCE);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-parts");
    TCase *parts = tcase_create("parts"), *buffer = tcase_create("jitter");

    tcase_add_test(parts, packets_come_back_as_they_were);
    tcase_add_test(parts, headers_of_all_kinds);
    tcase_add_test(parts, digits_and_events_are_pairs);
    tcase_add_test(parts, codecs_have_names);
    tcase_add_test(parts, reports_come_back_as_they_were);
    tcase_add_test(parts, digits_take_their_time);
    tcase_add_test(parts, quality_falls_with_loss_and_delay);
    tcase_add_test(parts, a_fifo_drops_the_oldest);
    tcase_add_test(parts, sums_are_clipped);
    suite_add_tcase(suite, parts);
    tcase_add_checked_fixture(buffer, new_jitter, free_jitter);
    tcase_add_test(buffer, it_waits_until_it_holds_enough);
    tcase_add_test(buffer, it_brings_them_into_order);
    tcase_add_test(buffer, it_tells_what_is_lost);
    tcase_add_test(buffer, numbers_wrap);
    tcase_add_test(buffer, a_gap_that_was_waited_for_is_over);
    tcase_add_test(buffer, a_peer_may_begin_anew);
    tcase_add_test(buffer, what_is_never_needed_is_dropped);
    suite_add_tcase(suite, buffer);
    return run_suite(suite);
}
