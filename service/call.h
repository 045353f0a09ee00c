/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Call: the provider's call on one line. Its facts, its state, and what becomes of it when handles go. */
#pragma once

#include <glib.h>

#include "service/provider.h"
#include "service/rows.h"
#include "service/toll.h"
#include "service/user.h"

/* Made from what was kept of it, on a line that is there: as it was, but that nobody has a handle of it yet, and that the network
 * knows nothing of it. An intent is a call being dialled. NULL: it makes no sense. */
Call *call_restore(Line *line, const CallRow *row);

/* Its provider gave it that number when it came in. False: it may not have it, or another call has it. */
bool call_take_number(Call *call, uint64_t number);

/* The network no longer has that call of before the restart: whether it was up or had ended, it is what it is to be from now on. */
void call_end_by_restart(Call *call);

/* Its provider is asked whether it still has a call of before the restart: it goes on then, or has ended meanwhile. Of its owners one may
 * have been lost, with that wish. False: it is to end by the restart. */
bool call_adopt(Call *call, bool lost, OnOwnerLost on_owner_lost);

/* A call that the network does not know yet: in state unknown, seen by nobody. */
Call *call_new(Line *line, CallDirection direction, MediaMode media_mode);
Call *call_new_conference(Line *line, MediaMode media_mode);

/* ---- Facts ---- */

Line *call_line(const Call *call);
CallState call_state(const Call *call);
StateDetail call_state_detail(const Call *call);
const char *call_call_id(const Call *call);         /* "" if none */
const char *call_related_call_id(const Call *call); /* "" if none */
const char *call_address(const Call *call);
const char *call_called_party(const Call *call);
const char *call_comment(const Call *call);
const char *call_provider_cause(const Call *call);
DisconnectCause call_cause(const Call *call);
CallDirection call_direction(const Call *call);
CallOrigin call_origin(const Call *call);
CallReason call_reason(const Call *call);
MediaMode call_media_mode(const Call *call);
CallKind call_kind(const Call *call);
Call *call_conference(const Call *call);  /* the one that it is a participant of, or NULL */
GQueue *call_participants(Call *call);    /* of Call, in the order in which they joined; none but for a conference */
bool call_emergency(const Call *call);
bool call_muted(const Call *call);
bool call_encrypted(const Call *call);
const char *call_audio_device(const Call *call); /* "" if none */
unsigned call_volume(const Call *call);
PartyInfo call_party(const Call *call, PartyRole role); /* text never NULL */
GBytes *call_call_data(const Call *call);               /* NULL if empty */
GBytes *call_user_user_info(const Call *call);          /* NULL if empty */
GHashTable *call_network_ids(const Call *call);         /* kind -> id, NULL if empty */
GVariant *call_media_stats(Call *call);                 /* a{sv}, full reference; NULL if nothing is known */
unsigned call_owners(const Call *call);
bool call_last_owner(const Call *call, uint32_t *ret_uid); /* false: nobody owned it ever */
uint64_t call_talk_time(const Call *call);                 /* microseconds since it was connected first; 0: it never was */
unsigned call_monitors(const Call *call);

typedef enum CallTimestamp {
    CALL_CREATED,
    CALL_CONNECTED,
    CALL_ENDED,
    CALL_STATE_ENTERED,
    _CALL_TIMESTAMP_MAX,
} CallTimestamp;

/* Real time in microseconds, 0 if it has not come to that. */
uint64_t call_timestamp(const Call *call, CallTimestamp which);

/* ---- What happens ---- */

/* The call appears on its line in the state that the event leads to: monitors get handles; an incoming call is offered.
 * `dialler` (NULL for an incoming call) becomes the sole owner of it; returns its handle. */
Handle *call_appear(Call *call, CallEvent event, StateDetail detail, Client *dialler, OnOwnerLost on_owner_lost);

/* The network says that something happened. What does not fit is logged and ignored. */
void call_apply_event(Call *call, CallEvent event, StateDetail detail);

/* The network says that the call is over; it has forgotten it. */
void call_end(Call *call, DisconnectCause cause, const char *provider_cause);

