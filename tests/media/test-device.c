/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of a sound server: run by with-pipewire.sh, whose loudspeaker can be heard again as a microphone. */
#include <math.h>
#include <string.h>

#include "tests/media/phone.h"
#include "tests/unit/run.h"

#define SPEAKER "Test Speaker"
#define MONITOR "Monitor of Test Speaker"
#define TONE_LEVEL (-9.03)

static Media *media;

static Media *open_media(const char *input, const char *output, const char *ringer) {
    MediaConfig config = { .input = input, .output = output, .ringer = ringer };
    g_autofree char *why = NULL;

    ck_assert_int_eq(media_new(&config, &media, &why), 0);
    return media;
}

/* The server takes a moment. */
static void wait_for_device(const char *name) {
    for (int tries = 0; tries < 300; tries++) {
        g_auto(GStrv) names = media_list_devices(media);

        if (g_strv_contains((const char *const *) names, name))
            return;
        phone_wait(100);
    }
    ck_abort_msg("there is no %s", name);
}

static MediaStream *open_call(const Phone *peer) {
    static const MediaObserver observer = {};
    MediaAgreement agreement = phone_agreement(peer, CODEC_PCMU), back;
    MediaStream *stream;

    ck_assert_int_eq(media_stream_new(media, phone_address(), &observer, NULL, &stream), 0);
    back = agreement;
    back.port = media_stream_port(stream);
    back.rtcp_port = (uint16_t) (back.port + 1);
    ck_assert_int_eq(phone_agree(stream, &agreement), 0);
    ck_assert_int_eq(phone_agree(peer->stream, &back), 0);
    return stream;
}

static void expect_level(const Phone *phone, double wanted) {
    double level = -130;

    for (int tries = 0; tries < 200 && fabs(level - wanted) > 1.5; tries++) {
        phone_wait(100);
        level = phone_stat_double(phone, "level-in-db");
    }
    ck_assert_msg(fabs(level - wanted) <= 1.5, "%.2f dBFS instead of %.2f", level, wanted);
}

/* Bob's tone comes out of the loudspeaker, the microphone hears it, and so it comes back to him. */
START_TEST(the_usual_loudspeaker_is_heard) {
    Phone *bob = phone_open("tone:700,0.5");
    MediaStream *stream;

    open_media("device:" MONITOR, "", "none");
    wait_for_device(MONITOR);
    stream = open_call(bob);
    expect_level(bob, TONE_LEVEL);
    ck_assert_str_eq(media_stream_device(stream), SPEAKER);
    media_stream_set_volume(stream, 50);
    expect_level(bob, TONE_LEVEL - 6.02);
    media_stream_free(stream);
    media_free(media);
}
END_TEST

START_TEST(the_device_changes_in_the_middle) {
    Phone *bob = phone_open("tone:700,0.5");
    MediaStream *stream;

    open_media("device:" MONITOR, "none", "none");
    wait_for_device(SPEAKER);
    stream = open_call(bob);
    phone_wait(500);
    phone_expect_silence(bob);
    ck_assert_str_eq(media_stream_device(stream), "");
    ck_assert_int_eq(media_stream_set_device(stream, "no such loudspeaker"), -ENODEV);
    ck_assert_int_eq(media_stream_set_device(stream, SPEAKER), 0);
    expect_level(bob, TONE_LEVEL);
    ck_assert_str_eq(media_stream_device(stream), SPEAKER);
    ck_assert_int_eq(media_stream_set_device(stream, ""), 0);
    expect_level(bob, -127);
    media_stream_free(stream);
    media_free(media);
}
END_TEST

START_TEST(the_bell_has_a_device) {
    Phone *bob = phone_open("none");
    MediaStream *stream;

    open_media("device:" MONITOR, "none", "device:" SPEAKER);
    wait_for_device(SPEAKER);
    stream = open_call(bob);
    media_ring(media, true);
    expect_level(bob, TONE_LEVEL);
    media_ring(media, false);
    expect_level(bob, -127);
    media_stream_free(stream);
    media_free(media);
}
END_TEST

START_TEST(a_device_that_is_not_there_is_told) {
    Phone *bob = phone_open("tone:700,0.5"), *alice = phone_open("device:no such microphone");

    phone_connect(alice, bob, CODEC_PCMU);
    for (int tries = 0; tries < 200 && alice->failures == 0; tries++)
        phone_wait(100);
    ck_assert_uint_eq(alice->failures, 1);
    expect_level(alice, TONE_LEVEL);
}
END_TEST

static void plug_in(const char *name, const char *description) {
    g_autofree char *command = g_strdup_printf(
        "pw-cli create-node adapter '{ factory.name=support.null-audio-sink node.name=%s node.description=\"%s\" "
        "media.class=Audio/Sink object.linger=true audio.position=[MONO] monitor.channel-volumes=true }'", name, description);
    g_autofree char *output = NULL;

    ck_assert(g_spawn_command_line_sync(command, &output, NULL, NULL, NULL));
}

START_TEST(what_is_plugged_in_later_is_heard) {
    Phone *bob = phone_open("tone:700,0.5");
    MediaStream *stream;

    open_media("device:Monitor of Second Speaker", "device:Second Speaker", "none");
    stream = open_call(bob);
    phone_wait(1000);
    ck_assert_str_eq(media_stream_device(stream), "");
    phone_expect_silence(bob);
    plug_in("second-speaker", "Second Speaker");
    phone_expect_level(bob, TONE_LEVEL);
    ck_assert_str_eq(media_stream_device(stream), "Second Speaker");
    media_stream_free(stream);
    media_free(media);
}
END_TEST

/* Opened and closed as calls come and go. */
START_TEST(a_hundred_calls_leave_no_device_open) {
    Phone *bob = phone_open("tone:700,0.5");

    open_media("device:" MONITOR, "", "none");
    wait_for_device(SPEAKER);
    for (int i = 0; i < 100; i++) {
        MediaStream *stream = open_call(bob);

        phone_wait(i % 10 == 0 ? 200 : 25);
        media_stream_free(stream);
    }
    media_free(media);
    for (int tries = 0; tries < 300; tries++) {
        g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
        unsigned named = 0;

        for (const char *task = g_dir_read_name(tasks); task; task = g_dir_read_name(tasks)) {
            g_autofree char *path = g_strdup_printf("/proc/self/task/%s/comm", task), *name = NULL;

            if (g_file_get_contents(path, &name, NULL, NULL) && strcmp(name, "device\n") == 0)
                named++;
        }
        if (named == 0)
            return;
        phone_wait(100);
    }
    ck_abort_msg("there are threads of devices left");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("media-device");
    TCase *tcase = tcase_create("device");

    tcase_set_timeout(tcase, 90);
    tcase_add_checked_fixture(tcase, NULL, phone_close_all);
    tcase_add_test(tcase, the_usual_loudspeaker_is_heard);
    tcase_add_test(tcase, the_device_changes_in_the_middle);
    tcase_add_test(tcase, the_bell_has_a_device);
    tcase_add_test(tcase, a_device_that_is_not_there_is_told);
    tcase_add_test(tcase, what_is_plugged_in_later_is_heard);
    tcase_add_test(tcase, a_hundred_calls_leave_no_device_open);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
