/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a call costs: how it counts for who dialled it, and how long it may last. */
#include "service/call-private.h"

#include "service/client.h"
#include "service/deed.h"
#include "service/handle.h"
#include "service/line.h"
#include "service/log.h"
#include "service/operations.h"

#define MINUTE_USEC (INT64_C(60) * G_USEC_PER_SEC)

TollMark *call_toll(Call *call) {
    return &call->toll;
}

/* Nobody was reached, and it was not the line's own fault. */
static bool has_failed(const Call *call) {
    static const DisconnectCause faults[] = {
        CAUSE_PROVIDER_FAILED, CAUSE_SERVICE_RESTARTED, CAUSE_CONGESTION, CAUSE_NO_DIAL_TONE, CAUSE_OUT_OF_ORDER,
        CAUSE_TEMPORARY_FAILURE, CAUSE_QOS_UNAVAILABLE,
    };

    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++)
        if (call->end_cause == faults[i])
            return false;
    return call->timestamps[CALL_CONNECTED] == 0;
}

void call_settle_toll(Call *call) {
    if (call->extra)
        timer_stop(&call->extra->limit);
    toll_finish(call, has_failed(call));
}

/* Should the network not end it, it is asked again. */
static void on_limit(Timer *timer) {
    Call *call = TIMER_OWNER(timer, CallExtra, limit)->call;

    log_info("event: call-limit, line: %s", line_name(call->line));
    call->expired = true;
    timer_start(manager_timers(line_manager(call->line)), timer, MINUTE_USEC, on_limit);
    operations_drop_expired(call);
}

void call_limit_duration(Call *call) {
    unsigned minutes = toll_max_minutes(call->line);

    if (minutes > 0 && call->direction == DIRECTION_OUT && !call->emergency)
        timer_start(manager_timers(line_manager(call->line)), &call_extra(call)->limit, minutes * MINUTE_USEC, on_limit);
}

static Client *find_payer(const Call *call) {
    for (GList *link = call->handles.head; link; link = link->next)
        if (handle_privilege(link->data) == PRIVILEGE_OWNER)
            return handle_client(link->data);
    return NULL;
}

/* Nobody can be asked for a right while the network waits; and nobody pays for it, where there is no owner. */
static Refusal *check_sent_on(const Call *call, const char *number) {
    Dials dials = dials_sent_to(call->line, number);
    Client *client = find_payer(call);

    if (!client)
        return dials.costly > 0 ? refuse(REFUSAL_NOT_OWNER, "the call has no owner who could pay for it") : NULL;
    return (dials.costly > 0 ? deed_check(client, DEED_DIAL_COSTLY, call->line) : NULL) ?: toll_take(call->line, client, dials);
}

void call_was_sent_on(Call *call, const char *number) {
    _cleanup_(refusal_freep) Refusal *refusal = NULL;

    if (!call_state_is_live(call->state))
        return;
    refusal = check_sent_on(call, number);
    if (!refusal)
        return;
    log_warning("event: sent-on, line: %s, why: the far end may not have a call go there: %s", line_name(call->line),
                refusal_text(refusal));
    call->expired = true;
    operations_drop_expired(call);
}
