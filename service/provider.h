/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The provider contract: what a network below must do, and what it may say.
 *
 * Down, the service calls the functions of ProviderOps. Each starts an operation and returns at once; none
 * blocks. Up, the provider calls the provider_report_*() functions and completes each operation with
 * provider_complete(), exactly once, later, **never inside the call of the operation**. Providers/loopback/ is
 * this text in executable form, and tests/conformance/ judges every provider by it.
 *
 * Tokens. A Line and a Call are made by the service before the provider hears of them and are the tokens in both
 * directions; numbers are never used to find them again. Both carry one pointer of the provider's own
 * (line_set_provider_data(), call_set_provider_data()). An operation is named by its RequestId.
 *
 * Life of a Call at the provider: from the operation that makes it (dial(), setup_transfer() ...) or
 * provider_report_incoming() until the provider reports its end with provider_report_ended() or provider_complete_by_end(),
 * refuses it by completing the operation with a refusal, or takes its line away (provider_report_line_state() with
 * LINE_REMOVED). After that the provider has forgotten the call: it has freed what it kept for it and never names the
 * pointer again. The service keeps the Call alive until then.
 *
 * Order. The effects of an operation are reported before it is completed: hold() is complete after the call was
 * reported as held. For operations that make calls it is the other way round: complete first, with
 * provider_complete_calls() (the calls are on their way), and events after, those of other calls included. Operations that
 * end their call by succeeding (redirect, transfers, park) do both in one step, with provider_complete_by_end(). A running
 * generation of digits or of a tone is reported as cancelled before the call is held or ends.
 *
 * The end of a call answers all that is pending on it, a drop with success; the provider completes these operations
 * nevertheless, and the service then ignores it. An operation that makes calls is pending on those: the end of the call
 * that it began from does not answer it, the provider does (with a refusal). A client that leaves takes nothing back: its
 * operations go on, and a call whose client is gone when its making completes is dropped by the service as any other.
 *
 * Hostile input. Whatever does not fit (an event that the state does not allow, a completion of a request that is
 * not pending) is logged and ignored by the service. An id, an address, a rule or a result that is no UTF-8, or longer than
 * TEXT_MAX bytes, is none; other text is made valid and cut. So a provider may report late, twice, or nonsense, but never
 * through a pointer that it should have forgotten.
 */
#pragma once

#include <glib.h>

#include "service/call-state.h"
#include "service/refusal.h"
#include "service/types.h"

/* Names one pending operation; never 0, never used again. */
typedef uint64_t RequestId;

/* One party of a call. NULL text is unknown text; the service copies all of it. */
typedef struct PartyInfo {
    const char *number;        /* as the network tells it, e.g. "101" or "+4930123456" */
    const char *name;          /* display name */
    Presentation presentation; /* withheld: number and name must be empty */
} PartyInfo;

/* What a client asks of a new outgoing call. Everything was checked against the limits of design; the text is UTF-8
 * without control characters. Valid during the call of the operation only. */
typedef struct DialParams {
    const char *address;           /* 1 to 256 bytes, accepted by check_address(); "" for a consultation that waits for
                                      dial_digits() */
    MediaMode media_mode;          /* one that the line has */
    bool hide_caller_id;           /* the far end must not learn who calls */
    unsigned no_answer_timeout_s;  /* end the call with CAUSE_NO_ANSWER after so many seconds of ringing; 0: network's own */
    const uint8_t *user_user_info; /* to be carried to the far end if the network can, else dropped */
    size_t user_user_info_size;    /* 0 to 131 */
} DialParams;

/* What the provider knows of a call that comes in. Valid during the report only. */
typedef struct IncomingInfo {
    uint64_t number; /* as call_number() says: of a provider that keeps its calls over a restart of the service, with
                        CALL_NUMBER_OF_PROVIDER in it and never used again; else 0 */
    const char *call_id; /* minted by the provider: 128 random bits in hex; NULL or "" if it assigns none */
    MediaMode media_mode;
    CallOrigin origin; /* REASON and ORIGIN as the network tells them, else ..._UNAVAIL */
    CallReason reason;
    PartyInfo caller, called, redirecting, redirection;
    const uint8_t *user_user_info;
    size_t user_user_info_size; /* more than 131 is cut off, with a log line */
} IncomingInfo;

