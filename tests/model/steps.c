/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of clients: each does what the bus would do for it, and the reference does the same. */
#include <string.h>

#include "service/priority.h"
#include "service/recipient.h"
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

/* So many handles, and the network's text where there is one. */
static void judge_kind(const Question *question, const Outcome *outcome, bool granted) {
    unsigned n = (outcome->handle != NULL) + (outcome->second != NULL);

    if (n != (granted ? question->n_handles : 0))
        wrong("question %" G_GUINT64_FORMAT " has an answer of the wrong kind", question->number);
    if (granted && question->with_text && g_strcmp0(outcome->text, "text") != 0)
        wrong("question %" G_GUINT64_FORMAT " has an answer without its text", question->number);
}

static uint64_t number_of(const Handle *handle) {
    return handle ? handle_number(handle) : 0;
}

/* As the bus does it: what was told before comes before the answer; what a new handle causes comes after it. */
static void on_done(const Outcome *outcome, void *userdata) {
    Question *question = userdata;
    int refusal = outcome->refusal ? (int) refusal_code(outcome->refusal) : GRANTED;
    Tale *tale = &world.tales[question->client];

    if (world.killed)
        return;

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
    judge_kind(question, outcome, refusal == GRANTED);
    if (refusal != GRANTED || question->n_handles == 0)
        outbox_flush(world.clients[question->client]);
    tale->told[tale->n++] = (Told) {
        .kind = TOLD_DONE,
        .about = question->number,
        .value = outcome_value(refusal, number_of(outcome->handle), number_of(outcome->second)),
    };
}

Done ask(int client, unsigned n_handles, Question **ret) {
    Question *question = &world.questions[world.n_questions];

    if (world.n_questions == QUESTIONS)
        wrong("there are too many questions for one world");
    *question = (Question) { .client = client, .number = world.n_questions++, .n_handles = n_handles };
    *ret = question;
    return (Done) { on_done, question };
}

/* The outcome at once must be the one of the reference; with NULL for `question` it is the whole of it. */
void judge(int expected, Refusal *refusal, Question *question) {
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
    int client = below(world.crowd);

    return world.clients[client] ? client : NOBODY;
}

int some_handle(int client) {
    int calls[CALLS], n = 0;

    for (int i = 0; i < CALLS; i++)
        if (ref.clients[client].handles[i].there)
            calls[n++] = i;
    return n > 0 ? calls[below(n)] : NOTHING;
}

int some_partner(int client, int call, uint32_t states) {
    int calls[CALLS], n = 0;

    for (int i = 0; i < CALLS; i++) {
        const RefCall *c = &ref.calls[i];

        if (i != call && ref.clients[client].handles[i].owner && c->line == ref.calls[call].line &&
            c->kind == CALL_KIND_PLAIN && states & UINT32_C(1) << c->state)
            calls[n++] = i;
    }
    return n > 0 && chance(85) ? calls[below(n)] : some_handle(client);
}

Handle *real_handle(int client, int call) {
    Handle *handle = client_find_handle(world.clients[client], ref.clients[client].handles[call].number);

    if (!handle || handle_call(handle) != world.calls[call])
        wrong("p%d has no handle of c%d", client, call);
    return handle;
}

/* ---- Coming and going ---- */

const char *app_name(unsigned app) {
    static const char *const names[] = { "", "org.app.1", "org.app.2", "org.app.3" };

    return names[app];
}

char *name_of(int client) {
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
    memset(world.told_rules[client], 0, sizeof(world.told_rules[client]));
}

/* ---- Lines ---- */

