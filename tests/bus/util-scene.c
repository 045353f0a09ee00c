/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls in every state, and every method with arguments that are good there. */
#include "tests/bus/util-scene.h"

#include <string.h>

#include "tests/bus/util-calls.h"

/* ---- The methods, as the design lists them ---- */

#define SEND(name, ...)                                                                             \
    static uint64_t send_##name(Client *client, const char *path, const char *other) {              \
        return client_send(client, path, #name, __VA_ARGS__);                                       \
    }

SEND(Accept, "")
SEND(Answer, "")
SEND(Redirect, "s", "102")
SEND(Drop, "a{sv}", 0)
SEND(Hold, "")
SEND(Unhold, "")
SEND(SwapHold, "o", other)
SEND(BlindTransfer, "s", "busy")
SEND(SetupTransfer, "sa{sv}", "answer?ring=0", 0)
SEND(CompleteTransfer, "os", other, "transfer")
SEND(SetupConference, "sa{sv}", "answer?ring=0", 0)
SEND(PrepareAddToConference, "sa{sv}", "answer?ring=0", 0)
SEND(AddToConference, "o", other)
SEND(RemoveFromConference, "")
SEND(GetConferenceCalls, "")
SEND(Park, "s", "")
SEND(CompleteCall, "s", "callback")
SEND(DialDigits, "s", "102")
SEND(SendDigits, "sa{sv}", "5", 0)
SEND(MonitorDigits, "b", true)
SEND(GatherDigits, "usuu", 4, "#", 0, 0)
SEND(SendTone, "su", "beep", 100)
SEND(Handoff, "s", client_name(client))
SEND(SetPrivilege, "s", "owner")
SEND(SetOnOwnerLost, "s", "drop")
SEND(SetMediaMode, "s", "automated-voice")
SEND(SetCallData, "ay", 2, 'h', 'i')
SEND(SetAppData, "a{sv}", 1, "window", "u", 7)
SEND(SendUserUserInfo, "ay", 2, 'h', 'i')
SEND(Mute, "b", true)
SEND(SetAudioDevice, "s", "headset")
SEND(SetVolume, "u", 50)
SEND(Secure, "")
SEND(Release, "")

#define CONFERENCES "conference:connected conference:on-hold conference:on-hold-pending-conference "
#define LIVE                                                                                        \
    " offering accepted dial-tone dialing proceeding ringback busy special-info connected on-hold " \
    "on-hold-pending-transfer conferenced " CONFERENCES
#define ALL_BUT_IDLE LIVE "disconnected "

const Method methods[] = {
    {"Accept", "", true, " offering ", send_Accept},
    {"Answer", "", true, " offering accepted ", send_Answer},
    {"Redirect", "s", true, " offering ", send_Redirect},
    {"Drop", "a{sv}", true, ALL_BUT_IDLE, send_Drop},
    {"Hold", "", true, " connected conference:connected ", send_Hold},
    {"Unhold", "", true,
     " on-hold on-hold-pending-transfer conference:on-hold conference:on-hold-pending-conference ", send_Unhold},
    {"SwapHold", "o", true, " connected conference:connected ", send_SwapHold},
    {"BlindTransfer", "s", true, " connected ", send_BlindTransfer},
    {"SetupTransfer", "sa{sv}", true, " connected ", send_SetupTransfer},
    {"CompleteTransfer", "os", true, " on-hold on-hold-pending-transfer ", send_CompleteTransfer},
    {"SetupConference", "sa{sv}", true, " connected ", send_SetupConference},
    {"PrepareAddToConference", "sa{sv}", true, " conference:connected ", send_PrepareAddToConference},
    {"AddToConference", "o", true, " conference:on-hold conference:on-hold-pending-conference ",
     send_AddToConference},
    {"RemoveFromConference", "", true, " conferenced ", send_RemoveFromConference},
    {"GetConferenceCalls", "", false, " conferenced conference:idle " CONFERENCES,
     send_GetConferenceCalls},
    {"Park", "s", true, " connected ", send_Park},
    {"CompleteCall", "s", true, " busy ringback ", send_CompleteCall},
    {"DialDigits", "s", true, " dial-tone dialing ", send_DialDigits},
    {"SendDigits", "sa{sv}", true, " connected conferenced conference:connected ", send_SendDigits},
    {"MonitorDigits", "b", false, LIVE, send_MonitorDigits},
    {"GatherDigits", "usuu", true, LIVE, send_GatherDigits},
    {"SendTone", "su", true, " connected conference:connected ", send_SendTone},
    {"Handoff", "s", true, NULL, send_Handoff},
    {"SetPrivilege", "s", false, NULL, send_SetPrivilege},
    {"SetOnOwnerLost", "s", true, NULL, send_SetOnOwnerLost},
    {"SetMediaMode", "s", true, NULL, send_SetMediaMode},
    {"SetCallData", "ay", true, NULL, send_SetCallData},
    {"SetAppData", "a{sv}", false, NULL, send_SetAppData},
    {"SendUserUserInfo", "ay", true, " offering accepted ringback connected ", send_SendUserUserInfo},
    {"Mute", "b", true, " connected conference:connected ", send_Mute},
    {"SetAudioDevice", "s", true, LIVE, send_SetAudioDevice},
    {"SetVolume", "u", true, LIVE, send_SetVolume},
    {"Secure", "", true, " connected conference:connected ", send_Secure},
    {"Release", "", false, NULL, send_Release},
};
const size_t method_count = G_N_ELEMENTS(methods);

