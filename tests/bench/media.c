/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a call costs: processor, memory and threads of so many at once, each with a peer in the same process. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "providers/media/media.h"
#include "providers/media/stream.h"

#define ADDRESS "127.83.0.1"

enum {
    PAIRS_MAX = 50,
    SETTLE_MS = 500,
    WARM_MS = 1500,
    MEASURED_MS = 5000,
};

typedef struct Cost {
    double cpu;         /* seconds */
    size_t memory_kb;
    unsigned threads;
} Cost;

static Media *here, *there;
static MediaStream *streams[2 * PAIRS_MAX];

static unsigned status_of(const char *name) {
    g_autofree char *text = NULL;
    const char *at;

    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL))
        return 0;
    at = strstr(text, name);
    return at ? (unsigned) strtoul(at + strlen(name), NULL, 10) : 0;
}

static Cost cost_now(void) {
    struct timespec cpu;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return (Cost) { (double) cpu.tv_sec + (double) cpu.tv_nsec / 1e9, status_of("VmRSS:"), status_of("Threads:") };
}

static void run_for(unsigned ms) {
    int64_t end = g_get_monotonic_time() + ms * INT64_C(1000);

    while (g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(10000);
    }
}

static Media *open_media(const char *input) {
    MediaConfig config = { .input = input, .output = "none", .ringer = "none" };
    g_autofree char *why = NULL;
    Media *media;

    if (media_new(&config, &media, &why) < 0) {
        fprintf(stderr, "%s\n", why);
        exit(EXIT_FAILURE);
    }
    return media;
}

static MediaStream *open_stream(Media *media) {
    static const MediaObserver nobody = {};
    MediaStream *stream;

    if (media_stream_new(media, ADDRESS, &nobody, NULL, &stream) < 0)
        exit(EXIT_FAILURE);
    return stream;
}

static void agree(MediaStream *stream, const MediaStream *peer, Codec codec, bool secret) {
    uint8_t payload = (uint8_t) (codec_static_payload(codec) >= 0 ? codec_static_payload(codec) : 96);
    MediaAgreement agreement = {
        .address = ADDRESS,
        .port = media_stream_port(peer),
        .codec = codec,
        .payload = payload,
        .heard = { { payload, false, codec } },
        .n_heard = 1,
        .ptime_ms = 20,
        .sends = true,
        .receives = true,
    };

    if (secret)
        agreement.local.suite = agreement.remote.suite = SRTP_AES_CM_128_HMAC_SHA1_80;
    if (media_stream_agree(stream, &agreement) < 0)
        exit(EXIT_FAILURE);
}

static uint64_t received(void) {
    uint64_t sum = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++) {
        g_autoptr(GVariant) stats = streams[i] ? g_variant_ref_sink(media_stream_stats(streams[i])) : NULL;
        uint64_t packets = 0;

        if (stats && g_variant_lookup(stats, "packets-received", "t", &packets))
            sum += packets;
    }
    return sum;
}

/* Until what the calls before had is given back. */
static void settle(void) {
    unsigned before;

    do {
        before = cost_now().threads;
        run_for(SETTLE_MS);
    } while (cost_now().threads < before);
}

static void measure(Codec codec, bool secret, unsigned pairs) {
    Cost idle, begin, end;
    uint64_t packets;

    settle();
    idle = cost_now();
    for (unsigned i = 0; i < pairs; i++) {
        streams[2 * i] = open_stream(here);
        streams[2 * i + 1] = open_stream(there);
        agree(streams[2 * i], streams[2 * i + 1], codec, secret);
        agree(streams[2 * i + 1], streams[2 * i], codec, secret);
    }
    run_for(WARM_MS);
    packets = received();
    begin = cost_now();
    run_for(MEASURED_MS);
    end = cost_now();
    packets = received() - packets;
    printf("%-5s %-5s %4u calls: %6.3f %% of a core, %5.0f kB, %.2f threads each; %.1f of 50 packets a second\n",
           codec_to_string(codec), secret ? "SRTP" : "", 2 * pairs,
           100 * (end.cpu - begin.cpu) * 1000 / MEASURED_MS / (2 * pairs),
           (double) ((int64_t) end.memory_kb - (int64_t) idle.memory_kb) / (2 * pairs),
           (double) ((int) end.threads - (int) idle.threads) / (2 * pairs),
           (double) packets * 1000 / MEASURED_MS / (2 * pairs));
    fflush(stdout);
    for (size_t i = 0; i < G_N_ELEMENTS(streams); i++)
        streams[i] = media_stream_free(streams[i]);
}

int main(void) {
    here = open_media("tone:440");
    there = open_media("tone:1000");
    for (Codec codec = 0; codec < _CODEC_MAX; codec++) {
        if (!codec_is_here(codec))
            continue;
        measure(codec, false, 1);
        measure(codec, false, 10);
        measure(codec, false, PAIRS_MAX);
    }
    measure(CODEC_PCMU, true, 10);
    media_free(here);
    media_free(there);
    return EXIT_SUCCESS;
}
