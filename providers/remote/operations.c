/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of a provider as messages to its process. */
#include "providers/remote/operations.h"

#include <errno.h>
#include <stdarg.h>

#include "providers/remote/asked.h"
#include "providers/wire/words.h"

enum { REFRESH_USEC = 500000 };

static RemoteLine *of_line(Line *line) {
    return line_provider_data(line);
}

static RemoteCall *of_call(const Call *call) {
    return call_provider_data(call);
}

/* 0: none, or none of which the process knows. */
static uint64_t number_of(const Call *call) {
    return call && of_call(call) ? of_call(call)->number : 0;
}

/* ---- About one call ---- */

/* The message begins with the number of the call, which the answer may end. */
static int begin_about(const Call *call, WireMethod method, sd_bus_message **ret) {
    const RemoteCall *self = of_call(call);
    int r = self ? asked_begin(self->line->remote, method, ret) : -ENOLINK;

    return r < 0 ? r : sd_bus_message_append_basic(*ret, 't', &self->number);
}

static int send_about(const Call *call, WireMethod method, sd_bus_message *m, int r, RequestId request, Asked **ret) {
    Asked *asked = NULL;

    if (r < 0) {
        sd_bus_message_unref(m);
        return r;
    }
    r = asked_send(of_call(call)->line->remote, method, m, r, request, &asked);
    if (r < 0)
        return r;
    asked->call = number_of(call);
    if (ret)
        *ret = asked;
    return 0;
}

/* All in one, for plain arguments. */
static int ask(const Call *call, WireMethod method, RequestId request, const char *types, ...) {
    sd_bus_message *m = NULL;
    int r = begin_about(call, method, &m);
    va_list ap;

    va_start(ap, types);
    if (r >= 0 && *types)
        r = sd_bus_message_appendv(m, types, ap);
    va_end(ap);
    return send_about(call, method, m, r, request, /* ret= */ NULL);
}

#define DEFINE_PLAIN(name, method)                              \
    static int remote_##name(Call *call, RequestId request) {   \
        return ask(call, method, request, "");                  \
    }

DEFINE_PLAIN(accept, WIRE_ACCEPT)
DEFINE_PLAIN(answer, WIRE_ANSWER)
DEFINE_PLAIN(hold, WIRE_HOLD)
DEFINE_PLAIN(unhold, WIRE_UNHOLD)
DEFINE_PLAIN(remove_from_conference, WIRE_REMOVE_FROM_CONFERENCE)
DEFINE_PLAIN(secure, WIRE_SECURE)

static int remote_redirect(Call *call, const char *address, RequestId request) {
    return ask(call, WIRE_REDIRECT, request, "s", address);
}

static int remote_drop(Call *call, RejectReason reason, RequestId request) {
    return ask(call, WIRE_DROP, request, "s", wire_reject_to_string(reason));
}

static int remote_swap_hold(Call *call, Call *held, RequestId request) {
    return ask(call, WIRE_SWAP_HOLD, request, "t", number_of(held));
}

static int remote_blind_transfer(Call *call, const char *address, RequestId request) {
    return ask(call, WIRE_BLIND_TRANSFER, request, "s", address);
}

static int remote_add_to_conference(Call *conference, Call *call, RequestId request) {
    return ask(conference, WIRE_ADD_TO_CONFERENCE, request, "t", number_of(call));
}

static int remote_park(Call *call, const char *address, RequestId request) {
    return ask(call, WIRE_PARK, request, "s", address);
}

static int remote_complete_call(Call *call, CompletionMode mode, RequestId request) {
    return ask(call, WIRE_COMPLETE_CALL, request, "s", completion_mode_to_string(mode));
}

static int remote_dial_digits(Call *call, const char *digits, bool more, RequestId request) {
    return ask(call, WIRE_DIAL_DIGITS, request, "sb", digits, (int) more);
}

static int remote_send_digits(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request) {
    return ask(call, WIRE_SEND_DIGITS, request, "suu", digits, (uint32_t) duration_ms, (uint32_t) gap_ms);
}

static int remote_send_tone(Call *call, Tone tone, unsigned ms, RequestId request) {
    return ask(call, WIRE_SEND_TONE, request, "su", wire_tone_to_string(tone), (uint32_t) ms);
}

static int remote_monitor_digits(Call *call, bool enable, RequestId request) {
    return ask(call, WIRE_MONITOR_DIGITS, request, "b", (int) enable);
}

