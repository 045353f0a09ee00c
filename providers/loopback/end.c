/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* End: its life, its phase, and what follows from its relations. */
#include "providers/loopback/end.h"

#include "providers/loopback/call.h"
#include "providers/loopback/completion.h"
#include "providers/loopback/conference.h"
#include "providers/loopback/forward.h"
#include "providers/loopback/hold.h"
#include "providers/loopback/park.h"
#include "providers/loopback/talk.h"
#include "providers/loopback/tone.h"

/* ---- Life ---- */

Network *end_network(const End *end) {
    return exchange_network(loop_line_exchange(end->line));
}

Exchange *end_exchange(const End *end) {
    return loop_line_exchange(end->line);
}

LoopLine *end_line(const End *end) {
    return end->line;
}

End *end_new(LoopLine *line, Call *call, GRefString *id, MediaMode media_mode, EndPhase phase) {
    End *end = g_new0(End, 1);

    end->refs = 1;
    end->call = call;
    end->line = line;
    end->id = g_ref_string_acquire(id);
    end->media_mode = media_mode;
    end->origin = ORIGIN_OUTBOUND;
    end->device = "";
    end->volume = VOLUME_USUAL;
    end->link.data = end;
    g_queue_push_tail_link(loop_line_others(line), &end->link);
    call_set_provider_data(call, end);
    end_set_phase(end, phase);
    return end;
}

End *end_ref(End *end) {
    end->refs++;
    return end;
}

End *end_unref(End *end) {
    if (!end || --end->refs > 0)
        return NULL;
    g_clear_pointer(&end->joined, g_queue_free);
    g_free(end);
    return NULL;
}

bool end_is_over(const End *end) {
    return end->phase == END_OVER;
}

GQueue *end_joined(const End *end) {
    static GQueue none = G_QUEUE_INIT;

    return end->joined ? end->joined : &none;
}

/* ---- Phase ---- */

bool end_is_offered(const End *end) {
    return end->phase == END_OFFERED || end->phase == END_ACCEPTED;
}

/* Where the ends of a phase are looked for on their line. */
static GQueue *find_board(const End *end, EndPhase phase) {
    switch (phase) {
    case END_OFFERED:
    case END_ACCEPTED:
        return end->calls_back ? loop_line_others(end->line) : loop_line_ringing(end->line);
    case END_CONNECTED:
        return loop_line_active(end->line);
    case END_DIAL_TONE:
    case END_DIALING:
    case END_PROCEEDING:
    case END_RINGBACK:
    case END_TONE:
    case END_HELD:
    case END_CONFERENCED:
    case END_OVER:
        break;
    }
    return loop_line_others(end->line);
}

/* Does it ring where it can be picked up in its group? */
static void show_group(End *end, bool rings) {
    GQueue *in_group = loop_line_group_ringing(end->line);

    if (!in_group || rings == (end->group_place != NULL))
        return;
    if (rings) {
        g_queue_push_tail(in_group, end);
        end->group_place = in_group->tail;
    } else {
        g_queue_delete_link(in_group, end->group_place);
        end->group_place = NULL;
    }
}

void end_set_phase(End *end, EndPhase phase) {
    GQueue *from = find_board(end, end->phase), *to = find_board(end, phase);

    end->phase = phase;
    if (from == to)
        return;
    g_queue_unlink(from, &end->link);
    g_queue_push_tail_link(to, &end->link);
    show_group(end, to == loop_line_ringing(end->line));
    if (from == loop_line_active(end->line))
        completion_line_used(end->line);
    if (to == loop_line_others(end->line))
        completion_line_changed(end->line);
}

void end_enter(End *end, EndPhase phase, CallEvent event) {
    end_set_phase(end, phase);
    end->detail = phase == END_CONNECTED ? end_connected_detail(end) : STATE_DETAIL_NONE;
    provider_report_event(end->call, event, end->detail);
}

StateDetail end_connected_detail(const End *end) {
    bool is_held = end->talks && end->peer && end->peer->phase == END_HELD;

    return end->place || is_held ? STATE_DETAIL_ACTIVE_HELD : STATE_DETAIL_ACTIVE;
}

void end_tell_detail(End *end) {
    StateDetail detail = end_connected_detail(end);

    if (end->phase != END_CONNECTED || detail == end->detail)
        return;
    end->detail = detail;
    provider_report_event(end->call, CALL_EVENT_CONNECTED, detail);
}

/* ---- Who is who ---- */

End *end_conference(const End *end) {
    return end->through && end->through->is_conference ? end->through : NULL;
}

/* The conference whose Call ID it has: its own, or the one at the far end. */
static const End *find_conference(const End *end) {
    const End *conference = end_conference(end);

    return conference || !end->peer ? conference : end_conference(end->peer);
}

GRefString *end_shown_id(const End *end) {
    const End *conference = find_conference(end);

    return conference ? conference->id : end->id;
}

void end_tell_id(End *end) {
    const End *conference = find_conference(end);
    const char *id = conference ? conference->id : end->id;
    const char *related = conference ? end->id : end->related;

    if (!loop_line_assigns_call_ids(end->line))
        return;
    if (g_strcmp0(call_call_id(end->call), id) == 0 && g_strcmp0(call_related_call_id(end->call) ?: "", related ?: "") == 0)
        return;
    provider_report_call_id(end->call, id, related);
}

void end_tell_ids(End *end) {
    end_tell_id(end);
    if (end->peer)
        end_tell_id(end->peer);
}

void end_set_id(End *end, GRefString *id) {
    if (g_str_equal(end->id, id))
        return;
    g_clear_pointer(&end->related, g_ref_string_release);
    end->related = end->id;
    end->id = g_ref_string_acquire(id);
    end_tell_id(end);
}

