/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The structs of the contract in messages: which key stands for which of their fields. */
#include "providers/wire/codec.h"

#include "providers/wire/words.h"

/* ---- Words ---- */

#define DEFINE_WORDS(noun, Type, words)                                                        \
    static const char *noun##_name(int value) {                                                \
        return noun##_to_string((Type) value);                                                 \
    }                                                                                          \
    static int noun##_value(const char *name) {                                                \
        return (int) noun##_from_string(name);                                                 \
    }                                                                                          \
    static const WireWords noun##_words = { noun##_name, noun##_value, words };

DEFINE_WORDS(media_mode, MediaMode, "interactive-voice, automated-voice, data-modem, g3-fax, g4-fax, digital-data, tdd, video, unknown")
DEFINE_WORDS(answer_mode, AnswerMode, "none, drop, hold")
DEFINE_WORDS(wire_operation, Operation, "the operations that a line can lack")
DEFINE_WORDS(wire_event, CallEvent, "the events that a provider tells")
DEFINE_WORDS(state_detail, StateDetail, "the details of a state")
DEFINE_WORDS(call_state, CallState, "the states of a call")
DEFINE_WORDS(call_reason, CallReason, "the reasons of a call")
DEFINE_WORDS(call_origin, CallOrigin, "outbound, internal, external, inbound, conference, unknown, unavail")
DEFINE_WORDS(call_direction, CallDirection, "none, in, out")
DEFINE_WORDS(disconnect_cause, DisconnectCause, "the causes of an end")

#define TABLE(table, is_lenient) { .fields = (table), .n = G_N_ELEMENTS(table), .lenient = (is_lenient) }

static int wrong(char **ret_why, const char *text) {
    *ret_why = g_strdup(text);
    return -EINVAL;
}

/* ---- Lines ---- */

#define AT(field) offsetof(LineInfo, field)

static const WireField line_info_table[] = {
    { "label", WIRE_FIELD_TEXT, AT(label) },
    { "addresses", WIRE_FIELD_TEXTS, AT(addresses) },
    { "media-modes", WIRE_FIELD_WORDS_32, AT(media_modes), &media_mode_words, .absent = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE) },
    { "call-id", WIRE_FIELD_TRUTH, AT(call_id) },
    { "close-drop", WIRE_FIELD_TRUTH, AT(close_drop) },
    { "max-active-calls", WIRE_FIELD_NUMBER, AT(max_active_calls) },
    { "max-held-calls", WIRE_FIELD_NUMBER, AT(max_held_calls) },
    { "max-conference-parties", WIRE_FIELD_NUMBER, AT(max_conference_parties) },
    { "answer-mode", WIRE_FIELD_WORD, AT(answer_mode), &answer_mode_words },
    { "without", WIRE_FIELD_WORDS_64, AT(without), &wire_operation_words },
    { "pickup-group", WIRE_FIELD_TEXT, AT(pickup_group) },
    { "emergency-numbers", WIRE_FIELD_TEXTS, AT(emergency_numbers) },
};
static const WireFields line_info_fields = TABLE(line_info_table, false);

#undef AT

int wire_read_line_info(sd_bus_message *m, WireKeep *keep, LineInfo *ret, char **ret_why) {
    static const char *const none[] = { NULL };
    int r;

    *ret = (LineInfo) {};
    r = wire_fields_read(m, &line_info_fields, keep, ret, ret_why);
    ret->label = ret->label ?: "";
    ret->addresses = ret->addresses ?: none;
    return r;
}

int wire_append_line_info(sd_bus_message *m, const LineInfo *info) {
    return wire_fields_append(m, &line_info_fields, info);
}

/* ---- Calls ---- */

#define AT(field) offsetof(DialParams, field)

