/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the media that have no sockets: digits, who may speak, quality. The clock is the test's. */
#include <string.h>

#include "providers/media/codec.h"
#include "providers/media/digits.h"
#include "providers/media/fifo.h"
#include "providers/media/filter.h"
#include "providers/media/frame.h"
#include "providers/media/quality.h"
#include "tests/model/clock.h"
#include "tests/unit/run.h"

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

START_TEST(events_have_digits) {
    ck_assert_int_eq(digit_of_event(0), '0');
    ck_assert_int_eq(digit_of_event(10), '*');
    ck_assert_int_eq(digit_of_event(15), 'D');
    ck_assert_int_eq(digit_of_event(17), '\0');
    ck_assert_int_eq(digit_of_event(-1), '\0');
}
END_TEST

/* ---- Who may speak ---- */

static Filter *filter;

static void aim_at(const char *address, uint16_t port) {
    MediaAgreement agreement = { .address = address, .port = port };

    ck_assert_int_eq(filter_aim(filter, &agreement), 0);
}

static void new_filter(void) {
    filter = filter_new();
    clock_pass(60 * G_USEC_PER_SEC); /* there was no change for long */
    aim_at("192.0.2.1", 4000);
}

static void free_filter(void) {
    filter = filter_unref(filter);
}

static bool comes(const char *address, uint16_t port, uint32_t source, uint16_t sequence) {
    g_autoptr(GSocketAddress) from = g_inet_socket_address_new_from_string(address, port);
    PacketHead head = { .source = source, .sequence = sequence };

    return filter_accept(filter, CHANNEL_RTP, from, &head);
}

START_TEST(only_the_agreed_host_speaks) {
    ck_assert(!comes("192.0.2.2", 4000, 1, 1));
    ck_assert(!comes("2001:db8::1", 4000, 1, 1));
    ck_assert(comes("192.0.2.1", 4000, 1, 1));
    aim_at("2001:db8::1", 4000);
    ck_assert(!comes("192.0.2.1", 4000, 1, 2));
    ck_assert(comes("2001:db8::1", 4000, 1, 2));
}
END_TEST

START_TEST(the_first_port_counts_but_for_the_agreed_one) {
    g_autofree char *remote = NULL, *again = NULL;

    ck_assert(comes("192.0.2.1", 5000, 1, 1));
    remote = filter_remote(filter);
    ck_assert_str_eq(remote, "192.0.2.1:5000");
    ck_assert(!comes("192.0.2.1", 6000, 1, 2));
    ck_assert(comes("192.0.2.1", 4000, 1, 2));
    again = filter_remote(filter);
    ck_assert_str_eq(again, "192.0.2.1:4000");
    ck_assert(!comes("192.0.2.1", 5000, 1, 3));
}
END_TEST

START_TEST(another_source_is_no_accident) {
    ck_assert(comes("192.0.2.1", 4000, 1, 10));
    for (uint32_t source = 100; source < 200; source++)
        ck_assert(!comes("192.0.2.1", 4000, source, (uint16_t) (source * 7)));
    ck_assert(!comes("192.0.2.1", 4000, 2, 65535));
    ck_assert(!comes("192.0.2.1", 4000, 2, 65535));
    ck_assert(!comes("192.0.2.1", 4000, 2, 0));
    ck_assert(comes("192.0.2.1", 4000, 1, 11));
    ck_assert(comes("192.0.2.1", 4000, 2, 1));
    ck_assert(!comes("192.0.2.1", 4000, 1, 12));
}
END_TEST

/* Whoever has fallen silent may have another one in his place. */
START_TEST(after_silence_another_source_is_heard_at_once) {
    ck_assert(comes("192.0.2.1", 4000, 1, 10));
    clock_pass(399 * 1000);
    ck_assert(!comes("192.0.2.1", 4000, 2, 1));
    clock_pass(1000);
    ck_assert(comes("192.0.2.1", 4000, 3, 1));
}
END_TEST

/* Each costs memory. */
START_TEST(sources_do_not_change_without_end) {
    unsigned accepted = 0;

    for (uint32_t source = 1; source <= 1000; source++)
        for (uint16_t sequence = 0; sequence < 3; sequence++)
            accepted += comes("192.0.2.1", 4000, source, sequence);
    ck_assert_uint_ge(accepted, 2);
    ck_assert_uint_le(accepted, 20);
}
END_TEST

START_TEST(reports_are_of_the_source) {
    g_autoptr(GSocketAddress) from = g_inet_socket_address_new_from_string("192.0.2.1", 4001);
    PacketHead head = { .is_rtcp = true, .source = 1 };

    ck_assert(comes("192.0.2.1", 4000, 1, 10));
    ck_assert(filter_accept(filter, CHANNEL_RTCP, from, &head));
    head.source = 2;
    ck_assert(!filter_accept(filter, CHANNEL_RTCP, from, &head));
}
END_TEST

START_TEST(places_that_are_none) {
    MediaAgreement agreement = { .address = "example.org", .port = 4000 };
    g_autofree char *remote = NULL;

    ck_assert_int_eq(filter_aim(filter, &agreement), -EINVAL);
    remote = filter_remote(filter);
    ck_assert_str_eq(remote, "192.0.2.1:4000");
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
    TCase *parts = tcase_create("parts"), *speakers = tcase_create("who may speak");

    tcase_add_test(parts, codecs_have_names);
    tcase_add_test(parts, events_have_digits);
    tcase_add_test(parts, digits_take_their_time);
    tcase_add_test(parts, quality_falls_with_loss_and_delay);
    tcase_add_test(parts, a_fifo_drops_the_oldest);
    tcase_add_test(parts, sums_are_clipped);
    suite_add_tcase(suite, parts);
    tcase_add_checked_fixture(speakers, new_filter, free_filter);
    tcase_add_test(speakers, only_the_agreed_host_speaks);
    tcase_add_test(speakers, the_first_port_counts_but_for_the_agreed_one);
    tcase_add_test(speakers, another_source_is_no_accident);
    tcase_add_test(speakers, after_silence_another_source_is_heard_at_once);
    tcase_add_test(speakers, sources_do_not_change_without_end);
    tcase_add_test(speakers, reports_are_of_the_source);
    tcase_add_test(speakers, places_that_are_none);
    suite_add_tcase(suite, speakers);
    return run_suite(suite);
}