void end_own_party(const End *end, PartyInfo *ret) {
    if (end->hidden)
        *ret = (PartyInfo) { .presentation = PRESENTATION_WITHHELD };
    else
        loop_line_party(end->line, ret);
}

/* ---- The end ---- */

void end_cancel_generation(End *end) {
    if (end->sender) {
        end->sender = digit_sender_free(end->sender);
        provider_report_digits_sent(end->call, DIGITS_CANCEL);
    }
    if (end->tone) {
        end->tone = tone_sender_free(end->tone);
        provider_report_tone_sent(end->call, DIGITS_CANCEL);
    }
}

void end_forget_consultation(End *end) {
    if (end->consultation)
        end->consultation->consulted_for = NULL;
    end->consultation = NULL;
}

void end_link_consultation(End *end, End *consultation) {
    end_forget_consultation(end);
    end->consultation = consultation;
    consultation->consulted_for = end;
}

void end_unlink_consultation(End *end) {
    end_forget_consultation(end);
    if (end->consulted_for)
        end_forget_consultation(end->consulted_for);
}

static void leave_relations(End *end) {
    script_free(far_take(end).script);
    park_leave(end);
    end_unlink_consultation(end);
    talk_forget(end);
    completion_end_left(end);
}

static void forget_texts(End *end) {
    g_clear_pointer(&end->id, g_ref_string_release);
    g_clear_pointer(&end->related, g_ref_string_release);
    g_clear_pointer(&end->called, g_ref_string_release);
    g_clear_pointer(&end->reached, g_ref_string_release);
    g_clear_pointer(&end->user_user_info, g_bytes_unref);
    end->trail = trail_free(end->trail);
    if (end->dialled)
        g_string_free(end->dialled, TRUE);
    end->dialled = NULL;
}

/* Takes the end out of everything that it is part of. */
static void detach(End *end) {
    Network *network = end_network(end);

    leave_relations(end);
    end->sender = digit_sender_free(end->sender);
    end->tone = tone_sender_free(end->tone);
    end_stop_waiting(end);
    media_end_clear(&end->media, network_now(network));
    forget_texts(end);
    if (end->secured)
        loop_line_secure(end->line, false);
    end_set_phase(end, END_OVER);
    g_queue_unlink(loop_line_others(end->line), &end->link);
    completion_line_changed(end->line);
    end->call = NULL;
    end->line = NULL;
}

/* The same before the service is told; the end itself stays valid. What it was a participant of is for the caller to look
 * at. */
static Call *part(End *end, End **ret_conference) {
    Call *call = end->call;

    *ret_conference = end_conference(end);
    end_cancel_generation(end);
    detach(end);
    return call;
}

static const char *cause_words(DisconnectCause cause) {
    static const char *const words[_CAUSE_MAX] = {
        [CAUSE_BAD_ADDRESS] = "nobody has this number",
        [CAUSE_UNREACHABLE] = "the called line is out of service",
        [CAUSE_INCOMPATIBLE] = "the called line lacks the media mode",
        [CAUSE_OUT_OF_ORDER] = "the line at the other end went out of service",
        [CAUSE_PROVIDER_FAILED] = "the line went out of service",
        [CAUSE_DO_NOT_DISTURB] = "the called line does not want to be disturbed",
    };

    return words[cause];
}

void end_finish(End *end, DisconnectCause cause, const char *text) {
    End *conference;
    Call *call = part(end, &conference);

    provider_report_ended(call, cause, text ?: cause_words(cause));
    end_unref(end);
    if (conference)
        conference_lost_one(conference);
}

/* What was held for a call that ends is given back, unless it ends with it. */
static End *take_held(const End *end, const End *other) {
    return end && end->consulted_for && end->consulted_for != other ? end_ref(end->consulted_for) : NULL;
}

void end_complete(End *end, End *other, RequestId request, DisconnectCause cause, const char *text) {
    End *held = take_held(end, other), *other_held = take_held(other, end), *conference;
    Call *call = part(end, &conference), *other_call = other ? part(other, &conference) : NULL;

    provider_complete_by_end(call, other_call, request, cause, text);
    end_unref(end);
    end_unref(other);
    hold_give_back(held);
    hold_give_back(other_held);
    end_unref(held);
    end_unref(other_held);
}

/* What the far end of this one learns when the line or the network fails here. */
static DisconnectCause cause_at_peer(const End *end, DisconnectCause cause) {
    if (cause == CAUSE_SERVICE_RESTARTED)
        return cause;
    if (end_is_offered(end))
        return CAUSE_UNREACHABLE;
    return end->talks ? CAUSE_OUT_OF_ORDER : CAUSE_CANCELLED;
}

void end_fail(End *end, DisconnectCause cause) {
    End *conference = end->is_conference ? end : end_conference(end), *peer = end->peer;
    DisconnectCause peer_cause = cause_at_peer(end, cause);

    if (conference) {
        conference_fail(conference, cause);
        return;
    }
    end_finish(end, cause, NULL);
    if (peer)
        end_finish(peer, peer_cause, NULL);
}

void end_void(End *end) {
    End *peer = end->peer;
    DisconnectCause peer_cause = cause_at_peer(end, CAUSE_PROVIDER_FAILED);

    call_set_provider_data(end->call, NULL);
    detach(end);
    end_unref(end);
    if (peer)
        end_finish(peer, peer_cause, NULL);
}

void end_discard(End *end) {
    detach(end);
    end_unref(end);
}

GVariant *end_media_stats(End *end) {
    return media_stats(&end->media, network_now(end_network(end)));
}
