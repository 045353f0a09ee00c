/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What calls by SIP cost: how many a second the whole way holds without a failure, how long one takes to be set up, and how soon a client
 * hears that the far end answered.
 *
 * usage: bench-sip-calls [SECONDS]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "service/cleanup.h"
#include "tests/bus/util-bus.h"
#include "tests/peers/baresip.h"
#include "tests/peers/kamailio/kamailio.h"
#include "tests/peers/sip-bus.h"
#include "tests/peers/sipp.h"

enum {
    SAMPLES = 30,
    ANSWERER_WAIT_USEC = 50000,
};

static unsigned seconds = 10;

static const char *const caller_steps[] = { "> INVITE\nsdp", "<? 100", "<? 180", "< 200", "> ACK", "wait 100", "> BYE", "< 200", NULL };

/* Processor time of a process so far, in ms. */
static uint64_t cpu_ms(pid_t pid) {
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int) pid), *text = NULL;
    unsigned long user = 0, system = 0;
    const char *rest;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    rest = strrchr(text, ')');
    if (!rest || sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return 0;
    return (user + system) * 1000 / (uint64_t) sysconf(_SC_CLK_TCK);
}

static unsigned rss_kb(pid_t pid) {
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int) pid), *text = NULL;
    const char *at;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    at = strstr(text, "VmRSS:");
    return at ? (unsigned) strtoul(at + strlen("VmRSS:"), NULL, 10) : 0;
}

static unsigned count_in(pid_t pid, const char *what) {
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int) pid, what);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;

    while (dir && g_dir_read_name(dir))
        count++;
    return count;
}

/* ---- How many a second ---- */

static void tell_call(sd_bus *bus, const char *path, const char *method, const char *types) {
    _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = NULL;

    ck_assert_int_ge(sd_bus_message_new_method_call(bus, &message, CALLBUS_NAME, path, CALLBUS_CALL_INTERFACE, method), 0);
    if (types)
        ck_assert_int_ge(sd_bus_message_append(message, types, 0), 0);
    ck_assert_int_ge(sd_bus_message_set_expect_reply(message, false), 0);
    ck_assert_int_ge(sd_bus_send(bus, message, NULL), 0);
}

static int on_added(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    const char *path;

    if (sd_bus_message_read_basic(message, 'o', &path) > 0 && g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/"))
        tell_call(sd_bus_message_get_bus(message), path, "Answer", NULL);
    return 0;
}

/* The state that it says, or "". */
static const char *state_in(sd_bus_message *message) {
    const char *name, *state = "";

    sd_bus_message_skip(message, "s");
    sd_bus_message_enter_container(message, 'a', "{sv}");
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        if (sd_bus_message_read_basic(message, 's', &name) > 0 && g_str_equal(name, "State"))
            sd_bus_message_read(message, "v", "s", &state);
        else
            sd_bus_message_skip(message, "v");
        sd_bus_message_exit_container(message);
    }
    return state;
}

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *ret_error) {
    const char *path = sd_bus_message_get_path(message);

    if (!g_str_has_prefix(path, CALLBUS_CLIENT_PATH "/") || !g_str_equal(state_in(message), "disconnected"))
        return 0;
    tell_call(sd_bus_message_get_bus(message), path, "Drop", "a{sv}");
    tell_call(sd_bus_message_get_bus(message), path, "Release", NULL);
    return 0;
}

/* Answers each call as it comes, and lets go of it when it is over. The clients of the tests check whatever they hear: that would cost more
 * than what is measured here. */
static sd_bus *answerer_new(void) {
    _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus *bus;

    ck_assert_int_ge(sd_bus_new(&bus), 0);
    ck_assert_int_ge(sd_bus_set_address(bus, bus_address(t)), 0);
    ck_assert_int_ge(sd_bus_set_bus_client(bus, true), 0);
    ck_assert_int_ge(sd_bus_start(bus), 0);
    ck_assert_int_ge(sd_bus_match_signal(bus, NULL, CALLBUS_NAME, CALLBUS_PATH, DBUS_OBJECT_MANAGER_INTERFACE, "InterfacesAdded",
                                         on_added, NULL), 0);
    ck_assert_int_ge(sd_bus_match_signal(bus, NULL, CALLBUS_NAME, NULL, DBUS_PROPERTIES_INTERFACE, "PropertiesChanged",
                                         on_changed, NULL), 0);
    ck_assert_msg(sd_bus_call_method(bus, CALLBUS_NAME, CALLBUS_LINE_PATH "/" DESK, CALLBUS_LINE_INTERFACE, "Open", &error, NULL,
                                     "sasa{sv}", "owner", 0, 0) >= 0, "Open: %s", error.message);
    return bus;
}

