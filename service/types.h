/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of the call model: enumerations and their names on the bus. */
#pragma once

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Call Call;
typedef struct CallLog CallLog;
typedef struct Client Client;
typedef struct Gathering Gathering;
typedef struct Handle Handle;
typedef struct Journal Journal;
typedef struct LineStore LineStore;
typedef struct Line Line;
typedef struct Manager Manager;
typedef struct Open Open;
typedef struct Placement Placement;
typedef struct Priorities Priorities;
typedef struct Provider Provider;
typedef struct Request Request;
typedef struct Timers Timers;
typedef struct Token Token;
typedef struct Tokens Tokens;
typedef struct Tolls Tolls;

/* TAPI's call states. Idle is final; unknown is also what a Call is in before its first event. */
typedef enum CallState {
    CALL_STATE_UNKNOWN,
    CALL_STATE_IDLE,
    CALL_STATE_OFFERING,
    CALL_STATE_ACCEPTED,
    CALL_STATE_DIAL_TONE,
    CALL_STATE_DIALING,
    CALL_STATE_PROCEEDING,
    CALL_STATE_RINGBACK,
    CALL_STATE_BUSY,
    CALL_STATE_SPECIAL_INFO,
    CALL_STATE_CONNECTED,
    CALL_STATE_ON_HOLD,
    CALL_STATE_CONFERENCED,
    CALL_STATE_ON_HOLD_PENDING_CONFERENCE,
    CALL_STATE_ON_HOLD_PENDING_TRANSFER,
    CALL_STATE_DISCONNECTED,
    _CALL_STATE_MAX,
    _CALL_STATE_INVALID = -EINVAL,
} CallState;

/* Details of a state (TAPI's dwCallStateMode). Only the pairs that make sense are ever reported. */
typedef enum StateDetail {
    STATE_DETAIL_NONE,
    STATE_DETAIL_ACTIVE,
    STATE_DETAIL_INACTIVE,
    STATE_DETAIL_ACTIVE_HELD,
    STATE_DETAIL_INACTIVE_HELD,
    STATE_DETAIL_CONFIRMED,
    STATE_DETAIL_NORMAL,
    STATE_DETAIL_SPECIAL,
    STATE_DETAIL_INTERNAL,
    STATE_DETAIL_EXTERNAL,
    STATE_DETAIL_STATION,
    STATE_DETAIL_TRUNK,
    STATE_DETAIL_NO_CIRCUIT,
    STATE_DETAIL_CUST_IRREG,
    STATE_DETAIL_REORDER,
    STATE_DETAIL_UNKNOWN,
    STATE_DETAIL_UNAVAIL,
    _STATE_DETAIL_MAX,
    _STATE_DETAIL_INVALID = -EINVAL,
} StateDetail;

/* Why a call ended; none until it did. */
typedef enum DisconnectCause {
    CAUSE_NONE,
    CAUSE_NORMAL,
    CAUSE_UNKNOWN,
    CAUSE_UNAVAILABLE,
    CAUSE_REJECTED,
    CAUSE_ANSWERED_ELSEWHERE,
    CAUSE_FORWARDED,
    CAUSE_BUSY,
    CAUSE_NO_ANSWER,
    CAUSE_BAD_ADDRESS,
    CAUSE_UNREACHABLE,
    CAUSE_CONGESTION,
    CAUSE_INCOMPATIBLE,
    CAUSE_NO_DIAL_TONE,
    CAUSE_NUMBER_CHANGED,
    CAUSE_OUT_OF_ORDER,
    CAUSE_TEMPORARY_FAILURE,
    CAUSE_QOS_UNAVAILABLE,
    CAUSE_BLOCKED,
    CAUSE_DO_NOT_DISTURB,
    CAUSE_CANCELLED,
    CAUSE_PROVIDER_FAILED,
    CAUSE_SERVICE_RESTARTED,
    _CAUSE_MAX,
    _CAUSE_INVALID = -EINVAL,
} DisconnectCause;

/* Of what is heard of a call, in per cent of what it is by itself. */
#define VOLUME_USUAL 100
#define VOLUME_MAX 200
#define VOLUME_AS_IT_IS UINT_MAX

/* What a client may do with one call. */
typedef enum Privilege {
    PRIVILEGE_MONITOR,
    PRIVILEGE_OWNER,
    _PRIVILEGE_MAX,
    _PRIVILEGE_INVALID = -EINVAL,
} Privilege;

