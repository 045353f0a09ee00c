/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of clients that make calls: to dial, to consult, to set up a conference, to fetch a call from elsewhere. */
#include <string.h>

#include "service/completion.h"
#include "service/conference.h"
#include "service/pickup.h"
#include "service/transfer.h"
#include "tests/model/random.h"
#include "tests/model/world.h"

/* ---- Addresses ---- */

typedef struct Address {
    const char *text;
    int refusal;
} Address;

static const Address addresses[] = {
    { "100", GRANTED },
    { "tel:+4930", GRANTED },
    { EMERGENCY, GRANTED },
    { "*21#", REFUSAL_NOT_SUPPORTED },
    { "tel:%2a21", REFUSAL_NOT_SUPPORTED },
    { "", REFUSAL_INVALID_ADDRESS },
    { "1\n2", REFUSAL_INVALID_ADDRESS },
    { "nowhere", REFUSAL_INVALID_ADDRESS },
    { "102", REFUSAL_TOO_BIG }, /* with a comment that is */
};

/* A consultation may wait for its address, and may not be with oneself. */
static const Address consulted[] = {
    { "102", GRANTED },
    { "", GRANTED },
    { EMERGENCY, GRANTED },
    { "*21#", REFUSAL_NOT_SUPPORTED },
    { "100", REFUSAL_INVALID_ADDRESS },
    { "nowhere", REFUSAL_INVALID_ADDRESS },
    { "1\n2", REFUSAL_INVALID_ADDRESS },
    { "102", REFUSAL_TOO_BIG },
};

static char too_big[TEXT_MAX + 2];

static RefOrder random_order(const Address *address, DialOrder *ret) {
    RefOrder expected = {
        .media_mode = chance(80) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX),
        .address_refusal = address->refusal,
        .on_owner_lost = chance(60) ? ON_OWNER_LOST_DROP : ON_OWNER_LOST_KEEP,
        .address = address->text,
    };

    *ret = (DialOrder) {
        .address = address->text,
        .media_mode = expected.media_mode,
        .on_owner_lost = expected.on_owner_lost,
    };
    if (expected.address_refusal == REFUSAL_TOO_BIG)
        ret->comment = memset(too_big, 'x', TEXT_MAX + 1);
    return expected;
}

/* ---- To dial ---- */

void step_dial(int client, int line) {
    unsigned which = chance(90) ? below(3) : below(G_N_ELEMENTS(addresses)), comment = below(2);
    int call = ref_free_call();
    char token[16] = "";
    DialOrder order;
    RefOrder expected = random_order(&addresses[which], &order);
    Question *question;
    Done done;

    if (call == NOTHING)
        return;
    expected.token = chance(60) ? 1 + below(3) : 0;
    if (!order.comment && comment)
        order.comment = "a comment";
    /* With a token the arguments are mostly the same. */
    if (expected.token > 0 && chance(80)) {
        which = comment = 0;
        order.address = expected.address = addresses[0].text;
        order.comment = NULL;
        expected.address_refusal = GRANTED;
        order.media_mode = expected.media_mode = MEDIA_INTERACTIVE_VOICE;
        order.on_owner_lost = expected.on_owner_lost = expected.token % 2;
    }
    if (expected.token > 0)
        g_snprintf(token, sizeof(token), "t%u", expected.token);
    order.token = token;
    expected.arguments = 1 + which + 10 * expected.media_mode + 1000 * expected.on_owner_lost + 10000 * comment;
    story_begin("p%d dials '%s' on l%d as c%d, token '%s', arguments %u, lost %d", client, order.address, line, call, token,
                expected.arguments, expected.on_owner_lost);
    done = ask(client, 1, &question);
    judge(ref_dial(client, line, &expected, call, question->number),
          line_dial(world.lines[line], world.clients[client], &order, done), question);
}

/* ---- To consult ---- */

/* Places in the reference for the calls to come. False: there are not so many. */
static bool find_slots(RefPlacement *placement, unsigned n) {
    placement->n = n;
    for (int i = 0; i < CALLS && n > 0; i++)
        if (!ref.calls[i].there)
            placement->slots[placement->n - n--] = i;
    return n == 0;
}

static Refusal *set_up(int client, const RefPlacement *placement, const DialOrder *order, Done done) {
    Handle *handle = placement->from == NOTHING ? NULL : real_handle(client, placement->from);

    if (!handle)
        return line_setup_conference(world.lines[placement->line], world.clients[client], order, done);
    if (placement->operation == OPERATION_SETUP_TRANSFER)
        return handle_setup_transfer(handle, order, done);
    if (placement->operation == OPERATION_SETUP_CONFERENCE)
        return handle_setup_conference(handle, order, done);
    return handle_prepare_add_to_conference(handle, order, done);
}