static void serve(sd_bus *bus) {
    int r;

    while ((r = sd_bus_process(bus, NULL)) > 0)
        ;
    ck_assert_int_ge(r, 0);
    ck_assert_int_ge(sd_bus_wait(bus, ANSWERER_WAIT_USEC), 0);
}

/* The first that went wrong, by SIPp's own words. */
static void tell_trouble(Peer *sipp) {
    g_autofree char *errors = peer_log(sipp, "errors");
    const char *first = strchr(errors, '\n');

    printf("  %.*s\n", first ? (int) strcspn(first + 1, "\r\n") : 0, first ? first + 1 : "");
}

/* What the calls have left behind. */
static void tell_left(void) {
    pid_t pid = provider_pid();

    g_usleep(2 * G_USEC_PER_SEC);
    printf("  the provider then: %u kB, %u descriptors, %u threads\n", rss_kb(pid), count_in(pid, "fd"), count_in(pid, "task"));
    fflush(stdout);
}

/* So many calls a second for some seconds: did all of them go well? */
static bool hold_rate(unsigned rate) {
    g_autofree char *target = desk_target();
    sd_bus *answerer = answerer_new();
    uint64_t before = cpu_ms(provider_pid()), service_before = cpu_ms(bus_service_pid(t));
    Peer *sipp = sipp_start(
        &(SippOptions){ .steps = caller_steps, .target = target, .user = "desk", .calls = rate * seconds, .rate = rate });
    bool well;

    while (!peer_has_ended(sipp))
        serve(answerer);
    well = peer_status(sipp) == 0;
    printf("%u calls/s for %u s: %s; CPU of a call: %.2f ms in the provider, %.2f ms in the service\n", rate, seconds,
           well ? "none failed" : "some failed", (double) (cpu_ms(provider_pid()) - before) / (rate * seconds),
           (double) (cpu_ms(bus_service_pid(t)) - service_before) / (rate * seconds));
    if (!well)
        tell_trouble(sipp);
    tell_left();
    sd_bus_close_unref(answerer);
    return well;
}

/* As people run it. */
static void set_up_quiet(void) {
    g_autofree char *text = g_strdup_printf("Listen=%s:5060\nAudioOutput=none\nRingDevice=none\n", peer_address(PEER_OURS));
    Client *client;

    sip_bus_begin_with((const char *const[]){ DESK, text, NULL }, &(BusOptions){ .no_debug = true });
    client = bus_client(t);
    await_line(client, DESK);
    client_kill(client);
}

START_TEST(how_many_a_second) {
    static const unsigned rates[] = { 50, 100, 200, 300, 400, 600, 800 };
    unsigned best = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rates) && hold_rate(rates[i]); i++)
        best = rates[i];
    printf("sustained: %u calls/s\n", best);
    ck_assert_uint_gt(best, 0);
}
END_TEST

/* ---- How long one takes ---- */

static int compare(gconstpointer a, gconstpointer b) {
    int64_t one = *(const int64_t *) a, other = *(const int64_t *) b;

    return one < other ? -1 : one > other;
}

static void tell(const char *what, GArray *times) {
    g_array_sort(times, compare);
    printf("%s: half within %" PRIi64 " us, 99 %% within %" PRIi64 " us (%u calls)\n", what, g_array_index(times, int64_t, times->len / 2),
           g_array_index(times, int64_t, times->len * 99 / 100), times->len);
}

