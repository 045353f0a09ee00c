/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each limit of the table, one below it, at it, and one beyond: for one user, while another feels nothing of it. */
#include <string.h>

#include "service/limit.h"
#include "service/request.h"
#include "service/toll.h"
#include "tests/model/clock.h"
#include "tests/unit/stage.h"

enum { MAX = 3 };

#define MINUTE (INT64_C(60) * G_USEC_PER_SEC)

/* ---- What is used up ---- */

static void on_done(const Outcome *outcome, void *userdata) {
}

static const Done done = { on_done, NULL };

/* One more, the i-th, of the user of `client` (who may have a second one). */
typedef Refusal *(*Use)(Client *client, unsigned i);

static Refusal *dial_with(Client *client, const char *address, const char *token) {
    const DialOrder order = { .address = address, .token = token };
    Refusal *refusal = line_dial(line0, client, &order, done);

    if (!refusal)
        begins(last_request(), CALL_EVENT_CONNECTED, NULL, NULL);
    return refusal;
}

static Refusal *dial(Client *client, unsigned i) {
    return dial_with(client, "101", NULL);
}

static Refusal *dial_costly(Client *client, unsigned i) {
    return dial_with(client, "0900101", NULL);
}

static Refusal *dial_with_token(Client *client, unsigned i) {
    char token[] = { (char) ('0' + i), '\0' };

    return dial_with(client, "101", token);
}

/* The user's second client takes turns with the first. */
static Client *second_of(Client *client) {
    const char *name = client_name(client)[0] == 'a' ? "b" : "B";

    return manager_find_client(manager, name) ?: arrives(name);
}

static Refusal *dial_in_turn(Client *client, unsigned i) {
    return dial(i % 2 == 0 ? client : second_of(client), i);
}

static Refusal *ask_for_call(Client *client, unsigned i) {
    const DialOrder order = { .address = "101" };

    return line_dial(line0, client, &order, done);
}

static Refusal *ask_in_turn(Client *client, unsigned i) {
    return ask_for_call(i % 2 == 0 ? client : second_of(client), i);
}

static Refusal *open_one(Client *client, unsigned i) {
    const OpenOptions options = { .privilege = OPEN_OWNER, .media_modes = MEDIA_ALL };
    g_autofree char *name = g_strdup_printf("line_%s_%u", client_name(client), i);

    return line_open(manager_find_line(manager, name) ?: adds_line(name, 0, false, 0), client, &options);
}

/* Names in order, those of the user's in capitals or not. */
static Refusal *connect_one(Client *client, unsigned i) {
    char name[] = { (char) (client_name(client)[0] + 1 + i), '\0' };
    Refusal *refusal = user_check_client(manager, user_uid(client_user(client)));

    if (!refusal)
        arrives(name);
    return refusal;
}

static Handle *talk_of(Client *client) {
    g_autoptr(GPtrArray) handles = client_list_handles(client);

    return handles->len > 0 ? handles->pdata[0] : talks(client, line0);
}

static Refusal *send_digit(Client *client, unsigned i) {
    return handle_send_digits(talk_of(client), "1", 100, 100, done);
}

/* ---- What makes room again ---- */

static void wait_for_one(void) {
    clock_pass(MINUTE / MAX);
}

static void wait_for_one_of_a_day(void) {
    clock_pass(24 * 60 * MINUTE / MAX);
}

static void end_one(void) {
    Handle *handle = talk_of(manager_find_client(manager, "a"));

    provider_report_ended(handle_call(handle), CAUSE_NORMAL, NULL);
    handle_release(handle);
}

static void answer_one(void) {
    Request *request = g_queue_peek_head(client_requests(manager_find_client(manager, "a")));

    begins(request_id(request), CALL_EVENT_CONNECTED, NULL, NULL);
}

static void close_one(void) {
    open_close(client_find_open(manager_find_client(manager, "a"), manager_find_line(manager, "line_a_0")));
}

static void leave_one(void) {
    client_vanish(manager_find_client(manager, "c"));
}

/* ---- The table of tests ---- */

