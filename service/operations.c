/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations: the methods of a call that ask something of the network. */
#include "service/operations.h"

#include <string.h>

#include "service/address.h"
#include "service/call.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/log.h"
#include "service/toll.h"

const ProviderOps *operations_of(const Call *call) {
    return provider_ops(line_provider(call_line(call)));
}

Refusal *operation_request(Handle *handle, Operation operation, Request **ret) {
    Call *call = handle_call(handle);

    return request_new(line_provider(call_line(call)), handle_client(handle), call, operation, ret);
}

/* What the provider made of the start of an operation. */
Refusal *operation_started(Request *request, int r, RequestEffect effect, Done done) {
    if (r < 0) {
        request_discard(request);
        return refuse(REFUSAL_PROVIDER_FAILED, "The provider could not start it (%s): try again", g_strerror(-r));
    }
    request_arm(request, effect, done);
    return NULL;
}

/* An operation without arguments. */
static Refusal *run(Handle *handle, Operation operation, int (*start)(Call *call, RequestId request), Done done) {
    Request *request = NULL;
    Refusal *refusal = operation_request(handle, operation, &request);

    if (refusal)
        return refusal;
    return operation_started(request, start(handle_call(handle), request_id(request)), /* effect= */ NULL, done);
}

Refusal *handle_accept(Handle *handle, Done done) {
    Refusal *refusal = handle_check(handle, OPERATION_ACCEPT);

    if (refusal)
        return refusal;
    return run(handle, OPERATION_ACCEPT, operations_of(handle_call(handle))->accept, done);
}

Refusal *handle_answer(Handle *handle, Done done) {
    Call *call = handle_call(handle);
    Refusal *refusal = handle_check(handle, OPERATION_ANSWER);

    if (refusal)
        return refusal;
    if (request_pending(call, OPERATION_ANSWER))
        return refuse(REFUSAL_CONFLICT, "Somebody else is answering this call: watch its State");
    refusal = line_check_answer(call_line(call));
    if (refusal)
        return refusal;
    return run(handle, OPERATION_ANSWER, operations_of(call)->answer, done);
}

Refusal *handle_hold(Handle *handle, Done done) {
    Call *call = handle_call(handle);
    Refusal *refusal = handle_check(handle, OPERATION_HOLD) ?: line_check_held(call_line(call));

    if (refusal)
        return refusal;
    return run(handle, OPERATION_HOLD, operations_of(call)->hold, done);
}

Refusal *handle_unhold(Handle *handle, Done done) {
    Call *call = handle_call(handle);
    Refusal *refusal = handle_check(handle, OPERATION_UNHOLD);

    if (!refusal && !call_ends_consultation(call))
        refusal = line_check_active(call_line(call));
    if (refusal)
        return refusal;
    return run(handle, OPERATION_UNHOLD, operations_of(call)->unhold, done);
}

Refusal *handle_redirect(Handle *handle, const char *address, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_REDIRECT);

    if (refusal)
        return refusal;
    refusal = address_check(call_line(call), address) ?: deed_check_send(handle_client(handle), call_line(call), address)
              ?: toll_take(call_line(call), handle_client(handle), dials_sent_to(call_line(call), address))
              ?: operation_request(handle, OPERATION_REDIRECT, &request);
    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->redirect(call, address, request_id(request)), /* effect= */ NULL, done);
}

/* The network is rid of it already: only the record is left to clear. */
static Refusal *clear(Call *call, Done done) {
    call_clear(call);
    done.func(&(Outcome) {}, done.userdata);
    return NULL;
}

Refusal *handle_drop(Handle *handle, RejectReason reason, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_DROP);
    bool pending;
    int r = 0;

    if (refusal)
        return refusal;
    if (!call_state_is_live(call_state(call)))
        return clear(call, done);

    /* The end of the call answers every drop of it; the network hears of the first. */
    pending = request_pending(call, OPERATION_DROP);
    refusal = operation_request(handle, OPERATION_DROP, &request);
    if (refusal)
        return refusal;
    if (!pending)
        r = operations_of(call)->drop(call, reason, request_id(request));
    if (r >= 0)
        call_expect_drop(call, true);
    return operation_started(request, r, /* effect= */ NULL, done);
}

Refusal *handle_swap_hold(Handle *handle, Handle *held, Done done) {
    Call *call = handle_call(handle), *other = handle_call(held);
    Request *request = NULL;
    Refusal *refusal;

    if (handle_privilege(held) != PRIVILEGE_OWNER)
        return refuse(REFUSAL_NOT_OWNER, "SwapHold is for the owner of both calls and you are a monitor of the held one");
    refusal = handle_check(handle, OPERATION_SWAP_HOLD);
    if (refusal)
        return refusal;
    if (!call_state_is_held(call_state(other)))
        return refuse(REFUSAL_INVALID_STATE, "The other call is %s and not on hold: hold it first",
                      call_state_to_string(call_state(other)));
    if (call_line(other) != call_line(call))
        return refuse(REFUSAL_INVALID_STATE, "The other call is on line %s: both must be on one line",
                      line_name(call_line(other)));
    refusal = operation_request(handle, OPERATION_SWAP_HOLD, &request);
    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->swap_hold(call, other, request_id(request)), /* effect= */ NULL, done);
}

