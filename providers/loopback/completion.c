/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Completion: waiting for a line to be free, callbacks, and messages. */
#include "providers/loopback/completion.h"

#include "providers/loopback/intrude.h"
#include "providers/loopback/way.h"

#define RETRY_USEC (5 * G_USEC_PER_SEC)
#define COMPLETIONS_MAX 1024 /* of one line */

struct Completion {
    char id[CALL_ID_SIZE];
    CompletionMode mode;
    LoopLine *line; /* that asked for it */
    GList own_link; /* among those */
    LoopLine *at;   /* what it is about: a line, or (NULL) a script */
    GQueue *queue;  /* where it waits there, or NULL */
    GList link;
    End *end;           /* that waits, or the callback that rings; or NULL */
    NetworkEvent timer; /* when the script is free */
    GRefString *number; /* of the far end */
    MediaMode media_mode;
    bool hidden; /* the far end must not learn who calls */
};

struct Desk {
    LoopLine *line;
    GQueue own;
    GQueue waiters;       /* for the line to be free */
    GQueue sleepers;      /* for somebody to be at the line */
    GHashTable *messages; /* LoopLine that left them -> GQueue of them */
    unsigned n_messages;
    NetworkEvent wake;
};

static GHashTable *completions(const LoopLine *line) {
    return exchange_index(loop_line_exchange(line), EXCHANGE_COMPLETIONS);
}

static Network *line_network(const LoopLine *line) {
    return exchange_network(loop_line_exchange(line));
}

/* ---- Life ---- */

static Completion *completion_new(End *end, CompletionMode mode, LoopLine *at, GRefString *number) {
    Completion *completion = g_new0(Completion, 1);

    exchange_mint_call_id(loop_line_exchange(end->line), completion->id);
    completion->mode = mode;
    completion->line = end->line;
    completion->at = at;
    completion->number = g_ref_string_acquire(number);
    completion->media_mode = end->media_mode;
    completion->hidden = end->hidden;
    completion->own_link.data = completion;
    completion->link.data = completion;
    g_queue_push_tail_link(&loop_line_desk(end->line)->own, &completion->own_link);
    g_hash_table_insert(completions(end->line), completion->id, completion);
    return completion;
}

static void wait_in(Completion *completion, GQueue *queue) {
    completion->queue = queue;
    g_queue_push_tail_link(queue, &completion->link);
}

static void stop_waiting(Completion *completion) {
    if (completion->queue)
        g_queue_unlink(completion->queue, &completion->link);
    completion->queue = NULL;
}

static void tell_messages(const Desk *desk) {
    if (loop_line_state(desk->line) != LINE_REMOVED)
        provider_report_messages_waiting(loop_line_token(desk->line), desk->n_messages);
}

static void forget_message(const Completion *completion) {
    Desk *desk = loop_line_desk(completion->at);
    GQueue *left = g_hash_table_lookup(desk->messages, completion->line);

    desk->n_messages--;
    if (g_queue_is_empty(left))
        g_hash_table_remove(desk->messages, completion->line);
}

static void completion_free(Completion *completion) {
    stop_waiting(completion);
    network_cancel(line_network(completion->line), &completion->timer);
    if (completion->mode == COMPLETION_MESSAGE && completion->at)
        forget_message(completion);
    if (completion->end)
        completion->end->completion = NULL;
    g_queue_unlink(&loop_line_desk(completion->line)->own, &completion->own_link);
    g_hash_table_remove(completions(completion->line), completion->id);
    g_ref_string_release(completion->number);
    g_free(completion);
}

void completion_end_left(End *end) {
    if (end->completion)
        completion_free(end->completion);
}

/* ---- Callbacks ---- */

static void far_party_of(const Completion *completion, PartyInfo *ret) {
    number_party(completion->at, completion->number, ret);
}

