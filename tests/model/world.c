/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* World: begin, step, end. */
#include "tests/model/world.h"

#include <string.h>

#include "service/priority.h"
#include "tests/model/clock.h"
#include "tests/model/random.h"

World world;

static unsigned one_of(unsigned a, unsigned b, unsigned c) {
    return (const unsigned[]) { a, b, c }[below(3)];
}

/* Some things that a network need not be able to do. What needs two of its functions is there with both. */
static Operations choose_abilities(ProviderOps *ops) {
    Operations abilities = OPERATION_BIT(_OPERATION_MAX) - 1;
    bool all = chance(50);

#define MAYBE_NOT(op, ...)                                          \
    if (!all && chance(20)) {                                       \
        static const Operation lost[] = { __VA_ARGS__ };            \
        ops->op = NULL;                                             \
        for (unsigned i = 0; i < G_N_ELEMENTS(lost); i++)           \
            abilities &= ~OPERATION_BIT(lost[i]);                   \
    }
    MAYBE_NOT(accept, OPERATION_ACCEPT)
    MAYBE_NOT(answer, OPERATION_ANSWER)
    MAYBE_NOT(redirect, OPERATION_REDIRECT)
    MAYBE_NOT(hold, OPERATION_HOLD)
    MAYBE_NOT(unhold, OPERATION_UNHOLD)
    MAYBE_NOT(swap_hold, OPERATION_SWAP_HOLD)
    MAYBE_NOT(blind_transfer, OPERATION_BLIND_TRANSFER)
    MAYBE_NOT(setup_transfer, OPERATION_SETUP_TRANSFER)
    MAYBE_NOT(complete_transfer, OPERATION_COMPLETE_TRANSFER, OPERATION_SETUP_TRANSFER)
    MAYBE_NOT(setup_conference, OPERATION_SETUP_CONFERENCE)
    MAYBE_NOT(prepare_add_to_conference, OPERATION_PREPARE_ADD_TO_CONFERENCE)
    MAYBE_NOT(add_to_conference, OPERATION_ADD_TO_CONFERENCE, OPERATION_SETUP_CONFERENCE, OPERATION_PREPARE_ADD_TO_CONFERENCE,
              OPERATION_GET_CONFERENCE_CALLS)
    MAYBE_NOT(remove_from_conference, OPERATION_REMOVE_FROM_CONFERENCE)
    MAYBE_NOT(park, OPERATION_PARK)
    MAYBE_NOT(unpark, OPERATION_UNPARK)
    MAYBE_NOT(pickup, OPERATION_PICKUP)
    MAYBE_NOT(forward, OPERATION_FORWARD)
    MAYBE_NOT(complete_call, OPERATION_COMPLETE_CALL)
    MAYBE_NOT(cancel_completion, OPERATION_CANCEL_COMPLETION)
    MAYBE_NOT(dial_digits, OPERATION_DIAL_DIGITS)
    MAYBE_NOT(send_digits, OPERATION_SEND_DIGITS)
    MAYBE_NOT(send_tone, OPERATION_SEND_TONE)
    MAYBE_NOT(monitor_digits, OPERATION_MONITOR_DIGITS, OPERATION_GATHER_DIGITS)
    MAYBE_NOT(mute, OPERATION_MUTE)
    MAYBE_NOT(set_audio, OPERATION_SET_AUDIO_DEVICE, OPERATION_SET_VOLUME)
    MAYBE_NOT(send_user_user_info, OPERATION_SEND_USER_USER_INFO)
    MAYBE_NOT(secure, OPERATION_SECURE)
    return abilities;
}

static void choose_reference(void) {
    memset(&ref, 0, sizeof(ref));
    ref.max_handles = one_of(3, 5, 16);
    ref.max_requests = one_of(2, 5, 20);
    ref.max_user_requests = one_of(3, 20, 40);
    ref.max_tokens = one_of(2, 4, 20);
    ref.timeout = 20 * G_USEC_PER_SEC;
    ref.abilities = choose_abilities(&world.ops);
    for (int i = 0; i < LINES; i++)
        ref.lines[i] = (RefLine) {
            .close_drop = chance(60),
            .max_active = one_of(0, 0, 2),
            .max_held = one_of(0, 0, 1),
            .max_parties = one_of(0, 2, chance(80) ? 3 : 1),
            .answer_mode = one_of(ANSWER_MODE_NONE, chance(50) ? ANSWER_MODE_NONE : ANSWER_MODE_DROP, ANSWER_MODE_HOLD),
            .without = chance(30) ? random_next() & random_next() & random_next() : 0,
            .call_id = i != 2,
            .media_modes = chance(70) ? MEDIA_ALL : MEDIA_BIT(MEDIA_INTERACTIVE_VOICE) | MEDIA_BIT(MEDIA_VIDEO),
        };
}