/* ---- User-user information ---- */

Refusal *handle_send_user_user_info(Handle *handle, const uint8_t *data, size_t size, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_SEND_USER_USER_INFO);

    if (!refusal && size > USER_USER_INFO_MAX)
        refusal = refuse(REFUSAL_TOO_BIG, "The user-user information is %zu bytes: at most %d are possible", size,
                         USER_USER_INFO_MAX);
    refusal = refusal ?: operation_request(handle, OPERATION_SEND_USER_USER_INFO, &request);
    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->send_user_user_info(call, data, size, request_id(request)),
                             /* effect= */ NULL, done);
}

/* ---- Mute, audio and secure ---- */

static void muted(Request *request) {
    call_set_muted(request_call(request), GPOINTER_TO_INT(request_data(request)));
}

Refusal *handle_mute(Handle *handle, bool mute, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_MUTE);

    if (refusal)
        return refusal;
    refusal = operation_request(handle, OPERATION_MUTE, &request);
    if (refusal)
        return refusal;
    request_set_data(request, GINT_TO_POINTER(mute), NULL);
    return operation_started(request, operations_of(call)->mute(call, mute, request_id(request)), muted, done);
}

static Refusal *set_audio(Handle *handle, Operation operation, const AudioChoice *choice, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = operation_request(handle, operation, &request);

    if (refusal)
        return refusal;
    return operation_started(request, operations_of(call)->set_audio(call, choice, request_id(request)), /* effect= */ NULL, done);
}

Refusal *handle_set_audio_device(Handle *handle, const char *device, Done done) {
    const AudioChoice choice = { .device = device, .volume = VOLUME_AS_IT_IS };
    Refusal *refusal = handle_check(handle, OPERATION_SET_AUDIO_DEVICE);

    if (!refusal && strlen(device) > TEXT_MAX)
        refusal = refuse(REFUSAL_TOO_BIG, "The name of the device has %zu bytes: at most %d are possible", strlen(device),
                         TEXT_MAX);
    return refusal ?: set_audio(handle, OPERATION_SET_AUDIO_DEVICE, &choice, done);
}

Refusal *handle_set_volume(Handle *handle, unsigned volume, Done done) {
    const AudioChoice choice = { .volume = volume };
    Refusal *refusal = handle_check(handle, OPERATION_SET_VOLUME);

    if (!refusal && volume > VOLUME_MAX)
        refusal = refuse(REFUSAL_TOO_BIG, "Volume %u is too much: 0 to %d per cent are possible", volume, VOLUME_MAX);
    return refusal ?: set_audio(handle, OPERATION_SET_VOLUME, &choice, done);
}

Refusal *handle_secure(Handle *handle, Done done) {
    Refusal *refusal = handle_check(handle, OPERATION_SECURE);

    if (refusal)
        return refusal;
    return run(handle, OPERATION_SECURE, operations_of(handle_call(handle))->secure, done);
}

/* ---- The service's own ---- */

static Request *own_request(Call *call, Operation operation) {
    Request *request = NULL;
    Refusal *refusal = request_new(line_provider(call_line(call)), /* client= */ NULL, call, operation, &request);

    g_assert(!refusal); /* only clients have limits */
    return request;
}

/* Nobody waits for the outcome; a failure is for the log. */
static void started_own(Request *request, const char *what, int r) {
    _cleanup_(refusal_freep) Refusal *refusal = operation_started(request, r, /* effect= */ NULL, (Done) {});

    if (refusal)
        log_warning("Could not %s: %s", what, refusal_text(refusal));
}

void operations_drop_unowned(Call *call) {
    Request *request = own_request(call, OPERATION_DROP);
    int r = operations_of(call)->drop(call, REJECT_NONE, request_id(request));

    call_expect_drop(call, r >= 0);
    started_own(request, "drop a call without owner", r);
}

void operations_drop_expired(Call *call) {
    Request *request = own_request(call, OPERATION_DROP);

    started_own(request, "end a call that lasts for too long", operations_of(call)->drop(call, REJECT_NONE, request_id(request)));
}

void operations_give_back(Call *call) {
    const ProviderOps *ops = operations_of(call);
    _cleanup_(refusal_freep) Refusal *full = line_check_active(call_line(call));
    Request *request;

    if (!ops->unhold || full)
        return;
    request = own_request(call, OPERATION_UNHOLD);
    started_own(request, "give back a call", ops->unhold(call, request_id(request)));
}

void operations_monitor_digits(Call *call, bool enable) {
    const ProviderOps *ops = operations_of(call);
    Request *request;

    if (!ops->monitor_digits)
        return;
    request = own_request(call, OPERATION_MONITOR_DIGITS);
    started_own(request, "monitor digits", ops->monitor_digits(call, enable, request_id(request)));
}
