/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Far: who is at the other side. */
#include "providers/loopback/far.h"

#include "providers/loopback/completion.h"
#include "providers/loopback/end.h"
#include "providers/loopback/talk.h"

Far far_of(const End *end) {
    return (Far) { end->peer, end->script };
}

Far far_take(End *end) {
    Far far = far_of(end);

    if (far.end) {
        far.end->peer = NULL;
        far.end->talks = false;
    }
    if (far.script)
        script_set_end(far.script, NULL);
    end->peer = NULL;
    end->script = NULL;
    end->talks = false;
    return far;
}

Far far_hand_over(End *end) {
    talk_alone(end);
    return far_take(end);
}

void far_give(Far far, End *end) {
    end->peer = far.end;
    end->script = far.script;
    if (far.end)
        far.end->peer = end;
    if (far.script)
        script_set_end(far.script, end);
}

void far_link(Far a, Far b) {
    if (a.end)
        far_give(b, a.end);
    else if (b.end)
        far_give(a, b.end);
    else {
        script_free(a.script);
        script_free(b.script);
    }
}

bool far_is_nobody(Far far) {
    return !far.end && !far.script;
}

LoopLine *far_line(Far far) {
    return far.end ? far.end->line : NULL;
}

void far_party(Far far, PartyInfo *ret) {
    if (far.end)
        end_own_party(far.end, ret);
    else if (far.script)
        script_party(far.script, ret);
    else
        *ret = (PartyInfo) { .presentation = PRESENTATION_UNAVAILABLE };
}

void far_finish(Far far, DisconnectCause cause, const char *text) {
    if (far.end)
        end_finish(far.end, cause, text);
    script_free(far.script);
}

void far_tell_moved(Far far, CallReason reason, const PartyInfo *by, const PartyInfo *to) {
    if (!far.end)
        return;
    if (reason != REASON_DIRECT)
        provider_report_reason(far.end->call, far.end->origin, reason);
    provider_report_party(far.end->call, PARTY_REDIRECTION, to);
    provider_report_party(far.end->call, PARTY_REDIRECTING, by);
}

static void enter_talk(End *end) {
    PartyInfo party;

    end_stop_waiting(end);
    g_clear_pointer(&end->user_user_info, g_bytes_unref);
    end->talks = true;
    completion_end_left(end);
    far_party(far_of(end), &party);
    provider_report_party(end->call, PARTY_CONNECTED, &party);
    end_tell_id(end);
    if (end->phase < END_CONNECTED)
        end_enter(end, END_CONNECTED, CALL_EVENT_CONNECTED);
    else
        end_tell_detail(end);
}

void far_enter_talk(Far far) {
    if (far.end)
        enter_talk(far.end);
    else if (far.script)
        script_connected(far.script);
}
