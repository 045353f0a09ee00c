/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loopback provider in a process of its own before the suite. The path of its program is the argument of this one. */
#include "service/call.h"
#include "tests/conformance/loopback-places.h"
#include "tests/conformance/process.h"
#include "tests/conformance/suite.h"
#include "tests/conformance/world.h"

#define COMMON .label = "Test", .media_modes = MEDIA_ALL, .close_drop = true, .pickup_group = "loop"

enum { STATS_MS = 1500 };

static const char *program;

/* The usual ones, and those that conformance-loopback has besides: all of them by configuration. */
static void *make(void) {
    const LineConfig lines[] = {
        { .info = { .name = "loop0", .addresses = ADDRESSES("100"), .call_id = true, COMMON } },
        { .info = { .name = "loop1", .addresses = ADDRESSES("101"), .call_id = true, COMMON } },
        { .info = { .name = "loop2", .addresses = ADDRESSES("102"), .call_id = true, COMMON } },
        { .info = { .name = "mute0", .addresses = ADDRESSES("200"), COMMON } },
        { .info = { .name = "small0", .addresses = ADDRESSES("300"), .call_id = true, .max_active_calls = 1, COMMON } },
        { .info = { .name = "drop0", .addresses = ADDRESSES("310"), .call_id = true, .answer_mode = ANSWER_MODE_DROP, COMMON } },
        { .info = { .name = "hold0", .addresses = ADDRESSES("320"), .call_id = true, .answer_mode = ANSWER_MODE_HOLD, COMMON } },
    };

    return process_make(program, "loopback", lines, G_N_ELEMENTS(lines));
}

/* The process tells its figures from time to time, and after they were asked for: those that come next are of now. Of a call that
 * rings, or is over, there may be none. */
static GVariant *next_stats(Call *call) {
    g_autoptr(GVariant) before = call_media_stats(call), stats = NULL;
    bool has_some = call_state_is_live(call_state(call)) && (before || call_state(call) == CALL_STATE_CONNECTED);
    int64_t patience_ms = has_some ? adapter.timeout_s * 1000 : STATS_MS;
    int64_t deadline = g_get_monotonic_time() + patience_ms * 1000;

    do {
        world_pause();
        g_clear_pointer(&stats, g_variant_unref);
        stats = call_media_stats(call);
    } while (stats == before && g_get_monotonic_time() < deadline);
    return g_steal_pointer(&stats);
}

static void count_media(Call *call, uint64_t *ret_spoken, uint64_t *ret_heard) {
    g_autoptr(GVariant) stats = next_stats(call);

    *ret_spoken = *ret_heard = 0;
    if (!stats || g_variant_n_children(stats) == 0)
        return;
    ck_assert(g_variant_lookup(stats, "frames-spoken", "t", ret_spoken));
    ck_assert(g_variant_lookup(stats, "frames-heard", "t", ret_heard));
}

static bool hears(Call *call, const char *address) {
    g_autoptr(GVariant) stats = next_stats(call);
    g_autofree const char **heard = NULL;

    if (!stats || g_variant_n_children(stats) == 0)
        return false;
    ck_assert(g_variant_lookup(stats, "hearing", "^a&s", &heard));
    return g_strv_contains(heard, address);
}

const Adapter adapter = {
    .name = "loopback-process",
    .find_ops = process_ops,
    LOOPBACK_PLACES,
    .make = make,
    .unmake = process_unmake,
    .count_media = count_media,
    .hears = hears,
};

int main(int argc, char **argv) {
    program = argc == 2 ? argv[1] : "callbus-provider-loopback";
    return run_conformance();
}
