/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of clients: each does what the bus would do for it, and the reference does the same. */
#include <string.h>

#include "tests/model/random.h"
#include "tests/model/world.h"

/* ---- Questions ---- */

static void on_gone(Question *question) {
    for (unsigned i = 0; i < ref.n_gone; i++)
        if (ref.gone[i] == question->number) {
            ref.gone[i] = ref.gone[--ref.n_gone];
            return;
        }
    wrong("question %" G_GUINT64_FORMAT " is answered as if its client had left", question->number);
}

/* As the bus does it: what was told before comes before the answer; what a new handle causes comes after it. */
static void on_done(const Outcome *outcome, void *userdata) {
    Question *question = userdata;
    int refusal = outcome->refusal ? (int) refusal_code(outcome->refusal) : GRANTED;
    Tale *tale = &world.tales[question->client];

    if (++question->answers > 1 || question->refused)
        wrong("question %" G_GUINT64_FORMAT " is answered twice", question->number);
    if (refusal == REFUSAL_CLIENT_GONE) {
        on_gone(question);
        return;
    }
    if (world.stopping) {
        if (refusal != REFUSAL_PROVIDER_FAILED)
            wrong("the service stops, and a question is answered with %d", refusal);
        return;
    }
    if (refusal == GRANTED && question->with_handle != (outcome->handle != NULL))
        wrong("question %" G_GUINT64_FORMAT " has an answer of the wrong kind", question->number);
    if (refusal != GRANTED || !question->with_handle)
        outbox_flush(world.clients[question->client]);
    tale->told[tale->n++] = (Told) {
        .kind = TOLD_DONE,
        .about = question->number,
        .value = outcome_value(refusal, outcome->handle ? handle_number(outcome->handle) : 0),
    };
}

Done ask(int client, bool with_handle, Question **ret) {
    Question *question = &world.questions[world.n_questions];

    if (world.n_questions == QUESTIONS)
        wrong("there are too many questions for one world");
    *question = (Question) { .client = client, .number = world.n_questions++, .with_handle = with_handle };
    *ret = question;
    return (Done) { on_done, question };
}

/* The outcome at once must be the one of the reference; with NULL for `question` it is the whole of it. */
static void judge(int expected, Refusal *refusal, Question *question) {
    int got = refusal ? (int) refusal_code(refusal) : GRANTED;

    story_add(" -> %d", expected);
    if (got != expected)
        wrong("the outcome is %d (%s), and not %d", got, refusal ? refusal_text(refusal) : "granted", expected);
    refusal_free(refusal);
    world.refused = got != GRANTED;
    if (question && world.refused)
        question->refused = true;
}

/* ---- Choosing ---- */

static int some_client(void) {
    int client = below(CLIENTS);

    return world.clients[client] ? client : NOBODY;
}

static int some_handle(int client) {
    int calls[CALLS], n = 0;

    for (int i = 0; i < CALLS; i++)
        if (ref.clients[client].handles[i].there)
            calls[n++] = i;
    return n > 0 ? calls[below(n)] : NOTHING;
}

Handle *real_handle(int client, int call) {
    Handle *handle = client_find_handle(world.clients[client], ref.clients[client].handles[call].number);

    if (!handle || handle_call(handle) != world.calls[call])
        wrong("p%d has no handle of c%d", client, call);
    return handle;
}

/* ---- Coming and going ---- */

static char *name_of(int client) {
    return g_strdup_printf(":1.%d.%" G_GUINT64_FORMAT, client, world.generations[client]);
}

static void arrive(int client) {
    unsigned user = client % 2;
    g_autofree char *name = NULL;

    world.generations[client]++;
    name = name_of(client);
    story_begin("p%d arrives", client);
    ref_arrive(client, user);
    if (client_new(world.manager, name, 1000 + user, GINT_TO_POINTER(client + 1), &world.clients[client]) < 0 ||
        client_new(world.manager, name, 1000 + user, NULL, &(Client *) { NULL }) != -EEXIST)
        wrong("a client can't arrive, or can do so twice");
    world.withheld[client] = 0;
}

