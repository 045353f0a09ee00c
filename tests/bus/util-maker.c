/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every request that makes calls. */
#include "tests/bus/util-maker.h"

#include "tests/bus/util-internal.h"

#define ADDRESS "answer?ring=0"

Stage stage_begin(void) {
    Stage stage = {bus_client(t), bus_client(t), bus_client(t), bus_client(t), NULL, NULL, NULL};
    client_open(stage.watcher, "loop0", "monitor");
    client_open(stage.other, "loop0", "owner+monitor");
    client_open(stage.far, "loop1", "owner");
    return stage;
}

/* ---- Before it ---- */

static void prepare_nothing(Stage *stage) {
}

static void prepare_call(Stage *stage) {
    stage->call = client_connect(stage->maker, "loop0", ADDRESS);
}

static void prepare_consultation(Stage *stage) {
    prepare_call(stage);
    stage->second = client_setup_transfer(stage->maker, stage->call, ADDRESS);
    await_state(stage->maker, stage->second, "connected");
}

static void prepare_conference(Stage *stage) {
    Party party = party_begin(stage->maker, "loop0", ADDRESS, ADDRESS);
    stage->call = party.conference;
}

static void prepare_ringing(Stage *stage) {
    const char *caller = client_dial(stage->far, "loop2", "101");
    await_handle(stage->far);
    await_state(stage->far, caller, "ringback");
}

static void prepare_parked(Stage *stage) {
    const char *parked = client_connect(stage->far, "loop1", ADDRESS);
    stage->place = client_park(stage->far, parked, "");
}

/* ---- The request ---- */

static uint64_t send_dial(const Stage *stage) {
    return client_send(stage->maker, LINE("loop0"), "Dial", "sa{sv}", ADDRESS, 0);
}

static uint64_t send_setup_transfer(const Stage *stage) {
    return client_send(stage->maker, stage->call, "SetupTransfer", "sa{sv}", ADDRESS, 0);
}

static uint64_t send_setup_transfer_to_nobody(const Stage *stage) {
    return client_send(stage->maker, stage->call, "SetupTransfer", "sa{sv}", "", 0);
}

static uint64_t send_complete_as_conference(const Stage *stage) {
    return client_send(stage->maker, stage->call, "CompleteTransfer", "os", stage->second, "conference");
}

static uint64_t send_setup_conference(const Stage *stage) {
    return client_send(stage->maker, stage->call, "SetupConference", "sa{sv}", ADDRESS, 0);
}

static uint64_t send_prepare_add(const Stage *stage) {
    return client_send(stage->maker, stage->call, "PrepareAddToConference", "sa{sv}", ADDRESS, 0);
}

static uint64_t send_line_conference(const Stage *stage) {
    return client_send(stage->maker, LINE("loop0"), "SetupConference", "a{sv}", 1, "address", "s", ADDRESS);
}

static uint64_t send_line_conference_with_nobody(const Stage *stage) {
    return client_send(stage->maker, LINE("loop0"), "SetupConference", "a{sv}", 0);
}

static uint64_t send_pickup(const Stage *stage) {
    return client_send(stage->maker, LINE("loop0"), "Pickup", "ss", "101", "");
}

static uint64_t send_unpark(const Stage *stage) {
    return client_send(stage->maker, LINE("loop0"), "Unpark", "s", stage->place);
}

const Maker makers[] = {
    {"Dial", true, 1, prepare_nothing, send_dial},
    {"Pickup", true, 1, prepare_ringing, send_pickup},
    {"Unpark", true, 1, prepare_parked, send_unpark},
    {"SetupConference of a line", true, 2, prepare_nothing, send_line_conference},
    {"SetupConference of a line, without address", true, 2, prepare_nothing, send_line_conference_with_nobody},
    {"SetupTransfer", false, 1, prepare_call, send_setup_transfer},
    {"SetupTransfer without address", false, 1, prepare_call, send_setup_transfer_to_nobody},
    {"CompleteTransfer as conference", false, 1, prepare_consultation, send_complete_as_conference},
    {"SetupConference", false, 2, prepare_call, send_setup_conference},
    {"PrepareAddToConference", false, 1, prepare_conference, send_prepare_add},
};
const guint maker_count = G_N_ELEMENTS(makers);

/* ---- After it ---- */

Made maker_await(const Maker *maker, const Stage *stage, uint64_t request) {
    Client *client = stage->maker;
    sd_bus_message *answer = client_await_success(client, request);
    Made made = {{NULL, NULL}};
    for (guint i = 0; i < maker->number; i++) {
        const char *path;
        CHECK(sd_bus_message_read_basic(answer, 'o', &path) > 0);
        made.paths[i] = bus_keep_text(client->bus, g_strdup(path));
        AWAIT(client->bus, known_alive(client, made.paths[i]));
        shadow_find(client, made.paths[i])->awaited = true;
    }
    return made;
}
