/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loopback provider before the suite. */
#include "providers/loopback/provider.h"

#include "service/call.h"
#include "tests/conformance/adapter.h"
#include "tests/conformance/loopback-scripts.h"
#include "tests/conformance/suite.h"

static void *make(void) {
    static const char *const addresses[] = { "300", NULL };
    static const LineInfo small = {
        .name = "small0",
        .label = "Small",
        .addresses = addresses,
        .media_modes = MEDIA_ALL,
        .call_id = true,
        .max_active_calls = 1,
    };

    return loopback_new(&(LoopbackConfig) { .default_lines = true, .lines = &small, .n_lines = 1 });
}

static void unmake(void *data) {
    loopback_free(data);
}

static void count_media(Call *call, uint64_t *ret_spoken, uint64_t *ret_heard) {
    g_autoptr(GVariant) stats = call_media_stats(call);

    *ret_spoken = *ret_heard = 0;
    if (!stats)
        return;
    ck_assert(g_variant_lookup(stats, "frames-spoken", "t", ret_spoken));
    ck_assert(g_variant_lookup(stats, "frames-heard", "t", ret_heard));
}

const Adapter adapter = {
    .name = "loopback",
    .ops = &loopback_ops,
    .make = make,
    .unmake = unmake,
    .lines = { "loop0", "loop1", "loop2" },
    .addresses = { "100", "101", "102" },
    .plain_line = "mute0",
    .plain_address = "200",
    .small_line = "small0",
    .small_address = "300",
    .nobody = "999",
    .malformed = "answer?ring=soon",
    .timeout_s = 30,
    .count_media = count_media,
    .add_cases = add_script_cases,
};

int main(void) {
    return run_conformance();
}
