/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The structs of the contract in messages, both ways: a dictionary (a{sv}) each. Readers return 0, or -EINVAL with what was wrong in
 * *ret_why; what they give is valid as long as the message and `keep` are. Keys that are not known are errors, but where a reader says
 * otherwise.
 */
#pragma once

#include "providers/wire/field.h"
#include "providers/wire/list.h"
#include "service/provider.h"

/* What the service may say when it begins. Unknown keys are passed over. */
typedef struct WireStart {
    bool default_lines;
} WireStart;

/* What a provider says of itself. Unknown keys are passed over. */
typedef struct WireHello {
    bool local;
} WireHello;

/* What a provider knows of a call that it has had before the service was started. */
typedef struct WireCall {
    uint64_t number; /* not in the dictionary, but before it */
    const char *line;
    CallState state; /* never unknown or idle; disconnected for one that ended meanwhile */
    DisconnectCause cause;
    const char *provider_cause;
    StateDetail detail;
    CallDirection direction;
    const char *call_id, *related_call_id;
    CallOrigin origin;
    CallReason reason;
    const char *address;
    MediaMode media_mode;
    const PartyInfo *parties[_PARTY_MAX]; /* NULL: nobody */
    const char *const *network_ids;       /* kinds and ids by turns; may be NULL */
    uint64_t conference;                  /* that it is a participant of, or 0 */
    bool is_conference, muted, encrypted;
    const char *audio_device;
    unsigned volume; /* VOLUME_AS_IT_IS: not told */
} WireCall;

/* The name is not in it. Without media modes there is interactive voice; a name or a list that is not there is NULL. */
int wire_read_line_info(sd_bus_message *m, WireKeep *keep, LineInfo *ret, char **ret_why);
int wire_append_line_info(sd_bus_message *m, const LineInfo *info);

/* "" where there is no address. */
int wire_read_dial_params(sd_bus_message *m, WireKeep *keep, DialParams *ret, char **ret_why);
int wire_append_dial_params(sd_bus_message *m, const DialParams *params);

int wire_read_start(sd_bus_message *m, WireKeep *keep, CallStart *ret, char **ret_why);
int wire_append_start(sd_bus_message *m, const CallStart *start);
int wire_append_no_start(sd_bus_message *m);

/* The number is not in it. */
int wire_read_incoming(sd_bus_message *m, WireKeep *keep, IncomingInfo *ret, char **ret_why);
int wire_append_incoming(sd_bus_message *m, const IncomingInfo *info);

int wire_read_audio_choice(sd_bus_message *m, WireKeep *keep, AudioChoice *ret, char **ret_why);
int wire_append_audio_choice(sd_bus_message *m, const AudioChoice *choice);

int wire_read_start_options(sd_bus_message *m, WireKeep *keep, WireStart *ret, char **ret_why);
int wire_append_start_options(sd_bus_message *m, const WireStart *options);

int wire_read_hello_info(sd_bus_message *m, WireKeep *keep, WireHello *ret, char **ret_why);
int wire_append_hello_info(sd_bus_message *m, const WireHello *info);

/* a(ta{sv}): calls. At most WIRE_CALLS_MAX of them. */
enum { WIRE_CALLS_MAX = 16384 };
int wire_read_calls(sd_bus_message *m, WireKeep *keep, const WireCall **ret, size_t *ret_n, char **ret_why);
int wire_append_calls(sd_bus_message *m, const WireCall *calls, size_t n_calls);

/* ay. */
int wire_read_bytes(sd_bus_message *m, const uint8_t **ret, size_t *ret_size);
