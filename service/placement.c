/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Placement: how the calls of a request appear. */
#include "service/placement.h"

#include <string.h>

#include "service/address.h"
#include "service/call.h"
#include "service/client.h"
#include "service/crash-point.h"
#include "service/deed.h"
#include "service/handle.h"
#include "service/journal.h"
#include "service/line.h"
#include "service/log.h"
#include "service/manager.h"
#include "service/open.h"
#include "service/operations.h"
#include "service/token.h"
#include "service/toll.h"

struct Placement {
    Line *line;
    Call *calls[PLACEMENT_CALLS_MAX];
    unsigned n_calls;
    OnOwnerLost on_owner_lost;
    Token *token; /* NULL: none */
};

/* ---- Checks ---- */

static Refusal *check_abilities(const Line *line, const DialOrder *order) {
    if (!(line_media_modes(line) & MEDIA_BIT(order->media_mode)))
        return refuse(REFUSAL_NOT_SUPPORTED, "Line %s has no calls of media mode %s: see its MediaModes", line_name(line),
                      media_mode_to_string(order->media_mode));
    return address_check_service_code(order->address);
}

static Refusal *check_size(const char *what, size_t size, size_t max) {
    if (size <= max)
        return NULL;
    return refuse(REFUSAL_TOO_BIG, "%s is %zu bytes: at most %zu are possible", what, size, max);
}

static Refusal *check_sizes(const DialOrder *order) {
    return check_size("called-party", strlen(order->called_party ?: ""), TEXT_MAX)
               ?: check_size("comment", strlen(order->comment ?: ""), TEXT_MAX)
               ?: check_size("user-user-info", order->user_user_info_size, USER_USER_INFO_MAX)
               ?: check_size("call-data", order->call_data_size, CALL_DATA_MAX)
               ?: check_size("token", strlen(order->token ?: ""), TOKEN_MAX);
}

Refusal *placement_check_order(const Line *line, const DialOrder *order) {
    return check_abilities(line, order) ?: line_check_service(line) ?: address_check(line, order->address)
               ?: check_sizes(order);
}

static Refusal *check_consulted(const Line *line, const char *address) {
    if (!*address)
        return NULL;
    if (line_is_own_address(line, address))
        return refuse(REFUSAL_INVALID_ADDRESS, "'%s' is line %s itself: give the address of somebody else", address,
                      line_name(line));
    return address_check(line, address);
}

Refusal *placement_check_consultation(const Line *line, Client *client, const DialOrder *order) {
    return check_abilities(line, order) ?: line_check_service(line) ?: check_consulted(line, order->address)
               ?: check_sizes(order) ?: deed_check_dial(client, line, order->address);
}

/* Also those that go on though nobody has a handle of them. */
static Refusal *check_calls(const Line *line, const Client *client, unsigned n) {
    Manager *manager = line_manager(line);
    unsigned max = manager_limits(manager)->handles_per_user, calls = *user_calls(client_user(client));

    if (max == 0 || calls + n <= max)
        return NULL;
    toll_tell(manager, user_uid(client_user(client)), limit_table[LIMIT_HANDLES_PER_USER].key, line);
    return refuse(REFUSAL_LIMITS_EXCEEDED, "HandlesPerUser is %u, and your user has made %u calls that are still there: drop some "
                  "first", max, calls);
}

/* Last of all: whether there is room for what is to be, and no limit was reached. An emergency call has room. */
static Refusal *check_limits(Line *line, const Client *client, const PlacementPlan *plan, Dials dials) {
    bool emergency = plan->order && line_is_emergency_number(line, plan->order->address) && client_spares_emergency(client);
    Refusal *refusal = emergency ? NULL : check_calls(line, client, plan->n_calls);

    if (refusal)
        return refusal;
    if (!client_has_room(client, plan->n_calls - emergency)) {
        toll_tell(line_manager(line), user_uid(client_user(client)), limit_table[LIMIT_HANDLES_PER_CLIENT].key, line);
        return refuse(REFUSAL_LIMITS_EXCEEDED, "You have %u handles and there is no room for %u more: release some first",
                      client_count_handles(client), plan->n_calls);
    }
    return (emergency ? NULL : open_check_room(client, line)) ?: toll_check_call(line, client, dials);
}

/* ---- Making ---- */

static Call *make_call(Line *line, CallKind kind, CallDirection direction, MediaMode media_mode) {
    return kind == CALL_KIND_CONFERENCE ? call_new_conference(line, media_mode) : call_new(line, direction, media_mode);
}

static void discard_calls(const Placement *placement) {
    for (unsigned i = 0; i < placement->n_calls; i++)
        call_discard(placement->calls[i]);
}

