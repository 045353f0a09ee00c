/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the call model, against tables that were written by hand from what TAPI says. */
#include <glib.h>
#include <string.h>

#include "service/call-state.h"
#include "tests/unit/run.h"

/* One letter for each state. */
static const char letters[] = "uioatdprbschfklx";

static const CallState states[] = {
    CALL_STATE_UNKNOWN,    CALL_STATE_IDLE,     CALL_STATE_OFFERING,   CALL_STATE_ACCEPTED,
    CALL_STATE_DIAL_TONE,  CALL_STATE_DIALING,  CALL_STATE_PROCEEDING, CALL_STATE_RINGBACK,
    CALL_STATE_BUSY,       CALL_STATE_SPECIAL_INFO, CALL_STATE_CONNECTED, CALL_STATE_ON_HOLD,
    CALL_STATE_CONFERENCED, CALL_STATE_ON_HOLD_PENDING_CONFERENCE, CALL_STATE_ON_HOLD_PENDING_TRANSFER,
    CALL_STATE_DISCONNECTED,
};
_Static_assert(G_N_ELEMENTS(states) == _CALL_STATE_MAX, "all states");

static CallState state_of(char letter) {
    return states[strchr(letters, letter) - letters];
}

/* Where each event leads from each state; '.' is ignored. */
static const struct {
    CallEvent event;
    const char *name;
    const char *next; /* a letter for each state, in the order above */
} events[] = {
    /*                                         u i o a t d p r b s c h f k l x */
    { CALL_EVENT_DIAL_TONE, "dial-tone",       "t....t.........." },
    { CALL_EVENT_DIALING, "dialing",           "d...d..........." },
    { CALL_EVENT_PROCEEDING, "proceeding",     "p...pp.ppp......" },
    { CALL_EVENT_RINGBACK, "ringback",         "r...rrr.rr......" },
    { CALL_EVENT_BUSY, "busy",                 "b...bbbb.b......" },
    { CALL_EVENT_SPECIAL_INFO, "special-info", "s...sssss......." },
    { CALL_EVENT_OFFERED, "offered",           "o..............." },
    { CALL_EVENT_ACCEPTED, "accepted",         "..a............." },
    { CALL_EVENT_CONNECTED, "connected",       "c.ccccccccc....." },
    { CALL_EVENT_HELD, "held",                 "..........h.h..." },
    { CALL_EVENT_HELD_FOR_TRANSFER, "held-for-transfer", "..........l....." },
    { CALL_EVENT_HELD_FOR_CONFERENCE, "held-for-conference", "k.........k....." },
    { CALL_EVENT_RESUMED, "resumed",           "...........c.cc." },
    { CALL_EVENT_JOINED, "joined",             "......ff..ff.ff." },
    { CALL_EVENT_LEFT, "left",                 "............c..." },
    { CALL_EVENT_ENDED, "ended",               "x.xxxxxxxxxxxxx." },
    { CALL_EVENT_CLEARED, "cleared",           "i.iiiiiiiiiiiiii" },
};
_Static_assert(G_N_ELEMENTS(events) == _CALL_EVENT_MAX, "all events");

START_TEST(each_event_leads_where_it_should) {
    ck_assert_int_eq(events[_i].event, _i);
    ck_assert_str_eq(call_event_to_string(_i), events[_i].name);
    ck_assert_uint_eq(strlen(events[_i].next), _CALL_STATE_MAX);
    for (int i = 0; i < _CALL_STATE_MAX; i++) {
        char next = events[_i].next[i];
        int expected = next == '.' ? (int) _CALL_STATE_INVALID : (int) state_of(next);

        ck_assert_msg((int) call_state_after(states[i], _i) == expected, "%s in state %s leads to %d and not %d",
                      events[_i].name, call_state_to_string(states[i]), call_state_after(states[i], _i), expected);
    }
}
END_TEST

START_TEST(idle_is_final) {
    for (int i = -10; i < 1000; i++)
        ck_assert_int_eq(call_state_after(CALL_STATE_IDLE, i), _CALL_STATE_INVALID);
}
END_TEST

START_TEST(nonsense_leads_nowhere) {
    static const int nonsense[] = { -1, -22, INT32_MIN, INT32_MAX, 17, 32, 33, 64, 4096 };

    for (size_t i = 0; i < G_N_ELEMENTS(nonsense); i++)
        for (int j = 0; j < _CALL_STATE_MAX; j++) {
            ck_assert_int_eq(call_state_after(nonsense[i], j), _CALL_STATE_INVALID);
            ck_assert_int_eq(call_state_after(j, nonsense[i]), _CALL_STATE_INVALID);
            ck_assert(!operation_possible(OPERATION_RELEASE, CALL_KIND_PLAIN, nonsense[i]));
        }
    ck_assert_ptr_null(call_event_to_string(-1));
    ck_assert_ptr_null(call_event_to_string(_CALL_EVENT_MAX));
    ck_assert_ptr_null(operation_to_string(-1));
    ck_assert_ptr_null(operation_to_string(_OPERATION_MAX));
}
END_TEST