static const WireField dial_params_table[] = {
    { "address", WIRE_FIELD_TEXT, AT(address) },
    { "media-mode", WIRE_FIELD_WORD, AT(media_mode), &media_mode_words },
    { "hide-caller-id", WIRE_FIELD_TRUTH, AT(hide_caller_id) },
    { "no-answer-timeout", WIRE_FIELD_NUMBER, AT(no_answer_timeout_s) },
    { "user-user-info", WIRE_FIELD_BYTES, AT(user_user_info) },
};
static const WireFields dial_params_fields = TABLE(dial_params_table, false);

#undef AT

int wire_read_dial_params(sd_bus_message *m, WireKeep *keep, DialParams *ret, char **ret_why) {
    int r;

    *ret = (DialParams) {};
    r = wire_fields_read(m, &dial_params_fields, keep, ret, ret_why);
    ret->address = ret->address ?: "";
    if (r >= 0 && ret->user_user_info_size > USER_USER_INFO_MAX)
        return wrong(ret_why, "user-user-info is longer than 131 bytes");
    return r;
}

int wire_append_dial_params(sd_bus_message *m, const DialParams *params) {
    return wire_fields_append(m, &dial_params_fields, params);
}

#define AT(field) offsetof(CallStart, field)

static const WireField start_table[] = {
    { "event", WIRE_FIELD_WORD, AT(event), &wire_event_words, .absent = -EINVAL },
    { "detail", WIRE_FIELD_WORD, AT(detail), &state_detail_words },
    { "call-id", WIRE_FIELD_TEXT, AT(call_id) },
    { "related-call-id", WIRE_FIELD_TEXT, AT(related_call_id) },
    { "reason", WIRE_FIELD_WORD, AT(reason), &call_reason_words },
    { "address", WIRE_FIELD_TEXT, AT(address) },
    { "media-mode", WIRE_FIELD_WORD, AT(media_mode), &media_mode_words },
    { "caller", WIRE_FIELD_PARTY_PTR, AT(caller) },
    { "called", WIRE_FIELD_PARTY_PTR, AT(called) },
    { "connected", WIRE_FIELD_PARTY_PTR, AT(connected) },
    { "redirecting", WIRE_FIELD_PARTY_PTR, AT(redirecting) },
    { "redirection", WIRE_FIELD_PARTY_PTR, AT(redirection) },
};
static const WireFields start_fields = TABLE(start_table, false);

#undef AT

int wire_read_start(sd_bus_message *m, WireKeep *keep, CallStart *ret, char **ret_why) {
    int r;

    *ret = (CallStart) {};
    r = wire_fields_read(m, &start_fields, keep, ret, ret_why);
    if (r >= 0 && (int) ret->event < 0)
        return wrong(ret_why, "A call begins with an event, such as dialing");
    return r;
}

int wire_append_start(sd_bus_message *m, const CallStart *start) {
    return wire_fields_append(m, &start_fields, start);
}

int wire_append_no_start(sd_bus_message *m) {
    return sd_bus_message_append(m, "a{sv}", 0);
}

#define AT(field) offsetof(IncomingInfo, field)

static const WireField incoming_table[] = {
    { "call-id", WIRE_FIELD_TEXT, AT(call_id) },
    { "media-mode", WIRE_FIELD_WORD, AT(media_mode), &media_mode_words },
    { "origin", WIRE_FIELD_WORD, AT(origin), &call_origin_words, .absent = ORIGIN_UNAVAIL },
    { "reason", WIRE_FIELD_WORD, AT(reason), &call_reason_words, .absent = REASON_UNAVAIL },
    { "caller", WIRE_FIELD_PARTY, AT(caller) },
    { "called", WIRE_FIELD_PARTY, AT(called) },
    { "redirecting", WIRE_FIELD_PARTY, AT(redirecting) },
    { "redirection", WIRE_FIELD_PARTY, AT(redirection) },
    { "user-user-info", WIRE_FIELD_BYTES, AT(user_user_info) },
};
static const WireFields incoming_fields = TABLE(incoming_table, false);

#undef AT