static void apply_order(Call *call, const DialOrder *order) {
    call_set_dialled(call, order->address, order->called_party, order->comment,
                     line_is_emergency_number(call_line(call), order->address));
    call_set_call_data(call, order->call_data, order->call_data_size);
}

static void take_back(Request *request) {
    Placement placement = *request_placement(request);

    request_discard(request);
    discard_calls(&placement);
}

/* Before the network hears of the calls: should the service not live to see what becomes of them, it knows that they may have been
 * made, and makes none a second time. An emergency call does not wait for a disk. */
static Refusal *write_intent(const Placement *placement, const Client *client) {
    Journal *journal = manager_journal(line_manager(placement->line));
    const Call *last = placement->calls[placement->n_calls - 1];
    int r;

    for (unsigned i = 0; i < placement->n_calls; i++)
        call_set_last_owner(placement->calls[i], user_uid(client_user(client)));
    if (placement->token)
        token_intend(placement->token, last);
    if (call_emergency(last))
        return NULL;
    crash_point("journal:intent");
    r = journal_commit(journal);
    if (r < 0)
        return refuse(REFUSAL_IO_ERROR, "The call can't be written down first (%s): have room made on the disk of the service, and "
                      "try again", g_strerror(-r));
    crash_point("journal:intent-committed");
    return NULL;
}

Refusal *placement_new(Line *line, Client *client, const PlacementPlan *plan, Request **ret) {
    MediaMode media_mode = plan->order ? plan->order->media_mode : plan->media_mode;
    Dials dials = plan->order ? dials_to(line, plan->order->address) : (Dials) {};
    Refusal *refusal = check_limits(line, client, plan, dials);
    Placement *placement;
    Call *last;

    if (refusal)
        return refusal;
    placement = g_new0(Placement, 1);
    *placement = (Placement) {
        .line = line,
        .n_calls = plan->n_calls,
        .on_owner_lost = plan->on_owner_lost,
        .token = plan->token,
    };
    for (unsigned i = 0; i < plan->n_calls; i++)
        placement->calls[i] = make_call(line, plan->kinds[i], plan->direction, media_mode);
    for (unsigned i = 0; i < plan->n_calls; i++)
        call_set_maker(placement->calls[i], client_user(client));
    last = placement->calls[plan->n_calls - 1];
    if (plan->order)
        apply_order(last, plan->order);

    refusal = request_new(line_provider(line), client, last, plan->operation, ret);
    if (refusal) {
        discard_calls(placement);
        g_free(placement);
        return refusal;
    }
    request_set_placement(*ret, placement, g_free);
    request_set_other(*ret, plan->from);
    toll_count_call(last, client, dials);
    refusal = write_intent(placement, client);
    if (refusal)
        take_back(TAKE_PTR(*ret));
    return refusal;
}

Refusal *placement_new_consultation(Handle *handle, Operation operation, const DialOrder *order, Request **ret) {
    Line *line = call_line(handle_call(handle));
    const PlacementPlan plan = {
        .operation = operation,
        .n_calls = 1,
        .direction = DIRECTION_OUT,
        .order = order,
        .on_owner_lost = order->on_owner_lost,
        .from = handle_call(handle),
    };

    return line_check_held(line) ?: placement_new(line, handle_client(handle), &plan, ret);
}

Call *placement_call(const Request *request, unsigned i) {
    return request_placement(request)->calls[i];
}

DialParams placement_params(const DialOrder *order) {
    return (DialParams) {
        .address = order->address,
        .media_mode = order->media_mode,
        .hide_caller_id = order->hide_caller_id,
        .no_answer_timeout_s = order->no_answer_timeout_s,
        .user_user_info = order->user_user_info,
        .user_user_info_size = order->user_user_info_size,
    };
}

Refusal *placement_started(Request *request, int r, Done done) {
    crash_point("provider:dialled");
    if (r >= 0) {
        request_arm(request, /* effect= */ NULL, done);
        return NULL;
    }
    take_back(request);
    return refuse(REFUSAL_PROVIDER_FAILED, "The provider could not start it (%s): try again", g_strerror(-r));
}

/* ---- Completion ---- */

static void set_party(Call *call, PartyRole role, const PartyInfo *party) {
    if (party)
        call_set_party(call, role, party);
}

/* What nobody dialled here is what it was elsewhere. */
static void set_fetched(Call *call, const CallStart *start) {
    call_set_media_mode(call, line_clean_media_mode(call_line(call), start->media_mode));
    if (start->address)
        call_set_address(call, start->address);
}