/* A line as its provider describes it. Valid during provider_add_line() only; the service copies. */
typedef struct LineInfo {
    const char *name;             /* [A-Za-z0-9_]{1,64}, unique over all providers */
    const char *label;            /* free text for people */
    const char *const *addresses; /* own numbers, NULL-terminated; the first is the usual one */
    uint32_t media_modes;         /* MEDIA_BIT() set, not empty */
    bool call_id;                 /* the provider assigns Call IDs on this line */
    bool close_drop;              /* a call of which nobody holds a handle any more is to be dropped */
    unsigned max_active_calls, max_held_calls; /* 0: no limit */
    unsigned max_conference_parties;           /* calls that one conference may have as participants; 0: no limit */
    AnswerMode answer_mode; /* what answer() does to the call that is connected on the line: the provider does it */
    Operations without;     /* what this line can't do although its provider can; dial and drop are never missing */
    const char *pickup_group; /* the lines whose ringing calls can be picked up from here; the provider's own. May be NULL */
    const char *const *emergency_numbers; /* may be NULL */
} LineInfo;

/* A line that is to be made, as the configuration has it. Valid during the call only. */
typedef struct LineConfig {
    LineInfo info;               /* what lines of all networks have in common */
    const char *const *settings; /* what is the provider's own: keys and values by turns, NULL-terminated; may be NULL */
    const char *source;          /* where it stands, for messages: "lines.d/office.conf" */
} LineConfig;

/* How a call sounds at this end. */
typedef struct AudioChoice {
    const char *device; /* one that the provider knows; "" for its usual one; NULL: as it is */
    unsigned volume;    /* of what is heard, in per cent, 0 to VOLUME_MAX; VOLUME_AS_IT_IS */
} AudioChoice;

/* One rule of a line: which calls go elsewhere. Valid during the call only. */
typedef struct ForwardRule {
    ForwardCondition condition;
    const char *filter;      /* the caller's address for the *-specific conditions, else "" */
    const char *destination; /* as DialParams.address; "": nowhere, do not disturb */
    unsigned rings;          /* for the *-no-answ and busy-na conditions: so many rings first; 0: the network's own number */
} ForwardRule;

/* How a call begins that an operation made. NULL text and parties are unknown ones. Valid during the completion only. */
typedef struct CallStart {
    CallEvent event; /* the state that it begins in: dialing, dial tone, connected, or ringback; of a conference held for
                        conference, or connected */
    StateDetail detail;
    const char *call_id, *related_call_id; /* NULL or "" where none is assigned */
    CallReason reason; /* REASON_DIRECT, but for what was picked up or unparked */
    const char *address; /* of a call picked up or unparked, which nobody dialled: the far end's; else NULL */
    MediaMode media_mode; /* likewise */
    const PartyInfo *caller, *called, *connected, *redirecting, *redirection;
} CallStart;

/*
 * The operations. Every one but name and check_address() is asynchronous: return 0 when it was started (it is then
 * completed exactly once with provider_complete()), or a negative errno when it could not even be started (it is then
 * never completed; the service answers ProviderFailed). A NULL function is a missing ability: the operation is
 * NotSupported on all lines of the provider and missing in Capabilities and Features. dial and drop may not be NULL.
 *
 * The service calls them only in a state in which call-state.h allows the operation, and only after an owner asked
 * (drop also after the last owner was lost).
 */