/* Who has left is told nothing more. */
void client_leaves(int client) {
    Client *real = world.clients[client];

    story_begin("p%d leaves", client);
    ref_vanish(client);
    world.clients[client] = NULL;
    client_vanish(real);
    ref.clients[client].tale.n = world.tales[client].n = 0;
    memset(world.views[client], 0, sizeof(world.views[client]));
}

/* ---- Lines ---- */

static void step_open(int client, int line) {
    static const char *const apps[] = { NULL, "", "org.one", "org.two" };
    OpenOptions options = {
        .privilege = below(_OPEN_PRIVILEGE_MAX),
        .media_modes = chance(60)   ? MEDIA_BIT(MEDIA_INTERACTIVE_VOICE)
                       : chance(50) ? MEDIA_ALL
                                    : (uint32_t) random_next() & MEDIA_ALL,
        .offer = chance(85),
        .on_owner_lost = below(_ON_OWNER_LOST_MAX),
        .app_id = apps[below(G_N_ELEMENTS(apps))],
    };

    story_begin("p%d opens l%d for %s, modes %x, offer %d, lost %d", client, line, open_privilege_to_string(options.privilege),
                options.media_modes, options.offer, options.on_owner_lost);
    judge(ref_open(client, line, &options), line_open(world.lines[line], world.clients[client], &options), NULL);
}

static void step_close(int client, int line) {
    Open *open = NULL;

    story_begin("p%d closes l%d", client, line);
    judge(ref_close(client, line), line_find_open(world.lines[line], world.clients[client], &open), NULL);
    open_close(open);
}

static unsigned count_added(const Tale *tale) {
    unsigned n = 0;

    for (unsigned i = 0; i < tale->n; i++)
        n += tale->told[i].kind == TOLD_ADDED;
    return n;
}

/* The reply comes first; the handles in it are announced after it. */
static void step_get_new_calls(int client, int line) {
    g_autoptr(GPtrArray) handles = NULL;
    Tale *tale = &ref.clients[client].tale;
    unsigned before = count_added(tale);

    story_begin("p%d gets new calls of l%d", client, line);
    judge(ref_get_new_calls(client, line), line_get_new_calls(world.lines[line], world.clients[client], &handles), NULL);
    if (handles && handles->len != count_added(tale) - before)
        wrong("%u new calls, and not %u", handles->len, count_added(tale) - before);
    for (unsigned i = 0; handles && i < handles->len; i++)
        if (handle_privilege(handles->pdata[i]) != PRIVILEGE_MONITOR)
            wrong("a new call is given with ownership");
}

static void step_dial(int client, int line) {
    static const struct {
        const char *text;
        int refusal;
    } addresses[] = {
        { "100", GRANTED },
        { "tel:+4930", GRANTED },
        { "*21#", REFUSAL_NOT_SUPPORTED },
        { "tel:%2a21", REFUSAL_NOT_SUPPORTED },
        { "", REFUSAL_INVALID_ADDRESS },
        { "1\n2", REFUSAL_INVALID_ADDRESS },
        { "102", REFUSAL_TOO_BIG }, /* with a comment that is */
    };
    static char too_big[TEXT_MAX + 2];
    unsigned which = chance(90) ? below(2) : below(G_N_ELEMENTS(addresses)), comment = below(2);
    int call = ref_free_call();
    char token[16] = "";
    RefOrder expected = {
        .media_mode = chance(80) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX),
        .address_refusal = addresses[which].refusal,
        .token = chance(60) ? 1 + below(3) : 0,
        .on_owner_lost = chance(60) ? ON_OWNER_LOST_DROP : ON_OWNER_LOST_KEEP,
    };
    DialOrder order = {
        .address = addresses[which].text,
        .media_mode = expected.media_mode,
        .comment = comment ? "a comment" : NULL,
        .on_owner_lost = expected.on_owner_lost,
        .token = token,
    };
    Question *question;
    Done done;

    if (call == NOTHING)
        return;
    /* With a token the arguments are mostly the same. */
    if (expected.token > 0 && chance(80)) {
        which = comment = 0;
        order.address = addresses[0].text;
        order.comment = NULL;
        expected.address_refusal = GRANTED;
        order.media_mode = expected.media_mode = MEDIA_INTERACTIVE_VOICE;
        order.on_owner_lost = expected.on_owner_lost = expected.token % 2;
    }
    if (expected.token > 0)
        g_snprintf(token, sizeof(token), "t%u", expected.token);
    expected.arguments = 1 + which + 10 * expected.media_mode + 1000 * expected.on_owner_lost + 10000 * comment;
    if (expected.address_refusal == REFUSAL_TOO_BIG)
        order.comment = memset(too_big, 'x', TEXT_MAX + 1);
    story_begin("p%d dials '%s' on l%d as c%d, token '%s', arguments %u, lost %d", client, order.address, line, call, token,
                expected.arguments, expected.on_owner_lost);
    done = ask(client, true, &question);
    judge(ref_dial(client, line, &expected, call, question->number),
          line_dial(world.lines[line], world.clients[client], &order, done), question);
}

