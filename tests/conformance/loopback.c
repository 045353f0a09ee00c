/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loopback provider before the suite. */
#include "providers/loopback/provider.h"

#include "service/call.h"
#include "tests/conformance/loopback-places.h"
#include "tests/conformance/loopback-scripts.h"
#include "tests/conformance/suite.h"

#define COMMON .label = "Test", .media_modes = MEDIA_ALL, .call_id = true

/* Besides the usual ones. */
static void *make(void) {
    const LineInfo lines[] = {
        { .name = "small0", .addresses = ADDRESSES("300"), .max_active_calls = 1, COMMON },
        { .name = "drop0", .addresses = ADDRESSES("310"), .answer_mode = ANSWER_MODE_DROP, COMMON },
        { .name = "hold0", .addresses = ADDRESSES("320"), .answer_mode = ANSWER_MODE_HOLD, COMMON },
    };

    return loopback_new(&(LoopbackConfig) { .default_lines = true, .lines = lines, .n_lines = G_N_ELEMENTS(lines) });
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

static bool hears(Call *call, const char *address) {
    g_autoptr(GVariant) stats = call_media_stats(call);
    g_autofree const char **heard = NULL;

    if (!stats)
        return false;
    ck_assert(g_variant_lookup(stats, "hearing", "^a&s", &heard));
    return g_strv_contains(heard, address);
}

const Adapter adapter = {
    .name = "loopback",
    .ops = &loopback_ops,
    LOOPBACK_PLACES,
    .make = make,
    .unmake = unmake,
    .count_media = count_media,
    .hears = hears,
    .add_cases = add_script_cases,
};

int main(void) {
    return run_conformance();
}
