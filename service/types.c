/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of the call model's enumerations on the bus. */
#include "service/types.h"

#include <string.h>

static int name_index(const char *const *names, int n_names, const char *name) {
    if (!name)
        return -EINVAL;
    for (int i = 0; i < n_names; i++)
        if (names[i] && strcmp(names[i], name) == 0)
            return i;
    return -EINVAL;
}

#define DEFINE_NAMES(noun, Type, max)                                              \
    const char *noun##_to_string(Type value) {                                     \
        if ((int) value < 0 || (int) value >= (int) (max))                         \
            return NULL;                                                           \
        return noun##_names[value];                                                \
    }                                                                              \
    Type noun##_from_string(const char *name) {                                    \
        return (Type) name_index(noun##_names, (int) (max), name);                 \
    }

static const char *const call_state_names[_CALL_STATE_MAX] = {
    [CALL_STATE_UNKNOWN] = "unknown",
    [CALL_STATE_IDLE] = "idle",
    [CALL_STATE_OFFERING] = "offering",
    [CALL_STATE_ACCEPTED] = "accepted",
    [CALL_STATE_DIAL_TONE] = "dial-tone",
    [CALL_STATE_DIALING] = "dialing",
    [CALL_STATE_PROCEEDING] = "proceeding",
    [CALL_STATE_RINGBACK] = "ringback",
    [CALL_STATE_BUSY] = "busy",
    [CALL_STATE_SPECIAL_INFO] = "special-info",
    [CALL_STATE_CONNECTED] = "connected",
    [CALL_STATE_ON_HOLD] = "on-hold",
    [CALL_STATE_CONFERENCED] = "conferenced",
    [CALL_STATE_ON_HOLD_PENDING_CONFERENCE] = "on-hold-pending-conference",
    [CALL_STATE_ON_HOLD_PENDING_TRANSFER] = "on-hold-pending-transfer",
    [CALL_STATE_DISCONNECTED] = "disconnected",
};
DEFINE_NAMES(call_state, CallState, _CALL_STATE_MAX)

static const char *const state_detail_names[_STATE_DETAIL_MAX] = {
    [STATE_DETAIL_NONE] = "",
    [STATE_DETAIL_ACTIVE] = "active",
    [STATE_DETAIL_INACTIVE] = "inactive",
    [STATE_DETAIL_ACTIVE_HELD] = "active-held",
    [STATE_DETAIL_INACTIVE_HELD] = "inactive-held",
    [STATE_DETAIL_CONFIRMED] = "confirmed",
    [STATE_DETAIL_NORMAL] = "normal",
    [STATE_DETAIL_SPECIAL] = "special",
    [STATE_DETAIL_INTERNAL] = "internal",
    [STATE_DETAIL_EXTERNAL] = "external",
    [STATE_DETAIL_STATION] = "station",
    [STATE_DETAIL_TRUNK] = "trunk",
    [STATE_DETAIL_NO_CIRCUIT] = "no-circuit",
    [STATE_DETAIL_CUST_IRREG] = "cust-irreg",
    [STATE_DETAIL_REORDER] = "reorder",
    [STATE_DETAIL_UNKNOWN] = "unknown",
    [STATE_DETAIL_UNAVAIL] = "unavail",
};
DEFINE_NAMES(state_detail, StateDetail, _STATE_DETAIL_MAX)

static const char *const disconnect_cause_names[_CAUSE_MAX] = {
    [CAUSE_NONE] = "",
    [CAUSE_NORMAL] = "normal",
    [CAUSE_UNKNOWN] = "unknown",
    [CAUSE_UNAVAILABLE] = "unavailable",
    [CAUSE_REJECTED] = "rejected",
    [CAUSE_ANSWERED_ELSEWHERE] = "answered-elsewhere",
    [CAUSE_FORWARDED] = "forwarded",
    [CAUSE_BUSY] = "busy",
    [CAUSE_NO_ANSWER] = "no-answer",
    [CAUSE_BAD_ADDRESS] = "bad-address",
    [CAUSE_UNREACHABLE] = "unreachable",
    [CAUSE_CONGESTION] = "congestion",
    [CAUSE_INCOMPATIBLE] = "incompatible",
    [CAUSE_NO_DIAL_TONE] = "no-dial-tone",
    [CAUSE_NUMBER_CHANGED] = "number-changed",
    [CAUSE_OUT_OF_ORDER] = "out-of-order",
    [CAUSE_TEMPORARY_FAILURE] = "temporary-failure",
    [CAUSE_QOS_UNAVAILABLE] = "qos-unavailable",
    [CAUSE_BLOCKED] = "blocked",
    [CAUSE_DO_NOT_DISTURB] = "do-not-disturb",
    [CAUSE_CANCELLED] = "cancelled",
    [CAUSE_PROVIDER_FAILED] = "provider-failed",
    [CAUSE_SERVICE_RESTARTED] = "service-restarted",
};
DEFINE_NAMES(disconnect_cause, DisconnectCause, _CAUSE_MAX)