static void step_open(int client, int line) {
    OpenOptions options = {
        .privilege = below(_OPEN_PRIVILEGE_MAX),
        .media_modes = chance(60)   ? MEDIA_BIT(MEDIA_INTERACTIVE_VOICE)
                       : chance(50) ? MEDIA_ALL
                                    : (uint32_t) random_next() & MEDIA_ALL,
        .offer = chance(85),
        .on_owner_lost = below(_ON_OWNER_LOST_MAX),
        .app_id = app_name(below(APPS)),
    };

    story_begin("p%d opens l%d for %s, modes %x, offer %d, lost %d, as '%s'", client, line,
                open_privilege_to_string(options.privilege), options.media_modes, options.offer, options.on_owner_lost,
                options.app_id);
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

/* What is given by a reply is not told of before it. */
void judge_reply_first(int client, uint64_t last_number) {
    const Tale *tale = &world.tales[client];

    for (unsigned i = 0; i < tale->n; i++)
        if (tale->told[i].kind == TOLD_ADDED && tale->told[i].about > last_number)
            wrong("p%d is told of a handle before the reply that gives it", client);
}

/* The reply comes first; the handles in it are announced after it. */
static void step_get_new_calls(int client, int line) {
    g_autoptr(GPtrArray) handles = NULL;
    Tale *tale = &ref.clients[client].tale;
    unsigned before = count_added(tale);
    uint64_t last = ref.clients[client].last_number;

    story_begin("p%d gets new calls of l%d", client, line);
    judge(ref_get_new_calls(client, line), line_get_new_calls(world.lines[line], world.clients[client], &handles), NULL);
    judge_reply_first(client, last);
    if (handles && handles->len != count_added(tale) - before)
        wrong("%u new calls, and not %u", handles->len, count_added(tale) - before);
    for (unsigned i = 0; handles && i < handles->len; i++)
        if (handle_privilege(handles->pdata[i]) != PRIVILEGE_MONITOR)
            wrong("a new call is given with ownership");
}

/* What would end the call too soon, and so it is done half as often. */
#define ENDS                                                                                                                \
    (OPERATION_BIT(OPERATION_DROP) | OPERATION_BIT(OPERATION_BLIND_TRANSFER) | OPERATION_BIT(OPERATION_PARK) |              \
     OPERATION_BIT(OPERATION_REDIRECT) | OPERATION_BIT(OPERATION_COMPLETE_CALL) | OPERATION_BIT(OPERATION_RELEASE))

/* What takes so much to be possible at all that it is done more often. */
#define RARE                                                                                                                \
    (OPERATION_BIT(OPERATION_SETUP_TRANSFER) | OPERATION_BIT(OPERATION_COMPLETE_TRANSFER) |                                 \
     OPERATION_BIT(OPERATION_SETUP_CONFERENCE) | OPERATION_BIT(OPERATION_PREPARE_ADD_TO_CONFERENCE) |                       \
     OPERATION_BIT(OPERATION_ADD_TO_CONFERENCE) | OPERATION_BIT(OPERATION_HOLD))

static Operation some_of(Operations operations) {
    Operation all[_OPERATION_CALL_MAX], n = 0;

    for (Operation i = 0; i < _OPERATION_CALL_MAX; i++)
        if (operations & OPERATION_BIT(i))
            all[n++] = i;
    return all[below(n)];
}

/* Mostly one that is possible now. */
static Operation some_operation(int client, int call) {
    Operations features = ref_features(client, call);

    if (chance(8))
        return below(_OPERATION_CALL_MAX);
    if (features & RARE && chance(40))
        return some_of(features & RARE);
    return some_of(chance(50) ? features & ~ENDS : features);
}

/* There is room for so many calls only: what is over should go. */
static int idle_handle(int client) {
    for (int i = 0; i < CALLS; i++)
        if (ref.clients[client].handles[i].there && ref.calls[i].state == CALL_STATE_IDLE)
            return i;
    return NOTHING;
}

static void step_line(int client, int line) {
    unsigned dice = below(100);

    if (!ref.lines[line].there)
        return;
    if (dice < 30)
        step_dial(client, line);
    else if (dice < 36)
        step_set_up(client, line, NOTHING, OPERATION_SETUP_CONFERENCE);
    else if (dice < 44)
        step_fetch(client, line, chance(50) ? OPERATION_PICKUP : OPERATION_UNPARK);
    else if (dice < 48)
        step_ask_line(client, line, chance(70) ? OPERATION_FORWARD : OPERATION_CANCEL_COMPLETION);
    else if (dice < 78)
        step_open(client, line);
    else if (dice < 84)
        step_close(client, line);
    else
        step_get_new_calls(client, line);
}

/* ---- What concerns no line ---- */

/* Each app once, in any order. */
static void step_priorities(void) {
    MediaMode media_mode = chance(70) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX);
    unsigned first = 1 + below(APPS - 1), n = below(APPS);
    const char *apps[] = { app_name(first), app_name(APPS - first), NULL };

    apps[n] = NULL;
    story_begin("the priorities for media mode %d are %s %s", media_mode, apps[0] ?: "none", n > 1 ? apps[1] : "");
    ref.apps[media_mode][0] = n > 0 ? first : 0;
    ref.apps[media_mode][1] = n > 1 ? APPS - first : 0;
    judge(GRANTED, priorities_set(manager_priorities(world.manager), media_mode, apps), NULL);
}

static void step_manager(int client) {
    MediaMode media_mode = chance(70) ? MEDIA_INTERACTIVE_VOICE : below(_MEDIA_MAX);
    bool enable = chance(60);

    if (chance(40)) {
        step_priorities();
    } else if (chance(50)) {
        story_begin("p%d takes wishes: %d", client, enable);
        ref_register_recipient(client, enable);
        client_register_recipient(world.clients[client], enable);
    } else {
        story_begin("p%d wants a call, media mode %d", client, media_mode);
        judge(ref_request_call(media_mode),
              manager_request_call(world.manager, &(CallWish) { .address = "112", .media_mode = media_mode, .comment = "please" }),
              NULL);
    }
}

void client_step(void) {
    int client = some_client(), call, idle;

    if (client == NOBODY) {
        for (client = 0; world.clients[client];)
            client++;
        arrive(client);
        return;
    }
    outbox_flush(world.clients[client]);
    call = some_handle(client);
    for (int i = 0; i < 3 && call != NOTHING && !ref.clients[client].handles[call].owner; i++)
        call = some_handle(client);
    if (chance(2))
        client_leaves(client);
    else if (ref_free_calls() < 4 && chance(40) && (idle = idle_handle(client)) != NOTHING)
        step_call(client, idle, OPERATION_RELEASE);
    else if (chance(3))
        step_manager(client);
    else if (call == NOTHING || chance(25))
        step_line(client, chance(60) ? 0 : below(LINES));
    else if (chance(4))
        step_bad_arguments(client, call);
    else
        step_call(client, call, some_operation(client, call));
    if (world.clients[client])
        outbox_flush(world.clients[client]);
}