static int remote_mute(Call *call, bool mute, RequestId request) {
    return ask(call, WIRE_MUTE, request, "b", (int) mute);
}

static int remote_set_audio(Call *call, const AudioChoice *choice, RequestId request) {
    sd_bus_message *m = NULL;
    int r = begin_about(call, WIRE_SET_AUDIO, &m);

    if (r >= 0)
        r = wire_append_audio_choice(m, choice);
    return send_about(call, WIRE_SET_AUDIO, m, r, request, /* ret= */ NULL);
}

static int remote_send_user_user_info(Call *call, const uint8_t *data, size_t size, RequestId request) {
    sd_bus_message *m = NULL;
    int r = begin_about(call, WIRE_SEND_USER_USER_INFO, &m);

    if (r >= 0)
        r = sd_bus_message_append_array(m, 'y', data, size);
    return send_about(call, WIRE_SEND_USER_USER_INFO, m, r, request, /* ret= */ NULL);
}

/* As it told them last; whoever reads on reads newer ones. */
static GVariant *remote_media_stats(Call *call) {
    RemoteCall *self = of_call(call);
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
    int64_t now = g_get_monotonic_time();

    if (!self)
        return NULL;
    if (now - self->stats_usec < REFRESH_USEC || asked_begin(self->line->remote, WIRE_REFRESH_MEDIA_STATS, &m) < 0)
        return self->stats;
    self->stats_usec = now;
    if (sd_bus_message_append_basic(m, 't', &self->number) >= 0 && sd_bus_message_set_expect_reply(m, false) >= 0)
        sd_bus_send(NULL, m, NULL);
    return self->stats;
}

/* ---- What makes calls ---- */

/* The new call is known from now on; should nothing come of the message, it never was. */
static uint64_t make(RemoteLine *line, Call *call) {
    RemoteCall *made;

    if (!call)
        return 0;
    made = remote_call_new(line, call, call_number(call));
    call_set_provider_data(call, made);
    return made->number;
}

static void unmake(Call *call) {
    if (call)
        remote_call_free(of_call(call));
}

static int made(int r, Asked *const *asked, Call *first, Call *second) {
    if (r < 0) {
        unmake(first);
        unmake(second);
        return r;
    }
    (*asked)->made[0] = number_of(first);
    (*asked)->made[1] = number_of(second);
    return r;
}

/* Numbers, then what is to be dialled. */
static int ask_dial(Remote *remote, WireMethod method, const char *line, const uint64_t *numbers, size_t n_numbers,
                    const DialParams *params, RequestId request, Asked **ret) {
    sd_bus_message *m = NULL;
    int r = asked_begin(remote, method, &m);

    if (r >= 0 && line)
        r = sd_bus_message_append_basic(m, 's', line);
    for (size_t i = 0; r >= 0 && i < n_numbers; i++)
        r = sd_bus_message_append_basic(m, 't', &numbers[i]);
    if (r >= 0)
        r = wire_append_dial_params(m, params);
    return asked_send(remote, method, m, r, request, ret);
}

static int remote_dial(Line *line, Call *call, const DialParams *params, RequestId request) {
    RemoteLine *self = of_line(line);
    const uint64_t numbers[] = { make(self, call) };
    Asked *asked = NULL;

    return made(ask_dial(self->remote, WIRE_DIAL, self->name, numbers, 1, params, request, &asked), &asked, call, NULL);
}

static int remote_setup_transfer(Call *call, Call *consultation, const DialParams *params, RequestId request) {
    RemoteLine *line = of_line(call_line(call));
    const uint64_t numbers[] = { number_of(call), make(line, consultation) };
    Asked *asked = NULL;

    return made(ask_dial(line->remote, WIRE_SETUP_TRANSFER, NULL, numbers, 2, params, request, &asked), &asked, consultation, NULL);
}

static int remote_prepare_add_to_conference(Call *conference, Call *consultation, const DialParams *params, RequestId request) {
    RemoteLine *line = of_line(call_line(conference));
    const uint64_t numbers[] = { number_of(conference), make(line, consultation) };
    Asked *asked = NULL;

    return made(ask_dial(line->remote, WIRE_PREPARE_ADD_TO_CONFERENCE, NULL, numbers, 2, params, request, &asked), &asked,
                consultation, NULL);
}

static int remote_setup_conference(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                                   RequestId request) {
    RemoteLine *self = of_line(line);
    const uint64_t numbers[] = { number_of(call), make(self, conference), make(self, consultation) };
    Asked *asked = NULL;

    return made(ask_dial(self->remote, WIRE_SETUP_CONFERENCE, self->name, numbers, 3, params, request, &asked), &asked, conference,
                consultation);
}

