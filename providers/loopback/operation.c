/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations about a call. */
#include "providers/loopback/operation.h"

#include "providers/loopback/completion.h"
#include "providers/loopback/conference.h"
#include "providers/loopback/errand.h"
#include "providers/loopback/park.h"
#include "providers/loopback/transfer.h"

/* What is to be done with a call that is not over; else the refusal. */
#define UNLESS_OVER(errand, what) (errand_check_call(errand) ?: (what))

/* The same where nothing can be refused. */
#define UNLESS_OVER_DO(errand, what)                     \
    ({                                                   \
        Refusal *_refusal = errand_check_call(errand);   \
                                                         \
        if (!_refusal)                                   \
            what;                                        \
        _refusal;                                        \
    })

static Refusal *perform_accept(Errand *errand) {
    return UNLESS_OVER(errand, end_accept(errand->end));
}

int operation_accept(Call *call, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_accept, request, "", &errand);
}

static Refusal *perform_answer(Errand *errand) {
    return UNLESS_OVER(errand, end_answer(errand->end));
}

int operation_answer(Call *call, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_answer, request, "", &errand);
}

static Refusal *perform_redirect(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, end_redirect(errand->end, errand->text, errand->request)));
}

int operation_redirect(Call *call, const char *address, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_redirect, request, address, &errand);
}

/* A call that is over is what was asked for. */
static Refusal *perform_drop(Errand *errand) {
    if (!end_is_over(errand->end))
        end_drop(errand->end, errand->reason);
    return NULL;
}

int operation_drop(Call *call, RejectReason reason, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_drop, request, "", &errand);

    if (r == 0)
        errand->reason = reason;
    return r;
}

static Refusal *perform_hold(Errand *errand) {
    return UNLESS_OVER(errand, end_hold(errand->end));
}

int operation_hold(Call *call, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_hold, request, "", &errand);
}

static Refusal *perform_unhold(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, end_unhold(errand->end, errand->request)));
}

int operation_unhold(Call *call, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_unhold, request, "", &errand);
}

/* ---- About two calls ---- */

static int two_calls(Call *call, Call *other_call, Perform perform, RequestId request) {
    End *other = call_provider_data(other_call);
    Errand *errand;
    int r;

    if (!other)
        return -ENOENT;
    r = errand_new_for_call(call, perform, request, "", &errand);
    if (r == 0)
        errand_set_other(errand, other);
    return r;
}

static Refusal *perform_swap_hold(Errand *errand) {
    return UNLESS_OVER(errand, end_swap_hold(errand->end, errand->other));
}

int operation_swap_hold(Call *call, Call *held, RequestId request) {
    return two_calls(call, held, perform_swap_hold, request);
}

static Refusal *perform_add_to_conference(Errand *errand) {
    return UNLESS_OVER(errand, conference_add(errand->end, errand->other));
}

int operation_add_to_conference(Call *conference, Call *call, RequestId request) {
    return two_calls(conference, call, perform_add_to_conference, request);
}

/* ---- Elsewhere ---- */

static Refusal *perform_remove_from_conference(Errand *errand) {
    return UNLESS_OVER(errand, conference_remove(errand->end));
}

int operation_remove_from_conference(Call *call, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_remove_from_conference, request, "", &errand);
}

static Refusal *perform_blind_transfer(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, transfer_blind(errand->end, errand->text, errand->request)));
}

int operation_blind_transfer(Call *call, const char *address, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_blind_transfer, request, address, &errand);
}

static Refusal *perform_park(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, park_call(errand->end, errand->text, errand->request)));
}

int operation_park(Call *call, const char *address, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_park, request, address, &errand);
}

static Refusal *perform_complete_call(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, completion_ask(errand->end, errand->mode, errand->request)));
}

int operation_complete_call(Call *call, CompletionMode mode, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_complete_call, request, "", &errand);

    if (r == 0)
        errand->mode = mode;
    return r;
}

/* ---- Digits, tones, and the rest ---- */

static Refusal *perform_dial_digits(Errand *errand) {
    return UNLESS_OVER(errand, errand_took(errand, end_dial_digits(errand->end, errand->text, errand->enable, errand->request)));
}

int operation_dial_digits(Call *call, const char *digits, bool more, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_dial_digits, request, digits, &errand);

    if (r == 0)
        errand->enable = more;
    return r;
}

static Refusal *perform_send_digits(Errand *errand) {
    return UNLESS_OVER(errand, end_send_digits(errand->end, errand->text, errand->ms[0], errand->ms[1]));
}

int operation_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_send_digits, request, digits, &errand);

    if (r < 0)
        return r;
    errand->ms[0] = duration_ms;
    errand->ms[1] = gap_ms;
    return r;
}

static Refusal *perform_send_tone(Errand *errand) {
    return UNLESS_OVER(errand, end_send_tone(errand->end, errand->tone, errand->tone_ms));
}

int operation_send_tone(Call *call, Tone tone, unsigned ms, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_send_tone, request, "", &errand);

    if (r < 0)
        return r;
    errand->tone = tone;
    errand->tone_ms = ms;
    return r;
}

static Refusal *perform_monitor_digits(Errand *errand) {
    return UNLESS_OVER_DO(errand, end_monitor_digits(errand->end, errand->enable));
}

int operation_monitor_digits(Call *call, bool enable, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_monitor_digits, request, "", &errand);

    if (r == 0)
        errand->enable = enable;
    return r;
}

static Refusal *perform_mute(Errand *errand) {
    return UNLESS_OVER_DO(errand, end_mute(errand->end, errand->enable));
}

int operation_mute(Call *call, bool mute, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_mute, request, "", &errand);

    if (r == 0)
        errand->enable = mute;
    return r;
}

static Refusal *perform_set_audio_device(Errand *errand) {
    return UNLESS_OVER(errand, end_set_device(errand->end, errand->text));
}

static Refusal *perform_set_volume(Errand *errand) {
    return UNLESS_OVER_DO(errand, end_set_volume(errand->end, errand->volume));
}

static Refusal *perform_set_audio(Errand *errand) {
    Refusal *refusal = perform_set_audio_device(errand);

    return refusal ?: perform_set_volume(errand);
}

int operation_set_audio(Call *call, const AudioChoice *choice, RequestId request) {
    bool as_it_is = choice->volume == VOLUME_AS_IT_IS;
    Perform perform = !choice->device ? perform_set_volume : as_it_is ? perform_set_audio_device : perform_set_audio;
    Errand *errand;
    int r = errand_new_for_call(call, perform, request, choice->device ?: "", &errand);

    if (r == 0)
        errand->volume = choice->volume;
    return r;
}

static Refusal *perform_send_user_user_info(Errand *errand) {
    gsize size;
    const uint8_t *data = g_bytes_get_data(errand->user_user_info, &size);

    return UNLESS_OVER(errand, end_send_user_user_info(errand->end, data, size));
}

int operation_send_user_user_info(Call *call, const uint8_t *data, size_t size, RequestId request) {
    Errand *errand;
    int r = errand_new_for_call(call, perform_send_user_user_info, request, "", &errand);

    if (r == 0)
        errand->user_user_info = g_bytes_new(data, size);
    return r;
}

static Refusal *perform_secure(Errand *errand) {
    return UNLESS_OVER(errand, end_secure(errand->end));
}

int operation_secure(Call *call, RequestId request) {
    Errand *errand;

    return errand_new_for_call(call, perform_secure, request, "", &errand);
}
