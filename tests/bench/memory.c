/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory of the service: what a call adds, and what one more handle to it adds. */
#include "tests/bench/calls.h"
#include "tests/bench/stage.h"

/* Each watcher gets a handle for each call, and so does the client with both ends; it may have 4,096. */
#define CALLS 4000
#define QUICK_CALLS 1000
#define ENDS 2
#define WATCHERS 10
#define WARM_UP 8

#define HANDLE_GOAL AT_MOST(512)
#define CALL_GOAL AT_MOST(1024)

/* The first calls make room that the later ones share. */
static int grow(Stage *stage, unsigned watchers, unsigned calls, double *ret_bytes) {
    Connection *all[WATCHERS], *owner;
    uint64_t before, after;
    int r = stage_connect(stage, watchers, all);
    for (unsigned i = 0; i < watchers && r >= 0; i++) {
        r = calls_open(all[i], lanes[0].out, "monitor");
        if (r >= 0)
            r = calls_open(all[i], lanes[0].in, "monitor");
    }
    if (r >= 0)
        r = stage_connect(stage, 1, &owner);
    if (r >= 0)
        r = calls_take_lane(owner, 0);
    if (r >= 0)
        r = calls_connect(stage->load, owner, WARM_UP);
    if (r >= 0)
        r = process_private_dirty(stage->callbusd, &before);
    if (r >= 0)
        r = calls_connect(stage->load, owner, calls / ENDS);
    if (r >= 0)
        r = process_private_dirty(stage->callbusd, &after);
    if (r < 0)
        return r;
    *ret_bytes = ((double) after - (double) before) / calls;
    return 0;
}

static int grow_anew(const Settings *settings, unsigned watchers, unsigned calls, double *ret_bytes) {
    _cleanup_(stage_freep) Stage *stage = NULL;
    int r = stage_new(settings, &stage);
    return r < 0 ? r : grow(stage, watchers, calls, ret_bytes);
}

int bench_memory(const Settings *settings) {
    unsigned calls = settings->quick ? QUICK_CALLS : CALLS;
    double alone, watched;
    int r = grow_anew(settings, 0, calls, &alone);
    if (r >= 0)
        r = grow_anew(settings, WATCHERS, calls, &watched);
    if (r < 0)
        return r;
    double handle = (watched - alone) / WATCHERS;
    report_heading("Memory of the service", "", "", "");
    report_value("a handle", handle, "bytes", HANDLE_GOAL);
    report_value("a call without its handle", alone - handle, "bytes", CALL_GOAL);
    report_value("a call with its owner's handle", alone, "bytes", NO_GOAL);
    report_note(
        "Private dirty memory of %u connected calls between two lines, without and with %u watching clients.",
        calls, WATCHERS);
    return 0;
}
