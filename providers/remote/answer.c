/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the process answers, and what that means to the service. */
#include <errno.h>
#include <string.h>

#include "providers/remote/asked.h"

static void complete(const Asked *asked, const Refusal *refusal, const char *text) {
    if (asked->request != 0)
        provider_complete(asked->remote->provider, asked->request, refusal_copy(refusal), text);
}

/* The calls that it was to make never were. */
static void forget_made(const Asked *asked) {
    for (size_t i = 0; i < MADE_MAX; i++)
        if (asked->made[i] != 0)
            remote_call_free(remote_find_call(asked->remote, asked->made[i]));
}

/* ---- Calls that begin ---- */

static int wrong(char **ret_why, const char *text) {
    *ret_why = g_strdup(text);
    return -EINVAL;
}

static int read_start(sd_bus_message *m, WireKeep *keep, CallStart *ret, char **ret_why) {
    int r = wire_read_start(m, keep, ret, ret_why);

    if (r >= 0 && (int) call_state_after(CALL_STATE_UNKNOWN, ret->event) < 0)
        return wrong(ret_why, "No call begins so");
    return r;
}

/* Of a line that was taken away meanwhile, there is nothing to be told. */
static bool begin(const Asked *asked) {
    for (size_t i = 0; i < MADE_MAX && asked->made[i] != 0; i++) {
        RemoteCall *call = remote_find_call(asked->remote, asked->made[i]);

        if (!call)
            return false;
        call->begun = true;
    }
    return true;
}

static int take_starts(const Asked *asked, sd_bus_message *m, char **ret_why) {
    g_autoptr(GPtrArray) keep = wire_keep_new();
    CallStart starts[MADE_MAX] = {};

    for (size_t i = 0; i < MADE_MAX && asked->made[i] != 0; i++) {
        int r = read_start(m, keep, &starts[i], ret_why);

        if (r < 0)
            return r;
    }
    if (begin(asked))
        provider_complete_calls(asked->remote->provider, asked->request, starts);
    return 0;
}

/* ---- Calls that end ---- */

static Call *take_call(const Remote *remote, uint64_t number) {
    RemoteCall *call = number != 0 ? remote_find_call(remote, number) : NULL;
    Call *token = call && call->begun ? call->call : NULL;

    if (token)
        remote_call_free(call);
    return token;
}

/* Its end may have been told by itself, which answered the request. */
static void end_by(const Asked *asked, DisconnectCause cause, const char *text) {
    Call *call = take_call(asked->remote, asked->call), *other = take_call(asked->remote, asked->other);

    if (call)
        provider_complete_by_end(call, other, asked->request, cause, text);
    else if (other)
        provider_report_ended(other, cause, NULL);
    if (!call)
        complete(asked, NULL, text);
}

/* "" or a cause, and then maybe a text. */
static int take_cause(const Asked *asked, sd_bus_message *m, bool has_text, char **ret_why) {
    const char *word = NULL, *text = NULL;
    int r = sd_bus_message_read_basic(m, 's', &word);

    if (r >= 0 && has_text)
        r = sd_bus_message_read_basic(m, 's', &text);
    if (r < 0)
        return r;
    if (*word && ((int) disconnect_cause_from_string(word) < 0 || disconnect_cause_from_string(word) == CAUSE_NONE))
        return wrong(ret_why, "a cause that is none");
    if (*word)
        end_by(asked, disconnect_cause_from_string(word), text);
    else
        complete(asked, NULL, text);
    return 0;
}

/* It has ended both calls, or made a conference of them. */
static int take_transfer(const Asked *asked, sd_bus_message *m, char **ret_why) {
    const char *word = NULL;
    int r;

    if (asked->made[0] == 0)
        return take_cause(asked, m, /* has_text= */ false, ret_why);
    r = sd_bus_message_read_basic(m, 's', &word);
    return r < 0 ? r : take_starts(asked, m, ret_why);
}

/* The end comes before the answer. */
static void drop(const Asked *asked) {
    Call *call = take_call(asked->remote, asked->call);

    if (call)
        provider_report_ended(call, CAUSE_NORMAL, NULL);
}

/* ---- All answers ---- */

/* What answers nothing but that it is done. */
static void take_done(Asked *asked) {
    Remote *remote = asked->remote;

    if (asked->method == WIRE_START)
        remote_started(remote);
    else if (asked->method == WIRE_STOP)
        remote_disconnected(remote, "it stopped"); /* and so has all that was asked meanwhile */
    else if (asked->method == WIRE_ADD_LINE && asked->request == 0)
        remote_line_answered(remote, asked->line, NULL);
    else if (asked->method == WIRE_REMOVE_LINE)
        remote_line_removed(remote, asked->line);
    else if (asked->method == WIRE_DROP)
        drop(asked);
    complete(asked, NULL, NULL);
}

static int take_text(const Asked *asked, sd_bus_message *m) {
    const char *text = NULL;
    int r = sd_bus_message_read_basic(m, 's', &text);

    if (r >= 0)
        complete(asked, NULL, text);
    return r;
}

int answer_take(Asked *asked, sd_bus_message *m, char **ret_why) {
    const char *types = wire_method_output(asked->method);

    if (m && !sd_bus_message_has_signature(m, types)) {
        *ret_why = g_strdup_printf("%s is answered with '%s', and not with '%s'", wire_method_to_string(asked->method), types,
                                   sd_bus_message_get_signature(m, true));
        return -EINVAL;
    }
    if (asked->method == WIRE_COMPLETE_TRANSFER)
        return take_transfer(asked, m, ret_why);
    if (asked->method == WIRE_DEBUG_INCOMING)
        return take_text(asked, m);
    if (strcmp(types, "s") == 0 || strcmp(types, "ss") == 0)
        return take_cause(asked, m, types[1] == 's', ret_why);
    if (*types)
        return take_starts(asked, m, ret_why);
    take_done(asked);
    return 0;
}

void answer_refused(Asked *asked, const Refusal *refusal) {
    Remote *remote = asked->remote;

    forget_made(asked);
    if (asked->request == 0 && !remote->link)
        return;
    if (asked->method == WIRE_ADD_LINE && asked->request == 0)
        remote_line_answered(remote, asked->line, refusal);
    else if (asked->method == WIRE_ADD_LINE)
        remote_line_removed(remote, asked->line);
    else if (asked->method == WIRE_START)
        remote_violated(remote, refusal_text(refusal));
    complete(asked, refusal, NULL);
}
