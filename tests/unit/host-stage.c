/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A provider in its process with the service played by the test: a provider that does what it is told, and usual beginnings. */
#include "tests/unit/host-stage.h"

#include <check.h>
#include <string.h>

#include "providers/host/host.h"
#include "providers/wire/names.h"
#include "tests/unit/fake-service.h"

/* ---- A provider that does what the test says ---- */

Stage stage = { .over = -1 };

static int note(const char *what, RequestId id) {
    g_string_append_printf(stage.asked, "%s%s", stage.asked->len > 0 ? " " : "", what);
    stage.request = id;
    if (stage.complete_inside)
        provider_complete(stage.provider, id, NULL, NULL);
    return stage.refuse_to_begin ? -EIO : 0;
}

const LineInfo stage_line = {
    .name = "l0", .label = "Line", .addresses = (const char *const[]) { "10", NULL }, .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE),
    .call_id = true, .max_active_calls = 2,
};

static int on_start(Provider *p, RequestId id) {
    return note(callbus_provider_wants_default_lines(p) ? "start-with-lines" : "start", id);
}

static int on_stop(Provider *p, RequestId id) {
    return note("stop", id);
}

static int on_add_line(Provider *p, const LineConfig *config, RequestId id) {
    if (config->settings && config->settings[0])
        note(config->settings[0], id);
    return note(config->info.name, id);
}

static int on_remove_line(Line *l, RequestId id) {
    stage.line = l;
    return note("remove", id);
}

static int on_check_address(Line *l, const char *address, const char **ret_hint) {
    *ret_hint = "this network dials digits only";
    return strspn(address, "0123456789") == strlen(address) ? 0 : -EINVAL;
}

static int on_dial(Line *l, Call *c, const DialParams *params, RequestId id) {
    stage.call = c;
    return note(params->address, id);
}

static int on_drop(Call *c, RejectReason reason, RequestId id) {
    stage.call = c;
    return note(reason == REJECT_BUSY ? "drop-busy" : "drop", id);
}

static int on_answer(Call *c, RequestId id) {
    stage.call = c;
    return note("answer", id);
}

static int on_hold(Call *c, RequestId id) {
    return note("hold", id);
}

static int on_park(Call *c, const char *address, RequestId id) {
    return note("park", id);
}

static int on_setup_transfer(Call *c, Call *consultation, const DialParams *params, RequestId id) {
    stage.other = consultation;
    return note("consult", id);
}

static GVariant *on_media_stats(Call *c) {
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&builder, "{sv}", "loss", g_variant_new_double(0.5));
    return g_variant_builder_end(&builder);
}

static const ProviderOps ops = {
    .name = "test", .is_local = true, .start = on_start, .stop = on_stop, .add_line = on_add_line, .remove_line = on_remove_line,
    .check_address = on_check_address, .dial = on_dial, .drop = on_drop, .answer = on_answer, .hold = on_hold, .park = on_park,
    .setup_transfer = on_setup_transfer, .media_stats = on_media_stats,
};

static void on_over(int status, void *userdata) {
    stage.over = status;
}

void stage_set_up(void) {
    service_begin();
    stage.asked = g_string_new(NULL);
    stage.manager = (Manager) { .on_over = on_over };
    stage.provider = provider_new(&stage.manager, &ops, NULL);
    stage.manager.connection = connection_new(service_address(), &host_connection_events, &stage.manager);
}

void stage_tear_down(void) {
    connection_free(stage.manager.connection);
    provider_free(stage.provider);
    g_string_free(stage.asked, TRUE);
    service_end();
}

bool stage_was_asked(void) {
    return stage.asked->len > 0;
}

/* The provider was asked for just this since the last time. */
void stage_expect_asked(const char *what) {
    service_wait(stage_was_asked);
    ck_assert_str_eq(stage.asked->str, what);
    g_string_truncate(stage.asked, 0);
}

/* ---- Usual beginnings ---- */

void stage_ask_start(bool default_lines) {
    sd_bus_message *m = service_question("Start");

    sd_bus_message_append(m, "ta{sv}", UINT64_C(7), 2, "default-lines", "b", default_lines, "later", "s", "x");
    service_ask(m);
}

void stage_say_hello(void) {
    service_accept();
    service_expect("Hello");
    service_answer("t", UINT64_C(7));
}

void stage_begin(void) {
    stage_say_hello();
    stage_ask_start(false);
    stage_expect_asked("start");
    ck_assert_int_eq(provider_add_line(stage.provider, &stage_line, &stage.line), 0);
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect("LineAdded");
    service_expect_done();
}

void stage_ask_call(const char *member, uint64_t number) {
    sd_bus_message *m = service_question(member);

    sd_bus_message_append(m, "t", number);
    service_ask(m);
}

void stage_ask_drop(uint64_t number) {
    sd_bus_message *m = service_question("Drop");

    sd_bus_message_append(m, "ts", number, "");
    service_ask(m);
}

void stage_ask_dial(uint64_t number, const char *address) {
    sd_bus_message *m = service_question("Dial");

    sd_bus_message_append(m, "sta{sv}", "l0", number, 1, "address", "s", address);
    service_ask(m);
}

void stage_dial(uint64_t number) {
    const PartyInfo called = { .number = "11", .name = "Anna" };

    stage_ask_dial(number, "11");
    stage_expect_asked("11");
    provider_complete_calls(stage.provider, stage.request, &(CallStart) { .event = CALL_EVENT_DIALING, .call_id = "c1", .called = &called });
    service_expect_done();
}

void stage_connect_call(void) {
    provider_report_event(stage.call, CALL_EVENT_CONNECTED, STATE_DETAIL_ACTIVE);
    service_expect("Event");
}

Call *stage_come_in(void) {
    return provider_report_incoming(stage.line, &(IncomingInfo) { .call_id = "c2", .caller = { .number = "12" } });
}

bool stage_is_alone(void) {
    return connection_phase(stage.manager.connection) == CONNECTION_OFF;
}

bool stage_is_over(void) {
    return stage.over >= 0;
}

void stage_ask_add_line(const char *name, const char *user) {
    sd_bus_message *m = service_question("AddLine");

    sd_bus_message_append(m, "sa{sv}a{ss}s", name, 1, "label", "s", "Office", 1, "User", user, "lines.d/office.conf");
    service_ask(m);
}

void stage_add_office(void) {
    LineInfo office = stage_line;

    office.name = "office";
    stage_expect_asked("User office");
    ck_assert_int_eq(provider_add_line(stage.provider, &office, &stage.line), 0);
    provider_complete(stage.provider, stage.request, NULL, NULL);
    service_expect("LineAdded");
    service_expect_done();
}
