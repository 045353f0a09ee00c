/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Session: the threads that work for it, which all calls share. To make a pipeline, to encode and to send take their time, and neither the main
 * loop nor the engine waits. One thread at a time has a session, so that all is done in order: it is made, speaks, and is unmade.
 */
#include <threads.h>

#include "providers/media/engine.h"
#include "providers/media/session-private.h"
#include "service/log.h"

enum {
    WORDS_MAX = 25,            /* half a second: what is late is not said any more */
    PATIENCE_SECONDS = 30,     /* with threads of GStreamer that do not come to their end */
};

/* What is said, and how. */
typedef struct Word {
    GstBuffer *buffer;
    bool is_digit;
} Word;

static void word_free(void *data) {
    Word *word = data;

    gst_buffer_unref(word->buffer);
    g_free(word);
}

static void make_or_unmake(void *data, void *unused);
static void speak(void *data, void *unused);

static GThreadPool *pool_new(GFunc work, bool exclusive) {
    return g_thread_pool_new(work, NULL, (int) g_get_num_processors(), exclusive, NULL);
}

static GThreadPool *makers(void) {
    static gsize pool = 0;

    if (g_once_init_enter(&pool))
        g_once_init_leave(&pool, (gsize) pool_new(make_or_unmake, /* exclusive= */ false));
    return (GThreadPool *) pool;
}

static GThreadPool *speakers(void) {
    static gsize pool = 0;

    if (g_once_init_enter(&pool))
        g_once_init_leave(&pool, (gsize) pool_new(speak, /* exclusive= */ true));
    return (GThreadPool *) pool;
}

/* The next one has it, if there is something left to do. */
static void hand_on(Session *session) {
    bool is_closed, has_words;

    g_mutex_lock(&session->working);
    is_closed = session->is_closed;
    has_words = session->words.length > 0;
    session->has_worker = is_closed || has_words;
    g_mutex_unlock(&session->working);
    if (is_closed)
        g_thread_pool_push(makers(), session, NULL);
    else if (has_words)
        g_thread_pool_push(speakers(), session, NULL);
}

/* How many are made or unmade, or will be. */
static GMutex pending_lock;
static GCond all_done;
static unsigned n_pending;

static void count(int change) {
    g_mutex_lock(&pending_lock);
    n_pending += (unsigned) change;
    g_cond_broadcast(&all_done);
    g_mutex_unlock(&pending_lock);
}

void session_wait_all(void) {
    int64_t end = g_get_monotonic_time() + PATIENCE_SECONDS * G_USEC_PER_SEC;
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&pending_lock);

    while (n_pending > 0)
        if (!g_cond_wait_until(&all_done, &pending_lock, end)) {
            log_warning("event: media, error: %u pipelines do not come to their end", n_pending);
            return;
        }
}

static bool is_closed(Session *session) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->working);

    return session->is_closed;
}

static void make_or_unmake(void *data, void *unused) {
    Session *session = data;
    bool begins = !session->is_begun;

    session->is_begun = true;
    if (begins && !is_closed(session))
        session_make(session);
    else if (!begins)
        session_unmake(session);
    if (begins)
        hand_on(session);
    count(-1);
}

static Word *take_word(Session *session) {
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&session->working);

    return session->is_closed ? NULL : g_queue_pop_head(&session->words);
}

static void speak(void *data, void *unused) {
    static thread_local bool hurries;
    Session *session = data;
    Word *word;

    if (!hurries)
        engine_hurry();
    hurries = true;
    while ((word = take_word(session))) {
        GstPad *pad = word->is_digit ? session->digits : session->say;

        if (pad)
            gst_pad_push(pad, gst_buffer_ref(word->buffer));
        word_free(word);
    }
    hand_on(session);
}

bool session_is_made(Session *session) {
    return g_atomic_int_get(&session->is_made);
}

void session_begin_work(Session *session) {
    count(+1);
    session->has_worker = true;
    g_thread_pool_push(makers(), session, NULL);
}

void session_say_buffer(Session *session, GstBuffer *buffer, bool is_digit) {
    Word word = { buffer, is_digit };
    bool has_worker;

    g_mutex_lock(&session->working);
    g_queue_push_tail(&session->words, g_memdup2(&word, sizeof(word)));
    if (session->words.length > WORDS_MAX)
        word_free(g_queue_pop_head(&session->words));
    has_worker = session->has_worker;
    session->has_worker = true;
    g_mutex_unlock(&session->working);
    if (!has_worker)
        g_thread_pool_push(speakers(), session, NULL);
}

void session_end_work(Session *session) {
    bool has_worker;

    count(+1);
    g_mutex_lock(&session->working);
    session->is_closed = true;
    has_worker = session->has_worker;
    session->has_worker = true;
    g_mutex_unlock(&session->working);
    if (!has_worker)
        g_thread_pool_push(makers(), session, NULL);
}

void session_clear_words(Session *session) {
    g_queue_clear_full(&session->words, word_free);
}
