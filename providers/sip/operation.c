/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations on calls: each becomes an errand. */
#include "providers/sip/operation.h"

#include "providers/sip/conference.h"
#include "providers/sip/dial.h"
#include "providers/sip/digits.h"
#include "providers/sip/errand.h"
#include "providers/sip/hold.h"
#include "providers/sip/offer.h"
#include "providers/sip/sound.h"
#include "providers/sip/transfer.h"

#include <errno.h>

/* What an errand does to a call that is not over. */
#define UNLESS_OVER(errand, refusal) \
    (sip_call_is_over((errand)->call) ? refuse_phase("live, but it is over") : (refusal))

/* ---- Plain ones ---- */

#define DEFINE_PLAIN(name, action)                                        \
    static Refusal *perform_##name(Errand *errand) {                      \
        return UNLESS_OVER(errand, action);                               \
    }                                                                     \
    int operation_##name(Call *call, RequestId request) {                 \
        Errand *errand;                                                   \
        return errand_for_call(call, perform_##name, request, &errand);   \
    }

DEFINE_PLAIN(accept, offer_accept(errand->call))
DEFINE_PLAIN(answer, errand_took(errand, offer_answer(errand->call, errand->request)))
DEFINE_PLAIN(hold, errand_took(errand, hold_call(errand->call, errand->request)))
DEFINE_PLAIN(unhold, errand_took(errand, hold_unhold(errand->call, errand->request)))
DEFINE_PLAIN(remove_from_conference, conference_remove(errand->call))
DEFINE_PLAIN(secure, sound_secure(errand->call))

static Refusal *perform_drop(Errand *errand) {
    if (!sip_call_is_over(errand->call))
        call_drop(errand->call, errand->reject);
    return NULL;
}

int operation_drop(Call *call, RejectReason reason, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform_drop, request, &errand);

    if (r == 0)
        errand->reject = reason;
    return r;
}

/* ---- With an address ---- */

static int with_address(Call *call, Perform perform, const char *address, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform, request, &errand);

    if (r == 0)
        errand->text = g_strdup(address);
    return r;
}

static Refusal *perform_redirect(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, offer_redirect(errand->call, errand->text, errand->request)));
}

int operation_redirect(Call *call, const char *address, RequestId request) {
    return with_address(call, perform_redirect, address, request);
}

static Refusal *perform_blind_transfer(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, transfer_blind(errand->call, errand->text, errand->request)));
}

int operation_blind_transfer(Call *call, const char *address, RequestId request) {
    return with_address(call, perform_blind_transfer, address, request);
}

static Refusal *perform_park(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, transfer_park(errand->call, errand->text, errand->request)));
}

int operation_park(Call *call, const char *address, RequestId request) {
    return with_address(call, perform_park, address, request);
}

/* ---- Two calls ---- */

static int two_calls(Call *token, Call *other, Perform perform, RequestId request, Errand **ret) {
    SipCall *second = call_provider_data(other);
    int r;

    if (!second)
        return -ENOENT;
    r = errand_for_call(token, perform, request, ret);
    if (r == 0)
        (*ret)->other = sip_call_ref(second);
    return r;
}

static Refusal *perform_swap_hold(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, hold_swap(errand->call, errand->other, errand->request)));
}

int operation_swap_hold(Call *call, Call *held, RequestId request) {
    Errand *errand;

    return two_calls(call, held, perform_swap_hold, request, &errand);
}

static Refusal *perform_add(Errand *errand) {
    return UNLESS_OVER(errand, conference_add(errand->call, errand->other));
}

int operation_add_to_conference(Call *conference, Call *call, RequestId request) {
    Errand *errand;

    return two_calls(conference, call, perform_add, request, &errand);
}

static Refusal *perform_complete_transfer(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, transfer_complete(errand->call, errand->other, errand->calls[0],
                                                                     errand->request)));
}

int operation_complete_transfer(Call *call, Call *consultation, Call *conference, RequestId request) {
    Errand *errand;
    int r = two_calls(call, consultation, perform_complete_transfer, request, &errand);

    if (r == 0)
        errand->calls[0] = conference;
    return r;
}

/* ---- Digits and tones ---- */

static Refusal *perform_dial_digits(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, dial_digits(errand->call, errand->text, errand->enable, errand->request)));
}

int operation_dial_digits(Call *call, const char *digits, bool more, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform_dial_digits, request, &errand);

    if (r < 0)
        return r;
    errand->text = g_strdup(digits);
    errand->enable = more;
    return 0;
}

static Refusal *perform_send_digits(Errand *errand) {
    return UNLESS_OVER(errand, digits_send(errand->call, errand->text, errand->numbers[0], errand->numbers[1]));
}

int operation_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform_send_digits, request, &errand);

    if (r < 0)
        return r;
    errand->text = g_strdup(digits);
    errand->numbers[0] = duration_ms;
    errand->numbers[1] = gap_ms;
    return 0;
}

static Refusal *perform_send_tone(Errand *errand) {
    return UNLESS_OVER(errand, digits_send_tone(errand->call, errand->tone, errand->numbers[0]));
}

int operation_send_tone(Call *call, Tone tone, unsigned ms, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform_send_tone, request, &errand);

    if (r < 0)
        return r;
    errand->tone = tone;
    errand->numbers[0] = ms;
    return 0;
}

static Refusal *perform_monitor_digits(Errand *errand) {
    if (sip_call_is_over(errand->call))
        return refuse_phase("live, but it is over");
    errand->call->listens = errand->enable;
    return NULL;
}

static int with_switch(Call *call, Perform perform, bool enable, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform, request, &errand);

    if (r == 0)
        errand->enable = enable;
    return r;
}

int operation_monitor_digits(Call *call, bool enable, RequestId request) {
    return with_switch(call, perform_monitor_digits, enable, request);
}

/* ---- Sound ---- */

static Refusal *perform_mute(Errand *errand) {
    return UNLESS_OVER(errand, sound_mute(errand->call, errand->enable));
}

int operation_mute(Call *call, bool mute, RequestId request) {
    return with_switch(call, perform_mute, mute, request);
}

static Refusal *perform_set_audio(Errand *errand) {
    return UNLESS_OVER(errand, sound_set(errand->call, errand->text, errand->numbers[0]));
}

int operation_set_audio(Call *call, const AudioChoice *choice, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform_set_audio, request, &errand);

    if (r < 0)
        return r;
    errand->text = g_strdup(choice->device);
    errand->numbers[0] = choice->volume;
    return 0;
}

static Refusal *perform_send_user_user_info(Errand *errand) {
    gsize size;
    const uint8_t *data = g_bytes_get_data(errand->bytes, &size);

    return UNLESS_OVER(errand, sound_send_user_user_info(errand->call, data, size));
}

int operation_send_user_user_info(Call *call, const uint8_t *data, size_t size, RequestId request) {
    Errand *errand;
    int r = errand_for_call(call, perform_send_user_user_info, request, &errand);

    if (r == 0)
        errand->bytes = g_bytes_new(data, size);
    return r;
}

GVariant *operation_media_stats(Call *token) {
    const SipCall *call = call_provider_data(token);

    return call && call->stream && call->has_agreed ? media_stream_stats(call->stream) : NULL;
}