static int remote_complete_transfer(Call *call, Call *consultation, Call *conference, RequestId request) {
    RemoteLine *line = of_line(call_line(call));
    uint64_t number = make(line, conference);
    sd_bus_message *m = NULL;
    Asked *asked = NULL;
    int r = begin_about(call, WIRE_COMPLETE_TRANSFER, &m);

    if (r >= 0)
        r = sd_bus_message_append(m, "tt", number_of(consultation), number);
    r = send_about(call, WIRE_COMPLETE_TRANSFER, m, r, request, &asked);
    if (r >= 0)
        asked->other = number_of(consultation);
    return made(r, &asked, conference, NULL);
}

static int remote_unpark(Line *line, Call *call, const char *address, RequestId request) {
    RemoteLine *self = of_line(line);
    uint64_t number = make(self, call);
    Asked *asked = NULL;
    int r = asked_send_args(self->remote, WIRE_UNPARK, request, &asked, "sts", self->name, number, address);

    return made(r, &asked, call, NULL);
}

static int remote_pickup(Line *line, Call *call, const char *address, const char *group, RequestId request) {
    RemoteLine *self = of_line(line);
    uint64_t number = make(self, call);
    Asked *asked = NULL;
    int r = asked_send_args(self->remote, WIRE_PICKUP, request, &asked, "stss", self->name, number, address, group);

    return made(r, &asked, call, NULL);
}

/* ---- About a line ---- */

static int remote_forward(Line *line, const ForwardRule *rules, size_t n_rules, RequestId request) {
    RemoteLine *self = of_line(line);
    sd_bus_message *m = NULL;
    int r = asked_begin(self->remote, WIRE_FORWARD, &m);

    if (r >= 0)
        r = sd_bus_message_append_basic(m, 's', self->name);
    if (r >= 0)
        r = wire_append_rules(m, rules, n_rules);
    return asked_send(self->remote, WIRE_FORWARD, m, r, request, NULL);
}

static int remote_cancel_completion(Line *line, const char *completion_id, RequestId request) {
    return asked_send_args(of_line(line)->remote, WIRE_CANCEL_COMPLETION, request, NULL, "ss", of_line(line)->name, completion_id);
}

static int remote_debug_incoming(Line *line, const char *from, RequestId request) {
    return asked_send_args(of_line(line)->remote, WIRE_DEBUG_INCOMING, request, NULL, "ss", of_line(line)->name, from);
}

static int remote_debug_line_state(Line *line, LineState state, const char *reason, RequestId request) {
    return asked_send_args(of_line(line)->remote, WIRE_DEBUG_LINE_STATE, request, NULL, "sss", of_line(line)->name,
                           line_state_to_string(state), reason);
}

void operations_fill(ProviderOps *ops) {
    ops->add_line = remote_add_line;
    ops->remove_line = remote_remove_line;
    ops->dial = remote_dial;
    ops->accept = remote_accept;
    ops->answer = remote_answer;
    ops->redirect = remote_redirect;
    ops->drop = remote_drop;
    ops->hold = remote_hold;
    ops->unhold = remote_unhold;
    ops->swap_hold = remote_swap_hold;
    ops->blind_transfer = remote_blind_transfer;
    ops->setup_transfer = remote_setup_transfer;
    ops->complete_transfer = remote_complete_transfer;
    ops->setup_conference = remote_setup_conference;
    ops->prepare_add_to_conference = remote_prepare_add_to_conference;
    ops->add_to_conference = remote_add_to_conference;
    ops->remove_from_conference = remote_remove_from_conference;
    ops->park = remote_park;
    ops->unpark = remote_unpark;
    ops->pickup = remote_pickup;
    ops->forward = remote_forward;
    ops->complete_call = remote_complete_call;
    ops->cancel_completion = remote_cancel_completion;
    ops->dial_digits = remote_dial_digits;
    ops->send_digits = remote_send_digits;
    ops->send_tone = remote_send_tone;
    ops->monitor_digits = remote_monitor_digits;
    ops->mute = remote_mute;
    ops->set_audio = remote_set_audio;
    ops->send_user_user_info = remote_send_user_user_info;
    ops->secure = remote_secure;
    ops->media_stats = remote_media_stats;
    ops->debug_incoming = remote_debug_incoming;
    ops->debug_line_state = remote_debug_line_state;
}
