/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The states and causes of a call as a person says them, and as an exit status. */
#include "interfaces/cli/words.h"
#include "service/types.h"

#include <glib.h>
#include <string.h>

static const struct {
    const char *words;
    Style style;
    bool ending;
} states[_CALL_STATE_MAX] = {
    [CALL_STATE_UNKNOWN] = {"in an unknown state", STYLE_NOTICE, false},
    [CALL_STATE_IDLE] = {"ended", STYLE_DIM, true},
    [CALL_STATE_OFFERING] = {"incoming call", STYLE_NOTICE, false},
    [CALL_STATE_ACCEPTED] = {"incoming call, ringing", STYLE_NOTICE, false},
    [CALL_STATE_DIAL_TONE] = {"dial tone", STYLE_NOTICE, false},
    [CALL_STATE_DIALING] = {"dialing", STYLE_NOTICE, false},
    [CALL_STATE_PROCEEDING] = {"on its way", STYLE_NOTICE, false},
    [CALL_STATE_RINGBACK] = {"ringing at the far end", STYLE_NOTICE, false},
    [CALL_STATE_BUSY] = {"busy", STYLE_BAD, true},
    [CALL_STATE_SPECIAL_INFO] = {"announcement of the network", STYLE_NOTICE, true},
    [CALL_STATE_CONNECTED] = {"connected", STYLE_GOOD, false},
    [CALL_STATE_ON_HOLD] = {"on hold", STYLE_NOTICE, false},
    [CALL_STATE_CONFERENCED] = {"in a conference", STYLE_GOOD, false},
    [CALL_STATE_ON_HOLD_PENDING_CONFERENCE] = {"on hold for a conference", STYLE_NOTICE, false},
    [CALL_STATE_ON_HOLD_PENDING_TRANSFER] = {"on hold for a transfer", STYLE_NOTICE, false},
    [CALL_STATE_DISCONNECTED] = {"disconnected", STYLE_BAD, true},
};

static const ExitStatus statuses[_CAUSE_MAX] = {
    [CAUSE_NONE] = EXIT_CALL_SERVICE,
    [CAUSE_NORMAL] = EXIT_DONE,
    [CAUSE_UNKNOWN] = EXIT_CALL_NETWORK,
    [CAUSE_UNAVAILABLE] = EXIT_CALL_NETWORK,
    [CAUSE_REJECTED] = EXIT_CALL_REJECTED,
    [CAUSE_ANSWERED_ELSEWHERE] = EXIT_CALL_REJECTED,
    [CAUSE_FORWARDED] = EXIT_CALL_REJECTED,
    [CAUSE_BUSY] = EXIT_CALL_BUSY,
    [CAUSE_NO_ANSWER] = EXIT_CALL_NO_ANSWER,
    [CAUSE_BAD_ADDRESS] = EXIT_CALL_BAD_ADDRESS,
    [CAUSE_UNREACHABLE] = EXIT_CALL_BAD_ADDRESS,
    [CAUSE_CONGESTION] = EXIT_CALL_NETWORK,
    [CAUSE_INCOMPATIBLE] = EXIT_CALL_NETWORK,
    [CAUSE_NO_DIAL_TONE] = EXIT_CALL_NETWORK,
    [CAUSE_NUMBER_CHANGED] = EXIT_CALL_BAD_ADDRESS,
    [CAUSE_OUT_OF_ORDER] = EXIT_CALL_NETWORK,
    [CAUSE_TEMPORARY_FAILURE] = EXIT_CALL_NETWORK,
    [CAUSE_QOS_UNAVAILABLE] = EXIT_CALL_NETWORK,
    [CAUSE_BLOCKED] = EXIT_CALL_REJECTED,
    [CAUSE_DO_NOT_DISTURB] = EXIT_CALL_REJECTED,
    [CAUSE_CANCELLED] = EXIT_CALL_GIVEN_UP,
    [CAUSE_PROVIDER_FAILED] = EXIT_CALL_SERVICE,
    [CAUSE_SERVICE_RESTARTED] = EXIT_CALL_SERVICE,
};

