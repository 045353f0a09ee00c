/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replies: each request gets exactly one. */
#include "interfaces/reply.h"

#include <stdarg.h>
#include <string.h>

#include "bus/error-name.h"
#include "interfaces/path.h"
#include "service/crash-point.h"

enum { REPLY_SIZE = 160 };

static int send_error(Peer *peer, sd_bus_message *m, const Refusal *refusal) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    r = sd_bus_message_new_method_errorf(m, &reply, error_name(refusal_code(refusal)), "%s", refusal_text(refusal));
    bus_check_memory(r);
    if (r < 0)
        return r;
    crash_point("bus:reply-refusal");
    peer_send(peer, reply, REPLY_SIZE + strlen(refusal_text(refusal)));
    return 1;
}

static int send_empty(Peer *peer, sd_bus_message *m) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    r = sd_bus_message_new_method_return(m, &reply);
    bus_check_memory(r);
    if (r < 0)
        return r;
    crash_point("bus:reply");
    peer_send(peer, reply, REPLY_SIZE);
    return 1;
}

int reply_now(Peer *peer, sd_bus_message *m, Refusal *refusal) {
    _cleanup_(refusal_freep) Refusal *why = refusal;

    if (why && refusal_code(why) == REFUSAL_WAITING)
        return 1;
    outbox_flush(peer_client(peer));
    return why ? send_error(peer, m, why) : send_empty(peer, m);
}

int reply_invalid(Peer *peer, sd_bus_message *m, const char *format, ...) {
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, format);
    text = g_strdup_vprintf(format, ap);
    va_end(ap);
    return reply_now(peer, m, refuse(REFUSAL_INVALID_ARGS, "%s", text));
}

int reply_message(Peer *peer, sd_bus_message *reply, uint64_t size) {
    peer_send(peer, reply, REPLY_SIZE + size);
    return 1;
}

int reply_handles(Peer *peer, sd_bus_message *m, const GPtrArray *handles) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r;

    r = sd_bus_message_new_method_return(m, &reply);
    if (r >= 0)
        r = handle_paths_append(reply, handles);
    return r < 0 ? r : reply_message(peer, reply, UINT64_C(64) * handles->len);
}

/* ---- Later ---- */

/* A request that is answered later. Its caller is looked up again then: it may be gone. */
typedef struct Answer {
    Bus *bus;
    sd_bus_message *request;
} Answer;

static Answer *answer_free(Answer *answer) {
    sd_bus_message_unref(answer->request);
    g_free(answer);
    return NULL;
}
DEFINE_CLEANUP(Answer *, answer_free)

static Done later(Peer *peer, sd_bus_message *m, void (*func)(const Outcome *outcome, void *userdata)) {
    Answer *answer = g_new(Answer, 1);

    *answer = (Answer) { .bus = peer_bus(peer), .request = sd_bus_message_ref(m) };
    return (Done) { func, answer };
}

/* Answers a refusal. The peer that is to have another answer, or NULL if that was all. */
static Peer *answer_refusal(const Answer *answer, const Outcome *outcome) {
    Peer *peer;

    if (outcome->refusal && refusal_code(outcome->refusal) == REFUSAL_CLIENT_GONE)
        return NULL;
    peer = peer_of_sender(answer->bus, answer->request);
    if (!peer || !outcome->refusal)
        return peer;
    outbox_flush(peer_client(peer));
    send_error(peer, answer->request, outcome->refusal);
    return NULL;
}

static void on_done(const Outcome *outcome, void *userdata) {
    _cleanup_(answer_freep) Answer *answer = userdata;
    Peer *peer = answer_refusal(answer, outcome);

    if (!peer)
        return;
    outbox_flush(peer_client(peer));
    send_empty(peer, answer->request);
}

/* Replies with the paths of so many handles; "/" for one that is not there. */
static void send_handles(Peer *peer, sd_bus_message *m, const Handle *const *handles, unsigned n_handles) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    char path[PATH_SIZE];
    int r;

    r = sd_bus_message_new_method_return(m, &reply);
    for (unsigned i = 0; r >= 0 && i < n_handles; i++)
        r = sd_bus_message_append_basic(reply, 'o', handles[i] ? handle_path(handles[i], path) : "/");
    bus_check_memory(r);
    if (r < 0)
        return;
    crash_point("bus:reply-handles");
    peer_send(peer, reply, REPLY_SIZE + UINT64_C(64) * n_handles);
}

static void on_done_with_handle(const Outcome *outcome, void *userdata) {
    _cleanup_(answer_freep) Answer *answer = userdata;
    Peer *peer = answer_refusal(answer, outcome);

    if (peer)
        send_handles(peer, answer->request, (const Handle *[]) { outcome->handle }, 1);
}

static void on_done_with_two_handles(const Outcome *outcome, void *userdata) {
    _cleanup_(answer_freep) Answer *answer = userdata;
    Peer *peer = answer_refusal(answer, outcome);

    if (peer)
        send_handles(peer, answer->request, (const Handle *[]) { outcome->handle, outcome->second }, 2);
}

static void on_done_with_handle_or_none(const Outcome *outcome, void *userdata) {
    _cleanup_(answer_freep) Answer *answer = userdata;
    Peer *peer = answer_refusal(answer, outcome);

    if (!peer)
        return;
    /* A handle is told of after the reply that gives it; what else was caused, before. */
    if (!outcome->handle)
        outbox_flush(peer_client(peer));
    send_handles(peer, answer->request, (const Handle *[]) { outcome->handle }, 1);
}

static void on_done_with_text(const Outcome *outcome, void *userdata) {
    _cleanup_(answer_freep) Answer *answer = userdata;
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    Peer *peer = answer_refusal(answer, outcome);

    int r;

    if (!peer)
        return;
    r = sd_bus_message_new_method_return(answer->request, &reply);
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 's', outcome->text ?: "");
    bus_check_memory(r);
    if (r < 0)
        return;
    outbox_flush(peer_client(peer));
    crash_point("bus:reply-outcome");
    peer_send(peer, reply, REPLY_SIZE + strlen(outcome->text ?: ""));
}

Done reply_done(Peer *peer, sd_bus_message *m) {
    return later(peer, m, on_done);
}

Done reply_done_with_handle(Peer *peer, sd_bus_message *m) {
    return later(peer, m, on_done_with_handle);
}

Done reply_done_with_two_handles(Peer *peer, sd_bus_message *m) {
    return later(peer, m, on_done_with_two_handles);
}

Done reply_done_with_handle_or_none(Peer *peer, sd_bus_message *m) {
    return later(peer, m, on_done_with_handle_or_none);
}

Done reply_done_with_text(Peer *peer, sd_bus_message *m) {
    return later(peer, m, on_done_with_text);
}

int reply_begun(Peer *peer, sd_bus_message *m, Done done, Refusal *refusal) {
    if (!refusal)
        return 1;
    answer_free(done.userdata);
    return reply_now(peer, m, refusal);
}
