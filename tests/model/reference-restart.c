/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reference: what is left when the service is killed and starts again. */
#include "tests/model/reference.h"

#include <glib.h>
#include <string.h>

static bool is_in(unsigned set, int i) {
    return set & 1u << i;
}

/* Nobody waits any more; a dial that was under way may have been made. */
static void forget_requests(void) {
    ref.n_requests = ref.n_starts = ref.n_gone = 0;
    for (unsigned i = 0; i < ref.n_tokens; i++) {
        if (ref.tokens[i].pending)
            ref.tokens[i].call = NOTHING;
        ref.tokens[i].pending = false;
    }
}

static void forget_clients(unsigned clients) {
    for (int i = 0; i < CLIENTS; i++)
        if (!is_in(clients, i))
            ref.clients[i] = (RefClient) {};
}

/* The handle with the lowest number on a line that is gone. */
static int next_gone(int client, unsigned lines) {
    int found = NOTHING;

    for (int i = 0; i < CALLS; i++) {
        const RefHandle *handle = &ref.clients[client].handles[i];

        if (ref.clients[client].there && handle->there && !is_in(lines, ref.calls[i].line) &&
            (found == NOTHING || handle->number < ref.clients[client].handles[found].number))
            found = i;
    }
    return found;
}

static void forget_lines(unsigned lines) {
    for (int i = 0; i < CLIENTS; i++) {
        int call;

        while ((call = next_gone(i, lines)) != NOTHING) {
            ref_tell(i, TOLD_REMOVED, ref.clients[i].handles[call].number, 0);
            ref.clients[i].handles[call] = (RefHandle) {};
        }
        for (int j = 0; j < LINES; j++)
            if (!is_in(lines, j))
                ref.clients[i].opens[j] = (RefOpen) {};
    }
    for (int i = 0; i < LINES; i++)
        if (!is_in(lines, i)) {
            ref_forget_line(i);
            ref.lines[i].there = false;
        }
}

static void forget_call(int call) {
    ref_forget_call(call);
    ref.calls[call] = (RefCall) {};
}

/* Those of a line that is gone, and those of which the network said nothing yet. */
static void forget_calls(unsigned lines) {
    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there && (!is_in(lines, ref.calls[i].line) || !ref.calls[i].appeared))
            forget_call(i);
}

/* What follows from the call: since when a handle is idle, and whether it counts. */
static void renew_handles(void) {
    for (int i = 0; i < CLIENTS; i++)
        for (int j = 0; j < CALLS; j++) {
            RefHandle *handle = &ref.clients[i].handles[j];

            handle->uncounted = handle->there && ref.calls[j].emergency;
            if (handle->there && handle->retired > 0)
                handle->retired = ref.calls[j].entered;
        }
}

static void count_numbers(void) {
    for (int i = 0; i < CLIENTS; i++) {
        ref.clients[i].last_number = 0;
        for (int j = 0; j < CALLS; j++)
            if (ref.clients[i].handles[j].there)
                ref.clients[i].last_number = MAX(ref.clients[i].last_number, ref.clients[i].handles[j].number);
    }
}

/* Each state by itself is of no interest to somebody who has to read again: the last is told. */
static void end_call(int call) {
    RefCall *c = &ref.calls[call];
    bool live = ref_is_live(c->state);

    c->at_network = false;
    if (c->state != CALL_STATE_IDLE && (ref_owners(call) == 0 || (live && c->kind == CALL_KIND_CONFERENCE)))
        ref_enter(call, CALL_STATE_IDLE, STATE_DETAIL_NONE);
    else if (live)
        ref_enter(call, CALL_STATE_DISCONNECTED, STATE_DETAIL_NONE);
    if (live)
        c->cause = CAUSE_SERVICE_RESTARTED;
    if (ref_owners(call) + ref_monitors(call) == 0)
        forget_call(call);
}

static int next_call(uint64_t born) {
    int found = NOTHING;

    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there && ref.calls[i].born > born && (found == NOTHING || ref.calls[i].born < ref.calls[found].born))
            found = i;
    return found;
}

/* None is what it was to another. */
static void part_all(void) {
    for (int i = 0; i < CALLS; i++) {
        RefCall *c = &ref.calls[i];

        c->generator = c->gathering.client = NOBODY;
        c->tone = c->dropping = c->abandoned = c->orphaned = false;
        ref_forget_media(c);
        c->conference = c->consultation = c->consulted_for = NOTHING;
    }
}

void ref_restart(unsigned clients, unsigned lines) {
    uint64_t born = 0;
    int call;

    forget_requests();
    ref_renew_tokens();
    forget_clients(clients);
    forget_lines(lines);
    forget_calls(lines);
    renew_handles();
    count_numbers();
    part_all();
    while ((call = next_call(born)) != NOTHING) {
        born = ref.calls[call].born;
        end_call(call);
    }
    memset(ref.apps, 0, sizeof(ref.apps));
}

/* Numbers of opens go on above those that are left. */
void ref_restore_places(int line) {
    for (int i = 0; i < CLIENTS; i++)
        if (ref.clients[i].opens[line].there)
            ref.lines[line].last_place = MAX(ref.lines[line].last_place, ref.clients[i].opens[line].place);
}
