/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who hears which frames on the loopback network. Time is told in frames. */
#include "providers/loopback/media.h"
#include "tests/unit/run.h"

#define FRAMES(n) ((int64_t) ((n) * MEDIA_FRAME_USEC))
#define ORIGIN 123456789

static MediaEnd a, b, c;

static int64_t at(double frames) {
    return ORIGIN + FRAMES(frames);
}

static void enter(MediaBridge *bridge, MediaEnd *end, const char *name, bool speaks, double when) {
    end->name = g_ref_string_new(name);
    media_set(end, speaks, true, at(when));
    media_join(bridge, end, at(when));
}

static void tear_down(void) {
    media_end_clear(&a, at(100000));
    media_end_clear(&b, at(100000));
    media_end_clear(&c, at(100000));
    a = b = c = (MediaEnd) {};
}

static void expect(MediaEnd *end, double when, const char *text) {
    g_autoptr(GVariant) stats = g_variant_ref_sink(media_stats(end, at(when)));
    g_autofree char *got = g_variant_print(stats, FALSE);
    g_autoptr(GVariant) wanted = g_variant_parse(G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

    ck_assert_ptr_nonnull(wanted);
    ck_assert_msg(g_variant_equal(stats, wanted), "at frame %g: %s\ninstead of %s", when, got, text);
}

#define STATS(spoken, heard, hearing, speaker, frame) \
    "{'frames-spoken': <uint64 " #spoken ">, 'frames-heard': <uint64 " #heard ">, 'hearing': <@as [" hearing \
    "]>, 'last-speaker': <'" speaker "'>, 'last-frame': <uint64 " #frame ">}"

START_TEST(two_hear_each_other) {
    MediaBridge *bridge = media_bridge_new(at(0));

    enter(bridge, &a, "100", true, 0);
    enter(bridge, &b, "101", true, 0);
    expect(&a, 0, STATS(0, 0, "'101'", "", 0));
    expect(&a, 0.99, STATS(0, 0, "'101'", "", 0));
    expect(&a, 1, STATS(1, 1, "'101'", "101", 1));
    expect(&b, 7.5, STATS(7, 7, "'100'", "100", 7));
    expect(&a, 50.2, STATS(50, 50, "'101'", "101", 50));
}
END_TEST

START_TEST(who_never_joined_has_nothing_to_tell) {
    ck_assert_ptr_null(media_stats(&a, at(5)));
}
END_TEST

START_TEST(a_muted_end_hears_but_does_not_speak) {
    MediaBridge *bridge = media_bridge_new(at(0));

    enter(bridge, &a, "100", true, 0);
    enter(bridge, &b, "101", true, 0);
    media_set(&a, false, true, at(10));
    expect(&a, 15, STATS(10, 15, "'101'", "101", 15));
    expect(&b, 15, STATS(15, 10, "", "100", 10));
    media_set(&a, true, true, at(15));
    expect(&b, 20, STATS(20, 15, "'100'", "100", 15));
}
END_TEST

START_TEST(a_held_end_neither_speaks_nor_hears) {
    MediaBridge *bridge = media_bridge_new(at(0));

    enter(bridge, &a, "100", true, 0);
    enter(bridge, &b, "101", true, 0);
    media_set(&a, false, false, at(4));
    expect(&a, 9, STATS(4, 4, "", "101", 4));
    expect(&b, 9, STATS(9, 4, "", "100", 4));
    media_set(&a, true, true, at(9));
    expect(&a, 11, STATS(6, 6, "'101'", "101", 11));
}
END_TEST

/* However often it changes within a frame, a frame is counted once: by what holds at its end. */
START_TEST(changes_do_not_lose_frames) {
    MediaBridge *bridge = media_bridge_new(at(0));

    enter(bridge, &a, "100", true, 0);
    enter(bridge, &b, "101", true, 0);
    for (int i = 0; i < 1000; i++)
        media_set(&a, true, true, at(i / 10.0));
    expect(&a, 100, STATS(100, 100, "'101'", "101", 100));
    media_set(&a, false, true, at(100.3));
    media_set(&a, true, true, at(100.6));
    expect(&b, 101, STATS(101, 101, "'100'", "100", 101));
}
END_TEST

START_TEST(three_hear_the_sum_of_the_others) {
    MediaBridge *bridge = media_bridge_new(at(0));

    enter(bridge, &a, "100", true, 0);
    enter(bridge, &b, "101", true, 0);
    enter(bridge, &c, "102", true, 10);
    expect(&a, 20, STATS(20, 30, "'101', '102'", "102", 10));
    expect(&c, 20, STATS(10, 20, "'100', '101'", "101", 20));
    media_leave(&b, at(20));
    expect(&a, 25, STATS(25, 35, "'102'", "102", 15));
    expect(&b, 25, STATS(20, 30, "", "102", 10));
}
END_TEST

START_TEST(an_echo_is_ones_own_voice) {
    MediaBridge *bridge = media_bridge_new(at(0));

    a.echoed = true;
    enter(bridge, &a, "100", true, 0);
    enter(bridge, &b, "echo", false, 0);
    expect(&a, 5, STATS(5, 5, "'100'", "100", 5));
    expect(&b, 5, STATS(0, 5, "'100'", "100", 5));
}
END_TEST

START_TEST(counts_go_on_in_another_bridge) {
    MediaBridge *first = media_bridge_new(at(0)), *second;

    enter(first, &a, "100", true, 0);
    enter(first, &b, "101", true, 0);
    media_leave(&a, at(3));
    expect(&a, 90, STATS(3, 3, "", "101", 3));
    second = media_bridge_new(at(100));
    enter(second, &c, "102", true, 100);
    media_join(second, &a, at(100));
    expect(&a, 102, STATS(5, 5, "'102'", "102", 2));
}
END_TEST

START_TEST(names_outlive_their_speakers) {
    MediaBridge *bridge = media_bridge_new(at(0));

    enter(bridge, &a, "100", true, 0);
    enter(bridge, &b, "101", true, 0);
    media_end_clear(&b, at(2));
    expect(&a, 3, STATS(3, 2, "", "101", 2));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("loopback-media");
    TCase *tcase = tcase_create("media");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, two_hear_each_other);
    tcase_add_test(tcase, who_never_joined_has_nothing_to_tell);
    tcase_add_test(tcase, a_muted_end_hears_but_does_not_speak);
    tcase_add_test(tcase, a_held_end_neither_speaks_nor_hears);
    tcase_add_test(tcase, changes_do_not_lose_frames);
    tcase_add_test(tcase, three_hear_the_sum_of_the_others);
    tcase_add_test(tcase, an_echo_is_ones_own_voice);
    tcase_add_test(tcase, counts_go_on_in_another_bridge);
    tcase_add_test(tcase, names_outlive_their_speakers);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
