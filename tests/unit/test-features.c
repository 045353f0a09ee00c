/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rule 15: Features lists exactly what would not be refused now. Goes through all combinations of state, privilege, kind of
 * call and line, each line lacking one ability, and asks each method, with good arguments, whether it agrees.
 */
#include "tests/unit/stage.h"

static Client *a, *b;
static Handle *consultation; /* what a method with two calls gets as the second one */
static Line *line;

static bool is_refusal_of_rights(RefusalCode code) {
    return code == REFUSAL_NOT_OWNER || code == REFUSAL_NOT_SUPPORTED || code == REFUSAL_INVALID_STATE ||
           code == REFUSAL_NOT_CONFERENCE || code == REFUSAL_NO_CONFERENCE || code == REFUSAL_INVALID_PRIVILEGE;
}

static void ignore(const Outcome *outcome, void *userdata) {
}

static const Done done = { ignore };
static const DialOrder order = { .address = "102" };

/* ---- Every method, with good arguments ---- */

static Refusal *ask_conference_calls(Handle *handle) {
    GPtrArray *handles = NULL;
    Refusal *refusal = handle_get_conference_calls(handle, &handles);

    if (handles)
        g_ptr_array_unref(handles);
    return refusal;
}

static Refusal *ask_control(Handle *handle, Operation operation) {
    switch ((int) operation) {
    case OPERATION_ACCEPT:
        return handle_accept(handle, done);
    case OPERATION_ANSWER:
        return handle_answer(handle, done);
    case OPERATION_REDIRECT:
        return handle_redirect(handle, "102", done);
    case OPERATION_DROP:
        return handle_drop(handle, REJECT_NONE, done);
    case OPERATION_HOLD:
        return handle_hold(handle, done);
    case OPERATION_UNHOLD:
        return handle_unhold(handle, done);
    case OPERATION_SEND_DIGITS:
        return handle_send_digits(handle, "1", 80, 40, done);
    case OPERATION_MONITOR_DIGITS:
        return handle_monitor_digits(handle, true);
    case OPERATION_GATHER_DIGITS:
        return handle_gather_digits(handle, 1, "", 0, 0);
    case OPERATION_SEND_TONE:
        return handle_send_tone(handle, TONE_BEEP, 100, done);
    case OPERATION_SEND_USER_USER_INFO:
        return handle_send_user_user_info(handle, NULL, 0, done);
    case OPERATION_MUTE:
        return handle_mute(handle, true, done);
    case OPERATION_SET_AUDIO_DEVICE:
        return handle_set_audio_device(handle, "headset", done);
    case OPERATION_SET_VOLUME:
        return handle_set_volume(handle, 50, done);
    case OPERATION_SECURE:
        return handle_secure(handle, done);
    default:
        ck_abort_msg("%s is not tried", operation_to_string(operation));
    }
}

static Refusal *ask_elsewhere(Handle *handle, Operation operation) {
    switch ((int) operation) {
    case OPERATION_BLIND_TRANSFER:
        return handle_blind_transfer(handle, "102", done);
    case OPERATION_SETUP_TRANSFER:
        return handle_setup_transfer(handle, &order, done);
    case OPERATION_SETUP_CONFERENCE:
        return handle_setup_conference(handle, &order, done);
    case OPERATION_PREPARE_ADD_TO_CONFERENCE:
        return handle_prepare_add_to_conference(handle, &order, done);
    case OPERATION_ADD_TO_CONFERENCE:
        return handle_add_to_conference(handle, consultation, done);
    case OPERATION_REMOVE_FROM_CONFERENCE:
        return handle_remove_from_conference(handle, done);
    case OPERATION_GET_CONFERENCE_CALLS:
        return ask_conference_calls(handle);
    case OPERATION_COMPLETE_TRANSFER:
        return handle_complete_transfer(handle, consultation, TRANSFER_TRANSFER, done);
    case OPERATION_PARK:
        return handle_park(handle, "", done);
    case OPERATION_COMPLETE_CALL:
        return handle_complete_call(handle, COMPLETION_CAMP_ON, done);
    case OPERATION_DIAL_DIGITS:
        return handle_dial_digits(handle, "1", done);
    default:
        return ask_control(handle, operation);
    }
}