bool method_works_in(const Method *method, const char *state) {
    g_autofree char *word = g_strdup_printf(" %s ", state);
    return !method->states || strstr(method->states, word);
}

bool method_is_able(const Method *method, Client *client) {
    return get_has(client, LINE("loop1"), "Capabilities", method->name);
}

/* On an ordinary call these are refused as such, in whatever state it is. */
static const char *wrong_kind(const Method *method, const char *state) {
    if (g_str_has_prefix(state, "conference:"))
        return "InvalidState";
    bool of_conference = g_str_equal(method->name, "PrepareAddToConference") ||
                         g_str_equal(method->name, "AddToConference");
    if (of_conference)
        return "NotConference";
    return g_str_equal(method->name, "GetConferenceCalls") ? "NoConference" : "InvalidState";
}

const char *method_refusal(const Method *method, bool owner, bool able, const char *state) {
    if (method->owner && !owner)
        return "NotOwner";
    if (!able)
        return "NotSupported";
    return method_works_in(method, state) ? "" : wrong_kind(method, state);
}

/* ---- The scenes ---- */

const char *const scene_states[] = {"offering",
                                    "accepted",
                                    "dial-tone",
                                    "dialing",
                                    "proceeding",
                                    "ringback",
                                    "busy",
                                    "special-info",
                                    "connected",
                                    "on-hold",
                                    "on-hold-pending-transfer",
                                    "conferenced",
                                    "disconnected",
                                    "idle",
                                    "conference:connected",
                                    "conference:on-hold",
                                    "conference:on-hold-pending-conference",
                                    "conference:idle",
                                    NULL};

const char *scene_state(const Scene *scene) {
    const char *colon = strchr(scene->state, ':');
    return colon ? colon + 1 : scene->state;
}

/* How a call of one's own gets there. */
static const struct {
    const char *state, *address, *then;
} dialled[] = {
    {"proceeding", "busy?ring=60m", NULL},
    {"ringback", "no-answer?ring=60m", NULL},
    {"busy", "busy", NULL},
    {"special-info", "congestion?tone=60m", NULL},
    {"connected", "answer?ring=0", NULL},
    {"on-hold", "answer?ring=0", "Hold"},
    {"disconnected", "reject", NULL},
    {"idle", "answer?ring=0", "Drop"},
};

/* What it takes to get there, and a line can lack. */
static const struct {
    const char *state, *needs;
} needed[] = {
    {"accepted", "Accept"},
    {"on-hold", "Hold"},
    {"dial-tone", "SetupTransfer"},
    {"dialing", "SetupTransfer DialDigits"},
    {"on-hold-pending-transfer", "SetupTransfer"},
    {"conferenced", "SetupConference AddToConference"},
    {"conference:connected", "SetupConference AddToConference"},
    {"conference:on-hold", "SetupConference AddToConference Hold"},
    {"conference:on-hold-pending-conference", "SetupConference"},
    {"conference:idle", "SetupConference AddToConference"},
};

bool scene_is_possible(const Scene *scene, const char *state) {
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        g_auto(GStrv) names = g_strsplit(g_str_equal(needed[i].state, state) ? needed[i].needs : "", " ", -1);
        for (size_t k = 0; names[k]; k++)
            if (!get_has(scene->owner, LINE("loop1"), "Capabilities", names[k]))
                return false;
    }
    return true;
}

Scene scene_begin(Bus *bus, const char *monitor_privilege) {
    Scene scene = {.owner = bus_client(bus), .monitor = bus_client(bus), .far = bus_client(bus)};
    client_open(scene.owner, "loop1", "owner");
    client_open(scene.monitor, "loop1", monitor_privilege);
    client_open(scene.far, "loop0", "none");
    return scene;
}

/* It is on hold where the call can be swapped or conferred with it, and connected where it can be consulted. */
static void set_other(Scene *scene) {
    scene->other = client_connect(scene->owner, "loop1", "answer?ring=0");
    scene->monitor_other = await_handle(scene->monitor);
    if (!g_str_equal(scene->state, "on-hold") && !g_str_equal(scene->state, "on-hold-pending-transfer"))
        client_try(scene->owner, scene->other, "Hold", ""); /* the line may lack it */
}