/* ---- Calls ---- */

static Refusal *operate(Handle *handle, Operation operation, bool flag, Done done) {
    switch (operation) {
    case OPERATION_ACCEPT:
        return handle_accept(handle, done);
    case OPERATION_ANSWER:
        return handle_answer(handle, done);
    case OPERATION_REDIRECT:
        return handle_redirect(handle, flag ? "102" : "10\t2", done);
    case OPERATION_DROP:
        return handle_drop(handle, flag ? REJECT_BUSY : REJECT_NONE, done);
    case OPERATION_HOLD:
        return handle_hold(handle, done);
    case OPERATION_UNHOLD:
        return handle_unhold(handle, done);
    case OPERATION_SEND_DIGITS:
        return handle_send_digits(handle, flag ? "12#" : "", 80, 40, done);
    case OPERATION_MUTE:
        return handle_mute(handle, flag, done);
    case OPERATION_SWAP_HOLD:
    case OPERATION_MONITOR_DIGITS:
    case OPERATION_HANDOFF:
    case OPERATION_SET_PRIVILEGE:
    case OPERATION_SET_ON_OWNER_LOST:
    case OPERATION_SET_CALL_DATA:
    case OPERATION_SET_APP_DATA:
    case OPERATION_RELEASE:
    case _OPERATION_MAX:
        break;
    }
    wrong("operation %d is none of the network's", operation);
}

static void step_operate(int client, int call, Operation operation) {
    Handle *handle = real_handle(client, call);
    bool flag = chance(80);
    Question *question;
    Done done = ask(client, false, &question);

    story_add(" %d", flag);
    judge(ref_operate(client, call, operation, question->number, flag), operate(handle, operation, flag, done), question);
}

static void step_swap_hold(int client, int call) {
    int held = some_handle(client);
    Question *question;
    Done done = ask(client, false, &question);

    for (int i = 0; i < 4 && !ref_is_held(ref.calls[held].state); i++)
        held = some_handle(client);
    story_add(" with c%d", held);
    judge(ref_swap_hold(client, call, held, question->number),
          handle_swap_hold(real_handle(client, call), real_handle(client, held), done), question);
}

static void step_handoff(int client, int call) {
    int target = chance(90) ? (int) below(CLIENTS) : NOBODY;
    g_autofree char *name = target == NOBODY ? g_strdup("org.nobody") : name_of(target);

    story_add(" to p%d", target);
    judge(ref_handoff(client, call, target), handle_handoff(real_handle(client, call), name), NULL);
}

static void step_set_app_data(int client, int call) {
    Handle *handle = real_handle(client, call);
    unsigned data = below(4);
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    if (data > 0)
        g_variant_dict_insert(&dict, "key", "u", data);
    judge(ref_set_app_data(client, call, data), handle_set_app_data(handle, g_variant_dict_end(&dict)), NULL);
}

static void step_set_call_data(int client, int call) {
    unsigned data = below(4);
    uint8_t byte = data;

    judge(ref_set_call_data(client, call, data), handle_set_call_data(real_handle(client, call), &byte, data > 0), NULL);
}

