/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound: digits and tones that calls send, who hears the digits, and where a call is heard. */
#include <string.h>

#include "providers/loopback/call.h"
#include "providers/loopback/end.h"

/* What is heard on a participant's line, its conference hears too. It goes no further: two that repeat what they hear would
 * never come to rest. */
void end_hear_digit(End *end, char digit) {
    const End *conference = end_conference(end);

    if (end->hears_digits && (end->phase == END_CONNECTED || end->phase == END_CONFERENCED))
        provider_report_digit(end->call, digit);
    if (conference && conference->hears_digits && conference->phase == END_CONNECTED)
        provider_report_digit(conference->call, digit);
}

static void send_to_far(const End *end, char digit) {
    if (!end->talks)
        return;
    if (end->peer)
        end_hear_digit(end->peer, digit);
    else if (end->script)
        script_hear_digit(end->script, digit);
}

static void on_digit_sent(void *owner, char digit) {
    const End *end = owner;

    send_to_far(end, digit);
    for (const GList *link = end->is_conference ? end_joined(end)->head : NULL; link; link = link->next)
        send_to_far(link->data, digit);
}

static void on_digits_done(void *owner) {
    End *end = owner;

    end->sender = digit_sender_free(end->sender);
    provider_report_digits_sent(end->call, DIGITS_DONE);
}

Refusal *end_send_digits(End *end, const char *digits, unsigned duration_ms, unsigned gap_ms) {
    static const DigitSenderOps ops = { .heard = on_digit_sent, .done = on_digits_done };

    if (end->phase != END_CONNECTED && end->phase != END_CONFERENCED)
        return refuse_phase("connected or conferenced");
    end_cancel_generation(end);
    if (digits[0] == '\0')
        return NULL;
    end->sender = digit_sender_new(end_network(end), duration_ms, gap_ms, &ops, end);
    digit_sender_add(end->sender, digits);
    return NULL;
}

static void on_tone_done(void *owner) {
    End *end = owner;

    end->tone = tone_sender_free(end->tone);
    provider_report_tone_sent(end->call, DIGITS_DONE);
}

Refusal *end_send_tone(End *end, Tone tone, unsigned ms) {
    if (end->phase != END_CONNECTED)
        return refuse_phase("connected");
    end_cancel_generation(end);
    if (tone != TONE_NONE && ms > 0)
        end->tone = tone_sender_new(end_network(end), ms, on_tone_done, end);
    return NULL;
}

void end_monitor_digits(End *end, bool enable) {
    end->hears_digits = enable;
}

/* ---- Where it would be heard ---- */

Refusal *end_set_device(End *end, const char *device) {
    static const char *const devices[] = { "", "speaker", "headset" };

    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++)
        if (strcmp(device, devices[i]) == 0) {
            end->device = devices[i];
            provider_report_audio(end->call, end->device, end->volume);
            return NULL;
        }
    return refuse(REFUSAL_PROVIDER_FAILED, "There is no sound device '%s': there are speaker and headset", device);
}

void end_set_volume(End *end, unsigned volume) {
    end->volume = volume;
    provider_report_audio(end->call, end->device, end->volume);
}