/* False: the line can't take it now; it is tried again, unless the network closes. */
static bool call_back(Completion *completion) {
    LoopLine *line = completion->line;
    GRefString *id = exchange_new_call_id(loop_line_exchange(line));
    IncomingInfo info = {
        .call_id = loop_line_assigns_call_ids(line) ? id : NULL,
        .media_mode = completion->media_mode,
        .origin = completion->at ? ORIGIN_INTERNAL : ORIGIN_EXTERNAL,
        .reason = REASON_CALL_COMPLETION,
    };
    Call *call = NULL;
    End *end;

    far_party_of(completion, &info.caller);
    loop_line_party(line, &info.called);
    if (!loop_line_is_secured(line))
        call = provider_report_incoming(loop_line_token(line), &info);
    if (call) {
        stop_waiting(completion);
        end = end_new(line, call, id, completion->media_mode, END_DIALING);
        end->called = g_ref_string_acquire(loop_line_number(line));
        end->origin = info.origin;
        end->hidden = completion->hidden;
        end->calls_back = true;
        end->completion = completion;
        completion->end = end;
        end_set_phase(end, END_OFFERED);
        provider_report_network_id(call, "completion-id", completion->id);
        end_ring(end);
    }
    g_ref_string_release(id);
    return call;
}

static void on_script_free(NetworkEvent *event) {
    Completion *completion = NETWORK_EVENT_OWNER(event, Completion, timer);

    if (!exchange_is_closed(loop_line_exchange(completion->line)) && !call_back(completion))
        network_after(line_network(completion->line), event, RETRY_USEC, on_script_free);
}

void completion_answered(End *end) {
    Completion *completion = end->completion;
    Exchange *exchange = loop_line_exchange(end->line);
    Destination to = { .script = completion->at ? SCRIPT_NONE : SCRIPT_ANSWER };
    Offer offer = {
        .reason = REASON_DIRECT,
        .call_id = g_ref_string_acquire(end->id),
        .called = g_ref_string_acquire(completion->number),
        .media_mode = end->media_mode,
    };

    to.ring_ms = 1000;
    to.talk_ms = to.free_ms = DESTINATION_FOR_EVER;
    g_strlcpy(to.name, completion->number, sizeof(to.name));
    completion_free(completion);
    end_stop_waiting(end);
    end_enter(end, END_CONNECTED, CALL_EVENT_CONNECTED);
    end->calls_back = false;
    way_place((Far) { .end = end }, &to, &offer, exchange);
}

/* ---- A line that is free again ---- */

static bool is_free(LoopLine *line) {
    return loop_line_state(line) == LINE_IN_SERVICE && !exchange_is_closed(loop_line_exchange(line)) && !loop_line_is_secured(line) &&
           g_queue_is_empty(loop_line_active(line)) && g_queue_is_empty(loop_line_ringing(line));
}

static bool ring_for_waiting(Completion *completion) {
    End *end = completion->end;
    Offer offer = {
        .target = completion->at,
        .reason = REASON_CAMPED_ON,
        .call_id = g_ref_string_acquire(end->id),
        .called = g_ref_string_acquire(completion->number),
        .media_mode = end->media_mode,
    };
    bool rings = way_ring((Far) { .end = end }, &offer);

    if (rings)
        stop_waiting(completion);
    offer_clear(&offer);
    return rings;
}

/* One at a time: when it has had its turn, the line changes again. */
static void on_wake(NetworkEvent *event) {
    Desk *desk = NETWORK_EVENT_OWNER(event, Desk, wake);
    Completion *completion = g_queue_peek_head(&desk->waiters);
    bool done;

    if (!completion || !is_free(desk->line))
        return;
    done = completion->mode == COMPLETION_CAMP_ON ? ring_for_waiting(completion) : call_back(completion);
    if (!done) {
        stop_waiting(completion);
        wait_in(completion, &desk->waiters);
    }
    if (!g_queue_is_empty(&desk->waiters))
        network_after(line_network(desk->line), event, RETRY_USEC, on_wake);
}

void completion_line_changed(LoopLine *line) {
    Desk *desk = loop_line_desk(line);

    if (!g_queue_is_empty(&desk->waiters))
        network_after(line_network(line), &desk->wake, 0, on_wake);
}

