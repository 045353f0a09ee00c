/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls in each state, and who may ask for what of them. */
#include "tests/bus/util-states.h"

#include <string.h>
#include <unistd.h>

#include "service/cleanup.h"
#include "tests/bus/util-system.h"

#define HUNG (30 * G_USEC_PER_SEC)

sd_bus *callers[CALLERS];
unsigned n_callers;

/* ---- Callers ---- */

static sd_bus *connects(void) {
    sd_bus *bus = NULL;

    ck_assert_int_ge(sd_bus_new(&bus), 0);
    ck_assert_int_ge(sd_bus_set_address(bus, bus_address(t)), 0);
    ck_assert_int_ge(sd_bus_set_bus_client(bus, true), 0);
    ck_assert_int_ge(sd_bus_start(bus), 0);
    ck_assert_int_ge(sd_bus_get_unique_name(bus, (const char *[]) { NULL }), 0);
    return bus;
}

void callers_begin(void) {
    bool several = getuid() == 0 && g_str_has_prefix(g_getenv("CALLBUS_TEST_BUS") ?: "", "system");

    n_callers = several ? CALLERS : CALLERS - 1;
    for (unsigned i = 0; i < n_callers; i++) {
        if (i == OTHER_USER)
            system_act_as(system_user(0), NULL);
        callers[i] = connects();
        system_act_as_self();
    }
}

void callers_end(void) {
    for (unsigned i = 0; i < n_callers; i++)
        sd_bus_close_unref(callers[i]);
}

/* What is not asked for is not kept. */
static void forget_signals(sd_bus *bus) {
    while (sd_bus_process(bus, NULL) > 0)
        continue;
}

sd_bus_message *calls(unsigned caller, sd_bus_message *m, sd_bus_error *error) {
    sd_bus_message *reply = NULL;
    int r = sd_bus_call(callers[caller], m, HUNG, error, &reply);

    ck_assert_msg(r >= 0 || sd_bus_error_is_set(error), "no reply: %s", strerror(-r));
    forget_signals(callers[caller]);
    return reply;
}

bool asks(unsigned caller, const char *path, const char *interface, const char *member, const char *types, ...) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    va_list ap;

    ck_assert_int_ge(sd_bus_message_new_method_call(callers[caller], &m, CALLBUS_NAME, path, interface, member), 0);
    va_start(ap, types);
    ck_assert_int_ge(sd_bus_message_appendv(m, types, ap), 0);
    va_end(ap);
    reply = calls(caller, m, &error);
    return reply != NULL;
}

char *find_handle(unsigned caller, const char *state) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *path, *its;

    ck_assert_int_ge(sd_bus_call_method(callers[caller], CALLBUS_NAME, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "ListCalls", NULL,
                                        &reply, ""), 0);
    ck_assert_int_ge(sd_bus_message_enter_container(reply, 'a', "(osss)"), 0);
    while (sd_bus_message_read(reply, "(osss)", &path, NULL, &its, NULL) > 0)
        if (!state || strcmp(its, state) == 0)
            return g_strdup(path);
    return NULL;
}

static char *await_handle_in(unsigned caller, const char *state) {
    uint64_t deadline = bus_deadline();
    char *path;

    while (!(path = find_handle(caller, state))) {
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "no call becomes %s; the log:\n%s", state, bus_service_log(t));
        g_usleep(1000);
    }
    return path;
}

/* ---- Scenes ---- */

typedef struct Step {
    unsigned caller;
    const char *line;  /* a method of the line, */
    const char *state; /* or of the handle that is in that state */
    const char *member, *types, *text;
} Step;

#define DIALS(address) { OWNER, "loop0", NULL, "Dial", "sa{sv}", address }
#define OPENS { FAR, "loop1", NULL, "Open", "sasa{sv}", "owner" }
#define DOES(caller, state, member) { caller, NULL, state, member, "", NULL }
#define CALLS(member, text) { OWNER, NULL, "connected", member, "sa{sv}", text }