static const char *const privilege_names[_PRIVILEGE_MAX] = {
    [PRIVILEGE_MONITOR] = "monitor",
    [PRIVILEGE_OWNER] = "owner",
};
DEFINE_NAMES(privilege, Privilege, _PRIVILEGE_MAX)

static const char *const open_privilege_names[_OPEN_PRIVILEGE_MAX] = {
    [OPEN_NONE] = "none",
    [OPEN_MONITOR] = "monitor",
    [OPEN_OWNER] = "owner",
    [OPEN_OWNER_MONITOR] = "owner+monitor",
};
DEFINE_NAMES(open_privilege, OpenPrivilege, _OPEN_PRIVILEGE_MAX)

static const char *const on_owner_lost_names[_ON_OWNER_LOST_MAX] = {
    [ON_OWNER_LOST_DROP] = "drop",
    [ON_OWNER_LOST_KEEP] = "keep",
};
DEFINE_NAMES(on_owner_lost, OnOwnerLost, _ON_OWNER_LOST_MAX)

static const char *const media_mode_names[_MEDIA_MAX] = {
    [MEDIA_INTERACTIVE_VOICE] = "interactive-voice",
    [MEDIA_AUTOMATED_VOICE] = "automated-voice",
    [MEDIA_DATA_MODEM] = "data-modem",
    [MEDIA_G3_FAX] = "g3-fax",
    [MEDIA_G4_FAX] = "g4-fax",
    [MEDIA_DIGITAL_DATA] = "digital-data",
    [MEDIA_TDD] = "tdd",
    [MEDIA_VIDEO] = "video",
    [MEDIA_UNKNOWN] = "unknown",
};
DEFINE_NAMES(media_mode, MediaMode, _MEDIA_MAX)

static const char *const call_origin_names[_ORIGIN_MAX] = {
    [ORIGIN_OUTBOUND] = "outbound",
    [ORIGIN_INTERNAL] = "internal",
    [ORIGIN_EXTERNAL] = "external",
    [ORIGIN_INBOUND] = "inbound",
    [ORIGIN_CONFERENCE] = "conference",
    [ORIGIN_UNKNOWN] = "unknown",
    [ORIGIN_UNAVAIL] = "unavail",
};
DEFINE_NAMES(call_origin, CallOrigin, _ORIGIN_MAX)

static const char *const call_reason_names[_REASON_MAX] = {
    [REASON_DIRECT] = "direct",
    [REASON_FWD_BUSY] = "fwd-busy",
    [REASON_FWD_NO_ANSWER] = "fwd-no-answer",
    [REASON_FWD_UNCOND] = "fwd-uncond",
    [REASON_PICKUP] = "pickup",
    [REASON_UNPARK] = "unpark",
    [REASON_REDIRECT] = "redirect",
    [REASON_CALL_COMPLETION] = "call-completion",
    [REASON_TRANSFER] = "transfer",
    [REASON_REMINDER] = "reminder",
    [REASON_INTRUDE] = "intrude",
    [REASON_PARKED] = "parked",
    [REASON_CAMPED_ON] = "camped-on",
    [REASON_ROUTE_REQUEST] = "route-request",
    [REASON_UNKNOWN] = "unknown",
    [REASON_UNAVAIL] = "unavail",
};
DEFINE_NAMES(call_reason, CallReason, _REASON_MAX)

static const char *const call_direction_names[_DIRECTION_MAX] = {
    [DIRECTION_NONE] = "none",
    [DIRECTION_IN] = "in",
    [DIRECTION_OUT] = "out",
};
DEFINE_NAMES(call_direction, CallDirection, _DIRECTION_MAX)