static Refusal *ask(Handle *handle, Operation operation) {
    switch ((int) operation) {
    case OPERATION_SWAP_HOLD:
        return handle_swap_hold(handle, consultation, done);
    case OPERATION_HANDOFF:
        return handle_handoff(handle, client_name(handle_client(handle)));
    case OPERATION_SET_PRIVILEGE:
        return handle_set_privilege(handle, privilege_to_string(handle_privilege(handle)));
    case OPERATION_SET_ON_OWNER_LOST:
        return handle_set_on_owner_lost(handle, ON_OWNER_LOST_DROP);
    case OPERATION_SET_MEDIA_MODE:
        return handle_set_media_mode(handle, MEDIA_INTERACTIVE_VOICE);
    case OPERATION_SET_CALL_DATA:
        return handle_set_call_data(handle, NULL, 0);
    case OPERATION_SET_APP_DATA:
        return handle_set_app_data(handle, g_variant_new("a{sv}", NULL));
    case OPERATION_RELEASE:
        return NULL;
    default:
        return ask_elsewhere(handle, operation);
    }
}

/* ---- Every state ---- */

static const struct {
    CallState state;
    int n;
    CallEvent events[2]; /* after it was dialled or offered, or after the conference began */
} plain_ways[] = {
    { CALL_STATE_DIALING, 0, {} },
    { CALL_STATE_DIAL_TONE, 1, { CALL_EVENT_DIAL_TONE } },
    { CALL_STATE_PROCEEDING, 1, { CALL_EVENT_PROCEEDING } },
    { CALL_STATE_RINGBACK, 1, { CALL_EVENT_RINGBACK } },
    { CALL_STATE_BUSY, 1, { CALL_EVENT_BUSY } },
    { CALL_STATE_SPECIAL_INFO, 1, { CALL_EVENT_SPECIAL_INFO } },
    { CALL_STATE_CONNECTED, 1, { CALL_EVENT_CONNECTED } },
    { CALL_STATE_ON_HOLD, 2, { CALL_EVENT_CONNECTED, CALL_EVENT_HELD } },
    { CALL_STATE_ON_HOLD_PENDING_TRANSFER, 2, { CALL_EVENT_CONNECTED, CALL_EVENT_HELD_FOR_TRANSFER } },
    { CALL_STATE_CONFERENCED, 2, { CALL_EVENT_CONNECTED, CALL_EVENT_JOINED } },
    { CALL_STATE_DISCONNECTED, 1, { CALL_EVENT_ENDED } },
    { CALL_STATE_IDLE, 1, { CALL_EVENT_CLEARED } },
    { CALL_STATE_OFFERING, 0, {} },
    { CALL_STATE_ACCEPTED, 1, { CALL_EVENT_ACCEPTED } },
}, conference_ways[] = {
    { CALL_STATE_ON_HOLD_PENDING_CONFERENCE, 0, {} },
    { CALL_STATE_CONNECTED, 1, { CALL_EVENT_RESUMED } },
    { CALL_STATE_ON_HOLD, 2, { CALL_EVENT_RESUMED, CALL_EVENT_HELD } },
    { CALL_STATE_ON_HOLD_PENDING_TRANSFER, 2, { CALL_EVENT_RESUMED, CALL_EVENT_HELD_FOR_TRANSFER } },
    { CALL_STATE_IDLE, 1, { CALL_EVENT_CLEARED } },
};

static Handle *dial(CallEvent event) {
    Call *call;

    ASK(a, line_dial, line, a, &order);
    call = last_call();
    dialled(last_request(), "out");
    provider_report_event(call, event, STATE_DETAIL_NONE);
    return client_find_handle_on(a, call);
}

