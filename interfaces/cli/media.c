/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Media: how a call sounds, and what networks call it, in words. */
#include "interfaces/cli/media.h"
#include "service/types.h"

#include <math.h>
#include <string.h>

#define SILENCE_DB (-100.0) /* so low is nothing that is said */

static const Json *stat(const Record *call, const char *name) {
    return json_get(json_get(record_properties(call), "MediaStats"), name);
}

static void add(GString *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(GString *out, const char *format, ...) {
    va_list ap;

    if (out->len > 0)
        g_string_append(out, ", ");
    va_start(ap, format);
    g_string_append_vprintf(out, format, ap);
    va_end(ap);
}

char *media_heard_on(const Record *call) {
    const char *device = record_text(call, "AudioDevice");
    uint64_t volume = record_number(call, "Volume");
    GString *out = g_string_new(device);

    if (*device || volume != VOLUME_USUAL)
        add(out, "%" G_GUINT64_FORMAT "%%", volume);
    return g_string_free(out, FALSE);
}

char *media_codec(const Record *call) {
    const char *codec = json_text(stat(call, "codec")), *encryption = json_text(stat(call, "encryption"));
    GString *out = g_string_new(codec);

    if (*encryption && strcmp(encryption, "none") != 0)
        add(out, "SRTP %s", encryption);
    return g_string_free(out, FALSE);
}

char *media_quality(const Record *call) {
    uint64_t lost = json_number(stat(call, "packets-lost")), received = json_number(stat(call, "packets-received"));
    const Json *mos = stat(call, "mos"), *jitter = stat(call, "jitter-ms"), *round_trip = stat(call, "round-trip-ms");
    GString *out = g_string_new(NULL);

    if (mos)
        add(out, "MOS %.1f", json_real(mos));
    if (stat(call, "packets-lost") && received + lost > 0)
        add(out, "%.1f%% lost (%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ")", 100.0 * lost / (received + lost), lost,
            received + lost);
    if (jitter)
        add(out, "jitter %.1f ms", json_real(jitter));
    if (round_trip)
        add(out, "round trip %.0f ms", json_real(round_trip));
    return g_string_free(out, FALSE);
}

static void add_level(GString *out, const char *way, const Json *level) {
    if (level && isfinite(json_real(level)) && json_real(level) > SILENCE_DB)
        add(out, "%s %.0f dB", way, json_real(level));
    else if (level)
        add(out, "%s silence", way);
}

char *media_levels(const Record *call) {
    GString *out = g_string_new(NULL);

    add_level(out, "in", stat(call, "level-in-db"));
    add_level(out, "out", stat(call, "level-out-db"));
    return g_string_free(out, FALSE);
}

char *media_network_ids(const Record *call) {
    const Json *ids = json_get(record_properties(call), "NetworkIds");
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < json_size(ids); i++)
        add(out, "%s %s", json_key_at(ids, i), json_text(json_at(ids, i)));
    return g_string_free(out, FALSE);
}