/* What a client opened a line for: a set of two bits. */
typedef enum OpenPrivilege {
    OPEN_NONE = 0,
    OPEN_MONITOR = 1,
    OPEN_OWNER = 2,
    OPEN_OWNER_MONITOR = OPEN_MONITOR | OPEN_OWNER,
    _OPEN_PRIVILEGE_MAX,
    _OPEN_PRIVILEGE_INVALID = -EINVAL,
} OpenPrivilege;

/* What becomes of a call whose only owner is lost. */
typedef enum OnOwnerLost {
    ON_OWNER_LOST_DROP,
    ON_OWNER_LOST_KEEP,
    _ON_OWNER_LOST_MAX,
    _ON_OWNER_LOST_INVALID = -EINVAL,
} OnOwnerLost;

typedef enum MediaMode {
    MEDIA_INTERACTIVE_VOICE,
    MEDIA_AUTOMATED_VOICE,
    MEDIA_DATA_MODEM,
    MEDIA_G3_FAX,
    MEDIA_G4_FAX,
    MEDIA_DIGITAL_DATA,
    MEDIA_TDD,
    MEDIA_VIDEO,
    MEDIA_UNKNOWN,
    _MEDIA_MAX,
    _MEDIA_INVALID = -EINVAL,
} MediaMode;

#define MEDIA_BIT(mode) (UINT32_C(1) << (mode))
#define MEDIA_ALL (MEDIA_BIT(_MEDIA_MAX) - 1)

typedef enum CallOrigin {
    ORIGIN_OUTBOUND,
    ORIGIN_INTERNAL,
    ORIGIN_EXTERNAL,
    ORIGIN_INBOUND,
    ORIGIN_CONFERENCE,
    ORIGIN_UNKNOWN,
    ORIGIN_UNAVAIL,
    _ORIGIN_MAX,
    _ORIGIN_INVALID = -EINVAL,
} CallOrigin;

typedef enum CallReason {
    REASON_DIRECT,
    REASON_FWD_BUSY,
    REASON_FWD_NO_ANSWER,
    REASON_FWD_UNCOND,
    REASON_PICKUP,
    REASON_UNPARK,
    REASON_REDIRECT,
    REASON_CALL_COMPLETION,
    REASON_TRANSFER,
    REASON_REMINDER,
    REASON_INTRUDE,
    REASON_PARKED,
    REASON_CAMPED_ON,
    REASON_ROUTE_REQUEST,
    REASON_UNKNOWN,
    REASON_UNAVAIL,
    _REASON_MAX,
    _REASON_INVALID = -EINVAL,
} CallReason;

typedef enum CallDirection {
    DIRECTION_NONE,
    DIRECTION_IN,
    DIRECTION_OUT,
    _DIRECTION_MAX,
    _DIRECTION_INVALID = -EINVAL,
} CallDirection;

/* What came of a call, as the call log says it. */
typedef enum CallOutcome {
    OUTCOME_ANSWERED,
    OUTCOME_MISSED,   /* it came in, and nobody took it */
    OUTCOME_REJECTED, /* turned away by whoever was called */
    OUTCOME_BUSY,
    OUTCOME_NO_ANSWER,
    OUTCOME_CANCELLED, /* given up by whoever dialled it */
    OUTCOME_FAILED,
    OUTCOME_FORWARDED,
    OUTCOME_ANSWERED_ELSEWHERE,
    OUTCOME_BLOCKED,
    _OUTCOME_MAX,
    _OUTCOME_INVALID = -EINVAL,
} CallOutcome;

/* May a party's number be shown? */
typedef enum Presentation {
    PRESENTATION_ALLOWED,
    PRESENTATION_WITHHELD,
    PRESENTATION_UNAVAILABLE,
    PRESENTATION_UNKNOWN,
    _PRESENTATION_MAX,
    _PRESENTATION_INVALID = -EINVAL,
} Presentation;

/* The five parties that a call can name. */
typedef enum PartyRole {
    PARTY_CALLER,
    PARTY_CALLED,
    PARTY_CONNECTED,
    PARTY_REDIRECTING,
    PARTY_REDIRECTION,
    _PARTY_MAX,
} PartyRole;

typedef enum LineState {
    LINE_IN_SERVICE,
    LINE_OUT_OF_SERVICE,
    LINE_REMOVED,
    _LINE_STATE_MAX,
    _LINE_STATE_INVALID = -EINVAL,
} LineState;

/* What answering does to the call that is active on the line. */
typedef enum AnswerMode {
    ANSWER_MODE_NONE,
    ANSWER_MODE_DROP,
    ANSWER_MODE_HOLD,
    _ANSWER_MODE_MAX,
    _ANSWER_MODE_INVALID = -EINVAL,
} AnswerMode;

/* When a line sends its calls elsewhere (TAPI's forward modes), and for whose calls: all, those from inside or outside the
 * network, or those of one caller. */