static const struct {
    Use use;
    void (*make_room)(void); /* for one more; NULL: only much later */
    unsigned begin;          /* so much is used already */
    const char *elsewhere;   /* where it is tested */
} probes[_LIMIT_MAX] = {
    [LIMIT_CLIENTS_PER_USER] = { connect_one, leave_one, 1 },
    [LIMIT_HANDLES_PER_CLIENT] = { dial, end_one },
    [LIMIT_HANDLES_PER_USER] = { dial_in_turn, end_one },
    [LIMIT_OPENS_PER_CLIENT] = { open_one, close_one },
    [LIMIT_REQUESTS_PER_CLIENT] = { ask_for_call, answer_one },
    [LIMIT_REQUESTS_PER_USER] = { ask_in_turn, answer_one },
    [LIMIT_TOKENS_PER_USER] = { dial_with_token, NULL },
    [LIMIT_PROMPTS_PER_USER] = { .elsewhere = "rights-waiting" },
    [LIMIT_PROMPTS] = { .elsewhere = "rights-waiting" },
    [LIMIT_MESSAGES_PER_SECOND] = { .elsewhere = "test-limits on the bus" },
    [LIMIT_DIGITS_PER_MINUTE] = { send_digit, wait_for_one },
    [LIMIT_DIALS_PER_MINUTE] = { dial, wait_for_one },
    [LIMIT_DIALS_PER_DAY] = { dial, wait_for_one_of_a_day },
    [LIMIT_COSTLY_DIALS_PER_DAY] = { dial_costly, wait_for_one_of_a_day },
    [LIMIT_CALLS_PER_USER] = { dial, end_one },
    [LIMIT_LINE_DIALS_PER_MINUTE] = { dial, wait_for_one },
    [LIMIT_LINE_DIALS_PER_DAY] = { dial, wait_for_one_of_a_day },
    [LIMIT_LINE_COSTLY_DIALS_PER_DAY] = { dial_costly, wait_for_one_of_a_day },
    [LIMIT_LINE_CALLS_PER_USER] = { dial, end_one },
    [LIMIT_LINE_CALL_MINUTES] = { .elsewhere = "test-toll" },
};

/* The service with that limit and no other. */
static void begin_with(Limit limit, unsigned value) {
    const LimitInfo *info = &limit_table[limit];
    LinePolicy *policy = line_policy_new("line0");

    stage_limits = limits_default;
    if (info->scope == LIMIT_SERVICE)
        *(unsigned *) ((char *) &stage_limits + info->offset) = value;
    else
        *(unsigned *) ((char *) &policy->toll + info->offset) = value;
    policy->costly_prefixes = g_strsplit("0900", ";", -1);
    stage_begin();
    manager_set_line_policy(manager, policy);
}

static void expect_limit(Refusal *refusal) {
    expect_refusal(refusal, REFUSAL_LIMITS_EXCEEDED);
}

static unsigned use_up(Limit limit, Client *client) {
    unsigned i = probes[limit].begin;

    for (; i < MAX; i++)
        expect_granted(probes[limit].use(client, i));
    return i;
}

START_TEST(each_limit_has_a_test) {
    ck_assert_msg(limit_table[_i].key && limit_table[_i].what, "limit %d is not in the table", _i);
    ck_assert_msg(probes[_i].use || probes[_i].elsewhere, "%s has no test", limit_table[_i].key);
}
END_TEST

START_TEST(one_below_at_and_beyond) {
    Client *a, *other;
    unsigned used;

    if (!probes[_i].use)
        return;
    begin_with(_i, MAX);
    a = arrives("a");
    other = arrives("A");
    used = use_up(_i, a);
    expect_limit(probes[_i].use(a, used));
    expect_limit(probes[_i].use(a, used));
    /* Another user feels nothing of it, and is limited likewise. */
    used = use_up(_i, other);
    expect_limit(probes[_i].use(other, used));
    if (probes[_i].make_room) {
        probes[_i].make_room();
        expect_granted(probes[_i].use(a, used + 1));
        expect_limit(probes[_i].use(a, used + 2));
    }
    stage_end();
}
END_TEST

START_TEST(without_a_limit_there_is_none) {
    Client *a;

    if (!probes[_i].use || limit_table[_i].min > 0)
        return;
    begin_with(_i, 0);
    a = arrives("a");
    for (unsigned i = probes[_i].begin; i < 2 * MAX; i++)
        expect_granted(probes[_i].use(a, i));
    stage_end();
}
END_TEST

/* Whatever is used up: the call is made, and its client has a handle of it, on which all works. */
START_TEST(an_emergency_passes_each_limit) {
    Client *a;
    Call *call;
    Handle *handle;

    if (!probes[_i].use)
        return;
    begin_with(_i, MAX);
    a = arrives("a");
    expect_limit(probes[_i].use(a, use_up(_i, a)));
    for (int i = 0; i < 2 * MAX; i++) {
        g_autofree char *token = g_strdup_printf("emergency-%d", i);

        expect_granted(dial_with(a, "1-1-2", token));
        call = last_call();
        ck_assert(call_emergency(call));
        handle = client_find_handle_on(a, call);
        ck_assert_ptr_nonnull(handle);
        ck_assert_int_eq(handle_privilege(handle), PRIVILEGE_OWNER);
        expect_granted(handle_send_digits(handle, "123456789", 100, 100, done));
        completes(last_request());
        expect_granted(handle_drop(handle, REJECT_NONE, done));
        provider_report_ended(call, CAUSE_NORMAL, NULL);
    }
    stage_end();
}
END_TEST

static void hangs_up(Client *client) {
    Call *call = last_call();

    expect_granted(handle_drop(client_find_handle_on(client, call), REJECT_NONE, done));
    provider_report_ended(call, CAUSE_NORMAL, NULL);
}