void world_make(void) {
    world.manager = manager_new(&world.limits);
    manager_set_priorities(world.manager, priorities_new(NULL));
    manager_set_observer(world.manager, &watcher, NULL);
    world.provider = provider_new(world.manager, &world.ops, NULL);
}

void world_begin(uint64_t seed) {
    story_mark("world", seed);
    clock_reset();
    random_seed(seed);
    world = (World) { .steps = world.steps, .digest = world.digest, .ops = network_ops };
    choose_reference();
    world.disorder = one_of(5, 30, 90);
    world.crowd = one_of(2, 4, CLIENTS);
    world.limits = (Limits) {
        .handles_per_client = ref.max_handles,
        .requests_per_client = ref.max_requests,
        .requests_per_user = ref.max_user_requests,
        .request_timeout_s = 20,
        .tokens_per_user = ref.max_tokens,
    };
    world.keeps = chance(8);
    story_begin("a new world");
    world_make();
    if (world.keeps)
        restart_begin();
    network_begin();
    check_all(true);
}

/* From one thing that is due to the next. */
static void time_step(void) {
    unsigned seconds = chance(3) ? 3601 * (1 + below(40)) : 1 + below(8);
    int64_t end = clock_now() + seconds * G_TIME_SPAN_SECOND;

    story_begin("%u s pass", seconds);
    world.declined = true;
    for (int i = 0; i < CALLS; i++)
        if (ref.calls[i].there && ref.calls[i].gathering.client != NOBODY)
            world.declined = false;
    while (ref_next_deadline() <= end) {
        int64_t next = ref_next_deadline();

        ref_time_out(next);
        clock_pass(next - clock_now());
    }
    clock_pass(end - clock_now());
}

static void settle(void) {
    bool flushed = chance(50);

    network_bind();
    if (flushed)
        manager_flush(world.manager);
    if (world.keeps && chance(50))
        restart_commit();
    check_all(flushed);
    world.refused = world.declined = false;
    world.digest = world.digest * 31 + world.dump;
    world.steps++;
}

void world_step(uint64_t seed) {
    unsigned dice;

    story_mark("step", seed);
    random_seed(seed);
    dice = below(100);
    ref.start_fails = chance(3);
    if (world.keeps && chance(3))
        restart_step();
    else if (dice < 50)
        client_step();
    else if (dice < 96)
        network_step();
    else
        time_step();
    settle();
}

/* ---- The end: nobody and nothing is left ---- */

static void stop(void) {
    story_begin("the service stops");
    manager_flush(world.manager);
    check_all(true);
    world.stopping = ref.stopping = true;
    for (unsigned i = 0; i < ref.n_requests; i++)
        ref.requests[i].answered = true;
    network_stop();
    world.stopping = false;
    settle();
    for (int i = 0; i < 30; i++) {
        if (chance(70))
            client_step();
        else
            network_step();
        settle();
    }
}

static void judge_questions(void) {
    for (unsigned i = 0; i < world.n_questions; i++)
        if (world.questions[i].answers != !world.questions[i].refused)
            wrong("question %u has %u answers", i, world.questions[i].answers);
}

static void judge_rest(void) {
    if (ref.n_requests > 0 || g_hash_table_size(manager_requests(world.manager)) > 0)
        wrong("%u requests are left", g_hash_table_size(manager_requests(world.manager)));
    if (manager_count_clients(world.manager) > 0 || g_hash_table_size(manager_users(world.manager)) > 0)
        wrong("clients or users are left");
    if (manager_outboxes(world.manager)->length > 0 || manager_deadlines(world.manager)->length > 0)
        wrong("something waits to be told, or for its time to be over");
    for (int i = 0; i < LINES; i++)
        if (world.lines[i] && line_calls(world.lines[i])->length > 0)
            wrong("a call is left on l%d", i);
}

void world_end(uint64_t seed) {
    bool stops;

    story_end();
    random_seed(seed);
    stops = chance(30);
    ref.start_fails = false;
    if (stops)
        stop();
    for (int i = 0; i < CLIENTS; i++)
        if (world.clients[i]) {
            client_leaves(i);
            settle();
        }
    if (!stops)
        stop();
    for (int i = 0; i < CLIENTS; i++)
        if (world.clients[i]) {
            client_leaves(i);
            settle();
        }
    while (network_finish_one())
        settle();
    network_is_stopped();
    judge_questions();
    judge_rest();
    provider_free(world.provider);
    manager_free(world.manager);
    if (world.keeps)
        restart_end();
}