const char *state_words(const char *state) {
    CallState value = call_state_from_string(state);

    return (int) value < 0 ? state : states[value].words;
}

Style state_style(const char *state) {
    CallState value = call_state_from_string(state);

    return (int) value < 0 ? STYLE_PLAIN : states[value].style;
}

const char *state_detail_words(const char *detail) {
    return g_str_has_suffix(detail, "-held") ? "on hold at the far end" : "";
}

const char *reason_words(const char *reason) {
    static const char *const words[_REASON_MAX] = {
        [REASON_FWD_BUSY] = "forwarded when busy",
        [REASON_FWD_NO_ANSWER] = "forwarded unanswered",
        [REASON_FWD_UNCOND] = "forwarded",
        [REASON_PICKUP] = "picked up",
        [REASON_UNPARK] = "unparked",
        [REASON_REDIRECT] = "redirected",
        [REASON_CALL_COMPLETION] = "call completion",
        [REASON_TRANSFER] = "transferred",
        [REASON_REMINDER] = "reminder",
        [REASON_INTRUDE] = "intrusion",
        [REASON_PARKED] = "parked",
        [REASON_CAMPED_ON] = "camped on",
    };
    CallReason value = call_reason_from_string(reason);

    return (int) value < 0 || !words[value] ? "" : words[value];
}

/* What every line can do is not among it. */
static const struct {
    const char *words;
    const char *needs[4];
} abilities[] = {
    {"dial", {"Dial"}},
    {"answer", {"Answer"}},
    {"redirect", {"Redirect"}},
    {"hold", {"Hold", "Unhold"}},
    {"swap", {"SwapHold"}},
    {"transfer", {"BlindTransfer"}},
    {"transfer --consult", {"SetupTransfer", "CompleteTransfer"}},
    {"conference", {"SetupConference", "PrepareAddToConference", "AddToConference"}},
    {"split", {"RemoveFromConference"}},
    {"park", {"Park"}},
    {"unpark", {"Unpark"}},
    {"pickup", {"Pickup"}},
    {"forward", {"Forward"}},
    {"complete", {"CompleteCall"}},
    {"digits", {"SendDigits"}},
    {"gather", {"GatherDigits"}},
    {"tone", {"SendTone"}},
    {"mute", {"Mute"}},
    {"audio", {"SetAudioDevice", "SetVolume"}},
    {"secure", {"Secure"}},
    {"Call IDs", {"call-id"}},
};

static bool has_text(const Json *list, const char *text) {
    for (size_t i = 0; i < json_size(list); i++)
        if (strcmp(json_text(json_at(list, i)), text) == 0)
            return true;

    return false;
}

char *ability_words(const Json *capabilities, bool can) {
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(abilities); i++) {
        bool able = true;
        for (size_t j = 0; j < G_N_ELEMENTS(abilities[i].needs) && abilities[i].needs[j]; j++)
            able = able && has_text(capabilities, abilities[i].needs[j]);
        if (able == can)
            g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", abilities[i].words);
    }
    return g_string_free(out, FALSE);
}

bool state_has_cause(const char *state) {
    CallState value = call_state_from_string(state);

    return (int) value < 0 || states[value].ending;
}

bool state_is_over(const char *state) {
    return strcmp(state, "idle") == 0;
}

bool state_is_ringing(const char *state) {
    return strcmp(state, "offering") == 0 || strcmp(state, "accepted") == 0;
}

bool state_is_held(const char *state) {
    return strcmp(state, "on-hold") == 0 || strcmp(state, "on-hold-pending-transfer") == 0;
}

ExitStatus exit_status_of_cause(const char *cause, bool was_connected) {
    DisconnectCause value = disconnect_cause_from_string(cause);

    if (value == CAUSE_NORMAL && !was_connected)
        return EXIT_CALL_GIVEN_UP;
    return (int) value < 0 ? EXIT_CALL_NETWORK : statuses[value];
}