/* The same by an operation of ours: it is idle at once. */
void call_end_by_us(Call *call, DisconnectCause cause);

/* The call is held for the consultation: that one ends when the call comes back. */
void call_consult(Call *call, Call *consultation);

/* Has coming back from its hold the end of an active call? */
bool call_ends_consultation(const Call *call);

/* It is a participant of the conference now. What does not fit is logged and ignored. */
void call_join_conference(Call *call, Call *conference);

/* We are dropping it (or that failed): its end will be our own doing. */
void call_expect_drop(Call *call, bool expect);

/* The network refused a client's drop: had the rules wanted the call dropped meanwhile, they do it now. */
void call_drop_if_abandoned(Call *call);

/* An owner clears a call that had ended, or nobody is left to do so: whoever waited for this consultation is connected
 * again. */
void call_clear(Call *call);

/* The network does not take the call: it never was. */
Call *call_discard(Call *call);

/* The line was taken away, with all of its calls. */
void call_void(Call *call);

/* ---- Setters: each tells the holders, if the value is new ---- */

void call_set_call_id(Call *call, const char *call_id, const char *related_call_id);
void call_set_dialled(Call *call, const char *address, const char *called_party, const char *comment, bool emergency);
void call_set_address(Call *call, const char *address);
void call_set_party(Call *call, PartyRole role, const PartyInfo *party);

/* The far end has it go to that number, at the cost of whoever owns it: as if that had been dialled, or the call is dropped. */
void call_was_sent_on(Call *call, const char *number);
void call_set_origin(Call *call, CallOrigin origin, CallReason reason);
void call_set_call_data(Call *call, const uint8_t *data, size_t size);
void call_set_user_user_info(Call *call, const uint8_t *data, size_t size);
void call_set_network_id(Call *call, const char *kind, const char *id);
void call_set_muted(Call *call, bool muted);
void call_set_encrypted(Call *call, bool encrypted);
void call_set_audio_device(Call *call, const char *device);
void call_set_volume(Call *call, unsigned volume);
void call_set_media_mode(Call *call, MediaMode media_mode);
void call_set_emergency(Call *call, bool emergency);

/* What whoever dialled it wanted, for good. */
void call_set_dialled_keep(Call *call, OnOwnerLost on_owner_lost);

/* ---- for Handle, Request and Token ---- */

GQueue *call_handles(Call *call);
GQueue *call_requests(Call *call);
GSList **call_other_requests(Call *call); /* those that are about it besides another call */
void call_add_handle(Call *call, GList *link, bool owner);
void call_remove_handle(Call *call, GList *link, bool owner);
void call_change_owners(Call *call, int owners, int monitors);
void call_touch_features(Call *call);   /* its line can do more, or less */
void call_touch_owner_apps(Call *call); /* one of them is about to change */
void call_count_digit_monitors(Call *call, int change);

/* Whose digits, or tone, are being sent; NULL if nobody's. */
void call_set_generator(Call *call, Handle *handle, bool tone);
Handle *call_generator(const Call *call);
bool call_generates_tone(const Call *call);

/* The gathering of digits that runs; NULL if none does. */
void call_set_gathering(Call *call, Gathering *gathering);
Gathering *call_gathering(const Call *call);

/* A handle was released, or lost with its client or open; it is out of all lists already. */
void call_owner_released(Call *call, bool owner, OnOwnerLost on_owner_lost);
void call_owner_lost(Call *call, bool owner, OnOwnerLost on_owner_lost);

/* What is kept of it has changed, or is about to. */
void call_keep(Call *call);

/* Whoever owned it last is, or was, of that user. */
void call_set_last_owner(Call *call, uint32_t uid);

/* A handle that there was before a restart. */
void call_restore_handle(Call *call, GList *link, bool owner, bool wants_digits);
/* What was counted for it when it was dialled. */
TollMark *call_toll(Call *call);

/* Who had it made: it counts for that user until it is idle. */
void call_set_maker(Call *call, const User *user);

/* Who is to know when the call is forgotten: one pointer to be set to NULL then. */
void call_set_weak(Call *call, Call **slot);