int wire_read_incoming(sd_bus_message *m, WireKeep *keep, IncomingInfo *ret, char **ret_why) {
    *ret = (IncomingInfo) {};
    return wire_fields_read(m, &incoming_fields, keep, ret, ret_why);
}

int wire_append_incoming(sd_bus_message *m, const IncomingInfo *info) {
    return wire_fields_append(m, &incoming_fields, info);
}

#define AT(field) offsetof(AudioChoice, field)

static const WireField audio_choice_table[] = {
    { "device", WIRE_FIELD_TEXT, AT(device) },
    { "volume", WIRE_FIELD_NUMBER, AT(volume), .absent = VOLUME_AS_IT_IS },
};
static const WireFields audio_choice_fields = TABLE(audio_choice_table, false);

#undef AT

int wire_read_audio_choice(sd_bus_message *m, WireKeep *keep, AudioChoice *ret, char **ret_why) {
    int r;

    *ret = (AudioChoice) {};
    r = wire_fields_read(m, &audio_choice_fields, keep, ret, ret_why);
    if (r >= 0 && ret->volume != VOLUME_AS_IT_IS && ret->volume > VOLUME_MAX)
        return wrong(ret_why, "volume is more than 200 per cent");
    return r;
}

int wire_append_audio_choice(sd_bus_message *m, const AudioChoice *choice) {
    return wire_fields_append(m, &audio_choice_fields, choice);
}

/* ---- The beginning ---- */

static const WireField start_options_table[] = {
    { "default-lines", WIRE_FIELD_TRUTH, offsetof(WireStart, default_lines) },
};
static const WireFields start_options_fields = TABLE(start_options_table, true);

int wire_read_start_options(sd_bus_message *m, WireKeep *keep, WireStart *ret, char **ret_why) {
    return wire_fields_read(m, &start_options_fields, keep, ret, ret_why);
}

int wire_append_start_options(sd_bus_message *m, const WireStart *options) {
    return wire_fields_append(m, &start_options_fields, options);
}

static const WireField hello_info_table[] = {
    { "local", WIRE_FIELD_TRUTH, offsetof(WireHello, local) },
};
static const WireFields hello_info_fields = TABLE(hello_info_table, true);

int wire_read_hello_info(sd_bus_message *m, WireKeep *keep, WireHello *ret, char **ret_why) {
    return wire_fields_read(m, &hello_info_fields, keep, ret, ret_why);
}

int wire_append_hello_info(sd_bus_message *m, const WireHello *info) {
    return wire_fields_append(m, &hello_info_fields, info);
}

/* ---- Calls of before ---- */

#define AT(field) offsetof(WireCall, field)

static const WireField call_table[] = {
    { "line", WIRE_FIELD_TEXT, AT(line) },
    { "state", WIRE_FIELD_WORD, AT(state), &call_state_words },
    { "cause", WIRE_FIELD_WORD, AT(cause), &disconnect_cause_words },
    { "provider-cause", WIRE_FIELD_TEXT, AT(provider_cause) },
    { "detail", WIRE_FIELD_WORD, AT(detail), &state_detail_words },
    { "direction", WIRE_FIELD_WORD, AT(direction), &call_direction_words },
    { "call-id", WIRE_FIELD_TEXT, AT(call_id) },
    { "related-call-id", WIRE_FIELD_TEXT, AT(related_call_id) },
    { "origin", WIRE_FIELD_WORD, AT(origin), &call_origin_words, .absent = ORIGIN_UNAVAIL },
    { "reason", WIRE_FIELD_WORD, AT(reason), &call_reason_words, .absent = REASON_UNAVAIL },
    { "address", WIRE_FIELD_TEXT, AT(address) },
    { "media-mode", WIRE_FIELD_WORD, AT(media_mode), &media_mode_words },
    { "caller", WIRE_FIELD_PARTY_PTR, AT(parties[PARTY_CALLER]) },
    { "called", WIRE_FIELD_PARTY_PTR, AT(parties[PARTY_CALLED]) },
    { "connected", WIRE_FIELD_PARTY_PTR, AT(parties[PARTY_CONNECTED]) },
    { "redirecting", WIRE_FIELD_PARTY_PTR, AT(parties[PARTY_REDIRECTING]) },
    { "redirection", WIRE_FIELD_PARTY_PTR, AT(parties[PARTY_REDIRECTION]) },
    { "network-ids", WIRE_FIELD_PAIRS, AT(network_ids) },
    { "conference", WIRE_FIELD_LONG, AT(conference) },
    { "is-conference", WIRE_FIELD_TRUTH, AT(is_conference) },
    { "muted", WIRE_FIELD_TRUTH, AT(muted) },
    { "encrypted", WIRE_FIELD_TRUTH, AT(encrypted) },
    { "audio-device", WIRE_FIELD_TEXT, AT(audio_device) },
    { "volume", WIRE_FIELD_NUMBER, AT(volume), .absent = VOLUME_AS_IT_IS },
};
static const WireFields call_fields = TABLE(call_table, false);