typedef enum ForwardCondition {
    FORWARD_UNCOND,
    FORWARD_UNCOND_INTERNAL,
    FORWARD_UNCOND_EXTERNAL,
    FORWARD_UNCOND_SPECIFIC,
    FORWARD_BUSY,
    FORWARD_BUSY_INTERNAL,
    FORWARD_BUSY_EXTERNAL,
    FORWARD_BUSY_SPECIFIC,
    FORWARD_NO_ANSW,
    FORWARD_NO_ANSW_INTERNAL,
    FORWARD_NO_ANSW_EXTERNAL,
    FORWARD_NO_ANSW_SPECIFIC,
    FORWARD_BUSY_NA,
    FORWARD_BUSY_NA_INTERNAL,
    FORWARD_BUSY_NA_EXTERNAL,
    FORWARD_BUSY_NA_SPECIFIC,
    _FORWARD_MAX,
    _FORWARD_INVALID = -EINVAL,
} ForwardCondition;

/* What is asked for when the far end is busy or does not answer. */
typedef enum CompletionMode {
    COMPLETION_CAMP_ON,  /* wait, and ring as soon as it is free */
    COMPLETION_CALLBACK, /* hang up, and be called as soon as it is free */
    COMPLETION_INTRUDE,  /* join its conversation */
    COMPLETION_MESSAGE,  /* leave the message to call back */
    _COMPLETION_MAX,
    _COMPLETION_INVALID = -EINVAL,
} CompletionMode;

/* What CompleteTransfer makes of the three parties. */
typedef enum TransferMode {
    TRANSFER_TRANSFER,
    TRANSFER_CONFERENCE,
    _TRANSFER_MAX,
    _TRANSFER_INVALID = -EINVAL,
} TransferMode;

typedef enum Tone {
    TONE_NONE, /* silence: stops what sounds */
    TONE_RINGBACK,
    TONE_BUSY,
    TONE_BEEP,
    TONE_BILLING,
    _TONE_MAX,
    _TONE_INVALID = -EINVAL,
} Tone;

/* Why a gathering of digits is over. */
typedef enum GatherReason {
    GATHER_BUFFER_FULL,
    GATHER_TERM_DIGIT,
    GATHER_FIRST_TIMEOUT,
    GATHER_INTER_TIMEOUT,
    GATHER_CANCEL,
    _GATHER_MAX,
    _GATHER_INVALID = -EINVAL,
} GatherReason;

/* How a generation of digits or of a tone ended. */
typedef enum DigitsOutcome {
    DIGITS_DONE,
    DIGITS_CANCEL,
    _DIGITS_OUTCOME_MAX,
    _DIGITS_OUTCOME_INVALID = -EINVAL,
} DigitsOutcome;

/* How an offered call is turned away. */
typedef enum RejectReason {
    REJECT_NONE,
    REJECT_BUSY,
    REJECT_DECLINED,
    _REJECT_MAX,
    _REJECT_INVALID = -EINVAL,
} RejectReason;

/* The properties of a call as a client reads them, in the order of the bus interface. */
typedef enum CallProperty {
    CALL_PROPERTY_CALL_ID,
    CALL_PROPERTY_RELATED_CALL_ID,
    CALL_PROPERTY_NETWORK_IDS,
    CALL_PROPERTY_LINE,
    CALL_PROPERTY_ADDRESS,
    CALL_PROPERTY_STATE,
    CALL_PROPERTY_STATE_DETAIL,
    CALL_PROPERTY_DISCONNECT_CAUSE,
    CALL_PROPERTY_PROVIDER_CAUSE,
    CALL_PROPERTY_PRIVILEGE,
    CALL_PROPERTY_FEATURES,
    CALL_PROPERTY_ORIGIN,
    CALL_PROPERTY_REASON,
    CALL_PROPERTY_DIRECTION,
    CALL_PROPERTY_MEDIA_MODE,
    CALL_PROPERTY_EMERGENCY,
    CALL_PROPERTY_ENCRYPTED,
    CALL_PROPERTY_MUTED,
    CALL_PROPERTY_CALLER,
    CALL_PROPERTY_CALLED,
    CALL_PROPERTY_CONNECTED,
    CALL_PROPERTY_REDIRECTING,
    CALL_PROPERTY_REDIRECTION,
    CALL_PROPERTY_CALLED_PARTY,
    CALL_PROPERTY_COMMENT,
    CALL_PROPERTY_OWNERS,
    CALL_PROPERTY_OWNER_APPS,
    CALL_PROPERTY_MONITORS,
    CALL_PROPERTY_MEDIA_STATS,
    CALL_PROPERTY_AUDIO_DEVICE,
    CALL_PROPERTY_VOLUME,
    CALL_PROPERTY_CONFERENCE,
    CALL_PROPERTY_CALL_DATA,
    CALL_PROPERTY_APP_DATA,
    CALL_PROPERTY_USER_USER_INFO,
    CALL_PROPERTY_CREATED_TIMESTAMP,
    CALL_PROPERTY_CONNECTED_TIMESTAMP,
    CALL_PROPERTY_ENDED_TIMESTAMP,
    CALL_PROPERTY_STATE_TIMESTAMP,
    CALL_PROPERTY_SEQUENCE,
    _CALL_PROPERTY_MAX,
    _CALL_PROPERTY_INVALID = -EINVAL,
} CallProperty;

