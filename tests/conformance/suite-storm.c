/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Storm: many clients do anything at any moment, allowed or not. The spy judges each word; in the end nothing is left.
 * CALLBUS_TEST_STEPS in the environment says how much. */
#include <stdlib.h>

#include "tests/conformance/suite.h"
#include "tests/conformance/world.h"

#define PERSONS 4
#define STEPS 3000
#define LONGEST 5 /* times as many */
#define UNDER_WAY_MAX 8

static int n_lines, n_steps;
static GRand *dice;
static Person *people[PERSONS];

static int roll(int sides) {
    return g_rand_int_range(dice, 0, sides);
}

/* One of the latest, rather of a live call. */
static Seen *pick_handle(const Person *person) {
    Seen *any = NULL;

    for (int tries = 0; person->seen->len > 0 && tries < 20; tries++) {
        int from = MAX(0, (int) person->seen->len - 20);
        Seen *seen = person->seen->pdata[from + roll((int) person->seen->len - from)];

        if (!seen->handle)
            continue;
        any = seen;
        if (call_state_is_live(call_state(seen_call(seen))))
            return seen;
    }
    return any;
}

/* Another one, rather of the same line. */
static Seen *pick_other(const Person *person, const Seen *seen) {
    Seen *other = NULL;

    for (int tries = 0; tries < 10; tries++) {
        other = pick_handle(person);
        if (other && other != seen && call_line(seen_call(other)) == call_line(seen_call(seen)))
            break;
    }
    return other;
}

static const char *pick_address(void) {
    int i = roll(10);

    if (i == 0)
        return adapter.nobody;
    if (i == 1 && adapter.plain_address)
        return adapter.plain_address;
    return adapter.addresses[i % n_lines];
}

static void dial(Person *person) {
    DialOrder order = { .address = pick_address(), .hide_caller_id = roll(2), .no_answer_timeout_s = roll(3) > 0 ? 0 : 1 };
    Line *line = roll(8) || !adapter.plain_line ? world_line((unsigned) roll(n_lines)) : world_plain_line();

    ASK(line_dial, line, person->client, &order);
}

static void release(Seen *seen) {
    handle_release(seen->handle);
    seen->handle = NULL;
}

static void do_simple(Handle *handle, Handle *other) {
    static const char *const digits[] = { "", "1", "12,3", "#*9!8" };

    switch (roll(13)) {
    case 0:
        ASK(handle_accept, handle);
        break;
    case 1:
    case 2:
    case 3:
        ASK(handle_answer, handle);
        break;
    case 4:
        ASK(handle_redirect, handle, pick_address());
        break;
    case 5:
        ASK(handle_drop, handle, (RejectReason) roll(_REJECT_MAX));
        break;
    case 6:
        ASK(handle_hold, handle);
        break;
    case 7:
        ASK(handle_unhold, handle);
        break;
    case 8:
        ASK(handle_swap_hold, handle, other);
        break;
    case 9:
        ASK(handle_send_digits, handle, digits[roll(G_N_ELEMENTS(digits))], 20, 0);
        break;
    case 10:
        refusal_free(handle_monitor_digits(handle, roll(2)));
        break;
    case 11:
        ASK(handle_mute, handle, roll(2));
        break;
    case 12:
        ASK(handle_send_tone, handle, (Tone) roll(_TONE_MAX), 20 * (unsigned) roll(10));
        break;
    }
}

static void do_much(Handle *handle, Handle *other) {
    const DialOrder order = { .address = roll(6) ? pick_address() : "" };

    switch (roll(12)) {
    case 0:
        ASK(handle_blind_transfer, handle, pick_address());
        break;
    case 1:
        ASK(handle_setup_transfer, handle, &order);
        break;
    case 2:
        ASK(handle_complete_transfer, handle, other, TRANSFER_TRANSFER);
        break;
    case 3:
        ASK(handle_complete_transfer, handle, other, TRANSFER_CONFERENCE);
        break;
    case 4:
        ASK(handle_setup_conference, handle, &order);
        break;
    case 5:
        ASK(handle_prepare_add_to_conference, handle, &order);
        break;
    case 6:
    case 7:
        ASK(handle_add_to_conference, handle, other);
        break;
    case 8:
        ASK(handle_remove_from_conference, handle);
        break;
    case 9:
        ASK(handle_park, handle, roll(2) ? "" : "70");
        break;
    case 10:
        ASK(handle_complete_call, handle, (CompletionMode) roll(_COMPLETION_MAX));
        break;
    case 11:
        ASK(handle_dial_digits, handle, pick_address());
        break;
    }
}

/* What a consultation was made for. */
static void complete(Seen *seen, Handle *other) {
    TransferMode mode = roll(3) ? TRANSFER_TRANSFER : TRANSFER_CONFERENCE;

    if (call_kind(seen_call(seen)) == CALL_KIND_CONFERENCE)
        ASK(handle_add_to_conference, seen->handle, other);
    else
        ASK(handle_complete_transfer, seen->handle, other, mode);
}