void completion_line_used(LoopLine *line) {
    Desk *desk = loop_line_desk(line);

    while (!g_queue_is_empty(&desk->sleepers)) {
        Completion *completion = g_queue_peek_head(&desk->sleepers);

        stop_waiting(completion);
        wait_in(completion, &desk->waiters);
    }
}

/* ---- Asking ---- */

/* The line that the call is at, and its number or that of the script. */
static LoopLine *find_far(const End *end, GRefString **ret_number) {
    LoopLine *at = end->peer ? end->peer->line : NULL;
    PartyInfo party;

    if (!at && !end->script && end->reached)
        at = exchange_find(loop_line_exchange(end->line), end->reached);
    if (at) {
        *ret_number = g_ref_string_acquire(loop_line_number(at));
        return at;
    }
    far_party(far_of(end), &party);
    *ret_number = g_ref_string_new(party.number ?: "");
    return NULL;
}

static void camp_on(End *end, LoopLine *at, GRefString *number, RequestId request) {
    Completion *completion = completion_new(end, COMPLETION_CAMP_ON, at, number);

    end->completion = completion;
    completion->end = end;
    end_stop_waiting(end);
    if (end->phase == END_TONE) {
        end_enter(end, END_PROCEEDING, CALL_EVENT_PROCEEDING);
        if (at)
            wait_in(completion, &loop_line_desk(at)->waiters);
        else if (end->script)
            script_wait(end->script);
    }
    provider_complete(exchange_provider(end_exchange(end)), request, NULL, completion->id);
    if (at)
        completion_line_changed(at);
}

/* Gives up the call, which is done by that. */
static void give_up(End *end, RequestId request, const char *id) {
    End *far = end->peer;

    far_take(end);
    end_complete(end, NULL, request, CAUSE_NORMAL, id);
    if (far)
        end_finish(far, CAUSE_CANCELLED, NULL);
}

static void ask_callback(End *end, LoopLine *at, GRefString *number, RequestId request) {
    Completion *completion = completion_new(end, COMPLETION_CALLBACK, at, number);
    bool busy = end->phase == END_TONE;
    Script *script = end->script;
    uint64_t usec;

    if (script && script_free_in(script, &usec))
        network_after(end_network(end), &completion->timer, usec, on_script_free);
    give_up(end, request, completion->id);
    script_free(script);
    if (!at)
        return;
    wait_in(completion, busy ? &loop_line_desk(at)->waiters : &loop_line_desk(at)->sleepers);
    completion_line_changed(at);
}

static void free_queue(void *queue) {
    g_queue_free(queue);
}

static void leave_message(End *end, LoopLine *at, GRefString *number, RequestId request) {
    Completion *completion = completion_new(end, COMPLETION_MESSAGE, at, number);
    Script *script = end->script;
    GQueue *left;
    Desk *desk;

    if (at) {
        desk = loop_line_desk(at);
        left = g_hash_table_lookup(desk->messages, end->line);
        if (!left) {
            left = g_queue_new();
            g_hash_table_insert(desk->messages, end->line, left);
        }
        wait_in(completion, left);
        desk->n_messages++;
    }
    give_up(end, request, completion->id);
    script_free(script);
    if (at)
        tell_messages(loop_line_desk(at));
}

static Refusal *check_asking(const End *end) {
    if (end->phase != END_TONE && end->phase != END_RINGBACK)
        return refuse_phase("busy or ringback");
    if (end->completion)
        return refuse(REFUSAL_CONFLICT, "The call waits for its far end already; cancel that completion first");
    if (loop_line_desk(end->line)->own.length >= COMPLETIONS_MAX)
        return refuse(REFUSAL_LIMITS_EXCEEDED, "A line has at most %d completions; cancel some first", COMPLETIONS_MAX);
    return NULL;
}