/* Who has a call in which state then, and in which states all calls of the owner are, and those of the far end. */
static const struct {
    const char *state;
    unsigned subject;
    const char *settled;
    Step steps[5];
} scenes[] = {
    { "offering", FAR, "ringback /offering ", { OPENS, DIALS("101") } },
    { "accepted", FAR, "ringback /accepted ", { OPENS, DIALS("101"), DOES(FAR, "offering", "Accept") } },
    { "connected", FAR, "connected /connected ", { OPENS, DIALS("101"), DOES(FAR, "offering", "Answer") } },
    { "connected", OWNER, "connected /", { DIALS("answer?ring=0") } },
    { "ringback", OWNER, "ringback /", { DIALS("no-answer?ring=600") } },
    { "proceeding", OWNER, "proceeding /", { DIALS("reject?ring=600") } },
    { "busy", OWNER, "busy /", { DIALS("busy") } },
    { "disconnected", OWNER, "disconnected /", { DIALS("reject") } },
    { "idle", OWNER, "idle /", { DIALS("answer?ring=0"), { OWNER, NULL, "connected", "Drop", "a{sv}", NULL } } },
    { "on-hold", OWNER, "on-hold /", { DIALS("answer?ring=0"), DOES(OWNER, "connected", "Hold") } },
    { "on-hold-pending-transfer", OWNER, "on-hold-pending-transfer connected /",
      { DIALS("answer?ring=0"), CALLS("SetupTransfer", "answer?ring=0") } },
    { "dial-tone", OWNER, "on-hold-pending-transfer dial-tone /", { DIALS("answer?ring=0"), CALLS("SetupTransfer", "") } },
    { "on-hold-pending-conference", OWNER, "conferenced on-hold-pending-conference connected /",
      { DIALS("answer?ring=0"), CALLS("SetupConference", "answer?ring=0") } },
    { "conferenced", OWNER, "conferenced on-hold-pending-conference connected /",
      { DIALS("answer?ring=0"), CALLS("SetupConference", "answer?ring=0") } },
};

static void takes_step(const Step *step) {
    g_autofree char *path = step->line ? g_strconcat(CALLBUS_LINE_PATH "/", step->line, NULL)
                                       : await_handle_in(step->caller, step->state);
    const char *interface = step->line ? CALLBUS_LINE_INTERFACE : CALLBUS_CALL_INTERFACE;
    bool done;

    if (strcmp(step->types, "sa{sv}") == 0)
        done = asks(step->caller, path, interface, step->member, "sa{sv}", step->text, 0);
    else if (strcmp(step->types, "sasa{sv}") == 0)
        done = asks(step->caller, path, interface, step->member, "sasa{sv}", step->text, 0, 0);
    else if (strcmp(step->types, "a{sv}") == 0)
        done = asks(step->caller, path, interface, step->member, "a{sv}", 0);
    else
        done = asks(step->caller, path, interface, step->member, "");
    ck_assert_msg(done, "%s does not do", step->member);
}

void scene_end(void) {
    for (unsigned i = 0; i < n_callers; i++)
        for (size_t j = 0; j < 4; j++) {
            g_autofree char *line = g_strconcat(CALLBUS_LINE_PATH "/", (const char *const[]) { "loop0", "loop1", "loop2", "mute0" }[j], NULL);

            if (asks(i, line, CALLBUS_LINE_INTERFACE, "Forward", "a(sssu)", 0))
                continue;
        }
    for (unsigned i = 0; i < n_callers; i++)
        for (char *path; (path = find_handle(i, NULL)); g_free(path)) {
            asks(i, path, CALLBUS_CALL_INTERFACE, "SetOnOwnerLost", "s", "drop");
            asks(i, path, CALLBUS_CALL_INTERFACE, "Drop", "a{sv}", 0);
            asks(i, path, CALLBUS_CALL_INTERFACE, "Release", "");
        }
    for (unsigned i = 0; i < n_callers; i++)
        for (size_t j = 0; j < 4; j++) {
            g_autofree char *line = g_strconcat(CALLBUS_LINE_PATH "/", (const char *const[]) { "loop0", "loop1", "loop2", "mute0" }[j], NULL);

            asks(i, line, CALLBUS_LINE_INTERFACE, "Close", "");
        }
}

const unsigned n_scenes = G_N_ELEMENTS(scenes);

char *scene_play(unsigned number, unsigned *ret_subject) {
    scene_end();
    for (size_t i = 0; i < G_N_ELEMENTS(scenes[number].steps) && scenes[number].steps[i].member; i++)
        takes_step(&scenes[number].steps[i]);
    *ret_subject = scenes[number].subject;
    return await_handle_in(scenes[number].subject, scenes[number].state);
}

static void append_states(GString *text, unsigned caller) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    const char *its;

    ck_assert_int_ge(sd_bus_call_method(callers[caller], CALLBUS_NAME, CALLBUS_PATH, CALLBUS_MANAGER_INTERFACE, "ListCalls", NULL,
                                        &reply, ""), 0);
    ck_assert_int_ge(sd_bus_message_enter_container(reply, 'a', "(osss)"), 0);
    while (sd_bus_message_read(reply, "(osss)", NULL, NULL, &its, NULL) > 0)
        g_string_append_printf(text, "%s ", its);
}

static char *all_states(void) {
    GString *text = g_string_new(NULL);

    append_states(text, OWNER);
    g_string_append_c(text, '/');
    append_states(text, FAR);
    return g_string_free(text, FALSE);
}

void scene_settle(unsigned number) {
    const char *wanted = scenes[number].settled;

    for (uint64_t deadline = bus_deadline();;) {
        g_autofree char *states = all_states();

        if (strcmp(states, wanted) == 0)
            return;
        ck_assert_msg((uint64_t) g_get_monotonic_time() < deadline, "the calls are %s and not %s", states, wanted);
        g_usleep(1000);
    }
}
