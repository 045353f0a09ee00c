/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The SIP provider before the suite: lines without a registrar that call each other on a loopback address. */
#include "providers/sip/provider.h"

#include <unistd.h>

#include "providers/sip/line.h"
#include "service/call.h"
#include "tests/conformance/adapter.h"
#include "tests/conformance/sip-races.h"
#include "tests/conformance/suite.h"

/* What SIP has no words for, or only an exchange: feature codes are not set here. */
#define MISSING                                                                                            \
    (OPERATION_BIT(OPERATION_PARK) | OPERATION_BIT(OPERATION_UNPARK) | OPERATION_BIT(OPERATION_PICKUP) |    \
     OPERATION_BIT(OPERATION_COMPLETE_CALL) | OPERATION_BIT(OPERATION_CANCEL_COMPLETION))

typedef struct TestLine {
    const char *name, *number;
    bool has_no_call_id;
    unsigned max_active_calls;
    AnswerMode answer_mode;
} TestLine;

static const TestLine test_lines[] = {
    { "sip0", "100" },
    { "sip1", "101" },
    { "sip2", "102" },
    { "plain0", "200", .has_no_call_id = true },
    { "small0", "300", .max_active_calls = 1 },
    { "drop0", "310", .answer_mode = ANSWER_MODE_DROP },
    { "hold0", "320", .answer_mode = ANSWER_MODE_HOLD },
};

static ProviderOps ops;
static char host[16], listen_at[24]; /* of this process: tests run beside each other */

static void *make(void) {
    unsigned pid = (unsigned) getpid();

    g_snprintf(host, sizeof(host), "127.%u.%u.%u", 1 + (pid >> 16) % 250, pid >> 8 & 255, 1 + (pid & 255) % 254);
    g_snprintf(listen_at, sizeof(listen_at), "%s:5060", host);
    return sip_new();
}

const char *sip_lines_host(void) {
    return host;
}

static void unmake(void *data) {
    sip_free(data);
}

/* As those, and what makes no sense. */
#define MORE "Listen", listen_at, "Domain", host, "User", "330", "AudioInput", "tone:440", "AudioOutput", "none", "RingDevice", "none"
static const char *const more_settings[] = { MORE, "Transport", "udp", NULL }, *const bad_settings[] = { MORE, "Transport", "udpp", NULL };

static void add_line(Sip *sip, const TestLine *test) {
    const char *const settings[] = { "Listen", listen_at, "Domain", host, "User", test->number, "Transport", "udp",
                                     "AudioInput", "tone:440", "AudioOutput", "none", "RingDevice", "none", NULL };
    const LineConfig config = {
        .info = {
            .name = test->name,
            .label = "Test",
            .addresses = (const char *const[]) { test->number, NULL },
            .media_modes = MEDIA_BIT(MEDIA_INTERACTIVE_VOICE),
            .call_id = !test->has_no_call_id,
            .max_active_calls = test->max_active_calls,
            .answer_mode = test->answer_mode,
            .without = MISSING,
        },
        .settings = settings,
        .source = "the test",
    };
    g_autofree char *why = NULL;
    SipAccount *account;
    SipLine *line;

    ck_assert_msg(sip_account_new(settings, &account, &why) == 0, "%s", why);
    ck_assert_ptr_null(sip_line_new(sip, &config, account, &line));
    g_ptr_array_add(sip_lines(sip), line);
}

static gboolean on_start(void *sip) {
    for (size_t i = 0; i < G_N_ELEMENTS(test_lines); i++)
        add_line(sip, &test_lines[i]);
    return G_SOURCE_REMOVE;
}

/* The lines are there when the start is complete. */
static int start(Provider *provider, RequestId request) {
    g_idle_add_full(G_PRIORITY_DEFAULT, on_start, provider_data(provider), NULL);
    return sip_ops.start(provider, request);
}

static void count_media(Call *call, uint64_t *ret_spoken, uint64_t *ret_heard) {
    g_autoptr(GVariant) stats = call_media_stats(call);

    *ret_spoken = *ret_heard = 0;
    if (!stats)
        return;
    ck_assert(g_variant_lookup(stats, "packets-sent", "t", ret_spoken));
    ck_assert(g_variant_lookup(stats, "packets-received", "t", ret_heard));
}

const Adapter adapter = {
    .name = "sip",
    .ops = &ops,
    .abilities = (OPERATION_BIT(_OPERATION_MAX) - 1) & ~MISSING,
    .traits = TRAIT_THIRD_LINE | TRAIT_PLAIN_LINE | TRAIT_SMALL_LINE | TRAIT_ANSWER_MODES | TRAIT_CALL_ID | TRAIT_NAMES |
              TRAIT_HIDING | TRAIT_PATIENCE | TRAIT_BELL | TRAIT_FAR_HOLD | TRAIT_MALFORMED | TRAIT_MORE_LINES | TRAIT_NETWORK_IDS,
    .make = make,
    .unmake = unmake,
    .lines = { "sip0", "sip1", "sip2" },
    .addresses = { "100", "101", "102" },
    .plain_line = "plain0",
    .plain_address = "200",
    .small_line = "small0",
    .small_address = "300",
    .drop_line = "drop0",
    .drop_address = "310",
    .hold_line = "hold0",
    .hold_address = "320",
    .nobody = "999",
    .malformed = "sip:nobody at home",
    .more_line = "more0",
    .more_address = "330",
    .more_settings = more_settings,
    .bad_settings = bad_settings,
    .timeout_s = 20,
    .count_media = count_media,
    .add_cases = add_race_cases,
};

int main(void) {
    ops = sip_ops;
    ops.start = start;
    return run_conformance();
}
