/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Phone: a media with one stream, and all that it told. */
#include "tests/media/phone.h"

#include <check.h>
#include <math.h>
#include <unistd.h>

#include "providers/media/session.h"

enum {
    TURN_MS = 10,
    LATE_MS = 60, /* what is recorded outlasts that */
    CALM_WITHIN_S = 10,
};

const Codec phone_codecs[] = {
    CODEC_PCMU,
    CODEC_PCMA,
#ifdef HAVE_G722
    CODEC_G722,
#endif
#ifdef HAVE_OPUS
    CODEC_OPUS,
#endif
};
const int phone_n_codecs = G_N_ELEMENTS(phone_codecs);

static GPtrArray *phones;
static char *folder;

const char *phone_address(void) {
    static char address[32];

    g_snprintf(address, sizeof(address), "127.%d.%d.%d", 1 + getpid() / 65536 % 250, getpid() / 256 % 256, getpid() % 256);
    return address;
}

const char *phone_folder(void) {
    if (!folder)
        folder = g_dir_make_tmp("callbus-media-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    return folder;
}

static void on_digit(MediaStream *stream, char digit, void *userdata) {
    g_string_append_c(((Phone *) userdata)->digits, digit);
}

static void on_digits_sent(MediaStream *stream, DigitsOutcome outcome, void *userdata) {
    Phone *phone = userdata;

    *(outcome == DIGITS_DONE ? &phone->digits_done : &phone->digits_cancelled) += 1;
}

static void on_tone_sent(MediaStream *stream, DigitsOutcome outcome, void *userdata) {
    Phone *phone = userdata;

    *(outcome == DIGITS_DONE ? &phone->tones_done : &phone->tones_cancelled) += 1;
}

static void on_silence(MediaStream *stream, unsigned seconds, void *userdata) {
    Phone *phone = userdata;

    phone->silences++;
    phone->last_silence = seconds;
}

static void on_failed(MediaStream *stream, const char *why, void *userdata) {
    ((Phone *) userdata)->failures++;
}

static Phone *open_stream(Media *media, const char *address) {
    static const MediaObserver observer = { on_digit, on_digits_sent, on_tone_sent, on_silence, on_failed };
    Phone *phone = g_new0(Phone, 1);

    if (!phones)
        phones = g_ptr_array_new();
    g_ptr_array_add(phones, phone);
    phone->digits = g_string_new(NULL);
    phone->media = media;
    phone->address = address;
    ck_assert_int_eq(media_stream_new(media, address, &observer, phone, &phone->stream), 0);
    return phone;
}

Phone *phone_open_at(const char *address, const char *input) {
    g_autofree char *output = g_strdup_printf("file:%s/%u-%%s.wav", phone_folder(), phones ? phones->len : 0);
    MediaConfig config = { .input = input, .output = output, .ringer = "none" };
    g_autofree char *why = NULL;
    Media *media;
    int r = media_new(&config, &media, &why);

    ck_assert_msg(r == 0, "%s", why);
    return open_stream(media, address);
}

Phone *phone_open(const char *input) {
    return phone_open_at(phone_address(), input);
}

Phone *phone_open_second(Phone *first) {
    return open_stream(first->media, first->address);
}

void phone_hang_up(Phone *phone) {
    if (!phone->path && phone->stream)
        phone->path = g_strdup(media_stream_device(phone->stream));
    phone->stream = media_stream_free(phone->stream);
}

static void remove_folder(void) {
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        unlink(path);
    }
    rmdir(folder);
}

void phone_close_all(void) {
    g_autoptr(GHashTable) medias = g_hash_table_new(NULL, NULL);
    GHashTableIter iter;
    void *media;

    for (guint i = 0; phones && i < phones->len; i++) {
        Phone *phone = phones->pdata[i];

        phone_hang_up(phone);
        g_hash_table_add(medias, phone->media);
        g_string_free(phone->digits, TRUE);
        g_free(phone->path);
        g_free(phone);
    }
    g_hash_table_iter_init(&iter, medias);
    while (g_hash_table_iter_next(&iter, &media, NULL))
        media_free(media);
    g_clear_pointer(&phones, g_ptr_array_unref);
    if (folder)
        remove_folder();
    g_clear_pointer(&folder, g_free);
}