typedef struct ProviderOps {
    const char *name; /* as it appears in Manager.Providers and Line.Provider, e.g. "loopback" */

    /* Nobody outside of this machine is reached: no call costs anything, and 112 is no emergency unless the line says so. */
    bool is_local;

    /* Begin: add the lines with provider_add_line() and complete. The service publishes its bus name after that. */
    int (*start)(Provider *provider, RequestId request);

    /* End all calls (CAUSE_SERVICE_RESTARTED reaches the far ends as the network can tell it), report each as ended,
     * complete. Nothing is called or may be reported after that. */
    int (*stop)(Provider *provider, RequestId request);

    /* Make the line that the configuration asks for: add it with provider_add_line(), complete. It is added if it is well described,
     * even if the network below can't be reached; a setting that makes no sense is refused with REFUSAL_INVALID_ARGS, in words such as
     * "Transport: 'udpp' is not one of udp, tcp, tls"; then there is no such line. Asked for each line of the configuration that is not
     * there once start() was completed, and at run time. NULL: lines can't be configured. */
    int (*add_line)(Provider *provider, const LineConfig *config, RequestId request);

    /* Take a line away that add_line() made: end its calls towards the network, report it as removed, complete. */
    int (*remove_line)(Line *line, RequestId request);

    /* The service was started anew, and had this call before: the very state that it tells is the one that it last wrote down. Does the
     * network still have it? If so, call_set_provider_data(), report by what is different now, and return true; that is allowed inside of
     * this one call. False: it is over, and never named again. Asked once for each call of each of the provider's lines, after start()
     * was completed. NULL: none is ever there. */
    bool (*adopt)(Call *call);

    /* It was asked for all. What the network has besides is unknown to the service: what rings is reported as incoming, what comes to
     * nothing is ended. May be NULL, as adopt(). */
    void (*adopted)(Provider *provider);

    /* Pure: can this network dial that address at all? 0, or -EINVAL with *ret_hint telling what would be right (static
     * text, as the end of a sentence). Whether anybody is there is for the network to say, later. NULL: any address. */
    int (*check_address)(Line *line, const char *address, const char **ret_hint);

    /* Place a call. The Call is in no state yet. Complete with provider_complete_calls() as soon as the line has taken it: the
     * call is then dialing. A fault of the line (no circuit, out of
     * service) completes with a refusal, and the Call is void. What the network says of the destination is never a
     * refusal but an event: busy, special-info, ended with a cause. */
    int (*dial)(Line *line, Call *call, const DialParams *params, RequestId request);

    /* Take responsibility for an offered call (ISDN: alert). Report CALL_EVENT_ACCEPTED, complete. */
    int (*accept)(Call *call, RequestId request);

    /* Connect an offered or accepted call. Report CALL_EVENT_CONNECTED, complete. The effect on another active call of
     * the line is that of the line's answer mode. */
    int (*answer)(Call *call, RequestId request);

    /* Send an offered call elsewhere. Complete by its end, with CAUSE_FORWARDED. The far end's call goes on: it learns
     * PARTY_REDIRECTION. Address as in dial(). */
    int (*redirect)(Call *call, const char *address, RequestId request);

    /* End a call, in whatever state it is. An offered or accepted one is rejected: `reason` tells how. Report it as ended
     * (any cause: the service knows that it was dropped and says normal), complete. A conference ends with all of its
     * participants: report these first. A consultation's end gives back the call that was held for it (RESUMED), if it is
     * still held; a conference's consultation gives back the conference (RESUMED), or, if that has one participant only and
     * never had more, ends it and gives that one back (LEFT). */
    int (*drop)(Call *call, RejectReason reason, RequestId request);

    /* Hard hold, and back. Report CALL_EVENT_HELD / CALL_EVENT_RESUMED, complete. Back from a hold that was made for a
     * consultation, that one ends: report it as ended first. A conference that has one participant only and never had more ends
     * then: report LEFT for that one, and complete by its end, with CAUSE_NORMAL. A consultation that had ended by itself is no
     * longer known to the provider when its owner drops it: the service then calls unhold() for what was held for it. */
    int (*hold)(Call *call, RequestId request);
    int (*unhold)(Call *call, RequestId request);

    /* Hold the connected call and retrieve the held one, in one step: both or neither. Both on one line. Report HELD
     * for the first, RESUMED for the second, complete. */
    int (*swap_hold)(Call *call, Call *held, RequestId request);

    /* Send a connected call to another address without a word to it. Complete by its end, with CAUSE_NORMAL. */
    int (*blind_transfer)(Call *call, const char *address, RequestId request);

    /* Call somebody about a connected call. Complete with the consultation (dialing; with address "": dial tone), whose
     * related Call ID is the call's. Then report the call as HELD_FOR_TRANSFER. */
    int (*setup_transfer)(Call *call, Call *consultation, const DialParams *params, RequestId request);

    /* Connect the far ends of two calls of one line: `call` is held, `consultation` is connected, proceeding, in ringback or
     * busy. Without `conference` complete by the end of both, with CAUSE_NORMAL; both far ends then report the first
     * one's Call ID. With `conference`, a new call, complete with it (connected), then report both as joined. */
    int (*complete_transfer)(Call *call, Call *consultation, Call *conference, RequestId request);

    /* Begin a conference, from a connected call of the line or (NULL) from none. Complete with two calls: the conference
     * (HELD_FOR_CONFERENCE, with a new Call ID), and the consultation as in setup_transfer(), whose related Call ID is the
     * conference's. Then report the call as joined. */
    int (*setup_conference)(Line *line, Call *call, Call *conference, Call *consultation, const DialParams *params,
                            RequestId request);

    /* Call somebody who is to join. Complete with the consultation, then report the conference as HELD_FOR_CONFERENCE. */
    int (*prepare_add_to_conference)(Call *conference, Call *consultation, const DialParams *params, RequestId request);

    /* Add a call of the same line (connected, on hold, proceeding, or in ringback; no conference, in none). Report it as joined,
     * the conference as RESUMED, complete. Whoever joins takes the conference's Call ID, with its former one as related. */
    int (*add_to_conference)(Call *conference, Call *call, RequestId request);

    /* Split a participant off, and hold it. Report HELD, complete. Whoever leaves gets its former Call ID back. A conference
     * that shrinks to one participant is over: report LEFT for that one and the conference as ended. */
    int (*remove_from_conference)(Call *call, RequestId request);

    /* Park a connected call at an address, or ("") where the switch chooses. Complete by its end, with CAUSE_NORMAL and the
     * place as text: what unpark() takes. */
    int (*park)(Call *call, const char *address, RequestId request);

    /* Get a parked call back: on any line. Complete with the call, connected. */
    int (*unpark)(Line *line, Call *call, const char *address, RequestId request);

    /* Take over a call that rings elsewhere: at an address, in a group, at an address of a group, or (both "") one that waits
     * on this very line. Complete with the call, connected; where it rang it ends with CAUSE_ANSWERED_ELSEWHERE. Another active
     * call of the line fares as in answer(). */
    int (*pickup)(Line *line, Call *call, const char *address, const char *group, RequestId request);

    /* Replace the rules of the line; none cancels. Report them with provider_report_forwarding(), complete. */
    int (*forward)(Line *line, const ForwardRule *rules, size_t n_rules, RequestId request);

    /* Do something about a call that is busy or rings unanswered. Complete with a completion id as text (1 to 64 bytes of ASCII
     * letters, digits and dashes, never used again), by the end of the call, with CAUSE_NORMAL, for a callback and a message.
     * A callback comes in with REASON_CALL_COMPLETION and the network id "completion-id". */
    int (*complete_call)(Call *call, CompletionMode mode, RequestId request);

    /* Forget a completion. Refuse with REFUSAL_INVALID_COMPLETION what is not known (any more) on this line. */
    int (*cancel_completion)(Line *line, const char *completion_id, RequestId request);

    /* Dial on, in dial tone or dialing: 0-9, +. The first digits lead to dialing. With `more` others will follow, else the
     * number is complete (it was checked as an address): complete when it is on its way. */
    int (*dial_digits)(Call *call, const char *digits, bool more, RequestId request);

    /* Send digits in band: 0-9 A-D * #, each `duration_ms` long with `gap_ms` after it, ',' is a pause, '!' a hook flash.
     * A running generation on the call, of digits or of a tone, is replaced: report it with DIGITS_CANCEL first. "" only
     * stops. Complete when accepted; at the end provider_report_digits_sent(). */
    int (*send_digits)(Call *call, const char *digits, unsigned duration_ms, unsigned gap_ms, RequestId request);

    /* The same with a tone, for so many milliseconds; TONE_NONE only stops. At the end provider_report_tone_sent(). */
    int (*send_tone)(Call *call, Tone tone, unsigned ms, RequestId request);

    /* Start or stop to detect digits of the far end: provider_report_digit(). Called when the first client asks for
     * them, to monitor or to gather, and when the last one no longer does. */
    int (*monitor_digits)(Call *call, bool enable, RequestId request);

    /* The far end hears nothing of us, or again. Complete when done; the service then tells Muted. */
    int (*mute)(Call *call, bool mute, RequestId request);

    /* Which device the call is heard on, and how loud, in any state that is not over. Report what is so then with
     * provider_report_audio(), complete. A device that is not there is refused with REFUSAL_PROVIDER_FAILED, and nothing has changed. */
    int (*set_audio)(Call *call, const AudioChoice *choice, RequestId request);

    /* Send user-user information (0 to 131 bytes) to the far end. Complete when sent. */
    int (*send_user_user_info)(Call *call, const uint8_t *data, size_t size, RequestId request);

    /* Protect the call from interruptions for the rest of its life: no call waiting, nobody intrudes. Complete when done. */
    int (*secure)(Call *call, RequestId request);

    /* Fill in what is known of the media of a call (names and units are the provider's, documented with it): a floating
     * or new a{sv}, or NULL. Pure and quick: it is asked for each read. */
    GVariant *(*media_stats)(Call *call);

    /* For tests, behind --debug: let a call come in on the line from `from`; complete with the Call ID as text. */
    int (*debug_incoming)(Line *line, const char *from, RequestId request);

    /* For tests, behind --debug: put the line into a state, as if the network had done so. */
    int (*debug_line_state)(Line *line, LineState state, const char *reason, RequestId request);
} ProviderOps;

