/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Engine: the one thread that handles the voices of all calls. */
#include "providers/media/engine.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>

#include "providers/media/frame.h"
#include "service/cleanup.h"

enum {
    CATCH_UP_MAX = 5, /* frames at once after the machine was too slow; what is more is left out */
    NICENESS = -11,   /* as sound servers have it: a voice that comes late is lost */
};

struct Engine {
    GMutex lock;
    GThread *thread;
    int timer, end;
    bool busy;
    void (*tick)(void *userdata);
    void *userdata;
};

static void run_ticks(Engine *engine) {
    uint64_t due = 0;

    if (read(engine->timer, &due, sizeof(due)) != sizeof(due))
        return;
    for (uint64_t i = 0; i < MIN(due, CATCH_UP_MAX); i++) {
        g_mutex_lock(&engine->lock);
        if (engine->busy)
            engine->tick(engine->userdata);
        g_mutex_unlock(&engine->lock);
    }
}

void engine_hurry(void) {
    (void) setpriority(PRIO_PROCESS, (id_t) gettid(), NICENESS);
}

static void *run(void *userdata) {
    Engine *engine = userdata;
    struct pollfd fds[] = { { .fd = engine->timer, .events = POLLIN }, { .fd = engine->end, .events = POLLIN } };

    engine_hurry();
    for (;;) {
        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
            return NULL;
        if (fds[1].revents)
            return NULL;
        if (fds[0].revents)
            run_ticks(engine);
    }
}

Engine *engine_new(void (*tick)(void *userdata), void *userdata) {
    Engine *engine = g_new0(Engine, 1);

    g_mutex_init(&engine->lock);
    engine->tick = tick;
    engine->userdata = userdata;
    engine->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    engine->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (engine->timer < 0 || engine->end < 0)
        return engine_free(engine);
    engine->thread = g_thread_try_new("media", run, engine, NULL);
    return engine->thread ? engine : engine_free(engine);
}

Engine *engine_free(Engine *engine) {
    if (!engine)
        return NULL;
    if (engine->thread) {
        (void) eventfd_write(engine->end, 1);
        g_thread_join(engine->thread);
    }
    close_fdp(&engine->timer);
    close_fdp(&engine->end);
    g_mutex_clear(&engine->lock);
    g_free(engine);
    return NULL;
}

void engine_lock(Engine *engine) {
    g_mutex_lock(&engine->lock);
}

void engine_unlock(Engine *engine) {
    g_mutex_unlock(&engine->lock);
}

void engine_set_busy(Engine *engine, bool busy) {
    const struct timespec frame = { .tv_nsec = FRAME_USEC * 1000 };
    struct itimerspec times = {};

    if (busy == engine->busy)
        return;
    engine->busy = busy;
    if (busy)
        times.it_value = times.it_interval = frame;
    timerfd_settime(engine->timer, 0, &times, NULL);
}
