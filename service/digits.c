/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Digits: what is sent to the far end by tones, and dialled one by one. */
#include "service/digits.h"

#include <string.h>

#include "service/address.h"
#include "service/call.h"
#include "service/client.h"
#include "service/deed.h"
#include "service/line.h"
#include "service/operations.h"
#include "service/toll.h"

/* ---- Digits and tones in band ---- */

/* What is wrong in itself comes before the question who asks for it, and when. */
static Refusal *check_digits(const char *digits) {
    size_t good = strspn(digits, "0123456789ABCDabcd*#,!");

    if (!digits[good])
        return NULL;
    return refuse(REFUSAL_INVALID_ARGS,
                  "The character at position %zu is no digit: use 0-9, A-D, *, #, ',' (pause) and '!' (flash)", good + 1);
}

static Refusal *check_number(const char *digits) {
    if (strlen(digits) <= DIGITS_MAX)
        return NULL;
    return refuse(REFUSAL_TOO_BIG, "These are %zu digits: at most %d can be sent at once", strlen(digits), DIGITS_MAX);
}

/* What the client sends from now on, unless it only stopped what was sent; it will be told of the end. */
static void generation_begins(Request *request, bool sends, bool tone) {
    Call *call = request_call(request);
    Client *client = request_client(request);

    call_set_generator(call, sends && client ? client_find_handle_on(client, call) : NULL, tone);
}

static void digits_begin(Request *request) {
    const char *digits = request_data(request);

    generation_begins(request, *digits, /* tone= */ false);
}

Refusal *handle_send_digits(Handle *handle, const char *digits, unsigned duration_ms, unsigned gap_ms, Done done) {
    Call *call = handle_call(handle);
    Request *request = NULL;
    Refusal *refusal = check_digits(digits) ?: handle_check(handle, OPERATION_SEND_DIGITS) ?: check_number(digits)
                       ?: toll_check_digits(call, handle_client(handle), strlen(digits))
                       ?: operation_request(handle, OPERATION_SEND_DIGITS, &request);
    char *copy;

    if (refusal)
        return refusal;
    copy = g_ascii_strup(digits, -1);
    request_set_data(request, copy, g_free);
    return operation_started(request, operations_of(call)->send_digits(call, copy, duration_ms, gap_ms, request_id(request)),
                             digits_begin, done);
}

static void tone_begins(Request *request) {
    generation_begins(request, GPOINTER_TO_INT(request_data(request)) != TONE_NONE, /* tone= */ true);
}

static Refusal *check_tone(unsigned ms) {
    if (ms > TONE_MS_MAX)
        return refuse(REFUSAL_TOO_BIG, "The tone would last %u ms: at most %d are possible", ms, TONE_MS_MAX);
    return NULL;
}

Refusal *handle_send_tone(Handle *handle, Tone tone, unsigned ms, Done done) {
    Call *call = handle_call(handle);
    Tone sounds = ms > 0 ? tone : TONE_NONE;
    Request *request = NULL;
    Refusal *refusal = handle_check(handle, OPERATION_SEND_TONE) ?: check_tone(ms)
                       ?: operation_request(handle, OPERATION_SEND_TONE, &request);

    if (refusal)
        return refusal;
    request_set_data(request, GINT_TO_POINTER(sounds), NULL);
    return operation_started(request, operations_of(call)->send_tone(call, sounds, ms, request_id(request)), tone_begins, done);
}

Refusal *handle_monitor_digits(Handle *handle, bool enable) {
    Refusal *refusal = handle_check(handle, OPERATION_MONITOR_DIGITS);

    if (!refusal)
        handle_want_digits(handle, enable);
    return refusal;
}

/* ---- Dialling on ---- */

/* What was dialled becomes part of the address when the network has taken it. */
static void digits_dialled(Request *request) {
    Call *call = request_call(request);
    g_autofree char *address = g_strconcat(call_address(call), request_data(request), NULL);

    call_set_address(call, address);
    call_set_emergency(call, line_is_emergency_number(call_line(call), address));
}

/* With what the network has still to take. */
static char *dialled_with(Call *call, const char *digits) {
    GString *dialled = g_string_new(call_address(call));

    for (GList *i = call_requests(call)->head; i; i = i->next)
        if (request_operation(i->data) == OPERATION_DIAL_DIGITS)
            g_string_append(dialled, request_data(i->data));
    g_string_append(dialled, digits);
    return g_string_free(dialled, FALSE);
}

/* Service codes are digits, too; they are refused for another reason. */
static Refusal *check_dialled_digits(const char *digits) {
    if (!digits[strspn(digits, "0123456789+*#")])
        return NULL;
    return refuse(REFUSAL_INVALID_ARGS, "'%s' can't be dialled: use 0-9, + and ';' at the end if more will follow", digits);
}

static Refusal *check_dialled(Call *call, Client *client, const char *digits, bool more) {
    g_autofree char *address = dialled_with(call, digits);

    if (strlen(address) > ADDRESS_MAX)
        return refuse(REFUSAL_TOO_BIG, "The number would have %zu digits: at most %d are possible", strlen(address), ADDRESS_MAX);
    return (more ? NULL : address_check(call_line(call), address))
               ?: (more ? deed_check_dial_begin : deed_check_dial)(client, call_line(call), address)
               ?: toll_take_for_call(call, client, dials_to_digits(call_line(call), address, more));
}

/* Without separators, and without the ';' that says that more will follow. */
static char *clean_dialled(const char *digits, bool *ret_more) {
    GString *clean = g_string_new(NULL);

    *ret_more = g_str_has_suffix(digits, ";");
    for (const char *c = digits; *c && !(*ret_more && !c[1]); c++)
        if (!strchr(" -.()", *c))
            g_string_append_c(clean, *c);
    return g_string_free(clean, FALSE);
}

Refusal *handle_dial_digits(Handle *handle, const char *digits, Done done) {
    Call *call = handle_call(handle);
    bool more;
    char *clean = clean_dialled(digits, &more);
    Request *request = NULL;
    Refusal *refusal = check_dialled_digits(clean) ?: handle_check(handle, OPERATION_DIAL_DIGITS)
                       ?: address_check_service_code(clean) ?: check_dialled(call, handle_client(handle), clean, more)
                       ?: operation_request(handle, OPERATION_DIAL_DIGITS, &request);

    if (refusal) {
        g_free(clean);
        return refusal;
    }
    request_set_data(request, clean, g_free);
    return operation_started(request, operations_of(call)->dial_digits(call, clean, more, request_id(request)),
                             digits_dialled, done);
}