/* A provider, made by main.c; `data` is the provider's own. The ops must outlive it. */
Provider *provider_new(Manager *manager, const ProviderOps *ops, void *data);
Provider *provider_free(Provider *provider);
DEFINE_CLEANUP(Provider *, provider_free)

Manager *provider_manager(const Provider *provider);
const ProviderOps *provider_ops(const Provider *provider);
const char *provider_name(const Provider *provider);
void *provider_data(const Provider *provider);
Operations provider_abilities(const Provider *provider);

/* What the functions say that a provider can do. */
Operations provider_ops_abilities(const ProviderOps *ops);

/* Of a provider whose functions can do more than what is behind them: what it can do from now on, of provider_abilities() as the
 * functions tell. Its lines' Capabilities change with it. */
void provider_set_abilities(Provider *provider, Operations abilities);

/* The provider's own pointers. call_provider_data() is NULL until set, and again after the end was reported. */
void *line_provider_data(const Line *line);
void line_set_provider_data(Line *line, void *data);
void *call_provider_data(const Call *call);
void call_set_provider_data(Call *call, void *data);

/* What a provider may ask of its tokens. */
Provider *line_provider(const Line *line);
const char *line_name(const Line *line);
Line *call_line(const Call *call);
CallState call_state(const Call *call);
const char *call_call_id(const Call *call);