static void set_facts(Call *call, const CallStart *start) {
    if (line_has_call_id(call_line(call)))
        call_set_call_id(call, start->call_id, start->related_call_id);
    if (call_reason_to_string(start->reason))
        call_set_origin(call, call_origin(call), start->reason);
    if (call_direction(call) == DIRECTION_IN)
        set_fetched(call, start);
    set_party(call, PARTY_CALLER, start->caller);
    set_party(call, PARTY_CALLED, start->called);
    set_party(call, PARTY_CONNECTED, start->connected);
    set_party(call, PARTY_REDIRECTING, start->redirecting);
    set_party(call, PARTY_REDIRECTION, start->redirection);
}

/* A call of ours begins neither over nor as an offer; a conference neither is dialled nor rings, and nothing else waits for
 * one more to be added. */
static bool can_begin(CallKind kind, CallEvent event) {
    CallState state = call_state_after(CALL_STATE_UNKNOWN, event);

    if (event == CALL_EVENT_HELD_FOR_CONFERENCE || kind == CALL_KIND_CONFERENCE)
        return kind == CALL_KIND_CONFERENCE && (event == CALL_EVENT_HELD_FOR_CONFERENCE || event == CALL_EVENT_CONNECTED);
    return (int) state >= 0 && call_state_is_in_call(state);
}

static CallEvent first_event(const Call *call, CallEvent event) {
    if (can_begin(call_kind(call), event))
        return event;
    log_warning("event: replaced, line: %s, why: a call can't begin so", line_name(call_line(call)));
    return call_kind(call) == CALL_KIND_CONFERENCE ? CALL_EVENT_HELD_FOR_CONFERENCE : CALL_EVENT_DIALING;
}

/* What waits is told now, before the reply; what goes to make room is told of after it. */
static Client *prepare_client(const Placement *placement, Client *client) {
    bool emergency = call_emergency(placement->calls[placement->n_calls - 1]) && client_spares_emergency(client);
    unsigned n = placement->n_calls - emergency;

    if (!client_find_open(client, placement->line))
        open_line_for(client, placement->line, &open_options_implicit);
    if (!client_has_room(client, n))
        return NULL;
    outbox_flush(client);
    client_make_room_for(client, n);
    return client;
}

/* The client left, was told of a time-out, or has no room any more. */
static void drop_if_unowned(Call *call, bool left, OnOwnerLost on_owner_lost) {
    if (call_owners(call) == 0 && call_state_is_live(call_state(call)) && !(left && on_owner_lost == ON_OWNER_LOST_KEEP))
        operations_drop_unowned(call);
}

/* A conference that was made with its consultation is held for it, else the call that there was. */
static void begin_consultation(const Request *request, const Placement *placement) {
    Call *held = placement->n_calls > 1 ? placement->calls[0] : request_other(request);

    if (held)
        call_consult(held, placement->calls[placement->n_calls - 1]);
}

void placement_succeeded(Request *request, const CallStart *starts) {
    Placement placement = *request_placement(request);
    Client *client = request_client(request), *asker;
    Handle *handles[PLACEMENT_CALLS_MAX] = {};
    bool left = !client;

    if (client && request_is_answered(request))
        client = NULL;
    asker = client;
    if (client)
        client = prepare_client(&placement, client);
    for (unsigned i = 0; i < placement.n_calls; i++) {
        Call *call = placement.calls[i];

        crash_point("provider:call-made");
        set_facts(call, &starts[i]);
        if (call_direction(call) != DIRECTION_IN)
            call_set_dialled_keep(call, placement.on_owner_lost);
        if (placement.token)
            token_set_call(placement.token, call);
        handles[i] = call_appear(call, first_event(call, starts[i].event), starts[i].detail, client, placement.on_owner_lost);
    }
    crash_point("provider:calls-appeared");
    begin_consultation(request, &placement);
    if (client)
        request_answer(request, &(Outcome) { .handle = handles[0], .second = handles[1] });
    request_finish(request, client ? NULL : refuse(REFUSAL_LIMITS_EXCEEDED, "You have too many handles: release some first"),
                   NULL);
    crash_point("provider:calls-answered");
    if (asker)
        open_tell(client_find_open(asker, placement.line));
    if (placement.token)
        dial_answer_waiting(placement.token, placement.calls[0], placement.on_owner_lost);
    for (unsigned i = 0; i < placement.n_calls; i++)
        drop_if_unowned(placement.calls[i], left, placement.on_owner_lost);
}

void placement_failed(Request *request, Refusal *refusal) {
    Placement placement = *request_placement(request);
    Manager *manager = line_manager(placement.line);
    _cleanup_(refusal_freep) Refusal *why = refusal;

    crash_point("provider:refused");
    request_finish(request, refusal_copy(why), NULL);
    discard_calls(&placement);
    if (placement.token)
        token_fail(placement.token, manager, why);
}