/* A conference of a's, that waits. Where none can be set up, a transfer makes it. */
static Handle *begin_conference(void) {
    Handle *first;

    if (line_abilities(line) & OPERATION_BIT(OPERATION_SETUP_CONFERENCE)) {
        ASK(a, line_setup_conference, line, a, &order);
        conference_begins(last_request(), "conference", "other");
        return client_find_handle_on(a, last_conference());
    }
    first = dial(CALL_EVENT_CONNECTED);
    provider_report_event(handle_call(first), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    ASK(a, handle_complete_transfer, first, dial(CALL_EVENT_CONNECTED), TRANSFER_CONFERENCE);
    begins(last_request(), CALL_EVENT_HELD_FOR_CONFERENCE, "conference", NULL);
    return client_find_handle_on(a, last_conference());
}

static void lead(Handle *handle, const CallEvent *events, int n) {
    Call *call = handle_call(handle);

    for (int i = 0; i < n; i++) {
        if (events[i] == CALL_EVENT_JOINED)
            provider_report_joined(call, handle_call(begin_conference()));
        else if (events[i] == CALL_EVENT_ENDED || events[i] == CALL_EVENT_CLEARED)
            provider_report_ended(call, CAUSE_NORMAL, NULL);
        else
            provider_report_event(call, events[i], STATE_DETAIL_NONE);
        if (events[i] == CALL_EVENT_CLEARED && call_state(call) != CALL_STATE_IDLE)
            ASK(a, handle_drop, handle, REJECT_NONE);
    }
}

static Handle *begin_plain(CallState state) {
    if (state == CALL_STATE_OFFERING || state == CALL_STATE_ACCEPTED)
        return client_find_handle_on(a, comes_in(line, "in"));
    return dial(CALL_EVENT_DIALING);
}

static Handle *bring_about(CallKind kind, unsigned i) {
    Handle *handle;

    if (kind == CALL_KIND_CONFERENCE) {
        handle = begin_conference();
        lead(handle, conference_ways[i].events, conference_ways[i].n);
        ck_assert_int_eq(call_state(handle_call(handle)), conference_ways[i].state);
        return handle;
    }
    handle = begin_plain(plain_ways[i].state);
    lead(handle, plain_ways[i].events, plain_ways[i].n);
    ck_assert_int_eq(call_state(handle_call(handle)), plain_ways[i].state);
    return handle;
}

/* ---- The combinations ---- */

static unsigned tried;

static void judge(CallKind kind, unsigned i, Privilege privilege, Operation operation) {
    Handle *of_owner = bring_about(kind, i), *handle;
    bool listed, refused;
    Refusal *refusal;

    /* The second call lives on the same line and can be consulted, be added, or be retrieved. */
    consultation = dial(CALL_EVENT_CONNECTED);
    if (operation == OPERATION_SWAP_HOLD)
        provider_report_event(handle_call(consultation), CALL_EVENT_HELD, STATE_DETAIL_NONE);
    if (privilege == PRIVILEGE_MONITOR) {
        consultation = client_find_handle_on(b, handle_call(consultation));
        expect_granted(handle_set_privilege(consultation, "owner"));
    }
    handle = privilege == PRIVILEGE_OWNER ? of_owner : client_find_handle_on(b, handle_call(of_owner));
    ck_assert_int_eq(handle_privilege(handle), privilege);

    listed = handle_features(handle) & OPERATION_BIT(operation);
    refusal = ask(handle, operation);
    refused = refusal && is_refusal_of_rights(refusal_code(refusal));
    ck_assert_msg(listed == !refused, "%s in %s as %s: Features say %s, the method says %s", operation_to_string(operation),
                  call_state_to_string(call_state(handle_call(handle))), privilege_to_string(privilege), listed ? "yes" : "no",
                  refusal ? refusal_text(refusal) : "yes");
    ck_assert_msg(!listed || !refusal, "%s: %s", operation_to_string(operation), refusal ? refusal_text(refusal) : "");
    refusal_free(refusal);
    tried++;
}

static void judge_states(CallKind kind, Privilege privilege, Operation operation) {
    size_t n = kind == CALL_KIND_PLAIN ? G_N_ELEMENTS(plain_ways) : G_N_ELEMENTS(conference_ways);

    for (unsigned i = 0; i < n; i++)
        judge(kind, i, privilege, operation);
}

/* Afresh, so that nothing that is pending is in the way. */
static void judge_operation(Operation operation) {
    for (CallKind kind = 0; kind < _CALL_KIND_MAX; kind++)
        for (Privilege privilege = 0; privilege < _PRIVILEGE_MAX; privilege++) {
            a = arrives("a");
            b = arrives("b");
            opens(a, line, OPEN_OWNER);
            opens(b, line, OPEN_OWNER_MONITOR);
            judge_states(kind, privilege, operation);
            client_vanish(a);
            client_vanish(b);
        }
}

/* One line for each ability that it lacks; _OPERATION_CALL_MAX: it lacks none. */
START_TEST(features_are_the_truth) {
    bool lacks = _i < _OPERATION_CALL_MAX && operation_needs_ability(_i) && _i != OPERATION_DROP;

    if (!lacks && _i < _OPERATION_CALL_MAX)
        return;
    line = adds_line("tried", 0, false, lacks ? OPERATION_BIT(_i) : 0);
    for (Operation operation = 0; operation < _OPERATION_CALL_MAX; operation++)
        judge_operation(operation);
    ck_assert_uint_eq(tried, _OPERATION_CALL_MAX * _PRIVILEGE_MAX * (G_N_ELEMENTS(plain_ways) + G_N_ELEMENTS(conference_ways)));
    provider_report_line_state(line, LINE_REMOVED, "");
    forget_story();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("features");
    TCase *tcase;

    stage_limits = limits_default;
    stage_limits.requests_per_client = stage_limits.requests_per_user = 100000;
    tcase = stage_case(suite, "features");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, features_are_the_truth, 0, _OPERATION_CALL_MAX + 1);
    return run_suite(suite);
}