/* Names the call over restarts of the service; never 0, and never another's. The service's numbers are below
 * CALL_NUMBER_OF_PROVIDER, those that a provider gave in IncomingInfo have that bit, and both are below twice of it. */
#define CALL_NUMBER_OF_PROVIDER (UINT64_C(1) << 62)
uint64_t call_number(const Call *call);
const char *call_related_call_id(const Call *call);

/* ---- Up: lines ---- */

/* Adds a line, in service. -EINVAL: the description breaks a rule of LineInfo (logged). -EEXIST: the name is taken. */
int provider_add_line(Provider *provider, const LineInfo *info, Line **ret);

/* The line is described anew, under the same name: what changed is told to those who may use it. -EINVAL as above. */
int provider_update_line(Line *line, const LineInfo *info);

/* The network under a line came or went. `reason` is text for people, "" when in service.
 * Out of service: every call of the line has to be reported as ended with CAUSE_PROVIDER_FAILED, before or after.
 * Removed: the line and all its calls are void at the return of this function. */
void provider_report_line_state(Line *line, LineState state, const char *reason);

/* The bell: once per ring while a call is offered. `mode` is the network's ring pattern ("normal" if it has only one),
 * `count` is 1 for the first ring of a call. */
void provider_report_ring(Line *line, const char *mode, unsigned count);