static Refusal *ask(End *end, CompletionMode mode, LoopLine *at, GRefString *number, RequestId request) {
    switch (mode) {
    case COMPLETION_CAMP_ON:
        camp_on(end, at, number, request);
        return NULL;
    case COMPLETION_CALLBACK:
        ask_callback(end, at, number, request);
        return NULL;
    case COMPLETION_INTRUDE:
        return intrude(end, at, request);
    case COMPLETION_MESSAGE:
        leave_message(end, at, number, request);
        return NULL;
    case _COMPLETION_MAX:
    case _COMPLETION_INVALID:
        break;
    }
    return refuse(REFUSAL_NOT_SUPPORTED, "Known are camp-on, callback, intrude and message");
}

Refusal *completion_ask(End *end, CompletionMode mode, RequestId request) {
    Refusal *refusal = check_asking(end);
    GRefString *number;
    LoopLine *at;

    if (refusal)
        return refusal;
    at = find_far(end, &number);
    if (at || end->script)
        refusal = ask(end, mode, at, number, request);
    else
        refusal = refuse(REFUSAL_TARGET_NOT_FOUND, "Nobody is at the far end who could be waited for, as at one's own number");
    g_ref_string_release(number);
    return refusal;
}

/* ---- Cancelling ---- */

static void stop_camping(End *end) {
    if (end->phase != END_PROCEEDING)
        return;
    if (end->script)
        script_stop_waiting(end->script);
    end_far_busy(end);
}

Refusal *completion_cancel(LoopLine *line, const char *id) {
    Completion *completion = g_hash_table_lookup(completions(line), id);
    LoopLine *at;
    End *end;

    if (!completion || completion->line != line)
        return refuse(REFUSAL_INVALID_COMPLETION, "Nothing is pending on this line with the id \"%s\"", id);
    at = completion->mode == COMPLETION_MESSAGE ? completion->at : NULL;
    end = completion->end;
    completion_free(completion);
    if (at)
        tell_messages(loop_line_desk(at));
    if (end && end->calls_back)
        end_finish(end, CAUSE_CANCELLED, NULL);
    else if (end)
        stop_camping(end);
    return NULL;
}

void completion_calls_back(LoopLine *line, LoopLine *target) {
    Desk *desk = loop_line_desk(line);
    GQueue *left = target ? g_hash_table_lookup(desk->messages, target) : NULL;

    if (!left)
        return;
    for (unsigned n = left->length; n > 0; n--)
        completion_free(g_queue_peek_head(left));
    tell_messages(desk);
}

/* ---- The desk ---- */

Desk *desk_new(LoopLine *line) {
    Desk *desk = g_new0(Desk, 1);

    desk->line = line;
    desk->messages = g_hash_table_new_full(NULL, NULL, NULL, free_queue);
    return desk;
}

static void drop_waiting(GQueue *queue, bool tell) {
    while (!g_queue_is_empty(queue)) {
        Completion *completion = g_queue_peek_head(queue);
        End *end = completion->end;

        completion_free(completion);
        if (end && tell)
            end_finish(end, CAUSE_UNREACHABLE, NULL);
    }
}

static void drop_messages(Desk *desk) {
    GHashTableIter iter;
    void *left;

    while (g_hash_table_size(desk->messages) > 0) {
        g_hash_table_iter_init(&iter, desk->messages);
        g_hash_table_iter_next(&iter, NULL, &left);
        completion_free(g_queue_peek_head(left));
    }
}

static void drop_own(Desk *desk, bool tell) {
    while (!g_queue_is_empty(&desk->own)) {
        Completion *completion = g_queue_peek_head(&desk->own);
        LoopLine *at = completion->mode == COMPLETION_MESSAGE ? completion->at : NULL;

        completion_free(completion);
        if (at && tell)
            tell_messages(loop_line_desk(at));
    }
}

void desk_close(Desk *desk, bool tell) {
    drop_own(desk, tell);
    drop_waiting(&desk->waiters, tell);
    drop_waiting(&desk->sleepers, tell);
    drop_messages(desk);
    network_cancel(line_network(desk->line), &desk->wake);
}

Desk *desk_free(Desk *desk) {
    g_assert(g_queue_is_empty(&desk->own) && g_queue_is_empty(&desk->waiters));
    g_hash_table_unref(desk->messages);
    g_free(desk);
    return NULL;
}