#undef AT

static int read_call(sd_bus_message *m, WireKeep *keep, WireCall *call, char **ret_why) {
    int r;

    *call = (WireCall) {};
    r = sd_bus_message_read_basic(m, 't', &call->number);
    if (r >= 0)
        r = wire_fields_read(m, &call_fields, keep, call, ret_why);
    if (r < 0)
        return r;
    if (call->number == 0 || call->number >= CALL_NUMBER_OF_PROVIDER * 2)
        return wrong(ret_why, "A call has a number from 1 to 2^63 - 1");
    if (!call->line)
        return wrong(ret_why, "A call is on a line: tell which");
    if (call->state == CALL_STATE_UNKNOWN || call->state == CALL_STATE_IDLE)
        return wrong(ret_why, "A call has a state, and is told no longer when it is idle");
    return 0;
}

int wire_read_calls(sd_bus_message *m, WireKeep *keep, const WireCall **ret, size_t *ret_n, char **ret_why) {
    g_autoptr(GArray) calls = g_array_new(FALSE, FALSE, sizeof(WireCall));
    int r = sd_bus_message_enter_container(m, 'a', "(ta{sv})");

    while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "ta{sv}")) > 0) {
        WireCall call;

        r = calls->len < WIRE_CALLS_MAX ? read_call(m, keep, &call, ret_why) : wrong(ret_why, "Too many calls");
        if (r >= 0)
            r = sd_bus_message_exit_container(m);
        g_array_append_val(calls, call);
    }
    if (r >= 0)
        r = sd_bus_message_exit_container(m);
    if (r < 0 && !*ret_why)
        *ret_why = g_strdup("The calls could not be read: they must be a(ta{sv})");
    if (r < 0)
        return -EINVAL;
    *ret_n = calls->len;
    *ret = wire_keep(keep, g_array_free(g_steal_pointer(&calls), FALSE));
    return 0;
}

static int append_call(sd_bus_message *m, const WireCall *call) {
    int r = sd_bus_message_open_container(m, 'r', "ta{sv}");

    if (r >= 0)
        r = sd_bus_message_append_basic(m, 't', &call->number);
    if (r >= 0)
        r = wire_fields_append(m, &call_fields, call);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int wire_append_calls(sd_bus_message *m, const WireCall *calls, size_t n_calls) {
    int r = sd_bus_message_open_container(m, 'a', "(ta{sv})");

    for (size_t i = 0; i < n_calls && r >= 0; i++)
        r = append_call(m, &calls[i]);
    return r < 0 ? r : sd_bus_message_close_container(m);
}

int wire_read_bytes(sd_bus_message *m, const uint8_t **ret, size_t *ret_size) {
    const void *data = NULL;
    int r = sd_bus_message_read_array(m, 'y', &data, ret_size);

    if (r >= 0)
        *ret = data;
    return r;
}
