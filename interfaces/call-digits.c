/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Methods of a call: digits and tones. */
#include "interfaces/call-methods.h"
#include "interfaces/options.h"
#include "interfaces/reply.h"
#include "service/digits.h"
#include "service/gather.h"

int on_call_dial_digits(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    return call_begin_text(m, userdata, handle_dial_digits, reply_done);
}

typedef struct DigitOptions {
    uint32_t duration_ms, gap_ms;
} DigitOptions;

static const Option digit_options[] = {
    { "duration-ms", "u", offsetof(DigitOptions, duration_ms) },
    { "gap-ms", "u", offsetof(DigitOptions, gap_ms) },
};

int on_call_send_digits(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    DigitOptions options = { .duration_ms = 80, .gap_ms = 40 };
    g_autofree char *why = NULL;
    const char *digits = NULL;
    Done done;
    int r;

    r = sd_bus_message_read_basic(m, 's', &digits);
    if (r < 0)
        return r;
    if (options_read(m, digit_options, G_N_ELEMENTS(digit_options), &options, &why) < 0)
        return reply_invalid(peer, m, "%s", why);
    if (options.duration_ms < 20 || options.duration_ms > 2000)
        return reply_invalid(peer, m, "duration-ms is %u: it must be 20 to 2000", options.duration_ms);
    if (options.gap_ms > 2000)
        return reply_invalid(peer, m, "gap-ms is %u: it must be 0 to 2000", options.gap_ms);
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_send_digits(userdata, digits, options.duration_ms, options.gap_ms, done));
}

int on_call_monitor_digits(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    int enable = 0, r;

    r = sd_bus_message_read_basic(m, 'b', &enable);
    if (r < 0)
        return r;
    return reply_now(call_peer(userdata), m, handle_monitor_digits(userdata, enable));
}

int on_call_gather_digits(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    const char *terminators = NULL;
    uint32_t max = 0, first_ms = 0, inter_ms = 0;
    int r;

    r = sd_bus_message_read(m, "usuu", &max, &terminators, &first_ms, &inter_ms);
    if (r < 0)
        return r;
    return reply_now(call_peer(userdata), m, handle_gather_digits(userdata, max, terminators, first_ms, inter_ms));
}

int on_call_send_tone(sd_bus_message *m, void *userdata, sd_bus_error *error) {
    Peer *peer = call_peer(userdata);
    const char *name = NULL;
    uint32_t ms = 0;
    Done done;
    Tone tone;
    int r;

    r = sd_bus_message_read(m, "su", &name, &ms);
    if (r < 0)
        return r;
    tone = tone_from_string(name);
    if ((int) tone < 0)
        return reply_invalid(peer, m, "Unknown tone '%s': use ringback, busy, beep, billing, or \"\" to stop", name);
    done = reply_done(peer, m);
    return reply_begun(peer, m, done, handle_send_tone(userdata, tone, ms, done));
}