/* Every state but the first can be reached, and every live one can be left for idle. */
START_TEST(all_that_is_used_can_be_reached) {
    bool reached[_CALL_STATE_MAX] = { [CALL_STATE_UNKNOWN] = true };

    for (int round = 0; round < _CALL_STATE_MAX; round++)
        for (int i = 0; i < _CALL_STATE_MAX; i++)
            for (int j = 0; reached[i] && j < _CALL_EVENT_MAX; j++)
                if ((int) call_state_after(i, j) >= 0)
                    reached[call_state_after(i, j)] = true;
    for (int i = 0; i < _CALL_STATE_MAX; i++)
        ck_assert_msg(reached[i], "%s is never reached", call_state_to_string(i));
}
END_TEST

/* ---- Operations ---- */

static const char plain[] = "plain", conference[] = "conference", both[] = "plain and conference";

static const struct {
    const char *name;
    bool owner, ability;
    const char *kinds, *states;
} operations[] = {
    [OPERATION_ACCEPT] = { "Accept", true, true, plain, "o" },
    [OPERATION_ANSWER] = { "Answer", true, true, plain, "oa" },
    [OPERATION_REDIRECT] = { "Redirect", true, true, plain, "o" },
    [OPERATION_DROP] = { "Drop", true, true, both, "uoatdprbschfklx" },
    [OPERATION_HOLD] = { "Hold", true, true, both, "c" },
    [OPERATION_UNHOLD] = { "Unhold", true, true, both, "hkl" },
    [OPERATION_SWAP_HOLD] = { "SwapHold", true, true, both, "c" },
    [OPERATION_BLIND_TRANSFER] = { "BlindTransfer", true, true, plain, "c" },
    [OPERATION_SETUP_TRANSFER] = { "SetupTransfer", true, true, plain, "c" },
    [OPERATION_COMPLETE_TRANSFER] = { "CompleteTransfer", true, true, plain, "hl" },
    [OPERATION_SETUP_CONFERENCE] = { "SetupConference", true, true, plain, "c" },
    [OPERATION_PREPARE_ADD_TO_CONFERENCE] = { "PrepareAddToConference", true, true, conference, "c" },
    [OPERATION_ADD_TO_CONFERENCE] = { "AddToConference", true, true, conference, "hk" },
    [OPERATION_REMOVE_FROM_CONFERENCE] = { "RemoveFromConference", true, true, plain, "f" },
    [OPERATION_GET_CONFERENCE_CALLS] = { "GetConferenceCalls", false, true, both, "f" },
    [OPERATION_PARK] = { "Park", true, true, plain, "c" },
    [OPERATION_COMPLETE_CALL] = { "CompleteCall", true, true, plain, "br" },
    [OPERATION_DIAL_DIGITS] = { "DialDigits", true, true, plain, "td" },
    [OPERATION_SEND_DIGITS] = { "SendDigits", true, true, both, "cf" },
    [OPERATION_MONITOR_DIGITS] = { "MonitorDigits", false, true, both, "uoatdprbschfkl" },
    [OPERATION_GATHER_DIGITS] = { "GatherDigits", true, true, both, "uoatdprbschfkl" },
    [OPERATION_SEND_TONE] = { "SendTone", true, true, both, "c" },
    [OPERATION_HANDOFF] = { "Handoff", true, false, both, letters },
    [OPERATION_SET_PRIVILEGE] = { "SetPrivilege", false, false, both, letters },
    [OPERATION_SET_ON_OWNER_LOST] = { "SetOnOwnerLost", true, false, both, letters },
    [OPERATION_SET_MEDIA_MODE] = { "SetMediaMode", true, false, both, letters },
    [OPERATION_SET_CALL_DATA] = { "SetCallData", true, false, both, letters },
    [OPERATION_SET_APP_DATA] = { "SetAppData", false, false, both, letters },
    [OPERATION_SEND_USER_USER_INFO] = { "SendUserUserInfo", true, true, plain, "oarc" },
    [OPERATION_MUTE] = { "Mute", true, true, both, "c" },
    [OPERATION_SET_AUDIO_DEVICE] = { "SetAudioDevice", true, true, both, "uoatdprbschfkl" },
    [OPERATION_SET_VOLUME] = { "SetVolume", true, true, both, "uoatdprbschfkl" },
    [OPERATION_SECURE] = { "Secure", true, true, both, "c" },
    [OPERATION_RELEASE] = { "Release", false, false, both, letters },
    [OPERATION_DIAL] = { "Dial", false, true, "", "" },
    [OPERATION_PICKUP] = { "Pickup", false, true, "", "" },
    [OPERATION_UNPARK] = { "Unpark", false, true, "", "" },
    [OPERATION_FORWARD] = { "Forward", false, true, "", "" },
    [OPERATION_CANCEL_COMPLETION] = { "CancelCompletion", false, true, "", "" },
};
_Static_assert(G_N_ELEMENTS(operations) == _OPERATION_MAX, "all operations");