void step_set_up(int client, int line, int call, Operation operation) {
    RefPlacement placement = {
        .operation = operation,
        .line = line,
        .from = call,
        .other = NOTHING,
        .conference = operation == OPERATION_SETUP_CONFERENCE,
    };
    const Address *address = &consulted[chance(90) ? below(3) : below(G_N_ELEMENTS(consulted))];
    DialOrder order;
    RefOrder expected = random_order(address, &order);
    Question *question;
    Done done;

    if (!find_slots(&placement, placement.conference ? 2 : 1))
        return;
    if (call == NOTHING)
        story_begin("p%d sets up a conference on l%d", client, line);
    story_add(" with '%s', lost %d, as c%d", address->text, expected.on_owner_lost, placement.slots[0]);
    if (placement.n > 1)
        story_add(" and c%d", placement.slots[1]);
    done = ask(client, placement.n, &question);
    judge(ref_consult(client, &placement, &expected, question->number), set_up(client, &placement, &order, done), question);
}

void step_complete_transfer(int client, int call) {
    int consultation = some_partner(client, call, 1 << CALL_STATE_CONNECTED | 1 << CALL_STATE_BUSY | 1 << CALL_STATE_RINGBACK);
    int line = ref.calls[call].line;
    bool confer = chance(50);
    RefPlacement placement = {
        .operation = OPERATION_COMPLETE_TRANSFER,
        .line = line,
        .from = call,
        .conference = true,
    };
    Question *question;
    Done done;
    int expected;

    if (confer && !find_slots(&placement, 1))
        return;
    placement.other = consultation;
    story_add(" with c%d", consultation);
    if (confer)
        story_add(" as conference c%d", placement.slots[0]);
    done = ask(client, confer, &question);
    expected = confer ? ref_transfer_to_conference(client, &placement, question->number)
                      : ref_complete_transfer(client, call, consultation, question->number);
    judge(expected,
          handle_complete_transfer(real_handle(client, call), real_handle(client, consultation),
                                   confer ? TRANSFER_CONFERENCE : TRANSFER_TRANSFER, done),
          question);
}

/* ---- To fetch ---- */

void step_fetch(int client, int line, Operation operation) {
    RefPlacement placement = { .operation = operation, .line = line, .from = NOTHING, .other = NOTHING };
    static const Address fetched[] = { { "700", GRANTED }, { "nowhere", REFUSAL_INVALID_ADDRESS }, { "*7", REFUSAL_NOT_SUPPORTED } };
    const Address *address = &fetched[chance(90) ? 0 : below(3)];
    bool good = address->refusal == GRANTED;
    Question *question;
    Done done;

    if (!find_slots(&placement, 1))
        return;
    story_begin("p%d %s '%s' on l%d as c%d", client, operation_to_string(operation), address->text, line, placement.slots[0]);
    done = ask(client, 1, &question);
    judge(ref_fetch(client, &placement, address->refusal, question->number),
          operation == OPERATION_PICKUP
              ? line_pickup(world.lines[line], world.clients[client], good && chance(50) ? "" : address->text, "", done)
              : line_unpark(world.lines[line], world.clients[client], address->text, done),
          question);
}

/* ---- What makes no call ---- */

static Refusal *forward(int client, int line, bool good, Done done) {
    const ForwardRule rules[] = {
        { .condition = FORWARD_BUSY, .filter = "", .destination = good ? "102" : "100" },
        { .condition = FORWARD_NO_ANSW_SPECIFIC, .filter = "7", .destination = "", .rings = 3 },
    };

    return line_forward(world.lines[line], world.clients[client], rules, good ? below(3) : 1 + below(2), done);
}

void step_ask_line(int client, int line, Operation operation) {
    bool good = chance(85), forwards = operation == OPERATION_FORWARD;
    Question *question;
    Done done = ask(client, 0, &question);
    int value_refusal = forwards ? REFUSAL_INVALID_ADDRESS : REFUSAL_INVALID_COMPLETION;

    story_begin("p%d %s on l%d", client, operation_to_string(operation), line);
    judge(ref_ask_line(client, line, operation, question->number, good ? GRANTED : value_refusal),
          forwards ? forward(client, line, good, done)
                   : line_cancel_completion(world.lines[line], world.clients[client], good ? "completion-1" : "", done),
          question);
}