#define CALL_PROPERTY_BIT(property) (UINT64_C(1) << (property))

/* The properties of a line that change while it exists and say so. */
typedef enum LineProperty {
    LINE_PROPERTY_STATE = 1 << 0,
    LINE_PROPERTY_STATE_REASON = 1 << 1,
    LINE_PROPERTY_MESSAGES_WAITING = 1 << 2,
    LINE_PROPERTY_FORWARDING = 1 << 3, /* told to those who have the line open only */
    LINE_PROPERTY_LABEL = 1 << 4,
    LINE_PROPERTY_ADDRESSES = 1 << 5,
    LINE_PROPERTY_MEDIA_MODES = 1 << 6,
    LINE_PROPERTY_CAPABILITIES = 1 << 7,
    LINE_PROPERTY_MAX_ACTIVE_CALLS = 1 << 8,
    LINE_PROPERTY_MAX_HELD_CALLS = 1 << 9,
    LINE_PROPERTY_MAX_CONFERENCE_PARTIES = 1 << 10,
    LINE_PROPERTY_ANSWER_MODE = 1 << 11,
    LINE_PROPERTY_CLOSE_DROP = 1 << 12,
    LINE_PROPERTY_EMERGENCY_NUMBERS = 1 << 13,
} LineProperty;

/* Sizes that the model promises; a longer value is TooBig. */
enum {
    ADDRESS_MAX = 256,
    CALL_DATA_MAX = 4096,
    APP_DATA_MAX = 4096,
    USER_USER_INFO_MAX = 131,
    TEXT_MAX = 256,
    DIGITS_MAX = 1024,
    TOKEN_MAX = 256,
    LINE_NAME_MAX = 64,
    GROUP_MAX = 64,         /* of a pickup group's name */
    COMPLETION_ID_MAX = 64,
    FORWARD_RULES_MAX = 64,
    FORWARD_RINGS_MAX = 60,
    TONE_MS_MAX = 600000,   /* ten minutes */
    APPS_MAX = 64,          /* in one list of priorities */
};

/* [A-Za-z0-9_]{1,64}, as it stands in the line's path. NULL is none. */
bool line_name_is_valid(const char *name);

/* Names on the bus, both ways. *_to_string() of a value out of range is NULL; *_from_string() of an
 * unknown (or NULL) name is the _INVALID value of the type, which is -EINVAL. */
#define DECLARE_NAMES(noun, Type)                        \
    const char *noun##_to_string(Type value);            \
    Type noun##_from_string(const char *name);

DECLARE_NAMES(call_state, CallState)
DECLARE_NAMES(state_detail, StateDetail)
DECLARE_NAMES(disconnect_cause, DisconnectCause)
DECLARE_NAMES(privilege, Privilege)
DECLARE_NAMES(open_privilege, OpenPrivilege)
DECLARE_NAMES(on_owner_lost, OnOwnerLost)
DECLARE_NAMES(media_mode, MediaMode)
DECLARE_NAMES(call_origin, CallOrigin)
DECLARE_NAMES(call_reason, CallReason)
DECLARE_NAMES(call_direction, CallDirection)
DECLARE_NAMES(call_outcome, CallOutcome)
DECLARE_NAMES(presentation, Presentation)
DECLARE_NAMES(line_state, LineState)
DECLARE_NAMES(answer_mode, AnswerMode)
DECLARE_NAMES(forward_condition, ForwardCondition)
DECLARE_NAMES(completion_mode, CompletionMode)
DECLARE_NAMES(transfer_mode, TransferMode)
DECLARE_NAMES(tone, Tone)
DECLARE_NAMES(gather_reason, GatherReason)
DECLARE_NAMES(digits_outcome, DigitsOutcome)
DECLARE_NAMES(reject_reason, RejectReason)
DECLARE_NAMES(call_property, CallProperty)