MediaAgreement phone_agreement(const Phone *other, Codec codec) {
    uint8_t payload = (uint8_t) (codec_static_payload(codec) >= 0 ? codec_static_payload(codec) : 96);

    return (MediaAgreement) {
        .address = other->address,
        .port = media_stream_port(other->stream),
        .rtcp_port = (uint16_t) (media_stream_port(other->stream) + 1),
        .codec = codec,
        .payload = payload,
        .telephone_event = 101,
        .heard = { { payload, false, codec }, { 101, true, codec } },
        .n_heard = 2,
        .ptime_ms = 20,
        .sends = true,
        .receives = true,
    };
}

int phone_agree(MediaStream *stream, const MediaAgreement *agreement) {
    int r = media_stream_agree(stream, agreement);

    session_wait_all();
    return r;
}

int phone_move(MediaStream *stream, const char *address) {
    int r = media_stream_move(stream, address);

    session_wait_all();
    return r;
}

void phone_connect(Phone *a, Phone *b, Codec codec) {
    MediaAgreement of_a = phone_agreement(b, codec), of_b = phone_agreement(a, codec);

    ck_assert_int_eq(phone_agree(a->stream, &of_a), 0);
    ck_assert_int_eq(phone_agree(b->stream, &of_b), 0);
}

static gboolean on_time(void *userdata) {
    *(bool *) userdata = true;
    return G_SOURCE_REMOVE;
}

void phone_wait(unsigned ms) {
    bool over = false;

    g_timeout_add(ms, on_time, &over);
    while (!over)
        g_main_context_iteration(NULL, TRUE);
}

void phone_wait_calmly(unsigned ms) {
    int64_t begin = g_get_monotonic_time(), last = begin, now = begin, end = begin + CALM_WITHIN_S * G_USEC_PER_SEC;

    while (now - begin < ms * G_GINT64_CONSTANT(1000)) {
        phone_wait(TURN_MS);
        now = g_get_monotonic_time();
        if (now - last > (TURN_MS + LATE_MS) * G_GINT64_CONSTANT(1000) && now < end)
            begin = now;
        last = now;
    }
}

void phone_listen(Phone *phone, unsigned ms, Ear *ret) {
    phone_hang_up(phone);
    ear_open(ret, phone->path);
    ear_keep_last(ret, ms);
}

static GVariant *stat_of(const Phone *phone, const char *name) {
    g_autoptr(GVariant) stats = g_variant_ref_sink(media_stream_stats(phone->stream));
    GVariant *value = g_variant_lookup_value(stats, name, NULL);

    ck_assert_msg(value != NULL, "there is no %s", name);
    return value;
}

double phone_stat_double(const Phone *phone, const char *name) {
    g_autoptr(GVariant) value = stat_of(phone, name);

    return g_variant_get_double(value);
}

uint64_t phone_stat(const Phone *phone, const char *name) {
    g_autoptr(GVariant) value = stat_of(phone, name);

    return g_variant_get_uint64(value);
}

static double wait_for_level(const Phone *phone, double wanted, double tolerance) {
    double level = phone_stat_double(phone, "level-in-db");

    for (int tries = 0; tries < 300 && fabs(level - wanted) > tolerance; tries++) {
        phone_wait(50);
        level = phone_stat_double(phone, "level-in-db");
    }
    return level;
}

void phone_expect_level(const Phone *phone, double wanted) {
    double level = wait_for_level(phone, wanted, 1);

    ck_assert_msg(fabs(level - wanted) <= 1, "%.2f dBFS instead of %.2f", level, wanted);
}

void phone_expect_silence(const Phone *phone) {
    double level = wait_for_level(phone, -127, 57);

    ck_assert_msg(level <= -70, "%.2f dBFS instead of silence", level);
}