static const char *const call_outcome_names[_OUTCOME_MAX] = {
    [OUTCOME_ANSWERED] = "answered",
    [OUTCOME_MISSED] = "missed",
    [OUTCOME_REJECTED] = "rejected",
    [OUTCOME_BUSY] = "busy",
    [OUTCOME_NO_ANSWER] = "no-answer",
    [OUTCOME_CANCELLED] = "cancelled",
    [OUTCOME_FAILED] = "failed",
    [OUTCOME_FORWARDED] = "forwarded",
    [OUTCOME_ANSWERED_ELSEWHERE] = "answered-elsewhere",
    [OUTCOME_BLOCKED] = "blocked",
};
DEFINE_NAMES(call_outcome, CallOutcome, _OUTCOME_MAX)

static const char *const presentation_names[_PRESENTATION_MAX] = {
    [PRESENTATION_ALLOWED] = "allowed",
    [PRESENTATION_WITHHELD] = "withheld",
    [PRESENTATION_UNAVAILABLE] = "unavailable",
    [PRESENTATION_UNKNOWN] = "unknown",
};
DEFINE_NAMES(presentation, Presentation, _PRESENTATION_MAX)

static const char *const line_state_names[_LINE_STATE_MAX] = {
    [LINE_IN_SERVICE] = "in-service",
    [LINE_OUT_OF_SERVICE] = "out-of-service",
    [LINE_REMOVED] = "removed",
};
DEFINE_NAMES(line_state, LineState, _LINE_STATE_MAX)

static const char *const answer_mode_names[_ANSWER_MODE_MAX] = {
    [ANSWER_MODE_NONE] = "none",
    [ANSWER_MODE_DROP] = "drop",
    [ANSWER_MODE_HOLD] = "hold",
};
DEFINE_NAMES(answer_mode, AnswerMode, _ANSWER_MODE_MAX)

static const char *const forward_condition_names[_FORWARD_MAX] = {
    [FORWARD_UNCOND] = "uncond",
    [FORWARD_UNCOND_INTERNAL] = "uncond-internal",
    [FORWARD_UNCOND_EXTERNAL] = "uncond-external",
    [FORWARD_UNCOND_SPECIFIC] = "uncond-specific",
    [FORWARD_BUSY] = "busy",
    [FORWARD_BUSY_INTERNAL] = "busy-internal",
    [FORWARD_BUSY_EXTERNAL] = "busy-external",
    [FORWARD_BUSY_SPECIFIC] = "busy-specific",
    [FORWARD_NO_ANSW] = "no-answ",
    [FORWARD_NO_ANSW_INTERNAL] = "no-answ-internal",
    [FORWARD_NO_ANSW_EXTERNAL] = "no-answ-external",
    [FORWARD_NO_ANSW_SPECIFIC] = "no-answ-specific",
    [FORWARD_BUSY_NA] = "busy-na",
    [FORWARD_BUSY_NA_INTERNAL] = "busy-na-internal",
    [FORWARD_BUSY_NA_EXTERNAL] = "busy-na-external",
    [FORWARD_BUSY_NA_SPECIFIC] = "busy-na-specific",
};
DEFINE_NAMES(forward_condition, ForwardCondition, _FORWARD_MAX)

static const char *const completion_mode_names[_COMPLETION_MAX] = {
    [COMPLETION_CAMP_ON] = "camp-on",
    [COMPLETION_CALLBACK] = "callback",
    [COMPLETION_INTRUDE] = "intrude",
    [COMPLETION_MESSAGE] = "message",
};
DEFINE_NAMES(completion_mode, CompletionMode, _COMPLETION_MAX)

static const char *const transfer_mode_names[_TRANSFER_MAX] = {
    [TRANSFER_TRANSFER] = "transfer",
    [TRANSFER_CONFERENCE] = "conference",
};
DEFINE_NAMES(transfer_mode, TransferMode, _TRANSFER_MAX)

static const char *const tone_names[_TONE_MAX] = {
    [TONE_NONE] = "",
    [TONE_RINGBACK] = "ringback",
    [TONE_BUSY] = "busy",
    [TONE_BEEP] = "beep",
    [TONE_BILLING] = "billing",
};
DEFINE_NAMES(tone, Tone, _TONE_MAX)