/* Anything that can be asked of a call, much of it in the wrong state. What rings is rather answered, what is held is rather
 * completed, and what is connected is rather used. */
static void do_anything(Seen *seen, Handle *other) {
    CallState state = call_state(seen_call(seen));
    int what = roll(100);

    if (what == 0)
        release(seen);
    else if (what == 1)
        ASK(handle_secure, seen->handle);
    else if (call_state_is_ringing(state) && what < 60)
        ASK(handle_answer, seen->handle);
    else if (call_state_is_held(state) && what < 50)
        complete(seen, other);
    else if (what < (call_state_is_ringing(state) ? 90 : 35))
        do_simple(seen->handle, other);
    else
        do_much(seen->handle, other);
}

static void shake_forwarding(const Person *person) {
    const ForwardRule rule = {
        .condition = (ForwardCondition) (roll(4) * 4),
        .filter = "",
        .destination = roll(6) ? pick_address() : "",
        .rings = 1,
    };

    ASK(line_forward, world_line((unsigned) roll(n_lines)), person->client, &rule, (size_t) (roll(3) == 0));
}

static void take_up(const Person *person) {
    Line *line = world_line((unsigned) roll(n_lines));

    if (roll(2))
        ASK(line_unpark, line, person->client, roll(2) ? "70" : "71");
    else
        ASK(line_pickup, line, person->client, roll(3) ? pick_address() : "", "");
}

static void replace_person(int i) {
    static int count;

    person_leaves(people[i]);
    people[i] = person_arrives(g_strdup_printf("person%d", count++));
    for (unsigned line = 0; line < (unsigned) n_lines; line++)
        person_opens(people[i], line, OPEN_OWNER_MONITOR);
}

static void ask_state(const Person *person, Line *line, LineState state) {
    Answer *answer = answer_new();

    asked(line_debug_state(line, person->client, state, "storm", answer_by(answer)), answer);
}

/* One that is out of service comes back soon. */
static void shake_line(const Person *person, bool out) {
    Line *line = world_line((unsigned) roll(n_lines));

    if (line_state(line) == LINE_OUT_OF_SERVICE)
        ask_state(person, line, LINE_IN_SERVICE);
    else if (out)
        ask_state(person, line, LINE_OUT_OF_SERVICE);
}

static void step(void) {
    int i = roll(PERSONS), what = roll(300);
    Seen *seen, *other;
    Answer *answer;

    if (what == 0)
        replace_person(i);
    else if (what < 6)
        shake_line(people[i], /* out= */ what == 1 && roll(3) == 0);
    else if (what == 6)
        shake_forwarding(people[i]);
    else if (what < 10)
        take_up(people[i]);
    else if (what < 13) {
        answer = answer_new();
        asked(line_debug_incoming(world_line((unsigned) roll(n_lines)), people[i]->client, "4711", answer_by(answer)), answer);
    } else if (what < 35)
        dial(people[i]);
    else if ((seen = pick_handle(people[i]))) {
        other = pick_other(people[i], seen);
        do_anything(seen, other ? other->handle : seen->handle);
    }
}

/* Much at once, but no more than the provider can follow, however slow it is: what it has yet to answer can't be used. */
static void let_it_follow(void) {
    unsigned most = (unsigned) roll(UNDER_WAY_MAX);

    AWAIT(spy_count_pending() <= most);
}

/* Most of what is asked is refused; how much was done depends on how soon the provider does it. */
static bool is_calm(void) {
    return spy_count_completed() <= (unsigned) n_steps / 10;
}

static void storm(guint32 seed) {
    dice = g_rand_new_with_seed(seed);
    n_lines = adapter.lines[2] ? 3 : 2;
    n_steps = atoi(g_getenv("CALLBUS_TEST_STEPS") ?: G_STRINGIFY(STEPS));
    for (int i = 0; i < PERSONS; i++) {
        people[i] = person_arrives(g_strdup_printf("first%d", i));
        for (unsigned line = 0; line < (unsigned) n_lines; line++)
            person_opens(people[i], line, OPEN_OWNER_MONITOR);
    }
    for (int i = 0; i < n_steps || (i < LONGEST * n_steps && is_calm()); i++) {
        step();
        if (roll(3) == 0)
            world_poll();
        if (roll(4) == 0)
            let_it_follow();
        /* What one in another process tells needs more time. */
        if (adapter.find_ops && roll(4) == 0)
            world_pause();
        if (roll(100) == 0)
            world_pause();
    }
    g_rand_free(dice);
}

SCENARIO(any_order_keeps_the_contract) {
    storm((guint32) _i + 1);
    ck_assert(!is_calm());
    AWAIT(spy_count_pending() == 0);
}

SCENARIO(a_stop_in_a_storm_leaves_nothing) {
    storm((guint32) _i + 100);
    world_stop();
}