static void set_incoming(Scene *scene, const char *state) {
    const char *caller = client_dial(scene->far, "loop0", "101");
    scene->owner_path = await_handle(scene->owner);
    scene->monitor_path = await_handle(scene->monitor);
    await_state(scene->far, caller, "ringback");
    if (g_str_equal(state, "accepted"))
        client_call(scene->owner, scene->owner_path, "Accept", "");
}

static void set_dialled(Scene *scene, const char *address, const char *then, const char *state) {
    scene->owner_path = client_dial(scene->owner, "loop1", address);
    scene->monitor_path = await_handle(scene->monitor);
    await_state(scene->owner, scene->owner_path, then ? "connected" : state);
    if (g_strcmp0(then, "Drop") == 0)
        client_drop(scene->owner, scene->owner_path);
    else if (then)
        client_call(scene->owner, scene->owner_path, then, "");
}

/* A call that is consulted about: itself, or the consultation that waits for digits. */
static void set_consulted(Scene *scene, const char *state) {
    bool waits = !g_str_equal(state, "on-hold-pending-transfer");
    const char *call = client_connect(scene->owner, "loop1", "answer?ring=0");
    const char *seen = await_handle(scene->monitor);
    const char *consultation = client_setup_transfer(scene->owner, call, waits ? "" : "answer?ring=0");
    const char *consultation_seen = await_handle(scene->monitor);
    scene->owner_path = waits ? consultation : call;
    scene->monitor_path = waits ? consultation_seen : seen;
    if (!waits)
        await_state(scene->owner, consultation, "connected");
    if (g_str_equal(state, "dialing"))
        client_dial_digits(scene->owner, consultation, "1;");
    await_state(scene->owner, scene->owner_path, state);
}

/* A conference of two, or one that waits for the second; itself or its first participant. */
static void set_conference(Scene *scene, const char *state) {
    const char *first = client_connect(scene->owner, "loop1", "answer?ring=0");
    const char *first_seen = await_handle(scene->monitor);
    Conference conference = client_setup_conference(scene->owner, first, "answer?ring=0");
    const char *seen = await_handle(scene->monitor);
    await_handle(scene->monitor);
    await_state(scene->owner, conference.consultation, "connected");
    if (!g_str_equal(state, "conference:on-hold-pending-conference"))
        client_add(scene->owner, conference.path, conference.consultation);
    if (g_str_equal(state, "conference:on-hold"))
        client_call(scene->owner, conference.path, "Hold", "");
    else if (g_str_equal(state, "conference:idle"))
        client_drop(scene->owner, conference.path);
    scene->owner_path = g_str_equal(state, "conferenced") ? first : conference.path;
    scene->monitor_path = g_str_equal(state, "conferenced") ? first_seen : seen;
}

bool scene_set(Scene *scene, const char *state) {
    scene->state = state;
    set_other(scene);
    if (g_str_has_prefix(state, "dial") || g_str_equal(state, "on-hold-pending-transfer"))
        set_consulted(scene, state);
    if (g_str_has_prefix(state, "conference"))
        set_conference(scene, state);
    if (g_str_equal(state, "offering") || g_str_equal(state, "accepted"))
        set_incoming(scene, state);
    for (size_t i = 0; i < G_N_ELEMENTS(dialled); i++)
        if (g_str_equal(dialled[i].state, state))
            set_dialled(scene, dialled[i].address, dialled[i].then, state);
    client_barrier(scene->monitor);
    client_barrier(scene->owner);
    return g_str_equal(get_string(scene->owner, scene->owner_path, "State"), scene_state(scene));
}

void clear_client(Client *client) {
    sd_bus_message *answer = client_call(client, CALLBUS_PATH, "ListCalls", "");
    const char *path, *state, *privilege;
    ck_assert_int_gt(sd_bus_message_enter_container(answer, 'a', "(osss)"), 0);
    while (sd_bus_message_read(answer, "(osss)", &path, NULL, &state, &privilege) > 0) {
        if (g_str_equal(privilege, "owner") && !g_str_equal(state, "idle"))
            client_try(client, path, "Drop", "a{sv}", 0);
        client_release(client, path);
    }
    while (client_has_new_handle(client))
        await_handle(client);
}

void scene_clear(Scene *scene) {
    clear_client(scene->far);
    clear_client(scene->owner);
    clear_client(scene->monitor);
    ck_assert_uint_eq(known_alive_count(scene->owner) + known_alive_count(scene->monitor) +
                          known_alive_count(scene->far), 0);
}