/* The line's rules, as far as the network tells: all of them. */
void provider_report_forwarding(Line *line, const ForwardRule *rules, size_t n_rules);

/* So many messages wait for whoever has this line. */
void provider_report_messages_waiting(Line *line, unsigned count);

/* ---- Up: calls ---- */

/* A call comes in: it is offering from now on. Returns the new Call; NULL when the service can't take it (line not in
 * service, line full, service stopping): reject it then, as busy if the line is in service. One with REASON_INTRUDE is in no
 * line's limit. */
Call *provider_report_incoming(Line *line, const IncomingInfo *info);

/* Something happened to the call. One of the CALL_EVENT_*, but for OFFERED, JOINED, ENDED and CLEARED. */
void provider_report_event(Call *call, CallEvent event, StateDetail detail);

/* The call is now a participant of the conference, a call of the same line. It leaves by LEFT, HELD or its end. */
void provider_report_joined(Call *call, Call *conference);

/* The call ended, by whomever. `provider_cause` is the network's own words ("SIP 486 Busy Here"), or NULL. The Call is
 * forgotten by the provider. A conference ends after its participants have left it; others leave it now. */
void provider_report_ended(Call *call, DisconnectCause cause, const char *provider_cause);

/* The network changed its mind about the Call ID. */
void provider_report_call_id(Call *call, const char *call_id, const char *related_call_id);

/* Who is who, as far as the network tells; NULL `party` empties the role. PARTY_REDIRECTION is told before the call goes there: it
 * counts as if its owner had dialled that number, and is dropped where that is too much. A further one is told after the role was
 * emptied; else it is the same, better known. */
void provider_report_party(Call *call, PartyRole role, const PartyInfo *party);

void provider_report_reason(Call *call, CallOrigin origin, CallReason reason);

/* User-user information that came from the far end. */
void provider_report_user_user_info(Call *call, const uint8_t *data, size_t size);

/* What the network itself calls this call (kind e.g. "sip-call-id"); chosen by peers, never used for grouping. */
void provider_report_network_id(Call *call, const char *kind, const char *id);

/* Whether the far end hears nothing of us: what mute() does is known, but not of a call that is adopted. */
void provider_report_muted(Call *call, bool muted);

/* Whether what is said is encrypted on its way to the next hop. Before CALL_EVENT_CONNECTED, where it is known by then. */
void provider_report_encrypted(Call *call, bool encrypted);

/* Where the call is heard ("" for nowhere), and how loud, in per cent. */
void provider_report_audio(Call *call, const char *device, unsigned volume);

/* A digit of the far end was heard (0-9 A-D * #). Others are logged and ignored. */
void provider_report_digit(Call *call, char digit);

/* The generation that send_digits() began is over. */
void provider_report_digits_sent(Call *call, DigitsOutcome outcome);

/* The tone that send_tone() began is over. */
void provider_report_tone_sent(Call *call, DigitsOutcome outcome);

/* ---- Up: completions ---- */

/* Completes an operation: refusal NULL means done. Takes the refusal. `text` is the result where the operation has one,
 * else NULL. A request that is not pending (deadline passed, completed before) is logged and ignored. */
void provider_complete(Provider *provider, RequestId request, Refusal *refusal, const char *text);

/* Completes an operation that makes calls: how each of them begins, in the order in which the operation names them. */
void provider_complete_calls(Provider *provider, RequestId request, const CallStart *starts);

/* Completes an operation by the end of its call (for complete_transfer() also of the consultation, else NULL): idle, with this
 * cause, and forgotten by the provider. `text` as in provider_complete(). If the request is not pending (logged), the calls
 * end all the same, as by the network. */
void provider_complete_by_end(Call *call, Call *consultation, RequestId request, DisconnectCause cause, const char *text);