static bool fits(Operation operation, CallKind kind) {
    return strstr(operations[operation].kinds, kind == CALL_KIND_PLAIN ? plain : conference) != NULL;
}

static bool in_state(Operation operation, CallState state) {
    for (const char *letter = operations[operation].states; *letter; letter++)
        if (state_of(*letter) == state)
            return true;
    return false;
}

/* A conference tells its calls in any state. */
static bool possible(Operation operation, CallKind kind, CallState state) {
    if (operation == OPERATION_GET_CONFERENCE_CALLS && kind == CALL_KIND_CONFERENCE)
        return true;
    return fits(operation, kind) && in_state(operation, state);
}

START_TEST(each_operation_is_possible_where_it_should) {
    ck_assert_str_eq(operation_to_string(_i), operations[_i].name);
    ck_assert_int_eq(operation_needs_owner(_i), operations[_i].owner);
    ck_assert_int_eq(operation_needs_ability(_i), operations[_i].ability);
    for (int kind = 0; kind < _CALL_KIND_MAX; kind++) {
        ck_assert_int_eq(operation_fits(_i, kind), fits(_i, kind));
        for (int state = 0; state < _CALL_STATE_MAX; state++)
            ck_assert_msg(operation_possible(_i, kind, state) == possible(_i, kind, state), "%s in state %s",
                          operations[_i].name, call_state_to_string(state));
    }
}
END_TEST

static Operations expected_now(Operations abilities, Privilege privilege, CallKind kind, CallState state) {
    Operations now = 0;

    for (int i = 0; i < _OPERATION_MAX; i++)
        if (abilities & OPERATION_BIT(i) && possible(i, kind, state) && (privilege == PRIVILEGE_OWNER || !operations[i].owner))
            now |= OPERATION_BIT(i);
    return now;
}

static void judge_features(Privilege privilege, CallKind kind, CallState state) {
    const Operations all = OPERATION_BIT(_OPERATION_MAX) - 1;

    ck_assert_uint_eq(operations_now(all, privilege, kind, state), expected_now(all, privilege, kind, state));
    ck_assert_uint_eq(operations_now(0, privilege, kind, state), 0);
    for (int i = 0; i < _OPERATION_MAX; i++)
        ck_assert_uint_eq(operations_now(all & ~OPERATION_BIT(i), privilege, kind, state),
                          expected_now(all & ~OPERATION_BIT(i), privilege, kind, state));
}

START_TEST(features_are_ability_privilege_kind_and_state) {
    for (int state = 0; state < _CALL_STATE_MAX; state++)
        for (int kind = 0; kind < _CALL_KIND_MAX; kind++)
            for (int privilege = 0; privilege < _PRIVILEGE_MAX; privilege++)
                judge_features(privilege, kind, state);
}
END_TEST

/* Whoever is refused reads where it would work: each state by its name, or what stands for several. */
START_TEST(the_states_of_an_operation_can_be_told) {
    const char *text = operation_states(_i);
    bool named = strstr(text, "any") == NULL && strchr(text, '*') == NULL;

    for (int state = 0; named && state < _CALL_STATE_MAX; state++) {
        g_auto(GStrv) words = g_strsplit_set(text, " ,", -1);

        ck_assert_int_eq(g_strv_contains((const char *const *) words, call_state_to_string(state)), in_state(_i, state));
    }
    ck_assert(*text);
}
END_TEST

START_TEST(states_are_of_these_kinds) {
    static const struct {
        bool (*is)(CallState state);
        const char *states;
    } kinds[] = {
        { call_state_is_live, "uoatdprbschfkl" }, { call_state_is_ringing, "oa" }, { call_state_is_in_call, "utdprbschfkl" },
        { call_state_is_active, "uoatdprbscf" },  { call_state_is_held, "hkl" },
    };

    for (int state = 0; state < _CALL_STATE_MAX; state++)
        for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
            ck_assert_msg(kinds[i].is(state) == (strchr(kinds[i].states, letters[state]) != NULL), "kind %zu, state %s", i,
                          call_state_to_string(state));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("call state");
    TCase *tcase = tcase_create("table");

    tcase_add_loop_test(tcase, each_event_leads_where_it_should, 0, _CALL_EVENT_MAX);
    tcase_add_test(tcase, idle_is_final);
    tcase_add_test(tcase, nonsense_leads_nowhere);
    tcase_add_test(tcase, all_that_is_used_can_be_reached);
    tcase_add_loop_test(tcase, each_operation_is_possible_where_it_should, 0, _OPERATION_MAX);
    tcase_add_test(tcase, features_are_ability_privilege_kind_and_state);
    tcase_add_loop_test(tcase, the_states_of_an_operation_can_be_told, 0, _OPERATION_CALL_MAX);
    tcase_add_test(tcase, states_are_of_these_kinds);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