/* When SIPp sent its first answer of that kind, by its log, in us of the wall clock. */
static int64_t sent_at(const char *messages, const char *what) {
    const char *at = strstr(messages, what), *stamp;
    struct tm tm = { 0 };
    int us = 0;

    if (!at)
        return 0;
    stamp = g_strrstr_len(messages, at - messages, "------- ");
    if (!stamp || sscanf(stamp + 8, "%d-%d-%d %d:%d:%d.%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &us) != 7)
        return 0;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    tm.tm_isdst = -1;
    return (int64_t) mktime(&tm) * G_USEC_PER_SEC + us;
}

/* From Dial to the signal that says connected, and from SIPp's 200 to it. */
START_TEST(how_long_one_takes) {
    static const char *const steps[] = { "< INVITE", "> 200 OK\nsdp", "< ACK", "< BYE", "> 200 OK", NULL };
    g_autoptr(GArray) whole = g_array_new(FALSE, FALSE, sizeof(int64_t)), answer = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autofree char *uri = sipp_uri(PEER_FIRST, "sipp");
    Client *alice = owner_of(DESK);

    for (unsigned i = 0; i < SAMPLES; i++) {
        g_autofree char *messages = NULL;
        Peer *sipp = sipp_start(&(SippOptions){ .steps = steps });
        int64_t before = g_get_real_time(), after, sent, took;
        const char *call = client_dial(alice, DESK, uri);

        await_state(alice, call, "connected");
        after = g_get_real_time();
        took = after - before;
        g_array_append_val(whole, took);
        client_drop(alice, call);
        sip_bus_await_end(sipp);
        messages = sipp_messages(sipp);
        sent = sent_at(messages, "SIP/2.0 200 OK");
        took = after - sent;
        if (sent > 0)
            g_array_append_val(answer, took);
    }
    tell("Dial to connected, directly", whole);
    tell("the network's answer to the client's signal", answer);
}
END_TEST

/* ---- Through a Kamailio, against a bare program ---- */

static Kamailio *kamailio;
static Baresip *carol;

static void set_up_kamailio(void) {
    g_autofree char *text = NULL, *place = NULL, *outbound = NULL;

    sip_bus_prepare();
    kamailio = kamailio_start(&(KamailioOptions){ 0 });
    place = g_strdup_printf("%s:%u", kamailio_host(kamailio), kamailio_port(kamailio));
    outbound = g_strdup_printf(";outbound=\"sip:%s\"", place);
    carol = baresip_start(&(BaresipOptions){
        .user = "carol", .answers = true, .registrar = "lab.test", .parameters = outbound, .password = "secret" });
    text = g_strdup_printf("Registrar=%s\nDomain=lab.test\nPasswordFile=@PASSWORD@\nListen=%s\nCodecs=PCMU\n", place, peer_address(PEER_OURS));
    sip_bus_begin((const char *const[]){ "alice", text, NULL });
}

static void tear_down_kamailio(void) {
    sip_bus_teardown();
    kamailio_free(kamailio);
}

static void take_bare_times(GArray *times) {
    g_autofree char *proxy = g_strdup_printf("sip:%s:%u", kamailio_host(kamailio), kamailio_port(kamailio)), *count = g_strdup_printf("%d", SAMPLES);
    const char *argv[] = { g_getenv("BARE_CALLS"), peer_address(PEER_SECOND), proxy, "<sip:carol@lab.test>", count, NULL };
    Peer *bare = peer_start(peer_folder("bare"), argv);
    g_autofree char *log = NULL;
    g_auto(GStrv) lines = NULL;

    peer_await_end(bare, 0);
    log = peer_log(bare, NULL);
    lines = g_strsplit(g_strstrip(log), "\n", 0);
    for (char **line = lines; *line; line++) {
        int64_t took = g_ascii_strtoll(*line, NULL, 10);

        g_array_append_val(times, took);
    }
}

START_TEST(through_kamailio) {
    g_autoptr(GArray) ours = g_array_new(FALSE, FALSE, sizeof(int64_t)), bare = g_array_new(FALSE, FALSE, sizeof(int64_t));
    Client *alice = owner_of("alice");

    take_bare_times(bare);
    for (unsigned i = 0; i < SAMPLES; i++) {
        int64_t before = g_get_monotonic_time(), took;
        const char *call = client_dial(alice, "alice", "carol");

        await_state(alice, call, "connected");
        took = g_get_monotonic_time() - before;
        g_array_append_val(ours, took);
        client_drop(alice, call);
        await_state(alice, call, "idle");
    }
    tell("INVITE to 200 through Kamailio, by nothing but sofia-sip", bare);
    tell("Dial to connected through Kamailio", ours);
    baresip_free(carol);
}
END_TEST

int main(int argc, char **argv) {
    Suite *suite = suite_create("sip-calls");
    TCase *tcase = sip_bus_case(suite, "calls", sip_bus_setup);

    if (argc > 1)
        seconds = (unsigned) atoi(argv[1]);
    tcase_set_timeout(tcase, 900);
    tcase_add_test(tcase, how_long_one_takes);
    tcase = sip_bus_case(suite, "rate", set_up_quiet);
    tcase_set_timeout(tcase, 900);
    tcase_add_test(tcase, how_many_a_second);
    if (g_getenv("BARE_CALLS")) {
        tcase = tcase_create("kamailio");
        tcase_add_checked_fixture(tcase, set_up_kamailio, tear_down_kamailio);
        tcase_set_timeout(tcase, 300);
        tcase_add_test(tcase, through_kamailio);
        suite_add_tcase(suite, tcase);
    }
    return bus_main(suite);
}
