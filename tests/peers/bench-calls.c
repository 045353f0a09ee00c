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

#include "tests/bus/util-bus.h"
#include "tests/peers/baresip.h"
#include "tests/peers/kamailio/kamailio.h"
#include "tests/peers/sip-bus.h"
#include "tests/peers/sipp.h"

enum {
    SAMPLES = 30,
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

/* Alice answers each call as it comes, and lets go of it when it is over. */
static void serve(Client *alice, GQueue *calls) {
    while (client_has_new_handle(alice)) {
        const char *call = await_handle(alice);

        client_send(alice, call, "Answer", "");
        g_queue_push_tail(calls, (void *) call);
    }
    while (!g_queue_is_empty(calls) && g_str_equal(known_state(alice, g_queue_peek_head(calls)), "disconnected"))
        client_send(alice, g_queue_pop_head(calls), "Drop", "a{sv}", 0);
}

/* So many calls a second for some seconds: did all of them go well? */
static bool hold_rate(unsigned rate) {
    g_autofree char *target = desk_target();
    Client *alice = owner_of(DESK);
    GQueue calls = G_QUEUE_INIT;
    uint64_t before = cpu_ms(provider_pid()), service_before = cpu_ms(bus_service_pid(t));
    Peer *sipp = sipp_start(
        &(SippOptions){ .steps = caller_steps, .target = target, .user = "desk", .calls = rate * seconds, .rate = rate });
    bool well;

    while (!peer_has_ended(sipp)) {
        bus_pump(t, bus_deadline(), "SIPp's end", __FILE__, __LINE__);
        serve(alice, &calls);
    }
    well = peer_status(sipp) == 0;
    printf("%u calls/s for %u s: %s; CPU of a call: %.2f ms in the provider, %.2f ms in the service\n", rate, seconds,
           well ? "none failed" : "some failed", (double) (cpu_ms(provider_pid()) - before) / (rate * seconds),
           (double) (cpu_ms(bus_service_pid(t)) - service_before) / (rate * seconds));
    fflush(stdout);
    g_queue_clear(&calls);
    client_kill(alice);
    return well;
}

START_TEST(how_many_a_second) {
    static const unsigned rates[] = { 25, 50, 100, 200, 300, 400, 600 };
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