/* What is over of one program of a user, and is more than it may have, is not in the way of another. */
START_TEST(an_emergency_passes_after_one_of_another_program) {
    Client *a, *b;

    begin_with(LIMIT_HANDLES_PER_USER, MAX);
    a = arrives("a");
    b = second_of(a);
    use_up(LIMIT_HANDLES_PER_CLIENT, a);
    for (int i = 0; i < 2 * MAX; i++) {
        expect_granted(dial_with(i % 2 == 0 ? a : b, "112", NULL));
        hangs_up(i % 2 == 0 ? a : b);
    }
    stage_end();
}
END_TEST

/* Nobody fills the memory with calls for help. */
START_TEST(not_all_can_be_emergencies) {
    enum { HANDLES = 20, EMERGENCIES = 64 };
    unsigned n = 0;
    Client *a;

    begin_with(LIMIT_HANDLES_PER_USER, HANDLES);
    a = arrives("a");
    for (int i = 0; i < 3 * HANDLES; i++) {
        expect_granted(dial_with(a, "112", NULL));
        hangs_up(a);
    }
    ck_assert_uint_le(client_count_handles(a), HANDLES + 1);
    for (; n < 3 * EMERGENCIES; n++) {
        _cleanup_(refusal_freep) Refusal *refusal = dial_with(a, "112", NULL);

        if (refusal)
            break;
    }
    ck_assert_uint_eq(n, EMERGENCIES);
    expect_granted(dial_with(arrives("B"), "112", NULL));
    stage_end();
}
END_TEST

/* Nor with calls that go on without anybody. */
START_TEST(what_nobody_holds_counts) {
    const DialOrder order = { .address = "101", .on_owner_lost = ON_OWNER_LOST_KEEP };
    Client *a;

    begin_with(LIMIT_HANDLES_PER_USER, MAX);
    a = arrives("a");
    for (int i = 0; i < MAX; i++) {
        expect_granted(line_dial(line0, a, &order, done));
        begins(last_request(), CALL_EVENT_CONNECTED, NULL, NULL);
        handle_release(client_find_handle_on(a, last_call()));
    }
    ck_assert_uint_eq(client_count_handles(a), 0);
    expect_limit(line_dial(line0, a, &order, done));
    provider_report_ended(last_call(), CAUSE_NORMAL, NULL);
    expect_granted(line_dial(line0, a, &order, done));
    stage_end();
}
END_TEST

/* Which limit it was, how much that is, and when it is over. */
START_TEST(who_is_refused_is_told_what_and_until_when) {
    static const struct {
        Limit limit;
        const char *says;
    } rows[] = {
        { LIMIT_CLIENTS_PER_USER, "ClientsPerUser is 3" },
        { LIMIT_OPENS_PER_CLIENT, "OpensPerClient is 3" },
        { LIMIT_DIALS_PER_MINUTE, "DialsPerMinute is 3 on all lines together, and you have used it up: try again in 20 s" },
        { LIMIT_LINE_DIALS_PER_MINUTE, "DialsPerMinute is 3 on line line0, and you have used it up: try again in 20 s" },
        { LIMIT_LINE_DIALS_PER_DAY, "DialsPerDay is 3 on line line0, and you have used it up: try again in 8 h" },
        { LIMIT_LINE_CALLS_PER_USER, "CallsPerUser is 3 on line line0, and so many calls that you dialled are up: drop one" },
        { LIMIT_DIGITS_PER_MINUTE, "DigitsPerMinute is 3 on all lines together, and you have used it up: try again in 20 s" },
    };
    _cleanup_(refusal_freep) Refusal *refusal = NULL;
    Client *a;

    begin_with(rows[_i].limit, MAX);
    a = arrives("a");
    refusal = probes[rows[_i].limit].use(a, use_up(rows[_i].limit, a));
    ck_assert_msg(refusal && strstr(refusal_text(refusal), rows[_i].says), "it says: %s", refusal ? refusal_text(refusal) : "yes");
    stage_end();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("limit");
    TCase *tcase = tcase_create("limit");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, each_limit_has_a_test, 0, _LIMIT_MAX);
    tcase_add_loop_test(tcase, one_below_at_and_beyond, 0, _LIMIT_MAX);
    tcase_add_loop_test(tcase, without_a_limit_there_is_none, 0, _LIMIT_MAX);
    tcase_add_loop_test(tcase, an_emergency_passes_each_limit, 0, _LIMIT_MAX);
    tcase_add_test(tcase, an_emergency_passes_after_one_of_another_program);
    tcase_add_test(tcase, not_all_can_be_emergencies);
    tcase_add_test(tcase, what_nobody_holds_counts);
    tcase_add_loop_test(tcase, who_is_refused_is_told_what_and_until_when, 0, 7);
    return run_suite(suite);
}