static const char *const gather_reason_names[_GATHER_MAX] = {
    [GATHER_BUFFER_FULL] = "buffer-full",
    [GATHER_TERM_DIGIT] = "term-digit",
    [GATHER_FIRST_TIMEOUT] = "first-timeout",
    [GATHER_INTER_TIMEOUT] = "inter-timeout",
    [GATHER_CANCEL] = "cancel",
};
DEFINE_NAMES(gather_reason, GatherReason, _GATHER_MAX)

static const char *const digits_outcome_names[_DIGITS_OUTCOME_MAX] = {
    [DIGITS_DONE] = "done",
    [DIGITS_CANCEL] = "cancel",
};
DEFINE_NAMES(digits_outcome, DigitsOutcome, _DIGITS_OUTCOME_MAX)

static const char *const reject_reason_names[_REJECT_MAX] = {
    [REJECT_NONE] = NULL,
    [REJECT_BUSY] = "busy",
    [REJECT_DECLINED] = "declined",
};
DEFINE_NAMES(reject_reason, RejectReason, _REJECT_MAX)

static const char *const call_property_names[_CALL_PROPERTY_MAX] = {
    [CALL_PROPERTY_CALL_ID] = "CallId",
    [CALL_PROPERTY_RELATED_CALL_ID] = "RelatedCallId",
    [CALL_PROPERTY_NETWORK_IDS] = "NetworkIds",
    [CALL_PROPERTY_LINE] = "Line",
    [CALL_PROPERTY_ADDRESS] = "Address",
    [CALL_PROPERTY_STATE] = "State",
    [CALL_PROPERTY_STATE_DETAIL] = "StateDetail",
    [CALL_PROPERTY_DISCONNECT_CAUSE] = "DisconnectCause",
    [CALL_PROPERTY_PROVIDER_CAUSE] = "ProviderCause",
    [CALL_PROPERTY_PRIVILEGE] = "Privilege",
    [CALL_PROPERTY_FEATURES] = "Features",
    [CALL_PROPERTY_ORIGIN] = "Origin",
    [CALL_PROPERTY_REASON] = "Reason",
    [CALL_PROPERTY_DIRECTION] = "Direction",
    [CALL_PROPERTY_MEDIA_MODE] = "MediaMode",
    [CALL_PROPERTY_EMERGENCY] = "Emergency",
    [CALL_PROPERTY_ENCRYPTED] = "Encrypted",
    [CALL_PROPERTY_MUTED] = "Muted",
    [CALL_PROPERTY_CALLER] = "Caller",
    [CALL_PROPERTY_CALLED] = "Called",
    [CALL_PROPERTY_CONNECTED] = "Connected",
    [CALL_PROPERTY_REDIRECTING] = "Redirecting",
    [CALL_PROPERTY_REDIRECTION] = "Redirection",
    [CALL_PROPERTY_CALLED_PARTY] = "CalledParty",
    [CALL_PROPERTY_COMMENT] = "Comment",
    [CALL_PROPERTY_OWNERS] = "Owners",
    [CALL_PROPERTY_OWNER_APPS] = "OwnerApps",
    [CALL_PROPERTY_MONITORS] = "Monitors",
    [CALL_PROPERTY_MEDIA_STATS] = "MediaStats",
    [CALL_PROPERTY_AUDIO_DEVICE] = "AudioDevice",
    [CALL_PROPERTY_VOLUME] = "Volume",
    [CALL_PROPERTY_CONFERENCE] = "Conference",
    [CALL_PROPERTY_CALL_DATA] = "CallData",
    [CALL_PROPERTY_APP_DATA] = "AppData",
    [CALL_PROPERTY_USER_USER_INFO] = "UserUserInfo",
    [CALL_PROPERTY_CREATED_TIMESTAMP] = "CreatedTimestamp",
    [CALL_PROPERTY_CONNECTED_TIMESTAMP] = "ConnectedTimestamp",
    [CALL_PROPERTY_ENDED_TIMESTAMP] = "EndedTimestamp",
    [CALL_PROPERTY_STATE_TIMESTAMP] = "StateTimestamp",
    [CALL_PROPERTY_SEQUENCE] = "Sequence",
};
DEFINE_NAMES(call_property, CallProperty, _CALL_PROPERTY_MAX)

bool line_name_is_valid(const char *name) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = name ? strlen(name) : 0;

    return length > 0 && length <= LINE_NAME_MAX && strspn(name, letters) == length;
}