/* Arguments that are wrong in themselves: after privilege, ability and state. */
static void step_bad_arguments(int client, int call) {
    static const uint8_t too_big[CALL_DATA_MAX + 1];
    Handle *handle = real_handle(client, call);
    Question *question;
    Done done = ask(client, false, &question);
    int refusal;

    story_begin("p%d c%d bad arguments", client, call);
    switch (below(3)) {
    case 0:
        refusal = ref_check(client, call, OPERATION_SEND_DIGITS);
        judge(refusal == GRANTED ? REFUSAL_INVALID_ARGS : refusal, handle_send_digits(handle, "12x", 80, 40, done), question);
        return;
    case 1:
        refusal = ref_check(client, call, OPERATION_SET_CALL_DATA);
        judge(refusal == GRANTED ? REFUSAL_TOO_BIG : refusal, handle_set_call_data(handle, too_big, sizeof(too_big)), question);
        return;
    case 2:
        judge(REFUSAL_INVALID_PRIVILEGE, handle_set_privilege(handle, "king"), question);
        return;
    }
}

static void step_call(int client, int call, Operation operation) {
    bool flag = chance(50);

    story_begin("p%d c%d %s %d", client, call, operation_to_string(operation), flag);
    switch (operation) {
    case OPERATION_ACCEPT:
    case OPERATION_ANSWER:
    case OPERATION_REDIRECT:
    case OPERATION_DROP:
    case OPERATION_HOLD:
    case OPERATION_UNHOLD:
    case OPERATION_SEND_DIGITS:
    case OPERATION_MUTE:
        step_operate(client, call, operation);
        return;
    case OPERATION_SWAP_HOLD:
        step_swap_hold(client, call);
        return;
    case OPERATION_MONITOR_DIGITS:
        judge(ref_monitor_digits(client, call, flag), handle_monitor_digits(real_handle(client, call), flag), NULL);
        return;
    case OPERATION_HANDOFF:
        step_handoff(client, call);
        return;
    case OPERATION_SET_PRIVILEGE:
        judge(ref_set_privilege(client, call, flag), handle_set_privilege(real_handle(client, call), flag ? "owner" : "monitor"),
              NULL);
        return;
    case OPERATION_SET_ON_OWNER_LOST:
        judge(ref_set_on_owner_lost(client, call, flag), handle_set_on_owner_lost(real_handle(client, call), flag), NULL);
        return;
    case OPERATION_SET_CALL_DATA:
        step_set_call_data(client, call);
        return;
    case OPERATION_SET_APP_DATA:
        step_set_app_data(client, call);
        return;
    case OPERATION_RELEASE: {
        Handle *handle = real_handle(client, call);

        ref_release_handle(client, call);
        handle_release(handle);
        return;
    }
    case _OPERATION_MAX:
        return;
    }
}

/* Mostly one that is possible now. */
static Operation some_operation(int client, int call) {
    Operations features = ref_features(client, call);
    Operation operation = below(_OPERATION_MAX);

    for (int i = 0; i < 6 && !(features & OPERATION_BIT(operation)); i++)
        operation = below(_OPERATION_MAX);
    /* It would end too soon. */
    if (operation == OPERATION_DROP && chance(50))
        return OPERATION_ANSWER;
    return operation;
}

static void step_line(int client, int line) {
    unsigned dice = below(100);

    if (!ref.lines[line].there)
        return;
    if (dice < 40)
        step_dial(client, line);
    else if (dice < 75)
        step_open(client, line);
    else if (dice < 82)
        step_close(client, line);
    else
        step_get_new_calls(client, line);
}

void client_step(void) {
    int client = some_client(), call;

    if (client == NOBODY) {
        for (client = 0; world.clients[client];)
            client++;
        arrive(client);
        return;
    }
    outbox_flush(world.clients[client]);
    call = some_handle(client);
    if (chance(2))
        client_leaves(client);
    else if (call == NOTHING || chance(25))
        step_line(client, below(LINES));
    else if (chance(4))
        step_bad_arguments(client, call);
    else
        step_call(client, call, some_operation(client, call));
    if (world.clients[client])
        outbox_flush(world.clients[client]);
}
